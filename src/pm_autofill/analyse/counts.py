"""Events over intervals of time, and what their rate is per: the form in which an edge is looked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Floats

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Events over intervals, which may overlap where several targets are counted; all arrays have shape (n,).

    Attributes:
        left: Where each interval begins, epoch seconds.
        right: Where it ends.
        events: Events in it.
        exposure: What the rate is per: all events, or seconds; 0 where an interval says nothing.
        usual: The target's usual rate as a multiple of that of all targets.
        level: The same for its rate in the bad time.
    """

    left: Floats
    right: Floats
    events: Floats
    exposure: Floats
    usual: Floats
    level: Floats

    def mirrored(self) -> Counts:
        """The same with time running backwards, in which a recovery looks like an onset."""
        return replace(self, left=-self.right, right=-self.left)

    def where(self, kept: Flags) -> Counts:
        """Some of the intervals."""
        return Counts(
            self.left[kept],
            self.right[kept],
            self.events[kept],
            self.exposure[kept],
            self.usual[kept],
            self.level[kept],
        )

    def inside(self, low: float, high: float) -> Counts:
        """The intervals that lie in [low, high]."""
        return self.where((self.left >= low) & (self.right <= high))

    @property
    def rate(self) -> float:
        """Events per exposure over all intervals; 0 without exposure."""
        whole = float(self.exposure.sum())
        return float(self.events.sum()) / whole if whole > 0 else 0.0


def plain(edges: Floats, events: Floats, exposure: Floats) -> Counts:
    """Counts between consecutive edges, of a target like all others.

    Args:
        edges: Epoch seconds, ascending, shape (n + 1,).
        events: Events between them, shape (n,).
        exposure: What their rate is per, shape (n,).
    """
    ones = np.ones(len(events))
    return Counts(edges[:-1], edges[1:], events, exposure, ones, ones)


def together(several: Sequence[Counts]) -> Counts:
    """All intervals of several targets."""
    return Counts(
        np.concatenate([one.left for one in several]),
        np.concatenate([one.right for one in several]),
        np.concatenate([one.events for one in several]),
        np.concatenate([one.exposure for one in several]),
        np.concatenate([one.usual for one in several]),
        np.concatenate([one.level for one in several]),
    )
