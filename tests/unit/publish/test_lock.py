"""One run at a time per folder; another one waits, and then says so."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from pm_autofill.errors import AutofillError, RunInProgress
from pm_autofill.publish import directory

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from pm_autofill.publish import directory

    with directory.hold(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
    """
)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Locks of these tests stay among themselves."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    return place


def test_another_process_is_kept_out_until_the_first_is_done(tmp_path: Path) -> None:
    """It exits with 11, names the folder, and may have it afterwards; another folder is free all the time."""
    folder = tmp_path / "draft"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunInProgress) as refused, directory.hold(folder, patience=0.2):
            pass
        with directory.hold(tmp_path / "other", patience=0.2):
            pass
        holder.communicate("")
    assert refused.value.exit_code == 11
    assert str(refused.value) == f"another run is writing {folder}. Wait for it to end, or end it."
    with directory.hold(folder, patience=0.2):
        pass


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    """The system lets go of its lock."""
    folder = tmp_path / "draft"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with directory.hold(folder, patience=5):
        pass


def test_the_same_folder_by_another_way_is_the_same(tmp_path: Path) -> None:
    """A link in the path leads to one lock."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with (
        directory.hold(tmp_path / "real" / "draft"),
        pytest.raises(RunInProgress),
        directory.hold(tmp_path / "link" / "draft", patience=0.1),
    ):
        pass


def test_the_draft_s_folder_is_not_made_and_gets_no_lock_file(tmp_path: Path) -> None:
    """A run that fails leaves no trace in the output."""
    with directory.hold(tmp_path / "out" / "draft"):
        assert not (tmp_path / "out").exists()


def test_locks_are_not_put_where_somebody_else_prepared_a_link(tmp_path: Path, own_temporary_folder: Path) -> None:
    """The place must be a folder of one's own."""
    (own_temporary_folder / f"pm-autofill-{os.getuid()}").symlink_to(tmp_path)
    with (
        pytest.raises(AutofillError, match="is no folder of yours, so runs cannot be kept apart there"),
        directory.hold(tmp_path / "draft"),
    ):
        pass


def test_a_place_for_locks_that_cannot_be_used_is_said_so(tmp_path: Path, own_temporary_folder: Path) -> None:
    """A file in its place."""
    (own_temporary_folder / f"pm-autofill-{os.getuid()}").touch()
    with (
        pytest.raises(AutofillError, match=r"cannot lock .*: File exists\. Set TMPDIR"),
        directory.hold(tmp_path / "draft"),
    ):
        pass
