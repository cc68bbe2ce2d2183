"""What ``/api/ds/query`` is asked for a panel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.intervals import milliseconds, relative_range
from pm_autofill.collect.grafana.links import epoch_ms
from pm_autofill.collect.grafana.whole_queries import EXPRESSION
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panels import Panel, PanelQuery

_USUAL_POINTS = 1000
_MOST_POINTS = 1500


@dataclass(frozen=True, slots=True)
class Question:
    """One panel's question.

    Attributes:
        body: What is posted.
        window: The range it asks for.
    """

    body: dict[str, Any]
    window: Window


def panel_window(panel: Panel, window: Window) -> Window:
    """The range a panel shows: the given one, unless it has a time range or a shift of its own."""
    length, shift = relative_range(panel.time_from), relative_range(panel.time_shift)
    start = window.start if length is None else window.end - length
    end = window.end
    return Window(start, end) if shift is None else Window(start - shift, end - shift)


def ask_panel(panel: Panel, window: Window, queries: Sequence[PanelQuery] | None = None) -> Question:
    """The question for a panel's data.

    The server fills in ``$__interval`` and its like, chooses the step and aligns the range to it.

    Args:
        panel: The panel, its variables in place.
        window: The range to show.
        queries: Which of its queries; None for all.

    Returns:
        The question; its range may differ from the window where the panel has one of its own.
    """
    shown = panel_window(panel, window)
    points = min(panel.max_points or _USUAL_POINTS, _MOST_POINTS)
    step = max(milliseconds(panel.interval) or 0, round(shown.seconds * 1000 / points), 1)
    start, end = epoch_ms(shown.start), epoch_ms(shown.end)
    return Question(
        body={
            "from": start,
            "to": end,
            "queries": [
                _query(one, step, points, _times(shown)) for one in (panel.queries if queries is None else queries)
            ],
        },
        window=shown,
    )


def ask_marks(query: PanelQuery, window: Window) -> Question:
    """The question for a dashboard's own annotations.

    Args:
        query: What is asked, at steps of its interval.
        window: The range.
    """
    step = milliseconds(query.interval) or 60_000
    asked = _query(query, step, _USUAL_POINTS, _times(window))
    return Question({"from": epoch_ms(window.start), "to": epoch_ms(window.end), "queries": [asked]}, window)


def _query(query: PanelQuery, step: int, points: int, times: dict[str, str]) -> dict[str, Any]:
    """One query in the shape of the Prometheus data source, which Loki reads too; or as it stands."""
    if query.model:
        return _whole(query, step, points, times)
    asked: dict[str, Any] = {
        "refId": query.ref_id,
        "datasource": {"type": query.datasource_type, "uid": query.datasource_uid},
        "expr": _with_times(query.expression, times),
        "legendFormat": query.legend,
        "format": "time_series",
        "range": not query.instant,
        "instant": query.instant,
        "intervalMs": step,
        "maxDataPoints": points,
        "utcOffsetSec": 0,
    }
    if query.interval:
        asked["interval"] = query.interval
    if query.datasource_type == "loki":
        asked["queryType"] = "instant" if query.instant else "range"
    return asked


def _whole(query: PanelQuery, step: int, points: int, times: dict[str, str]) -> dict[str, Any]:
    """A query as it stands: SQL, or an expression with what defines it."""
    asked: dict[str, Any] = {
        **json.loads(query.model),
        "refId": query.ref_id,
        "datasource": {"type": query.datasource_type, "uid": query.datasource_uid},
        "intervalMs": step,
        "maxDataPoints": points,
    }
    return asked if query.datasource_type == EXPRESSION else asked | {"rawSql": _with_times(query.expression, times)}


def _times(window: Window) -> dict[str, str]:
    """The built-in variables that only the browser knows: the ends of the range, in their formats."""
    found: dict[str, str] = {}
    for name, at in (("__from", window.start), ("__to", window.end)):
        iso = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        found |= {f"{name}:date": iso, f"{name}:date:iso": iso, f"{name}:date:seconds": str(int(at.timestamp()))}
        found[name] = epoch_ms(at)
    return found


def _with_times(expression: str, times: dict[str, str]) -> str:
    """A text with the ends of the range in place."""
    for name, value in times.items():
        expression = expression.replace(f"${{{name}}}", value)
        expression = expression if ":" in name else expression.replace(f"${name}", value)
    return expression
