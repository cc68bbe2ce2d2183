"""The facts of the incident as a whole: above its SLOs, and beside them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.analyse import stated
from pm_autofill.analyse.alerting import alert_facts
from pm_autofill.analyse.assessment import difference, failed_ratio, weakest
from pm_autofill.analyse.response import Surroundings, response_facts
from pm_autofill.evidence.completeness import incident_log, the_incident, unread_slos
from pm_autofill.evidence.readings import Complete, lacking
from pm_autofill.findings import SLO_FACT_NAMES, Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import parse_duration
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.times import day_clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence

_COMMANDER = "the incident commander"


def overall_facts(
    evidence: Evidence,
    settings: Settings,
    assessments: Sequence[Assessment],
    headline: Assessment | Unknown | None,
) -> dict[str, Fact]:
    """All facts of the incident but the mitigation, the intervals and the replay, which rest on these.

    Args:
        evidence: The evidence.
        settings: The configuration.
        assessments: The SLOs, worst first; those that moved before others.
        headline: The one that was hit worst; None where none moved.

    Returns:
        Facts by name; stated ones as stated.

    Formula: impact.start: the earliest S of the SLOs that moved; impact.end: the latest V; both unknown while an SLI
        was not read that may have moved too.
    """
    moved = [one for one in assessments if one.impact.moved]
    hold = parse_duration(settings.hold)
    facts = _impact_facts(evidence, assessments, headline)
    facts["impact.duration"] = difference("impact.end", facts["impact.end"], "impact.start", facts["impact.start"])
    start = facts["impact.start"]
    began = start.instant if isinstance(start, Known) else None
    facts |= response_facts(evidence, Surroundings(began, hold, evidence.stated))
    rest = alert_facts(evidence, alerts_since(facts, hold))
    rest["severity"] = _severity(evidence, settings)
    rest["services_affected"] = _services(evidence, moved)
    rest["incident.all_clear"] = _all_clear(evidence, facts, hold, moved)
    return facts | {name: stated.prefer(name, fact, evidence.stated) for name, fact in rest.items()}


def alerts_since(facts: Mapping[str, Fact], hold: timedelta) -> datetime | None:
    """The instant before which an alert that ended is of an earlier time: the hold before S or the trigger."""
    names = ("impact.start", "incident.triggered")
    known = [fact.instant for name in names if isinstance(fact := facts[name], Known)]
    return min(known) - hold if known else None


def _impact_facts(
    evidence: Evidence, assessments: Sequence[Assessment], headline: Assessment | Unknown | None
) -> dict[str, Fact]:
    """The headline SLO's facts, with the first start and the last end; without one, what a human stated."""
    moved = [one for one in assessments if one.impact.moved]
    if headline is not None:
        of_headline = isinstance(headline, Unknown)
        facts = {name: headline if isinstance(headline, Unknown) else headline.facts[name] for name in SLO_FACT_NAMES}
        facts |= {name: stated.prefer(name, facts[name], evidence.stated) for name in SLO_FACT_NAMES if of_headline}
        start, end = _earliest(evidence, moved), _latest(evidence, moved)
        return facts | {
            "impact.start": stated.prefer("impact.start", start, evidence.stated),
            "impact.end": stated.prefer("impact.end", end, evidence.stated),
        }
    nothing = _no_impact(evidence, assessments)
    facts = {name: stated.prefer(name, nothing, evidence.stated) for name in SLO_FACT_NAMES}
    facts["requests.failed_ratio"] = failed_ratio(facts["requests.failed"], facts["requests.total"])
    return facts


def _no_impact(evidence: Evidence, assessments: Sequence[Assessment]) -> Unknown:
    ask = "someone who saw the impact"
    unread = _unread(evidence, "", None)
    if unread is not None:
        return unread
    if not any(slo.named for slo in evidence.slos):
        return Unknown(reason="no SLO is configured for the service, so there is no SLI to look at", ask=ask)
    reasons = [one.impact.start.reason for one in assessments if isinstance(one.impact.start, Unknown)]
    return Unknown(reason=reasons[0] if reasons else "no SLI moved with this incident", ask=ask)


