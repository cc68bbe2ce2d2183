"""Counter samples become events: restarts, births, gaps and repetitions."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.evidence.increments import Curve, curves, increments, scrape_interval
from pm_autofill.evidence.series import Matrix, Series, matrix
from pm_autofill.evidence.slos import CounterRead

START = 1_800_000_000.0
POD = {"__name__": "http_requests_total", "job": "api", "instance": "a:80"}


def series(times: list[float], values: list[float], **labels: str) -> Series:
    """A counter's samples, times counted from the start of the read."""
    return Series({**POD, **labels}, START + np.array(times, dtype=float), np.array(values, dtype=float))


def read(*found: Series, pushed_down: bool = False) -> CounterRead:
    """A read of ten minutes."""
    first, last = (datetime.fromtimestamp(START + seconds, UTC) for seconds in (0, 600))
    return CounterRead(matrix=matrix(found), source="s", start=first, end=last, pushed_down=pushed_down)


def started(times: list[float], values: list[float], **labels: str) -> Matrix:
    """Process start times, counted from the start of the read."""
    named = {**POD, "__name__": "process_start_time_seconds", **labels}
    return matrix([Series(named, START + np.array(times, dtype=float), START + np.array(values, dtype=float))])


def only(found: tuple[Curve, ...]) -> Curve:
    """The one curve of a read."""
    assert len(found) == 1
    return found[0]


def test_growth_is_counted_from_the_first_sample() -> None:
    """What a counter held before the read is none of its events."""
    curve = only(curves(read(series([0, 15, 30, 45], [100, 103, 103, 110]))))
    assert curve.events.tolist() == [0, 3, 3, 10]
    assert (curve.resets, curve.born, curve.unknown_start) == ((), False, False)


def test_a_smaller_value_is_a_restart() -> None:
    """After a restart the new value counts whole."""
    curve = only(curves(read(series([0, 15, 30, 45], [100, 110, 4, 6]))))
    assert curve.events.tolist() == [0, 10, 14, 16]
    assert curve.resets == (START + 30,)
    assert curve.restarts == (START + 30,)


@pytest.mark.parametrize(
    ("values", "events", "restarts"),
    [
        pytest.param([9e6, 9e6 + 600, 9e6 + 590, 9e6 + 1800], [0, 600, 600, 1800], 0, id="a little behind"),
        pytest.param([600, 590, 610, 580], [0, 590, 610, 1190], 2, id="as many again at every scrape"),
        pytest.param([9e6, 9e6 + 600, 4e6, 4e6 + 600], [0, 600, 4_000_600, 4_001_200], 1, id="far behind"),
        pytest.param([1000, 1000, 999, 1000], [0, 0, 0, 0], 0, id="one less, and hardly counting"),
    ],
)
def test_a_sample_a_little_behind_is_no_restart(values: list[float], events: list[float], restarts: int) -> None:
    """Stores that merge two recordings mix their samples; nine million events would be counted anew."""
    curve = only(curves(read(series([0, 15, 30, 45], values))))
    assert (curve.events.tolist(), len(curve.resets)) == (events, restarts)


def test_a_restart_that_grew_past_the_old_value_shows_in_the_process_start() -> None:
    """The value never fell, but the process is a new one: 12 events since 20 seconds ago, not 2."""
    starts = started([0, 15, 30, 45], [-900, -900, 20, 20])
    curve = only(curves(read(series([0, 15, 30, 45], [5, 10, 12, 14])), starts))
    assert curve.events.tolist() == [0, 5, 17, 19]
    assert curve.resets == (START + 30,)
    assert curve.restarts == (START + 20,)


def test_a_wobbling_process_start_is_no_restart() -> None:
    """Some exporters compute it anew each time; a second more or less is the same process."""
    starts = started([0, 15, 30, 45], [-900, -900.4, -899.7, -900])
    curve = only(curves(read(series([0, 15, 30, 45], [5, 10, 12, 14])), starts))
    assert curve.events.tolist() == [0, 5, 7, 9]


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan, 5000.0, -START])
def test_what_no_process_can_have_started_at_is_no_restart(odd: float) -> None:
    """Infinite, at the epoch, or long after it was scraped: one such sample made an outage no change at all."""
    starts = started([0, 15, 30, 45], [-900, odd, -900, -900])
    curve = only(curves(read(series([0, 15, 30, 45], [5, 10, 12, 14])), starts))
    assert curve.events.tolist() == [0, 5, 7, 9]
    assert curve.resets == ()
    every = started([0, 15, 30, 45], [odd] * 4)
    assert only(curves(read(series([0, 15, 30, 45], [5, 10, 12, 14])), every)).events.tolist() == [0, 5, 7, 9]


def test_processes_that_share_a_target_are_told_apart_by_their_labels() -> None:
    """Two containers behind one target name run at once: their start times do not alternate as restarts."""
    total = read(
        series([0, 15, 30, 45], [1000, 1010, 1020, 1030], container="a"),
        series([0, 15, 30, 45], [5000, 5001, 5002, 5003], container="b"),
    )
    starts = matrix(
        [
            *started([0, 15, 30, 45], [-900] * 4, container="a").series,
            *started([0, 15, 30, 45], [-100] * 4, container="b").series,
        ]
    )
    assert [curve.events[-1] for curve in curves(total, starts)] == [30, 3]


def test_processes_that_cannot_be_told_apart_are_not_looked_at() -> None:
    """Counters without the label that differs would see a restart at every scrape."""
    starts = matrix(
        [
            *started([0, 15, 30, 45], [-900] * 4, container="a").series,
            *started([1, 16, 31, 46], [-100] * 4, container="b").series,
        ]
    )
    curve = only(curves(read(series([0, 15, 30, 45], [1000, 1010, 1020, 1030])), starts))
    assert curve.events.tolist() == [0, 10, 20, 30]


