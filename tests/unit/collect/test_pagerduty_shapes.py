"""Incidents, alerts, notes, changes and neighbours, from the official shapes and from broken ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.collect.pagerduty.incidents import read_incident, read_incidents, read_others, sort_neighbours
from pm_autofill.collect.pagerduty.log import read_log
from pm_autofill.collect.pagerduty.reading import Unreadable
from pm_autofill.collect.pagerduty.shapes import complete_alerts, read_alerts, read_changes, read_notes
from pm_autofill.evidence.incident import (
    Agent,
    AgentKind,
    Alert,
    ChangeEvent,
    FiringAlert,
    Incident,
    Link,
    Note,
    OtherIncident,
    Responder,
)
from tests.world.schemas import ABSENT, data_folder

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 14, 9, 13, 2, tzinfo=UTC)
END = datetime(2026, 3, 14, 10, 2, 15, tzinfo=UTC)
SERVICE = {"id": "PSVCCHK", "type": "service_reference", "summary": "checkout-api"}
RAW: dict[str, Any] = {
    "id": "Q1CHKOUT7X4M2A",
    "incident_number": 48213,
    "title": "[FIRING:1] CheckoutErrorBudgetBurn",
    "summary": "[#48213] CheckoutErrorBudgetBurn",
    "html_url": "https://acme.pagerduty.com/incidents/Q1CHKOUT7X4M2A",
    "status": "resolved",
    "created_at": "2026-03-14T09:13:02Z",
    "resolved_at": "2026-03-14T10:02:15Z",
    "last_status_change_at": "2026-03-14T10:02:15Z",
    "service": SERVICE,
    "urgency": "high",
    "priority": {"summary": "P1", "name": "P1"},
    "alert_counts": {"all": 2, "triggered": 0, "resolved": 2},
    "resolve_reason": None,
    "incidents_responders": [],
}
INCIDENT = Incident(
    id="Q1CHKOUT7X4M2A",
    number=48213,
    title="[FIRING:1] CheckoutErrorBudgetBurn",
    url="https://acme.pagerduty.com/incidents/Q1CHKOUT7X4M2A",
    status="resolved",
    created_at=AT,
    resolved_at=END,
    service_id="PSVCCHK",
    service="checkout-api",
    urgency="high",
    priority="P1",
    alert_count=2,
)


@pytest.fixture
def samples() -> Path:
    """The folder with the sample answers, which are no part of this project."""
    folder = data_folder()
    if folder is None:
        pytest.skip(ABSENT)
    return folder / "pagerduty" / "samples"


def test_a_resolved_incident_is_read_whole() -> None:
    """Every field that is kept, from its place in the official shape."""
    assert read_incident(RAW) == INCIDENT


def test_a_resolved_incident_without_its_time_ended_when_its_status_last_changed() -> None:
    """That time is not taken for an incident that is open."""
    assert read_incident({**RAW, "resolved_at": None}).resolved_at == END
    assert read_incident({**RAW, "resolved_at": None, "status": "acknowledged"}).resolved_at is None


def test_a_reopened_incident_is_open() -> None:
    """What its status says counts, not a time left over."""
    assert read_incident({**RAW, "status": "triggered"}).resolved_at is None


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"incident_number": None}, "number", 48213),
        ({"incident_number": None, "summary": "no number"}, "number", None),
        ({"title": None}, "title", "[#48213] CheckoutErrorBudgetBurn"),
        ({"title": None, "summary": 7}, "title", "Incident Q1CHKOUT7X4M2A"),
        ({"html_url": "javascript:1"}, "url", ""),
        ({"status": None}, "status", "resolved"),
        ({"status": None, "resolved_at": None}, "status", "unknown"),
        ({"service": None}, "service", ""),
        ({"priority": None}, "priority", None),
        ({"priority": {"summary": None, "name": "P2"}}, "priority", "P2"),
        ({"alert_counts": "two"}, "alert_count", 0),
        ({"urgency": 7}, "urgency", ""),
    ],
)
def test_a_field_that_is_missing_or_wrong_spoils_no_other(fields: dict[str, Any], name: str, expected: object) -> None:
    """It falls back on what tells the same, else it is empty."""
    assert getattr(read_incident({**RAW, **fields}), name) == expected


@pytest.mark.parametrize("value", [None, [], "text", {}, {**RAW, "id": "P1/../x"}, {**RAW, "created_at": None}])
def test_an_incident_without_id_or_beginning_is_none(value: object) -> None:
    """Nothing can be drafted about it."""
    with pytest.raises(Unreadable):
        read_incident(value)


def test_who_opened_it_stands_in_its_first_entry_when_that_is_included() -> None:
    """A bare reference tells nothing."""
    entry = {"type": "trigger_log_entry", "agent": {"type": "user_reference", "summary": "Noor Haddad"}}
    assert read_incident({**RAW, "first_trigger_log_entry": entry}).opened_by == Agent(
        kind=AgentKind.PERSON, name="Noor Haddad"
    )
    reference = {"type": "trigger_log_entry_reference", "id": "R01"}
    assert read_incident({**RAW, "first_trigger_log_entry": reference}).opened_by.kind is AgentKind.UNKNOWN


def test_a_merge_tells_its_target() -> None:
    """Any other reason, or a target without an id, is no merge."""
    target = {"type": "merge_resolve_reason", "incident": {"id": "Q2TARGET"}}
    assert read_incident({**RAW, "resolve_reason": target}).merged_into == "Q2TARGET"
    for reason in (
        {**target, "type": "other"},
        {**target, "incident": None},
        {**target, "incident": {"id": "a/b"}},
        "x",
    ):
        assert read_incident({**RAW, "resolve_reason": reason}).merged_into == ""


def test_responders_tell_when_they_were_asked_and_when_they_answered() -> None:
    """Zones are mixed within one object; a pending request has no answer yet."""
    asked = {"requested_at": "2026-03-14T09:23:00Z", "updated_at": "2026-03-14T02:25:10-07:00"}
    requests = [
        {"state": "joined", "user": {"type": "user_reference", "summary": "Lena Fischer"}, **asked},
        {"state": "pending", "user": {"type": "user_reference", "summary": "Ada Obi"}, **asked},
        {"state": "joined", "user": None},
        "junk",
    ]
    at = datetime(2026, 3, 14, 9, 23, tzinfo=UTC)
    assert read_incident({**RAW, "incidents_responders": requests}).responders == (
        Responder(
            name="Lena Fischer",
            state="joined",
            asked_at=at,
            answered_at=datetime(2026, 3, 14, 9, 25, 10, tzinfo=UTC),
        ),
        Responder(name="Ada Obi", state="pending", asked_at=at),
    )


def test_an_alert_is_read_whole() -> None:
    """Its own time and service, which need not be the incident's; payload and links from both notations."""
    raw = {
        "id": "Q0ALERTDB",
        "summary": "[FIRING:1] OrdersDbPoolExhausted",
        "created_at": "2026-03-14T09:10:48Z",
        "status": "resolved",
        "severity": None,
        "alert_key": "c9e8",
        "service": {"id": "PSVCDB1", "summary": "orders-db"},
        "body": {
            "contexts": [{"type": "link", "href": "https://am.example", "text": "View"}],
            "details": None,
            "cef_details": {
                "severity": "warning",
                "client": "Alertmanager",
                "client_url": "https://am.example/#/alerts",
                "details": {"firing": [{"labels": {"alertname": "OrdersDbPoolExhausted"}}]},
            },
        },
    }
    assert read_alerts([raw]).items == (
        Alert(
            id="Q0ALERTDB",
            at=datetime(2026, 3, 14, 9, 10, 48, tzinfo=UTC),
            title="[FIRING:1] OrdersDbPoolExhausted",
            key="c9e8",
            severity="warning",
            status="resolved",
            service="orders-db",
            service_id="PSVCDB1",
            firing=(FiringAlert(labels={"alertname": "OrdersDbPoolExhausted"}, annotations={}),),
            links=(
                Link(href="https://am.example", text="View"),
                Link(href="https://am.example/#/alerts", text="Alertmanager"),
            ),
        ),
    )


