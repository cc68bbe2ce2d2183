"""Samples that are events themselves, as counters that grow by them."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from pm_autofill.collect.prometheus.readings import as_counters
from pm_autofill.evidence.series import Matrix, Series, pack, unpack
from pm_autofill.evidence.slos import Reading

SUM = {"total": Reading.SUM, "bad": Reading.SUM}


def samples(*pairs: tuple[float, float]) -> Matrix:
    """One series of times and values."""
    times, values = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return Matrix((Series({}, times, values),))


def grown(found: Matrix) -> list[tuple[float, float]]:
    """Times and values of its one series."""
    (one,) = found.series
    return list(zip(one.times.tolist(), one.values.tolist(), strict=True))


EACH_MINUTE = samples(*((60.0 * n, 10.0) for n in range(1, 31)))


def test_counters_stay_as_they_are() -> None:
    """Beside a part that is none."""
    found = as_counters({"total": EACH_MINUTE, "bad": EACH_MINUTE}, {**SUM, "total": Reading.COUNTER})
    assert found["total"] is EACH_MINUTE
    assert grown(found["bad"])[:3] == [(0.0, 0.0), (60.0, 10.0), (120.0, 20.0)]


def test_what_is_no_number_adds_nothing() -> None:
    """Nor does it spoil what follows; negative events are none."""
    total = samples((60, 5), (120, 5), (150, float("nan")), (180, -3), (240, 2), (300, 1))
    assert grown(as_counters({"total": total}, SUM)["total"]) == [
        (0.0, 0.0), (60.0, 5.0), (120.0, 10.0), (180.0, 10.0), (240.0, 12.0), (300.0, 13.0),
    ]  # fmt: skip


def test_a_sample_after_a_pause_tells_of_one_step_only() -> None:
    """What lies before it was not sampled, and nothing is spread over it."""
    total = samples((60, 5), (120, 5), (180, 5), (900, 5), (960, 5))
    assert grown(as_counters({"total": total}, SUM)["total"])[3:6] == [(180.0, 15.0), (840.0, 15.0), (900.0, 20.0)]


def test_what_is_made_of_samples_is_what_the_file_keeps_of_it() -> None:
    """The usual distance of scrapes is no whole number of milliseconds; a draft must not change as it is rebuilt."""
    every = samples(*((1_795_003_200.0 + after, 5.0) for after in (0, 15.001, 30.003, 45.006, 600, 615.004)))
    made = as_counters({"total": every}, SUM)["total"]
    assert made.sample_count == 8
    assert unpack(msgspec.json.decode(msgspec.json.encode(pack(made)))) == made


@pytest.mark.parametrize(
    ("bad", "first"),
    [
        pytest.param(samples((900, 7)), (840.0, 0.0), id="a single one"),
        pytest.param(samples((300, 7), (900, 7), (2740, 7)), (240.0, 0.0), id="now and then"),
        pytest.param(samples((300, 7), (600, 7), (900, 7)), (0.0, 0.0), id="every five minutes"),
    ],
)
def test_bad_events_recorded_now_and_then_are_as_recent_as_all_events(bad: Matrix, first: tuple[float, float]) -> None:
    """Those that come evenly tell of the whole time between them."""
    assert grown(as_counters({"total": EACH_MINUTE, "bad": bad}, SUM)["bad"])[0] == first


def test_each_sample_can_be_an_event() -> None:
    """Whatever its value; a single series of one sample is taken to tell of a minute."""
    found = as_counters({"total": samples((600, 0.25))}, {"total": Reading.COUNT})
    assert grown(found["total"]) == [(540.0, 0.0), (600.0, 1.0)]


def test_no_samples_are_no_events() -> None:
    """Neither an error."""
    found = as_counters({"total": Matrix(), "bad": samples((60, float("nan")))}, SUM)
    assert (found["total"], found["bad"].sample_count) == (Matrix(), 0)
