"""For how long nothing was served at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pm_autofill.analyse.impact import Impact

_NOTHING = 1e-9


def silent_seconds(impact: Impact) -> float:
    """The longest stretch of an impact in which nothing at all was served, in seconds.

    Args:
        impact: The impact.

    Formula: the longest run of buckets without events, as far as it lies in [S, V).
    """
    window, buckets = impact.window, impact.buckets
    if window is None or buckets is None or not buckets.counted:
        return 0.0
    silent = np.concatenate(([False], buckets.total <= _NOTHING, [False]))
    starts, ends = (np.flatnonzero(np.diff(silent.astype(int)) == way) for way in (1, -1))
    first, last = window.start.timestamp(), window.end.timestamp()
    lengths = np.minimum(buckets.edges[ends], last) - np.maximum(buckets.edges[starts], first)
    return max(0.0, float(lengths.max(initial=0.0)))
