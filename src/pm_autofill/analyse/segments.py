"""Where counts leave their usual level: an exact two-state segmentation.

Each bucket is either usual (events follow the expectation) or part of a segment with a level of its own. The most
likely division is found by dynamic programming over all segments; entering a segment and changing its level cost a
penalty, so that noise buys none. After gfpop (Journal of Statistical Software 106(6), 2023) and the likelihood ratio
of Poisson counts; measured in ``docs/decisions/0011-impact-window.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

_ENTER = 3.0
_CHANGE = 2.0
_LEAST_EXPECTED = 1e-12


@dataclass(frozen=True, slots=True)
class Segment:
    """Buckets [first, last) at one unusual level.

    Attributes:
        first: Index of its first bucket.
        last: Index behind its last bucket.
        level: Observed events per expected event.
    """

    first: int
    last: int
    level: float


@dataclass(frozen=True, slots=True, eq=False)
class _Division:
    """The best division up to each bucket.

    Attributes:
        usual: Its score when the bucket before is usual, shape (n + 1,).
        unusual: Its score when a segment ends there.
        came_from: Where that segment begins.
        ended: Whether the best usual one has a segment end right before its last bucket.
        costs: What entering a segment and changing its level cost.
    """

    usual: Floats
    unusual: Floats
    came_from: Places
    ended: Flags
    costs: tuple[float, float]


def rising(observed: Floats, expected: Floats, least: float) -> list[Segment]:
    """Segments in which more was observed than expected.

    Args:
        observed: Events per bucket, shape (n,).
        expected: Events expected there, shape (n,), > 0.
        least: The smallest level (observed / expected) that counts, > 1.

    Returns:
        Segments, ascending, not overlapping; neighbouring ones differ in level.

    Formula: gain of a segment = 2 (K ln(K/M) - (K - M)), K and M being its sums of observed and expected.
    """
    return _segment(observed, expected, least, most=np.inf, extra=0.0)


def falling(observed: Floats, expected: Floats, most: float, extra: float) -> list[Segment]:
    """Segments in which less was observed than expected.

    Args:
        observed: Events per bucket, shape (n,).
        expected: Events expected there, shape (n,), > 0.
        most: The largest level (observed / expected) that counts, < 1.
        extra: Penalty besides the usual one, in units of twice a log-likelihood ratio.

    Returns:
        As ``rising``.
    """
    return _segment(observed, expected, -np.inf, most, extra)


def gain(observed: Floats, expected: Floats) -> Floats:
    """Twice the log-likelihood ratio of Poisson counts at their own level against the expected one."""
    level = np.maximum(observed, 1e-12) / expected
    return 2 * (observed * np.log(level) - (observed - expected))


def cost_of_entering(buckets: int) -> float:
    """What a segment must gain to be one, in units of twice a log-likelihood ratio.

    Formula: 3 ln n.
    """
    return float(_ENTER * np.log(max(buckets, 2)))


def _segment(observed: Floats, expected: Floats, least: float, most: float, extra: float) -> list[Segment]:
    """The best division, traced back.

    A segment entered from usual buckets begins with a bucket that speaks for it: without that bucket it would gain
    more. So only such buckets, and those at which a change of level pays, are tried as beginnings.
    """
    bound = least if most == np.inf else most
    telling = (bound - 1) / np.log(bound) * expected
    marked = observed >= telling if most == np.inf else observed <= telling
    if not marked.any():
        return []
    seen = np.concatenate(([0.0], np.cumsum(observed)))
    hoped = np.concatenate(([0.0], np.cumsum(expected)))
    return _trace(seen, hoped, _divide(seen, hoped, marked, (least, most), extra))


def _divide(seen: Floats, hoped: Floats, marked: Flags, limits: tuple[float, float], extra: float) -> _Division:
    count = len(marked)
    enter, change = cost_of_entering(count) + extra, _CHANGE * float(np.log(max(count, 2)))
    usual, unusual = np.zeros(count + 1), np.full(count + 1, -np.inf)
    came_from = np.zeros(count + 1, dtype=np.int64)
    ended = np.zeros(count + 1, dtype=bool)
    begins, before = np.zeros(count, dtype=np.int64), np.zeros(count)
    tried = 0
    for j in range(1, count + 1):
        fresh, further = usual[j - 1] - enter, unusual[j - 1] - change
        if marked[j - 1] or further > fresh:
            begins[tried], before[tried] = j - 1, max(fresh, further)
            tried += 1
        if tried:
            starts = begins[:tried]
            # Sums of very different size lose what little is expected where.
            k, m = seen[j] - seen[starts], np.maximum(hoped[j] - hoped[starts], _LEAST_EXPECTED)
            level = k / m
            value = np.where((level >= limits[0]) & (level <= limits[1]), before[:tried] + gain(k, m), -np.inf)
            best = int(np.argmax(value))
            unusual[j], came_from[j] = value[best], starts[best]
        ended[j] = unusual[j - 1] > usual[j - 1]
        usual[j] = max(usual[j - 1], unusual[j - 1])
    return _Division(usual, unusual, came_from, ended, (enter, change))


def _trace(seen: Floats, hoped: Floats, division: _Division) -> list[Segment]:
    """Walk back from the end along the best choices."""
    enter, change = division.costs
    segments: list[Segment] = []
    j = len(seen) - 1
    inside = bool(division.unusual[j] > division.usual[j])
    while j > 0:
        if not inside:
            inside = bool(division.ended[j])
            j -= 1
            continue
        i = int(division.came_from[j])
        segments.append(Segment(i, j, float((seen[j] - seen[i]) / max(hoped[j] - hoped[i], _LEAST_EXPECTED))))
        inside = bool(division.unusual[i] - change > division.usual[i] - enter)
        j = i
    return segments[::-1]
