"""What a reader may want to write under the headings that belong to humans: targets, noise, luck, what took long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.analyse.alerting import alert_names
from pm_autofill.evidence.completeness import alert_rules, incident_alerts, incident_log
from pm_autofill.evidence.readings import Complete, is_whole
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Finding, Known, Severity
from pm_autofill.instants import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.config.settings import Settings
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
        yield from _of_log(evidence.pagerduty, in_part=not isinstance(incident_log(evidence), Complete))
    if headline is not None:
        yield from _quiet(headline.facts, headline)
    yield from _runbooks(evidence)


def judge_targets(settings: Settings, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    """Which of the configured targets were met.

    Args:
        settings: The targets.
        facts: The top-level facts.
    """
    pairs = (
        ("time_to_detect", settings.targets.detect),
        ("time_to_respond", settings.targets.acknowledge),
        ("time_to_mitigate", settings.targets.mitigate),
    )
    for name, target in pairs:
        fact = facts[name]
        if target is None or not isinstance(fact, Known):
            continue
        if name == "time_to_mitigate" and fact.number < 0:
            continue  # nobody's doing, for praise or blame: it came before anyone responded
        allowed = parse_duration(target)
        missed = timedelta(seconds=fact.number) > allowed
        yield Finding(
            code="missed_target" if missed else "met_target",
            severity=Severity.WARNING if missed else Severity.INFO,
            values={"name": name, "seconds": fact.number, "target_s": allowed.total_seconds()},
            sources=fact.sources,
        )


def _of_log(record: IncidentRecord, *, in_part: bool) -> Iterator[Finding]:
    """What can be counted in the log; of a part of it there may be more."""
    least = {"in_part": "yes"} if in_part else {}
    source = record.sources.get("log", "")
    escalated = [entry for entry in record.log if entry.type == "escalate" and entry.channel == "timeout"]
    lapsed = [entry for entry in record.log if entry.type == "unacknowledge" and entry.channel == "timeout"]
    pages = [entry for entry in record.log if entry.type == "notify" and entry.people]
    triggers = [entry for entry in record.log if entry.type == "trigger"]
    if escalated:
        yield _note("escalated_by_timeout", source, count=float(len(escalated)), **least)
    if lapsed:
        yield _note("acknowledgement_lapsed", source, count=float(len(lapsed)), **least)
    if len(pages) >= _MANY_PAGES or len(triggers) > _MANY_TRIGGERS:
        people = {name for entry in pages for name in entry.people}
        counts = {"pages": len(pages), "people": len(people), "triggers": len(triggers)}
        yield _note("alert_noise", source, **{name: float(count) for name, count in counts.items()}, **least)


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
            sources = (*total.sources, *window.sources)
            yield _note("quiet_hours", *sources, slo=slo.definition.name, ratio=ratio)


def _runbooks(evidence: Evidence) -> Iterator[Finding]:
    """Alerts of the incident whose rule, or whose payload, names no runbook; silent where one was not read."""
    record = evidence.pagerduty
    if not is_whole(alert_rules(evidence)) or not is_whole(incident_alerts(evidence)):
        return
    firing = [one for alert in (record.alerts if record else ()) for one in alert.firing]
    source = record.sources.get("alerts", "") if record else ""
    for name in alert_names(record):
        told = [(rule.annotations, rule.source) for rule in evidence.alert_rules if rule.name == name]
        told += [(one.annotations, source) for one in firing if one.labels.get("alertname") == name and one.annotations]
        if told and not any(annotations.get(key) for annotations, _ in told for key in RUNBOOKS):
            yield _note("no_runbook", *(told_by for _, told_by in told), alert=name)


def _note(code: str, *sources: str, **values: float | str) -> Finding:
    named = tuple(dict.fromkeys(source for source in sources if source))
    return Finding(code=code, severity=Severity.INFO, values=values, sources=named)
