"""Requests in the impact window: counted, bounded, flagged, or unknown with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse import counting
from pm_autofill.analyse.assessment import assess
from pm_autofill.analyse.buckets import SloCurves
from pm_autofill.analyse.counting import count, count_requests
from pm_autofill.analyse.impact import Circumstances, Impact, find_impact
from pm_autofill.analyse.minutes import lost_requests, peak_ratio
from pm_autofill.analyse.spans import Span, span_of
from pm_autofill.analyse.stated import read
from pm_autofill.analyse.usual import Usual, excess_failed, find_usual
from pm_autofill.evidence.increments import Curve
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.findings import Basis, Fact, Known, Unknown
from tests.unit.analyse.cases import at, sli
from tests.unit.analyse.test_impact import HOLD, around

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import CounterRead, SloEvidence

INSIDE = Span(20.0, 50.0, (18.0, 22.0), (48.0, 52.0))


def curve(times: list[float], events: list[float], **parts: object) -> Curve:
    """A counter's curve."""
    usual: dict[str, object] = {
        "resets": (),
        "restarts": (),
        "born": False,
        "unknown_start": False,
        "instance": ("", ""),
    }
    return Curve(np.array(times), np.array(events), **{**usual, **parts})  # type: ignore[arg-type]


def impact_of(slo: SloEvidence, trigger: float = 5) -> Impact:
    """The impact found in an SLI."""
    return find_impact(slo, around(trigger))


def usual_of(impact: Impact) -> Usual | Unknown:
    """What is usual beside an impact."""
    span = span_of(impact)
    assert span is not None
    return find_usual(impact, span)


def number(fact: Fact) -> float:
    """A known number."""
    assert isinstance(fact, Known), fact
    return fact.number


def bounds(fact: Fact) -> tuple[float, float]:
    """The bounds of a known number."""
    assert isinstance(fact, Known)
    assert isinstance(fact.low, float)
    assert isinstance(fact.high, float)
    return fact.low, fact.high


def test_edges_are_interpolated_and_bounded_by_the_samples_around() -> None:
    """Ten events per ten seconds: 30 in half a minute, surely 20, at most 50."""
    found = count([curve([0, 10, 20, 30, 40, 50, 60], [0, 10, 20, 30, 40, 50, 60])], INSIDE)
    assert (found.value, found.low, found.high) == (30, 10, 50)


def test_a_window_inside_one_scrape_interval_may_hold_nothing_or_all() -> None:
    """The whole outage between two samples."""
    found = count([curve([0, 60], [0, 120])], INSIDE)
    assert (found.value, found.low, found.high) == (60, 0, 120)


def test_a_restart_widens_the_upper_bound() -> None:
    """By what may have been counted between the last scrape and the death."""
    calm = count([curve([0, 10, 20, 30, 40, 50, 60], [0, 10, 20, 30, 40, 50, 60])], INSIDE)
    dead = count(
        [curve([0, 10, 20, 30, 40, 50, 60], [0, 10, 20, 30, 40, 50, 60], resets=(40.0,), restarts=(40.0,))], INSIDE
    )
    assert (dead.value, dead.low, dead.high) == (calm.value, calm.low, calm.high + 10)
    outside = curve([0, 10, 20, 30, 40, 50, 60], [0, 10, 20, 30, 40, 50, 60], resets=(10.0,), restarts=(10.0,))
    assert count([outside], INSIDE).high == calm.high


def test_traffic_long_before_a_restart_changes_nothing() -> None:
    """What a process may have counted after its last scrape follows its rate then, not that of another time."""
    times = [float(second) for second in range(-2000, 101, 10)]
    quiet, busy = (
        curve(
            times,
            [early * min(time + 2000, 500) + time for time in times],
            resets=(40.0,),
            restarts=(40.0,),
        )
        for early in (0.0, 100.0)
    )
    assert count([busy], INSIDE) == count([quiet], INSIDE)


def test_a_counter_that_vanishes_widens_the_upper_bound() -> None:
    """Its pod served on until it died."""
    gone, other = curve([0, 10, 20, 30], [0, 10, 20, 30]), curve([0, 10, 20, 30, 40, 50, 60], [0.0] * 7)
    found = count([gone, other], INSIDE)
    assert (found.value, found.low) == (10, 0)
    assert found.high == 30


