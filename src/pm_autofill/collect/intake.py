"""How answers get into the evidence: beside what is there, in place of it, or as a gap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.errors import AutofillError, SourceError
from pm_autofill.evidence.readings import worse
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm_autofill.collect.observation import Observed
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import ChangeSeries
    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.evidence.record import Request
    from pm_autofill.evidence.replay import PastEvents, RuleRun


def take_in(evidence: Evidence, observed: Observed[object]) -> Evidence:
    """Add the sources and gaps of an observation, and how far its questions were answered."""
    readings = {key: worse(evidence.readings.get(key), now) for key, now in observed.readings.items()}
    sources = {**evidence.sources, **observed.sources}
    return with_gaps(replace(evidence, sources=sources, readings={**evidence.readings, **readings}), observed.gaps)


def with_gaps(evidence: Evidence, gaps: Iterable[Gap]) -> Evidence:
    """Add gaps; those with one source, reason and hint become one that names all that is missing."""
    merged: dict[tuple[str, str, str], tuple[Gap, dict[str, None], dict[str, None]]] = {}
    for gap in (*evidence.gaps, *gaps):
        _, names, questions = merged.setdefault((gap.source, _cause(gap.reason), gap.hint), (gap, {}, {}))
        names |= dict.fromkeys(gap.what.split("; "))
        questions |= dict.fromkeys(gap.questions)
    found = (
        replace(gap, what="; ".join(names), questions=tuple(questions)) for gap, names, questions in merged.values()
    )
    return replace(evidence, gaps=tuple(found))


def _cause(reason: str) -> str:
    """A reason without how often it was tried and what was skipped because of it."""
    return re.sub(r" \([^)]*\)$", "", reason.rpartition("; the last: ")[2])


def as_asked(record: IncidentRecord, request: Request) -> IncidentRecord:
    """A record as of the instant asked for; as it is, when none was (the clocks need not agree)."""
    from pm_autofill.collect.pagerduty.horizon import record_as_of

    return record_as_of(record, request.as_of) if request.rewound else record


def gap_of(error: AutofillError, what: str, source: str = "") -> Gap:
    """An error as a gap."""
    system = error.source if isinstance(error, SourceError) else source
    return Gap(source=system, what=what, reason=error.message, hint=error.hint or "Run `pm-autofill doctor`.")


def with_changes(evidence: Evidence, service: str, found: tuple[ChangeSeries, ...]) -> Evidence:
    """The evidence with a service's changes, in place of those of a narrower window; without an answer as it was."""
    kept = (one for one in evidence.changes if one.service != service or not found)
    return replace(evidence, changes=(*kept, *found))


def with_past(evidence: Evidence, found: tuple[PastEvents, ...]) -> Evidence:
    """The evidence with the past of some SLOs, in place of what an earlier run saw of it."""
    named = {one.slo for one in found}
    return replace(evidence, past_events=(*(one for one in evidence.past_events if one.slo not in named), *found))


def with_runs(evidence: Evidence, found: tuple[RuleRun, ...]) -> Evidence:
    """The evidence with runs of some rules, in place of what an earlier run saw of them."""
    rules = {(run.rule.name, run.rule.expression) for run in found}
    kept = (run for run in evidence.rule_runs if (run.rule.name, run.rule.expression) not in rules)
    return replace(evidence, rule_runs=(*kept, *found))
