"""Private keys in PEM, whole or cut, on lines of their own or with escaped line breaks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

_WHAT = "a private key"
_HINTS = ("private key", "b3blbnnzac1rzxk")
_EDGE = re.compile(r"-----(?P<side>BEGIN|END) [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
# What may stand between the lines of a key: blanks, or line breaks that were written out.
_BREAK = r"(?:\s|\\+[nrt])"
_WORD = r"[A-Za-z0-9+/=]"
# A key that ends nowhere goes on as long as its words are long; the last one may be cut.
_OPEN = re.compile(rf"(?:{_BREAK}{{0,8}}+{_WORD}{{16,}}+)*(?:{_BREAK}{{1,4}}{_WORD}{{1,15}}(?={_BREAK}|\Z|…))?")
_OPENSSH = re.compile(rf"b3BlbnNzaC1rZXktdj{_WORD}{{8,}}+(?:{_BREAK}{{1,8}}+{_WORD}{{16,}}+)*")
_LONGEST = 20_000
_LEAST_WORD = 16


def find(view: View) -> Iterator[Span]:
    """Where private keys are in a reading of a text."""
    if not any(hint in view.lowered for hint in _HINTS):
        return
    text, begun, last = view.text, -1, 0
    for edge in _EDGE.finditer(text):
        if edge["side"] == "BEGIN":
            if begun >= 0:
                yield _span(begun, _open_end(text, begun))
            begun = edge.start()
        elif begun >= 0 and edge.end() - begun <= _LONGEST:
            yield _span(begun, edge.end())
            begun = -1
        else:
            yield _span(_open_start(text, max(last, edge.start() - _LONGEST), edge.start()), edge.end())
        last = edge.end()
    if begun >= 0:
        yield _span(begun, _open_end(text, begun))
    for found in _OPENSSH.finditer(text):
        yield _span(*found.span())


def _open_end(text: str, begun: int) -> int:
    """Where a key ends whose last line is missing."""
    head = _EDGE.match(text, begun)
    place = head.end() if head else begun
    rest = _OPEN.match(text, place, place + _LONGEST)
    return rest.end() if rest else place


def _open_start(text: str, least: int, end: int) -> int:
    """Where a key begins whose first line is missing: where the long words before its last line begin.

    Args:
        text: The text.
        least: Where it begins at the earliest.
        end: Where its last line begins.
    """
    start = end
    words = list(re.finditer(rf"{_WORD}+", text[least:end]))
    for position, word in enumerate(reversed(words)):
        if position and len(word[0]) < _LEAST_WORD:
            break
        start = word.start() + least
    return start


def _span(start: int, end: int) -> Span:
    return Span(start, end, SECRET, _WHAT)
