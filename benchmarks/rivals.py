"""Other ways to find start and recovery, as they are commonly used: what the product is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ruptures import KernelCPD

from benchmarks.scoring import Answer, Instant
from pm_autofill.analyse.buckets import bucket, slo_curves

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.cases import Case
    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

_RATE_WINDOW = 300.0
_DEVIATIONS = 3.0
_MAD = 1.4826
_TIMES_USUAL = 2.0
_PENALTY = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """A series of values that are bad when high.

    Attributes:
        edges: Epoch seconds, shape (n + 1,).
        values: The value between two edges, shape (n,).
        counted: Whether it is a ratio of counted events.
    """

    edges: Floats
    values: Floats
    counted: bool


def alert_time(case: Case) -> Answer:
    """When somebody was alerted, and when it was declared over."""
    return Answer(
        moved=case.trigger is not None,
        start=None if case.trigger is None else Instant(case.trigger),
        end=None if case.resolve is None else Instant(case.resolve),
    )


def threshold(case: Case) -> Answer:
    """Where the rate over five minutes burns more than the budget; a value without one: above twice its median."""
    samples = _samples(case)
    if samples is None:
        return Answer(moved=False)
    if not samples.counted:
        return _around(case, samples, samples.values > _TIMES_USUAL * float(np.median(samples.values)))
    width = max(1, round(_RATE_WINDOW / float(samples.edges[1] - samples.edges[0])))
    sums = np.concatenate((np.zeros(width), np.cumsum(samples.values)))
    return _around(case, samples, (sums[width:] - sums[:-width]) / width > case.slo.definition.budget_ratio)


def z_score(case: Case) -> Answer:
    """Where a sample lies three deviations above the first half of what was there before the alert."""
    samples = _samples(case)
    if samples is None:
        return Answer(moved=False)
    return _around(case, samples, samples.values > _unusual(case, samples))


def pelt(case: Case) -> Answer:
    """Segments that PELT finds (squared error, ruptures' version in C), where they lie three deviations above."""
    samples = _samples(case)
    if samples is None:
        return Answer(moved=False)
    roots = np.sqrt(np.maximum(samples.values, 0))
    noise = max(_MAD * float(np.median(np.abs(np.diff(roots)))) / np.sqrt(2), float(np.std(roots)) / 100, 1e-9)
    penalty = _PENALTY * float(np.log(len(roots)))
    ends = KernelCPD(kernel="linear", min_size=1).fit((roots / noise)[:, None]).predict(pen=penalty)
    means = np.empty(len(roots))
    first = 0
    for last in (int(end) for end in ends):
        means[first:last] = samples.values[first:last].mean()
        first = last
    return _around(case, samples, means > _unusual(case, samples))


RIVALS: dict[str, Callable[[Case], Answer]] = {
    "alert": alert_time,
    "threshold": threshold,
    "z-score": z_score,
    "PELT": pelt,
}


def _samples(case: Case) -> _Samples | None:
    if case.slo.ratio is not None:
        one = case.slo.ratio.matrix.series[0]
        kept = np.isfinite(one.values)
        times = one.times[kept]
        return _Samples(np.concatenate((times[:1] - case.step, times)), one.values[kept], counted=False)
    buckets = bucket(case.slo, slo_curves(case.slo))
    if buckets is None:
        return None
    return _Samples(buckets.edges, buckets.bad / np.maximum(buckets.total, 1e-9) * (buckets.total > 0), counted=True)


def _unusual(case: Case, samples: _Samples) -> float:
    """What a sample has to exceed to be called unusual."""
    until = case.trigger if case.trigger is not None else float(samples.edges[-1])
    before = samples.values[: max(8, int(np.searchsorted(samples.edges, until)) // 2)]
    centre = float(np.median(before))
    spread = max(_MAD * float(np.median(np.abs(before - centre))), float(np.std(before)), 1e-9)
    return centre + _DEVIATIONS * spread


def _around(case: Case, samples: _Samples, bad: Flags) -> Answer:
    """The bad time (lulls shorter than the hold left out, single samples too) nearest to the alert."""
    padded = np.concatenate(([False], bad, [False]))
    firsts, lasts = np.flatnonzero(padded[1:] & ~padded[:-1]), np.flatnonzero(padded[:-1] & ~padded[1:])
    spans: list[tuple[float, float]] = []
    for first, last in zip(samples.edges[firsts], samples.edges[lasts], strict=True):
        if spans and first - spans[-1][1] < case.hold:
            spans[-1] = (spans[-1][0], float(last))
        else:
            spans.append((float(first), float(last)))
    spans = [span for span in spans if span[1] - span[0] > 1.5 * case.step]
    if not spans:
        return Answer(moved=False)
    at = case.trigger if case.trigger is not None else spans[0][0]
    start, end = min(spans, key=lambda span: max(span[0] - at, at - span[1], 0.0))
    return Answer(moved=True, start=Instant(start), end=Instant(end))
