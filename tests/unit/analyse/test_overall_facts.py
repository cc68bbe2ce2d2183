"""The facts above the SLOs as tables: what is known of several of them, and what is not where one was not read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.assessment import Assessment
from pm_autofill.analyse.budget import Budget
from pm_autofill.analyse.impact import Impact
from pm_autofill.analyse.overall import alerts_since, overall_facts
from pm_autofill.analyse.survey import Survey
from pm_autofill.config.settings import Settings
from pm_autofill.evidence import Evidence, Request
from pm_autofill.evidence.alerts import AlertSeries
from pm_autofill.evidence.incident import LogEntry, OtherIncident
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.evidence.series import matrix
from pm_autofill.evidence.slos import CounterRead, SloEvidence
from pm_autofill.findings import SLO_FACT_NAMES, Basis, Fact, Known, Unit, Unknown
from tests.unit.analyse.cases import SETTINGS, SOURCES, alert, at, definition, entry, evidence, incident, page, record

if TYPE_CHECKING:
    from collections.abc import Sequence


COMMANDER = "the incident commander"
GONE = Answered(state=State.REFUSED, missing="what was asked")
CUT = Answered(state=State.PARTIAL, missing="some of it")
LATE = Unknown(reason="it is still bad", ask="somebody")
EARLY = Unknown(reason="it was bad before", ask="somebody else")


def known(minutes: float, low: float | None = None, high: float | None = None, source: str = "total") -> Known:
    """A measured instant, so many minutes after noon."""
    return Known(
        value=at(minutes),
        unit=Unit.INSTANT,
        basis=Basis.MEASURED,
        method="m",
        sources=(source,),
        low=None if low is None else at(low),
        high=None if high is None else at(high),
    )


def slo(name: str = "availability", service: str = "checkout", *, named: bool = True) -> SloEvidence:
    """An SLO of which no samples are needed."""
    return SloEvidence(definition=definition(name, service), named=named)


def assessed(start: Fact, end: Fact, *, of: SloEvidence | None = None, moved: bool = True, **facts: Fact) -> Assessment:
    """An SLO that was bad between two instants; its other facts have the reason "of" and its name."""
    of = of or slo()
    unknown = Unknown(reason=f"of {of.definition.name}", ask="nobody")
    named = {name.replace("__", "."): fact for name, fact in facts.items()}
    every: dict[str, Fact] = {**dict.fromkeys(SLO_FACT_NAMES, unknown), "impact.start": start, "impact.end": end}
    return Assessment(Impact(Survey(of, None, None, None), moved, start, end), {**every, **named}, Budget({}), unknown)


USUAL = assessed(known(0), known(40))
TOLD = evidence(slo(), pagerduty=record(page(6)))


def found(
    told: Evidence,
    *assessments: Assessment,
    headline: Assessment | Unknown | None = None,
    settings: Settings = SETTINGS,
) -> dict[str, Fact]:
    """The facts; the first SLO that moved is the headline unless told otherwise."""
    first = next((one for one in assessments if one.impact.moved), None)
    return overall_facts(told, settings, assessments, headline or first)


def unread(*slos: SloEvidence, **parts: object) -> Evidence:
    """Evidence in which the samples of the SLOs called "gone" were not read."""
    marks = {"incident.log": Answered(state=State.COMPLETE), "slo.gone.samples": GONE}
    return evidence(*slos, **{"pagerduty": record(page(6)), "readings": marks, **parts})  # type: ignore[arg-type]


GONE_SLO = slo("gone")
MISSING = "it is unknown without the SLI of gone, which was not read whole"


@pytest.mark.parametrize(
    ("told", "edges", "start", "end"),
    [
        (TOLD, [(known(0), known(40))], known(0), known(40)),
        (TOLD, [(known(0), known(40)), (known(-9), known(30))], known(-9), known(40)),
        (TOLD, [(known(0), known(40)), (known(9), known(50))], known(0), known(50)),
        (TOLD, [(known(0), known(40)), (EARLY, known(50))], EARLY, known(50)),
        (TOLD, [(known(0), LATE), (known(9), known(50))], known(0), LATE),
        (TOLD, [(EARLY, LATE)], EARLY, LATE),
        (
            unread(slo(), GONE_SLO),
            [(known(0), known(40)), (EARLY, LATE)],
            Unknown(
                reason=f"{MISSING}; so far as SLIs were read, it is 2026-11-18 12:00:00 UTC at the latest",
                ask=COMMANDER,
            ),
            Unknown(
                reason=f"{MISSING}; so far as SLIs were read, it is 2026-11-18 12:40:00 UTC at the earliest",
                ask=COMMANDER,
            ),
        ),
        (
            unread(slo(), GONE_SLO),
            [(EARLY, LATE)],
            Unknown(reason=MISSING, ask=COMMANDER),
            Unknown(reason=MISSING, ask=COMMANDER),
        ),
    ],
)
def test_the_impact_is_from_the_first_start_to_the_last_end(
    told: Evidence, edges: Sequence[tuple[Fact, Fact]], start: Fact, end: Fact
) -> None:
    """One unknown edge makes it unknown; an SLI that was not read leaves a bound, and no more."""
    still = assessed(known(-50), known(70), moved=False)
    facts = found(told, still, *(assessed(*one) for one in edges))
    assert (facts["impact.start"], facts["impact.end"]) == (start, end)


def test_the_headline_s_figures_stand_at_the_top() -> None:
    """Its duration is that of the whole impact, and not its own."""
    failed = Known(value=7.0, unit=Unit.EVENTS, basis=Basis.MEASURED, method="m", sources=("bad",))
    worst = assessed(known(5), known(30), of=slo("worst"), requests__failed=failed)
    facts = found(TOLD, USUAL, worst, headline=worst)
    assert facts["requests.failed"] == failed
    assert facts["requests.total"] == Unknown(reason="of worst", ask="nobody")
    assert facts["impact.duration"] == Known(
        value=2400.0,
        unit=Unit.SECONDS,
        basis=Basis.MEASURED,
        method="difference of the two instants",
        formula="impact.end - impact.start",
        sources=("total",),
    )


def test_without_a_headline_only_what_was_stated_is_known_of_figures() -> None:
    """Start and end are known all the same."""
    why = Unknown(reason="which was worst is unknown", ask="x")
    told = replace(TOLD, stated={"requests.failed": "12", "impact.end": at(44).isoformat()})
    facts = found(told, USUAL, headline=why)
    assert facts["requests.total"] == why
    figure = facts["requests.failed"]
    assert isinstance(figure, Known)
    assert (figure.number, figure.basis) == (12.0, Basis.STATED)
    assert facts["impact.start"] == known(0)
    end = facts["impact.end"]
    assert isinstance(end, Known)
    assert (end.instant, end.basis) == (at(44), Basis.STATED)
    start = found(replace(TOLD, stated={"impact.start": at(-4).isoformat()}), USUAL, headline=why)["impact.start"]
    assert isinstance(start, Known)
    assert (start.instant, start.basis) == (at(-4), Basis.STATED)


SAW = "someone who saw the impact"
NO_SLO = "no SLO is configured for the service, so there is no SLI to look at"


@pytest.mark.parametrize(
    ("told", "assessments", "why"),
    [
        (TOLD, [], Unknown(reason="no SLI moved with this incident", ask=SAW)),
        (TOLD, [assessed(EARLY, LATE, moved=False)], Unknown(reason=EARLY.reason, ask=SAW)),
        (
            TOLD,
            [assessed(known(0), known(1), moved=False), assessed(LATE, EARLY, moved=False)],
            Unknown(reason=LATE.reason, ask=SAW),
        ),
        (evidence(slo(named=False)), [assessed(EARLY, LATE, moved=False)], Unknown(reason=NO_SLO, ask=SAW)),
        (evidence(), [], Unknown(reason=NO_SLO, ask=SAW)),
        (unread(GONE_SLO), [assessed(EARLY, LATE, moved=False)], Unknown(reason=MISSING, ask=COMMANDER)),
    ],
)
def test_why_there_is_no_impact(told: Evidence, assessments: Sequence[Assessment], why: Unknown) -> None:
    """Nothing to look at, nothing seen in it, or an SLI that was not read: each is said for what it is."""
    facts = found(told, *assessments)
    assert {facts[name] for name in SLO_FACT_NAMES if name != "requests.failed_ratio"} == {why}
    assert facts["requests.failed_ratio"] == why


def test_where_none_moved_a_statement_stands() -> None:
    """A share follows from stated counts."""
    told = replace(TOLD, stated={"requests.failed": "5", "requests.total": "50", "impact.start": at(3).isoformat()})
    facts = found(told)
    ratio, start = facts["requests.failed_ratio"], facts["impact.start"]
    assert isinstance(ratio, Known)
    assert isinstance(start, Known)
    assert (ratio.number, start.instant) == (0.1, at(3))


@pytest.mark.parametrize(
    ("start", "triggered", "since"),
    [
        (known(10), known(5), at(-10)),
        (known(5), known(10), at(-10)),
        (EARLY, known(5), at(-10)),
        (known(5), EARLY, at(-10)),
        (EARLY, LATE, None),
    ],
)
def test_alerts_are_of_an_earlier_time_before_the_hold(start: Fact, triggered: Fact, since: object) -> None:
    """Before the start or the trigger, whichever was first; where neither is known, none is."""
    facts = {"impact.start": start, "incident.triggered": triggered, "impact.end": known(-100)}
    assert alerts_since(facts, timedelta(minutes=15)) == since


def test_what_ended_before_the_hold_is_not_of_the_incident() -> None:
    """Neither a firing alert, nor an incident that was merged into it; by the configured hold."""
    fired = tuple(
        AlertSeries(name="Burn", labels={}, state="firing", first=at(first), last=at(last), source="prometheus.alerts")
        for first, last in ((-40, -20), (3, 30))
    )
    early = OtherIncident(id="M", title="t", url="", at=at(-20), relation="merged")
    told = record(
        page(6),
        alerts=(alert(5, starts=4),),
        merged=(early,),
        merged_logs={"M": (page(-19),)},
        sources={**SOURCES, "log.M": "pd.log.M"},
    )
    whole = evidence(slo(), pagerduty=told, alert_series=fired)
    for hold, alerted, paged in (("15m", 3, 6), ("20m", -40, -19)):
        facts = found(whole, USUAL, settings=Settings(hold=hold))
        fire, sent = facts["alert.fired"], facts["page.sent"]
        assert isinstance(fire, Known)
        assert isinstance(sent, Known)
        assert (fire.instant, sent.instant) == (at(alerted), at(paged))
    without_start = found(whole, assessed(EARLY, LATE))["page.sent"]
    assert isinstance(without_start, Known)
    assert without_start.instant == at(-19)


@pytest.mark.parametrize(
    ("end", "resolved", "clear"),
    [
        (known(40), 50, (55, None, None)),
        (known(40, 39, 42), 50, (55, 54, 57)),
        (known(40, 39, 42), 54.5, (55, 54.5, 57)),
        (known(40, 39, 42), 56, (56, 56, 57)),
        (known(40, 39, 42), 70, (70, None, None)),
        (known(40, None, 42), 50, (55, 55, 57)),
        (known(65), 50, (80, None, None)),
    ],
)
def test_all_is_clear_a_hold_after_the_recovery_or_at_the_resolve(
    end: Known, resolved: float, clear: tuple[float, float | None, float | None]
) -> None:
    """The later of both, once it has passed; its bounds are those of the recovery as far as that decides."""
    told = replace(TOLD, pagerduty=record(page(6), incident=incident(resolved_at=at(resolved))))
    value, low, high = (None if one is None else at(one) for one in clear)
    assert value is not None
    assert found(told, assessed(known(0), end))["incident.all_clear"] == Known(
        value=value,
        low=low,
        high=high,
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method="recovery plus hold, or PagerDuty's resolve if that is later",
        sources=("total", "pd.incident"),
        notes={"hold_s": 900.0},
    )


@pytest.mark.parametrize(
    ("told", "end", "why"),
    [
        (TOLD, LATE, Unknown(reason=LATE.reason, ask=COMMANDER)),
        (
            replace(TOLD, pagerduty=record(incident=incident(resolved_at=None, status="triggered"))),
            known(40),
            Unknown(reason="the PagerDuty incident is still open", ask="again later: run the same command"),
        ),
        (
            TOLD,
            known(65.1),
            Unknown(reason="the hold after the recovery has not passed yet", ask="again later: run the same command"),
        ),
    ],
)
def test_all_is_not_clear_before_it_is(told: Evidence, end: Fact, why: Unknown) -> None:
    """Without a recovery, with an incident still open, or within the hold."""
    assert found(told, assessed(known(0), end))["incident.all_clear"] == why


def test_without_an_incident_the_hold_alone_makes_all_clear() -> None:
    """Its sources are the recovery's."""
    clear = found(evidence(slo()), USUAL)["incident.all_clear"]
    assert isinstance(clear, Known)
    assert (clear.instant, clear.sources) == (at(55), ("total",))


