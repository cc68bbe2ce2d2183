"""From when a condition held to when its rule would have fired, with the ``for`` it has and with a shorter one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Span = tuple[float, float]

# Evaluations are known to the millisecond.
_SLACK = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class Evaluations:
    """When a rule is evaluated, and what belongs to the incident.

    Attributes:
        times: Epoch seconds, ascending, shape (n,).
        begins: Where the incident begins: fires before it are earlier ones.
        since: Where the week before begins: what held before it is not looked at.
        until: Where the replay ends.
    """

    times: Floats
    begins: float
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule would have done.

    Attributes:
        fired: Its first fire in the incident, epoch seconds; None where it would not have fired.
        earlier: How often it would have fired in the week before.
        excused: How often of these while something else went on.
    """

    fired: float | None
    earlier: int
    excused: int = 0


def stretches(held: Flags, times: Floats) -> list[Span]:
    """The evaluations in a row at which a condition held, as first and last instant.

    Args:
        held: Whether it held at each, shape (n,).
        times: Epoch seconds, shape (n,).
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], held, [False])).astype(np.int8)))
    return [(float(times[first]), float(times[end - 1])) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def judge(held: Sequence[Span], hold: float, evaluations: Evaluations, excused: Sequence[Span] = ()) -> Outcome:
    """What a rule would have done.

    Args:
        held: When its condition held, per series of its result.
        hold: Its ``for``, in seconds.
        evaluations: When it is evaluated.
        excused: When something else went on that a fire may have told of.

    Returns:
        The outcome; fires of several series that overlap are one.

    Formula: it fires at the first evaluation at which the condition has held for at least ``for``.
    """
    fires = sorted(_fires(held, hold, evaluations))
    inside = [at for at, _ in fires if evaluations.begins - _SLACK <= at <= evaluations.until + _SLACK]
    before = [fire for fire in fires if evaluations.since - _SLACK <= fire[0] < evaluations.begins - _SLACK]
    joined = _joined(before)
    return Outcome(min(inside, default=None), len(joined), sum(_touches(one, excused) for one in joined))


def shortest_hold(
    held: Sequence[Span], hold: float, evaluations: Evaluations, excused: Sequence[Span] = ()
) -> float | None:
    """The shortest ``for`` with which a rule would not have fired in the week before, or only while excused.

    Args:
        held: As for ``judge``.
        hold: Its ``for``, in seconds.
        evaluations: As for ``judge``.
        excused: As for ``judge``.

    Returns:
        Seconds; None where it is no shorter than the one it has.

    Formula: one evaluation more than the longest the condition held before the incident, where it did not end while
        excused; 0 where it never did.
    """
    lasted = [
        min(last, evaluations.begins) - first
        for first, last in held
        if evaluations.since - _SLACK <= first < evaluations.begins - _SLACK and not _touches((last, last), excused)
    ]
    step = float(np.median(np.diff(evaluations.times))) if len(evaluations.times) > 1 else 0.0
    shortest = max(lasted) + step if lasted else 0.0
    return shortest if shortest < hold - _SLACK else None


def _fires(held: Sequence[Span], hold: float, evaluations: Evaluations) -> Iterator[Span]:
    """First evaluation and last of each time it fires."""
    for first, last in held:
        place = int(np.searchsorted(evaluations.times, first + hold - _SLACK))
        if last - first >= hold - _SLACK and place < len(evaluations.times):
            yield float(evaluations.times[place]), last


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] <= last and first <= span[1] for first, last in others)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans by their beginning, those that overlap as one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + _SLACK:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found
