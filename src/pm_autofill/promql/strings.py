"""Strings in PromQL: written in one place, so that label values are always quoted, and told from what is around."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A string that nobody ended goes on to the end, so that it is not looked for again at each of its quotes.
STRING = re.compile(r"""("(?:\\.|[^"\\])*+\\?(?:"|\Z)|'(?:\\.|[^'\\])*+\\?(?:'|\Z)|`[^`]*+(?:`|\Z))""", re.DOTALL)
"""Splits an expression: every second piece is a string, with its quotes."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_REGEX_MARKS = re.compile(r"[\\.+*?()|\[\]{}^$]")


def quote(value: str) -> str:
    """A label value as a PromQL string literal (Go escaping)."""
    return '"' + "".join(_ESCAPES.get(char, char) for char in value) + '"'


def plain_strings(expression: str) -> str:
    """An expression with its raw strings written as quoted ones, which every parser understands alike."""
    pieces = STRING.split(expression)
    for index in range(1, len(pieces), 2):
        if pieces[index].startswith("`"):
            pieces[index] = quote(pieces[index][1:-1])
    return "".join(pieces)


def without_strings(expression: str) -> str:
    """An expression with every string in it empty, so that what stands outside of strings can be looked at."""
    return '""'.join(STRING.split(expression)[::2])


def literals(expression: str) -> tuple[str, ...]:
    """The string literals of an expression, without their quotes, as they are written."""
    return tuple(piece[1:-1] for piece in STRING.split(expression)[1::2])


def exactly(value: str) -> str:
    """A regular expression, unquoted, that matches this value alone."""
    return _REGEX_MARKS.sub(r"\\\g<0>", value)


def one_of(values: Iterable[str]) -> str:
    """A matcher's right side that accepts exactly these values: an anchored, escaped regular expression, quoted."""
    return quote("|".join(exactly(value) for value in sorted(set(values))))