def test_a_counter_of_unknown_start_widens_the_upper_bound() -> None:
    """Ten seconds of the window before its first sample, at its own rate."""
    late = curve([30, 40, 50, 60], [0, 10, 20, 30], unknown_start=True)
    found = count([late], INSIDE)
    assert (found.value, found.low) == (20, 10)
    assert found.high == pytest.approx(30 + 12)


def test_sums_of_scattered_scrapes_are_bounded_by_those_surely_outside() -> None:
    """Scrapes four seconds apart: a sum at 22 may hold events until 24, one at 48 may lack those since 46."""
    sums = curve([0, 10, 22, 30, 40, 48, 60, 70], [0, 10, 20, 30, 40, 50, 60, 70], spread=4.0)
    found = count([sums], INSIDE)
    assert (found.low, found.high) == (10, 50)


def test_what_may_be_lost_at_ends_widens_the_upper_bound() -> None:
    """As the server counted it, over the samples around the window."""
    times, events = [0.0, 10, 20, 30, 40, 50, 60], [0.0, 10, 20, 30, 40, 50, 60]
    found = count([curve(times, events, at_ends=np.array([0.0, 7, 7, 9, 9, 9, 100]))], INSIDE)
    assert (found.value, found.low, found.high) == (30, 10, 50 + 93)


def test_requests_are_counted_in_the_window_found() -> None:
    """40 a second, 12 percent failing, for forty minutes; usual failures are no excess."""
    impact = impact_of(sli((0, 40, 0.12)))
    facts = count_requests(impact)
    assert number(facts["requests.total"]) == pytest.approx(96_000, rel=0.002)
    assert number(facts["requests.failed"]) == pytest.approx(11_520, rel=0.002)
    assert number(facts["requests.failed_ratio"]) == pytest.approx(0.12, rel=0.002)
    for name, truth in (("requests.total", 96_000), ("requests.failed", 11_520), ("requests.failed_ratio", 0.12)):
        low, high = bounds(facts[name])
        assert low <= truth <= high
        assert high - low < 0.05 * truth
    failed = facts["requests.failed"]
    assert isinstance(failed, Known)
    assert (failed.basis, failed.formula) == (Basis.MEASURED, "bad(V) - bad(S)")
    assert failed.method == "raw counter samples, those at the edges shared out by the rates beside them"
    assert failed.notes == {"series": 1.0, "restarts": 0.0, "born": 0.0, "unknown_start": 0.0}
    excess = excess_failed(failed, facts["requests.total"], usual_of(impact))
    assert number(excess) == pytest.approx(11_520 - 96, rel=0.002)
    assert bounds(excess)[0] <= 11_424 <= bounds(excess)[1]


def test_so_far_is_counted_while_it_lasts() -> None:
    """Up to the latest sample."""
    impact = find_impact(sli((0, 60, 0.12), window=(-95, 40)), Circumstances(at(5), HOLD, at(40)))
    assert number(count_requests(impact)["requests.failed"]) == pytest.approx(0.12 * 40 * 2400, rel=0.01)


def test_nothing_is_counted_without_a_window() -> None:
    """With the reason of the start, or of the end."""
    for fact in count_requests(impact_of(sli())).values():
        assert fact == Unknown(
            reason="no clear change in availability in the searched window", ask="someone who saw the impact"
        )
    ended = find_impact(sli((0, 60, 0.12), window=(-95, 40)), around(as_of=75))
    failed = count_requests(ended)["requests.failed"]
    assert isinstance(failed, Unknown)
    assert failed.reason == "availability was still bad where its samples end"


def stated(impact: Impact, start: float, end: float) -> Impact:
    """An impact whose window was stated."""
    from dataclasses import replace

    first, last = (
        read(name, at(minutes).isoformat()) for name, minutes in (("impact.start", start), ("impact.end", end))
    )
    return replace(impact, moved=True, start=first, end=last)


def test_a_stated_window_is_counted_as_stated() -> None:
    """Without bounds of the edges, but with those of the samples."""
    facts = count_requests(stated(impact_of(sli((0, 40, 0.12))), 0, 20))
    assert number(facts["requests.failed"]) == pytest.approx(5760, rel=0.001)
    assert bounds(facts["requests.failed"])[0] <= 5760 <= bounds(facts["requests.failed"])[1]


