"""Contradictions, oddities and limits a reader should know of; codes and figures, the words are ``wording``'s."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from pm_autofill.analyse.alerting import alert_names
from pm_autofill.analyse.consistency import check_samples, check_story
from pm_autofill.analyse.lessons import find_lessons, judge_targets
from pm_autofill.analyse.responding import reopenings
from pm_autofill.analyse.response import Opened, opened
from pm_autofill.evidence.budget_windows import usual_length
from pm_autofill.evidence.completeness import alert_rules, incident_logs, slo_samples
from pm_autofill.evidence.incident import AgentKind
from pm_autofill.evidence.readings import Complete
from pm_autofill.evidence.slos import QUERY_REMARK, BudgetMethod
from pm_autofill.findings import DURATIONS, Basis, Finding, Known, Severity, Unknown
from pm_autofill.instants import Window, from_epoch, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import AlertRule
    from pm_autofill.evidence.incident import IncidentRecord, LogEntry
    from pm_autofill.evidence.slos import SloEvidence
    from pm_autofill.findings import Fact, TimelineRow

# SRE workbook, appendix B: one incident above 20 % of a four-week budget calls for a post-mortem with a P0 action.
_LARGE_SHARE = 0.2
_WEEKS = timedelta(weeks=4)
_WHOLE = 0.995
_LOW_TRAFFIC = 1000
# A budget of so few failures is worth counting them.
_SMALL = 20


def collect_remarks(
    evidence: Evidence,
    settings: Settings,
    assessments: Sequence[Assessment],
    facts: Mapping[str, Fact],
    rows: Sequence[TimelineRow],
) -> tuple[Finding, ...]:
    """Every remark, warnings first.

    Args:
        evidence: The evidence.
        settings: Targets and hold.
        assessments: The SLOs of the incident's services and those that moved with it, worst first.
        facts: The top-level facts.
        rows: The timeline.

    Returns:
        The remarks, in the order found within each severity.
    """
    moved = [assessment for assessment in assessments if assessment.impact.moved]
    found = [
        *_still_open(moved, facts),
        *_order_of_events(evidence, settings, facts),
        *(remark for assessment in moved for remark in _of_slo(assessment, facts)),
        *(_of_record(evidence, evidence.pagerduty, facts) if evidence.pagerduty else ()),
        *check_story(evidence, facts, rows, parse_duration(settings.hold)),
        *_of_alerts(evidence),
        *find_lessons(evidence, moved[0] if moved else None),
        *judge_targets(settings, facts),
        *_not_moved(evidence, assessments),
        *_discovered(evidence),
        *_masked(evidence),
        *(_note("stated_overrides", name=name) for name in sorted(evidence.stated)),
    ]
    return tuple(sorted(found, key=lambda remark: remark.severity is not Severity.WARNING))


def _not_moved(evidence: Evidence, assessments: Sequence[Assessment]) -> Iterator[Finding]:
    """SLOs that were read and did not move; where none did, what could have been seen, and what could not."""
    compared = {"impact.start", "impact.end"} <= set(evidence.stated)
    moved = {one.impact.slo.definition.name for one in assessments if one.impact.moved}
    floors = {
        one.impact.slo.definition.name: one.impact.detection.smallest_ratio
        for one in assessments
        if one.impact.detection is not None and not one.impact.survey.bad_times
    }
    for slo in evidence.slos:
        name, samples = slo.definition.name, slo_samples(evidence, slo)
        if name in moved or (slo.total is None and slo.ratio is None):
            continue
        if not isinstance(samples, Complete):
            yield _warn("sli_in_part", slo=name)
        elif not any(read.matrix.sample_count for read in (slo.total, slo.ratio) if read is not None):
            yield _warn("sli_without_data", slo=name)
        elif slo.named and slo.bad is not None and not slo.bad.matrix.sample_count:
            yield _warn("no_bad_series", slo=name)
        elif not moved and not slo.named and not compared:
            yield _note("slo_not_compared", slo=name)
        elif not moved and name in floors:
            yield _note("no_change", slo=name, smallest_ratio=floors[name])
        else:
            yield _note("slo_not_moved", slo=name)


def _discovered(evidence: Evidence) -> Iterator[Finding]:
    """SLOs that nobody configured, and how they were found."""
    for slo in evidence.slos:
        if slo.definition.discovered:
            yield _note("slo_discovered", slo=slo.definition.name, origin=slo.definition.origin)


def _masked(evidence: Evidence) -> Iterator[Finding]:
    """What was masked in what people wrote in the sources."""
    if evidence.masked:
        yield _note("masked", **{f"{kind}_count": number for kind, number in evidence.masked.items()})


def _of_alerts(evidence: Evidence) -> Iterator[Finding]:
    """Alerts of the incident that Prometheus has no rule for; silent where it has none at all."""
    rules = alert_rules(evidence)
    if isinstance(rules, Complete) and rules.value:
        yield from _without_rule(rules, alert_names(evidence.pagerduty))


def _without_rule(rules: Complete[tuple[AlertRule, ...]], alerts: Sequence[str]) -> Iterator[Finding]:
    known = {rule.name for rule in rules.value}
    for name in (name for name in alerts if name not in known):
        yield _sourced(_note("alert_without_rule", alert=name), *(rule.source for rule in rules.value))


def _sourced(finding: Finding, *sources: str) -> Finding:
    """A remark that may suggest something to a human, with the questions it rests on."""
    return replace(finding, sources=tuple(dict.fromkeys(sources)))


def _warn(code: str, **values: object) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, values=values)  # type: ignore[arg-type]


def _note(code: str, **values: object) -> Finding:
    return Finding(code=code, severity=Severity.INFO, values=values)  # type: ignore[arg-type]


def _still_open(moved: Sequence[Assessment], facts: Mapping[str, Fact]) -> Iterator[Finding]:
    start = facts["impact.start"]
    if isinstance(start, Known) and any(one.impact.open for one in moved):
        yield _warn("still_open", since=start.instant)


def _order_of_events(evidence: Evidence, settings: Settings, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    start, end = facts["impact.start"], facts["impact.end"]
    fired, resolved = facts["alert.fired"], facts["incident.resolved"]
    hold = parse_duration(settings.hold)
    if isinstance(end, Known) and end.basis is not Basis.STATED and evidence.request.as_of < end.instant + hold:
        yield _warn("recovery_unconfirmed", until=end.instant + hold)
    if isinstance(start, Known) and isinstance(fired, Known) and fired.is_before(start):
        yield _warn("alert_before_impact", seconds=(start.instant - fired.instant).total_seconds())
    if isinstance(end, Known) and isinstance(resolved, Known) and resolved.is_before(end):
        yield _warn("resolved_before_recovery", seconds=(end.instant - resolved.instant).total_seconds())
    yield from _order_of_response(end, facts["response.first_action"], facts["mitigation.applied"])
    for name in DURATIONS:
        fact = facts[name]
        if isinstance(fact, Known) and fact.number < 0:
            if isinstance(fact.high, float) and fact.high >= 0:
                yield _note("order_within_bounds", name=name, seconds=fact.number)
            elif name == "time_to_detect":
                yield _warn("detected_before_impact", seconds=-fact.number)
            elif name != "time_to_mitigate":  # which is told as what came before the response
                yield _warn("negative_interval", name=name, seconds=fact.number)


def _order_of_response(end: Fact, action: Fact, mitigated: Fact) -> Iterator[Finding]:
    if isinstance(end, Known) and isinstance(action, Known) and end.is_before(action):
        yield _note("recovered_before_response")
    elif isinstance(end, Known) and isinstance(mitigated, Known) and end.is_before(mitigated):
        yield _note("recovered_before_mitigation")
    if isinstance(action, Known) and isinstance(mitigated, Known) and mitigated.is_before(action):
        yield _note("mitigated_before_response", seconds=(action.instant - mitigated.instant).total_seconds())


def _of_slo(assessment: Assessment, top: Mapping[str, Fact]) -> Iterator[Finding]:
    impact, facts = assessment.impact, assessment.facts
    definition = impact.slo.definition
    slo = definition.name
    if len(impact.periods) > 1:
        seconds = sum(period.window.seconds for period in impact.periods)
        yield _note("several_periods", slo=slo, count=float(len(impact.periods)), bad_seconds=seconds)
    if impact.elsewhere:
        yield _note("other_periods", slo=slo, count=float(len(impact.elsewhere)), **_other_start(impact, top))
    if not impact.slo.named:
        yield _note("service_not_named", slo=slo, service=definition.service)
    if impact.buckets is not None and impact.buckets.gone is not None:
        yield _warn("counters_gone", slo=slo, since=from_epoch(impact.buckets.gone))
    yield from _of_reads(impact.slo, slo)
    yield from _of_counts(assessment, slo)
    start, end = impact.start, impact.end
    if isinstance(start, Known) and isinstance(end, Known) and start.instant < end.instant:
        yield from check_samples(impact, Window(start.instant, end.instant))
    lost = facts["requests.lost"]
    if isinstance(lost, Known) and lost.number > 0:
        yield _warn("traffic_fell", slo=slo, lost=lost.number)
    yield from _of_budget(assessment, slo)


def _other_start(impact: Impact, top: Mapping[str, Fact]) -> dict[str, datetime | float]:
    """The nearest bad period before the start, and the time to detect it would mean were it the start."""
    start, detected = top["impact.start"], top["detection.time"]
    if not (isinstance(start, Known) and isinstance(detected, Known)):
        return {}
    before = [one.window.start for one in impact.elsewhere if one.window.start < start.instant]
    return {"at": max(before), "detect_s": (detected.instant - max(before)).total_seconds()} if before else {}


def _of_budget(assessment: Assessment, slo: str) -> Iterator[Finding]:
    budget, definition = assessment.budget, assessment.impact.slo.definition
    consumed, start = assessment.facts["error_budget.consumed_ratio"], assessment.impact.start
    if isinstance(consumed, Known):
        share = {
            "ratio": consumed.number,
            "four_week_ratio": consumed.number * usual_length(definition.window) / _WEEKS,
        }
        if consumed.number > 1:
            yield _sourced(_warn("budget_exceeded", slo=slo, **share), *consumed.sources)
        elif share["four_week_ratio"] > _LARGE_SHARE:
            yield _sourced(_warn("budget_large_share", slo=slo, **share), *consumed.sources)
    if budget.exhausted is not None and isinstance(start, Known):
        seconds = (budget.exhausted.at - start.instant).total_seconds()
        late = "yes" if budget.exhausted.at_the_latest else ""
        yield _warn("budget_exhausted", slo=slo, at=budget.exhausted.at, seconds=seconds, at_the_latest=late)
    if budget.allowed is not None and budget.allowed < _SMALL:
        slices = "" if definition.method is BudgetMethod.OCCURRENCES else "yes"
        yield _note("small_budget", slo=slo, allowed=budget.allowed, slices=slices)
    if budget.coverage_ratio is not None and budget.coverage_ratio < _WHOLE:
        yield _warn("history_short", slo=slo, coverage_ratio=budget.coverage_ratio)
    if definition.budget_ratio == 0:
        yield _warn("objective_100", slo=slo)


def _of_reads(slo: SloEvidence, name: str) -> Iterator[Finding]:
    """What Prometheus remarked on its answers, and the form in which they came."""
    every = (slo.total, slo.bad, slo.good, slo.good_above, slo.ratio, slo.process_starts)
    reads = [read for read in every if read is not None]
    said = [*(read.caveats for read in reads), *(sums.caveats for sums in (*slo.totals, *slo.weeks))]
    for text in dict.fromkeys(chain.from_iterable(said)):
        if text.startswith(QUERY_REMARK):
            yield _note("query_remark", slo=name, text=text)
        else:
            yield _warn("partial_answer", source="Prometheus", text=text)
    if slo.ratio is not None:
        yield _warn("ratio_only", slo=name)
    if slo.boundary is not None:
        above = {} if slo.boundary.above is None else {"above": slo.boundary.above}
        yield _warn("threshold_between", slo=name, threshold=slo.boundary.threshold, below=slo.boundary.below, **above)
    if any(read.pushed_down for read in reads):
        yield _note("pushed_down", slo=name)


def _of_counts(assessment: Assessment, slo: str) -> Iterator[Finding]:
    total = assessment.facts["requests.total"]
    if not isinstance(total, Known):
        return
    notes = total.notes
    for code, key, remark in (
        ("counter_unknown_start", "unknown_start", _warn),
        ("counters_born", "born", _note),
        ("counter_resets", "restarts", _note),
    ):
        count = notes.get(key, 0.0)
        if isinstance(count, float) and count > 0:
            yield remark(code, slo=slo, count=count)
    yield from _how_sure(assessment, slo)
    if isinstance(assessment.usual, Unknown):
        yield _note("no_baseline", slo=slo)
    if "gap_over_edge_s" in notes:
        yield _warn("gap_over_edge", slo=slo, seconds=notes["gap_over_edge_s"])
    if total.number < _LOW_TRAFFIC:
        yield _note("low_traffic", slo=slo)


def _how_sure(assessment: Assessment, slo: str) -> Iterator[Finding]:
    """Between what the bad requests lie, and why not closer."""
    impact, failed = assessment.impact, assessment.facts["requests.failed"]
    if not isinstance(failed, Known) or not isinstance(failed.low, float) or not isinstance(failed.high, float):
        return
    if impact.buckets is None or failed.basis is Basis.STATED:
        return
    edges = [fact for fact in (impact.start, impact.end) if isinstance(fact, Known)]
    yield _note(
        "count_bounds",
        slo=slo,
        kind=str(impact.slo.definition.kind),
        low=failed.low,
        high=failed.high,
        scrape_s=impact.buckets.step,
        edge_s=max((_reach(fact) for fact in edges), default=0.0),
        **{key: failed.notes[key] for key in ("restarts", "unknown_start") if failed.notes.get(key)},
    )


def _unacknowledged(logs: Complete[tuple[tuple[LogEntry, ...], ...]], source: str) -> Iterator[Finding]:
    """That no person acknowledged: what only logs that were read whole can tell."""
    by = {entry.agent.kind for log in logs.value for entry in log if entry.type == "acknowledge"}
    if not by:
        yield _sourced(_note("never_acknowledged"), source)
    elif by == {AgentKind.AUTOMATION}:
        yield _sourced(_note("acknowledged_by_machine_only"), source)


def _reach(edge: Known) -> float:
    """Seconds from an instant to the further of its bounds; 0 where it has none."""
    bounds = [bound for bound in (edge.low, edge.high) if isinstance(bound, datetime)]
    return max((abs((bound - edge.instant).total_seconds()) for bound in bounds), default=0.0)


def _of_record(evidence: Evidence, record: IncidentRecord, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    for merged in record.merged:
        yield _note("merged_incident", title=merged.title, number=str(merged.number or merged.id))
    if opened(evidence) is Opened.BY_HAND:
        yield _note("opened_by_hand")
    logs = incident_logs(evidence)
    if isinstance(logs, Complete) and isinstance(facts["response.acknowledged"], Unknown):
        yield from _unacknowledged(logs, record.sources.get("log", ""))
    resolves = [entry for entry in record.log if entry.type == "resolve"]
    if resolves and resolves[-1].channel == "timeout":
        yield _warn("auto_resolved")
    reopened = len(reopenings(record))
    if reopened:
        yield _note("reopened", count=float(reopened))
