"""What the incident took of the error budget, and what was left before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pm_autofill.analyse.allowance import WHOLE, allowance
from pm_autofill.analyse.budget_methods import ASK_OWNER, CONSUMED_FORMULAS, SUM_ERROR, by_method, unit, unread
from pm_autofill.analyse.budget_plan import budgeted, plan
from pm_autofill.analyse.counting import sources_of
from pm_autofill.analyse.exhaustion import Exhaustion, when_exhausted
from pm_autofill.analyse.remaining import remaining
from pm_autofill.analyse.spans import span_of
from pm_autofill.analyse.spending import spending, spent_bounds, why_no_slices
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Basis, BudgetShare, Fact, Known, Unit, Unknown

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.analyse.allowance import Allowance
    from pm_autofill.analyse.budget_plan import BudgetPlan, Portion
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.analyse.spending import Spending
    from pm_autofill.evidence.slos import SloDefinition

_NAMES = (
    "error_budget.consumed_ratio",
    "error_budget.remaining_before_ratio",
    "error_budget.remaining_after_ratio",
)


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget facts of one SLO, and figures beside them.

    Attributes:
        facts: By name.
        shares: What was taken of each budget: one, or one for each stretch of the calendar; the fact is the largest.
        excess_ratio: Share consumed above the usual failures; None when unknown, and for slices that are good or bad.
        with_lost_ratio: Share consumed had the lost requests failed too; None when unknown or none were lost.
        coverage_ratio: Share of the budget window that has history; None when unknown.
        allowed: Bad events, or slices, that the whole budget allows; None when unknown.
        exhausted: When it ran out during the impact; None when it did not, or that is unknown.
    """

    facts: dict[str, Fact]
    shares: tuple[BudgetShare, ...] = ()
    excess_ratio: float | None = None
    with_lost_ratio: float | None = None
    coverage_ratio: float | None = None
    allowed: float | None = None
    exhausted: Exhaustion | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """What is needed to account for one impact.

    Attributes:
        impact: The impact.
        plan: Its windows.
        spent: What it spent from instant to instant; None where only the amount is known, as stated.
        amount: The same as a fact: ``requests.failed``, or slices.
    """

    impact: Impact
    plan: BudgetPlan
    spent: Spending | None
    amount: Known

    @property
    def definition(self) -> SloDefinition:
        """The SLO."""
        return self.impact.slo.definition

    def part_of(self, portion: Portion) -> float:
        """Share of what was spent that falls on a portion, 0..1."""
        if len(self.plan.portions) == 1:
            return 1.0
        if self.spent is None or self.spent.whole <= 0:
            return 0.0
        return self.spent.between(portion.part) / self.spent.whole


def account(
    impact: Impact, failed: Fact, excess: Fact, lost: Fact, as_of: datetime, *, answered: bool = True
) -> Budget:
    """What an SLO's impact took of its budget.

    Args:
        impact: Its impact window.
        failed: ``requests.failed``.
        excess: ``requests.excess_failed``.
        lost: ``requests.lost``.
        as_of: The instant taken as now.
        answered: Whether every window of the budget that was asked for was summed.

    Returns:
        The three budget facts, and the figures beside them.

    Formula: consumed = spent in [S, V) / (b N), where b = 1 - objective and N is all of the window (events or slices).
        A rolling window ends at V, or now while still open; a stretch of the calendar has its own N (see
        ``allowance``), and of several the largest share is the fact. By slices, the impact is the slices it touches.
    Source: SRE workbook ch. 2 and 5; OpenSLO, ``budgetingMethod``; ``docs/decisions/0013-error-budget.md``.
    """
    planned = plan(impact, as_of)
    planned = replace(planned, answered=answered) if planned is not None else None
    why = _why_not(impact)
    if why is not None or planned is None:
        return Budget(dict.fromkeys(_NAMES, why or Unknown(reason="the impact window is empty", ask=ASK_OWNER)))
    facts = {name: remaining(impact, planned, letter) for name, letter in zip(_NAMES[1:], "SV", strict=True)}
    case = _case(impact, planned, failed, lost)
    if isinstance(case, Unknown):
        return Budget({_NAMES[0]: case, **facts})
    found = [(portion, allowance(impact.slo, portion, planned)) for portion in planned.portions]
    taken = [(portion, whole, _consumed(case, portion, whole)) for portion, whole in found if whole is not None]
    if len(taken) < len(found):
        return Budget({_NAMES[0]: unread(impact.slo, "ending at the recovery"), **facts})
    largest, whole, consumed = max(taken, key=lambda one: one[2].number)
    facts = {_NAMES[0]: consumed, **facts}
    allowed = case.definition.budget_ratio * whole.whole
    alone = len(taken) == 1
    return Budget(
        facts,
        tuple(BudgetShare(one.period, fact.number, projected=part.projected) for one, part, fact in taken),
        _excess(case, excess if alone else None, largest, allowed),
        _with_lost(case, lost, allowed) if alone else None,
        whole.coverage,
        allowed,
        when_exhausted(case.spent, facts) if alone and case.spent else None,
    )


