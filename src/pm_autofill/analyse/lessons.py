"""What a reader may want to write under the headings that belong to humans: noise, luck, what took long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.analyse.alerting import alert_names
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Finding, Known, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.findings import Fact

RUNBOOKS = ("runbook_url", "runbook", "runbook_uri")
"""Annotations that name an alert's runbook."""
_MANY_PAGES, _MANY_TRIGGERS = 10, 5
_QUIET = 0.5


def find_lessons(evidence: Evidence, headline: Assessment | None) -> Iterator[Finding]:
    """Remarks that belong under a human's heading.

    Args:
        evidence: The evidence.
        headline: The SLO that was hit worst; None when none moved.

    Yields:
        Escalations and acknowledgements that timed out, noise, quiet hours, alerts without a runbook.
    """
    if evidence.pagerduty is not None:
        yield from _of_log(evidence.pagerduty)
    if headline is not None:
        yield from _quiet(headline.facts, headline)
    yield from _runbooks(evidence)


def _of_log(record: IncidentRecord) -> Iterator[Finding]:
    escalated = [entry for entry in record.log if entry.type == "escalate" and entry.channel == "timeout"]
    lapsed = [entry for entry in record.log if entry.type == "unacknowledge" and entry.channel == "timeout"]
    pages = [entry for entry in record.log if entry.type == "notify" and entry.people]
    triggers = [entry for entry in record.log if entry.type == "trigger"]
    if escalated:
        yield _note("escalated_by_timeout", count=float(len(escalated)))
    if lapsed:
        yield _note("acknowledgement_lapsed", count=float(len(lapsed)))
    if len(pages) >= _MANY_PAGES or len(triggers) > _MANY_TRIGGERS:
        people = {name for entry in pages for name in entry.people}
        yield _note("alert_noise", pages=float(len(pages)), people=float(len(people)), triggers=float(len(triggers)))


def _quiet(facts: Mapping[str, Fact], headline: Assessment) -> Iterator[Finding]:
    """Less than half the usual traffic, which the incident did not cause itself.

    Formula: (requests.total / impact.duration) / (events of the budget window / its length).
    """
    total, duration, lost = (facts[name] for name in ("requests.total", "impact.duration", "requests.lost"))
    slo = headline.impact.slo
    by_events = slo.definition.method is BudgetMethod.OCCURRENCES
    window = max(slo.totals, key=lambda one: one.end - one.start, default=None) if by_events else None
    if not (isinstance(total, Known) and isinstance(duration, Known) and isinstance(lost, Known)) or window is None:
        return
    usual = window.total / max((window.end - window.start).total_seconds(), 1.0)
    if lost.number == 0 and duration.number > 0 and usual > 0:
        ratio = total.number / duration.number / usual
        if ratio < _QUIET:
            yield _note("quiet_hours", slo=slo.definition.name, ratio=ratio)


def _runbooks(evidence: Evidence) -> Iterator[Finding]:
    """Alerts of the incident whose rule, or whose payload, names no runbook."""
    firing = [one for alert in (evidence.pagerduty.alerts if evidence.pagerduty else ()) for one in alert.firing]
    for name in alert_names(evidence.pagerduty):
        told = [rule.annotations for rule in evidence.alert_rules if rule.name == name]
        told += [one.annotations for one in firing if one.labels.get("alertname") == name and one.annotations]
        if told and not any(annotations.get(key) for annotations in told for key in RUNBOOKS):
            yield _note("no_runbook", alert=name)


def _note(code: str, **values: float | str) -> Finding:
    return Finding(code=code, severity=Severity.INFO, values=values)
