"""An alert as it really happens: a service that is scraped, Prometheus, Alertmanager, and who gets its events."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .engine import Engine, EngineFailed, free_port, running_program
from .loopback import LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INTERVAL = 1
HOLD = 3
NAME = "CheckoutErrors"
RULE = {
    "alert": NAME,
    "expr": 'rate(http_requests_total{service="checkout",code="500"}[4s]) > 1',
    "for": f"{HOLD}s",
    "labels": {"service": "checkout-api", "severity": "critical"},
    "annotations": {"summary": "checkout fails", "runbook_url": "https://runbooks.example/checkout"},
}


@dataclass
class FailingService(LoopbackServer):
    """A service whose counters Prometheus scrapes; it fails half of its requests while ``broken``.

    Attributes:
        broken: Whether it fails now.
        counts: Requests so far by status.
    """

    broken: bool = False
    counts: dict[str, float] = field(default_factory=lambda: {"200": 100.0, "500": 10.0})
    seen: float = field(default_factory=time.monotonic)

    def answer(self, _request: Request) -> Reply:
        """The counters; forty requests a second came since the last answer."""
        now = time.monotonic()
        came = 40.0 * (now - self.seen)
        self.seen = now
        self.counts["500"] += came / 2 if self.broken else 0.0
        self.counts["200"] += came / 2 if self.broken else came
        lines = [f'http_requests_total{{service="checkout",code="{code}"}} {n}' for code, n in self.counts.items()]
        return Reply(200, ("\n".join(["# TYPE http_requests_total counter", *lines]) + "\n").encode(), "text/plain")


@dataclass(frozen=True, slots=True)
class Event:
    """An event Alertmanager sent.

    Attributes:
        at: When it arrived.
        body: What it says.
    """

    at: datetime
    body: dict[str, Any]


@dataclass
class EventServer(LoopbackServer):
    """PagerDuty's Events API: keeps what arrives.

    Attributes:
        events: Everything so far.
    """

    events: list[Event] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        """Take an event."""
        body = json.loads(request.body)
        self.events.append(Event(datetime.now(UTC), body))
        return as_json({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]}, 202)

    def of(self, action: str) -> list[Event]:
        """The events with an action: trigger or resolve."""
        return [event for event in self.events if event.body["event_action"] == action]


@contextmanager
def running_alertmanager(directory: Path, events_url: str) -> Iterator[Engine]:
    """Run Alertmanager, which sends every alert on as a PagerDuty event at once."""
    directory.mkdir(parents=True)
    receiver = {"name": "pagerduty", "pagerduty_configs": [{"routing_key": "R" * 32, "url": events_url}]}
    route = {"receiver": "pagerduty", "group_by": ["alertname"], "group_wait": "1s", "group_interval": "1s"}
    (directory / "am.json").write_text(json.dumps({"route": route, "receivers": [receiver]}), encoding="utf-8")
    port = free_port()
    command = [
        "prometheus-alertmanager",
        f"--config.file={directory / 'am.json'}",
        f"--storage.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with running_program("alertmanager", command, port, "/-/ready", directory / "log") as engine:
        yield engine


@contextmanager
def running_watch(directory: Path, service_url: str, alertmanager_url: str) -> Iterator[Engine]:
    """Run a Prometheus that scrapes a service every second, evaluates one rule, and tells Alertmanager."""
    directory.mkdir(parents=True)
    configuration = {
        "global": {"scrape_interval": f"{INTERVAL}s", "evaluation_interval": f"{INTERVAL}s"},
        "rule_files": ["rules.json"],
        "scrape_configs": [{"job_name": "checkout", "static_configs": [{"targets": [_host(service_url)]}]}],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [_host(alertmanager_url)]}]}]},
    }
    (directory / "prometheus.json").write_text(json.dumps(configuration), encoding="utf-8")
    rules = {"groups": [{"name": "live", "rules": [RULE]}]}
    (directory / "rules.json").write_text(json.dumps(rules), encoding="utf-8")
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={directory / 'prometheus.json'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running_program("prometheus", command, port, "/-/ready", directory / "log") as engine:
        yield engine


def wait_until(met: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something to happen.

    Raises:
        EngineFailed: It did not.
    """
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            message = f"nothing of it within {seconds} s"
            raise EngineFailed(message)
        time.sleep(0.05)


def _host(url: str) -> str:
    return url.removeprefix("http://")
