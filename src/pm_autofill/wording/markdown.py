"""Outside text made harmless: for Markdown documents, and for plain lines on a terminal.

Only what can change how a line is read is escaped, so that names, times and versions stay readable in the source.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

LIMIT = 500
_HREF_LIMIT = 4000

_BREAKS = re.compile(r"[ \t\n\v\f\r\x85\u2028\u2029]+")
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\].*?(?:\x07|\x1b\\|\Z)|\x1b.?", re.DOTALL)
# Control characters, marks that turn the direction of reading, invisible tags, halves of characters.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
# One alternative per danger; each match gets a backslash.
_SPECIAL = re.compile(
    r"""
    [\\`*\[\]<~$|{]                    # inline marks, table cells, math, templates
    | \#(?=[\s\#]|\Z)                  # headings, and what closes them
    | (?<![^\W_])_ | _(?![^\W_])       # emphasis: it begins or ends only at the edge of a word
    | !(?=\d)                          # references to merge requests
    | (?<=\S)(?<!\d)\.(?=[^\s!-/:-@])  # bare domains
    | (?<=\d)\.(?=[^\s\d!-/:-@])       # the same; between two digits a dot is harmless
    | (?<=[wW]{3})\.                   # what a bare domain begins with
    | (?<=/)/                          # bare links, of which this leaves one slash
    | :(?!\d\d:)(?=[\w+-]+:)           # emoji names, but not times of day
    | \A[-+>=:^]                       # lists, quotes, underlined headings, definitions, footnotes
    """,
    re.VERBOSE,
)
_ENTITY = re.compile(r"&(?=[^\s;]{1,40};)")
_NUMBERED = re.compile(r"\A(\d{1,9})([.)])(?=\s|\Z)")
# Git hosts look for these after rendering, where no backslash is left; an empty comment stays between.
_REFERENCE = re.compile(r"(@|#(?=\d))")


def plain(text: str, *, limit: int = LIMIT) -> str:
    """Outside text on one line, without anything a terminal obeys or a reader cannot see.

    Args:
        text: Any text.
        limit: Characters it may have; a longer one is cut and ends in ``…``.
    """
    line = _BREAKS.sub(" ", _TERMINAL.sub("", text))
    line = _BREAKS.sub(" ", _HIDDEN.sub("", line)).strip(" ")
    return line if len(line) <= limit else line[: limit - 1].rstrip(" ") + "…"


def escape(text: str, *, limit: int = LIMIT) -> str:
    """Outside text as Markdown that reads as that text, wherever it stands: paragraph, list, quote, heading or table.

    Args:
        text: Any text; it is folded to one line first.
        limit: Characters it may have before escaping.

    Returns:
        Markdown without links, markup, HTML, mentions or cell ends.

    Source: property tests against three renderers, ``tests/property/test_markdown_escape.py``.
    """
    return _REFERENCE.sub(r"\1<!-- -->", _backslashed(text, limit))


def code(text: str) -> str:
    """Outside text in typewriter letters; escaped instead where a code span could not hold it."""
    line = plain(text)
    if not line or set(line) & set("`|\\") or any(one in line for one in ("{{", "{%", "<!--")):
        return escape(text)
    return f"`{line}`"


def link(text: str, href: str) -> str:
    """A link with outside text on it.

    Args:
        text: What it is called.
        href: Where it points; only http and https become links.

    Returns:
        The link, or the text alone where the address is none to click.
    """
    target, words = _target(href), _backslashed(text, LIMIT)
    return f"[{words}]({target})" if target and words else escape(text)


def image(alt: str, path: str) -> str:
    """An image of the draft's folder, with outside text as its description."""
    return f"![{_backslashed(alt, LIMIT)}]({quote(path, safe='/-_.')})"


def relative_link(text: str, path: str) -> str:
    """A link to a file near the document, with outside text on it."""
    return f"[{_backslashed(text, LIMIT) or path}]({quote(path, safe='/-_.')})"


def _backslashed(text: str, limit: int) -> str:
    line = _SPECIAL.sub(r"\\\g<0>", _ENTITY.sub("&amp;", plain(text, limit=limit)))
    return _NUMBERED.sub(r"\1\\\2", line)


def _target(href: str) -> str:
    """The address with everything quoted that could end a link or a cell; empty where it is none to click."""
    try:
        parts = urlsplit(href.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[0-9A-Za-z._-]+|[0-9A-Fa-f:.]+", host):
        return ""
    place = f"[{host}]{port}" if ":" in host else host + port
    path, query, fragment = (
        _quoted(part, safe) for part, safe in ((parts.path, ""), (parts.query, "?"), (parts.fragment, "?"))
    )
    target = urlunsplit((parts.scheme, place, path, query, fragment))
    return target if len(target) <= _HREF_LIMIT else ""


def _quoted(part: str, safe: str) -> str:
    # A percent sign that begins an escape stays, any other becomes one.
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", part), safe=f"/:@!',=+&%-._{safe}", errors="replace")
