"""The impact window: which bad time is the incident, when it began and ended, and when that cannot be said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.impact import Circumstances, Impact, find_impact, find_together
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.findings import Basis, Fact, Known, Unknown
from tests.unit.analyse.cases import at, sli

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import CounterRead

HOLD = timedelta(minutes=15)


def around(trigger: float | None = 5, as_of: float = 80, **stated: datetime) -> Circumstances:
    """An incident triggered so many minutes after noon, looked at eighty minutes after noon."""
    return Circumstances(None if trigger is None else at(trigger), HOLD, at(as_of), **stated)


def minutes(fact: Fact) -> float:
    """A known instant as minutes after noon."""
    assert isinstance(fact, Known), fact
    return (fact.instant - at(0)).total_seconds() / 60


def reason(fact: Fact) -> str:
    """Why a fact is unknown."""
    assert isinstance(fact, Unknown)
    return fact.reason


def spans(impact: Impact) -> list[tuple[float, float]]:
    """The bad stretches, to the minute."""
    return [
        (round((one.window.start - at(0)).total_seconds() / 60), round((one.window.end - at(0)).total_seconds() / 60))
        for one in impact.periods
    ]


def test_start_and_recovery_are_found_to_the_second() -> None:
    """With intervals of a few seconds, measured from raw samples, and the reads as sources."""
    impact = find_impact(sli((0, 40, 0.12)), around())
    assert impact.moved
    assert minutes(impact.start) == pytest.approx(0, abs=0.05)
    assert minutes(impact.end) == pytest.approx(40, abs=0.05)
    for fact, truth in ((impact.start, at(0)), (impact.end, at(40))):
        assert isinstance(fact, Known)
        assert isinstance(fact.low, datetime)
        assert isinstance(fact.high, datetime)
        assert fact.low <= truth <= fact.high
        assert fact.high - fact.low < timedelta(seconds=15)
        assert (fact.basis, fact.sources) == (Basis.MEASURED, ("total", "bad"))
        assert fact.method == "change point in bad / total of availability, raw samples"
    assert (impact.open, impact.touches, impact.elsewhere) == (False, frozenset(), ())
    assert impact.ramp_probability < 0.05


def test_nothing_found_is_unknown_not_the_alert() -> None:
    """A steady SLI gives no start, whatever the trigger."""
    impact = find_impact(sli(), around())
    assert not impact.moved
    assert reason(impact.start) == reason(impact.end) == "no clear change in availability in the searched window"
    assert impact.window is None


def test_a_gradual_onset_is_said_to_be_one() -> None:
    """A ramp of ten minutes in steps of half a minute."""
    ramp = [(n / 2, (n + 1) / 2, 0.12 * (n + 0.5) / 20) for n in range(20)]
    impact = find_impact(sli(*ramp, (10, 40, 0.12)), around())
    assert impact.ramp_probability > 0.95
    assert minutes(impact.start) == pytest.approx(0, abs=0.5)


def test_the_period_containing_the_trigger_is_the_incident() -> None:
    """Also when another one is nearer to its own start, longer or worse; that one is listed."""
    impact = find_impact(sli((0, 20, 0.05), (50, 70, 0.5)), around(18))
    assert spans(impact) == [(0, 20)]
    assert minutes(impact.end) == pytest.approx(20, abs=0.1)
    assert [round(one.failed_ratio, 2) for one in impact.elsewhere] == [0.5]


def test_else_the_nearest_period_is_the_incident() -> None:
    """Before or after the trigger."""
    slo = sli((-80, -70, 0.5), (30, 50, 0.05))
    assert spans(find_impact(slo, around(5))) == [(30, 50)]
    assert spans(find_impact(slo, around(-50))) == [(-80, -70)]


def test_without_a_trigger_the_worst_period_is_the_incident() -> None:
    """The one with most excess failures, or with most requests missing."""
    assert spans(find_impact(sli((-80, -70, 0.1), (30, 35, 0.9)), around(None))) == [(30, 35)]
    quiet = sli((30, 32, 0.2), traffic=[(-80, -60, 0.0)])
    assert spans(find_impact(quiet, around(None))) == [(-80, -60)]


def test_bad_periods_closer_than_the_hold_are_one() -> None:
    """Fourteen minutes good are none, sixteen are a recovery."""
    joined = find_impact(sli((0, 10, 0.2), (24, 34, 0.2)), around())
    assert spans(joined) == [(0, 10), (24, 34)]
    assert minutes(joined.start) == pytest.approx(0, abs=0.1)
    assert minutes(joined.end) == pytest.approx(34, abs=0.1)
    assert joined.elsewhere == ()
    apart = find_impact(sli((0, 10, 0.2), (26, 36, 0.2)), around())
    assert spans(apart) == [(0, 10)]
    assert len(apart.elsewhere) == 1


@pytest.mark.parametrize(
    ("bad", "own", "others"),
    [
        # Twelve minutes at 20 %, and a burst of 3 % for 18 seconds ten minutes later.
        ([(0, 12, 0.2), (22, 22.3, 0.03)], [(0, 12)], [(22, 22.3)]),
        # Before it, too.
        ([(-10, -9, 0.015), (0, 12, 0.2)], [(0, 12)], [(-10, -9)]),
        # As strong, though short; as long, though weaker: no echo.
        ([(0, 12, 0.2), (22, 23, 0.2)], [(0, 12), (22, 23)], []),
        ([(0, 12, 0.2), (22, 34, 0.05)], [(0, 12), (22, 34)], []),
        # Between two strong ones it stretches nothing.
        ([(0, 12, 0.2), (20, 20.75, 0.018), (28, 40, 0.2)], [(0, 12), (20, 20.75), (28, 40)], []),
    ],
)
def test_a_weak_echo_does_not_stretch_the_impact(
    bad: list[tuple[float, float, float]], own: list[tuple[float, float]], others: list[tuple[float, float]]
) -> None:
    """Under a tenth of the other's excess failures and of its ratio: it is told, and not counted in."""
    found = find_impact(sli(*bad, usual=0.0005), around())
    assert [(round(a), round(b)) for a, b in spans(found)] == [(round(a), round(b)) for a, b in own]
    told = [one.window.start for one in found.elsewhere]
    assert [round((one - at(0)).total_seconds() / 60) for one in told] == [round(first) for first, _ in others]


