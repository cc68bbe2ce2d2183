"""Generate an incident: the series to load into an engine, and the exact truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from .alerting import AlertRun, evaluate
from .samples import Counts, Ledger, Series
from .traffic import observe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from .plan import IncidentPlan, ServicePlan

SCRAPE_OF_KUBERNETES = 30


@dataclass(frozen=True, eq=False)
class Truth:
    """What really happened; counts are of events, not of samples.

    Attributes:
        start: S, the first second of the impact.
        end: V, the first second after it; the end of the data while the impact lasts.
        still_open: Whether the impact lasts when the data ends.
        data_start: When the recording begins.
        data_end: When it ends.
        budget_window: Over which budgets are counted.
        alerts: Every time a rule fired, in order of pending.
        ledgers: Each service's account, process by process.
    """

    start: datetime
    end: datetime
    still_open: bool
    data_start: datetime
    data_end: datetime
    budget_window: timedelta
    alerts: tuple[AlertRun, ...]
    ledgers: Mapping[str, Sequence[Ledger]]

    def count(self, start: datetime, end: datetime, service: str = "checkout") -> Counts:
        """Count a service's events in [start, end).

        Args:
            start: On a whole second, within the hours around the incident or around the budget window's start.
            end: Likewise.
            service: Which service.

        Returns:
            The counts.

        Raises:
            ValueError: The truth is not recorded to the second around a bound.
        """
        bounds = round(start.timestamp()), round(end.timestamp())
        return reduce(add, (ledger.count(*bounds) for ledger in self.ledgers[service]))

    def in_impact(self, service: str = "checkout") -> Counts:
        """Events in [S, V)."""
        return self.count(self.start, self.end, service)

    def before_start(self, service: str = "checkout") -> Counts:
        """Events in the budget window that ends at S."""
        return self.count(self.start - self.budget_window, self.start, service)

    def before_end(self, service: str = "checkout") -> Counts:
        """Events in the budget window that ends at V."""
        return self.count(self.end - self.budget_window, self.end, service)

    @property
    def coverage(self) -> float:
        """Share of the budget window ending at V that is recorded, 0..1."""
        recorded = min(self.end - self.data_start, self.budget_window)
        return recorded / self.budget_window

    def consumed_ratio(self, objective: str = "99.9", service: str = "checkout") -> float:
        """Share of the error budget that the impact took.

        Args:
            objective: In percent.
            service: Which service.

        Returns:
            The share; where history is shorter than the window, its events are scaled to it.

        Formula: failed in [S, V) / ((1 - objective) * total in the window ending at V / coverage)
        """
        return self.in_impact(service).failed / self._budget(self.before_end(service), objective) * self.coverage

    def remaining_before_ratio(self, objective: str = "99.9", service: str = "checkout") -> float:
        """Share of the error budget left at S, over the window ending there."""
        counts = self.before_start(service)
        return 1 - counts.failed / self._budget(counts, objective)

    def remaining_after_ratio(self, objective: str = "99.9", service: str = "checkout") -> float:
        """Share of the error budget left at V, over the window ending there."""
        counts = self.before_end(service)
        return 1 - counts.failed / self._budget(counts, objective)

    @staticmethod
    def _budget(counts: Counts, objective: str) -> float:
        """Failures an objective allows among so many events."""
        return counts.total * float(1 - Decimal(objective) / 100)


@dataclass(frozen=True, eq=False)
class Incident:
    """A generated history.

    Attributes:
        plan: What it was generated from.
        series: What Prometheus would hold.
        truth: What really happened.
    """

    plan: IncidentPlan
    series: tuple[Series, ...]
    truth: Truth

    @property
    def sample_count(self) -> int:
        """Number of samples in all series."""
        return sum(one.times.size for one in self.series)


def generate(plan: IncidentPlan) -> Incident:
    """Generate a history; the same plan gives the same history.

    Args:
        plan: What shall have happened.

    Returns:
        The series and the truth.
    """
    series: list[Series] = []
    ledgers: dict[str, Sequence[Ledger]] = {}
    for service in plan.services:
        observed, ledgers[service.name] = observe(service, plan)
        series += observed
        series.append(_generations(service, plan))
    runs: list[AlertRun] = []
    for rule in plan.rules:
        recorded, fired = evaluate(rule, series, plan)
        series += recorded
        runs += fired
    truth = Truth(
        start=plan.start,
        end=plan.end,
        still_open=plan.recovery is None,
        data_start=plan.data_start,
        data_end=plan.data_end,
        budget_window=plan.budget_window,
        alerts=tuple(sorted(runs, key=lambda run: run.pending)),
        ledgers=ledgers,
    )
    return Incident(plan, tuple(series), truth)


def _generations(service: ServicePlan, plan: IncidentPlan) -> Series:
    """What kube-state-metrics tells about a service's deployment: a number that grows with each change of it."""
    start, detail, end = (round(at.timestamp()) for at in (plan.data_start, plan.detail_start, plan.data_end))
    history = np.arange(start, detail, plan.history_scrape)
    recent = np.arange(detail, end, SCRAPE_OF_KUBERNETES)
    times = np.concatenate((history, recent)).astype(np.int64) * 1000 + 4_100
    changes = sorted(rollout.at.timestamp() * 1000 for rollout in service.rollouts)
    values = (41 + np.searchsorted(changes, times)).astype(np.float64)
    labels = (
        ("__name__", "kube_deployment_status_observed_generation"),
        ("namespace", "shop"),
        ("deployment", service.name),
        ("job", "kube-state-metrics"),
        ("instance", "10.2.9.3:8080"),
    )
    return Series(labels, times, values)
