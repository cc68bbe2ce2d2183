"""Where the sources contradict one another, or leave something out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.alerting import alert_names, is_of, watching_alerts
from pm_autofill.evidence.completeness import alert_series, incident_alerts, merged_incidents
from pm_autofill.evidence.incident import BESIDE
from pm_autofill.evidence.readings import Complete, NotAsked, is_whole, seen
from pm_autofill.findings import Finding, Known, Severity
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import AlertSeries
    from pm_autofill.evidence.incident import Alert, FiringAlert, IncidentRecord, OtherIncident
    from pm_autofill.evidence.slos import CounterRead
    from pm_autofill.findings import Fact, TimelineRow

_SYMPTOMS = frozenset({"alert_fired", "triggered", "paged", "acknowledged", "note", "status_update", "report"})
_CLOCK_SECONDS = 2.0
_SKEW = timedelta(minutes=10)
_ALERTS = "prometheus.alerts"
_GAP_SCRAPES = 3
_MANY_MISSING = 0.1


def check_story(
    evidence: Evidence, facts: Mapping[str, Fact], rows: Sequence[TimelineRow], hold: timedelta
) -> Iterator[Finding]:
    """What does not fit together in the incident's story.

    Args:
        evidence: The evidence.
        facts: The top-level facts.
        rows: The timeline.
        hold: How far before S an incident still belongs to the impact.

    Yields:
        Symptoms before the start, clocks that differ, alerts that never fired, incidents that look like part of this.
    """
    yield from _early_symptoms(facts, rows)
    if evidence.pagerduty is not None:
        yield from _clocks(evidence.pagerduty, evidence.alert_series)
        yield from _neighbours(evidence, evidence.pagerduty, facts, hold)
    yield from _other_alerts(evidence, facts, hold)


def check_samples(impact: Impact, window: Window) -> Iterator[Finding]:
    """Whether an SLI has samples all over its impact: missing scrapes are not good ones.

    Args:
        impact: The impact.
        window: From S to V, or to the last sample while it lasts.

    Yields:
        How much is missing; a warning from a tenth on.
    """
    read = impact.slo.total or impact.slo.ratio
    if read is not None and read.partial:
        return  # what did not come need not be missing there
    missing = missing_seconds(read, window) if read is not None else 0.0
    if missing > 0:
        share = missing / window.seconds
        severity = Severity.WARNING if share > _MANY_MISSING else Severity.INFO
        yield _finding("samples_missing", severity, slo=impact.slo.definition.name, seconds=missing, ratio=share)


def missing_seconds(read: CounterRead, window: Window) -> float:
    """How long a window is without samples of any series.

    Formula: sum of (distance - usual distance) over distances between samples, and from them to both ends of the
        window, above three usual ones.
    """
    start, end = window.start.timestamp(), window.end.timestamp()
    gaps = [np.diff(one.times) for one in read.matrix.series if len(one.times) > 1]
    if not gaps or end <= start:
        return 0.0
    usual = float(np.median(np.concatenate(gaps)))
    inside = np.unique(np.concatenate([one.cut(start, end).times for one in read.matrix.series]))
    distances = np.diff(np.concatenate(([start], inside, [end])))
    return float(np.sum(distances[distances > _GAP_SCRAPES * usual] - usual))


def _early_symptoms(facts: Mapping[str, Fact], rows: Sequence[TimelineRow]) -> Iterator[Finding]:
    """The start after the first sign of trouble; silent where another remark says so."""
    start = facts["impact.start"]
    if not isinstance(start, Known):
        return
    told = (fact.instant for name in ("alert.fired", "detection.time") if isinstance(fact := facts[name], Known))
    first = next((row for row in rows if row.kind in _SYMPTOMS), None)
    if first is not None and first.time < start.earliest and not any(at < start.earliest for at in told):
        seconds = (start.instant - first.time).total_seconds()
        yield _finding("start_after_first_row", Severity.WARNING, at=first.time, seconds=seconds)


def _clocks(record: IncidentRecord, series: Sequence[AlertSeries]) -> Iterator[Finding]:
    """Alerts that PagerDuty had before Prometheus says that they fired."""
    first = [(alert.at, one) for alert in record.alerts for one in alert.firing[:1]]
    ahead = [
        (at - arrived).total_seconds()
        for arrived, one in first
        if (at := one.starts_at or _began_after(arrived, one, series)) is not None
    ]
    if max(ahead, default=0.0) > _CLOCK_SECONDS:
        yield _finding("clocks_apart", Severity.WARNING, seconds=max(ahead))


def _began_after(arrived: datetime, firing: FiringAlert, series: Sequence[AlertSeries]) -> datetime | None:
    """When ALERTS says that an alert began to fire, where that is shortly after PagerDuty had it and not before, too.

    Alertmanager tells no time before its version 0.30.
    """
    own = [one for one in series if one.state == "firing" and is_of(one, firing)]
    if any(one.first <= arrived <= one.last + _SKEW for one in own):
        return None
    return min((one.first for one in own if arrived < one.first <= arrived + _SKEW), default=None)


def _neighbours(
    evidence: Evidence, record: IncidentRecord, facts: Mapping[str, Fact], hold: timedelta
) -> Iterator[Finding]:
    """Incidents beside this one: those that look like part of it by name, the others by their number."""
    beside = [other for other in record.others if other.relation in BESIDE]
    window = _lasting(record, facts, evidence.request.as_of, hold)
    parts = [other for other in beside if _part(other, window, facts)]
    # The same questions tell of incidents merged into it and of those beside it.
    in_part = {} if is_whole(merged_incidents(evidence)) else {"in_part": "yes"}
    for other in parts:
        number = str(other.number or other.id)
        yield _finding(
            "same_incident",
            Severity.WARNING,
            title=other.title,
            number=number,
            at=other.at,
            how=other.relation,
            **in_part,
        )
    if len(beside) > len(parts):
        yield _finding("sibling_incidents", Severity.INFO, count=float(len(beside) - len(parts)), **in_part)


def _lasting(record: IncidentRecord, facts: Mapping[str, Fact], as_of: datetime, hold: timedelta) -> Window:
    """From the hold before the impact to its end; without one the incident's own time."""
    start, end = facts["impact.start"], facts["impact.end"]
    if isinstance(start, Known):
        return Window(start.instant - hold, end.instant if isinstance(end, Known) else as_of)
    return Window(record.incident.created_at - hold, (record.incident.resolved_at or as_of) + hold)


