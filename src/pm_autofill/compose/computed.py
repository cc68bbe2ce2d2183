"""The appendix's account of the numbers: how each was computed, what is not available, what to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.compose.alerting import alerts, definitions
from pm_autofill.compose.suggestions import TOLD
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, Known, Unknown
from pm_autofill.wording.facts import basis_words, bounds_words, fact_words, notes_words
from pm_autofill.wording.gaps import gap_words
from pm_autofill.wording.labels import LABELS, label
from pm_autofill.wording.markdown import code, escape
from pm_autofill.wording.numbers import join_words, percent
from pm_autofill.wording.remarks import remark_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.compose.case import Case
    from pm_autofill.evidence import Gap

# Facts whose reason stands in a field of the template when they are unknown.
_HAVE_A_FIELD = frozenset(
    {
        "impact.start",
        "impact.duration",
        "severity",
        "services_affected",
        "requests.failed",
        "requests.failed_ratio",
        "error_budget.consumed_ratio",
        "detection.method",
        "detection.could_be_sooner",
        "time_to_detect",
        "time_to_respond",
        "time_to_mitigate",
        "time_to_resolve",
    }
)
_STATE = (
    "What you know can be stated: `pm-autofill ... --set FACT=VALUE` (`--help` lists the facts); what follows from it "
    "is counted anew."
)
_TOLD_ELSEWHERE = TOLD | {"met_target", "missed_target"}


def computed(case: Case) -> str:
    """A table row for every known fact of the draft and of each further SLO that moved; definitions; alerts."""
    rows = [*_top_rows(case), *_slo_rows(case)]
    if not rows:
        return ""
    example = "requests.failed" if case.known("requests.failed") else "impact.start"
    table = ["| What | Value | Between | How |", "|------|-------|---------|-----|", *rows]
    shown = "\n".join([*table, "", f"`pm-autofill explain <folder> {example}` shows query and samples."])
    return "\n\n".join(block for block in (shown, definitions(case), alerts(case)) if block)


def not_available(case: Case) -> str:
    """What could not be had, with the reason and what to do; and what stays unknown without being in the template."""
    parts = []
    if case.evidence.gaps:
        parts.append("\n".join(["Not available:", "", *(_gap(gap) for gap in case.evidence.gaps)]))
    unknown = _still_unknown(case)
    if unknown:
        parts.append("\n".join(["Unknown:", "", *unknown, "", _STATE]))
    return "\n\n".join(parts)


def remarks(case: Case) -> str:
    """What a reader of the numbers should know, one list item each."""
    told = [f"- {remark_text(one)}" for one in case.findings.remarks if one.code not in _TOLD_ELSEWHERE]
    return "\n".join(["To know when reading these numbers:", "", *told]) if told else ""


def _top_rows(case: Case) -> Iterator[str]:
    headline = case.findings.headline
    for name in FACT_NAMES:
        fact = case.fact(name)
        if isinstance(fact, Known):
            yield _row(label(name, kind=headline.definition.kind) if headline else LABELS[name], fact)
        if name == "error_budget.consumed_ratio" and headline and headline.excess_consumed_ratio is not None:
            beyond = percent(headline.excess_consumed_ratio)
            yield f"| Error budget consumed beyond the usual | {beyond} | | failures above the usual, of that budget |"


def _slo_rows(case: Case) -> Iterator[str]:
    """The facts of SLOs whose figures do not stand at the top: of the headline only its own impact window."""
    if len(case.moved) < 2 and case.findings.headline:  # noqa: PLR2004 - a single one, which stands at the top
        return
    for one in case.moved:
        top = one.definition.name == case.findings.headline_slo
        for name in SLO_FACT_NAMES:
            fact = one.facts[name]
            if isinstance(fact, Known) and not (top and not name.startswith("impact.")):
                yield _row(f"{escape(one.definition.name)}: {label(name, kind=one.definition.kind)}", fact)


def _row(what: str, fact: Known) -> str:
    parts = [escape(fact.method), notes_words(fact.notes), basis_words(fact.basis)]
    if fact.formula and fact.formula != fact.method:
        parts.insert(1, code(fact.formula))
    how = "; ".join(part for part in dict.fromkeys(parts) if part)
    between = f" {bounds_words(fact)} ".replace("  ", " ")
    return f"| {what} | {fact_words(fact)} |{between}| {how} |"


def _gap(gap: Gap) -> str:
    return f"- {gap_words(gap)}"


def _still_unknown(case: Case) -> list[str]:
    """One list item per reason that no field of the template tells, naming every fact it keeps unknown."""
    unknown = {name: fact for name in FACT_NAMES if isinstance(fact := case.fact(name), Unknown)}
    told = {fact.reason for name, fact in unknown.items() if name in _HAVE_A_FIELD}
    reasons: dict[tuple[str, str], list[str]] = {}
    for name, fact in unknown.items():
        if fact.reason not in told:
            said = reasons.setdefault((fact.reason, fact.ask), [])
            said.append(LABELS[name][0].lower() + LABELS[name][1:] if said else LABELS[name])
    return [f"- {join_words(names)}: {escape(why)} (ask {escape(ask)})" for (why, ask), names in reasons.items()]
