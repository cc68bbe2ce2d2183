"""Instants, windows and durations: aware UTC datetimes in, the field's notations out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pm_autofill.errors import UsageError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
# Windows around an instant, and what draws and frames them, must be able to hold it.
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_DURATION = re.compile(r"(\d+)(ms|[smhdwy])")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open stretch of time, [start, end).

    Attributes:
        start: First instant inside.
        end: First instant after it.
    """

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """Its length in seconds; negative when end precedes start."""
        return (self.end - self.start).total_seconds()

    def contains(self, instant: datetime) -> bool:
        """Whether an instant lies inside."""
        return self.start <= instant < self.end

    def widen(self, before: timedelta, after: timedelta) -> Window:
        """The same window with more room on both sides."""
        return Window(self.start - before, self.end + after)


def from_epoch(seconds: float) -> datetime:
    """The instant that lies so many seconds after 1970-01-01T00:00:00Z, to the millisecond."""
    return datetime.fromtimestamp(round(seconds * 1000) / 1000, tz=UTC)


def parse_instant(text: str, *, zone: str = "UTC") -> datetime:
    """Read an ISO 8601 / RFC 3339 instant.

    Args:
        text: Such as ``2026-11-18T13:42:17Z``; without an offset it is read in ``zone``.
        zone: IANA name of the zone in which naive times are meant.

    Returns:
        The instant, aware, in UTC.

    Raises:
        UsageError: The text is no instant, or one that no incident can have: before 1970, or after 2200.
    """
    from zoneinfo import ZoneInfo  # rarely needed, and --help must not pay for it

    instant: datetime | None
    try:
        instant = datetime.fromisoformat(text.strip())
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        instant = None
    if instant is None or not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        message = f"{text!r} is not an instant"
        raise UsageError(message, "Write it as 2026-11-18T13:42:17Z.")
    return instant


def format_instant(instant: datetime) -> str:
    """An instant as RFC 3339 in UTC, with milliseconds only where there are any."""
    instant = instant.astimezone(UTC)
    precision = "milliseconds" if instant.microsecond else "seconds"
    return instant.isoformat(timespec=precision).replace("+00:00", "Z")


def parse_duration(text: str) -> timedelta:
    """Read a Prometheus duration such as ``15m``, ``30d`` or ``1h30m``.

    Raises:
        UsageError: The text is no duration.
    """
    compact = text.strip()
    parts = _DURATION.findall(compact)
    if not parts or "".join(f"{count}{unit}" for count, unit in parts) != compact:
        message = f"{text!r} is not a duration"
        raise UsageError(message, "Write it as 15m, 30d or 1h30m.")
    try:
        return timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in parts))
    except (OverflowError, ValueError):
        message = f"{text!r} is longer than a duration can be"
        raise UsageError(message, "Write it as 15m, 30d or 1h30m.") from None


def format_duration(duration: timedelta) -> str:
    """A duration as PromQL takes it, in whole milliseconds or the largest unit that divides it."""
    milliseconds = round(duration.total_seconds() * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"
