"""From evidence to findings: the one function that puts all analyses together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.analyse import references, stated, timeline
from pm_autofill.analyse.alerting import alert_names
from pm_autofill.analyse.assessment import Assessment, Reach, as_far_as_read, assess, difference, restate
from pm_autofill.analyse.changes.gathering import gather, shortly_before
from pm_autofill.analyse.changes.mitigation import Circle, infer_mitigation, told_beside
from pm_autofill.analyse.changes.scopes import find_services
from pm_autofill.analyse.definitions import define_otherwise
from pm_autofill.analyse.headline import by_badness, find_headline
from pm_autofill.analyse.impact import Circumstances, Impact, find_together
from pm_autofill.analyse.overall import alerts_since, overall_facts
from pm_autofill.analyse.paging import trace_page
from pm_autofill.analyse.populations import find_wider_share
from pm_autofill.analyse.remarks import collect_remarks
from pm_autofill.analyse.replay.outcome import of_every_rule, replay
from pm_autofill.analyse.replay.verdict import verdict
from pm_autofill.evidence.completeness import about_slo, alert_series, budget_windows, slo_samples
from pm_autofill.evidence.readings import Complete, lacking, limited_by, seen
from pm_autofill.findings import Fact, Findings, Known, Unknown, WiderShare
from pm_autofill.instants import parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pm_autofill.analyse.changes.change import Change
    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.readings import Reading
    from pm_autofill.evidence.slos import SloEvidence
    from pm_autofill.replayed import Replay

_PHASES = {
    "S": "impact.start",
    "D": "detection.time",
    "R": "response.first_action",
    "M": "mitigation.applied",
    "V": "impact.end",
}
_INTERVALS = (
    ("time_to_detect", "detection.time", "impact.start"),
    ("time_to_respond", "response.first_action", "page.sent"),
    ("time_to_mitigate", "mitigation.applied", "response.first_action"),
    ("time_to_resolve", "impact.end", "mitigation.applied"),
)


def circumstances(evidence: Evidence, settings: Settings) -> Circumstances:
    """What decides which bad period is the incident; what a human stated of it comes first."""
    trigger = stated.instant("incident.triggered", evidence.stated)
    if trigger is None and evidence.pagerduty is not None:
        trigger = evidence.pagerduty.incident.created_at
    return Circumstances(
        trigger,
        parse_duration(settings.hold),
        evidence.request.as_of,
        stated.instant("impact.start", evidence.stated),
        stated.instant("impact.end", evidence.stated),
    )


def find_impacts(evidence: Evidence, settings: Settings) -> tuple[Impact, ...]:
    """The impacts of all SLOs that belong to this incident or to its service; statements taken in.

    Args:
        evidence: The evidence.
        settings: The configuration.

    Returns:
        Impacts of the named services' SLOs, moved or not, and of others that moved with onset in [S - hold, V).
    """
    named = [slo for slo in evidence.slos if slo.named]
    others = [slo for slo in evidence.slos if not slo.named]
    found = find_together(named, others, circumstances(evidence, settings))
    anyway = not any(impact.moved for impact in found)
    return tuple(restate(impact, evidence.stated, anyway=anyway) for impact in found)


def _reuse(known: Sequence[Impact], evidence: Evidence) -> tuple[Impact, ...]:
    """Impacts with what is known of their SLOs by now; none where the samples of one are not those it was found in."""
    slos = {slo.definition.name: slo for slo in evidence.slos}
    same = all(_reads(impact.slo) == _reads(slos[impact.slo.definition.name]) for impact in known)
    return (
        tuple(replace(impact, survey=replace(impact.survey, slo=slos[impact.slo.definition.name])) for impact in known)
        if same
        else ()
    )


def _reads(slo: SloEvidence) -> tuple[int, ...]:
    """Which samples an SLO has, by identity."""
    return tuple(id(read) for read in (slo.total, slo.bad, slo.good, slo.good_above, slo.ratio, slo.process_starts))


def analyse(evidence: Evidence, settings: Settings, known: Sequence[Impact] = ()) -> Findings:
    """All findings.

    Args:
        evidence: The evidence.
        settings: The configuration it was collected with.
        known: Impacts found during collection, which need not be looked for again where their samples are the same.

    Returns:
        The findings; every fact name is there, known or unknown.
    """
    impacts = _reuse(known, evidence) or find_impacts(evidence, settings)
    assessments, headline = _assess_all(evidence, impacts)
    moved = [one for one in assessments if one.impact.moved]
    facts = overall_facts(evidence, settings, assessments, headline)
    changes = gather(evidence, settings)
    known_services = find_services(evidence, settings)
    circle = Circle(known_services.incident | {one.impact.slo.definition.service for one in moved}, known_services)
    facts["mitigation.applied"], mitigating = _mitigation(evidence, headline, changes, facts, circle)
    told = seen(changes, ())
    for name, later, earlier in _INTERVALS:
        facts[name] = difference(later, facts[later], earlier, facts[earlier])
    replayed = replay(evidence, parse_duration(settings.hold), assessments)
    of_all = of_every_rule(evidence, replayed) if replayed is not None else None
    # What they are compared with is the alert's own time.
    compared = limited_by(of_all, alert_series(evidence)) if of_all is not None else None
    sooner = verdict(compared, facts, alert_names(evidence.pagerduty))
    facts |= {name: stated.prefer(name, fact, evidence.stated) for name, fact in sooner.items()}
    rows = timeline.tell(evidence, settings, assessments, (told, mitigating), facts)
    start = facts["impact.start"]
    near = shortly_before(told, start.instant) if isinstance(start, Known) else ()
    return Findings(
        facts=facts,
        slos=tuple(one.findings for one in assessments),
        headline_slo=headline.impact.slo.definition.name if isinstance(headline, Assessment) else None,
        phases={letter: fact.instant for letter, name in _PHASES.items() if isinstance(fact := facts[name], Known)},
        timeline=rows,
        remarks=collect_remarks(evidence, settings, assessments, facts, rows),
        references=references.gather(evidence, told, {one.impact.slo.definition.name for one in assessments}),
        related=references.related(evidence),
        as_of=evidence.request.as_of,
        open=any(one.impact.open for one in moved),
        change_candidates=tuple(change.id for change in near),
        replay=_outcomes(replayed, of_all),
        definitions=define_otherwise(evidence, facts),
        wider_share=_wider_share(evidence, headline, assessments),
        paging=trace_page(evidence, facts, alerts_since(facts, parse_duration(settings.hold))),
    )


def _wider_share(
    evidence: Evidence, headline: Assessment | Unknown | None, assessments: Sequence[Assessment]
) -> WiderShare | None:
    """The share of all that the headline SLO's service counts, by an SLO that was read whole."""
    if not isinstance(headline, Assessment):
        return None
    whole = [one for one in assessments if isinstance(slo_samples(evidence, one.impact.slo), Complete)]
    return find_wider_share(headline, whole)


