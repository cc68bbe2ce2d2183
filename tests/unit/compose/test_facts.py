"""``facts.json``: the published shape, to the key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from pm_autofill.compose.facts import dump_facts, facts_document, listed
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, Basis, Known, Picture, Unit

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings

DIGEST = "0" * 64


def test_head(evidence: Evidence, findings: Findings) -> None:
    """Schema, incident and origin stand first; the time is that of collection."""
    document = facts_document(evidence, findings, evidence_sha256=DIGEST)

    assert {key: document[key] for key in ("schema", "incident", "generated", "headline_slo")} == {
        "schema": "pm-autofill.facts/1",
        "incident": {
            "id": "PD123",
            "number": 1187,
            "title": "Checkout requests fail after release 2026.11.3",
            "url": "https://acme.pagerduty.com/incidents/PD123",
        },
        "generated": {"at": "2026-11-18T15:45:02Z", "version": "0.1.0", "evidence_sha256": DIGEST},
        "headline_slo": "checkout-availability",
    }
    bare = msgspec.structs.replace(evidence, pagerduty=None)
    assert facts_document(bare, findings, evidence_sha256=DIGEST)["incident"] is None


def test_graphs_say_what_they_are_made_of() -> None:
    """File, data, caption, the same window at its source, and the questions behind it."""
    picture = Picture(
        name="04-panel-errors",
        kind="panel",
        title="Errors",
        alt="Errors between 0 and 1",
        caption="Panel Errors, drawn from its data.",
        href="https://g/d/x",
        sources=("grafana.panel.x.1",),
        png=b"",
        csv=b"",
    )
    assert listed([picture]) == [
        {
            "file": "graphs/04-panel-errors.png",
            "data": "graphs/04-panel-errors.csv",
            "kind": "panel",
            "title": "Errors",
            "caption": "Panel Errors, drawn from its data.",
            "url": "https://g/d/x",
            "sources": ["grafana.panel.x.1"],
        }
    ]


def test_facts(evidence: Evidence, findings: Findings) -> None:
    """Every name is there; bounds and formula stand only where they mean something."""
    document = facts_document(evidence, findings, evidence_sha256=DIGEST)

    assert tuple(document["facts"]) == FACT_NAMES
    assert document["facts"]["requests.failed"] == {
        "status": "known",
        "value": 17013.6,
        "unit": "events",
        "low": 16958.0,
        "high": 17071.0,
        "basis": "measured",
        "method": "raw counter samples, edges interpolated",
        "formula": "bad(V) - bad(S)",
        "sources": ["prom.total", "prom.bad"],
    }
    assert document["facts"]["impact.start"] == {
        "status": "known",
        "value": "2026-11-18T13:42:17Z",
        "unit": "instant",
        "low": "2026-11-18T13:42:08Z",
        "high": "2026-11-18T13:42:26Z",
        "basis": "measured",
        "method": "change point in bad / total of checkout-availability, raw samples",
        "sources": ["prom.total", "prom.bad"],
    }
    assert document["facts"]["detection.could_be_sooner"] == {
        "status": "unknown",
        "reason": "replay is not built yet",
        "ask": "someone who knows the alert rules",
    }


def test_slos(evidence: Evidence, findings: Findings) -> None:
    """An SLO carries its definition as configured and all its facts."""
    (slo,) = facts_document(evidence, findings, evidence_sha256=DIGEST)["slos"]

    assert tuple(slo.pop("facts")) == SLO_FACT_NAMES
    assert slo == {
        "name": "checkout-availability",
        "service": "checkout-api",
        "objective": "99.9",
        "window": "30d",
        "method": "occurrences",
    }


def test_lists(evidence: Evidence, findings: Findings) -> None:
    """Timeline, sources, gaps and findings are plain text and RFC 3339."""
    document = facts_document(evidence, findings, evidence_sha256=DIGEST)

    assert document["timeline"][0] == {
        "id": "change:13:41:05",
        "time": "2026-11-18T13:41:05Z",
        "text": "Deployed checkout-api 2026.11.3 (change event; 1 min 12 s before the impact began)",
        "kind": "change",
        "source": "pagerduty.log",
    }
    assert document["sources"]["prom.total"] == {
        "system": "Prometheus",
        "query": 'http_requests_total{service="checkout"}[5h]',
        "start": "2026-11-18T10:45:00Z",
        "end": "2026-11-18T15:45:00Z",
        "step": None,
        "url": "https://prom.example/graph?q=1",
        "retrieved_at": "2026-11-18T15:45:01Z",
        "sha256": "ab" * 32,
    }
    assert document["gaps"] == [
        {
            "source": "PagerDuty",
            "what": "past incidents",
            "reason": "not in this plan",
            "effect": "such incidents may be missing from the appendix",
            "hint": "Ask PagerDuty for Event Intelligence.",
        }
    ]
    assert document["findings"][0]["code"] == "counter_resets"
    assert document["findings"][0]["severity"] == "info"


def test_texts_are_not_markdown(evidence: Evidence, findings: Findings) -> None:
    """Programs get the words themselves."""
    row = replace(findings.timeline[6], values={"person": "Ann", "text": "a_*b|c*"})

    document = facts_document(evidence, replace(findings, timeline=(row,)), evidence_sha256=DIGEST)

    assert document["timeline"][0]["text"] == 'Note by Ann: "a_*b|c*"'


def test_dump(evidence: Evidence, findings: Findings) -> None:
    """The file is readable JSON in UTF-8 that says the same, ends in a newline, and is stable."""
    document = facts_document(evidence, findings, evidence_sha256=DIGEST)

    raw = dump_facts({**document, "title": "Größe"})

    assert raw == dump_facts({**document, "title": "Größe"})
    assert raw.endswith(b"}\n")
    assert "Größe".encode() in raw
    assert raw.startswith(b'{\n  "schema": "pm-autofill.facts/1",\n')
    assert json.loads(raw)["facts"] == document["facts"]


def test_no_number_that_is_none(evidence: Evidence, findings: Findings) -> None:
    """A value that is no number never reaches the file."""
    broken = Known(
        value=float("nan"), unit=Unit.RATIO, basis=Basis.MEASURED, method="m", formula="f", sources=("prom.bad",)
    )
    facts = {**findings.facts, "requests.failed_ratio": broken}

    with pytest.raises(ValueError, match="JSON compliant"):
        dump_facts(facts_document(evidence, replace(findings, facts=facts), evidence_sha256=DIGEST))
