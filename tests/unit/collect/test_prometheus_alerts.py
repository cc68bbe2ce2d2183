"""Samples of ALERTS become stretches."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from pm_autofill.collect.prometheus.alerts import stretches
from pm_autofill.evidence.series import Series, matrix

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()


def _series(name: str, seconds: list[float], values: list[float] | None = None, **labels: str) -> Series:
    """A series with samples so many seconds after noon."""
    times = NOON + np.array(seconds, dtype=np.float64)
    numbers = np.ones(len(times)) if values is None else np.array(values, dtype=np.float64)
    return Series({"__name__": name, **labels}, times, numbers)


def _alert(state: str, seconds: list[float], name: str = "Burn", **labels: str) -> Series:
    """Samples of ALERTS."""
    return _series("ALERTS", seconds, None, alertname=name, alertstate=state, **labels)


def _since(seconds: list[float], active: list[float], name: str = "Burn", **labels: str) -> Series:
    """Samples of ALERTS_FOR_STATE; both in seconds after noon."""
    return _series("ALERTS_FOR_STATE", seconds, [NOON + one for one in active], alertname=name, **labels)


def _clock(at: datetime) -> str:
    """An instant's time of day."""
    return f"{at:%H:%M:%S}"


def _shown(states: list[Series], since: list[Series]) -> list[tuple[str, str, str, str | None]]:
    """State, first and last evaluation, and when it became active."""
    return [
        (one.state, _clock(one.first), _clock(one.last), _clock(one.active_at) if one.active_at else None)
        for one in stretches(matrix(states), since, "prometheus.alerts")
    ]


def test_pending_and_firing_follow_one_another() -> None:
    """Each state is one stretch, and both became active at the same instant."""
    states = [_alert("pending", [30, 60]), _alert("firing", [90, 120, 150])]
    assert _shown(states, [_since([30, 60, 90, 120, 150], [30] * 5)]) == [
        ("pending", "12:00:30", "12:01:00", "12:00:30"),
        ("firing", "12:01:30", "12:02:30", "12:00:30"),
    ]


def test_labels_are_those_of_the_alert() -> None:
    """Name, metric and state stand elsewhere."""
    (one,) = stretches(matrix([_alert("firing", [0], service="checkout", severity="page")]), (), "prometheus.alerts")
    assert (one.name, one.labels, one.source) == (
        "Burn",
        {"service": "checkout", "severity": "page"},
        "prometheus.alerts",
    )


def test_a_longer_gap_begins_a_new_stretch() -> None:
    """More than three usual intervals without an evaluation mean that it was resolved."""
    assert _shown([_alert("firing", [0, 30, 60, 150, 180, 300, 330])], []) == [
        ("firing", "12:00:00", "12:03:00", None),
        ("firing", "12:05:00", "12:05:30", None),
    ]


def test_prometheus_being_away_ends_no_alert() -> None:
    """Active since the same instant before and after: Prometheus restarted meanwhile."""
    seconds: list[float] = [0, 30, 60, 660, 690]
    assert _shown([_alert("firing", seconds)], [_since(seconds, [0] * 5)]) == [
        ("firing", "12:00:00", "12:11:30", "12:00:00")
    ]


def test_an_alert_that_came_back_at_once_is_two() -> None:
    """Another instant of becoming active is another stretch, however short the pause."""
    seconds: list[float] = [0, 30, 60, 120, 150]
    assert _shown([_alert("firing", seconds)], [_since(seconds, [0, 0, 0, 110, 110])]) == [
        ("firing", "12:00:00", "12:01:00", "12:00:00"),
        ("firing", "12:02:00", "12:02:30", "12:01:50"),
    ]


def test_a_stretch_of_one_evaluation_takes_the_interval_of_the_others() -> None:
    """Two lone evaluations a minute apart are one alert among alerts evaluated every half minute, five are not."""
    others = _alert("firing", [0, 30, 60, 90, 120, 150, 180], name="Other")
    shown = _shown([others, _alert("pending", [0, 60], service="a"), _alert("pending", [600], service="b")], [])
    assert ("pending", "12:00:00", "12:01:00", None) in shown
    assert ("pending", "12:10:00", "12:10:00", None) in shown


def test_alerts_of_one_name_are_told_apart_by_their_labels() -> None:
    """Each has its own instant of becoming active."""
    states = [_alert("firing", [60, 90], pod="a"), _alert("firing", [60, 90], pod="b")]
    since = [_since([60, 90], [0, 0], pod="a"), _since([60, 90], [10, 10], pod="b")]
    assert _shown(states, since) == [
        ("firing", "12:01:00", "12:01:30", "12:00:00"),
        ("firing", "12:01:00", "12:01:30", "12:00:10"),
    ]


def test_an_impossible_instant_of_becoming_active_is_not_known() -> None:
    """A value that is no instant before the samples is left out, whatever wrote it."""
    states = [_alert("firing", [0, 30])]
    assert _shown(states, [_since([0, 30], [-NOON, -NOON])]) == [("firing", "12:00:00", "12:00:30", None)]
    assert _shown(states, [_since([0, 30], [1e300, 1e300])]) == [("firing", "12:00:00", "12:00:30", None)]


def test_stretches_come_in_order_of_time_whatever_the_order_of_series() -> None:
    """Equal observations are equal evidence."""
    states = [_alert("firing", [90, 120], name="A"), _alert("firing", [30, 60], name="B"), _alert("odd", [0])]
    found = stretches(matrix(states), (), "prometheus.alerts")
    assert [one.name for one in found] == ["B", "A"]
    assert found == stretches(matrix(states[::-1]), (), "prometheus.alerts")


def test_no_samples_are_no_stretches() -> None:
    """An alert that never was active has none."""
    assert stretches(matrix([]), (), "prometheus.alerts") == ()
