"""A document line by line: sections, tables, and whose words they are."""

from __future__ import annotations

from pm_autofill.review.page import Page, quoted
from tests.unit.review.pages import drafted


def test_lines_know_their_headings() -> None:
    """From the second level down, whatever lies between; a mark and Windows line breaks change nothing."""
    text = "\ufeff# T\r\n\r\n## A\r\nx\r\n#### B ##\r\ny\r\n## C\r\nz\r\n"
    assert [(line.number, line.section) for line in Page(text).lines if line.text in "xyz" and line.text] == [
        (4, "A"),
        (6, "A > B"),
        (8, "C"),
    ]


def test_our_words_and_comments_are_no_human_s() -> None:
    """Untouched slots and rows are blanks, touched ones are not."""
    text = drafted().replace("Ann ack", "At last Ann ack") + "By hand <!-- aside -->\n"
    own = {line.number: line.human.strip() for line in Page(text).lines if line.human.strip()}
    assert own[6].split() == ["|", "**Duration**", "|", "|"]
    assert own[14] == "| 13:50 | At last Ann acknowledged |"
    assert own[19] == "By hand"
    assert 13 not in own


def test_rows_have_their_columns() -> None:
    """By the words of the head; a line without pipes ends the table."""
    rows = list(Page("| A b | C |\n|:--|---|\n| x \\| y | z |\n\n| not | one |\n").rows())
    assert [(row.line.number, dict(row.cells)) for row in rows] == [(3, {"a b": "x \\| y", "c": "z"})]
    assert (rows[0].cell("b"), rows[0].cell("nope", "c"), rows[0].cell("nope")) == ("x \\| y", "z", "")


def test_quotes_are_cut() -> None:
    """On one line, and not too long to read."""
    assert quoted("a\n  b") == '"a b"'
    assert quoted("x" * 99, 5) == '"xxxx…"'