def test_a_trigger_in_an_echo_is_that_of_the_strong_time() -> None:
    """An alert that comes late does not make the burst the incident."""
    found = find_impact(sli((0, 12, 0.2), (22, 23, 0.015), usual=0.0005), around(22.5))
    assert spans(found) == [(0, 12)]


def test_a_blip_is_no_incident() -> None:
    """Half a minute of failures is none; a minute is."""
    assert not find_impact(sli((0, 0.5, 0.3)), around()).moved
    assert find_impact(sli((0, 1.1, 0.3)), around()).moved


def test_an_outage_without_requests_is_found() -> None:
    """No failures at all: the traffic is gone."""
    impact = find_impact(sli(traffic=[(0, 30, 0.0)]), around())
    assert minutes(impact.start) == pytest.approx(0, abs=0.05)
    assert minutes(impact.end) == pytest.approx(30, abs=0.05)
    assert [one.kind for one in impact.periods] == ["no traffic"]
    assert isinstance(impact.start, Known)
    assert impact.start.method == "change point in the traffic of availability"


def test_failures_and_missing_traffic_at_once_are_one_edge() -> None:
    """Three quarters of the requests stay away, and half of the rest fail."""
    impact = find_impact(sli((0, 30, 0.5), traffic=[(0, 30, 0.25)]), around())
    assert minutes(impact.start) == pytest.approx(0, abs=0.1)
    assert minutes(impact.end) == pytest.approx(30, abs=0.1)


def test_a_dip_of_a_third_is_no_outage() -> None:
    """Traffic moves."""
    assert not find_impact(sli(traffic=[(0, 30, 0.67)]), around()).moved


def test_an_sli_that_is_still_bad_is_open() -> None:
    """V is unknown, what is counted reaches to the latest sample."""
    impact = find_impact(sli((0, 60, 0.12), window=(-95, 40)), around(as_of=41))
    assert impact.open
    assert impact.touches == {"end"}
    assert reason(impact.end) == "availability has not recovered yet"
    assert impact.window is not None
    assert (impact.window.end - at(40)).total_seconds() == pytest.approx(0, abs=16)


def test_two_minutes_of_good_samples_are_a_recovery() -> None:
    """V is known once the latest samples are good."""
    impact = find_impact(sli((0, 38, 0.12), window=(-95, 40)), around(as_of=40))
    assert not impact.open
    assert minutes(impact.end) == pytest.approx(38, abs=0.1)


def test_a_few_quiet_samples_are_no_recovery_where_failures_are_rare() -> None:
    """One request in a second, two percent failing: ten seconds without a failure say nothing."""
    slo = sli((0, 60, 0.02), rate=1, usual=0.0002, window=(-95, 40.5))
    trimmed = replace(slo, total=_cut(slo.total, 40.2), bad=_cut(slo.bad, 40.2))
    impact = find_impact(trimmed, around(as_of=40.5))
    assert impact.open
    assert "end" in impact.touches


