"""A stat panel: large numbers in the colours of their thresholds, with their series below where the panel has it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import style
from pm_autofill.graphs.canvas import DPI, words_width
from pm_autofill.graphs.labels import fitted
from pm_autofill.graphs.palette import Color, dark_enough, faded, hexadecimal, legible_on, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import EDGE, WIDE, blank
from pm_autofill.graphs.stacking import drawn
from pm_autofill.graphs.values import read_values

if TYPE_CHECKING:
    from pm_autofill.graphs.canvas import Box, Canvas
    from pm_autofill.graphs.panel_data import PanelData
    from pm_autofill.graphs.values import Value

_HIGH = 165.0
_GAP = 10.0
_MOST_COLUMNS = 6
_LARGEST = 40.0
_NAME_SIZE = 10.5
_NEEDED_SAMPLES = 2


def draw(data: PanelData) -> Drawing:
    """Draw a stat panel.

    Args:
        data: The panel with its series.

    Returns:
        The picture.
    """
    values = read_values(data)
    count = len(values.shown)
    columns = min(count, _MOST_COLUMNS) if count != 8 else 4  # noqa: PLR2004 - two rows of four
    rows = math.ceil(count / columns)
    columns = math.ceil(count / rows)
    canvas = blank(data.heading, rows * (_HIGH + _GAP) + 5)
    width = (WIDE - 2 * EDGE - (columns - 1) * _GAP) / columns
    for place, value in enumerate(values.shown):
        row, column = divmod(place, columns)
        left = EDGE + column * (width + _GAP)
        low = 5 + (rows - 1 - row) * (_HIGH + _GAP)
        _draw_tile(canvas, (left, low, left + width, low + _HIGH), value, data, named=count > 1)
    return Drawing(canvas.png(), values.remarks)


def _draw_tile(canvas: Canvas, box: Box, value: Value, data: PanelData, *, named: bool) -> None:
    options = data.panel.options
    on_ground = options.color_on.startswith("background")
    ink = legible_on(value.color) if on_ground else style.INK
    if on_ground:
        canvas.box(box, value.color)
    else:
        canvas.box(box, (1.0, 1.0, 1.0, 1.0), edge=read_color(style.FAINT))
    if options.graph == "area":
        _draw_spark(canvas, box, value, (1.0, 1.0, 1.0, 0.8) if on_ground else value.color)
    left, low, right, high = box
    has_name = {"auto": named, "value_and_name": True, "name": True, "value": False, "none": False}
    name = value.name if has_name.get(options.text_mode, named) else ""
    words = "" if options.text_mode in {"name", "none"} else value.text
    if name:
        canvas.text(left + 12, high - 20, fitted(name, _NAME_SIZE, (right - left - 24) / DPI), _NAME_SIZE, ink)
    colored = ink if on_ground or options.color_on == "none" else hexadecimal(dark_enough(value.color))
    size = _fitting(words, right - left - 40)
    middle = (low + high) / 2 + (10 if options.graph == "area" and len(value.field.series.times) > 1 else 0)
    canvas.text((left + right) / 2, middle - (6 if name else 0), fitted(words, size, (right - left - 24) / DPI), size,
                colored, bold=True, across="center")  # fmt: skip


def _fitting(words: str, room: float) -> float:
    """The size of letters in which words fill a tile."""
    wide = words_width(words, _LARGEST, bold=True) or 1.0
    return max(min(_LARGEST, _LARGEST * room / wide), 10.0)


def _draw_spark(canvas: Canvas, box: Box, value: Value, color: Color) -> None:
    """The series as an area at the foot of a tile."""
    times, values = value.field.series.times, drawn(value.field.series.values)
    finite = values[np.isfinite(values)]
    if len(finite) < _NEEDED_SAMPLES or times[-1] <= times[0]:
        return
    left, low, right, high = box
    bottom, top = float(finite.min()), float(finite.max())
    share = (values - bottom) / (top - bottom) if top > bottom else np.full(len(values), 0.5)
    xs = left + (times - times[0]) / (times[-1] - times[0]) * (right - left)
    ys = low + 3 + share * (high - low) * 0.3
    canvas.area(xs, np.full(len(xs), low), ys, faded(color, 0.25))
    canvas.line(xs, ys, color, 1.6, smooth=True)
