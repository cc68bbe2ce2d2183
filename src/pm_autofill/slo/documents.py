"""YAML and JSON text as plain data, within limits, read as its authors meant it.

Texts that YAML 1.1 would turn into something else stay texts: ``12:30`` is no number, ``no`` no boolean and
``2022-01-01 12:00:00`` no date. Numbers with a fraction are decimals, exactly as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_DEPTH = 100
# 10,000 SLOs have less than a million values; what aliases repeat counts each time.
_MOST_VALUES = 3_000_000
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d{0,30})")
_FRACTION = re.compile(r"[-+]?(?:\d{1,30}\.\d{0,30}|\.\d{1,30}|\d{1,30})(?:[eE][-+]?\d{1,3})?")
_CONSTANTS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_TEXT_TAG = "tag:yaml.org,2002:str"
_TAGS = frozenset({None, "!", _TEXT_TAG, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_MERGE = "<<"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unreadable(Exception):
    """A text is no YAML, or more than can be read; it never leaves this package, but becomes a ``Refused``.

    Attributes:
        line: Where, counted from 1; 0 where that is not known.
        reason: Why, as half a sentence.
    """

    def __init__(self, reason: str, line: int = 0) -> None:
        """Keep the place and the reason apart."""
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class _Container:
    """A mapping or a list that is being filled.

    Attributes:
        value: What is there so far.
        anchor: Its anchor.
        size: How many values it holds with all inside, repeated ones each time.
        key: The key whose value comes next.
        waiting: Whether ``key`` is set.
    """

    value: dict[str, object] | list[object]
    anchor: str | None
    size: int = 1
    key: str = ""
    waiting: bool = False


def parse(raw: bytes) -> list[object]:
    """The documents of a YAML or JSON text.

    Args:
        raw: The text.

    Returns:
        Mappings, lists, texts, ints, decimals, booleans and None; shared where the text has aliases.

    Raises:
        Unreadable: It is no YAML, holds a key twice, or is deeper or larger than can be read.
    """
    reader = _Reader()
    try:
        for event in yaml.parse(raw, _Loader):
            reader.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise Unreadable(f"is no valid YAML: {problem}", mark.line + 1 if mark else 0) from None
    except UnicodeDecodeError:
        raise Unreadable("is no text in UTF-8") from None
    return reader.documents


class _Reader:
    """Puts events together, without recursion."""

    def __init__(self) -> None:
        self.documents: list[object] = []
        self._open: list[_Container] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        """Take in the next event."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event, line)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise Unreadable(f"the alias *{event.anchor} has no anchor before it", line)
            self._put(*self._anchors[event.anchor], line, plain=True)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(self._open) >= _MOST_DEPTH:
                raise Unreadable("is nested too deeply", line)
            _check_tag(event.tag, line)
            value: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._open.append(_Container(value, event.anchor))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close(line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()

    def _take_scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        _check_tag(event.tag, line)
        plain = event.implicit[0] and event.tag != _TEXT_TAG
        holder = self._open[-1] if self._open else None
        if holder is not None and isinstance(holder.value, dict) and not holder.waiting:
            self._begin(holder, event.value, line, plain=plain)
            return
        value = _resolve(event.value) if plain else event.value
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(value, 1, line)

    def _begin(self, holder: _Container, key: str, line: int, *, plain: bool) -> None:
        """A key of a mapping; what it holds comes next."""
        if key in holder.value and not (plain and key == _MERGE):
            raise Unreadable(f"the key {key!r} stands twice", line)
        holder.key, holder.waiting = key, True

    def _close(self, line: int) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict) and _MERGE in done.value:
            _merge(done.value, line)
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.size)
        self._put(done.value, done.size, line)

    def _put(self, value: object, size: int, line: int, *, plain: bool = False) -> None:
        """A finished value into what holds it."""
        self._values += size if plain else 1
        if self._values > _MOST_VALUES:
            raise Unreadable("holds more values than can be read", line)
        if not self._open:
            self.documents.append(value)
            return
        holder = self._open[-1]
        holder.size += size
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.waiting:
            holder.value[holder.key], holder.waiting = value, False
        else:
            raise Unreadable("has a key that is no text", line)


def _check_tag(tag: str | None, line: int) -> None:
    if tag not in _TAGS:
        raise Unreadable(f"the tag {tag} is not accepted", line)


def _merge(value: dict[str, object], line: int) -> None:
    """Take over what ``<<`` names; keys of the mapping itself win, then those named first."""
    merged = value.pop(_MERGE)
    for one in merged if isinstance(merged, list) else [merged]:
        if not isinstance(one, dict):
            raise Unreadable("<< takes mappings", line)
        for key, inside in one.items():
            value.setdefault(key, inside)


def _resolve(text: str) -> object:
    """What a scalar without quotes is."""
    if text in _NOTHING:
        return None
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _FRACTION.fullmatch(text) and not text.isdigit() else text


def objects(document: object) -> Iterator[object]:
    """The objects of a document: itself, its elements, or the items of a Kubernetes List."""
    if isinstance(document, list):
        for one in document:
            yield from objects(one)
    elif isinstance(document, dict) and document.get("kind") == "List" and isinstance(document.get("items"), list):
        for one in document["items"]:
            yield from objects(one)
    elif document is not None:
        yield document
