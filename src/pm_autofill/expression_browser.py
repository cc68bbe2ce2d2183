"""Links into Prometheus' expression browser, with which a human asks the same again: absolute times, no credentials."""

from __future__ import annotations

import math
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pm_autofill.instants import format_duration

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.instants import Window

_SHORTEST = 60.0


def graph_link(base: str, expression: str, window: Window) -> str:
    """The expression as a graph over a window.

    Args:
        base: Address of Prometheus as people use it.
        expression: PromQL that gives an instant vector.
        window: What the graph shows.
    """
    return _link(base, expression, window.end, max(window.seconds, _SHORTEST), {"g0.tab": "0"})


def table_link(base: str, expression: str, at: datetime) -> str:
    """The expression's values at an instant, as a table.

    Args:
        base: Address of Prometheus as people use it.
        expression: PromQL.
        at: When it is evaluated.
    """
    return _link(base, expression, at, 3600.0, {"g0.tab": "1", "g0.moment_input": _clock(at)})


def page_link(base: str, page: str) -> str:
    """One of Prometheus' pages, such as ``rules``."""
    return f"{base.rstrip('/')}/{page}"


def base_of(link: str) -> str:
    """The address of Prometheus that one of these links leads to."""
    return link.rpartition("/graph?")[0]


def _link(base: str, expression: str, end: datetime, seconds: float, view: dict[str, str]) -> str:
    """The address of the expression browser, as every version since 1.0 understands it."""
    length = format_duration(timedelta(seconds=math.ceil(seconds)))
    parameters = {"g0.expr": expression, **view, "g0.range_input": length, "g0.end_input": _clock(end)}
    return f"{page_link(base, 'graph')}?{urlencode(parameters)}"


def _clock(at: datetime) -> str:
    """An instant as the expression browser writes it, in UTC, not before it."""
    whole = at.astimezone(UTC) + timedelta(microseconds=-at.microsecond % 1_000_000)
    return f"{whole:%Y-%m-%d %H:%M:%S}"
