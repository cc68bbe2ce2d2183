"""A time series panel: lines, bars and layers over time on one or two value axes, with thresholds and a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import showing, style, units
from pm_autofill.graphs.canvas import words_width
from pm_autofill.graphs.labels import drawable
from pm_autofill.graphs.palette import dark_enough, faded, hexadecimal, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import RIGHT, RIGHT_AXIS, close, draw_scale, over_time
from pm_autofill.graphs.panel_legend import MOST_NAMED, draw_legend, plan_legend
from pm_autofill.graphs.panel_lines import Line, draw_lines, layers
from pm_autofill.graphs.panel_scale import Scale, choose_scale
from pm_autofill.graphs.showing import Reach, reach_of, series_color
from pm_autofill.graphs.stacking import drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panel_looks import FieldLook, ThresholdStep
    from pm_autofill.graphs.panel_data import PanelData
    from pm_autofill.graphs.panel_frame import Plot

_HIGH = 300.0
_AREA = 0.15


@dataclass(frozen=True, slots=True)
class _Axis:
    """One value axis: what its series have in common, and its scale."""

    look: FieldLook
    on_right: bool
    scale: Scale


def draw(data: PanelData) -> Drawing:
    """Draw a time series panel.

    Args:
        data: The panel with its series.

    Returns:
        The picture; remarks on values and axes it cannot show.
    """
    lines, looks = _lines(data)
    reach = reach_of([line.values for line in lines])
    axes = _axes(lines, looks, reach)
    named = _most_seen(lines)
    legend = plan_legend(data.panel.legend, lines, named)
    right = RIGHT_AXIS if any(axis.on_right and axis.look.axis != "hidden" for axis in axes) else RIGHT
    plot, raised = over_time(data.heading, data.view, data.shown, high=_HIGH, below=legend.height, right=right)
    shown = _seen(axes)
    for place, axis in enumerate(shown):
        draw_scale(plot, axis.scale, on_right=axis.on_right, label=_label(axis.look), grid=place == 0)
    _draw_bands(plot, axes, lines, reach)
    draw_lines(plot, [axis.scale for axis in axes], lines)
    _draw_thresholds(plot, axes, lines, reach)
    close(plot, raised, data.noted)
    draw_legend(plot, legend)
    return Drawing(plot.canvas.png(), tuple(_remarks(axes, shown, lines, named)))


def _lines(data: PanelData) -> tuple[list[Line], list[FieldLook]]:
    """The lines that are drawn, and the looks that differ in their axis, one per axis."""
    reach = reach_of([drawn(one.series.values) for one in data.fields if not one.look.hidden])
    looks: list[FieldLook] = []
    keys: list[tuple[object, ...]] = []
    lines = []
    for one in data.fields:
        if one.look.hidden:
            continue
        key = _axis_key(one.look)
        if key not in keys:
            keys.append(key)
            looks.append(one.look)
        values = drawn(one.series.values)
        color = series_color(one.look, one.place, one.name, values, reach)
        lines.append(Line(one.name, one.series, one.look, color, keys.index(key)))
    return lines, looks


def _axis_key(look: FieldLook) -> tuple[object, ...]:
    """What series on one axis have in common."""
    unit = "percent" if look.stacked == "percent" else look.unit
    ends = (look.minimum, look.maximum, look.soft_minimum, look.soft_maximum)
    return (unit, *ends, look.logarithmic, look.axis, look.axis_label, look.centered)


def _axes(lines: Sequence[Line], looks: Sequence[FieldLook], reach: Reach) -> list[_Axis]:
    axes: list[_Axis] = []
    for number, look in enumerate(looks):
        members = [line for line in lines if line.scale == number]
        stacked = layers(members)
        edges = [part for _, low, high in stacked.values() for part in (low, high)]
        alone = [line.values for place, line in enumerate(members) if place not in stacked]
        near = [step.value for step in _drawn_thresholds(members[0].look, reach) if step.value is not None]
        grounded = any(line.is_stacked or line.look.style == "bars" or line.look.fill_ratio > 0 for line in members)
        scale = choose_scale(look, [*edges, *alone], near=near, grounded=grounded)
        taken = any(not axis.on_right for axis in axes)
        axes.append(_Axis(look, look.axis == "right" or (look.axis != "left" and taken), scale))
    return axes


def _seen(axes: Sequence[_Axis]) -> list[_Axis]:
    """The axes that are written: the first on each side."""
    seen: list[_Axis] = []
    for axis in axes:
        if axis.look.axis != "hidden" and all(other.on_right != axis.on_right for other in seen):
            seen.append(axis)
    return seen


def _label(look: FieldLook) -> str:
    return drawable(look.axis_label, "") if look.axis_label else ""


def _most_seen(lines: Sequence[Line]) -> list[Line]:
    """Which lines are named: those that reach farthest from nought on their axis, in the panel's order."""
    reach = [float(np.nanmax(np.abs(line.values), initial=0.0)) for line in lines]
    ranked = sorted(range(len(lines)), key=lambda number: (-reach[number], number))
    return [lines[number] for number in sorted(ranked[:MOST_NAMED])]


