"""Selectors of series as text: written from what the parser made of them, and put together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import promql_parser as parser

from pm_autofill.promql import exactly, quote

if TYPE_CHECKING:
    from promql_parser import VectorSelector

_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def write_selector(selector: VectorSelector, *, name: str | None = None, **more: str) -> str | None:
    """A selector as text, its label values quoted by the one function for that.

    Args:
        selector: What the parser made of it.
        name: A metric's name in place of its own.
        more: Labels that must have a value besides.

    Returns:
        Such as ``http_requests_total{job="web",code=~"5.."}``; None for one that is shifted in time or has
        alternatives, which cannot be counted over another window.
    """
    if selector.offset is not None or selector.at is not None or selector.matchers.or_matchers:
        return None
    matchers = [(one.name, _OPERATORS[str(one.op)], one.value) for one in selector.matchers.matchers]
    name = name or selector.name
    if name is None:
        named = [one for one in matchers if one[:2] == ("__name__", "=") and _NAME.fullmatch(one[2])]
        if len(named) == 1:
            name = named[0][2]
            matchers.remove(named[0])
    matchers += [(label, "=", value) for label, value in more.items()]
    texts = [f"{_label(label)}{operator}{quote(value)}" for label, operator, value in matchers]
    inside = "{" + ",".join(sorted(texts)) + "}" if texts else ""
    return f"{name or ''}{inside}"


def _label(name: str) -> str:
    return name if _LABEL.fullmatch(name) else quote(name)


def merge_selectors(one: str, other: str) -> str | None:
    """Two selectors as one, where they differ in the value of one label only, so that no series is in both.

    Args:
        one: A selector as ``write_selector`` writes it.
        other: Another.

    Returns:
        The selector of the series of both; None where that cannot be told.
    """
    first, second = (parser.parse(text) for text in (one, other))
    if not isinstance(first, parser.VectorSelector) or not isinstance(second, parser.VectorSelector):
        return None
    mine = {(m.name, str(m.op), m.value) for m in first.matchers.matchers}
    theirs = {(m.name, str(m.op), m.value) for m in second.matchers.matchers}
    only_mine, only_theirs = mine - theirs, theirs - mine
    if first.name != second.name or len(only_mine) != 1 or len(only_theirs) != 1:
        return None
    (label, operator, value), (label_too, operator_too, value_too) = only_mine.pop(), only_theirs.pop()
    accepted = {"MatchOp.Equal", "MatchOp.Re"}
    if label != label_too or label == "__name__" or not {operator, operator_too} <= accepted:
        return None
    patterns = (_pattern(operator, value), _pattern(operator_too, value_too))
    if not _disjoint(*patterns):
        return None
    texts = [f"{_label(name)}{_OPERATORS[op]}{quote(text)}" for name, op, text in mine & theirs]
    texts.append(f"{_label(label)}=~{quote('|'.join(patterns))}")
    return f"{first.name or ''}{{{','.join(sorted(texts))}}}"


def _pattern(operator: str, value: str) -> str:
    return exactly(value) if operator == "MatchOp.Equal" else value


def _disjoint(one: str, other: str) -> bool:
    """Whether no label value matches both patterns, told from how their alternatives begin."""
    starts = [{alternative[:1] for alternative in pattern.split("|")} for pattern in (one, other)]
    plain = all(start.isalnum() for start in starts[0] | starts[1])
    grouped = any(mark in pattern for pattern in (one, other) for mark in "()[]?*{}")
    return plain and not grouped and not starts[0] & starts[1]
