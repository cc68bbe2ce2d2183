"""The timeline: what every source recorded, merged, folded and in order; each row with a stable id and its source."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse import responding
from pm_autofill.analyse.alerting import alert_names, own_alerts
from pm_autofill.analyse.brevity import room, shorten
from pm_autofill.analyse.overall import alerts_since
from pm_autofill.analyse.silence import silent_seconds
from pm_autofill.evidence.completeness import alert_rules, alert_series
from pm_autofill.evidence.incident import BESIDE
from pm_autofill.evidence.readings import NotAsked, is_whole
from pm_autofill.findings import Basis, Known, TimelineRow
from pm_autofill.instants import parse_duration
from pm_autofill.wording.changes import change_words
from pm_autofill.wording.labels import noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.analyse.buckets import Buckets
    from pm_autofill.analyse.changes.change import Change
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import AlertSeries
    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.findings import Fact

_BEFORE = timedelta(hours=1)
_USUAL_INTERVAL = 60.0
# What is looked at to tell to which level failures rose: as few events as the peak of a minute takes.
_RISE_SECONDS, _RISE_SCRAPES, _RISE_EVENTS = 120.0, 4, 20.0
_ORDER = ("change", "impact_start", "alert_pending", "alert_fired", "triggered", "paged", "acknowledged")


def tell(
    evidence: Evidence,
    settings: Settings,
    assessments: Sequence[Assessment],
    changes: tuple[Sequence[Change], Change | None],
    facts: Mapping[str, Fact],
) -> tuple[TimelineRow, ...]:
    """The rows of the timeline.

    Args:
        evidence: The evidence.
        settings: The configuration.
        assessments: What is known of the SLOs of the incident's services and those that belong to it, headline first.
        changes: All changes, and the one taken as the mitigation.
        facts: The top-level facts.

    Returns:
        Rows, ascending; of rows at one instant, causes before effects. Lesser ones are folded unless all are asked for.
    """
    every, mitigating = changes
    full = evidence.request.timeline == "full"
    alerts = own_alerts(evidence, alerts_since(facts, parse_duration(settings.hold)))
    rows = [
        *_impact_rows([one for one in assessments if one.impact.moved]),
        *_alert_rows(alerts, evidence, full=full),
        *_change_rows(every, mitigating, facts),
        *_fact_rows(facts, mitigating),
        *_annotation_rows(evidence, every, alerts),
        *(_of_pagerduty(evidence.pagerduty, full=full) if evidence.pagerduty else ()),
    ]
    kept = {row.id: row for row in rows if _relevant(row, facts)}
    kept |= {row.id: row for row in _other_rows([one.impact for one in assessments])}
    ordered = tuple(sorted(kept.values(), key=lambda row: (row.time, _rank(row.kind), row.id)))
    return ordered if full else shorten(ordered, room(ordered, facts))


def _of_pagerduty(record: IncidentRecord, *, full: bool) -> Iterator[TimelineRow]:
    """What happened on the incident, and that others of its service began beside it."""
    yield from responding.tell(record, full=full)
    for other in record.others:
        if other.relation in BESIDE:
            values = {"text": other.title, "number": str(other.number or other.id)}
            source = _told_by(record, other.relation)
            yield TimelineRow(id=f"incident:{other.id}", time=other.at, kind="sibling", values=values, source=source)


def _told_by(record: IncidentRecord, relation: str) -> str:
    """Which question told of an incident beside this one."""
    part = next((one for one in record.sources if one.startswith("same_alert.")), "window")
    return record.sources.get(part if relation == "same alert" else "window", "")


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _relevant(row: TimelineRow, facts: Mapping[str, Fact]) -> bool:
    """Whether a row is of this incident's time: from an hour before its first event to an hour after its last."""
    names = ("impact.start", "impact.end", "incident.triggered", "incident.resolved", "incident.all_clear")
    known = [fact.instant for name in names if isinstance(fact := facts[name], Known)]
    if not known:
        return True
    ongoing = not isinstance(facts["impact.end"], Known) or not isinstance(facts["incident.all_clear"], Known)
    return min(known) - _BEFORE <= row.time and (ongoing or row.time <= max(known) + _BEFORE)