def test_alerts_stand_by_time_and_once_each() -> None:
    """Whatever order and however often they came; unreadable ones are counted."""
    late, early = {"id": "A2", "created_at": "2026-03-14T09:13:02Z"}, {"id": "A1", "created_at": "2026-03-14T09:10:48Z"}
    reading = read_alerts([late, early, late, {"id": "A3"}, None])
    assert [alert.id for alert in reading.items] == ["A1", "A2"]
    assert reading.skipped == ("no usable time", "no id")


def test_the_log_completes_alerts_that_came_without_a_payload() -> None:
    """By the deduplication key; an alert with a payload of its own keeps it."""
    told = FiringAlert(labels={"alertname": "A"}, annotations={})
    link, own = Link(href="https://am.example", text="log"), Link(href="https://am.example/own", text="own")
    trigger = Alert(id="R1", at=AT, title="A", key="k1", severity="critical", firing=(told,), links=(link,))
    bare, other = Alert(id="A1", at=AT, title="A", key="k1"), Alert(id="A2", at=END, title="B", key="k2")
    first, second = complete_alerts((other, bare), (trigger,))
    assert (first.id, first.firing, first.severity) == ("A1", (told,), "critical")
    assert first.links == (link,)
    assert second == other
    linked = Alert(id="A1", at=AT, title="A", key="k1", severity="error", links=(own,))
    (kept,) = complete_alerts((linked,), (trigger,))
    assert (kept.firing, kept.links, kept.severity) == ((told,), (own,), "error")
    full = Alert(id="A1", at=AT, title="A", key="k1", firing=(FiringAlert(labels={"alertname": "Z"}, annotations={}),))
    assert complete_alerts((full,), (trigger,)) == (full,)


