"""Samples as Prometheus writes them, as arrays: without a Python object per sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.evidence.series import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.evidence.series import Floats

_PUNCTUATION = b'[]" \t\r\n'
_PIECE = 2**20
_BETWEEN_SAMPLES = b"],"
_DECODER = msgspec.json.Decoder(list[float])


def parse_samples(text: bytes) -> tuple[Floats, Floats]:
    """Read a JSON list of samples such as ``[[1795007400.217,"42"],...]``.

    The text is read in pieces, so that beside it and the two arrays little memory is needed.

    Args:
        text: Valid JSON.

    Returns:
        Times in epoch seconds, ascending and each once, and the values there; samples that are no number are left out
        (VictoriaMetrics marks the end of a series with one).

    Raises:
        ValueError: It is not a list of pairs of numbers.
    """
    count = text.count(b"[") - 1
    pairs = np.empty((max(count, 0), 2))
    filled = 0
    for piece in _pieces(text):
        numbers = _numbers(piece.translate(None, _PUNCTUATION))
        if numbers.size % 2 or filled + numbers.size // 2 > count:
            raise ValueError("samples are not pairs")
        pairs[filled : filled + numbers.size // 2] = numbers.reshape(-1, 2)
        filled += numbers.size // 2
    if filled != count:
        raise ValueError("samples are not pairs")
    return _ordered(pairs[:, 0], pairs[:, 1])


def _numbers(text: bytes) -> Floats:
    """Numbers with commas between; ``NaN`` and ``+Inf``, which JSON does not know, take the slower way."""
    try:
        return np.array(_DECODER.decode(b"[" + text + b"]"), dtype=np.float64)
    except msgspec.DecodeError:
        return np.fromstring(text, dtype=np.float64, sep=",")


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
    kept = np.isfinite(times) & ~np.isnan(values)
    times, values = in_order(times[kept], values[kept])
    return np.ascontiguousarray(times), np.ascontiguousarray(values)
