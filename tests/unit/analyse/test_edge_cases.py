"""The edge cases of response times, one test each: what a draft has to say where an incident is not the usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse
from pm_autofill.evidence.alerts import AlertRule, AlertSeries
from pm_autofill.evidence.incident import ChangeEvent, OtherIncident
from pm_autofill.evidence.record import Source
from pm_autofill.findings import Known, Severity, Unknown
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
    holed,
    incident,
    page,
    record,
    sli,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.evidence.slos import SloEvidence
    from pm_autofill.findings import Findings

USUAL = record(
    entry("trigger", 5, ROBOT), page(6), entry("acknowledge", 8), entry("resolve", 60, BOB), alerts=(alert(5),)
)


def drafted(told: IncidentRecord = USUAL, *slos: SloEvidence, **parts: object) -> Findings:
    """The findings of an incident with a bad SLI from noon to 12:40, unless other ones are given."""
    whole = evidence(*(slos or (sli((0, 40, 0.12)),)), pagerduty=told)
    return analyse(replace(whole, **parts), SETTINGS)


def value(found: Findings, name: str) -> datetime | float | str:
    """A known fact's value; the reason of an unknown one, in brackets."""
    fact = found.facts[name]
    return fact.value if isinstance(fact, Known) else f"({fact.reason})"


def codes(found: Findings) -> set[str]:
    """The codes of the remarks."""
    return {remark.code for remark in found.remarks}


def kinds(found: Findings) -> list[str]:
    """The kinds of the timeline's rows."""
    return [row.kind for row in found.timeline]


def test_opened_by_hand() -> None:
    """Manual observation at the trigger, with a remark; an alert of the service that fired is pointed out."""
    told = record(entry("trigger", 9), page(10), incident=incident(created_at=at(9), alert_count=0, opened_by=ANN))
    found = drafted(told)
    assert (value(found, "detection.method"), value(found, "detection.time")) == ("Manual observation", at(9))
    assert "opened_by_hand" in codes(found)
    rule = AlertRule(
        name="Slow", expression="", hold=0, interval=15, labels={"service": "checkout"}, annotations={}, source="r"
    )
    slow = AlertSeries(name="Slow", labels={}, state="firing", first=at(7), last=at(41), source="al")
    source = Source(system="Prometheus", query="", url="", retrieved_at=at(70), sha256="")
    seen = drafted(told, alert_rules=(rule,), alert_series=(slow,), sources={"prometheus.alerts": source})
    assert "alert_not_in_incident" in codes(seen)


def test_a_customer_s_report_before_the_alert() -> None:
    """Stated: it is the detection; the page stays, and the gap between both is what the respond time does not hold."""
    found = drafted(stated={"detection.time": "2026-11-18T12:02:00Z", "detection.method": "Customer report"})
    assert (value(found, "detection.method"), value(found, "detection.time")) == ("Customer report", at(2))
    assert (value(found, "page.sent"), value(found, "time_to_respond")) == (at(6), 120.0)
    assert ("report", at(2)) in [(row.kind, row.time) for row in found.timeline]


def test_an_acknowledgement_by_automation() -> None:
    """It is listed as such, and is no response."""
    found = drafted(
        record(entry("trigger", 5, ROBOT), page(6), entry("acknowledge", 6.5, ROBOT), entry("acknowledge", 9))
    )
    assert value(found, "response.acknowledged") == at(9)
    assert kinds(found).count("acknowledged_automatically") == 1
    alone = drafted(record(entry("trigger", 5, ROBOT), page(6), entry("acknowledge", 6.5, ROBOT)))
    assert value(alone, "response.acknowledged") == "(only automation acknowledged)"
    assert "acknowledged_by_machine_only" in codes(alone)


@pytest.mark.parametrize("kind", ["resolve", "reassign", "escalate"])
def test_no_acknowledgement(kind: str) -> None:
    """Resolving, reassigning and escalating do not imply one: the time to respond is unknown."""
    found = drafted(record(entry("trigger", 5, ROBOT), page(6), entry(kind, 30, ANN)))
    assert isinstance(found.facts["time_to_respond"], Unknown)
    assert value(found, "response.acknowledged") == "(nobody acknowledged the incident)"
    assert "never_acknowledged" in codes(found)


