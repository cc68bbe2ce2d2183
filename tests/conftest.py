"""What every test may rely on: the package under test, and the real engines where they are installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pm_autofill

if TYPE_CHECKING:
    from collections.abc import Generator

ENGINES = {"prometheus_binary": "prometheus", "victoria_metrics_binary": "victoria-metrics"}
# Only the long tests need it, so that CI does not promise it.
ALERTMANAGER = "prometheus-alertmanager"


def pytest_configure() -> None:
    """Refuse to test the tree when the wheel was asked for.

    Raises:
        pytest.UsageError: The imported package is not the installed wheel's.
    """
    where = Path(pm_autofill.__file__).resolve()
    if os.environ.get("PM_AUTOFILL_INSTALL") == "wheel" and "site-packages" not in where.parts:
        message = f"INSTALL=wheel, but the package under test is {where.parent}"
        raise pytest.UsageError(message)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses an engine as one."""
    for item in items:
        if ENGINES.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engine)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a skipped engine test as a failure where CI promises the engines."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and item.get_closest_marker("engine"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"With CI=true an engine test must run. {reason}"
    return report


def _find_engine(program: str) -> Path:
    """The path of an installed engine; without it the test skips, saying how to get it."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed; `apt-get install --no-install-recommends {program}` brings it")
    return Path(found)


@pytest.fixture(scope="session")
def prometheus_binary() -> Path:
    """The installed Prometheus; the test starts it on loopback itself, and stops it."""
    return _find_engine(ENGINES["prometheus_binary"])


@pytest.fixture(scope="session")
def victoria_metrics_binary() -> Path:
    """The installed VictoriaMetrics; the test starts it on loopback itself, and stops it."""
    return _find_engine(ENGINES["victoria_metrics_binary"])


@pytest.fixture(scope="session")
def alertmanager_binary() -> Path:
    """The installed Alertmanager; the test starts it on loopback itself, and stops it."""
    return _find_engine(ALERTMANAGER)
