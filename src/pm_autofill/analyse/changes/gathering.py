"""Changes from every source in one shape; the same change from two sources stands once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.changes.change import QUERY_ONLY, Change, Kind
from pm_autofill.analyse.changes.kinds import kind_of, mark_returns, version_of
from pm_autofill.analyse.changes.scopes import environment_of, find_services
from pm_autofill.evidence.completeness import annotation_marks, change_events, change_queries
from pm_autofill.evidence.readings import Complete, Reading, limited_by, together
from pm_autofill.instants import from_epoch
from pm_autofill.promql.selectors import longest_range

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pm_autofill.analyse.changes.scopes import Services
    from pm_autofill.config.settings import ChangeTags, Settings
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import ChangeSeries
    from pm_autofill.evidence.incident import ChangeEvent, IncidentRecord
    from pm_autofill.evidence.series import Floats, Series

# Nobody changes so much at a time that more has to be compared.
_MOST_COMPARED = 1_000_000
_CANDIDATE_REACH = timedelta(hours=1)
_SAME_SECONDS = 60
# A change query sees a rollout when its first pod is scraped, one evaluation or two after it.
_QUERY_SECONDS = 120
# Steps without a value between two runs of a change query.
_PAUSE_STEPS = 3


def gather(evidence: Evidence, settings: Settings) -> Reading[tuple[Change, ...]]:
    """All changes in the evidence, by start; the same change from two sources stands once.

    Args:
        evidence: The evidence.
        settings: What services are called, and which tags say what a change is.

    Returns:
        Change events of PagerDuty, annotations of Grafana whose tags say that they are changes, and what the configured
        change queries saw; complete where each of these was read whole that was asked for.
    """
    asked = together((change_events(evidence), change_queries(evidence), annotation_marks(evidence)))
    return limited_by(Complete(_all_of(evidence, settings)), asked)


def _all_of(evidence: Evidence, settings: Settings) -> tuple[Change, ...]:
    """What is in the evidence."""
    services, words = find_services(evidence, settings), settings.change_tags
    found = [*_events(evidence, services, words), *_annotations(evidence, services, words), *_queries(evidence)]
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
    return mark_returns(kept)


def shortly_before(changes: Iterable[Change], start: datetime) -> tuple[Change, ...]:
    """Changes begun in the hour before an impact, nearest first: where to look, never "the cause"."""
    near = [change for change in changes if timedelta(0) <= start - change.start <= _CANDIDATE_REACH]
    return tuple(sorted(near, key=lambda change: start - change.start))


def _events(evidence: Evidence, services: Services, words: ChangeTags) -> Iterable[Change]:
    record = evidence.pagerduty
    for event in record.changes if record else ():
        yield Change(
            id=f"change:{event.id}",
            start=event.at,
            end=None,
            text=event.summary,
            origins=("change event",),
            links=event.links,
            source=_event_source(record, event) if record else "",
            kind=kind_of(event.tags, words) or Kind.CHANGE,
            services=services.of_event(event),
            environment=environment_of(event.tags),
            version=version_of(event.tags),
        )


def _event_source(record: IncidentRecord, event: ChangeEvent) -> str:
    """Which question told of a change event: that for related ones, or that for all of the service."""
    own = "" if event.correlation else record.sources.get("changes.service", "")
    return own or record.sources.get("changes", "")


def _annotations(evidence: Evidence, services: Services, words: ChangeTags) -> Iterable[Change]:
    for mark in evidence.grafana.annotations if evidence.grafana else ():
        kind = kind_of(mark.tags, words)
        if kind is not None and not mark.alert:
            yield Change(
                id=f"annotation:{mark.id}",
                start=mark.start,
                end=mark.end,
                text=mark.text,
                origins=("annotation",),
                links=mark.links,
                source=mark.source,
                kind=kind,
                services=services.of_annotation(mark),
                environment=environment_of(mark.tags),
                version=version_of(mark.tags),
            )


def _queries(evidence: Evidence) -> Iterable[Change]:
    """Each unbroken run of samples of a change query is one change."""
    for series in evidence.changes:
        for one in series.matrix.series:
            yield from _runs(series, one)


def _runs(asked: ChangeSeries, one: Series) -> Iterable[Change]:
    """The runs of one series.

    A query such as ``changes(x[1m]) > 0`` is true for a minute after each change: what it saw last happened that
    minute before it was last true.
    """
    lasting = longest_range(asked.query)
    behind = lasting.total_seconds() if lasting is not None else 0.0
    version = one.labels.get("version", "")
    name = one.labels.get("deployment") or version or asked.service
    for first, last in _stretches(one.times, asked.step):
        over = last - behind + asked.step if behind else last
        yield Change(
            id=f"query:{asked.service}:{name}:{int(first)}",
            start=from_epoch(first),
            # The last change of a run is known to a step only, as its first one is.
            end=from_epoch(over) if over > first + asked.step else None,
            text=name,
            origins=QUERY_ONLY,
            links=(),
            source=asked.source,
            services=frozenset({asked.service}),
            version=version,
            unseen_at=from_epoch(first - asked.step),
        )


def _stretches(times: Floats, step: float) -> Iterable[tuple[float, float]]:
    """First and last instant of each unbroken run, epoch seconds; a series may hold no samples."""
    starts = np.flatnonzero(np.diff(times, prepend=-np.inf) > _PAUSE_STEPS * step)
    ends = np.append(starts[1:], len(times))[: len(starts)] - 1
    for first, last in zip(starts, ends, strict=True):
        yield float(times[first]), float(times[last])


def _same(one: Change, other: Change) -> bool:
    """Whether two sources report one change: at one time, of services in common, and by words, version or kind."""
    if set(one.origins) & set(other.origins) or (one.services and other.services and not one.services & other.services):
        return False
    if QUERY_ONLY in (one.origins, other.origins):
        return any(abs((a - b).total_seconds()) <= _QUERY_SECONDS for a in _ends(one) for b in _ends(other))
    if not any(abs((a - b).total_seconds()) <= _SAME_SECONDS for a in _ends(one) for b in _ends(other)):
        return False
    short, long = sorted((one.text.casefold().strip(), other.text.casefold().strip()), key=len)
    if long.startswith(short):  # one without words says nothing that would tell it from the one beside it
        return True
    if one.version and other.version:
        return one.version == other.version
    return one.kind is other.kind is not Kind.CHANGE and bool(one.services and other.services)


def _ends(change: Change) -> tuple[datetime, datetime]:
    return change.start, change.done


def _joined(one: Change, other: Change) -> Change:
    """One change as two sources tell it: the span of the one that knows both ends, the shorter words, all links."""
    if QUERY_ONLY in (one.origins, other.origins):
        kept = other if one.origins == QUERY_ONLY else one
    else:
        whole, instant = (one, other) if one.end is not None or other.end is None else (other, one)
        text = min((one.text, other.text), key=len)
        links = tuple({link.href: link for link in (*instant.links, *whole.links)}.values())
        kept = replace(whole, text=text, links=links)
    return replace(
        kept,
        origins=tuple(dict.fromkeys(one.origins + other.origins)),
        kind=one.kind if one.kind is not Kind.CHANGE else other.kind,
        services=((one.services or frozenset()) | (other.services or frozenset())) or None,
        environment=one.environment or other.environment,
        version=one.version or other.version,
    )
