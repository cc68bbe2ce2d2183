"""Instants, durations and windows in words; always UTC."""

from __future__ import annotations

import re
from datetime import UTC
from math import floor
from typing import TYPE_CHECKING

from pm_autofill.wording.numbers import MINUS

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNIT_NAMES = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}


def day(instant: datetime) -> str:
    """The UTC date, such as ``2026-11-18``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d")


def clock(instant: datetime) -> str:
    """The UTC time of day, such as ``13:42:17``; fractions of a second are cut."""
    return instant.astimezone(UTC).strftime("%H:%M:%S")


def minute(instant: datetime) -> str:
    """The UTC time of day, such as ``13:42``; seconds are cut, not rounded."""
    return instant.astimezone(UTC).strftime("%H:%M")


def day_clock(instant: datetime) -> str:
    """The UTC date and time of day, such as ``2026-11-18 13:42:17``."""
    return f"{day(instant)} {clock(instant)}"


def duration_words(seconds: float) -> str:
    """How long something lasted, in whole minutes.

    Args:
        seconds: Rounded half up to the minute.

    Returns:
        Such as ``39 minutes``, ``1 hour 7 minutes``, ``less than a minute (24 s)``.
    """
    if seconds < 0:
        return f"{MINUS}{duration_words(-seconds)}"
    if seconds == 0:
        return "0 minutes"
    if _half_up(seconds) < _MINUTE:
        return f"less than a minute ({interval_words(seconds)})"
    hours, minutes = divmod(_half_up(seconds / _MINUTE), _MINUTE)
    parts = [f"{number} {name}{'' if number == 1 else 's'}" for number, name in ((hours, "hour"), (minutes, "minute"))]
    return " ".join(part for part, number in zip(parts, (hours, minutes), strict=True) if number)


def interval_words(seconds: float) -> str:
    """A stretch between two events, to the second below an hour.

    Args:
        seconds: May be negative.

    Returns:
        Such as ``24 s``, ``4 min 13 s``, ``1 h 7 min``, ``2 d 3 h``; ``<1 s`` for less.
    """
    if seconds < 0:
        return f"{MINUS}{interval_words(-seconds)}"
    if 0 < seconds < 0.5:  # noqa: PLR2004 - would round to nothing
        return "<1 s"
    whole = _half_up(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(divmod(whole, _MINUTE), "min", "s")
    minutes = _half_up(seconds / _MINUTE)
    if minutes < 2 * _DAY // _MINUTE:
        return _two(divmod(minutes, _MINUTE), "h", "min")
    return _two(divmod(_half_up(seconds / _HOUR), 24), "d", "h")


def offset_words(seconds: float, anchor: str) -> str:
    """Where an event lies from another: ``4 min 13 s after the start``, ``2 min 3 s before the start``."""
    if seconds == 0:
        return f"at the same second as {anchor}"
    return f"{interval_words(abs(seconds))} {'after' if seconds > 0 else 'before'} {anchor}"


def window_words(start: datetime, end: datetime) -> str:
    """A window to the second: ``2026-11-18 13:42:17 to 14:21:40 UTC``; the end is dated where the day changes."""
    last = clock(end) if day(start) == day(end) else day_clock(end)
    return f"{day_clock(start)} to {last} UTC"


def minutes_words(start: datetime, end: datetime) -> str:
    """A window to the minute: ``13:42 to 14:21 UTC``; the end is dated where the day changes."""
    last = minute(end) if day(start) == day(end) else f"{day(end)} {minute(end)}"
    return f"{minute(start)} to {last} UTC"


def length_adjective(window: str) -> str:
    """A configured length as an adjective: ``30-day`` for ``30d`` or ``4w2d``; anything else as it is."""
    parts = re.findall(r"(\d+)([smhdw])", window)
    if not parts or "".join(number + unit for number, unit in parts) != window:
        return window
    days = {"d": 1, "w": 7}
    if all(unit in days for _, unit in parts):
        return f"{sum(int(number) * days[unit] for number, unit in parts)}-day"
    return "-".join(f"{number}-{_UNIT_NAMES[unit]}" for number, unit in parts)


def period_words(period: str) -> str:
    """A stretch of the calendar, before a noun and always in English.

    Args:
        period: As ``period_name`` writes it.

    Returns:
        Such as ``18 November 2026``, ``week 47/2026``, ``19 November 2026 week``, ``November 2026``, ``Q4 2026`` or
        ``2026``.
    """
    date, _, length = period.partition("/")
    year, *rest = date.split("-")
    if not rest:
        return year
    if rest[0].startswith("W"):
        return f"week {int(rest[0][1:])}/{year}"
    if rest[0].startswith("Q"):
        return f"{rest[0]} {year}"
    month = f"{_MONTHS[int(rest[0]) - 1]} {year}"
    day = f"{int(rest[1])} " if rest[1:] else ""
    return f"{day}{month}{' week' if length else ''}"


def _half_up(number: float) -> int:
    return floor(number + 0.5)


def _two(parts: tuple[int, int], large: str, small: str) -> str:
    return f"{parts[0]} {large} {parts[1]} {small}" if parts[1] else f"{parts[0]} {large}"
