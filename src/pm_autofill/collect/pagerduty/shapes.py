"""Alerts, notes and changes: PagerDuty's JSON in, evidence out."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

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
from pm_autofill.collect.pagerduty.privacy import name_of
from pm_autofill.collect.pagerduty.reading import Reading, Unreadable, in_order, read_each
from pm_autofill.evidence.incident import ANALYTICS_FIGURES, AgentKind, Alert, ChangeEvent, Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

# A century, in seconds: what is longer is no duration of an incident, and need not fit into a float.
_LONGEST = 3.2e9
# What tells the kind of a change, its version or its environment is short.
_SHORT = 64
_MOST_TAGS = 30
_LARGEST_TOLD = 10**18
_KEY = re.compile(r"[A-Za-z][\w.-]{0,40}")


def read_alerts(objects: Iterable[object], zone: str = "UTC") -> Reading[Alert]:
    """Read an incident's alerts; each once, by time."""
    reading = read_each(objects, lambda value: _alert(mapping(value), zone))
    return Reading(in_order(reading.items), reading.skipped)


def complete_alerts(alerts: Sequence[Alert], triggers: Sequence[Alert]) -> tuple[Alert, ...]:
    """Alerts, with what trigger entries of the log tell of them where they tell nothing themselves.

    Args:
        alerts: The incident's alerts.
        triggers: What the log's trigger entries tell (``read_trigger_alerts``).

    Returns:
        The alerts by time; those of the log alone where there are none.
    """
    told = {alert.key: alert for alert in triggers if alert.key}
    completed = (
        msgspec.structs.replace(
            alert,
            firing=told[alert.key].firing,
            links=alert.links or told[alert.key].links,
            severity=alert.severity or told[alert.key].severity,
        )
        if not alert.firing and alert.key in told
        else alert
        for alert in alerts
    )
    return in_order(tuple(completed) or tuple(triggers))


def read_notes(objects: Iterable[object], zone: str = "UTC") -> Reading[Note]:
    """Read an incident's notes; each once, by time; emptied ones are left out."""
    reading = read_each(objects, lambda value: _note(mapping(value), zone))
    return Reading(in_order(reading.items), reading.skipped)


def read_changes(objects: Iterable[object], zone: str = "UTC") -> Reading[ChangeEvent]:
    """Read change events; each once, by time."""
    reading = read_each(objects, lambda value: _change(mapping(value), zone))
    return Reading(in_order(reading.items), reading.skipped)


def read_analytics(value: object) -> dict[str, float]:
    """Read PagerDuty's own figures about an incident, flat or under ``data``.

    Returns:
        Seconds by name, of ``ANALYTICS_FIGURES``; a figure that is null or no number is not there.
    """
    raw = mapping(value)
    inner = mapping(raw.get("data")) or raw
    found = {}
    for name in ANALYTICS_FIGURES:
        seconds = inner.get(name)
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and abs(seconds) < _LONGEST:
            found[name] = float(seconds)
    return found


def _alert(raw: Mapping[str, object], zone: str) -> Iterator[Alert]:
    """One alert."""
    alert_id, at = _identity(raw, "created_at", zone)
    body = mapping(raw.get("body"))
    cef = mapping(body.get("cef_details"))
    contexts = [*sequence(body.get("contexts")), *sequence(cef.get("contexts"))]
    yield Alert(
        id=alert_id,
        at=at,
        title=line(raw.get("summary")),
        key=line(raw.get("alert_key")) or line(cef.get("dedup_key")),
        severity=token(raw.get("severity")) or token(cef.get("severity")),
        status=token(raw.get("status")),
        service=name_of(shown(raw.get("service")), AgentKind.AUTOMATION),
        service_id=identifier(mapping(raw.get("service")).get("id")),
        firing=read_firing(body.get("details"), cef.get("details")),
        links=links(contexts, client=cef.get("client"), client_url=cef.get("client_url")),
    )


def _note(raw: Mapping[str, object], zone: str) -> Iterator[Note]:
    """One note, unless it was emptied."""
    note_id, at = _identity(raw, "created_at", zone)
    if not isinstance(raw.get("content"), str):
        raise Unreadable("no text")
    text = prose(raw.get("content"))
    if text:
        yield Note(id=note_id, at=at, author=agent(raw.get("user")), text=text)


def _change(raw: Mapping[str, object], zone: str) -> Iterator[ChangeEvent]:
    """One change event."""
    change_id, at = _identity(raw, "timestamp", zone)
    yield ChangeEvent(
        id=change_id,
        at=at,
        summary=line(raw.get("summary")),
        origin=line(raw.get("source")),
        links=links(raw.get("links")),
        correlation=token(mapping(raw.get("correlation_reason")).get("reason")),
        services=_services(raw.get("services")),
        tags=tuple(islice(_tags(mapping(raw.get("custom_details"))), _MOST_TAGS)),
    )


def _services(value: object) -> dict[str, str]:
    """Names of services by id; those without an id are left out."""
    told = [mapping(one) for one in sequence(value)[:_MOST_TAGS]]
    found = {identifier(one.get("id")): name_of(shown(one), AgentKind.AUTOMATION) for one in told}
    return {id_: name for id_, name in found.items() if id_}


def _tags(details: Mapping[str, object]) -> Iterator[str]:
    """What custom details say in short: each as ``key:value``, lists of texts as tags of their own."""
    for key, value in islice(details.items(), _MOST_TAGS):
        if isinstance(value, list):
            yield from (one for one in map(_short, value[:_MOST_TAGS]) if one)
        elif _KEY.fullmatch(key) and (told := _short(value)):
            yield f"{key}:{told}"


def _short(value: object) -> str:
    """A text, whole number or truth value in a few characters; empty when it is none, or is longer."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, int) and abs(value) < _LARGEST_TOLD else line(value)
    return text if len(text) <= _SHORT else ""


def _identity(raw: Mapping[str, object], time: str, zone: str) -> tuple[str, datetime]:
    """The id and the instant of an object.

    Raises:
        Unreadable: It lacks one.
    """
    found, at = identifier(raw.get("id")), instant(raw.get(time), zone)
    if not found or at is None:
        raise Unreadable("no usable time" if found else "no id")
    return found, at
