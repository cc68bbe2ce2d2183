"""Counter reads as (bad, total) per bucket: the form in which change is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.targets import SILENT_SCRAPES, Target, events_until, known_until, targets_of
from pm_autofill.evidence.increments import Curve, curves, scrape_interval
from pm_autofill.evidence.series import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import Boundary, CounterRead, SloEvidence

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

_MAX_BUCKETS = 1600
# A range query has at most 11,000 steps; a ratio that is read in several has not ten times as many.
_MOST_READINGS = 100_000
# No counter counts more between two scrapes; arithmetic beyond overflows.
_MOST_EVENTS = 1e15
_GAUGE_EVENTS = (50.0, 20_000.0)


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """The events of an SLO on one grid, and at each target's own scrapes.

    Attributes:
        edges: Epoch seconds, evenly spaced, shape (n + 1,).
        bad: Bad events per bucket, shape (n,).
        total: All events per bucket, shape (n,).
        step: The targets' scrape interval in seconds; a bucket may span several.
        targets: Per target, for edges finer than a bucket.
        starts: When processes behind the counters began, epoch seconds, ascending; as far as known.
        counted: False when the "events" were made from a ratio and only their proportion means something.
        gone: The last sample, epoch seconds, where all counters vanished and had not come back where the read ends.
    """

    edges: Floats
    bad: Floats
    total: Floats
    step: float
    targets: tuple[Target, ...]
    starts: tuple[float, ...] = ()
    counted: bool = True
    gone: float | None = None

    @property
    def width(self) -> float:
        """Seconds per bucket."""
        return float(self.edges[1] - self.edges[0])


@dataclass(frozen=True, slots=True, eq=False)
class SloCurves:
    """The curves of an SLO's bad and total events.

    Attributes:
        bad: Curves of bad events; where good ones are counted, total - good per target.
        total: Curves of all events.
        step: Scrape interval in seconds.
        until: Until when they are known, epoch seconds: beyond their last sample where all vanished.
        least: Curves of the events that are bad for sure; None where all of ``bad`` are.
        most: Curves of those that may be.
    """

    bad: tuple[Curve, ...]
    total: tuple[Curve, ...]
    step: float
    until: float
    least: tuple[Curve, ...] | None = None
    most: tuple[Curve, ...] | None = None


def slo_curves(slo: SloEvidence) -> SloCurves | None:
    """The curves of an SLO; None when its events could not be read or there are none at all."""
    if slo.total is None or not slo.parts:
        return None
    starts = slo.process_starts.matrix if slo.process_starts else None
    total = curves(slo.total, starts, [read for _, read in slo.parts])
    if not total:
        return None
    parts = [tuple(one.scaled(share) for one in curves(read, starts, (slo.total,))) for share, read in slo.parts]
    other = tuple(curve for part in parts for curve in part)
    bad = other if slo.bad is not None else _complement(total, other)
    step = scrape_interval(slo.total)
    until = known_until(total, slo.total, step)
    if slo.boundary is None or slo.good is None:
        return SloCurves(bad, total, step, until)
    low, high = _around_threshold(slo, slo.good, slo.boundary, total)
    return SloCurves(bad, total, step, until, low, high)


def _around_threshold(
    slo: SloEvidence, good: CounterRead, boundary: Boundary, total: tuple[Curve, ...]
) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """Bad events at least and at most: those above the bucket that holds the threshold, and those in it, too."""
    starts = slo.process_starts.matrix if slo.process_starts else None
    peers = (slo.total,) if slo.total else ()
    lower = _complement(total, curves(good, starts, peers))
    if boundary.above is None:
        return (), lower
    if slo.good_above is None:
        return lower, total
    return _complement(total, curves(slo.good_above, starts, peers)), lower


def _complement(total: Sequence[Curve], good: Sequence[Curve]) -> tuple[Curve, ...]:
    """Curves of total - good: per target where both come from the same targets, else of all together.

    A target's counters are read in one scrape, so that the difference is exact at each of its scrapes.
    """
    same = {curve.instance for curve in good} <= {curve.instance for curve in total}
    by_target: dict[tuple[str, str], tuple[list[Curve], list[Curve]]] = {}
    for side, several in enumerate((total, good)):
        for curve in several:
            by_target.setdefault(curve.instance if same else ("", ""), ([], []))[side].append(curve)
    return tuple(_difference(wholes, parts, instance) for instance, (wholes, parts) in by_target.items())


def _difference(wholes: Sequence[Curve], parts: Sequence[Curve], instance: tuple[str, str]) -> Curve:
    times = np.unique(np.concatenate([curve.times for curve in wholes]))
    rest = events_until(wholes, times) - events_until(parts, times)
    every = (*wholes, *parts)
    # A process that ends takes what it counted last with it, as one that restarts does.
    ends = [curve.times[-1] for curve in wholes if curve.times[-1] < times[-1]]
    restarts = {float(end): float(end) for end in times[np.searchsorted(times, ends, "right")]}
    restarts |= {end: begun for curve in every for end, begun in zip(curve.resets, curve.restarts, strict=True)}
    return Curve(
        times,
        np.maximum.accumulate(rest - rest[0]),
        tuple(sorted(restarts)),
        tuple(restarts[end] for end in sorted(restarts)),
        born=any(curve.born for curve in every),
        unknown_start=any(curve.unknown_start for curve in every),
        instance=instance,
        spread=max(curve.spread for curve in every),
        at_ends=_at_ends(wholes, times) - _at_ends(parts, times) if any(c.at_ends is not None for c in every) else None,
    )


def _at_ends(found: Sequence[Curve], instants: Floats) -> Floats:
    """What several curves may have lost as processes ended, until each instant."""
    total = np.zeros(len(instants))
    for curve in found:
        if curve.at_ends is not None:
            total += np.interp(instants, curve.times, curve.at_ends)
    return total


def bucket(slo: SloEvidence, found: SloCurves | None) -> Buckets | None:
    """An SLO's events on a grid of its scrape interval (coarser when the window is long).

    Args:
        slo: What was observed of the SLO.
        found: Its curves, where it has any.

    Returns:
        The buckets; None when there is nothing to put into them.
    """
    if slo.ratio is not None:
        return _from_ratio(slo.ratio)
    if found is None:
        return None
    edges = _grid(found)
    if len(edges) < 3:  # noqa: PLR2004 - two buckets at least
        return None
    bad, total = (
        np.clip(np.diff(events_until(several, edges)), 0, _MOST_EVENTS) for several in (found.bad, found.total)
    )
    last = max(float(curve.times[-1]) for curve in found.total)
    return Buckets(
        edges,
        bad,
        total,
        found.step,
        targets_of(found.total, found.bad, found.step, found.until),
        _process_starts(slo, edges),
        gone=last if found.until > last else None,
    )


def scraped(buckets: Buckets) -> tuple[Floats, Floats]:
    """Bad and all events per bucket, without those of targets that were not scraped for a while.

    What they counted meanwhile is known as a whole; spread over the time it took, it would look like a change of its
    own. So it is left out where other targets tell at least as much.

    Args:
        buckets: The events.

    Returns:
        Bad and all events, shape (n,) each.
    """
    silent = [np.diff(one.edges) > SILENT_SCRAPES * buckets.step for one in buckets.targets]
    if not any(each.any() for each in silent):
        return buckets.bad, buckets.total
    spread_bad, spread_total = np.zeros(len(buckets.bad)), np.zeros(len(buckets.bad))
    for one, long in zip(buckets.targets, silent, strict=True):
        spread_bad += _per_bucket(one, np.where(long, one.bad, 0.0), buckets.edges)
        spread_total += _per_bucket(one, np.where(long, one.total, 0.0), buckets.edges)
    others = spread_total <= buckets.total / 2
    return (
        np.where(others, np.maximum(buckets.bad - spread_bad, 0.0), buckets.bad),
        np.where(others, buckets.total - spread_total, buckets.total),
    )


def _per_bucket(target: Target, events: Floats, edges: Floats) -> Floats:
    """A target's events per bucket, spread evenly over each of its intervals."""
    return np.diff(np.interp(edges, target.edges, np.concatenate(([0.0], np.cumsum(events)))))


