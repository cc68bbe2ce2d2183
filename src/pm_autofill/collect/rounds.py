"""Answers questions in rounds: all of a round at once, each answer put into its place in the evidence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.collect.intake import as_asked, gap_of, take_in, with_changes, with_past, with_runs
from pm_autofill.collect.observation import Observed, reach
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import SourceError, UsageError
from pm_autofill.evidence.completeness import NEVER_MISSING
from pm_autofill.evidence.questions import (
    AskAlerts,
    AskAnnotations,
    AskChanges,
    AskCounters,
    AskDashboards,
    AskDetails,
    AskGrafana,
    AskHistory,
    AskPanels,
    AskPast,
    AskRuleRun,
    AskRules,
    AskServiceChanges,
    AskTotals,
    AskUsual,
)
from pm_autofill.evidence.readings import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pm_autofill.collect.prometheus.client import Prometheus
    from pm_autofill.collect.sources import Sources
    from pm_autofill.evidence.questions import Question
    from pm_autofill.evidence.readings import Answered
    from pm_autofill.evidence.record import Evidence, Gap
    from pm_autofill.evidence.slos import SloEvidence

    Apply = Callable[[Evidence], Evidence]

# Of the time left, what a round may take that is followed by another, and the last one: what is under way ends a moment
# before the round does, so that no answer is lost that has come.
_SHARE, _LAST_SHARE, _MOMENT = 0.6, 0.95, 0.05
_SYSTEMS: dict[type, str] = {
    AskDetails: "PagerDuty",
    AskServiceChanges: "PagerDuty",
    AskAnnotations: "Grafana",
    AskGrafana: "Grafana",
    AskPanels: "Grafana",
    AskDashboards: "Grafana",
}


_LACKING = frozenset({State.PARTIAL, State.REFUSED})


def answer(
    evidence: Evidence, questions: Sequence[Question], sources: Sources, *, more_to_come: bool = False
) -> Evidence:
    """Ask everything at once and put the answers into the evidence.

    Args:
        evidence: What is known so far.
        questions: What to ask; none depends on another's answer.
        sources: The collectors.
        more_to_come: Whether a later round needs time too: one source that hangs must not cost the others' answers.

    Returns:
        The evidence with the answers, their sources, and a gap for each that could not be had.
    """
    tasks = {_name(question, n): partial(_ask, question, evidence, sources) for n, question in enumerate(questions)}
    left = sources.deadline.remaining()
    share = _SHARE if more_to_come else _LAST_SHARE
    waiting = sources.deadline.within((share + _MOMENT) * left)
    with sources.deadline.limited(share * left):
        results = gather(tasks, waiting)
    for name, question in zip(tasks, questions, strict=True):
        result = results[name]
        found = _nothing(gap_of(result, _what(question))) if isinstance(result, SourceError) else result
        readings = found.readings or dict.fromkeys(question.keys, reach(found.sources, found.gaps))
        gaps = [_of_questions(gap, readings) for gap in found.gaps]
        evidence = take_in(found.value(evidence), Observed(None, found.sources, tuple(gaps), readings))
    return evidence


def _of_questions(gap: Gap, readings: Mapping[str, Answered]) -> Gap:
    """A gap with the questions that were not answered whole."""
    lacking = (key for key, one in readings.items() if one.state in _LACKING and key not in NEVER_MISSING)
    return replace(gap, questions=tuple(lacking))


def _nothing(gap: Gap) -> Observed[Apply]:
    return Observed(_unchanged, {}, (gap,))


def _name(question: Question, number: int) -> str:
    return f"{_system(question)}: {_what(question)} ({number})"


def _system(question: Question) -> str:
    return _SYSTEMS.get(type(question), "Prometheus")


def _what(question: Question) -> str:
    """What is missing when a question goes unanswered."""
    words = {
        AskDetails: "the incident's log and alerts",
        AskCounters: "the SLI of {}",
        AskHistory: "the budget window of {}",
        AskTotals: "the budget window of {}",
        AskUsual: "what is usual for {}",
        AskRules: "alerting rules",
        AskAlerts: "the alerts' own times",
        AskChanges: "changes of {}",
        AskServiceChanges: "changes of the incident's service",
        AskAnnotations: "annotations",
        AskGrafana: "dashboards and annotations",
        AskPanels: "data of the panels",
        AskDashboards: "dashboards found by alerts and tags",
        AskPast: "the past of {}",
        AskRuleRun: "a replay of {}",
    }
    rule = question.rule.name if isinstance(question, AskRuleRun) else ""
    return words[type(question)].format(rule or getattr(question, "slo", getattr(question, "service", "")))


def _ask(question: Question, evidence: Evidence, sources: Sources) -> Observed[Apply]:
    """One answer, as what it does to the evidence; a source that is not set up properly is a gap."""
    try:
        if isinstance(question, AskDetails | AskServiceChanges):
            return _ask_pagerduty(question, evidence, sources)
        if isinstance(question, AskGrafana | AskPanels | AskDashboards | AskAnnotations):
            from pm_autofill.collect import dashboards

            return dashboards.answer(question, evidence, sources)
        return _ask_prometheus(question, evidence, sources)
    except UsageError as error:
        return _nothing(gap_of(error, _what(question), _system(question)))


def _unchanged(evidence: Evidence) -> Evidence:
    return evidence


def _ask_pagerduty(question: AskDetails | AskServiceChanges, evidence: Evidence, sources: Sources) -> Observed[Apply]:
    if evidence.pagerduty is None:
        return Observed(_unchanged)
    pagerduty = sources.pagerduty()
    ask = pagerduty.details if isinstance(question, AskDetails) else pagerduty.service_changes
    found = ask(evidence.pagerduty, question.window)
    record = as_asked(found.value, evidence.request)
    return _applied(found, lambda known: replace(known, pagerduty=record))


def _ask_prometheus(question: Question, evidence: Evidence, sources: Sources) -> Observed[Apply]:
    prometheus = sources.prometheus()
    if isinstance(question, AskCounters | AskHistory | AskTotals | AskUsual):
        return _of_slo(question.slo, _ask_about_slo(question, evidence, prometheus))
    if isinstance(question, AskRules):
        rules = prometheus.rules()
        return _applied(rules, lambda known: replace(known, alert_rules=rules.value))
    if isinstance(question, AskAlerts):
        alerts = prometheus.alerts(question.names, question.window)
        return _applied(alerts, lambda known: replace(known, alert_series=alerts.value))
    if isinstance(question, AskChanges):
        changes = prometheus.changes(question.service, question.query, question.window)
        return _applied(changes, lambda known: with_changes(known, question.service, changes.value))
    if isinstance(question, AskPast):
        past = prometheus.past(_slo(evidence, question.slo).definition, question)
        return _applied(past, lambda known: with_past(known, past.value))
    if isinstance(question, AskRuleRun):
        run = prometheus.rule_run(question)
        return _applied(run, lambda known: with_runs(known, run.value))
    message = f"no answer to {type(question).__name__}"
    raise TypeError(message)


def _ask_about_slo(
    question: AskCounters | AskHistory | AskTotals | AskUsual, evidence: Evidence, prometheus: Prometheus
) -> Observed[Callable[[SloEvidence], SloEvidence]]:
    slo = _slo(evidence, question.slo)
    if isinstance(question, AskCounters):
        return prometheus.counters(slo, question.window, among=len(evidence.slos))
    if isinstance(question, AskHistory):
        return prometheus.history(slo, question.window)
    if isinstance(question, AskUsual):
        return prometheus.usual(slo, question.window)
    return prometheus.totals(slo, question.window)


def _applied(observed: Observed[object], apply: Apply) -> Observed[Apply]:
    return Observed(apply, observed.sources, observed.gaps, observed.readings)


def _slo(evidence: Evidence, name: str) -> SloEvidence:
    return next(slo for slo in evidence.slos if slo.definition.name == name)


def _of_slo(name: str, observed: Observed[Callable[[SloEvidence], SloEvidence]]) -> Observed[Apply]:
    """What an answer does to one SLO, as what it does to the evidence."""

    def apply(evidence: Evidence) -> Evidence:
        slos = tuple(observed.value(slo) if slo.definition.name == name else slo for slo in evidence.slos)
        return replace(evidence, slos=slos)

    return _applied(observed, apply)


def take_snapshots(
    evidence: Evidence, asked: Sequence[Question], sources: Sources, now: datetime
) -> tuple[Evidence, tuple[str, ...]]:
    """Write snapshots of the dashboards to Grafana.

    Args:
        evidence: With the panels' data.
        asked: The last round's questions; that for the panels tells the range shown.
        sources: The collectors, Grafana's allowed to write.
        now: For when the snapshots expire.

    Returns:
        The evidence with their addresses; and how to delete them, for the user's eyes only.
    """
    from pm_autofill.redaction.shapes import Shapes
    from pm_autofill.redaction.texts import Texts

    windows = [one.window for one in asked if isinstance(one, AskPanels | AskDashboards)]
    record = evidence.grafana
    if record is None or not windows:
        return evidence, ()
    incident = evidence.pagerduty.incident.id if evidence.pagerduty else evidence.request.service or ""
    words = sources.settings.redaction
    texts = Texts(Shapes.of(words.more, words.keep), sources.secrets)
    made, told = sources.grafana().snapshots(record.dashboards, f"Post-mortem {incident}", windows[0], now, texts)
    return take_in(replace(evidence, grafana=replace(record, dashboards=made.value)), made), told
