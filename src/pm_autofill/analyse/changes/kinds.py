"""What a change is: told by its tags and details to the letter, never by a word in a text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.analyse.changes.change import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pm_autofill.config.settings import ChangeTags

_KIND_KEYS = frozenset({"type", "kind", "event", "action", "category", "change", "change_type", "change-type"})
_VERSION_KEYS = ("version", "release", "revision", "image_tag", "build", "commit", "sha")
_PAIR = re.compile(r"([^:=]+?)\s*[:=]\s*(\S.*)", re.DOTALL)
_NUMBERED = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,5})")
# What undoes is said to be that even where it is tagged as a deploy, too.
_FIRST = (Kind.ROLLBACK, Kind.FLAG, Kind.SCALE, Kind.CONFIG, Kind.DEPLOY)


def values_of(tags: Iterable[str], keys: Iterable[str]) -> tuple[str, ...]:
    """The values of tags such as ``version:42`` or ``version=42`` whose key is one of some.

    Args:
        tags: As their source has them.
        keys: In lower case, the most telling first.
    """
    halves = (_PAIR.fullmatch(one.strip()) for one in tags)
    pairs = [(half[1].casefold(), half[2]) for half in halves if half]
    return tuple(value for wanted in keys for key, value in pairs if key == wanted)


def kind_of(tags: Sequence[str], words: ChangeTags) -> Kind | None:
    """Of which kind something is.

    Args:
        tags: Tags and details, the latter as ``key:value``.
        words: The tags that say so.

    Returns:
        The kind; None where no tag says one.
    """
    told = {one.strip().casefold() for one in (*tags, *values_of(tags, sorted(_KIND_KEYS)))}
    by_kind: Mapping[Kind, tuple[str, ...]] = {kind: getattr(words, kind.value) for kind in _FIRST}
    return next((kind for kind in _FIRST if told & {one.strip().casefold() for one in by_kind[kind]}), None)


def version_of(tags: Iterable[str]) -> str:
    """The version that a change brought; empty where its tags do not say."""
    return next(iter(values_of(tags, _VERSION_KEYS)), "")


def mark_returns(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Changes, of which those undo that are rollbacks or bring back a version that was there before.

    Args:
        changes: By start.

    Returns:
        The same. A version was there before where an earlier change of the same service brought it and a later one
        another, or where it counts less than the one it replaces.
    """
    brought: dict[str, list[str]] = {}
    marked = []
    for change in changes:
        places = sorted(change.services or ())
        returns = any(_returns(change.version, brought.get(place, [])) for place in places)
        marked.append(replace(change, undoes=True) if returns or change.kind is Kind.ROLLBACK else change)
        if change.version:
            for place in places:
                brought.setdefault(place, []).append(change.version)
    return tuple(marked)


def _returns(version: str, before: Sequence[str]) -> bool:
    """Whether a version follows a later one."""
    if not version or not before or version == before[-1]:
        return False
    new, old = (_NUMBERED.fullmatch(one) for one in (version, before[-1]))
    if version in before:
        return True
    return bool(new and old) and _numbers(version) < _numbers(before[-1])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.removeprefix("v").split(".")))
