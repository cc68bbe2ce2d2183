"""What ``doctor`` looks at in Prometheus: reach, kind and version, queries, rules, clock and retention."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.collect.observation import Probe
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.refusals import gap_of
from pm_autofill.collect.prometheus.rules import is_not_offered, parse_rules
from pm_autofill.collect.transport.background import gather
from pm_autofill.collect.transport.excerpt import printable
from pm_autofill.errors import CredentialsRefused, SourceError, SourceRejected

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.collect.prometheus.answers import Resource
    from pm_autofill.collect.prometheus.asking import Interviewer, Proof

# A Date header has whole seconds, and an answer takes its time to arrive.
_CLOCK_TOLERANCE = 5.0
# For Grafana, which asks what it may ask for; a Prometheus tells its revision and more.
_ALWAYS_TOLD_BY_VICTORIA_METRICS = {"version": "2.24.0"}
_QUESTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "version": ("/api/v1/status/buildinfo", {}),
    "retention": ("/api/v1/status/runtimeinfo", {}),
    "rules": ("/api/v1/rules", {}),
    "queries": ("/api/v1/query", {"query": "vector(1)"}),
}
_NOT_TRIED = "could not be tried"


def probe_prometheus(ask: Interviewer) -> tuple[Probe, ...]:
    """Try what a run needs.

    Args:
        ask: Asks.

    Returns:
        One probe for each thing tried; those that could not be tried say so.
    """
    tasks = {
        f"{SYSTEM}: {name}": partial(ask.get, path, f"its {name}", **parameters)
        for name, (path, parameters) in _QUESTIONS.items()
    }
    results = dict(zip(_QUESTIONS, gather(tasks, ask.policy.deadline).values(), strict=True))
    queried = results["queries"]
    if isinstance(queried, SourceError):
        return _probes_of_failure(queried)
    return (
        _passed("reachable", ask.policy.endpoint.url),
        _probe_version(results["version"]),
        _passed("queries answered", "readable"),
        _probe_rules(results["rules"]),
        probe_clock(queried[1].date_header, queried[1].retrieved_at),
        _probe_retention(results["retention"]),
    )


def probe_clock(date_header: str, retrieved_at: datetime) -> Probe:
    """Compare this machine's clock with Prometheus'.

    Args:
        date_header: The server's clock as it wrote it, in whole seconds.
        retrieved_at: When the answer was complete, by this machine's clock.

    Returns:
        Whether both agree within 5 seconds; None when the server told no time.

    Formula: skew = time of arrival - Date header, in seconds
    Source: RFC 9110, 6.6.1 (Date)
    """
    try:
        told = parsedate_to_datetime(date_header)
    except ValueError:
        told = None
    if told is None or told.tzinfo is None:
        return Probe(source=SYSTEM, name="clock", ok=None, detail=f"{SYSTEM} told no time")
    skew = (retrieved_at - told).total_seconds()
    if abs(skew) <= _CLOCK_TOLERANCE:
        return _passed("clock", f"agrees within {_CLOCK_TOLERANCE:.0f} s")
    direction = "ahead of" if skew > 0 else "behind"
    detail = f"this machine is {abs(skew):.0f} s {direction} {SYSTEM}"
    return Probe(source=SYSTEM, name="clock", ok=False, detail=detail, hint="Set this machine's clock by NTP.")


def describe_build(data: object) -> str:
    """Name and version of what answers, from its build information.

    Args:
        data: The answer's ``data``.

    Returns:
        Such as "Prometheus 2.42.0"; VictoriaMetrics is recognised by telling nothing, or only that it is 2.24.0.
    """
    build = data if isinstance(data, Mapping) else {}
    if dict(build) == _ALWAYS_TOLD_BY_VICTORIA_METRICS:
        return "it says Prometheus 2.24.0 and no more, as VictoriaMetrics does"
    application, version = (printable(str(build.get(key) or ""), 60) for key in ("application", "version"))
    if not build:
        return "it does not say its version, as VictoriaMetrics does not"
    return " ".join(filter(None, (application or SYSTEM, version)))


def _probe_version(result: tuple[Resource, Proof] | SourceError) -> Probe:
    """What answers, where it says so."""
    if isinstance(result, SourceError):
        return Probe(source=SYSTEM, name="version", ok=None, detail="it does not say")
    return _passed("version", describe_build(result[0].data))


def _probe_rules(result: tuple[Resource, Proof] | SourceError) -> Probe:
    """Whether alerting rules can be read."""
    if not isinstance(result, SourceError):
        return _passed("rules readable", f"alerting rules: {len(parse_rules(result[0].data, SYSTEM)[0])}")
    if is_not_offered(result):
        return Probe(source=SYSTEM, name="rules readable", ok=None, detail="it evaluates no rules")
    gap = gap_of(result, "alerting rules")
    return Probe(source=SYSTEM, name="rules readable", ok=False, detail=gap.reason, hint=gap.hint)


def _probe_retention(result: tuple[Resource, Proof] | SourceError) -> Probe:
    """How long samples are kept, where it says so: a budget window needs as much."""
    data = None if isinstance(result, SourceError) else result[0].data
    kept = data if isinstance(data, Mapping) else None
    told = printable(str(kept.get("storageRetention") or ""), 60) if kept else ""
    if not told:
        return Probe(source=SYSTEM, name="retention", ok=None, detail="it does not say")
    return _passed("retention", told)


def _probes_of_failure(error: SourceError) -> tuple[Probe, ...]:
    """What the failure of a query says about reach and rights."""
    if not isinstance(error, SourceRejected):
        return (_failed("reachable", error), Probe(source=SYSTEM, name="queries answered", ok=None, detail=_NOT_TRIED))
    if isinstance(error, CredentialsRefused):
        return (_passed("reachable", "it answers"), _failed("credentials accepted", error))
    return (_passed("reachable", "it answers"), _failed("queries answered", error))


def _passed(name: str, detail: str) -> Probe:
    """A thing that works."""
    return Probe(source=SYSTEM, name=name, ok=True, detail=detail)


def _failed(name: str, error: SourceError) -> Probe:
    """A thing that does not."""
    return Probe(source=SYSTEM, name=name, ok=False, detail=error.message, hint=error.hint)
