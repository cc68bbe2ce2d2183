"""The facts of the response as tables: each with its method and sources, or with its reason and whom to ask."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.response import Opened, Surroundings, opened, response_facts
from pm_autofill.evidence.incident import Agent, AgentKind, IncidentRecord, LogEntry, OtherIncident, Responder
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from tests.unit.analyse.cases import ANN, ROBOT, SOURCES, alert, at, entry, evidence, incident, note, page, record

SOMEBODY = Agent(kind=AgentKind.UNKNOWN, name="")
RESPONDERS = "the responders"
AGAIN = "again later: run the same command"
INTO = "incident P2, into which it was merged"
CUT = Answered(state=State.PARTIAL, missing="the rest")
WHOLE = Answered(state=State.COMPLETE)
EVERY = {f"incident.{part}": WHOLE for part in ("log", "alerts", "notes", "window")}


def facts(told: IncidentRecord | None, **marks: Answered) -> dict[str, Fact]:
    """The facts that follow for an impact from noon on; every question was answered but those marked otherwise."""
    readings = {**EVERY, **{f"incident.{part}": one for part, one in marks.items()}}
    surroundings = Surroundings(at(0), timedelta(minutes=15), {})
    return response_facts(evidence(pagerduty=told, readings=readings), surroundings)


def instant(minutes: float, method: str, *sources: str) -> Known:
    """A recorded instant."""
    return Known(value=at(minutes), unit=Unit.INSTANT, basis=Basis.RECORDED, method=method, sources=sources)


def unknown(reason: str, ask: str = RESPONDERS) -> Unknown:
    """An unknown fact."""
    return Unknown(reason=reason, ask=ask)


@pytest.mark.parametrize(
    ("by", "arrivals", "count", "how"),
    [
        (ANN, (5,), 1, Opened.BY_ALERT),
        (ANN, (5.02,), 1, Opened.BY_HAND),
        (ANN, (), 0, Opened.BY_HAND),
        (ANN, (), 1, unknown("a person opened the incident or one of its alerts did, which could not be read")),
        (ANN, (9,), 2, unknown("a person opened the incident or one of its alerts did, which could not be read")),
        (SOMEBODY, (6,), 1, Opened.BY_ALERT),
        (SOMEBODY, (9, 4), 2, Opened.BY_ALERT),
        (SOMEBODY, (6.02,), 1, unknown("PagerDuty does not say who opened the incident")),
        (SOMEBODY, (), 0, unknown("PagerDuty does not say who opened the incident")),
        (ROBOT, (), 0, Opened.BY_ALERT),
        (ROBOT, (9,), 1, Opened.BY_ALERT),
    ],
)
def test_how_an_incident_was_opened(by: Agent, arrivals: tuple[float, ...], count: int, how: Opened | Unknown) -> None:
    """By an alert as old as it; where the opener is not told, a minute younger at most."""
    told = record(incident=incident(opened_by=by, alert_count=count), alerts=tuple(alert(one) for one in arrivals))
    assert opened(evidence(pagerduty=told, readings=EVERY)) == how
    fact = facts(told)["detection.method"]
    if isinstance(how, Unknown):
        assert fact == how
        return
    assert fact == Known(
        value="Alert" if how is Opened.BY_ALERT else "Manual observation",
        unit=Unit.TEXT,
        basis=Basis.RECORDED,
        method="an alert opened the incident" if how is Opened.BY_ALERT else "a person opened the incident",
        sources=("pd.incident",),
    )


def test_alerts_that_were_not_read_may_have_opened_it() -> None:
    """Those that were read count all the same."""
    by_hand = incident(opened_by=ANN, alert_count=0)
    gone = {**EVERY, "incident.alerts": Answered(state=State.REFUSED, missing="alerts")}
    told = record(incident=by_hand, alerts=(alert(5),))
    assert opened(evidence(pagerduty=told, readings=gone)) is Opened.BY_HAND
    part = {**EVERY, "incident.alerts": CUT}
    assert opened(evidence(pagerduty=told, readings=part)) is Opened.BY_ALERT


def test_of_an_incident_merged_into_an_unread_one_only_bounds_are_known() -> None:
    """The other one may have been triggered before, and opened by whomever."""
    found = facts(record(page(6), entry("acknowledge", 8), incident=incident(merged_into="P2")))
    part = f"the log was read in part only (missing: {INTO}); so far as it was read, the earliest"
    assert found == {
        "incident.triggered": unknown(
            f"it is unknown without {INTO}; so far as was read, it is 2026-11-18 12:05:00 UTC at the latest"
        ),
        "incident.resolved": unknown(f"it is unknown without {INTO}"),
        "page.sent": unknown(f"{part} page is of 2026-11-18 12:06:00 UTC"),
        "detection.time": found["page.sent"],
        "detection.method": unknown(f"how it was opened is unknown without {INTO}"),
        "response.acknowledged": unknown(f"{part} acknowledgement by a person is of 2026-11-18 12:08:00 UTC"),
        "response.first_action": found["page.sent"],
    }


@pytest.mark.parametrize(
    ("parts", "fact"),
    [
        ({}, instant(60, "resolution of the PagerDuty incident", "pd.incident")),
        (
            {"status": "triggered", "resolved_at": None},
            unknown("the PagerDuty incident is still open", AGAIN),
        ),
        (
            {"status": "acknowledged", "resolved_at": None},
            unknown("the PagerDuty incident is still open", AGAIN),
        ),
        (
            {"status": "resolved", "resolved_at": None},
            unknown("PagerDuty does not say when the incident was resolved"),
        ),
        ({"status": "", "resolved_at": None}, unknown("PagerDuty does not say when the incident was resolved")),
    ],
)
def test_when_it_was_resolved(parts: dict[str, object], fact: Fact) -> None:
    """Told, not yet, or not told."""
    assert facts(record(incident=incident(**parts)))["incident.resolved"] == fact


def test_the_trigger_rests_on_the_incident() -> None:
    """Where its source is not told, on the first that is; so does what follows from it."""
    method = "creation of the PagerDuty incident"
    turned = facts(record(sources=dict(reversed(SOURCES.items()))))
    assert turned["incident.triggered"] == instant(5, method, "pd.incident")
    assert turned["incident.resolved"] == instant(60, "resolution of the PagerDuty incident", "pd.incident")
    assert turned["page.sent"] == instant(5, NO_PAGE, "pd.incident", "pd.log")
    assert isinstance(turned["detection.method"], Known)
    assert turned["detection.method"].sources == ("pd.incident",)
    assert facts(record())["incident.triggered"] == instant(5, method, "pd.incident")
    other = record(sources={"log": "pd.log", "notes": "pd.notes"})
    assert facts(other)["incident.triggered"] == instant(5, method, "pd.log")
    assert facts(record(sources={}))["incident.triggered"] == instant(5, method)


FIRST = "first notification to a person"
NO_PAGE = "trigger of the PagerDuty incident; no notification is logged"
BEFORE = "trigger of the PagerDuty incident; a human acknowledged before the first notification"


@pytest.mark.parametrize(
    ("log", "fact"),
    [
        ((page(7), page(6)), instant(6, FIRST, "pd.log")),
        ((page(6), entry("acknowledge", 8)), instant(6, FIRST, "pd.log")),
        ((page(6), entry("acknowledge", 6)), instant(6, FIRST, "pd.log")),
        ((page(6), entry("acknowledge", 8), entry("acknowledge", 5.5)), instant(5, BEFORE, "pd.incident", "pd.log")),
        ((page(6), entry("acknowledge", 5.5, SOMEBODY)), instant(6, FIRST, "pd.log")),
        ((page(6), entry("annotate", 5.5)), instant(6, FIRST, "pd.log")),
        ((), instant(5, NO_PAGE, "pd.incident", "pd.log")),
        ((entry("acknowledge", 5.5),), instant(5, NO_PAGE, "pd.incident", "pd.log")),
    ],
)
def test_when_the_first_page_was_sent(log: tuple[LogEntry, ...], fact: Known) -> None:
    """To a person; the trigger stands for one that nobody waited for."""
    found = facts(record(*log))
    assert found["page.sent"] == found["detection.time"] == fact


UNREAD = Answered(state=State.REFUSED, missing="the log")
PART = "the log was read in part only (missing: the rest)"


@pytest.mark.parametrize(
    ("log", "mark", "sent", "acknowledged"),
    [
        (
            (page(6), entry("acknowledge", 8)),
            UNREAD,
            "PagerDuty's log could not be read",
            "PagerDuty's log could not be read",
        ),
        ((), CUT, PART, PART),
        (
            (page(9), page(6), entry("acknowledge", 7, ROBOT), entry("acknowledge", 9), entry("acknowledge", 8)),
            CUT,
            f"{PART}; so far as it was read, the earliest page is of 2026-11-18 12:06:00 UTC",
            f"{PART}; so far as it was read, the earliest acknowledgement by a person is of 2026-11-18 12:08:00 UTC",
        ),
        ((entry("annotate", 6), entry("acknowledge", 7, SOMEBODY)), CUT, PART, PART),
    ],
)
def test_of_a_log_in_part_the_earliest_is_told(
    log: tuple[LogEntry, ...], mark: Answered, sent: str, acknowledged: str
) -> None:
    """It is no fact: what was not read may have been before it."""
    found = facts(record(*log), log=mark)
    assert found["page.sent"] == unknown(sent)
    assert found["response.acknowledged"] == unknown(acknowledged)


ACKNOWLEDGED = "first acknowledgement by a person"


@pytest.mark.parametrize(
    ("log", "fact"),
    [
        ((entry("acknowledge", 9), entry("acknowledge", 8)), instant(8, ACKNOWLEDGED, "pd.log")),
        ((entry("acknowledge", 7, ROBOT), entry("acknowledge", 8)), instant(8, ACKNOWLEDGED, "pd.log")),
        ((entry("acknowledge", 8, SOMEBODY), entry("acknowledge", 8)), instant(8, ACKNOWLEDGED, "pd.log")),
        (
            (entry("acknowledge", 9, SOMEBODY), entry("acknowledge", 7, SOMEBODY), entry("acknowledge", 8)),
            unknown("the log does not say who acknowledged at 2026-11-18 12:07:00 UTC"),
        ),
        (
            (entry("acknowledge", 6, ROBOT), entry("acknowledge", 7, SOMEBODY)),
            unknown("the log does not say who acknowledged at 2026-11-18 12:07:00 UTC"),
        ),
        ((entry("acknowledge", 7, ROBOT), entry("annotate", 8)), unknown("only automation acknowledged")),
        ((entry("annotate", 8, ROBOT),), unknown("nobody acknowledged the incident")),
    ],
)
def test_who_acknowledged_first(log: tuple[LogEntry, ...], fact: Fact) -> None:
    """A person, somebody who may be one, or nobody; whatever the order of the log."""
    assert facts(record(page(6), *log))["response.acknowledged"] == fact


def action(kind: str, minutes: float, source: str = "pd.log") -> Known:
    """A first action."""
    return instant(minutes, f"first responder action: {kind}", source)


JOINED = incident(responders=(Responder(name="Eve", state="joined", answered_at=at(8)),))
UNTIMED = incident(
    responders=(Responder(name="Eve", state="joined"), Responder(name="Dee", state="declined", answered_at=at(7)))
)
NO_ACTION = unknown("no action of a responder is recorded after the page")


def who(did: str) -> Unknown:
    """Something was done by somebody the log does not tell, at 12:07."""
    return unknown(f"the log does not say who {did} at 2026-11-18 12:07:00 UTC")


@pytest.mark.parametrize(
    ("told", "fact"),
    [
        (record(page(6), entry("annotate", 6)), action("note", 6)),
        (record(page(6), entry("annotate", 5.9)), NO_ACTION),
        (record(page(6), entry("annotate", 9), entry("status_update", 8)), action("status update", 8)),
        (record(page(6), entry("annotate", 7, ROBOT), notes=(note(7, ROBOT),)), NO_ACTION),
        (record(page(6), notes=(note(9), note(7))), action("note", 7, "pd.notes")),
        (record(page(6), notes=(note(7, SOMEBODY),)), who("wrote a note")),
        (record(page(6), incident=JOINED), action("acceptance of a request for help", 8, "pd.incident")),
        (record(page(6), incident=UNTIMED), NO_ACTION),
        (record(page(6), entry("acknowledge", 7, SOMEBODY), entry("annotate", 8)), who("acknowledged")),
        (record(page(6), entry("annotate", 7, SOMEBODY), entry("acknowledge", 7)), action("acknowledgement", 7)),
        (record(page(6), entry("status_update", 7, SOMEBODY)), who("sent a status update")),
        (record(page(6), entry("responder_request", 7, SOMEBODY)), who("asked for help")),
        (
            record(page(6), entry("responder_request_for_escalation_policy", 7, SOMEBODY)),
            who("asked for help"),
        ),
        (record(page(6), entry("responder_accept", 7, SOMEBODY)), who("joined")),
        (record(page(6), entry("snooze", 7, SOMEBODY)), NO_ACTION),
    ],
)
def test_what_a_responder_did_first(told: IncidentRecord, fact: Fact) -> None:
    """From the page on; what somebody did who is not told leaves it open."""
    assert facts(told)["response.first_action"] == fact


def test_notes_that_were_not_read_may_hold_the_first_action() -> None:
    """The earliest of those that were read is told; the acknowledgement does not depend on them."""
    told = record(page(6), entry("acknowledge", 8), notes=(note(7, SOMEBODY), note(5)))
    found = facts(told, notes=CUT)
    assert found["response.first_action"] == unknown(
        f"{PART}; so far as it was read, the earliest action of a responder is of 2026-11-18 12:08:00 UTC"
    )
    assert found["response.acknowledged"] == instant(8, ACKNOWLEDGED, "pd.log")


BY_HAND = "a person opened the incident"
NOT_TOLD = unknown("PagerDuty does not say who opened the incident")


@pytest.mark.parametrize(
    ("by", "log", "fact"),
    [
        (ROBOT, (page(6),), instant(6, FIRST, "pd.log")),
        (ANN, (page(6),), instant(5, BY_HAND, "pd.incident")),
        (ANN, (page(5),), instant(5, BY_HAND, "pd.incident")),
        (ANN, (page(4.9),), instant(4.9, FIRST, "pd.log")),
        (SOMEBODY, (page(6),), NOT_TOLD),
        (SOMEBODY, (page(5),), instant(5, FIRST, "pd.log")),
        (SOMEBODY, (page(4.9),), instant(4.9, FIRST, "pd.log")),
    ],
)
def test_who_detected_it(by: Agent, log: tuple[LogEntry, ...], fact: Fact) -> None:
    """The page, or a person who opened the incident before it."""
    told = record(*log, incident=incident(opened_by=by, alert_count=0))
    assert facts(told)["detection.time"] == fact


def test_where_the_page_is_unknown_a_person_s_report_is_known() -> None:
    """And where neither is, that nobody is told to have opened it."""
    by_hand = record(page(6), incident=incident(opened_by=ANN, alert_count=0))
    assert facts(by_hand, log=CUT)["detection.time"] == instant(5, BY_HAND, "pd.incident")
    unclear = record(page(4), incident=incident(opened_by=SOMEBODY, alert_count=0))
    assert facts(unclear, log=CUT)["detection.time"] == NOT_TOLD


def test_without_an_incident_there_is_nothing_to_read() -> None:
    """Said once for each."""
    assert set(facts(None).values()) == {unknown("there is no PagerDuty incident to read it from")}


STATED = {
    "incident.triggered": at(3).isoformat(),
    "incident.resolved": at(4).isoformat(),
    "page.sent": at(5).isoformat(),
    "detection.time": at(6).isoformat(),
    "detection.method": "Customer report",
    "response.acknowledged": at(7).isoformat(),
    "response.first_action": at(8).isoformat(),
}


@pytest.mark.parametrize("told", [None, record(page(6), entry("acknowledge", 9))])
@pytest.mark.parametrize("name", STATED)
def test_a_human_s_word_stands_for_each(name: str, told: IncidentRecord | None) -> None:
    """With or without an incident."""
    stated = Surroundings(at(0), timedelta(minutes=15), {name: STATED[name]})
    fact = response_facts(evidence(pagerduty=told), stated)[name]
    assert isinstance(fact, Known)
    value = fact.value.isoformat() if isinstance(fact.value, datetime) else fact.value
    assert (value, fact.basis) == (STATED[name], Basis.STATED)


def merged(minutes: float, id_: str) -> OtherIncident:
    """An incident that was merged into it."""
    return OtherIncident(id=id_, title="t", url="", at=at(minutes), relation="merged")


def test_of_merged_incidents_each_tells_with_its_own_source() -> None:
    """One that paged nobody by the trigger that the incident's own question tells."""
    told = record(
        page(9),
        merged=(merged(3, "M"), merged(-16, "N")),
        merged_logs={"M": (entry("acknowledge", 8),), "N": (page(-16),)},
        sources={**SOURCES, "log.M": "pd.M", "log.N": "pd.N"},
    )
    found = facts(told, **{"log.M": WHOLE, "log.N": WHOLE})
    assert found["page.sent"] == instant(3, NO_PAGE, "pd.incident", "pd.M")
    assert found["response.acknowledged"] == instant(8, ACKNOWLEDGED, "pd.M")
    alone = replace(told, merged=(merged(-16, "N"),))
    assert facts(alone, **{"log.N": CUT})["page.sent"] == instant(9, FIRST, "pd.log")
    unnamed = facts(replace(told, sources={}), **{"log.M": WHOLE, "log.N": WHOLE})
    assert unnamed["page.sent"] == instant(3, NO_PAGE)
    assert unnamed["response.acknowledged"] == instant(8, ACKNOWLEDGED)


def test_a_stated_trigger_makes_the_report_a_stated_one() -> None:
    """What follows from a human's word is no record."""
    told = record(page(6), incident=incident(opened_by=ANN, alert_count=0))
    stated = Surroundings(at(0), timedelta(minutes=15), {"incident.triggered": STATED["incident.triggered"]})
    report = response_facts(evidence(pagerduty=told, readings=EVERY), stated)["detection.time"]
    assert isinstance(report, Known)
    assert (report.instant, report.basis, report.method) == (at(3), Basis.STATED, BY_HAND)


def test_where_all_were_triggered_long_before_only_the_incident_s_own_page_counts() -> None:
    """One that was merged into it, and is early, too, adds none."""
    early = record(
        page(-29),
        incident=incident(created_at=at(-30)),
        merged=(merged(-40, "M"),),
        merged_logs={"M": (page(-39),)},
        sources={**SOURCES, "log.M": "pd.M"},
    )
    assert facts(early, **{"log.M": WHOLE})["page.sent"] == instant(-29, FIRST, "pd.log")