def _impact_rows(assessments: Sequence[Assessment]) -> Iterator[TimelineRow]:
    usual = {one.impact.slo.definition.name: one.findings.baseline_ratio for one in assessments}
    impacts = [one.impact for one in assessments]
    earliest = min((i.start.instant for i in impacts if isinstance(i.start, Known)), default=None)
    latest = max((i.end.instant for i in impacts if isinstance(i.end, Known)), default=None)
    every_end = all(isinstance(impact.end, Known) for impact in impacts)
    for impact in _told_once(impacts):
        name = impact.slo.definition.name
        before = usual[name]
        values: dict[str, datetime | float | str | bool] = {
            "service": impact.slo.definition.service,
            "slo": name,
            "kind": _kind(impact),
            "noun": noun(impact.slo.definition),
        }
        if isinstance(impact.start, Known) and impact.start.basis is not Basis.STATED:
            first = impact.start.instant == earliest
            level = {"to_ratio": _level_after(impact), "within_s": _farther_bound(impact.start)}
            level |= {"silent": True} if silent_seconds(impact) else {}
            yield TimelineRow(
                id=f"impact.start:{name}",
                time=impact.start.instant,
                kind="impact_start",
                values={**values, **level, **({"from_ratio": before} if before is not None else {})},
                source=impact.start.sources[0],
                milestone="impact.start" if first else "",
            )
        if isinstance(impact.end, Known) and impact.end.basis is not Basis.STATED:
            last = impact.end.instant == latest and every_end
            back = {"periods": float(len(impact.periods)), "within_s": _farther_bound(impact.end)}
            yield TimelineRow(
                id=f"impact.end:{name}",
                time=impact.end.instant,
                kind="impact_end",
                values={**values, **back, **({"to_ratio": before} if before is not None else {})},
                source=impact.end.sources[0],
                milestone="impact.end" if last else "",
            )


def _told_once(impacts: Sequence[Impact]) -> Iterator[Impact]:
    """Of several SLOs on the same events, such as one per window, only the first by name, whichever is the headline."""
    first: dict[object, str] = {}
    keys = [_same(impact) for impact in impacts]
    for key, impact in zip(keys, impacts, strict=True):
        first[key] = min(impact.slo.definition.name, first.get(key, impact.slo.definition.name))
    yield from (one for key, one in zip(keys, impacts, strict=True) if one.slo.definition.name == first[key])


def _same(impact: Impact) -> object:
    """What two SLOs have in common whose rows would say the same."""
    definition = impact.slo.definition
    ends = (fact.instant if isinstance(fact, Known) else None for fact in (impact.start, impact.end))
    return (definition.service, definition.events or definition.ratio, *ends)


def _other_rows(impacts: Sequence[Impact]) -> Iterator[TimelineRow]:
    """Bad times of the SLOs that are not of this incident: listed, wherever in the searched window they lie."""
    for impact in impacts:
        name = impact.slo.definition.name
        source = next((read.source for read in (impact.slo.total, impact.slo.ratio) if read is not None), "")
        for period in impact.elsewhere:
            yield TimelineRow(
                id=f"period:{name}:{period.window.start:%Y%m%dT%H%M}",
                time=period.window.start,
                kind="other_period",
                values={
                    "slo": name,
                    "until": period.window.end,
                    "to_ratio": period.failed_ratio,
                    "excess": period.excess_failed,
                    "noun": noun(impact.slo.definition),
                },
                source=source,
            )


def _kind(impact: Impact) -> str:
    if any(period.kind == "no traffic" for period in impact.periods):
        return "no traffic"
    return "slow" if impact.slo.definition.kind == "latency" else "failures"


def _level_after(impact: Impact) -> float:
    """Bad per event right after the rise: over the first two minutes, or four scrapes; 1 where these had no events.

    Formula: sum of bad / sum of all events, over the buckets that begin in [S, S + the longer of both); over the
        bad periods where these hold fewer than twenty events.
    """
    buckets = impact.buckets
    if buckets is None or not impact.periods or not isinstance(impact.start, Known):
        return 0.0
    begun = impact.start.instant.timestamp()
    spans = [(one.window.start.timestamp(), one.window.end.timestamp()) for one in impact.periods]
    length = max(_RISE_SECONDS, _RISE_SCRAPES * buckets.step, buckets.width)
    bad, total = _within(buckets, [(begun, min(begun + length, spans[0][1]))])
    if total < _RISE_EVENTS:
        bad, total = _within(buckets, spans)
    return min(bad / total, 1.0) if total > 0 else 1.0


