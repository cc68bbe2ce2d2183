"""What stands in place of what was masked, and where something to mask was found."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = "secret"  # noqa: S105 - the name of a kind
PHONE = "phone"
ADDRESS = "address"
MARKS = {SECRET: "[secret]", PHONE: "[phone]", ADDRESS: "[address]"}
"""The mark of each kind of thing that is masked."""

_MARK = re.compile(r"\[(secret|phone|address)\]")
_MARK_OR_PART = re.compile(r"\[(?:secret|phone|address)\]?")


class Span(NamedTuple):
    """A part of a text that is to be masked.

    Attributes:
        start: Index of its first character.
        end: Index behind its last one.
        kind: A key of ``MARKS``.
        what: What it looks like, for people: "a GitHub token".
    """

    start: int
    end: int
    kind: str
    what: str


def count_marks(text: str) -> Counter[str]:
    """How many marks of each kind a text holds."""
    return Counter(_MARK.findall(text)) if "[" in text else Counter()


def has_more_than_marks(text: str) -> bool:
    """Whether a text holds letters or digits beside marks, or what is left of one that was cut."""
    return any(one.isalnum() for one in _MARK_OR_PART.sub("", text))


def merge(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap joined; a secret is one whatever else it looks like."""
    merged: list[Span] = []
    for one in sorted(spans, key=lambda span: (span.start, -span.end)):
        last = merged[-1] if merged else None
        if last is None or one.start >= last.end:
            merged.append(one)
            continue
        chief = one if one.kind == SECRET != last.kind else last
        merged[-1] = Span(last.start, max(last.end, one.end), chief.kind, chief.what)
    return merged


def replace(text: str, spans: Iterable[Span]) -> str:
    """A text with the mark of its kind in place of each span; spans are in order and do not overlap."""
    parts: list[str] = []
    position = 0
    for one in spans:
        parts += (text[position : one.start], MARKS[one.kind])
        position = one.end
    return "".join((*parts, text[position:]))
