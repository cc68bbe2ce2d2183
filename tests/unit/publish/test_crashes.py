"""A run that dies, or meets a full disk, at any step of writing: every file is the old or the new one, never torn."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.pipeline import make_draft
from pm_autofill.publish.directory import write
from tests.unit.publish.drafts import NEW, OLD, content
from tests.unit.publish.drafts import files_of as written

if TYPE_CHECKING:
    from pm_autofill.publish.directory import DraftFiles

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
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
# The first run brings in what a run imports, so that the second makes few calls besides those of its own.
RUN = """
import shutil, sys
from datetime import UTC, datetime
from pathlib import Path
from pm_autofill.pipeline import Order, run

def rerun(folder, severity):
    run(Order(request=None, configuration=None, template=None, output=None, from_evidence=folder,
        statements=(f"severity={severity}",), clock=lambda: datetime.now(UTC)), print)

folder = Path(sys.argv[1])
shutil.copytree(folder, folder.with_name(f"{folder.name}-first"))
rerun(folder.with_name(f"{folder.name}-first"), "SEV-3")
Path("writing-begins-here").exists()
rerun(folder, "SEV-2")
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


def trace(folder: Path, *options: str, script: str = WRITER) -> subprocess.CompletedProcess[str]:
    """Write the new draft under strace, or run whatever else."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed; `apt-get install --no-install-recommends strace` brings it")
    command = [strace, "-f", *options, sys.executable, "-S", "-c", script, str(folder), str(ROOT)]
    # Without site the interpreter starts the same way each time; the packages' folders are given instead.
    paths = ":".join(path for path in sys.path if path)
    variables = {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip("strace may not trace here: ptrace is not permitted")
    return done


def survey(folder: Path) -> dict[str, Steps]:
    """Write once undisturbed, and count the calls of each kind."""
    prepare(folder / "draft")
    log = folder / "log"
    done = trace(folder / "draft", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    assert done.returncode == 0, done.stderr
    assert content(folder / "draft") == files_of(NEW)
    return count_calls(log)


def count_calls(log: Path) -> dict[str, Steps]:
    """The calls of each kind in strace's log, before and from the mark on."""
    before, during = Counter[str](), Counter[str]()
    seen = False
    for line in log.read_text().splitlines():
        seen = seen or MARK in line
        found = re.match(r"\d+\s+(\w+)\(", line)
        if found and found[1] in CALLS:
            (during if seen else before)[found[1]] += 1
    return {call: Steps(before[call], during[call]) for call in CALLS if during[call]}


def disturb(folder: Path, call: str, number: int, effect: str) -> tuple[int, dict[str, bytes]]:
    """Write the new draft over the old one with one call disturbed; the exit code and what lies there then."""
    draft = prepare(folder / f"{call}-{number}")
    done = trace(draft, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}")
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


def test_killed_while_files_are_put_in_place(tmp_path: Path) -> None:
    """Killed at each rename: no torn file, a human's line kept, and the next run puts all in order."""
    # The file that was about to be put in place is counted: it is there under another name.
    assert killed(tmp_path, ("rename",)) == {1, 2, 3, 4, 5, 6}


@pytest.mark.long
def test_killed_at_any_step(tmp_path: Path) -> None:
    """Killed at each write-like call in turn; between nothing and everything new, each number of files was seen."""
    assert killed(tmp_path, CALLS) >= {0, 1, 2, 3, 4, 5, 6}


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


@pytest.mark.long
@pytest.mark.timeout(1800)  # on a busy machine
def test_a_whole_run_killed_or_out_of_space(tmp_path: Path) -> None:
    """From the evidence to the merged document: at each write-like call every file is the old or the new one."""
    evidence = Evidence(
        collected_at=AT,
        version="1",
        request=Request(as_of=AT, service="checkout", since=AT.replace(hour=10), until=AT.replace(hour=11)),
        configuration={"services": [{"name": "checkout"}]},
        template=TemplateText(name="t.md.j2", text="# A draft\n\n{{ severity }}\n"),
        stated={"severity": "SEV-1"},
    )
    draft = tmp_path / "draft"
    write(draft, make_draft(evidence)[0])
    with (draft / "postmortem.md").open("ab") as document:
        document.write(HUMAN)
    old = content(draft)
    calls = f"trace={','.join(CALLS)},stat,newfstatat"
    done = trace(draft, "-o", str(tmp_path / "log"), "-e", calls, script=RUN)
    assert done.returncode == 0, done.stderr
    new = content(draft)
    assert new["postmortem.md"].endswith(HUMAN)
    assert b"SEV-2 (stated) <!-- pm:severity" in new["postmortem.md"]

    outcomes = set()
    steps = count_calls(tmp_path / "log")
    for call in ("write", "fsync", "chmod", "rename"):
        for number in range(steps[call].before + 1, steps[call].before + steps[call].during + 1):
            for effect in ("signal=SIGKILL", "error=ENOSPC"):
                folder = tmp_path / f"{call}-{number}-{effect[:5]}"
                for name, data in old.items():
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / name).write_bytes(data)
                inject = ("-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}")
                code = trace(folder, "-o", "/dev/null", *inject, script=RUN).returncode
                found = {name: data for name, data in content(folder).items() if ".pm-autofill-" not in name}
                assert found.keys() == old.keys(), (call, number, effect)
                assert all(data in {old[name], new[name]} for name, data in found.items()), (call, number, effect)
                outcomes.add((code != 0, sum(found[name] == new[name] for name in new)))
    assert outcomes >= {(True, 0), (True, 1), (True, 2)}
