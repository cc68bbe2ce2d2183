"""Samples as JSON text become arrays."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.collect.prometheus.samples import parse_samples

NUMBERS = st.floats(allow_nan=False, width=64)
TIMES = st.floats(0, 7e9)


def test_pairs_become_times_and_values() -> None:
    """Times are numbers, values are strings, as the API writes them."""
    times, values = parse_samples(b'[[1795007400.217,"42"],[1795007415.218,"43.5"],[1795007430,"1e+06"]]')
    assert times.tolist() == [1795007400.217, 1795007415.218, 1795007430.0]
    assert values.tolist() == [42.0, 43.5, 1_000_000.0]


def test_blanks_do_not_matter() -> None:
    """JSON may be written with blanks."""
    times, values = parse_samples(b'[ [1, "2"] ,\n [3, "4"] ]')
    assert (times.tolist(), values.tolist()) == ([1.0, 3.0], [2.0, 4.0])


@pytest.mark.parametrize("text", [b"[]", b"[ ]"])
def test_an_empty_list_is_no_sample(text: bytes) -> None:
    """A series may have none."""
    times, values = parse_samples(text)
    assert len(times) == len(values) == 0


def test_what_is_no_number_is_left_out_and_infinity_is_kept() -> None:
    """VictoriaMetrics writes the end of a series as NaN; a ratio may be infinite."""
    times, values = parse_samples(b'[[1,"1"],[2,"NaN"],[3,"+Inf"],[4,"-Inf"]]')
    assert times.tolist() == [1.0, 3.0, 4.0]
    assert values.tolist() == [1.0, np.inf, -np.inf]


def test_samples_are_put_in_order_and_repeated_instants_dropped() -> None:
    """Chunks of one answer may overlap."""
    times, values = parse_samples(b'[[3,"30"],[1,"10"],[3,"31"],[2,"20"]]')
    assert (times.tolist(), values.tolist()) == ([1.0, 2.0, 3.0], [10.0, 20.0, 30.0])


@pytest.mark.parametrize(
    "text",
    [
        b'[[1,"a"]]',
        b'[[1,"2","3"]]',
        b"[[1]]",
        b'[[1,"2"],[3]]',
        b'[1,"2"]',
        b'[[1,"2,3,4"]]',
        b'[[1,""]]',
        b'{"a":1}',
        b'[[[1],"2"]]',
    ],
)
def test_anything_else_is_refused(text: bytes) -> None:
    """No half-read sample gets through."""
    with pytest.raises(ValueError, match=r"pairs|unmatched data|convert|could not"):
        parse_samples(text)


@settings(deadline=None)
@given(st.lists(st.tuples(TIMES, NUMBERS), unique_by=lambda pair: pair[0], max_size=50))
def test_every_number_comes_through_to_the_last_digit(pairs: list[tuple[float, float]]) -> None:
    """What a float can hold is read as Python reads it."""
    times, values = parse_samples(json.dumps([[time, repr(value)] for time, value in pairs]).encode())
    expected = sorted(pairs)
    assert times.tolist() == [time for time, _ in expected]
    assert values.tolist() == [value for _, value in expected]


def test_samples_of_another_age_are_left_out() -> None:
    """Before 1970, and after 2200, nobody measured anything here."""
    times, values = parse_samples(b'[[-1,"1"],[0,"2"],[7289654399,"3"],[7289654400,"4"],[1e300,"5"]]')
    assert (times.tolist(), values.tolist()) == ([0.0, 7289654399.0], [2.0, 3.0])


def test_a_long_series_is_read_in_pieces() -> None:
    """Several megabytes give the same as a short text."""
    count = 150_000
    text = json.dumps([[1795007400.217 + 15 * i, str(7 * i)] for i in range(count)]).encode()
    assert len(text) > 3 * 2**20
    times, values = parse_samples(text)
    assert len(times) == count
    assert (times[-1], values[-1]) == (1795007400.217 + 15 * (count - 1), 7.0 * (count - 1))
    assert np.array_equal(np.diff(values), np.full(count - 1, 7.0))
