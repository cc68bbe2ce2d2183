"""What importing the transport costs, and which urllib3 runs."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

from pm_autofill.collect.transport.overridden import urllib3_overridden

CLIENTS = {
    "requests",
    "urllib3",
    "niquests",
    "httpx2",
    "prometheus_api_client",
    "grafana_client",
    "pagerduty",
    "pandas",
}


@pytest.mark.parametrize(
    ("module", "brings"),
    [
        ("policy", set()),
        ("background", set()),
        ("overridden", set()),
        ("requests_adapter", {"requests", "urllib3", "prometheus_api_client"}),
        ("httpx2_transport", {"httpx2", "pagerduty"}),
    ],
)
def test_one_stack_does_not_bring_the_others(module: str, brings: set[str]) -> None:
    """The policy brings no client, and each adapter its own alone."""
    script = f"import sys, pm_autofill.collect.transport.{module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) & CLIENTS == brings


def test_an_overridden_urllib3_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs is compared with what is listed as installed."""
    monkeypatch.setattr("urllib3._version.__version__", "2.8.0")
    monkeypatch.setattr("pm_autofill.collect.transport.overridden.version", {"urllib3": "2.8.0"}.__getitem__)
    assert not urllib3_overridden()
    monkeypatch.setattr("urllib3._version.__version__", "2.25.904")
    assert urllib3_overridden()


def test_a_urllib3_that_is_not_listed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A urllib3 that runs without being installed is somebody else's."""

    def not_listed(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("pm_autofill.collect.transport.overridden.version", not_listed)
    assert urllib3_overridden()
