"""The value axis of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from pm_autofill.evidence.panel_looks import FieldLook
from pm_autofill.graphs.panel_scale import choose_scale
from pm_autofill.graphs.units import format_ticks

if TYPE_CHECKING:
    from pm_autofill.graphs.panel_scale import Scale


def scale(*values: float, **settings: object) -> Scale:
    """The axis for these values."""
    look = msgspec.structs.replace(FieldLook(), **settings)
    return choose_scale(look, [np.array(values)])


def bounds(found: Scale) -> tuple[float, float]:
    """Both ends."""
    return found.low, found.high


@pytest.mark.parametrize(
    ("values", "settings", "low", "high"),
    [
        ((10, 90), {}, 0, 94.8),
        ((60, 90), {}, 58.2, 91.8),
        ((60, 90), {"soft_minimum": 40.0, "soft_maximum": 80.0}, 40, 93),
        ((60, 90), {"soft_maximum": 200.0}, 0, 200),
        ((60, 90), {"centered": True}, -100.8, 100.8),
        ((60, 90), {"minimum": 50.0}, 50, 91.8),
        ((60, 90), {"minimum": 0.0, "maximum": 100.0}, 0, 100),
        ((60, 90), {"minimum": float("nan"), "maximum": float("inf")}, 58.2, 91.8),
        ((-20, -10), {}, -20.6, -9.4),
        ((5, 5), {}, 0, 5.3),
        ((-5, -5), {}, -5.3, 0),
        ((0, 0), {}, 0, 1.06),
        ((60, 90), {"minimum": 100.0}, 100, 200),
        ((60, 90), {"maximum": 10.0}, 0, 10),
        ((0.2, 0.7), {"stacked": "percent"}, 0, 1),
    ],
)
def test_an_axis_reaches_around_the_values(
    values: tuple[float, ...], settings: dict[str, object], low: float, high: float
) -> None:
    """With nought where it is near or has a meaning, and the panel's own bounds where it has them."""
    assert bounds(scale(*values, **settings)) == pytest.approx((low, high))


def test_a_threshold_in_reach_is_on_the_axis() -> None:
    """One far away does not squeeze the values."""
    values = [np.array([1.0, 10.0])]

    assert choose_scale(FieldLook(), values, near=[15.0, 5000.0]).high == pytest.approx(15.84)
    assert choose_scale(FieldLook(), values).high == pytest.approx(10.54)


def test_nought_is_below_areas_and_bars() -> None:
    """However far the values are from it."""
    values = [np.array([60.0, 90.0])]

    assert bounds(choose_scale(FieldLook(), values, grounded=True)) == pytest.approx((0, 95.4))


@pytest.mark.parametrize(
    ("values", "base", "labels"),
    [
        ((2, 70000), 10, ["10", "100", "1 K", "10 K"]),
        ((1e-9, 1e9), 10, ["0.000000001", "0.000001", "0.001", "1", "1 K", "1 Mil", "1 Bil"]),
        ((3, 40), 10, ["5", "10", "20", "50"]),
        ((2, 9), 2, ["2", "4", "8"]),
    ],
)
def test_a_logarithmic_axis_has_powers_as_ticks(values: tuple[float, ...], base: int, labels: list[str]) -> None:
    """With round values between where they are few."""
    found = scale(*values, logarithmic=base, unit="short")

    assert format_ticks(found.ticks, "short") == labels
    assert all(found.low <= tick <= found.high for tick in found.ticks)
    assert 3 <= len(found.ticks) <= 8


def test_what_a_logarithmic_axis_cannot_show_is_counted() -> None:
    """Nought and below."""
    found = scale(0, -1, 5, 50, logarithmic=10)

    assert found.hidden == 2
    assert found.low > 0


def test_without_anything_above_nought_the_axis_is_linear() -> None:
    """A logarithm would show nothing."""
    assert scale(-5, 0, logarithmic=10).base is None
    assert scale(1, 5, logarithmic=10, minimum=-3.0, maximum=0.0).base == 10
