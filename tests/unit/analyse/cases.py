"""Small incidents written down as literals: what was recorded, and SLIs whose every event is placed by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from pm_autofill.config.settings import Settings
from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.incident import Agent, AgentKind, Alert, FiringAlert, Incident, IncidentRecord, LogEntry, Note
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import BudgetTotals, CounterRead, Events, SloDefinition, SloEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Floats

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
STEP = 15
ANN = Agent(kind=AgentKind.PERSON, name="Ann")
BOB = Agent(kind=AgentKind.PERSON, name="Bob")
ROBOT = Agent(kind=AgentKind.AUTOMATION, name="Robot")
SETTINGS = Settings()
SOURCES = {
    "incident": "pd.incident",
    "log": "pd.log",
    "alerts": "pd.alerts",
    "notes": "pd.notes",
    "changes": "pd.changes",
}


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def entry(kind: str, minutes: float, agent: Agent = ANN, **parts: object) -> LogEntry:
    """A log entry."""
    id_ = f"{kind}@{minutes}"
    return LogEntry(id=id_, type=kind, known=True, at=at(minutes), agent=agent, channel="", summary="s.", **parts)  # type: ignore[arg-type]


def page(minutes: float, *people: str, medium: str = "push") -> LogEntry:
    """A notification to people."""
    return entry("notify", minutes, ROBOT, people=people or ("Ann",), medium=medium)


def note(minutes: float, author: Agent = ANN, text: str = "looking") -> Note:
    """A note."""
    return Note(id=f"note@{minutes}", at=at(minutes), author=author, text=text)


def incident(**parts: object) -> Incident:
    """An incident triggered by an alert five minutes after noon, resolved at one."""
    usual: dict[str, object] = {
        "id": "P1",
        "number": 1,
        "title": "Too many errors",
        "url": "https://pd.example/P1",
        "status": "resolved",
        "created_at": at(5),
        "resolved_at": at(60),
        "service_id": "PSVC",
        "service": "checkout",
        "alert_count": 1,
        "opened_by": ROBOT,
    }
    return Incident(**{**usual, **parts})  # type: ignore[arg-type]


def record(*log: LogEntry, **parts: object) -> IncidentRecord:
    """What PagerDuty told of it."""
    usual: dict[str, object] = {"incident": incident(), "log": log, "sources": SOURCES}
    return IncidentRecord(**{**usual, **parts})  # type: ignore[arg-type]


def alert(minutes: float, name: str = "Burn", starts: float | None = None, **labels: str) -> Alert:
    """An alert of Alertmanager's that came in."""
    firing = FiringAlert(
        labels={"alertname": name, **labels}, annotations={}, starts_at=None if starts is None else at(starts)
    )
    return Alert(id=f"alert@{minutes}", at=at(minutes), title=name, firing=(firing,))


def evidence(*slos: SloEvidence, as_of: float = 80, **parts: object) -> Evidence:
    """Evidence collected so many minutes after noon."""
    usual: dict[str, object] = {
        "collected_at": at(as_of),
        "version": "1",
        "request": Request(as_of=at(as_of)),
        "configuration": {},
        "template": TemplateText(name="t", text=""),
        "slos": slos,
    }
    return Evidence(**{**usual, **parts})  # type: ignore[arg-type]


def definition(name: str = "availability", service: str = "checkout", **parts: object) -> SloDefinition:
    """99.9 percent of all requests over 30 days."""
    usual: dict[str, object] = {
        "name": name,
        "service": service,
        "objective": Decimal("99.9"),
        "events": Events(total="t", bad="b"),
    }
    return SloDefinition(**{**usual, **parts})  # type: ignore[arg-type]


def sli(
    *bad_times: tuple[float, float, float],
    rate: float = 40.0,
    usual: float = 0.001,
    window: tuple[float, float] = (-95, 80),
    traffic: Sequence[tuple[float, float, float]] = (),
    **parts: object,
) -> SloEvidence:
    """An SLI without chance: in each second exactly the events that are due.

    Args:
        bad_times: (from, until, ratio of bad requests), minutes after noon.
        rate: Requests a second.
        usual: Ratio of bad requests otherwise.
        window: The samples' first and last minute.
        traffic: (from, until, factor on the rate).
        parts: Of the evidence, such as ``named`` or ``totals``; ``name`` and ``service`` name the SLO.
    """
    seconds = np.arange(window[0] * 60.0, window[1] * 60.0)
    ratio, factor = np.full(len(seconds), usual), np.ones(len(seconds))
    for first, last, level in bad_times:
        ratio[(seconds >= first * 60) & (seconds < last * 60)] = level
    for first, last, level in traffic:
        factor[(seconds >= first * 60) & (seconds < last * 60)] = level
    total = np.floor(np.cumsum(rate * factor) + 1e-6)
    bad = np.floor(np.cumsum(rate * factor * ratio) + 1e-6)
    named = {key: str(parts.pop(key)) for key in ("name", "service") if key in parts}
    usual_parts: dict[str, object] = {
        "definition": definition(**named),
        "total": _read(seconds, total, window, "total"),
        "bad": _read(seconds, bad, window, "bad"),
    }
    return SloEvidence(**{**usual_parts, **parts})  # type: ignore[arg-type]


def holed(read: CounterRead, start: float, end: float) -> CounterRead:
    """A read without the samples between two minutes after noon."""
    series = []
    for one in read.matrix.series:
        kept = (one.times <= at(start).timestamp()) | (one.times >= at(end).timestamp())
        series.append(Series(one.labels, one.times[kept], one.values[kept]))
    return replace(read, matrix=matrix(series))


def totals(end: datetime, bad: float, total: float, *, days: float = 30) -> BudgetTotals:
    """The events of a budget window."""
    return BudgetTotals(start=end - timedelta(days=days), end=end, bad=bad, total=total, sources=("totals",))


def _read(seconds: Floats, events: Floats, window: tuple[float, float], source: str) -> CounterRead:
    """Scrapes every fifteen seconds of a counter that stood at a thousand."""
    scraped = np.arange(STEP, len(seconds), STEP)
    labels = {"job": "checkout-api", "instance": "a:80"}
    times = NOON.timestamp() + seconds[0] + scraped.astype(float)
    series = Series(labels, times, 1000.0 + events[scraped - 1])
    return CounterRead(matrix=matrix([series]), source=source, start=at(window[0]), end=at(window[1]))
