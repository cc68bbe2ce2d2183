"""Decoding under a cap, and measuring JSON without parsing it."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pm_autofill.collect.transport.body import Shape, decode, is_markup, measure
from pm_autofill.collect.transport.failure import WireFailure

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.sampled_from('ab"\\[]{},: é')),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet=st.sampled_from('a"\\[]{},:')), inner),
)


def true_shape(value: Any) -> Shape:  # noqa: ANN401 - any JSON value
    """The shape by parsing: the slow way."""
    if isinstance(value, dict):
        members, marks = list(value.values()), 1 + len(value) + max(0, len(value) - 1)
    elif isinstance(value, list):
        members, marks = value, 1 + max(0, len(value) - 1)
    else:
        return Shape(0, 0)
    shapes = [true_shape(member) for member in members]
    return Shape(1 + max((s.depth for s in shapes), default=0), marks + sum(s.values for s in shapes))


@given(value=JSON, ascii_only=st.booleans())
@example(value=[[[]]], ascii_only=True)
@example(value={"a": [{}, "]]"], "\\": '"'}, ascii_only=False)
def test_the_shape_of_json_is_measured(value: Any, *, ascii_only: bool) -> None:  # noqa: ANN401
    """Strings with brackets, quotes and backslashes do not confuse; depth is right, or one too high."""
    measured, true = measure(json.dumps(value, ensure_ascii=ascii_only).encode()), true_shape(value)
    assert measured.depth - true.depth in {0, 1}
    assert measured.values == true.values


@pytest.mark.parametrize("padding", range(262_139, 262_149))
def test_slices_do_not_cut_escapes(padding: int) -> None:
    """A backslash at the edge of a slice still belongs to the character behind it."""
    body = json.dumps(["x" * padding + '\\"[[[[\\', [1]]).encode()
    assert measure(body) == Shape(2, 3)


def test_depth_reaches_across_slices() -> None:
    """Levels opened in one slice and closed in another add up."""
    assert measure(b"[" * 300_000 + b"]" * 300_000).depth in {300_000, 300_001}
    assert measure(b"[" * 300_000) == Shape(300_000, 300_000)


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 10**6])
def test_a_body_is_decoded_whatever_its_pieces(size: int) -> None:
    """Pieces of any size give the same body, in each encoding."""
    body = bytes(range(256)) * 1000
    for encoding, packed in {
        "": body,
        "identity": body,
        "gzip": gzip.compress(body, mtime=0),
        " GZIP ": gzip.compress(body, mtime=0),
        "x-gzip": gzip.compress(body[:70_000], mtime=0) + gzip.compress(body[70_000:]),
        "deflate": zlib.compress(body),
    }.items():
        pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
        assert decode(pieces, encoding, len(body)) == body


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_cap_is_exact(encoding: str) -> None:
    """A body of just the cap passes, one byte more does not."""
    body = b"x" * 1000
    packed = gzip.compress(body, mtime=0) if encoding else body
    assert decode([packed], encoding, 1000) == body
    with pytest.raises(WireFailure, match="longer than 999 bytes"):
        decode([packed], encoding, 999)


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "ends in the middle"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-1], "ends in the middle"),
        (gzip.compress(b"x", mtime=0) + b"garbage", "claims to be gzip and is not"),
        (gzip.compress(b"x", mtime=0)[:-8] + b"\x00" * 8, "claims to be gzip and is not"),
    ],
)
def test_a_damaged_body_is_refused(packed: bytes, words: str) -> None:
    """Half a stream, a wrong checksum and garbage behind are all refused."""
    with pytest.raises(WireFailure, match=words):
        decode([packed], "gzip", 10_000)


def test_an_empty_compressed_body_is_empty() -> None:
    """A server may claim gzip and send nothing, as on 204."""
    assert decode([], "gzip", 10) == b""


@pytest.mark.parametrize(
    ("body", "content_type", "markup"),
    [
        (b"<html>", "", True),
        (b"\xef\xbb\xbf\n <!doctype html>", "application/json", True),
        (b"plain", "text/html; charset=utf-8", True),
        (b"plain", "TEXT/HTML", True),
        (b"<x/>", "application/xhtml+xml", True),
        (b'{"a": "<html>"}', "application/json", False),
        (b"Prometheus is Healthy.", "text/plain", False),
        (b"", "", False),
    ],
)
def test_a_web_page_is_recognised(body: bytes, content_type: str, *, markup: bool) -> None:
    """By its type or its first character."""
    assert is_markup(body, content_type) is markup
