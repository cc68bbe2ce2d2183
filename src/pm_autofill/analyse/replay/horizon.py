"""When rules are evaluated in a replay, which rules, and what has to be asked for it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.analyse.alerting import alert_names, service_rules
from pm_autofill.analyse.replay.rule_sets import longest_window
from pm_autofill.evidence.questions import AskPast, AskRuleRun
from pm_autofill.findings import Known
from pm_autofill.instants import Window, from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import AlertRule
    from pm_autofill.evidence.questions import Question
    from pm_autofill.evidence.slos import SloDefinition

WEEK = timedelta(days=7)
MOST_SLOS, MOST_RULES = 5, 10
"""How many SLOs, and how many own rules, are replayed; each costs the server a few questions."""

COARSE = timedelta(minutes=1)
"""Between evaluations in the week before."""

_NEAR, _FAR = timedelta(minutes=5), timedelta(hours=1)
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Horizon:
    """When rules are evaluated.

    Attributes:
        begins: Start of the impact at its earliest bound: a rule that fires before it does not tell of this incident.
        joint: From here on raw samples are looked at, and evaluations are fine.
        until: Where the replay ends.
        interval: Between evaluations from ``joint`` on.
    """

    begins: datetime
    joint: datetime
    until: datetime
    interval: timedelta

    @property
    def week(self) -> Window:
        """The seven days before the impact."""
        return Window(self.begins - WEEK, self.begins)

    @property
    def coarse(self) -> Window:
        """First and last of the evaluations in the week before, as far as raw samples do not reach."""
        return Window(self.joint - _ceil(self.joint - self.week.start, COARSE), self.joint)

    @property
    def fine(self) -> Window:
        """First and last of the fine evaluations."""
        return Window(self.joint, self.joint + (self.until - self.joint) // self.interval * self.interval)


def look_ahead(evidence: Evidence, impacts: Sequence[Impact], hold: timedelta) -> Horizon | None:
    """When to evaluate.

    Args:
        evidence: Its alert rules tell how often rules are evaluated here, its alert at which instants.
        impacts: The impacts.
        hold: How long an SLI must stay good to count as recovered.

    Returns:
        The horizon; None where no impact has a start and samples around it.
    """
    found = replayable(impacts)
    if not found:
        return None
    starts = [impact.start for impact in found if isinstance(impact.start, Known)]
    begins = min(start.earliest for start in starts)
    reads = [read for impact in found if (read := impact.slo.total or impact.slo.ratio) is not None]
    ends = [window.end for impact in found if (window := impact.window) is not None]
    until = min(evidence.request.as_of, max(read.end for read in reads), max(ends) + hold)
    earliest = max(read.start for read in reads) + COARSE
    interval = _interval(evidence, until - earliest)
    joint = _on_grid(earliest, _anchor(evidence), interval)
    return Horizon(begins, joint, until, interval) if joint < begins and joint < until else None


def replayable(impacts: Sequence[Impact]) -> tuple[Impact, ...]:
    """The impacts that have samples and began at a known instant, of services the incident names first."""
    read = [one for one in impacts if one.moved and (one.slo.total or one.slo.ratio) is not None]
    known = [one for one in read if isinstance(one.start, Known) and one.window is not None]
    order = sorted(known, key=lambda one: (not one.slo.named, one.slo.definition.name))
    return tuple(order[:MOST_SLOS])


def questions(evidence: Evidence, impacts: Sequence[Impact], hold: timedelta) -> Iterator[Question]:
    """What a replay needs beyond raw samples.

    Args:
        evidence: All that is known so far.
        impacts: The impacts.
        hold: As for ``look_ahead``.

    Yields:
        Per SLO its events in five-minute steps over the week before, and in hours before that as far as a rule looks
        back; and each of the service's own rules over the week and the incident.
    """
    horizon = look_ahead(evidence, impacts, hold)
    if horizon is None:
        return
    near = Window(horizon.joint - _ceil(horizon.joint - horizon.week.start, _NEAR), horizon.joint)
    for impact in replayable(impacts):
        definition = impact.slo.definition
        if definition.events is not None and definition.budget_ratio > 0:
            back = timedelta(seconds=longest_window(definition.window))
            far = Window(near.start - _ceil(back, _FAR), near.start)
            yield AskPast(definition.name, ((far, _FAR), (near, _NEAR)))
    definitions = [impact.slo.definition for impact in replayable(impacts)]
    for rule in own_rules(evidence, definitions)[:MOST_RULES]:
        yield AskRuleRun(rule, (horizon.coarse, COARSE), (horizon.fine, horizon.interval))


def own_rules(evidence: Evidence, definitions: Sequence[SloDefinition]) -> tuple[AlertRule, ...]:
    """The team's own alert rules for the service, those of this incident's alerts first.

    Args:
        evidence: Its loaded rules.
        definitions: The SLOs that are replayed.
    """
    named = set(alert_names(evidence.pagerduty))
    watching = service_rules(evidence, definitions)
    found = [rule for rule in evidence.alert_rules if rule.name in named or rule in watching]
    return tuple(sorted(found, key=lambda rule: rule.name not in named))


def _interval(evidence: Evidence, length: timedelta) -> timedelta:
    """How often rules are evaluated here: those of the incident's alerts, else most of them; else each minute."""
    named = set(alert_names(evidence.pagerduty))
    rules = [rule for rule in evidence.alert_rules if rule.name in named] or list(evidence.alert_rules)
    usual = Counter(rule.interval for rule in rules if rule.interval > 0).most_common(1)
    interval = usual[0][0] if usual else COARSE.total_seconds()
    return timedelta(seconds=interval * max(1, math.ceil(length.total_seconds() / interval / _MOST_STEPS)))


def _anchor(evidence: Evidence) -> datetime:
    """An instant at which the incident's rule was evaluated, as Alertmanager or ALERTS tells it; else a round one."""
    record, names = evidence.pagerduty, set(alert_names(evidence.pagerduty))
    starts = [one.starts_at for alert in (record.alerts if record else ()) for one in alert.firing if one.starts_at]
    seen = [one.first for one in evidence.alert_series if one.name in names]
    return min(starts or seen, default=from_epoch(0))


def _on_grid(earliest: datetime, anchor: datetime, interval: timedelta) -> datetime:
    """The first evaluation from an instant on."""
    return anchor + _ceil(earliest - anchor, interval)


def _ceil(length: timedelta, step: timedelta) -> timedelta:
    """A length in whole steps, rounded up."""
    return -(-length // step) * step
