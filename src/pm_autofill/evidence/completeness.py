"""What was asked for one draft, and how far each answer reaches: evidence in the types of ``readings``.

Evidence written before answers were marked is partial where one of its gaps names the question, else complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pm_autofill.evidence.readings import (
    NOT_ASKED,
    Answered,
    Complete,
    NotAsked,
    Partial,
    Reading,
    Refused,
    State,
    limited_by,
    mapped,
    reading,
    seen,
    together,
)
from pm_autofill.instants import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.evidence.alerts import AlertRule, AlertSeries, ChangeSeries
    from pm_autofill.evidence.incident import Alert, ChangeEvent, Incident, LogEntry, Note, OtherIncident
    from pm_autofill.evidence.panels import Annotation
    from pm_autofill.evidence.record import Evidence
    from pm_autofill.evidence.replay import RuleRun
    from pm_autofill.evidence.slos import SloEvidence
    from pm_autofill.instants import Window

T = TypeVar("T")

RULES, ALERT_SERIES = "alert_rules", "alert_series"
ANNOTATIONS, ALERT_STATES = "annotations", "annotations.alerts"
DASHBOARDS, PANELS, DASHBOARD_ANNOTATIONS = "dashboards", "panels", "annotations.dashboards"
_INCIDENT = "incident"
_REPLAY = "replay."
_CHANGES, _SERVICE_CHANGES, _EARLIER = "changes", "changes.service", "earlier"
# What tells of incidents merged into this one: those beside it, on its service and others, and those of its alerts.
_MERGING = ("window", "window.foreign", "same_alert")
# How questions about an incident were called in gaps, by part.
_WORDS = {
    "log": "the incident's log",
    "alerts": "the incident's alerts",
    "notes": "the incident's notes",
    _CHANGES: "the change events related to the incident",
    _SERVICE_CHANGES: "the change events of its service",
    "window": "the other incidents of its service",
    "window.foreign": "the incidents of the services whose alerts it holds",
    _EARLIER: "the incidents of its service in the week before",
}
_ALL_DETAILS = "the incident's log and alerts"


def of_incident(part: str) -> str:
    """The key of a question about the incident.

    Args:
        part: "log", "log.ID" of a merged incident, "alerts", "notes", "changes", "changes.service", "window",
            "window.foreign", "same_alert.N", "earlier", "past", "related" or "analytics".
    """
    return f"{_INCIDENT}.{part}"


NEVER_MISSING = frozenset(of_incident(part) for part in ("past", "related", "analytics"))
"""Questions that nothing rests on: without their answers there is no gap."""


def of_slo(name: str, part: str) -> str:
    """The key of a question about an SLO: "samples", "history", "usual" or "past"."""
    return f"slo.{name}.{part}"


def of_totals(name: str, window: Window) -> str:
    """The key of a question for the events of a window of an SLO's budget."""
    return of_slo(name, f"totals.{format_instant(window.start)}/{format_instant(window.end)}")


def of_service(name: str) -> str:
    """The key of a service's change query."""
    return f"changes.{name}"


def of_rule(rule: AlertRule) -> str:
    """The key of a rule's replay; rules may share a name."""
    return f"{_REPLAY}{rule.name}.{rule.expression}"


def answered(evidence: Evidence, key: str, words: str = "", *, came: bool = True) -> Answered:
    """How far a question was answered.

    Args:
        evidence: The evidence.
        key: The question.
        words: What a gap calls it, for evidence that does not say how far its answers reach.
        came: Whether such evidence holds an answer.
    """
    if evidence.readings:
        return evidence.readings.get(key, NOT_ASKED)
    reason = next((gap.reason for gap in evidence.gaps if any(_is(one, words) for one in gap.what.split("; "))), None)
    if reason is None:
        return Answered(state=State.COMPLETE) if came else NOT_ASKED
    return Answered(state=State.PARTIAL if came else State.REFUSED, missing=f"{words}: {reason}")


def the_incident(evidence: Evidence) -> Reading[Incident]:
    """The incident itself: one that was merged into another is a part of it where that one was not read."""
    record = evidence.pagerduty
    if record is None:
        return NotAsked()
    if record.incident.merged_into:
        return Partial(record.incident, f"incident {record.incident.merged_into}, into which it was merged")
    if not record.incident.merge_told:
        return Partial(record.incident, "whether it was merged into another incident")
    return Complete(record.incident)


