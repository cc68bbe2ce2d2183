"""The numbers Grafana makes of a series, by its ids; such as "lastNotNull" or "p95"."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.evidence.series import Floats

_NAMES = {
    "lastNotNull": "Last *",
    "last": "Last",
    "firstNotNull": "First *",
    "first": "First",
    "min": "Min",
    "max": "Max",
    "mean": "Mean",
    "median": "Median",
    "variance": "Variance",
    "stdDev": "StdDev",
    "sum": "Total",
    "count": "Count",
    "countAll": "Count all",
    "range": "Range",
    "delta": "Delta",
    "step": "Step",
    "diff": "Difference",
    "logmin": "Min (above zero)",
    "changeCount": "Change Count",
    "distinctCount": "Distinct Count",
    "diffperc": "Difference percent",
}
_OLDER = {"current": "lastNotNull", "avg": "mean", "total": "sum", "mean()": "mean"}
_COUNTS = frozenset({"count", "countAll", "changeCount", "distinctCount"})
_PERCENT = frozenset({"diffperc"})


def calculation_name(id_: str) -> str:
    """What a legend calls it; the id itself where it is not known."""
    id_ = _OLDER.get(id_, id_)
    percentile = _percentile(id_)
    return _NAMES.get(id_, id_ if percentile is None else f"{percentile}{_ending(percentile)} %")


def is_known(id_: str) -> bool:
    """Whether ``calculate`` can make it."""
    id_ = _OLDER.get(id_, id_)
    return id_ in _NAMES or _percentile(id_) is not None


def calculate(id_: str, values: Floats) -> float:
    """The number.

    Args:
        id_: Grafana's id; one that is not known counts as "lastNotNull".
        values: The series, shape (n,); NaN where there is no value.

    Returns:
        The number; NaN where there is none, such as of no values.
    """
    id_ = _OLDER.get(id_, id_)
    if id_ == "countAll":
        return float(len(values))
    if id_ in {"last", "first"}:
        return float(values[-1 if id_ == "last" else 0]) if len(values) else math.nan
    there = values[np.isfinite(values)]
    if not len(there):
        return 0.0 if id_ in _COUNTS else math.nan
    percentile = _percentile(id_)
    if percentile is not None:
        ordered = np.sort(there)
        return float(ordered[math.floor((len(ordered) - 1) * percentile / 100 + 0.5)])
    return float(_OF_VALUES.get(id_, _last)(there))


def unit_of(id_: str, unit: str) -> str:
    """The unit a calculation's result has, of values in a unit."""
    id_ = _OLDER.get(id_, id_)
    return "none" if id_ in _COUNTS else "percentunit" if id_ in _PERCENT else unit


def _last(values: Floats) -> float:
    return float(values[-1])


def _delta(values: Floats) -> float:
    """Rises added up; after a fall the series began anew at nought."""
    steps = np.diff(values)
    return float(np.where(steps >= 0, steps, values[1:]).sum())


def _step(values: Floats) -> float:
    """The smallest distance between neighbours."""
    return float(np.abs(np.diff(values)).min()) if len(values) > 1 else math.nan


def _least_above_nought(values: Floats) -> float:
    above = values[values > 0]
    return float(above.min()) if len(above) else math.nan


def _relative_difference(values: Floats) -> float:
    return float((values[-1] - values[0]) / values[0]) if values[0] else math.nan


_OF_VALUES: Mapping[str, Callable[[Floats], float]] = {
    "firstNotNull": lambda values: float(values[0]),
    "min": lambda values: float(values.min()),
    "max": lambda values: float(values.max()),
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(np.median(values)),
    "variance": lambda values: float(values.var()),
    "stdDev": lambda values: float(values.std()),
    "sum": lambda values: float(values.sum()),
    "count": lambda values: float(len(values)),
    "range": lambda values: float(values.max() - values.min()),
    "delta": _delta,
    "step": _step,
    "diff": lambda values: float(values[-1] - values[0]),
    "logmin": _least_above_nought,
    "changeCount": lambda values: float(np.count_nonzero(np.diff(values))),
    "distinctCount": lambda values: float(len(np.unique(values))),
    "diffperc": _relative_difference,
}


def _ending(number: int) -> str:
    """The "th" of 95th."""
    teens = range(4, 21)
    return "th" if number in teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _percentile(id_: str) -> int | None:
    """The 95 of "p95"."""
    digits = id_.removeprefix("p")
    if id_ == digits or not digits.isascii() or not digits.isdigit() or len(digits) > 2:  # noqa: PLR2004 - up to p99
        return None
    return int(digits) or None
