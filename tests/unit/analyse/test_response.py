"""Pages, detection, acknowledgement and first action: who knew when, and who answered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.response import Surroundings, response_facts
from pm_autofill.evidence.incident import Agent, AgentKind, IncidentRecord, LogEntry, OtherIncident, Responder
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.findings import Basis, Fact, Known, Unknown
from tests.unit.analyse.cases import ANN, BOB, ROBOT, SOURCES, alert, at, entry, evidence, incident, note, page, record

HOLD = timedelta(minutes=15)


def facts(told: IncidentRecord | None, start: float | None = 0, **statements: str) -> dict[str, Fact]:
    """The facts that follow, the impact having started at noon."""
    named = {name.replace("__", "."): value for name, value in statements.items()}
    surroundings = Surroundings(None if start is None else at(start), HOLD, named)
    return response_facts(evidence(pagerduty=told), surroundings)


def when(fact: Fact) -> float:
    """A known instant as minutes after noon."""
    assert isinstance(fact, Known), fact
    return (fact.instant - at(0)).total_seconds() / 60


def method(fact: Fact) -> str:
    """How a fact was found."""
    assert isinstance(fact, Known)
    return fact.method


def reason(fact: Fact) -> str:
    """Why a fact is unknown."""
    assert isinstance(fact, Unknown)
    return fact.reason


def merged(minutes: float, id_: str = "M1") -> OtherIncident:
    """An incident merged into this one."""
    return OtherIncident(id=id_, title="t", url="", at=at(minutes), relation="merged")


def with_merged(*log: LogEntry, others: dict[str, tuple[float, tuple[LogEntry, ...] | None]]) -> IncidentRecord:
    """The incident with merged ones: id to trigger and log."""
    read = {id_: entries for id_, (_, entries) in others.items() if entries is not None}
    return record(
        *log,
        merged=tuple(merged(minutes, id_) for id_, (minutes, _) in others.items()),
        merged_logs=read,
        sources={**SOURCES, **{f"log.{id_}": f"pd.log.{id_}" for id_ in read}},
    )


def test_a_paged_and_acknowledged_incident() -> None:
    """Page, detection by it, acknowledgement, first action."""
    found = facts(record(entry("trigger", 5, ROBOT), page(6), page(7, "Bob"), entry("acknowledge", 8)))
    assert when(found["incident.triggered"]) == 5
    assert when(found["incident.resolved"]) == 60
    assert when(found["page.sent"]) == when(found["detection.time"]) == 6
    assert when(found["response.acknowledged"]) == when(found["response.first_action"]) == 8
    assert method(found["page.sent"]) == "first notification to a person"
    assert method(found["response.first_action"]) == "first responder action: acknowledgement"
    assert isinstance(found["detection.method"], Known)
    assert found["detection.method"].text == "Alert"
    for fact in found.values():
        assert isinstance(fact, Known)
        assert fact.basis is Basis.RECORDED
        assert fact.sources


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ((entry("trigger", 5, ROBOT),), "no notification is logged"),
        ((entry("trigger", 5), entry("acknowledge", 6), page(7)), "a human acknowledged before the first notification"),
    ],
)
def test_without_a_page_the_trigger_stands_for_it(log: tuple[LogEntry, ...], why: str) -> None:
    """And the method says why."""
    sent = facts(record(*log))["page.sent"]
    assert when(sent) == 5
    assert method(sent) == f"trigger of the PagerDuty incident; {why}"


def test_a_notification_without_a_name_was_sent_to_somebody() -> None:
    """Accounts are deleted, names are addresses."""
    assert when(facts(record(entry("trigger", 5, ROBOT), replace(page(6), people=())))["page.sent"]) == 6


def test_an_acknowledgement_by_a_machine_does_not_make_the_page_late() -> None:
    """Only a human's shows that somebody knew before."""
    assert when(facts(record(entry("acknowledge", 5.5, ROBOT), page(6)))["page.sent"]) == 6


def test_an_unread_log_leaves_pages_and_answers_unknown() -> None:
    """It may hold a page: the trigger does not stand for it."""
    unread = record(sources={"incident": "pd.incident"})
    found = facts(unread)
    for name in ("page.sent", "detection.time", "response.acknowledged", "response.first_action"):
        assert reason(found[name]) == "PagerDuty's log could not be read"
    assert when(found["incident.triggered"]) == 5


def test_the_earliest_page_over_merged_incidents_counts() -> None:
    """Also where it was sent for the incident that was merged."""
    told = with_merged(
        page(9), entry("acknowledge", 12), others={"M1": (3, (page(4, "Bob"), entry("acknowledge", 6, BOB)))}
    )
    found = facts(told)
    assert when(found["page.sent"]) == 4
    assert when(found["response.acknowledged"]) == when(found["response.first_action"]) == 6
    assert isinstance(found["page.sent"], Known)
    assert found["page.sent"].sources == ("pd.log.M1",)


