"""How a panel draws is read from today's field configuration and from the old graph panel's options."""

from __future__ import annotations

from typing import Any

import pytest

from pm_autofill.collect.grafana.look import Look, read_look
from pm_autofill.evidence.panel_looks import FieldLook, Legend, Options, Override, ThresholdStep, ValueMapping


def look(custom: dict[str, Any] | None = None, **defaults: object) -> Look:
    """The look of a time series panel with these field defaults."""
    return read_look({"type": "timeseries", "fieldConfig": {"defaults": {**defaults, "custom": custom or {}}}})


def test_the_whole_field_configuration_is_read() -> None:
    """Unit, decimals, ends of the axis, style, fill, stacking, gaps, logarithm, thresholds."""
    custom = {
        "drawStyle": "bars",
        "fillOpacity": 25,
        "spanNulls": True,
        "stacking": {"mode": "percent", "group": "A"},
        "scaleDistribution": {"type": "log", "log": 2},
        "thresholdsStyle": {"mode": "line+area"},
    }
    steps = [
        {"color": "red", "value": 0.0144},
        {"color": "green", "value": None},
        {"color": "orange", "value": "0.001"},
    ]
    found = look(custom, unit="percentunit", decimals=2, min=0, max=1, thresholds={"mode": "absolute", "steps": steps})
    assert found.field == FieldLook(
        unit="percentunit",
        decimals=2,
        minimum=0.0,
        maximum=1.0,
        logarithmic=2,
        stacked="percent",
        style="bars",
        fill_ratio=0.25,
        span_nulls=True,
        thresholds=(
            ThresholdStep(value=None, color="green"),
            ThresholdStep(value=0.001, color="orange"),
            ThresholdStep(value=0.0144, color="red"),
        ),
        threshold_style="line+area",
    )


def test_nothing_said_means_grafanas_defaults() -> None:
    """A panel without configuration is a plain line."""
    assert read_look({"type": "timeseries"}) == Look()


@pytest.mark.parametrize("style", [None, {}, {"mode": "off"}])
def test_thresholds_are_drawn_only_where_grafana_draws_them(style: object) -> None:
    """They are kept either way: they colour values."""
    found = look({"thresholdsStyle": style}, thresholds={"steps": [{"color": "red", "value": 5}]})
    assert (len(found.field.thresholds), found.field.threshold_style) == (1, "off")


def test_thresholds_in_percent_stay_percents() -> None:
    """What they are percents of may be known only with the data."""
    steps = {"mode": "percentage", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 25}]}
    found = look({"thresholdsStyle": {"mode": "line"}}, thresholds=steps).field
    assert ([one.value for one in found.thresholds], found.in_percent) == ([None, 25.0], True)


@pytest.mark.parametrize(
    ("given", "wanted"), [(True, (True, None)), (False, (False, None)), (3600000, (False, 3600.0))]
)
def test_gaps_are_bridged_all_or_up_to_a_length(given: object, wanted: tuple[bool, float | None]) -> None:
    """A number in ``spanNulls`` is milliseconds."""
    found = look({"spanNulls": given}).field
    assert (found.span_nulls, found.span_seconds) == wanted


def test_value_mappings_are_read_in_both_forms() -> None:
    """Today's by kind, and the flat ones of before Grafana 8."""
    mappings = [
        {"type": "value", "options": {"0": {"text": "Down", "color": "red"}, "1": {"text": "Up"}}},
        {"type": "range", "options": {"from": 2, "to": None, "result": {"text": "Much"}}},
        {"type": "regex", "options": {"pattern": "5..", "result": {"color": "orange"}}},
        {"type": "special", "options": {"match": "null", "result": {"text": "none"}}},
        {"value": "3", "text": "Three", "type": 1},
        {"from": "4", "to": "5", "text": "Few", "type": 2},
    ]
    assert look(mappings=mappings).field.mappings == (
        ValueMapping(kind="value", match="0", text="Down", color="red"),
        ValueMapping(kind="value", match="1", text="Up"),
        ValueMapping(kind="range", low=2.0, text="Much"),
        ValueMapping(kind="regex", match="5..", color="orange"),
        ValueMapping(kind="special", match="null", text="none"),
        ValueMapping(kind="value", match="3", text="Three"),
        ValueMapping(kind="range", low=4.0, high=5.0, text="Few"),
    )


