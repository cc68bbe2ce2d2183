"""Changes from every source in one shape: candidates for the cause, and for what mitigated."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.completeness import annotation_marks, change_events, change_queries
from pm_autofill.evidence.readings import Complete, Reading, lacking, limited_by, seen, together
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import from_epoch
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.numbers import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import ChangeEvent, IncidentRecord, Link
    from pm_autofill.instants import Window

# Nobody changes so much at a time that more has to be compared.
_MOST_COMPARED = 1_000_000
_CHANGE_WORD = re.compile(
    r"\b(deploy\w*|release\w*|roll(?:ed|ing)?[ -]?(?:back|out)|revert\w*|rollback|flag|feature|toggle\w*"
    r"|scal(?:e|ed|ing)\w*|config\w*|restart\w*|migrat\w*|upgrade\w*|change\w*|fail(?:ed)?[ -]?over)\b",
    re.IGNORECASE,
)
_COMPARE = timedelta(minutes=10)
_CANDIDATE_REACH = timedelta(hours=1)
_HALVED = 0.5
_SAME_SECONDS = 60
# A change query sees a rollout when its first pod is scraped, one evaluation or two after it.
_QUERY_SECONDS = 120
_QUERY = "change query"
_QUERY_ONLY = (_QUERY,)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed.

    Attributes:
        id: Stable over runs.
        start: When it began.
        end: When it was done; None for an instant.
        text: What was changed, as its source says.
        origins: Who reported it: "change event", "annotation", "change query".
        links: Links to it.
        source: Id of the question.
    """

    id: str
    start: datetime
    end: datetime | None
    text: str
    origins: tuple[str, ...]
    links: tuple[Link, ...]
    source: str

    @property
    def origin(self) -> str:
        """Who reported it, as words: "annotation and change event, seen by the change query"."""
        told = [one for one in self.origins if one != _QUERY]
        if not told:
            return _QUERY
        return " and ".join(told) + (f", seen by the {_QUERY}" if _QUERY in self.origins else "")

    @property
    def done(self) -> datetime:
        """When it had taken place."""
        return self.end or self.start


def gather(evidence: Evidence) -> Reading[tuple[Change, ...]]:
    """All changes in the evidence, by start; the same change from two sources stands once.

    Args:
        evidence: The evidence.

    Returns:
        Change events of PagerDuty, deploy-like annotations of Grafana, and instants of the configured change queries;
        complete where each of these was read whole that was asked for.
    """
    asked = together((change_events(evidence), change_queries(evidence), annotation_marks(evidence)))
    return limited_by(Complete(_all_of(evidence)), asked)


def _all_of(evidence: Evidence) -> tuple[Change, ...]:
    """What is in the evidence."""
    found = [*_events(evidence), *_annotations(evidence), *_queries(evidence)]
    kept: list[Change] = []
    by_origins: dict[tuple[str, ...], list[int]] = {}
    left = _MOST_COMPARED
    for change in sorted(found, key=lambda one: (one.start, one.origins, one.id)):
        others = sorted(n for key, several in by_origins.items() if not set(key) & set(change.origins) for n in several)
        twin = next((n for n in others[:left] if _same(change, kept[n])), None)
        left = max(0, left - len(others))
        if twin is None:
            by_origins.setdefault(change.origins, []).append(len(kept))
            kept.append(change)
        else:
            kept[twin] = _joined(kept[twin], change)
    return tuple(kept)


def candidates(changes: Iterable[Change], start: datetime) -> tuple[Change, ...]:
    """Changes begun in the hour before an impact, nearest first: where to look, never "the cause"."""
    near = [change for change in changes if timedelta(0) <= start - change.start <= _CANDIDATE_REACH]
    return tuple(sorted(near, key=lambda change: start - change.start))


def infer_mitigation(changes: Reading[tuple[Change, ...]], impact: Impact) -> tuple[Fact, Change | None]:
    """What mitigated, as far as changes and the SLI tell; unknown where a change that was not read could have.

    Args:
        changes: The changes.
        impact: The headline SLO's impact.

    Returns:
        The fact ``mitigation.applied`` and the change it rests on.

    Formula: of the changes starting in [S, V], the last after which the failure ratio at least halved: mean ratio of
        the ten minutes from its end on against the ten minutes before its start. M is the change's end, or, where that
        lies after V, the instant the improvement began.
    Source: the template's "Time to mitigate"; SRE book app. D keeps mitigation and recovery apart.
    """
    ask = "the responders"
    window = impact.window
    if window is None or impact.buckets is None:
        reasons = [fact.reason for fact in (impact.start, impact.end) if isinstance(fact, Unknown)]
        return Unknown(reason=(reasons or ["the SLI could not be read"])[0], ask=ask), None
    inside = [change for change in seen(changes, ()) if window.start <= change.start <= window.end]
    if not isinstance(changes, Complete):
        listed = f"; so far as was read: {join_words([plain(change.text) for change in inside])}" if inside else ""
        reason = f"the changes of the impact window were read in part only (missing: {lacking(changes)}){listed}"
        return Unknown(reason=reason, ask=ask), None
    return _by_improvement(Complete(tuple(inside)), impact, window)


def _by_improvement(inside: Complete[tuple[Change, ...]], impact: Impact, window: Window) -> tuple[Fact, Change | None]:
    """The last change that was followed by an improvement; of all there were."""
    ask = "the responders"
    for change in sorted(inside.value, key=lambda one: (one.start, one.done, one.id), reverse=True):
        if _halved(change, impact, window):
            at = change.done if change.done <= window.end else _improvement(change, impact, window)
            return _mitigation(at, change, impact), change
    if inside.value:
        return Unknown(reason="no change in the impact window was followed by an improvement", ask=ask), None
    return Unknown(reason="no change is recorded in the impact window", ask=ask), None


