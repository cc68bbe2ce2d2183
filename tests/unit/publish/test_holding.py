"""One run at a time for a draft's folder."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.errors import AutofillError, RunInProgress
from pm_autofill.publish.directory import hold

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys, tempfile
from pathlib import Path
from pm_autofill.publish.directory import hold
tempfile.tempdir = sys.argv[2]
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
print("released", flush=True)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for locks."""
    folder = tmp_path / "locks"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def another_run(folder: Path, place: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that holds a folder."""
    command = [sys.executable, "-c", HOLDER, str(folder), str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_run_is_told_to_wait(tmp_path: Path, place: Path) -> None:
    """While another process holds the folder: RunInProgress, which ends with 11, and names the folder."""
    folder = tmp_path / "draft"
    with (
        another_run(folder, place),
        pytest.raises(RunInProgress, match=r"another run is writing .*draft") as caught,
        hold(folder, patience=0.1),
    ):
        pytest.fail("held twice")
    assert caught.value.exit_code == 11


def test_another_way_to_the_same_folder_is_held_too(tmp_path: Path, place: Path) -> None:
    """A link to the output folder leads to the same lock."""
    (tmp_path / "output").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "output")
    with (
        another_run(tmp_path / "output" / "draft", place),
        pytest.raises(RunInProgress),
        hold(tmp_path / "link" / "draft", patience=0.1),
    ):
        pytest.fail("held twice")


def test_another_folder_is_free(tmp_path: Path, place: Path) -> None:
    """Runs for different incidents do not wait for each other."""
    with another_run(tmp_path / "one", place), hold(tmp_path / "two", patience=0.1):
        pass


def test_a_killed_holder_does_not_block(tmp_path: Path, place: Path) -> None:
    """The operating system takes a dead process's lock back, though its file stays."""
    folder = tmp_path / "draft"
    with another_run(folder, place) as process:
        process.kill()
        process.wait(timeout=30)
        with hold(folder, patience=0.1):
            pass


def test_the_lock_ends_with_the_block(tmp_path: Path) -> None:
    """Also when the block raises; and the folder itself is neither made nor filled by it."""
    folder = tmp_path / "draft"
    with pytest.raises(ZeroDivisionError), hold(folder, patience=0.1):
        raise ZeroDivisionError
    with hold(folder, patience=0.1):
        pass
    assert not folder.exists()


def test_locks_are_kept_from_others(tmp_path: Path, place: Path) -> None:
    """The place for locks is readable for its owner only."""
    with hold(tmp_path / "draft", patience=0.1):
        (found,) = place.iterdir()
        assert found.stat().st_mode & 0o777 == 0o700


def test_a_planted_place_for_locks_is_refused(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in place of the folder for locks could lead anywhere."""
    monkeypatch.setattr("os.getuid", lambda: 4711)
    (tmp_path / "elsewhere").mkdir()
    (place / "pm-autofill-4711").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AutofillError, match="is no folder of yours"), hold(tmp_path / "draft", patience=0.1):
        pytest.fail("locked there")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_place_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for locks that does not exist: what to set."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(AutofillError, match=r"cannot lock .*draft in .*none") as caught, hold(tmp_path / "draft"):
        pytest.fail("locked there")
    assert caught.value.hint == "Set TMPDIR to a folder that can be written."


def test_links_in_a_circle_are_refused_in_words(tmp_path: Path) -> None:
    """An output folder that is a link to itself gives a message, not a traceback."""
    Path(tmp_path / "loop").symlink_to("loop")
    with pytest.raises(AutofillError, match="leads in a circle of symbolic links"), hold(tmp_path / "loop" / "draft"):
        pytest.fail("locked there")
