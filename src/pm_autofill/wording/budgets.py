"""Shares of error budgets in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.findings import Basis, Known
from pm_autofill.wording.labels import budget
from pm_autofill.wording.numbers import join_words, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.findings import Fact, SloFindings


def taken(found: SloFindings, facts: Mapping[str, Fact], kind: str = "") -> str:
    """What was taken of an SLO's budget, or of each stretch of the calendar.

    Args:
        found: The SLO's findings.
        facts: Its facts, or those of the whole incident where it is the headline SLO.
        kind: A word before "budget", such as "error".

    Returns:
        Such as ``10.9% of the 30-day budget`` or ``35.2% of the October 2026 budget and 3.1% of the November 2026
        budget``; "at least" before it where requests were lost, "about" where it is inferred; empty where unknown.
    """
    fact, lost = facts["error_budget.consumed_ratio"], facts["requests.lost"]
    if not isinstance(fact, Known):
        return ""
    low = "at least " if isinstance(lost, Known) and lost.number > 0 else ""
    about = "about " if fact.basis is Basis.INFERRED else ""
    if len(found.budget_shares) < 2:  # noqa: PLR2004 - the fact itself says it
        period = found.budget_shares[0].period if found.budget_shares else ""
        return f"{low}{about}{percent(fact.number)} of the {_name(found, period, kind)}"
    parts = (f"{percent(one.ratio)} of the {_name(found, one.period, kind)}" for one in found.budget_shares)
    return f"{low}{about}{join_words(list(parts))}"


def projected(found: SloFindings) -> str:
    """That a stretch of the calendar is not over; empty where all are."""
    words = f"the {found.definition.calendar}'s requests projected to its end"
    return words if any(one.projected for one in found.budget_shares) else ""


def _name(found: SloFindings, period: str, kind: str) -> str:
    name = budget(found.definition, period)
    return name.replace(" budget", f" {kind} budget") if kind else name
