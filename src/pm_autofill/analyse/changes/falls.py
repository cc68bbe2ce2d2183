"""Where the failures of an SLI fall from one level to another: at once, in steps or gradually."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.series import Floats

    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

# Finer cells show nothing that a ramp of two ends could follow, and coarser ones place its begin less well.
_MOST_CELLS = 48
_LEAST_CELLS = 3
# Of fewer failures nobody could say that there are less of them.
_FEWEST = 5.0
# How much better than one level a fall must describe the failures, in units of their own scatter: about three sigma.
_CLEAR = 10.0
# A ramp has one number more than a step, and has to be that much better.
_RAMP = 4.0
# Coarse cells to either side of a fall among which its ends are looked for again.
_AROUND = 4
_FITTED = 4  # numbers that a ramp has: two levels, two ends
_NOTHING = 1e-12
_SOLVABLE = 1e-9


@dataclass(frozen=True, slots=True)
class Fall:
    """A fall of the failure ratio.

    Attributes:
        start: Until when it stayed at its first level, epoch seconds.
        latest: The same where nothing was asked for in between: until when it may have stayed there.
        end: From when on it stayed at its last level, epoch seconds.
        before: The first level, 0..1.
        after: The last level, 0..1.
        width: Seconds between the instants that ``start`` and ``end`` can be told apart by.
    """

    start: float
    latest: float
    end: float
    before: float
    after: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Failures over time, coarse enough to be compared in every division.

    Attributes:
        edges: Epoch seconds, shape (n + 1,).
        failed: Failures per cell, shape (n,).
        whole: Events per cell, shape (n,); for an outage those that were to be expected.
    """

    edges: Floats
    failed: Floats
    whole: Floats

    @property
    def width(self) -> float:
        """Seconds per cell."""
        return float(self.edges[1] - self.edges[0])


def find_fall(impact: Impact, start: float, end: float) -> Fall | None:
    """The fall that describes an SLI's failures between two instants best.

    Args:
        impact: The impact with its buckets.
        start: Epoch seconds.
        end: Epoch seconds.

    Returns:
        The fall; None where there is none, or none that stands out of the failures' own scatter.

    Formula: weighted least squares of failed / all per cell over every pair of cell edges (h, g): one level until h, a
        straight line to another level at g, that level after; a step is h = g. The deviation from one single level must
        shrink by ten times the scatter, that of p (1 - p) or of what is left, whichever is larger.
    Source: ``docs/decisions/0026-mitigation.md``.
    """
    cells = _cells(impact, start, end)
    if cells is None:
        return None
    known = cells.whole > 0
    weight = np.where(known, cells.whole, 0.0)
    ratio = np.divide(cells.failed, cells.whole, out=np.zeros_like(weight), where=known)
    mean = float((weight * ratio).sum() / weight.sum())
    flat = float((weight * (ratio - mean) ** 2).sum())
    firsts, lasts = np.triu_indices(len(ratio) - 1)  # of the edges inside
    before, after, left = _fit(cells, ratio, weight, (firsts + 1, lasts + 1))
    best, steps = int(left.argmin()), np.flatnonzero(firsts == lasts)
    step = int(steps[left[steps].argmin()])
    scatter = max(mean * (1 - mean), float(left[best]) / max(int(known.sum()) - _FITTED, 1), _NOTHING)
    if left[step] - left[best] < _RAMP * scatter:
        best = step
    if after[best] >= before[best] or flat - left[best] < _CLEAR * scatter:
        return None
    first, last = int(firsts[best]) + 1, int(lasts[best]) + 1
    # Where nothing was asked for, nothing tells when it fell.
    silent = int(np.argmax(known[first:])) if known[first:].any() else 0
    begun, over = float(cells.edges[first]), float(cells.edges[max(last, first + silent)])
    fall = Fall(
        start=begun,
        latest=float(cells.edges[first + silent]),
        end=over,
        before=float(before[best]),
        after=float(after[best]),
        width=cells.width,
    )
    return _closer(impact, fall, end - start)


def _closer(impact: Impact, fall: Fall, seconds: float) -> Fall:
    """A fall with its ends found anew among finer cells around it, where there are any."""
    around = (fall.start - _AROUND * fall.width, fall.end + _AROUND * fall.width)
    if around[1] - around[0] > seconds / 2:
        return fall
    finer = find_fall(impact, *around)
    if finer is None or finer.width >= fall.width:
        return fall
    return replace(fall, start=finer.start, latest=finer.latest, end=finer.end, width=finer.width)


def _fit(cells: _Cells, ratio: Floats, weight: Floats, ends: tuple[Places, Places]) -> tuple[Floats, Floats, Floats]:
    """First level, last level and the weighted squares left over, of ramps between pairs of edges."""
    middle = (cells.edges[1:] + cells.edges[:-1]) / 2
    h, g = (cells.edges[places][:, np.newaxis] for places in ends)
    way = np.where(g > h, np.clip((middle - h) / np.where(g > h, g - h, 1.0), 0.0, 1.0), middle > h)
    first, last = 1 - way, way
    aa, ab, bb = (first**2) @ weight, (first * last) @ weight, (last**2) @ weight
    ay, by = first @ (weight * ratio), last @ (weight * ratio)
    determinant = aa * bb - ab * ab
    solvable = determinant > _SOLVABLE * np.maximum(aa * bb, _NOTHING)
    divisor = np.where(solvable, determinant, 1.0)
    before = np.clip((ay * bb - by * ab) / divisor, 0.0, 1.0)
    after = np.clip((by * aa - ay * ab) / divisor, 0.0, 1.0)
    left = (ratio - before[:, np.newaxis] * first - after[:, np.newaxis] * last) ** 2 @ weight
    return before, after, np.where(solvable, left, np.inf)


def _cells(impact: Impact, start: float, end: float) -> _Cells | None:
    """The buckets whose middle lies between two instants, several in a cell where there are many; None for too few."""
    buckets, detection = impact.buckets, impact.detection
    if buckets is None or detection is None:
        return None
    middle = (buckets.edges[1:] + buckets.edges[:-1]) / 2
    inside = np.flatnonzero((middle >= start) & (middle < end))
    each = max(1, -(-len(inside) // _MOST_CELLS))
    count = len(inside) // each
    if count < _LEAST_CELLS:
        return None
    first = int(inside[0])
    places = slice(first, first + count * each)
    failed, whole = buckets.bad[places], buckets.total[places]
    if any(period.kind == "no traffic" for period in impact.periods):
        expected = detection.baseline.traffic[places]
        failed, whole = failed + np.maximum(0.0, expected - whole), np.maximum(expected, whole)
    failed, whole = (one.reshape(count, each).sum(axis=1) for one in (failed, whole))
    if (whole > 0).sum() < _LEAST_CELLS or failed.sum() < _FEWEST:
        return None
    return _Cells(buckets.edges[first : first + count * each + 1 : each], failed, whole)
