"""``explain``: where each number comes from, down to the samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from pm_autofill.compose import explain, facts_document
from pm_autofill.errors import EvidenceUnreadable, UsageError
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.incident import Agent, AgentKind, ChangeEvent, LogEntry, Note, OtherIncident
from pm_autofill.evidence.panels import Annotation, Dashboard, GrafanaRecord, Panel
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import BudgetTotals, SliKind
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, Basis, Known, Unit
from tests.unit.compose.conftest import START

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings


@pytest.fixture
def document(evidence: Evidence, findings: Findings) -> dict[str, Any]:
    """What was written to ``facts.json``."""
    return facts_document(evidence, findings, evidence_sha256="0" * 64)


def test_a_count(evidence: Evidence, document: dict[str, Any]) -> None:
    """Value, bounds, formula with its instants, and the samples around both ends of the impact."""
    assert explain(evidence, document, "requests.failed").splitlines()[:24] == [
        "Failed requests: 17,014",
        "  exactly  17013.6 events",
        "  between  16,958 and 17,071 (95 %)",
        "  basis    measured",
        "  how      raw counter samples, edges interpolated",
        "  formula  bad(V) - bad(S)",
        "           = bad(2026-11-18 14:21:40) - bad(2026-11-18 13:42:17)",
        "  from",
        "    V = impact.end: 2026-11-18 14:21:40",
        "    S = impact.start: 2026-11-18 13:42:17",
        "source prom.total: Prometheus",
        '  query    http_requests_total{service="checkout"}[5h]',
        "  window   2026-11-18T10:45:00Z to 2026-11-18T15:45:00Z",
        f"  read     2026-11-18T15:45:01Z, sha256 {'ab' * 32}",
        "  link     https://prom.example/graph?q=1",
        '  samples of http_requests_total{code="200",pod="a"}:',
        "    2026-11-18 13:42:00  7200",
        "    2026-11-18 13:42:15  8100",
        "    2026-11-18 13:42:30  9000",
        "    2026-11-18 13:42:45  9900",
        "    2026-11-18 13:43:00  10800",
        "    ...",
        "    2026-11-18 14:21:15  148500",
        "    2026-11-18 14:21:30  149400",
    ]


def test_a_duration_names_what_it_derives_from(evidence: Evidence, document: dict[str, Any]) -> None:
    """The formula is filled in with the instants it names, and the log's entries are shown."""
    text = explain(evidence, document, "time_to_respond")

    assert "Time to respond: 3 min 39 s\n  exactly  219.0 s\n" in text
    assert "  formula  response.first_action - page.sent\n" in text
    assert "           = 2026-11-18 13:50:31 - 2026-11-18 13:46:52\n" in text
    assert "    response.first_action: 2026-11-18 13:50:31\n    page.sent: 2026-11-18 13:46:52\n" in text
    assert "  entries:\n    2026-11-18 13:50:31  acknowledge (person): Acknowledged by Ingrid Solberg.\n" in text


def test_an_instant(evidence: Evidence, document: dict[str, Any]) -> None:
    """An instant shows the samples around itself, of the series in which something happened."""
    lines = explain(evidence, document, "impact.start").splitlines()

    assert lines[0] == "Impact start: 2026-11-18 13:42:17"
    assert "  exactly  2026-11-18T13:42:17Z" in lines
    assert "  between  2026-11-18 13:42:08 and 2026-11-18 13:42:26 (95 %)" in lines
    start = lines.index('  samples of http_requests_total{code="500",pod="a"}, the one of 2 series that changes most:')
    assert len([line for line in lines[start:] if line.startswith("    2026")]) == 10
    assert "    2026-11-18 13:42:30  94" in lines[start:]


def test_an_slos_own_fact(evidence: Evidence, document: dict[str, Any]) -> None:
    """SLO/FACT explains the SLO's own; letters and names mean the SLO's instants and counts."""
    text = explain(evidence, document, "checkout-availability/requests.failed_ratio")

    assert text.startswith("Failed share of requests of checkout-availability: 12.0%\n  exactly  0.12\n")
    assert "           = 17,014 / 141,780\n" in text


