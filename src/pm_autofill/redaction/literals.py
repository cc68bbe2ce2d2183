"""Secrets that are known to the letter, found in whatever form they come back in."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pm_autofill.redaction.marks import SECRET, Span
from pm_autofill.redaction.views import readings, tight, unspaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

SHORTEST = 6
"""Characters a secret has at least: shorter ones stand by chance in words and figures."""

# From here on a secret is found within longer words as well.
_LONG = 8
# A plain word, or a number, is told from one by its length alone.
_LONGEST_WORD = 12
# So much of a secret that was cut off is still taken for it, where it is no mere words: "checkout-" is one of many.
_SHORTEST_PART = 8
_WHAT = "a secret of this run"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]")
_PADDING = 3
_URL_SAFE = str.maketrans("-_", "+/")
_CUT = re.compile(r"…|\.\.\.|[\"'`)\]}>.,;]{0,8}\Z")
_WORD_CHARACTER = re.compile(r"\w")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, repr=False)
class Literal:
    """A secret and the forms it is known in; it does not show itself.

    Attributes:
        text: The secret.
    """

    text: str

    def __repr__(self) -> str:
        """Nothing of the secret."""
        return "Literal(...)"

    @property
    def is_telling(self) -> bool:
        """Whether finding it says anything: not so with a short one, a plain word of few letters, or a number."""
        text = self.text
        is_word = text.isalpha() and (text.islower() or text.istitle() or text.isupper())
        return len(text) >= (_LONGEST_WORD if is_word else _LONG if text.isdigit() else SHORTEST)

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """What to look for regardless of case in a text without blanks: the secret itself, and in hexadecimal."""
        plain = "".join(self.text.split()).lower()
        raw = self.text.encode(errors="surrogatepass")
        found = [plain, raw.hex()] if len(raw) >= _LONG else [plain]
        if " " in self.text.strip():
            found.append(re.sub(r"\s+", "+", self.text.strip()).lower())
        return tuple(found)

    @cached_property
    def encoded(self) -> tuple[str, ...]:
        """What it looks like within base64, in each of the three ways it can fall there."""
        raw = self.text.encode(errors="surrogatepass")
        found = []
        for offset, lead in ((0, 0), (1, 2), (2, 3)):
            whole = base64.b64encode(b"\0" * offset + raw).decode()
            found.append(whole[lead : (offset + len(raw)) * 8 // 6])
        return tuple(found)

    def find(self, reading: Reading) -> Iterator[Span]:
        """Where it is in a reading of a text, in any form; spans may overlap."""
        if len(self.text) < _LONG:
            yield from self._as_a_word(reading)
        for needle in self.needles if len(self.text) >= _LONG else ():
            yield from (_span(*reading.packed.place(*place)) for place in _found(reading.lowered, needle))
        for core in self.encoded:
            for place in _found(reading.alphabet, core):
                yield _span(*_widened(reading.origin, *reading.packed.place(*place)))

    def _as_a_word(self, reading: Reading) -> Iterator[Span]:
        """Where a short one is a word of its own."""
        text, needle = reading.origin, self.text.lower()
        for place in _occurrences(reading.view.lowered, needle):
            start, end = reading.view.place(place, place + len(needle))
            if not (_is_word(text, start - 1) or _is_word(text, end)):
                yield _span(start, end)


@dataclass(frozen=True)
class Reading:
    """One reading of a text, prepared to be searched for many secrets.

    Attributes:
        origin: The text.
        view: The reading.
    """

    origin: str
    view: View

    @cached_property
    def packed(self) -> View:
        """The same without blanks and line breaks; made only where something was found."""
        return tight(self.view)

    @cached_property
    def lowered(self) -> str:
        """The words of ``packed`` in lower case."""
        return unspaced(self.view.lowered)

    @cached_property
    def alphabet(self) -> str:
        """The words of ``packed`` in the common alphabet of base64."""
        return unspaced(self.view.text).translate(_URL_SAFE)


def read(text: str) -> Iterator[Reading]:
    """A text in all its readings, one at a time: together those of a long document take many times as much."""
    return (Reading(text, view) for view in readings(text, apart=True))


def words_of(value: str) -> Iterator[str]:
    """Every part of a value that is a secret when the value is: its words, what a Basic credential holds, its lines.

    Args:
        value: A token, a password, or the value of a header.
    """
    whole = value.strip()
    yield whole
    for word in whole.split():
        yield from _parts_of(word)


def _parts_of(word: str) -> Iterator[str]:
    """A word of a header, without the name in front of it and the quotes around it; and the password within it."""
    for part in (word, word.removeprefix("token=").strip("\"'")):
        if part.lower() not in _SCHEMES:
            yield part
    try:
        pair = base64.b64decode(word, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return
    user, colon, password = pair.partition(":")
    if colon and user.isprintable():
        yield pair
        yield password


_SCHEMES = frozenset({"bearer", "basic", "token", "apikey", "digest", "negotiate", ""})


def _found(text: str, needle: str) -> Iterator[tuple[int, int]]:
    """Where a needle is in a text, and where it was cut off: at the text's end, or before an ellipsis."""
    head = needle[:_SHORTEST_PART]
    if head not in text:
        return
    for place in _occurrences(text, needle):
        yield place, place + len(needle)
    for cut in _CUT.finditer(text):
        place = text.find(head, max(0, cut.start() - len(needle)), cut.start())
        part = text[place : cut.start()] if place >= 0 else ""
        if part and needle.startswith(part) and _DIGIT.search(part) and _LETTER.search(part):
            yield place, cut.start()


def _occurrences(text: str, needle: str) -> Iterator[int]:
    """Where a needle begins in a text."""
    place = text.find(needle) if needle else -1
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch with the characters of base64 beside it that hold its first and last bits, and the padding."""
    least, most = max(0, start - _PADDING), min(len(text), end + _PADDING)
    while start > least and _BASE64.match(text[start - 1]):
        start -= 1
    while end < most and (_BASE64.match(text[end]) or text[end] == "="):
        end += 1
    return start, end


def _is_word(text: str, place: int) -> bool:
    return 0 <= place < len(text) and _WORD_CHARACTER.match(text[place]) is not None


def _span(start: int, end: int) -> Span:
    return Span(start, end, SECRET, _WHAT)
