"""The document after whatever was done to it: merged, published, checked; in time, and nobody's words lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from pm_autofill import compose, config
from pm_autofill.compose import ownership
from pm_autofill.errors import TextsApart
from pm_autofill.publish.joining import join
from pm_autofill.review import checking, report
from pm_autofill.review.page import Page
from tests.fuzz.drafts import DOCUMENT, FACTS, sound
from tests.fuzz.mutations import UNPRINTABLE
from tests.fuzz.mutators import TEXT
from tests.fuzz.strategies import SIZES, drive, fixtures, spoiled, told
from tests.fuzz.workers import within_limits

if TYPE_CHECKING:
    from pm_autofill.review.page import Issue

LENGTH = 150_000
MARKS = (
    *(
        "<!--",
        "<!-- a -->\n",
        "-->",
        "<!-- pm:a",
        "<!-- pm:timeline x -->",
        "1",
        "1% ",
        "1,000,",
        "123.",
        "1h, ",
        "13:37 ",
    ),
    *(
        "[",
        "[a",
        "](a)[",
        "<img ",
        "<img src",
        "{{",
        "{% ",
        "*a",
        "_a",
        " ",
        " \n",
        "\n",
        "|",
        "|-",
        " :-",
        "# a\n",
        " #",
    ),
    *("| 13:37 | a b c |\n", "a.", "They failed. ", "@a ", "\\", '"', "<", "`", "-", "w", "\ufeff", "\xa0", "a\r\n"),
    *("**Status** ", "| fix it | | |\n", "abcdef.abcde ", "&a", "~", "^[", "::error::", "\x1b["),
)


def check(document: bytes) -> list[Issue]:
    """What ``check`` finds in a document."""
    draft = sound()
    folder = checking.Folder(
        path=Path("/nowhere"),
        document=document.decode(errors="surrogateescape"),
        facts=draft.written[FACTS],
        evidence=draft.evidence,
        fresh_document=draft.fresh.document.decode(),
        fresh_facts=draft.facts,
        fresh_facts_bytes=compose.dump_facts(draft.facts),
    )
    words = config.parse(draft.evidence.configuration, path=None).settings.check
    found = checking.check(folder, words)
    for goal in checking.STATUSES:
        checking.check(folder, words, goal)
    return found


def read(document: bytes) -> None:
    """All that reads a document."""
    draft = sound()
    fresh = draft.fresh.document
    merged = ownership.merge(document, fresh)
    assert ownership.merge(merged, fresh) == merged
    assert ownership.is_ours(merged) >= ownership.is_ours(document)
    try:
        join(document, fresh, draft.written[DOCUMENT], [])
    except TextsApart as error:
        told(error)
    issues = check(document)
    for text in (report.as_github(issues, "x.md"), report.as_gitlab(issues, "x.md"), report.as_lines(issues, "x.md")):
        assert not UNPRINTABLE.search(text)
    assert report.as_json(issues, "x.md", checking.status_of(Page(document.decode(errors="surrogateescape")))).isascii()


@pytest.mark.parametrize("examples", SIZES)
def test_any_document_is_merged_and_checked(examples: int) -> None:
    """Bytes of any kind: merging twice is merging once, and what is told of them is safe to print."""
    drive(examples, spoiled([sound().written[DOCUMENT], *fixtures("document")], *TEXT), read)


def pumped(mark: str, place: str) -> bytes:
    """The document with one mark repeated for long, at one place."""
    text = sound().written[DOCUMENT].decode()
    words = mark * (LENGTH // len(mark))
    found = re.search(r"<!-- pm:timeline.*?-->" if place == "rows" else r"<!-- pm:severity.*?-->", text, re.DOTALL)
    assert found
    line = f"{words}\n" if place == "rows" else words
    return (words if place == "all" else text[: found.start()] + line + text[found.start() :]).encode()


@pytest.mark.parametrize(
    "marks", [pytest.param(MARKS[:8], id="some"), pytest.param(MARKS, id="all", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("place", ["slot", "rows", "all"])
def test_no_mark_takes_for_ever(marks: tuple[str, ...], place: str) -> None:
    """One mark repeated over 150 kB, wherever it stands: no reader looks at all of it from each of its places."""
    sound()
    for mark in marks:
        assert within_limits(lambda mark=mark: read(pumped(mark, place))) == "", mark  # type: ignore[misc]


@pytest.mark.parametrize("examples", [pytest.param(300, id="many", marks=pytest.mark.long)])
def test_no_two_marks_take_for_ever(examples: int) -> None:
    """Two of them in turn, too."""
    pairs = st.tuples(st.sampled_from(MARKS), st.sampled_from(MARKS), st.sampled_from(["slot", "rows", "all"]))

    def look(pair: tuple[str, str, str]) -> None:
        assert within_limits(lambda: read(pumped(pair[0] + pair[1], pair[2]))) == ""

    drive(examples, pairs, look)
