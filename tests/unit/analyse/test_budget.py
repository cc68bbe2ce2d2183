"""The error budget: consumed, remaining before and after, and all the ways in which it is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse.allowance import totals_at
from pm_autofill.analyse.budget import Budget, account
from pm_autofill.analyse.counting import count_requests
from pm_autofill.analyse.stated import read
from pm_autofill.findings import Basis, Fact, Known, Unknown
from pm_autofill.instants import Window
from tests.unit.analyse.cases import at, sli, totals
from tests.unit.analyse.test_counting import impact_of, number, stated

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.slos import SloEvidence

CONSUMED = "error_budget.consumed_ratio"
BEFORE = "error_budget.remaining_before_ratio"
AFTER = "error_budget.remaining_after_ratio"
NONE = Unknown(reason="x", ask="y")


def impact(*, definition: dict[str, object] | None = None, **parts: object) -> Impact:
    """Forty minutes of 12 percent failures, its window stated so that counts are round."""
    slo = sli((0, 40, 0.12), **parts)  # type: ignore[arg-type]
    changed = swap(slo, definition=swap(slo.definition, **(definition or {})))
    return stated(impact_of(changed), 0, 40)


def accounted(one: Impact, failed: Fact, excess: Fact, lost: Fact) -> Budget:
    """Its budget, at one o'clock."""
    return account(one, failed, excess, lost, at(60))


def failed_of(one: Impact) -> Fact:
    """How many requests failed in it."""
    return count_requests(one)["requests.failed"]


def reason(fact: Fact) -> str:
    """Why a fact is unknown."""
    assert isinstance(fact, Unknown)
    return fact.reason


def test_consumed_is_failures_by_the_budget_of_the_window_ending_at_the_recovery() -> None:
    """11,520 of 100,000 that 100 million requests at 99.9 percent allow."""
    one = impact(totals=(totals(at(0), 40_000, 99_900_000), totals(at(40), 51_520, 100_000_000)))
    budget = accounted(one, failed_of(one), NONE, NONE)
    consumed = budget.facts[CONSUMED]
    assert number(consumed) == pytest.approx(0.1152, rel=0.001)
    assert isinstance(consumed, Known)
    assert isinstance(consumed.low, float)
    assert isinstance(consumed.high, float)
    assert consumed.low < 0.1152 < consumed.high
    assert consumed.basis is Basis.MEASURED
    assert consumed.method == "occurrences over the rolling 30d that end at the recovery"
    open_ = accounted(replace(one, open=True), failed_of(one), NONE, NONE).facts[CONSUMED]
    assert isinstance(open_, Known)
    assert open_.method == "occurrences over the rolling 30d that end at the latest samples"
    assert consumed.sources[-1] == "totals"
    assert number(budget.facts[BEFORE]) == pytest.approx(1 - 40_000 / 99_900)
    assert number(budget.facts[AFTER]) == pytest.approx(1 - 0.5152)
    assert budget.coverage_ratio == 1.0
    assert (budget.excess_ratio, budget.with_lost_ratio) == (None, None)


def test_what_is_left_can_be_less_than_nothing() -> None:
    """Twice the budget was spent: minus one is left, not zero."""
    one = impact(totals=(totals(at(40), 200_000, 100_000_000),))
    assert number(accounted(one, failed_of(one), NONE, NONE).facts[AFTER]) == pytest.approx(-1.0)


def test_excess_and_lost_requests_stand_beside_it() -> None:
    """As shares of the same budget."""
    one = impact(totals=(totals(at(40), 51_520, 100_000_000),))
    budget = accounted(one, failed_of(one), read("requests.failed", "10000"), read("requests.lost", "88480"))
    assert budget.excess_ratio == pytest.approx(0.1)
    assert budget.with_lost_ratio == pytest.approx(1.0, rel=0.001)
    assert accounted(one, failed_of(one), NONE, read("requests.lost", "0")).with_lost_ratio is None


def test_a_short_history_is_scaled_and_leaves_the_rest_unknown() -> None:
    """Three of thirty days with ten million requests stand for a hundred million."""
    one = impact(totals=(totals(at(40), 11_600, 10_000_000, days=3), totals(at(0), 80, 9_900_000, days=3)))
    budget = accounted(one, failed_of(one), NONE, NONE)
    consumed = budget.facts[CONSUMED]
    assert number(consumed) == pytest.approx(0.1152, rel=0.001)
    assert isinstance(consumed, Known)
    assert consumed.basis is Basis.INFERRED
    assert consumed.method.endswith("events scaled from the history there is")
    assert consumed.notes == {"events": pytest.approx(100_000_000), "coverage_ratio": pytest.approx(0.1)}
    assert {reason(budget.facts[name]) for name in (BEFORE, AFTER)} == {
        "the history is shorter than the budget window of 30d"
    }


