"""Budgets of stretches of the calendar: so far, projected, split at a month's end; and by slices."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.budget import Budget, account
from pm_autofill.analyse.budget_plan import history_window, plan
from pm_autofill.analyse.counting import count_requests
from pm_autofill.analyse.stated import read
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import BudgetMethod, BudgetTotals
from pm_autofill.findings import Basis, Fact, Known, Unknown
from pm_autofill.instants import Window
from tests.unit.analyse.cases import NOON, at, sli
from tests.unit.analyse.test_counting import impact_of, number, stated

if TYPE_CHECKING:
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.series import Matrix
    from pm_autofill.evidence.slos import SloEvidence

FIRST, NEXT = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CONSUMED, BEFORE, AFTER = (f"error_budget.{name}_ratio" for name in ("consumed", "remaining_before", "remaining_after"))
NONE = Unknown(reason="x", ask="y")
HISTORY = datetime(2026, 1, 1, tzinfo=UTC)


def summed(start: datetime, end: datetime, bad: float, total: float) -> BudgetTotals:
    """What the server summed."""
    return BudgetTotals(start=start, end=end, bad=bad, total=total, sources=(f"t{start:%d}",))


def monthly(*found: BudgetTotals, since: datetime = HISTORY, **changed: object) -> Impact:
    """Forty minutes of 12 percent failures from noon on: 11,520 of 96,000 requests."""
    slo = sli((0, 40, 0.12), totals=found, history_start=since)
    definition = replace(slo.definition, **{"window": "month", **changed})
    return stated(impact_of(replace(slo, definition=definition)), 0, 40)


def budget_of(impact: Impact, as_of: datetime) -> Budget:
    """Its budget."""
    return account(impact, count_requests(impact)["requests.failed"], NONE, NONE, as_of)


def _later(found: Matrix, shift: timedelta) -> Matrix:
    """The same samples at another time."""
    return matrix([Series(one.labels, one.times + shift.total_seconds(), one.values) for one in found.series])


def _with(impact: Impact, slo: SloEvidence) -> Impact:
    """The impact with other evidence."""
    return dataclasses.replace(impact, survey=dataclasses.replace(impact.survey, slo=slo))


def test_a_month_that_is_over_is_counted() -> None:
    """11,520 of the 100,000 that its hundred million requests allow; before and after are of the same budget."""
    one = monthly(
        summed(FIRST, NEXT, 60_000, 100_000_000),
        summed(FIRST, at(0), 40_000, 58_000_000),
        summed(FIRST, at(40), 51_520, 58_096_000),
    )
    found = budget_of(one, NEXT + DAY)
    consumed = found.facts[CONSUMED]
    assert isinstance(consumed, Known)
    assert consumed.number == pytest.approx(0.1152, rel=0.001)
    assert consumed.basis is Basis.MEASURED
    assert consumed.method == "occurrences in the calendar month 2026-11 (UTC)"
    assert number(found.facts[BEFORE]) == pytest.approx(0.6)
    assert number(found.facts[AFTER]) == pytest.approx(1 - 0.5152)
    assert [(one.period, one.projected) for one in found.shares] == [("2026-11", False)]


def test_a_month_that_is_not_over_is_projected_from_the_last_weeks() -> None:
    """58 million until now, then 3 million a day for the rest."""
    now = at(60)
    left = (NEXT - now) / DAY
    one = monthly(
        summed(FIRST, now, 60_000, 58_000_000),
        summed(now - 28 * DAY, now, 60_000, 84_000_000),
        summed(FIRST, at(0), 40_000, 57_000_000),
        summed(FIRST, at(40), 51_520, 57_096_000),
    )
    found = budget_of(one, now)
    allowed = 0.001 * (58_000_000 + 3_000_000 * left)
    consumed = found.facts[CONSUMED]
    assert isinstance(consumed, Known)
    assert consumed.number == pytest.approx(11_520 / allowed, rel=0.001)
    assert (consumed.basis, consumed.low, consumed.high) == (Basis.INFERRED, None, None)
    assert consumed.method == "occurrences in the calendar month 2026-11 (UTC), events projected to its end"
    assert set(consumed.sources) >= {"t01", "t21"}
    assert number(found.facts[AFTER]) == pytest.approx(1 - 51_520 / allowed)
    assert found.shares[0].projected


@pytest.mark.parametrize(
    ("window", "first", "following", "name"),
    [
        ("day", datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC), "calendar day 2026-11-18"),
        ("week", datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC), "calendar week 2026-W47"),
        (
            "week from Tuesday",
            datetime(2026, 11, 17, tzinfo=UTC),
            datetime(2026, 11, 24, tzinfo=UTC),
            "calendar week 2026-11-17/P7D",
        ),
        ("quarter", datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "calendar quarter 2026-Q4"),
        ("year", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "calendar year 2026"),
    ],
)
def test_every_stretch_of_the_calendar_is_one_budget(
    window: str, first: datetime, following: datetime, name: str
) -> None:
    """Counted over all of it, before and after included; asked for with the one before it."""
    one = monthly(
        summed(first, following, 60_000, 100_000_000),
        summed(first, at(0), 40_000, 58_000_000),
        summed(first, at(40), 51_520, 58_096_000),
        window=window,
    )
    found = budget_of(one, following + DAY)
    consumed = found.facts[CONSUMED]
    assert isinstance(consumed, Known)
    assert consumed.number == pytest.approx(0.1152, rel=0.001)
    assert consumed.method == f"occurrences in the {name} (UTC)"
    assert number(found.facts[BEFORE]) == pytest.approx(0.6)
    assert number(found.facts[AFTER]) == pytest.approx(1 - 0.5152)
    reach = history_window(one.slo.definition, at(40))
    assert reach is not None
    assert reach.end == at(40)
    assert first - timedelta(days=366) <= reach.start < first


def test_a_stretch_that_could_not_be_summed_is_named() -> None:
    """It ends where the calendar says, not at the recovery."""
    facts = budget_of(monthly(window="week"), NEXT).facts
    reasons = {fact.reason for fact in facts.values() if isinstance(fact, Unknown)}
    assert (len(facts), reasons) == (3, {"the events of the calendar week could not be read"})


def test_the_windows_of_a_month_are_asked_for() -> None:
    """Until V, until S, until now, and the last four weeks; a month that is over whole, without those."""
    one = monthly()
    asked = plan(one, at(60))
    assert asked is not None
    assert asked.asked == (
        Window(FIRST, at(40)),
        Window(FIRST, at(0)),
        Window(FIRST, at(60)),
        Window(at(60) - 28 * DAY, at(60)),
    )
    over = plan(one, NEXT + DAY)
    assert over is not None
    assert over.asked == (Window(FIRST, at(40)), Window(FIRST, at(0)), Window(FIRST, NEXT))


def test_a_history_that_begins_within_the_month_is_scaled() -> None:
    """Coverage is told, and what was left is unknown."""
    since = NOON - 5 * DAY
    one = monthly(*(summed(since, end, 10, 5_000_000) for end in (NEXT, at(0), at(40))), since=since)
    found = budget_of(one, NEXT + DAY)
    consumed = found.facts[CONSUMED]
    assert isinstance(consumed, Known)
    scaled = 5_000_000 * ((NEXT - FIRST) / (NEXT - since))
    assert consumed.number == pytest.approx(11_520 / (0.001 * scaled), rel=0.001)
    assert consumed.basis is Basis.INFERRED
    assert found.coverage_ratio == pytest.approx((NEXT - since) / (NEXT - FIRST))
    assert found.facts[BEFORE] == Unknown(
        reason="the history is shorter than the calendar month", ask="whoever owns the SLO"
    )


def test_an_incident_across_a_months_end_is_split() -> None:
    """In a zone whose month ends while the impact lasts: each month has its share, the larger one is the fact."""
    zone = "Pacific/Auckland"  # midnight there is 11:00 UTC
    shift = datetime(2026, 11, 30, 11, tzinfo=UTC) - at(30)
    slo = sli((0, 40, 0.12))
    moved = [
        replace(one, matrix=_later(one.matrix, shift), start=one.start + shift, end=one.end + shift)
        for one in (slo.total, slo.bad)
        if one is not None
    ]
    border, start, end = at(30) + shift, at(0) + shift, at(40) + shift
    november, december = datetime(2026, 10, 31, 11, tzinfo=UTC), datetime(2026, 12, 31, 11, tzinfo=UTC)
    found = (
        summed(november, border, 70_000, 100_000_000),
        summed(november, start, 50_000, 99_000_000),
        summed(border, december, 9_000, 50_000_000),
        summed(border, end, 2_880, 24_000),
    )
    definition = replace(slo.definition, window="month", time_zone=zone)
    one = stated(
        impact_of(
            replace(slo, definition=definition, total=moved[0], bad=moved[1], totals=found, history_start=HISTORY)
        ),
        shift / timedelta(minutes=1),
        shift / timedelta(minutes=1) + 40,
    )
    budget = budget_of(one, december + DAY)
    assert [share.period for share in budget.shares] == ["2026-11", "2026-12"]
    assert [share.ratio for share in budget.shares] == pytest.approx([8640 / 100_000, 2880 / 50_000], rel=0.001)
    assert number(budget.facts[CONSUMED]) == pytest.approx(0.0864, rel=0.001)
    assert number(budget.facts[BEFORE]) == pytest.approx(0.5)
    assert number(budget.facts[AFTER]) == pytest.approx(1 - 2880 / 50_000)
    assert budget.exhausted is None
    blind = replace(one.slo, total=None, bad=None)
    unread = account(_with(one, blind), read("requests.failed", "100"), NONE, NONE, december + DAY)
    assert isinstance(unread.facts[CONSUMED], Unknown)


def test_slices_of_a_month_need_no_projection() -> None:
    """There are 43,200 minutes in November whatever is still to come."""
    sliced: dict[str, Any] = {"method": BudgetMethod.TIMESLICES, "slice_length": 60.0, "slice_objective": Decimal(99)}
    minutes = (at(0) - FIRST) / timedelta(minutes=1)
    one = monthly(summed(FIRST, at(0), 10, minutes), summed(FIRST, at(40), 50, minutes + 40), **sliced)
    found = budget_of(one, at(60))
    consumed = found.facts[CONSUMED]
    assert isinstance(consumed, Known)
    assert consumed.number == pytest.approx(40 / 43.2)
    assert consumed.basis is Basis.MEASURED
    assert consumed.method == "time slices of 1m in the calendar month 2026-11 (UTC)"
    assert number(found.facts[BEFORE]) == pytest.approx(1 - 10 / 43.2)
    assert number(found.facts[AFTER]) == pytest.approx(1 - 50 / 43.2)
    assert found.exhausted is not None
    assert found.exhausted.at == at(33.2)
    asked = plan(one, at(60))
    assert asked is not None
    assert asked.recent is None


def test_too_few_slices_with_samples_leave_what_was_left_unknown() -> None:
    """Half of the window's minutes cannot stand for all; what the incident took is known."""
    sliced: dict[str, Any] = {"window": "30d", "method": BudgetMethod.RATIO_TIMESLICES, "slice_length": 60.0}
    one = monthly(*(summed(end - 30 * DAY, end, 10, 21_600) for end in (at(0), at(40))), **sliced)
    facts = budget_of(one, at(60)).facts
    assert number(facts[CONSUMED]) == pytest.approx(40 * 0.12 / 43.2, rel=0.01)
    assert (
        facts[BEFORE]
        == facts[AFTER]
        == Unknown(
            reason="too few time slices of the budget window have samples to judge them by", ask="whoever owns the SLO"
        )
    )


