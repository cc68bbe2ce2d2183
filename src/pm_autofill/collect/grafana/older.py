"""Panels of before Grafana 8 - graph, singlestat, heatmap - rewritten as today's, as Grafana does on opening them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, scalar, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALCULATIONS = (("min", "min"), ("max", "max"), ("avg", "mean"), ("current", "lastNotNull"), ("total", "sum"))
_REDUCTIONS = {
    "avg": "mean",
    "current": "lastNotNull",
    "total": "sum",
    "min": "min",
    "max": "max",
    "first": "first",
} | {name: name for name in ("delta", "diff", "range")}
_RISING = frozenset({"gt", ""})


def as_todays(panel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same panel as a newer Grafana has it.

    Args:
        panel: A classic panel's JSON.

    Returns:
        It, with field configuration and options; kinds that need no rewriting as they are.
    """
    kind = text(panel.get("type"))
    if kind == "graph":
        return _graph(panel)
    if kind in {"singlestat", "grafana-singlestat-panel"}:
        return _single_stat(panel)
    if kind == "heatmap" and not mapping(panel.get("options")):
        return _heatmap(panel)
    if kind in {"gauge", "bargauge", "stat"} and mapping(mapping(panel.get("options")).get("fieldOptions")):
        return _first_gauge(panel)
    return panel


def _graph(panel: Mapping[str, Any]) -> dict[str, Any]:
    """The old graph as a time series panel."""
    left, right = (*mappings(panel.get("yaxes")), {}, {})[:2]
    custom = _graph_look(panel) | _axis_look(left)
    steps, mode = _graph_thresholds(panel)
    custom["thresholdsStyle"] = {"mode": mode}
    defaults = {"thresholds": {"mode": "absolute", "steps": steps}, "custom": custom, **_axis_bounds(left)}
    decimals = left.get("decimals") if left.get("decimals") is not None else panel.get("decimals")
    colors = [
        {"matcher": {"id": "byName", "options": name}, "properties": [_fixed(color)]}
        for name, color in mapping(panel.get("aliasColors")).items()
    ]
    overrides = [_series_override(one, right) for one in mappings(panel.get("seriesOverrides"))]
    return {
        **panel,
        "type": "graph",
        "fieldConfig": {"defaults": {**defaults, "decimals": decimals}, "overrides": colors + overrides},
        "options": {"legend": _graph_legend(mapping(panel.get("legend")))},
    }


def _graph_look(panel: Mapping[str, Any]) -> dict[str, Any]:
    """Lines, bars or points; how wide, how full, how stacked."""
    lines, bars, points = panel.get("lines") is not False, panel.get("bars") is True, panel.get("points") is True
    stacked = panel.get("stack") is True
    width = number(panel.get("linewidth"))
    radius = number(panel.get("pointradius"))
    return {
        "drawStyle": "bars" if bars and not lines else "points" if points and not lines else "line",
        "lineInterpolation": "stepAfter" if panel.get("steppedLine") is True else "linear",
        "lineWidth": 1 if width is None else width,
        "lineStyle": {"fill": "dash" if panel.get("dashes") is True else "solid"},
        "fillOpacity": (number(panel.get("fill")) or 0.0) * 10,
        "showPoints": "always" if points else "never",
        "pointSize": 2 * radius if radius is not None else 5,
        "spanNulls": text(panel.get("nullPointMode")) == "connected",
        "stacking": {"mode": "none" if not stacked else "percent" if panel.get("percentage") is True else "normal"},
    }


def _axis_look(axis: Mapping[str, Any]) -> dict[str, Any]:
    """Scale, label and whether the axis is seen."""
    base = number(axis.get("logBase"))
    return {
        "scaleDistribution": {"type": "log", "log": base} if base is not None and base > 1 else {"type": "linear"},
        "axisLabel": text(axis.get("label")),
        "axisPlacement": "hidden" if axis.get("show") is False else "auto",
    }


def _axis_bounds(axis: Mapping[str, Any]) -> dict[str, Any]:
    """Unit and ends."""
    return {"unit": axis.get("format"), "min": axis.get("min"), "max": axis.get("max")}


