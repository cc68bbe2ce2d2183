"""The sheet of every picture: title, flags, one pair of axes in a fixed place, notes in the margin, a legend."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation
from PIL import Image

from pm_autofill.graphs import flags, style, units
from pm_autofill.graphs.axis import time_ticks
from pm_autofill.graphs.labels import drawable, fitted, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from pm_autofill.graphs.notes import Noted
    from pm_autofill.graphs.view import Phases, View

DPI = 120
WIDTH = 10.0
LEFT = 0.85
RIGHT = 1.35
AXES_WIDTH = WIDTH - LEFT - RIGHT
AXES_HEIGHT = 2.5
HEADER = 0.6
_FOOTER = 0.52
_LEGEND_ROW = 0.2
_LEGEND_HANDLE = 0.42
_LEGEND_GAP = 0.22
_NOTE_ROW = 0.15
_EDGE = 0.12
_TICK = 0.05
_SEEN_PIXELS = 3
_COMPRESSION = 4  # half the time of 6, and a twentieth more bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A few words in the right margin, at a value of the axis."""

    value: float
    text: str
    color: str = style.INK


@dataclass(slots=True)
class Sheet:
    """A picture in the making.

    Attributes:
        canvas: What it is drawn on.
        figure: The whole.
        axes: Where data is drawn: epoch seconds over values.
        view: What is shown.
        bottom: Lower edge of the axes, in inches.
        notes: What the margin says.
    """

    canvas: FigureCanvasAgg
    figure: Figure
    axes: Axes
    view: View
    bottom: float
    notes: list[Note] = field(default_factory=list)


@contextmanager
def drawing() -> Iterator[None]:
    """Draw inside: matplotlib as it comes, whatever a matplotlibrc says, with this project's style on top."""
    settings: dict[Any, Any] = {name: mpl.rcParamsDefault[name] for name in mpl.rcParamsDefault if name != "backend"}
    settings.update(style.SETTINGS)
    with mpl.rc_context(settings):
        yield


def lay_out(
    title: str,
    subtitle: str,
    view: View,
    phases: Phases,
    changes: Sequence[Noted] = (),
    *,
    below: float = 0.0,
    above: float = 0.0,
) -> Sheet:
    """Prepare a sheet: title, shaded impact, marked phases, time axis.

    Args:
        title: What it shows.
        subtitle: How to read it.
        view: The stretch of time.
        phases: What to mark.
        changes: Deployments and their like, marked by letters.
        below: Room for a legend below the axes, in inches.
        above: Room for something above the flags, in inches.

    Returns:
        The sheet; its value axis is not set yet.
    """
    raised = flags.place(phases.inside(view), view, LEFT, AXES_WIDTH, WIDTH - 0.05)
    rows = 1 + max((flag.row for flag in raised), default=-1)
    bottom = _FOOTER + below
    high = bottom + AXES_HEIGHT + rows * flags.ROW + 0.05 + above + HEADER
    figure = Figure(figsize=(WIDTH, high), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((LEFT / WIDTH, bottom / high, AXES_WIDTH / WIDTH, AXES_HEIGHT / high))
    title = fitted(title, style.TITLE_SIZE, WIDTH - 2 * _EDGE, bold=True)
    subtitle = fitted(subtitle, style.SMALL_SIZE, WIDTH - 2 * _EDGE)
    figure.text(_EDGE / WIDTH, 1 - 0.27 / high, title, size=style.TITLE_SIZE, weight="bold")
    figure.text(_EDGE / WIDTH, 1 - 0.47 / high, subtitle, size=style.SMALL_SIZE, color=style.MUTED)
    _shade(axes, view, phases)
    _mark_changes(axes, view, changes)
    flags.draw(figure, raised, bottom, bottom + AXES_HEIGHT + 0.03)
    ticks = time_ticks(view)
    axes.set_xlim(view.start, view.end)
    axes.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="both", length=3, labelsize=style.TEXT_SIZE)
    axes.set_axisbelow(True)
    return Sheet(canvas, figure, axes, view, bottom)


def scale_values(sheet: Sheet, low: float, high: float, unit: str, decimals: int | None = None) -> None:
    """Set the value axis.

    Args:
        sheet: The sheet.
        low: Its lower end.
        high: Its upper end.
        unit: Grafana's unit id, for the labels.
        decimals: Decimals asked for; None for automatic.
    """
    ticks = units.value_ticks(low, high, unit)
    sheet.axes.set_ylim(low, high)
    label_values(sheet.axes, ticks, units.format_ticks(ticks, unit, decimals))


