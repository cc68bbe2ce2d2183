"""How far each question was answered, and what may be concluded from it.

A conclusion of absence ("nobody", "none", "first", "not in") takes a ``Complete`` reading as its argument: the type
checker holds the rule. Of a ``Partial`` one it may be said what is in it, and that it was read in part.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class State(StrEnum):
    """How far a question was answered."""

    COMPLETE = "complete"
    """All that was asked for came."""
    EMPTY = "empty"
    """It was answered: there is nothing."""
    PARTIAL = "partial"
    """Some of it came."""
    REFUSED = "refused"
    """Nothing of it came."""
    NOT_ASKED = "not_asked"
    """Nobody asked: it is not configured, not offered, or does not apply."""


WHOLE = frozenset({State.COMPLETE, State.EMPTY})
"""States of a question of which nothing is missing."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """How far one question was answered, as evidence keeps it.

    Attributes:
        state: How far.
        missing: Of a part what is not in it, of a refusal why; empty otherwise.
    """

    state: State
    missing: str = ""


NOT_ASKED = Answered(state=State.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Complete(Generic[T_co]):
    """All that was asked for; what is not in it is not there.

    Attributes:
        value: What came; it may hold nothing.
    """

    value: T_co


@dataclass(frozen=True, slots=True)
class Partial(Generic[T_co]):
    """Some of what was asked for; what is not in it may be there all the same.

    Attributes:
        value: What came.
        missing: What did not, and why, as a clause.
    """

    value: T_co
    missing: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing of what was asked for.

    Attributes:
        missing: Why, as a clause.
    """

    missing: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Nobody asked."""


Reading: TypeAlias = "Complete[T] | Partial[T] | Refused | NotAsked"


def reading(answered: Answered, value: T) -> Reading[T]:
    """What came, in the type that says how far it may be trusted.

    Args:
        answered: How far the question was answered.
        value: What came.
    """
    match answered.state:
        case State.COMPLETE | State.EMPTY:
            return Complete(value)
        case State.PARTIAL:
            return Partial(value, answered.missing)
        case State.REFUSED:
            return Refused(answered.missing)
        case State.NOT_ASKED:
            return NotAsked()


def seen(one: Reading[T], otherwise: T) -> T:
    """What came, however far; for what is shown as it is, and never for a conclusion of absence.

    Args:
        one: The reading.
        otherwise: What stands for an answer that did not come.
    """
    return one.value if isinstance(one, Complete | Partial) else otherwise


def mapped(one: Reading[T], make: Callable[[T], U]) -> Reading[U]:
    """The same reading of something made from what came."""
    if isinstance(one, Complete):
        return Complete(make(one.value))
    return Partial(make(one.value), one.missing) if isinstance(one, Partial) else one


def together(readings: Iterable[Reading[T]]) -> Reading[tuple[T, ...]]:
    """Several readings as one: complete only where each is; those that nobody asked for lack nothing.

    Args:
        readings: They.

    Returns:
        What came of them, in their order; not asked where none was.
    """
    every = [one for one in readings if not isinstance(one, NotAsked)]
    values = tuple(one.value for one in every if isinstance(one, Complete | Partial))
    lacking = [one.missing for one in every if isinstance(one, Partial | Refused)]
    if not every:
        return NotAsked()
    if not lacking:
        return Complete(values)
    missing = ", ".join(dict.fromkeys(lacking))
    return Partial(values, missing) if values else Refused(missing)


def limited_by(one: Reading[T], other: Reading[object]) -> Reading[T]:
    """A reading that is complete only where another one is, too.

    Args:
        one: The reading.
        other: What tells which questions there were to ask.
    """
    missing = lacking(other)
    if not missing or not isinstance(one, Complete | Partial):
        return one
    before = (one.missing,) if isinstance(one, Partial) else ()
    return Partial(one.value, ", ".join(dict.fromkeys((*before, missing))))


def lacking(one: Reading[object]) -> str:
    """What is missing from a reading, as a clause; empty where nothing is."""
    return one.missing if isinstance(one, Partial | Refused) else ""


def is_whole(one: Reading[object]) -> bool:
    """Whether nothing is missing; what nobody asked for lacks nothing."""
    return isinstance(one, Complete | NotAsked)


def worse(before: Answered | None, now: Answered) -> Answered:
    """How far a question was answered that was put twice, the second time for more than the first.

    Args:
        before: The first answer; None where there was none.
        now: The second.

    Returns:
        The second; a part where it brought nothing beyond what the first had brought.
    """
    came = before is not None and before.state in {State.COMPLETE, State.EMPTY, State.PARTIAL}
    return Answered(state=State.PARTIAL, missing=now.missing) if came and now.state is State.REFUSED else now
