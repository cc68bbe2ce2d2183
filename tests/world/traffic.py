"""Draw a service's requests second by second, and scrape its counters as Prometheus does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .samples import Integers, Ledger, Series

if TYPE_CHECKING:
    from datetime import datetime

    from .plan import IncidentPlan, Phase, ServicePlan

CODES = ("200", "404", "500", "503")
BOUNDS = ("0.1", "0.5", "2.5", "+Inf")
NOT_FOUND_RATIO = 0.01
DAY = 86_400
MEAN_CROSSING = 13.7 / 24  # of a day: when the traffic rises through its mean
SLOWER_AFTER = 3600  # seconds
EARLIER_LIFE = 5 * DAY  # the first processes run since so many seconds before the data

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Life:
    """One process of a pod, from start to death, in whole seconds since 1970."""

    slot: int
    pod: str
    born: int
    died: int
    started: float
    is_first: bool


def observe(service: ServicePlan, plan: IncidentPlan) -> tuple[list[Series], list[Ledger]]:
    """Generate a service's history.

    Args:
        service: Its traffic.
        plan: The history it is part of.

    Returns:
        The series Prometheus would hold, and the account of each process.
    """
    series: list[Series] = []
    ledgers: list[Ledger] = []
    for number, life in enumerate(_lives(service, plan)):
        stream = [plan.seed, *service.name.encode(), number]
        rng = np.random.default_rng(stream)
        recorded, ledger = _live(service, plan, life, rng)
        series += recorded
        ledgers.append(ledger)
    return _joined(series), ledgers


def _lives(service: ServicePlan, plan: IncidentPlan) -> list[Life]:
    """The processes of all pods: a rollout ends one under a new name, a restart under the old."""
    lives = []
    for slot in range(service.pods):
        cuts = {_seconds(restart.at): False for restart in service.restarts if restart.pod == slot}
        for rollout in service.rollouts:
            cuts[_seconds(rollout.at) + rollout.seconds * (slot + 1) // service.pods] = True
        first, last = _seconds(plan.data_start), _seconds(plan.data_end)
        bounds = [first, *sorted(cut for cut in cuts if first < cut < last), last]
        release = 0
        for index, (born, died) in enumerate(itertools.pairwise(bounds)):
            release += cuts.get(born, False)
            started = born - EARLIER_LIFE if index == 0 else born - 2
            pod = f"{service.job}-{0x5D8F + 0x1A3 * release:04x}c6b7-{'bdfghjklmn'[slot]}{release}x4t"
            lives.append(Life(slot, pod, born, died, started + 0.37, index == 0))
    return lives


def _live(
    service: ServicePlan, plan: IncidentPlan, life: Life, rng: np.random.Generator
) -> tuple[list[Series], Ledger]:
    """Draw one process's requests and scrape its counters."""
    offset = (life.slot * 5.13 + len(service.name) * 0.7) % plan.scrape // 1 + 0.217
    scrapes = _scrapes(service, plan, life, offset)
    seen = np.floor(scrapes / 1000 + 0.5).astype(np.int64)  # an event of second s happens at s + 0.5
    edges = _edges(plan, life, seen)
    wanted, failing, slowness = _demand(service, edges)
    position = np.searchsorted(edges, seen)
    jittered = scrapes + rng.integers(-2, 3, size=scrapes.size)
    target = {"service": service.name, "job": service.job, "instance": f"10.2.{life.slot}.17:8080", "pod": life.pod}

    def counter(name: str, labels: dict[str, str], events: Integers, usual: float) -> Series:
        """The scraped counter of these events; children without an event are not there yet."""
        before = round(usual * EARLIER_LIFE) if life.is_first else 0
        values = np.concatenate(([0], np.cumsum(events)))[position] + before
        kept = values > 0 if service.lazy else values >= 0
        named = (("__name__", name), *{**target, **labels}.items())
        return Series(named, jittered[kept], values[kept].astype(np.float64))

    usual_rate = service.requests_per_second / service.pods
    total = np.zeros(edges.size - 1, dtype=np.int64)
    failed = np.zeros_like(total)
    weights = np.array([1 / (rank + 1) for rank in range(len(service.routes))])
    series = []
    for route, share in zip(service.routes, weights / weights.sum(), strict=True):
        for code in CODES:
            events = rng.poisson(wanted * share * _code_share(code, failing))
            usual = usual_rate * share * _code_share(code, service.baseline.failed_ratio)
            series.append(counter("http_requests_total", {"route": route, "code": code}, events, usual))
            total += events
            if code.startswith("5"):
                failed += events
    shares = np.stack([0.7 * (1 - slowness), 0.3 * (1 - slowness), 0.85 * slowness, 0.15 * slowness], axis=1)
    buckets = rng.multinomial(total, shares)
    if service.latency:
        typical = np.cumsum([0.7, 0.3, 0.0, 0.0]) * usual_rate
        for bound, events, usual in zip(BOUNDS, np.cumsum(buckets, axis=1).T, typical, strict=True):
            series.append(counter("http_request_duration_seconds_bucket", {"le": bound}, events, usual))
        series.append(counter("http_request_duration_seconds_count", {}, total, usual_rate))
    named = (("__name__", "process_start_time_seconds"), *target.items())
    series.append(Series(named, jittered, np.full(jittered.size, life.started)))
    return series, Ledger(edges, total, failed, buckets[:, 2:].sum(axis=1))


