"""Instants, windows and durations in the notations of the field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pm_autofill.errors import UsageError
from pm_autofill.instants import (
    Window,
    format_duration,
    format_instant,
    from_epoch,
    parse_duration,
    parse_instant,
)

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-18T13:42:17Z", datetime(2026, 11, 18, 13, 42, 17, tzinfo=UTC)),
        (" 2026-11-18 13:42 ", datetime(2026, 11, 18, 13, 42, tzinfo=UTC)),
        ("2026-11-18T13:42:17.25+05:30", datetime(2026, 11, 18, 8, 12, 17, 250_000, tzinfo=UTC)),
        ("2026-11-18", datetime(2026, 11, 18, tzinfo=UTC)),
    ],
)
def test_instants_are_read_as_utc(text: str, expected: datetime) -> None:
    """With an offset, with none, with or without a time of day."""
    found = parse_instant(text)
    assert found == expected
    assert found.utcoffset() == timedelta(0)


def test_a_zone_is_for_instants_without_an_offset() -> None:
    """An offset that is written wins."""
    assert parse_instant("2026-11-18T13:00:00", zone="Europe/Berlin") == NOON
    assert parse_instant("2026-11-18T13:00:00+01:00", zone="Asia/Tokyo") == NOON
    assert parse_instant("2026-07-18T14:00:00", zone="Europe/Berlin") == datetime(2026, 7, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+05:00", "1763469737", "9999-12-31T23:59:59Z", "1969-12-31"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """Also one that no incident can have, around which there is no room for windows; never another error."""
    with pytest.raises(UsageError) as refused:
        parse_instant(text)
    assert str(refused.value) == f"{text!r} is not an instant. Write it as 2026-11-18T13:42:17Z."


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (NOON, "2026-11-18T12:00:00Z"),
        (NOON + timedelta(milliseconds=250), "2026-11-18T12:00:00.250Z"),
        (datetime(2026, 11, 18, 12, tzinfo=timezone(timedelta(hours=-3))), "2026-11-18T15:00:00Z"),
    ],
)
def test_instants_are_written_in_utc(instant: datetime, expected: str) -> None:
    """With milliseconds only where there are any."""
    assert format_instant(instant) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1.0004, "1970-01-01T00:00:01Z"),
        (1_800_000_000.9996, "2027-01-15T08:00:01Z"),
        (1_800_000_000.123, "2027-01-15T08:00:00.123Z"),
        (-1.5, "1969-12-31T23:59:58.500Z"),
    ],
)
def test_epoch_seconds_are_rounded_to_milliseconds(seconds: float, expected: str) -> None:
    """As precise as any source is."""
    assert format_instant(from_epoch(seconds)) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("15s", 15),
        (" 15m ", 900),
        ("1h30m", 5400),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
        ("1y", 31_536_000),
        ("0s", 0),
    ],
)
def test_durations_are_read_as_prometheus_reads_them(text: str, seconds: float) -> None:
    """A day has 24 hours and a year 365 days."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "m", "15", "1.5h", "-1m", "10 m", "1h 30m", "1M", "15minutes"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Nothing of it is guessed."""
    with pytest.raises(UsageError) as refused:
        parse_duration(text)
    assert str(refused.value) == f"{text!r} is not a duration. Write it as 15m, 30d or 1h30m."


def test_a_duration_beyond_all_bounds_is_refused() -> None:
    """Not with an overflow."""
    with pytest.raises(UsageError, match=r"^'9{30}y' is longer than a duration can be\. Write it"):
        parse_duration("9" * 30 + "y")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0ms"),
        (0.25, "250ms"),
        (90, "90s"),
        (3600, "1h"),
        (5400, "90m"),
        (604_800, "7d"),
        (2_592_000, "30d"),
        (86_400.001, "86400001ms"),
    ],
)
def test_durations_are_written_in_the_largest_unit_that_divides_them(seconds: float, expected: str) -> None:
    """One number and one unit, as every version of PromQL takes it."""
    assert format_duration(timedelta(seconds=seconds)) == expected


def test_a_window_holds_its_start_and_not_its_end() -> None:
    """Windows that follow one another share no instant."""
    window = Window(NOON, NOON + timedelta(hours=1))
    assert window.seconds == 3600.0
    assert window.contains(NOON)
    assert window.contains(NOON + timedelta(minutes=59, seconds=59))
    assert not window.contains(NOON + timedelta(hours=1))
    assert not window.contains(NOON - timedelta(milliseconds=1))


def test_a_window_can_be_widened() -> None:
    """On both sides, by different lengths."""
    window = Window(NOON, NOON + timedelta(hours=1)).widen(timedelta(minutes=30), timedelta(minutes=15))
    assert window == Window(
        datetime(2026, 11, 18, 11, 30, tzinfo=UTC),
        datetime(2026, 11, 18, 13, 15, tzinfo=UTC),
    )


def test_a_window_that_ends_before_it_starts_has_a_negative_length() -> None:
    """Whoever needs a length can see it; it holds nothing."""
    window = Window(NOON, NOON - timedelta(minutes=1))
    assert window.seconds == -60.0
    assert not window.contains(NOON)
