"""How the events of the scrapes at an impact's edges are shared out."""

from __future__ import annotations

import numpy as np
import pytest

from pm_autofill.analyse.spans import Span
from pm_autofill.analyse.splits import share_out
from pm_autofill.analyse.targets import Target

STEP = 15.0


def target(bad: list[float], total: list[float], told: list[bool] | None = None) -> Target:
    """A target scraped every fifteen seconds from nought on."""
    edges = np.array([STEP * number for number in range(len(bad) + 1)])
    return Target(edges, np.array(bad), np.array(total), np.array(told or [True] * len(bad)))


def window(start: float, end: float) -> Span:
    """A window of these seconds."""
    return Span(start, end, (start, start), (end, end))


ALL = [100.0] * 12


@pytest.mark.parametrize(
    ("bad", "span", "moved"),
    [
        # None failed before: all that failed in the first scrape failed after the start.
        ([0, 0, 0, 0, 5, 10, 10, 10, 10, 10, 10, 10], (67.5, 180), 2.5),
        # As many before as after: what an even spread gives.
        ([10] * 12, (67.5, 150), 0),
        # A tenth as many: 5 of 55.
        ([1, 1, 1, 1, 5.5, 10, 10, 10, 10, 10, 10, 10], (67.5, 180), 5.5 * (10 / 11 - 1 / 2)),
        # At the end likewise.
        ([10, 10, 10, 10, 10, 10, 10, 2, 0, 0, 0, 0], (0, 108), 2 * (1 - 3 / 15)),
        # At both ends.
        ([0, 0, 0, 5, 10, 10, 10, 5, 0, 0, 0, 0], (52.5, 112.5), 5),
        # No scrape lies inside: what is more than usual outside is inside.
        ([0, 0, 0, 0, 4, 6, 0, 0, 0, 0, 0, 0], (70, 80), 4 * (1 - 1 / 3) + 6 * (1 - 1 / 3)),
        ([2, 2, 2, 2, 4, 6, 2, 2, 2, 2, 2, 2], (70, 80), (4 - 4 / 3) - 4 / 3 + (6 - 4 / 3) - 6 / 3),
        # Inside one scrape, at a scrape, and outside of what was scraped nothing is shared out.
        ([0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0], (65, 70), 0),
        ([0, 0, 0, 0, 10, 10, 0, 0, 0, 0, 0, 0], (60, 90), 0),
        ([10] * 12, (-50, 500), 0),
        ([0] * 12, (67.5, 112.5), 0),
    ],
)
def test_an_intervals_events_are_shared_out_by_the_rates_beside_it(
    bad: list[float], span: tuple[float, float], moved: float
) -> None:
    """Each event kind by its own rates; what is added to the bad ones is what they have less by an even spread."""
    assert share_out([target(bad, ALL)], window(*span)).bad == pytest.approx(moved)


def test_of_a_total_failure_no_good_event_lies_inside() -> None:
    """So its share is all, wherever in the scrape the start was found."""
    one = target([0, 0, 0, 0, 40, 100, 100, 100, 100, 100, 100, 100], ALL)
    moved = share_out([one], window(67.5, 180))
    bad, good = 700 + 20 + moved.bad, 30 + moved.good
    assert (bad, good) == pytest.approx((740, 0))


def test_targets_are_shared_out_each_by_itself() -> None:
    """They are scraped at different instants."""
    one, other = target([0, 0, 0, 0, 5, *[10] * 7], ALL), target([0, 0, 0, 5, *[10] * 8], ALL)
    alone = [share_out([each], window(67.5, 180)).bad for each in (one, other)]
    assert share_out([one, other], window(67.5, 180)).bad == pytest.approx(sum(alone))


@pytest.mark.parametrize(
    ("bad", "told"),
    [([0, 0, 0, 0, 5, *[10] * 7], [*[True] * 4, False, *[True] * 7]), ([0, 0, 0, 0, 500, *[10] * 7], None)],
)
def test_what_tells_nothing_is_spread_evenly(bad: list[float], told: list[bool] | None) -> None:
    """A scrape in which a process ended, or one with more bad events than events."""
    assert share_out([target(bad, ALL, told)], window(67.5, 180)) == (0.0, 0.0)


def test_intervals_that_tell_nothing_are_no_rate() -> None:
    """Those beyond them are."""
    one = target([0, 0, 0, 99, 5, 99, *[10] * 6], ALL, [*[True] * 3, False, True, False, *[True] * 6])
    assert share_out([one], window(67.5, 180)).bad == pytest.approx(2.5)
