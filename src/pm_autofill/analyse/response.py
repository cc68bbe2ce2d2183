"""When people knew and answered: pages, detection, acknowledgements and first actions, from PagerDuty's logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from pm_autofill.analyse import stated
from pm_autofill.evidence.completeness import (
    incident_alerts,
    incident_log,
    incident_notes,
    merged_incidents,
    the_incident,
)
from pm_autofill.evidence.incident import AgentKind
from pm_autofill.evidence.readings import (
    Complete,
    NotAsked,
    Partial,
    Reading,
    lacking,
    limited_by,
    mapped,
    seen,
    together,
)
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from pm_autofill.wording.times import day_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord, LogEntry

RESPONSES = {
    "acknowledge": "acknowledgement",
    "annotate": "note",
    "status_update": "status update",
    "responder_request": "request for help",
    "responder_request_for_escalation_policy": "request for help",
    "responder_accept": "acceptance of a request for help",
}
# What is said of one who did it.
_DID = {
    "acknowledge": "acknowledged",
    "annotate": "wrote a note",
    "status_update": "sent a status update",
    "responder_request": "asked for help",
    "responder_request_for_escalation_policy": "asked for help",
    "responder_accept": "joined",
}
_OPEN = frozenset({"triggered", "acknowledged"})
# An alert and the incident it opens are written within moments of one another.
_SAME_EVENT = timedelta(minutes=1)
_ASK_RESPONDERS = "the responders"
_NO_LOG = Unknown(reason="PagerDuty's log could not be read", ask=_ASK_RESPONDERS)


class Opened(Enum):
    """How an incident began in PagerDuty."""

    BY_ALERT = "an alert opened it"
    BY_HAND = "a person opened it"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the response is measured against.

    Attributes:
        impact_start: S, where known.
        hold: Merged incidents triggered earlier than this before S do not count.
        statements: What a human stated: what follows from it follows.
    """

    impact_start: datetime | None
    hold: timedelta
    statements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Log:
    """The log of one of the incidents that were merged.

    Attributes:
        triggered: When its incident was triggered.
        entries: Its entries.
        source: Id of the question.
        trigger_source: Id of the question that tells the trigger.
    """

    triggered: datetime
    entries: tuple[LogEntry, ...]
    source: str
    trigger_source: str


@dataclass(frozen=True, slots=True, order=True)
class _Act:
    """Something a person did, or somebody of whom the log does not say who."""

    at: datetime
    kind: str
    source: str
    by: AgentKind


def opened(evidence: Evidence) -> Opened | Unknown:
    """Whether a person opened the incident or an alert; alerts that came into it later do not matter.

    Args:
        evidence: The evidence; it holds an incident.

    Returns:
        Which of both; unknown where its opener is not told and no alert is as old as it, or where alerts that may be
        were not read.
    """
    alerts, record = incident_alerts(evidence), evidence.pagerduty
    assert record is not None  # noqa: S101 - the caller has one
    away = lacking(the_incident(evidence))
    if away:
        return Unknown(reason=f"how it was opened is unknown without {away}", ask=_ASK_RESPONDERS)
    incident, kind = record.incident, record.incident.opened_by.kind
    slack = timedelta(0) if kind is AgentKind.PERSON else _SAME_EVENT
    if any(alert.at <= incident.created_at + slack for alert in seen(alerts, ())) or kind is AgentKind.AUTOMATION:
        return Opened.BY_ALERT
    if kind is AgentKind.UNKNOWN:
        return Unknown(reason="PagerDuty does not say who opened the incident", ask=_ASK_RESPONDERS)
    if incident.alert_count > len(seen(alerts, ())):
        reason = "a person opened the incident or one of its alerts did, which could not be read"
        return Unknown(reason=reason, ask=_ASK_RESPONDERS)
    return Opened.BY_HAND


def human(entry: LogEntry) -> bool:
    """Whether a person did this."""
    return entry.agent.kind is AgentKind.PERSON


