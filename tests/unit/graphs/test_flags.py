"""Flags above a picture: all readable, however close the instants are."""

from __future__ import annotations

import pytest

from pm_autofill.graphs.flags import Flag, place
from pm_autofill.graphs.labels import width
from pm_autofill.graphs.style import SMALL_SIZE
from pm_autofill.graphs.view import Mark, View

START = 1_795_009_320.0  # 2026-11-18T13:42:00Z
EDGE = 9.95


def marks(*seconds: float, wide: float = 0.0) -> list[Mark]:
    """The five marks at these seconds after 13:42."""
    words = ("start", "detected", "response", "mitigated (inferred)", "recovered")
    return [
        Mark(letter, word, START + after, START + after - wide, START + after + wide)
        for letter, word, after in zip("SDRMV", words, seconds, strict=False)
    ]


def flags(*seconds: float, length: float = 3600.0, wide: float = 0.0) -> tuple[Flag, ...]:
    """Their flags in a view that begins ten minutes before."""
    return place(marks(*seconds, wide=wide), View(START - 600, START - 600 + length), 0.85, 7.8, EDGE)


def right(flag: Flag) -> float:
    """Where a flag ends, without the room behind it."""
    return flag.left + 0.2 + width(flag.text, SMALL_SIZE)


@pytest.mark.parametrize(
    "seconds",
    [
        (0, 0, 0, 0, 0),
        (0, 5, 10, 15, 20),
        (0, 292, 511, 2268, 2363),
        (0, 1, 1500, 1501, 1502),
        (2900, 2920, 2950, 2990, 3000),
        (0, 600, 1200, 1800, 2400),
    ],
)
def test_no_flag_covers_another(seconds: tuple[float, ...]) -> None:
    """Two flags in one row do not overlap, and all stay on the picture."""
    found = flags(*seconds)

    assert len(found) == 5
    for one in found:
        assert right(one) <= EDGE
        for other in found:
            if other is not one and other.row == one.row:
                assert right(one) <= other.left or right(other) <= one.left


def test_no_pole_crosses_a_flag_below_its_own() -> None:
    """A flag flies right of its pole, so the pole of a later instant ends below the flags of earlier ones."""
    found = flags(0, 20, 40, 60, 80)

    assert [(flag.letter, flag.row) for flag in found] == [("V", 0), ("M", 1), ("R", 2), ("D", 3), ("S", 4)]


def test_far_apart_flags_share_a_row() -> None:
    """Rows are only taken where they are needed."""
    assert {flag.row for flag in flags(0, 900, 1800)} == {0}


@pytest.mark.parametrize(
    ("seconds", "length", "text"),
    [
        ((17, 300), 3600.0, "13:42 start"),
        ((17, 45), 3600.0, "13:42:17 start"),
        ((17, 300), 1200.0, "13:42:17 start"),
    ],
)
def test_seconds_are_shown_where_minutes_do_not_tell(seconds: tuple[float, ...], length: float, text: str) -> None:
    """In short pictures, and where two instants lie in one minute."""
    assert flags(*seconds, length=length)[-1].text == text


@pytest.mark.parametrize(
    ("wide", "text"), [(59.0, "13:42 start"), (60.0, "13:42 start ±1 min"), (500.0, "13:42 start ±8 min")]
)
def test_an_unsure_instant_says_so(wide: float, text: str) -> None:
    """From a minute on."""
    assert flags(17, wide=wide)[0].text == text