def _part(other: OtherIncident, window: Window, facts: Mapping[str, Fact]) -> bool:
    """Whether it began while the impact lasted; where none is known only the same alert tells."""
    near = window.start <= other.at <= window.end
    return near and (isinstance(facts["impact.start"], Known) or other.relation == "same alert")


def _other_alerts(evidence: Evidence, facts: Mapping[str, Fact], hold: timedelta) -> Iterator[Finding]:
    """Alerts that watch the service but are not in the incident: fired beside it, or never where no other did."""
    start, end = facts["impact.start"], facts["impact.end"]
    alerts = incident_alerts(evidence)
    if not isinstance(start, Known) or not isinstance(alerts, Complete | NotAsked):
        return
    until = end.instant if isinstance(end, Known) else evidence.request.as_of
    own = set(alert_names(evidence.pagerduty))
    others = [name for name in watching_alerts(evidence) if name not in own]
    fires = alert_series(evidence)
    during = Window(start.instant - hold, until)
    if isinstance(alerts, Complete):
        yield from _not_in_incident(alerts, others, seen(fires, ()), during)
    if isinstance(fires, Complete) and not isinstance(facts["alert.fired"], Known):
        yield from _never_fired(fires, others, during)


def _not_in_incident(
    alerts: Complete[tuple[Alert, ...]], names: Sequence[str], fires: Sequence[AlertSeries], during: Window
) -> Iterator[Finding]:
    """Alerts that fired and are not among the incident's: what only all of these can tell."""
    del alerts
    for name in names:
        fired = [at for at in _fires_of(name, fires) if during.start <= at <= during.end]
        if fired:
            yield _finding("alert_not_in_incident", Severity.INFO, alert=name, at=min(fired))


def _never_fired(fires: Complete[tuple[AlertSeries, ...]], names: Sequence[str], during: Window) -> Iterator[Finding]:
    """Alerts that did not fire: what only the whole of ``ALERTS`` can tell."""
    for name in names:
        if not any(during.start <= at <= during.end for at in _fires_of(name, fires.value)):
            values = {"alert": name}
            yield Finding(code="alert_never_fired", severity=Severity.INFO, values=values, sources=(_ALERTS,))


def _fires_of(name: str, series: Sequence[AlertSeries]) -> list[datetime]:
    return [one.first for one in series if (one.name, one.state) == (name, "firing")]


def _finding(code: str, severity: Severity, **values: datetime | float | str) -> Finding:
    return Finding(code=code, severity=severity, values=values)
