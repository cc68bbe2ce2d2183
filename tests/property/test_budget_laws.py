"""Laws of budgets: whatever the failures, the parts add up, and no way of cutting time changes a sum."""

from __future__ import annotations

import itertools
from dataclasses import replace as change
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pm_autofill.analyse.budget import Budget, account
from pm_autofill.analyse.counting import count_requests
from pm_autofill.analyse.exhaustion import when_exhausted
from pm_autofill.analyse.spending import Spending, spending
from pm_autofill.analyse.usual import excess_failed
from pm_autofill.collect.prometheus.slice_sums import parts_of
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slices import cut_slices
from pm_autofill.evidence.slos import BudgetMethod, BudgetTotals
from pm_autofill.findings import Basis, Known, Unit, Unknown
from pm_autofill.instants import Window
from tests.unit.analyse.cases import NOON, at, sli
from tests.unit.analyse.test_counting import impact_of, stated, usual_of

if TYPE_CHECKING:
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.slos import SloEvidence

NONE = Unknown(reason="x", ask="y")
FEW = settings(max_examples=40, deadline=None, derandomize=True)
METHODS = st.sampled_from(list(BudgetMethod))
RATIOS = st.floats(0.02, 1.0)
# Noon is midnight there: the month ends between two of these minutes when the zone's clock says so.
DAY = timedelta(days=1)
NAMES = tuple(f"error_budget.{name}_ratio" for name in ("consumed", "remaining_before", "remaining_after"))


def with_method(slo: SloEvidence, method: BudgetMethod, **changed: Any) -> SloEvidence:  # noqa: ANN401 - fields
    """The SLO with its budget spent that way, by minutes."""
    objective = Decimal(99)
    sliced = {"method": method, "slice_length": 60.0, "slice_objective": objective, **changed}
    return replace(slo, definition=replace(slo.definition, **sliced))


def spent(slo: SloEvidence, start: float, end: float) -> float:
    """What was spent between two minutes."""
    found = spending(slo, Window(at(start), at(end)))
    assert found is not None
    return found.whole


def numbers(budget: Budget) -> list[float]:
    """Consumed, remaining before and after."""
    facts = [budget.facts[name] for name in NAMES]
    assert all(isinstance(fact, Known) for fact in facts), facts
    return [fact.number for fact in facts if isinstance(fact, Known)]


@FEW
@given(level=RATIOS, method=METHODS, cut=st.integers(-29, 69))
def test_what_is_spent_adds_up_wherever_time_is_cut(level: float, method: BudgetMethod, cut: int) -> None:
    """Minutes before and after a cut, in events and in slices."""
    slo = with_method(sli((3.3, 40.7, level)), method)
    whole = spent(slo, -30, 70)
    assert spent(slo, -30, cut) + spent(slo, cut, 70) == pytest.approx(whole, rel=1e-9, abs=1e-6)


@FEW
@given(level=RATIOS, method=METHODS, at_index=st.integers(1, 600), keep=st.booleans())
def test_slices_do_not_depend_on_how_samples_come(
    level: float, method: BudgetMethod, at_index: int, *, keep: bool
) -> None:
    """Samples given twice, or a counter cut in two of which the second begins where the first one ended."""
    slo = with_method(sli((3.3, 40.7, level)), method)
    assert slo.total is not None
    assert slo.bad is not None

    def rewritten(one: Series) -> Series:
        again = np.sort(np.concatenate((np.arange(len(one.times)), [at_index] * (3 if keep else 1))))
        return Series(one.labels, one.times[again], one.values[again])

    other = replace(
        slo,
        total=replace(slo.total, matrix=matrix([rewritten(one) for one in slo.total.matrix.series])),
        bad=replace(slo.bad, matrix=matrix([rewritten(one) for one in slo.bad.matrix.series])),
    )
    for one in (slo, other):
        found = cut_slices(one, Window(at(-30), at(70)))
        assert found is not None
        assert found.spent.sum() == pytest.approx(
            float(cut_slices(slo, Window(at(-30), at(70))).spent.sum()),  # type: ignore[union-attr]
            rel=1e-9,
        )


