"""The bytes of an answer: decompressed under a cap, and taken in as they come."""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.collect.transport.failure import Cause, WireFailure, too_large

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pm_autofill.collect.transport.limits import Limits
    from pm_autofill.collect.transport.shares import Reading

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PIECE = 64 * 2**10
_MARKUP_START = b"<"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Body:
    """A decoded body.

    Attributes:
        text: What a sieve left of it; all of it where there was none.
        sha256: Digest of all of it, hexadecimal.
        size: Its length in bytes.
        cut: Whether more came than was asked for.
    """

    text: bytes
    sha256: str
    size: int
    cut: bool = False


def take_in(chunks: Iterable[bytes], encoding: str, limits: Limits, reading: Reading) -> Body:
    """Read a body, never holding more of it than its limits and its source's share allow.

    Args:
        chunks: The body as it comes, in any pieces.
        encoding: The Content-Encoding header.
        limits: What it may cost.
        reading: What it takes of its source's share, and the sieve that takes out what is not kept as text.

    Returns:
        The decoded body.

    Raises:
        WireFailure: It is longer than a limit, damaged, or in an encoding that was not asked for.
    """
    text = io.BytesIO()  # unlike joining pieces, it hands over what it holds without a copy
    digest = hashlib.sha256()
    sieve = reading.sieve
    size = taken_out = 0
    for piece in _decoded(chunks, encoding.strip().lower()):
        size += len(piece)
        if size > limits.max_bytes:
            raise too_large(limits.max_bytes)
        digest.update(piece)
        left = sieve.feed(piece) if sieve else piece
        _write(text, left, limits, reading, kept=sieve.size - taken_out if sieve else 0)
        taken_out = sieve.size if sieve else 0
    if sieve:
        _write(text, sieve.finish(), limits, reading)
    return Body(text.getvalue(), digest.hexdigest(), size)


def take_beginning(chunks: Iterable[bytes], encoding: str, most: int) -> Body:
    """The beginning of a body of which no more is looked at.

    Args:
        chunks: The body as it comes, in any pieces.
        encoding: The Content-Encoding header.
        most: Decoded bytes wanted.

    Raises:
        WireFailure: It is damaged, or in an encoding that was not asked for.
    """
    text = io.BytesIO()
    for piece in _decoded(chunks, encoding.strip().lower()):
        text.write(piece)
        if text.tell() > most:
            break
    found = text.getvalue()
    return Body(found[:most], hashlib.sha256(found[:most]).hexdigest(), len(found[:most]), cut=len(found) > most)


def _write(text: io.BytesIO, piece: bytes, limits: Limits, reading: Reading, kept: int = 0) -> None:
    """Add a piece, once there is room for it."""
    if text.tell() + len(piece) > limits.max_text:
        raise too_large(limits.max_text)
    reading.grow(len(piece), kept)
    text.write(piece)


def _decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The decoded body in pieces of bounded size."""
    if encoding in {"", "identity"}:
        yield from chunks
        return
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise WireFailure(Cause.UNUSABLE, f"the answer came in the encoding {encoding[:20]!r}, which was not asked for")
    try:
        yield from _inflated(chunks)
    except zlib.error:
        raise WireFailure(Cause.UNUSABLE, f"the answer claims to be {encoding} and is not") from None


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The members of a gzip stream, one after the other."""
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    untouched = True
    for chunk in chunks:
        rest = chunk
        while rest:
            untouched = False
            if inflate.eof:
                inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            yield inflate.decompress(rest, _PIECE)
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not (inflate.eof or untouched):
        raise WireFailure(Cause.UNUSABLE, "the compressed answer ends in the middle")


def is_markup(body: bytes, content_type: str) -> bool:
    """Whether an answer is a web page rather than data."""
    if content_type.lower().startswith(("text/html", "application/xhtml")):
        return True
    return body[:1024].removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(_MARKUP_START)