def changed(old: str, new: str, kind: str = "priority_change", field: str = "") -> LogEntry:
    """A change of a field of the incident."""
    return entry(kind, 20, old=old, new=new, field=field)


def severity(
    priority: str | None, *log: LogEntry, settings: Settings = SETTINGS, whole: bool = True, into: str = ""
) -> Fact:
    """The severity of an incident of this priority."""
    told = record(*log, incident=incident(priority=priority, merged_into=into))
    marks = {"incident.log": Answered(state=State.COMPLETE) if whole else CUT}
    return found(evidence(slo(), pagerduty=told, readings=marks), USUAL, settings=settings)["severity"]


LISTED = Settings(severity={"Top": "critical", "P1": "SEV-1", "Low": "minor", "P4": "SEV-4"})


@pytest.mark.parametrize(
    ("priority", "log", "settings", "text", "name"),
    [
        ("P2", [], SETTINGS, "SEV-2", "P2"),
        (" P2 ", [], SETTINGS, "SEV-2", " P2 "),
        ("P9", [], SETTINGS, "SEV-3", "P9"),
        ("P0", [], SETTINGS, "SEV-1", "P0"),
        ("sev 2", [], SETTINGS, "SEV-2", "sev 2"),
        ("P4", [], LISTED, "SEV-4", "P4"),
        ("P3", [], LISTED, "SEV-3", "P3"),
        ("P2", [changed("P1", "P2")], SETTINGS, "SEV-1", "P1"),
        ("P2", [changed("P3", "P1"), changed("P1", "P2")], SETTINGS, "SEV-1", "P1"),
        (None, [changed("", "P3")], SETTINGS, "SEV-3", "P3"),
        ("P2", [changed("P1", "P2", "field_value_change", "priority")], SETTINGS, "SEV-1", "P1"),
        ("P2", [changed("P1", "P2", "field_value_change")], SETTINGS, "SEV-1", "P1"),
        ("P2", [changed("P1", "P2", "field_value_change", "team")], SETTINGS, "SEV-2", "P2"),
        ("P2", [changed("P1", "P2", "status_update", "priority")], SETTINGS, "SEV-2", "P2"),
        ("P1", [changed("Top", "P1")], LISTED, "critical", "Top"),
        ("Low", [changed("Top", "Low")], LISTED, "critical", "Top"),
        ("Top", [changed("Low", "Top")], LISTED, "critical", "Top"),
        ("Odd", [changed("P3", "Odd")], SETTINGS, "SEV-3", "P3"),
    ],
)
def test_the_severity_is_that_of_the_highest_priority(
    priority: str | None, log: list[LogEntry], settings: Settings, text: str, name: str
) -> None:
    """By the number in the severity, else by its place in the configuration; only changes of priority count."""
    counted = any(one.type != "status_update" and one.field in {"", "priority"} for one in log)
    assert severity(priority, *log, settings=settings) == Known(
        value=text,
        unit=Unit.TEXT,
        basis=Basis.RECORDED,
        method=f"priority {name} of the PagerDuty incident, by the configured severities",
        sources=("pd.incident", "pd.log") if counted else ("pd.incident",),
    )


