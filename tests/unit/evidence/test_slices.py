"""Time slices judged from samples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slices import cut_slices, is_too_coarse, judge
from pm_autofill.evidence.slos import Boundary, BudgetMethod, CounterRead, SloEvidence
from pm_autofill.instants import Window
from tests.unit.analyse.cases import NOON, at, definition, sli

SLICED: dict[str, Any] = {"method": BudgetMethod.TIMESLICES, "slice_length": 60.0, "slice_objective": Decimal(99)}


def sliced(slo: SloEvidence, **changed: object) -> SloEvidence:
    """The SLO with its budget spent by minutes."""
    return replace(slo, definition=replace(slo.definition, **{**SLICED, **changed}))


def test_a_slice_at_its_objective_is_good() -> None:
    """Worse ones are bad, whole; one without events is neither."""
    one = definition(**SLICED)
    bad, total = np.array([0.0, 1.0, 1.01, 100.0, 0.0]), np.array([100.0, 100.0, 100.0, 100.0, 0.0])
    assert judge(one, bad, total).tolist() == [0, 0, 1, 1, 0]
    ratios = judge(replace(one, method=BudgetMethod.RATIO_TIMESLICES), bad, total)
    assert ratios.tolist() == pytest.approx([0, 0.01, 0.0101, 1, 0])


def test_without_an_objective_of_their_own_slices_have_the_slos() -> None:
    """99.9 percent: two in a thousand are too many."""
    one = definition(**{**SLICED, "slice_objective": None})
    assert judge(one, np.array([1.0, 2.0]), np.array([1000.0, 1000.0])).tolist() == [0, 1]


def test_slices_are_cut_from_counters() -> None:
    """Ten bad minutes, touched from the middle of the first slice on."""
    found = cut_slices(sliced(sli((0, 10, 0.12))), Window(at(-2.5), at(11.5)))
    assert found is not None
    assert (found.edges[0], found.edges[-1]) == (at(-3).timestamp(), at(12).timestamp())
    assert found.spent.tolist() == [0, 0, 0, *[1] * 10, 0, 0]
    assert found.judged.all()


def test_a_slice_without_requests_is_not_judged() -> None:
    """An outage that takes the traffic away takes nothing from the budget."""
    found = cut_slices(sliced(sli((0, 10, 0.5), traffic=((2, 6, 0.0),))), Window(at(0), at(10)))
    assert found is not None
    assert found.judged.tolist() == [True, True, False, False, False, False, True, True, True, True]
    assert found.spent.sum() == 6


def test_good_requests_say_the_same() -> None:
    """What is not good is bad."""
    slo = sli((0, 10, 0.12))
    assert slo.total is not None
    assert slo.bad is not None
    total, bad = slo.total.matrix.series[0], slo.bad.matrix.series[0]
    good = replace(slo.bad, matrix=matrix([Series(total.labels, total.times, total.values - bad.values)]))
    found = cut_slices(sliced(replace(slo, bad=None, good=good)), Window(at(-1), at(11)))
    assert found is not None
    assert found.spent.tolist() == [0, *[1] * 10, 0]


def test_samples_farther_apart_than_a_slice_cannot_tell() -> None:
    """Fifteen seconds for slices of ten."""
    slo = sliced(sli(), slice_length=10.0)
    assert is_too_coarse(slo)
    assert cut_slices(slo, Window(at(0), at(1))) is None
    assert not is_too_coarse(sliced(sli(), slice_length=15.0))


def test_bad_events_recorded_in_longer_pieces_cannot_tell() -> None:
    """Every five minutes beside counters of every fifteen seconds; those of each minute can, though few have any."""
    slo = sliced(sli())
    for minutes, coarse in (([0, 5, 10, 15, 20], True), ([0, 1, 9, 10, 20, 21], False)):
        times = NOON.timestamp() + 60.0 * np.array(minutes)
        samples = matrix([Series({}, times, np.arange(len(minutes), dtype=np.float64))])
        bad = CounterRead(matrix=samples, source="bad", start=at(-30), end=at(30), recorded=True)
        assert is_too_coarse(replace(slo, bad=bad)) is coarse


def test_good_requests_between_two_buckets_are_shared_out() -> None:
    """Half of those between them are good: what is bad by a tenth is bad by a twentieth."""
    slo = sli((0, 10, 0.1))
    assert slo.total is not None
    assert slo.bad is not None
    total, bad = slo.total.matrix.series[0], slo.bad.matrix.series[0]
    good = replace(slo.bad, matrix=matrix([Series(total.labels, total.times, total.values - bad.values)]))
    boundary = Boundary(threshold=0.4, below=0.3, above=0.5)
    parted = replace(slo, bad=None, good=good, good_above=slo.total, boundary=boundary)
    found = cut_slices(sliced(parted, method=BudgetMethod.RATIO_TIMESLICES), Window(at(0), at(10)))
    assert found is not None
    assert found.spent.tolist() == pytest.approx([0.05] * 10, rel=0.02)


def test_a_ratio_counts_as_it_stood_at_the_end_of_each_slice() -> None:
    """None where it had no value for five minutes."""
    times = NOON.timestamp() + np.array([-180.0, -120.0, -60.0, 0.0, 60.0, 120.0, 180.0, 900.0])
    values = np.array([0.0, 0.0, 0.0, 0.0, 0.5, np.nan, 0.002, 0.0])
    read = CounterRead(matrix=matrix([Series({}, times, values)]), source="r", start=at(-3), end=at(20))
    slo = sliced(SloEvidence(definition=definition(events=None, ratio="r"), ratio=read))
    found = cut_slices(slo, Window(at(0), at(15)))
    assert found is not None
    assert found.spent.tolist() == [1, 1, *[0] * 13]
    assert found.judged.tolist() == [*[True] * 7, *[False] * 7, True]
    empty = replace(slo, ratio=replace(read, matrix=matrix([])))
    assert cut_slices(empty, Window(at(0), at(15))) is None
