"""Stretches of the calendar and time slices: what budget windows are made of; and the sums collected for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pm_autofill.evidence.slos import WEEKDAYS
from pm_autofill.instants import Window, from_epoch, parse_duration

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pm_autofill.evidence.slos import BudgetTotals, SloDefinition, SloEvidence

_DEFAULT_SLICE = 60.0
_CALENDAR = {"day": "1d", "week": "7d", "month": "30d", "quarter": "90d", "year": "365d"}
_SAME = timedelta(milliseconds=2)
# Of a history that begins inside a window so much at most is left out: see ``collect.prometheus.budget``.
_MARGIN = timedelta(hours=1, minutes=1)


def period_of(instant: datetime, definition: SloDefinition) -> Window:
    """The stretch of the calendar an instant lies in.

    Args:
        instant: Aware.
        definition: Which calendar, and in which zone.

    Returns:
        From midnight of its first day to midnight of the next one's first, there, in UTC; an hour longer or shorter
        than its days where the clocks change.
    """
    zone = _zone(definition)
    day = instant.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if definition.calendar == "day":
        first, within = day, timedelta(days=1)
    elif definition.calendar == "week":
        first, within = day - timedelta(days=(day.weekday() - _weekday(definition)) % 7), timedelta(days=7)
    elif definition.calendar == "month":
        first, within = day.replace(day=1), timedelta(days=32)
    elif definition.calendar == "quarter":
        first, within = day.replace(month=day.month - (day.month - 1) % 3, day=1), timedelta(days=93)
    else:
        first, within = day.replace(month=1, day=1), timedelta(days=367)
    following = first + within
    if definition.calendar in {"month", "quarter", "year"}:
        following = following.replace(day=1)
    return Window(first.astimezone(UTC), following.astimezone(UTC))


def periods_in(window: Window, definition: SloDefinition) -> tuple[Window, ...]:
    """The stretches of the calendar that a window has a part in, ascending; where it is empty, the one it is in."""
    found = [period_of(window.start, definition)]
    while found[-1].end < window.end:
        found.append(period_of(found[-1].end, definition))
    return tuple(found)


def period_name(period: Window, definition: SloDefinition) -> str:
    """A stretch of an SLO's calendar, as ISO 8601 writes it where it does.

    Returns:
        Such as ``2026-11-18``, ``2026-W47``, ``2026-11``, ``2026-Q4`` or ``2026``; a week that does not begin on Monday
        by its first day, ``2026-11-19/P7D``.
    """
    first = period.start.astimezone(_zone(definition))
    if definition.calendar == "week" and _weekday(definition):
        return f"{first:%Y-%m-%d}/P7D"
    if definition.calendar == "quarter":
        return f"{first:%Y}-Q{(first.month + 2) // 3}"
    return first.strftime({"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}[definition.calendar])


def _weekday(definition: SloDefinition) -> int:
    """The day an SLO's weeks begin with, 0 for Monday."""
    _, _, named = definition.window.partition(" from ")
    return WEEKDAYS.index(named) if named else 0


def _zone(definition: SloDefinition) -> ZoneInfo:
    from zoneinfo import ZoneInfo  # rarely needed

    return ZoneInfo(definition.time_zone)


def usual_length(window: str) -> timedelta:
    """How long a budget's window is, as configured; a calendar's is taken as 1, 7, 30, 90 or 365 days."""
    return parse_duration(_CALENDAR.get(window.partition(" ")[0], window))


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
        Those of the whole window; else, where its history begins inside, those since then; None where there are none
        that were answered whole.
    """
    same_end = [one for one in slo.totals if abs(one.end - window.end) <= _SAME and not one.partial]
    exact = [one for one in same_end if abs(one.start - window.start) <= _SAME]
    since = slo.history_start
    if exact or (since is not None and since <= window.start):
        return exact[0] if exact else None
    later = [one for one in same_end if one.start > window.start and (since is None or one.start <= since + _MARGIN)]
    return min(later, key=lambda one: one.start, default=None)