def response_facts(evidence: Evidence, surroundings: Surroundings) -> dict[str, Fact]:
    """The facts about pages, detection and the first responder.

    Args:
        evidence: The evidence.
        surroundings: S, hold, and what was stated.

    Returns:
        ``incident.triggered``, ``incident.resolved``, ``page.sent``, ``detection.time``, ``detection.method``,
        ``response.acknowledged`` and ``response.first_action``; stated ones as stated, others following from them.

    Source: ``docs/facts.md``; PagerDuty's log entries.
    """
    record, statements = evidence.pagerduty, surroundings.statements
    nothing = Unknown(reason="there is no PagerDuty incident to read it from", ask=_ASK_RESPONDERS)

    def prefer(name: str, found: Fact) -> Fact:
        return stated.prefer(name, found, statements)

    triggered = prefer("incident.triggered", _triggered(evidence, record) if record else nothing)
    logs = _logs(evidence, surroundings, triggered)
    page = prefer("page.sent", _page(logs) if record else nothing)
    return {
        "incident.triggered": triggered,
        "incident.resolved": prefer("incident.resolved", _resolved(evidence, record) if record else nothing),
        "page.sent": page,
        "detection.time": prefer("detection.time", _detection(evidence, triggered, page)),
        "detection.method": prefer("detection.method", _method(evidence, record) if record else nothing),
        "response.acknowledged": prefer("response.acknowledged", _acknowledged(logs) if record else nothing),
        "response.first_action": prefer(
            "response.first_action",
            _first_action(record, limited_by(logs, incident_notes(evidence)), page) if record else nothing,
        ),
    }


def _triggered(evidence: Evidence, record: IncidentRecord) -> Fact:
    away = lacking(the_incident(evidence))
    if away:
        reason = f"it is unknown without {away}; {_at_latest(record.incident.created_at)}"
        return Unknown(reason=reason, ask=_ASK_RESPONDERS)
    return _instant(record.incident.created_at, "creation of the PagerDuty incident", _from(record, "incident"))


def _at_latest(at: datetime) -> str:
    return f"so far as was read, it is {day_clock(at)} UTC at the latest"


def _resolved(evidence: Evidence, record: IncidentRecord) -> Fact:
    incident, away = record.incident, lacking(the_incident(evidence))
    if away:
        return Unknown(reason=f"it is unknown without {away}", ask=_ASK_RESPONDERS)
    if incident.resolved_at is not None:
        return _instant(incident.resolved_at, "resolution of the PagerDuty incident", _from(record, "incident"))
    if incident.status in _OPEN:
        return Unknown(reason="the PagerDuty incident is still open", ask="again later: run the same command")
    return Unknown(reason="PagerDuty does not say when the incident was resolved", ask=_ASK_RESPONDERS)


def _logs(evidence: Evidence, surroundings: Surroundings, triggered: Fact) -> Reading[tuple[_Log, ...]]:
    """The logs that count: the incident's and those merged into it, without those triggered long before S."""
    record = evidence.pagerduty
    if record is None:
        return NotAsked()
    told = next(iter(_from(record, "incident")), "")
    at = triggered.instant if isinstance(triggered, Known) else record.incident.created_at
    merged = merged_incidents(evidence)
    every = [("", at), *((other.id, other.at) for other in seen(merged, ()))]
    earliest = None if surroundings.impact_start is None else surroundings.impact_start - surroundings.hold
    counting = [one for one in every if earliest is None or one[1] >= earliest] or every[:1]
    logs = together(_log(evidence, record, id_, began, told) for id_, began in counting)
    return limited_by(logs, merged)


def _log(evidence: Evidence, record: IncidentRecord, id_: str, at: datetime, told: str) -> Reading[_Log]:
    source = record.sources.get(f"log.{id_}" if id_ else "log", "")
    return mapped(incident_log(evidence, id_), lambda entries: _Log(at, entries, source, told))


def _page(logs: Reading[tuple[_Log, ...]]) -> Fact:
    """The earliest page over merged incidents."""
    if isinstance(logs, Complete):
        return min((_page_of(log) for log in logs.value), key=lambda page: page.instant)
    sent = [entry.at for log in seen(logs, ()) for entry in log.entries if entry.type == "notify"]
    return _in_part(logs, "page", sent)


def _page_of(log: _Log) -> Known:
    """First notification to a person; the trigger if none was sent or a human acknowledged before it."""
    sent = [entry.at for entry in log.entries if entry.type == "notify"]  # one without a name was sent to somebody
    acks = [entry.at for entry in log.entries if entry.type == "acknowledge" and human(entry)]
    if sent and not (acks and min(acks) < min(sent)):
        return _instant(min(sent), "first notification to a person", (log.source,))
    why = "a human acknowledged before the first notification" if sent else "no notification is logged"
    sources = (log.trigger_source, log.source)
    return _instant(log.triggered, f"trigger of the PagerDuty incident; {why}", sources)


def _in_part(logs: Reading[object], what: str, found: Sequence[datetime]) -> Unknown:
    """Why the first of something is unknown where the log was not read whole; when it was at the latest."""
    if not isinstance(logs, Partial):
        return _NO_LOG
    reason = f"the log was read in part only (missing: {logs.missing})"
    if found:
        reason += f"; so far as it was read, the earliest {what} is of {day_clock(min(found))} UTC"
    return Unknown(reason=reason, ask=_ASK_RESPONDERS)


