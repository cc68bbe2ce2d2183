"""Pictures that others made: what is drawn stays, the words stored beside it go."""

from __future__ import annotations

import struct

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FRAME = 12  # of a chunk: its length, its kind, its checksum
_DRAWING = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"sBIT", b"bKGD"}
)


def without_words(picture: bytes) -> bytes:
    """A PNG without comments, profiles and whatever else is not needed to draw it; other bytes as they are."""
    if not picture.startswith(_SIGNATURE):
        return picture
    kept, place = [_SIGNATURE], len(_SIGNATURE)
    while place + _FRAME <= len(picture):
        (length,) = struct.unpack(">I", picture[place : place + 4])
        kind, end = picture[place + 4 : place + 8], place + _FRAME + length
        if kind in _DRAWING:
            kept.append(picture[place:end])
        if kind == b"IEND":
            break
        place = end
    plain = b"".join(kept)
    return picture if plain == picture else plain