def test_the_log_stands_in_for_alerts_that_could_not_be_had() -> None:
    """Then its trigger entries are the alerts."""
    trigger = Alert(id="R1", at=AT, title="A", key="k1")
    assert complete_alerts((), (trigger,)) == (trigger,)


def test_notes_tell_people_from_bots() -> None:
    """Times come in the account's zone; an emptied note is no note, and no gap."""
    raw = [
        {
            "id": "PN2",
            "user": {"type": "bot_user_reference", "summary": "Runbook bot"},
            "content": "Runbook",
            "created_at": "2026-03-14T10:13:05+01:00",
        },
        {
            "id": "PN1",
            "user": {"type": "user_reference", "summary": "lena@example.org"},
            "content": "Call +1 555 0100\nor lena@example.org",
            "created_at": "2026-03-14T09:13:02Z",
        },
        {"id": "PN3", "content": " ", "created_at": "2026-03-14T09:13:02Z"},
    ]
    reading = read_notes([*raw, {"id": "PN4", "content": None, "created_at": "2026-03-14T09:13:02Z"}])
    assert reading.items == (
        Note(
            id="PN1",
            at=AT,
            author=Agent(kind=AgentKind.PERSON, name="a responder"),
            text="Call [phone]\nor [address]",
        ),
        Note(
            id="PN2",
            at=datetime(2026, 3, 14, 9, 13, 5, tzinfo=UTC),
            author=Agent(kind=AgentKind.AUTOMATION, name="Runbook bot"),
            text="Runbook",
        ),
    )
    assert reading.skipped == ("no text",)


def test_a_change_event_is_read_whole() -> None:
    """When, what, from where, and why PagerDuty relates it."""
    raw = {
        "id": "01BBYA6PEVW6A852BUO6QYUE7O",
        "timestamp": "2026-03-14T09:05:00Z",
        "summary": "Deployed checkout-api 2026.3.14-1",
        "source": "git.example",
        "links": [{"href": "https://git.example/runs/8812", "text": "Run"}, {"href": "javascript:1"}],
        "correlation_reason": {"reason": "most_recent"},
    }
    assert read_changes([raw]).items == (
        ChangeEvent(
            id="01BBYA6PEVW6A852BUO6QYUE7O",
            at=datetime(2026, 3, 14, 9, 5, tzinfo=UTC),
            summary="Deployed checkout-api 2026.3.14-1",
            origin="git.example",
            links=(Link(href="https://git.example/runs/8812", text="Run"),),
            correlation="most_recent",
        ),
    )


