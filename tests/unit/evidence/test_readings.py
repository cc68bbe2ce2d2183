"""Answers in the types that say how far they reach."""

from __future__ import annotations

import pytest

from pm_autofill.evidence.readings import (
    NOT_ASKED,
    Answered,
    Complete,
    NotAsked,
    Partial,
    Refused,
    State,
    is_whole,
    lacking,
    limited_by,
    mapped,
    reading,
    seen,
    together,
    worse,
)

WHOLE = Complete(("a",))
PART = Partial(("b",), "the rest")
NONE: Refused = Refused("all of it")
COMPLETE, EMPTY = Answered(state=State.COMPLETE), Answered(state=State.EMPTY)
PARTIAL, REFUSED = Answered(state=State.PARTIAL, missing="some"), Answered(state=State.REFUSED, missing="all")


def test_the_state_chooses_the_type() -> None:
    """An answer that says that there is nothing is whole."""
    assert reading(COMPLETE, 1) == reading(EMPTY, 1) == Complete(1)
    assert reading(PARTIAL, 1) == Partial(1, "some")
    assert reading(REFUSED, 1) == Refused("all")
    assert reading(NOT_ASKED, 1) == NotAsked()


def test_what_came_is_seen_however_far() -> None:
    """Of a refusal and of what nobody asked for nothing is."""
    assert [seen(one, ()) for one in (WHOLE, PART, NONE, NotAsked())] == [("a",), ("b",), (), ()]
    assert [lacking(one) for one in (WHOLE, PART, NONE, NotAsked())] == ["", "the rest", "all of it", ""]
    assert [is_whole(one) for one in (WHOLE, PART, NONE, NotAsked())] == [True, False, False, True]


def test_what_is_made_of_a_reading_reaches_as_far() -> None:
    """And no farther."""
    assert mapped(WHOLE, len) == Complete(1)
    assert mapped(PART, len) == Partial(1, "the rest")
    assert mapped(NONE, len) == NONE
    assert mapped(NotAsked(), len) == NotAsked()


def test_several_are_whole_only_together() -> None:
    """One that nobody asked for lacks nothing; the same thing missing twice is named once."""
    assert together((WHOLE, WHOLE, NotAsked())) == Complete((("a",), ("a",)))
    assert together((WHOLE, PART)) == Partial((("a",), ("b",)), "the rest")
    assert together((WHOLE, NONE, NONE)) == Partial((("a",),), "all of it")
    assert together((PART, NONE)) == Partial((("b",),), "the rest, all of it")
    assert together((NONE,)) == NONE
    assert together((NotAsked(), NotAsked())) == together(()) == NotAsked()


def test_a_reading_is_no_more_whole_than_what_it_rests_on() -> None:
    """Which questions there were to ask must be known, too."""
    assert limited_by(WHOLE, Complete(0)) == limited_by(WHOLE, NotAsked()) == WHOLE
    assert limited_by(WHOLE, NONE) == Partial(("a",), "all of it")
    assert limited_by(PART, NONE) == Partial(("b",), "the rest, all of it")
    assert limited_by(NONE, PART) == NONE


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        (None, REFUSED, REFUSED),
        (REFUSED, COMPLETE, COMPLETE),
        (REFUSED, REFUSED, REFUSED),
        (COMPLETE, REFUSED, Answered(state=State.PARTIAL, missing="all")),
        (EMPTY, REFUSED, Answered(state=State.PARTIAL, missing="all")),
        (PARTIAL, REFUSED, Answered(state=State.PARTIAL, missing="all")),
        (COMPLETE, EMPTY, EMPTY),
        (COMPLETE, PARTIAL, PARTIAL),
    ],
)
def test_a_second_answer_for_more(before: Answered | None, now: Answered, found: Answered) -> None:
    """Where it brought nothing the first one is a part of what was wanted."""
    assert worse(before, now) == found
