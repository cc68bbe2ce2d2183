"""Log entries: PagerDuty's JSON in, evidence out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pm_autofill.collect.pagerduty.alertmanager import read_firing
from pm_autofill.collect.pagerduty.fields import (
    agent,
    identifier,
    instant,
    line,
    links,
    mapping,
    prose,
    sequence,
    shown,
    token,
)
from pm_autofill.collect.pagerduty.privacy import name_of, scrub_strictly
from pm_autofill.collect.pagerduty.reading import Reading, Unreadable, read_each
from pm_autofill.evidence.incident import AgentKind, Alert, LogEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

# Entries of one second in the order in which they can have come about.
_ORDER = (
    "trigger",
    "event_rule_action",
    "link",
    "unlink",
    "assign",
    "delegate",
    "reassign",
    "escalate",
    "repeat_escalation_path",
    "exhaust_escalation_path",
    "urgency_change",
    "priority_change",
    "field_value_change",
    "custom_field_value_change",
    "notify",
    "responder_request",
    "responder_request_for_escalation_policy",
    "acknowledge",
    "snooze",
    "annotate",
    "status_update",
    "unacknowledge",
    "reach_trigger_limit",
    "reach_ack_limit",
    "resolve",
)
KNOWN_TYPES = frozenset(_ORDER)
_RANKS = {kind: rank for rank, kind in enumerate(_ORDER)}
_RANK_OF_UNKNOWN = _RANKS["annotate"]
# Other spellings of the same thing, from the official schema and from elder consumers.
_SPELLINGS = {"acknowledgement": "acknowledge", "un_ack": "unacknowledge"}
_NOT_IN_TYPES = re.compile(r"[^a-z0-9_]+")
_PRIORITIES = re.compile(r'from "(?P<old>[^"]{0,200})" to "(?P<new>[^"]{0,200})"')
_UNSET = frozenset({"", "none", "null"})
_MOST_ENTRIES = 20_000
_MOST_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class _Change:
    """One field's change."""

    field: str = ""
    old: str = ""
    new: str = ""


def read_log(objects: Iterable[object], zone: str = "UTC") -> Reading[LogEntry]:
    """Read an incident's log.

    An entry that changed several fields becomes several, the further ones with ``.2``, ``.3``, ... behind its id.

    Args:
        objects: The API's log entries, in any order, with duplicates where pages overlapped.
        zone: The zone of times without an offset.

    Returns:
        The entries by time; those of one second in the order in which they can have come about. Unknown types are
        kept and marked.
    """
    reading = read_each(_each_once(objects), lambda value: [tuple(_entries(mapping(value), zone))], _MOST_ENTRIES)
    told = _oldest_first(reading.items)
    ordered = sorted(chain.from_iterable(told), key=lambda entry: (entry.at, rank(entry.type)))
    return Reading(tuple(ordered), reading.skipped)


def rank(kind: str) -> int:
    """The place of a type among entries of the same second."""
    return _RANKS.get(kind, _RANK_OF_UNKNOWN)


def read_trigger_alerts(objects: Iterable[object], zone: str = "UTC") -> tuple[Alert, ...]:
    """What trigger entries tell of the alerts behind them, for alerts that cannot be had or came without a body.

    Args:
        objects: The API's log entries.
        zone: The zone of times without an offset.

    Returns:
        One alert for each deduplication key, from its earliest entry; only those with a payload of Alertmanager.
    """
    read = read_each(objects, lambda value: _trigger_alert(mapping(value), zone)).items
    by_key: dict[str, Alert] = {}
    for alert in sorted(read, key=lambda one: one.at):
        by_key.setdefault(alert.key or alert.id, alert)
    return tuple(by_key.values())


def entry_type(value: object) -> str:
    """A log entry's type without its suffix, made of letters, digits and underscores; empty when there is none."""
    word = _NOT_IN_TYPES.sub("_", line(value, 80).lower())
    word = word.removesuffix("_reference").removesuffix("_log_entry").strip("_")
    return _SPELLINGS.get(word, word)


def _each_once(objects: Iterable[object]) -> Iterator[object]:
    """The objects, each id once."""
    seen: set[str] = set()
    for value in objects:
        found = identifier(mapping(value).get("id"))
        if found not in seen:
            yield value
        if found:
            seen.add(found)


def _oldest_first(told: tuple[tuple[LogEntry, ...], ...]) -> tuple[tuple[LogEntry, ...], ...]:
    """What each object told, in the order of events as far as their own order tells: newest first is turned."""
    return told[::-1] if told and told[0][0].at > told[-1][0].at else told