def _graph_thresholds(panel: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Its thresholds as steps with a base, and how they are drawn."""
    given = [one for one in mappings(panel.get("thresholds")) if number(one.get("value")) is not None]
    if not given:
        return [], "off"
    ordered = sorted(given, key=lambda one: number(one.get("value")) or 0.0)
    steps: list[dict[str, Any]] = [{"value": None, "color": "transparent"}]
    for one in ordered:
        color = text(one.get("fillColor")) or _old_color(one)
        if text(one.get("op")) in _RISING:
            steps.append({"value": one.get("value"), "color": color})
        else:  # below the value: the colour is that of what comes before
            steps[-1] = {**steps[-1], "color": color}
            steps.append({"value": one.get("value"), "color": "transparent"})
    line, fill = any(one.get("line") is True for one in given), any(one.get("fill") is True for one in given)
    return steps, "line+area" if line and fill else "area" if fill else "line"


def _old_color(threshold: Mapping[str, Any]) -> str:
    """The colour of an old threshold."""
    named = {"critical": "red", "warning": "orange", "ok": "green"}
    return named.get(text(threshold.get("colorMode")), text(threshold.get("lineColor")) or "red")


def _graph_legend(legend: Mapping[str, Any]) -> dict[str, Any]:
    """Its legend, calculations only where values were switched on."""
    calcs = [new for old, new in _CALCULATIONS if legend.get(old) is True] if legend.get("values") is True else []
    names = dict(_CALCULATIONS)
    return {
        "showLegend": legend.get("show") is not False,
        "displayMode": "table" if legend.get("alignAsTable") is True else "list",
        "calcs": calcs,
        "sortBy": names.get(text(legend.get("sort")), ""),
        "sortDesc": legend.get("sortDesc") is True,
    }


def _series_override(override: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """One series override; an alias between slashes is a pattern."""
    alias = text(override.get("alias"))
    is_pattern = len(alias) > 1 and alias.startswith("/") and "/" in alias[1:]
    properties: list[dict[str, Any]] = []
    for key, value in override.items():
        properties += _changed(key, value, right)
    return {"matcher": {"id": "byRegexp" if is_pattern else "byName", "options": alias}, "properties": properties}


def _changed(key: str, value: object, right: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One setting of a series override as properties."""
    if key == "yaxis":
        return _on_the_right(right) if scalar(value) == "2" else []
    if key in {"alias", "$$hashKey", "zindex", "legend", "hiddenSeries", "nullPointMode"}:
        hiding = {"legend": {"legend": value is False}, "hiddenSeries": {"viz": value is True}}
        if key == "nullPointMode":
            return [{"id": "custom.spanNulls", "value": text(value) == "connected"}]
        return [{"id": "custom.hideFrom", "value": hiding[key]}] if key in hiding else []
    simple: dict[str, tuple[str, object]] = {
        "color": ("color", {"mode": "fixed", "fixedColor": value}),
        "fill": ("custom.fillOpacity", (number(value) or 0.0) * 10),
        "linewidth": ("custom.lineWidth", value),
        "dashes": ("custom.lineStyle", {"fill": "dash" if value is True else "solid"}),
        "bars": ("custom.drawStyle", "bars" if value is True else ""),
        "lines": ("custom.lineWidth", 0 if value is False else ""),
        "points": ("custom.showPoints", "always" if value is True else "never"),
        "pointradius": ("custom.pointSize", (number(value) or 0.0) * 2),
        "steppedLine": ("custom.lineInterpolation", "stepAfter" if value is True else "linear"),
        "stack": ("custom.stacking", {"mode": "none" if value is False else "normal", "group": scalar(value)}),
        "transform": ("custom.transform", value),
    }
    id_, new = simple.get(key, (key, value))
    return [{"id": id_, "value": new}]


def _on_the_right(axis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the right axis of a graph sets."""
    bounds = {**_axis_bounds(axis), "decimals": axis.get("decimals")}
    look = {f"custom.{key}": value for key, value in _axis_look(axis).items() if key != "axisPlacement"}
    hidden = axis.get("show") is False
    return [
        {"id": "custom.axisPlacement", "value": "hidden" if hidden else "right"},
        *({"id": key, "value": value} for key, value in {**bounds, **look}.items() if value is not None),
    ]


def _fixed(color: object) -> dict[str, Any]:
    """A colour of its own."""
    return {"id": "color", "value": {"mode": "fixed", "fixedColor": color}}


def _single_stat(panel: Mapping[str, Any]) -> dict[str, Any]:
    """The old single number as a stat, or as a gauge where it drew one."""
    gauge = mapping(panel.get("gauge"))
    colors, values = items(panel.get("colors")), text(panel.get("thresholds")).split(",")
    limits = [number(one) for one in values if number(one) is not None]
    steps = [{"value": limit, "color": color} for limit, color in zip([None, *limits], colors, strict=False)]
    on_background, on_value = panel.get("colorBackground") is True, panel.get("colorValue") is True
    sparkline = mapping(panel.get("sparkline")).get("show") is True
    reduction = _REDUCTIONS.get(text(panel.get("valueName")), "mean")
    is_gauge = gauge.get("show") is True
    defaults: dict[str, Any] = {
        "unit": panel.get("format"),
        "decimals": panel.get("decimals"),
        "noValue": panel.get("nullText"),
        "thresholds": {"mode": "absolute", "steps": steps},
        "mappings": [*items(panel.get("valueMaps")), *items(panel.get("rangeMaps"))],
        "color": {"mode": "thresholds"},
    }
    if is_gauge:
        defaults |= {"min": gauge.get("minValue"), "max": gauge.get("maxValue")}
    return {
        **panel,
        "type": "gauge" if is_gauge else "stat",
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "reduceOptions": {"calcs": [reduction]},
            "colorMode": "background" if on_background else "value" if on_value else "none",
            "graphMode": "area" if sparkline else "none",
            "showThresholdMarkers": gauge.get("thresholdMarkers") is not False,
            "showThresholdLabels": gauge.get("thresholdLabels") is True,
        },
    }


def _first_gauge(panel: Mapping[str, Any]) -> dict[str, Any]:
    """A gauge of Grafana 6, which kept its field configuration among its options."""
    options = mapping(panel.get("options"))
    fields = mapping(options.get("fieldOptions"))
    reducing = {"calcs": fields.get("calcs"), "values": fields.get("values")}
    return {
        **panel,
        "fieldConfig": {"defaults": fields.get("defaults"), "overrides": fields.get("overrides")},
        "options": {**options, "reduceOptions": reducing},
    }


def _heatmap(panel: Mapping[str, Any]) -> dict[str, Any]:
    """A heatmap of before Grafana 9."""
    axis, color = mapping(panel.get("yAxis")), mapping(panel.get("color"))
    scheme = text(color.get("colorScheme")).removeprefix("interpolate")
    return {
        **panel,
        "options": {
            "calculate": text(panel.get("dataFormat")) != "tsbuckets",
            "yAxis": {"unit": axis.get("format")},
            "color": {
                "mode": "opacity" if text(color.get("mode")) == "opacity" else "scheme",
                "scheme": scheme,
                "fill": color.get("cardColor"),
                "exponent": color.get("exponent"),
            },
        },
    }