def _why_not(impact: Impact) -> Unknown | None:
    definition = impact.slo.definition
    if definition.budget_ratio == 0:
        return Unknown(reason="an objective of 100 % leaves no budget: any failure exceeds it", ask=ASK_OWNER)
    for fact in (impact.start, impact.end):
        if impact.window is None and isinstance(fact, Unknown):
            return fact
    if definition.method is BudgetMethod.OCCURRENCES and definition.events is None:
        return Unknown(reason=f"{definition.name} is configured as a ratio, which cannot be counted", ask=ASK_OWNER)
    return None


def _case(impact: Impact, planned: BudgetPlan, failed: Fact, lost: Fact) -> _Case | Unknown:
    """What the impact spent; or why that is unknown."""
    assert impact.window is not None  # noqa: S101 - there is a plan
    if impact.slo.definition.method is BudgetMethod.OCCURRENCES:
        spent = spending(impact.slo, impact.window)
        if isinstance(failed, Unknown):
            return failed
        if spent is None and len(planned.portions) > 1:
            return Unknown(
                reason=f"it is unknown how many failures fell on each calendar {impact.slo.definition.calendar}",
                ask=ASK_OWNER,
            )
        return _Case(impact, planned, spent, failed)
    why = why_no_slices(impact)
    spent = None if why else spending(impact.slo, budgeted(impact, impact.window))
    if why or spent is None:
        return why or Unknown(reason="not one time slice of the impact is over yet", ask="again later")
    if spent.silent >= spent.passed[-1] and not (isinstance(lost, Known) and lost.number > 0):
        return Unknown(reason="no time slice of the impact had requests", ask=ASK_OWNER)
    return _Case(impact, planned, spent, _slices_spent(impact, spent))


def _slices_spent(impact: Impact, spent: Spending) -> Known:
    """What was spent by slices, with bounds from those of the impact's ends."""
    span = span_of(impact)
    low, high = spent_bounds(impact.slo, span) if span else (spent.whole, spent.whole)
    slo = impact.slo
    return Known(
        value=spent.whole,
        low=min(low, spent.whole),
        high=max(high, spent.whole),
        unit=Unit.EVENTS,
        basis=Basis.MEASURED if slo.total is not None else Basis.INFERRED,
        method="slices judged from samples",
        sources=sources_of(impact) or ((slo.ratio.source,) if slo.ratio else ()),
    )


def _consumed(case: _Case, portion: Portion, whole: Allowance) -> Known:
    amount, definition = case.amount, case.definition
    allowed = definition.budget_ratio * whole.whole
    part = case.part_of(portion)
    low, high = (bound if isinstance(bound, float) else amount.number for bound in (amount.low, amount.high))
    # Of events that are scaled or projected nothing tells how far they are off: the bounds are those of the amount.
    error = SUM_ERROR if definition.method is BudgetMethod.OCCURRENCES and whole.exact else 0.0
    bounded = whole.exact or low < high
    measured = amount.basis is Basis.MEASURED and whole.exact
    return Known(
        value=amount.number * part / allowed,
        low=low * part / allowed / (1 + error) if bounded else None,
        high=high * part / allowed / (1 - error) if bounded else None,
        unit=Unit.RATIO,
        basis=Basis.MEASURED if measured else Basis.INFERRED,
        method=_method(case.impact, portion, whole),
        formula=CONSUMED_FORMULAS[definition.method],
        sources=tuple(dict.fromkeys((*amount.sources, *whole.sources))),
        notes={
            unit(definition): whole.whole,
            "coverage_ratio": whole.coverage,
            **({"silent": case.spent.silent} if case.spent and case.spent.silent else {}),
        },
    )


def _method(impact: Impact, portion: Portion, whole: Allowance) -> str:
    definition = impact.slo.definition
    words = by_method(definition)
    if portion.period:
        words += f" in the calendar {definition.calendar} {portion.period} ({definition.time_zone})"
    else:
        ends = "latest samples" if impact.open else "recovery"
        words += f" over the rolling {definition.window} that end at the {ends}"
    if whole.coverage < WHOLE:
        words += ", events scaled from the history there is"
    return words + (", events projected to its end" if whole.projected else "")


def _excess(case: _Case, excess: Fact | None, portion: Portion, allowed: float) -> float | None:
    """Share of the budget consumed above the usual; unknown for slices that are good or bad."""
    detection, spent = case.impact.detection, case.spent
    if excess is not None and case.definition.method is BudgetMethod.OCCURRENCES:
        return excess.number / allowed if isinstance(excess, Known) else None
    if detection is None or spent is None or case.definition.method is BudgetMethod.TIMESLICES:
        return None
    judged = spent.passed_in(portion.part) * (1 - spent.silent / float(spent.passed[-1]))
    return (case.amount.number * case.part_of(portion) - detection.baseline.ratio * judged) / allowed


def _with_lost(case: _Case, lost: Fact, allowed: float) -> float | None:
    """Share of the budget had the lost requests failed: by slices, had those without any been bad."""
    if not isinstance(lost, Known) or lost.number <= 0:
        return None
    by_events = case.definition.method is BudgetMethod.OCCURRENCES
    more = lost.number if by_events else case.spent.silent if case.spent else 0.0
    return (case.amount.number + more) / allowed if more > 0 else None
