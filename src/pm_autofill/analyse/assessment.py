"""One SLO's findings: impact, counts and budget, with what a human stated taken in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pm_autofill.analyse import stated
from pm_autofill.analyse.budget import Budget, account
from pm_autofill.analyse.counting import count_requests, why_not
from pm_autofill.analyse.minutes import lost_requests, peak_ratio
from pm_autofill.analyse.silence import silent_seconds
from pm_autofill.analyse.spans import span_of
from pm_autofill.analyse.usual import Usual, excess_failed, find_usual
from pm_autofill.evidence.readings import NotAsked, Partial, Reading, lacking
from pm_autofill.findings import Basis, Fact, Known, SloFindings, Unit, Unknown
from pm_autofill.wording.facts import value_words
from pm_autofill.wording.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.slos import SloEvidence

_ASK_STATED = "whoever stated the counts"
_ASK_METRICS = "whoever owns the service's metrics"


@dataclass(frozen=True, slots=True)
class Assessment:
    """An SLO's impact with all that follows from it.

    Attributes:
        impact: The impact.
        facts: All names of ``SLO_FACT_NAMES``.
        budget: Budget figures beside the facts.
        usual: The usual ratio of bad events, or why it is unknown.
    """

    impact: Impact
    facts: Mapping[str, Fact]
    budget: Budget
    usual: Usual | Unknown

    @property
    def findings(self) -> SloFindings:
        """The same as findings, without the samples."""
        return SloFindings(
            definition=self.impact.slo.definition,
            moved=self.impact.moved,
            facts=self.facts,
            baseline_ratio=self._usual_ratio,
            baseline_weeks=self.usual.weeks if isinstance(self.usual, Usual) else None,
            periods=self.impact.periods,
            elsewhere=self.impact.elsewhere,
            excess_consumed_ratio=self.budget.excess_ratio,
            consumed_if_lost_failed_ratio=self.budget.with_lost_ratio,
            budget_shares=self.budget.shares,
            budget_exhausted_at=self.budget.exhausted.at if self.budget.exhausted else None,
            silent_s=silent_seconds(self.impact),
        )

    @property
    def _usual_ratio(self) -> float | None:
        """The usual ratio; of a ratio that cannot be counted, what its samples show around the impact."""
        if isinstance(self.usual, Usual):
            return self.usual.ratio
        detection, buckets = self.impact.detection, self.impact.buckets
        return detection.baseline.ratio if detection and buckets and not buckets.counted else None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the questions about one SLO were answered.

    Attributes:
        weeks: Those about the weeks before.
        budget: Those about its history and the windows of its budget.
        starts: That about the processes behind its counters: without their starts a counter that appears may be a
            birth or not, and traffic seems to have fallen where it had not.
    """

    weeks: Reading[SloEvidence]
    budget: Reading[SloEvidence]
    starts: Reading[SloEvidence]


_ALL = Reach(NotAsked(), NotAsked(), NotAsked())


def restate(impact: Impact, statements: Mapping[str, str], *, anyway: bool) -> Impact:
    """An impact with the start and end a human stated.

    Args:
        impact: As found.
        statements: What is stated, by fact name.
        anyway: Whether statements also hold for an SLI in which no change was found.

    Returns:
        The impact; it counts as moved where a statement was taken in.
    """
    start = stated.read("impact.start", statements["impact.start"]) if "impact.start" in statements else None
    end = stated.read("impact.end", statements["impact.end"]) if "impact.end" in statements else None
    if not (start or end) or not (impact.moved or (anyway and start)):
        return impact
    return replace(
        impact, moved=True, start=start or impact.start, end=end or impact.end, open=impact.open and end is None
    )


def assess(impact: Impact, statements: Mapping[str, str], as_of: datetime, reach: Reach = _ALL) -> Assessment:
    """Count what an impact affected and took of the budget.

    Args:
        impact: The impact, statements about its window taken in.
        statements: Stated counts and shares; only the headline SLO is given any.
        as_of: The instant taken as now.
        reach: How far the questions about the SLO were answered.

    Returns:
        All facts of the SLO.
    """
    facts: dict[str, Fact] = {
        "impact.start": impact.start,
        "impact.end": impact.end,
        "impact.duration": duration(impact),
    }
    counted = count_requests(impact)
    facts |= counted
    for name in ("requests.total", "requests.failed"):
        facts[name] = stated.prefer(name, facts[name], statements)
    if {"requests.total", "requests.failed"} & set(statements):
        facts["requests.failed_ratio"] = failed_ratio(facts["requests.failed"], facts["requests.total"])
    uncounted = counted["requests.failed"] if isinstance(counted["requests.failed"], Unknown) else None
    peak = uncounted or peak_ratio(impact)
    facts["requests.failed_ratio_peak"] = stated.prefer("requests.failed_ratio_peak", peak, statements)
    span = span_of(impact)
    usual = find_usual(impact, span, reach.weeks) if span else why_not(impact, counted=True)
    facts["requests.excess_failed"] = excess_failed(facts["requests.failed"], facts["requests.total"], usual)
    lost_ones: Fact = lost_requests(impact)
    if lacking(reach.starts):
        lost_ones = Unknown(reason=f"what was lost is unknown without {lacking(reach.starts)}", ask=_ASK_METRICS)
    facts["requests.lost"] = stated.prefer("requests.lost", lost_ones, statements)
    failed, excess, lost = (facts[f"requests.{name}"] for name in ("failed", "excess_failed", "lost"))
    budget = account(impact, failed, excess, lost, as_of, answered=not lacking(reach.budget))
    facts |= {name: stated.prefer(name, fact, statements) for name, fact in budget.facts.items()}
    return Assessment(impact, facts, budget, usual)


