"""Shapes that a change can have, and how well counts fit each: abrupt or a ramp, to one of the levels seen behind it.

Events follow Poisson counts around exposure x (usual + (level - usual) x share of the interval behind the change). The
usual rate wanders, and is followed up to the change; what remains unknown of it and of the level is integrated out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.counts import Counts
    from pm_autofill.evidence.series import Floats

_RAMPS = (60.0, 80.0, 110.0, 150.0, 200.0, 270.0, 360.0, 480.0, 640.0, 850.0, 1130.0, 1500.0)
LONGEST_RAMP = _RAMPS[-1]
# Curves of ramps (straight, beginning slowly), and how probable each is.
_CURVES = {1: 2 / 3, 2: 1 / 3}
_FEW_RAMPS = 8
_BETWEEN = (0.87, 0.91, 0.955, 1.0, 1.05, 1.1, 1.15)
_ABRUPT_PRIOR = 0.8
_FIRST_LEVELS = 3
_LAST_LEVELS = 2
# Each level that a shape takes from the segmentation is a level and an instant more (as a BIC would count them).
_LEVEL_COST = 7.0
# Beyond so many events an interval says no more: real rates are never steadier than five percent.
COUNT_CAP = 400.0
_MIN_RATE = 1e-12
_MEMORY = 600.0
_LEAST_WANDER = 0.05
_MOST_WANDER = 100.0
# Where points that stand for a normal distribution lie (in standard deviations).
_FAR = 1.7320508


@dataclass(frozen=True, slots=True)
class Level:
    """A rate that the segmentation saw behind a change.

    Attributes:
        until: Epoch seconds until which it holds.
        rate: Events per exposure.
        events: How many events it rests on.
    """

    until: float
    rate: float
    events: float


@dataclass(frozen=True, slots=True)
class Change:
    """What changes.

    Attributes:
        near: Where the segmentation put it, epoch seconds.
        usual: Rate before it.
        levels: Rates after it, ascending; at least one.
        wander: Coefficient of variation of the usual rate by itself.
        limits: The instant lies inside [first, second], epoch seconds.
        ramps: Whether to consider gradual changes too.
        burst: Variance of the counts by their mean, >= 1.
        starts: When processes began, epoch seconds: each is as likely as all instants of one scrape interval together.
    """

    near: float
    usual: float
    levels: tuple[Level, ...]
    wander: float
    limits: tuple[float, float]
    ramps: bool = True
    burst: float = 1.0
    starts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of the change.

    Attributes:
        ramp: Seconds it takes; 0 when it is abrupt.
        curve: 1 for a straight ramp, 2 for one that begins slowly.
        level: Index of the level it leads to.
        prior: Logarithm of its prior probability.
    """

    ramp: float
    curve: int
    level: int
    prior: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates before and after the change, as multiples of those in the change, with their weight's logarithm."""

    usual: float
    level: float
    weight: float