@pytest.mark.parametrize(
    ("parts", "services", "tags"),
    [
        ({"services": [{"id": "PSVC", "summary": "web"}, {"id": "POTHER"}]}, {"PSVC": "web", "POTHER": ""}, ()),
        ({"services": [{"summary": "web"}, None, "PSVC"]}, {}, ()),
        ({"services": {"id": "PSVC"}}, {}, ()),
        ({"custom_details": {"type": "rollback", "version": "1.41"}}, {}, ("type:rollback", "version:1.41")),
        ({"custom_details": {"build": 4711, "ok": True, "ratio": 0.5}}, {}, ("build:4711", "ok:true")),
        ({"custom_details": {"tags": ["deploy", 7, None, {}]}}, {}, ("deploy", "7")),
        ({"custom_details": {"": "x", "a b": "x", "log": "y" * 65, "nested": {"a": 1}, "gone": None}}, {}, ()),
        ({"custom_details": "deploy"}, {}, ()),
        ({"custom_details": {f"k{n}": "v" for n in range(100)}}, {}, tuple(f"k{n}:v" for n in range(30))),
    ],
)
def test_a_change_event_tells_its_services_and_what_it_is(
    parts: dict[str, object], services: dict[str, str], tags: tuple[str, ...]
) -> None:
    """What is short of its details, as tags; nothing of what nobody could tell a kind by."""
    raw = {"id": "C1", "timestamp": "2026-03-14T09:05:00Z", "summary": "Change", **parts}
    (found,) = read_changes([raw]).items
    assert (found.services, found.tags) == (services, tags)


def test_other_incidents_have_a_page_beside_the_own_one() -> None:
    """The answer tells none; the incident itself is not its own neighbour."""
    raw = [
        {"incident": {"id": "PFBE9I2", "created_at": "2025-11-04T16:08:15Z", "title": "Broken"}, "score": 46.8},
        {"incident": {**RAW}},
        {"incident": None},
    ]
    reading = read_others(raw, "past", INCIDENT)
    assert reading.items == (
        OtherIncident(
            id="PFBE9I2",
            title="Broken",
            url="https://acme.pagerduty.com/incidents/PFBE9I2",
            at=datetime(2025, 11, 4, 16, 8, 15, tzinfo=UTC),
            relation="past",
        ),
    )
    assert reading.skipped == ("no id",)
    pageless = read_others(raw[:1], "past", read_incident({**RAW, "html_url": None}))
    assert pageless.items[0].url == ""


def test_neighbours_are_merged_ones_anywhere_and_others_on_the_same_service() -> None:
    """An incident on another service matters only if it was merged."""
    merge = {"type": "merge_resolve_reason", "incident": {"id": INCIDENT.id}}
    raw = [
        {**RAW},
        {**RAW, "id": "Q2BESIDE", "incident_number": 48214},
        {**RAW, "id": "Q3MERGED", "resolve_reason": merge, "service": {"id": "PSVCPAY"}},
        {**RAW, "id": "Q4FOREIGN", "service": {"id": "PSVCPAY"}},
    ]
    beside = sort_neighbours(read_incidents(raw).items, INCIDENT)
    assert [(one.id, one.relation) for one in beside.merged] == [("Q3MERGED", "merged")]
    assert [(one.id, one.relation, one.number) for one in beside.others] == [("Q2BESIDE", "same window", 48214)]


def test_the_sample_answers_are_read_without_a_skip(samples: Path) -> None:
    """One invented incident in the official shapes: fifteen entries, two alerts in two notations, two notes."""

    def load(name: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads((samples / f"{name}.json").read_bytes())

    incident = read_incident(load("incident")["incident"])
    log = read_log(load("log_entries")["log_entries"])
    alerts = read_alerts(load("alerts")["alerts"])
    notes = read_notes(load("notes")["notes"])
    assert (incident.id, incident.number, incident.priority) == ("Q1CHKOUT7X4M2A", 48213, "P1")
    assert (log.skipped, alerts.skipped, notes.skipped) == ((), (), ())
    assert [entry.type for entry in log.items] == [
        "trigger",
        "assign",
        "notify",
        "notify",
        "escalate",
        "acknowledge",
        "priority_change",
        "responder_request_for_escalation_policy",
        "annotate",
        "link",
        "status_update",
        "annotate",
        "unacknowledge",
        "acknowledge",
        "resolve",
    ]
    assert all(entry.known for entry in log.items)
    first_ack = next(entry for entry in log.items if entry.type == "acknowledge")
    assert (first_ack.at - incident.created_at).total_seconds() == load("analytics")["seconds_to_first_ack"] == 398
    database, checkout = alerts.items
    assert (database.service_id, database.firing[0].starts_at) == ("PSVCDB1", None)
    assert checkout.firing[0].starts_at == datetime(2026, 3, 14, 9, 12, 30, tzinfo=UTC)
    assert [note.at for note in notes.items] == [
        datetime(2026, 3, 14, 9, 13, 5, tzinfo=UTC),
        datetime(2026, 3, 14, 9, 27, 45, tzinfo=UTC),
    ]
