"""An edge finer than a scrape: from interleaved targets, with an interval that says how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.analyse.counts import Counts, plain, together
from pm_autofill.analyse.edges import Edge, locate
from pm_autofill.analyse.shapes import Change, Level, follow, possible_shapes

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Floats

STEP = 15.0


def expected(edges: Floats, at: float, usual: float, level: float, rate: float, ramp: float = 0.0) -> Counts:
    """Exactly the events that are due, the ratio changing at an instant."""
    since = np.maximum(edges - at, 0.0)
    risen = since if ramp == 0 else np.where(since < ramp, since**2 / (2 * ramp), since - ramp / 2)
    events = np.diff(edges * usual * rate + (level - usual) * rate * risen)
    return plain(edges, events, np.diff(edges) * rate)


def found(
    at: float, *, rate: float = 100.0, level: float = 0.1, phases: tuple[float, ...] = (0.0,), **parts: float
) -> Edge:
    """The edge found where the ratio changed from one in a thousand at an instant."""
    each = [
        expected(np.arange(-1200 + phase, 1200, STEP), at, 0.001, level, rate / len(phases), **parts)
        for phase in phases
    ]
    grid = expected(np.arange(-1200, 1200, STEP), at, 0.001, level, rate, **parts)
    near = float(np.floor(at / STEP) * STEP)
    change = Change(near, 0.001, (Level(1185.0, level, level * rate * 1185),), 0.05, (-1200.0, 1200.0))
    return locate(grid, together(each), change, STEP)


@pytest.mark.parametrize("at", [0.0, 3.0, 7.5, 14.9])
def test_the_share_of_a_scrape_tells_the_instant(at: float) -> None:
    """A hundred requests a second, ten percent failing: to less than a second."""
    edge = found(at)
    assert edge.at == pytest.approx(at, abs=1.0)
    assert edge.low <= at <= edge.high
    assert edge.high - edge.low < STEP
    assert edge.abrupt_probability > 0.9


def test_more_events_make_it_surer() -> None:
    """And fewer less; never surer than a second on either side."""
    widths = [edge.high - edge.low for edge in (found(7, rate=rate) for rate in (1, 10, 100, 10_000))]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 30
    assert 2.0 <= widths[-1] < 4


def test_interleaved_targets_do_not_blur_it() -> None:
    """Three targets scraped five seconds apart."""
    edge = found(7, phases=(0.0, 5.0, 10.0))
    assert edge.at == pytest.approx(7, abs=1.0)
    assert edge.abrupt_probability > 0.9


def test_a_ramp_is_told_from_a_step() -> None:
    """Its foot is where it began, and is less sure."""
    edge = found(7, ramp=600.0)
    assert edge.abrupt_probability < 0.05
    assert edge.at == pytest.approx(7, abs=20)
    assert edge.low <= 7 <= edge.high
    assert edge.high - edge.low > 30


def test_the_start_of_a_process_is_a_likely_instant() -> None:
    """Where the counts leave it open."""
    edges = np.arange(-600.0, 600, STEP)
    counts = expected(edges, 8.0, 0.001, 0.1, 100)
    blind = Counts(counts.left, counts.right, counts.events * (counts.left != 0), counts.exposure * (counts.left != 0),
                   counts.usual, counts.level)  # fmt: skip
    change = Change(0.0, 0.001, (Level(585.0, 0.1, 5000.0),), 0.05, (-600.0, 600.0))
    even = locate(counts, blind, change, STEP)
    assert even.low == pytest.approx(0, abs=3)
    assert even.high == pytest.approx(15, abs=3)
    started = locate(counts, blind, Change(0.0, 0.001, change.levels, 0.05, (-600.0, 600.0), starts=(8.0,)), STEP)
    assert started.at == pytest.approx(8.0, abs=1.0)
    assert started.low < 4
    assert started.high > 12


def test_the_instant_stays_within_its_limits() -> None:
    """An earlier incident ended there."""
    counts = expected(np.arange(-600.0, 600, STEP), 0.0, 0.001, 0.1, 1)
    change = Change(0.0, 0.001, (Level(585.0, 0.1, 50.0),), 0.05, (-5.0, 600.0))
    edge = locate(counts, counts, change, STEP)
    assert edge.low >= -6.0


def test_an_edge_in_a_mirror_is_the_same_edge() -> None:
    """Recoveries are onsets backwards in time."""
    assert Edge(3.0, 1.0, 4.0, 0.9).mirrored() == Edge(-3.0, -4.0, -1.0, 0.9)
    counts = plain(np.array([0.0, 1.0, 3.0]), np.array([5.0, 6.0]), np.array([1.0, 2.0]))
    mirrored = counts.mirrored()
    assert (mirrored.left.tolist(), mirrored.right.tolist()) == ([-1.0, -3.0], [0.0, -1.0])
    assert mirrored.events.tolist() == [5.0, 6.0]


def test_shapes_have_priors_that_add_up() -> None:
    """Four of five changes are abrupt; traffic breaks off at once."""
    change = Change(0.0, 0.001, (Level(100.0, 0.1, 10.0),), 0.0, (-100.0, 100.0))
    shapes = possible_shapes(change)
    assert sum(np.exp(shape.prior) for shape in shapes) == pytest.approx(1.0)
    assert np.exp(shapes[0].prior) == pytest.approx(0.8)
    assert [
        shape.ramp for shape in possible_shapes(Change(0.0, 1.0, change.levels, 0.0, (-1.0, 1.0), ramps=False))
    ] == [0.0]


def test_intervals_are_chosen_and_their_rate_told() -> None:
    """Those that lie wholly inside."""
    counts = plain(np.array([0.0, 10.0, 20.0, 30.0]), np.array([1.0, 2.0, 3.0]), np.array([10.0, 10.0, 10.0]))
    assert counts.inside(10, 30).events.tolist() == [2.0, 3.0]
    assert counts.inside(10, 30).rate == 0.25
    assert counts.inside(11, 12).rate == 0.0


def test_a_rate_that_wanders_beyond_all_measure_can_be_followed() -> None:
    """What no number can hold is cut."""
    change = Change(0.0, 1.0, (Level(100.0, 2.0, 10.0),), 1e4, (-100.0, 100.0))
    counted = plain(np.array([-100.0, 0.0, 100.0]), np.array([5.0, 20.0]), np.array([5.0, 5.0]))
    assert np.isfinite(follow(counted, change).factors).all()
