"""How a panel draws: the field configuration of today's panels, and the flat options of the old graph panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, scalar, text, whole
from pm_autofill.collect.grafana.model import Look
from pm_autofill.evidence.panels import ThresholdStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STYLES = {"line": "line", "bars": "bars", "points": "points"}
_STACKINGS = {"normal": "normal", "percent": "percent"}
_MOST_DECIMALS = 15
_LOGARITHMS = (2, 10)
_MOST_STEPS = 50
_SHOWN = 80


def read_look(panel: Mapping[str, Any]) -> Look:
    """The look of a classic panel.

    Args:
        panel: Its JSON.

    Returns:
        What can be drawn alike; ``not_applied`` names transformations and overrides.
    """
    return _graph_look(panel) if text(panel.get("type")) == "graph" else _field_look(panel)


def _field_look(panel: Mapping[str, Any]) -> Look:
    """From ``fieldConfig.defaults``."""
    defaults = mapping(mapping(panel.get("fieldConfig")).get("defaults"))
    custom = mapping(defaults.get("custom"))
    minimum, maximum = number(defaults.get("min")), number(defaults.get("max"))
    mode = text(mapping(defaults.get("thresholds")).get("mode"))
    threshold_style = text(mapping(custom.get("thresholdsStyle")).get("mode"))
    steps = _threshold_steps(mapping(defaults.get("thresholds")).get("steps"))
    notes = list(_left_out(panel))
    if mode == "percentage":
        steps, note = _absolute(steps, minimum, maximum)
        notes += [note] if note and threshold_style not in {"", "off"} else []
    span = custom.get("spanNulls")
    if number(span) is not None:
        notes.append(f"gaps shorter than {scalar(span)} ms are bridged")
    return Look(
        unit=text(defaults.get("unit")),
        decimals=_decimals(defaults.get("decimals")),
        minimum=minimum,
        maximum=maximum,
        logarithmic=_logarithm(mapping(custom.get("scaleDistribution"))),
        stacked=_STACKINGS.get(text(mapping(custom.get("stacking")).get("mode")), "none"),
        style=_STYLES.get(text(custom.get("drawStyle")), "line"),
        fill_ratio=_ratio(custom.get("fillOpacity"), of=100.0),
        span_nulls=span is True,
        thresholds=steps,
        show_thresholds=bool(steps) and threshold_style not in {"", "off"},
        not_applied=tuple(notes),
    )


def _graph_look(panel: Mapping[str, Any]) -> Look:
    """From the options of the graph panel that Grafana had until version 7."""
    axis = next(iter(mappings(panel.get("yaxes"))), {})
    steps = tuple(
        ThresholdStep(value=value, color=text(one.get("lineColor")) or text(one.get("colorMode")) or "red")
        for one in mappings(panel.get("thresholds"))
        if (value := number(one.get("value"))) is not None
    )
    is_stacked = panel.get("stack") is True
    base = whole(axis.get("logBase"))
    return Look(
        unit=text(axis.get("format")),
        decimals=_decimals(axis.get("decimals", panel.get("decimals"))),
        minimum=number(axis.get("min")),
        maximum=number(axis.get("max")),
        logarithmic=base if base in _LOGARITHMS else None,
        stacked="none" if not is_stacked else "percent" if panel.get("percentage") is True else "normal",
        style=_graph_style(panel),
        fill_ratio=_ratio(panel.get("fill"), of=10.0),
        span_nulls=text(panel.get("nullPointMode")) == "connected",
        thresholds=tuple(sorted(steps, key=_threshold_key)),
        show_thresholds=bool(steps),
        not_applied=(*_left_out(panel), *_graph_overrides(panel)),
    )


def _graph_style(panel: Mapping[str, Any]) -> str:
    """Lines unless they are switched off for bars or points."""
    if panel.get("lines") is not False:
        return "line"
    return "bars" if panel.get("bars") is True else "points" if panel.get("points") is True else "line"


def _graph_overrides(panel: Mapping[str, Any]) -> Iterator[str]:
    """One note per series override of a graph panel."""
    for one in mappings(panel.get("seriesOverrides")):
        changes = ", ".join(sorted(text(key) for key in one if key != "alias"))
        yield _cut(f"override {text(one.get('alias'))}: {changes}")


def _left_out(panel: Mapping[str, Any]) -> Iterator[str]:
    """One note per transformation and per override."""
    for one in mappings(panel.get("transformations")):
        if one.get("disabled") is not True:
            yield _cut(f"transformation {text(one.get('id')) or 'without a name'}")
    for one in mappings(mapping(panel.get("fieldConfig")).get("overrides")):
        matcher = mapping(one.get("matcher"))
        what = ", ".join(text(change.get("id")) for change in mappings(one.get("properties")))
        yield _cut(f"override {text(matcher.get('id'))} {_matched(matcher.get('options'))}: {what}")


def _matched(options: object) -> str:
    """What an override's matcher looks for, in short."""
    names = items(mapping(options).get("names"))
    return ", ".join(scalar(name) for name in names) if names else scalar(options)


def _threshold_steps(steps: object) -> tuple[ThresholdStep, ...]:
    """Steps in ascending order; the base step has no value."""
    read = (
        ThresholdStep(value=number(one.get("value")), color=text(one.get("color")))
        for one in mappings(steps)
        if one.get("value") is None or number(one.get("value")) is not None
    )
    return tuple(sorted(read, key=_threshold_key))[:_MOST_STEPS]


def _threshold_key(step: ThresholdStep) -> float:
    """Where a step stands; the base lies below all."""
    return float("-inf") if step.value is None else step.value


def _absolute(
    steps: tuple[ThresholdStep, ...], minimum: float | None, maximum: float | None
) -> tuple[tuple[ThresholdStep, ...], str]:
    """Thresholds in percent of the axis as values, and a note where the axis has no fixed ends.

    Formula: minimum + (maximum - minimum) * percent / 100.
    Source: Grafana's documentation, "Configure thresholds".
    """
    if minimum is None or maximum is None:
        return (), "thresholds in percent of an axis without fixed ends"
    span = maximum - minimum
    return tuple(
        ThresholdStep(value=None if step.value is None else minimum + span * step.value / 100.0, color=step.color)
        for step in steps
    ), ""


def _decimals(value: object) -> int | None:
    """Decimals to print; None for automatic."""
    read = whole(value)
    return read if read is not None and 0 <= read <= _MOST_DECIMALS else None


def _logarithm(distribution: Mapping[str, Any]) -> int | None:
    """Base of a logarithmic axis; None for a linear one."""
    if text(distribution.get("type")) not in {"log", "symlog"}:
        return None
    base = whole(distribution.get("log"))
    return base if base in _LOGARITHMS else 10


def _ratio(value: object, *, of: float) -> float:
    """An opacity as a ratio in 0..1."""
    read = number(value)
    return 0.0 if read is None else min(max(read / of, 0.0), 1.0)


def _cut(note: str) -> str:
    """A note of bounded length."""
    return note if len(note) <= _SHOWN else note[: _SHOWN - 1] + "…"
