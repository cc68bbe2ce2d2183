"""Random incidents of known truth: traffic drawn second by second, counters scraped as Prometheus does.

Nine kinds of incidents, and windows without one (some with blips), at 1 to 10,000 requests a second, scraped every 15
to 60 seconds with lost scrapes, gaps and restarts, above a usual ratio that wanders by itself. Equal seeds give equal
incidents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloDefinition, SloEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

KINDS = ("step", "ramp", "flapping", "partial", "outage_zero", "outage_nodata", "slow_burn", "two_step", "distract")
QUIET = ("none", "blips")
_DAY_START = 1_763_424_000  # a midnight in UTC
_MINUTE = 60
# Shares of what restarts or gets lost.
_DEPLOYED = 0.3
_RESTARTED = 0.2
_LOST = 0.004
_GAPS = 0.3


@dataclass(frozen=True, slots=True)
class Setting:
    """What an incident happens to.

    Attributes:
        rate: Requests a second of all pods together.
        usual: Usual ratio of bad requests, 0..1.
        wander: Coefficient of variation of that ratio by itself.
        scrape: Seconds between scrapes.
        pods: How many targets there are.
    """

    rate: float
    usual: float
    wander: float
    scrape: int
    pods: int


@dataclass(frozen=True, slots=True, eq=False)
class Incident:
    """A random incident and the truth about it; instants in epoch seconds.

    Attributes:
        kind: One of ``KINDS`` or ``QUIET``.
        setting: What it happened to.
        slo: What Prometheus would have told.
        start: S; where nothing happens, some instant.
        end: V.
        trigger: When the incident was triggered.
        resolve: When it was resolved.
        evidence: Log-likelihood ratio of the true course against none; what lies below 12 need not be found.
        bad: Bad events in [S, V).
        total: All events in [S, V).
    """

    kind: str
    setting: Setting
    slo: SloEvidence
    start: float
    end: float
    trigger: float
    resolve: float
    evidence: float
    bad: int
    total: int

    @property
    def quiet(self) -> bool:
        """Whether nothing happens."""
        return self.kind in QUIET


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """What happens, second by second from the window's start.

    Attributes:
        ratio: Ratio of bad requests, without wandering.
        traffic: Factor on the traffic.
        start: S, in seconds.
        end: V.
        silent: Whether targets are not scraped in [S, V) and begin anew at V.
    """

    ratio: Floats
    traffic: Floats
    start: int
    end: int
    silent: bool = False


def draw_setting(rng: np.random.Generator, *, wander: float = 0.15) -> Setting:
    """Any of the settings, equally likely."""
    return Setting(
        rate=float(rng.choice([1.0, 10.0, 100.0, 1000.0, 10_000.0])),
        usual=float(rng.choice([0.0001, 0.001, 0.005])),
        wander=wander,
        scrape=int(rng.choice([15, 30, 60])),
        pods=int(rng.integers(1, 4)),
    )


def draw(
    kind: str, seed: int, setting: Setting | None = None, *, wander: float = 0.15, restless: float = 0.05
) -> Incident:
    """Draw an incident.

    Args:
        kind: One of ``KINDS`` or ``QUIET``.
        seed: Equal seeds give equal incidents.
        setting: What it happens to; any when not given.
        wander: Coefficient of variation of the usual ratio, for a setting that is not given.
        restless: Coefficient of variation of the ratio in the bad time, by itself.

    Returns:
        The incident.
    """
    rng = np.random.default_rng([seed, *kind.encode()])
    setting = setting or draw_setting(rng, wander=wander)
    if kind == "partial":
        setting = replace(setting, usual=0.005)
    alert = int(rng.uniform(30, 90) * _MINUTE) if kind == "slow_burn" else int(rng.uniform(2, 15) * _MINUTE)
    start = 3 * 3600 - alert
    course = _course(kind, start, setting, rng)
    resolved = course.end + int(rng.uniform(1, 30) * _MINUTE)
    seconds = resolved + 3600
    course = _stretch(course, seconds, setting)
    origin = _DAY_START + int(rng.integers(0, 80_000))
    wanted = _demand(setting, seconds, origin, rng) * course.traffic
    excess = (course.ratio - setting.usual) * _wandering(restless, seconds, rng)
    failing = np.clip(setting.usual * _wandering(setting.wander, seconds, rng) + excess, 0, 1)
    shares = rng.dirichlet(np.full(setting.pods, 20.0))
    pods = [_pod(wanted * share, failing, rng) for share in shares]
    slo = _scrape_all(pods, course, setting, float(origin), rng)
    inside = slice(course.start, course.end)
    return Incident(
        kind=kind,
        setting=setting,
        slo=slo,
        start=float(origin + course.start),
        end=float(origin + course.end),
        trigger=float(origin + 3 * 3600),
        resolve=float(origin + resolved),
        evidence=_evidence(pods, course, wanted, setting),
        bad=int(sum(bad[inside].sum() for _, bad in pods)),
        total=int(sum(total[inside].sum() for total, _ in pods)),
    )


def _course(kind: str, start: int, setting: Setting, rng: np.random.Generator) -> _Course:
    """The course up to V; what lies behind it is filled in by ``_stretch``."""
    usual = setting.usual
    level = float(np.exp(rng.uniform(np.log(max(0.01, 3 * usual)), np.log(0.5))))
    length = int(rng.uniform(10, 90) * _MINUTE)
    if kind in QUIET:
        ratio = np.full(start, usual)
        middle, apart = start // 2, 15 * _MINUTE
        halves = ((apart, middle - apart), (middle + apart, start - 5 * _MINUTE)) if kind == "blips" else ()
        for first, last in halves:
            blip = int(rng.integers(first, last))
            ratio[blip : blip + int(rng.uniform(0.5, 2) * setting.scrape)] = level
        return _Course(ratio, np.ones(start), start, start)
    if kind.startswith("outage"):
        traffic = np.concatenate((np.ones(start), np.zeros(length)))
        return _Course(np.full(start + length, usual), traffic, start, start + length, silent="nodata" in kind)
    if kind == "slow_burn":
        level, length = usual * rng.uniform(3, 6), int(rng.uniform(120, 180) * _MINUTE)
    if kind == "partial":
        level = 0.02
    shape = _shape(kind, length, rng)
    ratio = np.concatenate((np.full(start, usual), usual + (level - usual) * shape))
    if kind == "distract":
        for blip in start - rng.integers(40 * _MINUTE, 100 * _MINUTE, size=2):
            ratio[blip : blip + int(rng.integers(60, 180))] = level
    return _Course(ratio, np.ones(len(ratio)), start, len(ratio))


def _shape(kind: str, length: int, rng: np.random.Generator) -> Floats:
    """Share of the full level from S to V, second by second."""
    if kind == "ramp":
        ramp = int(rng.uniform(8, 12) * _MINUTE)
        rise = (np.arange(ramp) + 0.5) / ramp
        return np.concatenate((rise**2 if rng.random() < 1 / 3 else rise, np.ones(length)))
    if kind == "two_step":
        return np.concatenate((np.ones(length), np.full(length // 2, rng.uniform(0.2, 0.5))))
    if kind == "flapping":
        parts: list[Floats] = []
        for _ in range(int(rng.integers(5, 11))):
            parts += [np.ones(int(rng.uniform(60, 180))), np.zeros(int(rng.uniform(90, 300)))]
        return np.concatenate(parts[:-1])
    return np.ones(length)


def _stretch(course: _Course, seconds: int, setting: Setting) -> _Course:
    """The course with usual seconds behind it."""
    rest = seconds - len(course.ratio)
    ratio = np.concatenate((course.ratio, np.full(rest, setting.usual)))
    return replace(course, ratio=ratio, traffic=np.concatenate((course.traffic, np.ones(rest))))


def _demand(setting: Setting, seconds: int, origin: int, rng: np.random.Generator) -> Floats:
    """Expected requests per second: a daily swing of a third, and slow noise of five percent."""
    clock = (origin + np.arange(seconds)) / 86_400
    swing = 1 + 0.35 * np.sin(2 * np.pi * (clock - 0.4))
    return setting.rate * swing * _wandering(0.05, seconds, rng)


def _wandering(spread: float, seconds: int, rng: np.random.Generator) -> Floats:
    """An Ornstein-Uhlenbeck process of ten minutes in logarithms, mean one."""
    if spread == 0:
        return np.ones(seconds)
    step, tau = 10, 600
    keep = np.exp(-step / tau)
    noise = rng.normal(0, np.sqrt(1 - keep**2), seconds // step + 2)
    state = rng.normal()
    walk = []
    for kick in noise:
        state = keep * state + kick
        walk.append(state)
    path = np.interp(np.arange(seconds) / step, np.arange(len(walk)), walk)
    result: Floats = np.exp(spread * path - spread**2 / 2)
    return result


def _pod(wanted: Floats, failing: Floats, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Requests and bad requests per second."""
    total = rng.poisson(wanted)
    return total, rng.binomial(total, failing)


