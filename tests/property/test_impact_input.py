"""Bad input to the search for start and recovery: nothing in it is an exception, and no number comes from nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pm_autofill.analyse.counting import count_requests
from pm_autofill.analyse.impact import Circumstances, Impact, find_impact
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead, SloEvidence
from pm_autofill.findings import Known, Unknown
from tests.unit.analyse.cases import at, definition, sli

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.evidence.series import Floats

AROUND = Circumstances(at(5), timedelta(minutes=15), at(80))
WHOLE = sli((0, 40, 0.12))
HALF_MINUTES = np.arange(-95, 80, 0.5)
RATIO = SloEvidence(
    definition=definition(events=None, ratio="r"),
    ratio=CounterRead(
        matrix=matrix(
            [
                Series(
                    {},
                    at(0).timestamp() + 60 * HALF_MINUTES,
                    np.where((HALF_MINUTES >= 0) & (HALF_MINUTES < 40), 0.2, 0.01) + 0.001 * np.sin(7 * HALF_MINUTES),
                )
            ]
        ),
        source="r",
        start=at(-95),
        end=at(80),
    ),
)
ANY = (0.0, 1.0, -5.0, 1e12, 7.5, 1e99, 1e308, np.nan, np.inf)
INSTANTS = st.lists(st.integers(0, 699), min_size=1, max_size=60)


def change(slo: SloEvidence, edit: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> SloEvidence:
    """The SLO with the samples of both counters edited alike."""

    def edited(read: CounterRead | None) -> CounterRead:
        assert read is not None
        return replace(
            read, matrix=matrix([Series(one.labels, *edit(one.times, one.values)) for one in read.matrix.series])
        )

    return replace(slo, total=edited(slo.total), bad=edited(slo.bad))


def edges(impact: Impact) -> list[tuple[object, ...]]:
    """Start and end with their intervals."""
    return [
        (one.value, one.low, one.high) if isinstance(one, Known) else (one.reason,)
        for one in (impact.start, impact.end)
    ]


@settings(max_examples=8, deadline=None, derandomize=True)
@given(INSTANTS)
def test_samples_that_come_twice_change_nothing(places: list[int]) -> None:
    """Chunks of an answer may overlap."""

    def twice(times: Floats, values: Floats) -> tuple[Floats, Floats]:
        return np.insert(times, places, times[places]), np.insert(values, places, values[places])

    assert edges(find_impact(change(WHOLE, twice), AROUND)) == edges(find_impact(WHOLE, AROUND))


def shuffled(read: CounterRead | None, size: int, chance: np.random.Generator) -> CounterRead:
    """The same samples, in pieces of so many that share a sample, in any order, as are the samples in each."""
    assert read is not None
    pieces = []
    for one in read.matrix.series:
        for first in range(0, len(one.times), size):
            places = chance.permutation(np.arange(first, min(first + size + 1, len(one.times))))
            pieces.append(Series(one.labels, one.times[places], one.values[places]))
    return replace(read, matrix=matrix(pieces[place] for place in chance.permutation(len(pieces))))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(1, 700), st.integers(0, 9999))
def test_order_and_pieces_change_nothing(size: int, seed: int) -> None:
    """Neither for what is found, nor for what is counted in it; nor for a ratio."""
    chance = np.random.default_rng(seed)
    mixed = replace(WHOLE, total=shuffled(WHOLE.total, size, chance), bad=shuffled(WHOLE.bad, size, chance))
    found, expected = find_impact(mixed, AROUND), find_impact(WHOLE, AROUND)
    assert edges(found) == edges(expected)
    assert count_requests(found) == count_requests(expected)
    ratio = replace(RATIO, ratio=shuffled(RATIO.ratio, size, chance))
    assert edges(find_impact(ratio, AROUND)) == edges(find_impact(RATIO, AROUND))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(INSTANTS, st.sampled_from([np.nan, np.inf, -np.inf, 1e308, 1.7e308]))
def test_samples_that_are_no_numbers_are_lost_scrapes(places: list[int], value: float) -> None:
    """The same as if they were not there."""

    def broken(times: Floats, values: Floats) -> tuple[Floats, Floats]:
        edited = values.copy()
        edited[places] = value
        return times, edited

    def without(times: Floats, values: Floats) -> tuple[Floats, Floats]:
        return np.delete(times, places), np.delete(values, places)

    assert edges(find_impact(change(WHOLE, broken), AROUND)) == edges(find_impact(change(WHOLE, without), AROUND))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.data())
def test_less_evidence_never_knows_more(data: st.DataObject) -> None:
    """A quiet SLI stays unknown whatever part of its samples is taken away; the latest tells that it lives on."""
    quiet = sli()
    kept = np.array(sorted({698, *data.draw(st.sets(st.integers(0, 698), max_size=300))}), dtype=int)
    impact = find_impact(change(quiet, lambda times, values: (times[kept], values[kept])), AROUND)
    assert isinstance(impact.start, Unknown)
    assert isinstance(impact.end, Unknown)


@pytest.mark.parametrize("count", [30, 100, 380])
def test_an_answer_in_part_tells_of_no_outage(count: int) -> None:
    """Samples that end early may be what the answer lacks."""

    def part(read: CounterRead | None) -> CounterRead:
        assert read is not None
        return replace(read, caveats=("some store did not answer",))

    short = change(sli(), lambda times, values: (times[:count], values[:count]))
    assert find_impact(short, AROUND).moved == (count > 40)
    impact = find_impact(replace(short, total=part(short.total), bad=part(short.bad)), AROUND)
    assert isinstance(impact.start, Unknown)
    assert "end before the searched window does" in impact.start.reason


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([0.0, 1.0, -5.0, 1e12, 7.5, 1e99, 1e308, np.nan, np.inf]), max_size=40), st.integers(0, 3)
)
def test_any_numbers_are_answered(values: list[float], shift: int) -> None:
    """Negative ones, counters that go backwards, hardly any samples: known or unknown, with low <= found <= high."""

    def other(times: Floats, _: Floats) -> tuple[Floats, Floats]:
        return times[: len(values)], np.roll(np.array(values), shift)

    impact = find_impact(change(WHOLE, other), AROUND)
    for fact in (impact.start, impact.end):
        if isinstance(fact, Known):
            assert fact.low <= fact.instant <= fact.high  # type: ignore[operator]
        else:
            assert fact.reason


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_samples_say_nothing(count: int) -> None:
    """None, one and two."""
    impact = find_impact(change(WHOLE, lambda times, values: (times[:count], values[:count])), AROUND)
    assert not impact.moved
    assert isinstance(impact.start, Unknown)


def test_a_service_without_requests_shows_no_change() -> None:
    """All its counters stand still."""
    impact = find_impact(sli(traffic=[(-95, 80, 0.0)]), AROUND)
    assert not impact.moved
    assert isinstance(impact.start, Unknown)


def test_a_million_samples_are_answered() -> None:
    """Of 720 targets, half of them bad events: the window is found as for one."""
    assert WHOLE.total is not None
    assert WHOLE.bad is not None

    def copies(read: CounterRead) -> CounterRead:
        one = read.matrix.series[0]
        labels = [{**one.labels, "instance": f"{n}:80"} for n in range(720)]
        return replace(read, matrix=matrix([Series(each, one.times, one.values) for each in labels]))

    many = replace(WHOLE, total=copies(WHOLE.total), bad=copies(WHOLE.bad))
    assert many.total is not None
    assert sum(len(one.times) for one in many.total.matrix.series) > 500_000
    impact = find_impact(many, AROUND)
    assert isinstance(impact.start, Known)
    assert isinstance(impact.end, Known)
    assert abs((impact.start.instant - at(0)).total_seconds()) <= 3
    assert abs((impact.end.instant - at(40)).total_seconds()) <= 3
