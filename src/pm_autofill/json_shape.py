"""How deep a JSON text is and what it takes parsed, told without parsing it."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

_SLICE = 256 * 2**10
_NOT_MARKS = bytes(set(range(256)) - set(b"[]{},:"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
# What a parser makes of each mark, in bytes (CPython 3.11 on 64 bits): an object, a list, a member, a place in a list
# with a number in it; and of a text beside its characters. Keys are texts, too, but most come many times.
_SIZES = {ord("{"): 120, ord("["): 72, ord(":"): -10, ord(","): 36}
_TEXT = 50
_OF_FOUR_BYTES = re.compile(rb"[\xf0-\xf4]|\\u[dD][89abAB]")
_OF_TWO_BYTES = re.compile(rb"[\xc4-\xef]|\\u(?!00)")


class Shape(NamedTuple):
    """The size of a JSON text as a parser meets it.

    Attributes:
        depth: Arrays and objects open at the deepest place.
        memory: Bytes it takes parsed, estimated: within a fifth of the truth or above it.
    """

    depth: int
    memory: int


def measure(body: bytes) -> Shape:
    """Measure a JSON text without parsing it, in little more memory than a slice of it.

    Args:
        body: JSON text in UTF-8; of a malformed one, what comes before the mistake is measured right.

    Returns:
        Its shape; the depth may be one level too high, for innermost arrays are dropped unseen.
    """
    depth = deepest = position = 0
    memory = len(body) * _character_width(body)
    in_string = False
    while position < len(body):
        end = _slice_end(body, position)
        plain = body[position:end].replace(b"\\\\", b"").replace(b'\\"', b"")
        pieces = plain.split(b'"')
        outside = b"".join(pieces[int(in_string) :: 2])
        in_string ^= len(pieces) % 2 == 0
        marks = outside.translate(None, _NOT_MARKS)
        memory += (len(pieces) - 1) // 2 * _TEXT
        memory += sum(marks.count(mark) * size for mark, size in _SIZES.items())
        brackets = marks.translate(None, b",:")
        folded = brackets.replace(b"[]", b"")
        highest = max(accumulate(map(_STEP.__getitem__, folded), initial=depth))
        deepest = max(deepest, highest + (len(folded) < len(brackets)))
        depth += sum(folded.count(mark) * step for mark, step in _STEP.items())
        position = end
    return Shape(deepest, memory)


def _character_width(body: bytes) -> int:
    """Bytes that Python takes for each character of a text that holds the widest one of these."""
    if _OF_FOUR_BYTES.search(body):
        return 4
    return 2 if _OF_TWO_BYTES.search(body) else 1


def _slice_end(body: bytes, start: int) -> int:
    """Where a slice may end without cutting an escape in two."""
    end = min(start + _SLICE, len(body))
    backslashes = end - len(body[start:end].rstrip(b"\\")) - start
    return min(end + backslashes % 2, len(body))
