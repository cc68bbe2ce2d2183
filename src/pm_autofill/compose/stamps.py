"""Generated spans while a template is filled in, and the markers they get in the finished document."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pm_autofill.compose.markers import Entry, key_of, line_digest, row_marker, span_marker

if TYPE_CHECKING:
    from collections.abc import Iterable

# Control characters, none of which outside text can hold: wording takes them out of it.
_OPEN, _NAMED, _CLOSE, _ROW, _TOLD = "\x02", "\x03", "\x04", "\x05", "\x06"
_LIMIT = re.compile(f"{_OPEN}([^{_NAMED}]*){_NAMED}|({_CLOSE})")
_ROW_LINE = re.compile(f"{_ROW}([^{_TOLD}]+){_TOLD}(.*)")
_LEFT_OVER = re.compile(f"{_OPEN}[^{_NAMED}]*{_NAMED}|{_ROW}[^{_TOLD}]*{_TOLD}|[{_OPEN}-{_TOLD}]")
_NO_NAME = re.compile(r"[^\w.]")
_IDS = "\t"


def enclose(name: str, text: str) -> str:
    """A generated span within its limits; the outermost of nested spans is the one that gets a marker."""
    return f"{_OPEN}{_NO_NAME.sub('_', name)}{_NAMED}{text}{_CLOSE}"


def enclose_lines(text: str, name: str) -> str:
    """The filter for whole lines of a template: a generated span that keeps a line of its own while it is empty."""
    return enclose(name, text if text.strip() else "\n")


def enclose_rows(name: str, rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A table's generated rows within their limits.

    Args:
        name: The slot's id.
        rows: Each row's line, and the ids of the events it tells.
    """
    return enclose(name, _ROW + _TOLD + "".join(f"{_ROW}{_IDS.join(ids)}{_TOLD}{line}\n" for line, ids in rows))


def stamp(text: str) -> str:
    """A filled-in template as a document: every generated span followed by its marker.

    A span of several lines gets its marker on a line of its own, any other on its own line; an empty one keeps its
    place by its marker. A name used before is counted: ``duration``, ``duration:2``. A document without any span ends
    in a marker all the same: by that the next run knows it for ours.
    """
    done, used, depth, begun, name = "", Counter[str](), 0, 0, ""
    position = 0
    for limit in _LIMIT.finditer(text):
        if limit[2] is None:
            if depth == 0:
                done += _clean(text[position : limit.start()])
                begun, name = limit.end(), limit[1]
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                used[name] += 1
                numbered = f"{name}:{used[name]}" if used[name] > 1 else name
                done += _marked(done, numbered, text[begun : limit.start()])
                position = limit.end()
    done += _clean(text[position:])
    return done if used else f"{done.rstrip()}\n\n{span_marker('draft', '', '')}\n"


def _marked(before: str, name: str, raw: str) -> str:
    if raw.startswith(_ROW):
        rows = _ROW_LINE.findall(raw)
        entries = [Entry(line_digest(line), tuple(map(key_of, ids.split(_IDS)))) for ids, line in rows]
        return "".join(f"{line}\n" for _, line in rows) + f"{row_marker(name, entries)}\n"
    span = _clean(raw)
    words = span.strip()
    lead, tail = span[: len(span) - len(span.lstrip())], "\n" if span.endswith("\n") else ""
    own_line = not (before + lead).rpartition("\n")[2].strip()
    if not words:
        return span_marker(name, before, "") + (tail if own_line else "")
    between = "\n" if own_line and "\n" in words else " "
    return f"{lead}{words}{between}{span_marker(name, before + lead, words)}{tail}"


def _clean(text: str) -> str:
    return _LEFT_OVER.sub("", text)
