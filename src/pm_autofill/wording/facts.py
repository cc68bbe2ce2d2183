"""Facts in words: a value, its bounds, how it is known; or what is unknown, and who can answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pm_autofill.findings import Basis, Known, Unit
from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import count, percent, plural, short_count
from pm_autofill.wording.times import clock, day, day_clock, interval_words, minute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.findings import Fact, Unknown, Value
    from pm_autofill.wording.values import Ink

_WIDE = 0.10
_WHOLE = 0.995


def unknown_words(fact: Unknown, ink: Ink = escape) -> str:
    """What stands in place of a value: ``unknown: nobody acknowledged (ask the responders)``."""
    return f"unknown: {ink(fact.reason)} (ask {ink(fact.ask)})"


def fact_words(fact: Fact, ink: Ink = escape) -> str:
    """A fact's value, or that it is unknown."""
    return value_words(fact.value, fact.unit, ink) if isinstance(fact, Known) else unknown_words(fact, ink)


def value_words(value: Value, unit: Unit, ink: Ink = escape) -> str:
    """A value by its unit: ``2026-11-18 13:42:17``, ``4 min 35 s``, ``17,014``, ``12.0%``, or the text.

    Args:
        value: An aware datetime, a float (seconds, events, or a ratio in 0..1), or a text.
        unit: Which of these.
        ink: How outside text is written.
    """
    if isinstance(value, datetime):
        return day_clock(value)
    if isinstance(value, str):
        return ink(value)
    return _FIGURES.get(unit, str)(value)


def bounds_words(fact: Known) -> str:
    """The 95 % interval, such as ``16,958 to 17,071`` with a dash; empty where none was measured.

    An instant's bounds are dated only where their day differs from the value's.
    """
    if fact.low is None or fact.high is None:
        return ""
    return f"{_bound(fact, fact.low)} \N{EN DASH} {_bound(fact, fact.high)}"


def wide_bounds(fact: Known) -> str:
    """The bounds for a line of the document, where they are too far apart to leave to the appendix.

    Returns:
        ``between 15,000 and 19,000``; empty where the interval is no wider than a tenth of the value.
    """
    if not isinstance(fact.value, float) or not isinstance(fact.low, float) or not isinstance(fact.high, float):
        return ""
    if fact.high - fact.low <= _WIDE * abs(fact.value):
        return ""
    return f"between {_bound(fact, fact.low)} and {_bound(fact, fact.high)}"


def notes_words(notes: Mapping[str, Value], ink: Ink = escape) -> str:
    """What a reader needs to judge a figure, such as ``6 series; 1 restart``; nothing of what did not happen."""
    said = (_note(name, value, ink) for name, value in notes.items())
    return "; ".join(words for words in said if words)


def basis_words(basis: Basis) -> str:
    """How a value is known, where that needs saying: ``inferred`` or ``stated by a human``; empty otherwise."""
    return {Basis.INFERRED: "inferred", Basis.STATED: "stated by a human"}.get(basis, "")


def _bound(fact: Known, value: Value) -> str:
    if isinstance(value, datetime):
        same_day = isinstance(fact.value, datetime) and day(value) == day(fact.value)
        return clock(value) if same_day else day_clock(value)
    return value_words(value, fact.unit)


def _note(name: str, value: Value, ink: Ink) -> str:
    if isinstance(value, datetime):
        return f"{ink(name.replace('_', ' '))} {clock(value)}"
    if isinstance(value, str):
        return ink(value)
    if name in _NOTES:
        return _NOTES[name](value)
    for ending, words in _ENDINGS.items():
        if name.endswith(ending):
            return f"{ink(name.removesuffix(ending).replace('_', ' '))} {words(value)}"
    return f"{ink(name.replace('_', ' '))} {count(value)}"


def _some(one: str, many: str = "") -> Callable[[float], str]:
    return lambda number: plural(number, one, many) if number else ""


_FIGURES: dict[Unit, Callable[[float], str]] = {
    Unit.SECONDS: interval_words,
    Unit.EVENTS: count,
    Unit.RATIO: percent,
}
_NOTES: dict[str, Callable[[float], str]] = {
    "series": _some("series", "series"),
    "restarts": _some("restart"),
    "born": _some("counter that began in the window", "counters that began in the window"),
    "unknown_start": _some("counter of unknown beginning", "counters of unknown beginning"),
    "gap_over_edge_s": lambda seconds: f"no samples for {interval_words(seconds)} around an edge",
    "worst_minute_s": lambda epoch: f"the one from {minute(from_epoch(epoch))}",
    "events": lambda number: f"{short_count(number)} events",
    "bad": lambda number: f"{short_count(number)} bad",
    "slices": lambda number: f"{short_count(number)} slices",
    "spent_slices": lambda number: f"{short_count(number)} spent",
    "silent": _some("slice without requests", "slices without requests"),
    "coverage_ratio": lambda ratio: f"history covers {percent(ratio)} of the window" if ratio < _WHOLE else "",
}
_ENDINGS: dict[str, Callable[[float], str]] = {"_ratio": percent, "_seconds": interval_words, "_s": interval_words}