def _outcomes(replayed: Reading[Replay] | None, of_all: Reading[Replay] | None) -> Replay | None:
    """What the replayed rules would have done, with what is missing of the rules; None where that is not certain."""
    if not isinstance(replayed, Complete) or of_all is None:
        return None
    return replace(replayed.value, missing=lacking(of_all))


def _mitigation(
    evidence: Evidence,
    headline: Assessment | Unknown | None,
    changes: Reading[tuple[Change, ...]],
    facts: Mapping[str, Fact],
    circle: Circle,
) -> tuple[Fact, Change | None]:
    """The fact ``mitigation.applied``, and the change it was inferred from."""
    if "mitigation.applied" in evidence.stated:
        return stated.read("mitigation.applied", evidence.stated["mitigation.applied"]), None
    if isinstance(headline, Assessment):
        fact, change = infer_mitigation(changes, headline.impact, circle)
        if isinstance(fact, Known) and change is not None and (said := told_beside(evidence, change)):
            fact = replace(fact, notes={**fact.notes, "said": said})
        return fact, change
    if headline is not None:
        return headline, None
    start = facts["impact.start"]  # whatever keeps the impact unknown keeps what mitigated it unknown, too
    reason = start.reason if isinstance(start, Unknown) else "the SLIs show no impact that could have been mitigated"
    return Unknown(reason=reason, ask="the responders"), None


def _reach(evidence: Evidence, slo: SloEvidence) -> Reach:
    """How far the questions about an SLO were answered."""
    starts = about_slo(evidence, slo, "process_starts")
    return Reach(about_slo(evidence, slo, "usual"), budget_windows(evidence, slo), starts)


def _assess_all(evidence: Evidence, impacts: Sequence[Impact]) -> tuple[list[Assessment], Assessment | Unknown | None]:
    """Assessments, those that moved first, worst first; and the headline SLO's, whose counts the stated ones are."""
    as_of = evidence.request.as_of
    ordered = by_badness([assess(impact, {}, as_of, _reach(evidence, impact.slo)) for impact in impacts])
    headline = find_headline(evidence, ordered)
    if isinstance(headline, Assessment) and evidence.stated:
        ordered[0] = headline = assess(headline.impact, evidence.stated, as_of, _reach(evidence, headline.impact.slo))
    found = [as_far_as_read(one, slo_samples(evidence, one.impact.slo)) for one in ordered]
    return found, found[0] if isinstance(headline, Assessment) else headline
