"""Samples as numpy arrays, and how they are written down compactly.

A file holds each grid of timestamps once (all series of one scrape share it) and the differences between
neighbouring values, which for counters are small whole numbers.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd

    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

_LARGEST = 1e100
# Epoch seconds: from 1970 to the end of the year 2200, as instants that are typed.
_LATEST = 7_289_654_400.0
_PIECE = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One time series.

    Attributes:
        labels: Its labels, without those that name nothing.
        times: Epoch seconds, ascending, shape (n,).
        values: The samples, shape (n,); NaN where the answer held no number.
    """

    labels: dict[str, str]
    times: Floats
    values: Floats

    def __eq__(self, other: object) -> bool:
        """Equal labels and equal samples, NaN being equal to NaN."""
        import numpy as np

        if not isinstance(other, Series):
            return NotImplemented
        return (
            self.labels == other.labels
            and np.array_equal(self.times, other.times)
            and np.array_equal(self.values, other.values, equal_nan=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def cut(self, start: float, end: float) -> Series:
        """The samples in [start, end], both in epoch seconds."""
        import numpy as np

        low, high = np.searchsorted(self.times, start, "left"), np.searchsorted(self.times, end, "right")
        return Series(self.labels, self.times[low:high], self.values[low:high])


class Matrix:
    """The series of one answer, in the order of their labels.

    A plain class, because the codec would write a dataclass field by field and this one is packed.
    """

    __slots__ = ("series",)

    def __init__(self, series: tuple[Series, ...] = ()) -> None:
        """Hold the series as they are; ``matrix`` orders them."""
        self.series = series

    def __eq__(self, other: object) -> bool:
        """Equal series in equal order."""
        return isinstance(other, Matrix) and self.series == other.series

    __hash__ = None  # type: ignore[assignment]

    @property
    def sample_count(self) -> int:
        """How many samples all series hold together."""
        return sum(len(one.times) for one in self.series)

    def frame(self) -> pd.DataFrame:
        """The same as a DataFrame: UTC index, one column per series, named by its labels."""
        import pandas as pd

        columns = [
            pd.Series(one.values, index=pd.to_datetime(one.times, unit="s", utc=True), name=label_text(one.labels))
            for one in self.series
        ]
        return pd.concat(columns, axis=1) if columns else pd.DataFrame()


def label_text(labels: dict[str, str]) -> str:
    """Labels in the notation of Prometheus, such as ``http_requests_total{code="500"}``."""
    name = labels.get("__name__", "")
    inner = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()) if key != "__name__")
    return f"{name}{{{inner}}}" if inner or not name else name


def matrix(series: Iterable[Series]) -> Matrix:
    """A matrix of these series, ordered by their labels so that equal answers are equal values.

    Series of the same labels are pieces of one; how an answer was cut, and in what order it came, makes no difference.
    """
    found: dict[tuple[tuple[str, str], ...], list[Series]] = {}
    for one in series:
        found.setdefault(tuple(sorted(one.labels.items())), []).append(one)
    return Matrix(tuple(_joined(found[key]) for key in sorted(found)))


def told(values: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which samples are numbers to reckon with: neither NaN nor infinite, nor so large that sums of them overflow."""
    import numpy as np

    return np.abs(values) < _LARGEST


def usable(times: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which times are instants of this age: from 1970 to 2200."""
    return (times >= 0) & (times < _LATEST)


def in_order(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Samples by time, each instant once; of several values at one instant the smallest, whichever came first.

    Args:
        times: Epoch seconds, shape (n,).
        values: The samples, shape (n,).

    Returns:
        The same arrays where they are in order already.
    """
    import numpy as np

    if not np.any(times[1:] <= times[:-1]):
        return times, values
    order = np.lexsort((values, times))
    times, values = times[order], values[order]
    first = np.concatenate(([True], times[1:] > times[:-1]))
    return times[first], values[first]


def to_milliseconds(times: Floats) -> Floats:
    """Instants as a file keeps them; computed ones are made so at once, so that a draft is the same with and without.

    Args:
        times: Epoch seconds, shape (n,).
    """
    import numpy as np

    return np.rint(times * 1000) / 1000.0


def _joined(pieces: list[Series]) -> Series:
    """The pieces of one series, its samples in order, each instant once."""
    import numpy as np

    if len(pieces) == 1:
        return Series(pieces[0].labels, *in_order(pieces[0].times, pieces[0].values))
    times, values = (np.concatenate([getattr(piece, part) for piece in pieces]) for part in ("times", "values"))
    return Series(pieces[0].labels, *in_order(times, values))


def pack(value: Matrix) -> dict[str, Any]:
    """A matrix as a file holds it: ``grids`` of milliseconds and per series labels, grid number and value differences.

    The lists of numbers are JSON text already, made piece by piece: as lists of Python's numbers two million samples
    would take as much memory as all the rest of a run.
    """
    import numpy as np

    grids: dict[bytes, int] = {}
    packed_grids: list[msgspec.Raw] = []
    rows = []
    for one in value.series:
        milliseconds = np.rint(one.times * 1000).astype(np.int64)
        key = hashlib.sha256(milliseconds.tobytes()).digest()
        if key not in grids:
            grids[key] = len(packed_grids)
            packed_grids.append(_as_json(np.diff(milliseconds, prepend=0)))
        rows.append({"labels": one.labels, "grid": grids[key], **_pack_values(one.values)})
    return {"grids": packed_grids, "series": rows}


def unpack(packed: dict[str, Any]) -> Matrix:
    """The inverse of ``pack``.

    Raises:
        ValueError: It is not what ``pack`` writes.
    """
    import numpy as np

    try:
        grids = [np.cumsum(np.asarray(grid, dtype=np.int64)) / 1000.0 for grid in packed["grids"]]
        rows = [(_unpack_labels(row), grids[row["grid"]], _unpack_values(row)) for row in packed["series"]]
    except (KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        message = f"not a packed matrix: {type(error).__name__}"
        raise ValueError(message) from None
    if any(len(times) != len(values) for _, times, values in rows):
        message = "not a packed matrix: a series has more values than timestamps, or fewer"
        raise ValueError(message)
    return Matrix(tuple(Series(labels, *in_order(times, values)) for labels, times, values in rows))


def _pack_values(values: Floats) -> dict[str, msgspec.Raw]:
    import numpy as np

    whole = np.all(np.isfinite(values)) and np.all(np.abs(values) < 2**52) and np.all(values == np.rint(values))
    if whole:
        return {"steps": _as_json(np.diff(values.astype(np.int64), prepend=0))}
    return {"values": _as_json(values)}


def _as_json(numbers: np.ndarray[tuple[int], Any]) -> msgspec.Raw:
    """A list of numbers as JSON; those that JSON does not know as text."""
    pieces = (numbers[start : start + _PIECE].tolist() for start in range(0, len(numbers), _PIECE))
    texts = (msgspec.json.encode([one if math.isfinite(one) else str(one) for one in piece]) for piece in pieces)
    return msgspec.Raw(b"[" + b",".join(text[1:-1] for text in texts) + b"]")


def _unpack_labels(row: dict[str, Any]) -> dict[str, str]:
    labels = dict(row["labels"])
    if not all(isinstance(value, str) for value in labels.values()):
        raise TypeError
    return labels


def _unpack_values(row: dict[str, Any]) -> Floats:
    import numpy as np

    if "steps" in row:
        return np.cumsum(np.asarray(row["steps"], dtype=np.int64)).astype(np.float64)
    return np.array([float(number) for number in row["values"]], dtype=np.float64)
