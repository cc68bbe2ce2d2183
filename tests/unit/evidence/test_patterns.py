"""Patterns from dashboards are read as JavaScript's, and never run where they could take for ever."""

from __future__ import annotations

import pytest

from pm_autofill.evidence.patterns import read_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("err.*", "errors", True),
        ("err", "errors", False),
        ("/err/", "many errors", True),
        ("/ERR/i", "errors", True),
        ("/ERR/", "errors", False),
        ("a|b", "b", True),
        ("/^(cart|pay)-[0-9]+$/", "pay-12", True),
        ("(?<name>x)", "x", True),
        ("/[[]x/", "[x", True),
        ("/[^[]x/", "[x", False),
        ("/[a&&b]+/", "&", True),
        ("/[+--]/", ",", True),
        ("/a/b/", "a/b", True),
        ("a/b", "a/b", True),
        ("//", "anything", True),
        ("/a/xi", "A", True),
        ("a*b*c*", "aabbcc", True),
        ("[[]", "[", True),
        (r"[\[a]", "[", True),
        (r"\[a\[", "[a[", True),
        ("[a&&b]", "&", True),
        ("[a||b]", "|", True),
        ("[+--]", ",", True),
        ("[^[]", "[", False),
        ("[a-c]", "b", True),
        ("x" * 294, "x" * 294, True),
    ],
)
def test_a_pattern_fits_as_in_grafana(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001 - expected
    """Without slashes it is for the whole text."""
    found = read_pattern(pattern)
    assert found is not None
    assert (found.search(text) is not None) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "/(a|aa)+$/",
        "(.*)*",
        "a*a*a*a*b",
        "(",
        "[",
        "[[",
        "x" * 400,
        "x" * 295,
        "+" * 100_000,
        r"(a)\1",
        "(?=a)b",
        "((a+))+b",
        "(a{1,}){2,}",
    ],
)
def test_a_pattern_that_could_take_very_long_is_not_run(pattern: str) -> None:
    """Nor one that is none."""
    assert read_pattern(pattern) is None
