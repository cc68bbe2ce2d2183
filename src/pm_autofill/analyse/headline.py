"""Which SLO was hit worst: its figures stand at the top; unknown where a missing one could be worse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pm_autofill.evidence.budget_windows import usual_length
from pm_autofill.evidence.completeness import budget_windows, unread_slos
from pm_autofill.evidence.readings import lacking
from pm_autofill.findings import Known, Unknown
from pm_autofill.wording.numbers import join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.evidence import Evidence

# Burn rates tell the order of shares only as far as the traffic of the impact was that of the budget window: by day it
# is up to about twice the mean of day and night.
_CLEARLY = 2.0
_ASK = "whoever owns the service's metrics"


def by_badness(assessments: Sequence[Assessment]) -> list[Assessment]:
    """The SLOs, those that moved first, worst first: by the share of its budget, else by what needs no history.

    Args:
        assessments: They, in any order.
    """
    moved = [one for one in assessments if one.impact.moved]
    shares = all(_share(one) is not None for one in moved)

    def badness(one: Assessment) -> tuple[bool, float, float]:
        measure = _share(one) if shares else _burnt(one)
        failed = one.facts["requests.failed"]
        # The order of the page is not a claim: one that cannot be measured stands behind those that can.
        return (
            one.impact.moved,
            -math.inf if measure is None else measure,
            failed.number if isinstance(failed, Known) else -math.inf,
        )

    return sorted(assessments, key=badness, reverse=True)


def find_headline(evidence: Evidence, ordered: Sequence[Assessment]) -> Assessment | Unknown | None:
    """The SLO that was hit worst.

    Args:
        evidence: The evidence: it says which SLIs were not read.
        ordered: What ``by_badness`` gives.

    Returns:
        It; None where none moved; unknown where one that was not read, or whose share is unknown, could be worse.

    Formula: largest error_budget.consumed_ratio; where one of them is unknown, average burn rate over [S, V) x its
        length / budget window, and of equal ones most failures; where one has none, the headline is unknown. Where a
        share is unknown because a question went unanswered, the first must be at least twice the second.
    """
    moved = [one for one in ordered if one.impact.moved]
    unread = unread_slos(evidence)
    if not moved:
        return None
    if unread:
        missing = join_words([missing for _, missing in unread])
        return Unknown(reason=f"which SLO was hit worst is unknown without {missing}", ask=_ASK)
    if len(moved) == 1 or all(_share(one) is not None for one in moved):
        return moved[0]
    failed = any(lacking(budget_windows(evidence, one.impact.slo)) for one in moved)
    first, *others = burnt = [_burnt(one) for one in moved]
    names = join_words([one.impact.slo.definition.name for one in moved])
    if failed and (first is None or any(other is None or other * _CLEARLY > first for other in others)):
        return Unknown(reason=f"which of {names} was hit worst cannot be told without their budgets", ask=_ASK)
    if None in burnt:
        unmeasured = [one.impact.slo.definition.name for one, rate in zip(moved, burnt, strict=True) if rate is None]
        reason = f"which of {names} was hit worst is unknown: {join_words(unmeasured)} could not be measured"
        return Unknown(reason=reason, ask=_ASK)
    return moved[0]


def _share(one: Assessment) -> float | None:
    """The share of its budget that was consumed; None where that is unknown."""
    consumed = one.facts["error_budget.consumed_ratio"]
    return consumed.number if isinstance(consumed, Known) else None


def _burnt(one: Assessment) -> float | None:
    """The share of a budget that the impact's burn rate would take with the usual traffic; None where it is unknown.

    Formula: mean ratio over [S, V) / (1 - objective) x length / budget window.
    """
    window, definition, ratio = one.impact.window, one.impact.slo.definition, _mean_ratio(one)
    if window is None or ratio is None:
        return None
    if definition.budget_ratio <= 0:
        return math.inf if ratio > 0 else 0.0
    return ratio / definition.budget_ratio * window.seconds / usual_length(definition.window).total_seconds()


def _mean_ratio(one: Assessment) -> float | None:
    """Bad per event over the impact; of a ratio without counts the mean of its samples."""
    ratio, window, buckets = one.facts["requests.failed_ratio"], one.impact.window, one.impact.buckets
    if isinstance(ratio, Known):
        return ratio.number
    if window is None or buckets is None or buckets.counted:
        return None
    middle = (buckets.edges[1:] + buckets.edges[:-1]) / 2
    inside = (middle >= window.start.timestamp()) & (middle < window.end.timestamp())
    total = float(buckets.total[inside].sum())
    return float(buckets.bad[inside].sum()) / total if total > 0 else None
