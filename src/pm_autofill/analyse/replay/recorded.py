"""An SLO's events as alert rules see them: over any window that ends at an evaluation, and nothing later than it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.increments import curves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm_autofill.evidence.increments import Curve
    from pm_autofill.evidence.replay import PastEvents, Steps
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import CounterRead, SloEvidence


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Events of several counters: steps until ``joint``, samples from there on.

    Attributes:
        joint: Epoch seconds.
        nodes: Ends of the steps, epoch seconds, ascending, shape (n + 1,); the last is ``joint``.
        past: Events until each of them, shape (n + 1,).
        recent: For counters sampled at the same instants together: those instants, and events until each.
    """

    joint: float
    nodes: Floats
    past: Floats
    recent: tuple[tuple[Floats, Floats], ...]

    def over(self, length: float, at: Floats) -> Floats:
        """Events in the window of a length that ends at each instant.

        Args:
            length: Seconds.
            at: Evaluations, epoch seconds, shape (n,).

        Returns:
            Events, shape (n,).

        Formula: last sample in the window - first sample in it, summed over counters, as ``rate`` takes them, without
            its extrapolation, which a ratio does not need. A window that begins before ``joint``: what was counted in
            steps from its beginning to ``joint``, and the samples since the last one before ``joint``.
        """
        begin = at - length
        found: Floats = np.interp(np.minimum(at, self.joint), self.nodes, self.past)
        found -= np.interp(np.minimum(begin, self.joint), self.nodes, self.past)
        late = np.flatnonzero(at > self.joint)
        for times, events in self.recent if len(late) else ():
            last = np.searchsorted(times, at[late], "right") - 1
            at_joint = max(int(np.searchsorted(times, self.joint, "right")) - 1, 0)
            first = np.maximum(np.searchsorted(times, begin[late], "left"), at_joint)
            grown = last > first
            found[late[grown]] += events[last[grown]] - events[first[grown]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """The events of an SLO.

    Attributes:
        total: All events.
        part: The bad ones, or the good ones.
        by_good: Whether ``part`` holds the good ones.
        budget_ratio: The share of events that may be bad.
        until: The last sample, epoch seconds.
        sources: Ids of the questions.
    """

    total: Counted
    part: Counted
    by_good: bool
    budget_ratio: float
    until: float
    sources: tuple[str, ...]

    def burn(self, length: float, at: Floats) -> Floats:
        """The burn rate over the window of a length that ends at each evaluation; NaN where there were no events.

        Formula: (bad / total) / (1 - objective).
        Source: SRE workbook ch. 5.
        """
        total, part = self.total.over(length, at), self.part.over(length, at)
        bad = np.maximum(total - part, 0.0) if self.by_good else part
        ratio = np.full(len(at), np.nan)
        np.divide(bad, total, out=ratio, where=total > 0)
        return ratio / self.budget_ratio


def recorded(slo: SloEvidence, past: PastEvents | None) -> Recorded | None:
    """The events of an SLO for rules to look at.

    Args:
        slo: Its raw samples.
        past: Its events from before them; None where they could not be had.

    Returns:
        The events; None where the SLO is a ratio, could not be read, or leaves no budget.
    """
    part = slo.bad or slo.good
    if slo.total is None or part is None or not slo.total.matrix.sample_count or slo.definition.budget_ratio <= 0:
        return None
    joint = (past.total[-1].end if past and past.total else slo.total.start).timestamp()
    starts = slo.process_starts.matrix if slo.process_starts else None
    sides = [
        _counted(joint, steps, curves(read, starts, (peer,)))
        for steps, read, peer in (
            (past.total if past else (), slo.total, part),
            (past.part if past else (), part, slo.total),
        )
    ]
    steps = (*past.total, *past.part) if past else ()
    return Recorded(
        total=sides[0],
        part=sides[1],
        by_good=slo.bad is None,
        budget_ratio=slo.definition.budget_ratio,
        until=_last(slo.total),
        sources=(slo.total.source, part.source, *(one.source for one in steps)),
    )


def seen_ratio(past: PastEvents | None, start: float, end: float) -> float:
    """Share of a stretch of time in whose steps there was any event at all, 0..1.

    Args:
        past: Events per step; None where they could not be had.
        start: Epoch seconds.
        end: Epoch seconds; what lies after the steps counts as seen.
    """
    if past is None or end <= start:
        return 0.0
    joint = past.total[-1].end.timestamp()
    seen = max(0.0, end - max(joint, start))
    for steps in past.total:
        for one in steps.matrix.series:
            ends = one.times[np.isfinite(one.values)]
            inside = np.minimum(ends, end) - np.maximum(ends - steps.step, start)
            seen += float(np.maximum(inside, 0.0).sum())
    return min(1.0, seen / (end - start))


def _counted(joint: float, several: Iterable[Steps], found: Iterable[Curve]) -> Counted:
    nodes, events = [], []
    for steps in several:
        for one in steps.matrix.series:
            nodes.append(np.column_stack((one.times - steps.step, one.times)))
            events.append(np.nan_to_num(one.values))
    if not nodes:
        return Counted(joint, np.array([joint]), np.zeros(1), _grouped(found))
    begins, ends = np.concatenate(nodes).T
    # Flat where a step is missing: its beginning is a node of its own.
    times = np.concatenate((begins, ends, [joint]))
    until = np.cumsum(np.concatenate(events))
    heights = np.concatenate((until - np.concatenate(events), until, until[-1:]))
    order = np.argsort(times, kind="stable")
    return Counted(joint, times[order], heights[order], _grouped(found))


def _grouped(found: Iterable[Curve]) -> tuple[tuple[Floats, Floats], ...]:
    """Counters that are sampled at the same instants, as one each; ``rate`` does not see how a counter was born."""
    groups: dict[bytes, tuple[Floats, Floats]] = {}
    for curve in found:
        first = 1 if curve.born else 0
        times, events = curve.times[first:], curve.events[first:]
        key = times.tobytes()
        groups[key] = (times, groups[key][1] + events) if key in groups else (times, events)
    return tuple(groups.values())


def _last(read: CounterRead) -> float:
    return max(float(one.times[-1]) for one in read.matrix.series if len(one.times))