def _events(evidence: Evidence) -> Iterable[Change]:
    record = evidence.pagerduty
    for event in record.changes if record else ():
        source = _event_source(record, event) if record else ""
        yield Change(f"change:{event.id}", event.at, None, event.summary, ("change event",), event.links, source)


def _event_source(record: IncidentRecord, event: ChangeEvent) -> str:
    """Which question told of a change event: that for related ones, or that for all of the service."""
    own = "" if event.correlation else record.sources.get("changes.service", "")
    return own or record.sources.get("changes", "")


def _annotations(evidence: Evidence) -> Iterable[Change]:
    for mark in evidence.grafana.annotations if evidence.grafana else ():
        if not mark.alert and _CHANGE_WORD.search(f"{mark.text} {' '.join(mark.tags)}"):
            yield Change(
                f"annotation:{mark.id}", mark.start, mark.end, mark.text, ("annotation",), mark.links, mark.source
            )


def _queries(evidence: Evidence) -> Iterable[Change]:
    """Each unbroken run of samples of a change query is one change."""
    for series in evidence.changes:
        for one in series.matrix.series:
            starts = np.flatnonzero(np.diff(one.times, prepend=-np.inf) > 3 * series.step)
            ends = np.append(starts[1:], len(one.times))[: len(starts)] - 1  # a series may hold no samples
            name = one.labels.get("deployment") or one.labels.get("version") or series.service
            for first, last in zip(starts, ends, strict=True):
                begun, over = from_epoch(float(one.times[first])), from_epoch(float(one.times[last]))
                yield Change(
                    f"query:{series.service}:{name}:{int(one.times[first])}",
                    begun,
                    over if over > begun else None,
                    name,
                    _QUERY_ONLY,
                    (),
                    series.source,
                )


def _same(one: Change, other: Change) -> bool:
    """Whether two sources report one change: one's words begin with the other's, and a begin or end coincides."""
    if set(one.origins) & set(other.origins):
        return False
    if _QUERY_ONLY in (one.origins, other.origins):
        return any(abs((a - b).total_seconds()) <= _QUERY_SECONDS for a in _ends(one) for b in _ends(other))
    short, long = sorted((one.text.casefold().strip(), other.text.casefold().strip()), key=len)
    near = any(abs((a - b).total_seconds()) <= _SAME_SECONDS for a in _ends(one) for b in _ends(other))
    return near and bool(short) and long.startswith(short)


def _ends(change: Change) -> tuple[datetime, datetime]:
    return change.start, change.done


def _joined(one: Change, other: Change) -> Change:
    """One change as two sources tell it: the span of the one that knows both ends, the shorter words, all links."""
    origins = tuple(dict.fromkeys(one.origins + other.origins))
    if _QUERY_ONLY in (one.origins, other.origins):
        return replace(other if one.origins == _QUERY_ONLY else one, origins=origins)
    whole, instant = (one, other) if one.end is not None or other.end is None else (other, one)
    text = min((one.text, other.text), key=len)
    links = tuple({link.href: link for link in (*instant.links, *whole.links)}.values())
    return replace(whole, text=text, links=links, origins=origins)


def _halved(change: Change, impact: Impact, window: Window) -> bool:
    before = _mean_ratio(impact, max(window.start, change.start - _COMPARE), change.start)
    after = _mean_ratio(impact, change.done, change.done + _COMPARE)
    return before is not None and after is not None and before > 0 and after <= _HALVED * before


def _mean_ratio(impact: Impact, start: datetime, end: datetime) -> float | None:
    """Bad per event (for an outage: missing share of the usual traffic) between two instants; None without events."""
    buckets, detection = impact.buckets, impact.detection
    if buckets is None or detection is None:
        return None
    middle = (buckets.edges[1:] + buckets.edges[:-1]) / 2
    inside = (middle >= start.timestamp()) & (middle < end.timestamp())
    total, expected = float(buckets.total[inside].sum()), float(detection.baseline.traffic[inside].sum())
    if expected <= 0:
        return None
    failed, outage = float(buckets.bad[inside].sum()), _is_outage(impact)
    if not outage and total <= 0:
        return None
    return (failed + max(0.0, expected - total)) / max(expected, total) if outage else failed / max(total, 1e-9)


def _is_outage(impact: Impact) -> bool:
    return any(period.kind == "no traffic" for period in impact.periods)


def _improvement(change: Change, impact: Impact, window: Window) -> datetime:
    """Where the failure ratio (for an outage: the missing share) last left half of what it was before the change."""
    buckets, detection = impact.buckets, impact.detection
    before = _mean_ratio(impact, max(window.start, change.start - _COMPARE), change.start)
    if buckets is None or detection is None or before is None:
        return window.end
    inside = (buckets.edges[1:] > change.start.timestamp()) & (buckets.edges[:-1] < window.end.timestamp())
    failed, whole = buckets.bad, buckets.total
    if _is_outage(impact):
        expected = detection.baseline.traffic
        failed, whole = failed + np.maximum(0.0, expected - whole), np.maximum(expected, whole)
    high = inside & (failed > _HALVED * before * np.maximum(whole, 1e-9))
    if not high.any():
        return change.start
    return min(window.end, from_epoch(float(buckets.edges[1:][high][-1])))


def _mitigation(at: datetime, change: Change, impact: Impact) -> Known:
    reads = (impact.slo.total, impact.slo.bad, impact.slo.good, impact.slo.ratio)
    sources = (change.source, *(read.source for read in reads if read is not None))
    return Known(
        value=at,
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method=f"the last change in the impact window after which the failure ratio at least halved ({change.origin})",
        sources=tuple(source for source in sources if source),
        notes={"text": change.text},
    )
