"""Processes under strace: what they ask of the system, and what becomes of them when it is refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CALL = re.compile(r"(?:(\d+)\s+)?(\w+)\((.*)")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call in a log.

    Attributes:
        process: Who made it; empty where only one process was followed.
        name: Its name.
        number: The how many-th of that name it is for its process.
        arguments: The rest of the line.
    """

    process: str
    name: str
    number: int
    arguments: str


def trace(command: Sequence[object], *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command under strace, so that the same calls come in the same order each time; ``-f`` follows children."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed; `apt-get install --no-install-recommends strace` brings it")
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
    done = subprocess.run(
        [strace, *options, *map(str, command)],
        env={**kept, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "ptrace" in done.stderr and "not permitted" in done.stderr:
        pytest.skip("strace may not trace here: ptrace is not permitted")
    return done


def calls(log: Path) -> Iterator[Call]:
    """The calls in a log."""
    made = Counter[tuple[str, str]]()
    for line in log.read_text(errors="replace").splitlines():
        if found := _CALL.match(line):
            process, name, arguments = found[1] or "", found[2], found[3]
            made[process, name] += 1
            yield Call(process, name, made[process, name], arguments)
