"""A small draft: a window without an incident, of which nothing is known but what somebody states."""

from __future__ import annotations

from datetime import UTC, datetime

from pm_autofill.evidence import Evidence, Request, TemplateText

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
TEMPLATE = """\
# {{ title | prompt("[Incident Title]") }}

## Metadata
| Field | Value |
|-------|-------|
| **Severity** | {{ severity | prompt("SEV-1 / SEV-2 / SEV-3") }} |
| **Author** | [Your Name] |
| **Status** | {{ status }} |
"""
EVIDENCE = Evidence(
    collected_at=AT,
    version="1",
    request=Request(as_of=AT, service="checkout", since=AT.replace(hour=10), until=AT.replace(hour=11)),
    configuration={"services": [{"name": "checkout"}]},
    template=TemplateText(name="t.md.j2", text=TEMPLATE),
)
FOLDER = "2026-11-18-checkout-1000"
