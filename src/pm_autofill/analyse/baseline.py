"""What is usual: the ratio of bad events and the traffic outside of incidents, and how both wander by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pm_autofill.analyse.buckets import Buckets
    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

_BLOCK_SECONDS = 600.0
_BLOCK_EVENTS = 12.0
_LEAST_BLOCKS = 8
_LOW_QUANTILE = 0.1
_HIGH_QUANTILE = 0.75
_ROUNDS = 6
_JEFFREYS = 0.5
_OUTAGE_SHARE = 0.5
_ENOUGH_EVENTS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The usual behaviour of an SLI.

    Attributes:
        ratio: Bad per event, 0..1.
        ratio_wander: Coefficient of variation of the ratio over ten minutes, beyond counting noise.
        burst: Variance of the bad events of a bucket by their mean, >= 1: above 1 they come in bursts.
        traffic: Expected events per bucket, shape (n,).
        traffic_wander: Coefficient of variation of the traffic around that.
        usual: Buckets taken as usual, shape (n,).
    """

    ratio: float
    ratio_wander: float
    burst: float
    traffic: Floats
    traffic_wander: float
    usual: Flags


def estimate(buckets: Buckets, unusual: Flags | None = None) -> Baseline:
    """The usual ratio and traffic.

    Args:
        buckets: Events per bucket.
        unusual: Buckets already known to be unusual, shape (n,).

    Returns:
        The baseline.

    Formula: lowest tenth of (bad + 0.5) / (total + 1) over blocks of ten minutes and more, then bad / total over the
        blocks and buckets not far above it, until that no longer changes; the traffic: a quadratic through the
        logarithm of its rate, fitted robustly.
    Source: SRE workbook ch. 2 for the ratio; Jeffreys' prior for few events; ``docs/decisions/0011-impact-window.md``.
    """
    allowed = np.ones(len(buckets.bad), dtype=bool) if unusual is None else ~unusual
    blocks = _telling_blocks(buckets, allowed)
    ratio = _low_ratio(buckets, allowed, blocks)
    near = allowed
    for _ in range(_ROUNDS):
        near, before = allowed & _ordinary(buckets, allowed, blocks, ratio), near
        if near.sum() < len(allowed) / 20:
            near = before
            break
        ratio = float((buckets.bad[near].sum() + _JEFFREYS) / (buckets.total[near].sum() + 2 * _JEFFREYS))
        if np.array_equal(near, before):
            break
    traffic, wander = _traffic(buckets, allowed)
    return Baseline(ratio, _wander(buckets, near, ratio), _burst(buckets, near), traffic, wander, near)


def _telling_blocks(buckets: Buckets, allowed: Flags) -> Places:
    """Blocks of ten minutes, or as many more as usually bring a dozen bad events: fewer tell nothing of thrice."""
    span = float(np.ptp(buckets.edges))
    low = _low_ratio(buckets, allowed, _blocks(buckets, span / _LEAST_BLOCKS))
    rate = max(low * float(buckets.total[allowed].sum()) / max(float(allowed.sum()) * buckets.width, 1.0), 1e-12)
    return _blocks(buckets, min(max(_BLOCK_SECONDS, _BLOCK_EVENTS / rate), span / _LEAST_BLOCKS))


def _blocks(buckets: Buckets, seconds: float) -> Places:
    """The number of the block of so many seconds that each bucket lies in."""
    return np.arange(len(buckets.bad)) // max(1, int(seconds // buckets.width))


def _low_ratio(buckets: Buckets, allowed: Flags, blocks: Places) -> float:
    """A ratio that the calmest blocks have: most of the window may be bad, and the median with it."""
    bad = np.bincount(blocks[allowed], buckets.bad[allowed])
    total = np.bincount(blocks[allowed], buckets.total[allowed])
    ratios = ((bad + _JEFFREYS) / (total + 2 * _JEFFREYS))[total > 0]
    return float(np.quantile(ratios, _LOW_QUANTILE)) if len(ratios) else _JEFFREYS


def _ordinary(buckets: Buckets, allowed: Flags, blocks: Places, ratio: float) -> Flags:
    """Buckets not far above a ratio, in blocks not far above it."""
    kept = np.where(allowed, 1.0, 0.0)
    bad = np.bincount(blocks, kept * buckets.bad).astype(np.float64)
    hoped = np.bincount(blocks, kept * buckets.total * ratio).astype(np.float64)
    calm = _below(bad, hoped, times=1.6, deviations=3.0)[blocks]
    result: Flags = calm & _below(buckets.bad, buckets.total * ratio, times=3.0, deviations=4.0)
    return result


