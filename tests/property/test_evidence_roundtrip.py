"""Evidence survives its file: whatever was sampled comes back to the bit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.errors import EvidenceUnreadable
from pm_autofill.evidence import Evidence, Request, TemplateText, dump
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.file import parse
from pm_autofill.evidence.series import Series, matrix, pack, unpack

if TYPE_CHECKING:
    from pm_autofill.evidence.series import Floats

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
LABELS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)
GRID = st.lists(st.integers(0, 4_000_000_000_000), max_size=12, unique=True).map(sorted)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
COUNTERS = st.integers(0, 2**52 - 1).map(float)


@st.composite
def samples(draw: st.DrawFn) -> tuple[Series, ...]:
    """Series, some of them on one grid; counters, gauges and what is no number."""
    grids = draw(st.lists(GRID, min_size=1, max_size=3))
    found = []
    for _ in range(draw(st.integers(0, 5))):
        times: Floats = np.array(draw(st.sampled_from(grids)), dtype=np.int64) / 1000.0
        kind = draw(st.sampled_from([FLOATS, COUNTERS, st.one_of(FLOATS, COUNTERS)]))
        values = draw(st.lists(kind, min_size=len(times), max_size=len(times)))
        found.append(Series(draw(LABELS), times, np.array(values, dtype=np.float64)))
    return tuple(found)


def evidence(found: tuple[Series, ...]) -> Evidence:
    """Evidence that holds them."""
    change = ChangeSeries(service="s", query="q", matrix=matrix(found), source="c", step=15.0)
    return Evidence(
        collected_at=NOON,
        version="1",
        request=Request(as_of=NOON),
        configuration={},
        template=TemplateText(name="t", text=""),
        changes=(change,),
    )


@settings(max_examples=100, deadline=None, derandomize=True)
@given(samples())
def test_samples_come_back_to_the_bit(found: tuple[Series, ...]) -> None:
    """Times to the millisecond, values exactly; only the sign of zero is not kept."""
    whole = matrix(found)
    again = unpack(msgspec.json.decode(msgspec.json.encode(pack(whole))))
    assert again == whole
    for one, other in zip(whole.series, again.series, strict=True):
        assert one.times.tobytes() == other.times.tobytes()
        assert (one.values + 0.0).tobytes() == (other.values + 0.0).tobytes() or np.isnan(one.values).any()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(samples())
def test_files_come_back_and_repeat(found: tuple[Series, ...]) -> None:
    """Reading and writing again gives the same bytes."""
    whole = evidence(found)
    raw = dump(whole)
    again = parse(raw, name="e")
    assert again == whole
    assert dump(again) == raw


@settings(max_examples=100, deadline=None, derandomize=True)
@given(samples(), st.data())
def test_damage_is_noticed_or_harmless(found: tuple[Series, ...], data: st.DataObject) -> None:
    """Any byte changed, any part cut: another evidence, or one error that names the file."""
    raw = bytearray(dump(evidence(found)))
    place = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[place] = data.draw(st.integers(0, 255))
    else:
        del raw[place : place + data.draw(st.integers(1, 40))]
    refused = [""]
    try:
        parse(bytes(raw), name="the-file")
    except EvidenceUnreadable as error:
        refused.append(error.message)
    assert refused[-1] == "" or refused[-1].startswith("the-file ")


@pytest.mark.parametrize("values", [[0.0, -0.0], [2.0**52, 1.0], [1e308, -1e308], [5e-324, 1.0]])
def test_extreme_numbers_come_back(values: list[float]) -> None:
    """Beyond what is written as whole steps."""
    one = Series({}, np.array([1.0, 2.0]), np.array(values))
    assert unpack(msgspec.json.decode(msgspec.json.encode(pack(matrix([one]))))) == matrix([one])
