"""The replay: every rule over the recorded series, and what each would have done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.alerting import alert_names
from pm_autofill.analyse.replay import fires
from pm_autofill.analyse.replay.horizon import COARSE, look_ahead, own_rules, replayable
from pm_autofill.analyse.replay.recorded import Recorded, recorded, seen_ratio
from pm_autofill.analyse.replay.rule_sets import burn_rules
from pm_autofill.analyse.replay.witnesses import find_witnesses
from pm_autofill.evidence.completeness import (
    about_slo,
    alert_rules,
    earlier_incidents,
    incident_alerts,
    rule_run,
    rule_runs,
    unread_slos,
)
from pm_autofill.evidence.readings import Complete, Reading, Refused, is_whole, lacking, limited_by, together
from pm_autofill.findings import Known
from pm_autofill.instants import from_epoch
from pm_autofill.replayed import BurnLine, Firing, Replay, ReplayedRule, Shorter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.analyse.replay.fires import Evaluations, Span
    from pm_autofill.analyse.replay.horizon import Horizon
    from pm_autofill.analyse.replay.witnesses import Witnesses
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.increments import Curve
    from pm_autofill.evidence.replay import RuleRun
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import SloDefinition, SloEvidence
    from pm_autofill.replayed import BurnRule

# Of a week's five-minute steps so many have events where anything is served and scraped at all.
_HARDLY = 0.5


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the outcomes of several rules are told against.

    Attributes:
        assessment: The SLO that tells the start, and what was consumed until a fire.
        horizon: When rules are evaluated.
        bad: The SLO's bad events; empty where they are not counted.
        witnesses: Other incidents of the week before.
    """

    assessment: Assessment
    horizon: Horizon
    bad: tuple[Curve, ...]
    witnesses: Witnesses

    def firing(self, at: float | None) -> Firing | None:
        """A fire by what had happened until it."""
        start = self.assessment.impact.start
        if at is None or not isinstance(start, Known):
            return None
        return Firing(
            at=from_epoch(at),
            to_detect=at - start.instant.timestamp(),
            spent_ratio=self._spent_until(at),
        )

    def _spent_until(self, at: float) -> float | None:
        """Share of the budget the incident had consumed by an instant.

        Formula: error_budget.consumed_ratio * bad events in [S, t] / requests.failed.
        """
        facts, window = self.assessment.facts, self.assessment.impact.window
        consumed, failed = facts["error_budget.consumed_ratio"], facts["requests.failed"]
        if not (isinstance(consumed, Known) and isinstance(failed, Known)) or window is None or not self.bad:
            return None
        if failed.number <= 0:
            return None
        start, end = window.start.timestamp(), window.end.timestamp()
        span = np.array([start, min(max(at, start), end)])
        bad = sum(float(np.diff(curve.at(span))[0]) for curve in self.bad)
        return consumed.number * max(0.0, bad) / failed.number


def replay(evidence: Evidence, hold: timedelta, assessments: Sequence[Assessment]) -> Reading[Replay] | None:
    """Replay all rules; in part where something that their outcomes rest on did not come.

    Args:
        evidence: Raw samples, the events before them, and the runs of own rules.
        hold: How long an SLI must stay good to count as recovered.
        assessments: The SLOs, worst first.

    Returns:
        The outcomes; None where there is no start to replay from, or nothing to replay.
    """
    found = _replay(evidence, hold, assessments)
    return None if found is None else limited_by(Complete(found), _behind_outcomes(evidence, found))


def of_every_rule(evidence: Evidence, replayed: Reading[Replay]) -> Reading[Replay]:
    """The same outcomes as those of all rules; in part where some rule is not known, or was not replayed.

    Args:
        evidence: Tells which rules there are.
        replayed: The outcomes.
    """
    return limited_by(replayed, together((_own_rules_known(evidence), rule_runs(evidence))))


def _behind_outcomes(evidence: Evidence, found: Replay) -> Reading[object]:
    """How far the answers were read that decide what each replayed rule would have done."""
    watched = {rule.slo for rule in found.rules} - {""}
    slos = [slo for slo in evidence.slos if slo.definition.name in watched]
    unread: list[Reading[object]] = [Refused(missing) for _, missing in unread_slos(evidence)]
    return together(
        (
            *unread,
            # The loaded rules tell how often rules are evaluated here, the incident's alerts at which instants.
            alert_rules(evidence),
            incident_alerts(evidence),
            earlier_incidents(evidence),
            *(about_slo(evidence, slo, part) for slo in slos for part in ("past", "process_starts")),
            *(Refused(f"the past of {slo.definition.name}") for slo in slos if _is_past_missing(evidence, slo, found)),
        )
    )


