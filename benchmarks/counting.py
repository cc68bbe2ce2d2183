"""How exactly events are counted: random windows against the truth, and a budget window with pods renamed every day.

    python benchmarks/counting.py [--windows N] [--incidents N] [--json FILE]

Six services of known traffic are put into a real Prometheus and read back as a run reads them: raw samples with ten
minutes around each window, and increments summed by the server. Then services with an incident each, counted in the
window that is found, as a draft does it. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the project is not on the path

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.analyse.counting import Count, count, count_requests
from pm_autofill.analyse.impact import Circumstances, find_impact
from pm_autofill.analyse.spans import Span
from pm_autofill.collect.prometheus.counters import Allowance
from pm_autofill.evidence.slos import Events, SloDefinition, SloEvidence
from pm_autofill.findings import Known
from pm_autofill.instants import Window
from tests.servers.prometheus import connect
from tests.world.engine import running_prometheus
from tests.world.incident import Incident, generate
from tests.world.plan import RECOVERY, START, IncidentPlan, Phase, Restart, Rollout, ServicePlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pm_autofill.collect.prometheus.client import Prometheus

PAD = timedelta(minutes=10)
LENGTHS = (120, 600, 2400)
INCIDENTS, LEVELS = (90, 600, 2400), (0.05, 0.2, 1.0)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """One kind of event in one window.

    Attributes:
        service: Whose.
        start: Where the window begins, epoch seconds.
        seconds: Its length.
        truth: Events that really happened in it.
        value: As counted.
        low: Lower bound.
        high: Upper bound.
    """

    service: str
    start: int
    seconds: int
    truth: float
    value: float
    low: float
    high: float

    @property
    def signed(self) -> float:
        """By how much the count is too high, as a share of the truth; nought where there is nothing to compare."""
        return (self.value - self.truth) / self.truth if self.truth else 0.0

    @property
    def error(self) -> float:
        """How far off the count is, as a share of the truth; infinite where there were none but some were counted."""
        off = abs(self.value - self.truth)
        return off / self.truth if self.truth else float("inf") if off else 0.0

    @property
    def covered(self) -> bool:
        """Whether the truth lies within the bounds."""
        return self.low - 1e-6 <= self.truth <= self.high + 1e-6


def six_services() -> IncidentPlan:
    """Four hours of six services, each observed in a way of its own, with the main incident's forty minutes in them."""
    phases = (Phase(START, 0.18, 0.004), Phase(RECOVERY, 0.0005, 0.004))
    usual = ServicePlan(baseline=Phase(START, 0.0005, 0.004), phases=phases, latency=False, routes=("/a", "/b", "/c"))
    silent = replace(usual.baseline, failed_ratio=0.0)
    died = tuple(Restart(START + minutes * _MINUTE, minutes % 3) for minutes in (-20, -3, 2, 7, 12, 19, 26, 33, 41))
    gap = (START + 14 * _MINUTE, START + 19 * _MINUTE)
    return IncidentPlan(
        "counting",
        (
            replace(usual, name="clean", lazy=False),
            replace(usual, name="lazy", baseline=silent, phases=(phases[0], replace(silent, at=RECOVERY))),
            replace(usual, name="restarted", restarts=died),
            replace(usual, name="rolled-out", rollouts=(Rollout(START - 2 * _MINUTE, 60), Rollout(RECOVERY, 90))),
            replace(usual, name="gapped", gaps=(gap,)),
            replace(usual, name="low-traffic", requests_per_second=0.5, pods=2, routes=("/a",)),
        ),
        data_end=RECOVERY + timedelta(hours=1.5),
        history=timedelta(hours=2),
        history_scrape=15,
    )


def count_windows(
    url: str, incident: Incident, windows: Iterable[tuple[str, int, int]], allowance: Allowance | None = None
) -> dict[str, list[Counted]]:
    """Count the events of windows.

    Args:
        url: Where the engine listens.
        incident: What is in it.
        windows: Service, start and length of each, in epoch seconds.
        allowance: How much may be read raw.

    Returns:
        Failed and all requests, window by window.
    """
    found: dict[str, list[Counted]] = {"failed": [], "total": []}
    for service, first, length in windows:
        start, end = (datetime.fromtimestamp(at, UTC) for at in (first, first + length))
        slo = SloEvidence(definition=definition_of(service))
        observed = connect(url, allowance=allowance).counters(slo, Window(start, end).widen(PAD, PAD))
        assert observed.gaps == (), observed.gaps
        curves = slo_curves(observed.value(slo))
        assert curves is not None
        truth = incident.truth.count(start, end, service)
        span = Span(first, first + length, (first, first), (first + length, first + length))
        for kind, events, real in (("failed", curves.bad, truth.failed), ("total", curves.total, truth.total)):
            counted: Count = count(events, span)
            found[kind].append(Counted(service, first, length, real, counted.value, counted.low, counted.high))
    return found