PLAIN = Rates(1.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """How the usual rate wandered.

    Attributes:
        times: Epoch seconds, ascending, shape (n,).
        factors: The rate from then on as a multiple of the usual one, shape (n,).
        spread: Coefficient of variation of what remains unknown of it.
    """

    times: Floats
    factors: Floats
    spread: float

    def applied(self, counts: Counts) -> Counts:
        """Counts whose usual rate is the one of their time."""
        if not len(self.times):
            return counts
        which = np.clip(np.searchsorted(self.times, counts.left, "right") - 1, 0, len(self.times) - 1)
        return replace(counts, usual=counts.usual * self.factors[which])


def possible_shapes(change: Change) -> list[Shape]:
    """The shapes a change may have, with their priors."""
    ramps = _RAMPS if change.ramps else ()
    abrupt = _ABRUPT_PRIOR if ramps else 1.0
    each = (1 - abrupt) / max(len(ramps), 1)
    priors = {(0.0, 1): abrupt} | {(ramp, curve): each * share for ramp in ramps for curve, share in _CURVES.items()}
    last = len(change.levels) - 1
    levels = [level for level in range(last + 1) if level < _FIRST_LEVELS or level > last - _LAST_LEVELS]
    return [
        Shape(ramp, curve, level, float(np.log(prior)) - _LEVEL_COST * (last - level))
        for (ramp, curve), prior in priors.items()
        for level in levels
    ]


def refine(shapes: list[Shape]) -> list[Shape]:
    """Ramps of lengths in between, where only few remain; with many events a length a tenth too long moves the edge."""
    ramps = [shape for shape in shapes if shape.ramp]
    if not 0 < len(ramps) <= _FEW_RAMPS:
        return shapes
    finer = [
        replace(shape, ramp=shape.ramp * factor, prior=shape.prior - float(np.log(len(_BETWEEN))))
        for shape in ramps
        for factor in _BETWEEN
    ]
    return [shape for shape in shapes if not shape.ramp] + finer


def follow(summed: Counts, change: Change) -> Track:
    """The usual rate as it wandered up to each interval, from the intervals before it.

    Formula: (shape + K) / (shape + E) with shape = 1 / wander^2 and the events seen and expected before, those of ten
        minutes ago counting for a third; within 2.5 wanders.
    """
    known = summed.inside(change.limits[0], change.near + _MEMORY)
    keep = np.exp(-(known.right - known.left) / _MEMORY)
    shape = 1 / max(change.wander, _LEAST_WANDER) ** 2
    factors = []
    seen = hoped = 0.0
    spread = 1 / np.sqrt(shape)
    for events, exposure, kept, left in zip(known.events, known.exposure, keep, known.left, strict=True):
        factors.append((shape + seen) / (shape + hoped))
        if left <= change.near:
            spread = 1 / np.sqrt(shape + seen)
        seen = kept * seen + events / change.burst
        hoped = kept * hoped + change.usual * exposure / change.burst
    most = np.exp(2.5 * min(max(change.wander, _LEAST_WANDER), _MOST_WANDER))
    return Track(known.left, np.clip(factors, 1 / most, most), float(np.hypot(spread, change.wander / 3)))


def uncertain_rates(change: Change, spread: float) -> tuple[Rates, ...]:
    """Combinations of usual rate and level that stand for how uncertain both are (a cubature of degree three)."""
    events = float(np.median([level.events for level in change.levels])) / change.burst
    loose = 1 / np.sqrt(max(min(events, COUNT_CAP), 1.0))
    return (
        replace(PLAIN, weight=float(np.log(1 / 3))),
        *(Rates(float(np.exp(sign * _FAR * spread)), 1.0, float(np.log(1 / 6))) for sign in (-1, 1)),
        *(Rates(1.0, float(np.exp(sign * _FAR * loose)), float(np.log(1 / 6))) for sign in (-1, 1)),
    )


def fit(counts: Counts, grid: Floats, shapes: Sequence[Shape], change: Change, rates: Sequence[Rates]) -> Floats:
    """Log posterior up to a constant, shape (shapes, grid)."""
    damp = np.minimum(
        1 / (change.burst * (1 + change.usual * counts.exposure * (change.wander / 3) ** 2)),
        COUNT_CAP / np.maximum(counts.events, COUNT_CAP),
    )
    rows = []
    for shape in shapes:
        outside = grid >= change.levels[shape.level].until
        each = _likelihoods(counts, damp, grid, shape, change, rates)
        best = each.max(axis=0)
        row = shape.prior + best + np.log(np.exp(each - best).sum(axis=0))
        rows.append(np.where(outside, -np.inf, row))
    return np.array(rows)


def _likelihoods(
    counts: Counts, damp: Floats, grid: Floats, shape: Shape, change: Change, rates: Sequence[Rates]
) -> Floats:
    """Log-likelihood per combination of rates and candidate instant, shape (rates, grid).

    Behind the shape's own level, the segmentation's levels stand.
    """
    middle = (counts.left + counts.right) / 2
    later = middle > change.levels[shape.level].until
    ends = np.array([one.until for one in change.levels])
    plain = np.array([one.rate for one in change.levels])
    seen_later = plain[np.minimum(np.searchsorted(ends, middle), len(plain) - 1)] * counts.level
    before, behind = counts.right <= grid[0], (counts.left >= grid[-1] + shape.ramp) | later
    between = ~(before | behind)
    share = _share(counts.where(between), grid, shape)
    rows = []
    for rate in rates:
        usual = change.usual * rate.usual * counts.usual
        level = np.where(later, seen_later, change.levels[shape.level].rate * rate.level * counts.level)
        mean = (usual[between, None] + (level - usual)[between, None] * share) * counts.exposure[between, None]
        logs = counts.events[between, None] * np.log(np.maximum(mean, _MIN_RATE)) - mean
        fixed = np.where(before, usual, level) * counts.exposure
        constant = damp * (counts.events * np.log(np.maximum(fixed, _MIN_RATE)) - fixed)
        rows.append(damp[between] @ logs + float(constant[~between].sum()) + rate.weight)
    return np.array(rows)


def _share(counts: Counts, grid: Floats, shape: Shape) -> Floats:
    """Share of the change that has happened, as mean over each interval, shape (intervals, grid)."""
    left, right = counts.left[:, None], counts.right[:, None]
    result: Floats = (_area(right - grid, shape) - _area(left - grid, shape)) / (right - left)
    return result


def _area(since: Floats, shape: Shape) -> Floats:
    """Integral of the share changed, from minus infinity to ``since`` seconds after the edge.

    Formula: max(0, t) for an abrupt change; t^(c + 1) / ((c + 1) L^c) within a ramp (t / L)^c of length L, and
        t - c L / (c + 1) behind it.
    """
    after = np.maximum(since, 0.0)
    if shape.ramp == 0.0:
        return after
    c, length = shape.curve, shape.ramp
    # Curves are straight, square or cubic: multiplying is many times faster than a power of a float.
    grown = after ** (c + 1) if c != int(c) else math.prod([after] * (int(c) + 1))
    return np.where(after < length, grown / ((c + 1) * length**c), after - c * length / (c + 1))
