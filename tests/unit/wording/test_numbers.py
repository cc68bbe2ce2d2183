"""Figures in words: about three digits, never exactly nothing or all unless they are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pm_autofill.wording.numbers import (
    count,
    join_words,
    objective,
    percent,
    plural,
    ratio_pair,
    short_count,
)

M = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.12, "12.0%"),
        (0.1091, "10.9%"),
        (0.0006, "0.06%"),
        (2.714, "271%"),
        (12.552, "1,255%"),
        (0.0987, "9.87%"),
        (0.09996, "10.0%"),
        (0.5, "50.0%"),
        (0.001, "0.10%"),
        (0.0001, "0.01%"),
        (0.00009, "<0.01%"),
        (1e-12, "<0.01%"),
        (0.0, "0%"),
        (-0.0, "0%"),
        (1.0, "100%"),
        (0.9994, "99.9%"),
        (0.99951, ">99.9%"),
        (1 - 1e-12, ">99.9%"),
        (1.003, "100.3%"),
        (1.0000001, ">100%"),
        (1.014, "101%"),
        (-0.12, f"{M}12.0%"),
        (-1.5, f"{M}150%"),
        (-1e-9, f">{M}0.01%"),
        (-0.99999, f"<{M}99.9%"),
        (0.1 + 0.2, "30.0%"),
    ],
)
def test_percent(ratio: float, words: str) -> None:
    """A ratio reads with about three digits, and says where rounding would make it exact."""
    assert percent(ratio) == words


@pytest.mark.parametrize(
    ("target", "words"), [("99.9", "99.9%"), ("99.90", "99.9%"), ("100", "100%"), ("99.999", "99.999%"), ("90", "90%")]
)
def test_objective(target: str, words: str) -> None:
    """An objective keeps every digit that was set, and no more."""
    assert objective(Decimal(target)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (17013.6, "17,014"),
        (0.0, "0"),
        (0.4, "<1"),
        (0.5, "1"),
        (1e9, "1,000,000,000"),
        (-12.0, f"{M}12"),
        (-0.2, f">{M}1"),
        (2.5, "3"),
    ],
)
def test_count(number: float, words: str) -> None:
    """A count is whole, and never 0 unless it is."""
    assert count(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (155.9e6, "155.9 million"),
        (1.21e9, "1.21 billion"),
        (999_999, "999,999"),
        (-3.663253e6, f"{M}3.663 million"),
        (12.4, "12"),
    ],
)
def test_short_count(number: float, words: str) -> None:
    """Millions and more are shortened to four digits."""
    assert short_count(number) == words


def test_pairs_lists_and_plurals() -> None:
    """Parts of a whole, things in a row, and nouns with their numbers."""
    assert ratio_pair(17013.6, 141780.4) == "17,014 of 141,780 (12.0%)"
    assert ratio_pair(0, 0) == "0 of 0"
    assert [join_words([]), join_words(["a"]), join_words(["a", "b"]), join_words(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [plural(1, "restart"), plural(3, "restart"), plural(2, "series", "series")] == [
        "1 restart",
        "3 restarts",
        "2 series",
    ]