def _code_share(code: str, failing: Floats | float) -> Floats | float:
    """Share of requests answered with a code."""
    if code == "200":
        return (1 - failing) * (1 - NOT_FOUND_RATIO)
    if code == "404":
        return (1 - failing) * NOT_FOUND_RATIO
    return failing * (0.7 if code == "500" else 0.3)


def _scrapes(service: ServicePlan, plan: IncidentPlan, life: Life, offset: float) -> Integers:
    """When a process is scraped, in milliseconds since 1970."""
    ends, intervals = [_seconds(plan.data_end), _seconds(plan.detail_start)], [plan.scrape]
    while intervals[-1] * 2 <= plan.history_scrape:  # slower and slower backwards: rate() must not see a leap
        intervals.append(intervals[-1] * 2)
        ends.append(ends[-1] - SLOWER_AFTER)
    ends[-1] = _seconds(plan.data_start)
    stretches = [
        np.arange(-(-start // interval) * interval, end, interval)
        for (end, start), interval in zip(itertools.pairwise(ends), intervals, strict=True)
    ]
    times = np.unique(np.concatenate(stretches)) + offset
    alive = (times >= life.born) & (times < life.died)
    for start, end in service.gaps:
        alive &= (times < start.timestamp()) | (times >= end.timestamp())
    return np.round(times[alive] * 1000).astype(np.int64)


def _edges(plan: IncidentPlan, life: Life, seen: Integers) -> Integers:
    """The bins of a process's ledger: seconds near the incident and near the budget window's start, else scrapes."""
    around = 3600
    window_start = _seconds(plan.start) - round(plan.budget_window.total_seconds())
    window_end = _seconds(plan.end) - round(plan.budget_window.total_seconds())
    zones = [
        np.arange(window_start - around, window_end + around),
        np.arange(_seconds(plan.detail_start), _seconds(plan.data_end)),
        seen,
    ]
    edges = np.unique(np.concatenate([*zones, [life.born, life.died]]))
    return edges[(edges >= life.born) & (edges <= life.died)]


def _demand(service: ServicePlan, edges: Integers) -> tuple[Floats, Floats, Floats]:
    """Expected requests per bin of one pod, and the shares of them that fail and that are slow."""
    middle = (edges[:-1] + edges[1:]) / 2
    swing = 1 + service.daily_swing * np.sin(2 * np.pi * (middle / DAY - MEAN_CROSSING))
    phases: tuple[Phase, ...] = (service.baseline, *service.phases)
    current = np.searchsorted([_seconds(phase.at) for phase in service.phases], edges[:-1], side="right")
    traffic = np.array([phase.traffic for phase in phases])[current]
    failing = np.array([phase.failed_ratio for phase in phases])[current]
    slowness = np.array([phase.slow_ratio for phase in phases])[current]
    wanted = service.requests_per_second / service.pods * swing * traffic * np.diff(edges)
    return wanted, failing, slowness


def _joined(series: list[Series]) -> list[Series]:
    """Series of the same labels as one: a process restarted in place goes on in the series of the one before."""
    grouped: dict[tuple[tuple[str, str], ...], list[Series]] = {}
    for one in series:
        grouped.setdefault(one.labels, []).append(one)
    return [
        Series(labels, np.concatenate([one.times for one in parts]), np.concatenate([one.values for one in parts]))
        for labels, parts in grouped.items()
        if any(one.times.size for one in parts)
    ]


def _seconds(instant: datetime) -> int:
    """Whole seconds since 1970."""
    return round(instant.timestamp())
