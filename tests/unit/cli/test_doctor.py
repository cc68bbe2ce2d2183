"""What ``doctor`` says of sources that answer, refuse, or are not there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import stories
from tests.world.pagerduty import PagerDutyServer

PROGRAM = Path(sys.executable).with_name("pm-autofill")


def closed() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def look(folder: Path, pagerduty: str, *arguments: str, token: str, more: str = "") -> subprocess.CompletedProcess[str]:
    """Run doctor on a configuration with PagerDuty there, and what else is given."""
    (folder / "pm-autofill.yaml").write_text(
        f"pagerduty: {{url: '{pagerduty}', token: '${{T}}'}}\nservices: [{{name: checkout-api}}]\n{more}"
    )
    command = [str(PROGRAM), "doctor", "--config", "pm-autofill.yaml", "--deadline", "5", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "T": token}, capture_output=True, text=True, check=False, timeout=60
    )


def test_all_is_well(tmp_path: Path) -> None:
    """A PagerDuty that answers, and nothing else configured: exit 0, and nothing is written."""
    with PagerDutyServer(stories.main()) as server:
        done = look(tmp_path, server.url, token=server.token)
    assert done.returncode == 0, done.stdout
    assert done.stderr == "configuration: pm-autofill.yaml\n"
    assert "ok     PagerDuty: token accepted: " in done.stdout
    assert "-      Prometheus: configured: not configured\n-      Grafana: configured: not configured\n" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["pm-autofill.yaml"]


def test_unreachable_sources(tmp_path: Path) -> None:
    """Each is named with what to do; exit 3."""
    url = closed()
    more = f"prometheus: {{url: '{url}'}}\ngrafana: {{url: '{url}', token: '${{T}}'}}\n"
    done = look(tmp_path, url, "--json", token="u+0123456789abcdefghij", more=more)
    failed = {probe["source"]: probe for probe in json.loads(done.stdout)["probes"] if probe["ok"] is False}
    assert (done.returncode, sorted(failed)) == (3, ["Grafana", "PagerDuty", "Prometheus"])
    assert all(probe["detail"] for probe in failed.values())
    assert "Traceback" not in done.stderr
    assert "0123456789abcdefghij" not in done.stdout + done.stderr


def test_a_refused_token(tmp_path: Path) -> None:
    """PagerDuty says no: exit 4, whatever else is wrong, and the token is not shown."""
    with PagerDutyServer(stories.main()) as server:
        done = look(tmp_path, server.url, token="wrong-token-4711", more=f"prometheus: {{url: '{closed()}'}}\n")
    assert done.returncode == 4
    assert "FAILED PagerDuty: token accepted: " in done.stdout
    assert "FAILED Prometheus: " in done.stdout
    assert "wrong-token-4711" not in done.stdout + done.stderr


@pytest.mark.parametrize("variable", ["PROMETHEUS_NOT_SET", "GRAFANA_NOT_SET"])
def test_a_missing_variable_is_a_failed_probe(tmp_path: Path, variable: str) -> None:
    """Of one source only: the others are still looked at."""
    section = variable.partition("_")[0].lower()
    more = f"{section}: {{url: 'http://127.0.0.1:9', token: '${{{variable}}}'}}\n"
    with PagerDutyServer(stories.main()) as server:
        done = look(tmp_path, server.url, token=server.token, more=more)
    assert done.returncode == 3
    assert variable in done.stdout
    assert "ok     PagerDuty: token accepted: " in done.stdout


def test_no_configuration(tmp_path: Path) -> None:
    """Exit 2 and one line."""
    done = subprocess.run(
        [PROGRAM, "doctor", "--config", "none.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pm-autofill: cannot read the configuration none.yaml: No such file or directory. ")
