"""How each budget method is named, and what is unknown of a budget."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.evidence.budget_windows import slice_length
from pm_autofill.evidence.slices import is_too_coarse
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Unknown
from pm_autofill.instants import format_duration

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import SloDefinition, SloEvidence

ASK_OWNER = "whoever owns the SLO"
# Measured error of the server's 30-day sums against ground truth: docs/decisions/0010-counting.md.
SUM_ERROR = 0.005
CONSUMED_FORMULAS = {
    BudgetMethod.OCCURRENCES: "requests.failed / ((1 - objective) * events of the window)",
    BudgetMethod.TIMESLICES: "bad slices that touch [S, V) / ((1 - objective) * slices of the window)",
    BudgetMethod.RATIO_TIMESLICES: "sum of the bad ratios of slices that touch [S, V) "
    "/ ((1 - objective) * slices of the window)",
}
REMAINING_FORMULAS = {
    BudgetMethod.OCCURRENCES: "1 - bad events / ((1 - objective) * all events)",
    BudgetMethod.TIMESLICES: "1 - bad slices / ((1 - objective) * all slices)",
    BudgetMethod.RATIO_TIMESLICES: "1 - sum of the slices' bad ratios / ((1 - objective) * all slices)",
}


def by_method(definition: SloDefinition) -> str:
    """The method in words, such as ``occurrences`` or ``time slices of 1m``."""
    if definition.method is BudgetMethod.OCCURRENCES:
        return "occurrences"
    name = "time slices" if definition.method is BudgetMethod.TIMESLICES else "ratios of time slices"
    return f"{name} of {format_duration(timedelta(seconds=slice_length(definition)))}"


def unit(definition: SloDefinition) -> str:
    """What its budget is counted in: the name of the note."""
    return "events" if definition.method is BudgetMethod.OCCURRENCES else "slices"


def unread(slo: SloEvidence, which: str) -> Unknown:
    """Why a budget is unknown whose window could not be summed.

    Args:
        slo: What was observed of the SLO.
        which: Which rolling window, such as "ending at the recovery".
    """
    definition = slo.definition
    window = f"{definition.window} {which}" if definition.rolling else f"calendar {definition.calendar}"
    read = slo.total or slo.ratio
    if definition.method is not BudgetMethod.OCCURRENCES and read is not None and is_too_coarse(slo):
        return Unknown(reason=f"the samples of {definition.name} are farther apart than a slice is long", ask=ASK_OWNER)
    if any(one.total <= 0 for one in slo.totals):
        return Unknown(reason=f"there were no events in the {window}", ask=ASK_OWNER)
    return Unknown(reason=f"the events of the {window} could not be read", ask=ASK_OWNER)
