"""Small incidents made up for the tests of the graphs: counters of known rates, facts, and findings around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence import Evidence, Request, Source, TemplateText
from pm_autofill.evidence.panel_looks import FieldLook
from pm_autofill.evidence.panels import Dashboard, GrafanaRecord, Panel, PanelSeries
from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import CounterRead, Events, SloDefinition, SloEvidence
from pm_autofill.findings import FACT_NAMES, SLO_FACT_NAMES, Basis, Fact, Findings, Known, SloFindings, Unit, Unknown
from pm_autofill.graphs.buckets import Buckets, count
from pm_autofill.graphs.observed import Observed, observe
from pm_autofill.graphs.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAY = datetime(2026, 11, 18, tzinfo=UTC)
SCRAPE = 15


def at(text: str, day: int = 18) -> datetime:
    """An instant of that day, or of the next: ``at("13:42:17")``."""
    hours, minutes, seconds = (int(part) for part in (text + ":00")[:8].split(":"))
    return DAY.replace(day=day) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


START, END = at("13:42"), at("14:20")
FIRST, LAST = at("12:00"), at("16:00")


@dataclass(frozen=True)
class Rate:
    """From an instant on, so many requests per second, and which share of them fails."""

    since: datetime
    per_second: float
    failed_ratio: float


USUAL = Rate(FIRST, 60.0, 0.0)
INCIDENT = (USUAL, Rate(START, 60.0, 0.1), Rate(END, 60.0, 0.0))


def counters(rates: Sequence[Rate] = INCIDENT, gap: tuple[datetime, datetime] | None = None) -> tuple[Matrix, Matrix]:
    """Total and bad counter of one target, scraped every 15 seconds, on whole minutes among others.

    Args:
        rates: What happens, in order of time.
        gap: A stretch without scrapes.

    Returns:
        The two matrices.
    """
    times = np.arange(FIRST.timestamp(), LAST.timestamp() + 1, SCRAPE)
    which = np.searchsorted([rate.since.timestamp() for rate in rates], times[:-1], "right") - 1
    total = np.array([rates[number].per_second for number in which]) * SCRAPE
    bad = total * np.array([rates[number].failed_ratio for number in which])
    kept = np.ones(len(times), dtype=bool)
    if gap is not None:
        kept = (times <= gap[0].timestamp()) | (times >= gap[1].timestamp())
    return one_counter("total", times[kept], 1000.0, total, kept), one_counter("bad", times[kept], 10.0, bad, kept)


def one_counter(name: str, times: Floats, before: float, events: Floats, kept: NDArray[np.bool_]) -> Matrix:
    """A counter that stood at ``before`` and then saw these events from scrape to scrape."""
    values = np.concatenate(([before], before + np.cumsum(events)))
    return Matrix((Series({"instance": "10.2.0.17:8080", "n": name}, times, values[kept]),))


def slo_evidence(
    rates: Sequence[Rate] = INCIDENT,
    gap: tuple[datetime, datetime] | None = None,
    definition: SloDefinition | None = None,
) -> SloEvidence:
    """An SLO with those counters."""
    total, bad = counters(rates, gap)
    return SloEvidence(
        definition=definition or slo_definition(),
        total=CounterRead(matrix=total, source="q1", start=FIRST, end=LAST),
        bad=CounterRead(matrix=bad, source="q2", start=FIRST, end=LAST),
    )


def slo_definition(name: str = "checkout-availability", service: str = "checkout-api") -> SloDefinition:
    """An SLO of 99.9 % in 30 days."""
    return SloDefinition(
        name=name, service=service, objective=Decimal("99.9"), events=Events(total="requests", bad="failures")
    )


def known(value: datetime | float | str, unit: Unit, *, wide: float = 0.0, basis: Basis = Basis.MEASURED) -> Known:
    """A known fact; ``wide`` seconds of uncertainty on both sides of an instant."""
    low = value - timedelta(seconds=wide) if isinstance(value, datetime) else None
    high = value + timedelta(seconds=wide) if isinstance(value, datetime) else None
    return Known(
        value=value, unit=unit, basis=basis, method="made up", sources=("q1",), formula="made up", low=low, high=high
    )


def ratio(value: float) -> Known:
    """A known ratio."""
    return known(value, Unit.RATIO)


def slo_findings(
    definition: SloDefinition | None = None,
    *,
    start: datetime | None = START,
    end: datetime | None = END,
    wide: float = 5.0,
    facts: Mapping[str, Fact] | None = None,
) -> SloFindings:
    """What follows for an SLO: it moved when a start is given."""
    unknown = Unknown(reason="it was made up", ask="nobody")
    found: dict[str, Fact] = dict.fromkeys(SLO_FACT_NAMES, unknown)
    for name, instant in (("impact.start", start), ("impact.end", end)):
        if instant is not None:
            found[name] = known(instant, Unit.INSTANT, wide=wide)
    return SloFindings(
        definition=definition or slo_definition(),
        moved=start is not None,
        facts={**found, **(facts or {})},
        baseline_ratio=0.0005,
    )


BUDGET: dict[str, Fact] = {
    "requests.failed_ratio": ratio(0.1),
    "error_budget.consumed_ratio": ratio(0.2),
    "error_budget.remaining_before_ratio": ratio(0.8),
    "error_budget.remaining_after_ratio": ratio(0.6),
}


def findings(
    *found: SloFindings,
    marks: Mapping[str, datetime] | None = None,
    now: datetime = LAST,
    facts: Mapping[str, Fact] | None = None,
) -> Findings:
    """The findings of a draft about these SLOs."""
    first = found[0]
    unknown = Unknown(reason="it was made up", ask="nobody")
    top: dict[str, Fact] = {**dict.fromkeys(FACT_NAMES, unknown), **first.facts, **(facts or {})}
    return Findings(
        facts=top,
        slos=found,
        headline_slo=first.definition.name if first.moved else None,
        phases={} if marks is None else dict(marks),
        timeline=(),
        remarks=(),
        references=(),
        related=(),
        as_of=now,
    )


MARKS = {"D": at("13:46:52"), "R": at("13:50:31"), "M": at("14:18")}


def evidence(*slos: SloEvidence, panels: Sequence[Panel] = (), now: datetime = LAST) -> Evidence:
    """The evidence of a draft about these SLOs and panels."""
    dashboard = Dashboard(
        uid="slo",
        title="Checkout SLO",
        service="checkout-api",
        link="https://grafana.example/d/slo",
        panels=tuple(panels),
    )
    return Evidence(
        collected_at=now,
        version="0.1.0",
        request=Request(as_of=now),
        configuration={},
        template=TemplateText(name="postmortem.md.j2", text=""),
        sources={name: source(f"https://prometheus.example/graph?{name}") for name in ("q1", "q2", "q3")},
        slos=slos,
        grafana=GrafanaRecord(version="13.2.3", url="https://grafana.example", dashboards=(dashboard,))
        if panels
        else None,
    )


def source(url: str, start: datetime | None = None, end: datetime | None = None) -> Source:
    """A question."""
    return Source(system="Prometheus", query="up", url=url, retrieved_at=LAST, sha256="0", start=start, end=end)


def observed(
    slo: SloEvidence | None = None,
    found: SloFindings | None = None,
    *,
    marks: Mapping[str, datetime] | None = None,
    now: datetime = LAST,
) -> Observed:
    """One SLO as it is drawn."""
    slo = slo or slo_evidence()
    found = found or slo_findings(facts=BUDGET)
    data = observe(evidence(slo, now=now), findings(found, marks=marks, now=now), slo, found)
    assert data is not None
    return data


def counted(slo: SloEvidence, start: datetime, end: datetime, length: float | None = None) -> Buckets:
    """An SLO's events in a stretch of time."""
    found = count(slo, View(start.timestamp(), end.timestamp()), length)
    assert found is not None
    return found


