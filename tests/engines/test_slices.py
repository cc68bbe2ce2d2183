"""Time slices of a month, judged by real engines as they are known to have been, while pods come and go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.analyse.budget import account
from pm_autofill.analyse.impact import Impact
from pm_autofill.analyse.questions import next_questions
from pm_autofill.analyse.stated import read
from pm_autofill.analyse.survey import Survey
from pm_autofill.config import parse
from pm_autofill.evidence.questions import AskTotals
from pm_autofill.evidence.slos import BudgetMethod, Events, Reading, SloDefinition, SloEvidence
from pm_autofill.findings import Known, Unknown
from pm_autofill.instants import Window
from tests.servers.prometheus import connect, read_slo
from tests.unit.analyse.cases import evidence
from tests.world.engine import running_prometheus, running_victoria_metrics
from tests.world.samples import Series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world.engine import Engine

END = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAYS = 31
MINUTES = DAYS * 24 * 60
# Bad minutes, counted back from END: how many, since when, and which share of requests fails in them.
STRETCHES = ((20 * 1440, 30, 0.2), (9 * 1440 + 17, 7, 0.05), (400, 40, 0.3))
USUAL = 0.001
RATE = 3000
START = END - timedelta(minutes=400)
RECOVERY = END - timedelta(minutes=360)
NONE = Unknown(reason="x", ask="y")


@dataclass(frozen=True)
class Truth:
    """What each minute was like: its share of failed requests, the latest last."""

    ratio: np.ndarray[tuple[int], np.dtype[np.float64]]

    def bad(self, window: Window) -> float:
        """Bad minutes in a window, by an objective of 99 percent."""
        return float((self._inside(window) > 0.01).sum())

    def ratios(self, window: Window) -> float:
        """The sum of its minutes' ratios."""
        return float(self._inside(window).sum())

    def _inside(self, window: Window) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        first, last = (round((at - END).total_seconds() / 60) + MINUTES for at in (window.start, window.end))
        return self.ratio[first:last]


def _truth() -> Truth:
    ratio = np.full(MINUTES, USUAL)
    for back, count, level in STRETCHES:
        ratio[MINUTES - back : MINUTES - back + count] = level
    return Truth(ratio)


def _series(truth: Truth) -> Iterator[Series]:
    """Two pods at a time, scraped every minute on the second; new names every day, and one restart in place."""
    for pod in range(2):
        for day in range(DAYS):
            minutes = np.arange(day * 1440, (day + 1) * 1440 + (day == DAYS - 1))
            failed = np.round(RATE * np.append(truth.ratio, USUAL)[minutes])
            for code, events in (("200", RATE - failed), ("500", failed)):
                # What a sample tells lies in the minute before it; a pod begins with its first minute's events.
                values = np.cumsum(np.concatenate(([0.0], events[:-1])))
                if day == 12:
                    values[720:] -= values[719]
                yield Series(
                    (("__name__", "jobs_total"), ("job", "api"), ("instance", f"p{pod}-{day}:80"), ("code", code)),
                    np.rint((END.timestamp() - 60 * MINUTES + 60.0 * minutes) * 1000).astype(np.int64),
                    values,
                )


def _recorded(truth: Truth) -> Iterator[Series]:
    """The same events as a rule would record them: each sample holds those of the minute before it."""
    failed = 2 * np.round(RATE * truth.ratio)
    times = np.rint((END.timestamp() - 60 * np.arange(MINUTES - 1.0, -1.0, -1.0)) * 1000).astype(np.int64)
    for code, events in (("200", 2 * RATE - failed), ("500", failed)):
        yield Series((("__name__", "jobs_recorded"), ("code", code)), times, events)


@pytest.fixture(scope="module", params=["prometheus", "victoria-metrics"])
def month(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    prometheus_binary: Path,
    victoria_metrics_binary: Path,
) -> Iterator[Engine]:
    """Each engine in turn, with the month in it."""
    assert prometheus_binary.exists()
    assert victoria_metrics_binary.exists()
    folder = tmp_path_factory.mktemp("slices") / "engine"
    start = running_prometheus if request.param == "prometheus" else running_victoria_metrics
    with start(folder, series=[*_series(_truth()), *_recorded(_truth())]) as engine:
        yield engine


def _definition(method: BudgetMethod, events: Events | None, window: str = "30d") -> SloDefinition:
    ratio = 'sum(increase(jobs_total{code="500"}[2m])) / sum(increase(jobs_total[2m]))'
    return SloDefinition(
        name="slices",
        service="api",
        objective=Decimal("99.5"),
        window=window,
        method=method,
        slice_length=60.0,
        slice_objective=Decimal(99),
        events=events,
        ratio=ratio if events is None else None,
    )


BAD = Events(total="jobs_total", bad='jobs_total{code="500"}')
GOOD = Events(total="jobs_total", good='jobs_total{code="200"}')
RECORDED = Events(
    total="jobs_recorded", bad='jobs_recorded{code="500"}', total_reading=Reading.SUM, part_reading=Reading.SUM
)
EITHER = pytest.mark.parametrize(
    "events",
    [
        pytest.param(BAD, id="bad"),
        pytest.param(GOOD, id="good", marks=pytest.mark.long),
        pytest.param(RECORDED, id="recorded"),
    ],
)


