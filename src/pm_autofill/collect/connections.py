"""From the configuration to clients: one bounded policy per source, secrets looked up when a source is first needed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.collect.transport.endpoint import Endpoint
from pm_autofill.collect.transport.limits import Deadline, usual_limits
from pm_autofill.collect.transport.policy import Policy
from pm_autofill.collect.transport.shares import Shares
from pm_autofill.config.secrets import Environment, expand, token_of
from pm_autofill.errors import CredentialsRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pagerduty import RestApiV2Client

    from pm_autofill.collect.grafana.client import Grafana
    from pm_autofill.collect.pagerduty.client import PagerDuty
    from pm_autofill.collect.prometheus.client import Prometheus
    from pm_autofill.config.settings import GrafanaSettings, PagerDutySettings, PrometheusSettings, Settings


@dataclass(frozen=True, slots=True)
class Connections:
    """What is needed to contact the sources.

    Attributes:
        settings: The configuration.
        environment: Where variables and files named in it are looked up.
        deadline: When everything must have ended.
        now: The wall clock, for when an answer arrived.
        writes_snapshots: Whether Grafana may be written to, for snapshots the user asked for.
        writes_notes: Whether PagerDuty may be written to, for a note the user asked for.
        sleep: Waits so many seconds before a request is sent again.
        shares: What each source may send in the run.
    """

    settings: Settings
    environment: Environment
    deadline: Deadline
    now: Callable[[], datetime]
    writes_snapshots: bool = False
    writes_notes: bool = False
    sleep: Callable[[float], None] = time.sleep
    shares: Shares = field(default_factory=Shares)

    def pagerduty(self) -> PagerDuty:
        """The collector for PagerDuty; nothing is contacted yet.

        Raises:
            UsageError: No token is configured, or its variable or file is missing.
        """
        from pm_autofill.collect.pagerduty.client import PagerDuty

        client, policy = self._pagerduty_client()
        return PagerDuty(client, policy)

    def write_note(self, incident_id: str, text: str) -> bool:
        """Write a note to an incident, unless it has one that says the same.

        Args:
            incident_id: The incident's id.
            text: The note.

        Returns:
            Whether it was written.

        Raises:
            AutofillError: It was refused, or PagerDuty could not be reached.
        """
        from pm_autofill.collect.pagerduty.notes import write_note

        email = self.settings.pagerduty.email
        named = expand(email, self.environment, where="pagerduty.email") if email else None
        client = self._pagerduty_client()[0]
        return write_note(client, incident_id, self.environment.secrets.mask(text), named)

    def _pagerduty_client(self) -> tuple[RestApiV2Client, Policy]:
        """The client of PagerDuty's API, and what it asks through.

        Raises:
            UsageError: No token is configured, or its variable or file is missing.
        """
        from pm_autofill.collect.transport.httpx2_transport import connect_pagerduty

        section = self.settings.pagerduty
        token = self._token(section, "pagerduty")
        if not token:
            message = "no token for PagerDuty: pagerduty.token is not configured"
            raise UsageError(message, "Write `pagerduty: {token: '${PAGERDUTY_TOKEN}'}` and set that variable.")
        policy = self._policy("PagerDuty", section, "pagerduty")
        return connect_pagerduty(policy, token=token), policy

    def prometheus(self) -> Prometheus:
        """The collector for Prometheus; nothing is contacted yet.

        Raises:
            UsageError: It is not configured, or a variable or file it needs is missing.
        """
        from pm_autofill.collect.prometheus.client import Prometheus
        from pm_autofill.collect.transport.requests_adapter import connect_prometheus

        section = self.settings.prometheus
        if section is None:
            message = "Prometheus is not configured"
            raise UsageError(message, "Add `prometheus: {url: ...}` to the configuration.")
        where = "prometheus"
        policy = self._policy("Prometheus", section, where)
        token = self._token(section, where)
        basic = None
        if section.username is not None:
            password = expand(section.password or "", self.environment, where=f"{where}.password")
            basic = (expand(section.username, self.environment, where=f"{where}.username"), password)
        headers = {
            key: expand(value, self.environment, where=f"{where}.headers.{key}")
            for key, value in section.headers.items()
        }
        connection = connect_prometheus(policy, token=token, basic=None if token else basic, headers=headers)
        return Prometheus(connection, policy, self._public(section.public_url, policy, where))

    def grafana(self) -> Grafana:
        """The collector for Grafana; nothing is contacted yet.

        Raises:
            UsageError: It is not configured, or a variable or file it needs is missing.
        """
        from pm_autofill.collect.grafana.client import Grafana
        from pm_autofill.collect.transport.niquests_adapter import connect_grafana

        section = self.settings.grafana
        if section is None:
            message = "Grafana is not configured"
            raise UsageError(message, "Add `grafana: {url: ...}` to the configuration.")
        policy = self._policy("Grafana", section, "grafana")
        token = self._token(section, "grafana")
        if not token:
            message = "no token for Grafana: grafana.token is not configured"
            raise CredentialsRefused("Grafana", message, "Write `token: '${GRAFANA_TOKEN}'` and set that variable.")
        if section.public_url is not None:
            section = replace(section, public_url=self._public(section.public_url, policy, "grafana"))
        return Grafana(connect_grafana(policy, token=token, organization_id=section.org_id), policy, section)

    def _token(self, section: PagerDutySettings | PrometheusSettings | GrafanaSettings, where: str) -> str | None:
        """A source's token, looked up in the time that is left."""
        return token_of(section, self.environment, where=where, remaining=self.deadline.remaining())

    def _policy(
        self, source: str, section: PagerDutySettings | PrometheusSettings | GrafanaSettings, where: str
    ) -> Policy:
        ca_file = section.ca_file and expand(section.ca_file, self.environment, where=f"{where}.ca_file")
        endpoint = Endpoint(
            source,
            expand(section.url, self.environment, where=f"{where}.url"),
            ca_file=self.environment.folder / Path(ca_file).expanduser() if ca_file else None,
            allow_insecure=self.settings.allow_insecure or section.allow_insecure,
            allow_writes={"Grafana": self.writes_snapshots, "PagerDuty": self.writes_notes}.get(source, False),
        )
        return Policy(
            endpoint,
            usual_limits(source),
            self.deadline,
            share=self.shares.of(source),
            sleep=self.sleep,
            now=self.now,
        )

    def _public(self, public_url: str | None, policy: Policy, where: str) -> str:
        """The address people use, for links, which go into the draft: so none with credentials."""
        if public_url is None:
            return policy.endpoint.url
        url = expand(public_url, self.environment, where=f"{where}.public_url")
        return Endpoint(policy.endpoint.source, url, allow_insecure=True).url
