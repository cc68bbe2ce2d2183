"""Alerts' changes of state from Grafana's own history of them, where its annotations hold none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.annotation_questions import Marks
from pm_autofill.collect.grafana.annotations import number_of, read_instant
from pm_autofill.collect.grafana.loose import items, mapping, text
from pm_autofill.evidence.panels import Annotation
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.collect.grafana.gateway import Answer, Gateway
    from pm_autofill.instants import Window

SOURCE = "grafana.state_history"
_MOST = 1000
_LONGEST = 200
_PATH = "/v1/rules/history"


def fetch_history(gateway: Gateway, window: Window) -> Marks:
    """Ask for the history of all rules.

    Its times are whole seconds; milliseconds would be answered with nothing, and no error.

    Args:
        gateway: Grafana.
        window: The range.

    Returns:
        The changes of state, by time.

    Raises:
        SourceError: There is none; older versions have none at all.
    """
    start, end = round(window.start.timestamp()), round(window.end.timestamp()) + 1
    answer = gateway.get(_PATH, "alerts' history", {"from": str(start), "to": str(end), "limit": str(_MOST)})
    found = tuple(_read(answer))
    source = answer.source(f"GET /api{_PATH}", f"{gateway.url}/alerting/history", window=window)
    gap = Gap(
        source="Grafana",
        what="some alerts' changes of state",
        reason=f"there are more than {_MOST}, and Grafana lists no more at once",
        hint="Narrow the searched window with --since and --until.",
    )
    return Marks(found, {SOURCE: source} if found else {}, (gap,) if len(found) >= _MOST else ())


def _read(answer: Answer[object]) -> Iterator[Annotation]:
    """The lines of the one frame it answers with."""
    columns = items(mapping(mapping(answer.body).get("data")).get("values"))
    if len(columns) < 2:  # noqa: PLR2004 - times and lines
        return
    for time, line in zip(items(columns[0]), items(columns[1]), strict=False):
        start, told = read_instant(time), _line(line)
        alert, state = text(told.get("ruleTitle"))[:_LONGEST], text(told.get("current"))[:_LONGEST]
        if start is None or not (alert and state):
            continue
        labels = mapping(told.get("labels"))
        identity = {
            "time": time,
            "alertName": alert,
            "newState": state,
            "text": "".join(f"{text(name)}={text(labels[name])};" for name in sorted(labels)),
        }
        yield Annotation(
            id=number_of(identity), start=start, text=f"{alert}: {state}", source=SOURCE, alert=alert, state=state
        )


def _line(value: object) -> Mapping[str, Any]:
    """One line: an object, or JSON text of one."""
    if not isinstance(value, str):
        return mapping(value)
    try:
        return mapping(json.loads(value))
    except (ValueError, RecursionError):
        return {}
