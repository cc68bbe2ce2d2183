"""What PagerDuty knows of an incident, in one shape for every age of its API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class AgentKind(StrEnum):
    """Who did something: a human being, or automation; unknown is neither, and has words of its own."""

    PERSON = "person"
    AUTOMATION = "machine"
    """As evidence has written it from the beginning."""
    UNKNOWN = "unknown"


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something.

    Attributes:
        kind: Person, automation, or not told.
        name: As PagerDuty shows it; never an address or a phone number.
    """

    kind: AgentKind
    name: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An address with its label."""

    href: str
    text: str


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the incident's log.

    Attributes:
        id: PagerDuty's id.
        type: Its type without the suffix ``_log_entry``, such as "acknowledge"; unknown ones as they came.
        known: Whether this program knows the type; unknown ones are shown by their summary.
        at: When it happened.
        agent: Who did it.
        channel: By which way: "mobile", "website", "api", "timeout", "auto", ...
        summary: PagerDuty's own sentence.
        text: What a human wrote: the text of a note, a status update or a request for help, or what was said on
            opening the incident by hand; empty otherwise.
        people: Who was paged, assigned or asked, by name.
        medium: How a page was sent: "push", "sms", "phone", "email"; empty otherwise.
        old: The value before a change of priority or field; empty otherwise.
        new: The value after it.
        field: Which field changed, such as "priority"; empty otherwise.
    """

    id: str
    type: str
    known: bool
    at: datetime
    agent: Agent
    channel: str
    summary: str
    text: str = ""
    people: tuple[str, ...] = ()
    medium: str = ""
    old: str = ""
    new: str = ""
    field: str = ""


class FiringAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of Alertmanager's payload, from either of its two shapes.

    Attributes:
        labels: Its labels.
        annotations: Its annotations.
        starts_at: When Prometheus began to fire it; absent before Alertmanager 0.30.
        url: Its generator URL.
    """

    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime | None = None
    url: str = ""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert grouped into the incident.

    Attributes:
        id: PagerDuty's id.
        at: When it reached PagerDuty.
        title: Its summary.
        key: Its deduplication key.
        severity: info, warning, error or critical; empty when not told.
        status: triggered or resolved.
        service: The service it came in on.
        service_id: Id of that service, which need not be the incident's; empty when not told.
        firing: What the monitoring system said in it.
        links: Links it carried.
    """

    id: str
    at: datetime
    title: str
    key: str = ""
    severity: str = ""
    status: str = ""
    service: str = ""
    service_id: str = ""
    firing: tuple[FiringAlert, ...] = ()
    links: tuple[Link, ...] = ()


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note on the incident."""

    id: str
    at: datetime
    author: Agent
    text: str


class ChangeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A change PagerDuty relates to the incident, or one of its service beside it.

    Attributes:
        id: PagerDuty's id.
        at: When the change happened.
        summary: What changed.
        origin: The system that reported it.
        links: Links to it.
        correlation: Why PagerDuty relates it: most_recent, related_service, intelligent; empty where it does not.
        services: Names of the services it is of, by id; empty when not told.
        tags: What its reporter told beside it that is short, as ``key:value``; tags among that as they are.
    """

    id: str
    at: datetime
    summary: str
    origin: str = ""
    links: tuple[Link, ...] = ()
    correlation: str = ""
    services: dict[str, str] = {}
    tags: tuple[str, ...] = ()


class OtherIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Another incident: similar earlier one, related one, or one in the same window.

    Attributes:
        id: PagerDuty's id.
        title: Its title.
        url: Its page; empty when not told.
        at: When it was created.
        relation: "past", "related" or "merged"; "same window" for one of its service that began beside it, "same alert"
            for one on whichever service whose alerts carry the same deduplication key, "earlier" for one of the week
            before.
        number: Its number, where told.
        resolved_at: When it was resolved, where told.
    """

    id: str
    title: str
    url: str
    at: datetime
    relation: str
    number: int | None = None
    resolved_at: datetime | None = None


ANALYTICS_FIGURES = ("seconds_to_first_ack", "seconds_to_engage", "seconds_to_mobilize", "seconds_to_resolve")
"""PagerDuty's names for what it measures of an incident."""

BESIDE = frozenset({"same window", "same alert"})
"""Relations of incidents that ran beside one, on its service or of its alerts."""


class Responder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was asked to help with the incident.

    Attributes:
        name: Who was asked.
        state: "pending", "joined", "declined" or "user_cancelled"; empty when not told.
        asked_at: When; None when not told.
        answered_at: When the state last changed; None when not told or still pending.
    """

    name: str
    state: str = ""
    asked_at: datetime | None = None
    answered_at: datetime | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The incident itself.

    Attributes:
        id: PagerDuty's id (the merge target's).
        number: The number people say; None when PagerDuty's answer lacks it.
        title: Its title.
        url: Its page.
        status: triggered, acknowledged or resolved.
        created_at: When it was first triggered.
        resolved_at: When it was resolved; None while open.
        service_id: Id of its service.
        service: Name of its service.
        urgency: high or low.
        priority: Name of its priority, where one is set.
        alert_count: Alerts in it; 0 for one opened by hand.
        opened_by: Who opened it.
        merged_into: Id of the incident it was merged into; empty when it was not.
        merge_told: Whether PagerDuty's answer says that, one way or the other.
        responders: Who was asked to help, beside those the escalation policy paged.
    """

    id: str
    number: int | None
    title: str
    url: str
    status: str
    created_at: datetime
    resolved_at: datetime | None
    service_id: str
    service: str
    urgency: str = ""
    priority: str | None = None
    alert_count: int = 0
    opened_by: Agent = Agent(kind=AgentKind.UNKNOWN, name="")
    merged_into: str = ""
    merge_told: bool = True
    responders: tuple[Responder, ...] = ()


class IncidentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that PagerDuty told.

    Attributes:
        incident: The incident, after merges were followed.
        merged: Incidents merged into it: those followed on the way, and those found beside it.
        merged_logs: Their logs, by incident id; they tell whom those incidents paged, and when.
        log: Its log, by time, without duplicates.
        alerts: Its alerts, by time.
        notes: Its notes, by time.
        changes: Change events PagerDuty relates to it, and those of its service beside it, by time.
        others: Similar, related and neighbouring incidents.
        earlier: Incidents of its service created in the week before it.
        analytics: PagerDuty's own figures in seconds, by name; empty where they cannot be had, as on the first day.
        sources: Ids of the questions asked, by part: "incident", "log", "alerts", "notes", "changes", "past",
            "related", "window", "window.foreign", "earlier", "changes.service", "analytics", "log.ID" for the log of a
            merged incident, and "same_alert.N" for incidents of the same alerts.
    """

    incident: Incident
    merged: tuple[OtherIncident, ...] = ()
    merged_logs: dict[str, tuple[LogEntry, ...]] = {}
    log: tuple[LogEntry, ...] = ()
    alerts: tuple[Alert, ...] = ()
    notes: tuple[Note, ...] = ()
    changes: tuple[ChangeEvent, ...] = ()
    others: tuple[OtherIncident, ...] = ()
    earlier: tuple[OtherIncident, ...] = ()
    analytics: dict[str, float] = {}
    sources: dict[str, str] = {}
