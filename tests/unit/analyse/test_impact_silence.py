"""Counters that are gone: an outage where all of them vanish, none where some targets do and the others carry on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse
from pm_autofill.analyse.impact import Circumstances, Impact, find_impact
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.findings import Fact, Known, Unknown
from tests.unit.analyse.cases import SETTINGS, at, evidence, incident, record, sli

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.slos import CounterRead, SloEvidence

NEVER = 999.0


def known(fact: Fact) -> Known:
    """A fact that must be known."""
    assert isinstance(fact, Known), fact
    return fact


def reason(fact: Fact) -> str:
    """Why a fact is unknown."""
    assert isinstance(fact, Unknown), fact
    return fact.reason


def targets(slo: SloEvidence, *gone: float, until: float = 60) -> SloEvidence:
    """The SLI once per target, each four seconds later than the one before, and without samples from some minute on."""

    def several(read: CounterRead | None) -> CounterRead:
        assert read is not None
        (one,) = read.matrix.series
        found = [
            Series({**one.labels, "instance": f"{number}:80"}, one.times + 4.0 * number, one.values).cut(
                0, at(min(minute, until)).timestamp()
            )
            for number, minute in enumerate(gone)
        ]
        return replace(read, matrix=matrix(found), end=at(until))

    return replace(slo, total=several(slo.total), bad=several(slo.bad))


def found(slo: SloEvidence, as_of: float = 60, trigger: float = 5) -> Impact:
    """What is found of it an hour after noon."""
    return find_impact(slo, Circumstances(at(trigger), timedelta(minutes=15), at(as_of)))


def holds(fact: Fact, minute: float) -> None:
    """The fact is known to a scrape or two, and its interval holds the minute."""
    low, high = known(fact).low, known(fact).high
    assert isinstance(low, datetime)
    assert isinstance(high, datetime)
    assert low <= at(minute) <= high
    assert high - low < timedelta(seconds=35)


@pytest.mark.parametrize("gone", [(0,), (0, 0, 0), (-1, -0.5, 0)], ids=str)
def test_counters_that_all_vanish_for_good_are_an_open_outage(gone: Sequence[float]) -> None:
    """S is known to a scrape; while nothing comes back, V is not, and it is still bad."""
    impact = found(targets(sli(), *gone))
    if len(set(gone)) == 1:
        holds(impact.start, 0)
    assert -1.5 <= (known(impact.start).instant - at(0)).total_seconds() / 60 <= 0.25
    assert (impact.open, impact.touches) == (True, frozenset({"end"}))
    assert reason(impact.end) == "availability has not recovered yet: its counters are gone"
    assert [(one.kind, one.ongoing) for one in impact.periods] == [("no traffic", True)]
    assert known(impact.start).method == "change point in the traffic of availability"


def test_what_a_vanished_service_lost_is_told() -> None:
    """Forty requests a second for an hour; none failed that anybody saw; and a remark that it may be the scraping."""
    told = record(incident=incident(resolved_at=None))
    findings = analyse(evidence(targets(sli(), 0), as_of=60, pagerduty=told), SETTINGS)
    facts = findings.facts
    assert known(facts["requests.lost"]).number == pytest.approx(144_000, rel=0.01)
    assert known(facts["requests.failed"]).number == 0
    assert known(facts["requests.total"]).number == 0
    assert known(facts["requests.total"]).high == pytest.approx(600, rel=1.1)
    assert reason(facts["impact.end"]) == "availability has not recovered yet: its counters are gone"
    assert findings.open
    (remark,) = (one for one in findings.remarks if one.code == "counters_gone")
    assert isinstance(remark.values["since"], datetime)
    assert abs(remark.values["since"] - at(0)) <= timedelta(seconds=15)


def test_failures_and_then_nothing_are_one_incident() -> None:
    """S is that of the failures."""
    impact = found(targets(sli((0, 60, 0.3)), 30))
    holds(impact.start, 0)
    assert impact.open


def test_a_vanished_service_looked_at_days_later_is_not_called_open() -> None:
    """The read ended an hour after it; what came then nobody asked."""
    impact = found(targets(sli(), 0), as_of=6000)
    holds(impact.start, 0)
    assert not impact.open
    assert reason(impact.end) == "availability was still bad where the searched window ends, its counters gone"


def test_counters_that_come_back_have_recovered() -> None:
    """A new process under another name, from minute forty on."""
    slo = sli()

    def reborn(read: CounterRead | None) -> CounterRead:
        assert read is not None
        (one,) = read.matrix.series
        kept = one.times >= at(40).timestamp()
        new = Series({**one.labels, "instance": "new:80"}, one.times[kept], one.values[kept] - one.values[kept][0])
        return replace(read, matrix=matrix([one.cut(0, at(0).timestamp()), new]))

    impact = found(replace(slo, total=reborn(slo.total), bad=reborn(slo.bad)), as_of=80)
    holds(impact.start, 0)
    holds(impact.end, 40)


def test_traffic_that_stops_for_good_is_an_open_outage() -> None:
    """The counters are there and stand still."""
    impact = found(targets(sli(traffic=[(0, 90, 0.0)]), NEVER))
    holds(impact.start, 0)
    assert impact.open
    assert reason(impact.end) == "availability has not recovered yet"


@pytest.mark.parametrize("gone", [(0, NEVER), (0, 0, NEVER), (0, NEVER, NEVER), (-20, 0, 20, NEVER)], ids=str)
def test_some_targets_that_are_gone_are_no_outage(gone: Sequence[float]) -> None:
    """Taken out of service, or scraped no more: the others carry on as before."""
    impact = found(targets(sli(), *gone))
    assert not impact.moved
    assert reason(impact.start) == "no clear change in availability in the searched window"


def test_targets_that_are_gone_hide_no_failures_of_the_others() -> None:
    """Those that carry on fail."""
    impact = found(targets(sli((0, 40, 0.12)), NEVER, 0, 0))
    holds(impact.start, 0)
    holds(impact.end, 40)


def test_targets_that_carry_on_without_traffic_are_an_outage() -> None:
    """Two are gone, and the third gets a tenth of what it had."""
    impact = found(targets(sli(traffic=[(0, 90, 0.1)]), 0, 0, NEVER))
    assert impact.open
    assert abs(known(impact.start).instant - at(0)) <= timedelta(seconds=30)


@pytest.mark.parametrize("minutes", [1, 4])
def test_samples_that_are_only_late_are_no_outage(minutes: float) -> None:
    """Up to five minutes."""
    assert not found(targets(sli(), 60 - minutes), trigger=55).moved


def test_a_few_minutes_of_samples_are_nothing_an_outage_could_be_told_from() -> None:
    """Nine minutes of them, and then none: said, and no number."""
    impact = found(targets(sli(window=(-9, 80)), 0))
    assert reason(impact.start) == (
        "the samples of availability end before the searched window does, without a clear change until then"
    )