@pytest.mark.parametrize(
    ("priority", "settings", "higher"),
    [
        ("P1", SETTINGS, False),
        ("P2", SETTINGS, True),
        ("P1", Settings(severity={"P1": "SEV-1", "P2": "SEV-2"}), False),
        ("P2", Settings(severity={"P1": "SEV-1", "P2": "SEV-2"}), True),
        ("P3", Settings(severity={"P3": "SEV-3"}), True),
        ("Top", LISTED, False),
        ("Low", LISTED, True),
        ("Minor", Settings(severity={"Minor": "low"}), False),
    ],
)
def test_a_log_in_part_may_tell_of_a_higher_priority(priority: str, settings: Settings, higher: bool) -> None:  # noqa: FBT001 - a table
    """Unless there is none; one that is not configured counts by its own name."""
    fact = severity(priority, settings=settings, whole=False)
    assert isinstance(severity(priority, settings=settings), Known)
    assert isinstance(fact, Unknown) is higher
    if isinstance(fact, Unknown):
        text = severity(priority, settings=settings)
        assert isinstance(text, Known)
        assert fact == Unknown(
            reason=f"priority {priority} is {text.text}; the log, which was not read whole, would tell of a higher "
            "one before",
            ask=COMMANDER,
        )


def test_why_a_severity_is_unknown() -> None:
    """No incident, one that is a part of another, no priority, or one that nobody configured."""
    none = "no priority is set on the PagerDuty incident"
    assert found(evidence())["severity"] == Unknown(
        reason="there is no PagerDuty incident with a priority", ask=COMMANDER
    )
    assert severity("P1", into="P2") == Unknown(
        reason="its priority is unknown without incident P2, into which it was merged", ask=COMMANDER
    )
    assert severity(None) == Unknown(reason=none, ask=COMMANDER)
    assert severity(None, whole=False) == Unknown(reason=f"{none} now, and its log was not read whole", ask=COMMANDER)
    assert severity("Odd", changed("Odder", "Odd")) == Unknown(
        reason="priority Odd has no severity in the configuration", ask=COMMANDER
    )
    assert severity("P12") == Unknown(reason="priority P12 has no severity in the configuration", ask=COMMANDER)