def _is_past_missing(evidence: Evidence, slo: SloEvidence, found: Replay) -> bool:
    """Whether the week before has hardly any events although the SLO has a history all along: they did not come."""
    past = next((one for one in evidence.past_events if one.slo == slo.definition.name), None)
    start, end = found.week.start, found.week.end
    if past is None or slo.history_start is None or slo.history_start > start:
        return False
    return seen_ratio(past, start.timestamp(), end.timestamp()) < _HARDLY


def _own_rules_known(evidence: Evidence) -> Reading[object]:
    """The loaded rules; of a list that lacks the rule of an alert in the incident, that one is missing."""
    rules = alert_rules(evidence)
    if not isinstance(rules, Complete):
        return rules
    listed = {rule.name for rule in rules.value}
    others = [name for name in alert_names(evidence.pagerduty) if name not in listed]
    return Refused(f"the rule of alert {others[0]}, which Prometheus did not list") if others else rules


def _replay(evidence: Evidence, hold: timedelta, assessments: Sequence[Assessment]) -> Replay | None:
    """All rules over what there is."""
    horizon = look_ahead(evidence, [one.impact for one in assessments], hold)
    chosen = {id(impact) for impact in replayable([one.impact for one in assessments])}
    moved = [one for one in assessments if id(one.impact) in chosen]
    if horizon is None or not moved:
        return None
    past = {one.slo: one for one in evidence.past_events}
    week = (horizon.week.start.timestamp(), horizon.week.end.timestamp())
    definitions = [one.impact.slo.definition for one in moved]
    witnesses = find_witnesses(evidence, hold)
    stages = [_stage(one, horizon, witnesses) for one in moved]
    rules = list(_own(evidence, definitions, stages[0]))
    lines: tuple[BurnLine, ...] = ()
    shown, seen = "", []
    for one, stage in zip(moved, stages, strict=True):
        name = one.impact.slo.definition.name
        events = recorded(one.impact.slo, past.get(name))
        if events is None:
            continue
        seen.append(seen_ratio(past.get(name), *week))
        if name not in past or not is_whole(about_slo(evidence, one.impact.slo, "past")):
            rules.append(_unread(name, events, horizon))
            continue
        rules += _published(events, stage)
        if not shown:
            shown, lines = name, _lines(events, horizon, one.impact.slo.definition.window)
    if not rules:
        return None
    return Replay(
        rules=tuple(rules),
        week=horizon.week,
        seen_ratio=min(seen, default=0.0),
        incidents_known=witnesses.asked,
        interval_known=any(rule.interval > 0 for rule in evidence.alert_rules),
        slo=shown,
        lines=lines,
    )


def _stage(assessment: Assessment, horizon: Horizon, witnesses: Witnesses) -> _Stage:
    counted = assessment.impact.curves
    return _Stage(assessment, horizon, counted.bad if counted is not None else (), witnesses)


def evaluations(horizon: Horizon) -> Evaluations:
    """When published rules are evaluated: each minute of the week before, then as often as rules are here."""
    coarse, fine = horizon.coarse, horizon.fine
    before = np.arange(coarse.start.timestamp(), coarse.end.timestamp(), COARSE.total_seconds())
    times = np.concatenate((before, _fine(horizon)))
    return fires.Evaluations(times, horizon.begins.timestamp(), horizon.week.start.timestamp(), fine.end.timestamp())


def _fine(horizon: Horizon) -> Floats:
    step = horizon.interval.total_seconds()
    count = round(horizon.fine.seconds / step) + 1
    return np.asarray(horizon.fine.start.timestamp() + step * np.arange(count))


