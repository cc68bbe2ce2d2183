"""Counts read from a real Prometheus against the truth: how far off they are, and that their bounds hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.counting import (
    count_windows,
    random_windows,
    renamed_daily,
    six_services,
    sum_budget,
    summary,
)
from pm_autofill.collect.prometheus.counters import Allowance
from tests.servers.prometheus import connect
from tests.world.incident import Incident, generate

if TYPE_CHECKING:
    from tests.engines.conftest import StartEngine

MINUTES = 60
SUMMED = Allowance(samples=0)


@pytest.fixture(scope="module")
def six() -> Incident:
    """Six services, each scraped, restarted or rolled out in a way of its own."""
    return generate(six_services())


def test_counts_of_forty_minutes_are_near_the_truth(six: Incident, start_engine: StartEngine) -> None:
    """Forty-two windows, raw: right to a tenth of a percent, and none outside of its bounds."""
    url = start_engine("prometheus", six).url
    found = count_windows(url, six, random_windows(six, 7, 40 * MINUTES, seed=5))
    for counted in found.values():
        figures = summary(counted)
        assert figures["median"] <= 0.1
        assert figures["p95"] <= 2.0
        assert [one for one in counted if not one.covered] == []


@pytest.mark.parametrize("name", ["prometheus", "victoria-metrics"])
def test_counts_summed_by_the_server_are_near_the_truth(name: str, six: Incident, start_engine: StartEngine) -> None:
    """Where raw samples are not read: coarser edges, wider bounds, and they hold."""
    url = start_engine(name, six).url
    found = count_windows(url, six, random_windows(six, 3, 40 * MINUTES, seed=6), SUMMED)
    for counted in found.values():
        assert summary(counted)["median"] <= 0.5
        assert [one for one in counted if not one.covered] == []
        assert all(one.low < one.high for one in counted)


@pytest.mark.long
@pytest.mark.parametrize("name", ["prometheus", "victoria-metrics"])
def test_six_hundred_windows(name: str, six: Incident, start_engine: StartEngine) -> None:
    """A hundred of each service: median within 0.1 %, nineteen of twenty within 2 %, 99 % of the truths in bounds."""
    url = start_engine(name, six).url
    found = count_windows(url, six, random_windows(six, 100, 40 * MINUTES))
    for counted in found.values():
        figures = summary(counted)
        assert figures["windows"] == 600
        assert figures["median"] <= 0.1
        assert figures["p95"] <= 2.0
        assert figures["covered"] >= 99.0


@pytest.mark.long
def test_hundreds_of_windows_summed_by_the_server(six: Incident, start_engine: StartEngine) -> None:
    """Two to forty minutes long: 99 % of the truths within the bounds, although raw samples were not read."""
    url = start_engine("prometheus", six).url
    for length in (10 * MINUTES, 40 * MINUTES):
        for counted in count_windows(url, six, random_windows(six, 40, length), SUMMED).values():
            assert summary(counted)["covered"] >= 99.0


@pytest.mark.long
@pytest.mark.parametrize("name", ["prometheus", "victoria-metrics"])
def test_a_month_of_renamed_pods_is_summed_exactly(name: str, start_engine: StartEngine) -> None:
    """Every pod gets a new name every day: 30 days within a thousandth, for less than two kilobytes there and back."""
    month = generate(renamed_daily())
    found = sum_budget(connect(start_engine(name, month).url), month)
    assert abs(found.failed) <= 0.001
    assert abs(found.total) <= 0.001
    assert found.answers + found.questions < 2048
