"""Sound files made unsound: bytes, JSON, Markdown with markers; each change is a pure function of a seeded chance."""

from __future__ import annotations

import copy
import json
import re
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Mutator: TypeAlias = Callable[[Random, bytes], bytes]

LONG = 200_000
DEEP = 3_000

NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, -0.0, 1e-308, 5e-324, 1e-9, 1e100, 1e308, -1e308, 0.1, 1e15),
    *(2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30, 10**400, 99_999_999),
    *(float("nan"), float("inf"), float("-inf")),
)
INSTANTS = (
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00"),
    *("1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-18T13:42:17", "2026-02-30T00:00:00Z", "2026-11-18"),
    *("2016-12-31T23:59:60Z", "2026-11-18T24:00:00Z", "12026-11-18T00:00:00Z", "2026-11-18T13:42:17.123456789Z"),
    *("2100-01-01T00:00:00Z", "2026-11-18T13:42:17+23:59", "now", ""),
)
DURATIONS = ("99999999d", "0s", "1ms", "1ns", "-5m", "1e9s", "9" * 400 + "y", "1h1h", "month", "week from Nowhere", "")
TEXTS = (
    "",
    " ",
    "\x00",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x1b[2J",
    "\u202e\u2066reversed\u200b\ufeff",
    "\ud800",
    "\udcff\udcfe",
    "<!-- pm:severity 1-abcdef -->",
    "--> <script>alert(1)</script> <!--",
    "<!-- pm:timeline",
    "| a | b |\n|---|---|\n# heading\n---\n",
    "{{ 7 * 7 }}{% for a in range(10) %}{{ a }}{% endfor %}",
    "::error file=x::stop\r\n::set-output name=a::b",
    "=cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "/" + "a" * 300,
    "$\\frac{a$ $$ %s %d {} {0} {a.b}",
    "javascript:alert(1)",
    "http://[::1",
    "https://user:password@host.example/?token=x",
    "(" * 400 + ")" * 400,
    "(a+)+$",
    'x{a="' + "\\" * 99,
    "rate(" * 200 + "x" + "[5m])" * 200,
    "sum(rate(x[99999999999y])) / -0",
    "\n".join("- item" for _ in range(400)),
    "٣ ½ ² ⅷ 1_000 0x10 ١٢:٣٤",
    "é" * 5_000,
)
TOKENS = (
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\r\n",
        b"\r",
        b"\x85",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\\u0000",
    ),
    *(b"null", b"NaN", b"Infinity", b"-Infinity", b"1e999", b"true", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":"),
    *(b"<!-- pm:", b"-->", b"<!--", b"|", b"\n", b"```", b"{{", b"{%", b"<br>", b"# ", b"\n---\n", b"&amp;"),
)
# What becomes of one place of forty, rather than that its value changes.
_GO, _COME, _BE_CALLED, _STAND = range(2), range(2, 4), range(4, 5), range(5, 10)
_HEAD = 30
_FIELDS: dict[bytes, tuple[tuple[tuple[str | int, ...], ...], ...]] = {}
_MEMBER = re.compile(rb'"\w+":')
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DURATION = re.compile(r"\d+(?:ms|[smhdwy])")
_MARKER = re.compile(rb"<!-- pm:.*?-->", re.DOTALL)


def chance_of(number: int) -> Random:
    """What decides everything about the mutation of a number."""
    return Random(number)  # noqa: S311 - repeatable, and nothing is secret


# ------------------------------------------------------------------- any bytes


def flip(chance: Random, data: bytes) -> bytes:
    """A few bytes become others."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        if found:
            found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def cut(chance: Random, data: bytes) -> bytes:
    """The end is missing, or the beginning, or a piece."""
    start, stop = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return chance.choice((data[:start], data[stop:], data[:start] + data[stop:], data[: start // 1000]))


def insert(chance: Random, data: bytes) -> bytes:
    """What means something to a reader, where it does not belong."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 500)) + data[at:]


def repeat(chance: Random, data: bytes) -> bytes:
    """A piece stands there again."""
    start, stop = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    piece = data[start : min(stop, start + LONG)]
    return data[:stop] + piece * chance.choice((1, 2, 5)) + data[stop:]


