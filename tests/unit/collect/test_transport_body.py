"""Taking a body in: decoded under a cap."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.transport.body import is_markup, take_beginning, take_in
from pm_autofill.collect.transport.failure import WireFailure
from pm_autofill.collect.transport.limits import Deadline, Limits
from pm_autofill.collect.transport.shares import Reading, Share

if TYPE_CHECKING:
    from collections.abc import Iterator


def decode(pieces: list[bytes], encoding: str, most: int) -> bytes:
    """A body with no other limit than its length."""
    limits = Limits(max_bytes=most)
    return take_in(pieces, encoding, limits, Reading(Share(), Deadline(60))).text


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