def test_a_budget_share_shows_its_denominator(evidence: Evidence, document: dict[str, Any]) -> None:
    """Objective and events of the very window stand in the filled formula; a scaled history's do not."""
    text = explain(evidence, document, "error_budget.consumed_ratio")

    assert "           = 17,014 / ((1 - 99.9%) * 155,900,000)\n" in text
    scaled = {**document["facts"]["error_budget.consumed_ratio"], "basis": "inferred"}
    own = {**document, "slos": [], "facts": {**document["facts"], "error_budget.consumed_ratio": scaled}}
    assert "= 17,014 / ((1 - 99.9%) * events of the window)\n" in explain(evidence, own, "error_budget.consumed_ratio")
    still_bad = {"status": "unknown", "reason": "still bad", "ask": "again later"}
    endless = {**document, "slos": [], "facts": {**document["facts"], "impact.end": still_bad}}
    assert "events of the window)\n" in explain(evidence, endless, "error_budget.consumed_ratio")
    before = explain(evidence, document, "error_budget.remaining_before_ratio")
    assert "           = " not in before


def test_slow_requests_are_called_slow(evidence: Evidence, document: dict[str, Any]) -> None:
    """The title knows a latency SLO."""
    slo = evidence.slos[0]
    definition = msgspec.structs.replace(slo.definition, kind=SliKind.LATENCY)
    slow = msgspec.structs.replace(evidence, slos=(msgspec.structs.replace(slo, definition=definition),))

    assert explain(slow, document, "checkout-availability/requests.failed").startswith(
        "Slow requests of checkout-availability: 17,014\n"
    )


def test_shows_the_series_that_lives_around_the_instant(evidence: Evidence, document: dict[str, Any]) -> None:
    """A counter that grew more, but long before, gives way to one that moves where it matters."""
    slo = evidence.slos[0]
    assert slo.bad is not None
    times = slo.bad.matrix.series[0].times
    gone = Series({"pod": "gone"}, times[:5] - 7200, np.array([0.0, 1e6, 2e6, 3e6, 4e6]))
    read = msgspec.structs.replace(slo.bad, matrix=matrix([*slo.bad.matrix.series, gone]))
    more = msgspec.structs.replace(evidence, slos=(msgspec.structs.replace(slo, bad=read),))

    assert 'samples of http_requests_total{code="500",pod="a"}, the one of 3 series' in explain(
        more, document, "impact.start"
    )


def test_an_unknown_fact_says_why(evidence: Evidence, document: dict[str, Any]) -> None:
    """What is not known says why, and whom to ask."""
    assert explain(evidence, document, "detection.could_be_sooner") == (
        "Could be detected sooner: unknown\n"
        "  because  replay is not built yet\n"
        "  ask      someone who knows the alert rules\n"
    )


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("requests.faild", "no fact is called 'requests.faild'", "requests.failed"),
        ("zzz", "no fact is called 'zzz'", "There are: impact.start, impact.end"),
        ("checkout/requests.failed", "no SLO is called 'checkout'", "Did you mean checkout-availability?"),
        (
            "checkout-availability/severity",
            "no fact of an SLO is called 'severity'",
            "There are: impact.start, impact.end",
        ),
    ],
)
def test_wrong_names(evidence: Evidence, document: dict[str, Any], name: str, message: str, hint: str) -> None:
    """A name that is none is told with the nearest ones."""
    with pytest.raises(UsageError) as caught:
        explain(evidence, document, name)

    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", [*FACT_NAMES, *(f"checkout-availability/{own}" for own in SLO_FACT_NAMES)])
def test_every_fact_can_be_explained(evidence: Evidence, document: dict[str, Any], name: str) -> None:
    """Each known fact names at least one source with its question; none fails."""
    text = explain(evidence, document, name)

    fact = document["facts"][name.rpartition("/")[2]]
    assert ("\nsource " in text) == (fact["status"] == "known")
    assert text.endswith("\n")


def test_facts_of_another_version_are_refused(evidence: Evidence, document: dict[str, Any]) -> None:
    """What another version wrote is not guessed at."""
    with pytest.raises(EvidenceUnreadable, match=r"schema 'pm-autofill\.facts/9'"):
        explain(evidence, {**document, "schema": "pm-autofill.facts/9"}, "requests.failed")


