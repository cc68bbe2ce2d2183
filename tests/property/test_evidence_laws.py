"""Laws of the evidence: what is written comes back bit for bit, and no event is lost between buckets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pm_autofill.evidence import Evidence, Request, TemplateText, dump
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.file import parse
from pm_autofill.evidence.increments import curves, increments
from pm_autofill.evidence.series import Matrix, Series, matrix, pack, unpack
from pm_autofill.evidence.slos import CounterRead

if TYPE_CHECKING:
    from random import Random

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
START = NOON.timestamp()
BORDERS = (float("nan"), float("inf"), float("-inf"), 0.1, -0.0, 1e308, 5e-324, 2.0**52, 2.0**53 + 2, -(2.0**52) + 1)
VALUES = st.one_of(st.floats(width=64), st.integers(-(2**54), 2**54).map(float), st.sampled_from(BORDERS))
LABELS = st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=3)
MILLISECONDS = st.integers(0, 7 * 10**12)


@st.composite
def any_series(draw: st.DrawFn) -> Series:
    """Any labels, any instants of this age to the millisecond, any numbers."""
    instants = sorted(draw(st.lists(MILLISECONDS, max_size=6, unique=True)))
    values = draw(st.lists(VALUES, min_size=len(instants), max_size=len(instants)))
    return Series(draw(LABELS), np.array(instants, dtype=float) / 1000.0, np.array(values, dtype=float))


@st.composite
def counters(draw: st.DrawFn) -> Series:
    """A counter of a target that may begin late, restart, and miss scrapes."""
    offset = draw(st.integers(0, 30))
    steps = draw(st.lists(st.integers(1, 4), min_size=1, max_size=8))
    values = draw(st.lists(st.integers(0, 10**6), min_size=len(steps), max_size=len(steps)))
    labels = {"job": "api", "instance": draw(st.sampled_from("ab")), "code": draw(st.sampled_from(["200", "500"]))}
    times = START + 15.0 * (offset + np.cumsum(np.array(steps, dtype=float)))
    return Series(labels, times, np.array(values, dtype=float))


MATRICES = st.lists(any_series(), max_size=4).map(matrix)


def evidence(found: Matrix) -> Evidence:
    """Evidence that holds some samples."""
    return Evidence(
        collected_at=NOON,
        version="1",
        request=Request(as_of=NOON),
        configuration={},
        template=TemplateText(name="t", text=""),
        changes=(ChangeSeries(service="s", query="q", matrix=found, source="c", step=15.0),),
    )


def read(found: list[Series], *, pushed_down: bool = False) -> CounterRead:
    """A read that began at noon."""
    end = datetime(2026, 11, 18, 13, tzinfo=UTC)
    return CounterRead(matrix=matrix(found), source="s", start=NOON, end=end, pushed_down=pushed_down)


def one(*values: float) -> Matrix:
    """A matrix of one series with these samples."""
    return Matrix((Series({"a": "b"}, START + np.arange(len(values), dtype=float), np.array(values)),))


@settings(deadline=None)
@given(MATRICES)
@example(one(*BORDERS))
@example(one(float("nan"), float("nan")))
@example(one(2.0**52 - 1, -(2.0**52) + 1, 2.0**52 - 1))
@example(one())
def test_samples_come_back_as_they_were(found: Matrix) -> None:
    """Whatever is in them: no number, infinity, fractions, and numbers too large for whole steps."""
    whole = evidence(found)
    assert parse(dump(whole), name="e") == whole


@settings(deadline=None)
@given(MATRICES)
def test_the_bytes_of_what_was_read_are_the_bytes_read(found: Matrix) -> None:
    """A rebuild from the file writes the same file."""
    raw = dump(evidence(found))
    assert dump(parse(raw, name="e")) == raw


@settings(deadline=None)
@given(
    st.lists(any_series(), max_size=4, unique_by=lambda one: tuple(sorted(one.labels.items()))),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_leaves_no_trace(found: list[Series], chance: Random) -> None:
    """Series with labels of their own are written in the order of those."""
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert dump(evidence(matrix(shuffled))) == dump(evidence(matrix(found)))


@settings(deadline=None)
@given(MATRICES)
def test_each_grid_is_written_once(found: Matrix) -> None:
    """However many series share it."""
    grids = pack(found)["grids"]
    assert len({bytes(grid) for grid in grids}) == len(grids)
    assert unpack(msgspec.json.decode(msgspec.json.encode(pack(Matrix(found.series * 2))))) == Matrix(found.series * 2)
    assert pack(Matrix(found.series * 2))["grids"] == grids


@settings(deadline=None)
@given(st.lists(counters(), max_size=4), st.lists(st.integers(0, 1500), min_size=1, max_size=6), st.booleans())
def test_buckets_add_up_to_what_the_curves_counted(found: list[Series], inner: list[int], pushed_down: bool) -> None:  # noqa: FBT001 - drawn
    """Wherever the edges lie between a first one before and a last one after all samples."""
    edges = START + np.array([-60.0, *sorted(inner), 3600.0])
    counted = read(found, pushed_down=pushed_down)
    total = sum(float(curve.events[-1] - curve.events[0]) for curve in curves(counted))
    assert float(increments(counted, edges).sum()) == pytest.approx(total, rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(st.lists(counters(), max_size=4), st.lists(st.integers(-60, 3600), min_size=2, max_size=8, unique=True))
def test_no_bucket_holds_less_than_nothing(found: list[Series], inner: list[int]) -> None:
    """A restart is no negative count."""
    edges = START + np.array(sorted(inner), dtype=float)
    assert float(increments(read(found), edges).min()) >= -1e-6


@settings(deadline=None)
@given(counters())
def test_a_curve_never_counts_more_than_its_samples_say(found: Series) -> None:
    """At most everything after each restart and what was there at birth: the sum of all values."""
    for curve in curves(read([found])):
        assert float(curve.events[0]) == 0.0
        assert float(curve.events[-1]) <= float(found.values.sum())
        assert np.all(np.diff(curve.times) > 0)
