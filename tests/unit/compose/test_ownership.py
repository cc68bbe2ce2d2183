"""A re-run over a document that people have worked on: what is whose, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill.compose.markers import find_markers, has_markers
from pm_autofill.compose.ownership import merge
from pm_autofill.compose.stamps import enclose, enclose_lines, enclose_rows, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = {
    "fired": ("| 13:46 | Alert fired; Ann paged |", ("fired", "paged")),
    "acknowledged": ("| 13:50 | Ann acknowledged |", ("acknowledged",)),
    "cause": ("| HH:MM | [Root cause identified] |", ("prompt cause",)),
    "recovered": ("| 14:21 | Service recovered |", ("recovered",)),
}


def document(duration: str = "39 minutes", links: str = "", rows: tuple[str, ...] = tuple(ROWS)) -> str:
    """A draft with a value in a cell, one in an item, a table of rows, and a block."""
    return stamp(
        f"| Field | Value |\n|---|---|\n| **Duration** | {enclose('duration', duration)} |\n\n"
        f"- **Impact:** {enclose('impact', '12.0% failed.')} [What users experienced]\n\n## Timeline\n\n"
        f"| Time | Event |\n|------|-------|\n{enclose_rows('timeline', [ROWS[one] for one in rows])}\n"
        f"## Links\n*Hint*\n{enclose_lines(links and f'{chr(10)}{links}{chr(10)}', 'links')}\nThe end.\n"
    )


def rerun(earlier: str, fresh: str) -> str:
    """The document after the next run."""
    return merge(earlier.encode(), fresh.encode()).decode()


def test_markers_are_short_and_behind_the_text() -> None:
    """A comment at the end of the cell or item; below a table; alone where there is nothing to say."""
    assert document() == (
        "| Field | Value |\n|---|---|\n| **Duration** | 39 minutes <!-- pm:duration 9-5zqkxyw --> |\n\n"
        "- **Impact:** 12.0% failed. <!-- pm:impact 12-27f7bkz --> [What users experienced]\n\n## Timeline\n\n"
        "| Time | Event |\n|------|-------|\n| 13:46 | Alert fired; Ann paged |\n| 13:50 | Ann acknowledged |\n"
        "| HH:MM | [Root cause identified] |\n| 14:21 | Service recovered |\n"
        "<!-- pm:timeline rows-2nhbfoa xjalek.qrci7.7olw2 b34ye7.h3zfz ypjuom.gmv3m ucui3p.63qjz -->\n\n"
        "## Links\n*Hint*\n<!-- pm:links 0-ag5eogo -->\n\nThe end.\n"
    )


def test_untouched_values_are_refreshed() -> None:
    """To the byte the document that a first run would have written."""
    fresh = document("40 minutes", "- one\n- two")
    assert rerun(document(), fresh) == fresh
    assert rerun(fresh, document()).replace("\n\n<!-- pm:links", "\n<!-- pm:links") == document()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("39 minutes", "about an hour"),
        ("39 minutes", "39 minutes, we think"),
        ("39 minutes", "about 39 minutes"),
        ("39 minutes", ""),
        (" <!-- pm:duration 9-5zqkxyw -->", ""),
        ("pm:duration 9-5zqkxyw", "pm:duration 9-5zqkxy"),
        ("pm:duration 9-5zqkxyw", "pm:duration 8-5zqkxyw"),
        ("<!-- pm:duration", r"\<!-- pm:duration"),
        ("The end.", "39 minutes <!-- pm:duration 9-5zqkxyw -->"),
        ("The end.", "<!-- pm:duration 0-ag4nrce -->"),
    ],
)
def test_a_touched_slot_is_a_human_s(ours: str, theirs: str) -> None:
    """Changed, extended, emptied, without its marker, broken, or there twice: not a byte of it changes."""
    edited = document().replace(ours, theirs)
    assert edited != document()
    assert rerun(edited, document("40 minutes")) == edited


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("[What users experienced]", "Checkout was down."),
        ("**Duration**", "**How long**"),
        ("*Hint*", "Our own words.\n\n![ours](x.png)"),
        ("The end.", "<!-- pm:other 3-abcdefg --> <!-- a note --> The end."),
    ],
)
def test_what_stands_around_a_slot_does_not_touch_it(ours: str, theirs: str) -> None:
    """Labels, prompts beside our words, paragraphs above a block and other comments are outside."""
    edited, fresh = document().replace(ours, theirs), document("40 minutes", "- one\n- two")
    assert rerun(edited, fresh) == fresh.replace(ours, theirs)


@pytest.mark.parametrize("below", ["- our own\n", "\nA paragraph.\n\n- and an item\n"])
def test_lines_below_a_block_leave_it_ours(below: str) -> None:
    """People add to the end of a list, which is before its marker: ours is refreshed above, theirs stays."""
    edited = document(links="- one\n- two").replace("- two\n", f"- two\n{below}")
    done = rerun(edited, document(links="- one\n- three\n- four"))
    assert f"*Hint*\n\n- one\n- three\n- four\n{below}<!-- pm:links 15-" in done
    assert rerun(done, document(links="- five\n- six")).count(f"- five\n- six\n{below}<!-- pm:links 9-") == 1


def test_a_line_within_a_block_makes_it_a_human_s() -> None:
    """It would be lost, or end up between other lines."""
    edited = document(links="- one\n- two").replace("- one\n", "- one\n- our own\n")
    assert rerun(edited, document(links="- three\n- four")) == edited


@pytest.mark.parametrize(
    "retyped",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"\ufeff{text}",
        lambda text: text.replace("| 39 minutes", "|\t39  minutes\t"),
        lambda text: text.replace(" |\n", "      |\n"),
        lambda text: text.replace("|\n<!-- pm:timeline", "|\n\n<!-- pm:timeline"),
        lambda text: "\n".join(line.rstrip() for line in text.splitlines()) + "\n",
        lambda text: text.replace("|------|-------|", "| -------------------- | ---- |"),
    ],
    ids=["crlf", "mark", "tabs", "padded", "blank line", "stripped", "rules"],
)
def test_editors_do_not_make_a_document_theirs(retyped: Callable[[str], str]) -> None:
    """Nothing changes without new evidence, and everything that is ours with it."""
    edited = retyped(document(links="- a\n- b"))
    assert rerun(edited, document(links="- a\n- b")) == edited
    done = rerun(edited, document("40 minutes", "- c\n- d", ("fired", "recovered")))
    assert "40 minutes <!-- pm:duration 9-" in done
    assert "- c" in done
    assert "Ann acknowledged" not in done
    assert done.count("\r") in (0, done.count("\n"))


def test_rows_are_merged_by_event() -> None:
    """Their rows, deletions and order stay; our rows are refreshed, leave and come where they belong."""
    edited = (
        document(rows=("fired", "acknowledged", "cause"))
        .replace("| 13:50 | Ann acknowledged |\n", "")
        .replace("| HH:MM | [Root cause identified] |", "| 14:02 | It was the certificate |\n| 14:30 | Drinks |")
    )
    done = rerun(edited, document())
    body = done.partition("|------|-------|\n")[2].partition("\n<!--")[0]
    assert body.splitlines() == [
        "| 13:46 | Alert fired; Ann paged |",
        "| 14:02 | It was the certificate |",
        "| 14:21 | Service recovered |",
        "| 14:30 | Drinks |",
    ]
    assert rerun(done, document()) == done


LATE = ("| 13:55 | Alert fired; Ann paged |", ("fired", "paged"))


def test_a_row_whose_time_has_changed_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a fresh document; what a human wrote between stays where it is."""
    theirs = "| 13:48 | Bo rang |\n"
    edited = document().replace("| 13:50 |", f"{theirs}| 13:50 |")
    monkeypatch.setitem(ROWS, "fired", LATE)
    fresh = document(rows=("acknowledged", "fired", "cause", "recovered"))
    assert rerun(document(), document()) == document()
    assert rerun(edited, fresh) == fresh.replace("| 13:50 |", f"{theirs}| 13:50 |")


