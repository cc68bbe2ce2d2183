"""Real engines with a generated incident in them, started once per process and stopped at its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.world import plan
from tests.world.engine import Engine, cached_blocks, running_prometheus, running_victoria_metrics
from tests.world.incident import Incident, generate

if TYPE_CHECKING:
    from pathlib import Path

StartEngine = Callable[[str, Incident], Engine]


@pytest.fixture(scope="session")
def world_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test session share."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return shared / "world"


@pytest.fixture(scope="session")
def start_engine(
    world_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
    prometheus_binary: Path,
    victoria_metrics_binary: Path,
) -> Iterator[StartEngine]:
    """Start an engine by name with an incident in it; asked again for the same, it gives the one that runs."""
    assert prometheus_binary.name == "prometheus"
    assert victoria_metrics_binary.name == "victoria-metrics"
    with ExitStack() as running:

        @cache
        def start(name: str, incident: Incident) -> Engine:
            folder = tmp_path_factory.mktemp(name)
            if name == "victoria-metrics":
                return running.enter_context(running_victoria_metrics(folder, series=incident.series))
            blocks = cached_blocks(incident, world_cache)
            return running.enter_context(running_prometheus(folder, blocks=blocks, rules=incident.plan.rules))

        yield start


@pytest.fixture(scope="session")
def checkout_incident() -> Incident:
    """The main incident, with 30 days of history."""
    return generate(plan.checkout())


@pytest.fixture(scope="session", params=["prometheus", "victoria-metrics"])
def checkout_engine(request: pytest.FixtureRequest, start_engine: StartEngine, checkout_incident: Incident) -> Engine:
    """Each engine in turn, with the main incident in it."""
    return start_engine(str(request.param), checkout_incident)


@pytest.fixture(scope="session")
def checkout_prometheus(start_engine: StartEngine, checkout_incident: Incident) -> Engine:
    """Prometheus with the main incident in it."""
    return start_engine("prometheus", checkout_incident)