def test_an_acknowledgement_that_times_out() -> None:
    """The first one counts; all stand in the timeline."""
    lapsed = replace(entry("unacknowledge", 38, ROBOT), channel="timeout")
    log = (
        entry("trigger", 5, ROBOT),
        page(6),
        entry("acknowledge", 8),
        lapsed,
        page(39),
        entry("acknowledge", 41, BOB),
    )
    found = drafted(record(*log))
    assert value(found, "response.first_action") == at(8)
    told = [kind for kind in kinds(found) if kind in {"acknowledged", "unacknowledged", "paged_again"}]
    assert told == ["acknowledged", "unacknowledged", "paged_again", "acknowledged"]
    assert "acknowledgement_lapsed" in codes(found)


def test_reopened() -> None:
    """The same alert makes a new incident: it is collected beside this one, and offered as a part of it."""
    again = OtherIncident(id="N", title="Burn", url="", at=at(30), relation="same alert", number=8)
    found = drafted(replace(USUAL, others=(again,)))
    assert [remark.values["number"] for remark in found.remarks if remark.code == "same_incident"] == ["8"]
    assert "sibling" in kinds(found)
    log = (entry("trigger", 5, ROBOT), page(6), entry("resolve", 20), entry("acknowledge", 22), entry("resolve", 60))
    reopened = drafted(record(*log))
    assert ("reopened" in codes(reopened), kinds(reopened).count("reopened")) == (True, 1)


def test_merged() -> None:
    """The page that came first anywhere counts."""
    other = OtherIncident(id="M", title="t", url="", at=at(3), relation="merged")
    logs = {"M": (entry("trigger", 3, ROBOT), page(4, "Bob"))}
    found = drafted(replace(USUAL, merged=(other,), merged_logs=logs, sources={**SOURCES, "log.M": "pd.log.M"}))
    assert value(found, "page.sent") == at(4)
    assert "merged_incident" in codes(found)


def test_several_alerts() -> None:
    """The first page for this impact counts, the earliest firing is the alert's; one before S is noise, and said so."""
    fired = tuple(
        AlertSeries(name=name, labels={}, state="firing", first=at(first), last=at(41), source="al")
        for name, first in (("Burn", 4), ("Slow", 12), ("Disk", -2))
    )
    told = replace(USUAL, alerts=(alert(5), alert(12.5, "Slow")))
    found = drafted(told, alert_series=fired)
    assert (value(found, "alert.fired"), value(found, "page.sent")) == (at(4), at(6))
    assert kinds(found).count("alert_fired") == 2
    early = drafted(replace(told, alerts=(*told.alerts, alert(-1, "Disk"))), alert_series=fired)
    assert "alert_before_impact" in codes(early)


def test_several_slos() -> None:
    """A row each; the worst share is the headline; nothing is summed."""
    worse, other = sli((0, 40, 0.3), name="worse"), sli((1, 39, 0.1), name="other")
    found = drafted(USUAL, other, worse)
    assert [one.definition.name for one in found.slos] == ["worse", "other"]
    assert found.headline_slo == "worse"
    assert found.facts["requests.failed"] == found.slos[0].facts["requests.failed"]


def test_still_open() -> None:
    """So far, and nothing about an end."""
    told = record(entry("trigger", 5, ROBOT), page(6), incident=incident(status="triggered", resolved_at=None))
    found = drafted(told, sli((0, 80, 0.12)))
    unknown = ("impact.end", "impact.duration", "incident.resolved", "incident.all_clear", "time_to_resolve")
    assert all(isinstance(found.facts[name], Unknown) for name in unknown)
    assert found.open
    assert {"still_open"} <= codes(found)


def test_mitigation_unknown() -> None:
    """Neither step is made up; the recovery does not stand for the mitigation."""
    found = drafted()
    assert all(
        isinstance(found.facts[name], Unknown) for name in ("mitigation.applied", "time_to_mitigate", "time_to_resolve")
    )
    assert isinstance(found.facts["impact.end"], Known)


def test_a_negative_interval() -> None:
    """Shown with its sign, with a remark, never clamped."""
    found = drafted(stated={"detection.time": "2026-11-18T11:57:00Z", "impact.start": "2026-11-18T12:00:00Z"})
    assert value(found, "time_to_detect") == -180.0
    assert "detected_before_impact" in codes(found)


def test_the_mitigation_after_the_recovery() -> None:
    """Cleaning up: the time to resolve is negative, and said to be no mitigation of the impact."""
    found = drafted(stated={"mitigation.applied": "2026-11-18T12:50:00Z", "impact.end": "2026-11-18T12:40:00Z"})
    assert value(found, "time_to_resolve") == -600.0
    assert "recovered_before_mitigation" in codes(found)