def test_a_stated_window_beyond_the_samples_is_not_counted() -> None:
    """Rather unknown than too few."""
    impact = impact_of(sli((0, 40, 0.12)))
    for window in ((-200, 20), (0, 200)):
        facts = [*count_requests(stated(impact, *window)).values(), peak_ratio(stated(impact, *window))]
        assert {fact.reason for fact in facts if isinstance(fact, Unknown)} == {
            "the samples of availability do not cover the impact as stated"
        }
        assert all(isinstance(fact, Unknown) for fact in facts)


def test_a_window_that_ends_before_it_starts_is_not_counted() -> None:
    """Its duration is shown as negative; no number of requests is."""
    failed = count_requests(stated(impact_of(sli((0, 40, 0.12))), 20, 0))["requests.failed"]
    assert isinstance(failed, Unknown)
    assert failed.reason == "the impact ends before it starts, as stated"


def test_no_requests_have_no_ratio() -> None:
    """In an outage nothing was served: total is known, the ratio is not."""
    facts = count_requests(stated(impact_of(sli(traffic=[(0, 30, 0.0)])), 1, 29))
    assert number(facts["requests.total"]) == 0
    assert facts["requests.failed_ratio"] == Unknown(
        reason="no requests were served in the impact window", ask="whoever owns the service's metrics"
    )


def test_unread_events_are_not_counted() -> None:
    """Neither are those of a ratio."""
    slo = sli((0, 40, 0.12))
    unread = stated(impact_of(swap(slo, total=None, bad=None)), 0, 40)
    failed = count_requests(unread)["requests.failed"]
    assert isinstance(failed, Unknown)
    assert failed.reason == "the events of availability could not be read"
    ratio = stated(impact_of(swap(slo, total=None, bad=None, ratio=slo.bad)), 0, 40)
    for fact in (count_requests(ratio)["requests.failed"], peak_ratio(ratio), lost_requests(ratio)):
        assert isinstance(fact, Unknown)
        assert fact.reason == "availability is configured as a ratio, which cannot be counted"


def test_the_peak_is_the_worst_whole_minute() -> None:
    """A minute of 60 percent within forty at 12, on the UTC minute; Wilson's interval around it."""
    peak = peak_ratio(impact_of(sli((0, 40, 0.12), (17, 18, 0.6))))
    assert number(peak) == pytest.approx(0.6, abs=0.01)
    assert list(bounds(peak)) == pytest.approx([0.580, 0.619], abs=0.005)
    assert isinstance(peak, Known)
    assert peak.notes["worst_minute_s"] == at(17).timestamp()
    assert peak.notes["events"] == pytest.approx(2400, abs=2)


def test_scrapes_a_moment_more_than_a_minute_apart_leave_the_minutes_where_they_are() -> None:
    """A scrape interval of 60.004 seconds is a minute; minutes counted in it since 1970 are nobody's."""
    slo = sli((0, 40, 0.12), (17, 18, 0.6))
    late = swap(slo, total=_each_minute(slo.total, 0.004), bad=_each_minute(slo.bad, 0.004))
    peak = peak_ratio(impact_of(late))
    assert isinstance(peak, Known)
    assert peak.notes["worst_minute_s"] == at(17).timestamp()


def _each_minute(read: CounterRead | None, later: float) -> CounterRead:
    """One sample a minute, at its begin, each later by a moment than the one before; the first is of noon less 94."""
    assert read is not None
    (one,) = read.matrix.series
    times, values = one.times[3::4], one.values[3::4]
    return swap(read, matrix=matrix([Series(one.labels, times + later * np.arange(-94.0, len(times) - 94), values)]))


def test_a_peak_of_all_requests_has_a_lower_bound() -> None:
    """Every one of 2400 failed: surely more than 99.8 percent."""
    peak = peak_ratio(impact_of(sli((0, 40, 1.0))))
    assert number(peak) == 1.0
    assert list(bounds(peak)) == pytest.approx([0.9984, 1.0], abs=0.0001)


def test_minutes_with_few_requests_have_no_peak() -> None:
    """Eighteen a minute are not enough, twenty-four are."""
    few = peak_ratio(impact_of(sli((0, 40, 0.5), rate=0.3)))
    assert few == Unknown(
        reason="no minute of the impact window had 20 requests", ask="whoever owns the service's metrics"
    )
    assert number(peak_ratio(impact_of(sli((0, 40, 0.5), rate=0.4)))) == pytest.approx(0.5, abs=0.15)


