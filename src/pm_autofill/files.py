"""Reading local files: no further than a length, and none that could keep us waiting or never end."""

from __future__ import annotations

import codecs
import os
import select
import stat
import time
from typing import TYPE_CHECKING

from pm_autofill.errors import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 2**20
# A program that writes a configuration has so long between two pieces of it.
_PIPE_SECONDS = 10.0


def read_bytes(path: Path, most: int, *, plain: bool = False, from_pipe: bool = False) -> bytes:
    """Read a regular file.

    Args:
        path: The file; folders on the way to it may be links.
        most: Bytes it may hold.
        plain: Whether it must be no symbolic link: what a stranger put into a folder could lead to a file of the
            reader's own.
        from_pipe: Whether it may be a pipe, such as ``<(sops --decrypt ...)``; one that stays silent is left.

    Returns:
        All of it.

    Raises:
        UnreadableFile: It cannot be opened, is no file of that kind, or is longer.
    """
    # Without blocking: to open a pipe that nobody writes to would wait for ever.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (os.O_NOFOLLOW if plain else 0)
    try:
        opened = os.open(path, flags)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        if plain and path.is_symlink():
            raise UnreadableFile(path, "it is a symbolic link") from None
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        raise UnreadableFile(path, _why(error), is_missing=is_missing) from None
    try:
        return _read(opened, path, most, from_pipe=from_pipe)
    except OSError as error:
        raise UnreadableFile(path, _why(error)) from None
    finally:
        os.close(opened)


def read_text(path: Path, most: int, *, from_pipe: bool = False) -> str:
    r"""Read a text that somebody wrote.

    Args:
        path: The file, in UTF-8; a byte order mark is dropped.
        most: Bytes it may hold.
        from_pipe: Whether it may be a pipe.

    Returns:
        The text, its line ends as ``\n``.

    Raises:
        UnreadableFile: It cannot be opened, is no file of that kind, is longer, or no UTF-8 text.
    """
    raw = read_bytes(path, most, from_pipe=from_pipe).removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(path, f"line {line} is not UTF-8 text") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(opened: int, path: Path, most: int, *, from_pipe: bool) -> bytes:
    """All of an open file.

    Raises:
        UnreadableFile: It is no file of the wanted kind, or longer.
    """
    found = os.fstat(opened)
    is_pipe = stat.S_ISFIFO(found.st_mode) and from_pipe
    if not (stat.S_ISREG(found.st_mode) or is_pipe):
        raise UnreadableFile(path, "it is a folder" if stat.S_ISDIR(found.st_mode) else "it is no regular file")
    pieces: list[bytes] = []
    length = found.st_size
    while length <= most:
        piece = _next_of_pipe(opened, path) if is_pipe else os.read(opened, _CHUNK)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        length = max(length, sum(map(len, pieces)))
    raise UnreadableFile(path, f"it is longer than {most} bytes")


def _next_of_pipe(opened: int, path: Path) -> bytes:
    """What comes next; nothing at its end.

    Raises:
        UnreadableFile: Nothing came in time.
    """
    end = time.monotonic() + _PIPE_SECONDS
    while select.select([opened], [], [], max(0.0, end - time.monotonic()))[0]:
        try:
            return os.read(opened, _CHUNK)
        except BlockingIOError:
            continue
    raise UnreadableFile(path, f"nothing came out of that pipe for {_PIPE_SECONDS:.0f} s")


def _why(error: OSError | ValueError) -> str:
    """What the operating system said."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "that is no file name"