def test_recovered_before_a_responder_acted() -> None:
    """The response time is valid all the same."""
    found = drafted(record(entry("trigger", 5, ROBOT), page(6), entry("acknowledge", 50)))
    assert value(found, "time_to_respond") == 2640.0
    assert "recovered_before_response" in codes(found)


def test_a_recovery_after_the_resolve() -> None:
    """The duration runs to the recovery."""
    found = drafted(replace(USUAL, incident=incident(resolved_at=at(30))))
    start, end, duration = (found.facts[name] for name in ("impact.start", "impact.end", "impact.duration"))
    assert isinstance(start, Known)
    assert isinstance(end, Known)
    assert isinstance(duration, Known)
    assert duration.number == (end.instant - start.instant).total_seconds()
    assert "resolved_before_recovery" in codes(found)


def test_resolved_by_a_timeout() -> None:
    """It is flagged, and no evidence of a recovery."""
    resolved = replace(entry("resolve", 20, ROBOT), channel="timeout")
    found = drafted(record(entry("trigger", 5, ROBOT), page(6), resolved, incident=incident(resolved_at=at(20))))
    assert {"auto_resolved", "resolved_before_recovery"} <= codes(found)
    end = found.facts["impact.end"]
    assert isinstance(end, Known)
    assert end.instant > at(39)


def test_flapping() -> None:
    """From the first onset to the end of the last bad period, with how long it was bad in all."""
    found = drafted(USUAL, sli((0, 8, 0.2), (13, 21, 0.2), (26, 40, 0.2)))
    start, end = found.facts["impact.start"], found.facts["impact.end"]
    assert isinstance(start, Known)
    assert isinstance(end, Known)
    assert (abs((start.instant - at(0)).total_seconds()) < 60, abs((end.instant - at(40)).total_seconds()) < 60) == (
        True,
        True,
    )
    several = next(remark for remark in found.remarks if remark.code == "several_periods")
    assert several.values["count"] == 3
    assert several.values["bad_seconds"] == pytest.approx(1800, abs=90)


def test_a_gap_in_the_samples() -> None:
    """Missing scrapes are not good: how much is missing is said; see ``test_consistency`` for the figures."""
    slo = sli((0, 40, 0.12))
    assert slo.total is not None
    assert slo.bad is not None
    found = drafted(USUAL, replace(slo, total=holed(slo.total, 10, 20), bad=holed(slo.bad, 10, 20)))
    missing = next(remark for remark in found.remarks if remark.code == "samples_missing")
    assert missing.severity is Severity.WARNING
    assert missing.values["seconds"] == pytest.approx(585, abs=20)


def test_two_candidates_for_the_start() -> None:
    """The one that holds the trigger is the start; the other is listed with its time, not counted."""
    found = drafted(USUAL, sli((-60, -50, 0.2), (0, 40, 0.12)))
    assert [kind for kind in kinds(found) if kind in {"other_period", "impact_start"}] == [
        "other_period",
        "impact_start",
    ]
    assert "other_periods" in codes(found)


def test_changes_before_the_start_are_candidates_by_nearness_and_never_a_cause() -> None:
    """Nearest first; what lies more than an hour back is none."""
    events = tuple(ChangeEvent(id=str(-m), at=at(m), summary=f"Deploy {-m}") for m in (-70, -40, -2))
    found = drafted(replace(USUAL, changes=events))
    assert found.change_candidates == ("change:2", "change:40")
    assert not any("cause" in remark.code for remark in found.remarks)


def test_no_all_clear_stands_before_a_relapse() -> None:
    """Of two bad times hours apart one is the incident; the other is told with its counts, and all-clear follows."""
    found = analyse(
        evidence(sli((0, 27, 0.2), (100, 193, 0.2), window=(-95, 240)), as_of=260, pagerduty=USUAL), SETTINGS
    )
    clear, end = found.facts["incident.all_clear"], found.facts["impact.end"]
    assert isinstance(clear, Known)
    assert isinstance(end, Known)
    assert round((end.instant - at(0)).total_seconds() / 60) == 27
    assert round((clear.instant - at(0)).total_seconds() / 60) == 193 + 15
    row = next(row for row in found.timeline if row.kind == "other_period")
    assert row_text(row, str).startswith("availability bad (20.0% of its events), about 44,")
    again = sli((0, 27, 0.2), (100, 250, 0.2), window=(-95, 240))
    still = analyse(evidence(again, as_of=241, pagerduty=USUAL), SETTINGS)
    assert still.facts["incident.all_clear"] == Unknown(
        reason="an SLI was bad again after the recovery, and is so still", ask="the incident commander"
    )
