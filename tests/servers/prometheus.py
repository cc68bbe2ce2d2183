"""A loopback server that answers Prometheus' API by a script, and the collector connected to it or to an engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import numpy as np

from pm_autofill.collect.prometheus import Prometheus
from pm_autofill.collect.prometheus.asking import Interviewer
from pm_autofill.collect.prometheus.processes import Targets, read_process_starts
from pm_autofill.collect.transport.requests_adapter import connect_prometheus
from pm_autofill.evidence.increments import increments
from pm_autofill.evidence.series import Matrix
from pm_autofill.evidence.slos import Events, SloDefinition, SloEvidence
from pm_autofill.instants import Window
from pm_autofill.promql import WITNESS
from tests.servers.stacks import make_policy
from tests.world.loopback import LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pm_autofill.collect.observation import Observed
    from pm_autofill.collect.prometheus.counters import Allowance
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.slos import CounterRead

TOTAL = 'requests_total{service="checkout"}'
BAD = 'requests_total{service="checkout",code=~"5.."}'
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@dataclass
class ScriptedPrometheus(LoopbackServer):
    """Answers by the first pattern found in a request's path and query, separated by a blank.

    Attributes:
        script: Pattern to reply, or to the JSON body of one.
    """

    script: Mapping[str, object] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        """The scripted reply; without any, that the query is wrong."""
        query = form_of(request).get("query", "")
        asked = f"{request.path} {query}"
        if "process_start_time_seconds{" in query and not {"", "process_start"} & set(self.script):
            # Asked beside the counters, and how many there are; most scripts are not about it.
            if query.startswith("process_start"):
                return as_json(give("matrix"))
            if query.startswith("(count("):
                return as_json(number(0))
        for pattern, reply in self.script.items():
            if re.search(pattern, asked):
                return reply if isinstance(reply, Reply) else as_json(reply)
        return refuse(400, "bad_data", "no line of the script")

    @property
    def forms(self) -> list[dict[str, str]]:
        """What was posted, request by request."""
        return [form_of(request) for request in self.requests]

    @property
    def queries(self) -> list[str]:
        """The PromQL of every request, in order of the alphabet: questions are put at the same time."""
        return sorted(form.get("query", "") for form in self.forms)

    def collector(self, *, allowance: Allowance | None = None, public_url: str | None = None) -> Prometheus:
        """A collector that asks this server."""
        return connect(self.url, allowance=allowance, public_url=public_url)


def read_starts(server: ScriptedPrometheus, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
    """When the processes behind an SLO's counters started, as this server tells."""
    policy = make_policy("Prometheus", server.url)
    ask = Interviewer(connect_prometheus(policy, token="t-1"), policy, server.url)
    targets = Targets.of(slo.total.matrix if slo.total else Matrix())
    return read_process_starts(ask, slo.definition.name, targets, window)


def connect(url: str, *, allowance: Allowance | None = None, public_url: str | None = None) -> Prometheus:
    """A collector that asks the server at an address, with a token."""
    policy = make_policy("Prometheus", url)
    return Prometheus(connect_prometheus(policy, token="t-1"), policy, public_url, allowance=allowance)


def read_slo(collector: Prometheus, definition: SloDefinition, window: Window) -> SloEvidence:
    """An SLO with its counters and the process starts behind them; nothing may be missing."""
    slo = SloEvidence(definition=definition)
    counters = collector.counters(slo, window)
    assert counters.gaps == ()
    return counters.value(slo)


def count_events(slo: SloEvidence, read: CounterRead | None, window: Window) -> float:
    """Events of one of an SLO's reads in a window."""
    assert read is not None
    starts = slo.process_starts.matrix if slo.process_starts else None
    peers = [one for one in (slo.total, slo.bad, slo.good) if one is not None]
    edges = np.array([window.start.timestamp(), window.end.timestamp()])
    return float(increments(read, edges, starts, peers)[0])


def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form, else those of the query string."""
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True)) or dict(request.query)


def give(kind: str, *rows: object, **more: object) -> dict[str, object]:
    """The body of a successful query."""
    return {"status": "success", "data": {"resultType": kind, "result": list(rows)}, **more}


def series(labels: Mapping[str, str], *samples: tuple[float, float | str]) -> dict[str, object]:
    """A series of a matrix, its samples in seconds after noon."""
    return {"metric": dict(labels), "values": [[NOON.timestamp() + time, str(value)] for time, value in samples]}


def number(value: float | str, **labels: str) -> dict[str, object]:
    """A vector of one value."""
    return give("vector", {"metric": labels, "value": [NOON.timestamp(), str(value)]})


def nothing(kind: str = "vector") -> dict[str, object]:
    """A successful query that finds nothing."""
    return give(kind)


def refuse(status: int, kind: str, error: str) -> Reply:
    """Prometheus' way to say no."""
    return as_json({"status": "error", "errorType": kind, "error": error}, status)


def after_noon(*seconds: float) -> Sequence[float]:
    """Instants as evidence holds them."""
    return [NOON.timestamp() + one for one in seconds]


def slo(*, bad: str | None = BAD, good: str | None = None, window: str = "30d", **more: object) -> SloEvidence:
    """An SLO of which nothing was observed yet."""
    definition = SloDefinition(
        name="checkout-availability",
        service="checkout",
        objective=Decimal("99.9"),
        window=window,
        events=Events(total=TOTAL, bad=bad, good=good),
    )
    return SloEvidence(definition=definition, **more)  # type: ignore[arg-type]


def ratio_slo(ratio: str | None) -> SloEvidence:
    """An SLO that has only a ratio."""
    definition = SloDefinition(name="checkout-ratio", service="checkout", objective=Decimal(99), ratio=ratio)
    return SloEvidence(definition=definition)


def evaluated(first: float, last: float, step: float) -> dict[str, object]:
    """The series that stands beside an answer to say that all was evaluated, so many seconds after noon."""
    count = int((last - first) / step) + 1
    return series({WITNESS: "yes"}, *((first + step * number, 1) for number in range(count)))


def minutes(count: float) -> Window:
    """A window that begins at noon."""
    return Window(NOON, NOON + timedelta(minutes=count))
