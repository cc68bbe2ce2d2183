"""What a panel has beside its fields: its legend, and the options of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, text, whole
from pm_autofill.evidence.panel_looks import Legend, Options

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CALCULATIONS = 8
_LONGEST = 100


def read_legend(options: Mapping[str, Any]) -> Legend:
    """The legend of today's panels, from ``options.legend``."""
    given = mapping(options.get("legend"))
    mode = text(given.get("displayMode"))
    calculations = tuple(text(one)[:_LONGEST] for one in items(given.get("calcs")) if text(one))
    return Legend(
        shown=given.get("showLegend") is not False and mode != "hidden",
        table=mode == "table",
        calculations=calculations[:_MOST_CALCULATIONS],
        sort_by=text(given.get("sortBy"))[:_LONGEST],
        descending=given.get("sortDesc") is True,
    )


def read_options(kind: str, options: Mapping[str, Any]) -> Options:
    """What today's panels of a kind have beside their fields.

    Args:
        kind: The panel's kind.
        options: Its ``options``.

    Returns:
        They; Grafana's defaults where nothing, or nothing known, is said.
    """
    if kind == "heatmap":
        return _heatmap(options)
    reducing = mapping(options.get("reduceOptions"))
    sorting = next(iter(mappings(options.get("sortBy"))), {})
    usual = Options()
    return Options(
        reduction=text(next(iter(items(reducing.get("calcs"))), ""))[:_LONGEST] or usual.reduction,
        every_value=reducing.get("values") is True,
        limit=whole(reducing.get("limit")),
        text_mode=_word(options, "textMode", usual.text_mode),
        color_on=_word(options, "colorMode", usual.color_on),
        graph=_word(options, "graphMode", usual.graph),
        orientation=_word(options, "orientation", usual.orientation),
        display=_word(options, "displayMode", usual.display),
        threshold_labels=options.get("showThresholdLabels") is True,
        threshold_markers=options.get("showThresholdMarkers") is not False,
        merged=options.get("mergeValues") is not False,
        show_value=_word(options, "showValue", usual.show_value),
        x_field=_word(options, "xField", usual.x_field),
        stacked=_word(options, "stacking", usual.stacked),
        sort_by=text(sorting.get("displayName"))[:_LONGEST],
        descending=sorting.get("desc") is True,
    )


def _heatmap(options: Mapping[str, Any]) -> Options:
    """Of a heatmap, with where the panel before Grafana 9 had them."""
    color = mapping(options.get("color"))
    axis = mapping(options.get("yAxis"))
    exponent, steps = number(color.get("exponent")), whole(color.get("steps"))
    usual = Options()
    is_opacity = text(color.get("mode")) == "opacity"
    linear = text(color.get("scale")) == "linear"
    return Options(
        heat_unit=text(axis.get("unit"))[:_LONGEST],
        heat_scheme="" if is_opacity else _word(color, "scheme", usual.heat_scheme),
        heat_color=_word(color, "fill", "dark-orange") if is_opacity else "",
        heat_exponent=1.0 if linear else exponent if exponent is not None and exponent > 0 else usual.heat_exponent,
        heat_steps=min(max(steps, 2), 128) if steps is not None else usual.heat_steps,
        heat_calculated=options.get("calculate") is True,
    )


def _word(options: Mapping[str, Any], key: str, otherwise: str) -> str:
    """One word."""
    return text(options.get(key))[:_LONGEST] or otherwise
