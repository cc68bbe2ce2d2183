"""What the incident took of the error budget, and what was left before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.evidence.slos import BudgetMethod, BudgetTotals
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import parse_duration

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.slos import SloDefinition, SloEvidence

_NAMES = (
    "error_budget.consumed_ratio",
    "error_budget.remaining_before_ratio",
    "error_budget.remaining_after_ratio",
)
_ASK = "whoever owns the SLO"
# Measured error of the server's 30-day sums against ground truth: docs/decisions/0010-counting.md.
_SUM_ERROR = 0.005
_WHOLE = 0.995
_SAME_INSTANT = timedelta(milliseconds=2)


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget facts of one SLO, and figures beside them.

    Attributes:
        facts: By name.
        excess_ratio: Share consumed above the usual failures; None when unknown.
        with_lost_ratio: Share consumed had the lost requests failed too; None when unknown or none were lost.
        coverage_ratio: Share of the budget window that has history; None when unknown.
    """

    facts: dict[str, Fact]
    excess_ratio: float | None = None
    with_lost_ratio: float | None = None
    coverage_ratio: float | None = None


def account(impact: Impact, failed: Fact, excess: Fact, lost: Fact) -> Budget:
    """What an SLO's impact took of its budget (method: occurrences, rolling window).

    Args:
        impact: Its impact window.
        failed: ``requests.failed``.
        excess: ``requests.excess_failed``.
        lost: ``requests.lost``.

    Returns:
        The three budget facts, and the shares of the excess and of the lost requests.

    Formula: consumed = failed / (b N_V); remaining = 1 - B / (b N) over the window ending at S and at V, where b = 1 -
        objective, N and B are all and bad events of the window (ending now while still open). History shorter than the
        window: N_V is scaled by window / history, and remaining is unknown.
    Source: SRE workbook ch. 2 and 5; ``docs/facts.md``.
    """
    window, why = impact.window, _why_not(impact)
    if why is not None or window is None:
        return Budget(dict.fromkeys(_NAMES, why or Unknown(reason="the impact window is unknown", ask=_ASK)))
    definition = impact.slo.definition
    after, before = totals_at(impact.slo, window.end), totals_at(impact.slo, window.start)
    facts = {_NAMES[1]: _remaining(before, definition, "S"), _NAMES[2]: _remaining(after, definition, "V")}
    if after is None or after.total <= 0 or isinstance(failed, Unknown):
        reason = f"the events of the {definition.window} ending at the recovery could not be read"
        unread = Unknown(reason=reason, ask=_ASK)
        return Budget({_NAMES[0]: failed if isinstance(failed, Unknown) else unread, **facts})
    coverage = _coverage(after, definition)
    allowed = definition.budget_ratio * (after.total / coverage if coverage < _WHOLE else after.total)
    return Budget(
        {_NAMES[0]: _consumed(failed, allowed, after, definition, coverage), **facts},
        excess.number / allowed if isinstance(excess, Known) else None,
        (failed.number + lost.number) / allowed if isinstance(lost, Known) and lost.number > 0 else None,
        coverage,
    )


def _coverage(totals: BudgetTotals, definition: SloDefinition) -> float:
    """Share of the budget window that has history, 0..1."""
    return min(1.0, (totals.end - totals.start) / parse_duration(definition.window))


def totals_at(slo: SloEvidence, end: datetime) -> BudgetTotals | None:
    """The budget totals of the window ending at an instant.

    Those collected for this very instant are taken as they are. For another instant (stated later by a human) the
    nearest ones are moved there by the raw counters in between; what the window loses at its far end is neglected.

    Args:
        slo: What was observed of the SLO.
        end: Where the window ends.

    Returns:
        The totals; None when there are none, or the raw counters do not span the difference.
    """
    if not slo.totals:
        return None
    nearest = min(slo.totals, key=lambda totals: abs(totals.end - end))
    if abs(nearest.end - end) <= _SAME_INSTANT:
        return nearest
    found = slo_curves(slo)
    if found is None or slo.total is None or not all(slo.total.start <= t <= slo.total.end for t in (end, nearest.end)):
        return None
    at = np.array([nearest.end.timestamp(), end.timestamp()])
    total = float(sum(np.diff(curve.at(at))[0] for curve in found.total))
    bad = float(sum(np.diff(curve.at(at))[0] for curve in found.bad))
    start = end - parse_duration(slo.definition.window)
    short = nearest.start > nearest.end - parse_duration(slo.definition.window) + _SAME_INSTANT
    return BudgetTotals(
        start=max(start, nearest.start) if short else start,
        end=end,
        bad=max(0.0, nearest.bad + bad),
        total=max(0.0, nearest.total + total),
        sources=(*nearest.sources, slo.total.source),
        caveats=nearest.caveats,
    )


def _why_not(impact: Impact) -> Unknown | None:
    definition = impact.slo.definition
    if definition.method is not BudgetMethod.OCCURRENCES:
        return Unknown(reason=f"budgets by {definition.method} are not computed by this version", ask=_ASK)
    if not definition.rolling:
        return Unknown(reason="calendar budgets are not computed by this version", ask=_ASK)
    if definition.budget_ratio == 0:
        return Unknown(reason="an objective of 100 % leaves no budget: any failure exceeds it", ask=_ASK)
    for fact in (impact.start, impact.end):
        if impact.window is None and isinstance(fact, Unknown):
            return fact
    return None


def _consumed(failed: Known, allowed: float, totals: BudgetTotals, definition: SloDefinition, coverage: float) -> Known:
    low, high = (bound if isinstance(bound, float) else failed.number for bound in (failed.low, failed.high))
    scaled = coverage < _WHOLE
    measured = failed.basis is Basis.MEASURED and not scaled
    return Known(
        value=failed.number / allowed,
        low=low / allowed / (1 + _SUM_ERROR),
        high=high / allowed / (1 - _SUM_ERROR),
        unit=Unit.RATIO,
        basis=Basis.MEASURED if measured else Basis.INFERRED,
        method=f"occurrences over the rolling {definition.window} that end at the recovery"
        + (", events scaled from the history there is" if scaled else ""),
        formula="requests.failed / ((1 - objective) * events of the window)",
        sources=tuple(dict.fromkeys((*failed.sources, *totals.sources))),
        notes={"events": totals.total / coverage if scaled else totals.total, "coverage_ratio": coverage},
    )


def _remaining(totals: BudgetTotals | None, definition: SloDefinition, letter: str) -> Fact:
    if totals is None or totals.total <= 0:
        return Unknown(reason=f"the events of the window ending at {letter} could not be read", ask=_ASK)
    if _coverage(totals, definition) < _WHOLE:
        return Unknown(reason=f"the history is shorter than the budget window of {definition.window}", ask=_ASK)
    spent = totals.bad / (definition.budget_ratio * totals.total)
    return Known(
        value=1 - spent,
        low=1 - spent * (1 + 2 * _SUM_ERROR),
        high=1 - spent * (1 - 2 * _SUM_ERROR),
        unit=Unit.RATIO,
        basis=Basis.MEASURED,
        method=f"occurrences over the rolling {definition.window} that end at {letter}",
        formula="1 - bad events / ((1 - objective) * all events)",
        sources=totals.sources,
        notes={"bad": totals.bad, "events": totals.total},
    )
