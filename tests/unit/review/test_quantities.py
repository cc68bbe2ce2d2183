"""Figures in prose, and whether they can be the same."""

from __future__ import annotations

import pytest

from pm_autofill.review.quantities import find_quantities, unsupported


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("39 minutes", "s", 2340.0),
        ("4 min 35 s", "s", 275.0),
        ("1 hour and 5 minutes", "s", 3900.0),
        ("1h5m", "s", 3900.0),
        ("a 40-minute outage", "s", 2400.0),
        ("12.5 %", "share", 12.5),
        ("17,014 requests", "count", 17014.0),
        ("17014", "count", 17014.0),
        ("13:42", "clock", 49320.0),
        ("13:42:17", "clock", 49337.0),
    ],
)
def test_figures_are_read(text: str, kind: str, value: float) -> None:
    """Each in one unit per kind."""
    assert [(one.kind, one.value) for one in find_quantities(text)] == [(kind, value)]


@pytest.mark.parametrize("text", ["2026-11-18", "release 2026.11.3", "SEV-1", "step 2 of 3", "#1184", "P0", "x100y"])
def test_names_and_dates_are_no_figures(text: str) -> None:
    """Nothing that could be held against a fact."""
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("theirs", "ours", "wrong"),
    [
        ("39 minutes", "39 minutes", []),
        ("40 minutes", "39 min 33 s", []),
        ("45 minutes", "39 min 33 s", ["45 minutes"]),
        ("about 42 minutes", "39 min 33 s", []),
        ("over 30 minutes, less than 2 hours", "39 minutes", []),
        ("1 hour", "39 minutes", []),
        ("2 hours", "39 minutes", ["2 hours"]),
        ("12%", "11.6%", []),
        ("12.0%", "11.6%", ["12.0%"]),
        ("17,000", "16,929", []),
        ("16,000", "16,929", []),
        ("12,000", "16,929", ["12,000"]),
        ("13:42", "13:42:59", []),
        ("13:45", "13:42:59", ["13:45"]),
        ("5 minutes, 10%", "10.0%", []),
    ],
)
def test_a_figure_may_be_cut_rounded_or_said_loosely(theirs: str, ours: str, wrong: list[str]) -> None:
    """Up to one of its last unit, a tenth where it says about; kinds that the other text lacks prove nothing."""
    assert [one.words for one in unsupported(theirs, [ours])] == wrong
