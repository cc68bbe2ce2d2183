"""The timeline: every source merged in order, each row with a stable id and a source, and words for each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse import responding
from pm_autofill.analyse.draft import analyse
from pm_autofill.evidence import Request
from pm_autofill.evidence.alerts import AlertRule, AlertSeries
from pm_autofill.evidence.incident import Agent, AgentKind, ChangeEvent, LogEntry, OtherIncident, Responder
from pm_autofill.evidence.panels import Annotation, GrafanaRecord
from pm_autofill.findings import Known
from pm_autofill.wording.timeline import row_text
from tests.unit.analyse.cases import (
    ANN,
    BOB,
    ROBOT,
    SETTINGS,
    SOURCES,
    alert,
    at,
    entry,
    evidence,
    incident,
    note,
    page,
    record,
    sli,
)

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.evidence.slos import SloEvidence
    from pm_autofill.findings import TimelineRow

TOLD = record(
    entry("trigger", 5, ROBOT), page(6), entry("acknowledge", 8), entry("resolve", 60, BOB), alerts=(alert(5),)
)


def rows(whole: Evidence) -> tuple[TimelineRow, ...]:
    """The rows; each has words, a source, and an id of its own; they ascend."""
    found = analyse(whole, SETTINGS).timeline
    assert all(row_text(row) for row in found)
    assert len({row.id for row in found}) == len(found)
    assert [row.time for row in found] == sorted(row.time for row in found)
    return found


def told(whole: Evidence) -> list[tuple[float, str]]:
    """Minutes after noon and kinds."""
    return [(round((row.time - at(0)).total_seconds() / 60, 1), row.kind) for row in rows(whole)]


def of(*log: LogEntry, **parts: object) -> list[tuple[str, str]]:
    """Kinds and words of the rows of an incident's log alone."""
    return [(row.kind, row_text(row)) for row in rows(evidence(pagerduty=record(*log, **parts)))]


def test_all_sources_stand_in_order() -> None:
    """Of rows at one instant, causes before effects."""
    series = (
        AlertSeries(name="Burn", labels={}, state="pending", first=at(2), last=at(4), source="al", active_at=at(1.5)),
        AlertSeries(name="Burn", labels={}, state="firing", first=at(4), last=at(41), source="al"),
        AlertSeries(name="Burn", labels={}, state="firing", first=at(-150), last=at(-140), source="al"),
    )
    event = ChangeEvent(id="E", at=at(-1), summary="Deploy 42")
    back = Annotation(id=9, start=at(38), end=at(39.5), text="Rollback", source="gf", tags=("rollback", "checkout"))
    whole = evidence(
        sli((0, 40, 0.12)),
        pagerduty=replace(TOLD, changes=(event,)),
        alert_series=series,
        grafana=GrafanaRecord(version="", url="", annotations=(back,)),
        sources={},
    )
    assert told(whole) == [
        (-1, "change"),
        (0, "impact_start"),
        (1.5, "alert_pending"),
        (4, "alert_fired"),
        (5, "triggered"),
        (6, "paged"),
        (8, "acknowledged"),
        (38, "change"),
        (39.5, "mitigation"),
        (40, "impact_end"),
        (41, "alert_ended"),
        (60, "all_clear"),
        (60, "resolved"),
    ]
    milestones = {row.milestone: row.kind for row in rows(whole) if row.milestone}
    assert milestones == {
        "impact.start": "impact_start",
        "alert.pending": "alert_pending",
        "alert.fired": "alert_fired",
        "response.acknowledged": "acknowledged",
        "mitigation.applied": "mitigation",
        "impact.end": "impact_end",
        "incident.all_clear": "all_clear",
    }


def test_ids_name_events_not_places() -> None:
    """A row more does not change the others'."""
    before = {row.id for row in rows(evidence(sli((0, 40, 0.12)), pagerduty=TOLD))}
    more = replace(TOLD, log=(*TOLD.log, entry("annotate", 20, text="hm")))
    after = {row.id for row in rows(evidence(sli((0, 40, 0.12)), pagerduty=more))}
    assert after - before == {"log:annotate@20"}
    assert before <= after


