"""PagerDuty's log as timeline rows: people and machines told apart, repetitions folded."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from pm_autofill.evidence.incident import AgentKind
from pm_autofill.findings import TimelineRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pm_autofill.evidence.incident import IncidentRecord, LogEntry, Note

_SAME_NOTE_SECONDS = 2
_NOTES = {
    AgentKind.PERSON: ("note", "person"),
    AgentKind.AUTOMATION: ("note_automatic", "name"),
    AgentKind.UNKNOWN: ("note_unclear", "by"),
}
_SAME_EVENT = timedelta(minutes=1)
_Values: TypeAlias = "dict[str, datetime | float | str | bool]"
_OF_MERGED = frozenset({"acknowledge", "annotate", "status_update", "responder_request", "responder_accept"})
_SILENT = frozenset({"assign", "link", "unlink", "reach_trigger_limit", "reach_ack_limit"})
# What can only happen to an incident that is open.
_OF_OPEN = frozenset(
    {"trigger", "acknowledge", "unacknowledge", "assign", "delegate", "reassign", "escalate", "snooze"}
)


def tell(record: IncidentRecord, *, full: bool = False) -> Iterator[TimelineRow]:
    """The rows of an incident's log and notes.

    Args:
        record: What PagerDuty told.
        full: Whether every entry has its row. Else further pages to the same people and further triggers are folded
            into one row with their number, and what only moves things about is left out.

    Yields:
        The rows; a note that stands in the log and in the notes is told once.
    """
    source = record.sources.get("log", "")
    yield from _pages(record.log, source, full=full)
    yield from _triggers(record, source, full=full)
    yield from _reopenings(record, source)
    acknowledged = False
    for entry in record.log:
        row = None if _says_nothing_more(entry, record.notes) else _row(entry, full=full)
        if row is None:
            continue
        kind, values = row
        milestone = ""
        if kind == "acknowledged" and not acknowledged:
            acknowledged, milestone = True, "response.acknowledged"
        yield TimelineRow(
            id=f"log:{entry.id}", time=entry.at, kind=kind, values=values, source=source, milestone=milestone
        )
    yield from _notes(record)
    yield from _joined(record)
    yield from _merged(record, full=full)


def reopenings(record: IncidentRecord) -> tuple[LogEntry, ...]:
    """The entries by which an incident shows that it is open again after a resolve; no entry says so itself.

    Of an incident that is open although its last word is a resolve, that resolve.
    """
    found, resolved = [], None
    for entry in record.log:
        if entry.type == "resolve":
            resolved = entry
        elif resolved is not None and entry.type in {*_OF_OPEN, "reopen"} and entry.at > resolved.at:
            found.append(entry)
            resolved = None
    if resolved is not None and record.incident.status in {"triggered", "acknowledged"}:
        found.append(resolved)
    return tuple(found)


def _reopenings(record: IncidentRecord, source: str) -> Iterator[TimelineRow]:
    for entry in reopenings(record):
        if entry.type in _OF_OPEN:
            by = entry.agent.name if entry.agent.kind is AgentKind.PERSON else ""
            id_ = f"log:{entry.id}:reopened"
            yield TimelineRow(id=id_, time=entry.at, kind="reopened", values={"by": by}, source=source)


def _merged(record: IncidentRecord, *, full: bool) -> Iterator[TimelineRow]:
    """Of incidents merged into it: whom they paged, what people did on them, and when they were merged."""
    others = {other.id: other for other in record.merged}
    for id_, entries in record.merged_logs.items():
        source = record.sources.get(f"log.{id_}", "")
        other, ending = others.get(id_), next((one for one in reversed(entries) if one.type == "resolve"), None)
        if other is not None and ending is not None:
            values: _Values = {"text": other.title, "number": str(other.number or other.id)}
            yield TimelineRow(id=f"log:{ending.id}", time=ending.at, kind="merged", values=values, source=source)
        yield from _pages(entries, source, full=full)
        for entry in entries:
            told = (
                _row(entry, full=False) if entry.type in _OF_MERGED and entry.agent.kind is AgentKind.PERSON else None
            )
            if told is not None:
                kind, values = told
                yield TimelineRow(id=f"log:{entry.id}", time=entry.at, kind=kind, values=values, source=source)


def _pages(entries: Iterable[LogEntry], source: str, *, full: bool) -> Iterator[TimelineRow]:
    """One row for a person's first page; one for all further ones of theirs, or one each."""
    by_person: dict[str, list[LogEntry]] = {}
    for entry in entries:
        if entry.type == "notify" and entry.people:
            by_person.setdefault(", ".join(entry.people), []).append(entry)
    for people, pages in by_person.items():
        first = pages[0]
        values: _Values = {"people": people, "medium": first.medium}
        yield TimelineRow(id=f"log:{first.id}", time=first.at, kind="paged", values=values, source=source)
        again = [entry for entry in pages[1:] if entry.at > first.at]
        if full:
            for one in pages[1:]:
                values = {"people": people, "medium": one.medium}
                yield TimelineRow(id=f"log:{one.id}", time=one.at, kind="paged_again", values=values, source=source)
        elif again:
            media = ", ".join(dict.fromkeys(entry.medium for entry in again if entry.medium))
            more: _Values = {"people": people, "medium": media, "times": float(len(again))}
            id_ = f"log:{first.id}:again"
            yield TimelineRow(id=id_, time=again[0].at, kind="paged_again", values=more, source=source)


