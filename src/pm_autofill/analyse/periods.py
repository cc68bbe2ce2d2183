"""Bad periods of an SLI: found by segmentation, joined over short lulls, their edges located."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse import baseline, segments
from pm_autofill.analyse.buckets import scraped
from pm_autofill.analyse.targets import only_unseen

if TYPE_CHECKING:
    from pm_autofill.analyse.baseline import Baseline
    from pm_autofill.analyse.buckets import Buckets
    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

# A bad time lasts so many scrapes, or so many seconds where scrapes are far apart, and two scrapes there.
_MIN_SCRAPES = 3.6
_MIN_SECONDS = 200.0
_MIN_RATIO_SECONDS = 120.0
_FEWEST_SCRAPES = 2.0
_LEAST_LEVEL = 2.0
_OUTAGE_LEVEL = 0.5
_OUTAGE_PENALTY = 10.0
_LULL_SCRAPES = 2
_MOSTLY_BAD = 0.8
_RESTART_SCRAPES = 2.5
# Beyond so many events a bucket says no more: real rates are never steadier than five percent.
_COUNT_CAP = 400.0
_ROUGH_SECONDS = 60.0
_MANY = 400
_WANDERING = 600.0
# The wandering was measured where it stayed low; it is so many times larger where it is not.
_TRUNCATED = 1.6
_OF_THEIR_KIND = 0.8


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """Buckets [first, last) at one unusual level.

    Attributes:
        first: Index of its first bucket.
        last: Index behind its last one.
        outage: Whether traffic is missing, rather than events bad.
        level: Bad per event, or share of the usual traffic.
    """

    first: int
    last: int
    outage: bool
    level: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pieces next to each other: an unbroken bad time, ascending by first bucket."""

    pieces: tuple[Piece, ...]

    @property
    def first(self) -> int:
        """Index of its first bucket."""
        return self.pieces[0].first

    @property
    def last(self) -> int:
        """Index behind its last bucket."""
        return max(piece.last for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in one SLI.

    Attributes:
        baseline: Its usual behaviour.
        stretches: Bad stretches, ascending.
        smallest_ratio: The smallest ratio of bad events that would have been found had it lasted ten minutes.
    """

    baseline: Baseline
    stretches: tuple[Stretch, ...]
    smallest_ratio: float


def detect(buckets: Buckets, budget_ratio: float, hold: float) -> Detection:
    """Find the bad stretches of an SLI.

    Args:
        buckets: Its events.
        budget_ratio: Share of events that may be bad; changes far below it do not matter.
        hold: Seconds an SLI must stay good to count as recovered.

    Returns:
        The stretches, not yet joined.

    Formula: failures: level >= max(2, 1 + 0.1 (1 - objective) / usual ratio); traffic: level <= 0.5 of the expected.
    """
    usual = baseline.estimate(buckets)
    unusual = _roughly(buckets, usual, budget_ratio)
    if unusual.any() and unusual.mean() <= _MOSTLY_BAD:
        usual = baseline.estimate(buckets, unusual)
    found = _stretches(buckets, usual, _failures(buckets, usual, budget_ratio), _outages(buckets, usual), hold)
    return Detection(usual, _sure(found, buckets, usual, hold), _smallest(buckets, usual))


def _sure(found: tuple[Stretch, ...], buckets: Buckets, usual: Baseline, hold: float) -> tuple[Stretch, ...]:
    """The stretches that are more than wandering, and those of their kind beside them: what flaps is one bad time.

    Beside means less than the hold away, from one to the next; of their kind, that its worst level is at least 80 % of
    theirs, or that it links two of them.
    """
    kept = {n: _trimmed(one, buckets, usual) for n, one in enumerate(found) if _beyond_wandering(one, buckets, usual)}
    for near in _near_each_other(found, buckets, hold):
        alone = [number for number in near if number in kept]
        levels = [_worst(found[number]) for number in alone if not found[number].pieces[0].outage]
        if not levels:
            continue
        for number in near:
            least = 0.0 if alone[0] < number < alone[-1] else _OF_THEIR_KIND * min(levels)
            if number not in kept and _worst(found[number]) >= least:
                kept[number] = Stretch(tuple(piece for piece in found[number].pieces if piece.level >= least))
    return tuple(kept[number] for number in sorted(kept))


def _near_each_other(found: tuple[Stretch, ...], buckets: Buckets, hold: float) -> list[list[int]]:
    """The numbers of the stretches, those together that follow one another in less than the hold."""
    chains: list[list[int]] = []
    for number, one in enumerate(found):
        if chains and (one.first - found[number - 1].last) * buckets.width < hold:
            chains[-1].append(number)
        else:
            chains.append([number])
    return chains


def _worst(stretch: Stretch) -> float:
    return max((piece.level for piece in stretch.pieces if not piece.outage), default=0.0)


def _trimmed(stretch: Stretch, buckets: Buckets, usual: Baseline) -> Stretch:
    """A stretch without pieces at its ends that were found because it lies beside them, and may be wandering."""
    pieces = list(stretch.pieces)
    for end in (0, -1):
        while len(pieces) > 1 and not _beyond_wandering(Stretch((pieces[end],)), buckets, usual):
            pieces.pop(end)
    return Stretch(tuple(pieces))


def _beyond_wandering(stretch: Stretch, buckets: Buckets, usual: Baseline) -> bool:
    """Whether a stretch is more than the usual ratio's wandering, which bends all buckets of ten minutes the same way.

    Formula: gain / (1 + E (1.6 cv)^2) >= cost of entering, E being the events expected in it, but those of ten minutes
        at most.
    """
    if any(piece.outage for piece in stretch.pieces):
        return True
    seen = float(buckets.bad[stretch.first : stretch.last].sum()) / usual.burst
    hoped = usual.ratio * float(buckets.total[stretch.first : stretch.last].sum()) / usual.burst
    together = hoped * min(1.0, _WANDERING / ((stretch.last - stretch.first) * buckets.width))
    found = float(segments.gain(np.array([seen]), np.array([max(hoped, 1e-9)]))[0])
    bent = 1 + together * (_TRUNCATED * usual.ratio_wander) ** 2
    return found / bent >= segments.cost_of_entering(len(buckets.bad))


def _roughly(buckets: Buckets, usual: Baseline, budget_ratio: float) -> Flags:
    """Buckets that look bad on a coarser grid: enough to keep them out of the baseline."""
    size = max(1, int(_ROUGH_SECONDS // buckets.width)) if len(buckets.bad) >= _MANY else 1
    starts = np.arange(0, len(buckets.bad), size)
    rough = replace(
        buckets,
        edges=np.append(buckets.edges[:-1][starts], buckets.edges[-1]),
        bad=np.add.reduceat(buckets.bad, starts),
        total=np.add.reduceat(buckets.total, starts),
    )
    traffic = np.add.reduceat(usual.traffic, starts)
    coarse = replace(usual, traffic=traffic)
    flags = np.zeros(len(buckets.bad), dtype=bool)
    for segment in (*_failures(rough, coarse, budget_ratio), *_outages(rough, coarse)):
        flags[segment.first * size : segment.last * size] = True
    return flags


def join(found: Detection, buckets: Buckets, hold: float) -> list[tuple[Stretch, ...]]:
    """Group stretches that are closer than ``hold`` seconds, and drop groups too short to be one.

    Args:
        found: The stretches, and what is usual.
        buckets: The grid they are on.
        hold: Seconds an SLI must stay good to count as recovered.

    Returns:
        Groups, ascending.
    """
    groups: list[list[Stretch]] = []
    for one in found.stretches:
        if groups and (one.first - groups[-1][-1].last) * buckets.width < hold:
            groups[-1].append(one)
        else:
            groups.append([one])
    enough = _MIN_SECONDS if buckets.counted else _MIN_RATIO_SECONDS
    least = max(_FEWEST_SCRAPES * buckets.step, min(_MIN_SCRAPES * buckets.step, enough)) - 1e-6
    return [tuple(group) for group in groups if _lasted_together(group, buckets, found.baseline) >= least]


def _lasted_together(group: list[Stretch], buckets: Buckets, usual: Baseline) -> float:
    """How many seconds several stretches were bad; each but the longest may have seemed a scrape longer than it was."""
    each = sorted(_lasted(one, buckets, usual) for one in group)
    return each[-1] + sum(max(0.0, one - buckets.step) for one in each[:-1])


def _lasted(stretch: Stretch, buckets: Buckets, usual: Baseline) -> float:
    """How many seconds a stretch was bad at its worst level: the buckets at its ends are bad in part.

    Formula: width x sum of e / max e, e being a bucket's failures above the usual; for the largest, which is so by
        chance too, max(e - 2 sqrt(K), mean e of the worst piece).
    """
    inside = slice(stretch.first, stretch.last)
    whole = (stretch.last - stretch.first) * buckets.width
    if not buckets.counted or any(piece.outage for piece in stretch.pieces):
        return whole
    bad, total = scraped(buckets)
    excess = bad - usual.ratio * total
    worst = max(float(excess[piece.first : piece.last].mean()) for piece in stretch.pieces)
    worst = max(worst, float((excess[inside] - 2 * np.sqrt(np.maximum(bad[inside], 0.0))).max()))
    return min(whole, buckets.width * float(excess[inside].sum()) / worst) if worst > 0 else 0.0


def _failures(buckets: Buckets, usual: Baseline, budget_ratio: float) -> list[segments.Segment]:
    bad, total = scraped(buckets)
    expected = usual.ratio * np.maximum(total, 0) + 1e-9
    weight = 1 / (usual.burst * (1 + expected * usual.ratio_wander**2))
    weight = np.minimum(weight, _COUNT_CAP / np.maximum(bad, _COUNT_CAP))
    least = max(_LEAST_LEVEL, 1 + 0.1 * budget_ratio / usual.ratio)
    return segments.rising(bad * weight, expected * weight, least)


def _outages(buckets: Buckets, usual: Baseline) -> list[segments.Segment]:
    """Stretches with too little traffic; a scrape or two of it are a restart, whose last events nobody saw.

    Where some targets are gone and the others carried on, only the gone ones' traffic is not seen any more.
    """
    if not buckets.counted:
        return []
    weight = 1 / (1 + usual.traffic * usual.traffic_wander**2)
    found = segments.falling(buckets.total * weight, usual.traffic * weight, _OUTAGE_LEVEL, _OUTAGE_PENALTY)
    long = [one for one in found if (one.last - one.first) * buckets.width > _RESTART_SCRAPES * buckets.step]
    edges = buckets.edges
    return [one for one in long if not only_unseen(buckets.targets, edges[one.first], edges[one.last], buckets.step)]


def _stretches(
    buckets: Buckets,
    usual: Baseline,
    failures: list[segments.Segment],
    outages: list[segments.Segment],
    hold: float,
) -> tuple[Stretch, ...]:
    """The union of both kinds, stretches a scrape or two apart being one."""
    pieces = [Piece(s.first, s.last, False, _ratio(buckets.bad, buckets.total, s)) for s in failures]  # noqa: FBT003 - a field
    pieces += [Piece(s.first, s.last, True, _ratio(buckets.total, usual.traffic, s)) for s in outages]  # noqa: FBT003 - a field
    lull = max(1, round(_LULL_SCRAPES * buckets.step / buckets.width)) if hold > buckets.width else 0
    found: list[Stretch] = []
    for piece in sorted(pieces):
        if found and piece.first - found[-1].last <= lull:
            found[-1] = Stretch((*found[-1].pieces, piece))
        else:
            found.append(Stretch((piece,)))
    return tuple(found)


def _ratio(part: Floats, whole: Floats, segment: segments.Segment) -> float:
    total = float(whole[segment.first : segment.last].sum())
    return float(part[segment.first : segment.last].sum()) / total if total > 0 else 0.0


def _smallest(buckets: Buckets, usual: Baseline) -> float:
    """The ratio at which ten minutes would just have paid for entering a segment.

    Formula: smallest r with 2 (r n ln(r/p) - (r - p) n) >= 3 ln(buckets), n being the events of ten usual minutes.
    """
    events = float(np.median(buckets.total)) * 600 / buckets.width
    expected = np.full(200, max(usual.ratio * events, 1e-9))
    levels = np.geomspace(_LEAST_LEVEL, 1e6, 200)
    enough = segments.gain(levels * expected, expected) >= 3 * np.log(len(buckets.total))
    first = int(np.argmax(enough)) if enough.any() else len(levels) - 1
    return min(1.0, float(levels[first]) * usual.ratio)
