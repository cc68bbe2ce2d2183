"""The data drawn, as a frame with a UTC index, and as the CSV beside the picture."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import pandas as pd

from pm_autofill.graphs.labels import column
from pm_autofill.instants import format_instant, from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm_autofill.evidence.series import Floats

TIME = "time_utc"
_PRECISION = "%.12g"  # sums of samples carry dust beyond it


def frame(times: Floats, columns: Iterable[tuple[str, Floats]]) -> pd.DataFrame:
    """Drawn data as people look at it.

    Args:
        times: Epoch seconds, ascending, shape (n,).
        columns: Heads and values, each of shape (n,); equal heads are numbered.

    Returns:
        A frame with a UTC index named ``time_utc``.
    """
    heads: dict[str, Floats] = {}
    for number, (text, values) in enumerate(columns, start=1):
        head = column(text) or f"series {number}"
        heads[head if head not in heads and head != TIME else f"{head} ({number})"] = values
    index = pd.to_datetime(times, unit="s", utc=True).rename(TIME)
    return pd.DataFrame(heads, index=index)


def to_csv(data: pd.DataFrame) -> bytes:
    """A frame as CSV: RFC 3339 instants first, an empty cell where there is no value."""
    stamps = [format_instant(from_epoch(stamp.timestamp())) for stamp in data.index]
    columns = [
        ["" if math.isnan(value) else _PRECISION % value for value in data[head].tolist()] for head in data.columns
    ]
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow([TIME, *data.columns])
    rows = "".join(f"{','.join(cells)}\n" for cells in zip(stamps, *columns, strict=True))
    return (head.getvalue() + rows).encode()