def test_a_child_of_a_known_target_is_born_at_zero() -> None:
    """The first code 500 of a pod that has been scraped for long: all seven are events of the window."""
    total = read(series([0, 15, 30, 45, 60, 75], [0, 9, 20, 30, 41, 50]), series([60, 75], [7, 8], code="500"))
    born = next(curve for curve in curves(total) if curve.born)
    assert born.events.tolist() == [0, 7, 8]
    assert born.times.tolist() == [START + 45, START + 60, START + 75]


def test_a_child_seen_by_another_read_is_born_at_zero() -> None:
    """The read of all requests proves that the target was scraped before its first failure."""
    total, bad = read(series([0, 15, 30, 45, 60], [0, 9, 20, 30, 41])), read(series([60], [7], code="500"))
    assert not only(curves(bad)).born
    assert only(curves(bad, None, (total,))).born


def test_a_young_process_is_born_at_its_start() -> None:
    """A new pod counts from zero, from the instant its process began."""
    starts = started([60, 75], [50, 50])
    curve = only(curves(read(series([60, 75, 90], [7, 8, 9])), starts))
    assert curve.born
    assert curve.times[0] == START + 50
    assert curve.events.tolist() == [0, 7, 8, 9]


def test_a_counter_of_unknown_start_is_counted_from_its_first_sample() -> None:
    """A pod scraped late: its first value was counted before anybody looked."""
    starts = started([60, 75], [-90_000, -90_000])
    curve = only(curves(read(series([60, 75, 90], [70_000, 70_001, 70_002])), starts))
    assert curve.unknown_start
    assert not curve.born
    assert curve.events.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("label", "born"), [("pod", False), ("host", False), ("node", False), ("code", True), ("route", True)]
)
def test_where_instances_are_dropped_pods_are_the_targets(label: str, *, born: bool) -> None:
    """A pod that came late with 70,000 requests behind it is no child of another one; a code 500 of all pods is."""
    found = [
        replace_labels(one, {"job": "api", label: name})
        for name, one in (
            ("a", series([0, 15, 30, 45, 60, 75], [0, 9, 20, 30, 41, 50])),
            ("b", series([60, 75], [70_000, 70_001])),
        )
    ]
    late = curves(read(*found))[1]
    assert (late.born, late.unknown_start) == (born, not born)


def replace_labels(one: Series, labels: dict[str, str]) -> Series:
    """The same samples under other labels."""
    return Series(labels, one.times, one.values)


def test_a_counter_there_from_the_start_is_not_born() -> None:
    """A first sample within two scrapes of the window's start proves nothing."""
    curve = only(curves(read(series([14, 29, 44], [70_000, 70_001, 70_002]))))
    assert (curve.born, curve.unknown_start) == (False, False)


def test_a_gap_in_the_scrapes_loses_nothing() -> None:
    """Four minutes without samples: what was counted meanwhile is in the next one."""
    curve = only(curves(read(series([0, 15, 255, 270], [0, 10, 170, 180]))))
    assert curve.events.tolist() == [0, 10, 170, 180]


def test_repeated_timestamps_and_no_numbers_are_dropped() -> None:
    """Chunks share their edges, and VictoriaMetrics writes the end of a series as NaN."""
    curve = only(curves(read(series([0, 15, 15, 30, 45], [1, 2, 2, float("nan"), 5]))))
    assert curve.times.tolist() == [START, START + 15, START + 45]
    assert curve.events.tolist() == [0, 1, 4]


def test_a_series_of_nothing_but_nan_has_no_curve() -> None:
    """Nothing was counted, and nothing fails."""
    nothing = series([0, 15], [float("nan"), float("inf")])
    assert curves(read(nothing)) == ()
    assert curves(read(series([], []))) == ()


def test_pushed_down_sums_are_taken_as_they_are() -> None:
    """The server has handled restarts and births already."""
    curve = only(curves(read(series([60, 120, 180], [10, 30, 70]), pushed_down=True)))
    assert curve.events.tolist() == [0, 20, 60]
    assert curve.instance == ("", "")


def test_pushed_down_sums_know_how_sure_they_are() -> None:
    """How far the scrapes behind them lie apart, and what may have been lost as processes ended."""
    summed = read(series([60, 120, 180], [10, 30, 70]), pushed_down=True)
    lost = matrix([series([60, 180], [0, 6])])
    curve = only(curves(replace(summed, spread=9.0, at_ends=lost)))
    assert curve.spread == 9.0
    assert curve.at_ends is not None
    assert curve.at_ends.tolist() == [0, 3, 6]


def test_events_between_edges_are_interpolated_and_summed() -> None:
    """Half of a scrape interval holds half of its events, over all series."""
    found = increments(
        read(series([0, 10, 20], [0, 10, 30]), series([0, 10, 20], [5, 5, 9], code="500")),
        START + np.array([0.0, 5.0, 10.0, 15.0]),
    )
    assert found.tolist() == [5, 5, 12]


def test_outside_its_samples_a_curve_is_flat() -> None:
    """Nothing is extrapolated."""
    curve = only(curves(read(series([10, 20], [3, 8]))))
    assert curve.at(START + np.array([0.0, 10.0, 20.0, 400.0])).tolist() == [0, 0, 5, 5]


@pytest.mark.parametrize(
    ("times", "expected"), [([0, 15, 30, 45], 15.0), ([0, 60, 120], 60.0), ([0, 15, 30, 330], 15.0), ([0], 15.0)]
)
def test_the_scrape_interval_is_the_usual_distance(times: list[float], expected: float) -> None:
    """The median over all samples; a single sample tells none, and fifteen seconds are taken."""
    assert scrape_interval(read(series(times, [float(at) for at in times]))) == expected
