"""The legend below a panel: names in a row, or a table with the numbers Grafana calculates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.graphs import style
from pm_autofill.graphs.calculations import calculate, calculation_name, is_known, unit_of
from pm_autofill.graphs.canvas import DPI, words_width
from pm_autofill.graphs.labels import drawable, fitted
from pm_autofill.graphs.palette import read_color
from pm_autofill.graphs.panel_frame import EDGE, WIDE
from pm_autofill.graphs.panel_lines import Line, draw_swatch
from pm_autofill.graphs.units import format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panel_looks import Legend
    from pm_autofill.graphs.panel_frame import Plot

MOST_NAMED = 12
_ROW = 22.0
_SWATCH = 27.0
_GAP = 24.0
_WIDEST_NAME = 520.0
_LEFT = 34.0


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One row: a line and what stands beside its name."""

    line: Line
    name: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A legend ready to be drawn.

    Attributes:
        entries: Its rows or items.
        heads: Heads of its columns of numbers; none for a plain one.
        more: How many series it does not name.
        is_table: Whether it is a table.
    """

    entries: tuple[Entry, ...]
    heads: tuple[str, ...]
    more: int
    is_table: bool

    @property
    def height(self) -> float:
        """Room it takes in pixels."""
        if not self.entries and not self.more:
            return 0.0
        if self.is_table:
            return (1 + len(self.entries) + bool(self.more)) * _ROW + 10
        return len(_rows(self)) * _ROW + 8


def plan_legend(legend: Legend, lines: Sequence[Line], named: Sequence[Line]) -> Plan:
    """What a legend says.

    Args:
        legend: What the panel asks for.
        lines: The lines that are drawn.
        named: Those of them that are named at most.

    Returns:
        The legend.
    """
    if not legend.shown:
        return Plan((), (), 0, is_table=False)
    shown = [line for line in named if line.look.in_legend]
    ids = [one for one in legend.calculations if is_known(one)]
    order = next((one for one in ids if legend.sort_by in {one, calculation_name(one)}), None)
    if order is not None and legend.table:
        shown.sort(key=lambda line: _sorting(calculate(order, line.values)), reverse=legend.descending)
    entries = tuple(
        Entry(line, drawable(line.name, f"series {number}"), tuple(_number(one, line) for one in ids))
        for number, line in enumerate(shown, start=1)
    )
    more = sum(line.look.in_legend for line in lines) - len(entries)
    return Plan(entries, tuple(calculation_name(one) for one in ids), more, is_table=legend.table and bool(ids))


def draw_legend(plot: Plot, plan: Plan) -> None:
    """Draw a legend at the foot of a sheet with room for it."""
    if plan.is_table:
        _draw_table(plot, plan)
    elif plan.entries or plan.more:
        _draw_list(plot, plan)


def _number(id_: str, line: Line) -> str:
    value = calculate(id_, line.values)
    return "-" if math.isnan(value) else format_value(value, unit_of(id_, line.look.unit), line.look.decimals)


def _sorting(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _draw_table(plot: Plot, plan: Plan) -> None:
    canvas = plot.canvas
    names = [fitted(one.name, style.SMALL_SIZE, _WIDEST_NAME / DPI) for one in plan.entries]
    width = max((words_width(name, style.SMALL_SIZE) for name in names), default=0.0)
    columns = [
        max(words_width(words, style.SMALL_SIZE) for words in (head, *(one.numbers[place] for one in plan.entries)))
        for place, head in enumerate(plan.heads)
    ]
    rights = []
    edge = max(_LEFT + _SWATCH + width + _GAP, 320.0)
    for column in columns:
        edge += max(column, 60.0) + _GAP
        rights.append(min(edge, WIDE - EDGE))
    middle = plan.height - _ROW / 2
    canvas.text(_LEFT + _SWATCH, middle, "Name", style.SMALL_SIZE, style.MUTED)
    for head, right in zip(plan.heads, rights, strict=True):
        canvas.text(right, middle, head, style.SMALL_SIZE, style.MUTED, across="right")
    canvas.across(middle - _ROW / 2 + 1, _LEFT, max(rights, default=WIDE / 2), read_color(style.FAINT), 1.0)
    for name, one in zip(names, plan.entries, strict=True):
        middle -= _ROW
        draw_swatch(plot, one.line, _LEFT, middle)
        canvas.text(_LEFT + _SWATCH, middle, name, style.SMALL_SIZE)
        for words, right in zip(one.numbers, rights, strict=True):
            canvas.text(right, middle, words, style.SMALL_SIZE, across="right")
    if plan.more:
        canvas.text(_LEFT + _SWATCH, middle - _ROW, f"+{plan.more} more", style.SMALL_SIZE, style.MUTED)


def _draw_list(plot: Plot, plan: Plan) -> None:
    middle = plan.height - _ROW / 2
    for row in _rows(plan):
        left = _LEFT
        for words, line, wide in row:
            if line is not None:
                draw_swatch(plot, line, left, middle)
            offset = _SWATCH if line is not None else 0.0
            plot.canvas.text(left + offset, middle, words, style.SMALL_SIZE, style.INK if line else style.MUTED)
            left += wide
        middle -= _ROW


def _rows(plan: Plan) -> list[list[tuple[str, Line | None, float]]]:
    """The items of a plain legend, row by row, each with its width."""
    room = WIDE - _LEFT - EDGE
    items: list[tuple[str, Line | None]] = [(_words(one, plan.heads), one.line) for one in plan.entries]
    if plan.more:
        items.append((f"+{plan.more} more", None))
    rows: list[list[tuple[str, Line | None, float]]] = []
    free = 0.0
    for words, line in items:
        fitting = fitted(words, style.SMALL_SIZE, (room - _SWATCH) / DPI)
        wide = words_width(fitting, style.SMALL_SIZE) + _SWATCH + _GAP
        if wide - _GAP > free:
            rows.append([])
            free = room
        rows[-1].append((fitting, line, wide))
        free -= wide
    return rows


def _words(one: Entry, heads: tuple[str, ...]) -> str:
    numbers = "  ".join(f"{head}: {words}" for head, words in zip(heads, one.numbers, strict=True))
    return f"{one.name}   {numbers}" if numbers else one.name
