"""What the samples of a selector hold, turned into what the counting knows: counters, and sums over a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import Reading
from pm_autofill.promql import events_in, events_per_step, recorded_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta


def as_counters(found: Matrix, reading: Reading) -> Matrix:
    """Series as counters that grow by the events of each sample.

    Args:
        found: As read.
        reading: What the samples hold.

    Formula: the running sum of the samples, or their running number; a counter is one already.
    """
    if reading is Reading.COUNTER:
        return found
    return Matrix(tuple(Series(one.labels, one.times, _grown(one, reading)) for one in found.series))


def sum_in(selector: str, window: timedelta, jobs: Iterable[str], reading: Reading) -> str:
    """PromQL of the events in a window ending at the time of evaluation."""
    if reading is Reading.COUNTER:
        return events_in(selector, window, jobs)
    return recorded_in(selector, window, each_one=reading is Reading.COUNT)


def sum_per_step(selector: str, step: timedelta, jobs: Iterable[str], reading: Reading) -> str:
    """PromQL of the events since the step before."""
    if reading is Reading.COUNTER:
        return events_per_step(selector, step, jobs)
    return recorded_in(selector, step, each_one=reading is Reading.COUNT)


def _grown(one: Series, reading: Reading) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    each = np.ones(len(one.values)) if reading is Reading.COUNT else np.maximum(one.values, 0.0)
    return np.cumsum(each)
