"""One incident as literal values: a deploy breaks 12 % of checkout-api's requests for 39 minutes."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from pm_autofill.evidence import Evidence, Gap, Request, Source, TemplateText
from pm_autofill.evidence.alerts import AlertRule, AlertSeries
from pm_autofill.evidence.incident import Agent, AgentKind, Incident, IncidentRecord, LogEntry
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import BudgetTotals, CounterRead, Events, SloDefinition, SloEvidence
from pm_autofill.findings import (
    BadPeriod,
    Basis,
    Definition,
    Fact,
    Finding,
    Findings,
    Known,
    Paging,
    Picture,
    Reference,
    RelatedIncident,
    Severity,
    SloFindings,
    TimelineRow,
    Unit,
    Unknown,
)
from pm_autofill.instants import Window


def at(clock: str, day: int = 18) -> datetime:
    """An instant of that day."""
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}").replace(tzinfo=UTC)


START, END = at("13:42:17"), at("14:21:40")
DEFINITION = SloDefinition(
    name="checkout-availability",
    service="checkout-api",
    objective=Decimal("99.9"),
    events=Events(
        total='http_requests_total{service="checkout"}', bad='http_requests_total{service="checkout",code=~"5.."}'
    ),
)
REPLAY = Unknown(reason="replay is not built yet", ask="someone who knows the alert rules")


def instant(clock: str, method: str, *sources: str, basis: Basis = Basis.RECORDED, half: float = 0) -> Known:
    """A known instant, with bounds where it was measured."""
    value = at(clock)
    low, high = value - timedelta(seconds=half), value + timedelta(seconds=half)
    return Known(
        value=value,
        unit=Unit.INSTANT,
        basis=basis,
        method=method,
        sources=sources,
        low=low if half else None,
        high=high if half else None,
    )


def seconds(value: float, formula: str, *sources: str) -> Known:
    """A known duration."""
    return Known(value=value, unit=Unit.SECONDS, basis=Basis.RECORDED, method=formula, formula=formula, sources=sources)


def measured(unit: Unit, value: float, low: float, high: float, formula: str, **notes: float) -> Known:
    """A known count or ratio."""
    return Known(
        value=value,
        unit=unit,
        basis=Basis.MEASURED,
        method="raw counter samples, edges interpolated",
        formula=formula,
        sources=("prom.total", "prom.bad"),
        low=low,
        high=high,
        notes=notes,
    )


@pytest.fixture
def slo_facts() -> dict[str, Fact]:
    """The facts of the headline SLO."""
    change = "change point in bad / total of checkout-availability, raw samples"
    return {
        "impact.start": instant("13:42:17", change, "prom.total", "prom.bad", basis=Basis.MEASURED, half=9),
        "impact.end": instant("14:21:40", change, "prom.total", "prom.bad", basis=Basis.MEASURED, half=15),
        "impact.duration": seconds(2363.0, "impact.end - impact.start", "prom.total"),
        "requests.total": measured(Unit.EVENTS, 141780.4, 141300.0, 142300.0, "total(V) - total(S)", series=6.0),
        "requests.failed": measured(
            Unit.EVENTS, 17013.6, 16958.0, 17071.0, "bad(V) - bad(S)", series=6.0, restarts=1.0, born=0.0
        ),
        "requests.excess_failed": measured(
            Unit.EVENTS, 16928.5, 16870.0, 16990.0, "requests.failed - usual ratio * requests.total", usual_ratio=0.0006
        ),
        "requests.lost": measured(Unit.EVENTS, 0.0, 0.0, 0.0, "sum of expected - served"),
        "requests.failed_ratio": measured(Unit.RATIO, 0.12, 0.1195, 0.1205, "requests.failed / requests.total"),
        "requests.failed_ratio_peak": measured(
            Unit.RATIO,
            0.141,
            0.13,
            0.15,
            "max over minutes of failed / total",
            worst_minute_s=at("13:58:00").timestamp(),
        ),
        "error_budget.consumed_ratio": measured(
            Unit.RATIO,
            0.1091,
            0.1086,
            0.1097,
            "requests.failed / ((1 - objective) * events of the window)",
            events=155.9e6,
            coverage_ratio=1.0,
        ),
        "error_budget.remaining_before_ratio": measured(Unit.RATIO, 0.813, 0.81, 0.816, "1 - bad / (b * all)"),
        "error_budget.remaining_after_ratio": measured(Unit.RATIO, 0.704, 0.70, 0.708, "1 - bad / (b * all)"),
    }


@pytest.fixture
def facts(slo_facts: dict[str, Fact]) -> dict[str, Fact]:
    """The facts of the whole incident."""
    pagerduty = ("pagerduty.log",)
    text = {"unit": Unit.TEXT, "basis": Basis.RECORDED, "sources": ("pagerduty.incident",)}
    return {
        **slo_facts,
        "incident.triggered": instant("13:46:45", "creation of the PagerDuty incident", "pagerduty.incident"),
        "incident.resolved": instant("14:27:10", "resolution of the PagerDuty incident", "pagerduty.incident"),
        "incident.all_clear": instant("14:36:40", "recovery plus hold", "prom.bad", basis=Basis.INFERRED),
        "alert.pending": instant("13:44:30", "first pending evaluation in ALERTS", "prom.alerts"),
        "alert.fired": instant("13:46:30", "first firing evaluation in ALERTS", "prom.alerts"),
        "page.sent": instant("13:46:52", "first notification to a person", *pagerduty),
        "detection.time": instant("13:46:52", "first notification to a person", *pagerduty),
        "detection.replayed": REPLAY,
        "response.acknowledged": instant("13:50:31", "first acknowledgement by a person", *pagerduty),
        "response.first_action": instant("13:50:31", "first responder action: acknowledgement", *pagerduty),
        "mitigation.applied": instant(
            "14:20:05", "the failure ratio at least halved (annotation)", "grafana.annotations", basis=Basis.INFERRED
        ),
        "time_to_detect": seconds(275.0, "detection.time - impact.start", "prom.bad", *pagerduty),
        "time_to_respond": seconds(219.0, "response.first_action - page.sent", *pagerduty),
        "time_to_mitigate": seconds(1774.0, "mitigation.applied - response.first_action", *pagerduty),
        "time_to_resolve": seconds(95.0, "impact.end - mitigation.applied", "prom.bad"),
        "detection.method": Known(value="Alert", method="an alert opened the incident", **text),  # type: ignore[arg-type]
        "detection.could_be_sooner": REPLAY,
        "severity": Known(value="SEV-1", method="priority P1 of the PagerDuty incident", **text),  # type: ignore[arg-type]
        "services_affected": Known(value="checkout-api", method="the incident's service", **text),  # type: ignore[arg-type]
    }


@pytest.fixture
def rows() -> tuple[TimelineRow, ...]:
    """The timeline."""

    def row(clock: str, kind: str, milestone: str = "", /, **values: datetime | float | str | bool) -> TimelineRow:
        return TimelineRow(
            id=f"{kind}:{clock}", time=at(clock), kind=kind, values=values, source="pagerduty.log", milestone=milestone
        )

    slo = {"service": "checkout-api", "slo": "checkout-availability"}
    impact: dict[str, Any] = {**slo, "kind": "failures", "from_ratio": 0.0006}
    ingrid = "Ingrid Solberg"
    return (
        row("13:41:05", "change", text="Deployed checkout-api 2026.11.3", origin="change event", before_impact_s=72.0),
        row("13:42:17", "impact_start", "impact.start", **impact, to_ratio=0.12, within_s=9.0),
        row("13:44:30", "alert_pending", alert="CheckoutErrorBudgetBurn"),
        row("13:46:30", "alert_fired", "alert.fired", alert="CheckoutErrorBudgetBurn"),
        row("13:46:52", "paged", people=ingrid, medium="push"),
        row("13:50:31", "acknowledged", "response.acknowledged", person=ingrid),
        row(
            "13:59:12",
            "note",
            person=ingrid,
            text="Certificate bundle of 2026.11.3 lacks the intermediate; rolling back",
        ),
        row("14:18:40", "change", text="Rollback of checkout-api", origin="annotation"),
        row("14:20:05", "mitigation", "mitigation.applied", text="Rollback of checkout-api", inferred=True),
        row("14:21:40", "impact_end", "impact.end", **{**impact, "to_ratio": 0.0006}, within_s=15.0),
        row("14:27:10", "resolved", by="Alertmanager", automatic=True),
        row("14:36:40", "all_clear", "incident.all_clear", inferred=True, hold_s=900.0),
    )


@pytest.fixture
def findings(facts: dict[str, Fact], slo_facts: dict[str, Fact], rows: tuple[TimelineRow, ...]) -> Findings:
    """Everything that follows."""
    slo = SloFindings(
        definition=DEFINITION,
        moved=True,
        facts=slo_facts,
        baseline_ratio=0.0006,
        baseline_weeks=0,
        periods=(BadPeriod(window=Window(START, END), failed_ratio=0.12, excess_failed=16928.5),),
        excess_consumed_ratio=0.1086,
    )
    return Findings(
        facts=facts,
        slos=(slo,),
        headline_slo="checkout-availability",
        phases={"S": START, "V": END},
        paging=Paging(
            alert="CheckoutErrorBudgetBurn",
            stages={"evaluation": 133.0, "hold": 120.0, "grouping": 20.0, "delivery": 2.0, "acknowledgement": 219.0},
        ),
        definitions=(
            Definition(name="from_start.acknowledge", seconds=seconds(494.0, ""), told=REPLAY),
            Definition(name="from_start.mitigate", seconds=REPLAY, told=REPLAY),
            Definition(name="pagerduty.seconds_to_first_ack", seconds=seconds(221.0, ""), told=seconds(221.0, "")),
            Definition(name="pagerduty.seconds_to_resolve", seconds=seconds(2415.0, ""), told=seconds(2414.0, "")),
        ),
        timeline=rows,
        remarks=(
            Finding(
                code="counter_resets", severity=Severity.INFO, values={"slo": "checkout-availability", "count": 1.0}
            ),
            Finding(
                code="met_target",
                severity=Severity.INFO,
                values={"name": "time_to_respond", "seconds": 219.0, "target_s": 300.0},
            ),
        ),
        references=(
            Reference(
                kind="change",
                text="Deployed checkout-api 2026.11.3",
                href="https://git.example/checkout/actions/runs/8812",
                at=at("13:41:05"),
            ),
            Reference(kind="runbook", text="CheckoutErrorBudgetBurn", href="https://runbooks.example/checkout"),
        ),
        related=(
            RelatedIncident(
                title="Checkout latency after release 2026.9.1",
                url="https://acme.pagerduty.com/incidents/Q0",
                at=datetime(2026, 9, 22, 8, tzinfo=UTC),
                relation="past",
                number=1184,
            ),
        ),
        as_of=at("15:45:00"),
        change_candidates=("change:13:41:05",),
    )


@pytest.fixture
def evidence() -> Evidence:
    """What was observed."""
    times = np.arange(START.timestamp() - 137, END.timestamp() + 300, 15.0)
    inside = np.clip(times - START.timestamp(), 0, 2363)
    labels = {"__name__": "http_requests_total", "code": "500", "pod": "a"}
    bad = Series(labels, times, np.rint(inside * 7.2))
    still = Series({**labels, "pod": "b"}, times, np.full(len(times), 5.0))
    total = Series({**labels, "code": "200"}, times, np.rint((times - times[0]) * 60.0))
    ingrid = Agent(kind=AgentKind.PERSON, name="Ingrid Solberg")
    return Evidence(
        collected_at=at("15:45:02"),
        version="0.1.0",
        request=Request(as_of=at("15:45:00"), incident="PD123"),
        configuration={},
        template=TemplateText(name="postmortem.md.j2", text=template_text()),
        sources=SOURCES,
        gaps=(
            Gap(
                source="PagerDuty",
                what="past incidents",
                reason="not in this plan",
                hint="Ask PagerDuty for Event Intelligence.",
            ),
        ),
        pagerduty=IncidentRecord(
            incident=Incident(
                id="PD123",
                number=1187,
                title="Checkout requests fail after release 2026.11.3",
                url="https://acme.pagerduty.com/incidents/PD123",
                status="resolved",
                created_at=at("13:46:45"),
                resolved_at=at("14:27:10"),
                service_id="PSVCCHK",
                service="checkout-api",
            ),
            log=(
                LogEntry(
                    id="L1",
                    type="acknowledge",
                    known=True,
                    at=at("13:50:31"),
                    agent=ingrid,
                    channel="mobile",
                    summary="Acknowledged by Ingrid Solberg.",
                ),
            ),
            sources={"incident": "pagerduty.incident", "log": "pagerduty.log"},
        ),
        slos=(
            SloEvidence(
                definition=DEFINITION,
                total=CounterRead(
                    matrix=matrix([total]), source="prom.total", start=at("10:45:00"), end=at("15:45:00")
                ),
                bad=CounterRead(
                    matrix=matrix([bad, still]), source="prom.bad", start=at("10:45:00"), end=at("15:45:00")
                ),
                totals=(
                    BudgetTotals(
                        start=END - timedelta(days=30), end=END, bad=46000.0, total=155.9e6, sources=("prom.budget",)
                    ),
                ),
            ),
        ),
        alert_series=(
            AlertSeries(
                name="CheckoutErrorBudgetBurn",
                labels={},
                state="firing",
                first=at("13:46:30"),
                last=at("14:26:30"),
                source="prom.alerts",
            ),
        ),
        alert_rules=(
            AlertRule(
                name="CheckoutErrorBudgetBurn",
                expression="ratio > 0.0144",
                hold=120.0,
                interval=30.0,
                labels={},
                annotations={},
                source="prom.rules",
            ),
        ),
    )


def template_text() -> str:
    """The template that comes with the program."""
    return (files("pm_autofill") / "templates/postmortem.md.j2").read_text(encoding="utf-8")


def _source(system: str, query: str, url: str = "") -> Source:
    return Source(
        system=system,
        query=query,
        url=url,
        retrieved_at=at("15:45:01"),
        sha256="ab" * 32,
        start=at("10:45:00") if system == "Prometheus" else None,
        end=at("15:45:00") if system == "Prometheus" else None,
    )


SOURCES = {
    "prom.total": _source(
        "Prometheus", 'http_requests_total{service="checkout"}[5h]', "https://prom.example/graph?q=1"
    ),
    "prom.bad": _source("Prometheus", 'http_requests_total{code=~"5.."}[5h]', "https://prom.example/graph?q=2"),
    "prom.budget": _source("Prometheus", "sum(increase(http_requests_total[30d]))"),
    "prom.alerts": _source("Prometheus", "ALERTS"),
    "prom.rules": _source("Prometheus", "/api/v1/rules"),
    "pagerduty.incident": _source("PagerDuty", "/incidents/PD123", "https://acme.pagerduty.com/incidents/PD123"),
    "pagerduty.log": _source("PagerDuty", "/incidents/PD123/log_entries"),
    "grafana.annotations": _source("Grafana", "/api/annotations"),
}


def _png(width: int = 320, height: int = 160) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = (b"\x00" + b"\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


@pytest.fixture
def pictures() -> tuple[Picture, ...]:
    """One graph."""
    rows = "".join(f"2026-11-18T13:{minute:02}:00Z,0.12\n" for minute in range(42, 60))
    return (
        Picture(
            name="01-checkout-availability",
            kind="sli",
            title="Failed requests of checkout-api",
            alt="Failed requests of checkout-api: 0.06% until 13:42, 12% until 14:21, then 0.06% again",
            caption="Share of failed requests, objective 99.9%.",
            href="https://prom.example/graph?g0.expr=x&g0.range_input=2h",
            sources=("prom.bad",),
            png=_png(),
            csv=f"time,failed_ratio\n{rows}".encode(),
        ),
    )