def _triggers(record: IncidentRecord, source: str, *, full: bool) -> Iterator[TimelineRow]:
    """The trigger that opened the incident, and later ones; in a part of a log the first one may be a later one."""
    triggers = [entry for entry in record.log if entry.type == "trigger"]
    if not triggers:
        return
    opening = triggers[0].at - record.incident.created_at <= _SAME_EVENT
    again = triggers[1:] if opening else triggers
    if opening:
        yield _opening(record, triggers[0], source)
    if full:
        for one in again:
            yield TimelineRow(id=f"log:{one.id}", time=one.at, kind="retriggered", values={}, source=source)
    elif again:
        more: _Values = {"times": float(len(again))}
        id_ = f"log:{triggers[0].id}:again"
        yield TimelineRow(id=id_, time=again[0].at, kind="retriggered", values=more, source=source)


def _opening(record: IncidentRecord, first: LogEntry, source: str) -> TimelineRow:
    by = first.agent.name if first.agent.kind is AgentKind.PERSON else ""
    values: _Values = {"text": record.incident.title, "by": by}
    return TimelineRow(id=f"log:{first.id}", time=first.at, kind="triggered", values=values, source=source)


def _notes(record: IncidentRecord) -> Iterator[TimelineRow]:
    source = record.sources.get("notes", "")
    logged = [entry for entry in record.log if entry.type == "annotate"]
    for note in record.notes:
        twice = any(
            abs((entry.at - note.at).total_seconds()) <= _SAME_NOTE_SECONDS and entry.text.strip() == note.text.strip()
            for entry in logged
        )
        if twice:
            continue
        kind, named = _NOTES[note.author.kind]
        values: _Values = {named: note.author.name, "text": note.text}
        yield TimelineRow(id=f"note:{note.id}", time=note.at, kind=kind, values=values, source=source)


def _says_nothing_more(entry: LogEntry, notes: Sequence[Note]) -> bool:
    """Whether an entry is of a note that the notes tell with its text, which it lacks."""
    textless = entry.type == "annotate" and not entry.text.strip()
    return textless and any(abs((entry.at - note.at).total_seconds()) <= _SAME_NOTE_SECONDS for note in notes)


def _joined(record: IncidentRecord) -> Iterator[TimelineRow]:
    """Those who joined on request: the incident tells of it, its log hardly ever does."""
    source = record.sources.get("incident", "")
    logged = {entry.agent.name for entry in record.log if entry.type == "responder_accept"}
    for one in record.incident.responders:
        if one.state == "joined" and one.answered_at is not None and one.name not in logged:
            id_ = f"responder:{one.name}:{int(one.answered_at.timestamp())}"
            values: _Values = {"person": one.name}
            yield TimelineRow(id=id_, time=one.answered_at, kind="responder_joined", values=values, source=source)


