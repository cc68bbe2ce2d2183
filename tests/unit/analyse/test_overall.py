"""The incident's own facts, what a human stated of them, and how everything hangs together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse
from pm_autofill.config.settings import Settings
from pm_autofill.evidence import Evidence, Request
from pm_autofill.evidence.alerts import AlertSeries
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, UNITS, Basis, Fact, Findings, Known, Unknown
from tests.unit.analyse.cases import SETTINGS, alert, at, entry, evidence, incident, page, record, sli, totals

if TYPE_CHECKING:
    from pm_autofill.evidence.incident import IncidentRecord

LOG = (entry("trigger", 4), page(5), entry("acknowledge", 7), entry("resolve", 50))
STARTED, ENDED = totals(at(0), 10_000, 100_000_000), totals(at(40), 21_520, 100_000_000)


def told(**parts: object) -> IncidentRecord:
    """The usual incident: alert at 4, page at 5, acknowledged at 7, resolved at 50."""
    usual: dict[str, object] = {
        "incident": incident(**{"created_at": at(4), "resolved_at": at(50), **parts}),
        "alerts": (alert(4, starts=3),),
    }
    return record(*LOG, **usual)


USUAL = evidence(sli((0, 40, 0.12), totals=(STARTED, ENDED)), pagerduty=told())


def found(whole: Evidence = USUAL, settings: Settings = SETTINGS, **statements: str) -> Findings:
    """What follows, with statements by fact name."""
    named = {name.replace("__", "."): value for name, value in statements.items()}
    return analyse(replace(whole, stated=named), settings)


def when(fact: Fact) -> float:
    """A known instant as minutes after noon, to the tenth."""
    assert isinstance(fact, Known), fact
    return round((fact.instant - at(0)).total_seconds() / 60, 1)


def text(fact: Fact) -> str:
    """A known text."""
    assert isinstance(fact, Known), fact
    return fact.text


def number(fact: Fact) -> float:
    """A known number."""
    assert isinstance(fact, Known), fact
    return fact.number


def reason(fact: Fact) -> str:
    """Why a fact is unknown."""
    assert isinstance(fact, Unknown)
    return fact.reason


def stated(minutes: float) -> str:
    """An instant as typed."""
    return at(minutes).isoformat()


def test_every_name_is_there_with_its_unit_and_a_source() -> None:
    """Known or unknown, at the top and under the SLO; durations, events and ratios carry their formula."""
    whole = found(mitigation__applied=stated(30))
    assert set(whole.facts) == set(FACT_NAMES)
    assert all(set(slo.facts) == set(SLO_FACT_NAMES) for slo in whole.slos)
    for name, fact in [*whole.facts.items(), *((n, f) for slo in whole.slos for n, f in slo.facts.items())]:
        if isinstance(fact, Known):
            assert fact.unit is UNITS[name], name
            assert fact.sources, name
            assert bool(fact.formula) is (UNITS[name] in {"s", "events", "ratio"}), name
    unknown = {name for name, fact in whole.facts.items() if isinstance(fact, Unknown)}
    assert unknown == {"alert.pending", "severity", "detection.could_be_sooner", "detection.replayed"}


def test_the_usual_incident_reads_as_it_happened() -> None:
    """Instants, and what lies between them."""
    facts = found(mitigation__applied=stated(30)).facts
    assert [when(facts[name]) for name in ("impact.start", "impact.end", "alert.fired", "page.sent", "detection.time",
            "response.first_action", "incident.all_clear")] == [0, 40, 3, 5, 5, 7, 55]  # fmt: skip
    assert [round(number(facts[name]) / 60, 1) for name in ("impact.duration", "time_to_detect", "time_to_respond",
            "time_to_mitigate", "time_to_resolve")] == [40, 5, 2, 23, 10]  # fmt: skip
    assert text(facts["services_affected"]) == "checkout"
    assert number(facts["error_budget.consumed_ratio"]) == pytest.approx(0.1152, rel=0.001)
    assert found().phases.keys() == {"S", "D", "R", "V"}


def test_the_all_clear_is_the_hold_after_recovery_or_the_resolve() -> None:
    """Whichever is later, and only once both have passed."""
    late = replace(USUAL, pagerduty=told(resolved_at=at(70)))
    assert when(found(late).facts["incident.all_clear"]) == 70
    assert when(found().facts["incident.all_clear"]) == 55
    early = replace(USUAL, request=Request(as_of=at(54)))
    assert reason(found(early).facts["incident.all_clear"]) == "the hold after the recovery has not passed yet"
    still = replace(USUAL, pagerduty=told(resolved_at=None, status="triggered"))
    assert reason(found(still).facts["incident.all_clear"]) == "the PagerDuty incident is still open"
    alone = replace(USUAL, pagerduty=None)
    assert when(found(alone).facts["incident.all_clear"]) == 55
    assert when(found(incident__all_clear=stated(77)).facts["incident.all_clear"]) == 77
    assert when(found(settings=Settings(hold="30m")).facts["incident.all_clear"]) == 70


def test_stated_start_and_end_replace_those_of_every_slo_that_moved() -> None:
    """And what is counted, consumed and measured from them follows."""
    second = sli((0, 40, 0.05), name="latency", totals=(STARTED, ENDED))
    quiet = sli(name="quiet")
    both = evidence(*USUAL.slos, second, quiet, pagerduty=told())
    facts = found(both, impact__start=stated(10), impact__end=stated(20))
    assert [when(facts.facts[name]) for name in ("impact.start", "impact.end")] == [10, 20]
    assert number(facts.facts["impact.duration"]) == 600
    assert number(facts.facts["time_to_detect"]) == -300
    assert [number(slo.facts["requests.failed"]) for slo in facts.slos if slo.moved] == [
        pytest.approx(2880, rel=0.001), pytest.approx(1200, rel=0.001),
    ]  # fmt: skip
    headline = facts.facts["error_budget.consumed_ratio"]
    assert number(headline) == pytest.approx(2880 / 100_000, rel=0.001)
    start = facts.facts["impact.start"]
    assert isinstance(start, Known)
    assert (start.basis, start.sources, start.low) == (Basis.STATED, ("human.stated",), None)
    assert [slo.moved for slo in facts.slos] == [True, True, False]


def test_a_stated_start_stands_where_no_sli_moved() -> None:
    """The SLI is counted over it all the same."""
    steady = evidence(sli(totals=(STARTED, ENDED)), pagerduty=told())
    facts = found(steady, impact__start=stated(0), impact__end=stated(10)).facts
    assert when(facts["impact.start"]) == 0
    assert number(facts["requests.failed"]) == pytest.approx(24, abs=1)
    assert reason(found(steady, impact__end=stated(10)).facts["impact.start"]).startswith("no clear change")


def test_statements_stand_without_any_sli() -> None:
    """A human always wins; derived ones follow."""
    bare = evidence(pagerduty=told())
    assert reason(found(bare).facts["impact.start"]) == (
        "no SLO is configured for the service, so there is no SLI to look at"
    )
    facts = found(
        bare, impact__start=stated(0), impact__end=stated(10), requests__failed="50", requests__total="1000"
    ).facts
    assert number(facts["impact.duration"]) == 600
    assert number(facts["time_to_detect"]) == 300
    assert number(facts["requests.failed_ratio"]) == 0.05
    assert when(facts["incident.all_clear"]) == 50


def test_stated_counts_are_the_headline_slo_s() -> None:
    """Ratio and budget follow; bounds that were measured do not stand beside a stated number."""
    facts = found(requests__failed="20000", requests__total="100000").facts
    assert number(facts["requests.failed"]) == 20_000
    assert number(facts["requests.failed_ratio"]) == 0.2
    assert number(facts["error_budget.consumed_ratio"]) == pytest.approx(0.2)
    ratio = facts["requests.failed_ratio"]
    assert isinstance(ratio, Known)
    assert (ratio.basis, ratio.low) == (Basis.STATED, None)
    assert reason(found(requests__failed="200", requests__total="100").facts["requests.failed_ratio"]) == (
        "more requests failed than there were, as stated"
    )
    peak = found(requests__failed_ratio_peak="45%", error_budget__remaining_after_ratio="0.5").facts
    assert number(peak["requests.failed_ratio_peak"]) == 0.45
    assert number(peak["error_budget.remaining_after_ratio"]) == 0.5


def test_more_failed_requests_than_requests_have_no_share() -> None:
    """A share above all of it would be nonsense; both counts stand as they are."""
    facts = found(requests__failed="1000000", requests__total="1000").facts
    assert facts["requests.failed_ratio"] == Unknown(
        reason="more requests failed than there were, as stated", ask="whoever stated the counts"
    )


def test_a_stated_trigger_decides_which_period_is_the_incident() -> None:
    """As PagerDuty's would."""
    two = evidence(sli((-60, -50, 0.5), (0, 40, 0.12)), pagerduty=told())
    assert when(found(two).facts["impact.start"]) == 0
    assert when(found(two, incident__triggered=stated(-55)).facts["impact.start"]) == -60