def _published(events: Recorded, stage: _Stage) -> Iterator[ReplayedRule]:
    """The rules of the published sets for one SLO."""
    when = evaluations(stage.horizon)
    definition = stage.assessment.impact.slo.definition
    burns: dict[float, Floats] = {}
    for rule in burn_rules(definition.window):
        for length in (rule.long, rule.short):
            if length not in burns:
                burns[length] = events.burn(length, when.times)
        held = fires.stretches((burns[rule.long] > rule.factor) & (burns[rule.short] > rule.factor), when.times)
        replayed = ReplayedRule(
            name="",
            burn=rule,
            slo=definition.name,
            severity=rule.severity,
            hold=rule.hold,
            interval=stage.horizon.interval.total_seconds(),
            sources=events.sources,
            never=rule.factor * events.budget_ratio >= 1,
        )
        yield _with_outcome(replayed, held, when, stage)


def _unread(name: str, events: Recorded, horizon: Horizon) -> ReplayedRule:
    """All published rules in one: on raw samples alone their long windows would be short ones."""
    return ReplayedRule(
        name=f"the published rules, on {name}",
        burn=None,
        slo=name,
        severity="",
        hold=0.0,
        interval=horizon.interval.total_seconds(),
        sources=events.sources,
        refused="the events from before its raw samples could not be read",
    )


def _own(evidence: Evidence, definitions: Sequence[SloDefinition], stage: _Stage) -> Iterator[ReplayedRule]:
    """The team's own rules as they are loaded; those that were not evaluated are named with the reason."""
    runs = {(run.rule.name, run.rule.expression): run for run in evidence.rule_runs}
    for rule in own_rules(evidence, definitions):
        run = runs.get((rule.name, rule.expression))
        cut = lacking(rule_run(evidence, run)) if run else ""
        replayed = ReplayedRule(
            name=rule.name,
            burn=None,
            slo="",
            severity=rule.labels.get("severity", ""),
            hold=rule.hold,
            interval=run.fine if run else rule.interval,
            sources=run.sources if run and run.sources else (rule.source,),
            refused=_why_not(run, cut),
        )
        if run is None or run.refused or cut:
            yield replayed
        else:
            held = [(one.first.timestamp(), one.last.timestamp()) for one in run.stretches]
            yield _with_outcome(replayed, held, _evaluated(run, stage.horizon), stage)


def _why_not(run: RuleRun | None, cut: str) -> str:
    """Why a rule has no outcome; empty where it has one."""
    if run is None:
        return "it was not evaluated when the evidence was collected"
    return run.refused or ("its evaluation was answered in part only" if cut else "")


def _evaluated(run: RuleRun, horizon: Horizon) -> Evaluations:
    """When the server evaluated a rule."""
    start, joint, end = (one.timestamp() for one in (run.start, run.joint, run.end))
    before = np.arange(start, joint - run.coarse / 2, run.coarse)
    times = np.concatenate((before, joint + run.fine * np.arange(round((end - joint) / run.fine) + 1)))
    return fires.Evaluations(times, horizon.begins.timestamp(), horizon.week.start.timestamp(), end)


def _with_outcome(rule: ReplayedRule, held: Sequence[Span], when: Evaluations, stage: _Stage) -> ReplayedRule:
    """A rule with what it would have done, with its ``for`` and with a shorter one."""
    excused = stage.witnesses.of(rule.name)
    outcome = fires.judge(held, rule.hold, when, excused)
    shortest = fires.shortest_hold(held, rule.hold, when, excused)
    shorter = None
    if shortest is not None:
        sooner = fires.judge(held, shortest, when, excused)
        shorter = Shorter(hold=shortest, firing=stage.firing(sooner.fired), excused_fires=sooner.excused)
    told = stage.witnesses.sources if outcome.earlier or (shorter and shorter.excused_fires) else ()
    return replace(
        rule,
        firing=stage.firing(outcome.fired),
        earlier_fires=outcome.earlier,
        excused_fires=outcome.excused,
        shorter=shorter,
        sources=(*rule.sources, *told),
    )


def _lines(events: Recorded, horizon: Horizon, window: str) -> tuple[BurnLine, ...]:
    """The burn rate over the windows of Google's two rules that page."""
    paging = [rule for rule in burn_rules(window) if rule.severity == "page" and "Google" in rule.sets]
    times = _fine(horizon)
    return tuple(BurnLine(window=length, times=times, burn=events.burn(length, times)) for length in _windows(paging))


def _windows(rules: Sequence[BurnRule]) -> list[float]:
    return sorted({length for rule in rules for length in (rule.short, rule.long)})
