"""The markers of a document's slots: HTML comments with an id and a digest of what was written before them.

A marker ends its slot and counts its characters, so nothing has to stand before it: ``39 minutes <!-- pm:duration
9-5zqkxyw -->``. An empty slot is but its marker; a table's marker lists the rows ever written. Blanks, the width of
table columns and the two ways to write emphasis do not count: editors change them by themselves.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MARKER = re.compile(r"(?<!\\)<!--\s*pm:([\w.]{1,200}(?::\d{1,9})?)\b([\w.\s-]*)-->")
_SPAN = re.compile(r"(\d+)-([a-z2-7]{7})")
_ENTRY = re.compile(r"[a-z2-7]{6}(?:\.[a-z2-7]{5})+")
_ROWS = "rows-"
# A byte order mark is as invisible as a blank.
_BLANKS = re.compile(r"[\s\ufeff]+")
_PIPE = re.compile(r" ?\| ?")
_RULE = re.compile(r"-{3,}")
_RULE_WIDTH = 3
_INK = re.compile(r"-{3,}|-{1,2}|[^\s\ufeff-]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row ever written.

    Attributes:
        digest: Of its line.
        keys: Of the events it tells.
    """

    digest: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        """As it stands in a marker."""
        return ".".join((self.digest, *self.keys))


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker as it stands in a document.

    Attributes:
        name: The slot's id.
        start: Where the comment begins.
        end: Where it ends.
        count: How many characters were written, blanks aside; None for rows, and where the marker is broken.
        digest: Of what was written.
        entries: The rows ever written; None for any other slot.
        floor: Where the marker before this one ends: the slot lies behind it.
    """

    name: str
    start: int
    end: int
    count: int | None
    digest: str
    entries: tuple[Entry, ...] | None
    floor: int


def find_markers(text: str) -> Iterator[Marker]:
    """Every marker of a document, in order; broken ones too, as they end what stands before them."""
    floor = 0
    for found in _MARKER.finditer(text):
        count, digest, entries = None, "", None
        head, *words = found[2].split() or [""]
        if head == _rows_head(words) and all(map(_ENTRY.fullmatch, words)):
            entries = tuple(Entry(one.partition(".")[0], tuple(one.split(".")[1:])) for one in words)
        elif not words and (span := _SPAN.fullmatch(head)):
            count, digest = int(span[1]), span[2]
        yield Marker(found[1], found.start(), found.end(), count, digest, entries, floor)
        floor = found.end()


def has_markers(text: str) -> bool:
    """Whether a text holds any marker of ours."""
    return _MARKER.search(text) is not None


def span_marker(name: str, before: str, words: str) -> str:
    """The marker behind what was written.

    Args:
        name: The slot's id.
        before: The document up to the words; its last character must stay the same, so that a word put right before
            ours makes the sentence a human's.
        words: What was written.
    """
    return f"<!-- pm:{name} {ink_count(words)}-{span_digest(before, words)} -->"


def row_marker(name: str, entries: Iterable[Entry]) -> str:
    """The marker behind a table's rows, with all rows ever written."""
    words = list(map(str, entries))
    return f"<!-- pm:{' '.join([name, _rows_head(words), *words])} -->"


def _rows_head(words: Sequence[str]) -> str:
    """Rows that were cut out of a marker would be written again, so it holds a digest of them all."""
    return f"{_ROWS}{_digest(' '.join(words), 7)}"


def span_digest(before: str, words: str) -> str:
    """The digest of what was written, and of the character it follows on its line."""
    line = before[before.rfind("\n") + 1 :].rstrip("\ufeff \t\r")
    return _digest(f"{canonical(line[-1:])}\n{canonical(words)}", 7)


def line_digest(line: str) -> str:
    """The digest of a table's row."""
    return _digest(canonical(line), 6)


def key_of(event: str) -> str:
    """A short name of an event's id, for markers."""
    return _digest(event, 5)


def ink_count(words: str) -> int:
    """How many characters a text has, blanks and the width of rules aside."""
    return len(_BLANKS.sub("", _RULE.sub("---", words)))


class Ink:
    """The visible characters of a part of a text, a rule counted as three."""

    def __init__(self, text: str, start: int, stop: int) -> None:
        """Find where they stand, and how many stand before each."""
        found = [one.span() for one in _INK.finditer(text, start, stop)]
        self._starts = [begin for begin, _ in found]
        self._rules = {begin for begin, end in found if end - begin > _RULE_WIDTH and text[begin] == "-"}
        widths = (_RULE_WIDTH if begin in self._rules else end - begin for begin, end in found)
        self._before = list(accumulate(widths, initial=0))

    def back(self, stop: int, count: int) -> int | None:
        """Where the last so many characters before a place begin; None where there are fewer, or a rule is cut."""
        wanted = self._before[bisect_left(self._starts, stop)] - count
        index = bisect_right(self._before, wanted) - 1
        if not 0 <= index < len(self._starts):
            return None
        begin, inside = self._starts[index], wanted - self._before[index]
        return None if inside and begin in self._rules else begin + inside


def canonical(text: str) -> str:
    """A text without what editors change by themselves."""
    line = _PIPE.sub("|", _BLANKS.sub(" ", text.replace("_", "*")))
    return _RULE.sub("---", line).strip()


def _digest(text: str, length: int) -> str:
    raw = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return b32encode(raw[:5]).decode().lower()[:length]
