"""The command killed, or out of space, at every call that writes: each file is the old or the new one, never torn."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from pm_autofill.evidence import Evidence, dump, load
from tests.strace import Call, calls, trace
from tests.window import EVIDENCE

PROGRAM = Path(sys.executable).with_name("pm-autofill")
CALLS = "openat,write,fsync,chmod,rename,unlink,mkdir,ftruncate"
HUMAN = "\nWhat a human wrote, \N{EM DASH} to be kept.\n".encode()
SEVERITY, START = ("--set", "severity=SEV-2"), ("--set", "impact.start=2026-11-18T13:44:00Z")
EFFECTS = ("signal=KILL", "error=ENOSPC")


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that a reader would look at, by its path in it."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".pm-autofill-"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def rerun(folder: Path, *change: str) -> None:
    """The command, undisturbed."""
    done = subprocess.run([PROGRAM, "--from-evidence", folder, *change], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Rerun:
    """A run over an earlier draft, to be disturbed.

    Attributes:
        place: A folder for everything.
        change: What is different from the draft before.
        old: The draft before it, with a human's line.
        new: The draft after it.
        own: The calls of its first process that write: name, and the how many-th of that name.
        others: Those of the processes that draw.
    """

    place: Path
    change: tuple[str, ...]
    old: dict[str, bytes]
    new: dict[str, bytes]
    own: frozenset[tuple[str, int]]
    others: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, evidence: Evidence, place: Path, *change: str) -> Rerun:
        """Draft, edit and run again while counting."""
        draft = place / "draft"
        draft.mkdir(parents=True)
        (draft / "evidence.json").write_bytes(dump(evidence))
        rerun(draft, "--set", "severity=SEV-1")
        with (draft / "postmortem.md").open("ab") as document:
            document.write(HUMAN)
        # Each run is in a folder without a lock of an earlier one, so that all make the same calls.
        survey = shutil.copytree(draft, place / "survey")
        log = place / "log"
        command = [PROGRAM, "--from-evidence", survey, *change]
        done = trace(command, "-f", "-o", str(log), "-e", f"trace={CALLS}", TMPDIR=str(place))
        assert done.returncode == 0, done.stderr
        made = list(calls(log))
        own = frozenset((one.name, one.number) for one in made if _writes(one) and one.process == made[0].process)
        others = frozenset((one.name, one.number) for one in made if _writes(one) and one.process != made[0].process)
        return cls(place, change, content(draft), content(survey), own, others)

    def disturb(self, call: str, number: int, effect: str, *, everyone: bool = False) -> str:
        """Run over the old draft with one call killed or refused, check every file, and run once more.

        Args:
            call: The call's name.
            number: Which of that name.
            effect: What strace does at it.
            everyone: Whether it meets the processes that draw as well.

        Returns:
            What became of it: "old", "new", or "between".
        """
        folder = self.place / f"{call}-{number}-{effect[:5]}"
        for name, data in self.old.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        log = self.place / "log"
        options = ["-o", str(log), "-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}"]
        options += ["-f"] if everyone else []
        done = trace([PROGRAM, "--from-evidence", folder, *self.change], *options, TMPDIR=str(self.place))
        assert everyone or any(one.number == number and _writes(one) for one in calls(log)), folder.name
        assert "Traceback" not in done.stderr, (folder.name, done.stderr)
        found = content(folder)
        needed = self.new if found["postmortem.md"] == self.new["postmortem.md"] else self.old
        assert found.keys() >= needed.keys(), folder.name
        for name, data in found.items():
            assert data in {self.old.get(name), self.new.get(name)}, (folder.name, name)
        assert done.returncode or found == self.new, (folder.name, "it said that all was well")
        rerun(folder, *self.change)
        assert content(folder) == self.new, folder.name
        assert not list(folder.rglob(".pm-autofill-*")), folder.name
        shutil.rmtree(folder)
        return "old" if found == self.old else "new" if found == self.new else "between"


def _writes(call: Call) -> bool:
    """Whether a call writes something."""
    return call.name != "openat" or re.search(r"O_CREAT|O_WRONLY|O_RDWR", call.arguments) is not None


@pytest.mark.engine
def test_a_run_killed_or_out_of_space(tmp_path: Path) -> None:
    """At some calls: where files are made, filled and put in place."""
    run = Rerun.of(EVIDENCE, tmp_path, *SEVERITY)
    last = dict(sorted(run.own))
    outcomes = {run.disturb("rename", number, "signal=KILL") for number in (last["rename"] - 1, last["rename"])}
    assert outcomes == {"between"}
    assert run.disturb("openat", last["openat"], "error=ENOSPC") == "between"


@pytest.mark.engine
@pytest.mark.long
@pytest.mark.timeout(7200)  # on a busy machine
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_run_killed_or_out_of_space_at_every_call(tmp_path: Path, effect: str) -> None:
    """A run that draws graphs anew, in two processes more: nothing, all, and states between were seen."""
    subprocess.run([PROGRAM, "demo", "-q", "--output", tmp_path / "demo"], check=True, capture_output=True, timeout=240)
    whole = load(next((tmp_path / "demo").iterdir()))
    run = Rerun.of(
        replace(whole, grafana=None, slos=whole.slos[:1], past_events=()), tmp_path / "run", *SEVERITY, *START
    )
    outcomes = Counter(run.disturb(call, number, effect) for call, number in sorted(run.own))
    outcomes.update(run.disturb(call, number, effect, everyone=True) for call, number in sorted(run.others))
    assert outcomes.keys() == {"old", "between", "new"}
