"""Stories in the shapes of PagerDuty's REST API, version 2."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import alertmanager
from .story import Change, Entry, Note, PagedAlert, PagerDutyStory, Party, PastIncident

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Body = dict[str, object]

API = "https://api.pagerduty.com"
UI = "https://acme.pagerduty.com"
ACCOUNT_ZONE = "Europe/Oslo"
PRIORITIES = {
    "P1": "Customer facing outage",
    "P2": "Customer facing degradation",
    "P3": "Internal outage",
    "P4": "Internal degradation",
    "P5": "Cosmetic",
}
ESCALATION_POLICY = Party("PEPPAYS", "Payments on-call", "escalation_policy_reference")
TEAM = Party("PTMPAYS", "Payments", "team_reference")
INTEGRATION = Party("PINTAM1", "Prometheus Alertmanager", "events_api_v2_inbound_integration_reference")
PLURALS = {"escalation_policy": "escalation_policies", "user": "users", "service": "services", "team": "teams"}


def rfc(at: datetime, zone: str = "UTC") -> str:
    """An instant as PagerDuty writes it: whole seconds, ``Z`` in UTC, else the zone's offset."""
    text = at.astimezone(UTC if zone == "UTC" else ZoneInfo(zone)).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def reference(party: Party) -> Body:
    """A reference to somebody or something."""
    kind = party.kind.removesuffix("_reference")
    path = f"/{PLURALS.get(kind, kind + 's')}/{party.id}"
    return {
        "id": party.id,
        "type": party.kind,
        "summary": party.name,
        "self": API + path,
        "html_url": None if kind == "bot_user" else UI + path,
    }


def incident_reference(story: PagerDutyStory) -> Body:
    """A reference to an incident."""
    return {
        "id": story.id,
        "type": "incident_reference",
        "summary": f"[#{story.number}] {story.title}",
        "self": f"{API}/incidents/{story.id}",
        "html_url": f"{UI}/incidents/{story.id}",
    }


def incident(story: PagerDutyStory) -> Body:
    """GET /incidents/{id}, without its wrapper."""
    changed = story.resolved or max(entry.at for entry in story.entries)
    holder = story.acknowledged_by if story.resolved is None else None
    grouped = len(story.alerts)
    return {
        **incident_reference(story),
        "type": "incident",
        "incident_number": story.number,
        "title": story.title,
        "description": story.title,
        "created_at": rfc(story.created),
        "updated_at": rfc(changed),
        "status": story.status,
        "incident_key": None,
        "service": reference(story.service),
        "assignments": [{"at": rfc(story.created), "assignee": reference(holder)}] if holder else [],
        "assigned_via": "escalation_policy",
        "last_status_change_at": rfc(changed),
        "resolved_at": None if story.resolved is None else rfc(story.resolved),
        "first_trigger_log_entry": {
            "id": entry_id(story, 0),
            "type": "trigger_log_entry_reference",
            "summary": story.entries[0].summary,
            "self": f"{API}/log_entries/{entry_id(story, 0)}",
            "html_url": None,
        },
        "alert_counts": {
            "all": grouped,
            "triggered": sum(alert.resolved is None for alert in story.alerts),
            "resolved": sum(alert.resolved is not None for alert in story.alerts),
        },
        "is_mergeable": story.merged_into is None,
        "incident_type": {"name": "incident_default"},
        "escalation_policy": reference(ESCALATION_POLICY),
        "teams": [reference(TEAM)],
        "pending_actions": [],
        "acknowledgements": [{"at": rfc(changed), "acknowledger": reference(holder)}] if holder else [],
        "alert_grouping": None,
        "last_status_change_by": reference(story.resolved_by or holder or story.service),
        "priority": None if story.priority is None else priority(story.priority),
        "resolve_reason": None
        if story.merged_into is None
        else {"type": "merge_resolve_reason", "incident": incident_reference(story.merged_into)},
        "incidents_responders": [],
        "responder_requests": [],
        "urgency": "high",
    }


def priority(name: str) -> Body:
    """One priority."""
    key = f"PPRIO{name[1:]}"
    return {
        "id": key,
        "type": "priority",
        "summary": name,
        "self": f"{API}/priorities/{key}",
        "html_url": None,
        "name": name,
        "description": PRIORITIES[name],
    }


def entry_id(story: PagerDutyStory, position: int) -> str:
    """The id of the log entry at a position of the story's log."""
    return f"R{story.number:05d}LOGENTRY{position:013d}"


def log(story: PagerDutyStory) -> list[Entry]:
    """The story's log with its notes, in order of time; ties stay in the story's order."""
    notes = [
        Entry(note.at, "annotate", f"Note added by {note.by.name}.", note.by, "note", {"summary": note.text})
        for note in story.notes
    ]
    return sorted((*story.entries, *notes), key=lambda entry: entry.at)


