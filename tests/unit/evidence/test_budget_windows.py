"""Stretches of the calendar in their zone, whole slices, and the sums of a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pm_autofill.evidence.budget_windows import period_name, period_of, periods_in, slices_touched, totals_of
from pm_autofill.evidence.slos import BudgetTotals, SloDefinition, SloEvidence
from pm_autofill.instants import Window


def by(calendar: str, zone: str = "UTC") -> SloDefinition:
    """An SLO whose budget begins anew with this calendar."""
    return SloDefinition(name="a", service="a", objective=Decimal(99), window=calendar, time_zone=zone)


NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "month", "minutes"),
    [
        ("UTC", 3, 44_640),
        ("UTC", 11, 43_200),
        ("America/New_York", 3, 44_580),
        ("America/New_York", 11, 43_260),
        ("Europe/Paris", 3, 44_580),
        ("Europe/Paris", 10, 44_700),
    ],
)
def test_months_are_as_long_as_they_are_there(zone: str, month: int, minutes: int) -> None:
    """An hour shorter or longer where the clocks change."""
    found = period_of(datetime(2026, month, 15, tzinfo=UTC), by("month", zone))
    assert found.seconds == 60 * minutes
    assert period_name(found, by("month", zone)) == f"2026-{month:02}"


def test_a_month_begins_at_midnight_there() -> None:
    """Not at midnight UTC; its last instant is its own, the next one the next month's."""
    berlin = by("month", "Europe/Berlin")
    found = period_of(datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC), berlin)
    assert found == Window(datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert period_of(found.end, berlin).start == found.end
    assert period_of(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), by("month", "Asia/Kolkata")).end.month == 1


def test_a_window_has_a_part_in_each_of_its_months() -> None:
    """One that ends at midnight has none in the month that begins then."""
    last = datetime(2026, 12, 1, tzinfo=UTC)
    names = [
        [period_name(one, by("month")) for one in periods_in(Window(start, end), by("month"))]
        for start, end in (
            (last - timedelta(hours=2), last - timedelta(hours=1)),
            (last - timedelta(hours=2), last),
            (last - timedelta(hours=2), last + timedelta(hours=1)),
            (last - timedelta(days=40), last + timedelta(hours=1)),
            (last, last),
        )
    ]
    assert names == [["2026-11"], ["2026-11"], ["2026-11", "2026-12"], ["2026-10", "2026-11", "2026-12"], ["2026-12"]]


@pytest.mark.parametrize(
    ("calendar", "zone", "instant", "first", "following", "name"),
    [
        ("day", "UTC", "2026-11-18T23:59:59", "2026-11-18T00:00", "2026-11-19T00:00", "2026-11-18"),
        ("day", "Europe/Berlin", "2026-10-25T12:00:00", "2026-10-24T22:00", "2026-10-25T23:00", "2026-10-25"),
        ("week", "UTC", "2026-11-18T12:00:00", "2026-11-16T00:00", "2026-11-23T00:00", "2026-W47"),
        ("week", "UTC", "2026-11-16T00:00:00", "2026-11-16T00:00", "2026-11-23T00:00", "2026-W47"),
        ("week", "UTC", "2027-01-02T12:00:00", "2026-12-28T00:00", "2027-01-04T00:00", "2026-W53"),
        ("week from Thursday", "UTC", "2026-11-18T12:00:00", "2026-11-12T00:00", "2026-11-19T00:00", "2026-11-12/P7D"),
        ("week from Sunday", "UTC", "2026-11-22T00:00:00", "2026-11-22T00:00", "2026-11-29T00:00", "2026-11-22/P7D"),
        ("quarter", "UTC", "2026-11-18T12:00:00", "2026-10-01T00:00", "2027-01-01T00:00", "2026-Q4"),
        ("quarter", "UTC", "2026-03-31T23:59:59", "2026-01-01T00:00", "2026-04-01T00:00", "2026-Q1"),
        ("quarter", "America/New_York", "2026-04-01T03:59:59", "2026-01-01T05:00", "2026-04-01T04:00", "2026-Q1"),
        ("year", "UTC", "2024-12-31T12:00:00", "2024-01-01T00:00", "2025-01-01T00:00", "2024"),
        ("year", "Asia/Kolkata", "2026-12-31T18:30:00", "2026-12-31T18:30", "2027-12-31T18:30", "2027"),
    ],
)
def test_every_calendar_has_its_stretches(
    calendar: str, zone: str, instant: str, first: str, following: str, name: str
) -> None:
    """From midnight of the first day there to that of the next one's; weeks from the day they begin with."""
    definition = by(calendar, zone)
    found = period_of(datetime.fromisoformat(instant).replace(tzinfo=UTC), definition)
    ends = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, following)]
    assert [found.start, found.end] == ends
    assert period_name(found, definition) == name


def test_slices_begin_at_multiples_of_their_length() -> None:
    """A window touches whole ones; one that ends at an edge does not touch the next."""
    second = timedelta(seconds=1)
    minute = 60 * second
    assert slices_touched(Window(NOON + second, NOON + 61 * second), 60.0) == Window(NOON, NOON + 2 * minute)
    assert slices_touched(Window(NOON, NOON + minute), 60.0) == Window(NOON, NOON + minute)
    assert slices_touched(Window(NOON + second, NOON + minute), 300.0) == Window(NOON, NOON + 5 * minute)


def totals(start: datetime, end: datetime = NOON) -> BudgetTotals:
    """The sums of a window."""
    return BudgetTotals(start=start, end=end, bad=0.0, total=1.0, sources=("t",))


def slo(*found: BudgetTotals, since: datetime | None = None) -> SloEvidence:
    """An SLO with these sums."""
    definition = SloDefinition(name="a", service="a", objective=Decimal(99))
    return SloEvidence(definition=definition, totals=found, history_start=since)


def test_sums_are_those_of_the_very_window() -> None:
    """Of windows with one end the one that begins as asked for."""
    month, recent = (totals(NOON - timedelta(days=days)) for days in (17, 28))
    one = slo(month, recent, since=NOON - timedelta(days=60))
    for found in (month, recent):
        assert totals_of(one, Window(found.start, NOON)) == found
    assert totals_of(one, Window(NOON - timedelta(days=30), NOON)) is None
    assert totals_of(one, Window(month.start, NOON - timedelta(hours=1))) is None


def test_sums_since_the_history_began_stand_for_a_longer_window() -> None:
    """Only where it did begin inside, and they do reach back to it."""
    began = NOON - timedelta(days=10)
    short, other = totals(began + timedelta(hours=1)), totals(NOON - timedelta(days=3))
    asked = Window(NOON - timedelta(days=17), NOON)
    assert totals_of(slo(short, other, since=began), asked) == short
    assert totals_of(slo(other, since=began), asked) is None
    assert totals_of(slo(other), asked) == other
