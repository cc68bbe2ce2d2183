"""Plain data with its place in the object, so that whatever is wrong is refused by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pm_autofill.errors import UsageError
from pm_autofill.instants import parse_duration
from pm_autofill.slo.outcome import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
_LONGEST_NAME = 500
_LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Node:
    """A value somewhere in an object.

    Attributes:
        value: Plain data; numbers are ``int`` or ``Decimal``.
        path: Its place, such as "spec.objectives[0]"; empty for the object itself.
    """

    value: object
    path: str = ""

    def at(self, *names: str) -> Node:
        """What stands at a key, or at the key of a mapping inside.

        Args:
            names: The keys, outermost first.

        Returns:
            The node; its value is None where there is no such key.

        Raises:
            Refusal: Something on the way is no mapping.
        """
        node = self
        for name in names:
            path = f"{node.path}.{name}" if node.path else name
            if node.value is None:
                node = Node(None, path)
            elif isinstance(node.value, dict):
                node = Node(node.value.get(name), path)
            else:
                raise node.refusal("a mapping")
        return node

    def first(self, *names: str) -> Node:
        """What stands at the first of several keys that is there; the last key's place where none is."""
        nodes = [self.at(name) for name in names]
        return next((node for node in nodes if node.given), nodes[-1])

    @property
    def given(self) -> bool:
        """Whether anything stands here."""
        return self.value is not None

    @property
    def items(self) -> Iterator[Node]:
        """The elements of a list; none where nothing stands here.

        Raises:
            Refusal: It is no list.
        """
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.refusal("a list")
        for index, one in enumerate(self.value):
            yield Node(one, f"{self.path}[{index}]")

    @property
    def text(self) -> str:
        """A text that is not empty; a number is taken as it was written.

        Raises:
            Refusal: It is missing, or something else.
        """
        found = str(self.value) if isinstance(self.value, int | Decimal) and not self.is_flag else self.value
        if not isinstance(found, str):
            raise self.refusal("text")
        if not found.strip():
            raise Refusal(self.path, "is empty")
        return found.strip()

    @property
    def name(self) -> str:
        """A text fit to name something.

        Raises:
            Refusal: It is missing, something else, or far too long.
        """
        found = self.text
        if len(found) > _LONGEST_NAME or not found.isprintable():
            raise Refusal(self.path, "is no name: it is too long, or holds control characters")
        return found

    @property
    def number(self) -> Decimal:
        """A finite number, exactly as written; also one that was written as text.

        Raises:
            Refusal: It is missing, or no number.
        """
        if self.is_flag or not isinstance(self.value, int | Decimal | str):
            raise self.refusal("a number")
        try:
            found = Decimal(self.value)
        except ArithmeticError:
            raise Refusal(self.path, f"{self.value!r} is no number") from None
        if not found.is_finite():
            raise Refusal(self.path, f"{self.value} is no finite number")
        return found

    @property
    def flag(self) -> bool:
        """True or false; false where nothing stands here.

        Raises:
            Refusal: It is something else.
        """
        if self.value is None:
            return False
        if not isinstance(self.value, bool):
            raise self.refusal("true or false")
        return self.value

    @property
    def is_flag(self) -> bool:
        """Whether it is true or false."""
        return isinstance(self.value, bool)

    @property
    def percent(self) -> Decimal:
        """An objective written in percent, above 0 and up to 100.

        Raises:
            Refusal: It is not, or looks like a ratio.
        """
        found = self.number
        if not 0 < found <= 100:  # noqa: PLR2004 - percent
            raise Refusal(self.path, f"{found:f} is no percentage above 0 and up to 100")
        if found < 1:
            raise Refusal(
                self.path, f"{found:f} looks like a ratio, where percent is asked for: {shortest(found * 100)}?"
            )
        return shortest(found)

    @property
    def ratio(self) -> Decimal:
        """An objective written as a ratio, above 0 and up to 1; in percent.

        Raises:
            Refusal: It is not, or looks like a percentage.
        """
        found = self.number
        if 1 < found <= 100:  # noqa: PLR2004 - percent
            raise Refusal(
                self.path, f"{found:f} looks like a percentage, where a ratio is asked for: {shortest(found / 100)}?"
            )
        if not 0 < found <= 1:
            raise Refusal(self.path, f"{found:f} is no ratio above 0 and up to 1")
        return shortest(found * 100)

    @property
    def duration(self) -> str:
        """A duration such as ``30d``, of some length and up to ten years.

        Raises:
            Refusal: It is none.
        """
        return bounded(self.text, self.path)

    def refusal(self, wanted: str) -> Refusal:
        """That something else stands here than is wanted, or nothing."""
        if self.value is None:
            return Refusal(self.path, "is missing")
        return Refusal(self.path, f"is {_KINDS.get(type(self.value), 'a number')}, not {wanted}")


def bounded(duration: str, field: str) -> str:
    """A duration that can be the length of something.

    Args:
        duration: Such as ``30d``.
        field: Where it stands, for messages.

    Raises:
        Refusal: It is none, has no length, or is longer than ten years.
    """
    try:
        length = parse_duration(duration)
    except UsageError:
        raise Refusal(field, f"{duration!r} is no duration such as 30d") from None
    if not timedelta() < length <= _LONGEST:
        raise Refusal(field, f"{duration!r} has no length" if not length else f"{duration!r} is longer than ten years")
    return duration


def shortest(number: Decimal) -> Decimal:
    """The same number without trailing zeros, and without an exponent: 99.90 as 99.9, 1E+2 as 100."""
    plain = number.normalize()
    return plain if plain.as_tuple().exponent <= 0 else plain.quantize(Decimal(1))  # type: ignore[operator]
