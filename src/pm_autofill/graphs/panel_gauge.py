"""A gauge panel: an arc filled as far as the value reaches, thresholds as a band around it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import showing, style
from pm_autofill.graphs.canvas import DPI
from pm_autofill.graphs.labels import fitted
from pm_autofill.graphs.palette import dark_enough, hexadecimal, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import EDGE, WIDE, blank
from pm_autofill.graphs.units import format_value
from pm_autofill.graphs.values import read_values

if TYPE_CHECKING:
    from pm_autofill.graphs.canvas import Canvas
    from pm_autofill.graphs.palette import Color
    from pm_autofill.graphs.panel_data import PanelData
    from pm_autofill.graphs.values import Value, Values

_HIGH = 250.0
_MOST_COLUMNS = 4
_RADIUS = 110.0
_THICK = 28.0
_BAND = 6.0
_SIZE = 22.0
# Degrees, counted against the clock from the right: an arc open below.
_FROM, _TO = 205.0, -25.0
_GROUND = "#ececec"


def draw(data: PanelData) -> Drawing:
    """Draw a gauge panel.

    Args:
        data: The panel with its series.

    Returns:
        The picture.
    """
    values = read_values(data)
    count = len(values.shown)
    rows = math.ceil(count / _MOST_COLUMNS)
    columns = math.ceil(count / rows)
    canvas = blank(data.heading, rows * _HIGH)
    width = (WIDE - 2 * EDGE) / columns
    for place, value in enumerate(values.shown):
        row, column = divmod(place, columns)
        middle = EDGE + (column + 0.5) * width
        _draw_gauge(canvas, (middle, (rows - 1 - row) * _HIGH + 90), width, value, data, values)
    return Drawing(canvas.png(), values.remarks)


def _draw_gauge(
    canvas: Canvas, center: tuple[float, float], room: float, value: Value, data: PanelData, values: Values
) -> None:
    low, high = _ends(value, values)
    _draw_arc(canvas, center, (0.0, 1.0), (_RADIUS - _THICK, _RADIUS), read_color(_GROUND))
    if math.isfinite(value.number):
        reached = showing.share_of(value.number, (low, high))
        _draw_arc(canvas, center, (0.0, reached), (_RADIUS - _THICK, _RADIUS), value.color)
    steps = showing.thresholds(value.look, showing.Reach(low, high))
    if data.panel.options.threshold_markers:
        for step, above in zip(steps, (*steps[1:], None), strict=False):
            start = 0.0 if step.value is None else showing.share_of(step.value, (low, high))
            end = 1.0 if above is None or above.value is None else showing.share_of(above.value, (low, high))
            share = (start, end)
            _draw_arc(canvas, center, share, (_RADIUS + 3, _RADIUS + 3 + _BAND), read_color(step.color))
    if data.panel.options.threshold_labels:
        for step in steps:
            if step.value is not None and low <= step.value <= high:
                _label(canvas, center, showing.share_of(step.value, (low, high)), value, step.value)
    words = fitted(value.text, _SIZE, 1.9 * _RADIUS / DPI, bold=True)
    canvas.text(
        center[0], center[1] + 4, words, _SIZE, hexadecimal(dark_enough(value.color)), bold=True, across="center"
    )
    if len(values.shown) > 1:
        name = fitted(value.name, style.TEXT_SIZE, (room - 10) / DPI)
        canvas.text(center[0], center[1] - 66, name, across="center")


def _ends(value: Value, values: Values) -> tuple[float, float]:
    """What the arc reaches from and to: Grafana takes 0 and 100 where the field says nothing."""
    look = value.look
    low = 0.0 if look.minimum is None else look.minimum
    usual = 1.0 if look.unit == "percentunit" else 100.0
    high = max(usual, values.reach.high) if look.maximum is None and look.unit != "percentunit" else look.maximum
    high = usual if high is None else high
    return showing.apart(low, high)


def _label(canvas: Canvas, center: tuple[float, float], share: float, value: Value, at: float) -> None:
    angle = math.radians(_FROM + (_TO - _FROM) * share)
    x, y = center[0] + (_RADIUS + 16) * math.cos(angle), center[1] + (_RADIUS + 16) * math.sin(angle)
    across = "right" if math.cos(angle) < -0.2 else "left" if math.cos(angle) > 0.2 else "center"  # noqa: PLR2004
    words = format_value(at, value.look.unit, value.look.decimals)
    canvas.text(x, y, words, style.SMALL_SIZE, style.MUTED, across=across)


def _draw_arc(
    canvas: Canvas, center: tuple[float, float], share: tuple[float, float], radii: tuple[float, float], color: Color
) -> None:
    if share[1] <= share[0] or color[3] == 0:
        return
    count = max(2, round((share[1] - share[0]) * 90))
    angles = np.radians(_FROM + (_TO - _FROM) * np.linspace(*share, count))
    inner, outer = radii
    xs = np.concatenate((outer * np.cos(angles), inner * np.cos(angles[::-1])))
    ys = np.concatenate((outer * np.sin(angles), inner * np.sin(angles[::-1])))
    canvas.shape(center[0] + xs, center[1] + ys, color)