def _scrape_all(
    pods: Sequence[tuple[Integers, Integers]],
    course: _Course,
    setting: Setting,
    origin: float,
    rng: np.random.Generator,
) -> SloEvidence:
    """What Prometheus holds of the pods' counters."""
    seconds = len(course.ratio)
    good: list[Series] = []
    bad: list[Series] = []
    starts: list[Series] = []
    deployed = rng.random() < _DEPLOYED
    for number, (total, failed) in enumerate(pods):
        times = _scrapes(seconds, course, setting, rng)
        restarts = [course.end] if course.silent else [course.start] if deployed and course.end > course.start else []
        if rng.random() < _RESTARTED:
            restarts.append(int(rng.integers(600, seconds - 600)))
        life = np.searchsorted(np.sort(restarts), times, "right")
        begun = np.concatenate(([-400_000.0], np.sort(restarts)))[life]
        labels = {"job": "api", "instance": f"10.0.0.{number}:80"}
        stamps = np.round((origin + times + rng.integers(-2, 3, len(times)) / 1000) * 1000) / 1000
        before = rng.integers(1000, 100_000)
        for events, code, into, share in ((total - failed, "200", good, 1.0), (failed, "500", bad, setting.usual)):
            seen = np.concatenate(([0], np.cumsum(events)))
            values = seen[np.floor(times + 0.5).astype(int)] - np.where(
                begun < 0, -round(before * share), seen[np.maximum(begun, 0).astype(int)]
            )
            kept = values > 0
            named = {"__name__": "http_requests_total", "code": code, **labels}
            into.append(Series(named, stamps[kept], values[kept].astype(np.float64)))
        starts.append(Series({"__name__": "process_start_time_seconds", **labels}, stamps, origin + begun))
    definition = SloDefinition(
        name="api-availability",
        service="api",
        objective=Decimal("99.9"),
        events=Events(total="http_requests_total", bad='http_requests_total{code="500"}'),
    )
    return SloEvidence(
        definition=definition,
        total=_read([*good, *bad], origin, seconds, "total"),
        bad=_read(bad, origin, seconds, "bad"),
        process_starts=_read(starts, origin, seconds, "starts"),
    )


