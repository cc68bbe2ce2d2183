"""When exactly a change happened: a posterior over its instant, finer than a scrape.

Counts near the change are held against those expected if the rate had changed at an instant t, at once or along a
ramp. Profile likelihoods of change points are not chi-square distributed (Siegmund 1987); the interval is that of the
normalised posterior under a prior that is flat but for the starts of processes.

The sum over all targets says roughly where; each target's own scrapes then say exactly, because scrapes of different
targets interleave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.shapes import LONGEST_RAMP, PLAIN, fit, follow, possible_shapes, refine, uncertain_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.counts import Counts
    from pm_autofill.analyse.shapes import Change, Rates, Shape
    from pm_autofill.evidence.series import Floats

_POINTS = 120
_FINEST = 0.1
# Standard deviation of a ramp's foot by its length, because real ramps are not straight.
_CROOKED = 0.025
# A normal distribution as points (in standard deviations) with their weights.
_BELL = ((-2.25, 0.024), (-1.5, 0.098), (-0.75, 0.227), (0.0, 0.302), (0.75, 0.227), (1.5, 0.098), (2.25, 0.024))
# Where the likelihood has fallen by so much (natural logarithm), nothing is to be found.
_NEGLIGIBLE = 12.0
_UNSURE_EVENTS = 15.0
# A sample's timestamp is the scrape's begin; the target answers up to about a second later.
_JITTER = 1.0
_GAP_SCRAPES = 2.5
_TAILS = (0.025, 0.5, 0.975)
_AS_PROBABLE = 0.003


@dataclass(frozen=True, slots=True)
class Edge:
    """An instant with its interval.

    Attributes:
        at: The most probable instant, to a scrape, epoch seconds.
        low: Lower end of the 95 % interval.
        high: Upper end.
        abrupt_probability: Posterior probability that the change was abrupt rather than a ramp, 0..1.
    """

    at: float
    low: float
    high: float
    abrupt_probability: float

    def mirrored(self) -> Edge:
        """The same edge with time running the other way."""
        return Edge(-self.at, -self.high, -self.low, self.abrupt_probability)


def locate(summed: Counts, each: Counts, change: Change, step: float) -> Edge:
    """When a change happened.

    Args:
        summed: Counts of all targets together, on a regular grid.
        each: Counts per target, at its own scrapes.
        change: What changes, and where to look.
        step: Scrape interval in seconds.

    Returns:
        The edge.

    Formula: posterior(t) = sum over shapes and rates of prior x product of Poisson(events | exposure x rate(t)),
        normalised; of it the two scrape intervals that hold most, and the median inside of them.
    Source: ``docs/decisions/0011-impact-window.md``.
    """
    width = float(summed.right[0] - summed.left[0])
    shapes = possible_shapes(change)
    low, high = _reach(change, shapes, step)
    track = follow(summed, change)
    until = change.levels[-1].until
    coarse = _grid(low, high, width / 2, ())
    rough = fit(track.applied(summed.inside(low - width, until)), coarse, shapes, change, (PLAIN,))
    low, high, shapes = _narrow(rough, coarse, shapes, (low, high), width)
    low, high = _with_gaps((low, high), each.where((each.exposure > 0) & (each.events > 0)), change, step)
    near = track.applied(each.where((each.right > low - step) & (each.right <= until)))
    return _zoom(near, (low, high), refine(shapes), change, uncertain_rates(change, track.spread), step)


def _narrow(
    logs: Floats, grid: Floats, shapes: list[Shape], limits: tuple[float, float], width: float
) -> tuple[float, float, list[Shape]]:
    """Where to look closely, and at which shapes.

    On the sum of targets that are scraped at different instants every edge looks like a short ramp: so abrupt shapes
    stay, and each is looked at where it is likely by itself.
    """
    best = logs.max()
    kept = [number for number, shape in enumerate(shapes) if logs[number].max() > best - _NEGLIGIBLE or not shape.ramp]
    likely = [grid[logs[number] > logs[number].max() - _NEGLIGIBLE] for number in kept]
    low, high = min(float(each[0]) for each in likely), max(float(each[-1]) for each in likely)
    return max(limits[0], low - width), min(limits[1], high + width), [shapes[number] for number in kept]


def _zoom(
    near: Counts,
    limits: tuple[float, float],
    shapes: list[Shape],
    change: Change,
    rates: Sequence[Rates],
    step: float,
) -> Edge:
    """The posterior on finer and finer grids, until one is fine against its width."""
    low, high = limits
    while True:
        spacing = max(_FINEST, (high - low) / _POINTS)
        grid = _grid(low, high, spacing, change.starts)
        logs = fit(near, grid, shapes, change, rates) + _prior(grid, change, step)
        best = logs.max()
        likely = grid[(logs > best - _NEGLIGIBLE).any(axis=0)]
        around = max(low, float(likely[0]) - spacing), min(high, float(likely[-1]) + spacing)
        if spacing <= _FINEST or around[1] - around[0] > (high - low) / 2:
            return _summary(logs, grid, shapes, step)
        low, high = around
        shapes = [shape for shape, row in zip(shapes, logs, strict=True) if row.max() > best - _NEGLIGIBLE]


def _grid(low: float, high: float, spacing: float, starts: Sequence[float]) -> Floats:
    """Candidate instants, evenly spaced, and the starts of processes among them."""
    if high <= low:
        return np.array([low])
    even = np.linspace(low, high, max(2, int(np.ceil((high - low) / spacing)) + 1))
    return np.union1d(even, [start for start in starts if low < start < high])


def _cells(grid: Floats) -> Floats:
    """The bounds of the stretches that the candidates stand for, shape (n + 1,)."""
    middle = (grid[1:] + grid[:-1]) / 2
    return np.concatenate((grid[:1], middle, grid[-1:]))


def _prior(grid: Floats, change: Change, step: float) -> Floats:
    """Logarithm of the prior: even over time, with peaks where processes began, for what they serve begins there."""
    mass = np.maximum(np.diff(_cells(grid)), 1e-6) + np.where(np.isin(grid, change.starts), step, 0.0)
    result: Floats = np.log(mass)
    return result


def _summary(logs: Floats, grid: Floats, shapes: Sequence[Shape], step: float) -> Edge:
    """The posterior in three numbers; the foot of a ramp is no better known than real ramps are straight."""
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    cells = _cells(grid)
    positions, masses = [cells], [np.concatenate(([0.0], np.cumsum(_abrupt(weights, shapes))))]
    for shape, row in zip(shapes, weights, strict=True):
        if shape.ramp and row.sum() > _TAILS[0] / 100:
            positions += [cells + offset * _CROOKED * shape.ramp for offset, _ in _BELL]
            masses += [share * np.concatenate(([0.0], np.cumsum(row))) for _, share in _BELL]
    fine = np.unique(np.concatenate(positions))
    mass = np.sum([np.interp(fine, at, each) for at, each in zip(positions, masses, strict=True)], axis=0)
    lower, middle, upper = (float(np.interp(q * mass[-1], mass, fine)) for q in _TAILS)
    at = _most_probable(fine, mass / mass[-1], np.linspace(lower, upper, _POINTS), middle, step)
    abrupt = float(_abrupt(weights, shapes).sum())
    return Edge(at, min(lower, at) - _JITTER, max(upper, at) + _JITTER, abrupt)


def _most_probable(fine: Floats, mass: Floats, candidates: Floats, middle: float, step: float) -> float:
    """The median of the posterior within a scrape of where most of it lies, as near its middle as is as probable.

    Where several shapes fit, the posterior has several humps, and its own median lies between them, where nothing is.
    """
    held = np.interp(candidates + step, fine, mass) - np.interp(candidates - step, fine, mass)
    best = candidates[held >= held.max() - _AS_PROBABLE]
    centre = float(best[np.argmin(np.abs(best - middle))])
    below, above = np.interp([centre - step, centre + step], fine, mass)
    return float(np.interp((below + above) / 2, mass, fine))


def _abrupt(weights: Floats, shapes: Sequence[Shape]) -> Floats:
    """The posterior mass of abrupt changes per candidate."""
    result: Floats = weights[[not shape.ramp for shape in shapes]].sum(axis=0)
    return result


def _reach(change: Change, shapes: Sequence[Shape], step: float) -> tuple[float, float]:
    """Where the instant may lie: around the segmentation's edge as far as events are rare, and as a ramp may reach."""
    first = change.levels[0]
    seconds = max(first.until - change.near, step)
    unsure = _UNSURE_EVENTS * seconds / max(first.events, 1.0)
    around = min(max(3 * step, unsure), LONGEST_RAMP)
    back = max([around, *(shape.ramp for shape in shapes)])
    low, high = max(change.limits[0], change.near - back), min(change.limits[1], change.near + around)
    return low, max(low, high)


def _with_gaps(limits: tuple[float, float], near: Counts, change: Change, step: float) -> tuple[float, float]:
    """Limits that hold all of the times around the segmentation's edge in which a target was not scraped.

    In the sum, events of such a time are spread over it, so that any level seems to begin where the gap does.
    """
    gaps = near.where(
        (near.right - near.left > _GAP_SCRAPES * step)
        & (near.left <= change.near + step)
        & (near.right >= change.near - step)
    )
    low, high = min(limits[0], gaps.left.min(initial=np.inf)), max(limits[1], gaps.right.max(initial=-np.inf))
    return max(change.limits[0], low), min(change.limits[1], high)