def _drawn_thresholds(look: FieldLook, reach: Reach) -> Sequence[ThresholdStep]:
    """The thresholds, where they are drawn."""
    if look.threshold_style == "off" or look.stacked == "percent":
        return ()
    return showing.thresholds(look, reach)


def _styled(lines: Sequence[Line], number: int) -> FieldLook | None:
    """The look whose thresholds an axis shows: the first that shows any."""
    return next((line.look for line in lines if line.scale == number and line.look.threshold_style != "off"), None)


def _draw_bands(plot: Plot, axes: Sequence[_Axis], lines: Sequence[Line], reach: Reach) -> None:
    """The ground between thresholds in their colours."""
    for number, axis in enumerate(axes):
        look = _styled(lines, number)
        if look is None or "area" not in look.threshold_style:
            continue
        steps = _drawn_thresholds(look, reach)
        for step, above in zip(steps, (*steps[1:], None), strict=False):
            low = plot.bottom if step.value is None else _height(plot, axis.scale, step.value)
            high = plot.top if above is None or above.value is None else _height(plot, axis.scale, above.value)
            color = read_color(step.color)
            if high > low and color[3] > 0:
                plot.canvas.box((plot.left, low, plot.right, high), faded(color, _AREA))


def _draw_thresholds(plot: Plot, axes: Sequence[_Axis], lines: Sequence[Line], reach: Reach) -> None:
    """Thresholds as lines with their values."""
    for number, axis in enumerate(axes):
        look = _styled(lines, number)
        if look is None or not ("line" in look.threshold_style or "dashed" in look.threshold_style):
            continue
        for step in _drawn_thresholds(look, reach):
            if step.value is None or not axis.scale.low <= step.value <= axis.scale.high:
                continue
            color = read_color(step.color)
            if color[3] == 0:
                color = read_color(style.INK)
            height = _height(plot, axis.scale, step.value)
            dashes = (8.0, 5.0) if "dashed" in look.threshold_style else ()
            plot.canvas.across(height, plot.left, plot.right, color, 1.8, dashes)
            words = drawable(f"threshold {units.format_value(step.value, look.unit, look.decimals)}", "threshold")
            wide = words_width(words, style.SMALL_SIZE)
            middle = height + 11 if height + 22 <= plot.top else height - 11
            plot.canvas.box((plot.right - wide - 8, middle - 9, plot.right - 2, middle + 9), (1.0, 1.0, 1.0, 0.8))
            ink = hexadecimal(dark_enough(color))
            plot.canvas.text(plot.right - 5, middle, words, style.SMALL_SIZE, ink, across="right")


def _height(plot: Plot, scale: Scale, value: float) -> float:
    height = float(plot.y(np.array([value]), scale)[0])
    return min(max(height, plot.bottom), plot.top) if np.isfinite(height) else plot.bottom


def _remarks(axes: Sequence[_Axis], shown: Sequence[_Axis], lines: Sequence[Line], named: Sequence[Line]) -> list[str]:
    found = []
    hidden = sum(axis.scale.hidden for axis in axes)
    if len(named) < len(lines):
        found.append(f"the {len(named)} largest of {len(lines)} series are named")
    if hidden:
        plural = "value" if hidden == 1 else "values"
        found.append(f"{hidden} {plural} at or below nought cannot be shown on its logarithmic axis")
    unseen = [axis.look.unit or "no unit" for axis in axes if axis not in shown and axis.look.axis != "hidden"]
    if unseen:
        found.append(f"the axes in {', '.join(unseen[:3])} are not written")
    return found
