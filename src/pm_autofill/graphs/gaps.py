"""Stretches of a picture in which there is nothing to draw, and why: nobody asked, or nobody looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs.sheet import write_above
from pm_autofill.instants import from_epoch
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.times import minutes_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.buckets import Flags
    from pm_autofill.graphs.observed import Observed
    from pm_autofill.graphs.sheet import Sheet

NO_SAMPLES = "no samples"
NO_REQUESTS = "no requests"
_FIT_SHARE = 0.09
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a value, in epoch seconds."""

    start: float
    end: float
    reason: str


def find_gaps(data: Observed) -> tuple[Gap, ...]:
    """Where an SLO's ratio is unknown.

    Args:
        data: What is drawn.

    Returns:
        The stretches, those without samples first.
    """
    unseen = np.isnan(data.ratio if data.buckets is None else data.buckets.total)
    found = _stretches(data.edges, unseen, NO_SAMPLES)
    if data.buckets is not None:
        found += _stretches(data.edges, data.buckets.total == 0, NO_REQUESTS)
    return tuple(found)


def mark_gaps(sheet: Sheet, gaps: Sequence[Gap]) -> None:
    """Dot the stretches, and name those that are long enough for words."""
    for gap in gaps:
        sheet.axes.axvspan(
            gap.start, gap.end, facecolor="none", edgecolor="#9a9a9a", hatch="...", linewidth=0, zorder=1
        )
        if gap.end - gap.start > _FIT_SHARE * sheet.view.seconds:
            middle = sum(sheet.axes.get_ylim()) / 2
            write_above(sheet, (gap.start + gap.end) / 2, middle, gap.reason, raised=0.0)


def gap_words(gaps: Sequence[Gap]) -> str:
    """The longest stretches in words, such as "; no requests from 13:43 to 14:01 UTC"; nothing where there are none."""
    told = sorted(gaps, key=lambda gap: gap.start - gap.end)[:_MOST_TOLD]
    told.sort(key=lambda gap: gap.start)
    words = [f"{gap.reason} from {minutes_words(from_epoch(gap.start), from_epoch(gap.end))}" for gap in told]
    return f"; {join_words(words)}" if words else ""


def _stretches(edges: Floats, empty: Flags, reason: str) -> list[Gap]:
    bounds = np.flatnonzero(np.diff(np.concatenate(([False], empty, [False])).astype(np.int8)))
    return [
        Gap(float(edges[first]), float(edges[last]), reason)
        for first, last in zip(bounds[::2], bounds[1::2], strict=True)
    ]
