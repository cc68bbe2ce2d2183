"""The Makefile explains itself, and CI runs what it says it runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in this tree."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_plain_make_lists_the_targets() -> None:
    """Without a target nothing is done, and what could be done is listed."""
    listed = re.findall(r"^  ([a-z-]+) +\S", _make().stdout, flags=re.MULTILINE)
    assert listed[:2] == ["demo", "test"] or listed[:4] == ["help", "demo", "record-demo", "test"]
    assert {"check", "lint", "format", "types", "imports", "lock", "wheel", "clean", "test-full"} <= set(listed)


def test_every_target_the_pages_name_exists() -> None:
    """Nobody is told to run a target that is not there."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    named = {
        target
        for page in pages
        for target in re.findall(r"(?:`|^ {4})make ([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))
    assert named
    assert named - targets == set()


def test_an_old_python_is_refused_by_name(tmp_path: Path) -> None:
    """A Python that is too old ends in one sentence, before anything is installed."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    result = _make("demo", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert result.returncode != 0
    assert "needs Python 3.11 or newer" in result.stderr
    assert not (tmp_path / "venv").exists()


def test_ci_checks_then_tests_the_wheel() -> None:
    """CI lints, checks types and imports, builds, and tests what it built."""
    steps = re.findall(
        r"^make --no-print-directory (.+)$", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert steps == ["check", "wheel", "test INSTALL=wheel"]
    assert re.search(r"^check: lint format-check types imports docstrings ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("script", [".ci/run", ".ci/engines", ".ci/lock"])
def test_the_scripts_stop_at_the_first_mistake(script: str) -> None:
    """Each script is executable, parses, and stops when a command fails."""
    path = ROOT / script
    text = path.read_text(encoding="utf-8")
    shell = "bash" if "bash" in text.splitlines()[0] else "sh"
    assert os.access(path, os.X_OK)
    assert re.search(r"^set -eu", text, re.MULTILINE)
    assert subprocess.run([shell, "-n", str(path)], check=False).returncode == 0
