"""Whatever humans do to a document between runs, nothing of theirs is lost and what is still ours is fresh."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pm_autofill.compose.ownership import merge
from pm_autofill.compose.stamps import enclose, enclose_rows, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

_SOME = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_MANY = settings(_SOME, max_examples=10_000)

# ------------------------------------------------------------- what runs write

_WORDS = st.sampled_from(
    ["39 minutes", "40 minutes", "SEV-1", "10.9% of the budget", "unknown: no data (ask ann)", "a_b_c", "x | y", "—"]
).map(lambda text: text.replace("|", r"\|"))
_INLINE = st.lists(_WORDS, min_size=1, max_size=2).map(", ".join)
_BLOCK = st.lists(_WORDS.map(lambda words: f"- {words}"), max_size=4).map("\n".join)
_TABLE = st.lists(_WORDS, max_size=3).map(
    lambda cells: "\n".join(["| A | B |", "|---|---|", *(f"| {one} | 1 |" for one in cells)]) if cells else ""
)
_EVENTS = st.lists(st.integers(0, 9), min_size=0, max_size=8, unique=True).map(sorted)


@dataclass(frozen=True)
class Values:
    """What one run knows."""

    duration: str
    severity: str
    links: str
    table: str
    events: list[int]
    shift: int


VALUES = st.builds(
    Values,
    duration=_INLINE,
    severity=_INLINE,
    links=_BLOCK,
    table=_TABLE,
    events=_EVENTS,
    shift=st.integers(0, 2),
)


def row(event: int, shift: int) -> tuple[str, tuple[str, ...]]:
    """An event's row; its words change with the evidence, its id does not."""
    return f"| 13:{10 + 4 * event} | Event {event} seen by {'abc'[shift * (event % 2)]} |", (f"event-{event}",)


def written(values: Values) -> bytes:
    """The document of one run."""
    rows = [row(event, values.shift) for event in values.events]
    return stamp(
        "# Report\n\n| Field | Value |\n|---|---|\n"
        f"| **Duration** | {enclose('duration', values.duration)} |\n"
        f"| **Author** | [Your Name] |\n\n- **Severity:** {enclose('severity', values.severity)}\n- [More]\n\n"
        f"## Timeline\n\n| Time | Event |\n|---|---|\n{enclose_rows('timeline', rows)}\n## Links\n*Hint*\n"
        f"{enclose('links', values.links and f'{chr(10)}{values.links}{chr(10)}')}\n### Table\n"
        f"{enclose('table', values.table and f'{chr(10)}{values.table}{chr(10)}')}\nThe end.\n"
    ).encode()


# ------------------------------------------------- what humans do, to any byte


@dataclass(frozen=True)
class Edit:
    """One change: what kind, and where, as shares of the document's length."""

    kind: str
    at: float
    to: float


_KINDS = [
    *("type", "type", "type at the end of a line", "type a line", "type a row", "delete", "delete a line", "paste"),
    *("move a line", "drop a marker", "paste a marker", "windows", "unix", "mark", "pad", "strip", "tabs", "retype"),
]
EDITS = st.lists(
    st.builds(Edit, kind=st.sampled_from(_KINDS), at=st.floats(0, 1), to=st.floats(0, 1)), min_size=1, max_size=5
)
_MARKER = re.compile(r"<!-- pm:.*?-->")
_TYPED = re.compile("[\ue000-\uf8ff]")


@dataclass
class Desk:
    """A document under a human's hands.

    Attributes:
        text: The document.
        typed: How many characters the human typed so far: each is there once.
        kept: Those that were not deleted again, in order.
    """

    text: str
    typed: int = 0
    kept: list[str] = field(default_factory=list)

    def word(self) -> str:
        """A word of three characters that nobody else writes, nor this human again."""
        self.typed += 3
        return "".join(chr(0xE000 + self.typed + number) for number in range(3))

    def replace(self, start: int, end: int, words: str) -> None:
        """Put words in place of a part."""
        self.text = self.text[:start] + words + self.text[end:]

    def lines(self) -> list[str]:
        """The lines, with their breaks."""
        return self.text.splitlines(keepends=True) or [""]


def _type(desk: Desk, edit: Edit) -> None:
    at = int(edit.at * len(desk.text))
    desk.replace(at, at, desk.word())


def _type_at_end(desk: Desk, edit: Edit) -> None:
    at = desk.text.find("\n", int(edit.at * len(desk.text)))
    desk.replace(at, at, f" {desk.word()}") if at >= 0 else None


def _type_line(desk: Desk, edit: Edit, line: str = "{}\n") -> None:
    lines = desk.lines()
    lines.insert(int(edit.at * len(lines)), line.format(desk.word()))
    desk.text = "".join(lines)


def _type_row(desk: Desk, edit: Edit) -> None:
    _type_line(desk, edit, f"| 13:{10 + int(edit.to * 40)} | {{}} |\n")


def _delete(desk: Desk, edit: Edit) -> None:
    at = int(edit.at * len(desk.text))
    desk.replace(at, at + 1 + int(edit.to * 60), "")