def test_incidents_triggered_long_before_the_impact_do_not_count() -> None:
    """Fifteen minutes before S still do, sixteen do not; without S all do."""
    told = with_merged(page(9), others={"M1": (-16, (page(-15),)), "M2": (-15, (page(-14),))})
    assert when(facts(told)["page.sent"]) == -14
    assert when(facts(told, start=None)["page.sent"]) == -15
    assert when(facts(told, start=2)["page.sent"]) == 9


def test_an_incident_that_is_itself_early_still_has_its_page() -> None:
    """Nobody merged into it: the page before the impact is shown, and the time to detect is negative."""
    told = record(page(-30), page(10), incident=incident(created_at=at(-31)))
    assert when(facts(told)["page.sent"]) == -30


def test_a_merged_incident_without_a_log_may_have_paged_before() -> None:
    """Of the others' pages none is the first for sure."""
    told = with_merged(page(9), entry("acknowledge", 12), others={"M1": (3, None)})
    found = facts(told)
    assert reason(found["page.sent"]) == (
        "the log was read in part only (missing: the log of incident M1, which was merged into it); "
        "so far as it was read, the earliest page is of 2026-11-18 12:09:00 UTC"
    )
    assert "the earliest acknowledgement by a person is of" in reason(found["response.acknowledged"])
    assert isinstance(found["response.first_action"], Unknown)


def test_a_merged_incident_that_paged_nobody_counts_from_its_trigger() -> None:
    """As the incident itself would."""
    told = with_merged(page(9), others={"M1": (3, (entry("trigger", 3, ROBOT),))})
    assert when(facts(told)["page.sent"]) == 3


def test_an_incident_opened_by_hand_was_detected_by_a_person() -> None:
    """At its trigger, before anybody was paged."""
    told = record(page(7), incident=incident(alert_count=0, opened_by=ANN))
    found = facts(told)
    assert (when(found["detection.time"]), when(found["page.sent"])) == (5, 7)
    assert isinstance(found["detection.method"], Known)
    assert found["detection.method"].text == "Manual observation"
    assert method(found["detection.time"]) == "a person opened the incident"


def test_an_alert_in_the_incident_makes_it_no_manual_one() -> None:
    """Whoever opened it."""
    told = record(page(7), incident=incident(alert_count=0, opened_by=ANN), alerts=(alert(5),))
    found = facts(told)
    assert when(found["detection.time"]) == 7
    assert isinstance(found["detection.method"], Known)
    assert found["detection.method"].text == "Alert"


def test_an_alert_that_came_after_the_person_does_not_make_it_one_s_own() -> None:
    """Merged in later: somebody had opened the incident before it fired."""
    told = record(page(7), incident=incident(alert_count=1, opened_by=ANN), alerts=(alert(12),))
    found = facts(told)
    assert when(found["detection.time"]) == 5
    assert isinstance(found["detection.method"], Known)
    assert found["detection.method"].text == "Manual observation"
    unread = facts(record(page(7), incident=incident(alert_count=1, opened_by=ANN)))
    assert reason(unread["detection.method"]) == (
        "a person opened the incident or one of its alerts did, which could not be read"
    )
    assert reason(unread["detection.time"]) == reason(unread["detection.method"])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("acknowledge", "acknowledgement"),
        ("annotate", "note"),
        ("status_update", "status update"),
        ("responder_request", "request for help"),
        ("responder_request_for_escalation_policy", "request for help"),
        ("responder_accept", "acceptance of a request for help"),
    ],
)
def test_what_counts_as_an_action(kind: str, words: str) -> None:
    """By a person, at or after the page."""
    action = facts(record(page(6), entry(kind, 6)))["response.first_action"]
    assert when(action) == 6
    assert method(action) == f"first responder action: {words}"


@pytest.mark.parametrize("kind", ["trigger", "resolve", "reassign", "escalate", "delegate", "snooze", "unacknowledge"])
def test_what_counts_as_none(kind: str) -> None:
    """Opening, resolving, reassigning, escalating, ..."""
    action = facts(record(page(6), entry(kind, 8)))["response.first_action"]
    assert reason(action) == "no action of a responder is recorded after the page"


def test_machines_and_things_before_the_page_are_no_response() -> None:
    """Whatever they did."""
    told = record(entry("annotate", 5.5), page(6), entry("acknowledge", 7, ROBOT), entry("annotate", 20))
    found = facts(told)
    assert when(found["response.first_action"]) == 20
    assert reason(found["response.acknowledged"]) == "only automation acknowledged"


def test_notes_and_joined_responders_count_too() -> None:
    """With the sources that tell of them; a request that is pending or was declined does not."""
    told = record(page(6), notes=(note(9), note(6.5, ROBOT)))
    first = facts(told)["response.first_action"]
    assert (when(first), method(first)) == (9, "first responder action: note")
    assert isinstance(first, Known)
    assert first.sources == ("pd.notes",)
    helped = incident(
        responders=(
            Responder(name="Cem", state="pending", asked_at=at(6)),
            Responder(name="Dee", state="declined", answered_at=at(7)),
            Responder(name="Eve", state="joined", answered_at=at(8)),
        )
    )
    joined = facts(replace(told, incident=helped))["response.first_action"]
    assert (when(joined), method(joined)) == (8, "first responder action: acceptance of a request for help")


