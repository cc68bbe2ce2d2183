"""How a panel writes and draws its values: the field configuration of today's panels, with its overrides."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, scalar, text, whole
from pm_autofill.collect.grafana.older import as_todays
from pm_autofill.collect.grafana.options import read_legend, read_options
from pm_autofill.collect.grafana.transformations import transformation_notes
from pm_autofill.evidence.panel_looks import FieldLook, Legend, Options, Override, ThresholdStep, ValueMapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_MOST_DECIMALS = 15
_LOGARITHMS = (2, 10)
_MOST_STEPS = 50
_MOST_MAPPINGS = 200
_MOST_OVERRIDES = 100
_MOST_NAMES = 50
_LONGEST_TEXT = 200
_SHOWN = 80


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a panel draws; the attributes are those of ``evidence.panels.Panel``."""

    field: FieldLook = dataclasses.field(default_factory=FieldLook)
    overrides: tuple[Override, ...] = ()
    legend: Legend = dataclasses.field(default_factory=Legend)
    options: Options = dataclasses.field(default_factory=Options)
    not_applied: tuple[str, ...] = ()


def read_look(panel: Mapping[str, Any]) -> Look:
    """The look of a classic panel of any age.

    Args:
        panel: Its JSON.

    Returns:
        What can be drawn alike; ``not_applied`` names transformations, and what of overrides is not understood.
    """
    todays = as_todays(panel)
    config, options = mapping(todays.get("fieldConfig")), mapping(todays.get("options"))
    overrides, notes = read_overrides(config.get("overrides"))
    return Look(
        field=read_field(mapping(config.get("defaults"))),
        overrides=overrides,
        legend=read_legend(options),
        options=read_options(text(todays.get("type")), options),
        not_applied=(*transformation_notes(panel), *notes),
    )


def read_field(defaults: Mapping[str, Any]) -> FieldLook:
    """The look of a panel's fields.

    Args:
        defaults: ``fieldConfig.defaults``.

    Returns:
        The look; what is not said, or not understood, is Grafana's default.
    """
    flat = {key: value for key, value in defaults.items() if key != "custom"}
    flat |= {f"custom.{key}": value for key, value in mapping(defaults.get("custom")).items()}
    return FieldLook(**_attributes(flat))


def read_overrides(overrides: object) -> tuple[tuple[Override, ...], tuple[str, ...]]:
    """The overrides of a panel.

    Args:
        overrides: ``fieldConfig.overrides``.

    Returns:
        Those that are understood, in order; and a note for each matcher or property that is not.
    """
    found: list[Override] = []
    notes: list[str] = []
    for one in mappings(overrides)[:_MOST_OVERRIDES]:
        matcher = mapping(one.get("matcher"))
        names, inverted = _names(matcher.get("options"))
        given = {text(change.get("id")): change.get("value") for change in mappings(one.get("properties"))}
        strange = [id_ for id_ in given if id_ not in _PROPERTIES and id_ not in _NOT_SEEN]
        kind = text(matcher.get("id"))
        if kind not in _MATCHERS:
            strange = list(given)
        if strange:
            notes.append(_cut(f"override {kind} {', '.join(names)}: {', '.join(strange)}"))
        changes = _attributes(given)
        if kind in _MATCHERS and changes:
            changed, look = tuple(changes), FieldLook(**changes)
            found.append(Override(matcher=kind, names=names, inverted=inverted, changed=changed, look=look))
    return tuple(found), tuple(notes)


def read_thresholds(steps: object) -> tuple[ThresholdStep, ...]:
    """Steps in ascending order; the base step has no value."""
    read = (
        ThresholdStep(value=number(one.get("value")), color=_short(one.get("color")))
        for one in mappings(steps)
        if one.get("value") is None or number(one.get("value")) is not None
    )
    return tuple(sorted(read, key=threshold_key))[:_MOST_STEPS]


def threshold_key(step: ThresholdStep) -> float:
    """Where a step stands; the base lies below all."""
    return float("-inf") if step.value is None else step.value


def read_decimals(value: object) -> int | None:
    """Decimals to print; None for automatic."""
    read = whole(value)
    return read if read is not None and 0 <= read <= _MOST_DECIMALS else None


