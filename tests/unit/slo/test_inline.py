"""SLOs written in the configuration: read exactly, or refused with the key at fault."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from pm_autofill.config.settings import SloSettings
from pm_autofill.errors import UsageError
from pm_autofill.evidence.slos import BudgetMethod, Events, SliKind, SloDefinition
from pm_autofill.slo import inline

WHERE = "services[0].slos[1]"
WRITTEN: dict[str, object] = {"name": "checkout", "objective": 99.9, "events": {"total": "t", "bad": "b"}}


def read(**changed: object) -> SloDefinition:
    """A sound SLO of the configuration with some keys changed; a key given as None is left out."""
    written = {key: value for key, value in {**WRITTEN, **changed}.items() if value is not None}
    return inline.read(msgspec.convert(written, SloSettings), service="api", where=WHERE)


def test_what_is_not_written_has_its_default() -> None:
    """Thirty rolling days, counted by events; the objective stays exact."""
    assert read(events={"total": " t ", "bad": "b"}) == SloDefinition(
        name="checkout",
        service="api",
        objective=Decimal("99.9"),
        window="30d",
        time_zone="UTC",
        method=BudgetMethod.OCCURRENCES,
        slice_length=None,
        slice_objective=None,
        events=Events(total="t", bad="b", good=None),
        ratio=None,
        kind=SliKind.AVAILABILITY,
        origin="configuration",
    )


def test_everything_that_can_be_written_is_read() -> None:
    """Time slices, a calendar window and good events."""
    found = read(
        objective=95,
        window={"calendar": "month", "time_zone": "Europe/Berlin"},
        method="timeslices",
        time_slice={"length": "5m", "objective": 99},
        events={"total": "t", "good": "g"},
    )
    assert (found.window, found.time_zone) == ("month", "Europe/Berlin")
    assert found.method is BudgetMethod.TIMESLICES
    assert (found.slice_length, found.slice_objective) == (300.0, Decimal(99))
    assert found.events == Events(total="t", bad=None, good="g")


@pytest.mark.parametrize("calendar", ["day", "week", "month", "quarter", "year"])
def test_every_calendar_can_be_written(calendar: str) -> None:
    """Each begins where the calendar does, in UTC unless told otherwise."""
    found = read(events={"total": "t", "bad": "b"}, window={"calendar": calendar})
    assert (found.window, found.time_zone, found.rolling) == (calendar, "UTC", False)


def test_a_ratio_stands_in_place_of_events() -> None:
    """For those who have only a ratio."""
    found = read(events=None, ratio="job:errors:ratio")
    assert (found.events, found.ratio, found.kind) == (None, "job:errors:ratio", SliKind.AVAILABILITY)


@pytest.mark.parametrize("objective", [1, 99.999, 100])
def test_objectives_from_one_percent_to_a_hundred_are_taken(objective: float) -> None:
    """Both ends included."""
    assert read(objective=objective).objective == Decimal(str(objective))


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ({"total": "d_count", "good": 'd_bucket{le="0.3"}'}, SliKind.LATENCY),
        ({"total": "d_count", "bad": 'd_bucket{job="a", le = "0.3"}'}, SliKind.LATENCY),
        ({"total": 'd_bucket{le="+Inf"}', "bad": 'd_bucket{code="500"}'}, SliKind.AVAILABILITY),
        ({"total": "r", "bad": 'r{file="0.3"}'}, SliKind.AVAILABILITY),
        ({"total": "r", "bad": 'r{path="{le=\\"1\\"}"}'}, SliKind.AVAILABILITY),
    ],
)
def test_a_bucket_boundary_means_latency(events: dict[str, str], kind: SliKind) -> None:
    """Chosen by the label ``le`` of the good or bad events, not by the letters somewhere."""
    assert read(events=events).kind is kind


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"name": None}, ": name is missing. An SLO needs a name, an objective in percent, and events or ratio."),
        ({"objective": None}, ": objective is missing. An SLO needs a name, an objective in percent, and events or ra"),
        ({"objective": 0}, ": objective 0 is not a percentage above 0 and up to 100. Write 99.9 for 99.9%."),
        ({"objective": -1}, ": objective -1 is not a percentage above 0 and up to 100."),
        ({"objective": "100.1"}, ": objective 100.1 is not a percentage above 0 and up to 100."),
        ({"objective": "NaN"}, ": objective NaN is not a percentage above 0 and up to 100."),
        ({"objective": "Infinity"}, ": objective Infinity is not a percentage above 0 and up to 100."),
        ({"objective": "0.999"}, ": objective 0.999 looks like a ratio. Write it in percent: 99.900."),
        ({"method": "slices"}, ": method 'slices' is not known. Use one of occurrences, timeslices, ratio_timeslices."),
        ({"window": "monthly"}, ": window: 'monthly' is not a duration. Write it as 15m, 30d or 1h30m."),
        ({"window": "0d"}, ": window: '0d' has no length. Write it as 1m, 15m or 30d."),
        ({"window": "11y"}, ": window: '11y' is longer than ten years. Write it as 1m, 15m or 30d."),
        ({"window": "month"}, ": window 'month' is not a duration. Write {calendar: month} for the calendar's, or a"),
        ({"window": {"calendar": "fortnight"}}, ": window.calendar 'fortnight' is not known. Use one of day, week, mo"),
        (
            {"window": {"calendar": "month", "time_zone": "Mars/Base"}},
            ": window.time_zone: 'Mars/Base' is no time zone. Use an IANA name such as UTC or Europe/Berlin.",
        ),
        ({"window": {"calendar": "month", "time_zone": ""}}, ": window.time_zone: '' is no time zone."),
        ({"window": {"calendar": "month", "time_zone": "../UTC"}}, ": window.time_zone: '../UTC' is no time zone."),
        (
            {"method": "timeslices"},
            ": time_slice.objective is missing. The method timeslices needs the percentage from which on a slice is",
        ),
        (
            {"window": "1h", "time_slice": {"length": "2h"}},
            ": time_slice.length 2h is longer than the window of 1h. Write a length such as 1m or 5m.",
        ),
        ({"time_slice": {"length": "often"}}, ": time_slice.length: 'often' is not a duration. Write it as 15m"),
        ({"time_slice": {"length": "0m"}}, ": time_slice.length: '0m' has no length. Write it as 1m, 15m or 30d."),
        ({"time_slice": {"objective": "NaN"}}, ": time_slice.objective NaN is not a percentage above 0 and up to 100."),
        ({"time_slice": {"objective": 101}}, ": time_slice.objective 101 is not a percentage above 0 and up to 100."),
        ({"time_slice": {"objective": "0.99"}}, ": time_slice.objective 0.99 looks like a ratio. Write it in percent"),
        ({"ratio": "r"}, ": give either events or ratio. events takes counters that can be counted exactly; ratio is"),
        ({"events": None}, ": give either events or ratio."),
        (
            {"events": {"total": "t"}},
            ": events takes total with either bad or good. Name the counter of the bad events",
        ),
        ({"events": {"total": "t", "bad": "b", "good": "g"}}, ": events takes total with either bad or good."),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_an_slo_is_refused_at_its_key(changed: dict[str, object], expected: str) -> None:
    """The message says where, what, and what to write instead."""
    with pytest.raises(UsageError) as refused:
        read(**changed)
    assert str(refused.value).startswith(WHERE + expected)
