"""The series of a panel as lines, points, bars or layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs.palette import Color, faded
from pm_autofill.graphs.stacking import broken, drawn, stack, usual_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.evidence.series import Floats, Series
    from pm_autofill.graphs.panel_frame import Plot
    from pm_autofill.graphs.panel_scale import Scale

_WIDER = 1.5  # a picture is shown smaller than a panel
_DASHES = {"dash": (10.0, 6.0), "dot": (1.5, 4.5)}
_BAR_SHARE = 0.6
_WIDEST_BAR = 120.0
_LEAST_OUTLINED = 3.0  # pixels; narrower bars would be nothing but outline
_CURVE_STEPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One series with its name, its look and its colour.

    Attributes:
        name: Its name.
        series: Its samples.
        look: How it is drawn.
        color: Its colour.
        scale: Which of the plot's scales it is drawn on.
    """

    name: str
    series: Series
    look: FieldLook
    color: Color
    scale: int = 0

    @property
    def values(self) -> Floats:
        """Its values as they are drawn: downwards where the panel turns them round."""
        values = drawn(self.series.values)
        return -values if self.look.negative else values

    @property
    def is_stacked(self) -> bool:
        """Whether it lies on others."""
        return self.look.stacked != "none"


def layers(lines: Sequence[Line]) -> dict[int, tuple[Floats, Floats, Floats]]:
    """Times, lower and upper edges of the stacked lines, by their places; groups lie on nought each.

    Args:
        lines: All lines of one scale, the lowest first.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for place, line in enumerate(lines):
        if line.is_stacked:
            groups.setdefault((line.look.stack_group, line.look.stacked), []).append(place)
    found: dict[int, tuple[Floats, Floats, Floats]] = {}
    for (_, mode), places in groups.items():
        members = [_turned(lines[place]) for place in places]
        times, lower, upper = stack(members, share=mode == "percent")
        found |= {place: (times, lower[row], upper[row]) for row, place in enumerate(places)}
    return found


def draw_lines(plot: Plot, scales: Sequence[Scale], lines: Sequence[Line]) -> None:
    """Draw all series: layers, then bars, then lines.

    Args:
        plot: Where.
        scales: The value axes.
        lines: What, the lowest layer first.
    """
    plot.canvas.clip((plot.left, plot.bottom - 2, plot.right, plot.top + 2))
    for number, scale in enumerate(scales):
        members = [line for line in lines if line.scale == number]
        stacked = layers(members)
        for place, line in enumerate(members):
            if place in stacked:
                _draw_layer(plot, scale, line, stacked[place])
        for place, line in enumerate(members):
            if place not in stacked and line.look.style == "bars":
                _draw_bars(plot, scale, line)
    for line in lines:
        if not (line.is_stacked or line.look.style == "bars"):
            _draw_alone(plot, scales[line.scale], line)
    plot.canvas.clip(None)


def _turned(line: Line) -> Series:
    from pm_autofill.evidence.series import Series

    return Series(line.series.labels, line.series.times, line.values)


def _draw_alone(plot: Plot, scale: Scale, line: Line) -> None:
    look = line.look
    times, values = broken(_turned(line), bridged=look.span_nulls, up_to=look.span_seconds)
    xs, ys = plot.x(times), plot.y(values, scale)
    if look.style == "line":
        curve = _shaped(xs, ys, look.interpolation)
        if look.fill_ratio > 0:
            foot = _foot(plot, scale)
            plot.canvas.area(curve[0], np.full(len(curve[0]), foot), curve[1], faded(line.color, look.fill_ratio * 0.7))
        _draw_stroke(plot, curve, line)
    single = _alone(values)
    if _shows_points(plot, look, xs):
        plot.canvas.dots(xs, ys, line.color, _point(look))
    elif single.any():
        plot.canvas.dots(xs[single], ys[single], line.color, max(_point(look), 5.0))


def _draw_stroke(plot: Plot, curve: tuple[Floats, Floats], line: Line) -> None:
    if line.look.line_width > 0:
        thick = min(line.look.line_width, 10.0) * _WIDER
        plot.canvas.line(*curve, line.color, thick, _DASHES.get(line.look.stroke, ()), smooth=True)


def _draw_bars(plot: Plot, scale: Scale, line: Line) -> None:
    """Bars around their instants, from nought to the value."""
    times, values = line.series.times, line.values
    xs, ys = plot.x(times), plot.y(values, scale)
    half = _half_bar(plot, times)
    foot = np.full(len(ys), _foot(plot, scale))
    _draw_boxes(plot, line, (xs, half), foot, ys)


def _draw_layer(plot: Plot, scale: Scale, line: Line, edges: tuple[Floats, Floats, Floats]) -> None:
    times, lower, upper = edges
    xs = plot.x(times)
    low, high = plot.y(lower, scale), plot.y(upper, scale)
    there = lower != upper
    if scale.base is not None:
        low = np.where(np.isfinite(low), low, plot.bottom)
    if line.look.style == "bars":
        _draw_boxes(plot, line, (xs, _half_bar(plot, times)), low, np.where(there, high, np.nan))
        return
    ratio = line.look.fill_ratio
    shape, foot = _shaped(xs, high, line.look.interpolation), _shaped(xs, low, line.look.interpolation)
    if ratio > 0:
        plot.canvas.area(shape[0], foot[1], shape[1], faded(line.color, min(ratio, 1.0)))
    _draw_stroke(plot, _shaped(xs, np.where(there, high, np.nan), line.look.interpolation), line)


def _draw_boxes(plot: Plot, line: Line, places: tuple[Floats, float], low: Floats, high: Floats) -> None:
    xs, half = places
    opacity = line.look.fill_ratio or 0.0
    if opacity > 0:
        plot.canvas.boxes(xs - half, low, xs + half, high, faded(line.color, opacity))
    thick = min(line.look.line_width, 4.0) * _WIDER
    if opacity == 0 and half <= thick / 2:  # nothing but outlines that touch: the same as one line up and down
        plot.canvas.line(np.repeat(xs, 2), np.column_stack((low, high)).ravel(), line.color, thick)
    elif opacity < 1 and line.look.line_width > 0 and (half > _LEAST_OUTLINED or opacity == 0):
        nothing = np.full(len(xs), np.nan)
        outline_x = np.column_stack((xs - half, xs - half, xs + half, xs + half, nothing)).ravel()
        outline_y = np.column_stack((low, high, high, low, nothing)).ravel()
        outline_y[~np.repeat(np.isfinite(low) & np.isfinite(high), 5)] = np.nan
        plot.canvas.line(outline_x, outline_y, line.color, thick)


def _half_bar(plot: Plot, times: Floats) -> float:
    return min(usual_step(times) / plot.view.seconds * (plot.right - plot.left) * _BAR_SHARE, _WIDEST_BAR) / 2


def _foot(plot: Plot, scale: Scale) -> float:
    """Where areas and bars stand: on nought, or on the edge next to it."""
    if scale.base is not None:
        return plot.bottom
    return float(np.clip(plot.y(np.zeros(1), scale)[0], plot.bottom, plot.top))


def _shaped(xs: Floats, ys: Floats, interpolation: str) -> tuple[Floats, Floats]:
    """A line's points with those between them that its interpolation adds."""
    if len(xs) < 2 or interpolation == "linear":  # noqa: PLR2004 - nothing between
        return xs, ys
    if interpolation == "stepAfter":
        return np.repeat(xs, 2)[1:], np.repeat(ys, 2)[:-1]
    if interpolation == "stepBefore":
        return np.repeat(xs, 2)[:-1], np.repeat(ys, 2)[1:]
    return _curved(xs, ys)


