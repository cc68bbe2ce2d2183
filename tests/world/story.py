"""What PagerDuty knows about an incident: stories from which its answers are built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Shape = Literal["list", "text"]


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody or something that acts: a person, a service, an integration or a bot.

    Attributes:
        id: PagerDuty's id.
        name: As shown.
        kind: The reference type.
    """

    id: str
    name: str
    kind: str = "user_reference"


@dataclass(frozen=True, slots=True)
class Entry:
    """A log entry.

    Attributes:
        at: When.
        kind: Its type, without ``_log_entry``.
        summary: PagerDuty's own sentence.
        by: Who acted.
        channel: The channel's type.
        details: What else the channel carries; only sent with ``include[]=channels``.
        extra: What else the entry carries.
    """

    at: datetime
    kind: str
    summary: str
    by: Party
    channel: str = "auto"
    details: Mapping[str, object] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A note; it also stands in the log as an annotation.

    Attributes:
        at: When.
        by: Who wrote it.
        text: What.
    """

    at: datetime
    by: Party
    text: str


@dataclass(frozen=True, slots=True)
class PagedAlert:
    """An alert that Alertmanager sent.

    Attributes:
        id: PagerDuty's id.
        name: The ``alertname``.
        arrived: When PagerDuty got it.
        fired: Prometheus' ``startsAt``.
        severity: The ``severity`` label.
        service: The ``service`` label.
        shape: How Alertmanager writes the details: ``list`` from 0.30.0 on, ``text`` before.
        resolved: When PagerDuty was told that it is over; None while it is not.
        sent: The event as a real Alertmanager sent it; None to make it up.
    """

    id: str
    name: str
    arrived: datetime
    fired: datetime
    severity: str
    service: str = "checkout"
    shape: Shape = "list"
    resolved: datetime | None = None
    sent: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change event.

    Attributes:
        id: PagerDuty's id.
        at: When.
        summary: What changed.
        service: The service it was sent to.
        link: The run of the pipeline.
        reason: Why PagerDuty relates it to the incident; empty when it does not.
    """

    id: str
    at: datetime
    summary: str
    service: Party
    link: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An earlier incident like this one."""

    id: str
    at: datetime
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class PagerDutyStory:
    """All PagerDuty knows about one incident.

    Attributes:
        id: Its id.
        number: Its number.
        title: Its title.
        service: The service it is on.
        created: When it was first triggered.
        entries: Its log, without the annotations that belong to notes.
        resolved: When it was resolved; None while it is not.
        resolved_by: Who resolved it.
        merged_into: The incident it was merged into; it is resolved then.
        acknowledged_by: Who holds it while it is not resolved.
        priority: The priority's name; None when it has none.
        alerts: Its alerts.
        notes: Its notes.
        changes: Change events of the account.
        past: Past incidents like it.
        related: Incidents going on at the same time.
        analytics: PagerDuty's own figures, by name; empty while they are not made.
    """

    id: str
    number: int
    title: str
    service: Party
    created: datetime
    entries: tuple[Entry, ...]
    resolved: datetime | None = None
    resolved_by: Party | None = None
    merged_into: PagerDutyStory | None = None
    acknowledged_by: Party | None = None
    priority: str | None = None
    alerts: tuple[PagedAlert, ...] = ()
    notes: tuple[Note, ...] = ()
    changes: tuple[Change, ...] = ()
    past: tuple[PastIncident, ...] = ()
    related: tuple[PastIncident, ...] = ()
    analytics: Mapping[str, int] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """PagerDuty's status."""
        if self.resolved is not None:
            return "resolved"
        return "triggered" if self.acknowledged_by is None else "acknowledged"
