"""A run that dies, or meets a full disk, at any step of writing: every file is the old or the new one, never torn."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.publish.directory import write
from tests.strace import calls, trace
from tests.unit.publish.drafts import NEW, OLD, content
from tests.unit.publish.drafts import files_of as written

if TYPE_CHECKING:
    import subprocess

    from pm_autofill.publish.directory import DraftFiles

ROOT = Path(__file__).parents[3]
CALLS = ("openat", "write", "fsync", "chmod", "rename", "unlink")
HUMAN = "\nWhat a human wrote, \N{EM DASH} to be kept.\n".encode()
MARK = "writing-begins-here"
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.unit.publish.drafts import NEW
from pm_autofill.errors import AutofillError
from pm_autofill.publish.directory import write
Path("writing-begins-here").exists()
try:
    open("writing-begins-here")
except FileNotFoundError:
    pass
try:
    write(Path(sys.argv[1]), NEW)
except AutofillError as error:
    sys.exit(str(error))
"""


def files_of(draft: DraftFiles) -> dict[str, bytes]:
    """What a draft's folder holds after a human has added a line to its document."""
    files = written(draft)
    return files | {"postmortem.md": files["postmortem.md"] + HUMAN}


def prepare(folder: Path) -> Path:
    """The old draft, with a human's line in its document."""
    with write(folder, OLD).open("ab") as document:
        document.write(HUMAN)
    return folder


@dataclass(frozen=True)
class Steps:
    """The calls of one kind that writing makes.

    Attributes:
        before: How many the process makes before it begins to write.
        during: How many from then on.
    """

    before: int
    during: int


def traced(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Write the new draft under strace."""
    # Without site the interpreter starts the same way each time; the packages' folders are given instead.
    return trace(
        [sys.executable, "-S", "-c", WRITER, folder, ROOT], *options, PYTHONPATH=":".join(filter(None, sys.path))
    )


def survey(folder: Path) -> dict[str, Steps]:
    """Write once undisturbed, and count the calls of each kind."""
    prepare(folder / "draft")
    log = folder / "log"
    done = traced(folder / "draft", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    assert done.returncode == 0, done.stderr
    assert content(folder / "draft") == files_of(NEW)
    return count_calls(log)


def count_calls(log: Path) -> dict[str, Steps]:
    """The calls of each kind in strace's log, before and from the mark on."""
    before, during = Counter[str](), Counter[str]()
    seen = False
    for call in calls(log):
        seen = seen or MARK in call.arguments
        (during if seen else before)[call.name] += 1
    return {call: Steps(before[call], during[call]) for call in CALLS if during[call]}


def disturb(folder: Path, call: str, number: int, effect: str) -> tuple[int, dict[str, bytes]]:
    """Write the new draft over the old one with one call disturbed; the exit code and what lies there then."""
    draft = prepare(folder / f"{call}-{number}")
    done = traced(draft, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}")
    return done.returncode, content(draft)


def is_whole(found: dict[str, bytes]) -> bool:
    """Whether each file that a reader would look at is the old or the new one, and all that ours speaks of is there."""
    old, new = files_of(OLD), files_of(NEW)
    shown = {name: data for name, data in found.items() if ".pm-autofill-" not in name}
    needed = new if shown["postmortem.md"] == new["postmortem.md"] else old
    return shown.keys() >= needed.keys() and all(data in {old.get(name), new.get(name)} for name, data in shown.items())


def killed(folder: Path, calls: tuple[str, ...]) -> set[int]:
    """Kill the writing at each of these calls in turn; how many files were new each time."""
    states = set()
    for call, steps in survey(folder).items():
        for number in range(steps.before + 1, steps.before + steps.during + 1) if call in calls else ():
            code, found = disturb(folder, call, number, "signal=SIGKILL")
            assert code != 0, (call, number)
            assert is_whole(found), (call, number, sorted(found))
            states.add(sum(data in files_of(NEW).values() for data in found.values()))
            write(folder / f"{call}-{number}", NEW)
            # A graph that only the earlier document showed may outlive a run killed right after the new one stood.
            after = {**files_of(NEW), "graphs/02-gone.png": b"gone picture"}
            assert {**after, **content(folder / f"{call}-{number}")} == after, (call, number)
    return states


@pytest.mark.engine
def test_a_file_is_on_the_disk_before_it_gets_its_name(tmp_path: Path) -> None:
    """Its bytes before the rename and its folder after it, or the power may take what a kill leaves."""
    survey(tmp_path)
    made = [one.name for one in calls(tmp_path / "log") if one.name in {"fsync", "rename"}]
    assert made == ["fsync", "rename", "fsync"] * 6


@pytest.mark.engine
def test_killed_while_files_are_put_in_place(tmp_path: Path) -> None:
    """Killed at each rename: no torn file, a human's line kept, and the next run puts all in order."""
    # The file that was about to be put in place is counted: it is there under another name.
    assert killed(tmp_path, ("rename",)) == {1, 2, 3, 4, 5, 6}


@pytest.mark.engine
@pytest.mark.long
def test_killed_at_any_step(tmp_path: Path) -> None:
    """Killed at each write-like call in turn; between nothing and everything new, each number of files was seen."""
    assert killed(tmp_path, CALLS) >= {0, 1, 2, 3, 4, 5, 6}


@pytest.mark.engine
@pytest.mark.long
@pytest.mark.parametrize(
    ("call", "effect"), [("write", "error=ENOSPC"), ("fsync", "error=EIO"), ("rename", "error=EIO")]
)
def test_a_failing_disk_at_any_step(tmp_path: Path, call: str, effect: str) -> None:
    """An error at each call in turn: one message, whole files, and nothing temporary."""
    steps = survey(tmp_path)[call]
    for number in range(steps.before + 1, steps.before + steps.during + 1):
        code, found = disturb(tmp_path, call, number, effect)
        assert code == 1, number
        assert is_whole(found), (number, sorted(found))
        assert not any(".pm-autofill-" in name for name in found), number