def _entries(raw: Mapping[str, object], zone: str) -> Iterator[LogEntry]:
    """The entries one object stands for."""
    entry_id, at = identifier(raw.get("id")), instant(raw.get("created_at"), zone)
    kind = entry_type(raw.get("type"))
    if not entry_id or at is None:
        raise Unreadable("no id" if not entry_id else "no usable time")
    for number, change in enumerate(_changes(kind, raw), start=1):
        yield _entry(raw, kind, entry_id if number == 1 else f"{entry_id}.{number}", at, change)


def _entry(raw: Mapping[str, object], kind: str, entry_id: str, at: datetime, change: _Change) -> LogEntry:
    """One entry."""
    channel = mapping(raw.get("channel"))
    summary = line(raw.get("summary"))
    medium = token(mapping(channel.get("notification")).get("type")).removesuffix("_notification")
    return LogEntry(
        id=entry_id,
        type=kind or "unknown",
        known=kind in KNOWN_TYPES,
        at=at,
        agent=agent(raw.get("agent")),
        channel=token(channel.get("type")),
        summary=scrub_strictly(summary) if kind == "notify" else summary,
        text=_written(kind, raw, channel),
        people=_people(raw),
        medium=medium if kind == "notify" else "",
        old=change.old,
        new=change.new,
        field=change.field,
    )


def _written(kind: str, raw: Mapping[str, object], channel: Mapping[str, object]) -> str:
    """What a human wrote."""
    places: dict[str, tuple[object, ...]] = {
        "annotate": (channel.get("summary"), channel.get("content"), raw.get("note")),
        "status_update": (raw.get("message"), channel.get("message"), channel.get("summary")),
        "responder_request": (raw.get("message"), channel.get("message")),
        "responder_request_for_escalation_policy": (raw.get("message"), channel.get("message")),
    }
    if kind == "trigger" and agent(raw.get("agent")).kind is AgentKind.PERSON:
        places["trigger"] = (channel.get("details"),)
    texts = (prose(place) for place in places.get(kind, (raw.get("note"),)))
    return next((text for text in texts if text), "")


def _people(raw: Mapping[str, object]) -> tuple[str, ...]:
    """Who was paged, assigned or asked, each once."""
    references: list[object] = [raw.get("user"), *sequence(raw.get("assignees"))]
    for asked in (*sequence(raw.get("responders")), raw.get("responder")):
        inner = mapping(asked).get("user")
        references.append(inner if isinstance(inner, Mapping) else asked)
    names = (agent(reference).name for reference in references[:_MOST_PEOPLE])
    return tuple(dict.fromkeys(name for name in names if name))


def _changes(kind: str, raw: Mapping[str, object]) -> list[_Change]:
    """The fields an entry changed; one empty change when it changed none."""
    channel = mapping(raw.get("channel"))
    changeset = mapping(channel.get("changeset"))
    found = [
        _Change(line(item.get("name"), 200), _value(item.get("old_value")), _value(item.get("value")))
        for group in ("application_fields", "customer_fields")
        for item in map(mapping, sequence(changeset.get(group))[:_MOST_PEOPLE])
        if item.get("name")
    ]
    if not found and kind == "priority_change":
        found = [_priority_change(channel, line(raw.get("summary")))]
    return found or [_Change()]


def _priority_change(channel: Mapping[str, object], summary: str) -> _Change:
    """The change of a priority, from its references or from PagerDuty's sentence."""
    if "new_priority" in channel or "old_priority" in channel:
        return _Change("priority", _value(channel.get("old_priority")), _value(channel.get("new_priority")))
    told = _PRIORITIES.search(summary)
    return _Change("priority", _value(told["old"]), _value(told["new"])) if told else _Change("priority")


def _value(value: object) -> str:
    """A field's value as text; empty when it was not set."""
    if isinstance(value, list):
        return line(", ".join(text for text in map(_value, value[:_MOST_PEOPLE]) if text))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return line(f"{value}")
    text = shown(value)
    return "" if text.lower() in _UNSET else text


def _trigger_alert(raw: Mapping[str, object], zone: str) -> Iterator[Alert]:
    """The alert a trigger entry tells of."""
    entry_id, at = identifier(raw.get("id")), instant(raw.get("created_at"), zone)
    channel = mapping(raw.get("channel"))
    cef = mapping(channel.get("cef_details"))
    firing = read_firing(channel.get("details"), cef.get("details"))
    if entry_type(raw.get("type")) != "trigger" or not entry_id or at is None or not firing:
        return
    yield Alert(
        id=entry_id,
        at=at,
        title=line(channel.get("description")) or line(channel.get("summary")),
        key=line(channel.get("incident_key")) or line(cef.get("dedup_key")),
        severity=token(cef.get("severity")),
        service=name_of(shown(raw.get("service")), AgentKind.AUTOMATION),
        service_id=identifier(mapping(raw.get("service")).get("id")),
        firing=firing,
        links=links(raw.get("contexts"), client=cef.get("client"), client_url=cef.get("client_url")),
    )