def test_lost_requests_are_those_that_never_came() -> None:
    """Three quarters of 40 a second for half an hour."""
    lost = lost_requests(impact_of(sli((0, 30, 0.2), traffic=[(0, 30, 0.25)])))
    assert number(lost) == pytest.approx(54_000, rel=0.02)
    assert bounds(lost)[0] <= 54_000 <= bounds(lost)[1]


def test_traffic_that_held_has_lost_nothing() -> None:
    """Known, and zero; a dip of a tenth is within the usual range."""
    for traffic in ([], [(0.0, 40.0, 0.9)]):
        lost = lost_requests(impact_of(sli((0, 40, 0.12), traffic=traffic)))
        assert number(lost) == 0
        assert isinstance(lost, Known)
        assert lost.method == "the traffic stayed within its usual range"


def test_the_excess_of_stated_failures_is_inferred() -> None:
    """A human's count, less the usual."""
    impact = impact_of(sli((0, 40, 0.12)))
    excess = excess_failed(read("requests.failed", "20000"), count_requests(impact)["requests.total"], usual_of(impact))
    assert number(excess) == pytest.approx(20_000 - 96, rel=0.001)
    assert isinstance(excess, Known)
    assert excess.basis is Basis.INFERRED


def test_fewer_failures_than_usual_are_a_negative_excess() -> None:
    """Signed, not clamped."""
    impact = stated(impact_of(sli((0, 40, 0.12))), -60, -30)
    excess = excess_failed(read("requests.failed", "10"), count_requests(impact)["requests.total"], usual_of(impact))
    assert number(excess) == pytest.approx(10 - 72, abs=1)


def test_more_good_events_than_events_are_a_contradiction_too() -> None:
    """They are not a perfect service."""
    slo = sli((0, 40, 0.12))
    assert slo.total is not None
    (one,) = slo.total.matrix.series
    more = swap(slo.total, matrix=matrix([Series(one.labels, one.times, 1.5 * one.values)]))
    impact = stated(impact_of(swap(slo, bad=None, good=more)), 0, 40)
    reason = "availability counts more good events than events: its selectors do not fit together"
    assert {fact.reason for fact in count_requests(impact).values() if isinstance(fact, Unknown)} == {reason}
    perfect = stated(impact_of(swap(slo, bad=None, good=slo.total)), 0, 40)
    assert number(count_requests(perfect)["requests.failed"]) == 0


def test_more_bad_events_than_events_are_a_contradiction() -> None:
    """Neither of both numbers can be right."""
    slo = sli((0, 40, 0.12))
    impact = stated(impact_of(swap(slo, total=slo.bad, bad=slo.total)), 0, 40)
    reason = "availability counts more bad events than events: its selectors do not fit together"
    facts = count_requests(impact)
    assert {fact.reason for fact in facts.values() if isinstance(fact, Unknown)} == {reason}
    assert len(facts) == 3
    assert {fact for name, fact in assess(impact, {}, at(120)).facts.items() if name.startswith("requests.f")} == {
        facts["requests.failed"]
    }


@pytest.mark.parametrize(
    ("resets", "restarts", "count"),
    [
        # One process, whose routes count again at their first requests.
        ([(1000.0,), (1015.0,), (1600.0,)], [(990.0,), (990.0,), (990.4,)], 1),
        ([(1000.0,), (1015.0,), (1030.0,)], [(1000.0,), (1015.0,), (1030.0,)], 1),
        ([(1000.0,), (1015.0,)], [(990.0,), (1015.0,)], 1),
        # A process that crashes each minute, and two hours apart.
        ([(1000.0, 1060.0, 1120.0)], [(990.0, 1050.0, 1110.0)], 3),
        ([(1000.0, 8200.0)], [(1000.0, 8200.0)], 2),
        ([(50.0,)], [(50.0,)], 0),
        ([()], [()], 0),
    ],
)
def test_processes_restart_not_each_of_their_counters(
    resets: list[tuple[float, ...]], restarts: list[tuple[float, ...]], count: int
) -> None:
    """By their starts where these are known, else by what happens together."""
    times = [0.0, 5000.0, 10_000.0]
    found = [curve(times, [0, 1, 2], resets=one, restarts=two) for one, two in zip(resets, restarts, strict=True)]
    notes = counting._notes(SloCurves((), tuple(found), 15.0, 10_000.0), Span(100, 9000, (100, 100), (9000, 9000)))  # noqa: SLF001
    assert notes["restarts"] == count
