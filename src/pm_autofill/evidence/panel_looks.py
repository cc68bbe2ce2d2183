"""How panels write and draw their values: fields, the overrides of some of them, legends, each kind's options."""

from __future__ import annotations

import msgspec


class ThresholdStep(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold: from this value on, this colour (None: from minus infinity)."""

    value: float | None
    color: str


class ValueMapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value written as words.

    Attributes:
        kind: "value", "range", "regex" or "special".
        match: The value, the pattern, or "null", "nan", "null+nan", "true", "false", "empty".
        low: Lower end of a range; None for none.
        high: Upper end; None for none.
        text: What is written; empty for the value as it is.
        color: Its colour; empty for the field's.
    """

    kind: str
    match: str = ""
    low: float | None = None
    high: float | None = None
    text: str = ""
    color: str = ""


class FieldLook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the values of one field are written and drawn.

    Attributes:
        name: Its display name; empty for the one of its labels.
        unit: Grafana's unit id, such as "percentunit".
        decimals: Decimals asked for; None for automatic.
        minimum: Fixed lower end of its axis; None for automatic.
        maximum: Fixed upper end; None for automatic.
        soft_minimum: Lower end unless values lie below; None for none.
        soft_maximum: Upper end unless values lie above; None for none.
        no_value: What stands where there is no value.
        mappings: Values written as words, the first that fits counts.
        thresholds: Its thresholds, ascending.
        in_percent: Whether thresholds are percents of the range from minimum to maximum.
        threshold_style: "off", "line", "dashed", "area", "line+area" or "dashed+area".
        color_mode: Grafana's scheme, such as "palette-classic", "thresholds", "fixed" or "continuous-GrYlRd".
        color: The colour of the schemes "fixed" and "shades".
        color_by: Which value of a series gives its colour where the scheme goes by value: "last", "min" or "max".
        style: "line", "bars" or "points".
        interpolation: "linear", "smooth", "stepBefore" or "stepAfter".
        line_width: In pixels.
        stroke: "solid", "dash" or "dot".
        fill_ratio: Opacity of the filled area, 0..1.
        points: "auto", "always" or "never".
        point_size: In pixels.
        span_nulls: Whether gaps are bridged.
        span_seconds: Up to how long gaps are bridged where not all are; None for none.
        stacked: "none", "normal" or "percent".
        stack_group: Series of one group are stacked together.
        negative: Whether it is drawn downwards.
        logarithmic: Base of a logarithmic axis; None for linear.
        axis: "auto", "left", "right" or "hidden".
        axis_label: What stands at its axis.
        centered: Whether nought is in the middle of its axis.
        hidden: Whether it is left out of the picture.
        in_legend: Whether the legend names it.
        cell: How a table shows it, such as "auto", "color-text" or "color-background".
    """

    name: str = ""
    unit: str = ""
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    soft_minimum: float | None = None
    soft_maximum: float | None = None
    no_value: str = ""
    mappings: tuple[ValueMapping, ...] = ()
    thresholds: tuple[ThresholdStep, ...] = ()
    in_percent: bool = False
    threshold_style: str = "off"
    color_mode: str = ""
    color: str = ""
    color_by: str = "last"
    style: str = "line"
    interpolation: str = "linear"
    line_width: float = 1.0
    stroke: str = "solid"
    fill_ratio: float = 0.0
    points: str = "auto"
    point_size: float = 5.0
    span_nulls: bool = False
    span_seconds: float | None = None
    stacked: str = "none"
    stack_group: str = "A"
    negative: bool = False
    logarithmic: int | None = None
    axis: str = "auto"
    axis_label: str = ""
    centered: bool = False
    hidden: bool = False
    in_legend: bool = True
    cell: str = "auto"


class Override(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields that look otherwise.

    Attributes:
        matcher: "byName", "byNames", "byRegexp", "byFrameRefID", "byType" or "byValue".
        names: What the matcher looks for: names, a pattern, a query's letter, a type.
        inverted: Whether it is the fields without these names.
        changed: The attributes of ``look`` that count.
        look: Their values.
    """

    matcher: str
    changed: tuple[str, ...]
    look: FieldLook
    names: tuple[str, ...] = ()
    inverted: bool = False


class Legend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a panel's legend shows.

    Attributes:
        shown: Whether there is one.
        table: Whether it is a table.
        calculations: Grafana's ids of the numbers beside each name, such as "max" or "lastNotNull".
        sort_by: The calculation its table is sorted by, as its column is headed; empty for the series' own order.
        descending: Whether the largest comes first.
    """

    shown: bool = True
    table: bool = False
    calculations: tuple[str, ...] = ()
    sort_by: str = ""
    descending: bool = False


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What panels have beside their fields; each kind uses a few of these.

    Attributes:
        reduction: Which number stands for a series: Grafana's id of a calculation.
        every_value: Whether every value is shown, not one per series.
        limit: At most so many values; None for all.
        text_mode: Of a stat: "auto", "value", "value_and_name", "name" or "none".
        color_on: What a stat colours: "value", "background", "background_solid" or "none".
        graph: Whether a stat shows its series below the number: "area" or "none".
        orientation: "auto", "horizontal" or "vertical".
        display: Of a bar gauge: "basic", "gradient" or "lcd".
        threshold_labels: Whether a gauge names its thresholds.
        threshold_markers: Whether a gauge shows its thresholds as a band.
        heat_unit: Unit of a heatmap's value axis.
        heat_scheme: Its colours, such as "Oranges"; empty for one colour.
        heat_color: That one colour.
        heat_exponent: The power by which counts become colours; 1 for linear.
        heat_steps: How many shades.
        heat_calculated: Whether Grafana counts plain values into buckets itself.
        merged: Whether a state timeline joins equal states.
        show_value: Whether states and bars carry their values: "auto", "always" or "never".
        x_field: The field a bar chart's bars are named by.
        stacked: How a bar chart's bars are stacked.
        sort_by: The column a table is sorted by.
        descending: Whether its largest come first.
    """

    reduction: str = "lastNotNull"
    every_value: bool = False
    limit: int | None = None
    text_mode: str = "auto"
    color_on: str = "value"
    graph: str = "area"
    orientation: str = "auto"
    display: str = "gradient"
    threshold_labels: bool = False
    threshold_markers: bool = True
    heat_unit: str = ""
    heat_scheme: str = "Oranges"
    heat_color: str = ""
    heat_exponent: float = 0.5
    heat_steps: int = 64
    heat_calculated: bool = False
    merged: bool = True
    show_value: str = "auto"
    x_field: str = ""
    stacked: str = "none"
    sort_by: str = ""
    descending: bool = False
