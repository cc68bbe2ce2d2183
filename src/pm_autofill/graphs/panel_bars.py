"""A bar gauge: one level bar per value, in the colours of its thresholds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pm_autofill.graphs import showing, style
from pm_autofill.graphs.canvas import DPI, words_width
from pm_autofill.graphs.labels import fitted
from pm_autofill.graphs.palette import dark_enough, hexadecimal, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import EDGE, WIDE, blank
from pm_autofill.graphs.values import read_values

if TYPE_CHECKING:
    from pm_autofill.graphs.canvas import Box, Canvas
    from pm_autofill.graphs.panel_data import PanelData
    from pm_autofill.graphs.values import Value, Values

_ROW = 40.0
_BAR = 28.0
_WIDEST_NAME = 330.0
_GROUND = "#f2f2f2"
_CELLS = 60
_PARTS = 100


def draw(data: PanelData) -> Drawing:
    """Draw a bar gauge, its bars level whatever way they stand in Grafana.

    Args:
        data: The panel with its series.

    Returns:
        The picture.
    """
    values = read_values(data)
    canvas = blank(data.heading, len(values.shown) * _ROW + 12)
    names = [fitted(one.name, style.TEXT_SIZE, _WIDEST_NAME / DPI) for one in values.shown]
    left = EDGE + max((words_width(name, style.TEXT_SIZE) for name in names), default=0.0) + 14
    right = WIDE - EDGE - max((words_width(one.text, 11.0, bold=True) for one in values.shown), default=0.0) - 18
    for place, (name, value) in enumerate(zip(names, values.shown, strict=True)):
        middle = 6 + (len(values.shown) - place - 0.5) * _ROW
        canvas.text(left - 12, middle, name, across="right")
        box = (left, middle - _BAR / 2, max(right, left + 50), middle + _BAR / 2)
        _draw_bar(canvas, box, value, data, values)
        ink = hexadecimal(dark_enough(value.color))
        canvas.text(WIDE - EDGE, middle, fitted(value.text, 11.0, 3.0, bold=True), 11.0, ink, bold=True, across="right")
    return Drawing(canvas.png(), values.remarks)


def _draw_bar(canvas: Canvas, box: Box, value: Value, data: PanelData, values: Values) -> None:
    left, low, right, high = box
    least, most = _ends(value, values)
    share = showing.share_of(value.number, (least, most))
    canvas.box(box, read_color(_GROUND))
    display = data.panel.options.display
    if display == "basic":
        canvas.box((left, low, left + share * (right - left), high), value.color)
        return
    parts = _CELLS if display == "lcd" else _PARTS
    gap = 2.0 if display == "lcd" else 0.0
    ends = showing.Reach(least, most)
    for part in range(parts):
        if part / parts >= share:
            break
        at = least + (most - least) * (part + 0.5) / parts
        start = left + (right - left) * part / parts
        end = min(left + (right - left) * (part + 1) / parts - gap, left + share * (right - left))
        canvas.box((start, low, max(end, start), high), showing.value_color(at, value.look, ends, value.field.place))


def _ends(value: Value, values: Values) -> tuple[float, float]:
    """What a bar reaches from and to: the field's bounds, else those of all values, nought included."""
    look = value.look
    numbers = [one.number for one in values.shown if math.isfinite(one.number)]
    low = min([0.0, *numbers]) if look.minimum is None else look.minimum
    high = max([0.0, *numbers]) if look.maximum is None else look.maximum
    return showing.apart(low, high)