def _delete_line(desk: Desk, edit: Edit) -> None:
    lines = desk.lines()
    del lines[min(int(edit.at * len(lines)), len(lines) - 1)]
    desk.text = "".join(lines)


def _paste(desk: Desk, edit: Edit) -> None:
    lines = desk.lines()
    line = lines[min(int(edit.at * len(lines)), len(lines) - 1)]
    lines.insert(int(edit.to * len(lines)), _TYPED.sub("", line))
    desk.text = "".join(lines)


def _move(desk: Desk, edit: Edit) -> None:
    lines = desk.lines()
    line = lines.pop(min(int(edit.at * len(lines)), len(lines) - 1))
    lines.insert(int(edit.to * len(lines)), line)
    desk.text = "".join(lines)


def _drop_marker(desk: Desk, edit: Edit) -> None:
    markers = list(_MARKER.finditer(desk.text))
    if markers:
        chosen = markers[min(int(edit.at * len(markers)), len(markers) - 1)]
        desk.replace(chosen.start(), chosen.end(), "")


def _paste_marker(desk: Desk, edit: Edit) -> None:
    markers = _MARKER.findall(desk.text)
    if markers:
        at = int(edit.to * len(desk.text))
        desk.replace(at, at, markers[min(int(edit.at * len(markers)), len(markers) - 1)])


def _everywhere(pattern: str, words: str) -> Callable[[Desk, Edit], None]:
    def change(desk: Desk, _: Edit) -> None:
        desk.text = re.sub(pattern, words, desk.text, flags=re.MULTILINE)

    return change


def _retype(desk: Desk, edit: Edit) -> None:
    """A digit of ours becomes another."""
    digits = list(re.finditer(r"\d", desk.text))
    if digits:
        chosen = digits[min(int(edit.at * len(digits)), len(digits) - 1)]
        desk.replace(chosen.start(), chosen.end(), str(int(edit.to * 9)))


_HANDS: dict[str, Callable[[Desk, Edit], None]] = {
    "type": _type,
    "type at the end of a line": _type_at_end,
    "type a line": _type_line,
    "type a row": _type_row,
    "delete": _delete,
    "delete a line": _delete_line,
    "paste": _paste,
    "move a line": _move,
    "drop a marker": _drop_marker,
    "paste a marker": _paste_marker,
    "windows": _everywhere(r"(?<!\r)\n", "\r\n"),
    "unix": _everywhere(r"\r\n", "\n"),
    "mark": _everywhere(r"\A\ufeff?", "\ufeff"),
    "pad": _everywhere(r" \|(?=\r?$)", "    |"),
    "strip": _everywhere(r"[ \t]+(?=\r?$)", ""),
    "tabs": _everywhere(r"^- ", "-\t"),
    "retype": _retype,
}


def edited(document: bytes, edits: list[Edit], desk: Desk) -> bytes:
    """A document after a human's edits."""
    desk.text = document.decode()
    for edit in edits:
        _HANDS[edit.kind](desk, edit)
    desk.kept = _TYPED.findall(desk.text)
    return desk.text.encode()


def check_any_edits(rounds: list[tuple[Values, list[Edit]]], last: Values) -> None:
    """Runs and edits in turn: every character typed is there, in order; nothing changes without new evidence."""
    desk, document = Desk(""), b""
    for values, edits in [*rounds, (last, [])]:
        fresh = written(values)
        merged = merge(document, fresh) if document else fresh
        assert _TYPED.findall(merged.decode()) == desk.kept
        assert not re.search(rb"^(<<<<<<<|=======|>>>>>>>)", merged, re.MULTILINE)
        assert merge(merged, fresh) == merged
        edited_now = edited(merged, edits, desk)
        if not document:  # later on, an edit may hand a slot back that missed a refresh
            assert merge(edited_now, fresh) == edited_now
        document = edited_now


ROUNDS = st.lists(st.tuples(VALUES, EDITS), min_size=1, max_size=3)


@given(rounds=ROUNDS, last=VALUES)
@_SOME
def test_no_character_is_lost(rounds: list[tuple[Values, list[Edit]]], last: Values) -> None:
    """Over up to three runs, each followed by edits of any kind at any place."""
    check_any_edits(rounds, last)


@pytest.mark.long
@pytest.mark.timeout(1800)  # on a busy machine
@given(rounds=ROUNDS, last=VALUES)
@_MANY
def test_no_character_is_lost_in_ten_thousand_stories(rounds: list[tuple[Values, list[Edit]]], last: Values) -> None:
    """The same, for many more."""
    check_any_edits(rounds, last)


# ------------------------------------------ what humans do, to a known place

_FATES = st.sampled_from(["left", "left", "touched", "emptied", "unmarked", "twice", "broken"])
_ROW_FATES = st.sampled_from(["left", "left", "left", "touched", "deleted", "moved"])
HANDS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("duration", "severity", "links", "table"), _FATES),
        "rows": st.lists(_ROW_FATES, min_size=10, max_size=10),
        "own": st.lists(st.integers(0, 8), max_size=3),
        "ending": st.sampled_from(["\n", "\r\n"]),
        "before": st.sampled_from(["", "\ufeff"]),
    }
)


