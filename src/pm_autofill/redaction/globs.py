"""Patterns of a team's own: letters as they are, ``*`` for a run without blanks, ``?`` for a character, ``#`` a digit.

No regular expressions, for one that is written carelessly takes for ever on the wrong text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pm_autofill.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

_LONGEST = 200
_MOST_STARS = 4
_FEWEST = 3
# So much of a word a star takes at most.
_REACH = 200
_HINT = "Write what to look for, with * for any run of characters, ? for one and # for a digit."
_SPECIAL = {"?": r"\S", "#": r"\d"}


@dataclass(frozen=True)
class Glob:
    """A pattern.

    Attributes:
        text: As written.
    """

    text: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """It as an expression in which no star is ever tried twice, so that time grows with the text alone."""
        first, *rest = (_literal(part) for part in self.text.split("*"))
        behind = (rf"(?>\S{{0,{_REACH}}}?{part})" if part else rf"\S{{0,{_REACH}}}+" for part in rest)
        return re.compile("".join((first, *behind)), re.IGNORECASE)

    def find(self, view: View) -> Iterator[tuple[int, int]]:
        """Where it fits in a reading of a text."""
        for found in self.expression.finditer(view.text):
            if found.end() > found.start():
                yield found.span()


def read(text: str, where: str) -> Glob:
    """A pattern as it is configured.

    Args:
        text: The pattern.
        where: Its key, for messages.

    Raises:
        UsageError: It is too long, or would fit nearly everything.
    """
    if len(text) > _LONGEST or text.count("*") > _MOST_STARS:
        message = f"{where} is longer than {_LONGEST} characters, or has more than {_MOST_STARS} stars"
        raise UsageError(message, _HINT)
    if sum(one not in "*?" and not one.isspace() for one in text) < _FEWEST:
        message = f"{where} would fit nearly everything: {text!r}"
        raise UsageError(message, f"Give it at least {_FEWEST} characters that are no * or ?.")
    return Glob(text)


def _literal(text: str) -> str:
    """An expression of what stands between two stars."""
    return "".join(_SPECIAL.get(one, r"\s+" if one.isspace() else re.escape(one)) for one in text)
