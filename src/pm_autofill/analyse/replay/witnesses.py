"""Other incidents of the week before: a rule that fired while one of them lasted was not wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.evidence.completeness import earlier_incidents
from pm_autofill.evidence.readings import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.analyse.replay.fires import Span
    from pm_autofill.evidence import Evidence

# One that nobody resolved, or only days later, tells no more of what happened then.
_LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What is known of other incidents.

    Attributes:
        lasting: When each lasted, with the hold around it, epoch seconds, and its title; without one where its impact
            was measured.
        sources: Ids of the questions.
        alerts: Names of the loaded alert rules.
        asked: Whether all of the service in the week before are known.
    """

    lasting: tuple[tuple[Span, str], ...]
    sources: tuple[str, ...]
    alerts: frozenset[str]
    asked: bool

    def of(self, alert: str) -> tuple[Span, ...]:
        """When fires of a rule are not false.

        Args:
            alert: The rule's name; empty for one of a published set. For a loaded rule only a measured impact counts,
                or an incident whose title names another alert and not this one: no alert is its own witness.
        """
        return tuple(span for span, title in self.lasting if not alert or not title or self._another(alert, title))

    def _another(self, alert: str, title: str) -> bool:
        return alert not in title and any(name in title for name in self.alerts)


def find_witnesses(evidence: Evidence, hold: timedelta) -> Witnesses:
    """The incidents of the week before, as PagerDuty tells, and the impacts that earlier drafts measured.

    Args:
        evidence: The evidence.
        hold: So long before and after it a rule may fire for it.
    """
    record = evidence.pagerduty
    source = record.sources.get("earlier", "") if record else ""
    lasting = (*_incidents(evidence, hold), *_drafts(evidence, hold))
    alerts = frozenset(rule.name for rule in evidence.alert_rules if rule.name)
    whole = bool(source) and is_whole(earlier_incidents(evidence))
    return Witnesses(lasting, (source,) if source else (), alerts, asked=whole)


def _incidents(evidence: Evidence, hold: timedelta) -> Iterator[tuple[Span, str]]:
    for one in evidence.pagerduty.earlier if evidence.pagerduty else ():
        end = min(one.resolved_at or one.at, one.at + _LONGEST)
        yield ((one.at - hold).timestamp(), (end + hold).timestamp()), one.title


def _drafts(evidence: Evidence, hold: timedelta) -> Iterator[tuple[Span, str]]:
    services = {slo.definition.service for slo in evidence.slos if slo.named}
    for one in evidence.drafts:
        seconds = one.figures.get("impact.duration")
        if seconds is not None and services & set(one.services):
            end = one.at + timedelta(seconds=seconds)
            yield ((one.at - hold).timestamp(), (end + hold).timestamp()), ""
