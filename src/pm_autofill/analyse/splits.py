"""Events of the scrape intervals in which an impact begins or ends: shared out as the rates to either side say.

A counter tells how many events fell between two scrapes, not when. Spread evenly, the failures of the scrape in which
an impact begins are half given to the time before it, although hardly any failed then: of 90 seconds of failures
5.6 % are missed, always to one side. Here an interval's events are shared out in proportion to what the rates beside it
let expect on either side of the edge that was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pm_autofill.analyse.spans import Span
    from pm_autofill.analyse.targets import Target
    from pm_autofill.evidence.series import Floats

# Scrape intervals to either side that tell the rate there: enough to even out chance, near enough to be alike.
_BESIDE = 8


class Moved(NamedTuple):
    """What sharing out differs from spreading evenly.

    Attributes:
        bad: Bad events.
        good: Good ones.
    """

    bad: float
    good: float


def share_out(targets: Sequence[Target], span: Span) -> Moved:
    """How many more events lie in a window than an even spread over the intervals at its edges gives it.

    Args:
        targets: Exact counts of each target at its own scrapes.
        span: The window.

    Returns:
        Events to add to those that were interpolated linearly; may be negative.

    Formula: of the N events of an interval that lies l seconds inside and k outside, N i l / (i l + o k), with i and o
        the mean rates of up to eight intervals inside and outside next to it; where none lies inside, N - o k, at least
        0 and at most N.
    Source: ``docs/counting.md``.
    """
    found = [one for target in targets for one in _edges(target, span)]
    return Moved(sum(one.bad for one in found), sum(one.good for one in found))


def _edges(target: Target, span: Span) -> Iterable[Moved]:
    """The correction at both edges of one target; none where its interval there tells nothing."""
    first, last = (int(np.searchsorted(target.edges, edge, "left")) - 1 for edge in (span.start, span.end))
    if first == last:
        return  # the window lies inside one interval
    good = target.total - target.bad
    for place, edge, inward in ((first, span.start, 1), (last, span.end, -1)):
        if not 0 <= place < len(target.bad) or not target.told[place] or good[place] < 0:
            continue
        left, right = float(target.edges[place]), float(target.edges[place + 1])
        inside, outside = (right - edge, edge - left) if inward == 1 else (edge - left, right - edge)
        within = range(place + inward, (last if inward == 1 else first), inward)
        beyond = range(place - inward, -1 if inward == 1 else len(target.bad), -inward)
        even = inside / (inside + outside)
        moved = [
            _inside(events, target, place, (inside, outside), (within, beyond)) - float(events[place]) * even
            for events in (target.bad, good)
        ]
        yield Moved(*moved)


def _inside(
    events: Floats, target: Target, place: int, lengths: tuple[float, float], beside: tuple[range, range]
) -> float:
    """How many events of an interval lie inside."""
    every = float(events[place])
    inside, outside = lengths
    rates = [_rate(events, target, places) for places in beside]
    if rates[1] is None:
        return every * inside / (inside + outside)
    if rates[0] is None:
        return min(max(every - rates[1] * outside, 0.0), every)
    within, beyond = rates[0] * inside, rates[1] * outside
    return every * within / (within + beyond) if within + beyond > 0 else every * inside / (inside + outside)


def _rate(events: Floats, target: Target, places: range) -> float | None:
    """Events per second over the nearest intervals that tell something; None where none does."""
    told = [place for place in places[:_BESIDE] if target.told[place]]
    seconds = sum(float(target.edges[place + 1] - target.edges[place]) for place in told)
    return sum(float(events[place]) for place in told) / seconds if seconds > 0 else None
