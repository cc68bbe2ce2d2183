"""Series on a common grid of times, laid upon one another as Grafana does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Floats, Series

    Grid = np.ndarray[tuple[int, int], np.dtype[np.float64]]

GAP_STEPS = 1.5
_LARGEST = 1e300  # beyond it a picture's arithmetic overflows
_SMALLEST = 1e-250  # below it, it divides by nought


def drawn(values: Floats) -> Floats:
    """Values as they can be drawn: NaN for what is no finite number, nought for what is too small."""
    visible = np.where(np.abs(values) >= _SMALLEST, values, 0.0)
    return np.where(np.abs(values) < _LARGEST, visible, np.nan)


def usual_step(times: Floats) -> float:
    """The usual distance between samples in seconds; a minute where there is only one."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 60.0


def broken(one: Series, *, bridged: bool, up_to: float | None = None) -> tuple[Floats, Floats]:
    """A series as a line: broken where it has nulls or where samples are missing.

    Args:
        one: The series.
        bridged: Whether the line goes on over gaps.
        up_to: Seconds; it goes on over gaps up to this long. None for not at all.

    Returns:
        Times and values, NaN where the line breaks.
    """
    times, values = one.times, drawn(one.values)
    if bridged:
        there = np.isfinite(values)
        return times[there], values[there]
    step = usual_step(times)
    longest = GAP_STEPS * step
    if up_to is not None:
        there = np.isfinite(values)
        times, values = times[there], values[there]
        longest = max(up_to, longest)
    gaps = np.flatnonzero(np.diff(times) > longest)
    return np.insert(times, gaps + 1, times[gaps] + step / 2), np.insert(values, gaps + 1, np.nan)


def on_grid(series: Sequence[Series]) -> tuple[Floats, Grid]:
    """Series on the union of their times.

    Args:
        series: The series; their steps may differ.

    Returns:
        Times, shape (n,), and values, shape (k, n): NaN where a series has no sample.
    """
    times = np.unique(np.concatenate([one.times for one in series])) if series else np.zeros(0)
    grid = np.full((len(series), len(times)), np.nan)
    for row, one in zip(grid, series, strict=True):
        row[np.searchsorted(times, one.times)] = one.values
    return times, grid


def stack(series: Sequence[Series], *, share: bool) -> tuple[Floats, Grid, Grid]:
    """Layers of a stacked picture.

    Args:
        series: The series, the lowest first.
        share: Whether layers are shares of the whole at each time (0..1).

    Returns:
        Times, shape (n,), and the lower and upper edge of each layer, shape (k, n). A missing value adds nothing;
        series whose sum is negative are laid downwards from nought, as in Grafana.
    """
    times, grid = on_grid(series)
    values = np.empty_like(grid)
    for number, one in enumerate(series):
        seen = np.isfinite(drawn(one.values))
        between = np.interp(times, one.times[seen], drawn(one.values)[seen]) if seen.any() else np.zeros(len(times))
        values[number] = np.where(_near(times, one.times[seen], usual_step(one.times)), between, 0.0)
    if share:
        whole = np.abs(values).sum(axis=0)
        values = np.divide(values, whole, out=np.zeros_like(values), where=whole > 0)
    lower, upper = np.empty_like(values), np.empty_like(values)
    tops = {True: np.zeros(len(times)), False: np.zeros(len(times))}
    for number, row in enumerate(values):
        side = bool(row.sum() >= 0)
        lower[number] = tops[side]
        upper[number] = tops[side] = tops[side] + row
    return times, lower, upper


def _near(times: Floats, samples: Floats, step: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a time lies on a sample, or between two that follow one another closely."""
    if not len(samples):
        return np.zeros(len(times), dtype=bool)
    behind = np.searchsorted(samples, times, "right") - 1
    ahead = np.searchsorted(samples, times, "left")
    inside = (behind >= 0) & (ahead < len(samples))
    gap = samples[np.clip(ahead, 0, len(samples) - 1)] - samples[np.clip(behind, 0, len(samples) - 1)]
    return np.asarray(inside & (gap <= GAP_STEPS * step))
