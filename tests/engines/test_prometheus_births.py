"""Births, late scrapes and restarts are counted by real engines as they happened, in each of the three ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.collect.prometheus.counters import Allowance
from pm_autofill.evidence.slos import Events, SloDefinition, SloEvidence
from pm_autofill.instants import Window
from tests.servers.prometheus import connect, count_events, read_slo
from tests.world.engine import running_prometheus, running_victoria_metrics
from tests.world.samples import Series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world.engine import Engine

END = datetime(2026, 11, 18, 12, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=2), END)


def _target(
    name: str, began: timedelta, ended: timedelta, values: list[float], started: list[timedelta], **labels: str
) -> Iterator[Series]:
    """A counter of one target scraped evenly from one instant to another, and its process start at each scrape."""
    own = {"job": "api", "instance": f"{name}:80", **labels}
    times = np.linspace((END + began).timestamp(), (END + ended).timestamp(), len(values)).round(3)
    milliseconds = np.rint(times * 1000).astype(np.int64)
    yield Series((("__name__", "jobs_total"), *own.items()), milliseconds, np.array(values, dtype=np.float64))
    if started:
        starts = np.array([(END + one).timestamp() for one in started])
        yield Series((("__name__", "process_start_time_seconds"), *own.items()), milliseconds, starts)


def _handmade() -> tuple[Series, ...]:
    """Counters whose events in the two hours before ``END`` are known: 2016, of which 10 are in no increase."""

    def steady(first: float, step: float, count: int) -> list[float]:
        return [first + step * index for index in range(count)]

    minute = timedelta(minutes=1)
    old, end = -4 * 60 * minute, 5 * minute
    return (
        # 960 events in the window.
        *_target("old", old, end, steady(1000, 2, 981), [-9000 * minute] * 981),
        # Born an hour before: 50 at its first scrape, 720 since.
        *_target("born", -60 * minute, end, steady(50, 3, 261), [-60.5 * minute] * 261),
        # Runs since before the window, scraped only for half an hour: 120 of its events are known to be inside.
        *_target("late", -30 * minute, end, steady(5000, 1, 141), [-180 * minute] * 141),
        # Scraped once: 7.
        *_target("once", -90 * minute, -90 * minute, [7.0], [-90.1 * minute]),
        # A child of an old target, born with 4 events and none since.
        *list(_target("old", -20 * minute, end, steady(4, 0, 101), [], code="500")),
        # Born with 10, grown by 100, restarted in place, grown to 45.
        *_target(
            "again",
            -100 * minute,
            0 * minute,
            [*steady(10, 0.5, 201), *steady(0.225, 0.225, 200)],
            [*[-100.2 * minute] * 201, *[-49.9 * minute] * 200],
        ),
    )


@pytest.fixture(scope="module", params=["prometheus", "victoria-metrics"])
def handmade(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    prometheus_binary: Path,
    victoria_metrics_binary: Path,
) -> Iterator[Engine]:
    """Each engine in turn, with the handmade counters in it."""
    assert prometheus_binary.exists()
    assert victoria_metrics_binary.exists()
    folder = tmp_path_factory.mktemp("handmade") / "engine"
    start = running_prometheus if request.param == "prometheus" else running_victoria_metrics
    with start(folder, series=_handmade()) as engine:
        yield engine


HANDMADE = SloDefinition(
    name="handmade",
    service="handmade",
    objective=Decimal(99),
    window="2h",
    events=Events(total="jobs_total", bad='jobs_total{code=~"5.."}'),
)


def test_births_are_counted_in_a_budget_window(handmade: Engine) -> None:
    """From zero, unless the process is older than the window; a series scraped once counts too."""
    slo = SloEvidence(definition=HANDMADE, history_start=END - timedelta(days=1))
    observed = connect(handmade.url).totals(slo, WINDOW)
    assert observed.gaps == ()
    (totals,) = observed.value(slo).totals
    assert totals.total == pytest.approx(2011, abs=8)
    assert totals.bad == 4.0


def test_births_and_restarts_are_counted_step_by_step(handmade: Engine) -> None:
    """The increments add up to the window's events; a gap between scrapes is no birth."""
    slo = read_slo(connect(handmade.url, allowance=Allowance(samples=0)), HANDMADE, WINDOW)
    assert slo.total is not None
    assert slo.total.matrix.series[0].values[-1] == pytest.approx(2016, abs=5)
    assert slo.bad is not None
    assert slo.bad.matrix.series[0].values[-1] == 4.0


def test_births_and_restarts_are_counted_raw(handmade: Engine) -> None:
    """The same events from the samples themselves."""
    slo = read_slo(connect(handmade.url), HANDMADE, WINDOW)
    assert count_events(slo, slo.total, WINDOW) == pytest.approx(2016, abs=5)
    assert count_events(slo, slo.bad, WINDOW) == 4.0
