"""Runs the user's command that prints a token: for so long, for so many bytes, and nothing of it stays behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# How often a command is looked at that closed nothing: a program it started may hold its output open for ever.
_GLANCE = 0.05
_PATIENCE = 1.0  # until a killed process is gone


class CommandFailed(Exception):
    """The command gave nothing; its text says why, after "the command"."""


def run_command(line: Sequence[str], variables: Mapping[str, str], seconds: float, most: int) -> bytes:
    """Run a command and take what it prints.

    It has nothing to read and a process group of its own, which is ended with it: whatever the command started and
    left behind ends too, unless it made itself independent as a daemon does.

    Args:
        line: The program and its arguments; no shell is used.
        variables: Its environment.
        seconds: How long it may take.
        most: Bytes it may print.

    Returns:
        What it printed until it ended.

    Raises:
        CommandFailed: It could not be started, failed, took too long, or printed too much.
    """
    try:
        started = subprocess.Popen(  # noqa: S603 - the user's own command, from the user's own configuration
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # might repeat what it read
            env=dict(variables),
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        raise CommandFailed(f"could not be run: {type(error).__name__}") from None
    try:
        printed = _take(started, time.monotonic() + seconds, most)
    except TimeoutError:
        raise CommandFailed(f"did not end within {seconds:.0f} s") from None
    finally:
        _end(started)
    if started.returncode != 0:
        raise CommandFailed(f"ended with exit code {started.returncode} and no token")
    return printed


def _take(started: subprocess.Popen[bytes], end: float, most: int) -> bytes:
    """What a running command prints until it ends.

    Raises:
        TimeoutError: It does not end in time.
        CommandFailed: It prints too much.
    """
    assert started.stdout is not None  # noqa: S101 - it was asked for
    output = started.stdout.fileno()
    os.set_blocking(output, False)
    printed, is_open = b"", True
    while True:
        has_ended = _has_ended(started)
        piece = _next(output) if is_open else b""
        printed += piece or b""
        is_open = is_open and piece != b""
        if len(printed) > most:
            raise CommandFailed(f"prints more than {most} bytes, which is no token")
        if has_ended and not piece:
            return printed
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if not piece:
            select.select([output] if is_open else [], [], [], min(_GLANCE, left))


def _has_ended(started: subprocess.Popen[bytes]) -> bool:
    """Whether a command has ended; where that can be told without waiting for it, its number stays its own."""
    if not hasattr(os, "waitid"):  # macOS
        return started.poll() is not None
    return os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(started: subprocess.Popen[bytes]) -> None:
    """End a command with all it started; one that runs as somebody else, as under sudo, cannot be, and is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
    if started.stdout is not None:
        started.stdout.close()
    with suppress(subprocess.TimeoutExpired):
        started.wait(_PATIENCE)


def _next(output: int) -> bytes | None:
    """What has been printed since; nothing at the end, None where there is nothing yet."""
    try:
        return os.read(output, 64 * 2**10)
    except BlockingIOError:
        return None
