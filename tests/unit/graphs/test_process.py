"""Drawing beside the process that collects: the same pictures, whatever happens to the other process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# A process of its own: it must have no other thread when it starts what draws.
BEFORE = """
import os, hashlib, sys
from pathlib import Path
from tests.unit.graphs.scene import MARKS, evidence, findings, line, panel, slo_evidence, slo_findings
from pm_autofill.graphs import pictures, process
from pm_autofill.graphs.process import Apart, Here
seen = evidence(slo_evidence(), panels=[panel(line())])
found = findings(slo_findings(), marks=MARKS)
children = lambda: Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
"""
AFTER = """
print(type(drawing).__name__, len(drawn), drawn == Here().begin(seen, found)(), children())
"""


def run(script: str) -> str:
    """What a script prints, between the two pieces above."""
    done = subprocess.run(
        [sys.executable, "-c", BEFORE + script + AFTER],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="pictures are drawn apart on Linux only")


@needs_fork
def test_apart_and_here_give_the_same_bytes() -> None:
    """Pictures drawn in a process beside this one equal those drawn here, and that process is gone afterwards."""
    script = """
os.sched_getaffinity = lambda _pid: {0, 1}
with process.started() as drawing:
    drawing.get_ready(lambda: True)
    process.Here = None  # nothing falls back on it
    drawn = drawing.begin(seen, found)()
"""
    assert run(script) == "Apart 3 True []\n"


@needs_fork
@pytest.mark.parametrize(
    ("moment", "where"),
    [
        ("warm_up", "os.getpid() != here"),
        ("draw_some", "os.getppid() == here"),
        ("draw_some", "here not in (os.getpid(), os.getppid())"),
    ],
)
def test_failure_over_there_is_made_good_here(moment: str, where: str) -> None:
    """When one of the other processes fails before or while it draws, the pictures are drawn here."""
    script = f"""
os.sched_getaffinity = lambda _pid: {{0, 1}}
here, usual = os.getpid(), pictures.{moment}
def failing(*given):
    if {where}:
        raise MemoryError
    return usual(*given)
pictures.{moment} = failing
with process.started() as drawing:
    drawn = drawing.begin(seen, found)()
"""
    assert run(script) == "Apart 3 True []\n"


@needs_fork
def test_pictures_nobody_fetches_any_more_hold_nobody_up() -> None:
    """More of them than a pipe holds, drawn by the second process after the first one failed."""
    script = """
import pickle
os.sched_getaffinity = lambda _pid: {0, 1}
here, usual, whole = os.getpid(), pictures.draw_some, pickle.dumps
def failing(*given):
    if os.getppid() == here:
        raise MemoryError
    return usual(*given)
pictures.draw_some = failing
process.pickle.dumps = lambda *given: whole(*given) + bytes(10**6)
with process.started() as drawing:
    drawn = drawing.begin(seen, found)()
"""
    assert run(script) == "Apart 3 True []\n"


@needs_fork
def test_killed_while_it_answers() -> None:
    """A torn answer, as an ended process leaves it, is not taken for pictures."""
    script = """
import pickle
os.sched_getaffinity = lambda _pid: {0, 1}
whole = pickle.dumps
process.pickle.dumps = lambda *given: whole(*given)[:-100]
with process.started() as drawing:
    drawn = drawing.begin(seen, found)()
"""
    assert run(script) == "Apart 3 True []\n"


@needs_fork
def test_no_order_leaves_no_process() -> None:
    """A run that ends without a draft takes the other process along."""
    script = """
os.sched_getaffinity = lambda _pid: {0, 1}
try:
    with process.started() as drawing:
        raise ValueError
except ValueError:
    drawn = Here().begin(seen, found)()
"""
    assert run(script) == "Apart 3 True []\n"


def test_one_core_draws_here() -> None:
    """Where a second process could only wait for the first, there is none."""
    script = """
os.sched_getaffinity = lambda _pid: {0}
with process.started() as drawing:
    print(children())
    drawn = drawing.begin(seen, found)()
"""
    assert run(script) == "[]\nHere 3 True []\n"
