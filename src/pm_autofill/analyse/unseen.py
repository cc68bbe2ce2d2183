"""What counters never showed: events after a target's last scrape, and before the first of one of unknown start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pm_autofill.analyse.spans import Span
    from pm_autofill.evidence.increments import Curve

_RECENT = 9


def unseen_at_most(curve: Curve, span: Span, latest: float) -> float:
    """At most what a counter counted in a window and no sample showed.

    Args:
        curve: The counter.
        span: The window.
        latest: The last sample of all counters, epoch seconds: one that ends well before it vanished.

    Returns:
        Events.

    Formula: over one scrape for each restart inside and for a target that vanished inside, the rate of the nine samples
        before; over the time before the first sample of one whose start is unknown, that of the first nine; for a
        target that goes on, the window's rate where that is more.
    Source: measured against known truth; ``docs/decisions/0010-counting.md``.
    """
    return _before_its_start(curve, span) + _lost_in_restarts(curve, span) + _lost_at_death(curve, span, latest)


def _lost_in_restarts(curve: Curve, span: Span) -> float:
    """At most what a restarting target counted after its last scrape: its rate then over one scrape per restart."""
    if curve.at_ends is not None:
        outer = np.searchsorted(curve.times, (span.start_bounds[0], span.end_bounds[1])) + np.array([-1, 0])
        first, last = np.clip(outer, 0, len(curve.times) - 1)
        return float(curve.at_ends[last] - curve.at_ends[first])
    inside = [reset for reset in curve.resets if span.start_bounds[0] <= reset <= span.end_bounds[1]]
    if not inside:
        return 0.0
    gaps = np.diff(curve.times)
    usual = float(np.median(gaps))
    ends = np.searchsorted(curve.times, inside) - 1
    rates = [max(_rate(curve, int(end) - _RECENT, int(end)), _rate_inside(curve, span)) for end in ends]
    return float(np.maximum(gaps[ends], usual) @ np.array(rates))


def _before_its_start(curve: Curve, span: Span) -> float:
    """At most what a counter of unknown start had counted inside the window: its first rate until its first sample."""
    first = float(curve.times[0])
    if not curve.unknown_start or not span.start_bounds[0] < first:
        return 0.0
    rate = max(_rate(curve, 0, _RECENT), _rate_inside(curve, span))
    return rate * (min(first, span.end_bounds[1]) - span.start_bounds[0])


def _lost_at_death(curve: Curve, span: Span, latest: float) -> float:
    """At most what a target that vanished counted after its last scrape: its latest rate over one scrape."""
    step = float(np.median(np.diff(curve.times[-_RECENT:]))) if len(curve.times) > 1 else 0.0
    end = float(curve.times[-1])
    if end > latest - 2 * step or not span.start_bounds[0] <= end <= span.end_bounds[1]:
        return 0.0
    last = len(curve.times) - 1
    return _rate(curve, last + 1 - _RECENT, last) * step


def _rate(curve: Curve, first: int, last: int) -> float:
    """Events per second between two samples, by their numbers; beyond the ends, the ends."""
    first, last = max(first, 0), min(last, len(curve.times) - 1)
    return float(curve.events[last] - curve.events[first]) / max(float(curve.times[last] - curve.times[first]), 1.0)


def _rate_inside(curve: Curve, span: Span) -> float:
    """Events per second in the window, from the first sample on where that is inside."""
    inside = float(np.diff(curve.at(np.array([span.start, span.end])))[0])
    return inside / max(span.end - max(span.start, float(curve.times[0])), 1.0)
