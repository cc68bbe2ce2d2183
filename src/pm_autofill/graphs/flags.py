"""The flags above a picture that name the marked instants: which row each takes, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from pm_autofill.graphs import style
from pm_autofill.graphs.labels import width
from pm_autofill.instants import from_epoch
from pm_autofill.wording.times import clock, minute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from matplotlib.figure import Figure

    from pm_autofill.graphs.view import Mark, View

ROW = 0.215
_CHIP = 0.225
_GAP = 0.08
_SECONDS_BELOW = 1200.0
_WIDE = 60.0


@dataclass(frozen=True, slots=True)
class Flag:
    """A mark's flag.

    Attributes:
        letter: What stands in its chip.
        text: What stands behind it.
        pole: Where the instant is, inches from the left edge of the picture.
        left: Where the flag begins.
        row: 0 is next to the axes.
    """

    letter: str
    text: str
    pole: float
    left: float
    row: int


def place(
    marks: Sequence[Mark], view: View, axes_left: float, axes_width: float, right_edge: float
) -> tuple[Flag, ...]:
    """Give every mark a flag, none covering another or another's pole.

    Args:
        marks: The marks in the view, ascending.
        view: What is shown.
        axes_left: Where the time axis begins, in inches.
        axes_width: How long it is, in inches.
        right_edge: How far flags may reach, in inches.

    Returns:
        The flags, from right to left.
    """
    placed: list[tuple[Flag, float]] = []
    minutes = [int(mark.at // 60) for mark in marks]
    time_of_day = clock if view.seconds <= _SECONDS_BELOW or len(set(minutes)) < len(minutes) else minute
    for mark in reversed(marks):
        pole = axes_left + axes_width * (mark.at - view.start) / view.seconds
        text = _words(mark, time_of_day)
        reach = pole + _CHIP + width(text, style.SMALL_SIZE) + _GAP
        left = min(pole, pole - (reach - right_edge))
        # A flag flies to the right of its pole, so it has to be above all whose poles stand below it.
        row = max((other.row + 1 for other, right in placed if other.left < reach and left < right), default=0)
        placed.append((Flag(mark.letter, text, pole, left, row), reach - (pole - left)))
    return tuple(flag for flag, _ in placed)


def _words(mark: Mark, time_of_day: Callable[[datetime], str]) -> str:
    """When, what, and how sure that is where it is not sure to the minute."""
    unsure = max(mark.at - mark.low, mark.high - mark.at)
    behind = f" ±{round(unsure / 60)} min" if unsure >= _WIDE else ""
    return f"{time_of_day(from_epoch(mark.at))} {mark.word}{behind}"


def draw(figure: Figure, flags: Sequence[Flag], foot: float, top: float) -> None:
    """Draw poles and flags.

    Args:
        figure: The picture; its size is in inches.
        flags: What to draw.
        foot: Lower end of the poles, inches from the bottom.
        top: Where the lowest row begins, inches from the bottom.
    """
    wide, high = figure.get_size_inches()
    for flag in flags:
        middle = top + (flag.row + 0.5) * ROW
        figure.add_artist(
            Line2D(
                [flag.pole / wide] * 2,
                [foot / high, (middle - ROW / 2 + 0.01) / high],
                transform=figure.transFigure,
                color=style.INK,
                linewidth=1.1,
                linestyle=style.SOLID if flag.letter in "SV" else style.DASHED,
                zorder=5,
            )
        )
        figure.text(
            (flag.left + 0.035) / wide,
            (middle - 0.005) / high,
            flag.letter,
            size=style.SMALL_SIZE,
            weight="bold",
            color="white",
            ha="left",
            va="center_baseline",
            zorder=7,
            bbox={"boxstyle": "square,pad=0.22", "facecolor": style.INK, "edgecolor": "none"},
        )
        figure.text(
            (flag.left + _CHIP) / wide,
            (middle - 0.005) / high,
            flag.text,
            size=style.SMALL_SIZE,
            ha="left",
            va="center_baseline",
            zorder=6,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
        )
