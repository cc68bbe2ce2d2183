"""Prometheus as a collector: each method puts one question of a round, and hands back a gap instead of an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.alerts import read_alerts
from pm_autofill.collect.prometheus.asking import Interviewer
from pm_autofill.collect.prometheus.budget import read_totals
from pm_autofill.collect.prometheus.counters import Allowance, read_counters
from pm_autofill.collect.prometheus.history import read_history
from pm_autofill.collect.prometheus.rules import read_rules
from pm_autofill.collect.prometheus.stepped import read_changes
from pm_autofill.collect.prometheus.usual import read_usual

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from prometheus_api_client import PrometheusConnect

    from pm_autofill.collect.observation import Observed, Probe
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.collect.transport.policy import Policy
    from pm_autofill.evidence.alerts import AlertRule, AlertSeries, ChangeSeries
    from pm_autofill.evidence.questions import AskPast, AskRuleRun
    from pm_autofill.evidence.record import Source
    from pm_autofill.evidence.replay import PastEvents, RuleRun
    from pm_autofill.evidence.series import Matrix
    from pm_autofill.evidence.slos import SloDefinition, SloEvidence
    from pm_autofill.instants import Window
    from pm_autofill.slo.discovered import Rule


class Prometheus:
    """Reads samples, alerts and rules; safe to share between threads.

    What is asked about an SLO comes back as an update of its evidence. A question that fails leaves the evidence as it
    was and becomes a gap; nothing is raised but what is wrong with the configuration.
    """

    def __init__(
        self,
        connection: PrometheusConnect,
        policy: Policy,
        public_url: str | None = None,
        *,
        allowance: Allowance | None = None,
    ) -> None:
        """Contact nothing yet.

        Args:
            connection: Made by ``connect_prometheus`` with the same policy.
            policy: How Prometheus is asked; holds the run's deadline.
            public_url: Address of Prometheus as people use it; the policy's where it is the same.
            allowance: How many samples a run may read raw.
        """
        self._ask = Interviewer(connection, policy, public_url or policy.endpoint.url)
        self._allowance = allowance or Allowance()

    def counters(self, slo: SloEvidence, window: Window, *, among: int = 1) -> Observed[SloUpdate]:
        """The samples of an SLO's counters, or its ratio, over a window.

        Args:
            slo: What is known of the SLO.
            window: What to read; both ends included.
            among: How many SLOs share what a run may read raw.

        Returns:
            An update that sets ``total`` with ``bad`` or ``good``, and ``process_starts``; or ``ratio``.
        """
        return read_counters(self._ask, slo, window, self._allowance.shared_by(among))

    def history(self, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
        """Since when an SLO's events have data, as far as that matters.

        Args:
            slo: What is known of the SLO.
            window: Where it matters; the day before it is looked at, too.

        Returns:
            An update that sets ``history_start``.
        """
        return read_history(self._ask, slo, window)

    def totals(self, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
        """What counts for and against an SLO's budget in a window, summed by the server.

        Args:
            slo: What is known of the SLO.
            window: Of its budget.

        Returns:
            An update that adds to ``totals``.
        """
        return read_totals(self._ask, slo, window)

    def usual(self, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
        """The events of the same window in the weeks before, summed by the server.

        Args:
            slo: What is known of the SLO.
            window: The impact.

        Returns:
            An update that sets ``weeks``.
        """
        return read_usual(self._ask, slo, window)

    def rules(self) -> Observed[tuple[AlertRule, ...]]:
        """All alerting rules loaded now; none where the store evaluates none."""
        return read_rules(self._ask)

    def slo_rules(self, at: datetime) -> Observed[tuple[Rule, ...]]:
        """The rules in which SLOs may be found that nobody configured.

        Args:
            at: When to look at what rules recorded, where the rules themselves cannot be had.
        """
        from pm_autofill.collect.prometheus.discovery import read_slo_rules

        return read_slo_rules(self._ask, at)

    def alerts(self, names: Iterable[str], window: Window) -> Observed[tuple[AlertSeries, ...]]:
        """When alerts were pending and firing.

        Args:
            names: The alerts.
            window: Where to look; both ends included.

        Returns:
            Their stretches, by first evaluation.
        """
        return read_alerts(self._ask, names, window)

    def changes(self, service: str, query: str, window: Window) -> Observed[tuple[ChangeSeries, ...]]:
        """When a service's change query had a value.

        Args:
            service: The configured service.
            query: Its PromQL.
            window: Where to look.

        Returns:
            One series of answers; none when the question failed.
        """
        return read_changes(self._ask, service, query, window)

    def evaluated(self, query: str, window: Window, step: timedelta | None, what: str) -> tuple[Matrix, Source]:
        """What a query of somebody else's making brings.

        Args:
            query: PromQL.
            window: First and last evaluation.
            step: Between evaluations; None for the last one only.
            what: What is asked for, for messages.

        Returns:
            The series, and the question.

        Raises:
            SourceError: No usable answer came.
        """
        if step is None:
            answer = self._ask.instant(query, window.end, what)
        else:
            answer = self._ask.stepped(query, window, step, what)
        return answer.matrix, answer.source(self._ask.base)

    def past(self, definition: SloDefinition, question: AskPast) -> Observed[tuple[PastEvents, ...]]:
        """An SLO's events per step, from before its raw samples; none when they could not be had."""
        from pm_autofill.collect.prometheus.past import read_past

        return read_past(self._ask, definition, question)

    def rule_run(self, question: AskRuleRun) -> Observed[tuple[RuleRun, ...]]:
        """When a rule's expression held; or why that could not be evaluated."""
        from pm_autofill.collect.prometheus.past import read_rule_run

        return read_rule_run(self._ask, question)

    def probe(self) -> tuple[Probe, ...]:
        """What ``doctor`` wants to know: reach, kind and version, queries, rules, clock and retention."""
        from pm_autofill.collect.prometheus.probes import probe_prometheus

        return probe_prometheus(self._ask)
