"""``facts.json``: every fact with its origin, for programs; schema ``pm-autofill.facts/1``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, Known
from pm_autofill.instants import format_instant
from pm_autofill.wording.gaps import gap_effect
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.remarks import remark_text
from pm_autofill.wording.timeline import row_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pm_autofill.evidence import Evidence, Source
    from pm_autofill.findings import Fact, Findings, Picture, SloFindings, Value

SCHEMA = "pm-autofill.facts/1"


def facts_document(evidence: Evidence, findings: Findings, *, evidence_sha256: str) -> dict[str, Any]:
    """The whole of ``facts.json`` as plain data.

    Args:
        evidence: What was observed.
        findings: What follows.
        evidence_sha256: Digest of the evidence file these facts were computed from, in hexadecimal.

    Returns:
        The document; texts are plain, instants RFC 3339, durations seconds, ratios in 0..1.
    """
    return {
        "schema": SCHEMA,
        "incident": _incident(evidence),
        "generated": {
            "at": format_instant(evidence.collected_at),
            "version": evidence.version,
            "evidence_sha256": evidence_sha256,
        },
        "headline_slo": findings.headline_slo,
        "facts": _facts(findings.facts, FACT_NAMES),
        "slos": [_slo(one) for one in findings.slos],
        "timeline": [
            {
                "id": row.id,
                "time": format_instant(row.time),
                "text": row_text(row, ink=plain),
                "kind": row.kind,
                "source": row.source,
            }
            for row in findings.timeline
        ],
        "sources": {name: _source(source) for name, source in sorted(evidence.sources.items())},
        "gaps": [
            {
                "source": gap.source,
                "what": gap.what,
                "reason": gap.reason,
                "effect": gap_effect(gap),
                "hint": gap.hint,
            }
            for gap in evidence.gaps
        ],
        "findings": [
            {"code": one.code, "severity": str(one.severity), "text": remark_text(one, ink=plain)}
            for one in findings.remarks
        ],
    }


def listed(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """The draft's graphs as ``facts.json`` names them.

    Args:
        pictures: As they are drawn.

    Returns:
        Per picture its file and that of its data, what it shows, how it was made (the caption), the same window at its
        source, and the ids of the questions behind it.
    """
    return [
        {
            "file": f"graphs/{one.name}.png",
            "data": f"graphs/{one.name}.csv",
            "kind": one.kind,
            "title": one.title,
            "caption": one.caption,
            "url": one.href,
            "sources": list(one.sources),
        }
        for one in pictures
    ]


def dump_facts(document: Mapping[str, Any]) -> bytes:
    """The file's bytes: indented JSON in UTF-8, in the document's own order, with a newline at the end."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _incident(evidence: Evidence) -> dict[str, Any] | None:
    if evidence.pagerduty is None:
        return None
    incident = evidence.pagerduty.incident
    return {"id": incident.id, "number": incident.number, "title": incident.title, "url": incident.url}


def _slo(one: SloFindings) -> dict[str, Any]:
    definition = one.definition
    return {
        "name": definition.name,
        "service": definition.service,
        "objective": f"{definition.objective.normalize():f}",
        "window": definition.window,
        "method": str(definition.method),
        "facts": _facts(one.facts, SLO_FACT_NAMES),
    }


def _facts(facts: Mapping[str, Fact], names: Iterable[str]) -> dict[str, Any]:
    return {name: _fact(facts[name]) for name in names}


def _fact(fact: Fact) -> dict[str, Any]:
    if not isinstance(fact, Known):
        return {"status": "unknown", "reason": fact.reason, "ask": fact.ask}
    bounds = {"low": fact.low, "high": fact.high}
    return {
        "status": "known",
        "value": _value(fact.value),
        "unit": str(fact.unit),
        **{side: _value(bound) for side, bound in bounds.items() if bound is not None},
        "basis": str(fact.basis),
        "method": fact.method,
        **({"formula": fact.formula} if fact.formula else {}),
        "sources": list(fact.sources),
    }


def _value(value: Value) -> float | str:
    return value if isinstance(value, float | str) else format_instant(value)


def _source(source: Source) -> dict[str, Any]:
    return {
        "system": source.system,
        "query": source.query,
        "start": _optional(source.start),
        "end": _optional(source.end),
        "step": source.step,
        "url": source.url,
        "retrieved_at": format_instant(source.retrieved_at),
        "sha256": source.sha256,
    }


def _optional(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