PAYMENTS = slo("payments", "payments", named=False)
STOCK = slo("gone", "stock", named=False)
REQUEST = Request(as_of=at(80), service="shop")
PAID = assessed(known(0, source="paid"), known(40), of=PAYMENTS)


def services(told: Evidence, *assessments: Assessment) -> Fact:
    """The services that were affected."""
    return found(told, *assessments)["services_affected"]


@pytest.mark.parametrize(
    ("told", "assessments", "value", "basis", "sources"),
    [
        (TOLD, [], "checkout", Basis.RECORDED, ("pd.incident",)),
        (TOLD, [USUAL, PAID], "checkout, payments", Basis.MEASURED, ("pd.incident", "total", "paid")),
        (TOLD, [assessed(EARLY, LATE, of=PAYMENTS)], "checkout, payments", Basis.RECORDED, ("pd.incident",)),
        (TOLD, [assessed(known(0), LATE, of=PAYMENTS, moved=False)], "checkout", Basis.RECORDED, ("pd.incident",)),
        (evidence(PAYMENTS, slo(service="shop"), pagerduty=record()), [], "shop", Basis.RECORDED, ("pd.incident",)),
        (evidence(PAYMENTS, pagerduty=record()), [], "checkout", Basis.RECORDED, ("pd.incident",)),
        (evidence(PAYMENTS, pagerduty=record(sources={})), [PAID], "checkout, payments", Basis.MEASURED, ("paid",)),
        (evidence(PAYMENTS), [PAID], "payments", Basis.MEASURED, ("paid",)),
        (unread(slo(), GONE_SLO), [PAID], "checkout, payments", Basis.MEASURED, ("pd.incident", "paid")),
        (unread(slo(), slo("gone", "payments")), [PAID], "checkout, payments", Basis.MEASURED, ("pd.incident", "paid")),
    ],
)
def test_the_services_are_the_incident_s_and_those_whose_sli_moved(
    told: Evidence, assessments: Sequence[Assessment], value: str, basis: Basis, sources: tuple[str, ...]
) -> None:
    """Each once; an SLI of theirs that was not read leaves none out."""
    assert services(told, *assessments) == Known(
        value=value,
        unit=Unit.TEXT,
        basis=basis,
        method="the incident's service, and those whose SLI moved with it",
        sources=sources,
    )