def test_other_bad_periods_are_listed_wherever_they_lie() -> None:
    """Also those of an SLO that did not move with the incident."""
    first, second = sli((0, 40, 0.12), (-80, -70, 0.3)), sli((-60, -50, 0.3), name="latency")
    found = [row for row in rows(evidence(first, second, pagerduty=TOLD)) if row.kind == "other_period"]
    assert [(row.values["slo"], row.source) for row in found] == [("availability", "total"), ("latency", "total")]
    assert [round((row.time - at(0)).total_seconds() / 60) for row in found] == [-80, -60]
    assert [row.id for row in found] == ["period:availability:20261118T1040", "period:latency:20261118T1100"]
    until = found[0].values["until"]
    assert isinstance(until, datetime)
    assert round((until - at(0)).total_seconds() / 60) == -70


def test_what_lies_far_from_the_incident_is_left_out() -> None:
    """More than an hour before its first event or after its last."""
    marks = tuple(Annotation(id=n, start=at(n), text=f"m{n}", source="gf") for n in (-61, -59, 114, 121))
    whole = evidence(
        sli((0, 40, 0.12)), pagerduty=TOLD, grafana=GrafanaRecord(version="", url="", annotations=marks), as_of=200
    )
    assert [row.values["text"] for row in rows(whole) if row.kind == "annotation"] == ["m-59", "m114"]


@pytest.mark.parametrize(
    ("slo", "level"),
    [
        (sli((0, 5, 0.5), (10, 15, 0.02), traffic=[(0, 5, 0.1)]), 0.5),
        (sli((0, 4, 0.85), (4, 40, 0.18)), 0.85),
        # Nine requests a minute are too few to tell within two of them.
        (sli((0, 20, 0.5), (20, 40, 0.3), rate=0.15), 0.4),
    ],
)
def test_failures_rise_to_the_level_after_the_rise(slo: SloEvidence, level: float) -> None:
    """Not to the mean of all that followed, but where too few requests were made to tell."""
    start = next(row for row in rows(evidence(slo, pagerduty=TOLD)) if row.kind == "impact_start")
    assert start.values["to_ratio"] == pytest.approx(level, rel=0.1)


def test_what_is_usual_is_one_number() -> None:
    """The same before the rise, after the recovery and beside the mean."""
    found = analyse(evidence(sli((0, 40, 0.12)), pagerduty=TOLD), SETTINGS)
    usual = found.slos[0].baseline_ratio
    start, end = (next(row for row in found.timeline if row.kind == kind) for kind in ("impact_start", "impact_end"))
    assert usual is not None
    assert (start.values["from_ratio"], end.values["to_ratio"]) == (usual, usual)


def test_how_far_an_edge_may_lie_is_the_farther_bound() -> None:
    """Not half of its interval, in which it need not lie in the middle."""
    found = analyse(evidence(sli((0, 40, 0.12)), pagerduty=TOLD), SETTINGS)
    for kind, name in (("impact_start", "impact.start"), ("impact_end", "impact.end")):
        row, fact = next(row for row in found.timeline if row.kind == kind), found.facts[name]
        assert isinstance(fact, Known)
        assert isinstance(fact.low, datetime)
        assert isinstance(fact.high, datetime)
        farther = max(fact.instant - fact.low, fact.high - fact.instant)
        assert row.values["within_s"] == pytest.approx(farther.total_seconds())


def test_an_outage_and_slow_requests_are_called_so() -> None:
    """By what the SLI measures."""
    outage = rows(evidence(sli(traffic=[(0, 30, 0.0)]), pagerduty=TOLD))
    assert {row.values["kind"] for row in outage if row.kind.startswith("impact")} == {"no traffic"}
    slow = sli((0, 40, 0.12))
    slow = replace(slow, definition=replace(slow.definition, kind="latency"))
    assert {row.values["kind"] for row in rows(evidence(slow, pagerduty=TOLD)) if row.kind.startswith("impact")} == {
        "slow"
    }


def test_a_stated_start_or_end_says_nothing_of_the_sli() -> None:
    """What the samples did at another instant is not told of this one; one row stands for all SLOs."""
    said = {"impact.start": at(-10).isoformat(), "impact.end": at(50).isoformat()}
    whole = evidence(sli((0, 40, 0.12)), sli((0, 40, 0.12), name="latency"), pagerduty=TOLD, stated=said)
    found = [row for row in rows(whole) if row.kind.startswith("impact_")]
    assert [(row.time, row.milestone, row_text(row)) for row in found] == [
        (at(-10), "impact.start", "Impact begins (stated, 11:50:00)"),
        (at(50), "impact.end", "Service recovered (stated, 12:50:00)"),
    ]


