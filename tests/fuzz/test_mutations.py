"""Drafts and answers changed at random: no traceback, no hang, no memory without bound, whatever command reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.benches import Trial
from tests.fuzz.mutations import MEMORY, Tally, count_trial, report
from tests.fuzz.workers import Ran, Work

ROOT = Path(__file__).parents[2]


def campaign(what: str, count: int, first: int = 0) -> subprocess.CompletedProcess[str]:
    """Try mutations out in a process of their own, which loads everything once and forks from there."""
    command = [sys.executable, "-m", "tests.fuzz.mutations", what, "--first", str(first), "--count", str(count)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(1800)  # on a busy machine
@pytest.mark.parametrize(
    ("what", "count"),
    [
        ("drafts", 150),
        ("recordings", 8),
        pytest.param("drafts", 10_000, marks=[pytest.mark.long, pytest.mark.timeout(0)]),
        pytest.param("recordings", 1_000, marks=[pytest.mark.long, pytest.mark.timeout(0)]),
    ],
)
def test_no_mutation_ends_in_anything_but_an_answer(what: str, count: int) -> None:
    """An exit code that is documented, words fit for a terminal, and what is told as JSON is JSON."""
    done = campaign(what, count)
    assert done.stdout.startswith(f"{count} mutations, "), done.stderr
    assert done.returncode == 0, done.stdout


def test_a_finding_is_found() -> None:
    """What must not be is told, with its number: the harness is no test that cannot fail."""
    broken = Ran(("check", "x"), 1, 0.5, b"", "internal error (KeyError)", 'File "/a/pm_autofill/b.py", line 7\n', ())
    odd = Ran(("--from-evidence", "x", "--json"), 0, 11.0, b'{"a": NaN}', "\x1b[2J", "", ("RuntimeWarning: x",))
    tally = Tally()
    count_trial(tally, 3, Trial("cut", {}, Work((broken, odd), "a hang", 0.0), MEMORY + 1, ("-a\n+b",)))
    kinds = [one.kind for one in tally.findings]
    assert kinds == ["traceback", "warning", "unprintable", "no JSON", "memory", "rebuilt otherwise", "ended"]
    assert "1 mutations, 2 commands, 7 findings" in report(tally)
    assert "== traceback at pm_autofill/b.py:7: 1 (3)" in report(tally)
