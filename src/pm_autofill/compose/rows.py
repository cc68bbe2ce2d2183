"""A table of rows that are merged by the events they tell: what humans changed, removed, added or moved stays so."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pm_autofill.compose.markers import Entry, canonical, line_digest, row_marker
from pm_autofill.compose.timeline import JOINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pm_autofill.compose.markers import Marker

_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CLOCK = re.compile(r"\|[^|]*?\b(\d\d:\d\d)\b")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows before a marker.

    Attributes:
        start: Where the first row's line begins.
        end: Where the last row's line ends, its line break included.
        rows: The lines with their line breaks, each with its entry where nobody has touched it. What a human put
            between rows is a line like any other.
    """

    start: int
    end: int
    rows: tuple[tuple[str, Entry | None], ...]


def find_table(text: str, marker: Marker) -> Table | None:
    """The table a marker is about: its rows lie between the marker and the heading or marker above.

    Returns:
        Its rows; None where there is no table's head, so that nothing can be put below it.
    """
    lines = _LINE.findall(text, marker.floor, marker.start)
    heading = max((i for i, line in enumerate(lines) if line.lstrip().startswith("#")), default=-1)
    head = next((i for i, line in enumerate(lines) if i > heading and _is_rule(line)), None)
    if head is None or not lines[head].endswith("\n"):
        return None
    last = max(i for i, line in enumerate(lines) if line.lstrip().startswith("|"))
    body = lines[head + 1 : last + 1]
    start = marker.floor + sum(map(len, lines[: head + 1]))
    owned = _owned(body, marker.entries or ())
    return Table(start, start + sum(map(len, body)), tuple(zip(body, owned, strict=True)))


def merge_rows(old: str, marker: Marker, new: str, source: Marker, ending: str) -> Iterator[tuple[int, int, str]]:
    """The edits that bring a table's untouched rows up to date.

    A row that a human changed or removed is not written again, nor are the events it told; new events are put behind
    the row they follow in the fresh document. Rows whose time has changed move, unless a human has moved any row.

    Args:
        old: The earlier document.
        marker: Its marker.
        new: The fresh document.
        source: Its marker.
        ending: The earlier document's line break.

    Yields:
        Where an edit begins and ends, and its text.
    """
    table, fresh = find_table(old, marker), find_table(new, source)
    if table is None or fresh is None or marker.entries is None or source.entries is None:
        return
    there = [entry for _, entry in table.rows if entry]
    written = [entry for entry in marker.entries if entry in there]
    lost = [entry for entry in marker.entries if entry not in there]
    rows = _merge(table.rows, fresh.rows, {key for entry in lost for key in entry.keys}, keep_order=there != written)
    lines = "".join(row.text(ending) for row in rows[:-1]) + (rows[-1].text("") if rows else "")
    if lines != old[table.start : table.end]:
        yield table.start, table.end, lines if lines.endswith("\n") or not lines else lines + ending
    entries = sorted((row.entry for row in rows if row.entry), key=lambda one: _rank(one, fresh.rows))
    if entries != written:
        yield marker.start, marker.end, row_marker(marker.name, [*entries, *lost])


@dataclass(slots=True, eq=False)
class _Row:
    """A row on its way into the merged table: whose it is, and whether it has been brought up to date."""

    line: str
    entry: Entry | None
    fresh: bool = False

    def tells(self, entry: Entry) -> bool:
        """Whether it is ours, and tells one of an entry's events."""
        return self.entry is not None and not set(self.entry.keys).isdisjoint(entry.keys)

    def text(self, ending: str) -> str:
        """The line, with a line break where it has none yet."""
        return self.line if self.line.endswith("\n") else self.line + ending


def _merge(
    old: Sequence[tuple[str, Entry | None]],
    new: Sequence[tuple[str, Entry | None]],
    lost: set[str],
    *,
    keep_order: bool,
) -> list[_Row]:
    rows = [_Row(line, entry) for line, entry in old]
    wanted = [kept for line, told in new if told and (kept := _without(line.rstrip("\r\n"), told, lost))]
    claimed: list[int | None] = []
    for _, entry in wanted:
        claimed.append(next((i for i, row in enumerate(rows) if row.tells(entry) and i not in claimed), None))
    standing = {i for i in claimed if i is not None} if keep_order else set(_ascending(claimed))
    places = [rows[i] if i is not None and i in standing else None for i in claimed]
    last: _Row | None = None
    for (line, entry), place in zip(wanted, places, strict=True):
        row = place or _Row(line, entry)
        if place is None:
            rows.insert(_place(rows, last, line), row)
        elif canonical(row.line) != canonical(line):
            row.line = line
        row.entry, row.fresh, last = replace(entry, digest=line_digest(row.line)), True, row
    return [row for row in rows if row.fresh or row.entry is None]


def _ascending(numbers: Sequence[int | None]) -> list[int]:
    """The longest part of a sequence that ascends: the rows that need not move."""
    best: list[list[int]] = []
    for number in numbers:
        if number is not None:
            before = max((run for run in best if run[-1] < number), key=len, default=[])
            best.append([*before, number])
    return max(best, key=len, default=[])


def _rank(entry: Entry, new: Sequence[tuple[str, Entry | None]]) -> int:
    """An entry's place in the fresh document."""
    return next(i for i, (_, other) in enumerate(new) if other and set(entry.keys) <= set(other.keys))


def _without(line: str, entry: Entry, lost: set[str]) -> tuple[str, Entry] | None:
    """A fresh row without the events that a human has in hand; None where nothing is left of it."""
    left = [key not in lost for key in entry.keys]
    if all(left):
        return line, entry
    head, _, words = line.strip().removesuffix("|").removeprefix("|").partition("|")
    parts = words.strip().split(JOINT)
    if not any(left):
        return None
    rest = Entry("", tuple(key for key in entry.keys if key not in lost))
    if len(parts) != len(left):  # the text of an event looks like two: rather told twice than not at all
        return line, rest
    told = JOINT.join(part for part, keep in zip(parts, left, strict=True) if keep)
    return f"|{head}| {told} |", rest


def _place(rows: Sequence[_Row], last: _Row | None, line: str) -> int:
    """Behind the row it follows, and behind what humans wrote there of no later time.

    Without such a row: before the first that is ours, else below the head of the last table.
    """
    if last is None:
        heads = [i + 1 for i, row in enumerate(rows) if _is_rule(row.line)]
        index = next((i for i, row in enumerate(rows) if row.entry), heads[-1] if heads else 0)
    else:
        index = rows.index(last) + 1
    mine = _CLOCK.match(line)
    while index < len(rows) and rows[index].entry is None and mine and not _DATE.search(rows[index].line):
        theirs = _CLOCK.match(rows[index].line.strip())
        if theirs is None or theirs[1] > mine[1]:
            break
        index += 1
    return index


def _is_rule(line: str) -> bool:
    """Whether a line stands between a table's head and its rows."""
    return _RULE.fullmatch(line.strip("\ufeff \t\r\n")) is not None


def _owned(lines: Sequence[str], entries: Sequence[Entry]) -> list[Entry | None]:
    """Each line's entry; none for a line there more often than it was written."""
    digests = [line_digest(line) for line in lines]
    times = Counter(digests)
    written: dict[str, list[Entry]] = {}
    for entry in entries:
        written.setdefault(entry.digest, []).append(entry)
    waiting = {digest: iter(several) for digest, several in written.items()}
    return [next(waiting[d]) if d in written and times[d] <= len(written[d]) else None for d in digests]