def _earliest(evidence: Evidence, moved: Sequence[Assessment]) -> Fact:
    """The earliest S; unknown while one SLI was bad before the window, or was not read: it may be earlier."""
    known = [fact for one in moved if isinstance(fact := one.impact.start, Known)]
    first = min(known, key=lambda fact: fact.instant, default=None)
    unread = _unread(evidence, "at the latest" if first else "", first)
    unknown = [fact for one in moved if isinstance(fact := one.impact.start, Unknown)]
    return unread or (unknown[0] if unknown or first is None else first)


def _latest(evidence: Evidence, moved: Sequence[Assessment]) -> Fact:
    """The latest V; unknown while one SLI is still bad, or was not read: it may be later."""
    known = [fact for one in moved if isinstance(fact := one.impact.end, Known)]
    last = max(known, key=lambda fact: fact.instant, default=None)
    unread = _unread(evidence, "at the earliest" if last else "", last)
    unknown = [fact for one in moved if isinstance(fact := one.impact.end, Unknown)]
    return unread or (unknown[0] if unknown or last is None else last)


def _unread(evidence: Evidence, bound: str, shown: Known | None) -> Unknown | None:
    """Why an edge of the impact is unknown where an SLI was not read, and what the others show."""
    missing = join_words([missing for _, missing in unread_slos(evidence)])
    if not missing:
        return None
    others = f"; so far as SLIs were read, it is {day_clock(shown.instant)} UTC {bound}" if shown else ""
    return Unknown(reason=f"it is unknown without {missing}{others}", ask=_COMMANDER)


def _all_clear(evidence: Evidence, facts: Mapping[str, Fact], hold: timedelta, moved: Sequence[Assessment]) -> Fact:
    """The fact ``incident.all_clear``.

    Formula: max(V + hold, PagerDuty's resolve), once both have passed; its bounds are those of V. Where an SLO that
        moved was bad again after V, the end of the last such time stands for V.
    """
    end, resolved = facts["impact.end"], facts["incident.resolved"]
    if not isinstance(end, Known):
        return Unknown(reason=end.reason, ask=_COMMANDER)
    later = [one for each in moved for one in each.impact.elsewhere if one.window.start >= end.instant]
    if any(one.ongoing for one in later):
        return Unknown(reason="an SLI was bad again after the recovery, and is so still", ask=_COMMANDER)
    if later:
        last = max(one.window.end for one in later)
        end = replace(end, value=max(last, end.instant), low=None, high=None)
    if not isinstance(resolved, Known) and evidence.pagerduty is not None:
        return Unknown(reason=resolved.reason, ask=resolved.ask)

    at, low, high = (
        max(recovery + hold, resolved.instant if isinstance(resolved, Known) else recovery)
        for recovery in (end.instant, end.earliest, end.latest)
    )
    if at > evidence.request.as_of:
        return Unknown(reason="the hold after the recovery has not passed yet", ask="again later: run the same command")
    sources = (*end.sources, *(resolved.sources if isinstance(resolved, Known) else ()))
    return Known(
        value=at,
        low=low if low < high else None,
        high=high if low < high else None,
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method="recovery plus hold, or PagerDuty's resolve if that is later",
        sources=tuple(dict.fromkeys(sources)),
        notes={"hold_s": hold.total_seconds()},
    )


