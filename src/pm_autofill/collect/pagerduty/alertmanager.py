"""What Alertmanager writes into an event's details, in its two shapes.

From 0.30 on ``firing`` is a list of objects with ``startsAt``; before, it is a block of text without any times.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.pagerduty.fields import clean, instant, intact, mapping, prose, sequence, web_address
from pm_autofill.evidence.incident import FiringAlert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_ALERTS = 100
_LINK = "dashboardURL"
_DASHBOARD = "Dashboard: "
_LONGEST_BLOCK = 512 * 2**10
_MOST_LABELS = 100
_ANNOTATION = 2000
_PAIR = re.compile(r" - (?P<name>[^=\n]{1,200}?) = (?P<value>.*)")
_LAST = datetime.max.replace(tzinfo=UTC)


def read_firing(*details: object) -> tuple[FiringAlert, ...]:
    """The alerts that were firing when the event was sent.

    Args:
        details: Where they may stand, in order of preference; anything at all.

    Returns:
        The alerts of the first place that holds some, the earliest ones first, at most ``MOST_ALERTS``; none where
        another monitoring system wrote the details.
    """
    for place in details:
        found = list(_alerts(mapping(place).get("firing")))
        if found:
            return tuple(sorted(found, key=lambda alert: alert.starts_at or _LAST)[:MOST_ALERTS])
    return ()


def _alerts(firing: object) -> Iterator[FiringAlert]:
    """The alerts in either shape."""
    items = firing
    if isinstance(firing, str):
        block = firing[:_LONGEST_BLOCK]
        items = _json_list(block)
        if not items:
            yield from _from_text(block)
    for item in sequence(items):
        alert = mapping(item)
        labels = _labels(alert.get("labels"))
        if labels and alert.get("status") != "resolved":
            yield FiringAlert(
                labels=labels,
                annotations=_annotations(alert.get("annotations")),
                starts_at=instant(alert.get("startsAt")),
                url=web_address(alert.get("generatorURL")),
            )


def _json_list(text: str) -> Sequence[object]:
    """The list a text holds as JSON; an empty one when it holds none."""
    if not text.lstrip().startswith("["):
        return ()
    try:
        return sequence(json.loads(text))
    except (ValueError, RecursionError):
        return ()


def _from_text(block: str) -> list[FiringAlert]:
    """The alerts of a text block: ``Labels:``, ``Annotations:`` and ``Source:``, pair by pair.

    Grafana's own alerting writes ``Dashboard:`` behind them.
    """
    found: list[FiringAlert] = []
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    section: dict[str, str] = {}
    name = ""
    for row in clean(block, _LONGEST_BLOCK).split("\n"):
        pair = _PAIR.fullmatch(row)
        if row == "Labels:":
            labels, annotations = {}, {}
            section, name = labels, ""
        elif row == "Annotations:":
            section, name = annotations, ""
        elif row.startswith("Source: ") or row == "Source:":
            if kept := _labels(labels):
                url = web_address(row.removeprefix("Source:"))
                found.append(FiringAlert(labels=kept, annotations=_annotations(annotations), url=url))
            labels, annotations, name = {}, {}, ""
            section = {}
        elif row.startswith(_DASHBOARD) and found and not section:
            if url := web_address(row.removeprefix(_DASHBOARD)):
                annotations_of_last = {**found[-1].annotations, _LINK: url}
                found[-1] = msgspec.structs.replace(found[-1], annotations=annotations_of_last)
        elif pair:
            name = pair["name"]
            section[name] = pair["value"]
        elif name:
            section[name] += "\n" + row  # a value may have several lines
    return found


def _labels(value: object) -> dict[str, str]:
    """Labels; one that cannot be kept to the letter is left out, for half a label matches nothing."""
    return _pairs(value, annotations=False)


def _annotations(value: object) -> dict[str, str]:
    """Annotations, cut and without addresses."""
    return _pairs(value, annotations=True)


def _pairs(value: object, *, annotations: bool) -> dict[str, str]:
    """Names and texts of an object."""
    kept: dict[str, str] = {}
    pairs: Mapping[str, object] = mapping(value)
    for name, text in list(pairs.items())[:_MOST_LABELS]:
        content = prose(text, _ANNOTATION) if annotations and isinstance(text, str) else intact(text)
        if content is not None and intact(name, 200):
            kept[name] = content
    return kept
