"""Calendar months and time slices: what budget windows are made of; and the sums collected for one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pm_autofill.instants import Window, from_epoch, parse_duration

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import BudgetTotals, SloDefinition, SloEvidence

MONTH = "month"
"""The ``window`` of an SLO whose budget begins anew with each calendar month."""

_DEFAULT_SLICE = 60.0
_CALENDAR = {"day": "1d", "week": "7d", MONTH: "30d", "quarter": "90d", "year": "365d"}
_SAME = timedelta(milliseconds=2)
# Of a history that begins inside a window so much at most is left out: see ``collect.prometheus.budget``.
_MARGIN = timedelta(hours=1, minutes=1)


def month_of(instant: datetime, zone: str) -> Window:
    """The calendar month an instant lies in.

    Args:
        instant: Aware.
        zone: IANA name of the zone whose months are meant.

    Returns:
        From midnight of its first day to midnight of the next month's first, there, in UTC; an hour longer or shorter
        than its days where the clocks change.
    """
    from zoneinfo import ZoneInfo  # rarely needed

    local = instant.astimezone(ZoneInfo(zone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return Window(first.astimezone(UTC), following.astimezone(UTC))


def months_in(window: Window, zone: str) -> tuple[Window, ...]:
    """The calendar months that a window has a part in, ascending; the one it begins in, where it is empty."""
    found = [month_of(window.start, zone)]
    while found[-1].end < window.end:
        found.append(month_of(found[-1].end, zone))
    return tuple(found)


def month_name(month: Window, zone: str) -> str:
    """A month as ISO 8601 has it, such as ``2026-11``."""
    from zoneinfo import ZoneInfo  # as above

    return month.start.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def usual_length(window: str) -> timedelta:
    """How long a budget's window is, as configured; a calendar's is taken as 1, 7, 30, 90 or 365 days."""
    return parse_duration(_CALENDAR.get(window, window))


def is_countable(definition: SloDefinition) -> bool:
    """Whether budgets of its window are counted: of rolling ones and of calendar months."""
    return definition.rolling or definition.window == MONTH


def slice_length(definition: SloDefinition) -> float:
    """Seconds of an SLO's time slices; a minute unless told otherwise."""
    return definition.slice_length or _DEFAULT_SLICE


def slices_touched(window: Window, length: float) -> Window:
    """A window widened to whole slices, which begin at multiples of their length since 1970."""
    start, end = window.start.timestamp() // length, -(-window.end.timestamp() // length)
    return Window(from_epoch(start * length), from_epoch(end * length))


def totals_of(slo: SloEvidence, window: Window) -> BudgetTotals | None:
    """The sums collected for a window.

    Args:
        slo: What was observed of the SLO.
        window: As asked for.

    Returns:
        Those of the whole window; else, where its history begins inside, those since then; None where there are none.
    """
    same_end = [one for one in slo.totals if abs(one.end - window.end) <= _SAME]
    exact = [one for one in same_end if abs(one.start - window.start) <= _SAME]
    since = slo.history_start
    if exact or (since is not None and since <= window.start):
        return exact[0] if exact else None
    later = [one for one in same_end if one.start > window.start and (since is None or one.start <= since + _MARGIN)]
    return min(later, key=lambda one: one.start, default=None)
