"""Generated incidents are what their plans say, and the same each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.world import plan, stories
from tests.world.incident import Incident, generate

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def _history(make: Callable[[], plan.IncidentPlan]) -> Incident:
    """A plan's history, generated once."""
    return generate(make())


SHORT = tuple(make for make in plan.ALL if make is not plan.checkout)


def test_the_main_incident_is_known_to_the_event() -> None:
    """The counts and alert times of the main plan, which stories, other tests and the demo build on."""
    truth = _history(plan.checkout).truth
    assert truth.start == datetime(2026, 11, 18, 13, 42, 17, tzinfo=UTC)
    assert truth.end == datetime(2026, 11, 18, 14, 21, 40, tzinfo=UTC)
    assert truth.in_impact().total == pytest.approx(146_527, rel=0.01)
    assert truth.in_impact().failed == pytest.approx(16_990, rel=0.02)
    assert truth.consumed_ratio() == pytest.approx(0.1093, rel=0.02)
    assert truth.remaining_before_ratio() == pytest.approx(0.4006, rel=0.01)
    assert truth.coverage == 1.0
    assert [run.fired for run in truth.alerts] == [stories.BURN.fired, stories.SLOW_BURN.fired]


@pytest.mark.parametrize("make", SHORT, ids=lambda make: make.__name__)
def test_a_plan_gives_the_same_history_each_time(make: Callable[[], plan.IncidentPlan]) -> None:
    """Series, samples and truth repeat."""
    first, second = generate(make()), _history(make)
    assert first.truth.in_impact() == second.truth.in_impact()
    assert [one.labels for one in first.series] == [one.labels for one in second.series]
    assert all(np.array_equal(a.values, b.values) for a, b in zip(first.series, second.series, strict=True))


@pytest.mark.parametrize("make", SHORT, ids=lambda make: make.__name__)
def test_samples_are_in_order_and_series_unique(make: Callable[[], plan.IncidentPlan]) -> None:
    """What engines would drop silently does not occur."""
    series = _history(make).series
    assert len({one.labels for one in series}) == len(series)
    assert all((np.diff(one.times) > 0).all() for one in series)
    assert all(one.times.size for one in series)


@pytest.mark.parametrize(
    ("make", "low", "high"),
    [
        (plan.short_history, 0.11, 0.12),
        (plan.still_open, 0.115, 0.125),
        (plan.low_traffic, 0.35, 0.45),
        (plan.outage, 1.0, 1.0),
        (plan.lost_traffic, 0.11, 0.13),
        (plan.rough_scrapes, 0.11, 0.12),
        (plan.steady, 0.0003, 0.0009),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_planned_share_of_requests_fails(make: Callable[[], plan.IncidentPlan], low: float, high: float) -> None:
    """The failure ratio over the impact is what the plan asks for."""
    assert low <= _history(make).truth.in_impact().failed_ratio <= high


def test_lost_traffic_never_arrives() -> None:
    """With a quarter of the traffic left, a quarter of the requests is served."""
    usual, left = (_history(make).truth.in_impact().total for make in (plan.short_history, plan.lost_traffic))
    assert left == pytest.approx(usual / 4, rel=0.02)


def test_the_neighbour_moves_only_where_planned() -> None:
    """Payments stays quiet in the main plan and fails in the one for both."""
    assert _history(plan.short_history).truth.in_impact("payments").failed_ratio < 0.001
    assert _history(plan.both_services).truth.in_impact("payments").failed_ratio > 0.03


def test_new_pods_begin_without_failures() -> None:
    """After the rollout a pod's 5xx counters are born inside the impact, at more than one."""
    incident = _history(plan.short_history)
    start = incident.truth.start.timestamp() * 1000
    born = [
        one
        for one in incident.series
        if one.label("code") == "500" and one.label("service") == "checkout" and one.times[0] > start - 60_000
    ]
    assert len(born) >= 6
    assert max(float(one.values[0]) for one in born) > 1


def test_restarts_in_place_reset_the_counters() -> None:
    """Five restarts leave five falls in each series of served requests, and as many starts of processes."""
    series = _history(plan.rough_scrapes).series
    served = [one for one in series if one.label("code") == "200" and one.label("service") == "checkout"]
    assert sum(int((np.diff(one.values) < 0).sum()) for one in served) == 5 * 2
    started = [one for one in series if one.name == "process_start_time_seconds" and one.label("service") == "checkout"]
    assert sum(int((np.diff(one.values) > 0).sum()) for one in started) == 5


def test_no_pod_is_scraped_in_a_gap() -> None:
    """Between 14:00 and 14:04 there is no sample of checkout."""
    series = _history(plan.rough_scrapes).series
    gap = [datetime(2026, 11, 18, 14, minute, tzinfo=UTC).timestamp() * 1000 for minute in (0, 4)]
    pods = [one for one in series if one.label("job") == "checkout-api"]
    assert not any(((one.times > gap[0]) & (one.times < gap[1] - 5)).any() for one in pods)


def test_truth_is_refused_where_it_is_not_known_to_the_second() -> None:
    """A bound between two scrapes of the coarse history has no exact answer."""
    truth = _history(plan.short_history).truth
    with pytest.raises(ValueError, match="not recorded to the second"):
        truth.count(truth.start - timedelta(days=2, seconds=7), truth.end)


def test_counts_of_adjoining_windows_add_up() -> None:
    """Counting is exact: no event is lost or counted twice at a bound."""
    truth = _history(plan.short_history).truth
    middle = truth.start + timedelta(minutes=11)
    assert truth.count(truth.start, middle) + truth.count(middle, truth.end) == truth.in_impact()
