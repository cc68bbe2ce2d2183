"""State timelines and status histories: a row per series, coloured by its state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs import showing, style
from pm_autofill.graphs.canvas import DPI, words_width
from pm_autofill.graphs.labels import drawable, fitted
from pm_autofill.graphs.palette import CLASSIC, Color, legible_on, read_color
from pm_autofill.graphs.panel_data import Drawing
from pm_autofill.graphs.panel_frame import EDGE, LEFT, RIGHT, WIDE, close, over_time
from pm_autofill.graphs.stacking import GAP_STEPS, drawn, usual_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.graphs.panel_data import Field, PanelData
    from pm_autofill.graphs.panel_frame import Plot
    from pm_autofill.graphs.showing import Reach

_MOST_ROWS = 24
_ROW = 30.0
_LOWEST = 90.0
_SHARE = 0.84
_MOST_STATES = 12
_LEGEND_ROW = 22.0
_WIDEST_NAME = 260.0


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one state, in epoch seconds."""

    start: float
    end: float
    text: str
    color: Color


def draw(data: PanelData) -> Drawing:
    """Draw a state timeline or a status history.

    Args:
        data: The panel with its series.

    Returns:
        The picture; a remark on rows it leaves out.
    """
    fields = [one for one in data.fields if not one.look.hidden]
    remarks = [f"the first {_MOST_ROWS} of {len(fields)} rows are drawn"] if len(fields) > _MOST_ROWS else []
    fields = fields[:_MOST_ROWS]
    reach = showing.reach_of([drawn(one.series.values) for one in fields])
    known: dict[str, Color] = {}
    joined = data.panel.options.merged and data.panel.kind == "state-timeline"
    rows = [list(_spans(one, reach, known, joined=joined)) for one in fields]
    names = [
        fitted(drawable(one.name, f"series {one.place + 1}"), style.TEXT_SIZE, _WIDEST_NAME / DPI) for one in fields
    ]
    left = max(LEFT, EDGE + max((words_width(name, style.TEXT_SIZE) for name in names), default=0.0) + 12)
    states = list(known.items()) if data.panel.legend.shown and _by_state(fields[0].look) else []
    plot, raised = over_time(
        data.heading,
        data.view,
        data.shown,
        high=max(len(rows) * _ROW, _LOWEST),
        below=_LEGEND_ROW + 8 if states else 0.0,
        left=left,
        right=RIGHT,
    )
    height = (plot.top - plot.bottom) / len(rows)
    gap = 0.0 if data.panel.kind == "state-timeline" else 1.5
    for place, (name, spans) in enumerate(zip(names, rows, strict=True)):
        middle = plot.top - (place + 0.5) * height
        plot.canvas.text(left - 10, middle, name, across="right")
        _draw_row(plot, spans, (middle, height), gap, worded=data.panel.options.show_value != "never")
    close(plot, raised, data.noted)
    _draw_states(plot, states)
    return Drawing(plot.canvas.png(), tuple(remarks))


def _spans(field: Field, reach: Reach, known: dict[str, Color], *, joined: bool) -> Iterator[Span]:
    """The stretches of a series: from each sample to the next one, equal ones joined where the panel joins them."""
    times, values = field.series.times, drawn(field.series.values)
    step = usual_step(times)
    ends = np.append(times[1:], times[-1:] + step)
    ends = np.where(ends - times > GAP_STEPS * step, times + step, ends)
    last: Span | None = None
    for start, end, value in zip(times, ends, values, strict=True):
        if math.isnan(value) and showing.find_mapping(math.nan, field.look) is None:
            continue
        text, color = _state(float(value), field.look, reach, known)
        if joined and last is not None and last.end == start and (last.text, last.color) == (text, color):
            last = Span(last.start, float(end), text, color)
            continue
        if last is not None:
            yield last
        last = Span(float(start), float(end), text, color)
    if last is not None:
        yield last


def _state(value: float, look: FieldLook, reach: Reach, known: dict[str, Color]) -> tuple[str, Color]:
    """What a state is called, and its colour; one without a colour of its own takes the palette's next."""
    shown = showing.show(value, look, reach)
    text, color = shown.text, shown.color
    mapped = showing.find_mapping(value, look)
    if look.color_mode.startswith("palette") and not (mapped is not None and mapped.color):
        color = known.get(text) or read_color(CLASSIC[len(known) % len(CLASSIC)])
    if text not in known and len(known) < 10 * _MOST_STATES:
        known[text] = color
    return text, color


def _by_state(look: FieldLook) -> bool:
    """Whether a legend can name every state: there are words or a palette, not a continuous scheme."""
    return bool(look.mappings) or not look.color_mode.startswith("continuous")


def _draw_row(plot: Plot, spans: list[Span], place: tuple[float, float], gap: float, *, worded: bool) -> None:
    middle, height = place
    low, high = middle - height * _SHARE / 2, middle + height * _SHARE / 2
    for span in spans:
        start, end = max(span.start, plot.view.start), min(span.end, plot.view.end)
        if start >= end:
            continue
        left, right = plot.at(start), plot.at(end)
        plot.canvas.box((left, low, max(right - gap, left + 0.5), high), span.color)
        if worded and words_width(span.text, style.SMALL_SIZE) + 10 < right - left:
            plot.canvas.text(left + 5, middle, span.text, style.SMALL_SIZE, legible_on(span.color))


def _draw_states(plot: Plot, states: list[tuple[str, Color]]) -> None:
    """Names of the states below the time axis."""
    left, middle = 34.0, _LEGEND_ROW / 2 + 3
    for text, color in states[:_MOST_STATES]:
        words = fitted(text, style.SMALL_SIZE, 3.0)
        wide = words_width(words, style.SMALL_SIZE) + 46
        if left + wide > WIDE - EDGE:
            break
        plot.canvas.box((left, middle - 5, left + 16, middle + 5), color)
        plot.canvas.text(left + 22, middle, words, style.SMALL_SIZE)
        left += wide