def test_legend_and_options_are_read() -> None:
    """Table, calculations, sorting; reduction and colours of a stat."""
    options = {
        "legend": {"displayMode": "table", "calcs": ["max", "lastNotNull"], "sortBy": "Max", "sortDesc": True},
        "reduceOptions": {"calcs": ["mean"], "values": False},
        "colorMode": "background",
        "graphMode": "none",
    }
    found = read_look({"type": "stat", "options": options})
    assert found.legend == Legend(table=True, calculations=("max", "lastNotNull"), sort_by="Max", descending=True)
    assert found.options == Options(reduction="mean", color_on="background", graph="none")


@pytest.mark.parametrize(
    ("id_", "options", "told"),
    [
        (
            "organize",
            {"excludeByName": {"Time": True, "x": False}, "renameByName": {"a": "b"}},
            "hides Time; renames a to b",
        ),
        ("organize", {"excludeByName": dict.fromkeys("abcde", True)}, "hides a, b, c and 2 more"),
        ("organize", {"indexByName": {"a": 1}}, "reorders, renames or hides fields"),
        ("filterFieldsByName", {"include": {"names": ["a", "b"]}}, "shows only a, b"),
        ("filterFieldsByName", {"include": {"pattern": "/^a/"}}, "shows only /^a/"),
        ("renameByRegex", {"regex": "(.*)-x", "renamePattern": "$1"}, "renames (.*)-x to $1"),
        ("calculateField", {"alias": "ratio", "replaceFields": True}, "adds ratio, in place of all others"),
        ("calculateField", {"mode": "reduceRow"}, "adds a calculated field"),
        ("reduce", {"reducers": ["max", "mean"]}, "reduces each series to max, mean"),
        ("limit", {"limitField": 5}, "shows the first 5 rows only"),
        ("joinByField", {"byField": "pod"}, "joins series by pod"),
        ("joinByField", {"byField": "p" * 99}, "joins series by " + "p" * 39 + "…"),
        ("sortBy", {"sort": [{"field": "x"}]}, "sorts rows"),
        ("organize", "?", "reorders, renames or hides fields"),
    ],
)
def test_a_transformation_tells_what_it_would_have_changed(id_: str, options: object, told: str) -> None:
    """By name, where its options say so."""
    found = read_look({"type": "timeseries", "transformations": [{"id": id_, "options": options}]})
    assert found.not_applied == (f"transformation {id_} ({told})",)


def test_transformations_are_named() -> None:
    """Each with what it would do; switched off ones are not."""
    transformations = [{"id": "organize"}, {"id": "reduce", "disabled": True}, {"id": "newer"}]
    found = read_look({"type": "timeseries", "transformations": transformations})
    assert found.not_applied == ("transformation organize (reorders, renames or hides fields)", "transformation newer")


def test_overrides_are_read_and_what_is_not_understood_is_named() -> None:
    """By matcher, with the properties that count."""
    overrides = [
        {
            "matcher": {"id": "byName", "options": "objective"},
            "properties": [
                {"id": "color", "value": {"mode": "fixed", "fixedColor": "dark-red"}},
                {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 10]}},
                {"id": "custom.width", "value": 120},
            ],
        },
        {
            "matcher": {"id": "byNames", "options": {"mode": "exclude", "names": ["a", "b"]}},
            "properties": [{"id": "unit", "value": "s"}, {"id": "custom.sparkles", "value": 1}],
        },
        {"matcher": {"id": "byMood", "options": "glad"}, "properties": [{"id": "unit", "value": "s"}]},
    ]
    found = read_look({"type": "timeseries", "fieldConfig": {"overrides": overrides}})
    assert found.overrides == (
        Override(
            matcher="byName",
            names=("objective",),
            changed=("color_mode", "color", "stroke"),
            look=FieldLook(color_mode="fixed", color="dark-red", stroke="dash"),
        ),
        Override(matcher="byNames", names=("a", "b"), inverted=True, changed=("unit",), look=FieldLook(unit="s")),
    )
    assert found.not_applied == ("override byNames a, b: custom.sparkles", "override byMood glad: unit")


