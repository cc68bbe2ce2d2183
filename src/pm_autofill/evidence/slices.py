"""Time slices judged one by one from samples: the form in which two of the three budget methods count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.budget_windows import slice_length, slices_touched
from pm_autofill.evidence.increments import increments, scrape_interval, shortest_distance
from pm_autofill.evidence.slos import BudgetMethod

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import CounterRead, SloDefinition, SloEvidence
    from pm_autofill.instants import Window

_NEARLY = 1.01
_MOST_SLICES = 2_000_000
_HELD = 300.0
# Interpolated counts at exactly the slice's objective are not bad by a rounding error.
_ROUNDING = 1e-9
_LEAST_EVENTS = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Slices of a window, and what each takes of the budget.

    Attributes:
        edges: Where they begin and the last one ends, epoch seconds, shape (n + 1,).
        spent: What each takes, in slices, shape (n,): 1 or 0, or its ratio of bad events; 0 for one without events.
        judged: Whether it had events, shape (n,).
    """

    edges: Floats
    spent: Floats
    judged: np.ndarray[tuple[int], np.dtype[np.bool_]]


def judge(definition: SloDefinition, bad: Floats, total: Floats) -> Floats:
    """What slices take of the budget, by the SLO's method.

    Args:
        definition: Its method, and the objective of a slice.
        bad: Bad events of each slice, shape (n,).
        total: All events of each slice, shape (n,).

    Returns:
        Slices, shape (n,); 0 where there were no events.

    Formula: timeslices: 1 where bad / total > 1 - slice objective, else 0; ratio timeslices: bad / total.
    Source: OpenSLO, ``budgetingMethod``; ``docs/decisions/0013-error-budget.md``.
    """
    ratio = np.divide(bad, total, out=np.zeros(len(total)), where=total > _LEAST_EVENTS)
    if definition.method is BudgetMethod.RATIO_TIMESLICES:
        return np.clip(ratio, 0.0, 1.0)
    allowed = allowed_in_slice(definition)
    return np.asarray(ratio > allowed + _ROUNDING, dtype=np.float64)


def allowed_in_slice(definition: SloDefinition) -> float:
    """The ratio of bad events a good slice may have; that of the whole SLO where its slices have no objective."""
    return float(1 - (definition.slice_objective or definition.objective) / 100)


def is_too_coarse(slo: SloEvidence) -> bool:
    """Whether samples are farther apart than a slice is long, so that slices cannot be told apart.

    So they are where a read spans more slices than any read has samples.
    """
    read, length = slo.total or slo.ratio, slice_length(slo.definition)
    if read is None or (read.end - read.start).total_seconds() > _MOST_SLICES * length:
        return True
    if scrape_interval(read) > _NEARLY * length:
        return True
    recorded = [part for _, part in slo.parts if part.recorded and not part.pushed_down]
    return any(shortest_distance(part) > _NEARLY * length for part in recorded)


def cut_slices(slo: SloEvidence, window: Window) -> Slices | None:
    """Judge the slices that a window touches.

    Args:
        slo: Its samples.
        window: Any window.

    Returns:
        The slices; None where there are no samples, or they are too coarse.
    """
    if is_too_coarse(slo):
        return None
    length = slice_length(slo.definition)
    touched = slices_touched(window, length)
    count = round(touched.seconds / length)
    edges: Floats = touched.start.timestamp() + length * np.arange(count + 1.0)
    if slo.total is not None and slo.parts:
        starts = slo.process_starts.matrix if slo.process_starts else None
        total = increments(slo.total, edges, starts, [part for _, part in slo.parts])
        counted = np.sum([share * increments(part, edges, starts, (slo.total,)) for share, part in slo.parts], axis=0)
        bad = np.clip(counted if slo.bad else total - counted, 0.0, total)
    elif slo.ratio is not None and slo.ratio.matrix.series:
        bad, total = _of_ratio(slo.ratio, edges)
    else:
        return None
    return Slices(edges, judge(slo.definition, bad, total), total > _LEAST_EVENTS)


def _of_ratio(read: CounterRead, edges: Floats) -> tuple[Floats, Floats]:
    """A ratio as it stood at the end of each slice, as bad events of one; of none where it had no value."""
    one = max(read.matrix.series, key=lambda series: len(series.times))
    kept = np.isfinite(one.values)
    times, values = one.times[kept], one.values[kept]
    if not len(times):
        return np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    at = np.searchsorted(times, edges[1:] + 1e-3, "right") - 1
    fresh = (at >= 0) & (edges[1:] - times[at] < _HELD)
    return np.where(fresh, values[at], 0.0), fresh.astype(np.float64)
