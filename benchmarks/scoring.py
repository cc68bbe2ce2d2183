"""What a method says of a case, held against the truth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.impact import Circumstances, find_impact
from pm_autofill.findings import Fact, Known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.cases import Case


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant, and an interval where one is stated; epoch seconds."""

    at: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method found.

    Attributes:
        moved: Whether it found anything.
        start: Where that began; None where it cannot say.
        end: Where it ended.
    """

    moved: bool
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """An answer against the truth.

    Attributes:
        case: The case.
        answer: What was found.
        seconds: Processor time it took.
    """

    case: Case
    answer: Answer
    seconds: float

    def error(self, side: str) -> float | None:
        """Seconds from the true ``start`` or ``end`` to the found one; None where it was not found."""
        found, truth = getattr(self.answer, side), getattr(self.case, side)
        return None if found is None else float(found.at - truth)

    def within(self, side: str, intervals: float = 1.0) -> bool:
        """Whether an edge was found within so many sampling intervals."""
        error = self.error(side)
        return error is not None and abs(error) <= intervals * self.case.step

    def covered(self, side: str) -> bool | None:
        """Whether the interval holds the truth; None without an interval."""
        found, truth = getattr(self.answer, side), getattr(self.case, side)
        if found is None or found.low is None:
            return None
        return bool(found.low <= truth <= found.high)


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one edge of several cases was found; shares are 0..1 of all cases, a miss counting as wrong.

    Attributes:
        median: Median absolute error in sampling intervals; infinite where most were missed.
        high: Its 90 % quantile.
        seconds: The median in seconds.
        one: Share within one sampling interval.
        two: Share within two.
        covered: Share of the stated intervals that hold the truth; NaN where none is stated.
    """

    median: float
    high: float
    seconds: float
    one: float
    two: float
    covered: float


def ours(case: Case) -> Answer:
    """The product's own function, told what a run would tell it."""
    read = case.slo.total or case.slo.ratio
    assert read is not None
    trigger = None if case.trigger is None else datetime.fromtimestamp(case.trigger, UTC)
    impact = find_impact(case.slo, Circumstances(trigger, timedelta(seconds=case.hold), read.end))
    return Answer(impact.moved, _instant(impact.start), _instant(impact.end))


def look_at(case: Case, method: Callable[[Case], Answer] = ours) -> Result:
    """Have a method look at a case."""
    begun = time.process_time()
    answer = method(case)
    return Result(case, answer, time.process_time() - begun)


def figures(results: Sequence[Result], side: str) -> Figures | None:
    """The figures of one edge; None where its truth is not known in any case."""
    known = [one for one in results if getattr(one.case, side) is not None and one.case.visible]
    if not known:
        return None
    errors = [one.error(side) for one in known]
    seconds = np.array([np.inf if error is None else abs(error) for error in errors])
    intervals = seconds / np.array([one.case.step for one in known])
    stated = [held for one in known if (held := one.covered(side)) is not None]
    return Figures(
        median=float(np.quantile(intervals, 0.5, method="higher")),
        high=float(np.quantile(intervals, 0.9, method="higher")),
        seconds=float(np.quantile(seconds, 0.5, method="higher")),
        one=float(np.mean([one.within(side) for one in known])),
        two=float(np.mean([one.within(side, 2) for one in known])),
        covered=float(np.mean(stated)) if stated else float("nan"),
    )


def _instant(fact: Fact) -> Instant | None:
    if not isinstance(fact, Known):
        return None
    low, high = fact.low, fact.high
    assert isinstance(low, datetime)
    assert isinstance(high, datetime)
    return Instant(fact.instant.timestamp(), low.timestamp(), high.timestamp())
