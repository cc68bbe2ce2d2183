"""Grafana's dashboards, panels and annotations, in one shape for every age of its models."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pm_autofill.evidence.incident import Link
from pm_autofill.evidence.series import Matrix


class ThresholdStep(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold: from this value on, this colour (None: from minus infinity)."""

    value: float | None
    color: str


class PanelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One query of a panel.

    Attributes:
        ref_id: Its letter.
        datasource_uid: The data source, variables resolved.
        datasource_type: Such as "prometheus".
        expression: What is asked, variables resolved.
        legend: Its legend format.
        interval: Its own smallest step, such as "15s"; empty for the data source's.
        instant: Whether it asks for one instant only.
    """

    ref_id: str
    datasource_uid: str
    datasource_type: str
    expression: str
    legend: str = ""
    interval: str = ""
    instant: bool = False


class PanelSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn line: its name in the legend, and which series of the panel's matrix it is."""

    name: str
    ref_id: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A panel with the data it showed over the incident.

    Attributes:
        id: Grafana's panel id.
        title: Its title, variables resolved.
        kind: "timeseries", "graph", "stat", ...
        description: Its description.
        unit: Grafana's unit id, such as "percentunit".
        decimals: Decimals asked for; None for automatic.
        minimum: Fixed lower end of the value axis; None for automatic.
        maximum: Fixed upper end; None for automatic.
        logarithmic: Base of a logarithmic value axis; None for linear.
        stacked: "none", "normal" or "percent".
        style: "line", "bars" or "points".
        fill_ratio: Opacity of the filled area, 0..1.
        span_nulls: Whether gaps are bridged.
        thresholds: Its thresholds, ascending.
        show_thresholds: Whether Grafana draws them.
        queries: What it asks; hidden queries and those that cannot be asked are left out.
        interval: Smallest step of all its queries, such as "1m"; empty for none.
        max_points: Most points per series; None for as many as fit.
        time_from: Its own time range, such as "30d"; empty for the incident's.
        time_shift: How far its range is shifted back, such as "1d"; empty for not at all.
        series: One per series of ``matrix``, in the same order.
        matrix: The data.
        link: The panel in Grafana with absolute times.
        not_applied: What of the panel the drawing leaves out or replaces: transformations, overrides, queries, repeats.
        source: Id of the question; empty when it was not asked.
        problem: Why there is no data; empty when there is.
    """

    id: int
    title: str
    kind: str
    link: str
    description: str = ""
    unit: str = ""
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    logarithmic: int | None = None
    stacked: str = "none"
    style: str = "line"
    fill_ratio: float = 0.0
    span_nulls: bool = False
    thresholds: tuple[ThresholdStep, ...] = ()
    show_thresholds: bool = False
    queries: tuple[PanelQuery, ...] = ()
    interval: str = ""
    max_points: int | None = None
    time_from: str = ""
    time_shift: str = ""
    series: tuple[PanelSeries, ...] = ()
    matrix: Matrix = Matrix()
    not_applied: tuple[str, ...] = ()
    source: str = ""
    problem: str = ""


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """A dashboard with the panels to show.

    Attributes:
        uid: Its uid.
        title: Its title.
        service: The configured service it belongs to.
        link: Its address with absolute times.
        panels: The chosen panels, in reading order.
        left_out: Titles of panels that are not shown, with the reason.
        source: Id of the question.
    """

    uid: str
    title: str
    service: str
    link: str
    panels: tuple[Panel, ...] = ()
    left_out: tuple[Link, ...] = ()
    source: str = ""


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """An annotation: somebody's mark, or an alert's change of state.

    Attributes:
        id: Grafana's id; where it gives none, as for alert states kept in Loki, a number made of the annotation itself.
        start: Where it begins.
        end: Where it ends; None for an instant.
        text: Its text, HTML removed.
        tags: Its tags.
        alert: The alert's name, for an alert's change of state; empty otherwise.
        state: The state after the change, such as "Alerting"; empty otherwise.
        author: Login of who wrote it; empty for alerts.
        dashboard_uid: The dashboard it is on; empty for the organisation's.
        links: Links found in its text.
        source: Id of the question.
    """

    id: int
    start: datetime
    text: str
    source: str
    end: datetime | None = None
    tags: tuple[str, ...] = ()
    alert: str = ""
    state: str = ""
    author: str = ""
    dashboard_uid: str = ""
    links: tuple[Link, ...] = ()


class GrafanaRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that Grafana told.

    Attributes:
        version: Its version; empty when hidden.
        url: The address people use, with sub-path, without trailing slash.
        dashboards: The configured dashboards.
        annotations: Annotations of the window, by time.
        source: Id of the question about its settings.
    """

    version: str
    url: str
    dashboards: tuple[Dashboard, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    source: str = ""
