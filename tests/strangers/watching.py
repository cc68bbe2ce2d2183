"""A command run while everything it starts, opens and connects to is written down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = Path(sys.executable).with_name("pm-autofill")
# Run by every Python process that has it on its path, those that are forked included.
_HOOK = """
import os, sys, json
_log = os.open(os.environ["AUDIT_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_told = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn",
         "socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind", "open", "os.listdir", "os.scandir")
def _hook(event, arguments):
    if event in _told:
        os.write(_log, json.dumps([event, [repr(one) for one in arguments]]).encode() + b"\\n")
sys.addaudithook(_hook)
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command did.

    Attributes:
        code: Its exit code.
        stdout: What it printed.
        stderr: What it printed there.
        events: What Python's audit hook saw: the event's name and its arguments, each as ``repr`` writes it.
    """

    code: int
    stdout: str
    stderr: str
    events: list[tuple[str, list[str]]] = field(repr=False)

    def of(self, *names: str) -> list[list[str]]:
        """The arguments of some kinds of events."""
        return [arguments for name, arguments in self.events if name in names]

    @property
    def opened(self) -> set[str]:
        """Every file that was opened by name, relative names included."""
        return {arguments[0].strip("'") for arguments in self.of("open") if arguments[0].startswith("'")}


def watch(folder: Path, scratch: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> Watched:
    """Run the installed command and write down what it does.

    Args:
        folder: The current folder.
        scratch: A folder for the log, and for a home that holds nothing.
        arguments: The command line.
        variables: Beside ``PATH`` and a home of its own.
    """
    (scratch / "hook").mkdir(exist_ok=True)
    (scratch / "hook" / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
    (scratch / "home").mkdir(exist_ok=True)
    log = scratch / "events"
    log.unlink(missing_ok=True)
    own = {"HOME": str(scratch / "home"), "PYTHONPATH": str(scratch / "hook"), "AUDIT_LOG": str(log)}
    own["MPLCONFIGDIR"] = mpl.get_cachedir()  # where it has found its fonts already
    done = subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **own, **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    events: list[Any] = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert events  # or nothing was watched
    return Watched(done.returncode, done.stdout, done.stderr, [(name, told) for name, told in events])
