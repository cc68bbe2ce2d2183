"""Counters that two Prometheus servers recorded and a store kept apart: told from those that merely look alike."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.analyse.counting import count_requests
from pm_autofill.analyse.minutes import lost_requests
from pm_autofill.analyse.twins import recorder_of
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead
from pm_autofill.findings import Known, Unknown
from tests.unit.analyse.cases import NOON, at, sli
from tests.unit.analyse.test_counting import impact_of

POD = {"job": "api", "instance": "a:80", "code": "200"}
MINUTE = np.arange(0.0, 600.0, 15.0)


def counter(first: float, rate: float, later: float = 0.0, times: np.ndarray = MINUTE, **labels: str) -> Series:
    """Samples of one counter that stood at a value at noon; by a server that looks so many seconds later."""
    seen = times + later
    return Series({**POD, **labels}, NOON.timestamp() + seen, np.floor(first + rate * seen))


def read(*found: Series) -> CounterRead:
    """Ten minutes of them."""
    return CounterRead(matrix=matrix(found), source="s", start=at(0), end=at(10))


def recorded_twice(one: CounterRead | None) -> CounterRead:
    """A read as two servers would have recorded it, three seconds apart."""
    assert one is not None
    both = [
        Series({**series.labels, "prometheus_replica": name}, series.times + later, series.values)
        for series in one.matrix.series
        for name, later in (("k8s-0", 0.0), ("k8s-1", 3.0))
    ]
    return replace(one, matrix=matrix(both))


def test_events_recorded_twice_are_not_counted_twice() -> None:
    """Twice as many requests as there were would stand in the draft: unknown, with the label to choose by."""
    slo = sli((0, 40, 0.12))
    impact = impact_of(replace(slo, total=recorded_twice(slo.total), bad=recorded_twice(slo.bad)))
    assert isinstance(impact.start, Known)
    why = Unknown(
        reason="the counters of availability are there more than once, by their label prometheus_replica, and would be "
        "counted so",
        ask="whoever owns the service's metrics, and name one prometheus_replica in the selectors",
    )
    assert set(map(repr, count_requests(impact).values())) == {repr(why)}
    assert lost_requests(impact) == why


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        pytest.param(
            counter(1000, 4, replica="a"), counter(1000, 4, later=7, replica="b"), "replica", id="seven seconds apart"
        ),
        pytest.param(
            counter(1000, 4, times=MINUTE[:20], monitor="a"),
            counter(1000, 4, later=3, times=MINUTE[20:], monitor="b"),
            "monitor",
            id="one took over from the other",
        ),
        pytest.param(
            counter(1000, 4, times=MINUTE[:20], replica="a"),
            counter(-1200, 4, times=MINUTE[20:], replica="b"),
            "",
            id="one began anew",
        ),
        pytest.param(counter(1000, 4, replica="a"), counter(5000, 4, later=7, replica="b"), "", id="of the program's"),
        pytest.param(
            counter(1000, 4, replica="a"), counter(1000, 4, replica="b", instance="b:80"), "", id="of two targets"
        ),
        pytest.param(counter(1000, 4, route="a"), counter(1000, 4, later=7, route="b"), "", id="of two routes"),
        pytest.param(counter(1000, 0.02, replica="a"), counter(1000, 0.02, replica="b"), "", id="that hardly counted"),
        pytest.param(counter(1000, 4), counter(1000, 4, later=7, replica="b", instance=""), "", id="of no target"),
    ],
)
def test_recordings_of_one_counter_are_told_by_a_label_and_their_values(one: Series, other: Series, label: str) -> None:
    """All other labels are the same, a target among them, and together they still grow."""
    assert recorder_of(read(one, other)) == label