def label_values(axes: Axes, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Write labels at the value axis, with a line across at each.

    Args:
        axes: The axes; their bounds are set.
        ticks: The values.
        labels: What stands at them, drawable.
    """
    room = LEFT - _EDGE - _TICK
    axes.set_yticks(ticks, [fitted(label, style.TEXT_SIZE, room) for label in labels])
    axes.grid(visible=True, axis="y", color=style.FAINT, linewidth=0.7)


def write_above(sheet: Sheet, at: float, value: float, text: str, *, raised: float = 0.09) -> None:
    """Write a few words at a point of the axes, above everything else.

    Args:
        sheet: The sheet.
        at: Epoch seconds.
        value: On the value axis.
        text: The words, drawable.
        raised: How far above the point their middle is, in inches.
    """
    place = sheet.axes.transData + ScaledTranslation(0, raised, sheet.figure.dpi_scale_trans)
    ground = {"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    sheet.figure.text(
        at, value, text, transform=place, ha="center", va="center", size=style.SMALL_SIZE, zorder=6, bbox=ground
    )


def finish(sheet: Sheet) -> bytes:
    """Write the margin's notes and encode the picture as PNG; the same sheet gives the same bytes."""
    _write_notes(sheet)
    canvas: Any = sheet.canvas  # its methods carry no types
    canvas.draw()
    drawn = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    # A palette: a third of the size and half the time, and no difference to be seen.
    palette = drawn.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    encoded = BytesIO()
    palette.save(encoded, format="png", compress_level=_COMPRESSION)
    return encoded.getvalue()


@dataclass(frozen=True, slots=True)
class Legend:
    """Names to write below the axes, and the room they take.

    Attributes:
        names: Drawable names.
        columns: In how many columns.
    """

    names: tuple[str, ...]
    columns: int

    @property
    def height(self) -> float:
        """Room it takes, in inches."""
        return -(-len(self.names) // self.columns) * _LEGEND_ROW + 0.08 if self.names else 0.0


def plan_legend(names: Sequence[str]) -> Legend:
    """Set names in as many columns as the widest of them allows.

    Args:
        names: Any text.

    Returns:
        The legend.
    """
    room = WIDTH - LEFT - _LEGEND_HANDLE - _EDGE
    numbered = enumerate(names, start=1)
    drawn = tuple(fitted(drawable(name, f"series {number}"), style.SMALL_SIZE, room) for number, name in numbered)
    widest = max((width(name, style.SMALL_SIZE) for name in drawn), default=0.0)
    columns = int((WIDTH - 0.3) // (widest + _LEGEND_HANDLE + _LEGEND_GAP))
    return Legend(drawn, max(1, min(columns, 6, len(drawn))))


def write_legend(sheet: Sheet, legend: Legend, handles: Sequence[Artist]) -> None:
    """Write the legend below the axes, row by row.

    Args:
        sheet: A sheet with room for it below.
        legend: The names.
        handles: What stands before each of them.
    """
    if not legend.names:
        return
    order = _by_columns(len(legend.names), legend.columns)
    drawn = sheet.figure.legend(
        [handles[number] for number in order],
        ["x"] * len(order),  # names that begin with "_" would be left out
        loc="upper left",
        bbox_to_anchor=(LEFT / WIDTH - 0.02, (sheet.bottom - _FOOTER + 0.06) / sheet.figure.get_figheight()),
        ncols=legend.columns,
        frameon=False,
        fontsize=style.SMALL_SIZE,
        borderaxespad=0.0,
        borderpad=0.0,
        handlelength=2.6,
        columnspacing=1.6,
        labelspacing=0.45,
    )
    for text, number in zip(drawn.get_texts(), order, strict=True):
        text.set_text(legend.names[number])


def _by_columns(count: int, columns: int) -> list[int]:
    """The order in which matplotlib, filling column by column, gives names read row by row."""
    return [number for column in range(columns) for number in range(column, count, columns)]


def _shade(axes: Axes, view: View, phases: Phases) -> None:
    if phases.start is not None:
        end = view.end if phases.end is None else phases.end
        axes.axvspan(max(phases.start, view.start), min(end, view.end), color=style.IMPACT, linewidth=0, zorder=0)
    pixel = view.seconds / (AXES_WIDTH * DPI)
    for mark in phases.inside(view):
        if mark.high - mark.low > _SEEN_PIXELS * pixel:
            axes.axvspan(
                mark.low, mark.high, facecolor="none", edgecolor=style.UNSURE, hatch="////", linewidth=0.0, zorder=0.3
            )


def _mark_changes(axes: Axes, view: View, changes: Sequence[Noted]) -> None:
    """A dashed line per change with its letter at the foot, where lines seldom are; its length as a tint."""
    for one in changes:
        at = max(one.at, view.start)
        if one.end is not None and one.end > at:
            axes.axvspan(at, min(one.end, view.end), color=one.color, alpha=0.12, linewidth=0, zorder=0.5)
        axes.axvline(at, color=one.color, linestyle=style.DASHED, linewidth=1.0, zorder=3.6)
        axes.text(
            at,
            0.05,
            one.number,
            transform=axes.get_xaxis_transform(),
            size=style.SMALL_SIZE,
            weight="bold",
            color="white",
            ha="center",
            va="center_baseline",
            zorder=5.5,
            bbox={"boxstyle": "square,pad=0.2", "facecolor": one.color, "edgecolor": "none"},
        )


def _write_notes(sheet: Sheet) -> None:
    """Write the notes, lowest first, each at its value or above the one below it."""
    axes = sheet.axes
    wide, tall = sheet.figure.get_size_inches()
    free = 0.0
    for note in sorted(sheet.notes, key=lambda one: one.value):
        place = axes.transLimits.transform(axes.transScale.transform((sheet.view.start, note.value)))
        share = min(max(float(place[1]), 0.0), 1.0)
        middle = max(share * AXES_HEIGHT, free + _NOTE_ROW / 2)
        free = middle + _NOTE_ROW / 2
        sheet.figure.text(
            (WIDTH - RIGHT + 0.07) / wide,
            (sheet.bottom + middle) / tall,
            fitted(note.text, style.SMALL_SIZE, RIGHT - 0.07),
            size=style.SMALL_SIZE,
            color=note.color,
            va="center",
        )
