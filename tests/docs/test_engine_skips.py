"""Where no engine is installed its tests skip and say how to get it; where CI promises one, that is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROBE = """
def test_prometheus(prometheus_binary):
    assert prometheus_binary.name == "prometheus"

def test_plain():
    assert True
"""


def _probe(folder: Path, **environment: str) -> str:
    """What pytest says about an engine test where only those programs are on the path that are in ``folder/bin``."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "test_probe.py").write_text(PROBE, encoding="utf-8")
    shutil.copy(ROOT / "tests/conftest.py", folder / "conftest.py")
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers = engine: x\naddopts = -ra --strict-markers\n", encoding="utf-8"
    )
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_ADDOPTS"}}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(folder)]
    result = subprocess.run(
        command,
        cwd=folder,
        env={**kept, **environment, "PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout


def test_a_missing_engine_skips_and_says_how_to_get_it(tmp_path: Path) -> None:
    """Without CI the test is skipped, with the package's name."""
    said = _probe(tmp_path)
    assert "1 passed, 1 skipped" in said
    assert "apt-get install --no-install-recommends prometheus" in said


def test_with_ci_a_missing_engine_is_a_failure(tmp_path: Path) -> None:
    """With CI=true nothing about the engines goes untested unnoticed."""
    said = _probe(tmp_path, CI="true")
    assert "1 failed, 1 passed" in said or "1 passed, 1 error" in said
    assert "apt-get install --no-install-recommends prometheus" in said


def test_an_installed_engine_is_used(tmp_path: Path) -> None:
    """The program on the path is the one the test gets."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/prometheus"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    assert "2 passed" in _probe(tmp_path, CI="true")


def test_the_tree_is_not_taken_for_the_wheel(tmp_path: Path) -> None:
    """INSTALL=wheel refuses to run against anything that is not installed."""
    package = tmp_path / "elsewhere/pm_autofill"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--confcutdir", str(ROOT), str(ROOT / "tests/conftest.py")],
        cwd=tmp_path,
        env={**os.environ, "PM_AUTOFILL_INSTALL": "wheel", "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 4
    assert "INSTALL=wheel, but the package under test is" in said.stderr
