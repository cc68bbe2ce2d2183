"""What a timeline row or a remark carries, ready for a sentence: figures as they are, outside text made harmless."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Ink: TypeAlias = Callable[[str], str]
"""How outside text is written: ``markdown.escape`` for the document, ``markdown.plain`` for data and terminals."""

_NAMELESS = {"person": "Somebody", "people": "somebody", "name": "automation"}
_EMPTY = "(not told)"


class Values:
    """Values by name, as a sentence needs them."""

    def __init__(self, values: Mapping[str, object], ink: Ink) -> None:
        """Hold them, with the ink for outside text."""
        self._values = values
        self._ink = ink

    def __getitem__(self, name: str) -> str:
        """A text, inked, so that ``str.format_map`` can fill a sentence; a stand-in where its source left it empty."""
        return self._ink(str(self._values[name])) or _NAMELESS.get(name, _EMPTY)

    def has(self, name: str) -> bool:
        """Whether it was given and says something."""
        return self._values.get(name) not in (None, "")

    def text(self, name: str, otherwise: str = "") -> str:
        """A text, inked; the other words where it says nothing."""
        return self[name] if self.has(name) else otherwise

    def raw(self, name: str) -> str:
        """A text of a closed vocabulary, to choose words by; empty where it is missing."""
        return str(self._values.get(name, ""))

    def number(self, name: str) -> float:
        """A figure."""
        return float(str(self._values[name]))

    def flag(self, name: str) -> bool:
        """A yes or no; no where it is missing."""
        return bool(self._values.get(name))

    def instant(self, name: str) -> datetime:
        """An instant.

        Raises:
            TypeError: The value is none.
        """
        value = self._values[name]
        if not isinstance(value, datetime):
            raise TypeError(name)
        return value
