"""The benchmark computes what it says, and runs from its services to its report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.draft import Samples, Taken, report, with_floor
from benchmarks.services import Memory
from tests.world.loopback import Reply, Request

ROOT = Path(__file__).resolve().parents[3]
FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_floor_is_the_slower_of_imports_and_network_and_then_drawing() -> None:
    """Drawing waits for both; they do not wait for each other."""
    assert with_floor({"imports": 0.7, "network": 0.6, "drawing": 0.4})["floor"] == pytest.approx(1.1)
    assert with_floor({"imports": 0.7, "network": 0.9, "drawing": 0.4})["floor"] == pytest.approx(1.3)


def test_samples_tell_shortest_median_and_processor_time() -> None:
    """Each statistic looks at every run of a thing."""
    takes = iter([Taken(3.0, 0.5), Taken(1.0, 0.9), Taken(2.0, 0.7)])
    samples = Samples()
    for _ in range(3):
        samples.measure({"one": lambda: next(takes)})
    assert samples.seconds("min") == {"one": 1.0}
    assert samples.seconds("median") == {"one": 2.0}
    assert samples.seconds("processor") == {"one": 0.5}


def test_a_question_is_put_once_however_much_time_it_allows() -> None:
    """Only another question reaches the server behind; a different time limit makes no other question."""
    asked: list[bytes] = []

    def server(request: Request) -> Reply:
        asked.append(request.body)
        return Reply(200, b"answer %d" % len(asked))

    memory = Memory()
    bodies = [b"query=up&timeout=20s", b"query=up&timeout=19s", b"query=down&timeout=20s"]
    requests = [Request("POST", "/api/v1/query", (), FORM, body) for body in bodies]
    assert [memory.answer(request, server).body for request in requests] == [b"answer 1", b"answer 1", b"answer 2"]
    assert memory.answered_anew == 2


def test_the_report_shows_every_ratio_beside_its_goal() -> None:
    """Shortest, median and processor time of each."""
    starts = {"bare": 0.01, "help": 0.04, "help/bare": 4.0}
    seconds = dict.fromkeys(("imports", "network", "drawing", "floor", "ours", "naive"), 1.5)
    ratios = {"ours/floor": 1.2, "naive/floor": 3.6, "naive/ours": 3.0}
    three = ("min", "median", "processor")
    result: dict[str, object] = {
        "machine": {"cores": 2, "load": 0.1, "python": "3.11.7"},
        "rounds": 5,
        "help": dict.fromkeys(three, starts),
        "drafts": [
            {
                "delay": 0.02,
                "requests": {"ours": 45, "naive": 31},
                "figures": 10,
                "seconds": dict.fromkeys(three, seconds),
                "ratios": dict.fromkeys(three, ratios),
            }
        ],
    }
    lines = [" ".join(line.split()) for line in report(result)]
    assert "help/bare 4.00 (4.00; 4.00) (goal 5)" in lines
    assert "20 ms per answer; 10 figures; 45 requests, 31 by the sequential version" in lines
    assert "ours/floor 1.20 (1.20; 1.20) (goal 1.25)" in lines
    assert "naive/ours 3.00 (3.00; 3.00)" in lines


@pytest.mark.long
def test_the_benchmark_runs(prometheus_binary: Path, tmp_path: Path) -> None:
    """One round without delay: both versions draft as many figures, and every part of the floor took its time."""
    assert prometheus_binary.is_file()
    numbers = tmp_path / "numbers.json"
    command = [sys.executable, "benchmarks/draft.py", "--rounds", "1", "--delays", "0", "--json", str(numbers)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert "naive/ours" in done.stdout
    (one,) = json.loads(numbers.read_text(encoding="utf-8"))["drafts"]
    assert one["figures"] == 11
    assert all(taken > 0 for taken in one["seconds"]["min"].values())