def panel(*lines: tuple[str, Floats, Floats], number: int = 1, title: str = "Requests", **settings: object) -> Panel:
    """A panel with those series: name, epoch seconds, values."""
    return panel_with(lines, {"id": number, "title": title, **settings})


def panel_with(lines: Sequence[tuple[str, Floats, Floats]], settings: Mapping[str, object]) -> Panel:
    """The same, with the settings as a mapping; those of its field among them."""
    plain = Panel(
        id=1,
        title="Requests",
        kind="timeseries",
        link="https://grafana.example/d/slo?viewPanel=1",
        series=tuple(PanelSeries(name=name, ref_id="A") for name, _, _ in lines),
        matrix=Matrix(
            tuple(Series({"n": str(place)}, times, values) for place, (_, times, values) in enumerate(lines))
        ),
    )
    fields = {name: value for name, value in settings.items() if name in FieldLook.__struct_fields__}
    rest = {name: value for name, value in settings.items() if name not in fields}
    return msgspec.structs.replace(plain, field=msgspec.structs.replace(FieldLook(), **fields), **rest)


def minutes(number: int, start: datetime = START) -> Floats:
    """So many instants, a minute apart."""
    return start.timestamp() + 60.0 * np.arange(number, dtype=np.float64)


def line(text: str = "one", number: int = 60, level: float = 1.0) -> tuple[str, Floats, Floats]:
    """A series that wanders around a level."""
    return text, minutes(number), level * (1 + 0.1 * np.sin(np.arange(number)))
