"""The services a benchmark talks to: loopback PagerDuty, Prometheus and Grafana that answer after a fixed delay.

The first time a question is put, a real Prometheus with 30 days of history answers it; from then on the same bytes come
back after exactly the delay, so that what is measured is the program and not the engine.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tests.world import plan, stories
from tests.world.engine import missing_programs, running_prometheus
from tests.world.forwarding import FORM, EngineServer
from tests.world.grafana import GrafanaServer
from tests.world.incident import generate
from tests.world.pagerduty import PagerDutyServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.world.loopback import LoopbackServer, Reply, Request

INCIDENT = stories.MAIN_ID
AS_OF = plan.DATA_END
DASHBOARD = "checkout-slo"
PANELS = (1, 2, 3, 4)
_FAILED = 'code=~"5.."'
_UNSTEADY = {"timeout"}  # differs from run to run with the time that is left, and changes no answer

_Key = tuple[str, str, object, object]


class Memory:
    """Answers that were given before."""

    def __init__(self) -> None:
        """Know nothing."""
        self.answered_anew = 0
        self._known: dict[_Key, Reply] = {}

    def answer(self, request: Request, ask: Callable[[Request], Reply]) -> Reply:
        """The answer; a question that was not put before is put."""
        key = _key(request)
        if key not in self._known:
            self.answered_anew += 1
            self._known[key] = ask(request)
        return self._known[key]


class _PagerDuty(PagerDutyServer):
    """PagerDuty, each question answered once."""

    def __init__(self, memory: Memory) -> None:
        """Tell the main story."""
        super().__init__(stories.main())
        self.memory = memory

    def answer(self, request: Request) -> Reply:
        """The answer, from memory where it was given before."""
        return self.memory.answer(request, super().answer)


class _Prometheus(EngineServer):
    """Prometheus, each question answered once."""

    def __init__(self, memory: Memory, engine: str) -> None:
        """Stand before an engine."""
        super().__init__(engine)
        self.memory = memory

    def answer(self, request: Request) -> Reply:
        """The answer, from memory where it was given before."""
        return self.memory.answer(request, super().answer)


class _Grafana(GrafanaServer):
    """Grafana, each question answered once."""

    def __init__(self, memory: Memory, engine: str) -> None:
        """Hold the main dashboard, over an engine."""
        super().__init__(prometheus_url=engine)
        self.memory = memory

    def answer(self, request: Request) -> Reply:
        """The answer, from memory where it was given before."""
        return self.memory.answer(request, super().answer)


@dataclass(frozen=True, slots=True)
class Services:
    """The running services.

    Attributes:
        pagerduty: The loopback PagerDuty.
        prometheus: The door before the real Prometheus.
        grafana: The loopback Grafana.
        memories: What they remember.
    """

    pagerduty: PagerDutyServer
    prometheus: EngineServer
    grafana: GrafanaServer
    memories: tuple[Memory, ...]

    @property
    def all(self) -> tuple[LoopbackServer, ...]:
        """Every server."""
        return (self.pagerduty, self.prometheus, self.grafana)

    def slow_down(self, seconds: float) -> None:
        """Let each answer take so long from now on."""
        for server in self.all:
            server.delay = seconds

    def requests(self) -> int:
        """How many requests came so far."""
        return sum(len(server.exchanges) for server in self.all)

    def answered_anew(self) -> int:
        """How many of them were not answered from memory."""
        return sum(memory.answered_anew for memory in self.memories)

    def environment(self) -> dict[str, str]:
        """The tokens, as the configuration names them."""
        return {
            "PAGERDUTY_TOKEN": self.pagerduty.token,
            "PROMETHEUS_TOKEN": self.prometheus.token,
            "GRAFANA_TOKEN": self.grafana.token,
        }

    def write_configuration(self, path: Path) -> Path:
        """Write the configuration that leads to these services.

        Args:
            path: The file.

        Returns:
            The file.
        """
        path.write_text(json.dumps(self._configuration(), indent=2), encoding="utf-8")  # JSON is YAML
        return path

    def _configuration(self) -> dict[str, object]:
        checkout = [_availability("checkout"), _latency("checkout")]
        return {
            "pagerduty": {"url": self.pagerduty.url, "token": "${PAGERDUTY_TOKEN}"},
            "prometheus": {"url": self.prometheus.url, "token": "${PROMETHEUS_TOKEN}"},
            "grafana": {"url": self.grafana.url, "token": "${GRAFANA_TOKEN}"},
            "services": [
                {
                    "name": "checkout-api",
                    "slos": checkout,
                    "dashboards": [{"uid": DASHBOARD, "panels": list(PANELS)}],
                },
                {"name": "payments-api", "slos": [_availability("payments")]},
            ],
            "severity": {"P1": "SEV-1"},
        }


@contextmanager
def running_services(folder: Path) -> Iterator[Services]:
    """Run the services until the block ends.

    Args:
        folder: For Prometheus' data.

    Yields:
        The services, without delay.

    Raises:
        SystemExit: Prometheus is not installed.
    """
    missing = {"prometheus", "promtool"} & set(missing_programs())
    if missing:
        programs = ", ".join(sorted(missing))
        raise SystemExit(f"{programs} not found: `apt-get install --no-install-recommends prometheus` brings them")
    incident = generate(plan.checkout())
    with ExitStack() as stack:
        engine = stack.enter_context(
            running_prometheus(folder, series=incident.series, rules=incident.plan.rules),
        )
        memories = (Memory(), Memory(), Memory())
        pagerduty = _PagerDuty(memories[0])
        services = Services(
            pagerduty, _Prometheus(memories[1], engine.url), _Grafana(memories[2], engine.url), memories
        )
        for server in services.all:
            stack.enter_context(server)
        yield services


def _key(request: Request) -> _Key:
    """What makes two requests the same question."""
    query = tuple(pair for pair in request.query if pair[0] not in _UNSTEADY)
    if not request.headers.get("content-type", "").startswith(FORM):
        return request.method, request.path, query, request.body
    form = parse_qsl(request.body.decode(), keep_blank_values=True)
    return request.method, request.path, query, tuple(pair for pair in form if pair[0] not in _UNSTEADY)


def _availability(service: str) -> dict[str, object]:
    total = f'http_requests_total{{service="{service}"}}'
    bad = f'http_requests_total{{service="{service}",{_FAILED}}}'
    return {"name": f"{service}-availability", "objective": 99.9, "events": {"total": total, "bad": bad}}


def _latency(service: str) -> dict[str, object]:
    total = f'http_request_duration_seconds_count{{service="{service}"}}'
    good = f'http_request_duration_seconds_bucket{{service="{service}",le="0.5"}}'
    return {"name": f"{service}-latency", "objective": 99, "events": {"total": total, "good": good}}
