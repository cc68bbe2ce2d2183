"""What real services do, each by its name: the search for start and recovery sees through it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.incidents import Setting, draw
from pm_autofill.analyse.draft import analyse
from pm_autofill.analyse.impact import Circumstances, Impact, find_impact
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.findings import Fact, Known, Unknown
from tests.unit.analyse.cases import SETTINGS, at, evidence, incident, record, sli

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.incidents import Incident
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import CounterRead, SloEvidence

HOLD = timedelta(minutes=15)
BUSY = Setting(rate=200.0, usual=0.001, wander=0.15, scrape=15, pods=3)


def found(slo: SloEvidence, trigger: float | None = 5) -> Impact:
    """What is found eighty minutes after noon."""
    return find_impact(slo, Circumstances(None if trigger is None else at(trigger), HOLD, at(80)))


def found_of(drawn: Incident) -> Impact:
    """What is found of a random incident when it is long over."""
    end = drawn.slo.total.end if drawn.slo.total else at(0)
    return find_impact(drawn.slo, Circumstances(datetime.fromtimestamp(drawn.trigger, at(0).tzinfo), HOLD, end))


def off(fact: Fact, truth: float) -> float:
    """How many seconds a known instant lies from the truth in epoch seconds, which its interval holds."""
    assert isinstance(fact, Known), fact
    assert isinstance(fact.low, datetime)
    assert isinstance(fact.high, datetime)
    assert fact.low.timestamp() - 1 <= truth <= fact.high.timestamp() + 1
    return abs(fact.instant.timestamp() - truth)


def is_found(impact: Impact, start: float, end: float, seconds: float = 5) -> None:
    """Start and recovery lie so near to minutes after noon, and are inside their intervals."""
    assert off(impact.start, at(start).timestamp()) <= seconds
    assert off(impact.end, at(end).timestamp()) <= seconds


def edited(slo: SloEvidence, edit: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> SloEvidence:
    """The SLO with the samples of both counters edited alike."""

    def each(read: CounterRead | None) -> CounterRead:
        assert read is not None
        series = [Series(one.labels, *edit(one.times, one.values)) for one in read.matrix.series]
        return replace(read, matrix=matrix(series))

    return replace(slo, total=each(slo.total), bad=each(slo.bad))


def swinging(*bad_times: tuple[float, float, float]) -> SloEvidence:
    """Traffic that doubles and falls again, as in the morning of a day that is three hours long."""
    swing = [(minute, minute + 1, 1 + 0.5 * float(np.sin(minute / 28))) for minute in range(-95, 80)]
    return sli(*bad_times, traffic=swing)


def test_diurnal_traffic_is_no_change_and_hides_none() -> None:
    """Between half and one and a half times its mean."""
    assert not found(swinging()).moved
    is_found(found(swinging((0, 40, 0.05))), 0, 40)


def test_baseline_noise_is_no_change_and_hides_none() -> None:
    """Two percent fail as usual, wandering by 15 percent; then eight."""
    noisy = replace_usual(0.02)
    quiet = [draw("none", seed, noisy) for seed in range(70_000, 70_008)]
    assert [one.setting.usual for one in quiet if found_of(one).moved] == []
    drawn = draw("step", 70_000, noisy)
    impact = found_of(drawn)
    assert off(impact.start, drawn.start) <= 15
    assert off(impact.end, drawn.end) <= 15


def replace_usual(ratio: float) -> Setting:
    """The busy service, failing more."""
    return Setting(BUSY.rate, ratio, BUSY.wander, BUSY.scrape, BUSY.pods)


def test_low_counts_make_wide_intervals_that_hold_the_truth() -> None:
    """A request in two seconds, a fifth of them failing."""
    impact = found(sli((0, 40, 0.2), rate=0.5, usual=0.002))
    is_found(impact, 0, 40, seconds=60)
    assert isinstance(impact.start, Known)
    assert isinstance(impact.start.low, datetime)
    assert isinstance(impact.start.high, datetime)
    assert impact.start.high - impact.start.low > timedelta(seconds=20)


@pytest.mark.parametrize("gap", [(-50, -45), (10, 16), (50, 56)], ids=str)
def test_scrape_gaps_are_no_change_and_hide_none(gap: tuple[float, float]) -> None:
    """Before, inside and after the bad time: the counters went on, so the service did."""

    def without(times: Floats, values: Floats) -> tuple[Floats, Floats]:
        kept = (times < at(gap[0]).timestamp()) | (times >= at(gap[1]).timestamp())
        return times[kept], values[kept]

    assert not found(edited(sli(), without)).moved
    is_found(found(edited(sli((0, 40, 0.12)), without)), 0, 40)


def test_a_scrape_gap_over_the_onset_widens_its_interval() -> None:
    """It began somewhere in the four minutes, and that is said."""

    def without(times: Floats, values: Floats) -> tuple[Floats, Floats]:
        kept = (times < at(-2).timestamp()) | (times >= at(2).timestamp())
        return times[kept], values[kept]

    assert off(found(edited(sli((0, 40, 0.12)), without)).start, at(0).timestamp()) <= 125


@pytest.mark.parametrize("minute", [-50, 0, 20, 40])
def test_counter_resets_are_no_change_and_hide_none(minute: float) -> None:
    """A restart before, at the onset, inside, and at the recovery."""

    def restarted(times: Floats, values: Floats) -> tuple[Floats, Floats]:
        later = times >= at(minute).timestamp()
        return times, np.where(later, values - values[~later][-1], values)

    assert not found(edited(sli(), restarted)).moved
    is_found(found(edited(sli((0, 40, 0.12)), restarted)), 0, 40, seconds=16)


def test_a_ramp_begins_where_it_leaves_the_usual() -> None:
    """Ten minutes of it at two hundred requests a second: not where it is half way up."""
    drawn = draw("ramp", 70_001, BUSY)
    impact = found_of(drawn)
    assert off(impact.start, drawn.start) <= 120
    assert off(impact.end, drawn.end) <= 15
    assert impact.ramp_probability > 0.9


def test_flapping_is_one_incident_with_all_its_spikes() -> None:
    """Six spikes of two minutes, four minutes apart."""
    spikes = [(6.0 * number, 6.0 * number + 2, 0.1) for number in range(6)]
    impact = found(sli(*spikes))
    is_found(impact, 0, 32)
    assert len(impact.periods) == 6
    assert sum(one.window.seconds for one in impact.periods) == pytest.approx(12 * 60, abs=6 * 30)


def test_a_recovery_in_two_steps_ends_with_the_second() -> None:
    """Most is mitigated after twenty minutes, the rest after forty."""
    impact = found(sli((0, 20, 0.2), (20, 40, 0.02)))
    is_found(impact, 0, 40)
    assert len(impact.periods) == 1


def test_no_clear_change_says_what_was_looked_at_and_what_would_have_been_seen() -> None:
    """No number is made up from the alert."""
    findings = analyse(evidence(sli(), pagerduty=record(incident=incident())), SETTINGS)
    start = findings.facts["impact.start"]
    assert isinstance(start, Unknown)
    assert start.reason == "no clear change in availability in the searched window"
    (remark,) = (one for one in findings.remarks if one.code == "no_change")
    assert remark.values["slo"] == "availability"
    smallest = remark.values["smallest_ratio"]
    assert isinstance(smallest, float)
    assert 0.0012 < smallest < 0.01
    assert found(sli((0, 10, 1.5 * smallest))).moved
    assert not found(sli((0, 10, 0.7 * smallest))).moved


@pytest.mark.parametrize("trigger", [None, -90, -40, 75], ids=["no alert", "long before", "before", "long after"])
def test_the_alert_may_be_anywhere_or_nowhere(trigger: float | None) -> None:
    """Start and recovery are those of the SLI."""
    is_found(found(sli((0, 40, 0.12)), trigger), 0, 40)


def test_resolved_before_recovery_lasts_until_the_recovery() -> None:
    """Somebody resolved the incident twenty minutes early; the impact's end is the SLI's."""
    early = record(incident=incident(resolved_at=at(20)))
    findings = analyse(evidence(sli((0, 40, 0.12)), pagerduty=early), SETTINGS)
    assert off(findings.facts["impact.end"], at(40).timestamp()) <= 5
    (remark,) = (one for one in findings.remarks if one.code == "resolved_before_recovery")
    assert remark.values["seconds"] == pytest.approx(20 * 60, abs=5)