def random_windows(incident: Incident, number: int, length: int, seed: int = 1) -> list[tuple[str, int, int]]:
    """As many windows of each service, anywhere around the incident.

    Args:
        incident: What is in the engine.
        number: Of windows, for each service.
        length: Of each, in seconds.
        seed: Of the random starts.
    """
    rng = np.random.default_rng([seed, length])
    first, last = (round(at.timestamp()) for at in (incident.truth.start, incident.truth.end))
    names = [service.name for service in incident.plan.services]
    return [(name, int(rng.integers(first - length, last)), length) for name in names for _ in range(number)]


def definition_of(service: str) -> SloDefinition:
    """The availability SLO of a service."""
    total = f'http_requests_total{{service="{service}"}}'
    bad = f'http_requests_total{{service="{service}",code=~"5.."}}'
    return SloDefinition(name=service, service=service, objective=Decimal("99.9"), events=Events(total=total, bad=bad))


def summary(found: Sequence[Counted]) -> dict[str, float]:
    """Errors in percent: signed median, share above the truth, median, 95th percentile, largest; bounds and width."""
    errors = np.array([one.error for one in found if one.truth]) * 100
    widths = np.array([(one.high - one.low) / 2 / one.truth for one in found if one.truth]) * 100
    signed = np.array([one.signed for one in found if one.truth])
    return {
        "signed": float(np.median(signed)) * 100,
        "balance": float(np.mean(signed > 0) + np.mean(signed == 0) / 2) * 100,
        "windows": len(found),
        "median": float(np.median(errors)),
        "p95": float(np.quantile(errors, 0.95)),
        "worst": float(errors.max()),
        "covered": float(np.mean([one.covered for one in found])) * 100,
        "half_width": float(np.median(widths)),
    }


def one_incident_each(number: int, length: int, level: float) -> IncidentPlan:
    """Services that fail for so many seconds at this level, each from an instant of its own on.

    Args:
        number: Of services.
        length: Of each incident, in seconds.
        level: Failed by all requests meanwhile.
    """
    rng = np.random.default_rng([number, length, round(level * 100)])
    usual = ServicePlan(baseline=Phase(START, 0.001, 0.004), phases=(), latency=False, routes=("/a",), pods=2)
    services = []
    for one in range(number):
        begins = START + timedelta(seconds=float(rng.uniform(0, 60)))
        phases = (Phase(begins, level, 0.004), Phase(begins + timedelta(seconds=length), 0.001, 0.004))
        services.append(replace(usual, name=f"s{one}", requests_per_second=40.0, phases=phases))
    return IncidentPlan(
        "incidents",
        tuple(services),
        data_end=START + timedelta(seconds=length, hours=1),
        history=timedelta(hours=1.5),
        history_scrape=15,
    )


def count_incidents(url: str, incident: Incident) -> dict[str, list[Counted]]:
    """Count each service's incident in the window that detection finds, as a draft does it.

    Args:
        url: Where the engine listens.
        incident: What is in it.

    Returns:
        Failed requests and the failed share, incident by incident.
    """
    found: dict[str, list[Counted]] = {"failed": [], "ratio": []}
    for service in incident.plan.services:
        start, end = (phase.at for phase in service.phases)
        slo = SloEvidence(definition=definition_of(service.name))
        read = Window(start - timedelta(hours=1.4), end + timedelta(minutes=50))
        observed = connect(url).counters(slo, read)
        around = Circumstances(start + _MINUTE, timedelta(minutes=15), read.end)
        facts = count_requests(find_impact(observed.value(slo), around))
        truth = incident.truth.count(start, end, service.name)
        real = {"failed": float(truth.failed), "ratio": truth.failed / truth.total}
        for kind, name in (("failed", "requests.failed"), ("ratio", "requests.failed_ratio")):
            fact = facts[name]
            assert isinstance(fact, Known), fact
            low, high = (float(str(bound)) for bound in (fact.low, fact.high))
            first, seconds = round(start.timestamp()), round((end - start).total_seconds())
            found[kind].append(Counted(service.name, first, seconds, real[kind], fact.number, low, high))
    return found


def renamed_daily() -> IncidentPlan:
    """A month of a service whose pods get new names every day, and whose failures are a few a day and pod."""
    service = ServicePlan(
        name="renamed",
        requests_per_second=8.0,
        pods=4,
        routes=("/a",),
        baseline=Phase(START, 0.00004, 0.004),
        phases=(Phase(START, 0.02, 0.004), Phase(RECOVERY, 0.00004, 0.004)),
        rollouts=tuple(Rollout(START - timedelta(days=day, hours=4), 120) for day in range(31, 0, -1)),
        latency=False,
    )
    return IncidentPlan("renamed", (service,), data_end=RECOVERY + timedelta(hours=1), history=timedelta(days=31))


