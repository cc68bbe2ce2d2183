"""The numbers beside names in legends, and those that stand for a series."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pm_autofill.graphs.calculations import calculate, calculation_name, is_known, unit_of

VALUES = np.array([math.nan, 4.0, 1.0, 1.0, 7.0, math.nan])


@pytest.mark.parametrize(
    ("id_", "number"),
    [
        ("lastNotNull", 7.0),
        ("firstNotNull", 4.0),
        ("min", 1.0),
        ("max", 7.0),
        ("mean", 3.25),
        ("median", 2.5),
        ("sum", 13.0),
        ("count", 4.0),
        ("countAll", 6.0),
        ("range", 6.0),
        ("delta", 7.0),
        ("step", 0.0),
        ("diff", 3.0),
        ("logmin", 1.0),
        ("changeCount", 2.0),
        ("distinctCount", 3.0),
        ("diffperc", 0.75),
        ("p50", 4.0),
        ("p95", 7.0),
        ("p1", 1.0),
        ("current", 7.0),
        ("newer", 7.0),
    ],
)
def test_a_series_becomes_a_number(id_: str, number: float) -> None:
    """Nulls are left out, as Grafana does; an id nobody knows means the last value."""
    assert calculate(id_, VALUES) == number


def test_of_nothing_there_is_nothing() -> None:
    """But its count is nought; the last of a series that ends in a null is a null."""
    nothing = np.array([math.nan])
    assert math.isnan(calculate("max", nothing))
    assert math.isnan(calculate("last", VALUES))
    assert calculate("count", nothing) == 0.0
    assert math.isnan(calculate("first", np.zeros(0)))


def test_calculations_have_grafanas_names_and_units() -> None:
    """Counts have no unit."""
    names = [calculation_name(one) for one in ("lastNotNull", "sum", "p95", "p1", "p22", "p12", "odd")]
    assert names == ["Last *", "Total", "95th %", "1st %", "22nd %", "12th %", "odd"]
    assert [unit_of(one, "s") for one in ("max", "count", "diffperc")] == ["s", "none", "percentunit"]
    assert [is_known(one) for one in ("p99", "p100", "p0", "avg", "odd")] == [True, False, False, True, False]
