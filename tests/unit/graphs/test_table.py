"""The data beside a picture, as a frame and as CSV."""

from __future__ import annotations

import numpy as np

from pm_autofill.graphs.table import frame, to_csv

TIMES = np.array([1_795_009_320.0, 1_795_009_335.5])


def test_a_frame_has_a_utc_index() -> None:
    """As analysts expect it."""
    data = frame(TIMES, [("ratio", np.array([0.1, 0.2]))])

    assert str(data.index.dtype) == "datetime64[ns, UTC]"
    assert data.index.name == "time_utc"
    assert list(data["ratio"]) == [0.1, 0.2]


def test_csv_has_rfc_3339_times_and_empty_cells_for_gaps() -> None:
    """Sums of samples carry no dust, and large counts lose no digit."""
    data = frame(TIMES, [("ratio", np.array([0.1 + 0.2, np.nan])), ("count", np.array([12345678901.0, -1.5]))])

    assert to_csv(data).decode() == (
        "time_utc,ratio,count\n2026-11-18T13:42:00Z,0.3,12345678901\n2026-11-18T13:42:15.500Z,,-1.5\n"
    )


def test_heads_are_distinct_and_no_formulas() -> None:
    """Two series of one name stay two columns; quotes and commas are escaped."""
    values = np.array([1.0, 2.0])
    data = frame(TIMES, [("=x", values), ("=x", values), ('a,"b"', values), ("", values), ("time_utc", values)])

    assert to_csv(data).decode().splitlines()[0] == 'time_utc,\'=x,\'=x (2),"a,""b""",series 4,time_utc (5)'