def _cut(read: CounterRead | None, until: float) -> CounterRead:
    assert read is not None
    series = [one.cut(0, at(until).timestamp()) for one in read.matrix.series]
    return replace(read, matrix=matrix(series))


def test_samples_that_end_in_the_bad_time_leave_the_end_unknown() -> None:
    """An hour ago: nobody can say whether it is still bad."""
    impact = find_impact(sli((0, 60, 0.12), window=(-95, 40)), around(as_of=75))
    assert not impact.open
    assert reason(impact.end) == "availability was still bad where its samples end"
    assert impact.window is None


def test_samples_that_begin_in_the_bad_time_leave_the_start_unknown() -> None:
    """And the window is to be widened."""
    impact = find_impact(sli((-100, -50, 0.12), window=(-95, 60)), around(-70, as_of=60))
    assert impact.touches == {"start"}
    assert reason(impact.start) == "availability was already bad where the searched window begins"
    assert minutes(impact.end) == pytest.approx(-50, abs=0.1)


def test_missing_samples_are_told_from_unread_ones() -> None:
    """An empty answer is not a failed question."""
    slo = sli()
    assert slo.total is not None
    empty = replace(slo, total=replace(slo.total, matrix=matrix([])))
    assert reason(find_impact(empty, around()).start) == (
        "the SLI of availability has no samples in the searched window"
    )
    unread = replace(slo, total=None, bad=None)
    assert reason(find_impact(unread, around()).start) == "the SLI of availability could not be read"


def test_good_events_lead_to_the_same_window() -> None:
    """Bad = total - good, per target."""
    slo = sli((0, 40, 0.12))
    assert slo.total is not None
    assert slo.bad is not None
    total, bad = slo.total.matrix.series[0], slo.bad.matrix.series[0]
    good = replace(slo.bad, matrix=matrix([Series(total.labels, total.times, total.values - bad.values)]))
    by_good = find_impact(replace(slo, bad=None, good=good), around())
    by_bad = find_impact(slo, around())
    assert minutes(by_good.start) == pytest.approx(minutes(by_bad.start), abs=0.001)
    assert minutes(by_good.end) == pytest.approx(minutes(by_bad.end), abs=0.001)


def test_slos_of_the_incident_s_services_move_with_it_or_not() -> None:
    """Of two named SLOs one holds the trigger; the other's bad time two hours before is none of it."""
    first, second = sli((0, 40, 0.12)), sli((-80, -70, 0.5), name="latency")
    found = find_together((first, second), (), around())
    assert [impact.moved for impact in found] == [True, False]
    assert reason(found[1].start) == "no bad time of latency belongs to this incident"
    assert len(found[1].elsewhere) == 1


def test_both_slos_that_hold_the_trigger_are_the_incident() -> None:
    """However long before the other one began."""
    found = find_together((sli((0, 40, 0.12)), sli((-60, 20, 0.05), name="latency")), (), around())
    assert [spans(impact) for impact in found] == [[(0, 40)], [(-60, 20)]]


@pytest.mark.parametrize(("onset", "moved"), [(-16, False), (-14, True), (1, True), (39, True), (41, False)], ids=str)
def test_other_services_move_with_it_when_they_begin_in_time(onset: float, *, moved: bool) -> None:
    """From the hold before S until V."""
    other = sli((onset, onset + 30, 0.3), name="payments", service="payments", named=False)
    found = find_together((sli((0, 40, 0.12)),), (other,), around())
    assert len(found) == (2 if moved else 1)


def test_other_services_do_not_move_with_an_incident_that_was_not_found() -> None:
    """Without S there is no [S - hold, V)."""
    other = sli((0, 30, 0.3), name="payments", service="payments", named=False)
    assert [impact.moved for impact in find_together((sli(),), (other,), around())] == [False]


def test_other_services_move_with_a_stated_window() -> None:
    """A human's start and end count like found ones."""
    other = sli((-60, -30, 0.3), name="payments", service="payments", named=False)
    stated = around(start=at(-50), end=at(0))
    assert [impact.moved for impact in find_together((sli(),), (other,), stated)] == [False, True]


def test_without_a_trigger_the_worst_slo_leads() -> None:
    """Others move with it only in its time."""
    found = find_together((sli((0, 10, 0.05)), sli((50, 70, 0.5), name="worse")), (), around(None))
    assert [impact.moved for impact in found] == [False, True]
