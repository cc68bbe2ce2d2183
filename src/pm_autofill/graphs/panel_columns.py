"""A bar chart: bars by name; of values over time, bars on a time axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.graphs import panel_time, style
from pm_autofill.graphs.canvas import DPI, words_width
from pm_autofill.graphs.labels import drawable, fitted
from pm_autofill.graphs.palette import Color, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import EDGE, LEFT, RIGHT, WIDE, Plot, blank, draw_scale
from pm_autofill.graphs.panel_scale import choose_scale
from pm_autofill.graphs.showing import reach_of, series_color, show
from pm_autofill.graphs.stacking import drawn

if TYPE_CHECKING:
    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.panel_data import Field, PanelData
    from pm_autofill.graphs.panel_scale import Scale
    from pm_autofill.graphs.stacking import Grid

_HIGH = 290.0
_FOOT = 58.0
_LEGEND = 24.0
_MOST_BARS = 40
_SHARE = 0.75
_FILL = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class _Chart:
    """What is drawn: series, names of the queries by letter, values and upper edges, shape (queries, bars)."""

    fields: list[Field]
    letters: dict[str, str]
    values: Grid
    edges: Grid
    stacked: bool


def draw(data: PanelData) -> Drawing:
    """Draw a bar chart.

    Args:
        data: The panel with its series.

    Returns:
        The picture; remarks where it stands on a time axis, or leaves bars out.
    """
    if any(len(one.series.times) > 1 for one in data.fields):
        return _over_time(data)
    fields = [one for one in data.fields if not one.look.hidden]
    names, letters, values = _grouped(fields, data.panel.options.x_field)
    remarks = [f"the first {_MOST_BARS} of {len(names)} bars are drawn"] if len(names) > _MOST_BARS else []
    names, values = names[:_MOST_BARS], values[:, :_MOST_BARS]
    several = len(letters) > 1
    canvas = blank(data.heading, _HIGH + _FOOT + (_LEGEND if several else 0.0))
    foot = _FOOT + (_LEGEND if several else 0.0)
    plot = Plot(canvas, data.view, LEFT, foot, WIDE - RIGHT, foot + _HIGH - 12)
    stacked = data.panel.options.stacked != "none"
    edges = np.nancumsum(values, axis=0) if stacked else values
    scale = choose_scale(fields[0].look, [edges], grounded=True)
    draw_scale(plot, scale, label=drawable(fields[0].look.axis_label, ""))
    _draw_bars(plot, _Chart(fields, letters, values, edges, stacked), scale)
    _draw_names(plot, names)
    if several:
        _draw_letters(plot, [(name, _color(fields, letter)) for letter, name in letters.items()])
    canvas.across(plot.bottom, plot.left, plot.right, read_color(style.MUTED), 1.2)
    return Drawing(canvas.png(), tuple(remarks))


def _over_time(data: PanelData) -> Drawing:
    stacked = data.panel.options.stacked
    fields = tuple(replace(one, look=_as_bars(one.look, stacked)) for one in data.fields)
    drawing = panel_time.draw(replace(data, fields=fields))
    return Drawing(drawing.png, (*drawing.remarks, "its bars stand on a time axis here"))


def _as_bars(look: FieldLook, stacked: str) -> FieldLook:
    return msgspec.structs.replace(look, style="bars", stacked=stacked, fill_ratio=look.fill_ratio or _FILL)


def _grouped(fields: list[Field], x_field: str) -> tuple[list[str], dict[str, str], Grid]:
    """Names of the bars, letters of the queries with their names, and values, shape (queries, bars)."""
    letters = list(dict.fromkeys(one.ref_id for one in fields))
    named: dict[str, dict[str, float]] = {}
    for one in fields:
        name = one.series.labels.get(x_field) or one.name
        named.setdefault(name, {})[one.ref_id] = float(drawn(one.series.values)[-1])
    values = np.array([[row.get(letter, math.nan) for row in named.values()] for letter in letters])
    called = {
        letter: next(one.look.name or f"Value #{letter}" for one in fields if one.ref_id == letter)
        for letter in letters
    }
    return list(named), called, values


def _color(fields: list[Field], letter: str) -> Color:
    place, field = next((place, one) for place, one in enumerate(fields) if one.ref_id == letter)
    number = list(dict.fromkeys(one.ref_id for one in fields[: place + 1])).index(letter)
    return series_color(field.look, number, field.name)


def _draw_bars(plot: Plot, chart: _Chart, scale: Scale) -> None:
    """Bars beside one another, or on one another where the panel stacks them; each with its value where it fits."""
    count = chart.values.shape[1]
    slot = (plot.right - plot.left) / count
    rows = 1 if chart.stacked else len(chart.letters)
    half = slot * _SHARE / rows / 2
    reach = reach_of([chart.values.ravel()])
    for row, letter in enumerate(chart.letters):
        shift = 0.0 if chart.stacked else (row - (rows - 1) / 2) * 2 * half
        middles = plot.left + (np.arange(count) + 0.5) * slot + shift
        values: Floats = chart.values[row]
        tops: Floats = np.where(np.isnan(values), np.nan, chart.edges[row])
        feet: Floats = tops - values if chart.stacked else np.zeros(count)
        lefts: Floats = np.asarray(middles - half)
        rights: Floats = np.asarray(middles + half)
        color = _color(chart.fields, letter)
        plot.canvas.boxes(lefts, plot.y(feet, scale), rights, plot.y(tops, scale), color)
        highs = plot.y(tops, scale)
        for middle, high, value in zip(middles, highs, values, strict=True):
            words = "" if math.isnan(value) else show(float(value), chart.fields[0].look, reach).text
            if words and not chart.stacked and words_width(words, style.SMALL_SIZE) < slot * 1.2 / rows:
                plot.canvas.text(float(middle), float(high) + 9, words, style.SMALL_SIZE, across="center")


def _draw_names(plot: Plot, names: list[str]) -> None:
    """Names below their bars, in two heights where they stand close."""
    wide = (plot.right - plot.left) / max(len(names), 1)
    needed = max((words_width(drawable(name, "?"), style.SMALL_SIZE) for name in names), default=0.0)
    rows = 1 if needed + 8 <= wide else 2
    for place, name in enumerate(names):
        words = fitted(drawable(name, f"bar {place + 1}"), style.SMALL_SIZE, max(wide * rows - 8, 16.0) / DPI)
        at = plot.left + (place + 0.5) * wide
        plot.canvas.text(
            at, plot.bottom - 15 - 18 * (place % rows), words, style.SMALL_SIZE, style.MUTED, across="center"
        )


def _draw_letters(plot: Plot, called: list[tuple[str, Color]]) -> None:
    """Which colour is which query."""
    left = EDGE + 20
    for name, color in called:
        words = fitted(drawable(name, "?"), style.SMALL_SIZE, 3.0)
        plot.canvas.box((left, 8, left + 16, 18), color)
        plot.canvas.text(left + 22, 13, words, style.SMALL_SIZE)
        left += words_width(words, style.SMALL_SIZE) + 46