def swap(chance: Random, data: bytes) -> bytes:
    """Two pieces change places."""
    a, b, c = sorted(chance.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def end_lines_otherwise(chance: Random, data: bytes) -> bytes:
    """Line ends of another system, a byte order mark, or another encoding."""
    kind = chance.randrange(5)
    if kind == 4:
        return data.decode(errors="replace").encode(chance.choice(("utf-16", "utf-32", "utf-7", "latin-1")), "replace")
    return (data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r"), b"\xef\xbb\xbf" + data, data.rstrip(b"\n"))[kind]


BYTES: tuple[Mutator, ...] = (flip, cut, insert, repeat, swap, end_lines_otherwise)

# ------------------------------------------------------------------------ JSON


def repeat_member(chance: Random, data: bytes) -> bytes:
    """A member stands there twice, with another value first."""
    found = list(_MEMBER.finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    value = json.dumps(chance.choice((*NUMBERS, *TEXTS, None, [], {}))).encode()
    return data[: one.start()] + one[0] + value + b"," + data[one.start() :]


def nest(chance: Random, data: bytes) -> bytes:
    """A value lies deeper than anybody looks."""
    found = list(_MEMBER.finditer(data))
    if not found:
        return data
    at = chance.choice(found).end()
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return data[:at] + opening * DEEP + b"0" + closing * chance.choice((DEEP, 0)) + b"," + b'"b":' + data[at:]


def edit_members(chance: Random, data: bytes) -> bytes:
    """Some values of a JSON document become others, go, come twice, or change their kind and their place."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return flip(chance, data)
    fields = _FIELDS.get(data[:_HEAD], ())
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        document = _edited(chance, document, chance.choice(chance.choice(fields)) if fields else ())
    return json.dumps(document, ensure_ascii=chance.random() < 0.5, default=str).encode(errors="surrogatepass")


def learn(data: bytes) -> None:
    """Take in which fields documents that begin like this one have.

    A field of one sample is then changed as often as one that stands there a thousand times.
    """
    if data[:_HEAD] in _FIELDS:
        return
    found: dict[tuple[str, ...], list[tuple[str | int, ...]]] = {}
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    sources = document.get("sources") if isinstance(document, dict) else None
    ids = set(sources) if isinstance(sources, dict) else set()  # as good as places
    while waiting:
        path, value = waiting.pop()
        if path:
            found.setdefault(tuple("" if isinstance(part, int) or part in ids else part for part in path), []).append(
                path
            )
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting += [((*path, key), one) for key, one in inside]
    _FIELDS[data[:_HEAD]] = tuple(tuple(places) for places in found.values())


def _edited(chance: Random, document: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - plain data
    """The document with one of its places changed: the one at a path, or any where that is not there (any more)."""
    holder, key = _at(document, path) if chance.random() < 0.8 else _place(chance, document)
    if holder is None:
        return changed(chance, document)
    kind = chance.randrange(40)
    if kind in _GO:
        del holder[key]
    elif kind in _COME:
        other, there = _place(chance, document)
        if other is not None:
            holder[key] = copy.deepcopy(other[there])
    elif kind in _BE_CALLED and isinstance(holder, dict):
        holder[chance.choice((*TEXTS, "facts", "schema", f"{key}_"))] = holder.pop(key)
    elif kind in _STAND and isinstance(holder, list):
        holder[:] = chance.choice((holder[::-1], holder * 2, holder + holder[:1] * 50, [], [holder[key]] * 3))
    else:
        holder[key] = changed(chance, holder[key])
    return document


def _at(document: Any, path: tuple[str | int, ...]) -> tuple[Any, Any]:  # noqa: ANN401 - plain data
    """The container at the end of a path, and the key; (None, None) where they are not there."""
    try:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]]
    except (LookupError, TypeError):
        return None, None
    return (document, path[-1]) if isinstance(document, dict | list) else (None, None)


def _place(chance: Random, document: Any) -> tuple[Any, Any]:  # noqa: ANN401 - plain data
    """A container inside, and a key of it; (None, None) for the document itself."""
    holder, key, value = None, None, document
    while isinstance(value, dict | list) and value and (holder is None or chance.random() < 0.8):
        holder = value
        key = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        value = holder[key]
    return holder, key


def changed(chance: Random, value: Any) -> Any:  # noqa: ANN401 - plain data
    """A value become another: mostly of its own kind, at its borders and beyond."""
    if chance.random() < 0.05:
        return chance.choice((None, True, False, [], {}, "", 0, -1.5, [value], {"a": value}, str(value)[:99]))
    if isinstance(value, bool):
        return chance.choice((not value, None, 2, "yes"))
    if isinstance(value, int | float):
        return _changed_number(chance, value)
    if isinstance(value, str):
        return _changed_text(chance, value)
    if isinstance(value, list | dict):
        return _changed_container(chance, value)
    return chance.choice((0, "", [], {}, "None", 1e300))


def _changed_container(chance: Random, value: Any) -> Any:  # noqa: ANN401 - plain data
    if isinstance(value, list):
        often = 300 if len(repr(value)) < LONG // 10 else 2
        return chance.choice((value[::-1], value * 2, value[:1], value[1:], [None], [value], (value or [0]) * often))
    return chance.choice(({**value, "a": 1}, list(value), dict(list(value.items())[:1]), {"": value}, None))


def _changed_number(chance: Random, value: float) -> Any:  # noqa: ANN401 - plain data
    if chance.random() < 0.5:
        return chance.choice((*NUMBERS, str(value)))
    whole = isinstance(value, int)
    factor = chance.choice(
        (-1, 0, 2, 10, 1000, 10**6, 10**9) if whole else (-1.0, 0.0, 0.5, 1.001, 1e3, 1e-3, 1e9, 1e-9)
    )
    return value * factor + chance.choice((0, 0, 1, -1))


def _moved(chance: Random, value: str) -> str:
    """An instant some time before or after."""
    try:
        instant = datetime.fromisoformat(value)
        seconds = chance.choice((-1, 1)) * chance.random() * 10 ** chance.randrange(10)
        return (instant + timedelta(seconds=seconds)).isoformat()
    except (ValueError, OverflowError):
        return chance.choice(INSTANTS)


def _changed_text(chance: Random, value: str) -> str:
    if _INSTANT.match(value) and chance.random() < 0.8:
        return _moved(chance, value) if chance.random() < 0.7 else chance.choice(INSTANTS)
    if _DURATION.fullmatch(value) and chance.random() < 0.8:
        return chance.choice(DURATIONS)
    if chance.random() < 0.05:
        return chance.choice(("x", "\n", "| ", "é", "(")) * LONG
    odd = chance.choice((*TEXTS, *DURATIONS, *INSTANTS))
    return chance.choice((odd, value + odd, odd + value, value[: len(value) // 2], value[::-1], value * 2))


JSON: tuple[Mutator, ...] = (edit_members, edit_members, edit_members, edit_members, repeat_member, nest)

# ---------------------------------------------------------- a draft's document


def tamper_with_markers(chance: Random, data: bytes) -> bytes:
    """Markers go, come twice, change places, names, counts and digests, or end nowhere."""
    for _ in range(chance.choice((1, 1, 3, 10))):
        found = list(_MARKER.finditer(data))
        if not found:
            return data
        one, other = chance.choice(found), chance.choice(found)
        digits = list(re.finditer(rb"[0-9a-f]+", one[0]))
        number = chance.choice(digits) if digits else None
        replaced = (
            b"",
            one[0] * 2,
            other[0],
            one[0].replace(b"-->", b""),
            one[0].replace(b" -->", b"x" * chance.choice((1, LONG)) + b" -->"),
            one[0].replace(b"-", b"\n-"),
            one[0][: number.start()] + chance.choice((b"0", b"-1", b"9" * 30, b"zz", b"")) + one[0][number.end() :]
            if number
            else b"",
            one[0].replace(b"pm:", b"pm:../"),
            one[0].decode(errors="replace").swapcase().encode(),
        )
        data = data[: one.start()] + chance.choice(replaced) + data[one.end() :]
    return data


def tamper_with_lines(chance: Random, data: bytes) -> bytes:
    """Lines go, come twice, change places, or hold what no line should."""
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 2, 5, 40))):
        at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
        text = chance.choice((*TEXTS, "x" * LONG, "|" * LONG, "<!--" * 50_000)).encode(errors="surrogatepass")
        kind = chance.randrange(6)
        if kind == 0:
            lines[at], lines[to] = lines[to], lines[at]
        elif kind == 1:
            lines.insert(to, lines[at])
        elif kind == 2 and len(lines) > 1:
            del lines[at]
        elif kind == 3:
            lines[at] = text
        elif kind == 4:
            lines[at] += text
        else:
            lines[at] = re.sub(rb"\d+", lambda _: str(chance.choice(NUMBERS)).encode(), lines[at])
    return b"\n".join(lines)


TEXT: tuple[Mutator, ...] = (tamper_with_markers, tamper_with_markers, tamper_with_lines, tamper_with_lines)

# ------------------------------------------------------------- a draft's files

OWN: dict[str, tuple[Mutator, ...]] = {"evidence.json": JSON, "facts.json": JSON, "postmortem.md": TEXT}
# The evidence decides most, and most of what it can do wrong is found in its members.
_WHICH = ("evidence.json", "evidence.json", "evidence.json", "facts.json", "postmortem.md", "postmortem.md")


def mutate(chance: Random, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], str]:
    """One to three changes to the files of a draft.

    Args:
        chance: Decides everything.
        files: The sound files by name.

    Returns:
        All files, changed ones and others; and what was done, in words.
    """
    found, done = dict(files), []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name = chance.choice(_WHICH)
        if chance.random() < 0.02:
            other = chance.choice(sorted(files))
            at = chance.randrange(len(found[name]) + 1)
            found[name] = chance.choice((found[other], found[name][:at] + found[other][at:], b""))
            done.append(f"{name}: {other} in its place")
            continue
        own = chance.random() < 0.85
        change = chance.choice(OWN[name] if own else BYTES)
        found[name] = change(chance, found[name])
        done.append(f"{name}: {change.__name__}")
    return found, "; ".join(done)
