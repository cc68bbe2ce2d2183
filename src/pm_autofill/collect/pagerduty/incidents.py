"""Incidents and their neighbours: PagerDuty's JSON in, evidence out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.collect.pagerduty.fields import (
    agent,
    identifier,
    instant,
    line,
    mapping,
    sequence,
    shown,
    token,
    web_address,
    whole,
)
from pm_autofill.collect.pagerduty.privacy import name_of
from pm_autofill.collect.pagerduty.reading import Reading, Unreadable, in_order, read_each
from pm_autofill.evidence.incident import AgentKind, Incident, OtherIncident, Responder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MERGED = "merge_resolve_reason"
_NUMBER = re.compile(r"\[#([0-9]{1,15})\]")
_MOST_RESPONDERS = 200


def read_incident(value: object, zone: str = "UTC") -> Incident:
    """Read an incident.

    Args:
        value: The API's incident, without its wrapper.
        zone: The zone of times without an offset.

    Returns:
        The incident. Resolved is what its status says; where the time of it is missing, that of the last change of
        status stands for it.

    Raises:
        Unreadable: It has no id or no usable time of creation.
    """
    raw = mapping(value)
    incident_id, created_at = identifier(raw.get("id")), instant(raw.get("created_at"), zone)
    if not incident_id or created_at is None:
        raise Unreadable("no id" if not incident_id else "no usable time of creation")
    resolved_at = instant(raw.get("resolved_at"), zone)
    status = token(raw.get("status")) or ("unknown" if resolved_at is None else "resolved")
    if status == "resolved":
        resolved_at = resolved_at or instant(raw.get("last_status_change_at"), zone)
    service = mapping(raw.get("service"))
    target = _merge_target(raw)
    return Incident(
        id=incident_id,
        number=_number(raw),
        title=line(raw.get("title")) or line(raw.get("summary")) or f"Incident {incident_id}",
        url=web_address(raw.get("html_url")),
        status=status,
        created_at=created_at,
        resolved_at=resolved_at if status == "resolved" else None,
        service_id=identifier(service.get("id")),
        service=name_of(shown(service), AgentKind.AUTOMATION),
        urgency=token(raw.get("urgency")),
        priority=shown(raw.get("priority")) or None,
        alert_count=whole(mapping(raw.get("alert_counts")).get("all")) or 0,
        opened_by=agent(mapping(raw.get("first_trigger_log_entry")).get("agent")),
        merged_into=target or "",
        merge_told=target is not None or status != "resolved",
        responders=_responders(raw.get("incidents_responders"), zone),
    )


def read_incidents(objects: Iterable[object], zone: str = "UTC") -> Reading[Incident]:
    """Read a list of incidents; each once, by time of creation. Merged ones are others than those that ended."""

    def read(value: object) -> Iterator[Incident]:
        incident = read_incident(value, zone)
        if not incident.merge_told:
            raise Unreadable("no word on whether it was merged into another")
        yield incident

    reading = read_each(objects, read)
    unique = {incident.id: incident for incident in reading.items}
    return Reading(tuple(sorted(unique.values(), key=lambda incident: incident.created_at)), reading.skipped)


def read_others(objects: Iterable[object], relation: str, own: Incident) -> Reading[OtherIncident]:
    """Read past or related incidents.

    Args:
        objects: The API's list; each object holds the incident under ``incident``.
        relation: "past" or "related".
        own: The incident they were asked for; it is not its own neighbour.

    Returns:
        The incidents, each once, by time; where their page is not told it is named after the own one's.
    """

    def read(value: object) -> Iterator[OtherIncident]:
        raw = mapping(mapping(value).get("incident"))
        incident_id, at = identifier(raw.get("id")), instant(raw.get("created_at"))
        if not incident_id or at is None:
            raise Unreadable("no id" if not incident_id else "no usable time of creation")
        if incident_id != own.id:
            title = line(raw.get("title")) or line(raw.get("summary")) or f"Incident {incident_id}"
            url = web_address(raw.get("html_url")) or _page_beside(own, incident_id)
            yield OtherIncident(id=incident_id, title=title, url=url, at=at, relation=relation, number=_number(raw))

    reading = read_each(objects, read)
    return Reading(in_order(reading.items), reading.skipped)


def other(incident: Incident, relation: str) -> OtherIncident:
    """An incident as another one's neighbour.

    Args:
        incident: The neighbour.
        relation: "merged", "same window" or "earlier".
    """
    return OtherIncident(
        id=incident.id,
        title=incident.title,
        url=incident.url,
        at=incident.created_at,
        relation=relation,
        number=incident.number,
        resolved_at=incident.resolved_at,
    )


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Incidents around another one.

    Attributes:
        merged: Those that were merged into it, on whichever service.
        others: Those that merely ran beside it, on the same service.
    """

    merged: tuple[OtherIncident, ...] = ()
    others: tuple[OtherIncident, ...] = ()


def sort_neighbours(incidents: Sequence[Incident], own: Incident) -> Neighbours:
    """Tell those merged into an incident from those that merely ran beside it on its service."""
    beside = [one for one in incidents if one.service_id == own.service_id and one.id != own.id]
    return Neighbours(
        merged=tuple(other(one, "merged") for one in incidents if one.merged_into == own.id),
        others=tuple(other(one, "same window") for one in beside if one.merged_into != own.id),
    )


def _merge_target(raw: Mapping[str, object]) -> str | None:
    """The id of the incident this one was merged into; empty when it was not, None where the answer does not say."""
    if "resolve_reason" not in raw:
        return None
    reason = mapping(raw["resolve_reason"])
    return (identifier(mapping(reason.get("incident")).get("id")) or None) if reason.get("type") == _MERGED else ""


def _number(raw: Mapping[str, object]) -> int | None:
    """The incident's number, from its field or from the start of its summary."""
    told = whole(raw.get("incident_number"))
    found = _NUMBER.match(line(raw.get("summary")))
    return told if told is not None or found is None else int(found[1])


def _responders(value: object, zone: str) -> tuple[Responder, ...]:
    """Who was asked to help."""
    requests = (mapping(request) for request in sequence(value)[:_MOST_RESPONDERS])
    found = (
        Responder(
            name=agent(request.get("user")).name,
            state=token(request.get("state")),
            asked_at=instant(request.get("requested_at"), zone),
            answered_at=None if request.get("state") == "pending" else instant(request.get("updated_at"), zone),
        )
        for request in requests
    )
    return tuple(responder for responder in found if responder.name)


def _page_beside(own: Incident, incident_id: str) -> str:
    """The page of another incident of the same account; empty when the own one's is not told."""
    head, found, _ = own.url.rpartition(f"/incidents/{own.id}")
    return f"{head}/incidents/{incident_id}" if found else ""
