"""Deadlines count down once, and smaller ones fit inside larger."""

from __future__ import annotations

from pm_autofill.collect.transport.limits import Deadline, Limits, usual_limits
from tests.servers.stacks import FakeClock


def test_a_deadline_counts_down_to_nothing() -> None:
    """What remains shrinks with the clock and is never negative."""
    clock = FakeClock(100.0)
    deadline = Deadline(60, clock)
    assert (deadline.remaining(), deadline.elapsed(), deadline.expired) == (60.0, 0.0, False)
    clock.now = 130.0
    assert (deadline.remaining(), deadline.elapsed(), deadline.expired) == (30.0, 30.0, False)
    clock.now = 160.0
    assert (deadline.remaining(), deadline.elapsed(), deadline.expired) == (0.0, 60.0, True)
    clock.now = 1000.0
    assert deadline.remaining() == 0.0


def test_a_deadline_within_another_never_outlasts_it() -> None:
    """The earlier of the two counts."""
    clock = FakeClock()
    run = Deadline(60, clock)
    clock.now = 50.0
    assert run.within(5).remaining() == 5.0
    assert run.within(20).remaining() == 10.0


def test_only_time_series_may_be_long() -> None:
    """Prometheus may answer at length, the others are held shorter."""
    assert usual_limits("Prometheus") == Limits(concurrency=32)
    assert usual_limits("Grafana") == Limits(max_bytes=8 * 2**20, max_values=500_000)
    assert usual_limits("PagerDuty") == Limits(max_bytes=8 * 2**20, max_values=500_000, concurrency=10)
