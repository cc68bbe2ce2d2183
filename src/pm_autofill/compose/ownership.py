"""Who owns the text: a new document's values put into an earlier one, wherever nobody has touched ours.

An untouched slot is refreshed. A touched one is a human's, as is a slot whose marker is gone, broken or there twice;
text outside slots is never read for meaning and never changed. There is no state but the markers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.compose.markers import (
    Ink,
    Marker,
    find_markers,
    has_markers,
    ink_count,
    span_digest,
    span_marker,
)
from pm_autofill.compose.rows import merge_rows
from pm_autofill.compose.seal import is_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENCODING = ("utf-8", "surrogateescape")
# Characters that are looked at for what was written for one slot: nobody adds so many lines below ours.
_MOST_LOOKED_AT = 300_000


@dataclass(frozen=True, slots=True)
class Span:
    """What was written for a slot, where it still stands as it was written.

    Attributes:
        start: Where it begins.
        stop: Where it ends; behind it may stand what a human added before the marker.
    """

    start: int
    stop: int


def is_ours(document: bytes) -> bool:
    """Whether a document is one to put values into: it holds a marker, or is sealed and unchanged."""
    return has_markers(decode(document)) or is_sealed(document)


def merge(earlier: bytes, fresh: bytes) -> bytes:
    """An earlier document with a fresh one's values.

    Args:
        earlier: The document as it lies there, after whatever humans did to it.
        fresh: The document as composed now.

    Returns:
        The earlier document, its untouched slots and rows refreshed, all else as it was; the fresh one in place of
        a document of the time before markers that nobody has changed.
    """
    if is_sealed(earlier):
        return fresh
    old, new = decode(earlier), decode(fresh)
    ending = "\r\n" if old.count("\r\n") * 2 > old.count("\n") else "\n"
    sources = slots(new)
    edits: list[tuple[int, int, str]] = []
    for name, marker in slots(old).items():
        if name in sources and marker.entries is not None:
            edits += merge_rows(old, marker, new, sources[name], ending)
        elif name in sources:
            edits += (
                (start, end, words.replace("\n", ending))
                for start, end, words in _refresh(old, marker, new, sources[name])
            )
    for start, end, words in sorted(edits, reverse=True):
        old = old[:start] + words + old[end:]
    return old.encode(*_ENCODING)


def slots(text: str) -> dict[str, Marker]:
    """The markers of a document by slot, in order, without those that are broken or there twice."""
    found = list(find_markers(text))
    times = Counter(marker.name for marker in found)
    whole = (marker for marker in found if marker.count is not None or marker.entries is not None)
    return {marker.name: marker for marker in whole if times[marker.name] == 1}


def find_span(text: str, marker: Marker) -> Span | None:
    """What was written for a slot; None where a human has touched it.

    Right before the marker; for a marker on a line of its own also further up, as people add lines below ours.
    """
    if marker.count is None:
        return None
    ink = Ink(text, marker.floor, marker.start)
    looked_at = 0
    for stop in _ends(text, marker):
        start = ink.back(stop, marker.count) if marker.count else stop
        if start is None:
            continue
        if looked_at > _MOST_LOOKED_AT:
            return None
        line = text.rfind("\n", 0, start) + 1
        if span_digest(text[line:start], text[start:stop]) == marker.digest:
            return Span(start, stop)
        looked_at += stop - line
    return None


def decode(document: bytes) -> str:
    """A document as text; bytes that are no UTF-8 come back as they were."""
    return document.decode(*_ENCODING)


def _ends(text: str, marker: Marker) -> Iterator[int]:
    """Where what was written may end, nearest first: always behind a visible character."""
    if not marker.count:
        yield marker.start
        return
    yield (stop := _trimmed(text, marker.floor, marker.start))
    if text[text.rfind("\n", 0, marker.start) + 1 : marker.start].strip():
        return
    while (line := text.rfind("\n", marker.floor, stop)) >= 0:
        yield (stop := _trimmed(text, marker.floor, line))


def _trimmed(text: str, floor: int, stop: int) -> int:
    while stop > floor and text[stop - 1] in "\ufeff \t\r\n":
        stop -= 1
    return stop


def _refresh(old: str, marker: Marker, new: str, source: Marker) -> Iterator[tuple[int, int, str]]:
    value = find_span(new, source)
    span = find_span(old, marker)
    if value is None or span is None:
        return
    words, before = new[value.start : value.stop], old[: span.start]
    if (ink_count(words), span_digest(before, words)) == (marker.count, marker.digest):
        return
    between = new[value.stop : source.start]
    if marker.count == 0 and words:
        yield marker.start, marker.end, _first_words(old, marker, new[: value.start], words, between)
    elif old[span.stop : marker.start].strip():  # a human's lines between ours and the marker
        yield span.start, span.stop, words
        yield marker.start, marker.end, span_marker(marker.name, before, words)
    else:
        yield span.start, marker.end, f"{words}{between if words else ''}{span_marker(marker.name, before, words)}"


def _first_words(old: str, marker: Marker, new_before: str, words: str, between: str) -> str:
    """What takes the place of an empty slot: set off from what stands above as in the fresh document."""
    before = old[: marker.start]
    wanted = new_before[len(new_before.rstrip()) :].count("\n")
    there = before[len(before.rstrip()) :].count("\n")
    lead = "\n" * (wanted - there) if wanted and before.strip() else ""
    return f"{lead}{words}{between}{span_marker(marker.name, before + lead, words)}"