def _severity(evidence: Evidence, settings: Settings) -> Fact:
    """The template's severity for the highest priority the incident had."""
    record = evidence.pagerduty
    if record is None:
        return Unknown(reason="there is no PagerDuty incident with a priority", ask=_COMMANDER)
    away = lacking(the_incident(evidence))
    if away:
        return Unknown(reason=f"its priority is unknown without {away}", ask=_COMMANDER)
    changes = [
        entry
        for entry in record.log
        if entry.type in {"priority_change", "field_value_change"} and (entry.field or "priority") == "priority"
    ]
    held = (record.incident.priority or "", *(name for entry in changes for name in (entry.old, entry.new)))
    names = tuple(dict.fromkeys(name for name in held if name))
    if not names:
        whole = isinstance(incident_log(evidence), Complete)
        reason = "no priority is set on the PagerDuty incident"
        return Unknown(reason=reason if whole else f"{reason} now, and its log was not read whole", ask=_COMMANDER)
    mapped = [(_rank(name, severity, settings), severity, name) for name in names
              if (severity := _map_priority(name, settings))]  # fmt: skip
    if not mapped:
        return Unknown(reason=f"priority {names[0]} has no severity in the configuration", ask=_COMMANDER)
    worst, text, name = min(mapped)
    if not isinstance(incident_log(evidence), Complete) and _worse_exists(worst, settings):
        reason = f"priority {name} is {text}; the log, which was not read whole, would tell of a higher one before"
        return Unknown(reason=reason, ask=_COMMANDER)
    method = f"priority {name} of the PagerDuty incident, by the configured severities"
    parts = ("incident", "log") if changes else ("incident",)
    sources = tuple(record.sources[part] for part in parts if part in record.sources)
    return Known(value=text, unit=Unit.TEXT, basis=Basis.RECORDED, method=method, sources=sources)


def _map_priority(name: str, settings: Settings) -> str | None:
    """Configured severity; else P1, P2, P3 and below, or SEV names as they are."""
    if name in settings.severity:
        return settings.severity[name]
    match = re.fullmatch(r"(?:P|SEV[- ]?)(\d)", name.strip(), re.IGNORECASE)
    return f"SEV-{min(max(int(match[1]), 1), 3)}" if match else None


def _worse_exists(rank: tuple[int, int], settings: Settings) -> bool:
    """Whether a priority could be more severe than one: a configured one, or one that is read by its name."""
    every = [_rank(name, severity, settings) for name, severity in settings.severity.items()]
    return any(one < rank for one in every) or rank[0] > 1


def _rank(name: str, severity: str, settings: Settings) -> tuple[int, int]:
    """How severe: by the number in the severity's name; without one, by its place in the configuration."""
    number = re.search(r"\d+", severity)
    places = list(settings.severity)
    return int(number[0]) if number else 0, places.index(name) if name in places else len(places)


def _services(evidence: Evidence, moved: Sequence[Assessment]) -> Fact:
    """The fact ``services_affected``: the incident's service, and every configured one whose SLI moved with it."""
    names = [one.impact.slo.definition.service for one in moved]
    bases = [Basis.MEASURED for one in moved if isinstance(one.impact.start, Known)]
    sources = [source for one in moved if isinstance(one.impact.start, Known) for source in one.impact.start.sources]
    record = evidence.pagerduty
    own = next((one.definition.service for one in evidence.slos if one.named), "")
    if record is not None:
        names.insert(0, own or record.incident.service)
        sources.insert(0, record.sources.get("incident", ""))
        bases.append(Basis.RECORDED)
    elif evidence.request.service:
        names.insert(0, evidence.request.service)
        reads = [read for one in evidence.slos if one.named for read in (one.total, one.ratio) if read is not None]
        sources += [read.source for read in reads]
    found = tuple(dict.fromkeys(source for source in sources if source))
    if not names or not found:
        return Unknown(reason="neither an incident nor an SLI names a service", ask=_COMMANDER)
    others = {slo.definition.service: missing for slo, missing in unread_slos(evidence)}
    missing = join_words([missing for service, missing in others.items() if service not in names])
    if missing:
        reason = f"at least {join_words(list(dict.fromkeys(names)))}; whether more were is unknown without {missing}"
        return Unknown(reason=reason, ask=_COMMANDER)
    return Known(
        value=", ".join(dict.fromkeys(names)),
        unit=Unit.TEXT,
        basis=weakest(*bases) if bases else Basis.INFERRED,
        method="the incident's service, and those whose SLI moved with it",
        sources=found,
    )
