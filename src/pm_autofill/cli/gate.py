"""Where this process's words leave: what goes to stdout and stderr loses every secret that was looked up."""

from __future__ import annotations

import codecs
import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.secrets import Secrets


class _Gate:
    """A stream that hands on whole texts, without secrets; without ``buffer``, so that nobody writes past it."""

    def __init__(self, stream: TextIO, known: Secrets) -> None:
        self._stream = stream
        self._known = known
        self._waiting: list[str] = []
        self.encoding = stream.encoding
        self.errors = stream.errors

    def write(self, text: object) -> int:
        """Keep a text until the next flush: a secret may come in pieces.

        Raises:
            TypeError: It is no text; click finds out by that which kind of stream this is.
        """
        if not isinstance(text, str):
            message = f"this stream takes text, not {type(text).__name__}"
            raise TypeError(message)
        self._waiting.append(text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Keep some texts."""
        self._waiting += lines

    def flush(self) -> None:
        """Hand on what was written."""
        text = "".join(self._waiting)
        self._waiting.clear()  # first: what cannot be written now must not be tried again
        if text:
            self._stream.write(self._known.mask(text))
        self._stream.flush()

    def isatty(self) -> bool:
        """Whether a person watches."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The system's number of the stream."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """It is."""
        return True


@contextmanager
def closed_to(known: Secrets) -> Iterator[None]:
    """Let nothing of these secrets out on stdout and stderr while the block runs.

    Args:
        known: The secrets; those learnt meanwhile count as well.
    """
    before = sys.stdout, sys.stderr
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None:  # it was closed before the program began
            _widen(stream)
            setattr(sys, name, _Gate(stream, known))
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, _Gate):
                _flush(stream)
        sys.stdout, sys.stderr = before


def known_secrets() -> Secrets:
    """Where the secrets of this run are noted; where no command runs, a place of their own."""
    from pm_autofill.redaction.secrets import Secrets

    context = click.get_current_context(silent=True)
    found = context.find_object(Secrets) if context else None
    return found or Secrets()


def _widen(stream: TextIO) -> None:
    """Give a stream that knows ASCII only all letters, as click does with those it writes to itself."""
    if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name == "ascii":
        stream.reconfigure(encoding="utf-8", errors="replace")


def _flush(stream: _Gate) -> None:
    """Hand on the rest; whoever has stopped reading has seen enough."""
    try:
        stream.flush()
    except OSError:
        return
