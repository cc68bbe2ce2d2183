"""Which SLO was hit worst: a missing one is never the smallest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.findings import Findings, Known, Unknown
from tests.unit.analyse.cases import SETTINGS, at, evidence, record, sli, totals

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import SloEvidence

WHOLE = Answered(state=State.COMPLETE)
GONE = Answered(state=State.REFUSED, missing="what was asked")
KEYS = ("incident.log", "slo.large.samples", "slo.small.samples", "slo.large.history", "slo.small.history")
LARGE = sli((0, 40, 0.12), name="large", totals=(totals(at(40), 40_000, 10_000_000),))
SMALL = sli((0, 41, 0.004), name="small", totals=(totals(at(41), 4_000, 10_000_000),))


def found(*slos: SloEvidence, without: str = "") -> Findings:
    """Findings, one question of which went unanswered."""
    readings = {**dict.fromkeys(KEYS, WHOLE), **({without: GONE} if without else {})}
    return analyse(evidence(*slos, pagerduty=record(), readings=readings), SETTINGS)


def reason(findings: Findings, name: str) -> str:
    """Why a fact is unknown."""
    fact = findings.facts[name]
    assert isinstance(fact, Unknown), fact
    return fact.reason


def test_the_largest_share_is_the_headline() -> None:
    """Start and end are the first and the last of both."""
    whole = found(LARGE, SMALL)
    assert whole.headline_slo == "large"
    end = whole.facts["impact.end"]
    assert isinstance(end, Known)
    assert abs((end.instant - at(41)).total_seconds()) < 30


def test_without_its_history_the_larger_one_stays_the_headline() -> None:
    """By its burn rate, which needs none; its share of the budget is unknown, never the other's."""
    bare = found(replace(LARGE, totals=()), SMALL, without="slo.large.history")
    assert bare.headline_slo == "large"
    assert isinstance(bare.facts["error_budget.consumed_ratio"], Unknown)
    failed = bare.facts["requests.failed"]
    assert isinstance(failed, Known)
    assert failed.number > 10_000


def test_shares_that_may_be_alike_have_no_headline_where_one_is_missing() -> None:
    """Burn rates tell the order only roughly."""
    like = sli((0, 40, 0.09), name="small", totals=(totals(at(40), 4_000, 10_000_000),))
    near = found(replace(LARGE, totals=()), like, without="slo.large.history")
    assert near.headline_slo is None
    assert reason(near, "requests.failed") == (
        "which of large and small was hit worst cannot be told without their budgets"
    )


def test_an_sli_that_was_not_read_may_be_the_worst() -> None:
    """There is no headline, and start and end are bounds."""
    for gone in (replace(LARGE, total=None, bad=None), LARGE):
        cut = found(gone, SMALL, without="slo.large.samples")
        assert cut.headline_slo is None
        assert reason(cut, "error_budget.consumed_ratio").startswith("which SLO was hit worst is unknown without")
        assert "so far as SLIs were read, it is 2026-11-18 12:4" in reason(cut, "impact.end")
        assert reason(cut, "impact.end").endswith("UTC at the earliest")
        assert reason(cut, "impact.start").endswith("UTC at the latest")
        small = next(one for one in cut.slos if one.definition.name == "small")
        assert isinstance(small.facts["requests.failed"], Known)


def test_of_an_sli_read_in_part_nothing_is_known() -> None:
    """What was read shows so much, and no fact is made of it."""
    readings = {**dict.fromkeys(KEYS, WHOLE), "slo.large.samples": Answered(state=State.PARTIAL, missing="some")}
    part = analyse(evidence(LARGE, pagerduty=record(), readings=readings), SETTINGS)
    (slo,) = part.slos
    assert not any(isinstance(fact, Known) for fact in slo.facts.values())
    failed = slo.facts["requests.failed"]
    assert isinstance(failed, Unknown)
    assert failed.reason.startswith("the SLI of large was read in part only; so far as it was read: 11,5")
    assert part.phases.keys().isdisjoint({"S", "V"})
    assert not [row for row in part.timeline if row.kind in {"impact_start", "impact_end"}]