def _answered(engine: Engine, definition: SloDefinition) -> Impact:
    """The stated impact on an SLO, with all that is asked for its budget."""
    collector = connect(engine.url)
    slo = read_slo(collector, definition, Window(START - timedelta(hours=3), END))
    settings = parse({"prometheus": {"url": "https://p"}}, path=None).settings
    start, end = read("impact.start", START.isoformat()), read("impact.end", RECOVERY.isoformat())
    impact = Impact(Survey(slo, slo_curves(slo), None, None), moved=True, start=start, end=end)
    whole = evidence(slo, as_of=0)
    asked = [one for one in next_questions(whole, settings, [impact]) if isinstance(one, AskTotals)]
    for question in asked:
        observed = collector.totals(slo, question.window)
        assert observed.gaps == ()
        slo = observed.value(slo)
    assert asked
    return Impact(Survey(slo, slo_curves(slo), None, None), moved=True, start=start, end=end)


def _number(impact: Impact, name: str) -> float:
    fact = account(impact, NONE, NONE, NONE, END).facts[f"error_budget.{name}_ratio"]
    assert isinstance(fact, Known), fact
    return fact.number


@EITHER
def test_bad_slices_of_a_month_are_counted(month: Engine, events: Events) -> None:
    """To the slice, though every pod is renamed daily and one restarts."""
    impact, truth = _answered(month, _definition(BudgetMethod.TIMESLICES, events)), _truth()
    allowed = 0.005 * 43200
    for name, at in (("remaining_before", START), ("remaining_after", RECOVERY)):
        spent = truth.bad(Window(at - timedelta(days=30), at))
        assert (1 - _number(impact, name)) * allowed == pytest.approx(spent, abs=1e-6), name
    assert _number(impact, "consumed") * allowed == pytest.approx(40, abs=1e-6)


@EITHER
def test_ratios_of_a_months_slices_are_summed(month: Engine, events: Events) -> None:
    """Within a thousandth of what the SLO spent."""
    impact, truth = _answered(month, _definition(BudgetMethod.RATIO_TIMESLICES, events)), _truth()
    allowed = 0.005 * 43200
    for name, at in (("remaining_before", START), ("remaining_after", RECOVERY)):
        spent = truth.ratios(Window(at - timedelta(days=30), at))
        assert (1 - _number(impact, name)) * allowed == pytest.approx(spent, rel=1e-3), name
    assert _number(impact, "consumed") * allowed == pytest.approx(12, rel=1e-6)


def test_slices_of_a_ratio_are_judged_without_counters(month: Engine) -> None:
    """By the ratio as configured, which looks back two minutes: within a slice at each edge of a bad stretch."""
    impact, truth = _answered(month, _definition(BudgetMethod.TIMESLICES, None)), _truth()
    spent = truth.bad(Window(RECOVERY - timedelta(days=30), RECOVERY))
    assert (1 - _number(impact, "remaining_after")) * 0.005 * 43200 == pytest.approx(spent, abs=6)
    assert _number(impact, "consumed") * 0.005 * 43200 == pytest.approx(40, abs=1.5)


def test_a_calendar_month_so_far(month: Engine) -> None:
    """November until the impact, and what of it the impact took."""
    impact, truth = _answered(month, _definition(BudgetMethod.TIMESLICES, BAD, window="month")), _truth()
    first = datetime(2026, 11, 1, tzinfo=UTC)
    spent = truth.bad(Window(first, START))
    assert (1 - _number(impact, "remaining_before")) * 0.005 * 43200 == pytest.approx(spent, abs=1e-6)
    assert _number(impact, "remaining_before") - _number(impact, "remaining_after") == pytest.approx(
        _number(impact, "consumed"), abs=1e-9
    )


def test_events_of_a_calendar_month_are_projected(month: Engine) -> None:
    """Traffic that never changes is projected exactly: 2 pods, 3,000 requests a minute, 30 days."""
    impact = _answered(month, _definition(BudgetMethod.OCCURRENCES, BAD, window="month"))
    budget = account(impact, read("requests.failed", "72000"), NONE, NONE, END)
    consumed = budget.facts["error_budget.consumed_ratio"]
    assert isinstance(consumed, Known)
    assert consumed.number == pytest.approx(72000 / (0.005 * 2 * 3000 * 43200), rel=2e-3)
    assert consumed.method == "occurrences in the calendar month 2026-11 (UTC), events projected to its end"


def test_recorded_events_are_summed_exactly(month: Engine) -> None:
    """Over a budget window and over the weeks before: no sample at a window's edge is counted twice."""
    slo = SloEvidence(definition=_definition(BudgetMethod.OCCURRENCES, RECORDED))
    collector = connect(month.url)
    days = Window(RECOVERY - timedelta(days=30), RECOVERY)
    (totals,) = collector.totals(slo, days).value(slo).totals
    assert totals.total == 2 * RATE * 43200
    assert totals.bad == pytest.approx(2 * RATE * _truth().ratios(days))
    weeks = collector.usual(slo, Window(START, RECOVERY)).value(slo).weeks
    assert [(one.total, one.bad) for one in weeks] == [(2 * RATE * 40, 2 * RATE * 40 * USUAL)] * 4
