"""Template variables in texts and queries: ``$x``, ``${x}``, ``${x:format}`` and ``[[x]]``, as Grafana fills them in.

Names that begin with two underscores are Grafana's own (``$__rate_interval``); its server fills those in.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote as percent_encode

from pm_autofill.evidence.slos import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ALL = "$__all"
# Bounded, so that a text made to be slow is not.
_REFERENCE = re.compile(
    r"\$(\w+)|\[\[(\w{1,200}?)(?::(\w{1,200}))?\]\]|\$\{(\w{1,200})(?:\.([^:}]{1,60}))?(?::([^}]{1,60}))?\}"
)
_LONGEST_TEXT = 20_000  # characters; nothing is filled into longer ones
_MOST_REFERENCES = 500  # further ones stay as written
_LONGEST_INSTANT = 14  # digits of milliseconds
_MOST_FILLED = 100_000  # characters put in place of references; further references stay as written
_PROMQL_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")
_REGEX_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")
_LUCENE_SPECIAL = re.compile(r'([+\-=&|><!(){}\[\]^"~*?:\\/ ])')


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable stands for.

    Attributes:
        values: Its values; for "All" every option, as far as known.
        texts: The same as shown to people; may be fewer.
        is_listed: Whether the variable can hold several, and so is escaped as a regular expression.
        is_all: Whether "All" was chosen.
        verbatim: What stands for "All", unescaped; empty for the list of values.
        in_url: The values as a link carries them; empty when links leave the variable out.
    """

    values: tuple[str, ...]
    texts: tuple[str, ...] = ()
    is_listed: bool = False
    is_all: bool = False
    verbatim: str = ""
    in_url: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The value as people read it, such as in a title."""
        if self.is_all:
            return "All"
        return " + ".join(self.texts if len(self.texts) == len(self.values) else self.values)


def names_in(text: str) -> tuple[str, ...]:
    """Names of the variables a text refers to, Grafana's own left out, each once."""
    if len(text) > _LONGEST_TEXT:
        return ()
    found = (match[1] or match[2] or match[4] for match in islice(_REFERENCE.finditer(text), _MOST_REFERENCES))
    return tuple(dict.fromkeys(name for name in found if not name.startswith("__")))


def fill_query(query: str, values: Mapping[str, Value]) -> str:
    """A PromQL or LogQL text with its variables in place; unknown names stay as written.

    Args:
        query: As stored.
        values: What each variable stands for.

    Returns:
        What Grafana would send. A variable with one value is escaped for a quoted string, one that can hold several
        as a regular expression inside a quoted string, several values as ``(a|b)``.
    """
    return _fill(query, values, _as_promql)


def fill_sql(query: str, values: Mapping[str, Value]) -> str:
    """An SQL text with its variables in place: one value as it is, those of a list quoted, quotes doubled."""
    return _fill(query, values, _as_sql)


def fill_text(text: str, values: Mapping[str, Value]) -> str:
    """A title or description with its variables in place, as people read them."""
    return _fill(text, values, _as_text)


def fill_plain(text: str, values: Mapping[str, Value]) -> str:
    """A legend or a uid with its variables in place: one value as it is, several as ``{a,b}``."""
    return _fill(text, values, _as_glob)


def _fill(text: str, values: Mapping[str, Value], plain: Callable[[Value], str]) -> str:
    """Replace every reference to a known variable."""
    room = _MOST_FILLED

    def replacement(match: re.Match[str]) -> str:
        nonlocal room
        name = match[1] or match[2] or match[4]
        value = None if name.startswith("__") else values.get(name)
        filled = match[0] if value is None or room <= 0 else in_place_of(match, value)
        room -= len(filled)
        return filled if room >= 0 else match[0]

    def in_place_of(match: re.Match[str], value: Value) -> str:
        form = "text" if match[5] == "text" else match[3] or match[6]
        change = plain if form is None else _format(form, match[1] or match[2] or match[4])
        return value.verbatim if value.is_all and value.verbatim and change is not _as_text else change(value)

    return text if len(text) > _LONGEST_TEXT else _REFERENCE.sub(replacement, text, count=_MOST_REFERENCES)


def _as_text(value: Value) -> str:
    """As people read it."""
    return value.shown


def _as_promql(value: Value) -> str:
    """Escaped for a double-quoted string of PromQL."""
    if not value.is_listed:
        return ",".join(one.replace("\\", "\\\\").replace('"', '\\"') for one in value.values)
    escaped = [
        _PROMQL_SPECIAL.sub(r"\\\\\g<0>", one.replace("\\", "\\" * 4)).replace('"', '\\"') for one in value.values
    ]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _as_sql(value: Value) -> str:
    """As Grafana's SQL data sources fill them in."""
    doubled = [one.replace("'", "''") for one in value.values]
    return ",".join(f"'{one}'" for one in doubled) if value.is_listed else ",".join(doubled)


