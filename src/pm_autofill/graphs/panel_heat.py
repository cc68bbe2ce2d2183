"""A heatmap: counts per bucket and step as colours over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import style
from pm_autofill.graphs.canvas import words_width
from pm_autofill.graphs.labels import drawable, fitted
from pm_autofill.graphs.palette import Color, between, faded, on_white, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import LEFT, RIGHT, close, over_time
from pm_autofill.graphs.stacking import drawn, on_grid, usual_step
from pm_autofill.graphs.units import format_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pm_autofill.evidence.panel_looks import Options
    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.panel_data import Field, PanelData
    from pm_autofill.graphs.panel_frame import Plot
    from pm_autofill.graphs.stacking import Grid

_HIGH = 300.0
_BELOW = 34.0
_BUCKETS = 20
_COLUMNS = 80
_NOTHING = 1e-9
_MOST_LABELS = 12
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Counts to be drawn.

    Attributes:
        times: Where each column begins, epoch seconds, shape (n,).
        step: How long a column is, in seconds.
        counts: Shape (k, n), the lowest bucket first; NaN where nothing is known.
        labels: What stands at each bucket, the lowest first.
    """

    times: Floats
    step: float
    counts: Grid
    labels: tuple[str, ...]


def draw(data: PanelData) -> Drawing:
    """Draw a heatmap.

    Args:
        data: The panel with its series: one per bucket, or plain values that are counted into buckets here.

    Returns:
        The picture; remarks on how the counts were made.
    """
    fields = [one for one in data.fields if not one.look.hidden]
    bounded = _bounded(fields)
    unit = data.panel.options.heat_unit or data.panel.field.unit
    heat = _of_buckets(bounded, unit) if bounded else _counted(fields, data, unit)
    remarks = [] if bounded else [f"values counted into {_BUCKETS} buckets here; Grafana's may differ"]
    plot, raised = over_time(data.heading, data.view, data.shown, high=_HIGH, below=_BELOW, left=LEFT, right=RIGHT)
    _draw_cells(plot, heat, data.panel.options)
    _draw_labels(plot, heat)
    close(plot, raised, data.noted)
    _draw_key(plot, heat, data.panel.options)
    return Drawing(plot.canvas.png(), tuple(remarks))


def _bounded(fields: list[Field]) -> list[tuple[float, Field]]:
    """The series as buckets with their upper bounds, ascending; none where they are no buckets."""
    bounds = [_bound(one) for one in fields]
    found = [(bound, one) for bound, one in zip(bounds, fields, strict=True) if bound is not None]
    return sorted(found, key=lambda one: one[0]) if len(found) == len(fields) > 1 else []


def _bound(field: Field) -> float | None:
    """Upper bound of a bucket: its ``le`` label, or the number it is named by."""
    written = field.series.labels.get("le") or field.name
    try:
        found = math.inf if written.strip().lower() in {"+inf", "inf"} else float(written)
    except ValueError:
        return None
    return None if math.isnan(found) else found


def _of_buckets(bounded: list[tuple[float, Field]], unit: str) -> Heat:
    """Counts of buckets; cumulative ones are taken apart."""
    times, grid = on_grid([one.series for _, one in bounded])
    grid = np.where(np.isfinite(grid), grid, np.nan)
    if _is_cumulative(grid):
        below = np.vstack((np.zeros((1, grid.shape[1])), np.nan_to_num(grid[:-1])))
        grid = np.where(np.isnan(grid), np.nan, np.maximum(grid - below, 0.0))
    labels = tuple("+Inf" if math.isinf(bound) else format_value(bound, unit) for bound, _ in bounded)
    return Heat(times, usual_step(times), grid, labels)


def _is_cumulative(grid: Grid) -> bool:
    """Whether each bucket holds those below it: no count falls on the way up."""
    rises = np.diff(grid, axis=0)
    known = np.isfinite(rises)
    scale = float(np.nanmax(np.abs(grid))) if np.isfinite(grid).any() else 0.0
    return bool((rises[known] >= -_CLOSE * scale).all()) and len(grid) > 1


