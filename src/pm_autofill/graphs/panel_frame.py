"""Where a panel is drawn: its heading, and for panels over time the axis with phases and annotations marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import flags, style
from pm_autofill.graphs.axis import time_ticks
from pm_autofill.graphs.canvas import DPI, Canvas, words_width
from pm_autofill.graphs.labels import fitted
from pm_autofill.graphs.palette import faded, read_color

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.notes import Noted
    from pm_autofill.graphs.panel_scale import Scale
    from pm_autofill.graphs.view import Phases, View

WIDE = 1200.0
EDGE = 15.0
LEFT = 102.0
RIGHT = 24.0
RIGHT_AXIS = 96.0
HEADER = 72.0
_FOOTER = 62.0
_FLAG_ROW = flags.ROW * DPI
_TICK = 6.0
_CHIP = 19.0
_NOTE = 16.0
_SEEN_PIXELS = 3
_HATCH = 7.0


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A rectangle over time.

    Attributes:
        canvas: What it is drawn on.
        view: The stretch of time.
        left: Its edges in pixels.
        bottom: Likewise.
        right: Likewise.
        top: Likewise.
    """

    canvas: Canvas
    view: View
    left: float
    bottom: float
    right: float
    top: float

    def x(self, times: Floats) -> Floats:
        """Pixels of epoch seconds."""
        return self.left + (times - self.view.start) / self.view.seconds * (self.right - self.left)

    def y(self, values: Floats, scale: Scale) -> Floats:
        """Pixels of values on an axis, held within what can be drawn."""
        share = np.clip(scale.share(values), -20.0, 20.0)
        return self.bottom + share * (self.top - self.bottom)

    def at(self, instant: float) -> float:
        """Pixel of one instant."""
        return float(self.x(np.array([instant]))[0])

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its edges: left, bottom, right, top."""
        return (self.left, self.bottom, self.right, self.top)


@dataclass(frozen=True, slots=True)
class Heading:
    """Title and what stands below it, drawable."""

    title: str
    subtitle: str


def blank(heading: Heading, high: float) -> Canvas:
    """A sheet with a heading and so many pixels of room below it."""
    canvas = Canvas(WIDE, high + HEADER)
    room = (WIDE - 2 * EDGE) / DPI
    top = canvas.high
    title = fitted(heading.title, style.TITLE_SIZE, room, bold=True)
    canvas.text(EDGE, top - 25, title, style.TITLE_SIZE, bold=True)
    canvas.text(EDGE, top - 50, fitted(heading.subtitle, style.SMALL_SIZE, room), style.SMALL_SIZE, style.MUTED)
    return canvas


def over_time(
    heading: Heading, view: View, shown: Phases, *, high: float, below: float, left: float = LEFT, right: float = RIGHT
) -> tuple[Plot, tuple[flags.Flag, ...]]:
    """A sheet with an empty plot over time, the impact shaded.

    Args:
        heading: What stands above it.
        view: The stretch of time.
        shown: The phases.
        high: Height of the plot in pixels.
        below: Room below the time axis, as for a legend.
        left: Room left of the plot.
        right: Room right of it.

    Returns:
        The plot, and the flags that ``close`` raises above it.
    """
    axes_left, axes_wide = left / DPI, (WIDE - left - right) / DPI
    raised = flags.place(shown.inside(view), view, axes_left, axes_wide, (WIDE - 6) / DPI)
    rows = 1 + max((flag.row for flag in raised), default=-1)
    foot = _FOOTER + below
    canvas = blank(heading, foot + high + rows * _FLAG_ROW + 8)
    plot = Plot(canvas, view, left, foot, WIDE - right, foot + high)
    _shade(plot, shown)
    return plot, raised


def draw_scale(plot: Plot, scale: Scale, *, on_right: bool = False, label: str = "", grid: bool = True) -> None:
    """Ticks of a value axis, with a line across at each where it is the first."""
    labels = scale.labels
    heights = plot.y(np.array(scale.ticks, dtype=np.float64), scale)
    for height, words in zip(heights, labels, strict=True):
        if not plot.bottom - 1 <= height <= plot.top + 1:
            continue
        if grid:
            plot.canvas.across(float(height), plot.left, plot.right, read_color(style.FAINT), 1.0)
        room = (RIGHT_AXIS if on_right else LEFT) - EDGE - _TICK
        fitting = fitted(words, style.TEXT_SIZE, room / DPI)
        if on_right:
            plot.canvas.text(plot.right + _TICK, float(height), fitting, color=style.MUTED)
        else:
            plot.canvas.text(plot.left - _TICK, float(height), fitting, color=style.MUTED, across="right")
    if label:
        words = fitted(label, style.SMALL_SIZE, (plot.right - plot.left) / 2 / DPI)
        edge, side = (plot.right, "right") if on_right else (plot.left, "left")
        shift = -4.0 if on_right else 4.0
        wide = words_width(words, style.SMALL_SIZE)
        start = edge + shift - (wide if on_right else 0.0)
        plot.canvas.box((start - 2, plot.top - 18, start + wide + 2, plot.top - 1), (1.0, 1.0, 1.0, 0.85))
        plot.canvas.text(edge + shift, plot.top - 10, words, style.SMALL_SIZE, style.MUTED, across=side)


def close(plot: Plot, raised: Sequence[flags.Flag], noted: Sequence[Noted]) -> None:
    """Draw what lies above the data: the time axis, annotations, and the flags of the phases."""
    canvas = plot.canvas
    axis = read_color(style.MUTED)
    canvas.across(plot.bottom, plot.left, plot.right, axis, 1.2)
    canvas.rule(plot.left, plot.bottom, plot.top, axis, 1.2)
    for instant, words in time_ticks(plot.view):
        at = plot.at(instant)
        canvas.rule(at, plot.bottom - 5, plot.bottom, axis, 1.2)
        for row, line in enumerate(words.split("\n")):
            canvas.text(at, plot.bottom - 17 - 18 * row, line, color=style.MUTED, across="center")
    for flag in raised:
        _raise(plot, flag)
    for one in noted:
        _note(plot, one)


def _shade(plot: Plot, shown: Phases) -> None:
    """The impact in grey, and the bands within which its edges lie."""
    view, canvas = plot.view, plot.canvas
    if shown.start is not None:
        start, end = max(shown.start, view.start), min(view.end if shown.end is None else shown.end, view.end)
        if start < end:
            canvas.box((plot.at(start), plot.bottom, plot.at(end), plot.top), read_color(style.IMPACT))
    pixel = view.seconds / (plot.right - plot.left)
    for mark in shown.inside(view):
        if mark.high - mark.low > _SEEN_PIXELS * pixel:
            _hatch(plot, plot.at(max(mark.low, view.start)), plot.at(min(mark.high, view.end)))


def _hatch(plot: Plot, left: float, right: float) -> None:
    """Slanting lines between two instants."""
    plot.canvas.clip((left, plot.bottom, right, plot.top))
    high = plot.top - plot.bottom
    feet = np.arange(left - high, right, _HATCH)
    ends = np.full(len(feet), np.nan)
    xs, ys = np.column_stack((feet, feet + high, ends)).ravel(), np.tile([plot.bottom, plot.top, np.nan], len(feet))
    plot.canvas.line(xs, ys, read_color(style.UNSURE), 1.0)
    plot.canvas.clip(None)


def _note(plot: Plot, one: Noted) -> None:
    """An annotation: a dashed line with its number, or a coloured foot for an alert's change of state."""
    canvas, at = plot.canvas, plot.at(max(one.at, plot.view.start))
    color = read_color(one.color)
    if one.end is not None and one.end > one.at:
        canvas.box((at, plot.bottom, plot.at(min(one.end, plot.view.end)), plot.top), faded(color, 0.12))
    if not one.number:
        foot = plot.bottom
        canvas.shape(np.array([at - 6, at + 6, at, at - 6]), np.array([foot, foot, foot + 9, foot]), color)
        return
    canvas.rule(at, plot.bottom, plot.top, color, 1.2, (5.0, 3.0))
    left = min(max(at - _NOTE / 2, plot.left), plot.right - _NOTE)
    canvas.box((left, plot.top - _NOTE, left + _NOTE, plot.top), color)
    canvas.text(left + _NOTE / 2, plot.top - _NOTE / 2, one.number, 7.5, "#ffffff", bold=True, across="center")


def _raise(plot: Plot, flag: flags.Flag) -> None:
    """A pole with its flag."""
    canvas = plot.canvas
    pole, left = flag.pole * DPI, flag.left * DPI
    middle = plot.top + 4 + (flag.row + 0.5) * _FLAG_ROW
    dashes = () if flag.letter in "SV" else (5.0, 3.0)
    canvas.rule(pole, plot.bottom, middle - _FLAG_ROW / 2, read_color(style.INK), 1.6, dashes)
    text = left + _CHIP + 5
    wide = words_width(flag.text, style.SMALL_SIZE)
    canvas.box((left, middle - 11, text + wide + 3, middle + 11), (1.0, 1.0, 1.0, 1.0))
    canvas.box((left, middle - 10, left + _CHIP, middle + 10), read_color(style.INK))
    canvas.text(left + _CHIP / 2, middle, flag.letter, style.SMALL_SIZE, "#ffffff", bold=True, across="center")
    canvas.text(text, middle, flag.text, style.SMALL_SIZE)
