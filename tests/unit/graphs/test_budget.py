"""How the error budget went."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import BudgetShare
from pm_autofill.graphs.budget import Course, follow, picture
from pm_autofill.instants import Window

from .scene import (
    BUDGET,
    END,
    INCIDENT,
    START,
    USUAL,
    Rate,
    at,
    observed,
    ratio,
    slo_definition,
    slo_evidence,
    slo_findings,
)

# Two months that meet in the middle of the made-up incident.
BORDER = (
    Window(at("14:01") - timedelta(days=31), at("14:01")),
    Window(at("14:01"), at("14:01") + timedelta(days=30)),
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pm_autofill.findings import Fact, SloFindings


def course(found: SloFindings | None = None, rates: Sequence[Rate] = INCIDENT, **settings: object) -> Course:
    """The course of the made-up incident, whose failures come evenly from 13:42 to 14:20."""
    definition = replace(slo_definition(), **settings)
    slo = slo_evidence(rates, definition=definition)
    followed = follow(observed(slo, found or slo_findings(definition, facts=BUDGET)))
    assert followed is not None
    return followed


def when(value: float) -> datetime:
    """Epoch seconds as an instant of that day."""
    return at("00:00").fromtimestamp(value, tz=START.tzinfo)


def test_consumption_follows_the_failures_to_what_was_consumed() -> None:
    """From nought at the start to the fact at the end."""
    followed = course()

    assert when(followed.times[0]) == START
    assert when(followed.times[-1]) == END
    assert followed.consumed[0] == 0
    assert followed.taken == pytest.approx(0.2)
    half = int(np.searchsorted(followed.times, at("14:01").timestamp()))
    assert followed.consumed[half] == pytest.approx(0.1)


def test_the_line_ends_at_both_facts_though_the_window_moved_on() -> None:
    """81 % before and 60 % after, of which the incident took 20 %."""
    followed = course(slo_findings(facts={**BUDGET, "error_budget.remaining_before_ratio": ratio(0.81)}))

    assert followed.remaining is not None
    assert followed.remaining[[0, -1]] == pytest.approx([0.81, 0.6])
    assert (np.diff(followed.remaining) < 0).all()


def test_a_budget_that_runs_out_is_told_when() -> None:
    """10 % were left, 20 % are taken: half-way."""
    facts: dict[str, Fact] = {
        **BUDGET,
        "error_budget.remaining_before_ratio": ratio(0.1),
        "error_budget.remaining_after_ratio": ratio(-0.1),
    }
    found = dataclasses.replace(slo_findings(facts=facts), budget_exhausted_at=at("14:01"))
    followed = course(found)

    assert followed.spent_at is not None
    assert when(followed.spent_at) == at("14:01")
    drawn = picture(observed(found=found))
    assert drawn is not None
    assert drawn.alt.startswith(
        "This incident took 20.0% of the 30-day error budget of checkout-api (checkout-availability): "
        "10.0% left before, overspent by 10.0% after; it was spent at 14:01"
    )


def test_without_history_the_line_shows_what_was_consumed() -> None:
    """Known consumption, unknown rest."""
    found = slo_findings(facts={"error_budget.consumed_ratio": ratio(0.2)})
    drawn = picture(observed(found=found))

    assert course(found).remaining is None
    assert drawn is not None
    assert drawn.csv.decode().splitlines()[0] == "time_utc,consumed_ratio"
    assert drawn.caption == (
        "This incident took 20.0% of the 30-day error budget of checkout-api (checkout-availability). "
        "The line follows the failed requests counted between start and end."
    )


def test_while_the_impact_lasts_what_is_left_is_left_now() -> None:
    """So far."""
    found = slo_findings(end=None, facts=BUDGET)
    drawn = picture(observed(found=found, now=at("14:10")))

    assert drawn is not None
    assert "took 20.0% of the 30-day error budget of checkout-api (checkout-availability) so far" in drawn.alt
    assert "80.0% left before, 60.0% left now" in drawn.alt


def test_bad_slices_are_spent_whole() -> None:
    """A slice is bad or good, however bad it is."""
    rates = (USUAL, Rate(START, 60.0, 0.5), Rate(at("14:01"), 60.0, 0.02), Rate(END, 60.0, 0.0))

    by_events = course(rates=rates)
    by_slices = course(rates=rates, method=BudgetMethod.TIMESLICES, slice_length=60.0, slice_objective=Decimal(99))
    by_ratio = course(rates=rates, method=BudgetMethod.RATIO_TIMESLICES, slice_length=60.0)

    half = int(np.searchsorted(by_slices.times, at("14:01").timestamp()))
    assert by_slices.consumed[half] == pytest.approx(0.1)
    assert by_events.consumed[half] == pytest.approx(0.2 * 50 / 52)
    assert by_ratio.consumed[half] == pytest.approx(0.2 * 50 / 52)


@pytest.mark.parametrize(
    "found",
    [
        slo_findings(),
        slo_findings(start=None, end=None, facts=BUDGET),
        slo_findings(start=at("13:35"), end=at("13:40"), facts=BUDGET),
    ],
)
def test_without_consumption_start_or_failures_there_is_no_picture(found: SloFindings) -> None:
    """Nothing is invented."""
    assert picture(observed(found=found)) is None


def test_a_calendar_month_is_named() -> None:
    """In the title's line, the alternative text and the caption; slices are followed whole."""
    definition = replace(
        slo_definition(),
        window="month",
        method=BudgetMethod.TIMESLICES,
        slice_length=300.0,
        slice_objective=Decimal(99),
    )
    shares = (BudgetShare("2026-11", 0.2),)
    found = dataclasses.replace(slo_findings(definition, facts=BUDGET), budget_shares=shares)
    data = observed(slo_evidence(definition=definition), found)
    followed, drawn = follow(data), picture(data)
    assert followed is not None
    assert (followed.period, when(followed.times[0]), when(followed.times[-1])) == ("2026-11", at("13:40"), END)
    assert drawn is not None
    assert drawn.caption.startswith("This incident took 20.0% of the November 2026 time-slice error budget of ")
    assert drawn.caption.endswith("The line follows the bad ones of the time slices that the impact touches.")


def test_of_two_months_the_one_that_lost_most_is_followed() -> None:
    """Up to its end; what was left at its beginning is known of the first only, what was left at V of the last only."""
    for month, first, last, before, after in (
        ("2026-10", START, at("14:01"), 0.8, None),
        ("2026-11", at("14:01"), END, None, 0.6),
    ):
        shares = tuple(BudgetShare(name, 0.2 if name == month else 0.01) for name in ("2026-10", "2026-11"))
        definition = replace(slo_definition(), window="month")
        found = dataclasses.replace(slo_findings(definition, facts=BUDGET), budget_shares=shares)
        data = observed(slo_evidence(definition=definition), found)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pm_autofill.graphs.budget.periods_in", lambda *_: BORDER)
            followed = follow(data)
        assert followed is not None
        assert (when(followed.times[0]), when(followed.times[-1])) == (first, last)
        assert (followed.before, followed.after) == (before, after)
        assert followed.taken == pytest.approx(0.2)
