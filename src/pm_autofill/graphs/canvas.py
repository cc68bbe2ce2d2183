"""A sheet of pixels to draw on: lines, areas, boxes and words, without the cost of matplotlib's figures."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from PIL import Image

from pm_autofill.graphs import style
from pm_autofill.graphs.labels import width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pm_autofill.evidence.series import Floats
    from pm_autofill.graphs.palette import Color

    Box = tuple[float, float, float, float]

DPI = 120
PIXEL = DPI / 72.0  # per point
_COMPRESSION = 4  # half the time of 6, and a twentieth more bytes
_MANY_POINTS = 300  # from here on rounded corners cost more than they show
# A line with so many points per pixel to the right, and that many pixels up and down, is drawn column by column.
_DENSE, _LONG_WAY = 0.75, 30.0
_FAR, _PIECE = 10_000.0, 64  # pixels up and down, from which on pieces of so many points pay
_BITS = 6  # of each colour channel
_AT_ONCE = 4096  # rare colours: more leave the processor's cache
_COARSE = 0b111110_111110_111110
_LEVELS = (1 << _BITS) - 1
_CAP_HEIGHT = 0.729  # of DejaVu Sans, in sizes
_IDENTITY = IdentityTransform()


class Canvas:
    """A white sheet. Coordinates are pixels from its lower left corner; sizes of letters are points."""

    def __init__(self, wide: float, high: float) -> None:
        """Begin with white.

        Args:
            wide: Width in pixels.
            high: Height in pixels.
        """
        self.wide, self.high = round(wide), round(high)
        self._renderer: Any = RendererAgg(self.wide, self.high, DPI)  # type: ignore[no-untyped-call]
        self._clip: Box | None = None
        self.box((0, 0, self.wide, self.high), (1.0, 1.0, 1.0, 1.0))

    def clip(self, box: Box | None) -> None:
        """Draw only inside a box (left, bottom, right, top) from here on; None ends that."""
        self._clip = box

    def line(
        self, xs: Floats, ys: Floats, color: Color, thick: float, dashes: Sequence[float] = (), *, smooth: bool = False
    ) -> None:
        """A line through points, broken at NaN.

        Args:
            xs: Pixels, shape (n,).
            ys: Pixels, shape (n,).
            color: Its colour.
            thick: In pixels.
            dashes: Lengths of strokes and gaps, in pixels; none for a solid line.
            smooth: Whether ends and corners are round.
        """
        if not dashes and color[3] == 1 and _is_dense(xs, ys):
            self._upright(xs, ys, color, thick)
            return
        pen = self._pen(color, thick)
        if dashes:
            pen.set_dashes(0, [one / PIXEL for one in dashes])
        pen.set_joinstyle("round" if len(xs) < _MANY_POINTS else "bevel")
        pen.set_capstyle("round" if smooth else "butt")
        # In pieces a line that goes up and down takes less time; dashes and tints would show where they meet.
        pieces = not dashes and color[3] == 1 and _travel(ys) > _FAR
        step = _PIECE if pieces else max(len(xs), 1)
        for first in range(0, max(len(xs) - 1, 1), step):
            part = slice(first, first + step + 1)
            self._renderer.draw_path(pen, _path(xs[part], ys[part]), _IDENTITY)

    def _upright(self, xs: Floats, ys: Floats, color: Color, thick: float) -> None:
        """A line that goes up and down at every step, as one upright stroke per column of pixels it crosses.

        It looks the same, and takes a tenth of the time that its outline does.
        """
        left, low, right, high = self._clip or (0, 0, self.wide, self.high)
        first, last = max(int(left), 0), min(round(right), self.wide)
        aside = max(thick - 1.0, 0.0) / 2
        reaches = [_reach(xs + shift, ys, first, last) for shift in (-aside, 0.0, aside)]
        tops, feet = np.fmax.reduce([up for up, _ in reaches]), np.fmin.reduce([down for _, down in reaches])
        rows = np.arange(max(int(self.high - high), 0), min(round(self.high - low), self.high))
        inside = (rows[:, None] >= self.high - tops - thick / 2 - 0.5) & (
            rows[:, None] < self.high - feet + thick / 2 - 0.5
        )
        pixels = np.frombuffer(self._renderer.buffer_rgba(), dtype=np.uint32).reshape(self.high, self.wide)
        ink = np.array([round(255 * part) for part in color], dtype=np.uint8).view(np.uint32)[0]
        pixels[rows[0] : rows[-1] + 1, first:last][inside] = ink

    def rule(self, x: float, low: float, high: float, color: Color, thick: float, dashes: Sequence[float] = ()) -> None:
        """An upright line."""
        self.line(np.array([x, x]), np.array([low, high]), color, thick, dashes)

    def across(
        self, y: float, left: float, right: float, color: Color, thick: float, dashes: Sequence[float] = ()
    ) -> None:
        """A level line."""
        self.line(np.array([left, right]), np.array([y, y]), color, thick, dashes)

    def area(self, xs: Floats, lows: Floats, highs: Floats, color: Color) -> None:
        """The area between two edges, broken where either is NaN."""
        there = np.isfinite(lows) & np.isfinite(highs)
        bounds = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
        for first, last in zip(bounds[::2], bounds[1::2], strict=True):
            part = slice(int(first), int(last))
            outline = np.concatenate((xs[part], xs[part][::-1]))
            self.shape(outline, np.concatenate((highs[part], lows[part][::-1])), color)

    def shape(self, xs: Floats, ys: Floats, color: Color) -> None:
        """A filled outline."""
        self._renderer.draw_path(self._pen(color, 0.0), _path(xs, ys), _IDENTITY, color)

    def box(self, box: Box, color: Color, *, edge: Color | None = None) -> None:
        """A filled box (left, bottom, right, top)."""
        left, low, right, high = box
        xs, ys = np.array([left, right, right, left, left]), np.array([low, low, high, high, low])
        pen = self._pen(edge or color, 1.0 if edge else 0.0)
        self._renderer.draw_path(pen, _path(xs, ys), _IDENTITY, color)

    def boxes(self, lefts: Floats, lows: Floats, rights: Floats, highs: Floats, color: Color) -> None:
        """Many filled boxes of one colour, those with a NaN left out."""
        there = np.isfinite(lefts + lows + rights + highs)
        left, low, right, high = (edge[there] for edge in (lefts, lows, rights, highs))
        if not len(left):
            return
        xs = np.column_stack((left, right, right, left, left)).ravel()
        ys = np.column_stack((low, low, high, high, low)).ravel()
        codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(left))
        path = Path(np.column_stack((xs, ys)), codes)
        self._renderer.draw_path(self._pen(color, 0.0), path, _IDENTITY, color)

    def dots(self, xs: Floats, ys: Floats, color: Color, size: float) -> None:
        """Discs of a diameter in pixels, none where a coordinate is NaN."""
        there = np.isfinite(xs) & np.isfinite(ys)
        disc: Any = Path.unit_circle()
        scale: Any = Affine2D()
        path = _path(xs[there], ys[there])
        self._renderer.draw_markers(self._pen(color, 0.0), disc, scale.scale(size / 2), path, _IDENTITY, color)

    def image(self, left: float, low: float, pixels: NDArray[np.uint8]) -> None:
        """Pixels as they are, shape (height, width, 4), the topmost row first."""
        self._renderer.draw_image(
            self._pen((0, 0, 0, 1), 0.0), round(left), round(low), np.ascontiguousarray(pixels[::-1])
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = style.TEXT_SIZE,
        color: str = style.INK,
        *,
        bold: bool = False,
        across: str = "left",
    ) -> None:
        """Words, their capitals centred on ``y``.

        Args:
            x: Where they begin, are centred or end.
            y: The middle of their height.
            words: One line, drawable.
            size: In points.
            color: Their colour.
            bold: Whether they are bold.
            across: "left", "center" or "right": what of them is at ``x``.
        """
        if not words:
            return
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[across]
        left = x - share * words_width(words, size, bold=bold)
        pen = self._pen((0, 0, 0, 1), 0.0)
        pen.set_foreground(color)
        base = self.high - (y - _CAP_HEIGHT * size * PIXEL / 2)
        self._renderer.draw_text(pen, left, base, words, _font(size, bold=bold), 0)

    def png(self) -> bytes:
        """The sheet as PNG; the same drawing gives the same bytes."""
        pixels = np.frombuffer(self._renderer.buffer_rgba(), dtype=np.uint8).reshape(self.high, self.wide, 4)
        places, colors = _few_colors(pixels)
        picture = Image.fromarray(places, mode="P")
        picture.putpalette(colors.tobytes())
        encoded = BytesIO()
        picture.save(encoded, format="png", compress_level=_COMPRESSION)
        return encoded.getvalue()

    def _pen(self, color: Color, thick: float) -> Any:  # noqa: ANN401 - matplotlib's graphics context has no types
        pen = self._renderer.new_gc()
        pen.set_foreground(color, isRGBA=True)
        pen.set_alpha(color[3])
        pen.set_linewidth(thick)
        if self._clip is not None:
            left, low, right, high = self._clip
            pen.set_clip_rectangle(Bbox.from_extents(left, low, right, high))
        return pen


def words_width(words: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is when drawn, in pixels."""
    return width(words, size, bold=bold) * DPI


