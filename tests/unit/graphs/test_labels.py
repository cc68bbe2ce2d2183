"""Outside text: drawable, harmless in a spreadsheet, and fit for a file name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pm_autofill.graphs.labels import column, drawable, file_stem, width


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Error ratio", "Error ratio"),
        ("_cart", "_cart"),
        ("$\\frac{a$", "$\\frac{a$"),
        ("a\x00b\x1b[31mc\nd", "abc d"),
        ("errors 🔥🛒 of 支付", "errors □ of □"),
        ("支付服务", "series 1"),
        ("", "series 1"),
        ("\ud800", "series 1"),
        ("---", "---"),
        ("Ошибки", "Ошибки"),
    ],
)
def test_text_is_made_drawable(text: str, drawn: str) -> None:
    """What the font lacks becomes a box, and a name of nothing but boxes is replaced."""
    assert drawable(text, "series 1") == drawn


def test_long_text_is_cut() -> None:
    """With an ellipsis."""
    assert drawable("x" * 50, "", 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    ("text", "head"),
    [("=1+1", "'=1+1"), ("+a", "'+a"), ("-a", "'-a"), ("@a", "'@a"), ("a=1", "a=1"), ("", ""), ("\t=1", "'=1")],
)
def test_a_column_is_no_formula(text: str, head: str) -> None:
    """A spreadsheet shows it as text."""
    assert column(text) == head


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("checkout-availability", "checkout-availability"),
        ("Error ratio ($env) / 5xx", "error-ratio-env-5xx"),
        ("../../etc/passwd", "etc-passwd"),
        ("naïve café", "naive-cafe"),
        ("支付", "7"),
        ("...", "7"),
        ("CON.", "con"),
    ],
)
def test_a_file_name_is_made_of_allowed_characters(text: str, name: str) -> None:
    """And never leads out of its folder."""
    assert file_stem(text, "7") == name


@given(st.text())
def test_any_text_gives_a_safe_name(text: str) -> None:
    """Letters, digits, dots, dashes, underscores; no dot or dash at the ends; not too long."""
    name = file_stem(text, "7")

    assert re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,46}[a-z0-9])?", name)


@given(st.text())
def test_any_text_can_be_measured_once_it_is_drawable(text: str) -> None:
    """The font knows all its characters."""
    assert width(drawable(text, "-"), 9.0) > 0


def test_wider_text_is_wider() -> None:
    """In inches: an em of nine points is an eighth of an inch."""
    assert 0.9 < width("0" * 12, 9.0) < 1.0
    assert width("start", 9.0, bold=True) > width("start", 9.0)