def _detection(evidence: Evidence, triggered: Fact, page: Fact) -> Fact:
    """The page, or an earlier report by a person: an incident opened by hand."""
    if evidence.pagerduty is None or not isinstance(triggered, Known):
        return page
    how = opened(evidence)
    if isinstance(how, Unknown):
        return page if isinstance(page, Known) and page.instant <= triggered.instant else how
    if how is Opened.BY_ALERT or (isinstance(page, Known) and page.instant < triggered.instant):
        return page
    return _instant(triggered.instant, "a person opened the incident", triggered.sources, triggered.basis)


def _method(evidence: Evidence, record: IncidentRecord) -> Fact:
    how = opened(evidence)
    if isinstance(how, Unknown):
        return how
    by_hand = how is Opened.BY_HAND
    text = "Manual observation" if by_hand else "Alert"
    method = "a person opened the incident" if by_hand else "an alert opened the incident"
    return Known(value=text, unit=Unit.TEXT, basis=Basis.RECORDED, method=method, sources=_from(record, "incident"))


def _acknowledged(logs: Reading[tuple[_Log, ...]]) -> Fact:
    every = [(entry, log.source) for log in seen(logs, ()) for entry in log.entries if entry.type == "acknowledge"]
    people = [(entry.at, source) for entry, source in every if human(entry)]
    if not isinstance(logs, Complete):
        return _in_part(logs, "acknowledgement by a person", [at for at, _ in people])
    unclear = min((entry.at for entry, _ in every if entry.agent.kind is AgentKind.UNKNOWN), default=None)
    if people and not (unclear and unclear < min(people)[0]):
        at, source = min(people)
        return _instant(at, "first acknowledgement by a person", (source,))
    return _nobody(logs) if unclear is None else _not_told(unclear, "acknowledged")


def _nobody(logs: Complete[tuple[_Log, ...]]) -> Unknown:
    """That no person acknowledged: what only a log that was read whole can tell."""
    machine = any(entry.type == "acknowledge" for log in logs.value for entry in log.entries)
    reason = "only automation acknowledged" if machine else "nobody acknowledged the incident"
    return Unknown(reason=reason, ask=_ASK_RESPONDERS)


def _not_told(at: datetime, did: str) -> Unknown:
    return Unknown(reason=f"the log does not say who {did} at {day_clock(at)} UTC", ask=_ASK_RESPONDERS)


def _first_action(record: IncidentRecord, logs: Reading[tuple[_Log, ...]], page: Fact) -> Fact:
    """Earliest acknowledgement, note, status update, request for help or acceptance of one by a person, from A on."""
    if not isinstance(page, Known):
        return page
    found = sorted(act for act in _acts(record, seen(logs, ())) if act.at >= page.instant)
    people = [act for act in found if act.by is AgentKind.PERSON]
    if not isinstance(logs, Complete):
        return _in_part(logs, "action of a responder", [act.at for act in people])
    unclear = next((act for act in found if act.by is AgentKind.UNKNOWN), None)
    if people and not (unclear and unclear.at < people[0].at):
        return _instant(people[0].at, f"first responder action: {RESPONSES[people[0].kind]}", (people[0].source,))
    return _not_told(unclear.at, _DID[unclear.kind]) if unclear else _no_action(logs)


def _no_action(logs: Complete[tuple[_Log, ...]]) -> Unknown:
    """That no person did anything: what only a log that was read whole can tell."""
    del logs
    return Unknown(reason="no action of a responder is recorded after the page", ask=_ASK_RESPONDERS)


def _acts(record: IncidentRecord, logs: Iterable[_Log]) -> Iterator[_Act]:
    """What people did, or somebody, from the logs, the notes and the states of those asked for help."""
    for log in logs:
        for entry in log.entries:
            if entry.type in RESPONSES and entry.agent.kind is not AgentKind.AUTOMATION:
                yield _Act(entry.at, entry.type, log.source, entry.agent.kind)
    for note in record.notes:
        if note.author.kind is not AgentKind.AUTOMATION:
            yield _Act(note.at, "annotate", record.sources.get("notes", ""), note.author.kind)
    for responder in record.incident.responders:
        if responder.state == "joined" and responder.answered_at is not None:
            source = record.sources.get("incident", "")
            yield _Act(responder.answered_at, "responder_accept", source, AgentKind.PERSON)


def _from(record: IncidentRecord, *parts: str) -> tuple[str, ...]:
    found = tuple(record.sources[part] for part in parts if part in record.sources)
    return found or tuple(record.sources.values())[:1]


def _instant(at: datetime, method: str, sources: Iterable[str], basis: Basis = Basis.RECORDED) -> Known:
    named = tuple(dict.fromkeys(source for source in sources if source))
    return Known(value=at, unit=Unit.INSTANT, basis=basis, method=method, sources=named)
