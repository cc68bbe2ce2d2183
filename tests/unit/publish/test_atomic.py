"""Whenever a run is killed, each file is the old one or the new one, and the next run mends the rest."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from pm_autofill.publish import directory
from pm_autofill.publish.directory import DraftFiles

if TYPE_CHECKING:
    from pathlib import Path

WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from pm_autofill.publish import directory
    from pm_autofill.publish.directory import DraftFiles
    from tests.unit.publish.test_atomic import draft

    directory.write(Path(sys.argv[1]), draft(sys.argv[2]))
    """
)
CALLS = ("rename", "fsync", "chmod")  # none of which the interpreter makes by itself


def draft(text: str) -> DraftFiles:
    """A draft whose every file holds a text many times."""
    body = f"{text} ![](graphs/01-sli.png)\n\n".encode() * 5000
    seal = f"<!-- pm-autofill: generated, sha256 {hashlib.sha256(body).hexdigest()} -->\n".encode()
    return DraftFiles(
        document=body + seal,
        facts=b'{"schema": "pm-autofill.facts/1"}' + text.encode() * 5000,
        evidence=b'{"schema": "pm-autofill.evidence/1"}' + text.encode() * 5000,
        graphs={"01-sli.png": text.encode() * 5000},
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a draft that is not temporary."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".pm-autofill-")
    }


@pytest.fixture
def strace() -> str:
    """The program that ends others in the middle of a call."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed; `apt-get install --no-install-recommends strace` brings it")
    probe = subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("strace may not trace processes here")
    return found


@pytest.mark.parametrize("call", CALLS)
def test_a_killed_run_leaves_each_file_old_or_new(tmp_path: Path, strace: str, call: str) -> None:
    """Killed by the system at its first, second, ... such call, until it makes no more."""
    directory.write(tmp_path / "old", draft("old"))
    directory.write(tmp_path / "new", draft("new"))
    old, new = contents(tmp_path / "old"), contents(tmp_path / "new")
    ended, killed = -1, 0
    while ended and killed < 20:
        folder = tmp_path / f"{call}-{killed}"
        shutil.copytree(tmp_path / "old", folder)
        ended = write_under(strace, folder, f"{call}:signal=KILL:when={killed + 1}").returncode
        found = contents(folder)
        assert found.keys() == old.keys()
        assert [name for name, data in found.items() if data not in (old[name], new[name])] == []
        if ended:
            killed += 1
            directory.write(folder, draft("new"))
        assert contents(folder) == new
        assert [path.name for path in folder.rglob(".pm-autofill-*")] == []
    assert (ended, killed) == (0, {"rename": 4, "fsync": 8, "chmod": 4}[call])


def test_a_full_disk_is_said_so_and_leaves_the_old_draft(tmp_path: Path, strace: str) -> None:
    """At the first file that cannot be made durable."""
    folder = tmp_path / "draft"
    directory.write(folder, draft("old"))
    before = contents(folder)
    done = write_under(strace, folder, "fsync:error=ENOSPC:when=1+")
    assert done.returncode == 1
    assert "AutofillError: cannot write" in done.stderr
    assert "No space left on device" in done.stderr
    assert contents(folder) == before
    assert [path.name for path in folder.rglob(".pm-autofill-*")] == []


def write_under(strace: str, folder: Path, injection: str) -> subprocess.CompletedProcess[str]:
    """Write the new draft into a folder while the system misbehaves."""
    call = injection.partition(":")[0]
    return subprocess.run(
        [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={injection}",
         sys.executable, "-B", "-c", WRITER, str(folder), "new"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