@FEW
@given(
    days=st.floats(0.01, 40), offset=st.floats(0, 3600), most=st.integers(1, 2000), length=st.sampled_from([60, 300])
)
def test_every_slice_of_a_window_is_asked_for_once(days: float, offset: float, most: int, length: int) -> None:
    """Parts follow one another, none is too long, and each begins where a slice ends."""
    window = Window(NOON - days * DAY, NOON + timedelta(seconds=round(offset, 3)))
    limit, step = timedelta(seconds=length * most), timedelta(seconds=length)
    parts = parts_of(window, limit, step)
    assert (parts[0].start, parts[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in itertools.pairwise(parts))
    assert all(one.end - one.start <= limit for one in parts)
    assert all(one.end.timestamp() % length == 0 for one in parts[:-1])


def november(impact: Impact, before: float, total: float, as_of: datetime) -> Budget:
    """Its budget in a November of which so much was spent before, all counts being those of the samples."""
    slo, window = impact.slo, impact.window
    assert window is not None
    first, following = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    taken = spending(slo, window)
    assert taken is not None
    minutes = (window.start - first) / timedelta(minutes=1)
    sliced = slo.definition.method is not BudgetMethod.OCCURRENCES
    passed = minutes if sliced else total / 2
    found = (
        BudgetTotals(start=first, end=window.start, bad=before, total=passed, sources=("s",)),
        BudgetTotals(
            start=first,
            end=window.end,
            bad=before + taken.whole,
            total=passed + float(taken.passed[-1]),
            sources=("v",),
        ),
        BudgetTotals(start=first, end=following, bad=before + taken.whole, total=total, sources=("n",)),
    )
    read = replace(slo, totals=found, history_start=first - DAY)
    whole = change(impact, survey=change(impact.survey, slo=read))
    failed = count_requests(whole)["requests.failed"]
    return account(whole, failed, NONE, NONE, as_of)


@FEW
@given(level=RATIOS, method=METHODS, before=st.floats(0, 1e5), total=st.floats(1e6, 1e9))
def test_within_a_month_what_was_consumed_is_what_is_missing(
    level: float, method: BudgetMethod, before: float, total: float
) -> None:
    """Before less consumed is after, and the budget runs out exactly where after is below nought and before above."""
    slo = with_method(sli((0, 40, level)), method, window="month")
    found = november(stated(impact_of(slo), 0, 40), before, total, datetime(2026, 12, 2, tzinfo=UTC))
    consumed, left_before, left_after = numbers(found)
    assert left_before - consumed == pytest.approx(left_after, rel=1e-6, abs=1e-9)
    assert (found.exhausted is not None) == (left_before > 0 >= left_after)
    if found.exhausted is not None:
        assert at(0) <= found.exhausted.at <= at(40)


@FEW
@given(level=RATIOS, usual=st.floats(0, 0.01), method=METHODS)
def test_excess_is_never_more_than_gross(level: float, usual: float, method: BudgetMethod) -> None:
    """The usual failures are part of what SLO tools count."""
    slo = with_method(sli((0, 40, level), usual=usual), method)
    read = replace(slo, totals=(BudgetTotals(start=at(40) - 30 * DAY, end=at(40), bad=1.0, total=1e8, sources=("t",)),))
    impact = stated(impact_of(read), 0, 40)
    counted = count_requests(impact)
    excess = excess_failed(counted["requests.failed"], counted["requests.total"], usual_of(impact))
    found = account(impact, counted["requests.failed"], excess, NONE, at(60))
    consumed = found.facts[NAMES[0]]
    assert isinstance(consumed, Known)
    if found.excess_ratio is not None:
        assert found.excess_ratio <= consumed.number + 1e-12


@FEW
@given(
    steps=st.lists(st.floats(0, 10), min_size=1, max_size=50).filter(lambda steps: sum(steps) > 1e-6),
    consumed=st.floats(0.001, 20),
    before=st.floats(-1, 1),
)
def test_a_budget_runs_out_when_all_that_was_left_is_spent(steps: list[float], consumed: float, before: float) -> None:
    """At that instant exactly what was left before had been consumed."""
    course = np.concatenate(([0.0], np.cumsum(steps)))
    times: Any = NOON.timestamp() + 60.0 * np.arange(float(len(course)))
    taken = Spending(times, course, course)

    def ratio(value: float) -> Known:
        return Known(value=value, unit=Unit.RATIO, basis=Basis.MEASURED, method="m", sources=("s",))

    facts = dict(zip(NAMES, (ratio(consumed), ratio(before), ratio(before - consumed)), strict=True))
    gone = when_exhausted(taken, facts)
    if gone is None:
        assert before <= 0 or before - consumed > -1e-9
    else:
        share = float(np.interp(gone.at.timestamp(), times, course)) / course[-1]
        assert consumed * share == pytest.approx(before, rel=1e-3, abs=1e-3 * consumed)
