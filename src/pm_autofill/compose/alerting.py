"""The appendix's account of the alerts, and of the same times by other definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.findings import Known
from pm_autofill.wording.definitions import DEFINITIONS, STAGES
from pm_autofill.wording.facts import fact_words, unknown_words
from pm_autofill.wording.markdown import code, escape, link
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.times import interval_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.compose.case import Case
    from pm_autofill.findings import Definition

_RUNBOOKS = ("runbook_url", "runbook", "runbook_uri")


def alerts(case: Case) -> str:
    """What each alert of the incident waits for, and where the time until the responder went; empty without any."""
    lines = [*_rules(case), *_paging(case)]
    return "\n".join(["The alerts:", "", *lines]) if lines else ""


def definitions(case: Case) -> str:
    """The same times by other definitions, with their formulas; empty where nothing of it is known."""
    known = [one for one in case.findings.definitions if isinstance(one.seconds, Known)]
    if not known:
        return ""
    table = ["| The same by other definitions | Value | Formula |", "|------|-------|---------|"]
    return "\n".join([*table, *(_definition(one) for one in known)])


def _rules(case: Case) -> Iterator[str]:
    record = case.evidence.pagerduty
    names = {one.labels.get("alertname") for alert in (record.alerts if record else ()) for one in alert.firing}
    names |= {series.name for series in case.evidence.alert_series}
    told = (rule for rule in case.evidence.alert_rules if rule.name in names)
    for rule in {(rule.name, rule.expression, rule.hold): rule for rule in told}.values():
        runbook = next((rule.annotations[key] for key in _RUNBOOKS if key in rule.annotations), "")
        source = case.evidence.sources.get(rule.source)
        wait = f" for {interval_words(rule.hold)}" if rule.hold else ""
        links = [
            link("runbook", runbook) if runbook else "no runbook",
            link("rules", source.url) if source and source.url else "",
        ]
        yield f"- {escape(rule.name)}: {code(rule.expression)}{wait} ({', '.join(one for one in links if one)})"


def _paging(case: Case) -> Iterator[str]:
    paging = case.findings.paging
    if paging is None or not paging.stages:
        return
    parts = [f"{interval_words(seconds)} {STAGES[stage]}" for stage, seconds in paging.stages.items()]
    yield f"- From the breach to the responder, by {escape(paging.alert)}: {join_words(parts)}"


def _definition(one: Definition) -> str:
    name, formula = DEFINITIONS[one.name]
    value = fact_words(one.seconds) if isinstance(one.seconds, Known) else unknown_words(one.seconds)
    if isinstance(one.told, Known) and isinstance(one.seconds, Known):
        same = one.told.number == one.seconds.number
        value += "; PagerDuty publishes the same" if same else f"; PagerDuty publishes {fact_words(one.told)}"
    return f"| {name} | {value} | {code(formula)} |"
