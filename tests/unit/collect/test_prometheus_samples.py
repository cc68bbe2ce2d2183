"""Samples as JSON text become arrays."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.collect.prometheus.answers import read_reply
from pm_autofill.collect.prometheus.samples import SampleSieve, parse_samples
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.series import label_text

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


def sifted(text: bytes, size: int) -> tuple[bytes, SampleSieve]:
    """What a sieve leaves of a text that comes in pieces of a size."""
    sieve = SampleSieve()
    left = b"".join(sieve.feed(text[start : start + size]) for start in range(0, len(text), size))
    return left + sieve.finish(), sieve


LABELS = st.dictionaries(
    st.sampled_from(["a", "values", "le"]), st.text(alphabet='x"\\[]{},:0 ', max_size=12), max_size=3
)
SAMPLES = st.lists(st.tuples(st.integers(0, 2**31), st.floats(allow_nan=False, width=32)), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(LABELS, SAMPLES), max_size=5, unique_by=lambda row: label_text(row[0])),
    st.integers(1, 200),
    st.sampled_from([None, 1]),
)
def test_an_answer_says_the_same_sifted_and_whole(
    rows: list[tuple[dict[str, str], list[tuple[int, float]]]], size: int, indent: int | None
) -> None:
    """However it is cut, whatever its labels hold, with blanks or without."""
    result = [{"metric": labels, "values": [[at, repr(value)] for at, value in found]} for labels, found in rows]
    body = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    text = json.dumps(body, indent=indent, separators=None if indent else (",", ":")).encode()
    left, sieve = sifted(text, size)
    assert read_reply(left, "it", sieve).matrix == read_reply(text, "it").matrix


def test_samples_are_taken_out_as_they_come() -> None:
    """A long answer leaves little text, and its samples take sixteen bytes each."""
    rows = ",".join(f'[{at},"{at}"]' for at in range(100_000))
    text = f'{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{rows}]}}]}}}}'
    left, sieve = sifted(text.encode(), 65_536)
    assert left == b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[0]}]}}'
    assert 1_600_000 <= sieve.size <= 1_601_000


@pytest.mark.parametrize(
    "values",
    ['[[1,"2"],[3]]', '[[1,"x"]]', '[[1,"2"', '[[1,"2"],' + "[" * 9000, '[[1,"2"]]]]', "[0]",
     '[[1,{"a":[2]}]]'],
)  # fmt: skip
@pytest.mark.parametrize("size", [3, 70_000])
def test_what_are_no_samples_is_refused_sifted_too(values: str, size: int) -> None:
    """And nothing but a refusal comes of it."""
    start = '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":'
    left, sieve = sifted(f"{start}{values}}}]}}}}".encode(), size)
    with pytest.raises(SourceUnavailable, match="unusably"):
        read_reply(left, "it", sieve)


def test_samples_are_handed_out_once() -> None:
    """An answer cannot name those of another series."""
    text = b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"2"]]},'
    left, sieve = sifted(text + b'{"metric":{"a":"2"},"values":[0]}]}}', 10)
    with pytest.raises(SourceUnavailable, match="not shaped as expected"):
        read_reply(left, "it", sieve)