def test_a_stated_start_has_its_row_without_any_slo() -> None:
    """There is no SLI to tell it."""
    whole = evidence(pagerduty=TOLD, stated={"impact.start": at(-10).isoformat()})
    assert [row_text(row) for row in rows(whole) if row.milestone == "impact.start"] == [
        "Impact begins (stated, 11:50:00)"
    ]


def test_a_detection_is_not_called_an_alert_because_one_opened_the_incident() -> None:
    """Only the instant was stated."""
    found = rows(evidence(sli((0, 40, 0.12)), pagerduty=TOLD, stated={"detection.time": at(2).isoformat()}))
    assert [row_text(row) for row in found if row.kind == "report"] == ["Incident detected (stated)"]


def test_stated_facts_have_rows() -> None:
    """A customer's report, a mitigation, an all-clear."""
    said = {
        "detection.time": at(2).isoformat(),
        "detection.method": "Customer report",
        "mitigation.applied": at(30).isoformat(),
        "incident.all_clear": at(70).isoformat(),
    }
    found = rows(evidence(sli((0, 40, 0.12)), pagerduty=TOLD, stated=said))
    texts = {row.kind: row_text(row) for row in found if row.id.startswith("fact:")}
    assert texts == {
        "report": "Customer report (stated)",
        "mitigation": "Mitigation applied (stated)",
        "all_clear": "All-clear (stated)",
    }
    assert {row.source for row in found if row.id.startswith("fact:")} == {"human.stated"}


def test_pages_and_triggers_are_folded() -> None:
    """One row for the first, one for all further ones."""
    pages = (page(6), page(6.5, "Bob"), page(7, medium="sms"), page(9))
    assert of(entry("trigger", 5, ROBOT), *pages, entry("trigger", 8, ROBOT)) == [
        ("triggered", "PagerDuty incident triggered: Too many errors"),
        ("paged", "Ann paged by push"),
        ("paged", "Bob paged by push"),
        ("paged_again", "Ann paged again by sms, push (2 times)"),
        ("retriggered", "PagerDuty incident triggered again"),
    ]


def test_people_and_machines_are_told_apart() -> None:
    """Acknowledgements, notes, escalations, resolutions."""
    found = of(
        entry("acknowledge", 6, ROBOT),
        entry("acknowledge", 7),
        entry("annotate", 8, ROBOT, text="graph attached"),
        entry("annotate", 9, text="looking"),
        replace(entry("escalate", 10, ROBOT, people=("Bob",)), channel="timeout"),
        entry("resolve", 20, ROBOT),
    )
    assert [kind for kind, _ in found] == [
        "acknowledged_automatically", "acknowledged", "note_automatic", "note", "escalated", "resolved",
    ]  # fmt: skip


def test_every_kind_of_log_entry_has_its_row() -> None:
    """Known ones by their kind, silent ones none, unknown ones by PagerDuty's own words."""
    kinds = {
        "unacknowledge": "unacknowledged",
        "un_ack": "unacknowledged",
        "delegate": "assigned",
        "reassign": "assigned",
        "status_update": "status_update",
        "responder_accept": "responder_joined",
        "priority_change": "priority_changed",
        "snooze": "snoozed",
        "reopen": "reopened",
        "merge": "merged",
        "something_new": "other",
    }
    for kind, row in kinds.items():
        told_of = entry(kind, 7, people=("Bob",), text="t", old="P2", new="P1")
        assert [found for found, _ in of(told_of)] == [row], kind
    assert of(entry("assign", 7), entry("link", 8), entry("reach_ack_limit", 9)) == []
    assert of(entry("custom_field_value_change", 7, field="environment", new="eu1")) == [
        ("field_changed", "Environment set to eu1")
    ]
    assert [kind for kind, _ in of(entry("custom_field_value_change", 7))] == ["other"]
    assert [kind for kind, _ in of(entry("field_value_change", 7, field="priority", new="P1"))] == ["priority_changed"]
    assert [kind for kind, _ in of(entry("field_value_change", 7, field="owner", new="x"))] == ["field_changed"]
    assert [kind for kind, _ in of(entry("responder_request", 7, people=("Bob",)))] == ["responder_requested"]
    assert of(entry("responder_request", 7)) == [("responder_requested", "s")]


