"""What became of a list of vendor objects: those that could be read, and why others could not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

SYSTEM = "PagerDuty"
# Of one list: what an analysis that compares each with each still gets through, and what evidence has room for.
MOST = 2000
_MOST_KEPT = 3 * 2**20

T = TypeVar("T")


class _Dated(Protocol):
    """What has an id and happened at an instant."""

    @property
    def id(self) -> str:
        """What tells it from others."""

    @property
    def at(self) -> datetime:
        """When it happened."""


D = TypeVar("D", bound=_Dated)


class Unreadable(ValueError):
    """An object lacks what it cannot be used without; its text says what."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """Values read from a list.

    Attributes:
        items: What could be read.
        skipped: For each object that could not, why.
    """

    items: tuple[T, ...] = ()
    skipped: tuple[str, ...] = ()

    def gaps(self, what: str) -> tuple[Gap, ...]:
        """The gap that the skipped objects leave; none when all could be read.

        Args:
            what: What the objects are entries of, such as "the incident's log".
        """
        if not self.skipped:
            return ()
        reasons = ", ".join(f"{reason} ({times})" for reason, times in sorted(Counter(self.skipped).items()))
        count = f"{len(self.skipped)} of {len(self.items) + len(self.skipped)} entries"
        hint = "Look at the incident in PagerDuty; if they are fine there, report it to this project."
        return (Gap(source=SYSTEM, what=f"{count} of {what}", reason=reasons, hint=hint),)


def read_each(objects: Iterable[object], read: Callable[[object], Iterable[T]], most: int = MOST) -> Reading[T]:
    """Read objects one by one; an unreadable one does not spoil the others, nor do too many or too long ones.

    Args:
        objects: Anything.
        read: Makes values of one object, usually one.
        most: How many values are kept.
    """
    items: list[T] = []
    skipped: list[str] = []
    length = 0
    for value in objects:
        try:
            made = tuple(read(value))
        except Unreadable as error:
            skipped.append(str(error))
            continue
        length += len(msgspec.json.encode(made))
        if length > _MOST_KEPT or len(items) >= most:
            skipped.append("no room for more")
        else:
            items.extend(made)
    return Reading(tuple(items), tuple(skipped))


def in_order(items: Sequence[D]) -> tuple[D, ...]:
    """Each id once, by time; those of one instant in the order they came."""
    unique: dict[str, D] = {}
    for item in items:
        unique.setdefault(item.id, item)
    return tuple(sorted(unique.values(), key=lambda item: item.at))
