"""How much a budget allows: the sums of its window, projected where that is not over, moved where stated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.analyse.spending import spending
from pm_autofill.evidence.budget_windows import slice_length, totals_of
from pm_autofill.evidence.slos import BudgetMethod, BudgetTotals
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from pm_autofill.analyse.budget_plan import BudgetPlan, Portion
    from pm_autofill.evidence.slos import SloEvidence

WHOLE = 0.995
"""So much of a window counts as all of it."""

_NEARBY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a budget is a share of.

    Attributes:
        whole: Events, or slices, of the whole budget window.
        coverage: Share of what has passed of it that has history, 0..1.
        projected: Whether part of it is still to come, and events can only be projected there.
        sources: Ids of the questions.
    """

    whole: float
    coverage: float
    projected: bool
    sources: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether nothing of it is scaled or projected."""
        return not self.projected and self.coverage >= WHOLE


def allowance(slo: SloEvidence, portion: Portion, plan: BudgetPlan) -> Allowance | None:
    """What a budget is a share of.

    Args:
        slo: What was observed of the SLO.
        portion: The budget's window.
        plan: Where recent traffic was looked at.

    Returns:
        The allowance; None where the window's events could not be read, or there were none, or where what could not be
        read would have to be scaled.

    Formula: occurrences: N + (window - seen) n, N being the events seen, n those per second: of the last four weeks
        where the window is not over, else of what was seen. Slices: window / slice length.
    Source: SRE workbook ch. 2; ``docs/decisions/0013-error-budget.md``.
    """
    if slo.definition.method is not BudgetMethod.OCCURRENCES:
        return Allowance(portion.budget.seconds / slice_length(slo.definition), 1.0, projected=False)
    totals = totals_at(slo, portion.seen, movable=plan.answered)
    if totals is None or totals.total <= 0:
        return None
    covered = coverage(totals, portion.seen)
    seen = portion.seen.seconds if covered >= WHOLE else (totals.end - totals.start).total_seconds()
    projected = plan.recent if not portion.over else None
    recent = totals_at(slo, projected, movable=plan.answered) if projected is not None else None
    if not plan.answered and (covered < WHOLE or (projected is not None and recent is None)):
        return None
    rated = recent if recent is not None and recent.total > 0 else totals
    per_second = rated.total / (rated.end - rated.start).total_seconds()
    sources = totals.sources + (rated.sources if rated is not totals else ())
    whole = totals.total + per_second * max(0.0, portion.budget.seconds - seen)
    return Allowance(whole, covered, not portion.over, tuple(dict.fromkeys(sources)))


def coverage(totals: BudgetTotals, window: Window) -> float:
    """Share of a window that was summed, 0..1."""
    return min(1.0, (totals.end - totals.start).total_seconds() / window.seconds)


def totals_at(slo: SloEvidence, window: Window, *, movable: bool) -> BudgetTotals | None:
    """The sums of a window of a budget.

    Those collected for this very window are taken as they are. For another one (its end stated later by a human) the
    nearest ones are moved there by the samples in between; what a rolling window loses at its far end is neglected.

    Args:
        slo: What was observed of the SLO.
        window: The window.
        movable: Whether others may be moved there.

    Returns:
        The sums; None when there are none, or the samples do not span the difference.
    """
    if window.seconds <= 0:
        return BudgetTotals(start=window.start, end=window.end, bad=0.0, total=0.0, sources=())
    found = totals_of(slo, window)
    if found is not None or not movable:
        return found
    rolling = slo.definition.rolling
    alike = [one for one in slo.totals if rolling or abs(one.start - window.start) <= _NEARBY]
    nearest = min(alike, key=lambda totals: abs(totals.end - window.end), default=None)
    read = slo.total or slo.ratio
    if nearest is None or read is None or not all(read.start <= t <= read.end for t in (window.end, nearest.end)):
        return None
    between = spending(slo, Window(min(nearest.end, window.end), max(nearest.end, window.end)))
    if between is None:
        return None
    sign = 1.0 if window.end > nearest.end else -1.0
    short = nearest.end - nearest.start < (window.end - window.start) * WHOLE and rolling
    return BudgetTotals(
        start=max(window.start, nearest.start) if short else window.start,
        end=window.end,
        bad=max(0.0, nearest.bad + sign * between.whole),
        total=max(0.0, nearest.total + sign * float(between.passed[-1])),
        sources=(*nearest.sources, read.source),
        caveats=nearest.caveats,
    )
