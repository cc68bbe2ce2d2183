"""An incident as it stood at an earlier instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from pm_autofill.collect.pagerduty.horizon import record_as_of
from pm_autofill.evidence.incident import (
    Agent,
    AgentKind,
    Alert,
    ChangeEvent,
    Incident,
    IncidentRecord,
    LogEntry,
    Note,
    OtherIncident,
    Responder,
)

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
KOFI = Agent(kind=AgentKind.PERSON, name="Kofi Mensah")


def at(minutes: int) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def entry(kind: str, minutes: int, *, field: str = "", old: str = "") -> LogEntry:
    """A log entry."""
    return LogEntry(
        id=f"R{minutes}",
        type=kind,
        known=True,
        at=at(minutes),
        agent=KOFI,
        channel="",
        summary="",
        field=field,
        old=old,
    )


def alert(minutes: int) -> Alert:
    """An alert."""
    return Alert(id=f"A{minutes}", at=at(minutes), title="A")


def neighbour(minutes: int) -> OtherIncident:
    """Another incident."""
    return OtherIncident(id=f"Q{minutes}", title="B", url="", at=at(minutes), relation="same window")


RECORD = IncidentRecord(
    incident=Incident(
        id="Q1",
        number=1,
        title="T",
        url="",
        status="resolved",
        created_at=at(0),
        resolved_at=at(60),
        service_id="PSVC",
        service="s",
        priority="P1",
        alert_count=2,
        responders=(
            Responder(name="Lena", state="joined", asked_at=at(10), answered_at=at(15)),
            Responder(name="Ada", state="declined", asked_at=at(30), answered_at=at(31)),
        ),
    ),
    merged=(neighbour(2), neighbour(50)),
    merged_logs={"Q2": (entry("trigger", 2), entry("resolve", 50))},
    log=(
        entry("trigger", 0),
        entry("acknowledge", 5),
        entry("priority_change", 8, field="priority"),
        entry("unacknowledge", 35),
        entry("priority_change", 40, field="priority", old="P3"),
        entry("resolve", 60),
    ),
    alerts=(alert(0), alert(20)),
    notes=(Note(id="N1", at=at(12), author=KOFI, text="x"), Note(id="N2", at=at(45), author=KOFI, text="y")),
    changes=(ChangeEvent(id="C1", at=at(-5), summary="d"), ChangeEvent(id="C2", at=at(45), summary="r")),
    others=(neighbour(1), neighbour(55)),
)


def test_nothing_changes_when_all_happened_before() -> None:
    """What happened at the very instant counts."""
    assert record_as_of(RECORD, at(60)) == RECORD


def test_what_happened_later_is_left_out() -> None:
    """Of every part of the record."""
    seen = record_as_of(RECORD, at(12))
    assert [one.id for one in seen.log] == ["R0", "R5", "R8"]
    assert [one.id for one in seen.alerts] == ["A0"]
    assert [one.id for one in seen.notes] == ["N1"]
    assert [one.id for one in seen.changes] == ["C1"]
    assert [one.id for one in seen.others] == ["Q1"]
    assert [one.id for one in seen.merged] == ["Q2"]
    assert [one.id for one in seen.merged_logs["Q2"]] == ["R2"]
    assert seen.incident.alert_count == 1


@pytest.mark.parametrize(
    ("minutes", "status", "resolved"),
    [(59, "triggered", None), (34, "acknowledged", None), (4, "triggered", None), (60, "resolved", 60)],
)
def test_the_status_is_the_one_of_then(minutes: int, status: str, resolved: int | None) -> None:
    """Acknowledged from the acknowledgement until it lapses, open until resolved."""
    incident = record_as_of(RECORD, at(minutes)).incident
    assert incident.status == status
    assert incident.resolved_at == (None if resolved is None else at(resolved))


def test_an_incident_reopened_later_was_resolved_before() -> None:
    """The log tells of the earlier end."""
    log = (entry("trigger", 0), entry("resolve", 20), entry("acknowledge", 30), entry("resolve", 60))
    incident = record_as_of(replace(RECORD, log=log), at(25)).incident
    assert (incident.status, incident.resolved_at) == ("resolved", at(20))


def test_without_a_log_an_incident_resolved_later_is_merely_open() -> None:
    """Nothing tells of an acknowledgement."""
    incident = record_as_of(replace(RECORD, log=(), alerts=()), at(30)).incident
    assert (incident.status, incident.resolved_at, incident.alert_count) == ("triggered", None, 2)


def test_an_open_incident_acknowledged_later_was_not_yet() -> None:
    """Its present status came after the instant."""
    still_open = replace(RECORD.incident, status="acknowledged", resolved_at=None)
    record = replace(RECORD, incident=still_open, log=(entry("trigger", 0), entry("acknowledge", 5)))
    assert record_as_of(record, at(4)).incident.status == "triggered"
    assert record_as_of(record, at(6)).incident.status == "acknowledged"


@pytest.mark.parametrize(("minutes", "priority"), [(39, "P3"), (40, "P1"), (7, None)])
def test_the_priority_is_the_one_of_then(minutes: int, priority: str | None) -> None:
    """The first later change tells what it was before."""
    assert record_as_of(RECORD, at(minutes)).incident.priority == priority


def test_an_answer_that_came_later_was_still_awaited() -> None:
    """Those asked later are not there at all."""
    assert record_as_of(RECORD, at(12)).incident.responders == (
        Responder(name="Lena", state="pending", asked_at=at(10)),
    )
