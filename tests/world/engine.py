"""Real engines for tests: Prometheus and VictoriaMetrics on free loopback ports, with series loaded into them.

Needs the Debian packages ``prometheus`` and ``victoria-metrics``; ``missing_programs()`` says what is not there.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from .exposition import json_lines, write_openmetrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from .incident import Incident
    from .plan import AlertRule
    from .samples import Series

READY_WITHIN = 30.0
STOP_WITHIN = 10.0
BLOCK_DURATION = "486h"  # promtool reads the whole text once per block: few large blocks load 80 times faster
PROGRAMS = ("prometheus", "promtool", "victoria-metrics")


class EngineFailed(Exception):
    """An engine or its loader did not do what it was started for; the message ends with what it printed."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine.

    Attributes:
        name: ``prometheus`` or ``victoria-metrics``.
        url: Its base URL, on loopback.
        pid: Its process id.
    """

    name: str
    url: str
    pid: int


def missing_programs() -> tuple[str, ...]:
    """The programs that engine tests need and this machine has not."""
    return tuple(program for program in PROGRAMS if shutil.which(program) is None)


def build_blocks(series: Iterable[Series], directory: Path) -> Path:
    """Turn series into Prometheus blocks.

    Args:
        series: What the blocks shall hold.
        directory: An empty or absent directory, for the blocks.

    Returns:
        The directory.

    Raises:
        EngineFailed: promtool refused the series.
    """
    directory.mkdir(parents=True, exist_ok=True)
    text = directory.with_suffix(".txt")
    write_openmetrics(series, text)
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={BLOCK_DURATION}"]
    done = subprocess.run(
        [*command, str(text), str(directory)], capture_output=True, text=True, check=False, timeout=300
    )
    text.unlink()
    if done.returncode:
        message = f"promtool ended with {done.returncode}: {done.stderr[-2000:]}"
        raise EngineFailed(message)
    return directory


def cached_blocks(incident: Incident, cache: Path) -> Path:
    """Blocks of an incident, built once however many processes ask.

    Args:
        incident: Whose series the blocks hold.
        cache: A directory shared by those processes, one per test session.

    Returns:
        The directory of blocks; copy it before an engine runs on it.
    """
    cache.mkdir(parents=True, exist_ok=True)
    blocks = cache / incident.plan.name
    with FileLock(cache / f"{incident.plan.name}.lock", timeout=600):
        if not (blocks / "complete").exists():
            shutil.rmtree(blocks, ignore_errors=True)
            build_blocks(incident.series, blocks)
            (blocks / "complete").touch()
    return blocks


@contextmanager
def running_prometheus(
    directory: Path,
    *,
    series: Iterable[Series] = (),
    blocks: Path | None = None,
    rules: Sequence[AlertRule] = (),
    rule_text: str = "groups: []",
) -> Iterator[Engine]:
    """Run Prometheus until the block ends.

    Args:
        directory: For its configuration, data and log; must not hold data of another run.
        series: What it shall hold; or
        blocks: a directory of blocks it shall hold, which is copied.
        rules: Alerting rules it knows. They are evaluated at the wall clock's time, where there is no data.
        rule_text: A further file of rules, as it stands.

    Yields:
        The running engine.

    Raises:
        EngineFailed: It did not become ready.
    """
    data = directory / "data"
    data.mkdir(parents=True)
    if blocks is not None:
        shutil.copytree(blocks, data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("complete"))
    series = tuple(series)
    if series:
        build_blocks(series, data)
    configuration = {
        "global": {"scrape_interval": "15s", "evaluation_interval": "30s"},
        "rule_files": ["rules.json", "rules.yaml"],
        "scrape_configs": [],
    }
    (directory / "prometheus.json").write_text(json.dumps(configuration), encoding="utf-8")
    (directory / "rules.json").write_text(json.dumps(_rule_file(rules)), encoding="utf-8")
    (directory / "rules.yaml").write_text(rule_text, encoding="utf-8")
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={directory / 'prometheus.json'}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running_program("prometheus", command, port, "/-/ready", directory / "log") as engine:
        yield engine


@contextmanager
def running_victoria_metrics(directory: Path, *, series: Iterable[Series] = ()) -> Iterator[Engine]:
    """Run VictoriaMetrics until the block ends.

    Args:
        directory: For its data and log; must not hold data of another run.
        series: What it shall hold.

    Yields:
        The running engine.

    Raises:
        EngineFailed: It did not become ready, or refused the series.
    """
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        "victoria-metrics",
        f"-storageDataPath={directory / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.latencyOffset=0s",
        "-search.disableCache",
        "-memory.allowedBytes=512MB",
    ]
    with running_program("victoria-metrics", command, port, "/health", directory / "log") as engine:
        series = tuple(series)
        if series:
            request = urllib.request.Request(f"{engine.url}/api/v1/import", data=json_lines(series), method="POST")
            with urllib.request.urlopen(request, timeout=120) as answer:
                answer.read()
            _get(port, "/internal/force_flush")
        yield engine


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_program(name: str, command: Sequence[str], port: int, health: str, log: Path) -> Iterator[Engine]:
    """Start a program, wait until it is ready, and stop it at the end whatever happened."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=log.parent)
        try:
            _wait_until_ready(process, port, health, log)
            yield Engine(name, f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, health: str, log: Path) -> None:
    """Ask for the program's health until it is well; fail when it ends or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if _get(port, health) == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.02)
    message = f"{process.args!r} is not ready: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    raise EngineFailed(message)


def _get(port: int, path: str) -> int:
    """Ask a loopback server for a path; the status of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _rule_file(rules: Sequence[AlertRule]) -> dict[str, object]:
    """Prometheus' rule file for these rules; JSON is YAML."""
    entries = [
        {
            "alert": rule.name,
            "expr": rule.expression,
            "for": f"{rule.hold}s",
            "labels": rule.labels,
            "annotations": rule.annotations,
        }
        for rule in rules
    ]
    return {"groups": [{"name": "slo-alerts", "rules": entries}] if entries else []}
