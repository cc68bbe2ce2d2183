"""How a panel draws is read from today's field configuration and from the old graph panel's options."""

from __future__ import annotations

from typing import Any

import pytest

from pm_autofill.collect.grafana.look import read_look
from pm_autofill.collect.grafana.model import Look
from pm_autofill.evidence.panels import ThresholdStep


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
    assert found == Look(
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
        show_thresholds=True,
    )


def test_nothing_said_means_grafanas_defaults() -> None:
    """A panel without configuration is a plain line."""
    assert read_look({"type": "timeseries"}) == Look()


@pytest.mark.parametrize("style", [None, {}, {"mode": "off"}])
def test_thresholds_are_drawn_only_where_grafana_draws_them(style: object) -> None:
    """They are kept either way: they colour values."""
    found = look({"thresholdsStyle": style}, thresholds={"steps": [{"color": "red", "value": 5}]})
    assert (len(found.thresholds), found.show_thresholds) == (1, False)


def test_thresholds_in_percent_become_values() -> None:
    """Of an axis from 100 to 300, 25 percent lie at 150."""
    steps = {"mode": "percentage", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 25}]}
    found = look({"thresholdsStyle": {"mode": "line"}}, min=100, max=300, thresholds=steps)
    assert [one.value for one in found.thresholds] == [None, 150.0]


def test_thresholds_in_percent_of_an_open_axis_are_left_out() -> None:
    """Where the axis has no fixed ends, the drawing says that it leaves them out."""
    steps = {"mode": "percentage", "steps": [{"color": "red", "value": 25}]}
    found = look({"thresholdsStyle": {"mode": "line"}}, thresholds=steps)
    assert found.thresholds == ()
    assert found.not_applied == ("thresholds in percent of an axis without fixed ends",)


def test_bridging_short_gaps_only_is_named() -> None:
    """A number of milliseconds in ``spanNulls`` bridges shorter gaps; the drawing leaves them open and says so."""
    found = look({"spanNulls": 3600000})
    assert (found.span_nulls, found.not_applied) == (False, ("gaps shorter than 3600000 ms are bridged",))


def test_transformations_and_overrides_are_named() -> None:
    """Each with what it would do; switched off ones are not."""
    found = read_look(
        {
            "type": "timeseries",
            "transformations": [{"id": "organize"}, {"id": "reduce", "disabled": True}],
            "fieldConfig": {
                "overrides": [
                    {
                        "matcher": {"id": "byName", "options": "objective"},
                        "properties": [{"id": "color"}, {"id": "custom.lineStyle"}],
                    },
                    {"matcher": {"id": "byNames", "options": {"names": ["a", "b"]}}, "properties": [{"id": "unit"}]},
                ]
            },
        }
    )
    assert found.not_applied == (
        "transformation organize",
        "override byName objective: color, custom.lineStyle",
        "override byNames a, b: unit",
    )


def test_the_old_graph_panel_is_read() -> None:
    """Its options are flat: axes, bars, stack, fill of ten, thresholds, series overrides."""
    found = read_look(
        {
            "type": "graph",
            "lines": False,
            "bars": True,
            "stack": True,
            "fill": 4,
            "nullPointMode": "connected",
            "yaxes": [{"format": "s", "logBase": 10, "min": "0", "max": None, "decimals": 1}, {"format": "short"}],
            "thresholds": [{"value": 2, "colorMode": "critical", "op": "gt"}, {"value": 1, "colorMode": "warning"}],
            "seriesOverrides": [{"alias": "p99", "yaxis": 2, "color": "#f00"}],
        }
    )
    assert found == Look(
        unit="s",
        decimals=1,
        minimum=0.0,
        logarithmic=10,
        stacked="normal",
        style="bars",
        fill_ratio=0.4,
        span_nulls=True,
        thresholds=(ThresholdStep(value=1.0, color="warning"), ThresholdStep(value=2.0, color="critical")),
        show_thresholds=True,
        not_applied=("override p99: color, yaxis",),
    )


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
    found = look(**given)
    assert {name: getattr(found, name) for name in wanted} == wanted
