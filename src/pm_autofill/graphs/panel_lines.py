"""The series of a panel as lines, points, bars or layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pm_autofill.graphs import style
from pm_autofill.graphs.stacking import broken, drawn, stack, usual_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from pm_autofill.evidence.panels import Panel
    from pm_autofill.evidence.series import Floats, Series

_LINE_WIDTH = 1.5
_REST_WIDTH = 0.8
_MARKERS = 7
_LAYER_OPACITY = 0.75
_BAR_OPACITY = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One series with its name and its look."""

    name: str
    series: Series
    look: style.Look


def draw_lines(axes: Axes, panel: Panel, lines: Sequence[Line]) -> Sequence[Artist]:
    """Draw all series.

    Args:
        axes: Where.
        panel: How.
        lines: What, the lowest layer first.

    Returns:
        What stands before the names in the legend: for each named line, then one for the rest where there is one.
    """
    alone = len(lines) == 1
    if panel.stacked != "none":
        _draw_layers(axes, panel, lines)
    else:
        for place, line in enumerate(lines):
            if panel.style == "bars":
                _draw_bars(axes, line)
            else:
                _draw_line(axes, panel, line, place, alone=alone)
    areas = panel.stacked != "none" or panel.style == "bars"
    named = [line for line in lines if line.look is not style.REST]
    handles = [_patch(line.look) if areas else _stroke(panel, line.look, alone=alone) for line in named]
    if len(named) < len(lines):
        handles.append(_patch(style.REST) if areas else _stroke(panel, style.REST, alone=True))
    return handles


def _draw_line(axes: Axes, panel: Panel, line: Line, place: int, *, alone: bool) -> None:
    times, values = broken(line.series, bridged=panel.span_nulls)
    look = line.look
    rest = look is style.REST
    depth = 2.0 if rest else 3.0
    if panel.style == "points":
        axes.plot(times, values, look.marker or ".", color=look.color, markersize=3 if rest else 3.5, zorder=depth)
        return
    marked = not (rest or alone)
    axes.plot(
        times,
        values,
        color=look.color,
        linestyle=look.stroke,
        linewidth=_REST_WIDTH if rest else _LINE_WIDTH,
        marker=look.marker if marked else "",
        markersize=4,
        zorder=depth,
        markevery=_marked(len(times), place) if marked else None,
    )
    single = _alone(values)
    axes.plot(times[single], values[single], ".", color=look.color, markersize=6, zorder=depth)
    if panel.fill_ratio > 0:
        foot = max(0.0, axes.get_ylim()[0]) if axes.get_yscale() == "log" else 0.0
        opacity = min(panel.fill_ratio, 0.5)
        axes.fill_between(times, values, foot, color=look.color, alpha=opacity, linewidth=0, zorder=depth - 0.5)


def _draw_bars(axes: Axes, line: Line) -> None:
    """Bars around their instants, as high as the value."""
    times, values = line.series.times, drawn(line.series.values)
    half = usual_step(times) * 0.4
    edges = np.column_stack((times - half, times + half)).ravel()
    heights = np.insert(values, np.arange(1, len(values)), np.nan)
    look = line.look
    axes.stairs(
        heights,
        edges,
        fill=True,
        facecolor=look.color,
        edgecolor="white",
        alpha=_BAR_OPACITY,
        hatch=look.hatch,
        linewidth=0,
        zorder=3,
    )


def _draw_layers(axes: Axes, panel: Panel, lines: Sequence[Line]) -> None:
    times, lower, upper = stack([line.series for line in lines], share=panel.stacked == "percent")
    bars = panel.style == "bars"
    for line, low, high in zip(lines, lower, upper, strict=True):
        axes.fill_between(
            times,
            low,
            high,
            step="mid" if bars else None,
            facecolor=line.look.color,
            alpha=_LAYER_OPACITY,
            hatch=line.look.hatch,
            edgecolor="white",
            linewidth=0,
            zorder=2.5,
        )
        edge = np.where(low == high, np.nan, high)
        axes.plot(times, edge, color=style.INK, linewidth=0.5, drawstyle="steps-mid" if bars else "default", zorder=3)


def _marked(samples: int, place: int) -> tuple[int, int]:
    """A few markers, at other samples for each line."""
    every = max(1, samples // _MARKERS)
    return (place * every) // len(style.LOOKS) % every, every


def _alone(values: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Samples with nothing on either side, of which a line would show nothing."""
    there = np.concatenate(([False], np.isfinite(values), [False]))
    return np.asarray(there[1:-1] & ~there[:-2] & ~there[2:])


def _stroke(panel: Panel, look: style.Look, *, alone: bool) -> Line2D:
    points = panel.style == "points"
    return Line2D(
        [],
        [],
        color=look.color,
        linestyle="" if points else look.stroke,
        linewidth=_LINE_WIDTH,
        marker=look.marker if points or not alone else "",
        markersize=4,
    )


def _patch(look: style.Look) -> Patch:
    return Patch(facecolor=look.color, alpha=_LAYER_OPACITY, hatch=look.hatch, edgecolor="white", linewidth=0)