def _within(buckets: Buckets, spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Bad and all events of the buckets whose middle lies in one of some stretches."""
    middle = (buckets.edges[1:] + buckets.edges[:-1]) / 2
    inside = np.any([(start <= middle) & (middle < end) for start, end in spans], axis=0)
    return float(buckets.bad[inside].sum()), float(buckets.total[inside].sum())


def _farther_bound(fact: Known) -> float:
    """How far an instant may lie from its value, in seconds; 0 where it has no bounds."""
    return max((fact.instant - fact.earliest).total_seconds(), (fact.latest - fact.instant).total_seconds())


def _alert_rows(alerts: Iterable[AlertSeries], evidence: Evidence, *, full: bool) -> Iterator[TimelineRow]:
    """Per alert its first pending and first firing evaluation, and the first after the last firing; or all of them."""
    intervals = {rule.name: rule.interval for rule in evidence.alert_rules if rule.interval > 0}
    first_of = {"pending": "alert.pending", "firing": "alert.fired"}
    own = sorted(alerts, key=lambda one: (one.first, one.name))
    seen: set[tuple[str, str]] = set()
    for one in own:
        if not full and (one.name, one.state) in seen:
            continue
        seen.add((one.name, one.state))
        firing = one.state == "firing"
        yield TimelineRow(
            id=f"alert.{one.state}:{one.name}:{int(one.first.timestamp())}",
            time=one.first if firing else one.active_at or one.first,
            kind="alert_fired" if firing else "alert_pending",
            values={"alert": one.name},
            source=one.source,
            milestone=first_of.pop(one.state, ""),
        )
    if not is_whole(alert_series(evidence)) or not is_whole(alert_rules(evidence)):
        return  # it may have gone on firing, and how often it is evaluated is not known
    fires = sorted((one for one in own if one.state == "firing"), key=lambda one: one.last)
    for last in fires if full else {one.name: one for one in fires}.values():
        name = last.name
        source, interval = evidence.sources.get(last.source), timedelta(seconds=intervals.get(name, _USUAL_INTERVAL))
        read_until = (source.end if source else None) or evidence.request.as_of
        unknown = name not in intervals and not isinstance(alert_rules(evidence), NotAsked)
        if unknown or last.last + 2 * interval > read_until:
            continue  # it may be firing still, or how often it is evaluated is not known
        yield TimelineRow(
            id=f"alert.ended:{name}:{int(last.last.timestamp())}",
            time=last.last + (interval if name in intervals else timedelta(0)),
            kind="alert_ended",
            values={"alert": name},
            source=last.source,
        )


def _change_rows(
    changes: Sequence[Change], mitigating: Change | None, facts: Mapping[str, Fact]
) -> Iterator[TimelineRow]:
    start = facts["impact.start"]
    for change in changes:
        if change is mitigating and change.unseen_at is not None:
            continue  # the mitigation's row tells it: when in its interval it was, only the failures say
        values: dict[str, datetime | float | str | bool] = {"text": change.text, "origin": change.origin}
        if change.unseen_at is not None:
            values["unseen_at"] = change.unseen_at
        if isinstance(start, Known) and change.done < start.earliest and start.instant - change.start <= _BEFORE:
            values["before_impact_s"] = (start.instant - change.start).total_seconds()
        yield TimelineRow(id=change.id, time=change.start, kind="change", values=values, source=change.source)
        if change.end is not None and change is not mitigating:
            end = {"text": change.text, "origin": change.origin}
            yield TimelineRow(
                id=f"{change.id}:end", time=change.end, kind="change_end", values=end, source=change.source
            )


def _fact_rows(facts: Mapping[str, Fact], mitigating: Change | None) -> Iterator[TimelineRow]:
    for kind, name in (("impact_start", "impact.start"), ("impact_end", "impact.end")):
        edge = facts[name]
        if isinstance(edge, Known) and edge.basis is Basis.STATED:  # what the SLI did then is not what was stated
            yield _fact_row(kind, name, edge, {"stated": True})
    mitigation, clear = facts["mitigation.applied"], facts["incident.all_clear"]
    if isinstance(mitigation, Known):
        text = change_words(mitigating.text, mitigating.origin) if mitigating else ""
        yield _fact_row(
            "mitigation", "mitigation.applied", mitigation, {"text": text, "inferred": _inferred(mitigation.basis)}
        )
    if isinstance(clear, Known):
        hold = clear.notes.get("hold_s", 0.0)
        yield _fact_row("all_clear", "incident.all_clear", clear, {"inferred": _inferred(clear.basis), "hold_s": hold})
    detection = facts["detection.time"]
    if isinstance(detection, Known) and detection.basis is Basis.STATED:
        method = facts["detection.method"]
        told = isinstance(method, Known) and (method.basis is Basis.STATED or method.text != "Alert")
        text = method.text if isinstance(method, Known) and told else ""
        yield _fact_row("report", "detection.time", detection, {"text": text})


def _fact_row(kind: str, name: str, fact: Known, values: Mapping[str, str | float | bool | datetime]) -> TimelineRow:
    source = fact.sources[0] if fact.sources else ""
    return TimelineRow(id=f"fact:{name}", time=fact.instant, kind=kind, values=values, source=source, milestone=name)


def _inferred(basis: Basis) -> bool:
    return basis is Basis.INFERRED


def _annotation_rows(
    evidence: Evidence, changes: Iterable[Change], alerts: Iterable[AlertSeries]
) -> Iterator[TimelineRow]:
    told = {change.id for change in changes}
    # What Prometheus or PagerDuty tells of an alert is told once, whichever of them did.
    names = {series.name for series in (*alerts, *evidence.alert_series)} | set(alert_names(evidence.pagerduty))
    names |= {rule.name for rule in evidence.alert_rules}
    for mark in evidence.grafana.annotations if evidence.grafana else ():
        id_ = f"annotation:{mark.id}"
        if id_ in told or mark.alert in names:
            continue
        if mark.alert:
            yield TimelineRow(
                id=id_,
                time=mark.start,
                kind="alert_state",
                values={"alert": mark.alert, "state": mark.state},
                source=mark.source,
            )
        elif mark.text:
            values = {"text": mark.text, "author": mark.author}
            yield TimelineRow(id=id_, time=mark.start, kind="annotation", values=values, source=mark.source)
