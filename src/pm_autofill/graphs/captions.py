"""Words that several pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.instants import from_epoch
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.times import day_clock, interval_words, minutes_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.graphs.view import Mark, Phases

_MINUTE = 60.0
_NAMES = {"S": "start", "D": "detection", "R": "first response", "M": "mitigation", "V": "recovery"}


def bucket_words(length: float | None) -> str:
    """How finely events are counted, such as " in each minute"; nothing where they are not."""
    if length is None:
        return ""
    return " in each minute" if length == _MINUTE else f" in each {interval_words(length)}"


def mean_words(length: float) -> str:
    """Over what a rate is taken, such as "by the minute"."""
    return "by the minute" if length == _MINUTE else f"over {interval_words(length)} each"


def going_on_words(shown: Phases) -> str:
    """What the grey ground means."""
    if shown.start is None:
        return ""
    return "; grey: the impact" if shown.end is not None else "; grey: the impact, still going on"


def marked_words(marks: Sequence[Mark]) -> str:
    """What is marked, such as "; start, detection and recovery marked"."""
    return f"; {join_words([_NAMES[mark.letter] for mark in marks])} marked" if marks else ""


def outside_words(marks: Sequence[Mark]) -> str:
    """Which marks lie beyond what is shown: a sentence with a space before it; nothing where there are none."""
    names = [f"{_NAMES[mark.letter]} ({day_clock(from_epoch(mark.at))})" for mark in marks]
    return f" Outside the picture: {join_words(names)}." if names else ""


def unsure_words(shown: Phases) -> str:
    """How sure start and recovery are, where that is not to the minute: sentences with a space before each."""
    wide = [mark for mark in shown.marks if mark.high - mark.low >= 2 * _MINUTE]
    within = ((mark, minutes_words(from_epoch(mark.low), from_epoch(mark.high))) for mark in wide)
    return "".join(f" The {_NAMES[mark.letter]} lies within {words} (hatched)." for mark, words in within)
