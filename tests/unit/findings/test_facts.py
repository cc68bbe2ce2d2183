"""What is known of an instant, and which of two came first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pm_autofill.findings import Basis, Known, Unit

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def instant(at: float, low: float | None = None, high: float | None = None) -> Known:
    """An instant by its minutes after noon, with bounds."""
    value, first, last = (None if one is None else NOON + timedelta(minutes=one) for one in (at, low, high))
    assert value is not None
    return Known(value=value, low=first, high=last, unit=Unit.INSTANT, basis=Basis.MEASURED, method="m", sources=())


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        (instant(1), instant(2), True),
        (instant(2), instant(1), False),
        (instant(1), instant(1), False),
        (instant(1, 0, 3), instant(2), False),
        (instant(1, 0, 1.5), instant(2), True),
        (instant(1), instant(2, 0.5, 3), False),
        (instant(1, 0, 2), instant(4, 2, 5), False),
        (instant(1, 0, 2), instant(4, 2.1, 5), True),
    ],
)
def test_one_instant_is_before_another_where_their_bounds_do_not_overlap(
    one: Known,
    other: Known,
    before: bool,  # noqa: FBT001 - a table
) -> None:
    """Where they do, nobody knows which came first."""
    assert one.is_before(other) is before


def test_without_bounds_an_instant_is_its_own() -> None:
    """With them it lies between them."""
    assert (instant(1).earliest, instant(1).latest) == (NOON + timedelta(minutes=1),) * 2
    wide = instant(1, 0, 3)
    assert (wide.earliest, wide.latest) == (NOON, NOON + timedelta(minutes=3))