def test_the_service_of_a_bare_window_is_the_one_asked_for() -> None:
    """Its samples show that it is there; without any nothing does."""
    read = sample_read()
    for slos in ((replace(slo(), total=read),), (replace(slo(), ratio=read), replace(PAYMENTS, total=read))):
        fact = services(evidence(*slos, request=REQUEST))
        assert isinstance(fact, Known)
        assert (fact.text, fact.basis, fact.sources) == ("shop", Basis.INFERRED, ("read",))
    both = services(evidence(replace(slo(), total=read), request=REQUEST), PAID)
    assert isinstance(both, Known)
    assert (both.text, both.basis, both.sources) == ("shop, payments", Basis.MEASURED, ("paid", "read"))
    nothing = Unknown(reason="neither an incident nor an SLI names a service", ask=COMMANDER)
    assert services(evidence(slo(), request=REQUEST)) == services(evidence()) == nothing
    assert services(evidence(replace(PAYMENTS, total=read), request=REQUEST)) == nothing
    assert services(evidence(PAYMENTS), assessed(EARLY, LATE, of=PAYMENTS)) == nothing


def sample_read() -> CounterRead:
    """A read of an SLI; its samples do not matter."""
    return CounterRead(matrix=matrix([]), source="read", start=at(0), end=at(40))


def test_another_service_s_sli_that_was_not_read_may_be_one_more() -> None:
    """Those that are known are the least."""
    assert services(unread(slo(), STOCK), USUAL, PAID) == Unknown(
        reason="at least checkout and payments; whether more were is unknown without the SLI of gone, which was not "
        "read whole",
        ask=COMMANDER,
    )


@pytest.mark.parametrize("name", ["severity", "services_affected"])
def test_a_human_s_word_stands_for_a_text(name: str) -> None:
    """Whatever was found."""
    fact = found(replace(TOLD, stated={name: "as said"}), USUAL)[name]
    assert isinstance(fact, Known)
    assert (fact.text, fact.basis) == ("as said", Basis.STATED)
