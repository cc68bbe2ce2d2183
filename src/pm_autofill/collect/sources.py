"""The collectors of one run, each connected when it is first needed, at most once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pm_autofill.collect.connections import Connections
    from pm_autofill.collect.grafana.client import Grafana
    from pm_autofill.collect.pagerduty.client import PagerDuty
    from pm_autofill.collect.prometheus.client import Prometheus
    from pm_autofill.collect.transport.limits import Deadline
    from pm_autofill.collect.transport.shares import Shares
    from pm_autofill.config.settings import Settings
    from pm_autofill.redaction.secrets import Secrets


class Sources:
    """PagerDuty, Prometheus and Grafana of one run. Safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        """Contact nothing yet.

        Args:
            connections: How to connect.
        """
        self._connections = connections
        self._locks = {name: Lock() for name in ("pagerduty", "prometheus", "grafana")}
        self._pagerduty: PagerDuty | None = None
        self._prometheus: Prometheus | None = None
        self._grafana: Grafana | None = None

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self._connections.settings

    @property
    def secrets(self) -> Secrets:
        """Every secret that was looked up for them so far."""
        return self._connections.environment.secrets

    @property
    def deadline(self) -> Deadline:
        """When everything must have ended."""
        return self._connections.deadline

    @property
    def shares(self) -> Shares:
        """What each source may send in the run."""
        return self._connections.shares

    def pagerduty(self) -> PagerDuty:
        """The collector for PagerDuty."""
        with self._locks["pagerduty"]:
            if self._pagerduty is None:
                self._pagerduty = self._connections.pagerduty()
            return self._pagerduty

    def prometheus(self) -> Prometheus:
        """The collector for Prometheus."""
        with self._locks["prometheus"]:
            if self._prometheus is None:
                self._prometheus = self._connections.prometheus()
            return self._prometheus

    def grafana(self) -> Grafana:
        """The collector for Grafana."""
        with self._locks["grafana"]:
            if self._grafana is None:
                self._grafana = self._connections.grafana()
            return self._grafana
