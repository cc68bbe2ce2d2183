"""The segmentation against all divisions there are."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.analyse.segments import cost_of_entering, falling, gain, rising

EXPECTED = st.sampled_from([0.3, 1.0, 5.0, 40.0])


def score(
    division: tuple[bool, ...],
    cuts: tuple[bool, ...],
    observed: list[float],
    expected: float,
    *,
    least: float,
    extra: float,
) -> float:
    """What a division gains less what it costs; minus infinity where a level does not count."""
    enter = cost_of_entering(len(observed)) + extra
    change = 2 * float(np.log(max(len(observed), 2)))
    found, start = 0.0, None
    for place in range(len(observed) + 1):
        inside = place < len(observed) and division[place]
        ends = start is not None and (not inside or cuts[place])
        if ends and start is not None:
            k, m = sum(observed[start:place]), expected * (place - start)
            right = k / m >= least if least > 1 else k / m <= least
            found += float(gain(np.array([k]), np.array([m]))[0]) if right else -np.inf
            found -= change if start > 0 and division[start - 1] else enter
        if inside and (start is None or ends):
            start = place
        elif not inside:
            start = None
    return found


def best_of_all(observed: list[float], expected: float, *, least: float, extra: float) -> float:
    """The best score of all divisions."""
    size = len(observed)
    divisions = itertools.product((False, True), repeat=size)
    return max(
        score(division, cuts, observed, expected, least=least, extra=extra)
        for division in divisions
        for cuts in itertools.product((False, True), repeat=size)
        if not any(cut and not (n and division[n] and division[n - 1]) for n, cut in enumerate(cuts))
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([0, 1, 2, 5, 20, 60, 300]), min_size=1, max_size=6), EXPECTED, st.booleans())
def test_no_division_is_better(observed: list[float], expected: float, upwards: bool) -> None:  # noqa: FBT001
    """Of all ways to cut a short series, the one found gains most."""
    counts, hoped = np.array(observed, dtype=float), np.full(len(observed), expected)
    found = rising(counts, hoped, 2.0) if upwards else falling(counts, hoped, 0.5, 10.0)
    division, cuts = [False] * len(observed), [False] * len(observed)
    for one in found:
        division[one.first : one.last] = [True] * (one.last - one.first)
        cuts[one.first] = one.first > 0 and division[one.first - 1]
    kind = {"least": 2.0, "extra": 0.0} if upwards else {"least": 0.5, "extra": 10.0}
    mine = score(tuple(division), tuple(cuts), observed, expected, **kind)
    assert mine >= best_of_all(observed, expected, **kind) - 1e-6
