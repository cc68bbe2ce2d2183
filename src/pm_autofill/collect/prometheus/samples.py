"""Samples as Prometheus writes them, as arrays: taken out of an answer as it comes, without an object for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence.series import in_order, usable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.evidence.series import Floats

_BLANKS = b" \t\r\n"
_PUNCTUATION = b'[]"' + _BLANKS
_PIECE = 2**20
_BETWEEN_SAMPLES = b"],"
_DECODER = msgspec.json.Decoder(list[float])
# Where the samples of a series begin. No text holds this: its quotes would be escaped.
_START = re.compile(rb'(?<!\\)"values"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}\[[ \t\r\n]{0,8}(?=\[)')
_LONGEST_START = 36
_END = re.compile(rb"\][ \t\r\n]*\]")
_LONGEST_SAMPLE = 4096
_FIRST_SIZE = 256
_BYTES_PER_SAMPLE = 16
_BYTES_PER_SERIES = 500  # two arrays and what holds them
_TAKEN_OUT = re.compile(rb"\[[ \t\r\n]*(\d{1,9})\]")


class SampleSieve:
    """Takes the samples of a matrix out of its JSON as it comes, so that a long answer is never held as text.

    What is left is the same JSON with a number in place of each series' samples: ``"values":[7]``.
    """

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._taken: dict[int, tuple[Floats, Floats]] = {}
        self._count = 0
        self._samples = 0
        self._rest = b""
        self._open: _Column | None = None
        self._is_broken = False

    @property
    def size(self) -> int:
        """Bytes of memory that the samples take."""
        return _BYTES_PER_SAMPLE * self._samples + _BYTES_PER_SERIES * self._count

    def feed(self, piece: bytes) -> bytes:
        """Take a piece of the text in.

        Args:
            piece: What comes next.

        Returns:
            What is left of the text so far.
        """
        if self._is_broken:
            return b""
        try:
            return b"".join(self._sift(self._rest + piece))
        except ValueError:
            self._is_broken, self._rest, self._open = True, b"", None
            self._taken.clear()
            return b""

    def finish(self) -> bytes:
        """What is left of the rest of the text."""
        rest, self._rest = self._rest, b""
        return rest

    def samples_of(self, values: bytes) -> tuple[Floats, Floats]:
        """The samples of a series.

        Args:
            values: What stands at its ``values``: the number of what was taken out, or the samples themselves.

        Returns:
            Times in epoch seconds, ascending and each once, and the values there.

        Raises:
            ValueError: They are no samples.
        """
        number = _TAKEN_OUT.fullmatch(values)
        if self._is_broken or (number and int(number[1]) not in self._taken):
            raise ValueError("samples are not pairs")
        return self._taken.pop(int(number[1])) if number else parse_samples(values)

    def _sift(self, text: bytes) -> Iterator[bytes]:
        """What is left of a text; what cannot be told yet stays for the next one."""
        position = 0
        while True:
            if self._open is None:
                found = _START.search(text, position)
                if found is None:
                    kept = max(position, len(text) - _LONGEST_START)
                    yield text[position:kept]
                    self._rest = text[kept:]
                    return
                yield text[position : found.end()]
                yield b"%d" % self._count
                self._open, position = _Column(), found.end()
            end = _END.search(text, position)
            if end is None:
                self._rest = self._take(text[position:])
                return
            self._add(text[position : end.start() + 1])
            self._close()
            position = end.end() - 1

    def _take(self, text: bytes) -> bytes:
        """Take in all samples of a text but the last, which may be cut in two; it is handed back."""
        end = text.rfind(_BETWEEN_SAMPLES)
        if end < 0 and len(text) > _LONGEST_SAMPLE:
            text = text.translate(None, _BLANKS)
            end = text.rfind(_BETWEEN_SAMPLES)
        if len(text) - max(end, 0) > _LONGEST_SAMPLE:
            raise ValueError("a sample is too long")
        if end < 0:
            return text
        self._add(text[: end + 1])
        return text[end + 2 :]

    def _add(self, text: bytes) -> None:
        """Add samples with commas between to the series that is being read."""
        if self._open is not None:
            self._samples += self._open.add(_pairs(text))

    def _close(self) -> None:
        """The series that is being read is complete."""
        if self._open is not None:
            self._taken[self._count] = self._open.close()
            self._count += 1
            self._open = None


class _Column:
    """Samples that come one after the other, in arrays that grow in place."""

    def __init__(self) -> None:
        self._length = 0
        self._times = np.empty(0)
        self._values = np.empty(0)

    def add(self, pairs: Floats) -> int:
        """Add samples, shape (n, 2); how many there were is handed back."""
        count = len(pairs)
        end = self._length + count
        if end > len(self._times):
            self._resize(max(end + end // 4, _FIRST_SIZE) if self._length else end)
        self._times[self._length : end], self._values[self._length : end] = pairs[:, 0], pairs[:, 1]
        self._length = end
        return count

    def close(self) -> tuple[Floats, Floats]:
        """Times and values, in order."""
        self._resize(self._length)
        return _ordered(self._times, self._values)

    def _resize(self, size: int) -> None:
        # Nobody else knows of these arrays yet.
        self._times.resize(size, refcheck=False)
        self._values.resize(size, refcheck=False)


def parse_samples(text: bytes) -> tuple[Floats, Floats]:
    """Read a JSON list of samples such as ``[[1795007400.217,"42"],...]``.

    The text is read in pieces, so that beside it and the two arrays little memory is needed.

    Args:
        text: Valid JSON.

    Returns:
        Times in epoch seconds, ascending and each once, and the values there; samples that are no number are left out
        (VictoriaMetrics marks the end of a series with one), and those of another age.

    Raises:
        ValueError: It is not a list of pairs of numbers.
    """
    inner = text.strip(_BLANKS)
    if not (inner.startswith(b"[") and inner.endswith(b"]")):
        raise ValueError("samples are not pairs in a list")
    column = _Column()
    for piece in _pieces(inner[1:-1].strip(_BLANKS)):
        column.add(_pairs(piece))
    return column.close()


def _pairs(text: bytes) -> Floats:
    """Samples with commas between, shape (n, 2).

    Raises:
        ValueError: They are no pairs of numbers.
    """
    found = _numbers(text)
    if found.size != 2 * text.count(b"["):
        raise ValueError("samples are not pairs")
    return found.reshape(-1, 2)  # type: ignore[return-value]


def _numbers(text: bytes) -> Floats:
    """The numbers of samples; ``NaN`` and ``+Inf``, which JSON does not know, take the slower way."""
    plain = text.translate(None, _PUNCTUATION)
    try:
        return np.array(_DECODER.decode(b"[" + plain + b"]"), dtype=np.float64)
    except msgspec.DecodeError:
        return np.array([float(number) for number in plain.split(b",")], dtype=np.float64)


def _pieces(text: bytes) -> Iterator[bytes]:
    """The text cut between samples, without the commas there."""
    start = 0
    while start < len(text):
        end = text.find(_BETWEEN_SAMPLES, start + _PIECE)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end + 1


def _ordered(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """The samples that are numbers, in order of time."""
    kept = usable(times) & ~np.isnan(values)
    if not kept.all():
        times, values = times[kept], values[kept]
    times, values = in_order(times, values)
    return np.ascontiguousarray(times), np.ascontiguousarray(values)