def _counted(fields: list[Field], data: PanelData, unit: str) -> Heat:
    """Plain values counted into buckets of time and value."""
    times = np.concatenate([one.series.times for one in fields])
    values = np.concatenate([drawn(one.series.values) for one in fields])
    there = np.isfinite(values)
    low, high = float(values[there].min()), float(values[there].max())
    high = high if high > low else low + 1.0
    edges = np.linspace(data.view.start, data.view.end, _COLUMNS + 1)
    levels = np.linspace(low, high, _BUCKETS + 1)
    counts = np.histogram2d(values[there], times[there], bins=[levels, edges])[0]
    labels = tuple(format_value(float(level), unit, data.panel.field.decimals) for level in levels[1:])
    return Heat(edges[:-1], float(edges[1] - edges[0]), counts, labels)


def _draw_cells(plot: Plot, heat: Heat, options: Options) -> None:
    """Every pixel in the colour of the cell it lies in."""
    wide, high = round(plot.right - plot.left), round(plot.top - plot.bottom)
    instants = plot.view.start + (np.arange(wide) + 0.5) / wide * plot.view.seconds
    column = np.searchsorted(heat.times, instants, "right") - 1
    inside = (column >= 0) & (instants < heat.times[np.clip(column, 0, None)] + heat.step * 1.5)
    row = np.minimum((np.arange(high)[::-1] * len(heat.counts)) // high, len(heat.counts) - 1)
    colors = _colors(heat.counts, options)
    pixels = colors[row[:, None], np.clip(column, 0, None)[None, :]].copy()
    pixels[:, ~inside, 3] = 0
    plot.canvas.image(plot.left, plot.bottom, pixels)


def _colors(counts: Grid, options: Options) -> NDArray[np.uint8]:
    """The colour of each cell, shape (k, n, 4); cells without events stay open."""
    most = float(np.nanmax(counts)) if np.isfinite(counts).any() else 0.0
    shares = np.nan_to_num(counts) / most if most > 0 else np.zeros_like(counts)
    places = np.clip(np.round(shares**options.heat_exponent * (options.heat_steps - 1)), 0, options.heat_steps - 1)
    ramp = np.array([_ramp(step / (options.heat_steps - 1), options) for step in range(options.heat_steps)])
    colors: NDArray[np.uint8] = np.round(ramp[places.astype(int)] * 255).astype(np.uint8)
    colors[~(counts > _NOTHING), 3] = 0
    return colors


def _ramp(share: float, options: Options) -> Color:
    if options.heat_scheme:
        return between(options.heat_scheme, share)
    return on_white(faded(read_color(options.heat_color), 0.05 + 0.95 * share))


def _draw_labels(plot: Plot, heat: Heat) -> None:
    """Upper bounds of the buckets at their upper edges, as many as there is room for."""
    count = len(heat.labels)
    every = max(1, math.ceil(count / _MOST_LABELS))
    for place in range(count - 1, -1, -every):
        height = plot.bottom + (place + 1) / count * (plot.top - plot.bottom)
        plot.canvas.rule(plot.left - 4, height - 0.5, height + 0.5, read_color(style.MUTED), 4.0)
        words = fitted(drawable(heat.labels[place], "?"), style.TEXT_SIZE, 0.72)
        plot.canvas.text(plot.left - 8, height, words, color=style.MUTED, across="right")


def _draw_key(plot: Plot, heat: Heat, options: Options) -> None:
    """The colours from least to most."""
    finite = heat.counts[np.isfinite(heat.counts) & (heat.counts > _NOTHING)]
    if not len(finite):
        return
    least, most = (format_value(float(bound), "short") for bound in (0.0, finite.max()))
    canvas, low, left = plot.canvas, 12.0, plot.left
    canvas.text(left, low + 6, least, style.SMALL_SIZE, style.MUTED)
    start = left + words_width(least, style.SMALL_SIZE) + 8
    parts = 48
    for part in range(parts):
        share = (part / (parts - 1)) ** options.heat_exponent
        canvas.box((start + part * 5, low, start + part * 5 + 5, low + 12), _ramp(share, options))
    canvas.text(start + parts * 5 + 8, low + 6, f"{most} per step", style.SMALL_SIZE, style.MUTED)
