"""One value as a panel shows it: the words it is mapped to or the number in its unit, and its colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.patterns import read_pattern
from pm_autofill.graphs import units
from pm_autofill.graphs.labels import drawable
from pm_autofill.graphs.palette import CLASSIC, COLOR_BLIND, Color, between, read_color, shades

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.panel_looks import FieldLook, ThresholdStep, ValueMapping
    from pm_autofill.evidence.series import Floats

_LONGEST = 120
_CLOSE = 1e-9
_BY_VALUE = "continuous-"
_NOTHING = "No data"


@dataclass(frozen=True, slots=True)
class Reach:
    """From the least to the largest value of a panel, where its field sets no bounds."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it is shown."""

    text: str
    color: Color


def reach_of(values: Sequence[Floats]) -> Reach:
    """The reach of all finite values; nought to one where there are none."""
    finite = np.concatenate([part[np.isfinite(part)] for part in values]) if values else np.zeros(0)
    return Reach(float(finite.min()), float(finite.max())) if len(finite) else Reach(0.0, 1.0)


def bounds(look: FieldLook, reach: Reach) -> tuple[float, float]:
    """Ends of a gauge or a colour scheme: the field's own, else those of the values."""
    low = reach.low if look.minimum is None else look.minimum
    high = reach.high if look.maximum is None else look.maximum
    return apart(low, high)


def apart(low: float, high: float) -> tuple[float, float]:
    """Two ends with room between them; where there is none the upper one moves."""
    least = max(abs(low), abs(high)) * _CLOSE
    return (low, high) if high - low > least else (low, low + max(1.0, 2 * least))


def share_of(value: float, ends: tuple[float, float]) -> float:
    """Where a value lies between two ends, 0..1; 0 for none."""
    low, high = ends
    share = (value - low) / (high - low)
    return 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)


def thresholds(look: FieldLook, reach: Reach) -> tuple[ThresholdStep, ...]:
    """The thresholds as values.

    Formula: minimum + (maximum - minimum) * percent / 100, where they are percents.
    Source: Grafana's documentation, "Configure thresholds".
    """
    if not look.in_percent:
        return look.thresholds
    import msgspec

    low, high = bounds(look, reach)
    return tuple(
        msgspec.structs.replace(step, value=None if step.value is None else low + (high - low) * step.value / 100)
        for step in look.thresholds
    )


def write(value: float, look: FieldLook) -> str:
    """A value in words: what it is mapped to, else the number in its unit; the field's own words for no value."""
    mapped = find_mapping(value, look)
    if mapped is not None and mapped.text:
        return drawable(mapped.text, mapped.text[:1], _LONGEST)
    if math.isnan(value):
        return drawable(look.no_value, _NOTHING, _LONGEST) if look.no_value else _NOTHING
    return drawable(units.format_value(value, look.unit, look.decimals), "?", _LONGEST)


def show(value: float, look: FieldLook, reach: Reach, place: int = 0) -> Shown:
    """A value as a stat, a gauge or a cell shows it.

    Args:
        value: The value; NaN for none.
        look: Its field.
        reach: The panel's values.
        place: Which series of the panel it is, for schemes that go by series.
    """
    mapped = find_mapping(value, look)
    if mapped is not None and mapped.color:
        return Shown(write(value, look), read_color(mapped.color))
    return Shown(write(value, look), value_color(value, look, reach, place))


def value_color(value: float, look: FieldLook, reach: Reach, place: int = 0) -> Color:
    """The colour of a value by its field's scheme; that of its thresholds where the scheme says nothing."""
    mode = look.color_mode or "thresholds"
    if mode.startswith(_BY_VALUE):
        return between(mode.removeprefix(_BY_VALUE), share_of(value, bounds(look, reach)))
    if mode == "thresholds":
        return threshold_color(value, look, reach)
    return series_color(look, place, "")


def threshold_color(value: float, look: FieldLook, reach: Reach) -> Color:
    """The colour of the highest threshold a value has reached; Grafana's green where there are none."""
    steps = thresholds(look, reach)
    reached = [step for step in steps if step.value is None or (not math.isnan(value) and step.value <= value)]
    return read_color(reached[-1].color if reached else steps[0].color if steps else "green")


def series_color(
    look: FieldLook, place: int, name: str, values: Floats | None = None, reach: Reach | None = None
) -> Color:
    """The colour of a whole series.

    Args:
        look: Its field.
        place: Its place among all series of the panel.
        name: Its name, for the scheme that goes by names.
        values: Its values, for schemes that go by value.
        reach: The panel's values, likewise.
    """
    mode = look.color_mode or "palette-classic"
    if mode in {"fixed", "gradient"}:
        return read_color(look.color or "green")
    if mode == "shades":
        return shades(read_color(look.color or "green"), place + 1)[place]
    if (mode == "thresholds" or mode.startswith(_BY_VALUE)) and values is not None and reach is not None:
        return value_color(_deciding(look, values), look, reach, place)
    if mode == "palette-colorblind":
        return read_color(COLOR_BLIND[place % len(COLOR_BLIND)])
    number = _hash(name) if mode == "palette-classic-by-name" else place
    return read_color(CLASSIC[number % len(CLASSIC)])


def find_mapping(value: float, look: FieldLook) -> ValueMapping | None:
    """The first mapping that fits a value."""
    return next((one for one in look.mappings if _fits(one, value)), None)


def _fits(mapping: ValueMapping, value: float) -> bool:
    if mapping.kind == "special":
        wanted = {"null": math.isnan(value), "nan": math.isnan(value), "null+nan": math.isnan(value)}
        return wanted.get(mapping.match, False)
    if math.isnan(value):
        return False
    if mapping.kind == "range":
        above = mapping.low is None or value >= mapping.low
        return above and (mapping.high is None or value <= mapping.high)
    written = units.plain_number(value)
    if mapping.kind == "regex":
        pattern = read_pattern(mapping.match)
        return pattern is not None and pattern.search(written) is not None
    return mapping.match == written


def _deciding(look: FieldLook, values: Floats) -> float:
    """Which of a series' values gives it its colour."""
    there = values[np.isfinite(values)]
    if not len(there):
        return math.nan
    return float({"min": there.min(), "max": there.max()}.get(look.color_by, there[-1]))


def _hash(text: str) -> int:
    """A number of a name: the hash Grafana takes.

    Source: the npm package string-hash, 5381 * 33 ^ character.
    """
    found = 5381
    for one in reversed(text):
        found = (found * 33 ^ ord(one)) & 0xFFFFFFFF
    return found
