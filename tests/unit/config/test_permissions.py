"""Files that every user of the machine can write: told, once, where they are read."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from pm_autofill import config
from pm_autofill.config.secrets import Environment, token_of
from pm_autofill.config.settings import PagerDutySettings
from pm_autofill.errors import WritableByAll

PROGRAM = Path(sys.executable).with_name("pm-autofill")


@pytest.mark.parametrize("mode", [0o666, 0o602, 0o777])
def test_a_configuration_that_all_can_write_is_told(tmp_path: Path, mode: int) -> None:
    """What, where, and what to do."""
    file = tmp_path / "pm.yaml"
    file.write_text("services: []\n")
    file.chmod(mode)

    with pytest.warns(WritableByAll) as told:
        config.read(file)

    assert [str(one.message) for one in told] == [
        f"every user of this machine can write the configuration {file}. Take that right away: chmod o-w"
    ]


def test_a_token_that_all_can_write_is_told(tmp_path: Path) -> None:
    """Whoever can put a token there decides which account is asked; the token itself is not in the warning."""
    (tmp_path / "secret").write_text("canary-token")
    (tmp_path / "secret").chmod(0o606)

    with pytest.warns(WritableByAll, match=r"can write pagerduty\.token_file .*/secret\. ") as told:
        token_of(PagerDutySettings(token_file="secret"), Environment({}, tmp_path), where="pagerduty")

    assert "canary" not in str(told[0].message)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_other_files_are_not(tmp_path: Path, mode: int) -> None:
    """A group is somebody's own business."""
    file = tmp_path / "pm.yaml"
    file.write_text("services: []\n")
    file.chmod(mode)

    with warnings.catch_warnings(record=True) as told:
        config.read(file)

    assert told == []


@pytest.mark.parametrize(("option", "lines"), [((), 1), (("-q",), 0)])
def test_the_program_tells_it_on_one_line(tmp_path: Path, option: tuple[str, ...], lines: int) -> None:
    """On stderr before anything else, without Python's file names; a quiet program says nothing but errors."""
    (tmp_path / "pm-autofill.yaml").write_text("services: []\n")
    (tmp_path / "pm-autofill.yaml").chmod(0o666)

    arguments = ("--service", "web", "--since", "2026-11-18T10:00:00Z", "--until", "2026-11-18T11:00:00Z", *option)
    done = subprocess.run([PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    told = [line for line in done.stderr.splitlines() if "every user" in line]
    assert len(told) == lines, done.stderr
    assert all(line.startswith("pm-autofill: every user of this machine can write the configuration") for line in told)
