"""Log entries: order, types, people, texts and changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pm_autofill.collect.pagerduty.log import KNOWN_TYPES, read_log, read_trigger_alerts
from pm_autofill.evidence.incident import Agent, AgentKind, LogEntry

START = datetime(2026, 3, 14, 9, 13, 2, tzinfo=UTC)
MAYA = {"id": "PU0MAYA", "type": "user_reference", "summary": "Maya Ortiz"}
KOFI = {"id": "PU0KOFI", "type": "user_reference", "summary": "Kofi Mensah"}
SERVICE = {"id": "PSVCCHK", "type": "service_reference", "summary": "checkout-api"}


def raw(kind: str, seconds: int = 0, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A log entry as the API sends it."""
    at = START + timedelta(seconds=seconds)
    return {
        "id": f"R{kind[:3].upper()}{seconds:03}",
        "type": f"{kind}_log_entry",
        "summary": f"{kind}.",
        "created_at": at.isoformat().replace("+00:00", "Z"),
        "agent": SERVICE,
        "channel": {"type": "auto"},
        **fields,
    }


def read(*objects: object) -> tuple[LogEntry, ...]:
    """The entries of a log in which all can be read."""
    reading = read_log(objects)
    assert reading.skipped == ()
    return reading.items


def test_an_acknowledgement_is_read_whole() -> None:
    """Who, when, by which way, and PagerDuty's sentence."""
    told = raw("acknowledge", 398, summary="Acknowledged by Kofi Mensah.", agent=KOFI, channel={"type": "mobile"})
    assert read(told) == (
        LogEntry(
            id="RACK398",
            type="acknowledge",
            known=True,
            at=datetime(2026, 3, 14, 9, 19, 40, tzinfo=UTC),
            agent=Agent(kind=AgentKind.PERSON, name="Kofi Mensah"),
            channel="mobile",
            summary="Acknowledged by Kofi Mensah.",
        ),
    )


def test_entries_stand_in_the_order_of_events_whatever_order_they_came_in() -> None:
    """Newest first as the API has it, ties by what can have come first."""
    newest_first = [raw("resolve", 9), raw("assign"), raw("notify"), raw("trigger")]
    assert [entry.type for entry in read(*newest_first)] == ["trigger", "assign", "notify", "resolve"]
    assert read(*newest_first) == read(*reversed(newest_first))


def test_ties_of_one_type_keep_the_direction_of_the_answer() -> None:
    """In an answer that begins with the newest, the later of two in one second stands first."""
    first, second = raw("annotate", 5, id="R1"), raw("annotate", 5, id="R2")
    assert [entry.id for entry in read(raw("resolve", 9), second, first, raw("trigger"))][1:3] == ["R1", "R2"]
    assert [entry.id for entry in read(raw("trigger"), first, second, raw("resolve", 9))][1:3] == ["R1", "R2"]


def test_an_entry_on_two_pages_counts_once() -> None:
    """A live incident moves its entries from one page to the next."""
    assert len(read(raw("trigger"), raw("acknowledge", 5), raw("trigger"))) == 2


@pytest.mark.parametrize(
    ("given", "kind", "known"),
    [
        ("acknowledge_log_entry", "acknowledge", True),
        ("acknowledge", "acknowledge", True),
        ("acknowledge_log_entry_reference", "acknowledge", True),
        ("acknowledgement_log_entry", "acknowledge", True),
        ("un_ack_log_entry", "unacknowledge", True),
        ("responder_request_for_escalation_policy_log_entry", "responder_request_for_escalation_policy", True),
        ("incident_workflow_log_entry", "incident_workflow", False),
        ("<script>_log_entry", "script", False),
        (None, "unknown", False),
    ],
)
def test_types_lose_their_suffix_and_unknown_ones_are_kept(given: object, kind: str, *, known: bool) -> None:
    """No entry is dropped for its type."""
    (entry,) = read({**raw("x"), "type": given})
    assert (entry.type, entry.known, entry.summary) == (kind, known, "x.")


@pytest.mark.parametrize(
    ("kind", "medium"),
    [("push_notification", "push"), ("sms_notification", "sms"), ("phone_notification", "phone"), ("email", "email")],
)
def test_a_notification_keeps_who_and_how_but_not_where_to(kind: str, medium: str) -> None:
    """The person and the medium stay; numbers and addresses do not."""
    notification = {
        "type": kind,
        "address": "+1 415-555-0123",
        "status": "success",
        "conferenceAddress": "x@example.org",
    }
    told = raw(
        "notify",
        summary="Notified Maya Ortiz by SMS at 0170 1234567 and maya@example.org",
        user=MAYA,
        channel={"type": "auto", "notification": notification},
    )
    (entry,) = read(told)
    assert (entry.people, entry.medium) == (("Maya Ortiz",), medium)
    assert entry.summary == "Notified Maya Ortiz by SMS at [phone] and [address]"