def _as_regex(value: Value) -> str:
    """Each value escaped, several as alternatives."""
    escaped = [_REGEX_SPECIAL.sub(r"\\\g<0>", one) for one in value.values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _as_glob(value: Value) -> str:
    """One value as it is, several in braces."""
    return value.values[0] if len(value.values) == 1 else "{" + ",".join(value.values) + "}"


def _as_lucene(value: Value) -> str:
    """Quoted alternatives."""
    escaped = [_LUCENE_SPECIAL.sub(r"\\\1", one) for one in value.values]
    return escaped[0] if len(escaped) == 1 else "(" + " OR ".join(f'"{one}"' for one in escaped) + ")"


def _as_json(value: Value) -> str:
    """A JSON string, or an array of them where the variable can hold several."""
    return json.dumps(list(value.values) if value.is_listed else next(iter(value.values), ""), ensure_ascii=False)


def _joined(separator: str, change: Callable[[str], str] = str) -> Callable[[Value], str]:
    """A format that changes each value and joins them."""
    return lambda value: separator.join(change(one) for one in value.values)


def _as_date(value: Value, layout: str) -> str:
    """An instant in milliseconds as ISO 8601, in seconds, or in a layout of Moment.js."""
    written = next(iter(value.values), "")
    if not written.isascii() or not written.isdigit() or len(written) > _LONGEST_INSTANT:
        return _as_glob(value)
    if layout == "seconds":
        return str(int(written) // 1000)
    at = datetime.fromtimestamp(int(written) / 1000, UTC)
    if layout in {"", "iso"}:
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _LAYOUT.sub(lambda found: _laid_out(at, found[0]), layout)


def _laid_out(at: datetime, token: str) -> str:
    """One token of a layout as Moment.js has them, in UTC and English."""
    if token.startswith("["):
        return token[1:-1]
    half = f"{'a' if at.hour < _NOON else 'p'}m"
    parts = {
        "YYYY": f"{at:%Y}", "YY": f"{at:%y}", "MMMM": _MONTHS[at.month - 1], "MMM": _MONTHS[at.month - 1][:3],
        "MM": f"{at:%m}", "M": str(at.month), "DD": f"{at:%d}", "D": str(at.day),
        "dddd": WEEKDAYS[at.weekday()], "ddd": WEEKDAYS[at.weekday()][:3],
        "HH": f"{at:%H}", "H": str(at.hour), "hh": f"{at.hour % 12 or 12:02}", "h": str(at.hour % 12 or 12),
        "mm": f"{at:%M}", "m": str(at.minute), "ss": f"{at:%S}", "s": str(at.second),
        "SSS": f"{at.microsecond // 1000:03}", "A": half.upper(), "a": half,
        "Z": "+00:00", "ZZ": "+0000", "X": str(int(at.timestamp())), "x": str(round(at.timestamp() * 1000)),
    }  # fmt: skip
    return parts[token]


def _as_parameters(name: str, prefix: str = "") -> Callable[[Value], str]:
    """Query parameters of an address."""
    return lambda value: "&".join(f"{name}={prefix}{percent_encode(one, safe='')}" for one in value.values)


def _format(form: str, name: str) -> Callable[[Value], str]:
    """The format of a reference such as ``${x:csv}`` or ``${x:join:; }``; one that nobody knows counts as glob.

    Args:
        form: What stands behind the colon.
        name: The variable's name.
    """
    kind, _, more = form.partition(":")
    if kind == "join":
        return _joined(more or ",")
    if kind == "date":
        return lambda value: _as_date(value, more)
    if kind == "distributed":
        return _joined(f",{name}=")
    if kind == "queryparam":
        return _as_parameters(f"var-{name}")
    if kind == "customqueryparam":
        called, _, prefix = more.partition(":")
        return _as_parameters(called or name, prefix)
    return _FORMATS.get(form, _as_glob)


_NOON = 12
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_LAYOUT = re.compile(r"\[[^\]]*\]|Y{4}|YY|M{1,4}|DD?|d{3,4}|HH?|hh?|mm?|ss?|SSS|A|a|ZZ?|X|x")
_FORMATS: dict[str, Callable[[Value], str]] = {
    "raw": _joined(","),
    "csv": _joined(","),
    "html": _joined(", ", escape),
    "pipe": _joined("|"),
    "glob": _as_glob,
    "text": _as_text,
    "regex": _as_regex,
    "lucene": _as_lucene,
    "json": _as_json,
    "singlequote": _joined(",", lambda one: "'" + one.replace("'", "\\'") + "'"),
    "doublequote": _joined(",", lambda one: '"' + one.replace('"', '\\"') + '"'),
    "sqlstring": _joined(",", lambda one: "'" + one.replace("'", "''") + "'"),
    "percentencode": lambda value: percent_encode(_as_glob(value), safe=""),
    "uriencode": lambda value: percent_encode(_as_glob(value), safe="~()*!.'-_;,/?:@&=+$#"),
}
