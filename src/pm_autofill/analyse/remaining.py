"""What was left of an error budget where the impact began and where it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.analyse.allowance import WHOLE, Allowance, allowance, coverage, totals_at
from pm_autofill.analyse.budget_methods import ASK_OWNER, REMAINING_FORMULAS, SUM_ERROR, by_method, unit, unread
from pm_autofill.evidence.budget_windows import slice_length
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown

if TYPE_CHECKING:
    from pm_autofill.analyse.budget_plan import BudgetPlan, Portion
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.slos import BudgetTotals, SloDefinition
    from pm_autofill.findings import Value
    from pm_autofill.instants import Window

# Below this share of slices with samples, those that are bad cannot stand for all.
_JUDGED = 0.9


def remaining(impact: Impact, planned: BudgetPlan, letter: str) -> Fact:
    """What was left of the budget at S or at V.

    Args:
        impact: The impact.
        planned: The windows.
        letter: "S" or "V".

    Formula: 1 - B / (b N), over the rolling window ending there; of a stretch of the calendar, B is what counts
        against it until there and N all of it (see ``allowance``).
    Source: SRE workbook ch. 2; ``docs/decisions/0013-error-budget.md``.
    """
    window = planned.before if letter == "S" else planned.after
    portion = planned.portions[0 if letter == "S" else -1]
    slo = impact.slo
    totals = totals_at(slo, window, movable=planned.answered)
    if totals is None:
        return unread(slo, f"ending at {letter}")
    why = _why_unjudged(slo.definition, totals, window)
    if why is not None:
        return why
    rolling = slo.definition.rolling
    whole = _of_rolling(slo.definition, totals, window) if rolling else allowance(slo, portion, planned)
    if whole is None or whole.whole <= 0:
        return unread(slo, f"ending at {letter}")
    return _left(impact, totals, portion, whole, letter)


def _of_rolling(definition: SloDefinition, totals: BudgetTotals, window: Window) -> Allowance:
    by_events = definition.method is BudgetMethod.OCCURRENCES
    whole = totals.total if by_events else window.seconds / slice_length(definition)
    return Allowance(whole, 1.0, projected=False)


def _left(impact: Impact, totals: BudgetTotals, portion: Portion, whole: Allowance, letter: str) -> Known:
    definition = impact.slo.definition
    spent = totals.bad / (definition.budget_ratio * whole.whole)
    where = f"over the rolling {definition.window} that end at"
    if portion.period:
        where = f"in the calendar {definition.calendar} {portion.period} ({definition.time_zone}) until"
    notes: dict[str, Value] = {"bad": totals.bad} if definition.method is BudgetMethod.OCCURRENCES else {
        "spent_slices": totals.bad
    }  # fmt: skip
    return Known(
        value=1 - spent,
        low=1 - spent * (1 + 2 * SUM_ERROR) if whole.exact else None,
        high=1 - spent * (1 - 2 * SUM_ERROR) if whole.exact else None,
        unit=Unit.RATIO,
        basis=Basis.MEASURED if whole.exact else Basis.INFERRED,
        method=f"{by_method(definition)} {where} {letter}"
        + (", events projected to its end" if whole.projected else ""),
        formula=REMAINING_FORMULAS[definition.method],
        sources=tuple(dict.fromkeys((*totals.sources, *whole.sources))) or _sources_of_start(impact),
        notes={**notes, unit(definition): whole.whole},
    )


def _sources_of_start(impact: Impact) -> tuple[str, ...]:
    """What tells that the impact began with the budget: nothing was spent before."""
    return impact.start.sources if isinstance(impact.start, Known) else ()


def _why_unjudged(definition: SloDefinition, totals: BudgetTotals, window: Window) -> Unknown | None:
    """Why the sums of a window do not tell what was left; None where they do."""
    if window.seconds <= 0:
        return None
    if coverage(totals, window) < WHOLE:
        length = f"budget window of {definition.window}" if definition.rolling else f"calendar {definition.calendar}"
        return Unknown(reason=f"the history is shorter than the {length}", ask=ASK_OWNER)
    if definition.method is BudgetMethod.OCCURRENCES:
        return None
    if totals.total < _JUDGED * (window.seconds // slice_length(definition)):
        return Unknown(reason="too few time slices of the budget window have samples to judge them by", ask=ASK_OWNER)
    return None
