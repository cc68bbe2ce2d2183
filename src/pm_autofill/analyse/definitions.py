"""The same incident timed by other definitions, for those who compare with other tools' figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.analyse.response import human
from pm_autofill.evidence.completeness import incident_log
from pm_autofill.evidence.incident import ANALYTICS_FIGURES
from pm_autofill.evidence.readings import Complete
from pm_autofill.findings import Basis, Definition, Fact, Known, Unit, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord, LogEntry

_ASK = "the responders"
_FROM_START = (
    ("from_start.detect", "detection.time"),
    ("from_start.acknowledge", "response.acknowledged"),
    ("from_start.mitigate", "mitigation.applied"),
    ("from_start.resolve", "impact.end"),
)
# What people without a name in PagerDuty are called: two of them cannot be told apart.
_NAMELESS = "a responder"
_NOT_PUBLISHED = Unknown(reason="nobody publishes it", ask="nobody")
_NOT_MADE = Unknown(reason="PagerDuty's own figure was not to be had", ask="again a day later")


def define_otherwise(evidence: Evidence, facts: Mapping[str, Fact]) -> tuple[Definition, ...]:
    """The response times as others define them.

    Args:
        evidence: The evidence.
        facts: The top-level facts.

    Returns:
        Detection, acknowledgement, mitigation and recovery from the start on; with an incident whose log could be read
        PagerDuty's own four, computed anew from its log and beside what it published.

    Formula: from_start.X: X - impact.start. Those of PagerDuty: see ``figures``.
    Source: ``docs/facts.md``; PagerDuty's descriptions of its analytics.
    """
    found = [Definition(name=name, seconds=_since(facts, end), told=_NOT_PUBLISHED) for name, end in _FROM_START]
    record, log = evidence.pagerduty, incident_log(evidence)
    if record is None or not isinstance(log, Complete):
        return tuple(found)
    told = {name: _told(record, name) for name in ANALYTICS_FIGURES}
    computed = figures(record, log).items()
    found += [Definition(name=f"pagerduty.{name}", seconds=fact, told=told[name]) for name, fact in computed]
    return tuple(found)


def figures(record: IncidentRecord, whole: Complete[tuple[LogEntry, ...]]) -> dict[str, Fact]:
    """What PagerDuty's analytics measure, from the log.

    Args:
        record: What PagerDuty told.
        whole: Its log: of a part of it nothing would be the first.

    Returns:
        Seconds by PagerDuty's names, or why there are none.

    Formula: seconds_to_first_ack: first acknowledgement by a person - creation; seconds_to_engage: the last person's
        first engagement (acknowledgement, or joining on request) - the first one's; seconds_to_mobilize: the last
        further person's first acknowledgement - creation; seconds_to_resolve: resolution - creation.
    Source: PagerDuty's REST API, AnalyticsRawIncident.
    """
    created, resolved = record.incident.created_at, record.incident.resolved_at
    log = [entry for entry in whole.value if entry.type == "acknowledge" and human(entry)]
    acknowledged = _firsts((entry.agent.name, entry.at) for entry in log)
    engaged = _firsts([*acknowledged.items(), *_joined(record)])
    nobody = Unknown(reason="nobody acknowledged the incident", ask=_ASK)
    still = Unknown(reason="the PagerDuty incident is still open", ask="again later: run the same command")
    alone = Unknown(reason="fewer than two people were engaged", ask=_ASK)
    found: dict[str, Fact] = dict.fromkeys(ANALYTICS_FIGURES, alone)
    found["seconds_to_first_ack"] = _span(record, created, min(acknowledged.values())) if acknowledged else nobody
    found["seconds_to_resolve"] = still if resolved is None else _span(record, created, resolved)
    if sum(entry.agent.name == _NAMELESS for entry in log) > 1:
        unclear = Unknown(reason="people without a name acknowledged, who cannot be told apart", ask=_ASK)
        return found | {"seconds_to_engage": unclear, "seconds_to_mobilize": unclear}
    if len(engaged) > 1:
        found["seconds_to_engage"] = _span(record, min(engaged.values()), max(engaged.values()))
    if len(acknowledged) > 1:
        found["seconds_to_mobilize"] = _span(record, created, max(acknowledged.values()))
    return found


def _joined(record: IncidentRecord) -> Iterator[tuple[str, datetime]]:
    for responder in record.incident.responders:
        if responder.state == "joined" and responder.answered_at is not None:
            yield responder.name, responder.answered_at


def _firsts(engagements: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """Each person's first one."""
    found: dict[str, datetime] = {}
    for name, at in engagements:
        found[name] = min(at, found.get(name, at))
    return found


def _span(record: IncidentRecord, start: datetime, end: datetime) -> Known:
    return _known((end - start).total_seconds(), record.sources.get("log", ""), "computed from PagerDuty's log")


def _told(record: IncidentRecord, name: str) -> Fact:
    if name not in record.analytics:
        return _NOT_MADE
    return _known(record.analytics[name], record.sources.get("analytics", ""), "published by PagerDuty")


def _known(seconds: float, source: str, method: str) -> Known:
    sources = (source,) if source else ()
    return Known(value=seconds, unit=Unit.SECONDS, basis=Basis.RECORDED, method=method, sources=sources)


def _since(facts: Mapping[str, Fact], name: str) -> Fact:
    start, end = facts["impact.start"], facts[name]
    for fact in (start, end):
        if isinstance(fact, Unknown):
            return fact
    assert isinstance(start, Known)  # noqa: S101 - narrows what the loop has left
    assert isinstance(end, Known)  # noqa: S101 - as above
    seconds = (end.instant - start.instant).total_seconds()
    sources = tuple(dict.fromkeys((*start.sources, *end.sources)))
    return Known(value=seconds, unit=Unit.SECONDS, basis=end.basis, method=f"{name} - impact.start", sources=sources)