def _curved(xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """A smooth curve through the points that overshoots none of them.

    Source: F. N. Fritsch and R. E. Carlson, Monotone Piecewise Cubic Interpolation, 1980.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        widths = np.diff(xs)
        slopes = np.diff(ys) / widths
        inner = np.where(slopes[:-1] * slopes[1:] > 0, 2 / (1 / slopes[:-1] + 1 / slopes[1:]), 0.0)
    inner = np.where(np.isfinite(slopes[:-1] + slopes[1:]), inner, 0.0)
    tangents = np.nan_to_num(np.concatenate((slopes[:1], inner, slopes[-1:])))
    part = np.arange(_CURVE_STEPS) / _CURVE_STEPS
    left, right = ys[:-1, None], ys[1:, None]
    square, cube = part**2, part**3
    curve = (
        (2 * cube - 3 * square + 1) * left
        + (cube - 2 * square + part) * (widths * tangents[:-1])[:, None]
        + (3 * square - 2 * cube) * right
        + (cube - square) * (widths * tangents[1:])[:, None]
    )
    across = xs[:-1, None] + widths[:, None] * part
    return np.append(across.ravel(), xs[-1]), np.append(curve.ravel(), ys[-1])


def _shows_points(plot: Plot, look: FieldLook, xs: Floats) -> bool:
    """Whether every sample has its point: told to, or few enough."""
    if look.style == "points" or look.points == "always":
        return True
    return look.points == "auto" and len(xs) > 0 and (plot.right - plot.left) / len(xs) >= 4 * _point(look)


def _point(look: FieldLook) -> float:
    return min(max(look.point_size, 1.0), 20.0) * 1.2


def _alone(values: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Samples with nothing on either side, of which a line would show nothing."""
    there = np.concatenate(([False], np.isfinite(values), [False]))
    return np.asarray(there[1:-1] & ~there[:-2] & ~there[2:])


def draw_swatch(plot: Plot, line: Line, left: float, middle: float) -> None:
    """The stroke or block before a name in the legend."""
    look = line.look
    if look.style == "bars" or (line.is_stacked and look.fill_ratio > 0):
        plot.canvas.box((left, middle - 5, left + 20, middle + 5), line.color)
    elif look.style == "points":
        plot.canvas.dots(np.array([left + 10]), np.array([middle]), line.color, 7.0)
    else:
        plot.canvas.across(middle, left, left + 20, line.color, 3.5, _DASHES.get(look.stroke, ()))
