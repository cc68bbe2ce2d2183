"""When people knew and answered: pages, detection, acknowledgements and first actions, from PagerDuty's logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.analyse import stated
from pm_autofill.evidence.incident import AgentKind
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

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
_ASK_RESPONDERS = "the responders"
_NO_LOG = Unknown(reason="PagerDuty's log could not be read", ask=_ASK_RESPONDERS)


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
        entries: Its entries; None when they could not be read.
        source: Id of the question.
        trigger_source: Id of the question that tells the trigger.
    """

    triggered: datetime
    entries: tuple[LogEntry, ...] | None
    source: str
    trigger_source: str


@dataclass(frozen=True, slots=True, order=True)
class _Act:
    """Something a person did."""

    at: datetime
    kind: str
    source: str


def by_hand(record: IncidentRecord) -> bool:
    """Whether a person opened the incident rather than an alert; alerts that came into it later do not matter."""
    incident = record.incident
    told = bool(record.alerts) or incident.alert_count == 0
    earlier = any(alert.at <= incident.created_at for alert in record.alerts)
    return told and not earlier and incident.opened_by.kind is AgentKind.PERSON


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

    triggered = prefer("incident.triggered", _triggered(record) if record else nothing)
    logs = _logs(record, surroundings, triggered) if record else ()
    page = prefer("page.sent", _page(logs) if record else nothing)
    return {
        "incident.triggered": triggered,
        "incident.resolved": prefer("incident.resolved", _resolved(record) if record else nothing),
        "page.sent": page,
        "detection.time": prefer("detection.time", _detection(record, triggered, page)),
        "detection.method": prefer("detection.method", _method(record) if record else nothing),
        "response.acknowledged": prefer("response.acknowledged", _acknowledged(logs) if record else nothing),
        "response.first_action": prefer(
            "response.first_action", _first_action(record, logs, page) if record else nothing
        ),
    }


def _triggered(record: IncidentRecord) -> Known:
    return _instant(record.incident.created_at, "creation of the PagerDuty incident", _from(record, "incident"))


def _resolved(record: IncidentRecord) -> Fact:
    if record.incident.resolved_at is None:
        return Unknown(reason="the PagerDuty incident is still open", ask="again later: run the same command")
    return _instant(record.incident.resolved_at, "resolution of the PagerDuty incident", _from(record, "incident"))


def _logs(record: IncidentRecord, surroundings: Surroundings, triggered: Fact) -> tuple[_Log, ...]:
    """The logs that count: the incident's and those merged into it, without those triggered long before S."""
    told = next(iter(_from(record, "incident")), "")
    at = triggered.instant if isinstance(triggered, Known) else record.incident.created_at
    own = _Log(at, record.log if "log" in record.sources else None, record.sources.get("log", ""), told)
    merged = [
        _Log(other.at, record.merged_logs.get(other.id), record.sources.get(f"log.{other.id}", ""), told)
        for other in record.merged
    ]
    if surroundings.impact_start is None:
        return (own, *merged)
    earliest = surroundings.impact_start - surroundings.hold
    return tuple(log for log in (own, *merged) if log.triggered >= earliest) or (own,)


def _page(logs: Iterable[_Log]) -> Fact:
    """The earliest page over merged incidents; one whose log could not be read does not hide another's."""
    pages = [page for log in logs if (page := _page_of(log)) is not None]
    return min(pages, key=lambda page: page.instant) if pages else _NO_LOG


def _page_of(log: _Log) -> Known | None:
    """First notification to a person; the trigger if none was sent or a human acknowledged before it."""
    if log.entries is None:
        return None
    sent = [entry.at for entry in log.entries if entry.type == "notify" and entry.people]
    acks = [entry.at for entry in log.entries if entry.type == "acknowledge" and human(entry)]
    if sent and not (acks and min(acks) < min(sent)):
        return _instant(min(sent), "first notification to a person", (log.source,))
    why = "a human acknowledged before the first notification" if sent else "no notification is logged"
    sources = (log.trigger_source, log.source)
    return _instant(log.triggered, f"trigger of the PagerDuty incident; {why}", sources)


def _detection(record: IncidentRecord | None, triggered: Fact, page: Fact) -> Fact:
    """The page, or an earlier report by a person: an incident opened by hand."""
    if record is None or not by_hand(record) or not isinstance(triggered, Known):
        return page
    if isinstance(page, Known) and page.instant < triggered.instant:
        return page
    return _instant(triggered.instant, "a person opened the incident", triggered.sources, triggered.basis)


def _method(record: IncidentRecord) -> Known:
    text = "Manual observation" if by_hand(record) else "Alert"
    method = "a person opened the incident" if by_hand(record) else "an alert opened the incident"
    return Known(value=text, unit=Unit.TEXT, basis=Basis.RECORDED, method=method, sources=_from(record, "incident"))


def _acknowledged(logs: Iterable[_Log]) -> Fact:
    read = [log for log in logs if log.entries is not None]
    acks = [(entry, log.source) for log in read for entry in log.entries or () if entry.type == "acknowledge"]
    people = [(entry.at, source) for entry, source in acks if human(entry)]
    if people:
        at, source = min(people)
        return _instant(at, "first acknowledgement by a person", (source,))
    if not read:
        return _NO_LOG
    reason = "only a machine acknowledged" if acks else "nobody acknowledged the incident"
    return Unknown(reason=reason, ask=_ASK_RESPONDERS)


def _first_action(record: IncidentRecord, logs: tuple[_Log, ...], page: Fact) -> Fact:
    """Earliest acknowledgement, note, status update, request for help or acceptance of one by a person, from A on."""
    if not isinstance(page, Known):
        return page
    found = sorted(act for act in _acts(record, logs) if act.at >= page.instant)
    if found:
        first = found[0]
        return _instant(first.at, f"first responder action: {RESPONSES[first.kind]}", (first.source,))
    if all(log.entries is None for log in logs):
        return _NO_LOG
    return Unknown(reason="no action of a responder is recorded after the page", ask=_ASK_RESPONDERS)


def _acts(record: IncidentRecord, logs: Iterable[_Log]) -> Iterator[_Act]:
    """What people did, from the logs, the notes and the states of those asked for help."""
    for log in logs:
        for entry in log.entries or ():
            if entry.type in RESPONSES and human(entry):
                yield _Act(entry.at, entry.type, log.source)
    for note in record.notes:
        if note.author.kind is AgentKind.PERSON:
            yield _Act(note.at, "annotate", record.sources.get("notes", ""))
    for responder in record.incident.responders:
        if responder.state == "joined" and responder.answered_at is not None:
            yield _Act(responder.answered_at, "responder_accept", record.sources.get("incident", ""))


def _from(record: IncidentRecord, *parts: str) -> tuple[str, ...]:
    found = tuple(record.sources[part] for part in parts if part in record.sources)
    return found or tuple(record.sources.values())[:1]


def _instant(at: datetime, method: str, sources: Iterable[str], basis: Basis = Basis.RECORDED) -> Known:
    named = tuple(dict.fromkeys(source for source in sources if source))
    return Known(value=at, unit=Unit.INSTANT, basis=basis, method=method, sources=named)
