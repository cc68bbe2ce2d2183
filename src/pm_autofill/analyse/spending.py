"""What an impact took of an error budget from instant to instant, in events or in slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.analyse.counting import ASK_METRICS, misfit_of, why_not
from pm_autofill.analyse.spans import span_of
from pm_autofill.evidence.slices import cut_slices, is_too_coarse
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Unknown
from pm_autofill.instants import Window, from_epoch

if TYPE_CHECKING:
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.analyse.spans import Span
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import SloEvidence


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """What counts against a budget, added up.

    Attributes:
        times: Epoch seconds, ascending, shape (n,), n >= 2.
        spent: What had been spent until each, beginning at 0, shape (n,): bad events; or slices.
        passed: What had passed until each, shape (n,): all events; or slices.
        silent: Slices without events; 0 for events.
    """

    times: Floats
    spent: Floats
    passed: Floats
    silent: float = 0.0

    def between(self, window: Window) -> float:
        """What was spent in a window."""
        return float(np.diff(self._at(self.spent, window))[0])

    def passed_in(self, window: Window) -> float:
        """What passed in a window."""
        return float(np.diff(self._at(self.passed, window))[0])

    @property
    def whole(self) -> float:
        """All that was spent."""
        return float(self.spent[-1])

    def _at(self, values: Floats, window: Window) -> Floats:
        instants = np.array([window.start.timestamp(), window.end.timestamp()])
        found: Floats = np.interp(instants, self.times, values)
        return found


def spending(slo: SloEvidence, window: Window) -> Spending | None:
    """What an SLI spent in a window, by its SLO's method.

    Args:
        slo: Its samples, which are to cover the window.
        window: For slices, of whole ones.

    Returns:
        The spending; None where the samples cannot tell.

    Formula: occurrences: bad(t) - bad(S); slices: the sum of what each takes (``evidence.slices.judge``).
    Source: SRE workbook ch. 2; OpenSLO, ``budgetingMethod``.
    """
    if slo.definition.method is not BudgetMethod.OCCURRENCES:
        return _of_slices(slo, window)
    found = slo_curves(slo)
    if found is None:
        return None
    start, end = window.start.timestamp(), window.end.timestamp()
    inner = np.unique(np.concatenate([curve.times for curve in (*found.total, *found.bad)]))
    times = np.concatenate(([start], inner[(inner > start) & (inner < end)], [end]))
    spent, passed = (
        np.sum([curve.at(times) for curve in side] or [0 * times], axis=0) for side in (found.bad, found.total)
    )
    return Spending(times, spent - spent[0], passed - passed[0])


def _of_slices(slo: SloEvidence, window: Window) -> Spending | None:
    found = cut_slices(slo, window)
    if found is None or not len(found.spent):
        return None
    spent = np.concatenate(([0.0], np.cumsum(found.spent)))
    return Spending(found.edges, spent, np.arange(len(spent), dtype=np.float64), float((~found.judged).sum()))


def spent_bounds(slo: SloEvidence, span: Span) -> tuple[float, float]:
    """Least and most slices an impact with uncertain ends spent.

    Args:
        slo: Its samples.
        span: The impact's window and the 95 % intervals of its ends.

    Returns:
        What is spent by the slices that are surely touched, and by all that may be.
    """
    surely = _spent_between(slo, span.start_bounds[1], span.end_bounds[0])
    return surely, _spent_between(slo, span.start_bounds[0], span.end_bounds[1])


def _spent_between(slo: SloEvidence, start: float, end: float) -> float:
    found = cut_slices(slo, Window(from_epoch(start), from_epoch(end))) if end > start else None
    return float(found.spent.sum()) if found else 0.0


def why_no_slices(impact: Impact) -> Unknown | None:
    """Why an impact's slices cannot be judged; None where they can.

    Args:
        impact: The impact, with a window.
    """
    slo, span = impact.slo, span_of(impact)
    if span is None or (slo.total is None and slo.ratio is None):
        return why_not(impact, counted=False)
    name = slo.definition.name
    if is_too_coarse(slo):
        return Unknown(reason=f"the samples of {name} are farther apart than a slice is long", ask=ASK_METRICS)
    if impact.curves is not None:
        return misfit_of(impact, span, impact.curves)
    if slo.ratio is None or not slo.ratio.matrix.series:
        return why_not(impact, counted=False)
    read = slo.ratio
    inside = read.start.timestamp() <= span.start and span.end <= read.end.timestamp()
    return (
        None if inside else Unknown(reason=f"the samples of {name} do not cover the impact as stated", ask=ASK_METRICS)
    )
