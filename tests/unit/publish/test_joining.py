"""Two documents that humans may have changed: what either wrote is kept, or nothing is joined."""

from __future__ import annotations

import pytest

from pm_autofill.compose.stamps import enclose, stamp
from pm_autofill.errors import TextsApart
from pm_autofill.publish.joining import join


def composed(duration: str) -> bytes:
    """A document as composed: one slot, and prompts for humans."""
    slot = enclose("duration", duration)
    return stamp(f"# Title\n\n- Duration: {slot}\n- Author: [Name]\n- Lesson: [Lesson]\n").encode()


OLD, FRESH = composed("39 minutes"), composed("41 minutes")


def edited(document: bytes, **words: str) -> bytes:
    """A document with prompts replaced."""
    for prompt, text in words.items():
        document = document.replace(f"[{prompt}]".encode(), text.encode())
    return document


def test_an_untouched_draft_brings_fresh_values() -> None:
    """Into what humans made of the one before."""
    assert join(FRESH, FRESH, edited(OLD, Name="Ann"), ()) == edited(FRESH, Name="Ann")


def test_what_was_written_here_only_is_taken() -> None:
    """The branch holds what it was given."""
    assert join(edited(OLD, Name="Ann"), FRESH, OLD, ()) == edited(FRESH, Name="Ann")


def test_what_was_written_there_only_is_kept() -> None:
    """Also where here has a part of it."""
    there = edited(OLD, Name="Ann", Lesson="Test it")
    assert join(edited(OLD, Name="Ann"), FRESH, there, ()) == edited(FRESH, Name="Ann", Lesson="Test it")


def test_a_document_that_came_from_the_branch_gives_way_to_it() -> None:
    """Here is what the branch was, with fresh values; since then a human reworded it there."""
    earlier = edited(OLD, Name="Ann")
    there = edited(OLD, Name="Bo")
    assert join(edited(FRESH, Name="Ann"), FRESH, there, (there, earlier)) == edited(FRESH, Name="Bo")


def test_documents_that_went_apart_are_not_joined() -> None:
    """Neither came from the other: a human has to choose."""
    with pytest.raises(TextsApart):
        join(edited(OLD, Name="Ann"), FRESH, edited(OLD, Name="Bo"), (OLD,))
    with pytest.raises(TextsApart):
        join(edited(OLD, Name="Ann"), FRESH, edited(OLD, Lesson="Test it"), (OLD,))


def test_a_line_that_was_removed_there_does_not_come_back() -> None:
    """An edit here beside a removal there cannot be told from an older copy: nothing is joined."""
    there = OLD.replace(b"- Lesson: [Lesson]\n", b"")
    assert join(FRESH, FRESH, there, ()) == FRESH.replace(b"- Lesson: [Lesson]\n", b"")
    with pytest.raises(TextsApart):
        join(edited(OLD, Name="Ann"), FRESH, there, ())


def test_a_line_written_twice_is_not_lost_once() -> None:
    """Lines are counted."""
    there = OLD + b"Again.\nAgain.\n"
    with pytest.raises(TextsApart):
        join(edited(OLD, Name="Ann") + b"Again.\n", FRESH, there, ())
