"""The secrets of one run: learnt when they are looked up, and never let out again."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pm_autofill.redaction.literals import Literal
    from pm_autofill.redaction.marks import Span

_SLICE = 2**16


class Secrets:
    """Every secret that was looked up so far. Safe to share between threads; it does not show what it holds."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._literals: tuple[Literal, ...] = ()
        self._lock = Lock()

    @classmethod
    def of(cls, values: Iterable[str]) -> Self:
        """Secrets known beforehand."""
        known = cls()
        for value in values:
            known.learn(value)
        return known

    def __repr__(self) -> str:
        """How many, and nothing of them."""
        return f"Secrets({len(self._literals)})"

    @property
    def are_none(self) -> bool:
        """Whether none is known."""
        return not self._literals

    def learn(self, value: str) -> None:
        """Know a secret from now on, and its parts that are secrets by themselves.

        Args:
            value: A token, a password, or the value of a header; one too short or too plain to be told from
                an ordinary word is not kept (``Literal.is_telling``).
        """
        from pm_autofill.redaction.literals import Literal, words_of  # not for --help

        with self._lock:
            known = {one.text for one in self._literals}
            found = (Literal(word) for word in dict.fromkeys(words_of(value)) if word not in known)
            more = (*self._literals, *(one for one in found if one.is_telling))
            self._literals = tuple(sorted(more, key=lambda one: -len(one.text)))

    def find(self, text: str) -> Iterator[Span]:
        """Where any of them is in a text, in whatever form; spans may overlap."""
        literals = self._literals
        if not literals:
            return
        from pm_autofill.redaction.literals import read

        for reading in read(text):
            for one in literals:
                yield from one.find(reading)

    def are_plainly_in(self, raw: bytes) -> bool:
        """Whether any is in a text to the letter, or in base64: a quick look, which undoes no escapes.

        Args:
            raw: The text in UTF-8, of any length; it is looked at in slices.
        """
        literals = self._literals
        longest = max((len(form) for one in literals for form in (*one.needles, *one.encoded)), default=0)
        for start in range(0, len(raw), _SLICE):
            # A form may begin in this slice and end in the next one; a character takes four bytes at most.
            text = raw[start : start + _SLICE + 4 * longest].decode(errors="replace")
            lowered = text.lower()
            for one in literals:
                if any(needle in lowered for needle in one.needles) or any(core in text for core in one.encoded):
                    return True
        return False

    def mask(self, text: str) -> str:
        """A text without any of them."""
        if not self._literals:
            return text
        from pm_autofill.redaction.marks import merge, replace

        return replace(text, merge(self.find(text)))