def test_the_headline_is_the_worst_for_its_budget() -> None:
    """Not the one with most failures, unless no budget is known."""
    small = sli((0, 40, 0.12), rate=4, name="small", totals=(totals(at(40), 1, 1_000_000),))
    assert found(evidence(*USUAL.slos, small, pagerduty=told())).headline_slo == "small"
    bare = evidence(sli((0, 40, 0.12)), sli((0, 40, 0.12), rate=4, name="small"), pagerduty=told())
    assert found(bare).headline_slo == "availability"


def test_start_is_the_earliest_and_end_the_latest_of_those_that_moved() -> None:
    """Unknown while one is still bad, or began before the window."""
    other = sli((-10, 50, 0.05), name="payments", service="payments", named=False)
    facts = found(evidence(*USUAL.slos, other, pagerduty=told())).facts
    assert (when(facts["impact.start"]), when(facts["impact.end"])) == (-10, 50)
    assert text(facts["services_affected"]) == "checkout, payments"
    still = sli((5, 80, 0.05), name="payments", service="payments", named=False)
    ongoing = found(evidence(*USUAL.slos, still, pagerduty=told()))
    assert reason(ongoing.facts["impact.end"]) == "payments has not recovered yet"
    assert ongoing.open
    before = sli((-100, 10, 0.05), name="latency")
    assert reason(found(evidence(*USUAL.slos, before, pagerduty=told())).facts["impact.start"]) == (
        "latency was already bad where the searched window begins"
    )


