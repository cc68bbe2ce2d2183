"""Regular expressions from outside: read as JavaScript's, and run only where they cannot take for ever."""

from __future__ import annotations

import re

_LONGEST = 300
_MOST_OPEN_ENDS = 3  # a text of 200 characters is then tried at most some millions of times
_OPEN_END = re.compile(r"(?<!\\)(?:\*|\+|\{\d*,\d*\})")
_REPEATED_CHOICE = re.compile(r"[*+?|{][^()]*\)+(?:\*|\+|\{\d*,)")
_BACKWARDS = re.compile(r"\\[1-9]|\(\?(?:[=!]|<[=!]|P=)")
_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]?", re.DOTALL)
# What Python may one day read as more than a character where it stands in a class; JavaScript does not.
_IN_CLASS = re.compile(r"\\.|(?<=.)[\[&~|]|(?<=-)-", re.DOTALL)
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}


def read_pattern(text: str) -> re.Pattern[str] | None:
    """A pattern as Grafana reads it: between slashes with flags, else for the whole text.

    Args:
        text: Such as ``/5../i`` or ``err.*``.

    Returns:
        The pattern; None for one that Python does not understand, or that could take very long.
    """
    body, flags = f"^(?:{text})$", 0
    if text.startswith("/") and "/" in text[1:]:
        body, _, letters = text[1:].rpartition("/")
        flags = sum(_FLAGS.get(one, 0) for one in set(letters))
    if len(body) > _LONGEST or len(_OPEN_END.findall(body)) > _MOST_OPEN_ENDS:
        return None
    if _REPEATED_CHOICE.search(body) or _BACKWARDS.search(body):
        return None
    try:
        return re.compile(_CLASS.sub(_plain_class, body).replace("(?<", "(?P<"), flags)
    except (re.error, OverflowError, RecursionError):
        return None


def _plain_class(found: re.Match[str]) -> str:
    """A class of characters in which nothing stands for more than itself; an escaped character as it is."""
    if found[0].startswith("\\"):
        return found[0]
    return _IN_CLASS.sub(lambda one: one[0] if one[0].startswith("\\") else f"\\{one[0]}", found[0])
