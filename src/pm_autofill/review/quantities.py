"""Figures in prose: durations, shares, counts and times of day, each with the precision it is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_UNIT = r"(d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![A-Za-z])"
# A figure begins with its first digit: looked for inside of long ones as well, each of them takes for ever.
_PART = rf"(?<!\d)\d+(?:\.\d+)?[\s\xa0-]?{_UNIT}"
_DURATION = rf"(?P<s>{_PART}(?:,?\s?(?:and\s)?{_PART})*)"
_FIGURES = re.compile(
    rf"(?P<date>\d{{4}}-\d\d-\d\d)|(?P<clock>\b\d\d:\d\d(?::\d\d)?\b)|{_DURATION}"
    r"|(?P<share>(?<!\d)\d+(?:\.\d+)?)\s?%"
    r"|(?P<count>(?<![\w.,#-])\d{1,3}(?:,\d{3})++\b|(?<![\w.,#-])\d{3,}+(?![\w.,-]*\d))"
)
_ONE_PART = re.compile(rf"(\d+(?:\.\d+)?)[\s\xa0-]?{_UNIT}")
_VAGUE = re.compile(r"(?:about|around|roughly|approximately|some|nearly|almost|~|\u2248)\s*\Z", re.IGNORECASE)
# "over 30 minutes" is true of 39.
_BOUND = re.compile(r"(?:over|under|than|least|most|within|up to|[<>])\s*\Z", re.IGNORECASE)
_VAGUELY = 0.1
# Words that say how a figure is meant stand right before it.
_BESIDE = 40
_MOST_ZEROS = 300
# A figure may have been cut or rounded, each up to one of its last unit; an hour is mostly said loosely.
_LOOSE = {"d": 0.5, "h": 0.5}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure as it stands in a text.

    Attributes:
        kind: "s" (seconds), "share" (percent), "count", or "clock" (seconds of the day).
        value: In that unit.
        tolerance: How far the truth may lie from it, in that unit.
        words: As written.
        start: Where in the text.
    """

    kind: str
    value: float
    tolerance: float
    words: str
    start: int = field(default=0, compare=False)

    def fits(self, value: float, low: float | None = None, high: float | None = None) -> bool:
        """Whether a value, or one between its bounds, can be what is meant."""
        return (
            min(value, value if low is None else low) - self.tolerance
            <= self.value
            <= (max(value, value if high is None else high) + self.tolerance)
        )


def find_quantities(text: str) -> list[Quantity]:
    """Every figure of a text, in order, that could be held against facts; no dates, small plain numbers and bounds."""
    found = []
    for match in _FIGURES.finditer(text):
        kind = next((name for name in ("s", "share", "count", "clock") if match[name]), "")
        before = text[max(0, match.start() - _BESIDE) : match.start()]
        if kind and not _BOUND.search(before):
            value, tolerance = _READ[kind](match[kind])
            if _VAGUE.search(before):
                tolerance = max(tolerance, _VAGUELY * value)
            found.append(Quantity(kind, value, tolerance, match[0], match.start()))
    return found


def unsupported(theirs: str, ours: Iterable[str]) -> list[Quantity]:
    """The figures of one text that none of the same kind in other texts fits; none where those have no such figure."""
    known = [one for text in ours for one in find_quantities(text)]
    return [
        one
        for one in find_quantities(theirs)
        if any(other.kind == one.kind for other in known)
        and not any(other.kind == one.kind and one.fits(other.value, _low(other), _high(other)) for other in known)
    ]


def _low(one: Quantity) -> float:
    return one.value - one.tolerance


def _high(one: Quantity) -> float:
    return one.value + one.tolerance


def _duration(words: str) -> tuple[float, float]:
    parts = [(float(number), unit[0]) for number, unit in _ONE_PART.findall(words)]
    last = parts[-1][1]
    return sum(number * _SECONDS[unit] for number, unit in parts), _SECONDS[last] * _LOOSE.get(last, 1)


def _share(words: str) -> tuple[float, float]:
    return float(words), 10.0 ** -len(words.partition(".")[2])


def _count(words: str) -> tuple[float, float]:
    digits = words.replace(",", "")
    zeros = min(len(digits) - len(digits.rstrip("0")), _MOST_ZEROS)
    return float(digits), 10.0**zeros if digits.endswith("00") else 1.0


def _clock(words: str) -> tuple[float, float]:
    hours, minutes, *seconds = map(int, words.split(":"))
    return hours * 3600.0 + minutes * 60 + sum(seconds), 1.0 if seconds else 60.0


_READ = {"s": _duration, "share": _share, "count": _count, "clock": _clock}