def _process_starts(slo: SloEvidence, edges: Floats) -> tuple[float, ...]:
    """The distinct values of the process start times that lie on the grid."""
    series = slo.process_starts.matrix.series if slo.process_starts else ()
    values = {float(value) for one in series for value in np.unique(one.values)}
    return tuple(sorted(value for value in values if edges[0] < value < edges[-1]))


def _grid(found: SloCurves) -> Floats:
    """Even edges from where the first targets had all begun until the last had not yet ended, or all are known gone."""
    total, step = found.total, found.step
    first, last = min(c.times[0] for c in total), max(c.times[-1] for c in total)
    start = max(c.times[0] for c in total if c.times[0] <= first + 2 * step)
    end = min(c.times[-1] for c in total if c.times[-1] >= last - 2 * step)
    width = step * max(1, int(np.ceil((max(end, found.until) - start) / step / _MAX_BUCKETS)))
    if found.until > last:
        end += width * int((found.until - end) // width)
    count = int((end - start) // width)
    edges: Floats = end - width * np.arange(count, -1, -1.0)
    return edges


def _from_ratio(read: CounterRead) -> Buckets | None:
    """A ratio as events: as many per sample as its own noise corresponds to.

    Formula: n = p (1 - p) / variance, p and the variance (from neighbouring differences) being the ratio's medians.
    """
    if not read.matrix.series:
        return None
    one = max(read.matrix.series, key=lambda series: len(series.times))
    kept = told(one.values)
    times, ratio = one.times[kept], np.maximum(one.values[kept], 0)
    if len(times) < 3:  # noqa: PLR2004 - two buckets at least
        return None
    step = max(float(np.median(np.diff(times))), float(times[-1] - times[0]) / _MOST_READINGS)
    edges = times[-1] - step * np.arange(round(float(times[-1] - times[0]) / step) + 1, -1, -1.0)
    ratio = np.interp(edges[1:], times, ratio)
    usual = max(float(np.median(ratio)), 1e-6)
    noise = float(np.median(np.abs(np.diff(ratio)))) / 0.6745 / np.sqrt(2)
    count = float(np.clip(usual * (1 - usual) / max(noise, 1e-9) ** 2, *_GAUGE_EVENTS))
    total = np.full(len(ratio), count)
    bad = ratio * count
    return Buckets(edges, bad, total, step, (Target(edges, bad, total, np.ones(len(bad), dtype=bool)),), counted=False)
