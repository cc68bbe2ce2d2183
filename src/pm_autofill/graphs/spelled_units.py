"""Units whose values Grafana spells out: clock times, durations in words, thousands with commas, exponents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SECOND, _MINUTE, _HOUR, _DAY = 1000.0, 60_000.0, 3_600_000.0, 86_400_000.0  # in milliseconds
_WORDS = (
    ("year", 365 * _DAY),
    ("month", 30 * _DAY),
    ("week", 7 * _DAY),
    ("day", _DAY),
    ("hour", _HOUR),
    ("minute", _MINUTE),
    ("second", _SECOND),
    ("millisecond", 1.0),
)
_USUAL_PLACES = 3


def words(milliseconds: float, decimals: int | None, smallest: str) -> str:
    """A duration in words: so many units beside the largest as there are decimals."""
    if milliseconds == 0:
        return f"0 {smallest}s"
    rest, left = abs(milliseconds), decimals or 0
    parts: list[str] = []
    for name, length in _WORDS:
        if left >= 0 and (parts or rest >= length):
            count = math.floor(rest / length)
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
            rest %= length
            left -= 1
    return ", ".join(parts) + (" ago" if milliseconds < 0 else "")


def clock(milliseconds: float, decimals: int | None) -> str:
    """Hours, minutes, seconds and milliseconds; so many of them beside the largest as there are decimals."""
    whole = int(milliseconds)
    parts = [f"{whole % 1000:03d}ms"]
    if milliseconds >= _SECOND:
        parts.insert(0, f"{whole // 1000 % 60:02d}s")
    if milliseconds >= _MINUTE:
        parts.insert(0, f"{whole // 60_000 % 60:02d}m")
    if milliseconds >= _HOUR:
        parts.insert(0, f"{whole // 3_600_000}h")
    return ":".join(parts if decimals is None else parts[: decimals + 1])


def of_day(seconds: float, *, days: bool) -> str:
    """Hours, minutes and seconds with colons, before them whole days where they are wanted."""
    whole = math.floor(abs(seconds))
    ago = " ago" if seconds < 0 else ""
    before, rest = divmod(whole, 86_400) if days else (0, whole)
    told = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{before} d {told}{ago}" if before else f"{told}{ago}"


def with_commas(value: float, decimals: int | None) -> str:
    """Thousands apart, at most so many decimals; halves away from nought, as JavaScript's toLocaleString does."""
    factor = 10.0 ** (_USUAL_PLACES if decimals is None else decimals)
    rounded = math.copysign(math.floor(abs(value) * factor + 0.5) / factor, value)
    shown = f"{rounded:,.{_USUAL_PLACES if decimals is None else decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def exponent(value: float, decimals: int | None) -> str:
    """Such as "3.66e+3"; as many digits as the number has unless told."""
    mantissa, power = f"{value:.{decimals}e}".split("e") if decimals is not None else f"{value:.16e}".split("e")
    if decimals is None:
        places = next(one for one in range(17) if float(f"{value:.{one}e}") == value)
        mantissa, power = f"{value:.{places}e}".split("e")
    return f"{mantissa}e{int(power):+d}"


WRITERS: Mapping[str, Callable[[float, int | None], str]] = {
    "dtdurations": lambda value, decimals: words(value * _SECOND, decimals, "second"),
    "dtdurationms": lambda value, decimals: words(value, decimals, "millisecond"),
    "clocks": lambda value, decimals: clock(value * _SECOND, decimals),
    "clockms": clock,
    "dthms": lambda value, _: of_day(value, days=False),
    "dtdhms": lambda value, _: of_day(value, days=True),
    "locale": with_commas,
    "sci": exponent,
}