def read_base(value: object) -> int | None:
    """Base of a logarithmic axis; None for one Grafana does not offer."""
    base = whole(value)
    return base if base in _LOGARITHMS else None


def read_ratio(value: object, *, of: float) -> float:
    """An opacity as a ratio in 0..1."""
    read = number(value)
    return 0.0 if read is None else min(max(read / of, 0.0), 1.0)


_MATCHERS = frozenset({"byName", "byNames", "byRegexp", "byRegexpOrNames", "byFrameRefID", "byType", "byValue"})
# What a still picture does not have, or what changes nothing in it.
_NOT_SEEN = frozenset(
    {
        *("links", "actions", "description", "filterable", "displayNameFromDS", "custom.hideFrom.tooltip"),
        *("custom.width", "custom.minWidth", "custom.filterable", "custom.inspect", "custom.align", "custom.hidden"),
        *("custom.axisWidth", "custom.axisGridShow", "custom.axisColorMode", "custom.axisBorderShow", "custom.spacing"),
        *("custom.gradientMode", "custom.barAlignment", "custom.barWidthFactor", "custom.insertNulls"),
        "custom.lineColor",
    }
)  # fmt: skip


def _attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a look out of properties as overrides name them; those that say nothing are left out."""
    read: dict[str, Any] = {}
    for id_, value in given.items():
        reader = _PROPERTIES.get(id_)
        if reader is not None:
            read |= reader(value)
    return read


def _number(name: str) -> Callable[[object], dict[str, Any]]:
    """A number, kept where it is one."""
    return lambda value: {name: read} if (read := number(value)) is not None else {}


def _text(name: str) -> Callable[[object], dict[str, Any]]:
    """A text, kept where it is one."""
    return lambda value: {name: read} if (read := _short(value)) else {}


def _switch(name: str) -> Callable[[object], dict[str, Any]]:
    """True or false, kept where it is one of them."""
    return lambda value: {name: value} if isinstance(value, bool) else {}


def _one_of(name: str, *known: str) -> Callable[[object], dict[str, Any]]:
    """One of a few words; others say nothing."""
    return lambda value: {name: text(value)} if text(value) in known else {}


def _color(value: object) -> dict[str, Any]:
    """Scheme and colour."""
    given = mapping(value)
    read = {"color_mode": _short(given.get("mode")), "color": _short(given.get("fixedColor"))}
    return {key: one for key, one in read.items() if one} | _one_of("color_by", "last", "min", "max")(
        given.get("seriesBy")
    )


def _thresholds(value: object) -> dict[str, Any]:
    """Steps, and what they are measured in."""
    given = mapping(value)
    return {"thresholds": read_thresholds(given.get("steps")), "in_percent": text(given.get("mode")) == "percentage"}


def _stacking(value: object) -> dict[str, Any]:
    """How it is stacked, and with which others."""
    given = mapping(value)
    read = _one_of("stacked", "none", "normal", "percent")(given.get("mode"))
    return read | _text("stack_group")(given.get("group"))


def _distribution(value: object) -> dict[str, Any]:
    """Linear or logarithmic."""
    given = mapping(value)
    if text(given.get("type")) not in {"log", "symlog"}:
        return {"logarithmic": None} if text(given.get("type")) else {}
    return {"logarithmic": read_base(given.get("log")) or 10}


def _bridging(value: object) -> dict[str, Any]:
    """Whether gaps are bridged, all or those up to so many milliseconds."""
    length = number(value)
    if length is not None:
        return {"span_nulls": False, "span_seconds": max(length, 0.0) / 1000}
    return {"span_nulls": value is True, "span_seconds": None}


def _hiding(value: object) -> dict[str, Any]:
    """Where a series is left out."""
    given = mapping(value)
    return {"hidden": given.get("viz") is True, "in_legend": given.get("legend") is not True}


def _line_style(value: object) -> dict[str, Any]:
    """Solid, dashed or dotted."""
    return _one_of("stroke", "solid", "dash", "dot")(mapping(value).get("fill"))


def _mappings(value: object) -> dict[str, Any]:
    """Values written as words."""
    return {"mappings": tuple(_read_mappings(value))[:_MOST_MAPPINGS]}


def _cell(value: object) -> dict[str, Any]:
    """How a table's cell is shown; its older and its newer form."""
    given = mapping(value)
    kind, mode = text(given.get("type")) or text(value), text(given.get("mode"))
    return {"cell": "gauge" if mode == "lcd" else kind[:_LONGEST_TEXT]} if kind else {}