def _row(entry: LogEntry, *, full: bool) -> tuple[str, _Values] | None:
    """Kind and values of a log entry's row; None for those told elsewhere or not worth a line."""
    told_elsewhere = entry.type == "trigger" or (entry.type == "notify" and entry.people)
    if told_elsewhere or (not full and entry.type in _SILENT):
        return None
    tell_it = _TELLERS.get(entry.type)
    if tell_it is None:
        return "other", {"text": entry.summary.rstrip(". ")}
    return tell_it(entry)


def _acknowledge(entry: LogEntry) -> tuple[str, _Values]:
    if entry.agent.kind is AgentKind.PERSON:
        return "acknowledged", {"person": entry.agent.name}
    if entry.agent.kind is AgentKind.UNKNOWN:
        return "acknowledged_unclear", {"text": entry.summary.rstrip(". ")}
    return "acknowledged_automatically", {"name": entry.agent.name}


def _unacknowledge(entry: LogEntry) -> tuple[str, _Values]:
    return "unacknowledged", {"automatic": entry.channel == "timeout"}


def _escalate(entry: LogEntry) -> tuple[str, _Values]:
    automatic = entry.channel == "timeout" or entry.agent.kind is AgentKind.AUTOMATION
    return "escalated", {"people": ", ".join(entry.people), "automatic": automatic}


def _delegate(entry: LogEntry) -> tuple[str, _Values]:
    return "assigned", {"people": ", ".join(entry.people)}


def _annotate(entry: LogEntry) -> tuple[str, _Values]:
    if entry.agent.kind is AgentKind.PERSON:
        return "note", {"person": entry.agent.name, "text": entry.text}
    if entry.agent.kind is AgentKind.UNKNOWN:
        return "note_unclear", {"text": entry.text}
    return "note_automatic", {"name": entry.agent.name, "text": entry.text}


def _status_update(entry: LogEntry) -> tuple[str, _Values]:
    return "status_update", {"person": entry.agent.name, "text": entry.text}


def _request(entry: LogEntry) -> tuple[str, _Values]:
    if not entry.people:
        return "responder_requested", {"text": entry.summary.rstrip(". "), "by": entry.agent.name}
    return "responder_requested", {"people": ", ".join(entry.people), "by": entry.agent.name}


def _join(entry: LogEntry) -> tuple[str, _Values]:
    return "responder_joined", {"person": entry.agent.name}


def _priority(entry: LogEntry) -> tuple[str, _Values]:
    if not entry.new:  # taken off, or not told: PagerDuty's own sentence says
        return "other", {"text": entry.summary.rstrip(". ") or "Priority changed"}
    return "priority_changed", {"old": entry.old, "new": entry.new, "person": entry.agent.name}


def _field(entry: LogEntry) -> tuple[str, _Values]:
    if entry.field == "priority":
        return _priority(entry)
    if not entry.field or not entry.new:
        return "other", {"text": entry.summary.rstrip(". ")}
    return "field_changed", {"field": entry.field, "old": entry.old, "new": entry.new}


def _snooze(entry: LogEntry) -> tuple[str, _Values]:
    return "snoozed", {"person": entry.agent.name}


def _resolve(entry: LogEntry) -> tuple[str, _Values]:
    automatic = entry.agent.kind is AgentKind.AUTOMATION or entry.channel == "timeout"
    return "resolved", {"by": entry.agent.name, "automatic": automatic}


def _reopen(entry: LogEntry) -> tuple[str, _Values]:
    return "reopened", {"by": entry.agent.name}


def _merge(entry: LogEntry) -> tuple[str, _Values]:
    return "merged", {"text": entry.summary}


_TELLERS: Mapping[str, Callable[[LogEntry], tuple[str, _Values]]] = {
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "un_ack": _unacknowledge,
    "escalate": _escalate,
    "delegate": _delegate,
    "reassign": _delegate,
    "annotate": _annotate,
    "status_update": _status_update,
    "responder_request": _request,
    "responder_request_for_escalation_policy": _request,
    "responder_accept": _join,
    "priority_change": _priority,
    "field_value_change": _field,
    "custom_field_value_change": _field,
    "snooze": _snooze,
    "resolve": _resolve,
    "reopen": _reopen,
    "merge": _merge,
}