@dataclass(frozen=True, slots=True)
class Summed:
    """A budget window as the server summed it.

    Attributes:
        failed: Error of the failed requests, as a share of the truth.
        total: Error of all requests.
        truth: Failed requests in the window.
        answers: Bytes of the answers.
        questions: Bytes of the questions.
    """

    failed: float
    total: float
    truth: int
    answers: int
    questions: int


def sum_budget(ask: Prometheus, incident: Incident) -> Summed:
    """Sum the budget window that ends at the recovery.

    Args:
        ask: Sums them.
        incident: What is in the engine.
    """
    sizes: list[tuple[int, int]] = []
    ask._ask._session.hooks["response"].append(  # noqa: SLF001 - what goes over the wire is seen nowhere else
        lambda reply, **_: sizes.append((len(reply.content), len(reply.request.body)))
    )
    truth, real = incident.truth, incident.truth.before_end("renamed")
    slo = SloEvidence(definition=definition_of("renamed"), history_start=truth.data_start)
    observed = ask.totals(slo, Window(truth.end - timedelta(days=30), truth.end))
    assert observed.gaps == (), observed.gaps
    (totals,) = observed.value(slo).totals
    return Summed(
        failed=totals.bad / real.failed - 1,
        total=totals.total / real.total - 1,
        truth=real.failed,
        answers=sum(answer for answer, _ in sizes),
        questions=sum(question for _, question in sizes),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a line for each length, way and kind of event."""
    parser = argparse.ArgumentParser(description="Count events in random windows and compare with the truth.")
    parser.add_argument("--windows", type=int, default=100, help="of each length and service")
    parser.add_argument("--incidents", type=int, default=100, help="of each length and level")
    parser.add_argument("--json", type=Path, help="write all windows to this file")
    options = parser.parse_args(arguments)
    every: dict[str, list[dict[str, object]]] = {}
    incident = generate(six_services())
    print(f"{'way':8}{'window':>8}  {'events':8}{'windows':>8}{'signed %':>10}{'above %':>9}{'median %':>10}", end="")
    print(f"{'p95 %':>8}{'worst %':>9}{'in bounds %':>13}{'half-width %':>14}")
    with tempfile.TemporaryDirectory() as folder, running_prometheus(Path(folder) / "a", series=incident.series) as one:
        for way, allowance in (("raw", None), ("summed", Allowance(samples=0))):
            for length in LENGTHS:
                windows = random_windows(incident, options.windows, length)
                found = count_windows(one.url, incident, windows, allowance)
                for kind, counted in found.items():
                    every[f"{way} {length} {kind}"] = [asdict(each) for each in counted]
                    print(_line(way, length, kind, summary(counted)), flush=True)
    for length in INCIDENTS:
        for level in LEVELS:
            plan = generate(one_incident_each(options.incidents, length, level))
            with (
                tempfile.TemporaryDirectory() as folder,
                running_prometheus(Path(folder) / "a", series=plan.series) as one,
            ):
                for kind, counted in count_incidents(one.url, plan).items():
                    every[f"incident {length} {level} {kind}"] = [asdict(found_one) for found_one in counted]
                    print(_line(f"{level:.0%}", length, kind, summary(counted)), flush=True)
    month = generate(renamed_daily())
    with tempfile.TemporaryDirectory() as folder, running_prometheus(Path(folder) / "a", series=month.series) as one:
        budget = sum_budget(connect(one.url), month)
    print(f"30 days, pods renamed daily: {budget.truth} failed, off by {budget.failed:+.4%}; all, off by ", end="")
    print(f"{budget.total:+.4%}; {budget.answers} bytes of answers, {budget.questions} of questions")
    if options.json:
        options.json.write_text(json.dumps({"windows": every, "budget": asdict(budget)}), encoding="utf-8")


def _line(way: str, length: int, kind: str, figures: dict[str, float]) -> str:
    sides = f"{figures['windows']:>8.0f}{figures['signed']:>+10.3f}{figures['balance']:>9.0f}"
    counted = f"{figures['median']:>10.3f}{figures['p95']:>8.2f}{figures['worst']:>9.1f}"
    bounded = f"{figures['covered']:>13.1f}{figures['half_width']:>14.2f}"
    return f"{way:8}{length / 60:>4.3g} min  {kind:8}{sides}{counted}{bounded}"


if __name__ == "__main__":
    main()
