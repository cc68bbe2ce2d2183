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
    prometheus, grafana, pagerduty = (usual_limits(source) for source in ("Prometheus", "Grafana", "PagerDuty"))
    assert (prometheus.max_bytes, prometheus.max_text, prometheus.concurrency) == (64 * 2**20, 16 * 2**20, 32)
    assert grafana == Limits(max_bytes=8 * 2**20, max_memory=20 * 2**20)
    assert pagerduty == Limits(max_bytes=8 * 2**20, max_memory=20 * 2**20, concurrency=10)
