"""The installed command as a user runs it: a process of its own, a configuration file, variables, an output folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.world.forwarding import EngineServer
from tests.world.grafana import GrafanaServer
from tests.world.pagerduty import PagerDutyServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.world.engine import Engine
    from tests.world.story import PagerDutyStory

CONFIGURATION = """
pagerduty: {{url: '{pagerduty}', token: '${{PAGERDUTY_TOKEN}}'}}
prometheus: {{url: '{prometheus}', token: '${{PROMETHEUS_TOKEN}}', public_url: 'https://prometheus.example'}}
grafana: {{url: '{grafana}', token: '${{GRAFANA_TOKEN}}'}}
services:
  - name: checkout-api
    pagerduty: [PSVCCHK]
    slos:
      - name: checkout-availability
        objective: 99.9
        window: 30d
        events:
          total: http_requests_total{{service="checkout"}}
          bad: http_requests_total{{service="checkout",code=~"5.."}}
    dashboards: [{{uid: checkout-slo}}]
severity: {{P1: SEV-1, P2: SEV-2}}
targets: {{detect: 5m, acknowledge: 5m, mitigate: 30m}}
"""


@dataclass(frozen=True)
class Run:
    """What one run of the command gave.

    Attributes:
        code: Its exit code.
        out: What it printed on stdout.
        err: What it printed on stderr.
        cwd: Where it ran.
    """

    code: int
    out: str
    err: str
    cwd: Path

    @property
    def folder(self) -> Path:
        """The draft's folder."""
        return self.cwd / Path(self.out.strip()).parent

    @property
    def document(self) -> str:
        """The draft's text."""
        return (self.folder / "postmortem.md").read_text(encoding="utf-8")

    @property
    def facts(self) -> dict[str, Any]:
        """The whole facts document."""
        found: dict[str, Any] = json.loads((self.folder / "facts.json").read_bytes())
        return found


@dataclass
class Site:
    """Three loopback services and a folder to work in.

    Attributes:
        folder: Working directory of the command; drafts go to ``drafts`` in it.
        pagerduty: PagerDuty's stand-in.
        prometheus: A real engine behind a token.
        grafana: Grafana's stand-in.
        variables: Environment variables of the command.
    """

    folder: Path
    pagerduty: PagerDutyServer
    prometheus: EngineServer
    grafana: GrafanaServer
    variables: dict[str, str] = field(default_factory=dict)

    def configuration(self) -> str:
        """The usual configuration of these services."""
        return CONFIGURATION.format(
            pagerduty=self.pagerduty.url, prometheus=self.prometheus.url, grafana=self.grafana.url
        )

    def run(
        self, *arguments: str, configuration: str | None = None, without: Sequence[str] = (), **variables: str
    ) -> Run:
        """Run the installed command.

        Args:
            arguments: What follows its name.
            configuration: Content of the configuration file; the usual one by default.
            without: Variables to take away.
            variables: Variables to set.
        """
        (self.folder / "pm-autofill.yaml").write_text(configuration or self.configuration(), encoding="utf-8")
        every = {**os.environ, **self.variables, **variables}
        return run_command(
            *arguments, cwd=self.folder, variables={name: text for name, text in every.items() if name not in without}
        )


def run_command(*arguments: str, cwd: Path, variables: Mapping[str, str]) -> Run:
    """Run the installed command in a folder, bounded in time."""
    program = Path(sys.executable).with_name("pm-autofill")
    done = subprocess.run(
        [program, *arguments], cwd=cwd, env=dict(variables), capture_output=True, text=True, timeout=240, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr, cwd)


@contextmanager
def open_site(folder: Path, engine: Engine, *stories: PagerDutyStory) -> Iterator[Site]:
    """Start the services around a running engine.

    Args:
        folder: Where to work.
        engine: The engine with the incident in it.
        stories: What PagerDuty tells.
    """
    with ExitStack() as stack:
        prometheus = stack.enter_context(EngineServer(engine.url))
        pagerduty = stack.enter_context(PagerDutyServer(*stories))
        grafana = stack.enter_context(GrafanaServer(prometheus_url=engine.url))
        tokens = {
            "PAGERDUTY_TOKEN": pagerduty.token,
            "PROMETHEUS_TOKEN": prometheus.token,
            "GRAFANA_TOKEN": grafana.token,
        }
        yield Site(folder, pagerduty, prometheus, grafana, tokens)