def test_nobody_answering_is_said() -> None:
    """Not a time, and no gap."""
    found = facts(record(page(6)))
    assert reason(found["response.acknowledged"]) == "nobody acknowledged the incident"


def test_an_open_incident_is_not_resolved() -> None:
    """Ask again later."""
    found = facts(record(page(6), incident=incident(resolved_at=None, status="acknowledged")))
    assert found["incident.resolved"] == Unknown(
        reason="the PagerDuty incident is still open", ask="again later: run the same command"
    )


def test_a_resolve_without_a_time_is_not_an_open_incident() -> None:
    """The answer lacks it."""
    found = facts(record(page(6), incident=incident(resolved_at=None, status="resolved")))
    assert reason(found["incident.resolved"]) == "PagerDuty does not say when the incident was resolved"


SOMEBODY = Agent(kind=AgentKind.UNKNOWN, name="")


def test_somebody_is_neither_a_person_nor_automation() -> None:
    """One who acknowledged first and is not named leaves both facts unknown; who came before them is known."""
    found = facts(record(page(6), entry("acknowledge", 7, SOMEBODY), entry("acknowledge", 8)))
    assert reason(found["response.acknowledged"]) == "the log does not say who acknowledged at 2026-11-18 12:07:00 UTC"
    assert reason(found["response.first_action"]) == reason(found["response.acknowledged"])
    later = facts(record(page(6), entry("acknowledge", 7), entry("acknowledge", 8, SOMEBODY)))
    assert when(later["response.acknowledged"]) == when(later["response.first_action"]) == 7


@pytest.mark.parametrize("state", [State.PARTIAL, State.REFUSED])
@pytest.mark.parametrize("key", ["incident.log", "incident.window", "incident.same_alert.1"])
def test_the_first_of_a_log_in_part_is_unknown(key: str, state: State) -> None:
    """Neither the page nor the answer in it is known to be the first; nor is it where merged ones are not known."""
    told = record(page(6), entry("acknowledge", 8))
    every = {f"incident.{part}": Answered(state=State.COMPLETE) for part in ("log", "alerts", "notes", "window")}
    whole = evidence(pagerduty=told, readings=every)
    cut = evidence(pagerduty=told, readings={**every, key: Answered(state=state, missing="the rest of it")})
    names = ("page.sent", "response.acknowledged", "response.first_action", "detection.time")
    surroundings = Surroundings(at(0), HOLD, {})
    assert [when(response_facts(whole, surroundings)[name]) for name in names] == [6, 8, 8, 6]
    assert all(isinstance(response_facts(cut, surroundings)[name], Unknown) for name in names)


def test_without_an_incident_nothing_is_known() -> None:
    """Seven facts, one reason; what is stated is known all the same."""
    assert {reason(fact) for fact in facts(None).values()} == {"there is no PagerDuty incident to read it from"}
    found = facts(None, page__sent=at(6).isoformat())
    assert when(found["page.sent"]) == when(found["detection.time"]) == 6


def stated(minutes: float) -> str:
    """An instant as typed."""
    return at(minutes).isoformat()


def test_what_follows_from_a_stated_page_follows() -> None:
    """Detection, and the first action at or after it."""
    told = record(page(6), entry("acknowledge", 8), entry("annotate", 20))
    found = facts(told, page__sent=stated(10))
    assert (when(found["page.sent"]), when(found["detection.time"])) == (10, 10)
    assert isinstance(found["detection.time"], Known)
    assert found["detection.time"].basis is Basis.STATED
    assert when(found["response.first_action"]) == 20
    assert when(found["response.acknowledged"]) == 8


def test_what_follows_from_a_stated_trigger_follows() -> None:
    """It stands for the page where none was sent, and for the detection of an incident opened by hand."""
    told = record(entry("trigger", 5), incident=incident(alert_count=0, opened_by=ANN))
    found = facts(told, incident__triggered=stated(3))
    assert [when(found[name]) for name in ("incident.triggered", "page.sent", "detection.time")] == [3, 3, 3]


def test_a_customer_s_report_is_stated() -> None:
    """Its time and method are kept as said; the page stays."""
    found = facts(record(page(6)), detection__time=stated(2), detection__method="Customer report")
    assert (when(found["detection.time"]), when(found["page.sent"])) == (2, 6)
    assert isinstance(found["detection.method"], Known)
    assert found["detection.method"].text == "Customer report"


def test_the_first_of_several_acknowledgements_counts() -> None:
    """In whatever order the log lists them; ties break the same way each time."""
    told = record(page(6), entry("acknowledge", 9, BOB), entry("acknowledge", 8), entry("annotate", 8))
    assert when(facts(told)["response.acknowledged"]) == 8
    assert method(facts(told)["response.first_action"]) == "first responder action: acknowledgement"
    assert isinstance(at(8), datetime)
