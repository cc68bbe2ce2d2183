"""The three clients over the one transport, each with its simplest question, to be asked alike by tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.transport import httpx2_transport, niquests_adapter, requests_adapter
from pm_autofill.collect.transport.parsing import parse_json
from pm_autofill.collect.transport.policy import Deadline, Endpoint, Limits, Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CANARY = "canary-u7Qp2Zx9-not-to-be-seen"
NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Time that passes only when somebody sleeps.

    Attributes:
        now: Seconds.
        pauses: Every sleep, in order.
    """

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """The monotonic clock."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.pauses.append(seconds)
        self.now += seconds


def make_policy(
    source: str,
    url: str,
    limits: Limits | None = None,
    *,
    seconds: float = 30.0,
    clock: FakeClock | None = None,
) -> Policy:
    """A policy without randomness; with a clock, time passes only by its sleeps."""
    passing = clock or FakeClock()
    deadline = Deadline(seconds, clock) if clock else Deadline(seconds)
    return Policy(
        Endpoint(source, url),
        limits or Limits(),
        deadline,
        sleep=passing.sleep,
        chance=lambda: 1.0,
        now=lambda: NOON,
    )


@dataclass(frozen=True)
class Stack:
    """One vendor's client on the transport.

    Attributes:
        source: The system's name.
        ask: Connects over a policy with a token, asks the client's simplest question, returns what it hands back.
        good: A body that answers the question.
        wanted: What the client hands back for it.
    """

    source: str
    ask: Callable[[Policy, str], Any]
    good: bytes
    wanted: Any


def _ask_prometheus(policy: Policy, token: str) -> Any:  # noqa: ANN401 - whatever the client returns
    """An instant query."""
    client = requests_adapter.connect_prometheus(policy, token=token, headers={"X-Api-Key": f"key-{token}"})
    with requests_adapter.translating("the test query"):
        return client.custom_query("up")


def _ask_grafana(policy: Policy, token: str) -> Any:  # noqa: ANN401
    """A dashboard by its uid."""
    api = niquests_adapter.connect_grafana(policy, token=token)
    with niquests_adapter.translating("the test dashboard"):
        return parse_json(api.client.GET("/dashboards/uid/checkout-slo"))


def _ask_pagerduty(policy: Policy, token: str) -> Any:  # noqa: ANN401
    """An incident, unwrapped."""
    with (
        httpx2_transport.connect_pagerduty(policy, token=token) as client,
        httpx2_transport.translating("the incident"),
    ):
        return client.rget("/incidents/PTEST01")


STACKS: Mapping[str, Stack] = {
    "prometheus": Stack(
        "Prometheus", _ask_prometheus, b'{"status":"success","data":{"resultType":"vector","result":[]}}', []
    ),
    "grafana": Stack(
        "Grafana", _ask_grafana, b'{"dashboard":{"uid":"checkout-slo"}}', {"dashboard": {"uid": "checkout-slo"}}
    ),
    "pagerduty": Stack("PagerDuty", _ask_pagerduty, b'{"incident":{"id":"PTEST01"}}', {"id": "PTEST01"}),
}