def _scrapes(seconds: int, course: _Course, setting: Setting, rng: np.random.Generator) -> Floats:
    """When a pod was scraped: 0.4 % of the scrapes are lost, now and then several in a row."""
    times = np.arange(rng.uniform(0.01, setting.scrape), seconds - 1, setting.scrape)
    kept = rng.random(len(times)) > _LOST
    if rng.random() < _GAPS:
        first = int(rng.integers(0, len(times) - 12))
        kept[first : first + int(rng.integers(3, 11))] = False
    if course.silent:
        kept &= (times < course.start) | (times >= course.end)
    return times[kept]


def _read(series: Sequence[Series], origin: float, seconds: int, source: str) -> CounterRead:
    first, last = (datetime.fromtimestamp(at, UTC) for at in (origin, origin + seconds))
    return CounterRead(matrix=matrix([one for one in series if len(one.times)]), source=source, start=first, end=last)


def _evidence(pods: Sequence[tuple[Integers, Integers]], course: _Course, wanted: Floats, setting: Setting) -> float:
    """Log-likelihood ratio of the true course against nothing having happened."""
    inside = slice(course.start, course.end)
    if not course.traffic[inside].all():
        return float(wanted[: course.start].mean() * (course.end - course.start))
    total = sum(np.asarray(one[inside]) for one, _ in pods)
    bad = sum(np.asarray(one[inside]) for _, one in pods)
    rise = course.ratio[inside] / setting.usual
    return float((bad * np.log(rise) - (rise - 1) * setting.usual * total).sum())