def test_a_source_that_is_not_listed_is_passed_over(evidence: Evidence, document: dict[str, Any]) -> None:
    """A fact whose source is gone from the document is still explained."""
    assert "\nsource " not in explain(evidence, {**document, "sources": {}}, "requests.failed")


def _sourced(findings: Findings, source: str) -> Findings:
    """The findings with the first action resting on one source."""
    fact = findings.facts["response.first_action"]
    assert isinstance(fact, Known)
    return replace(findings, facts={**findings.facts, "response.first_action": replace(fact, sources=(source,))})


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("prom.budget", "  sums from 2026-10-19 14:21:40 to 2026-11-18 14:21:40 UTC: 46000 bad of 155900000 events"),
        ("prom.alerts", "    CheckoutErrorBudgetBurn  firing  2026-11-18 13:46:30 to 2026-11-18 14:26:30"),
        ("prom.rules", "    CheckoutErrorBudgetBurn  for 120 s  ratio > 0.0144"),
        ("pagerduty.incident", "    2026-11-18 14:27:10  resolved"),
        ("notes", "    2026-11-18 13:59:00  Ann: found it"),
        ("changes", "    2026-11-18 13:41:00  Deployed"),
        ("past", "    2026-09-22 08:00:00  Earlier"),
        ("log.P2", "    2026-11-18 13:44:00  notify (machine): Paged Bo."),
        ("alerts", "  link     https://acme.example/alerts"),
        ("prom.changes", "    2026-11-18 13:41:10  1"),
        ("prom.empty", "  no samples"),
        ("marks", "    2026-11-18 14:18:00  Rollback"),
        ("panel", "    2026-11-18 13:41:10  1"),
    ],
)
def test_each_kind_of_source_shows_what_it_holds(
    evidence: Evidence, findings: Findings, source: str, line: str
) -> None:
    """Sums, alerts, rules, entries, changes: each answer is shown in its own form."""
    full = _full(evidence)
    document = facts_document(full, _sourced(findings, source), evidence_sha256="0" * 64)

    assert line in explain(full, document, "response.first_action").splitlines()


def _full(evidence: Evidence) -> Evidence:
    """The evidence with one entry of every kind."""
    record = evidence.pagerduty
    assert record is not None
    at = record.log[0].at
    ann = Agent(kind=AgentKind.PERSON, name="Ann")
    robot = Agent(kind=AgentKind.AUTOMATION, name="Robot")
    paged = LogEntry(
        id="L2",
        type="notify",
        known=True,
        at=at.replace(minute=44, second=0),
        agent=robot,
        channel="auto",
        summary="Paged Bo.",
    )
    parts = ("notes", "changes", "past", "log.P2", "alerts")
    record = msgspec.structs.replace(
        record,
        notes=(Note(id="N1", at=at.replace(minute=59, second=0), author=ann, text="found\nit"),),
        changes=(ChangeEvent(id="C1", at=at.replace(minute=41, second=0), summary="Deployed"),),
        others=(
            OtherIncident(
                id="P1",
                title="Earlier",
                url="",
                at=at.replace(month=9, day=22, hour=8, minute=0, second=0),
                relation="past",
            ),
        ),
        merged_logs={"P2": (paged,)},
        sources={**record.sources, **{part: part for part in parts}},
    )
    times = np.array([at.replace(minute=41, second=10).timestamp()])
    change = matrix([Series({"deployment": "checkout"}, times, np.array([1.0]))])
    source = msgspec.structs.replace(evidence.sources["pagerduty.log"], url="https://acme.example/alerts")
    new = (*parts, "prom.changes", "prom.empty", "marks", "panel")
    panel = Panel(id=1, title="Errors", kind="timeseries", link="", matrix=change, source="panel")
    grafana = GrafanaRecord(
        version="13",
        url="https://grafana.example",
        dashboards=(Dashboard(uid="d", title="D", service="checkout-api", link="", panels=(panel,)),),
        annotations=(
            Annotation(id=1, start=at.replace(hour=14, minute=18, second=0), text="Rollback", source="marks"),
        ),
    )
    return msgspec.structs.replace(
        evidence,
        pagerduty=record,
        grafana=grafana,
        sources={**evidence.sources, **dict.fromkeys(new, source)},
        changes=(
            ChangeSeries(service="checkout-api", query="q", matrix=change, source="prom.changes", step=15.0),
            ChangeSeries(service="checkout-api", query="q", matrix=matrix([]), source="prom.empty", step=15.0),
        ),
    )


