"""A table panel: a row per set of labels, a column per label and per query."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.graphs import style
from pm_autofill.graphs.calculations import calculate
from pm_autofill.graphs.canvas import DPI, words_width
from pm_autofill.graphs.labels import drawable, fitted
from pm_autofill.graphs.palette import Color, dark_enough, hexadecimal, legible_on, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import EDGE, WIDE, blank
from pm_autofill.graphs.showing import bounds, reach_of, share_of, show
from pm_autofill.graphs.stacking import drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.graphs.canvas import Canvas
    from pm_autofill.graphs.panel_data import Field, PanelData
    from pm_autofill.graphs.showing import Reach

_ROW = 27.0
_MOST_ROWS = 20
_MOST_COLUMNS = 10
_GAP = 22.0
_WIDEST = 420.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: What it says.
        number: Its value, for sorting; None for words.
        color: Of its thresholds; None where it has none.
        ground: Whether the colour fills the cell.
        share: How far a gauge in it is filled; None for no gauge.
    """

    text: str
    number: float | None = None
    color: Color | None = None
    ground: bool = False
    share: float | None = None


def draw(data: PanelData) -> Drawing:
    """Draw a table panel.

    Args:
        data: The panel with its series.

    Returns:
        The picture; remarks on rows and columns it leaves out.
    """
    heads, rows = read_table(data)
    remarks = []
    if any(len(one.series.times) > 1 for one in data.fields):
        remarks.append("the last value of each series is shown")
    if len(rows) > _MOST_ROWS:
        remarks.append(f"the first {_MOST_ROWS} of {len(rows)} rows are drawn")
    if len(heads) > _MOST_COLUMNS:
        remarks.append(f"the last {_MOST_COLUMNS} of {len(heads)} columns are drawn")
    heads, rows = heads[-_MOST_COLUMNS:], [row[-_MOST_COLUMNS:] for row in rows[:_MOST_ROWS]]
    canvas = blank(data.heading, (len(rows) + 1) * _ROW + 14)
    widths = _widths(heads, rows)
    _draw_rows(canvas, heads, rows, widths)
    return Drawing(canvas.png(), tuple(remarks))


def read_table(data: PanelData) -> tuple[list[str], list[list[Cell]]]:
    """Heads and rows, sorted as the panel asks for."""
    visible = [one for one in data.fields if not one.look.hidden]
    keys = sorted({key for one in visible for key in one.series.labels if key != "__name__"})
    letters = list(dict.fromkeys(one.ref_id for one in visible))
    reach = reach_of([drawn(one.series.values) for one in visible])
    found: dict[tuple[str, ...], dict[str, Cell]] = {}
    heads: dict[str, str] = {}
    for one in visible:
        row = found.setdefault(tuple(one.series.labels.get(key, "") for key in keys), {})
        row[one.ref_id] = _cell(one, reach)
        usual = "Value" if len(letters) == 1 else f"Value #{one.ref_id}"
        heads.setdefault(one.ref_id, one.look.name or usual)
    names = [_renamed(data, key) for key in keys]
    rows = [
        [*(Cell(drawable(one, "?")) for one in labels), *(values.get(letter, Cell("")) for letter in letters)]
        for labels, values in found.items()
    ]
    all_heads = [drawable(head, "?") for head in (*names, *(heads[letter] for letter in letters))]
    wanted = data.panel.options.sort_by
    if wanted in all_heads:
        place = all_heads.index(wanted)
        rows.sort(key=lambda row: _sorting(row[place]), reverse=data.panel.options.descending)
    return all_heads, rows


def _cell(field: Field, reach: Reach) -> Cell:
    value = calculate("last", drawn(field.series.values))
    shown = show(value, field.look, reach, field.place)
    cell = field.look.cell
    if math.isnan(value) or not ("color" in cell or "gauge" in cell):
        return Cell("" if math.isnan(value) and not field.look.no_value else shown.text, value)
    share = share_of(value, bounds(field.look, reach)) if "gauge" in cell else None
    return Cell(shown.text, value, shown.color, "background" in cell, share)


def _renamed(data: PanelData, key: str) -> str:
    """A label's column by the name an override gives it."""
    for override in data.panel.overrides:
        if override.matcher == "byName" and key in override.names and "name" in override.changed:
            return override.look.name
    return key


def _sorting(cell: Cell) -> tuple[int, float, str]:
    if cell.number is None:
        return (1, 0.0, cell.text)
    return (0, -math.inf if math.isnan(cell.number) else cell.number, "")


def _widths(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Widths of the columns: as their words need, and together as wide as the sheet."""
    needed = [
        min(
            max(
                words_width(head, style.SMALL_SIZE, bold=True),
                *(words_width(row[place].text, style.TEXT_SIZE) for row in rows),
                60.0,
            ),
            _WIDEST,
        )
        + _GAP
        for place, head in enumerate(heads)
    ]
    room = WIDE - 2 * EDGE
    return [one * room / sum(needed) for one in needed]


def _draw_rows(canvas: Canvas, heads: Sequence[str], rows: Sequence[Sequence[Cell]], widths: Sequence[float]) -> None:
    lefts = [EDGE + sum(widths[:place]) for place in range(len(widths))]
    middle = len(rows) * _ROW + _ROW / 2 + 8
    for place, head in enumerate(heads):
        is_number = any(row[place].number is not None for row in rows)
        at, across = (lefts[place] + widths[place] - 10, "right") if is_number else (lefts[place] + 6, "left")
        words = fitted(head, style.SMALL_SIZE, (widths[place] - 14) / DPI, bold=True)
        canvas.text(at, middle, words, style.SMALL_SIZE, style.MUTED, bold=True, across=across)
    canvas.across(middle - _ROW / 2, EDGE, WIDE - EDGE, read_color(style.MUTED), 1.2)
    for row in rows:
        middle -= _ROW
        for left, wide, cell in zip(lefts, widths, row, strict=True):
            _draw_cell(canvas, (left, middle - _ROW / 2, left + wide, middle + _ROW / 2), cell)
        canvas.across(middle - _ROW / 2, EDGE, WIDE - EDGE, read_color(style.FAINT), 1.0)


def _draw_cell(canvas: Canvas, box: tuple[float, float, float, float], cell: Cell) -> None:
    left, low, right, high = box
    ink = style.INK
    if cell.color is not None and cell.ground:
        canvas.box((left + 1, low + 1, right - 1, high), cell.color)
        ink = legible_on(cell.color)
    elif cell.color is not None:
        ink = hexadecimal(dark_enough(cell.color))
    words = fitted(cell.text, style.TEXT_SIZE, (right - left - 14) / DPI)
    if cell.share is not None and cell.color is not None:
        end = right - 18 - words_width(words, style.TEXT_SIZE)
        if end > left + 30:
            canvas.box((left + 6, low + 8, end, high - 7), read_color(style.FAINT))
            canvas.box((left + 6, low + 8, left + 6 + (end - left - 6) * cell.share, high - 7), cell.color)
    if cell.number is None:
        canvas.text(left + 6, (low + high) / 2, words, color=ink)
    else:
        canvas.text(right - 10, (low + high) / 2, words, color=ink, across="right")