def treated(piece: str, fate: str) -> str:
    """What a human leaves of a slot's words and marker."""
    words, mark, told = piece.rpartition("<!-- pm:")
    return {
        "left": piece,
        "touched": f"{words.rstrip()} «and more» {mark}{told}",
        "emptied": mark + told,
        "unmarked": words,
        "twice": f"{piece} {piece}",
        "broken": f"{words}<!-- pm:{told[:4]}?{told[4:]}",
    }[fate]


def handled(text: str, values: Values, hands: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    """A document after those edits.

    Returns:
        It; the parts of it that have to stay as they are, in order; and the timeline's rows among them.
    """
    stay, done, rest = [], "", text
    for name in ("duration", "severity", "timeline", "links", "table"):
        if name == "timeline":
            before, _, rest = rest.partition(
                "".join(f"{row(one, values.shift)[0]}\n" for one in values.events) + "<!--"
            )
            rows = _rows(values, hands)
            comment, _, rest = rest.partition("-->")
            done += before + "".join(f"{one}\n" for one in rows) + f"<!--{comment}-->"
            stay.append(before)
            continue
        words = getattr(values, name)
        mark = re.search(rf"<!-- pm:{name} .*? -->", rest)
        assert mark
        piece = rest[mark.start() - (len(words) + 1 if words else 0) : mark.end()]
        before = rest[: mark.end() - len(piece)]
        rest = rest[mark.end() :]
        now = treated(piece, hands[name])
        done += before + now
        stay += [before] if hands[name] == "left" else [before, now]
    return done + rest, [*stay, rest], _rows(values, hands)


def _rows(values: Values, hands: dict[str, Any]) -> list[str]:
    rows: list[str] = []
    for event, fate in zip(values.events, hands["rows"], strict=False):
        line = row(event, values.shift)[0]
        if fate == "moved":
            rows.insert(0, line)
        elif fate != "deleted":
            rows.append(line.replace("seen", "«really» seen") if fate == "touched" else line)
    for number in hands["own"]:
        rows.insert(min(number, len(rows)), f"| 13:{20 + number} | «own {len(rows)}» |")
    return rows


def expected_rows(first: Values, then: Values, hands: dict[str, Any]) -> list[str]:
    """The rows that have to be there afterwards: in the human's order those that were there, the new ones by time."""
    touched = [line for line in _rows(first, hands) if "«" in line]
    there = {event for event, fate in zip(first.events, hands["rows"], strict=False) if fate in ("left", "moved")}
    lost = set(first.events) - there
    return sorted(touched + [row(event, then.shift)[0] for event in then.events if event not in lost])


def check_known_edits(first: Values, then: Values, hands: dict[str, Any]) -> None:
    """A run, edits at known places, a run: to the byte what it has to be."""
    nothing_there = {name: "left" for name, fate in hands.items() if fate == "emptied" and not getattr(first, name)}
    hands, fresh = hands | nothing_there, written(then)
    text, stay, before = handled(written(first).decode(), first, hands)

    def typed(words: str) -> str:
        return words.replace("\n", hands["ending"])

    done = merge((hands["before"] + typed(text)).encode(), fresh).decode()

    position = 0
    for part in stay:
        position = done.index(typed(part), position) + len(typed(part))
    for name in ("duration", "severity", "links", "table"):
        words = getattr(then, name)
        if hands[name] == "left":
            mark = re.search(rf"<!-- pm:{name} .*? -->", done)
            assert mark
            assert done[: mark.start()].rstrip().endswith(typed(words))
            assert words or mark[0].startswith(f"<!-- pm:{name} 0-")
    body = done.partition(typed("| Time | Event |\n|---|---|\n"))[2].partition("<!--")[0].split(hands["ending"])[:-1]
    assert sorted(body) == expected_rows(first, then, hands)
    events = [re.findall(r"Event \d|«own \d»", line) for line in body]
    kept = [one for one in (re.findall(r"Event \d|«own \d»", line) for line in before) if one in events]
    assert [one for one in events if one in kept] == kept
    assert merge(done.encode(), fresh) == done.encode()


@given(first=VALUES, then=VALUES, hands=HANDS)
@_SOME
def test_each_place_is_its_owners(first: Values, then: Values, hands: dict[str, Any]) -> None:
    """Touched, unmarked, doubled and broken slots stay to the byte; the others have the new values; rows by event."""
    check_known_edits(first, then, hands)


@pytest.mark.long
@pytest.mark.timeout(1800)  # on a busy machine
@given(first=VALUES, then=VALUES, hands=HANDS)
@_MANY
def test_each_place_is_its_owners_ten_thousand_times(first: Values, then: Values, hands: dict[str, Any]) -> None:
    """The same, for many more."""
    check_known_edits(first, then, hands)