def _few_colors(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same picture in 256 colours: the most frequent ones as they are, others as the nearest of these.

    A palette is a third of the size of full colours and half the time; light grounds stay what they are, which
    quantizers that cut colours into boxes do not grant.

    Args:
        pixels: Shape (height, width, 4).

    Returns:
        The place of each pixel's colour, and the colours, shape (256, 3).
    """
    levels = np.arange(256, dtype=np.uint32) * _LEVELS + 127
    level = (levels // 255).astype(np.uint32)
    keys = (level[pixels[..., 0]] << (2 * _BITS)) | (level[pixels[..., 1]] << _BITS) | level[pixels[..., 2]]
    often = np.bincount(keys.ravel(), minlength=1 << (3 * _BITS))
    used = np.flatnonzero(often)
    ranked = used[np.argsort(-often[used], kind="stable")]
    kept, others = ranked[:256], ranked[256:]
    places = np.zeros(1 << (3 * _BITS), dtype=np.uint8)
    places[kept] = np.arange(len(kept))
    known = _channels(kept)
    halves = ((known**2).sum(axis=1) / 2).astype(np.float32)
    # Of very many rare colours neighbours share the nearest: nobody sees that.
    cells = others & _COARSE if len(others) > _AT_ONCE else others
    asked, which = np.unique(cells, return_inverse=True)
    nearest = np.zeros(len(asked), dtype=np.uint8)
    for first in range(0, len(asked), _AT_ONCE):
        # The nearest is the one whose product with it, less half its own square, is largest.
        some = _channels(asked[first : first + _AT_ONCE]).astype(np.float32)
        nearest[first : first + _AT_ONCE] = (some @ known.T.astype(np.float32) - halves).argmax(axis=1)
    places[others] = nearest[which]
    colors = np.zeros((256, 3), dtype=np.uint8)
    colors[: len(kept)] = (known * 255 + _LEVELS // 2) // _LEVELS
    return places[keys], colors


def _channels(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Levels of red, green and blue, shape (n, 3)."""
    return np.column_stack([(keys >> (shift * _BITS)) & _LEVELS for shift in (2, 1, 0)])


def _is_dense(xs: Floats, ys: Floats) -> bool:
    """Whether a line goes up and down so often and far that it fills the columns of pixels it crosses."""
    if len(xs) < _MANY_POINTS:
        return False
    wide = max(float(xs[-1] - xs[0]), 1.0)
    return len(xs) >= _DENSE * wide and _travel(ys) > _LONG_WAY * wide


def _travel(ys: Floats) -> float:
    """How many pixels a line goes up and down."""
    return float(np.nansum(np.abs(np.diff(ys))))


def _reach(xs: Floats, ys: Floats, first: int, last: int) -> tuple[Floats, Floats]:
    """How high and how low a line reaches in each column of pixels from ``first`` to ``last``; NaN where it is not.

    Args:
        xs: Its points, ascending, shape (n,).
        ys: Likewise; NaN where it breaks.
        first: The first column.
        last: The one behind the last.
    """
    edges = np.arange(first, last + 1, dtype=np.float64)
    place = np.searchsorted(xs, edges, "right")
    # Between two points, unless the line breaks there: NaN spreads by itself.
    before, after = np.clip(place - 1, 0, len(xs) - 1), np.clip(place, 0, len(xs) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num((edges - xs[before]) / (xs[after] - xs[before]))
        crossing = ys[before] + share * (ys[after] - ys[before])
    crossing[(edges < xs[0]) | (edges > xs[-1])] = np.nan
    tops = np.fmax(crossing[:-1], crossing[1:])
    feet = np.fmin(crossing[:-1], crossing[1:])
    inside = np.isfinite(ys) & (xs >= first) & (xs < last)
    columns = xs[inside].astype(np.int64) - first
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    if len(starts):
        some = columns[starts]
        tops[some] = np.fmax(tops[some], np.maximum.reduceat(ys[inside], starts))
        feet[some] = np.fmin(feet[some], np.minimum.reduceat(ys[inside], starts))
    return tops, feet


def _path(xs: Floats, ys: Floats) -> Path:
    return Path(np.column_stack((xs, ys)))


def _font(size: float, *, bold: bool) -> FontProperties:
    return FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
