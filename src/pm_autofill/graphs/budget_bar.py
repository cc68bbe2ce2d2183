"""The whole of an error budget as a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from pm_autofill.graphs import sheet as sheets
from pm_autofill.graphs import style
from pm_autofill.graphs.labels import width
from pm_autofill.wording.numbers import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pm_autofill.graphs.sheet import Sheet

ROOM = 0.55
_THICK = 0.2


def left_words(left: float) -> str:
    """How much is left, or by how much it is overspent."""
    return f"{percent(left)} left" if left >= 0 else f"overspent by {percent(-left)}"


def draw_bar(sheet: Sheet, taken: float, left: float | None) -> None:
    """Draw the whole budget: used before, taken by this incident, left; beyond its end where it is overspent.

    Args:
        sheet: A sheet with ``ROOM`` above its flags.
        taken: Share of the budget the incident took.
        left: Share left after it, below nought when overspent; None when unknown.
    """
    figure = sheet.figure
    wide, tall = figure.get_size_inches()
    used = taken if left is None else 1 - left
    whole = max(1.0, used)
    scale = sheets.AXES_WIDTH / whole
    foot = tall - sheets.HEADER - ROOM + 0.08
    first = max(used - taken, 0.0)
    parts = ((0.0, first, "#bdbdbd", ""), (first, used, style.VERMILLION, "////"), (used, 1.0, "white", ""))
    for begin, end, color, hatch in parts:
        if end > begin:
            figure.add_artist(
                Rectangle(
                    ((sheets.LEFT + begin * scale) / wide, foot / tall),
                    (end - begin) * scale / wide,
                    _THICK / tall,
                    transform=figure.transFigure,
                    facecolor=color,
                    edgecolor=style.INK,
                    hatch=hatch,
                    linewidth=0.8,
                )
            )
    if whole > 1:
        _mark_whole(figure, (sheets.LEFT + scale) / wide, foot / tall, tall)
    said = [] if left is None else [(0.0, "used before")] if first > 0 else []
    said.append(((first + used) / 2, f"this incident {percent(taken)}"))
    if left is not None:
        said.append((whole, left_words(left)))
    _label_bar(sheet, said, scale, foot + _THICK + 0.07)


def _mark_whole(figure: Figure, at: float, foot: float, tall: float) -> None:
    """Show where the budget ends, on a bar that goes beyond."""
    span = [foot - 0.05 / tall, foot + (_THICK + 0.05) / tall]
    figure.add_artist(Line2D([at, at], span, transform=figure.transFigure, color=style.INK, linewidth=2))
    ground = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
    middle = foot + _THICK / 2 / tall
    figure.text(at - 0.006, middle, "100%", size=style.SMALL_SIZE, ha="right", va="center", bbox=ground)


def _label_bar(sheet: Sheet, said: list[tuple[float, str]], scale: float, foot: float) -> None:
    """Write the bar's labels above it: the middle one where its part is, between the others."""
    wide, tall = sheet.figure.get_size_inches()
    lengths = [width(text, style.SMALL_SIZE) for _, text in said]
    free = 0.0
    for number, (at, text) in enumerate(said):
        behind = sum(lengths[number + 1 :]) + 0.2 * (len(said) - number - 1)
        place = min(at * scale - lengths[number] / 2, sheets.AXES_WIDTH - behind - lengths[number])
        place = max(place, free)
        free = place + lengths[number] + 0.2
        sheet.figure.text((sheets.LEFT + place) / wide, foot / tall, text, size=style.SMALL_SIZE)
