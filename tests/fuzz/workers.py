"""Commands run in a forked process within limits of time and memory, and what can be said of how they ended.

Forking from a process that has everything loaded makes a run cost what it computes, and nothing it does outlives it.
"""

from __future__ import annotations

import faulthandler
import io
import os
import pickle
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CPU_SECONDS = 10
"""What one command may take, by the processor's clock: that of the wall tells how busy the machine is."""
WALL_SECONDS = 120
"""What one command may take if it only waits."""
# Threads take addresses, not memory; what is really taken is told by the peak.
_ADDRESSES = 4 << 30


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that ended.

    Attributes:
        arguments: The command line.
        code: Its exit code.
        seconds: Of the processor.
        out: What it printed on stdout.
        err: What it printed on stderr.
        trace: The traceback of an error that nobody explained; empty without one.
        warned: What Python warned of.
    """

    arguments: tuple[str, ...]
    code: int
    seconds: float
    out: bytes
    err: str
    trace: str
    warned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker did.

    Attributes:
        ran: Its commands, in order, as far as they ended.
        ended: How it died before its last command ended; empty when it did not.
        peak: MiB it had in memory at most.
    """

    ran: tuple[Ran, ...]
    ended: str
    peak: float


@dataclass
class _Left(BaseException):
    """The program wants to exit."""

    code: int


@dataclass
class Workers:
    """What forks.

    Attributes:
        prepare: Called in each worker before its commands.
    """

    prepare: Callable[[], None] = field(default=lambda: None)

    def run(self, folder: Path, commands: Sequence[tuple[str, ...]]) -> Work:
        """Run commands one after the other in a process of their own.

        Args:
            folder: Their current folder.
            commands: Command lines without the program's name.
        """
        with tempfile.TemporaryFile() as stack:
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reading)
                self._serve(folder, commands, writing, stack.fileno())
            os.close(writing)
            ran = _collect(reading, child)
            _, status, usage = os.wait4(child, 0)
            stack.seek(0)
            told = stack.read().decode(errors="replace")
        ended = "" if len(ran) == len(commands) else f"{_death(status)} in {commands[len(ran)]}\n{told}"
        return Work(tuple(ran), ended, usage.ru_maxrss / 1024)

    def _serve(self, folder: Path, commands: Sequence[tuple[str, ...]], writing: int, stack: int) -> NoReturn:
        code = 1
        try:
            used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + _ADDRESSES, used + _ADDRESSES))
            faulthandler.register(signal.SIGPROF, file=stack, chain=True)
            os.chdir(folder)
            self.prepare()
            with os.fdopen(writing, "wb") as pipe:
                for command in commands:
                    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
                    pipe.write(pickle.dumps(execute(tuple(map(_found, command)))))
                    pipe.flush()
            code = 0
        finally:
            if code:
                os.write(stack, traceback.format_exc().encode())
            os._exit(code)


def _found(argument: str) -> str:
    """An argument; of one that holds an asterisk, the first file or folder there is."""
    return str(next(Path().glob(argument), argument)) if "*" in argument else argument


def execute(arguments: tuple[str, ...]) -> Ran:
    """Run the program in this process, as the installed command would."""
    from pm_autofill.cli import program

    traces: list[str] = []

    def leave(code: int) -> None:
        raise _Left(code)

    def show_origin(error: Exception, *, debug: bool) -> None:
        del debug
        traces.append("".join(traceback.format_exception(error)))

    out, err = io.BytesIO(), io.BytesIO()
    vars(program).update(leave=leave, _show_origin=show_origin)  # the seams at which a process ends
    began = time.process_time()
    code = -1
    # As strict as a stream can be: what cannot be written as UTF-8 is an error.
    stdout = io.TextIOWrapper(out, "utf-8", write_through=True)
    stderr = io.TextIOWrapper(err, "utf-8", "backslashreplace", write_through=True)
    with (
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        try:
            program.main(arguments)
        except _Left as left:
            code = left.code
    said = err.getvalue().decode()
    return Ran(
        arguments,
        code,
        time.process_time() - began,
        out.getvalue(),
        said,
        traces[-1] if traces and "internal error" in said else "",
        tuple(f"{one.category.__name__}: {one.message} ({one.filename}:{one.lineno})" for one in warned),
    )


def _collect(reading: int, child: int) -> list[Ran]:
    """What a worker tells; it is ended when it tells nothing for too long."""
    told, seen = b"", 0
    ran: list[Ran] = []
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while True:
            ready, _, _ = select.select([pipe], [], [], WALL_SECONDS)
            if not ready:
                os.kill(child, signal.SIGKILL)
            piece = pipe.read(1 << 20) if ready else b""
            if not piece:
                return ran
            told += piece
            while (done := _next(told[seen:])) is not None:
                one, length = done
                ran.append(one)
                seen += length


def _next(told: bytes) -> tuple[Ran, int] | None:
    stream = io.BytesIO(told)
    try:
        found = pickle.load(stream)  # noqa: S301 - our own pipe
    except (EOFError, pickle.UnpicklingError):
        return None
    assert isinstance(found, Ran)
    return found, stream.tell()


def _death(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGPROF:
            return f"a hang: more than {CPU_SECONDS} s of the processor"
        if number == signal.SIGKILL:
            return f"a hang: nothing for {WALL_SECONDS} s"
        return f"ended by signal {number}"
    return f"ended with code {os.WEXITSTATUS(status)}"


def flush() -> None:
    """Write out what is buffered, so that no worker does it again."""
    sys.stdout.flush()
    sys.stderr.flush()


def within_limits(work: Callable[[], object]) -> str:
    """Do something in a process of its own, with the processor's time that a command has.

    Returns:
        What went wrong; empty when nothing did.
    """
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                faulthandler.register(signal.SIGPROF, file=told.fileno(), chain=True)
                signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
                work()
                code = 0
            finally:
                if code:
                    os.write(told.fileno(), traceback.format_exc().encode())
                os._exit(code)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        return f"{_death(status)}\n{told.read().decode(errors='replace')}" if status else ""
