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

    Formula: the usual rate over one scrape for each restart inside and for a target that vanished inside, and over the
        time before the first sample of one whose start is unknown.
    Source: measured against known truth; ``docs/decisions/0010-counting.md``.
    """
    return _before_its_start(curve, span) + _lost_in_restarts(curve, span) + _lost_at_death(curve, span, latest)


def _lost_in_restarts(curve: Curve, span: Span) -> float:
    """At most what a restarting target counted after its last scrape: its mean rate over one scrape per restart."""
    if curve.at_ends is not None:
        outer = np.searchsorted(curve.times, (span.start_bounds[0], span.end_bounds[1])) + np.array([-1, 0])
        first, last = np.clip(outer, 0, len(curve.times) - 1)
        return float(curve.at_ends[last] - curve.at_ends[first])
    inside = [reset for reset in curve.resets if span.start_bounds[0] <= reset <= span.end_bounds[1]]
    if not inside:
        return 0.0
    gaps = np.diff(curve.times)
    lost = np.maximum(gaps, np.median(gaps))[np.searchsorted(curve.times, inside) - 1]
    return _mean_rate(curve, span) * float(lost.sum())


def _before_its_start(curve: Curve, span: Span) -> float:
    """At most what a counter of unknown start had counted inside the window: its mean rate until its first sample."""
    first = float(curve.times[0])
    if not curve.unknown_start or not span.start_bounds[0] < first:
        return 0.0
    return _mean_rate(curve, span) * (min(first, span.end_bounds[1]) - span.start_bounds[0])


def _mean_rate(curve: Curve, span: Span) -> float:
    """Events per second of a counter, in the window or over all its samples, whichever is more."""
    inside = float(np.diff(curve.at(np.array([span.start, span.end])))[0])
    seconds = max(float(curve.times[-1] - curve.times[0]), 1.0)
    return max(inside / max(span.end - max(span.start, float(curve.times[0])), 1.0), float(curve.events[-1]) / seconds)


def _lost_at_death(curve: Curve, span: Span, latest: float) -> float:
    """At most what a target that vanished counted after its last scrape: its latest rate over one scrape."""
    step = float(np.median(np.diff(curve.times[-_RECENT:]))) if len(curve.times) > 1 else 0.0
    end = float(curve.times[-1])
    if end > latest - 2 * step or not span.start_bounds[0] <= end <= span.end_bounds[1]:
        return 0.0
    first = max(len(curve.times) - _RECENT, 0)
    seconds = max(end - float(curve.times[first]), 1.0)
    return float(curve.events[-1] - curve.events[first]) / seconds * step
