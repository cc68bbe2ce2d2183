"""A dashboard as Grafana stores it, in one shape for every age of its JSON: what variables leave open is still open."""

from __future__ import annotations

from dataclasses import dataclass, field

from pm_autofill.collect.grafana.look import Look


@dataclass(frozen=True, slots=True)
class DatasourceRef:
    """How a panel, a query or a variable names its data source; each part may hold a variable.

    Attributes:
        uid: Its uid; empty where only a name, or nothing, is given.
        type: Its type, such as "prometheus"; empty where not given.
        name: Its name, as older dashboards write it.
    """

    uid: str = ""
    type: str = ""
    name: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named: the default data source is meant."""
        return not (self.uid or self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetModel:
    """One query of a panel as stored.

    Attributes:
        ref_id: Its letter.
        datasource: Its own data source; empty where the panel's counts.
        expression: Its PromQL, LogQL or SQL, or what it computes of other queries; empty for other languages.
        legend: Its legend format.
        interval: Its smallest step, such as "15s"; empty for the data source's.
        hidden: Whether the panel leaves it out.
        instant: Whether it asks for one instant only.
        model: What else its data source is told, as JSON; empty for PromQL and LogQL.
        shows: Number of the panel whose data it shows; None for its own.
        transformed: Whether that panel's transformations count too.
    """

    ref_id: str
    datasource: DatasourceRef = DatasourceRef()
    expression: str = ""
    legend: str = ""
    interval: str = ""
    hidden: bool = False
    instant: bool = False
    model: str = ""
    shows: int | None = None
    transformed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelModel:
    """One panel as stored.

    Attributes:
        id: Grafana's number for it, unique on the dashboard.
        title: Its title, variables unresolved.
        kind: "timeseries", "graph", "stat", ...; empty where a library panel could not be had.
        description: Its description.
        look: How it draws.
        datasource: Where its queries go, unless they name their own.
        targets: Its queries.
        interval: Smallest step of all its queries; empty for none.
        max_points: Most points per series; None for as many as fit.
        time_from: Own time range, such as "30d"; empty for the dashboard's.
        time_shift: How far its range is shifted back; empty for not at all.
        repeats: Variables it, or its row, is repeated by.
        library: Uid of the library panel it shows; empty for its own.
    """

    id: int
    title: str
    kind: str
    description: str = ""
    look: Look = field(default_factory=Look)
    datasource: DatasourceRef = DatasourceRef()
    targets: tuple[TargetModel, ...] = ()
    interval: str = ""
    max_points: int | None = None
    time_from: str = ""
    time_shift: str = ""
    repeats: tuple[str, ...] = ()
    library: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableModel:
    """One template variable as stored.

    Attributes:
        name: Its name, without the dollar sign.
        kind: "query", "custom", "interval", "datasource", "constant", "textbox", "adhoc", ...
        values: The values chosen when it was saved; "$__all" among them means all.
        texts: The same as shown to people.
        is_listed: Whether it can hold several values.
        has_all: Whether it offers "All".
        all_value: What stands for "All"; empty for the list of its options.
        options: The values it offers, as far as they were stored.
        query: Where its options come from: PromQL's ``label_values(...)``, a comma-separated list, a plugin's name.
        datasource: Where its query goes.
        pattern: The regular expression its options have to match, whose first group they become; empty for none.
        auto_count: Into how many steps an "auto" interval divides the range.
        auto_minimum: Smallest "auto" interval.
        in_url: Whether links carry it.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    is_listed: bool = False
    has_all: bool = False
    all_value: str = ""
    options: tuple[str, ...] = ()
    query: str = ""
    datasource: DatasourceRef = DatasourceRef()
    pattern: str = ""
    auto_count: int = 30
    auto_minimum: str = "10s"
    in_url: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkModel:
    """A query of a dashboard's own for annotations, as stored.

    Attributes:
        name: What the dashboard calls it.
        datasource: Where it goes.
        expression: Its PromQL; empty for other languages.
        step: Between evaluations, such as "60s".
        title: A mark's title, with labels in double braces.
        text: A mark's text, likewise.
        labels: Labels whose values are a mark's tags.
        by_value: Whether a value is the time of its mark.
    """

    name: str
    datasource: DatasourceRef
    expression: str = ""
    step: str = ""
    title: str = ""
    text: str = ""
    labels: tuple[str, ...] = ()
    by_value: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardModel:
    """A dashboard as stored.

    Attributes:
        uid: Its uid.
        title: Its title.
        slug: The readable end of its address; may be empty.
        panels: Its panels in reading order, those of collapsed rows and tabs included, rows themselves not.
        variables: Its template variables in order.
        marks: Its queries for annotations, Grafana's own left out.
    """

    uid: str
    title: str
    slug: str = ""
    panels: tuple[PanelModel, ...] = ()
    variables: tuple[VariableModel, ...] = ()
    marks: tuple[MarkModel, ...] = ()
