"""Evidence that fits into its file: of what is absurdly long, the longest parts are left out, and each is a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pm_autofill.evidence.file import encoder
from pm_autofill.evidence.record import Evidence, Gap
from pm_autofill.evidence.slos import SloEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Raw counters take 8 MiB at most, and everything else of an ordinary incident some hundred KiB.
MOST = 10 * 2**20
_PROMETHEUS = {
    "alert_series": "the alerts' own times",
    "alert_rules": "alerting rules",
    "changes": "changes that Prometheus tells of",
    "past_events": "the past of the SLOs",
    "rule_runs": "replays of the rules",
}
_PAGERDUTY = {
    "log": "the incident's log",
    "merged_logs": "the logs of merged incidents",
    "alerts": "the incident's alerts",
    "notes": "the incident's notes",
    "changes": "change events",
    "others": "other incidents",
    "earlier": "the incidents of its service in the week before",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part that can be left out.

    Attributes:
        source: The system it came from.
        what: What it is, for the gap.
        value: What it holds.
        without: The evidence without it.
    """

    source: str
    what: str
    value: object
    without: Callable[[Evidence], Evidence]


def fit(evidence: Evidence, most: int = MOST) -> Evidence:
    """Leave out what does not fit, the longest first.

    Args:
        evidence: Of any length.
        most: Bytes its file may take.

    Returns:
        The evidence; without some parts, and with a gap for each of those, where it was longer.
    """
    writer = encoder()
    sizes = [(len(writer.encode(part.value)), part) for part in _parts(evidence)]
    length = sum(len(writer.encode(getattr(evidence, name))) for name in evidence.__struct_fields__)
    gaps: list[Gap] = []
    for size, part in sorted(sizes, key=lambda one: one[0], reverse=True):
        if length <= most:
            break
        evidence = part.without(evidence)
        gaps.append(_gap(part, size, most))
        length -= size
    return replace(evidence, gaps=evidence.gaps + tuple(gaps)) if gaps else evidence


def _gap(part: _Part, size: int, most: int) -> Gap:
    return Gap(
        source=part.source,
        what=part.what,
        reason=f"it takes {size / 2**20:.1f} MiB, of the {most / 2**20:.0f} MiB that all evidence may take",
        hint=f"See what {part.source} answers there; an ordinary answer takes a hundredth of it.",
    )


def _parts(evidence: Evidence) -> Iterator[_Part]:
    """All that can be left out."""
    for name, what in _PROMETHEUS.items():
        yield _Part("Prometheus", what, getattr(evidence, name), _emptying(name))
    for slo in evidence.slos:
        yield _Part("Prometheus", f"the SLI of {slo.definition.name}", slo, _forgetting(slo))
    if evidence.pagerduty is not None:
        for name, what in _PAGERDUTY.items():
            yield _Part("PagerDuty", what, getattr(evidence.pagerduty, name), _emptying_record(name))
    if evidence.grafana is not None:
        yield _Part("Grafana", "annotations", evidence.grafana.annotations, _without_annotations)
        for one in evidence.grafana.dashboards:
            yield _Part("Grafana", f"dashboard {one.uid}", one, _without_dashboard(one.uid))


def _emptying(name: str) -> Callable[[Evidence], Evidence]:
    return lambda evidence: msgspec.structs.replace(evidence, **{name: ()})


def _forgetting(slo: SloEvidence) -> Callable[[Evidence], Evidence]:
    kept = SloEvidence(definition=slo.definition, named=slo.named)
    return lambda evidence: replace(evidence, slos=tuple(kept if one is slo else one for one in evidence.slos))


def _emptying_record(name: str) -> Callable[[Evidence], Evidence]:
    """Without a part of PagerDuty's record, which then does not tell of having been read either."""

    def without(evidence: Evidence) -> Evidence:
        record = evidence.pagerduty
        if record is None:
            return evidence
        empty = type(getattr(record, name))()
        sources = {part: source for part, source in record.sources.items() if part.partition(".")[0] != name}
        return replace(evidence, pagerduty=msgspec.structs.replace(record, **{name: empty, "sources": sources}))

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