def log_entry(story: PagerDutyStory, position: int, entry: Entry, *, zone: str, include: Collection[str]) -> Body:
    """One log entry.

    Args:
        story: Whose log it is in.
        position: Where in the log.
        entry: The entry.
        zone: In which zone its time is written.
        include: What was asked to be included; without ``channels`` a channel is only its type.

    Returns:
        The entry's body.
    """
    details: Body = {}
    alert = entry.details.get("alert")
    if "channels" in include:
        details = alertmanager.trigger_channel(alert) if isinstance(alert, PagedAlert) else dict(entry.details)
    extra = {name: _expand(value) for name, value in entry.extra.items()}
    linked = extra.pop("linked_alert", None)
    return {
        "id": entry_id(story, position),
        "type": f"{entry.kind}_log_entry",
        "summary": entry.summary,
        "self": f"{API}/log_entries/{entry_id(story, position)}",
        "html_url": None,
        "created_at": rfc(entry.at, zone),
        "agent": reference(_agent(entry.by)),
        "channel": {"type": entry.channel, **details},
        "service": reference(story.service),
        "incident": incident_reference(story),
        "teams": [reference(TEAM)],
        "contexts": [],
        "event_details": {"description": story.title} if entry.kind == "trigger" else {},
        **extra,
        **({} if linked is None else {"linked_incident": linked}),
    }


def alert(story: PagerDutyStory, paged: PagedAlert) -> Body:
    """One alert of an incident."""
    return {
        "id": paged.id,
        "type": "alert",
        "summary": alertmanager.title(paged),
        "self": f"{API}/incidents/{story.id}/alerts/{paged.id}",
        "html_url": f"{UI}/alerts/{paged.id}",
        "created_at": rfc(paged.arrived),
        "status": "triggered" if paged.resolved is None else "resolved",
        "alert_key": alertmanager.dedup_key(paged),
        "service": reference(story.service),
        "body": {
            "type": "alert_body",
            "contexts": [{"type": "link", "href": "https://alerts.example/#/alerts", "text": "View in Alertmanager"}],
            "details": alertmanager.details(paged),
            "cef_details": alertmanager.cef(paged),
        },
        "incident": incident_reference(story),
        "suppressed": False,
        "severity": paged.severity,
        "integration": reference(INTEGRATION),
        "first_trigger_log_entry": None,
    }


def note(story: PagerDutyStory, position: int, written: Note) -> Body:
    """One note; its time is in the account's zone."""
    at = rfc(written.at, ACCOUNT_ZONE)
    return {
        "id": f"PNOTE{story.number}{position}",
        "user": reference(written.by),
        "channel": {"summary": "The PagerDuty website or APIs"},
        "content": written.text,
        "created_at": at,
        "updated_at": at,
    }


def change(event: Change, *, related: bool = False) -> Body:
    """One change event; with its correlation where it is related to an incident."""
    body: Body = {
        "id": event.id,
        "type": "change_event",
        "summary": event.summary,
        "self": f"{API}/change_events/{event.id}",
        "timestamp": rfc(event.at),
        "source": "git.example",
        "integration": {"id": "PINTCHG", "type": "inbound_integration_reference"},
        "services": [reference(event.service)],
        "custom_details": {"state": "passed"},
        "links": [{"href": event.link, "text": "Run"}],
        "images": [],
    }
    return {**body, "correlation_reason": {"reason": event.reason}} if related else body


def past(incident_like: PastIncident) -> Body:
    """One past incident."""
    return {"incident": _short(incident_like), "score": incident_like.score}


def related(incident_like: PastIncident) -> Body:
    """One related incident."""
    metadata = {
        "grouping_classification": "similar_contents",
        "user_feedback": {"positive_feedback_count": 2, "negative_feedback_count": 0},
    }
    relationship = {"type": "machine_learning_inferred", "metadata": metadata}
    return {"incident": _short(incident_like), "relationships": [relationship]}


def service(party: Party, incidents: Iterable[PagerDutyStory]) -> Body:
    """One service."""
    on_it = [story for story in incidents if story.service.id == party.id]
    is_open = any(story.resolved is None for story in on_it)
    return {
        **reference(party),
        "type": "service",
        "name": party.name,
        "description": f"Requests of {party.name}",
        "auto_resolve_timeout": 14400,
        "acknowledgement_timeout": 1800,
        "created_at": "2024-02-11T09:00:00Z",
        "status": "critical" if is_open else "active",
        "last_incident_timestamp": rfc(max(story.created for story in on_it)) if on_it else None,
        "alert_creation": "create_alerts_and_incidents",
        "integrations": [reference(INTEGRATION)],
        "escalation_policy": reference(ESCALATION_POLICY),
        "teams": [reference(TEAM)],
        "incident_urgency_rule": {"type": "constant", "urgency": "high"},
        "support_hours": None,
        "scheduled_actions": [],
    }


def error(code: int, message: str, *details: str) -> Body:
    """PagerDuty's error body."""
    return {"error": {"message": message, "code": code, "errors": list(details)}}


def _expand(value: object) -> object:
    """References in place of the parties and alerts that entries name."""
    if isinstance(value, Party):
        return reference(value)
    if isinstance(value, PagedAlert):
        return {
            "id": value.id,
            "type": "alert_reference",
            "summary": alertmanager.title(value),
            "self": f"{API}/alerts/{value.id}",
            "html_url": f"{UI}/alerts/{value.id}",
        }
    if isinstance(value, tuple):
        return [_expand(one) for one in value]
    return value


def _agent(party: Party) -> Party:
    """Bots act in the log as the integration they come through."""
    return Party("PINTBOT", party.name, "integration_reference") if party.kind == "bot_user_reference" else party


def _short(incident_like: PastIncident) -> Body:
    """An incident as past and related incidents show it."""
    return {
        "id": incident_like.id,
        "created_at": rfc(incident_like.at),
        "self": f"{API}/incidents/{incident_like.id}",
        "title": incident_like.title,
    }
