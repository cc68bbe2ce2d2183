"""What is usual: that of the same time of the week where it is known, else that of the hour before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse.draft import analyse
from pm_autofill.analyse.impact import Impact, find_impact
from pm_autofill.analyse.spans import Span
from pm_autofill.analyse.survey import look_over
from pm_autofill.analyse.usual import Usual, find_usual, wilson
from pm_autofill.evidence.slos import BudgetTotals, SloEvidence
from pm_autofill.findings import Known, Unknown
from tests.unit.analyse.cases import SETTINGS, at, evidence, incident, record, sli
from tests.unit.analyse.test_impact import around

INCIDENT = Span(at(0).timestamp(), at(40).timestamp(), (at(0).timestamp(),) * 2, (at(40).timestamp(),) * 2)


def week(ago: int, bad: float, total: float = 96_000, *, shift: float = 0) -> BudgetTotals:
    """The events of the same forty minutes so many weeks ago, or of a window that lies a few minutes later."""
    end = at(40 + shift) - timedelta(days=7 * ago)
    return BudgetTotals(start=end - timedelta(minutes=40), end=end, bad=bad, total=total, sources=("weeks",))


def impact_of(*weeks: BudgetTotals, slo: SloEvidence | None = None) -> Impact:
    """An impact of forty minutes, with what is known of the weeks before."""
    return find_impact(swap(slo or sli((0, 40, 0.12)), weeks=weeks), around())


def usual(*weeks: BudgetTotals, slo: SloEvidence | None = None) -> Usual:
    """What is usual then."""
    found = find_usual(impact_of(*weeks, slo=slo), INCIDENT)
    assert isinstance(found, Usual), found
    return found


def test_the_weeks_before_tell_what_is_usual() -> None:
    """Bad by all of them together; its interval reaches from the calmest week to the worst."""
    found = usual(week(1, 240), week(2, 96), week(3, 192), week(4, 192))
    assert found.ratio == pytest.approx(720 / 384_000)
    assert (found.weeks, found.sources) == (4, ("weeks",))
    assert (found.low, found.high) == (0.001, 0.0025)


def test_a_week_with_an_incident_of_its_own_is_left_out() -> None:
    """Wherever it stands among the weeks."""
    assert usual(week(1, 9600), week(2, 96), week(3, 192)).ratio == pytest.approx(288 / 192_000)
    assert usual(week(1, 96), week(2, 192), week(3, 9600)).weeks == 2


def test_one_week_is_not_enough() -> None:
    """It may have been an incident, too: then the hour before is asked."""
    found = usual(week(1, 9600))
    assert (found.weeks, found.sources) == (0, ("total", "bad"))
    assert found.ratio == pytest.approx(0.001, rel=0.03)
    assert found.low < 0.001 < found.high


def test_weeks_of_another_window_tell_nothing() -> None:
    """A human stated other times since they were read: a few minutes do not matter, a quarter of an hour does."""
    assert usual(week(1, 96, shift=3), week(2, 96, shift=3)).weeks == 2
    assert usual(week(1, 96, shift=15), week(2, 96, shift=15)).weeks == 0


def test_weeks_without_failures_are_calm_not_unknown() -> None:
    """Nothing failed then; the interval says that a few might have."""
    found = usual(week(1, 0), week(2, 0))
    assert (found.ratio, found.low) == (0.0, 0.0)
    assert 0 < found.high < 0.0001


def test_other_bad_times_of_the_hour_before_are_not_usual() -> None:
    """Ten minutes of them, half an hour before."""
    found = usual(slo=sli((0, 40, 0.12), (-45, -35, 0.3)))
    assert found.weeks == 0
    assert found.ratio == pytest.approx(0.001, rel=0.3)


def test_minutes_before_an_impact_tell_nothing() -> None:
    """Five are too few."""
    found = find_usual(impact_of(slo=sli((0, 40, 0.12), window=(-5, 80))), INCIDENT)
    assert found == Unknown(
        reason="too little of the hour before the impact is known to tell what is usual",
        ask="whoever owns the service's metrics",
    )


def test_what_cannot_be_counted_has_no_usual_count() -> None:
    """Its counters were not read."""
    impact = impact_of()
    unread = replace(impact, survey=look_over(swap(impact.slo, total=None), timedelta(minutes=15)))
    assert isinstance(find_usual(unread, INCIDENT), Unknown)


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        ((week(1, 960), week(2, 960)), "at the same time in the 2 weeks before"),
        ((), "in the hour before"),
    ],
)
def test_the_excess_says_what_it_was_compared_with(weeks: tuple[BudgetTotals, ...], said: str) -> None:
    """In its method, with the ratio and its interval beside it; the findings carry the same."""
    told = record(incident=incident(created_at=at(5), resolved_at=at(60)))
    findings = analyse(evidence(swap(sli((0, 40, 0.12)), weeks=weeks), pagerduty=told), SETTINGS)
    excess = findings.facts["requests.excess_failed"]
    assert isinstance(excess, Known)
    assert excess.method == f"bad requests less those of the usual ratio, which is that {said}"
    ratio = 0.01 if weeks else 0.001
    assert excess.number == pytest.approx(11_520 - ratio * 96_000, rel=0.003)
    assert isinstance(excess.low, float)
    assert isinstance(excess.high, float)
    assert excess.low <= 11_520 - ratio * 96_000 <= excess.high
    assert excess.notes["usual_ratio"] == pytest.approx(ratio, rel=0.03)
    assert findings.slos[0].baseline_weeks == len(weeks)
    assert findings.slos[0].baseline_ratio == pytest.approx(ratio, rel=0.03)


def test_wilson_holds_the_ratio() -> None:
    """Published example: 15 of 148 gives 6.2 to 16.0 percent; none of some has an upper bound, all a lower."""
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=0.0001)
    assert wilson(0.0, 10)[0] == 0.0
    assert wilson(1.0, 10)[1] == 1.0
