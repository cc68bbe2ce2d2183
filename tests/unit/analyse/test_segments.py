"""The segmentation finds the best division there is, and nothing where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from pm_autofill.analyse.segments import Segment, cost_of_entering, falling, gain, rising


def counts(*runs: tuple[int, float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Runs of equal counts: (how many buckets, the count)."""
    return np.concatenate([np.full(length, value) for length, value in runs])


def test_a_steady_series_has_no_segments() -> None:
    """Neither in one direction nor in the other."""
    observed = counts((200, 10.0))
    assert rising(observed, observed, 2.0) == []
    assert falling(observed, observed, 0.5, 10.0) == []


def test_a_step_is_one_segment() -> None:
    """With its level: forty where ten were expected."""
    assert rising(counts((100, 10), (20, 40), (80, 10)), counts((200, 10)), 2.0) == [Segment(100, 120, 4.0)]


def test_a_drop_is_one_segment() -> None:
    """Nothing where a hundred were expected; a drop to 60 percent is none."""
    assert falling(counts((50, 100), (10, 0), (40, 100)), counts((100, 100)), 0.5, 10.0) == [Segment(50, 60, 0.0)]
    assert falling(counts((50, 100), (10, 60), (40, 100)), counts((100, 100)), 0.5, 10.0) == []


def test_a_level_within_a_level_is_a_segment_of_its_own() -> None:
    """Two steps up, one step down: three neighbours."""
    observed = counts((50, 10), (20, 40), (20, 200), (20, 40), (50, 10))
    found = rising(observed, counts((160, 10)), 2.0)
    assert [(one.first, one.last, one.level) for one in found] == [(50, 70, 4.0), (70, 90, 20.0), (90, 110, 4.0)]


def test_a_segment_may_touch_both_ends() -> None:
    """Bad from the first bucket to the last."""
    assert rising(counts((30, 50)), counts((30, 10)), 2.0) == [Segment(0, 30, 5.0)]
    assert rising(counts((30, 50), (30, 10)), counts((60, 10)), 2.0) == [Segment(0, 30, 5.0)]
    assert rising(counts((30, 10), (30, 50)), counts((60, 10)), 2.0) == [Segment(30, 60, 5.0)]


def test_a_level_below_the_least_is_none() -> None:
    """However sure: 19 where 10 were expected, a thousand times."""
    assert rising(counts((1000, 10), (1000, 19)), counts((2000, 10)), 2.0) == []


def test_few_events_do_not_pay_for_entering() -> None:
    """Two bad events among two hundred buckets are chance, twenty are not."""
    few, many = counts((100, 0), (1, 2), (99, 0)), counts((100, 0), (1, 20), (99, 0))
    assert rising(few, counts((200, 0.1)), 2.0) == []
    assert [(one.first, one.last) for one in rising(many, counts((200, 0.1)), 2.0)] == [(100, 101)]


def test_what_is_lost_beside_far_larger_sums_divides_nothing_by_zero() -> None:
    """A thousandth of a millionth expected after a million millions: their sums do not differ."""
    found = rising(counts((10, 1e12), (5, 3)), counts((10, 1e12), (5, 1e-9)), 2.0)
    assert [(one.first, one.last, np.isfinite(one.level)) for one in found] == [(10, 15, True)]


def test_the_gain_is_twice_the_log_likelihood_ratio() -> None:
    """20 observed where 10 were expected: 2 (20 ln 2 - 10); nothing observed: twice the expected."""
    found = gain(np.array([20.0, 10.0, 0.0]), np.array([10.0, 10.0, 10.0]))
    assert found == pytest.approx([7.7258872, 0.0, 20.0])


def test_entering_costs_three_times_the_logarithm() -> None:
    """Of the number of buckets."""
    assert cost_of_entering(1440) == pytest.approx(21.8171952)
    assert cost_of_entering(0) == pytest.approx(2.0794415)
