"""The test world's incidents as evidence, without an engine between: series selected by their labels."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import Boundary, BudgetTotals, CounterRead, Events, SliKind, SloDefinition, SloEvidence
from tests.world.incident import Incident, generate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.world import samples
    from tests.world.plan import IncidentPlan

TRIGGER_AFTER = timedelta(minutes=5)


@cache
def history(make: Callable[[], IncidentPlan]) -> Incident:
    """A plan's history, generated once."""
    return generate(make())


def trigger_of(incident: Incident) -> datetime:
    """When PagerDuty's incident would have been triggered."""
    return incident.truth.start + TRIGGER_AFTER


def availability(incident: Incident, service: str = "checkout", *, named: bool = True) -> SloEvidence:
    """What a run would have read of a service's availability SLO: total and bad requests."""
    total = f'http_requests_total{{service="{service}"}}'
    bad = f'http_requests_total{{service="{service}",code=~"5.."}}'
    return SloEvidence(
        definition=_definition(f"{service}-availability", service, Events(total=total, bad=bad)),
        named=named,
        total=_read(incident, "total", lambda one: _is(one, "http_requests_total", service)),
        bad=_read(incident, "bad", lambda one: _is(one, "http_requests_total", service) and _failed(one)),
        process_starts=_starts(incident, service),
        totals=_totals(incident, service),
    )


def by_good(incident: Incident, service: str = "checkout") -> SloEvidence:
    """The same defined by good events."""
    total = f'http_requests_total{{service="{service}"}}'
    good = f'http_requests_total{{service="{service}",code!~"5.."}}'
    return SloEvidence(
        definition=_definition(f"{service}-good", service, Events(total=total, good=good)),
        total=_read(incident, "total", lambda one: _is(one, "http_requests_total", service)),
        good=_read(incident, "good", lambda one: _is(one, "http_requests_total", service) and not _failed(one)),
        process_starts=_starts(incident, service),
        totals=_totals(incident, service),
    )


def latency(incident: Incident, service: str = "checkout") -> SloEvidence:
    """A latency SLO: good is the histogram's bucket of half a second."""
    name = "http_request_duration_seconds"
    definition = _definition(
        f"{service}-latency", service, Events(total=f"{name}_count", good=f'{name}_bucket{{le="0.5"}}'), Decimal(99)
    )
    return SloEvidence(
        definition=definition,
        total=_read(incident, "count", lambda one: _is(one, f"{name}_count", service)),
        good=_read(incident, "bucket", lambda one: _is(one, f"{name}_bucket", service) and one.label("le") == "0.5"),
        process_starts=_starts(incident, service),
    )


def between_buckets(incident: Incident, threshold: float, service: str = "checkout") -> SloEvidence:
    """The same with a threshold that is no bucket's boundary."""
    plain = latency(incident, service)
    bounds = (0.1, 0.5, 2.5)
    below = max((bound for bound in bounds if bound < threshold), default=0.0)
    above = min((bound for bound in bounds if bound > threshold), default=None)
    reads = [bucket(incident, f"{bound:g}", service) for bound in (below, above) if bound]
    return replace(
        plain,
        good=reads[0],
        good_above=reads[1] if len(reads) > 1 else None,
        boundary=Boundary(threshold=threshold, below=below, above=above),
    )


def bucket(incident: Incident, bound: str, service: str = "checkout") -> CounterRead:
    """The histogram's bucket up to a boundary."""
    name = "http_request_duration_seconds_bucket"
    return _read(incident, f"le {bound}", lambda one: _is(one, name, service) and one.label("le") == bound)


def _definition(name: str, service: str, events: Events, objective: Decimal = Decimal("99.9")) -> SloDefinition:
    kind = SliKind.LATENCY if name.endswith("latency") else SliKind.AVAILABILITY
    return SloDefinition(name=name, service=service, objective=objective, events=events, kind=kind)


def _is(one: samples.Series, name: str, service: str) -> bool:
    return one.name == name and one.label("service") == service


def _failed(one: samples.Series) -> bool:
    return one.label("code").startswith("5")


def _starts(incident: Incident, service: str) -> CounterRead:
    return _read(incident, "starts", lambda one: _is(one, "process_start_time_seconds", service))


def _read(incident: Incident, source: str, chosen: Callable[[samples.Series], bool]) -> CounterRead:
    """The samples of [trigger - 3 h, recovery + 1 h], as a run reads them."""
    start = trigger_of(incident) - timedelta(hours=3)
    end = min(incident.truth.end + timedelta(hours=1), incident.truth.data_end)
    low, high = start.timestamp() * 1000, end.timestamp() * 1000
    found = []
    for one in incident.series:
        if chosen(one):
            kept = (one.times >= low) & (one.times <= high)
            if kept.any():
                found.append(Series(dict(one.labels), one.times[kept] / 1000, one.values[kept]))
    return CounterRead(matrix=matrix(found), source=source, start=start, end=end)


def _totals(incident: Incident, service: str) -> tuple[BudgetTotals, ...]:
    """The budget windows ending at the true start and recovery, from the ledger."""
    truth = incident.truth
    found = []
    for counts, end in ((truth.before_start(service), truth.start), (truth.before_end(service), truth.end)):
        start = max(end - truth.budget_window, truth.data_start)
        totals = BudgetTotals(start=start, end=end, bad=counts.failed, total=counts.total, sources=("totals",))
        found.append(totals)
    return tuple(found)