def test_those_who_joined_on_request_have_a_row() -> None:
    """The incident tells of them, once where its log does, too; who was asked and did not come has none."""
    responders = (
        Responder(name="Eve", state="joined", answered_at=at(8)),
        Responder(name="Dee", state="declined", answered_at=at(7)),
    )
    told = record(entry("acknowledge", 7), incident=incident(responders=responders))

    def joined(record: IncidentRecord) -> list[tuple[datetime, str]]:
        return [(row.time, row.source) for row in responding.tell(record) if row.kind == "responder_joined"]

    assert joined(told) == [(at(8), "pd.incident")]
    eve = replace(ANN, name="Eve")
    assert joined(replace(told, log=(entry("responder_accept", 8, eve),))) == [(at(8), "pd.log")]


def test_a_note_that_stands_twice_is_told_once() -> None:
    """In the log and among the notes, within two seconds, with the same words."""
    log = entry("annotate", 7, text="looking")
    assert len(of(log, notes=(note(7.02, text="looking "),))) == 1
    assert len(of(log, notes=(note(7.2, text="looking"),))) == 2
    assert of(entry("annotate", 7), notes=(note(7.02, text="looking"),)) == of(notes=(note(7.02, text="looking"),))
    assert [kind for kind, _ in of(notes=(note(7, ROBOT),))] == ["note_automatic"]


def test_what_happened_on_merged_incidents_is_told() -> None:
    """Whom they paged, what people did, and when they were merged; not their triggers."""
    other = OtherIncident(id="M", title="t", url="", at=at(3), relation="merged")
    logs = {
        "M": (
            entry("trigger", 3, ROBOT),
            page(4, "Bob"),
            entry("acknowledge", 4.5, BOB),
            entry("annotate", 4.7, ROBOT),
            entry("resolve", 6, BOB),
        )
    }
    whole = record(
        entry("trigger", 5, ROBOT), merged=(other,), merged_logs=logs, sources={**SOURCES, "log.M": "pd.log.M"}
    )
    found = rows(evidence(pagerduty=whole))
    assert [(row.kind, row.source) for row in found] == [
        ("paged", "pd.log.M"), ("acknowledged", "pd.log.M"), ("triggered", "pd.log"), ("merged", "pd.log.M"),
    ]  # fmt: skip


def test_alert_annotations_are_told_unless_the_samples_tell_them() -> None:
    """Grafana's own alerts; those of the incident stand there already."""
    marks = (
        Annotation(id=1, start=at(3), text="", alert="Burn", state="Alerting", source="gf"),
        Annotation(id=2, start=at(3), text="", alert="Disk", state="Alerting", source="gf"),
    )
    series = (AlertSeries(name="Burn", labels={}, state="firing", first=at(4), last=at(41), source="al"),)
    whole = evidence(
        sli((0, 40, 0.12)),
        pagerduty=TOLD,
        alert_series=series,
        grafana=GrafanaRecord(version="", url="", annotations=marks),
    )
    assert [row.values["alert"] for row in rows(whole) if row.kind == "alert_state"] == ["Disk"]


def test_an_incident_opened_by_a_person_names_them() -> None:
    """In the first row."""
    opened = incident(alert_count=0, opened_by=ANN)
    assert of(entry("trigger", 5), incident=opened) == [
        ("triggered", "PagerDuty incident triggered by Ann: Too many errors")
    ]


def test_slos_on_the_same_events_are_told_once() -> None:
    """Two windows of one SLI began and ended alike; another service's rows are its own."""
    slo = sli((0, 40, 0.12))
    twice = (slo, replace(slo, definition=replace(slo.definition, name="a-week", window="7d")))
    other = sli((0, 40, 0.12), name="pay", service="pay", named=False)
    found = [row.id for row in rows(evidence(*twice, other)) if row.kind.startswith("impact_")]
    assert sorted(found) == ["impact.end:a-week", "impact.end:pay", "impact.start:a-week", "impact.start:pay"]


