"""What the samples of a selector hold, turned into what the counting knows: counters, and sums over a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.series import Matrix, Series, in_order, to_milliseconds
from pm_autofill.evidence.slos import Reading
from pm_autofill.promql import events_in, events_per_step, increase_per_step, recorded_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from pm_autofill.evidence.series import Floats

# A sample so many usual distances after the one before stands for one of them only: what lies before was not sampled.
_MISSED = 1.5
_ALONE = 60.0


def as_counters(found: Mapping[str, Matrix], readings: Mapping[str, Reading]) -> dict[str, Matrix]:
    """Series as counters that grow by the events of each sample.

    Args:
        found: As read, by role; all events are ``total``.
        readings: What the samples hold, by role.

    Returns:
        The same where they are counters already. Others begin at 0 where the events of their first sample began, and
        are flat where samples are missing.

    Formula: the running sum of the samples, or their running number.
    """
    return {
        role: one if readings[role] is Reading.COUNTER else _as_counter(one, readings[role], _distance(found, role))
        for role, one in found.items()
    }


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


def grown_per_step(selector: str, step: timedelta, reading: Reading) -> str:
    """PromQL of the events since the step before, as alert rules see them."""
    if reading is Reading.COUNTER:
        return increase_per_step(selector, step)
    return recorded_in(selector, step, each_one=reading is Reading.COUNT)


def with_pauses(times: Floats, grown: Floats, step: float) -> tuple[Floats, Floats]:
    """A counter of recorded events that is flat where samples are missing: what follows them tells of one step only.

    Args:
        times: Epoch seconds, ascending, shape (n,).
        grown: Events until each, shape (n,).
        step: Seconds that one sample stands for.

    Returns:
        Both, with one more sample at the end of each pause.
    """
    late = np.flatnonzero(np.diff(times) > _MISSED * step) + 1
    pauses = to_milliseconds(times[late] - step)
    return np.insert(times, late, pauses), np.insert(grown, late, grown[late - 1])


def _as_counter(found: Matrix, reading: Reading, step: float) -> Matrix:
    return Matrix(tuple(_grown(one, reading, step) for one in found.series))


def _grown(one: Series, reading: Reading, step: float) -> Series:
    kept = np.isfinite(one.values)
    times, values = in_order(one.times[kept], one.values[kept])
    if not len(times):
        return Series(one.labels, times, values)
    each = np.ones(len(values)) if reading is Reading.COUNT else np.maximum(values, 0.0)
    begin = to_milliseconds(times[:1] - step)
    times, grown = np.concatenate((begin, times)), np.concatenate(([0.0], np.cumsum(each)))
    return Series(one.labels, *with_pauses(times, grown, step))


def _distance(found: Mapping[str, Matrix], role: str) -> float:
    """The usual distance between a role's samples, in seconds; that of all events' where its own come now and then."""
    own, whole = (_gaps(found[one]) for one in (role, "total"))
    if len(own):
        shortest = float(np.percentile(own, 10))
        if role == "total" or not len(whole) or np.median(own) <= _MISSED * shortest:
            return shortest
        return min(shortest, float(np.percentile(whole, 10)))
    return float(np.percentile(whole, 10)) if len(whole) else _ALONE


def _gaps(found: Matrix) -> Floats:
    gaps = [np.diff(one.times[np.isfinite(one.values)]) for one in found.series]
    together = np.concatenate([np.zeros(0), *gaps])
    return together[together > 0]
