"""Instants and durations in words: UTC, cut to the minute on the clock, rounded in durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pm_autofill.wording.times import (
    clock,
    day,
    day_clock,
    duration_words,
    interval_words,
    length_adjective,
    minute,
    minutes_words,
    offset_words,
    period_words,
    window_words,
)

M = "\N{MINUS SIGN}"
START = datetime(2026, 11, 18, 13, 42, 17, 900_000, tzinfo=UTC)


def test_instants_are_cut_and_in_utc() -> None:
    """The clock is cut, and another zone's time is turned into UTC."""
    paris = START.astimezone(timezone(timedelta(hours=1)))

    assert [clock(paris), minute(paris), day(paris), day_clock(paris)] == [
        "13:42:17",
        "13:42",
        "2026-11-18",
        "2026-11-18 13:42:17",
    ]
    assert minute(datetime(2026, 11, 18, 13, 42, 59, tzinfo=UTC)) == "13:42"
    assert day(datetime(2026, 11, 19, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == "2026-11-18"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2363, "39 minutes"),
        (2370, "40 minutes"),
        (4020, "1 hour 7 minutes"),
        (3600, "1 hour"),
        (7260, "2 hours 1 minute"),
        (24, "less than a minute (24 s)"),
        (59.6, "1 minute"),
        (60, "1 minute"),
        (0, "0 minutes"),
        (0.2, "less than a minute (<1 s)"),
        (-2363, f"{M}39 minutes"),
        (87060, "24 hours 11 minutes"),
    ],
)
def test_duration_words(seconds: float, words: str) -> None:
    """A duration is in whole minutes, rounded half up."""
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (253, "4 min 13 s"),
        (24, "24 s"),
        (120, "2 min"),
        (3599.6, "1 h"),
        (4020, "1 h 7 min"),
        (4049, "1 h 7 min"),
        (183_600, "2 d 3 h"),
        (0, "0 s"),
        (0.3, "<1 s"),
        (-123, f"{M}2 min 3 s"),
        (-0.3, f"{M}<1 s"),
    ],
)
def test_interval_words(seconds: float, words: str) -> None:
    """An interval is to the second below an hour, and keeps its sign."""
    assert interval_words(seconds) == words


def test_offset_words() -> None:
    """An offset says on which side of its anchor it lies."""
    assert offset_words(253, "the start") == "4 min 13 s after the start"
    assert offset_words(-123, "the start") == "2 min 3 s before the start"
    assert offset_words(0, "the start") == "at the same second as the start"


def test_windows_date_the_end_where_the_day_changes() -> None:
    """Within a day the end is a time; beyond it a date stands before it."""
    same, next_day = START + timedelta(minutes=39), START + timedelta(hours=11)

    assert window_words(START, same) == "2026-11-18 13:42:17 to 14:21:17 UTC"
    assert window_words(START, next_day) == "2026-11-18 13:42:17 to 2026-11-19 00:42:17 UTC"
    assert minutes_words(START, same) == "13:42 to 14:21 UTC"
    assert minutes_words(START, next_day) == "13:42 to 2026-11-19 00:42 UTC"


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("30d", "30-day"),
        ("4w", "28-day"),
        ("1w2d", "9-day"),
        ("12h", "12-hour"),
        ("1h30m", "1-hour-30-minute"),
        ("x", "x"),
    ],
)
def test_length_adjective(window: str, words: str) -> None:
    """A budget window reads as an adjective."""
    assert length_adjective(window) == words


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2026-11-18", "18 November 2026"),
        ("2026-W03", "week 3/2026"),
        ("2026-11-05/P7D", "5 November 2026 week"),
        ("2026-11", "November 2026"),
        ("2026-Q4", "Q4 2026"),
        ("2026", "2026"),
    ],
)
def test_period_words(period: str, words: str) -> None:
    """Before a noun: "the November 2026 budget"."""
    assert period_words(period) == words