def test_a_reopened_incident_is_found_by_its_state() -> None:
    """No entry says so: what only an open incident has, after a resolve; once for each resolve."""
    log = (
        entry("trigger", 5, ROBOT),
        entry("resolve", 20, BOB),
        page(20.5),
        entry("annotate", 20.6, text="done"),
        entry("acknowledge", 21, ANN),
        entry("assign", 22, ROBOT),
        entry("resolve", 60, BOB),
    )
    found = [(row.time, row_text(row)) for row in rows(evidence(pagerduty=record(*log))) if row.kind == "reopened"]
    assert found == [(at(21), "PagerDuty incident reopened by Ann")]

    again = record(*log[:2], incident=incident(status="triggered", resolved_at=None))
    assert [one.type for one in responding.reopenings(again)] == ["resolve"]
    assert responding.reopenings(record(*log[:2], entry("resolve", 21, BOB))) == ()


def test_incidents_beside_it_have_a_row() -> None:
    """Those of its service that began while it lasted; not similar ones of another time."""
    others = (
        OtherIncident(id="B", title="Burn", url="", at=at(30), relation="same window", number=8),
        OtherIncident(id="C", title="Old", url="", at=at(31), relation="past"),
    )
    assert ("sibling", "PagerDuty incident 8 triggered beside this one: Burn") in of(
        entry("trigger", 5, ROBOT), others=others
    )
    assert len(of(entry("trigger", 5, ROBOT), others=others)) == 2


def test_an_alert_ends_at_the_first_evaluation_after_its_last() -> None:
    """By its rule's interval; one that fired until the reading ended may be firing still."""
    rule = AlertRule(name="Burn", expression="", hold=0, interval=30, labels={}, annotations={}, source="r")
    for last, ended in ((41, [at(41.5)]), (79.5, [])):
        series = (AlertSeries(name="Burn", labels={}, state="firing", first=at(4), last=at(last), source="al"),)
        found = rows(evidence(pagerduty=TOLD, alert_series=series, alert_rules=(rule,)))
        assert [row.time for row in found if row.kind == "alert_ended"] == ended


def test_the_full_timeline_tells_each_firing() -> None:
    """Of an alert that flaps the brief one has the first and the end of the last."""
    series = tuple(
        AlertSeries(name="Burn", labels={}, state="firing", first=at(first), last=at(last), source="al")
        for first, last in ((4, 10), (15, 20), (30, 41))
    )
    brief = evidence(pagerduty=TOLD, alert_series=series)
    whole = replace(brief, request=Request(as_of=at(80), timeline="full"))
    assert [one for one in told(brief) if one[1].startswith("alert")] == [(4.0, "alert_fired"), (41.0, "alert_ended")]
    assert [one for one in told(whole) if one[1].startswith("alert")] == [
        (4.0, "alert_fired"), (10.0, "alert_ended"),
        (15.0, "alert_fired"), (20.0, "alert_ended"),
        (30.0, "alert_fired"), (41.0, "alert_ended"),
    ]  # fmt: skip


def test_the_full_timeline_tells_what_only_moves_things_about() -> None:
    """By PagerDuty's own words, each page and each trigger for itself."""
    log = (entry("trigger", 5, ROBOT), page(6), page(7), entry("trigger", 8, ROBOT), entry("assign", 9, ROBOT))
    whole = evidence(pagerduty=record(*log), request=Request(as_of=at(80), timeline="full"))
    assert [row.kind for row in rows(whole)] == ["triggered", "paged", "paged_again", "retriggered", "other"]


TYPES = ("unheard_of", "snooze", "unsnooze", "link", "unlink", "notify", *sorted(responding._TELLERS))  # noqa: SLF001


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("who", [ANN, ROBOT, *(Agent(kind=one, name="") for one in AgentKind)])
def test_an_entry_that_says_next_to_nothing_has_words(kind: str, who: Agent) -> None:
    """Its type and its agent are all there is: neither sentence, nor text, nor people, nor values."""
    bare = replace(entry(kind, 7, agent=who), summary="")
    told = record(entry("trigger", 5), bare)
    for row in rows(evidence(pagerduty=told, request=Request(as_of=at(80), timeline="full"))):
        assert row_text(row).strip(" .")
