"""Evidence that fits into its file: of what is absurdly long, the longest parts are left out, and each is a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pm_autofill.evidence.completeness import (
    ALERT_SERIES,
    ALERT_STATES,
    ANNOTATIONS,
    DASHBOARD_ANNOTATIONS,
    RULES,
    of_incident,
    of_rule,
    of_service,
    of_slo,
)
from pm_autofill.evidence.file import encoder
from pm_autofill.evidence.readings import NOT_ASKED, Answered, State
from pm_autofill.evidence.record import Evidence, Gap
from pm_autofill.evidence.slos import SloEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pm_autofill.evidence.incident import IncidentRecord

# Raw counters take 8 MiB at most, and everything else of an ordinary incident some hundred KiB.
MOST = 10 * 2**20
# By part of PagerDuty's record: what it is, and the questions it answers; those ending with a period are many.
_PAGERDUTY = {
    "log": ("the incident's log", ("log",)),
    "merged_logs": ("the logs of incidents merged into it", ("log.",)),
    "alerts": ("the incident's alerts", ("alerts",)),
    "notes": ("the incident's notes", ("notes",)),
    "changes": ("change events", ("changes", "changes.service")),
    "others": ("other incidents", ("past", "related", "window", "window.foreign", "same_alert.")),
    "earlier": ("the incidents of its service in the week before", ("earlier",)),
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part that can be left out.

    Attributes:
        source: The system it came from.
        what: What it is, for the gap.
        value: What it holds.
        questions: The keys of the questions it answers, as ``completeness`` has them.
        without: The evidence without it.
    """

    source: str
    what: str
    value: object
    questions: frozenset[str]
    without: Callable[[Evidence], Evidence]


def fit(evidence: Evidence, most: int = MOST) -> Evidence:
    """Leave out what does not fit, the longest first.

    Args:
        evidence: Of any length.
        most: Bytes its file may take.

    Returns:
        The evidence; where it was longer without some parts, with a gap for each of those, and with the questions they
        answered as refused: nothing is concluded from what is not there.
    """
    writer = encoder()
    sizes = [(len(writer.encode(part.value)), part) for part in _parts(evidence)]
    length = sum(len(writer.encode(getattr(evidence, name))) for name in evidence.__struct_fields__)
    gaps: list[Gap] = []
    for size, part in sorted(sizes, key=lambda one: one[0], reverse=True):
        if length <= most:
            break
        evidence = _refused(part.without(evidence), part)
        gaps.append(_gap(part, size, most))
        length -= size
    return replace(evidence, gaps=evidence.gaps + tuple(gaps)) if gaps else evidence


def _refused(evidence: Evidence, part: _Part) -> Evidence:
    """The evidence with a part's questions as refused; those that nobody asked stay so."""
    asked = [key for key in part.questions if evidence.readings.get(key, NOT_ASKED).state is not State.NOT_ASKED]
    answer = Answered(state=State.REFUSED, missing=part.what)
    evidence = replace(evidence, readings={**evidence.readings, **dict.fromkeys(asked, answer)})
    record = evidence.pagerduty
    if record is None:
        return evidence
    sources = {name: source for name, source in record.sources.items() if of_incident(name) not in part.questions}
    return replace(evidence, pagerduty=msgspec.structs.replace(record, sources=sources))


def _gap(part: _Part, size: int, most: int) -> Gap:
    return Gap(
        source=part.source,
        what=part.what,
        reason=f"it takes {size / 2**20:.1f} MiB, of the {most / 2**20:.0f} MiB that all evidence may take",
        hint=f"See what {part.source} answers there; an ordinary answer takes a hundredth of it.",
    )


def _parts(evidence: Evidence) -> Iterator[_Part]:
    """All that can be left out."""
    yield from _of_prometheus(evidence)
    if evidence.pagerduty is not None:
        yield from _of_pagerduty(evidence, evidence.pagerduty)
    if evidence.grafana is not None:
        keys = frozenset((ANNOTATIONS, ALERT_STATES, DASHBOARD_ANNOTATIONS))
        yield _Part("Grafana", "annotations", evidence.grafana.annotations, keys, _without_annotations)
        for one in evidence.grafana.dashboards:
            # That it was found stays true, and its annotations stay: no question is open again.
            yield _Part("Grafana", f"dashboard {one.uid}", one, frozenset(), _without_dashboard(one.uid))


def _of_prometheus(evidence: Evidence) -> Iterator[_Part]:
    parts: dict[str, tuple[str, Iterable[str]]] = {
        "alert_series": ("the alerts' own times", (ALERT_SERIES,)),
        "alert_rules": ("alerting rules", (RULES,)),
        "changes": ("changes that Prometheus tells of", _beginning(evidence, of_service(""))),
        "past_events": ("the past of the SLOs", (of_slo(one.slo, "past") for one in evidence.past_events)),
        "rule_runs": ("a replay of each rule", (of_rule(run.rule) for run in evidence.rule_runs)),
    }
    for name, (what, keys) in parts.items():
        yield _Part("Prometheus", what, getattr(evidence, name), frozenset(keys), _emptying(name))
    for slo in evidence.slos:
        of_this = of_slo(slo.definition.name, "")
        keys = frozenset(_beginning(evidence, of_this)) - {f"{of_this}past"}  # which stands elsewhere
        yield _Part("Prometheus", f"the SLI of {slo.definition.name}", slo, keys, _forgetting(slo))


def _of_pagerduty(evidence: Evidence, record: IncidentRecord) -> Iterator[_Part]:
    of_any = of_incident("")
    told = {*record.sources, *(key.removeprefix(of_any) for key in _beginning(evidence, of_any))}
    for name, (what, questions) in _PAGERDUTY.items():
        several = tuple(one for one in questions if one.endswith("."))
        keys = frozenset(of_incident(part) for part in told if part in questions or part.startswith(several))
        yield _Part("PagerDuty", what, getattr(record, name), keys, _emptying_record(name))


def _beginning(evidence: Evidence, words: str) -> Iterator[str]:
    """The keys of the questions that begin so."""
    return (key for key in evidence.readings if key.startswith(words))


def _emptying(name: str) -> Callable[[Evidence], Evidence]:
    return lambda evidence: msgspec.structs.replace(evidence, **{name: ()})


def _forgetting(slo: SloEvidence) -> Callable[[Evidence], Evidence]:
    kept = SloEvidence(definition=slo.definition, named=slo.named)
    return lambda evidence: replace(evidence, slos=tuple(kept if one is slo else one for one in evidence.slos))


def _emptying_record(name: str) -> Callable[[Evidence], Evidence]:
    def without(evidence: Evidence) -> Evidence:
        record = evidence.pagerduty
        if record is None:
            return evidence
        empty = type(getattr(record, name))()
        return replace(evidence, pagerduty=msgspec.structs.replace(record, **{name: empty}))

    return without


def _without_annotations(evidence: Evidence) -> Evidence:
    grafana = evidence.grafana
    return replace(evidence, grafana=replace(grafana, annotations=())) if grafana else evidence


def _without_dashboard(uid: str) -> Callable[[Evidence], Evidence]:
    def without(evidence: Evidence) -> Evidence:
        grafana = evidence.grafana
        if grafana is None:
            return evidence
        kept = tuple(one for one in grafana.dashboards if one.uid != uid)
        return replace(evidence, grafana=replace(grafana, dashboards=kept))

    return without