def test_hostile_text_is_harmless_on_a_terminal(evidence: Evidence, findings: Findings) -> None:
    """Control sequences in queries and entries never reach the terminal."""
    bad = msgspec.structs.replace(evidence.sources["pagerduty.log"], query="\x1b]0;owned\x07\x1b[2J/incidents")
    hostile = msgspec.structs.replace(evidence, sources={**evidence.sources, "pagerduty.log": bad})
    document = facts_document(hostile, findings, evidence_sha256="0" * 64)

    text = explain(hostile, document, "page.sent")

    assert "  query    /incidents\n" in text
    assert "\x1b" not in text


def test_the_weeks_before_and_their_ratio_are_shown(evidence: Evidence, findings: Findings) -> None:
    """The usual ratio stands in the formula, and the sums it comes from under their question."""
    (slo, *others) = evidence.slos
    end = START - timedelta(days=7)
    week = BudgetTotals(start=end - timedelta(minutes=40), end=end, bad=85, total=141_000, sources=("prom.total",))
    told = msgspec.structs.replace(evidence, slos=(msgspec.structs.replace(slo, weeks=(week,)), *others))
    text = explain(told, facts_document(told, findings, evidence_sha256="x"), "requests.excess_failed")
    assert "           = 17,014 - 0.0006002 * 141,780\n" in text
    assert "  sums from 2026-11-11 13:02:17 to 2026-11-11 13:42:17 UTC: 85 bad of 141000 events\n" in text


@pytest.mark.parametrize("part", ["facts", "slos", "sources", "headline_slo", "facts.impact.start", "slos.0.name"])
def test_facts_with_a_part_taken_out_are_refused(part: str, evidence: Evidence, document: dict[str, Any]) -> None:
    """Whatever is missing; with what to do."""
    *places, last = ("facts", "impact.start") if part.startswith("facts.") else part.split(".")
    inner: Any = document
    for place in places:
        inner = inner[int(place) if place.isdigit() else place]
    del inner[last]
    with pytest.raises(EvidenceUnreadable) as refused:
        explain(evidence, document, "page.sent")
    assert str(refused.value) == (
        "the facts are not as they were written: something was changed in them. "
        "Make the draft anew: pm-autofill --from-evidence PATH."
    )


def test_a_severity_shows_the_change_of_priority(evidence: Evidence, findings: Findings) -> None:
    """Among the entries nearest to it, however long the log is before."""
    record = evidence.pagerduty
    assert record is not None
    person = Agent(kind=AgentKind.PERSON, name="Ann")
    noise = tuple(
        LogEntry(
            id=f"N{n}",
            type="notify",
            known=True,
            at=START + timedelta(seconds=n),
            agent=person,
            channel="",
            summary="s",
        )
        for n in range(40)
    )
    change = LogEntry(
        id="C", type="priority_change", known=True, at=START + timedelta(minutes=20), agent=person, channel="",
        summary="Priority changed.", field="priority", new="P1",
    )  # fmt: skip
    sources = (record.sources["log"],)
    severity = Known(value="SEV-1", unit=Unit.TEXT, basis=Basis.RECORDED, method="priority P1", sources=sources)
    told = msgspec.structs.replace(evidence, pagerduty=msgspec.structs.replace(record, log=(*noise, change)))
    found = replace(findings, facts={**findings.facts, "severity": severity})
    text = explain(told, facts_document(told, found, evidence_sha256="x"), "severity")
    assert "priority_change (person): Priority changed." in text


def test_facts_of_strangers_print_no_lines_of_their_own(evidence: Evidence, document: dict[str, Any]) -> None:
    """Whatever stands in a fact's texts stays on its line: CI obeys lines that begin with two colons."""
    told = document["facts"]["requests.failed"]
    strange = {**told, "basis": "x\n::stop", "method": "y\n::stop", "formula": "z\n::stop", "sources": ["s\n::stop"]}
    hostile = {**document, "facts": {**document["facts"], "requests.failed": strange}}
    assert not any(line.startswith("::") for line in explain(evidence, hostile, "requests.failed").splitlines())
