"""Timeline rows in words: every kind reads well, and outside text is escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pm_autofill.findings import TimelineRow
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.timeline import PHRASES, row_text

TIME = datetime(2026, 11, 18, 13, 42, 17, tzinfo=UTC)
IMPACT = {"service": "checkout-api", "slo": "availability"}
CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "impact_start",
        {**IMPACT, "kind": "failures", "from_ratio": 0.0006, "to_ratio": 0.12, "within_s": 9.0},
        (
            "Errors of checkout-api rise from 0.06% to 12.0% of the requests counted by availability: "
            "impact begins (13:42:17, within 9 s)"
        ),
    ),
    (
        "impact_start",
        {**IMPACT, "kind": "slow", "to_ratio": 0.3, "within_s": 0.0},
        "Slow requests of checkout-api rise to 30.0% of the requests counted by availability: impact begins (13:42:17)",
    ),
    (
        "impact_start",
        {**IMPACT, "kind": "no traffic", "from_ratio": 0.0, "to_ratio": 1.0, "within_s": 15.0, "silent": True},
        "Traffic of checkout-api breaks off: impact begins (13:42:17, within 15 s)",
    ),
    (
        "impact_start",
        {**IMPACT, "kind": "no traffic", "from_ratio": 0.0, "to_ratio": 0.0, "within_s": 15.0},
        "Traffic of checkout-api falls: impact begins (13:42:17, within 15 s)",
    ),
    ("impact_start", IMPACT, "Bad requests of checkout-api rise: impact begins (13:42:17)"),
    (
        "impact_end",
        {**IMPACT, "kind": "failures", "to_ratio": 0.0006, "within_s": 15.0},
        "Errors of checkout-api back to 0.06%: service recovered (13:42:17, within 15 s)",
    ),
    (
        "impact_end",
        {**IMPACT, "kind": "no traffic", "to_ratio": 0.0},
        "Traffic of checkout-api is back: service recovered (13:42:17)",
    ),
    (
        "impact_end",
        {**IMPACT, "to_ratio": 0.01, "periods": 6.0},
        "Bad requests of checkout-api back to 1.00% after 6 bad periods: service recovered (13:42:17)",
    ),
    ("impact_start", {"stated": True}, "Impact begins (stated, 13:42:17)"),
    ("impact_end", {"stated": True}, "Service recovered (stated, 13:42:17)"),
    ("impact_end", IMPACT, "Bad requests of checkout-api back to usual: service recovered (13:42:17)"),
    (
        "other_period",
        {"slo": "availability", "to_ratio": 0.03, "until": datetime(2026, 11, 18, 13, 50, 1, tzinfo=UTC)},
        "availability bad (3.00% of its requests) until 13:50:01 UTC: another period, not counted",
    ),
    ("alert_pending", {"alert": "Burn"}, "Alert Burn pending"),
    ("alert_fired", {"alert": "Burn"}, "Alert Burn fired"),
    ("alert_ended", {"alert": "Burn"}, "Alert Burn ended"),
    ("alert_state", {"alert": "Burn", "state": "Alerting"}, "Grafana alert Burn: Alerting"),
    ("triggered", {"text": "Burn", "by": "Ann"}, "PagerDuty incident triggered by Ann: Burn"),
    ("triggered", {"text": "", "by": ""}, "PagerDuty incident triggered"),
    ("retriggered", {"times": 3.0}, "PagerDuty incident triggered again (3 times)"),
    ("retriggered", {"times": 1.0}, "PagerDuty incident triggered again"),
    ("merged", {"text": "Burn", "number": "7"}, "Incident 7 merged into this one: Burn"),
    ("merged", {"text": "#7"}, "Incident merged into this one: #<!-- -->7"),
    (
        "sibling",
        {"text": "Too slow", "number": "8"},
        "PagerDuty incident 8 triggered beside this one: Too slow",
    ),
    (
        "folded",
        {"since": TIME, "note": 2.0, "change_end": 1.0, "other": 2.0},
        "Since 13:42 also 5 lesser events: 1 end of a change, 2 other entries, 2 notes (`--timeline full` tells each)",
    ),
    ("paged", {"people": "Ann", "medium": "push"}, "Ann paged by push"),
    ("paged", {"people": "Ann, Bo", "medium": "sms"}, "Ann, Bo paged by SMS"),
    ("paged", {"people": "Ann", "medium": ""}, "Ann paged"),
    ("paged_again", {"people": "Ann", "medium": "phone", "times": 2.0}, "Ann paged again by phone (2 times)"),
    ("paged_again", {"people": "Ann", "medium": "phone, email", "times": 1.0}, "Ann paged again by phone, email"),
    ("acknowledged", {"person": "Ann"}, "Ann acknowledged"),
    ("acknowledged", {"person": ""}, "Somebody acknowledged"),
    ("acknowledged_automatically", {"name": "Robot"}, "Acknowledged automatically by Robot"),
    (
        "acknowledged_unclear",
        {"text": "Acknowledged by Ingrid Solberg"},
        "Acknowledged by Ingrid Solberg (the log does not say by whom)",
    ),
    ("acknowledged_unclear", {"text": ""}, "Acknowledged (the log does not say by whom)"),
    ("note_unclear", {"text": "x"}, 'Note (the log does not say by whom): "x"'),
    ("note", {"person": "Ingrid", "text": ""}, "Note by Ingrid (its text was not read)"),
    ("status_update", {"person": "", "text": ""}, "Status update (its text was not read)"),
    ("priority_changed", {"old": "", "new": "", "person": ""}, "Priority changed"),
    ("unacknowledged", {"automatic": True}, "Acknowledgement timed out"),
    ("unacknowledged", {"automatic": False}, "Acknowledgement withdrawn"),
    ("escalated", {"people": "Bo", "automatic": True}, "Escalated automatically to Bo"),
    ("escalated", {"people": "", "automatic": False}, "Escalated to somebody"),
    ("assigned", {"people": "Bo"}, "Assigned to Bo"),
    ("responder_requested", {"text": "Ann requested help from Ops"}, "Ann requested help from Ops"),
    ("responder_requested", {"people": "Bo", "by": "Ann"}, "Ann asked Bo to join"),
    ("responder_requested", {"people": "Bo", "by": ""}, "Bo was asked to join"),
    ("responder_joined", {"person": "Bo"}, "Bo joined the response"),
    ("snoozed", {"person": "Bo"}, "Snoozed by Bo"),
    ("note", {"person": "Ann", "text": "rolled *back*\n"}, r'Note by Ann: "rolled \*back\*"'),
    ("note_automatic", {"name": "Robot", "text": "x"}, 'Automatic note by Robot: "x"'),
    ("status_update", {"person": "Ann", "text": "on it"}, 'Status update by Ann: "on it"'),
    ("priority_changed", {"old": "P2", "new": "P1", "person": "Ann"}, "Priority changed from P2 to P1 by Ann"),
    ("priority_changed", {"old": "", "new": "P1", "person": ""}, "Priority set to P1"),
    ("priority_changed", {"old": "P2", "new": "", "person": ""}, "Priority changed from P2"),
    ("field_changed", {"field": "urgency", "old": "low", "new": "high"}, "Urgency changed from low to high"),
    ("field_changed", {"field": "title", "old": "", "new": ""}, "Title changed"),
    (
        "resolved",
        {"by": "Alertmanager", "automatic": True},
        "PagerDuty incident resolved automatically by Alertmanager",
    ),
    ("resolved", {"by": "Ann", "automatic": False}, "PagerDuty incident resolved by Ann"),
    ("reopened", {"by": "Ann"}, "PagerDuty incident reopened by Ann"),
    (
        "change",
        {"text": "web", "origin": "change query", "unseen_at": datetime(2026, 11, 18, 13, 42, 2, tzinfo=UTC)},
        "Change of web (change query; between 13:42:02 and 13:42:17)",
    ),
    (
        "change",
        {"text": "Deployed 2026.11.3", "origin": "change event", "before_impact_s": 72.0},
        "Deployed 2026.11.3 (change event; 1 min 12 s before the impact began)",
    ),
    ("change", {"text": "Rollback", "origin": "annotation"}, "Rollback (annotation)"),
    ("change", {"text": "Rollback"}, "Rollback"),
    ("change_end", {"text": "Rollback", "origin": "annotation"}, "Rollback: finished (annotation)"),
    ("change", {"text": "checkout", "origin": "change query"}, "Change of checkout (change query)"),
    ("annotation", {"text": "cache warmed", "author": "ann"}, "cache warmed (annotation by ann)"),
    ("annotation", {"text": "cache warmed", "author": ""}, "cache warmed (annotation)"),
    (
        "mitigation",
        {"text": "Rollback", "inferred": True},
        "Rollback: mitigation (inferred: failures fell after it)",
    ),
    ("mitigation", {"text": "", "inferred": False}, "Mitigation applied (stated)"),
    ("all_clear", {"inferred": True, "hold_s": 900.0}, "All-clear (inferred: 15 minutes without a relapse)"),
    ("all_clear", {"inferred": True}, "All-clear (inferred)"),
    ("all_clear", {"inferred": False, "hold_s": 0.0}, "All-clear (stated)"),
    ("report", {"text": "Customer report"}, "Customer report (stated)"),
    ("report", {"text": ""}, "Incident detected (stated)"),
    ("other", {"text": "Played by <b>"}, r"Played by \<b>"),
    ("other", {"text": ""}, "(not told)"),
]


def _row(kind: str, values: dict[str, Any]) -> TimelineRow:
    return TimelineRow(id="1", time=TIME, kind=kind, values=values, source="s")


@pytest.mark.parametrize(("kind", "values", "text"), CASES)
def test_row_text(kind: str, values: dict[str, Any], text: str) -> None:
    """A row reads as one sentence."""
    assert row_text(_row(kind, values)) == text


def test_every_kind_is_tried() -> None:
    """No kind of row goes without an example here."""
    assert {kind for kind, _, _ in CASES} == PHRASES.keys()


def test_plain_ink_leaves_markdown_alone() -> None:
    """For data and terminals the text is not escaped for Markdown, but still on one line."""
    row = _row("note", {"person": "Ann", "text": "rolled *back*\x1b[1m\nnow"})

    assert row_text(row, ink=plain) == 'Note by Ann: "rolled *back* now"'


def test_unknown_kinds_are_refused() -> None:
    """A row without words is a mistake of ours, not an empty line."""
    with pytest.raises(KeyError):
        row_text(_row("unheard_of", {}))