def incident_log(evidence: Evidence, merged: str = "") -> Reading[tuple[LogEntry, ...]]:
    """The log of the incident, or of one merged into it.

    Args:
        evidence: The evidence.
        merged: The other's id.
    """
    record = evidence.pagerduty
    if record is None:
        return NotAsked()
    entries = record.merged_logs.get(merged, ()) if merged else record.log
    part = f"log.{merged}" if merged else "log"
    words = f"the log of incident {merged}, which was merged into it" if merged else _WORDS["log"]
    found = answered(evidence, of_incident(part), words, came=part in record.sources)
    # Every log is asked for: one without an answer was not had, even where evidence does not say so.
    unread = found.state is State.NOT_ASKED
    return limited_by(Refused(words) if unread else reading(found, entries), the_incident(evidence))


def incident_logs(evidence: Evidence) -> Reading[tuple[tuple[LogEntry, ...], ...]]:
    """The logs of the incident and of those merged into it."""
    merged = merged_incidents(evidence)
    every = ("", *(other.id for other in seen(merged, ())))
    return limited_by(together(incident_log(evidence, id_) for id_ in every), merged)


def merged_incidents(evidence: Evidence) -> Reading[tuple[OtherIncident, ...]]:
    """The incidents merged into this one: complete only where all questions that tell of them were answered."""
    record = evidence.pagerduty
    if record is None:
        return NotAsked()
    keys = [of_incident(part) for part in _MERGING]
    asked = [key for key in evidence.readings if any(key == one or key.startswith(f"{one}.") for one in keys)]
    each = [answered(evidence, key) for key in asked] if evidence.readings else [*_merging_of_old(evidence)]
    found = together(reading(one, record.merged) for one in each)
    whole = mapped(found, lambda _: record.merged) if not isinstance(found, NotAsked) else Complete(record.merged)
    return limited_by(whole, the_incident(evidence))


def _merging_of_old(evidence: Evidence) -> Iterator[Answered]:
    record = evidence.pagerduty
    sources = record.sources if record is not None else {}
    for part in ("window", "window.foreign"):
        yield answered(evidence, of_incident(part), _WORDS[part], came=part in sources)


def incident_alerts(evidence: Evidence) -> Reading[tuple[Alert, ...]]:
    """The alerts in the incident."""
    record = evidence.pagerduty
    if record is None:
        return NotAsked()
    return limited_by(_part(evidence, "alerts", record.alerts), the_incident(evidence))


def incident_notes(evidence: Evidence) -> Reading[tuple[Note, ...]]:
    """The notes on the incident."""
    record = evidence.pagerduty
    return NotAsked() if record is None else _part(evidence, "notes", record.notes)


def change_events(evidence: Evidence) -> Reading[tuple[ChangeEvent, ...]]:
    """The change events related to the incident, and those of its service."""
    record = evidence.pagerduty
    if record is None:
        return NotAsked()
    found = together(_part(evidence, part, record.changes) for part in (_CHANGES, _SERVICE_CHANGES))
    return mapped(found, lambda _: record.changes)


def earlier_incidents(evidence: Evidence) -> Reading[tuple[OtherIncident, ...]]:
    """The incidents of the service in the week before."""
    record = evidence.pagerduty
    return NotAsked() if record is None else _part(evidence, _EARLIER, record.earlier)


def _part(evidence: Evidence, part: str, value: tuple[T, ...]) -> Reading[tuple[T, ...]]:
    sources = evidence.pagerduty.sources if evidence.pagerduty is not None else {}
    return reading(answered(evidence, of_incident(part), _WORDS[part], came=part in sources), value)


def alert_rules(evidence: Evidence) -> Reading[tuple[AlertRule, ...]]:
    """The alert rules that are loaded."""
    came = bool(evidence.alert_rules) or "prometheus.rules" in evidence.sources
    return reading(answered(evidence, RULES, "alerting rules", came=came), evidence.alert_rules)


def alert_series(evidence: Evidence) -> Reading[tuple[AlertSeries, ...]]:
    """When the alerts of interest were pending and firing."""
    came = "prometheus.alerts" in evidence.sources
    return reading(answered(evidence, ALERT_SERIES, "the alerts' own times", came=came), evidence.alert_series)


