"""The two borders of a bad stretch: what is known of each goes into one question about when exactly it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.buckets import scraped
from pm_autofill.analyse.counts import Counts, plain, together
from pm_autofill.analyse.edges import Edge, locate
from pm_autofill.analyse.shapes import Change, Level

if TYPE_CHECKING:
    from pm_autofill.analyse.baseline import Baseline
    from pm_autofill.analyse.buckets import Buckets
    from pm_autofill.analyse.periods import Piece, Stretch

_TOGETHER_SCRAPES = 2.5
_LATELY = 900.0
_PULL = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class _Signal:
    """What changes at a border.

    Attributes:
        pieces: The levels next to it, nearest first.
        summed: Events of all targets together.
        each: The same per target.
        by_time: Whether their rate is per second, rather than per request.
        usual: The usual rate.
        wander: Coefficient of variation of the usual rate by itself.
        burst: Variance of the counts by their mean, >= 1.
    """

    pieces: list[Piece]
    summed: Counts
    each: list[Counts]
    by_time: bool
    usual: float
    wander: float
    burst: float


def onset(stretch: Stretch, buckets: Buckets, usual: Baseline, not_before: float) -> Edge:
    """When a stretch began.

    Args:
        stretch: The stretch.
        buckets: The grid it is on.
        usual: The usual behaviour.
        not_before: Epoch seconds at which an earlier stretch ended, or the grid begins.

    Returns:
        The edge.
    """
    forwards = sorted(stretch.pieces, key=lambda piece: (piece.first, piece.outage))
    signal = _signal(forwards, buckets, usual, at_end=False)
    near = float(buckets.edges[signal.pieces[0].first])
    ends = [float(buckets.edges[piece.last]) for piece in signal.pieces]
    limits = (not_before, float(buckets.edges[stretch.last]))
    change = replace(_change(signal, buckets, near, ends, limits), starts=buckets.starts)
    each = _scaled(signal, buckets, (max(not_before, near - _LATELY), near))
    return locate(signal.summed, each, change, buckets.step)


def recovery(stretch: Stretch, buckets: Buckets, usual: Baseline, not_after: float) -> Edge:
    """When a stretch ended; ``not_after`` is where the next one begins, or the grid ends."""
    backwards = sorted(stretch.pieces, key=lambda piece: (-piece.last, piece.outage))
    signal = _signal(backwards, buckets, usual, at_end=True)
    near = float(buckets.edges[signal.pieces[0].last])
    ends = [-float(buckets.edges[piece.first]) for piece in signal.pieces]
    limits = (-not_after, -float(buckets.edges[stretch.first]))
    starts = tuple(-start for start in reversed(buckets.starts))
    change = replace(_change(signal, buckets, -near, ends, limits), starts=starts)
    each = _scaled(signal, buckets, (near, min(not_after, near + _LATELY)))
    return locate(signal.summed.mirrored(), each.mirrored(), change, buckets.step).mirrored()


def _signal(pieces: list[Piece], buckets: Buckets, usual: Baseline, *, at_end: bool) -> _Signal:
    """Failures per request, or requests per second, whichever changed first (for the end: last).

    Where both changed together it is failures per second: the requests of a scrape interval are then no measure of how
    much of it had passed.
    """

    def beside(piece: Piece) -> bool:
        away = pieces[0].last - piece.last if at_end else piece.first - pieces[0].first
        return away * buckets.width <= _TOGETHER_SCRAPES * buckets.step

    near = {piece.outage for piece in pieces if beside(piece)}
    outage = False not in near
    kept = _climb([piece for piece in pieces if piece.outage == outage])
    seconds = np.diff(buckets.edges)
    traffic = float(usual.traffic[kept[0].first : kept[0].last].mean()) / buckets.width
    if outage:
        summed = plain(buckets.edges, buckets.total, seconds)
        each = [plain(one.edges, one.total, np.diff(one.edges) * one.told) for one in buckets.targets]
        return _Signal(kept, summed, each, True, traffic, usual.traffic_wander, 1.0)  # noqa: FBT003 - a field
    if True in near:
        summed = plain(buckets.edges, buckets.bad, seconds)
        each = [plain(one.edges, one.bad, np.diff(one.edges) * one.told) for one in buckets.targets]
        rate = usual.ratio * traffic
        return _Signal(kept, summed, each, True, rate, usual.ratio_wander, usual.burst)  # noqa: FBT003 - a field
    summed = plain(buckets.edges, *scraped(buckets))
    each = [plain(one.edges, one.bad, one.total) for one in buckets.targets]
    return _Signal(kept, summed, each, False, usual.ratio, usual.ratio_wander, usual.burst)  # noqa: FBT003 - a field


def _climb(pieces: list[Piece]) -> list[Piece]:
    """The first pieces, as long as each borders on the one before and is worse: later ones say nothing of the edge.

    A first piece of a single bucket is what the edge lies in, and no level.
    """
    kept = pieces[:1]
    for piece in pieces[1:]:
        last = kept[-1]
        borders = piece.first == last.last or piece.last == last.first
        worse = piece.level < last.level if piece.outage else piece.level > last.level
        if not (borders and worse):
            break
        kept.append(piece)
    return kept[1:] if len(kept) > 1 and kept[0].last - kept[0].first == 1 else kept


def _change(signal: _Signal, buckets: Buckets, near: float, ends: list[float], limits: tuple[float, float]) -> Change:
    """What changed; the last level is cut by a bucket, because the other edge lies somewhere in there."""
    levels = []
    for number, (piece, end) in enumerate(zip(signal.pieces, ends, strict=True)):
        cut = buckets.width if number == len(signal.pieces) - 1 and piece.last - piece.first > 1 else 0.0
        inside = signal.summed.inside(float(buckets.edges[piece.first]), float(buckets.edges[piece.last]))
        levels.append(Level(end - cut, inside.rate, float(inside.events.sum())))
    ramps = not signal.pieces[0].outage
    return Change(near, signal.usual, tuple(levels), signal.wander, limits, ramps, signal.burst)


def _scaled(signal: _Signal, buckets: Buckets, lately: tuple[float, float]) -> Counts:
    """The counts per target with each target's own rates, taken from a span that was usual and from the bad time."""
    first, last = min(piece.first for piece in signal.pieces), max(piece.last for piece in signal.pieces)
    own = _shares if signal.by_time else _own
    before = own(signal.each, lately)
    during = own(signal.each, (float(buckets.edges[first]), float(buckets.edges[last])))
    return together(
        [
            replace(one, usual=one.usual * b, level=one.level * d)
            for one, b, d in zip(signal.each, before, during, strict=True)
        ]
    )


def _own(each: list[Counts], span: tuple[float, float]) -> list[float]:
    """The targets' rates in a span as multiples of that of all; pulled towards 1 where events are few.

    Formula: (K + 4) / (R E + 4), R being the rate of all targets together.
    """
    inside = [one.inside(*span) for one in each]
    common = together(inside).rate
    return [(float(one.events.sum()) + _PULL) / (common * float(one.exposure.sum()) + _PULL) for one in inside]


def _shares(each: list[Counts], span: tuple[float, float]) -> list[float]:
    """The targets' shares of the events of a span; pulled towards equal ones where events are few.

    Formula: (K + 4 / n) / (sum of K + 4).
    """
    seen = [float(one.inside(*span).events.sum()) for one in each]
    return [(one + _PULL / len(each)) / (sum(seen) + _PULL) for one in seen]
