"""Drafts changed at random, and every command that reads one: ``python -m tests.fuzz.mutations --count 10000``.

``recordings`` changes what the three systems answer instead.

Each change is made from its number alone: ``--first 4711 --count 1 --keep DIR`` makes it again and leaves the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.benches import DraftBench, RecordingBench
from tests.fuzz.workers import flush

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.fuzz.benches import Bench, Trial
    from tests.fuzz.workers import Ran

BENCHES: dict[str, Callable[[Path], Bench]] = {"drafts": DraftBench, "recordings": RecordingBench}
MEMORY = 100.0
"""MiB by which hostile files may take more than the sound ones they were made from."""
_EXITS = {"check": {0, 1, 2}, "explain": {0, 1, 2}, "publish": {0, 1, 2}, "demo": {0, 1, 3}, "": {0, 1, 2, 3}}
# As wording takes it out of what is printed; line ends may be meant.
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not happen.

    Attributes:
        number: Of the mutation.
        mutation: What was done, in words.
        command: The command line that went wrong.
        kind: In what way.
        details: Traceback, or what was printed.
    """

    number: int
    mutation: str
    command: str
    kind: str
    details: str

    @property
    def place(self) -> str:
        """The last place of our own code in the traceback, by which findings are grouped."""
        found = re.findall(r'File "[^"]*/(pm_autofill/[^"]+)", line (\d+)', self.details)
        return ":".join(found[-1]) if found else self.details[-100:]


@dataclass
class Tally:
    """What came of many mutations.

    Attributes:
        mutations: How many.
        commands: Commands by name and exit code.
        slowest: Seconds of the processor of the slowest command, with its mutation's number.
        largest: MiB that the largest worker had beyond the one that read the sound draft, with its mutation's number.
        findings: What must not happen.
    """

    mutations: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[float, int] = (-1e9, -1)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what another tally counted."""
        self.mutations += other.mutations
        self.commands += other.commands
        self.slowest, self.largest = max(self.slowest, other.slowest), max(self.largest, other.largest)
        self.findings += other.findings


def _name(ran: Ran) -> str:
    return ran.arguments[0] if not ran.arguments[0].startswith("-") else ""


def _wrong(ran: Ran) -> Iterator[tuple[str, str]]:
    """What must not be, of a command that ended: in what way, and the details."""
    if ran.trace:
        yield "traceback", ran.trace
    elif ran.code not in _EXITS[_name(ran)]:
        yield "exit code", f"{ran.code}: {ran.err}"
    if "Traceback" in ran.err:
        yield "traceback", ran.err
    if ran.warned:
        yield "warning", "\n".join(ran.warned)
    shown = ran.err if "--dry-run" in ran.arguments else ran.err + ran.out.decode()
    if odd := UNPRINTABLE.search(shown):
        yield "unprintable", shown[max(0, odd.start() - 60) : odd.end() + 60]
    if "--json" in ran.arguments and ran.code in (0, 3):
        try:
            json.loads(ran.out, parse_constant=_refuse)
        except ValueError as error:
            yield "no JSON", f"{error}: {ran.out[:200]!r}"


def _refuse(constant: str) -> None:
    message = f"{constant} is no JSON"
    raise ValueError(message)


def campaign(kind: Callable[[Path], Bench], numbers: Sequence[int], keep: Path | None = None) -> Tally:
    """Try mutations out, one after the other.

    Args:
        kind: What makes the bench, given an empty folder.
        numbers: Of the mutations.
        keep: Where to leave the changed files; None not to.
    """
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="pm-autofill-fuzz-") as scratch:
        bench = kind(Path(scratch))
        for number in numbers:
            trial = bench.try_out(number)
            count_trial(tally, number, trial)
            if keep is not None:
                _keep(keep / str(number), trial)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{tally.mutations} mutations, {len(tally.findings)} findings ")
    return tally


def _keep(folder: Path, trial: Trial) -> None:
    for name, data in trial.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def count_trial(tally: Tally, number: int, trial: Trial) -> None:
    """Take a trial into a tally, with what went wrong in it."""
    tally.mutations += 1

    def find(command: str, kind: str, details: str) -> None:
        tally.findings.append(Finding(number, trial.words, command, kind, details))

    for one in trial.work.ran:
        tally.commands[f"{_name(one)} {one.code}"] += 1
        tally.slowest = max(tally.slowest, (one.seconds, number))
        for found in _wrong(one):
            find(" ".join(one.arguments), *found)
    if trial.excess is not None:
        tally.largest = max(tally.largest, (trial.excess, number))
        if trial.excess > MEMORY:
            find("", "memory", f"{trial.excess:.0f} MiB more")
    for remark in trial.remarks:
        find("", "rebuilt otherwise", remark)
    if trial.work.ended:
        find("", "ended", trial.work.ended)


def _in_lanes(kind: Callable[[Path], Bench], numbers: Sequence[int], lanes: int, keep: Path | None) -> Tally:
    """The same in several processes, each with every so many-th mutation."""
    pipes = []
    for lane in range(lanes):
        reading, writing = os.pipe()
        flush()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(campaign(kind, numbers[lane::lanes], keep), pipe)
            os._exit(0)
        os.close(writing)
        pipes.append((child, reading))
    whole = Tally()
    for child, reading in pipes:
        with os.fdopen(reading, "rb") as pipe:
            whole.add(pickle.load(pipe))  # noqa: S301 - our own pipe
        os.waitpid(child, 0)
    return whole


def report(tally: Tally, most: int = 5) -> str:
    """A tally in words."""
    lines = [
        f"{tally.mutations} mutations, {sum(tally.commands.values())} commands, {len(tally.findings)} findings",
        f"slowest command: {tally.slowest[0]:.2f} s of the processor (mutation {tally.slowest[1]})",
        f"most memory: {tally.largest[0]:.0f} MiB beyond the sound draft's (mutation {tally.largest[1]})",
        "exit codes: " + ", ".join(f"{name.strip()}: {count}" for name, count in sorted(tally.commands.items())),
    ]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in tally.findings:
        groups.setdefault((one.kind, one.place), []).append(one)
    for (kind, place), found in sorted(groups.items(), key=lambda item: -len(item[1])):
        numbers = ", ".join(str(one.number) for one in found[:most])
        lines += [f"\n== {kind} at {place}: {len(found)} ({numbers})", f"{found[0].mutation}: {found[0].command}"]
        lines.append(found[0].details[-2500:])
    return "\n".join(lines)


def main() -> int:
    """Run a campaign as the command line says; 1 with findings."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz.mutations")
    parser.add_argument("what", nargs="?", choices=BENCHES, default="drafts")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="leave the mutated folders here")
    chosen = parser.parse_args()
    numbers = range(chosen.first, chosen.first + chosen.count)
    tally = _in_lanes(BENCHES[chosen.what], numbers, chosen.jobs, chosen.keep)
    sys.stdout.write(report(tally) + "\n")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