def _below(seen: Floats, hoped: Floats, *, times: float, deviations: float) -> Flags:
    """Whether counts stay below so many times the expected ones and so many standard deviations more."""
    mean = times * hoped
    result: Flags = seen <= mean + deviations * np.sqrt(mean + 1)
    return result


def _wander(buckets: Buckets, near: Flags, ratio: float) -> float:
    """Spread of block ratios beyond what counting explains.

    Formula: cv^2 = max(0, var(b - p n) - sum p n) / sum (p n)^2, over blocks of ten minutes.
    """
    size = max(1, int(600 // buckets.width))
    index = np.flatnonzero(near)
    blocks = [index[i : i + size] for i in range(0, len(index), size)]
    mean = np.array([ratio * buckets.total[block].sum() for block in blocks])
    seen = np.array([buckets.bad[block].sum() for block in blocks])
    if len(blocks) < 3 or not (mean > 0).all():  # noqa: PLR2004 - a spread needs three
        return 0.0
    return float(np.sqrt(max(0.0, float(((seen - mean) ** 2 - mean).sum())) / float((mean**2).sum())))


def _burst(buckets: Buckets, near: Flags) -> float:
    """How much neighbouring buckets differ, against what counting explains; 1 where there are too few events to tell.

    Formula: sum of (b1 - b2)^2 / (b1 + b2 expected for Poisson counts), over neighbouring usual buckets; at most the
        upper quartile of the same over blocks of ten minutes, where eight have events enough: an incident that flaps
        hardly looks like a bad time as long as all of its spikes are taken for the usual bursts.
    """
    if not buckets.counted:
        return 1.0
    pairs = near[1:] & near[:-1]
    squares, sums = pairs * np.diff(buckets.bad) ** 2, pairs * (buckets.bad[1:] + buckets.bad[:-1])
    if float(sums.sum()) < _ENOUGH_EVENTS:
        return 1.0
    whole = float(squares.sum()) / float(sums.sum())
    blocks = _blocks(buckets, _BLOCK_SECONDS)[1:]
    parts = np.bincount(blocks, sums)
    enough = parts >= _ENOUGH_EVENTS
    if enough.sum() >= _LEAST_BLOCKS:
        whole = min(whole, float(np.quantile(np.bincount(blocks, squares)[enough] / parts[enough], _HIGH_QUANTILE)))
    return max(1.0, whole)


def _traffic(buckets: Buckets, usual: Flags) -> tuple[Floats, float]:
    middle = (buckets.edges[1:] + buckets.edges[:-1]) / 2
    scaled = (middle - middle.mean()) / max(float(np.ptp(middle)), 1.0)
    expected = _fit(scaled, buckets.total, usual)
    kept = usual & (buckets.total > _OUTAGE_SHARE * expected)
    residual = buckets.total[kept] - expected[kept]
    excess = float((residual**2 - expected[kept]).sum()) / max(float((expected[kept] ** 2).sum()), 1e-9)
    return np.maximum(expected, 1e-9), float(np.sqrt(max(0.0, excess)))


def _fit(position: Floats, total: Floats, usual: Flags) -> Floats:
    """A quadratic through log traffic, refitted without buckets far below or above it; level beyond the usual ones."""
    kept = usual & (total > 0)
    if kept.sum() < 8:  # noqa: PLR2004 - too few for three coefficients
        return np.full(len(total), float(np.median(total[usual])) if usual.any() else float(np.median(total)))
    centre = float(np.log(np.median(total[kept])))
    kept &= np.abs(np.log(np.maximum(total, 1e-9)) - centre) < np.log(4)
    weight = np.sqrt(np.maximum(total, 0))
    fitted = np.full(len(total), centre)
    for _ in range(_ROUNDS):
        if kept.sum() < 8:  # noqa: PLR2004 - as above
            break
        inside = np.clip(position, position[kept][0], position[kept][-1])
        fitted = np.polyval(np.polyfit(position[kept], np.log(total[kept]), 2, w=weight[kept]), inside)
        residual = np.log(np.maximum(total, 1e-9)) - fitted
        spread = max(1.4826 * float(np.median(np.abs(residual[kept]))), 0.02)
        kept = usual & (total > 0) & (np.abs(residual) < max(4 * spread, 0.1))
    result: Floats = np.exp(fitted)
    return result
