"""Depth and memory of a JSON text, measured without parsing it."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pm_autofill.collect.transport.parsing import parse_json
from pm_autofill.json_shape import measure

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.sampled_from('ab"\\[]{},: é')),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet=st.sampled_from('a"\\[]{},:')), inner),
)


def true_depth(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """The depth by parsing: the slow way."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if members is None else 1 + max(map(true_depth, members), default=0)


def memory_of(body: bytes) -> int:
    """What a body takes parsed, in bytes: the slow way."""
    tracemalloc.start()
    parsed = parse_json(body)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del parsed
    return taken


@given(value=JSON, ascii_only=st.booleans())
@example(value=[[[]]], ascii_only=True)
@example(value={"a": [{}, "]]"], "\\": '"'}, ascii_only=False)
def test_the_depth_of_json_is_measured(value: Any, *, ascii_only: bool) -> None:  # noqa: ANN401
    """Strings with brackets, quotes and backslashes do not confuse; depth is right, or one too high."""
    measured = measure(json.dumps(value, ensure_ascii=ascii_only).encode())
    assert measured.depth - true_depth(value) in {0, 1}


@pytest.mark.parametrize(
    "one",
    ["1", "1000000", "1.5", '""', '"%d"', "{}", '{"a":1}', '{"%d":1}', "[]", "[1]", '[1,"2"]', '"\U0001f525%d"',
     '"\\ud83d\\udd25%d"', '"a word of some length \u0416 %d"', '{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}'],
)  # fmt: skip
def test_the_memory_of_json_is_measured(one: str) -> None:
    """Whatever fills a list, the estimate is hardly below what it takes, and not far above."""
    body = "[" + ",".join(one.replace("%d", str(1000 + n)) for n in range(20_000)) + "]"
    measured, true = measure(body.encode()).memory, memory_of(body.encode())
    assert 0.8 * true <= measured <= 12 * true  # empty texts are one and the same


def test_one_wide_character_widens_a_text() -> None:
    """A text of a million letters takes four million bytes with an emoji in it, written or escaped."""
    for body in (b'"' + b"x" * 1_000_000 + "\U0001f525".encode() + b'"', b'"' + b"x" * 1_000_000 + rb'\ud83d\udd25"'):
        assert memory_of(body) >= 4_000_000
        assert measure(body).memory >= 4_000_000


@pytest.mark.parametrize("padding", range(262_139, 262_149))
def test_slices_do_not_cut_escapes(padding: int) -> None:
    """A backslash at the edge of a slice still belongs to the character behind it."""
    body = json.dumps(["x" * padding + '\\"[[[[\\', [1]]).encode()
    assert measure(body).depth == 2


def test_depth_reaches_across_slices() -> None:
    """Levels opened in one slice and closed in another add up."""
    assert measure(b"[" * 300_000 + b"]" * 300_000).depth in {300_000, 300_001}
    assert measure(b"[" * 300_000).depth == 300_000