def sliced_outage(lost: Fact, traffic: float) -> Budget:
    """By minutes: an hour in which all that arrives fails, with no traffic from the beginning to that minute."""
    slo = sli((0, 60, 1.0), traffic=((0, traffic, 0.0),))
    definition = replace(slo.definition, method=BudgetMethod.TIMESLICES, slice_objective=Decimal(99))
    impact = stated(impact_of(replace(slo, definition=definition)), 0, 60)
    return account(impact, NONE, NONE, lost, at(70))


def test_slices_without_requests_take_nothing() -> None:
    """They are counted beside it: what would be, had the lost requests failed."""
    lost = read("requests.lost", "48000")
    found = sliced_outage(lost, 20)
    assert number(found.facts[CONSUMED]) == pytest.approx(40 / 43.2)
    assert found.with_lost_ratio == pytest.approx(60 / 43.2)
    fact = found.facts[CONSUMED]
    assert isinstance(fact, Known)
    assert fact.notes["silent"] == 20
    assert sliced_outage(NONE, 60).facts[CONSUMED] == Unknown(
        reason="no time slice of the impact had requests", ask="whoever owns the SLO"
    )
    assert number(sliced_outage(lost, 60).facts[CONSUMED]) == 0.0


def test_slices_that_samples_cannot_tell_apart_are_unknown() -> None:
    """Scrapes 15 seconds apart, slices of ten."""
    one = monthly(method=BudgetMethod.TIMESLICES, slice_length=10.0)
    fact = budget_of(one, at(60)).facts[CONSUMED]
    assert fact == Unknown(
        reason="the samples of availability are farther apart than a slice is long",
        ask="whoever owns the service's metrics",
    )


def test_an_impact_too_short_for_a_slice_that_is_over_waits_for_it() -> None:
    """Still open, and not one slice has passed."""
    slo = sli((0, 80, 0.5), window=(-95, 40))
    definition = replace(slo.definition, method=BudgetMethod.TIMESLICES, slice_length=7200.0)
    impact = stated(impact_of(replace(slo, definition=definition)), 20, 39)
    waiting = budget_of(dataclasses.replace(impact, open=True), at(40)).facts[CONSUMED]
    assert waiting == Unknown(reason="not one time slice of the impact is over yet", ask="again later")
