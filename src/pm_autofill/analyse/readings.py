"""A ratio for which nothing was counted: its samples as events, so that change is looked for in it as in counters.

How surprising a sample is, in standard deviations of the usual ones, becomes a number of made-up events: sixteen are
usual, and four deviations more are twice as many. Counts of that size are as uncertain as the sample is, and what lies
far out weighs by its logarithm only, so that one wild sample is no incident. Its edges lie between samples: the first
bad sample may be bad in part, and it is over when a whole sample is usual again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse import periods
from pm_autofill.analyse.edges import Edge
from pm_autofill.analyse.periods import Detection, Stretch

if TYPE_CHECKING:
    from pm_autofill.analyse.baseline import Baseline
    from pm_autofill.analyse.buckets import Buckets
    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

_USUAL_EVENTS = 16.0
_SAMPLES = 1000.0
# A stretch goes on as long as samples are so many deviations above the usual ones.
_STILL = 1.5
_MAD = 1.4826
# Real rates are never steadier than five percent.
_STEADIEST = 0.05
_BUDGET_SHARE = 0.025
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class _Usual:
    """Usual samples: what they are around, and by how much."""

    centre: float
    spread: float

    def events(self, ratio: Floats) -> Floats:
        """Made-up events per sample."""
        result: Floats = np.maximum(_USUAL_EVENTS + np.sqrt(_USUAL_EVENTS) * (ratio - self.centre) / self.spread, 0.0)
        return result

    def ratio(self, events: float) -> float:
        """The ratio that so many made-up events stand for."""
        return self.centre + self.spread * (events - _USUAL_EVENTS) / float(np.sqrt(_USUAL_EVENTS))


def detect(buckets: Buckets, budget_ratio: float, hold: float) -> Detection:
    """Find the bad stretches of a ratio.

    Args:
        buckets: The ratio per sample.
        budget_ratio: The ratio that may be bad; changes far below it do not matter.
        hold: Seconds an SLI must stay good to count as recovered.

    Returns:
        As ``periods.detect``, all in terms of the ratio.

    Formula: events = 16 + 4 (ratio - median) / spread, the spread being the larger of the samples' median deviation
        and that of their neighbouring differences.
    """
    ratio = buckets.bad / buckets.total
    usual = _usual(ratio, budget_ratio)
    events = usual.events(ratio)
    made_up = replace(buckets, bad=events, total=np.full(len(events), _USUAL_EVENTS * _SAMPLES), targets=())
    found = periods.detect(made_up, 0.0, hold)
    still = events > (1 + _STILL / np.sqrt(_USUAL_EVENTS)) * found.baseline.ratio * made_up.total
    return _told_as_ratio(_widened(found.stretches, still), found, usual, ratio)


def onset(stretch: Stretch, buckets: Buckets, usual: Baseline) -> Edge:
    """When a stretch of a ratio began.

    Args:
        stretch: The stretch.
        buckets: The ratio per sample.
        usual: The usual ratio.

    Returns:
        The edge; its interval reaches over the first bad sample.

    Formula: in the first bad sample, so far from its end as its excess over the usual is of the next one's.
    """
    excess = np.maximum(buckets.bad / buckets.total - usual.ratio, 0.0)
    first = stretch.first
    following = excess[first + 1] if first + 1 < stretch.last else excess[first]
    share = min(1.0, float(excess[first]) / max(float(following), _TINY))
    left, right = float(buckets.edges[first]), float(buckets.edges[first + 1])
    return Edge(right - share * (right - left), left, right, abrupt_probability=1.0)


def recovery(stretch: Stretch, buckets: Buckets) -> Edge:
    """When a stretch of a ratio was over: where the first sample begins that is usual again."""
    at = float(buckets.edges[stretch.last])
    return Edge(at, at, at, abrupt_probability=1.0)


def _usual(ratio: Floats, budget_ratio: float) -> _Usual:
    centre = float(np.median(ratio))
    around = _MAD * float(np.median(np.abs(ratio - centre)))
    between = _MAD * float(np.median(np.abs(np.diff(ratio)))) / float(np.sqrt(2))
    least = max(_STEADIEST * abs(centre), _BUDGET_SHARE * budget_ratio, _TINY)
    return _Usual(centre, max(around, between, least))


def _widened(stretches: tuple[Stretch, ...], still: Flags) -> tuple[Stretch, ...]:
    """Stretches with the samples beside them that are unusual too."""
    quiet = np.flatnonzero(~still)
    found = []
    for number, stretch in enumerate(stretches):
        after_one = stretches[number - 1].last if number else 0
        before_one = stretches[number + 1].first if number + 1 < len(stretches) else len(still)
        first = max([after_one, *(quiet[quiet < stretch.first][-1:] + 1).tolist()])
        last = min([before_one, *quiet[quiet >= stretch.last][:1].tolist()])
        pieces = list(stretch.pieces)
        pieces[0] = replace(pieces[0], first=min(first, stretch.first))
        pieces[-1] = replace(pieces[-1], last=max(last, stretch.last))
        found.append(Stretch(tuple(pieces)))
    return tuple(found)


def _told_as_ratio(stretches: tuple[Stretch, ...], found: Detection, usual: _Usual, ratio: Floats) -> Detection:
    """What was found in made-up events, in terms of the ratio."""

    def level(made_up: float) -> float:
        return usual.ratio(made_up * _USUAL_EVENTS * _SAMPLES)

    told = tuple(
        Stretch(tuple(replace(piece, level=level(piece.level)) for piece in stretch.pieces)) for stretch in stretches
    )
    calm = np.ones(len(ratio), dtype=bool)
    for stretch in stretches:
        calm[stretch.first : stretch.last] = False
    centre = float(np.median(ratio[calm])) if calm.any() else usual.centre
    return Detection(replace(found.baseline, ratio=max(centre, _TINY)), told, level(found.smallest_ratio))
