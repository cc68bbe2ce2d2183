"""A text as it reads once invisible characters are left out and escapes are undone, each character with its place."""

from __future__ import annotations

import html
import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# How often escapes within escapes are undone; a link in a link in JSON has three layers.
_MOST_LAYERS = 4
_MOST_LAYERS_APART = 2
# Terminal sequences, and the empty comment that our own Markdown has within words.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|<!-- -->")
_PERCENT = r"(?:%[0-9A-Fa-f]{2})+"
_ENTITY = r"&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});"
_BACKSLASH = r"\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[^\w\s]|\\[nrt_]"
# Ways of escaping, each by itself; and all at once, backslashes in a row being those of one character.
_ESCAPES = {"%": re.compile(_PERCENT), "&": re.compile(_ENTITY), "\\": re.compile(_BACKSLASH)}
_ANY_ESCAPE = re.compile("|".join((_PERCENT, _ENTITY, _BACKSLASH.replace(r"\\", r"\\+"))))
_WHITE = {"n": "\n", "r": "\n", "t": "\t"}
# Letters that show nothing: fillers of Hangul and Braille.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cs"})
_CONTROLS = frozenset(chr(code) for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r\x0b\x0c\x85")
# What may have to be left out or changed: what is neither plain ASCII nor white, and the comment.
_ODD = re.compile(r"[^\t\n\r\x20-\x7e]|<!-- -->")
# All that counts as white, as in ``\s``.
_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# Lowering a text that is not ASCII takes twelve bytes a character for a moment, so a long one is lowered in slices.
_SLICE = 2**16
_PLACE = "I"  # four bytes


@dataclass(frozen=True)
class View:
    """One reading of a text, and where in the text it stands: a run for each stretch kept or changed.

    Attributes:
        text: The characters as read.
        runs: Where in the reading each run begins.
        starts: Where in the text each run begins.
        ends: Where in the text a run ends that was changed as a whole; 0 for one kept character for character.
    """

    text: str
    runs: Sequence[int] = (0,)
    starts: Sequence[int] = (0,)
    ends: Sequence[int] = (0,)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text a stretch of this reading is; it is not empty."""
        return self._character(start)[0], self._character(end - 1)[1]

    def _character(self, index: int) -> tuple[int, int]:
        run = self.run_of(index)
        start = self.starts[run]
        if self.ends[run]:
            return start, self.ends[run]
        start += index - self.runs[run]
        return start, start + 1

    def run_of(self, index: int) -> int:
        """The number of the run that holds a character of this reading."""
        return bisect_right(self.runs, index) - 1

    @cached_property
    def lowered(self) -> str:
        """The same in lower case, character for character."""
        lower = "".join(self.text[start : start + _SLICE].lower() for start in range(0, len(self.text), _SLICE))
        return lower if len(lower) == len(self.text) else "".join(map(_lower, self.text))


def readings(text: str, *, apart: bool = False) -> Iterator[View]:
    """A text as it reads: first without what cannot be seen, then with one layer of escapes less each.

    Args:
        text: The text.
        apart: Whether, where several ways of escaping are mixed, each is undone by itself as well: a secret may hold
            the signs of one, and have been escaped in another.
    """
    view = visible(text)
    yield view
    yield from _undone(view, _ANY_ESCAPE, _MOST_LAYERS)
    signs = [sign for sign in _ESCAPES if sign in view.text] if apart else []
    if len(signs) > 1 or "\\\\" in view.text:
        for sign in signs:
            yield from _undone(view, _ESCAPES[sign], _MOST_LAYERS_APART)


def _undone(view: View, escapes: re.Pattern[str], most: int) -> Iterator[View]:
    """A reading with one layer of escapes less each time, as long as there are any."""
    for _ in range(most):
        pieces = (piece for found in escapes.finditer(view.text) for piece in _decode(found))
        first = next(pieces, None)
        if first is None:
            return
        view = _assemble(view, chain((first,), pieces))
        yield view


def visible(text: str) -> View:
    """A text without invisible characters, in the plain form of letters that have several."""
    pieces: list[tuple[int, int, str]] = []
    position = 0
    for found in _ODD.finditer(text):
        if found.start() < position:
            continue
        place = found.start()
        sequence = _SEQUENCE.match(text, place)
        end, seen = (sequence.end(), "") if sequence else (place + 1, _seen(text[place]))
        if seen != text[place:end]:
            pieces.append((place, end, seen))
            position = end
    return _assemble(View(text), pieces) if pieces else View(text)


def tight(view: View) -> View:
    """A reading without blanks and line breaks, which wrapping puts into long words."""
    return _assemble(view, ((found.start(), found.end(), "") for found in re.finditer(r"\s+", view.text)))


def unspaced(text: str) -> str:
    """A text without blanks and line breaks: the words of ``tight``, without a list of all of them in between."""
    for blank in _BLANKS:
        text = text.replace(blank, "")
    return text


def _lower(character: str) -> str:
    """A letter in lower case; as it is where that would be two."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _seen(character: str) -> str:
    """What is seen of a character."""
    if character.isascii():
        return "" if character in _CONTROLS else character
    if character in _BLANK_LETTERS or character in _CONTROLS:
        return ""
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    return unicodedata.normalize("NFKC", character) if character != "…" else character


def _decode(found: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """What an escape stands for: pieces of the text with what is read in their place; none where it is no escape."""
    text, start = found[0], found.start()
    if text[0] == "%":
        yield from _decode_percent(text, start)
    elif text[0] == "&":
        plain = html.unescape(text)
        if plain != text:
            yield start, found.end(), plain
    else:
        body = text.lstrip("\\")
        if not body:
            yield start, found.end(), "\\" * (len(text) // 2)
        elif len(body) > 1:
            yield start, found.end(), chr(int(body[1:], 16))
        else:
            yield start, found.end(), _WHITE.get(body, body)


def _decode_percent(text: str, start: int) -> Iterator[tuple[int, int, str]]:
    """Percent-encoded bytes, those of one character together; what is no UTF-8 is read as Latin-1."""
    raw = bytes.fromhex(text.replace("%", ""))
    position = 0
    while position < len(raw):
        size = next(n for n in (1, 2, 3, 4, 0) if n == 0 or _is_character(raw[position : position + n]))
        character = raw[position : position + size].decode() if size else chr(raw[position])
        size = size or 1
        yield start + 3 * position, start + 3 * (position + size), character
        position += size


def _is_character(raw: bytes) -> bool:
    try:
        return len(raw.decode()) == 1
    except UnicodeDecodeError:
        return False


def _assemble(view: View, pieces: Iterable[tuple[int, int, str]]) -> View:
    """A reading with other characters in place of some stretches; the stretches are in order."""
    parts: list[str] = []
    runs, starts, ends = array(_PLACE), array(_PLACE), array(_PLACE)
    length = position = 0

    def add(text: str, start: int, end: int) -> None:
        nonlocal length
        parts.append(text)
        runs.append(length)
        starts.append(start)
        ends.append(end)
        length += len(text)

    def keep(start: int, end: int) -> None:
        run = view.run_of(start)
        while start < end:
            next_run = view.runs[run + 1] if run + 1 < len(view.runs) else end
            stop = min(end, next_run)
            whole = view.ends[run]
            add(view.text[start:stop], view.starts[run] + (0 if whole else start - view.runs[run]), whole)
            start, run = stop, run + 1

    for start, end, plain in pieces:
        keep(position, start)
        if plain:
            add(plain, *view.place(start, end))
        position = end
    keep(position, len(view.text))
    return View("".join(parts), runs, starts, ends)
