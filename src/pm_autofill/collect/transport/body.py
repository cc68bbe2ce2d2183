"""The bytes of an answer: decompressed under a cap, and looked at before a parser sees them."""

from __future__ import annotations

import io
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from pm_autofill.collect.transport.failure import Cause, WireFailure, too_large

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_PIECE = 256 * 2**10
_SLICE = 256 * 2**10
_NOT_MARKS = bytes(set(range(256)) - set(b"[]{},:"))
_STEP = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_MARKUP_START = b"<"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Shape(NamedTuple):
    """The size of a JSON text as a parser meets it.

    Attributes:
        depth: Arrays and objects open at the deepest place.
        values: Arrays, objects, elements and members, counted by their punctuation.
    """

    depth: int
    values: int


def decode(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Undo the content encoding, never holding more than the cap.

    Args:
        chunks: The body as it came, in any pieces.
        encoding: The Content-Encoding header.
        max_bytes: Decoded bytes accepted.

    Returns:
        The decoded body.

    Raises:
        WireFailure: It is longer than the cap, damaged, or in an encoding that was not asked for.
    """
    body = io.BytesIO()  # unlike joining pieces, it hands over what it holds without a copy
    for piece in _decoded(chunks, encoding.strip().lower()):
        if body.tell() + len(piece) > max_bytes:
            raise too_large(max_bytes)
        body.write(piece)
    return body.getvalue()


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


def measure(body: bytes) -> Shape:
    """Measure a JSON text without parsing it, in little more memory than a slice of it.

    Args:
        body: JSON text in UTF-8; of a malformed one, what comes before the mistake is measured right.

    Returns:
        Its shape; the depth may be one level too high, for innermost arrays are dropped unseen.
    """
    depth = deepest = values = position = 0
    in_string = False
    while position < len(body):
        end = _slice_end(body, position)
        plain = body[position:end].replace(b"\\\\", b"").replace(b'\\"', b"")
        pieces = plain.split(b'"')
        outside = b"".join(pieces[int(in_string) :: 2])
        in_string ^= len(pieces) % 2 == 0
        marks = outside.translate(None, _NOT_MARKS)
        brackets = marks.translate(None, b",:")
        values += len(marks) - marks.count(b"]") - marks.count(b"}")
        folded = brackets.replace(b"[]", b"")
        heights = list(accumulate(map(_STEP.__getitem__, folded), initial=depth))
        deepest = max(deepest, max(heights) + (len(folded) < len(brackets)))
        depth = heights[-1]
        position = end
    return Shape(deepest, values)


def _slice_end(body: bytes, start: int) -> int:
    """Where a slice may end without cutting an escape in two."""
    end = min(start + _SLICE, len(body))
    backslashes = end - len(body[start:end].rstrip(b"\\")) - start
    return min(end + backslashes % 2, len(body))