@pytest.mark.parametrize(
    "fields",
    [
        {"assignees": [MAYA, KOFI, MAYA, "junk", None]},
        {"responders": [{"user": MAYA}, KOFI]},
        {"responders": [{"user": MAYA}], "responder": {"user": KOFI}},
        {"user": MAYA, "assignees": [KOFI]},
    ],
)
def test_people_are_found_in_every_shape(fields: dict[str, Any]) -> None:
    """Assigned, escalated to, paged or asked for help: each name once."""
    (entry,) = read(raw("escalate", **fields))
    assert entry.people == ("Maya Ortiz", "Kofi Mensah")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (raw("annotate", channel={"type": "note", "summary": "Rolled back\nat 09:40"}), "Rolled back\nat 09:40"),
        (raw("annotate", channel={"type": "note", "content": "Rolled back"}), "Rolled back"),
        (raw("annotate", note="Rolled back"), "Rolled back"),
        (raw("status_update", message="Checkout fails"), "Checkout fails"),
        (raw("status_update", channel={"type": "website", "message": "Checkout fails"}), "Checkout fails"),
        (raw("responder_request", message="Please join"), "Please join"),
        (raw("trigger", agent=MAYA, channel={"type": "web_trigger", "details": "They called"}), "They called"),
        (raw("trigger", channel={"type": "api", "details": "machine text"}), ""),
        (raw("resolve", note="All fine"), "All fine"),
        (raw("notify", channel={"type": "auto", "summary": "not written by a human"}), ""),
    ],
)
def test_what_a_human_wrote_is_found(told: dict[str, Any], text: str) -> None:
    """Notes, status updates, requests and the words of who opened it; nothing a machine wrote."""
    (entry,) = read(told)
    assert entry.text == text


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        ({"channel": {"old_priority": None, "new_priority": {"name": "P1", "summary": "P1"}}}, "", "P1"),
        ({"channel": {"old_priority": {"name": "P3"}, "new_priority": {"name": "P1"}}}, "P3", "P1"),
        ({"summary": 'Priority changed from "P3" to "P1" by Kofi.'}, "P3", "P1"),
        ({"summary": 'Priority changed from "P3" to "none".'}, "P3", ""),
        ({"summary": "Changed the priority."}, "", ""),
    ],
)
def test_a_priority_change_tells_both_values(fields: dict[str, Any], old: str, new: str) -> None:
    """From the references where they came, else from PagerDuty's sentence."""
    (entry,) = read(raw("priority_change", **fields))
    assert (entry.field, entry.old, entry.new) == ("priority", old, new)


def test_an_entry_that_changed_two_fields_becomes_two() -> None:
    """Each change has its own row, and ids stay unique."""
    changeset = {
        "application_fields": [{"name": "title", "value": "Checkout down", "old_value": "Alert"}],
        "customer_fields": [{"name": "regions", "value": ["eu1", "us1"], "old_value": None}, {"value": 1}, "junk"],
    }
    told = raw("custom_field_value_change", channel={"type": "website", "changeset": changeset})
    changes = [(entry.id, entry.field, entry.old, entry.new) for entry in read(told)]
    assert changes == [("RCUS000", "title", "Alert", "Checkout down"), ("RCUS000.2", "regions", "", "eu1, us1")]


@pytest.mark.parametrize(("value", "shown"), [(True, "yes"), (False, "no"), (12, "12"), (1.5, "1.5"), ("none", "")])
def test_values_of_fields_are_shown_as_text(value: object, shown: str) -> None:
    """Custom fields hold all kinds of values."""
    changeset = {"customer_fields": [{"name": "f", "value": value}]}
    (entry,) = read(raw("field_value_change", channel={"changeset": changeset}))
    assert entry.new == shown


def test_entries_without_agent_channel_or_summary_are_kept() -> None:
    """Only an id and an instant are needed."""
    (entry,) = read({"id": "R1", "created_at": "2026-03-14T09:13:02Z"})
    assert entry == LogEntry(
        id="R1",
        type="unknown",
        known=False,
        at=START,
        agent=Agent(kind=AgentKind.UNKNOWN, name=""),
        channel="",
        summary="",
    )


def test_unreadable_entries_are_counted_and_the_others_kept() -> None:
    """The gap says how many and why."""
    reading = read_log([raw("trigger"), {**raw("assign"), "created_at": "soon"}, {"type": "x"}, None, "text"])
    assert [entry.type for entry in reading.items] == ["trigger"]
    (gap,) = reading.gaps("the incident's log")
    assert gap.what == "4 of 5 entries of the incident's log"
    assert gap.reason == "no id (3), no usable time (1)"


def test_every_type_of_the_reference_is_known() -> None:
    """The documented ones and those that consumers see."""
    assert {"trigger", "acknowledge", "notify", "status_update", "priority_change", "link", "reassign"} <= KNOWN_TYPES


def test_trigger_entries_tell_of_their_alerts() -> None:
    """One for each deduplication key, from its first entry; only with a payload of Alertmanager."""
    details = {"firing": [{"labels": {"alertname": "A"}, "startsAt": "2026-03-14T09:12:30Z"}]}
    channel = {"type": "api", "description": "[FIRING:1] A", "incident_key": "k1", "details": details}
    cef = {"client": "Alertmanager", "client_url": "https://am.example", "severity": "critical", "details": details}
    other = {"type": "api", "incident_key": "k2", "cef_details": {**cef, "dedup_key": "k2"}, "summary": "B"}
    told = [
        raw("trigger", 60, channel={**channel, "details": {"firing": []}}),
        raw("trigger", 30, channel=channel, service=SERVICE),
        raw("trigger", 20, channel={**channel, "description": "[FIRING:1] A, first"}, service=SERVICE),
        raw("trigger", 10, channel=other),
        raw("resolve", 90, channel=channel),
    ]
    second, first = read_trigger_alerts(told)
    assert (first.id, first.title, first.key, first.service, first.service_id) == (
        "RTRI020",
        "[FIRING:1] A, first",
        "k1",
        "checkout-api",
        "PSVCCHK",
    )
    assert first.firing[0].starts_at == datetime(2026, 3, 14, 9, 12, 30, tzinfo=UTC)
    assert (second.key, second.title, second.severity, second.links[0].href) == (
        "k2",
        "B",
        "critical",
        "https://am.example",
    )
