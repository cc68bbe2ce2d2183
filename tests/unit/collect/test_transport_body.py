"""Decoding under a cap, and measuring JSON without parsing it."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pm_autofill.collect.transport.body import is_markup, take_beginning, take_in
from pm_autofill.collect.transport.failure import WireFailure
from pm_autofill.collect.transport.limits import Deadline, Limits
from pm_autofill.collect.transport.parsing import parse_json
from pm_autofill.collect.transport.shares import Reading, Share
from pm_autofill.json_shape import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.sampled_from('ab"\\[]{},: é')),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet=st.sampled_from('a"\\[]{},:')), inner),
)


def true_depth(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """The depth by parsing: the slow way."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if members is None else 1 + max(map(true_depth, members), default=0)


def decode(pieces: list[bytes], encoding: str, most: int) -> bytes:
    """A body with no other limit than its length."""
    limits = Limits(max_bytes=most)
    return take_in(pieces, encoding, limits, Reading(Share(), Deadline(60))).text


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


def test_of_a_refusal_the_beginning_is_read() -> None:
    """An error's body is not read to its end, and nothing says that it was."""

    def endless() -> Iterator[bytes]:
        while True:
            yield b"no " * 1000

    found = take_beginning(endless(), "", 10_000)
    assert (len(found.text), found.size, found.cut) == (10_000, 10_000, True)
    assert take_beginning([b"no"], "", 10_000).cut is False


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