def test_a_history_that_just_misses_the_earlier_window_leaves_only_that_unknown() -> None:
    """Full for the window ending at V, short for the one ending at S."""
    one = impact(totals=(totals(at(0), 10, 9_000_000, days=29), totals(at(40), 10, 100_000_000)))
    facts = accounted(one, failed_of(one), NONE, NONE).facts
    assert isinstance(facts[BEFORE], Unknown)
    assert isinstance(facts[AFTER], Known)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"objective": Decimal(100)}, "an objective of 100 % leaves no budget: any failure exceeds it"),
        ({"events": None, "ratio": "r"}, "availability is configured as a ratio, which cannot be counted"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_not_computed_is_unknown_with_its_reason(changed: dict[str, object], why: str) -> None:
    """Never a figure of another method in its place."""
    one = impact(definition=changed, totals=(totals(at(40), 10, 100_000_000),))
    assert {reason(fact) for fact in accounted(one, failed_of(one), NONE, NONE).facts.values()} == {why}


def test_totals_that_could_not_be_read_leave_all_unknown() -> None:
    """And a window without events is none."""
    for found, words in (
        ((), "the events of the 30d ending at {} could not be read"),
        ((totals(at(40), 0, 0), totals(at(0), 0, 0)), "there were no events in the 30d ending at {}"),
    ):
        one = impact(totals=found)
        facts = accounted(one, failed_of(one), NONE, NONE).facts
        assert reason(facts[CONSUMED]) == words.format("the recovery")
        assert reason(facts[BEFORE]) == words.format("S")
        assert reason(facts[AFTER]) == words.format("V")


def test_uncounted_failures_leave_only_the_consumption_unknown() -> None:
    """What was left before and after rests on the totals alone."""
    one = impact(totals=(totals(at(0), 10_000, 100_000_000), totals(at(40), 20_000, 100_000_000)))
    facts = accounted(one, NONE, NONE, NONE).facts
    assert facts[CONSUMED] == NONE
    assert number(facts[BEFORE]) == pytest.approx(0.9)
    assert number(facts[AFTER]) == pytest.approx(0.8)


def test_without_a_window_there_is_no_budget() -> None:
    """With the reason for which the window is unknown."""
    one = impact_of(sli())
    assert {reason(fact) for fact in accounted(one, NONE, NONE, NONE).facts.values()} == {
        "no clear change in availability in the searched window"
    }
    endless = replace(impact(), end=Unknown(reason="still bad", ask="x"))
    assert {reason(fact) for fact in accounted(endless, NONE, NONE, NONE).facts.values()} == {"still bad"}


def month(end: datetime) -> Window:
    """The thirty days that end then."""
    return Window(end - timedelta(days=30), end)


def slo_with(*found: object) -> SloEvidence:
    """The SLO with these totals."""
    return sli((0, 40, 0.12), totals=found)


def test_totals_asked_for_are_taken_as_they_are() -> None:
    """To the millisecond."""
    asked = totals(at(40), 5, 100)
    assert (
        totals_at(slo_with(asked, totals(at(0), 1, 90)), month(at(40) + timedelta(milliseconds=1)), movable=True)
        == asked
    )


def test_totals_of_another_instant_are_moved_by_the_counters_between() -> None:
    """Ten minutes of 40 a second, 12 percent failing, less or more."""
    slo = slo_with(totals(at(40), 50_000, 100_000_000))
    earlier, later = totals_at(slo, month(at(30)), movable=True), totals_at(slo, month(at(50)), movable=True)
    assert earlier is not None
    assert later is not None
    assert earlier.total == pytest.approx(100_000_000 - 24_000, abs=1)
    assert earlier.bad == pytest.approx(50_000 - 2_880, abs=2)
    assert later.total == pytest.approx(100_000_000 + 24_000, abs=1)
    assert later.bad == pytest.approx(50_000 + 24, abs=2)
    assert (earlier.start, earlier.end) == (at(30) - timedelta(days=30), at(30))
    assert earlier.sources == ("totals", "total")


def test_a_history_does_not_grow_by_moving_its_end() -> None:
    """It begins where it began."""
    slo = slo_with(totals(at(40), 5, 1000, days=3))
    later = totals_at(slo, month(at(50)), movable=True)
    assert later is not None
    assert (later.start, later.end) == (at(40) - timedelta(days=3), at(50))


def test_totals_are_not_moved_beyond_the_counters() -> None:
    """Unknown rather than guessed."""
    slo = slo_with(totals(at(40), 5, 1000))
    assert totals_at(slo, month(at(500)), movable=True) is None
    assert totals_at(swap(slo, total=None, bad=None), month(at(30)), movable=True) is None
    assert totals_at(slo_with(), month(at(30)), movable=True) is None
