"""Grafana's dashboards, panels and annotations, in one shape for every age of its models."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pm_autofill.evidence.incident import Link
from pm_autofill.evidence.panel_looks import FieldLook, Legend, Options, Override
from pm_autofill.evidence.series import Matrix


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
        model: What else its data source is told, as JSON; empty for PromQL and LogQL.
        hidden: Whether it is asked only because an expression reads it.
    """

    ref_id: str
    datasource_uid: str
    datasource_type: str
    expression: str
    legend: str = ""
    interval: str = ""
    instant: bool = False
    model: str = ""
    hidden: bool = False


class PanelSeries(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One series of a panel's matrix.

    Attributes:
        name: Its name in the legend.
        ref_id: The letter of its query.
        look: How it is drawn where overrides change that; None for the panel's field.
    """

    name: str
    ref_id: str
    look: FieldLook | None = None


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A panel with the data it showed over the incident.

    Attributes:
        id: Grafana's panel id.
        title: Its title, variables resolved.
        kind: "timeseries", "graph", "stat", ...
        link: The panel in Grafana with absolute times.
        description: Its description.
        field: How its values are written and drawn.
        overrides: Fields that look otherwise, the last one that fits counts.
        legend: What its legend shows.
        options: What else its kind lets one choose.
        queries: What it asks; those that cannot be asked are left out, and hidden ones that no expression reads.
        interval: Smallest step of all its queries, such as "1m"; empty for none.
        max_points: Most points per series; None for as many as fit.
        time_from: Its own time range, such as "30d"; empty for the incident's.
        time_shift: How far its range is shifted back, such as "1d"; empty for not at all.
        series: One per series of ``matrix``, in the same order.
        matrix: The data.
        not_applied: What of the panel the drawing leaves out or replaces: transformations, overrides, queries, repeats.
        source: Id of the question; empty when it was not asked.
        problem: Why there is no data; empty when there is.
        reason: Why it is shown where nobody chose it; empty where somebody did.
        rendered: The picture Grafana's own renderer made, PNG; empty where there is none.
        not_rendered: Why the renderer's answer was not used; empty where it was, and where Grafana has no renderer.
    """

    id: int
    title: str
    kind: str
    link: str
    description: str = ""
    field: FieldLook = FieldLook()
    overrides: tuple[Override, ...] = ()
    legend: Legend = Legend()
    options: Options = Options()
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
    reason: str = ""
    rendered: bytes = b""
    not_rendered: str = ""


class MarkQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A query of a dashboard's own whose answers are marked on its panels.

    Attributes:
        name: What the dashboard calls it.
        query: What it asks: wherever its series are above nought, there is a mark.
        title: A mark's title, with labels in double braces.
        text: A mark's text, likewise.
        labels: Labels whose values are a mark's tags.
        by_value: Whether a value is the time of its mark, in milliseconds.
    """

    name: str
    query: PanelQuery
    title: str = ""
    text: str = ""
    labels: tuple[str, ...] = ()
    by_value: bool = False


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """A dashboard with the panels to show.

    Attributes:
        uid: Its uid.
        title: Its title.
        service: The configured service it belongs to.
        link: Its address with absolute times.
        panels: The chosen panels, in reading order.
        left_out: Titles of panels that are not shown, with the reason.
        chosen: Whether the configuration names its panels.
        source: Id of the question.
        snapshot: Address of the snapshot that was made of it; empty where none was asked for.
        snapshot_until: When that expires.
        marks: Queries of its own whose answers are marked on its panels.
    """

    uid: str
    title: str
    service: str
    link: str
    panels: tuple[Panel, ...] = ()
    left_out: tuple[Link, ...] = ()
    chosen: bool = False
    snapshot: str = ""
    snapshot_until: datetime | None = None
    source: str = ""
    marks: tuple[MarkQuery, ...] = ()


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
