"""What can be asked once some evidence is there; decided by pure functions, answered by the collectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pm_autofill.evidence import completeness

if TYPE_CHECKING:
    from datetime import timedelta

    from pm_autofill.evidence.alerts import AlertRule
    from pm_autofill.instants import Window

_DETAILS = ("alerts", "log", "notes", "changes", "changes.service", "window", "earlier", "past", "related", "analytics")


@dataclass(frozen=True, slots=True)
class AskDetails:
    """All that PagerDuty has on the incident, and the incidents beside it in a window."""

    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return tuple(completeness.of_incident(part) for part in _DETAILS)


@dataclass(frozen=True, slots=True)
class AskCounters:
    """The samples of an SLO's counters (or ratio) over a window, and when the processes behind them started."""

    slo: str
    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_slo(self.slo, "samples"),)


@dataclass(frozen=True, slots=True)
class AskHistory:
    """Since when an SLO's counters have data, as far as that matters for its budget."""

    slo: str
    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_slo(self.slo, "history"),)


@dataclass(frozen=True, slots=True)
class AskTotals:
    """The events, or the slices, of a window of an SLO's budget."""

    slo: str
    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_totals(self.slo, self.window),)


@dataclass(frozen=True, slots=True)
class AskUsual:
    """The events of an SLO in the same window of the weeks before."""

    slo: str
    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_slo(self.slo, "usual"),)


@dataclass(frozen=True, slots=True)
class AskRules:
    """The alerting rules Prometheus has loaded."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.RULES,)


@dataclass(frozen=True, slots=True)
class AskAlerts:
    """The life of some alerts over a window."""

    names: tuple[str, ...]
    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.ALERT_SERIES,)


@dataclass(frozen=True, slots=True)
class AskChanges:
    """A service's configured change query over a window."""

    service: str
    query: str
    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_service(self.service),)


@dataclass(frozen=True, slots=True)
class AskServiceChanges:
    """PagerDuty's change events of the incident's service, over a wider window than before."""

    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_incident("changes.service"),)


@dataclass(frozen=True, slots=True)
class AskAnnotations:
    """Grafana's annotations, over a wider window than before."""

    window: Window

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.ANNOTATIONS, completeness.ALERT_STATES)


@dataclass(frozen=True, slots=True)
class AskGrafana:
    """Grafana's settings, the models of dashboards configured for some services, and the annotations of a window.

    Without services those of all are meant.
    """

    window: Window
    services: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.ANNOTATIONS, completeness.ALERT_STATES, completeness.DASHBOARDS)


@dataclass(frozen=True, slots=True)
class AskPanels:
    """The data of the chosen panels over a window: of dashboards that were read and belong to some services.

    Without services those of all are meant; the dashboards of the services in ``also`` have yet to be read.
    """

    window: Window
    services: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.PANELS, completeness.DASHBOARD_ANNOTATIONS)


@dataclass(frozen=True, slots=True)
class AskDashboards:
    """Dashboards nobody configured, with their data: those that alerts name, else those with a tag.

    The dashboards configured for the services in ``also`` are read with them.
    """

    uids: tuple[str, ...]
    tags: tuple[str, ...]
    window: Window
    also: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.PANELS, completeness.DASHBOARD_ANNOTATIONS)


@dataclass(frozen=True, slots=True)
class AskPast:
    """An SLO's events per step, over stretches that follow one another, each with its step."""

    slo: str
    stretches: tuple[tuple[Window, timedelta], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_slo(self.slo, "past"),)


@dataclass(frozen=True, slots=True)
class AskRuleRun:
    """When a rule's expression held: coarsely over a first stretch, finely over the one that follows it."""

    rule: AlertRule
    coarse: tuple[Window, timedelta]
    fine: tuple[Window, timedelta]

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is called in the evidence's readings."""
        return (completeness.of_rule(self.rule),)


Question: TypeAlias = (
    AskDetails
    | AskCounters
    | AskHistory
    | AskTotals
    | AskUsual
    | AskRules
    | AskAlerts
    | AskChanges
    | AskServiceChanges
    | AskAnnotations
    | AskGrafana
    | AskPanels
    | AskDashboards
    | AskPast
    | AskRuleRun
)