_PROPERTIES: dict[str, Callable[[object], dict[str, Any]]] = {
    "displayName": _text("name"),
    "unit": _text("unit"),
    "decimals": lambda value: {} if read_decimals(value) is None else {"decimals": read_decimals(value)},
    "min": _number("minimum"),
    "max": _number("maximum"),
    "noValue": _text("no_value"),
    "mappings": _mappings,
    "thresholds": _thresholds,
    "color": _color,
    "custom.thresholdsStyle": lambda value: _one_of(
        "threshold_style", "off", "line", "dashed", "area", "line+area", "dashed+area"
    )(mapping(value).get("mode")),
    "custom.drawStyle": _one_of("style", "line", "bars", "points"),
    "custom.lineInterpolation": _one_of("interpolation", "linear", "smooth", "stepBefore", "stepAfter"),
    "custom.lineWidth": _number("line_width"),
    "custom.lineStyle": _line_style,
    "custom.fillOpacity": lambda value: {"fill_ratio": read_ratio(value, of=100.0)},
    "custom.showPoints": _one_of("points", "auto", "always", "never"),
    "custom.pointSize": _number("point_size"),
    "custom.spanNulls": _bridging,
    "custom.stacking": _stacking,
    "custom.transform": lambda value: {"negative": text(value) == "negative-Y"},
    "custom.scaleDistribution": _distribution,
    "custom.axisPlacement": _one_of("axis", "auto", "left", "right", "hidden"),
    "custom.axisLabel": _text("axis_label"),
    "custom.axisCenteredZero": _switch("centered"),
    "custom.axisSoftMin": _number("soft_minimum"),
    "custom.axisSoftMax": _number("soft_maximum"),
    "custom.hideFrom": _hiding,
    "custom.cellOptions": _cell,
    "custom.displayMode": _cell,
}


def _read_mappings(value: object) -> Iterator[ValueMapping]:
    """Each value, range, pattern or special value with its words; the older flat form too."""
    for one in mappings(value):
        kind, options = text(one.get("type")), mapping(one.get("options"))
        if kind == "value":
            for match, result in options.items():
                words = _result(result)
                yield ValueMapping(kind="value", match=_short(match), text=words["text"], color=words["color"])
        elif kind in {"range", "regex", "special"}:
            words = _result(options.get("result"))
            match = _short(options.get("pattern") if kind == "regex" else options.get("match"))
            low, high = number(options.get("from")), number(options.get("to"))
            yield ValueMapping(kind=kind, match=match, low=low, high=high, text=words["text"], color=words["color"])
        elif _short(one.get("value")) or whole(one.get("value")) is not None:
            shown = _short(one.get("text"))
            match = scalar(one.get("value"))
            special = match == "null"
            yield ValueMapping(kind="special" if special else "value", match=match, text=shown)
        elif number(one.get("from")) is not None:
            low, high = number(one.get("from")), number(one.get("to"))
            yield ValueMapping(kind="range", low=low, high=high, text=_short(one.get("text")))


def _result(value: object) -> dict[str, str]:
    """What stands for a mapped value."""
    given = mapping(value)
    return {"text": _short(given.get("text")), "color": _short(given.get("color"))}


def _names(options: object) -> tuple[tuple[str, ...], bool]:
    """What a matcher looks for, and whether it is what does not fit."""
    given = mapping(options)
    listed = items(given.get("names")) or items(options)
    if listed:
        return tuple(_short(scalar(one)) for one in listed[:_MOST_NAMES]), text(given.get("mode")) == "exclude"
    if given:  # byValue: reducer, operator, value
        return tuple(scalar(given.get(key)) for key in ("reducer", "op", "value") if key in given), False
    return (_short(scalar(options)),), False


def _short(value: object) -> str:
    """A text of bounded length."""
    return text(value)[:_LONGEST_TEXT]


def _cut(note: str) -> str:
    """A note of bounded length."""
    return note if len(note) <= _SHOWN else note[: _SHOWN - 1] + "…"