def as_far_as_read(found: Assessment, samples: Reading[SloEvidence]) -> Assessment:
    """What may be said of an SLO whose SLI was not read whole: what was read shows so much, and no fact is known.

    Args:
        found: What follows from the samples that came.
        samples: How far they were read.

    Returns:
        The same where they are whole. Else every fact but the stated ones is unknown, with its value in what was read;
        so are start and end of the impact.
    """
    if not isinstance(samples, Partial):
        return found
    facts = {name: _of_a_part(fact, found.impact.slo.definition.name) for name, fact in found.facts.items()}
    # What did not come may lie between two bad times, or make up one.
    impact = replace(found.impact, start=facts["impact.start"], end=facts["impact.end"], periods=(), elsewhere=())
    return Assessment(impact, facts, Budget(found.budget.facts), found.usual)


def _of_a_part(fact: Fact, slo: str) -> Fact:
    """A fact that rests on a part of the samples."""
    if isinstance(fact, Known) and fact.basis is Basis.STATED:
        return fact
    reason = f"the SLI of {slo} was read in part only"
    if isinstance(fact, Known):
        reason += f"; so far as it was read: {value_words(fact.value, fact.unit, plain)}"
    return Unknown(reason=reason, ask=_ASK_METRICS)


def duration(impact: Impact) -> Fact:
    """The fact ``impact.duration``.

    Formula: impact.end - impact.start.
    Source: the template's "Duration"; never PagerDuty's resolve - trigger.
    """
    return difference("impact.end", impact.end, "impact.start", impact.start)


def difference(later_name: str, later: Fact, earlier_name: str, earlier: Fact) -> Fact:
    """A duration between two facts, signed; unknown where one of them is.

    Formula: later - earlier; bounds from the widest pair of theirs.
    """
    for fact in (earlier, later):
        if isinstance(fact, Unknown):
            return fact
    assert isinstance(later, Known)  # noqa: S101 - the loop returned otherwise
    assert isinstance(earlier, Known)  # noqa: S101 - as above
    value = (later.instant - earlier.instant).total_seconds()
    slack_low = _slack(later, upper=False) + _slack(earlier, upper=True)
    slack_high = _slack(later, upper=True) + _slack(earlier, upper=False)
    bounded = slack_low or slack_high
    return Known(
        value=value,
        low=value - slack_low if bounded else None,
        high=value + slack_high if bounded else None,
        unit=Unit.SECONDS,
        basis=weakest(later.basis, earlier.basis),
        method="difference of the two instants",
        formula=f"{later_name} - {earlier_name}",
        sources=tuple(dict.fromkeys((*later.sources, *earlier.sources))),
    )


def weakest(*bases: Basis) -> Basis:
    """The basis of what follows from facts of these bases."""
    order = (Basis.STATED, Basis.INFERRED, Basis.MEASURED, Basis.RECORDED)
    return min(bases, key=order.index)


def _slack(fact: Known, *, upper: bool) -> float:
    """Seconds between an instant and its bound on one side."""
    bound = fact.high if upper else fact.low
    if bound is None or isinstance(bound, float | str):
        return 0.0
    return abs((bound - fact.instant).total_seconds())


def failed_ratio(failed: Fact, total: Fact) -> Fact:
    """The fact ``requests.failed_ratio`` from stated counts.

    Formula: requests.failed / requests.total.
    """
    if isinstance(failed, Unknown):
        return failed
    if isinstance(total, Unknown):
        return total
    if total.number <= 0:
        return Unknown(reason="no requests were served in the impact window", ask=_ASK_STATED)
    if failed.number > total.number:
        return Unknown(reason="more requests failed than there were, as stated", ask=_ASK_STATED)
    return Known(
        value=failed.number / total.number,
        unit=Unit.RATIO,
        basis=weakest(failed.basis, total.basis),
        method="failed over all requests of the impact window",
        formula="requests.failed / requests.total",
        sources=tuple(dict.fromkeys((*failed.sources, *total.sources))),
    )
