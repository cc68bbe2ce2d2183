"""The time axis: round UTC instants, dated where the day changes."""

from __future__ import annotations

import pytest

from pm_autofill.graphs.axis import time_ticks
from pm_autofill.graphs.view import View

from .scene import at


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [
        (
            at("13:42:10"),
            at("13:43:05"),
            ["13:42:10\n2026-11-18 UTC", "13:42:20", "13:42:30", "13:42:40", "13:42:50", "13:43:00"],
        ),
        (at("13:28"), at("14:35"), ["13:30\n2026-11-18 UTC", "13:40", "13:50", "14:00", "14:10", "14:20", "14:30"]),
        (
            at("22:40"),
            at("02:10", day=19),
            ["23:00\n2026-11-18 UTC", "23:30", "00:00\n2026-11-19", "00:30", "01:00", "01:30", "02:00"],
        ),
    ],
)
def test_ticks_are_round_and_dated(start: object, end: object, labels: list[str]) -> None:
    """The zone stands at the first tick, a date at the first and at midnight."""
    view = View(start.timestamp(), end.timestamp())  # type: ignore[attr-defined]  # instants

    assert [text for _, text in time_ticks(view)] == labels


@pytest.mark.parametrize("days", [1, 3, 30, 400, 4000])
def test_any_length_has_few_ticks(days: int) -> None:
    """Between two and ten, all inside."""
    view = View(1.7e9, 1.7e9 + 86400.0 * days)

    ticks = time_ticks(view)

    assert 2 <= len(ticks) <= 10
    assert all(view.start <= moment <= view.end for moment, _ in ticks)