def test_the_old_graph_panel_is_read_as_a_time_series() -> None:
    """Its options are flat: axes, bars, stack, fill of ten, thresholds, series overrides, colours by name."""
    found = read_look(
        {
            "type": "graph",
            "lines": False,
            "bars": True,
            "stack": True,
            "fill": 4,
            "nullPointMode": "connected",
            "yaxes": [{"format": "s", "logBase": 10, "min": "0", "max": None, "decimals": 1}, {"format": "short"}],
            "thresholds": [
                {"value": 2, "colorMode": "critical", "op": "gt", "line": True},
                {"value": 1, "colorMode": "warning", "op": "gt", "line": True},
            ],
            "seriesOverrides": [{"alias": "/p9+/", "yaxis": 2, "color": "#f00", "transform": "negative-Y"}],
            "aliasColors": {"p50": "#00f"},
            "legend": {"values": True, "max": True, "current": True, "alignAsTable": True, "sort": "max"},
        }
    )
    assert found.field == FieldLook(
        unit="s",
        decimals=1,
        minimum=0.0,
        logarithmic=10,
        stacked="normal",
        style="bars",
        fill_ratio=0.4,
        points="never",
        span_nulls=True,
        thresholds=(
            ThresholdStep(value=None, color="transparent"),
            ThresholdStep(value=1.0, color="orange"),
            ThresholdStep(value=2.0, color="red"),
        ),
        threshold_style="line",
    )
    assert [(one.matcher, one.names, one.changed) for one in found.overrides] == [
        ("byName", ("p50",), ("color_mode", "color")),
        ("byRegexp", ("/p9+/",), ("axis", "unit", "logarithmic", "color_mode", "color", "negative")),
    ]
    assert found.overrides[1].look.axis == "right"
    assert found.legend == Legend(table=True, calculations=("max", "lastNotNull"), sort_by="max")
    assert found.not_applied == ()


def test_the_old_single_stat_is_read_as_a_stat() -> None:
    """Thresholds as a text, colours beside them, the value by its old name; or a gauge where it drew one."""
    old = {
        "type": "singlestat",
        "format": "percent",
        "valueName": "current",
        "thresholds": "50,80",
        "colors": ["green", "orange", "red"],
        "colorBackground": True,
        "valueMaps": [{"op": "=", "text": "N/A", "value": "null"}],
        "gauge": {"show": False},
    }
    found = read_look(old)
    assert [(one.value, one.color) for one in found.field.thresholds] == [
        (None, "green"),
        (50.0, "orange"),
        (80.0, "red"),
    ]
    assert (found.field.unit, found.field.mappings) == (
        "percent",
        (ValueMapping(kind="special", match="null", text="N/A"),),
    )
    assert found.options == Options(color_on="background", graph="none")
    gauge = read_look({**old, "gauge": {"show": True, "minValue": 0, "maxValue": 100}})
    assert (gauge.field.minimum, gauge.field.maximum) == (0.0, 100.0)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"decimals": -1}, {"decimals": None}),
        ({"decimals": 1.5}, {"decimals": None}),
        ({"min": "auto"}, {"minimum": None}),
        ({"max": float("inf")}, {"maximum": None}),
        ({"min": True}, {"minimum": None}),
        ({"unit": None}, {"unit": ""}),
        ({"max": 10**400}, {"maximum": None}),
    ],
)
def test_values_of_the_wrong_kind_count_as_absent(given: dict[str, Any], wanted: dict[str, object]) -> None:
    """A look is never made of nonsense."""
    found = look(**given).field
    assert {name: getattr(found, name) for name in wanted} == wanted