def annotation_marks(evidence: Evidence) -> Reading[tuple[Annotation, ...]]:
    """The annotations of the time around the incident; a dashboard that was not read may have queries for more."""
    came = evidence.grafana is not None
    found = evidence.grafana.annotations if evidence.grafana is not None else ()
    asked = {ANNOTATIONS: ANNOTATIONS, DASHBOARDS: "", DASHBOARD_ANNOTATIONS: ""}
    every = together(reading(answered(evidence, key, words, came=came), found) for key, words in asked.items())
    return mapped(every, lambda _: found)


def change_queries(evidence: Evidence) -> Reading[tuple[ChangeSeries, ...]]:
    """What the configured change queries saw."""
    if not evidence.readings:
        services = dict.fromkeys(one.service for one in evidence.changes)
        keys = {of_service(name): f"changes of {name}" for name in services}
    else:
        prefix = of_service("")
        keys = {key: "" for key in evidence.readings if key.startswith(prefix)}
    found = together(reading(answered(evidence, key, words), evidence.changes) for key, words in keys.items())
    return mapped(found, lambda _: evidence.changes)


def slo_samples(evidence: Evidence, slo: SloEvidence) -> Reading[SloEvidence]:
    """The samples of an SLO's SLI."""
    name = slo.definition.name
    came = slo.total is not None or slo.ratio is not None
    return reading(answered(evidence, of_slo(name, "samples"), f"the SLI of {name}", came=came), slo)


def unread_slos(evidence: Evidence) -> tuple[tuple[SloEvidence, str], ...]:
    """The SLOs of whose SLI it is unknown whether it was bad, each with what is missing.

    One that was answered with nothing counts as unread where its history says that there was something before: one
    answer contradicts the other.
    """
    found = []
    for slo in evidence.slos:
        name, samples = slo.definition.name, slo_samples(evidence, slo)
        if isinstance(samples, Partial | Refused):
            found.append((slo, f"the SLI of {name}, which was not read whole"))
        elif isinstance(samples, Complete) and slo.history_start is not None and not _has_samples(slo):
            found.append((slo, f"the SLI of {name}, which has a history and yet no samples"))
    return tuple(found)


def _has_samples(slo: SloEvidence) -> bool:
    return any(read.matrix.sample_count for read in (slo.total, slo.ratio) if read is not None)


def about_slo(evidence: Evidence, slo: SloEvidence, part: str) -> Reading[SloEvidence]:
    """What was asked about an SLO beside its samples.

    Args:
        evidence: The evidence.
        slo: The SLO.
        part: "history", "usual", "past" or "process_starts".
    """
    name = slo.definition.name
    words = {
        "usual": f"what is usual for {name}",
        "past": f"the past of {name}",
        "process_starts": f"process starts behind {name}",
    }
    return reading(answered(evidence, of_slo(name, part), words.get(part, f"the budget window of {name}")), slo)


def budget_windows(evidence: Evidence, slo: SloEvidence) -> Reading[SloEvidence]:
    """The history of an SLO's events, and those of all windows of its budget that were asked for."""
    prefix = of_slo(slo.definition.name, "totals.")
    asked = [key for key in evidence.readings if key.startswith(prefix)]
    each = (about_slo(evidence, slo, "history"), *(reading(answered(evidence, key), slo) for key in asked))
    return mapped(together(each), lambda _: slo)


def rule_run(evidence: Evidence, run: RuleRun) -> Reading[RuleRun]:
    """When a rule's expression held."""
    return reading(answered(evidence, of_rule(run.rule), f"a replay of {run.rule.name}"), run)


def rule_runs(evidence: Evidence) -> Reading[tuple[RuleRun, ...]]:
    """When the rules that were asked about held: complete only where each was answered, with a run or without."""
    asked = [answered(evidence, key) for key in evidence.readings if key.startswith(_REPLAY)]
    each: list[Reading[object]] = [reading(one, ()) for one in asked]
    if not evidence.readings:
        each = [rule_run(evidence, run) for run in evidence.rule_runs]
    return limited_by(Complete(evidence.rule_runs), together(each))


def _is(piece: str, words: str) -> bool:
    """Whether what a gap names is a question, the rest of it, or some of its entries."""
    whole = bool(words) and (piece == words or piece.endswith(f" of {words}"))
    return whole or (piece == _ALL_DETAILS and words in _WORDS.values())
