"""Links for the appendix: changes, runbooks, dashboards, queries, and related incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.analyse.alerting import alert_names
from pm_autofill.analyse.lessons import RUNBOOKS
from pm_autofill.expression_browser import graph_link
from pm_autofill.findings import Reference, RelatedIncident
from pm_autofill.instants import Window
from pm_autofill.wording.numbers import plural
from pm_autofill.wording.times import day

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pm_autofill.analyse.changes.change import Change
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord, Link
    from pm_autofill.evidence.panels import Dashboard

_TITLES_TOLD = 5
_AROUND = timedelta(hours=1)


def gather(evidence: Evidence, changes: Sequence[Change], slos: Collection[str]) -> tuple[Reference, ...]:
    """Links worth having, without repetition.

    Args:
        evidence: The evidence.
        changes: All changes.
        slos: Names of the SLOs the draft speaks of.

    Returns:
        The incident, changes by time, the alerts' rules and runbooks, dashboards with absolute times, and the SLIs'
        queries.
    """
    found = [
        *_incident(evidence),
        *_changes(changes),
        *_rules(evidence),
        *_runbooks(evidence),
        *_dashboards(evidence),
        *_queries(evidence, slos),
    ]
    return tuple({reference.href: reference for reference in reversed(found) if reference.href}.values())[::-1]


def related(evidence: Evidence) -> tuple[RelatedIncident, ...]:
    """Incidents a reader may want to see: merged, in the same window, similar earlier ones; and earlier drafts."""
    return (*_of_pagerduty(evidence.pagerduty), *_drafts(evidence))


def _drafts(evidence: Evidence) -> Iterator[RelatedIncident]:
    """Earlier drafts with the same alert, SLO or service; the latest first."""
    record = evidence.pagerduty
    alerts = set(alert_names(record)) or {one.name for one in evidence.alert_series if one.state == "firing"}
    slos = {slo.definition.name for slo in evidence.slos if slo.named}
    services = {slo.definition.service for slo in evidence.slos if slo.named} | {
        name for name in (evidence.request.service, record.incident.service if record else None) if name
    }
    for draft in evidence.drafts:
        pairs = ((draft.alerts, alerts), (draft.slos, slos), (draft.services, services))
        shared = tuple(dict.fromkeys(name for theirs, ours in pairs for name in theirs if name in ours))
        if shared:
            yield RelatedIncident(
                title=draft.title,
                url="",
                at=draft.at,
                relation="draft",
                number=draft.number,
                folder=draft.folder,
                shared=shared,
                figures=draft.figures,
            )


def _of_pagerduty(record: IncidentRecord | None) -> tuple[RelatedIncident, ...]:
    if record is None:
        return ()
    order = {"merged": 0, "same alert": 1, "same window": 2, "related": 3, "past": 4}
    farthest_first = sorted((*record.others, *record.merged), key=lambda one: -order.get(one.relation, 9))
    every = {other.id: other for other in farthest_first if other.id != record.incident.id}
    return tuple(
        RelatedIncident(title=other.title, url=other.url, at=other.at, relation=other.relation, number=other.number)
        for other in sorted(every.values(), key=lambda one: (order.get(one.relation, 9), -one.at.timestamp(), one.id))
    )


def _incident(evidence: Evidence) -> Iterator[Reference]:
    if evidence.pagerduty is not None:
        incident = evidence.pagerduty.incident
        label = incident.id if incident.number is None else incident.number
        yield Reference(kind="incident", text=f"PagerDuty incident {label}", href=incident.url)


def _changes(changes: Sequence[Change]) -> Iterator[Reference]:
    for change in changes:
        for link in change.links:
            more = len(change.links) > 1 and link.text and link.text != change.text
            text = f"{change.text} ({link.text})" if more else change.text or link.text
            yield Reference(kind="change", text=text, href=link.href, at=change.start)


def _rules(evidence: Evidence) -> Iterator[Reference]:
    """The expressions of the incident's alerts, each as a graph of the time around."""
    names, record = alert_names(evidence.pagerduty), evidence.pagerduty
    for rule in evidence.alert_rules:
        base = evidence.sources[rule.source].url.removesuffix("/rules") if rule.source in evidence.sources else ""
        if record is not None and rule.name in names and base:
            created = record.incident.created_at
            around = Window(created, record.incident.resolved_at or evidence.request.as_of).widen(_AROUND, _AROUND)
            text = f"{rule.name}: {rule.expression}"
            yield Reference(kind="alert", text=text, href=graph_link(base, rule.expression, around))


def _runbooks(evidence: Evidence) -> Iterator[Reference]:
    names = alert_names(evidence.pagerduty)
    firing = [one for alert in (evidence.pagerduty.alerts if evidence.pagerduty else ()) for one in alert.firing]
    known = [(rule.name, rule.annotations) for rule in evidence.alert_rules if rule.name in names]
    known += [(one.labels.get("alertname", ""), one.annotations) for one in firing]
    for name, notes in known:
        for key in RUNBOOKS:
            if notes.get(key, "").startswith(("http://", "https://")):
                yield Reference(kind="runbook", text=name, href=notes[key])


def _dashboards(evidence: Evidence) -> Iterator[Reference]:
    for dashboard in evidence.grafana.dashboards if evidence.grafana else ():
        yield Reference(kind="dashboard", text=dashboard.title, href=dashboard.link)
        if dashboard.snapshot and dashboard.snapshot_until is not None:
            text = f"Snapshot of {dashboard.title}, seen by whoever has the link, until {day(dashboard.snapshot_until)}"
            yield Reference(kind="dashboard", text=text, href=dashboard.snapshot)
        for panel in dashboard.panels:
            if panel.problem:
                yield Reference(kind="panel", text=f"{panel.title}, not drawn: {panel.problem}", href=panel.link)
        yield from _left_out(dashboard)


def _left_out(dashboard: Dashboard) -> Iterator[Reference]:
    """How many panels are not shown, and why, one row per reason."""
    reasons: dict[str, list[Link]] = {}
    for link in dashboard.left_out:
        reasons.setdefault(link.text.rpartition(": ")[2], []).append(link)
    for reason, links in reasons.items():
        titles = ", ".join(link.text.rpartition(": ")[0] for link in links[:_TITLES_TOLD])
        more = ", ..." if len(links) > _TITLES_TOLD else ""
        text = f"{plural(len(links), 'panel')} of {dashboard.title} left out, as {reason}: {titles}{more}"
        yield Reference(kind="panel", text=text, href=links[0].href)


def _queries(evidence: Evidence, slos: Collection[str]) -> Iterator[Reference]:
    for slo in (one for one in evidence.slos if one.definition.name in slos):
        for read, what in (
            (slo.total, "all events"),
            (slo.bad, "bad events"),
            (slo.good, "good events"),
            (slo.ratio, "ratio"),
        ):
            if read is not None and read.source in evidence.sources:
                text = f"{slo.definition.name}: {what}"
                yield Reference(kind="query", text=text, href=evidence.sources[read.source].url)
