"""What a shape is: an expression that runs only where a word in the text gives reason to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View


@dataclass(frozen=True)
class Shape:
    """What a well-known kind of secret looks like.

    Attributes:
        what: What it is, for people: "a GitHub token".
        hints: Words in lower case of which a text that holds one has at least one.
        pattern: The expression; what is to be masked is its group ``it``, else the whole match. It is compiled when
            it is first needed.
    """

    what: str
    hints: tuple[str, ...]
    pattern: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.pattern)

    def find(self, view: View) -> Iterator[Span]:
        """Where such secrets are in a reading of a text."""
        group = "it" if "it" in self.expression.groupindex else 0
        for found in self.expression.finditer(view.text):
            yield Span(*found.span(group), SECRET, self.what)


def find_all(view: View, shapes: tuple[Shape, ...]) -> Iterator[Span]:
    """Where any of some shapes is in a reading of a text."""
    lowered = view.lowered
    for shape in shapes:
        for hint in shape.hints:
            if hint in lowered:
                yield from shape.find(view)
                break
