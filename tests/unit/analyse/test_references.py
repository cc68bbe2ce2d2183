"""Links for the appendix and related incidents: without repetition, nearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.analyse.changes.gathering import gather as gather_changes
from pm_autofill.analyse.references import gather, related
from pm_autofill.evidence import Evidence, Source
from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.incident import ChangeEvent, Link, OtherIncident
from pm_autofill.evidence.panels import Dashboard, GrafanaRecord, Panel
from pm_autofill.evidence.readings import seen
from pm_autofill.evidence.record import EarlierDraft
from tests.unit.analyse.cases import NOON, SETTINGS, alert, at, evidence, incident, page, record, sli

if TYPE_CHECKING:
    from pm_autofill.findings import Reference


def links(whole: Evidence, *slos: str) -> list[tuple[str, str, str]]:
    """Kind, text and address of the references."""
    found: tuple[Reference, ...] = gather(whole, seen(gather_changes(whole, SETTINGS), ()), slos)
    return [(one.kind, one.text, one.href) for one in found]


def test_every_link_stands_once() -> None:
    """The incident, changes, runbooks of its alerts only, dashboards, the SLIs' queries."""
    event = ChangeEvent(id="E", at=at(-3), summary="Deploy 42", links=(Link(href="https://ci/42", text="build"),))
    rules = tuple(
        AlertRule(name=name, expression="", hold=0, interval=15, labels={}, annotations={key: href}, source="r")
        for name, key, href in (
            ("Burn", "runbook_url", "https://run/burn"),
            ("Burn", "runbook", "javascript:alert(1)"),
            ("Other", "runbook_url", "https://run/other"),
        )
    )
    query = Source(system="Prometheus", query="t", url="https://p/graph", retrieved_at=NOON, sha256="")
    whole = evidence(
        sli((0, 40, 0.12)),
        sli(name="unseen"),
        pagerduty=record(alerts=(alert(5),), changes=(event, replace(event, id="F", at=at(9)))),
        alert_rules=rules,
        grafana=GrafanaRecord(
            version="", url="", dashboards=(Dashboard(uid="d", title="Checkout", service="", link="https://g/d"),)
        ),
        sources={"total": query, "bad": replace(query, url="https://p/bad")},
    )
    assert links(whole, "availability") == [
        ("incident", "PagerDuty incident 1", "https://pd.example/P1"),
        ("change", "Deploy 42", "https://ci/42"),
        ("runbook", "Burn", "https://run/burn"),
        ("dashboard", "Checkout", "https://g/d"),
        ("query", "availability: all events", "https://p/graph"),
        ("query", "availability: bad events", "https://p/bad"),
    ]
    assert links(evidence()) == []


def test_related_incidents_stand_by_how_they_relate() -> None:
    """Merged, in the same window, related, past; the latest first; never itself, never twice."""

    def other(id_: str, relation: str, minutes: float) -> OtherIncident:
        return OtherIncident(id=id_, title=id_, url="", at=at(minutes), relation=relation)

    told = record(
        incident=incident(id="P1"),
        merged=(other("M", "merged", 1),),
        others=(
            other("old", "past", -900),
            other("older", "past", -9000),
            other("near", "same window", 9),
            other("M", "same window", 1),
            other("P1", "same window", 5),
            other("kin", "related", 3),
        ),
    )
    assert [(one.title, one.relation) for one in related(evidence(pagerduty=told))] == [
        ("M", "merged"), ("near", "same window"), ("kin", "related"), ("old", "past"), ("older", "past"),
    ]  # fmt: skip
    assert related(evidence()) == ()


def test_panels_that_are_not_drawn_are_links_with_the_reason() -> None:
    """And those left out are counted, reason by reason."""
    dashboard = Dashboard(
        uid="d",
        title="Checkout",
        service="",
        link="https://g/d",
        panels=(Panel(id=1, title="Map", kind="geomap", link="https://g/d?1", problem="it cannot be drawn"),),
        left_out=tuple(
            Link(href=f"https://g/d?{number}", text=f"P{number}: 12 are shown at most") for number in range(2, 9)
        ),
    )
    assert links(evidence(grafana=GrafanaRecord(version="", url="", dashboards=(dashboard,)))) == [
        ("dashboard", "Checkout", "https://g/d"),
        ("panel", "Map, not drawn: it cannot be drawn", "https://g/d?1"),
        (
            "panel",
            "7 panels of Checkout left out, as 12 are shown at most: P2, P3, P4, P5, P6, ...",
            "https://g/d?2",
        ),
    ]


def test_the_rules_of_the_incident_s_alerts_are_shown_as_graphs() -> None:
    """With their expression, an hour around the incident; of other alerts nothing."""
    rules = tuple(
        AlertRule(name=name, expression="x > 1", hold=0, interval=15, labels={}, annotations={}, source="r")
        for name in ("Burn", "Other")
    )
    page = Source(
        system="Prometheus", query="GET /api/v1/rules", url="https://p/sub/rules", retrieved_at=NOON, sha256=""
    )
    whole = evidence(pagerduty=record(alerts=(alert(5),)), alert_rules=rules, sources={"r": page})
    assert links(whole)[1:] == [
        (
            "alert",
            "Burn: x > 1",
            "https://p/sub/graph?g0.expr=x+%3E+1&g0.tab=0&g0.range_input=175m&g0.end_input=2026-11-18+14%3A00%3A00",
        )
    ]


def test_earlier_drafts_stand_by_what_they_have_in_common() -> None:
    """Alerts, SLOs, services; none without anything in common."""
    drafts = (
        EarlierDraft(folder="2026-10-02-A", title="A", at=at(-9999), alerts=("Burn",), slos=("availability",)),
        EarlierDraft(folder="2026-10-01-B", title="B", at=at(-99999), services=("search",), slos=("search",)),
        EarlierDraft(
            folder="2026-09-01-C", title="C", at=at(-99999), services=("checkout",), figures={"impact.duration": 60.0}
        ),
    )
    told = record(page(6), alerts=(alert(5),))
    found = related(evidence(sli((0, 40, 0.12)), pagerduty=told, drafts=drafts))
    assert [(one.folder, one.relation, one.shared, one.figures) for one in found] == [
        ("2026-10-02-A", "draft", ("Burn", "availability"), {}),
        ("2026-09-01-C", "draft", ("checkout",), {"impact.duration": 60.0}),
    ]
