"""Series laid upon one another, and lines that break."""

from __future__ import annotations

import numpy as np
import pytest

from pm_autofill.evidence.series import Series
from pm_autofill.graphs.stacking import broken, on_grid, stack

NAN = float("nan")


def series(values: list[float], start: float = 0.0, step: float = 60.0) -> Series:
    """A series from its values."""
    return Series({}, start + step * np.arange(len(values), dtype=np.float64), np.array(values))


def test_layers_add_up() -> None:
    """Each begins where the one below ends; what is missing adds nothing."""
    _, lower, upper = stack([series([1, 2, 3]), series([10, NAN, 30])], share=False)

    assert lower.tolist() == [[0, 0, 0], [1, 2, 3]]
    assert upper.tolist() == [[1, 2, 3], [11, 2, 33]]


def test_negative_series_go_down() -> None:
    """As Grafana lays them."""
    _, lower, upper = stack([series([1, 1]), series([-2, -3]), series([5, 5]), series([-1, -1])], share=False)

    assert upper.tolist() == [[1, 1], [-2, -3], [6, 6], [-3, -4]]
    assert lower.tolist() == [[0, 0], [0, 0], [1, 1], [-2, -3]]


def test_shares_make_one() -> None:
    """And nothing where there is nothing."""
    _, _, upper = stack([series([1, 0]), series([3, 0])], share=True)

    assert upper.tolist() == [[0.25, 0], [1, 0]]


def test_series_of_different_steps_are_joined_between_samples() -> None:
    """A sample every two minutes stands for the minute between."""
    times, _, upper = stack([series([1, 1, 1]), series([4, 8], step=120)], share=False)

    assert times.tolist() == [0, 60, 120]
    assert upper[1].tolist() == [5, 7, 9]


def test_a_layer_does_not_bridge_a_gap() -> None:
    """Where samples are missing, it adds nothing."""
    sparse = Series({}, np.array([0.0, 60, 120, 600, 660]), np.array([1.0, 1, 1, 1, 1]))
    times, _, upper = stack([sparse, series([1] * 12)], share=False)

    assert dict(zip(times.tolist(), upper[0].tolist(), strict=True))[300] == 0


def test_the_grid_holds_every_sample_where_it_was() -> None:
    """And NaN elsewhere."""
    times, grid = on_grid([series([1, 2]), series([3], start=30)])

    assert times.tolist() == [0, 30, 60]
    assert np.array_equal(grid, [[1, NAN, 2], [NAN, 3, NAN]], equal_nan=True)


@pytest.mark.parametrize(("bridged", "drawn"), [(False, [1, NAN, 3, NAN, 5, 6]), (True, [1, 3, 5, 6])])
def test_a_line_breaks_at_nulls_and_at_missing_samples(bridged: bool, drawn: list[float]) -> None:  # noqa: FBT001
    """Unless the panel says to span them."""
    one = Series({}, np.array([0.0, 60, 120, 600, 660]), np.array([1.0, NAN, 3, 5, 6]))

    times, values = broken(one, bridged=bridged)

    assert np.array_equal(values, drawn, equal_nan=True)
    assert (np.diff(times) > 0).all()


def test_infinities_are_not_drawn() -> None:
    """Nor what would overflow."""
    _, values = broken(series([1, float("inf"), -1e305]), bridged=False)

    assert np.array_equal(values, [1, NAN, NAN], equal_nan=True)
