"""A document as its reader goes through it: line by line, under which heading, and which words are a human's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pm_autofill.compose.ownership import find_span, slots
from pm_autofill.compose.rows import find_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pm_autofill.compose.markers import Marker

_NOT_BREAKS = re.compile(r"[^\n]")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Issue:
    """Something a human has to see to.

    Attributes:
        code: What kind of thing it is: a key of ``checking.KINDS``.
        line: The document's line, from 1.
        section: The headings above that line; empty before the first one.
        text: What it is, and what to do, on one line.
    """

    code: str
    line: int
    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: From 1.
        section: The headings above it, such as "Appendix > References".
        text: The line without comments; they are blanks.
        human: What humans wrote of it, or have taken over; our own words are blanks.
    """

    number: int
    section: str
    text: str
    human: str

    def issue(self, code: str, text: str) -> Issue:
        """Something to see to here."""
        return Issue(code, self.number, self.section, text)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        line: Where it stands.
        cells: Its cells by the lower-case words of their column's head.
    """

    line: Line
    cells: Mapping[str, str]

    def cell(self, *words: str) -> str:
        """The first cell whose head holds one of these words; empty without one."""
        return next((text for word in words for head, text in self.cells.items() if word in head), "")


class Page:
    """A document."""

    def __init__(self, text: str) -> None:
        """Keep its text, one line break for all kinds of them."""
        self.text = text.replace("\r\n", "\n").removeprefix("\ufeff")

    @cached_property
    def slots(self) -> Mapping[str, Marker]:
        """The markers of its slots."""
        return slots(self.text)

    @cached_property
    def lines(self) -> Sequence[Line]:
        """Its lines, in order."""
        shown = _blanked(self.text, _comments(self.text))
        human = _blanked(shown, self._ours())
        headings: list[str] = []
        lines = []
        for number, (text, own) in enumerate(zip(shown.split("\n"), human.split("\n"), strict=True), start=1):
            if found := _HEADING.fullmatch(text.strip()):
                depth = len(found[1])
                headings = [*(headings + [""] * depth)[: depth - 1], found[2]]
            lines.append(Line(number, " > ".join(filter(None, headings[1:])), text, own))
        return lines

    @cached_property
    def human(self) -> str:
        """Its text with blanks in place of what we wrote and nobody has touched; comments of humans are in it."""
        return _blanked(self.text, self._ours())

    def line_at(self, position: int) -> Line:
        """The line of a place in the text."""
        return self.lines[self.text.count("\n", 0, position)]

    def rows(self) -> Iterator[Row]:
        """Every row of every table."""
        head: list[str] | None = None
        for before, line in zip([None, *self.lines], self.lines, strict=False):
            text = line.text.strip()
            if not text.startswith("|"):
                head = None
            elif not text.strip("|:- \t"):
                head = [one.lower() for one in _cells(before.text)] if before else None
            elif head is not None:
                yield Row(line, dict(zip(head, _cells(text), strict=False)))

    def _ours(self) -> Iterator[tuple[int, int]]:
        """Where words stand that we wrote and nobody has touched."""
        for marker in self.slots.values():
            span = find_span(self.text, marker)
            if span:
                yield span.start, span.stop
            table = find_table(self.text, marker) if marker.entries is not None else None
            position = table.start if table else 0
            for line, entry in table.rows if table else ():
                if entry:
                    yield position, position + len(line)
                position += len(line)


def quoted(text: str, limit: int = 60) -> str:
    """A text of the document within quotation marks, cut where it is long."""
    words = " ".join(text.split())
    return f'"{words if len(words) <= limit else words[: limit - 1].rstrip() + "…"}"'


def _cells(line: str) -> list[str]:
    return [one.strip() for one in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Where comments stand that are ended."""
    start = text.find("<!--")
    while start >= 0 and (end := text.find("-->", start + 4)) >= 0:
        yield start, end + 3
        start = text.find("<!--", end + 3)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A text with some parts, which may overlap, made blanks."""
    pieces, position = [], 0
    for start, end in sorted(spans):
        if end > position:
            first = max(start, position)
            pieces += [text[position:first], _NOT_BREAKS.sub(" ", text[first:end])]
            position = end
    return "".join([*pieces, text[position:]])
