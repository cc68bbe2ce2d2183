"""An incident as it stood at an earlier instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pm_autofill.evidence.incident import Incident, IncidentRecord, LogEntry, Responder


class _Dated(Protocol):
    """What happened at an instant."""

    @property
    def at(self) -> datetime:
        """When."""


D = TypeVar("D", bound=_Dated)

_STATUS_AFTER = {"acknowledge": "acknowledged", "unacknowledge": "triggered", "resolve": "resolved"}


def record_as_of(record: IncidentRecord, as_of: datetime) -> IncidentRecord:
    """Leave out all that happened after an instant.

    Args:
        record: What PagerDuty told.
        as_of: The instant taken as now; what happened at it still counts.

    Returns:
        The record as PagerDuty would have told it then, as far as its log allows: an incident resolved later is open
        again, in the status its last acknowledgement left it; a priority changed later is the one it had before.
    """
    known = tuple(_until(record.log, as_of))
    later = record.log[len(known) :]
    alerts = tuple(_until(record.alerts, as_of))
    incident = _incident_as_of(record.incident, known, later, as_of)
    return replace(
        record,
        incident=replace(incident, alert_count=len(alerts)) if record.alerts else incident,
        merged=tuple(_until(record.merged, as_of)),
        merged_logs={incident_id: tuple(_until(log, as_of)) for incident_id, log in record.merged_logs.items()},
        log=known,
        alerts=alerts,
        notes=tuple(_until(record.notes, as_of)),
        changes=tuple(_until(record.changes, as_of)),
        others=tuple(_until(record.others, as_of)),
        earlier=tuple(_until(record.earlier, as_of)),
        analytics={},
    )


def _until(items: Iterable[D], as_of: datetime) -> Iterable[D]:
    """The items up to an instant; they stand in order of time."""
    return (item for item in items if item.at <= as_of)


def _incident_as_of(
    incident: Incident, known: Sequence[LogEntry], later: Sequence[LogEntry], as_of: datetime
) -> Incident:
    """The incident itself."""
    changed = next((entry for entry in later if entry.field == "priority"), None)
    priority = incident.priority if changed is None else (changed.old or None)
    responders = tuple(_responder_as_of(one, as_of) for one in incident.responders if (one.asked_at or as_of) <= as_of)
    incident = replace(incident, priority=priority, responders=responders)
    resolved_later = incident.resolved_at is not None and incident.resolved_at > as_of
    if not resolved_later and not any(entry.type in _STATUS_AFTER for entry in later):
        return incident
    last = next((entry for entry in reversed(known) if entry.type in _STATUS_AFTER), None)
    status = "triggered" if last is None else _STATUS_AFTER[last.type]
    return replace(incident, status=status, resolved_at=last.at if last is not None and status == "resolved" else None)


def _responder_as_of(responder: Responder, as_of: datetime) -> Responder:
    """A responder, whose later answer was not yet known."""
    if responder.answered_at is None or responder.answered_at <= as_of:
        return responder
    return replace(responder, state="pending", answered_at=None)
