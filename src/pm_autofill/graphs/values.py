"""The single values that stat, gauge and bar gauge show: one per series, or every one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.graphs.calculations import calculate, calculation_name, is_known, unit_of
from pm_autofill.graphs.labels import drawable
from pm_autofill.graphs.showing import reach_of, show
from pm_autofill.graphs.stacking import drawn
from pm_autofill.instants import from_epoch
from pm_autofill.wording.numbers import plural
from pm_autofill.wording.times import day_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.evidence.panel_looks import FieldLook
    from pm_autofill.graphs.palette import Color
    from pm_autofill.graphs.panel_data import Field, PanelData
    from pm_autofill.graphs.showing import Reach
    from pm_autofill.graphs.view import View

MOST_VALUES = 24


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value as it is shown.

    Attributes:
        name: What it is called, drawable.
        number: The value; NaN for none.
        text: The value in words.
        color: Its colour.
        field: The series it comes from.
        look: How it is written.
    """

    name: str
    number: float
    text: str
    color: Color
    field: Field
    look: FieldLook


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """All values of a panel.

    Attributes:
        shown: Those that are drawn.
        reach: The reach of all.
        remarks: What a caption says of them.
    """

    shown: tuple[Value, ...]
    reach: Reach
    remarks: tuple[str, ...]


def read_values(data: PanelData) -> Values:
    """The values a panel shows.

    Args:
        data: The panel.

    Returns:
        One per visible series, or every sample where the panel asks for that; at most ``MOST_VALUES``.
    """
    visible = [one for one in data.fields if not one.look.hidden]
    reach = reach_of([drawn(one.series.values) for one in visible])
    every = [value for one in visible for value in _of(one, data, reach)]
    limit = data.panel.options.limit
    if data.panel.options.every_value and limit is not None and limit > 0:
        every = every[:limit]
    remarks = (
        [] if len(every) <= MOST_VALUES else [f"the first {MOST_VALUES} of {plural(len(every), 'value')} are drawn"]
    )
    remarks += _how(data)
    return Values(tuple(every[:MOST_VALUES]), reach, tuple(remarks))


def _how(data: PanelData) -> Iterator[str]:
    """Which number stands for a series, as far as that is not plain."""
    id_ = data.panel.options.reduction
    if data.panel.options.every_value:
        return
    if not is_known(id_):
        yield f"the last value stands for {id_[:40]}"
    elif any(len(one.series.times) > 1 for one in data.fields):
        yield f"values: {calculation_name(id_).rstrip(' *').lower()} of {window_words(data.view)}"


def window_words(view: View) -> str:
    """The range that was asked for, such as "18 Nov 12:00 to 16:00 UTC"."""
    return f"{day_clock(from_epoch(view.start))} to {day_clock(from_epoch(view.end))}"


def _of(field: Field, data: PanelData, reach: Reach) -> Iterator[Value]:
    """The values of one series."""
    values = drawn(field.series.values)
    options = data.panel.options
    name = drawable(field.name, f"series {field.place + 1}")
    if options.every_value:
        for number in values[: MOST_VALUES + 1]:
            shown = show(float(number), field.look, reach, field.place)
            yield Value(name, float(number), shown.text, shown.color, field, field.look)
        return
    number = calculate(options.reduction, values)
    unit = unit_of(options.reduction, field.look.unit)
    look = field.look
    if unit != look.unit:
        import msgspec

        look = msgspec.structs.replace(look, unit=unit)
    shown = show(number, look, reach, field.place)
    yield Value(name, float(np.float64(number)), shown.text, shown.color, field, look)