@pytest.mark.parametrize(
    ("priority", "severity", "expected"),
    [
        ("P1", {}, "SEV-1"),
        ("P0", {}, "SEV-1"),
        ("P2", {}, "SEV-2"),
        ("p5", {}, "SEV-3"),
        ("SEV2", {}, "SEV-2"),
        ("sev-1", {}, "SEV-1"),
        ("P1", {"P1": "SEV-2"}, "SEV-2"),
        ("Major", {"Major": "critical", "Minor": "low"}, "critical"),
    ],
)
def test_severity_is_the_priority_by_the_configuration(priority: str, severity: dict[str, str], expected: str) -> None:
    """Else by the number in its name."""
    whole = replace(USUAL, pagerduty=told(priority=priority))
    assert text(found(whole, Settings(severity=severity)).facts["severity"]) == expected


def test_severity_is_the_highest_the_incident_had() -> None:
    """Raised and lowered again; other fields do not matter."""
    changes = (
        entry("priority_change", 10, old="P3", new="P1"),
        entry("priority_change", 20, old="P1", new="P2"),
        entry("field_value_change", 25, field="owner", old="P0", new="P0"),
    )
    log = record(*LOG, *changes, incident=incident(priority="P2"))
    assert text(found(replace(USUAL, pagerduty=log)).facts["severity"]) == "SEV-1"
    lowered = record(*LOG, entry("priority_change", 20, old="P1", new="P2"), incident=incident(priority="P2"))
    assert text(found(replace(USUAL, pagerduty=lowered)).facts["severity"]) == "SEV-1"
    named = Settings(severity={"Top": "critical", "Low": "minor"})
    worst = record(*LOG, entry("priority_change", 20, old="Top", new="Low"), incident=incident(priority="Low"))
    assert text(found(replace(USUAL, pagerduty=worst), named).facts["severity"]) == "critical"


def test_severity_is_never_guessed() -> None:
    """Without a priority, with one nobody knows, without an incident."""
    assert reason(found().facts["severity"]) == "no priority is set on the PagerDuty incident"
    odd = replace(USUAL, pagerduty=told(priority="Whatever"))
    assert reason(found(odd).facts["severity"]) == "priority Whatever has no severity in the configuration"
    assert reason(found(replace(USUAL, pagerduty=None)).facts["severity"]) == (
        "there is no PagerDuty incident with a priority"
    )
    assert text(found(severity="SEV-1").facts["severity"]) == "SEV-1"


def test_services_are_those_of_the_incident_and_those_that_moved() -> None:
    """Without an SLO PagerDuty's name; for a bare window the one asked for."""
    assert text(found(evidence(pagerduty=told())).facts["services_affected"]) == "checkout"
    window = replace(USUAL, pagerduty=None, request=Request(as_of=at(80), service="checkout"))
    assert text(found(window).facts["services_affected"]) == "checkout"
    assert isinstance(found(evidence()).facts["services_affected"], Unknown)


def test_without_a_trigger_or_an_sli_hardly_anything_is_known() -> None:
    """And nothing is made up."""
    facts = found(evidence()).facts
    assert [name for name, fact in facts.items() if isinstance(fact, Known)] == []


def test_the_first_fire_is_that_of_all_its_alerts() -> None:
    """ALERTS may hold one of them only: of the others Alertmanager tells, or when they came."""
    series = AlertSeries(
        name="Burn", labels={}, state="firing", first=at(6), last=at(30), active_at=None, source="prometheus.alerts"
    )
    cases = [
        ((alert(7, starts=6),), 6, "first firing evaluation in ALERTS"),
        ((alert(7, starts=6), alert(5, "Other", starts=4)), 4, "startsAt of Alertmanager's payload"),
        ((alert(7, starts=6), alert(5, "Other")), 5, "arrival of the first alert at PagerDuty"),
        ((alert(7, starts=5),), 6, "first firing evaluation in ALERTS"),
    ]
    for alerts, minutes, method in cases:
        fact = found(replace(USUAL, pagerduty=replace(told(), alerts=alerts), alert_series=(series,))).facts[
            "alert.fired"
        ]
        assert when(fact) == minutes
        assert isinstance(fact, Known)
        assert fact.method == method