def test_a_human_s_order_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a row was moved by hand, rows are brought up to date where they are."""
    first, second = ROWS["fired"][0], ROWS["acknowledged"][0]
    moved = document().replace(f"{first}\n{second}\n", f"{second}\n{first}\n")
    monkeypatch.setitem(ROWS, "fired", LATE)
    done = rerun(moved, document(rows=("acknowledged", "cause", "fired", "recovered")))
    assert f"{second}\n{LATE[0]}\n| HH:MM | [Root cause identified] |\n" in done
    assert rerun(done, document(rows=("acknowledged", "cause", "fired", "recovered"))) == done


def test_an_event_beside_one_in_a_human_s_hands_comes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row tells two events; one of them a human has told in other words."""
    monkeypatch.setitem(ROWS, "alone", ("| 13:46 | Alert fired |", ("fired",)))
    edited = document(rows=("alone",)).replace("Alert fired", "Alert fired, nobody saw it")
    assert "| 13:46 | Alert fired, nobody saw it |\n| 13:46 | Ann paged |\n" in rerun(edited, document(rows=("fired",)))


def test_events_that_cannot_be_told_apart_are_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A title may hold what stands between events; no event is lost by it."""
    monkeypatch.setitem(ROWS, "alone", ("| 13:46 | Alert a; b fired |", ("fired",)))
    monkeypatch.setitem(ROWS, "both", ("| 13:46 | Alert a; b fired; Ann paged |", ("fired", "paged")))
    edited = document(rows=("alone",)).replace("fired", "fired at last")
    fresh = document(rows=("both",))
    assert "| 13:46 | Alert a; b fired at last |\n| 13:46 | Alert a; b fired; Ann paged |\n" in rerun(edited, fresh)


def test_a_row_there_twice_is_a_human_s() -> None:
    """Which of them would be ours?"""
    edited = document().replace("| 13:50 | Ann acknowledged |\n", "| 13:50 | Ann acknowledged |\n" * 2)
    assert rerun(edited, document(rows=("fired",))).count("| 13:50 | Ann acknowledged |\n") == 2


def test_rows_without_their_table_are_a_human_s() -> None:
    """Nothing is put where a table's head is gone."""
    edited = document().replace("| Time | Event |\n|------|-------|\n", "")
    assert rerun(edited, document(rows=("fired",))) == edited


def test_slots_of_another_template_stay() -> None:
    """A slot that the fresh document lacks is left as it is; a new one has no place yet."""
    assert rerun(document(), stamp(f"{enclose('other', 'x')}\n")) == document()


def test_names_used_twice_are_counted() -> None:
    """A template may print a value more than once; one without any value gets a marker to be known by."""
    names = [marker.name for marker in find_markers(stamp(f"{enclose('a', '1')} {enclose('a', '1')}\n"))]
    assert names == ["a", "a:2"]
    assert has_markers(stamp("# A draft\n"))


def test_the_outermost_span_is_the_slot() -> None:
    """What a block encloses gets no marker of its own, and a name is made fit for one."""
    assert stamp(f"{enclose('my notes', f'a {enclose(chr(98), chr(98))}')}\n").startswith("a b <!-- pm:my_notes 2-")
