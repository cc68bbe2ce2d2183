"""Reads single fields of PagerDuty's JSON, each of which may be missing, null or of another type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pm_autofill.collect.pagerduty.privacy import is_private, is_private_url, name_of, scrub
from pm_autofill.errors import UsageError
from pm_autofill.evidence.incident import Agent, AgentKind, Link
from pm_autofill.instants import parse_instant

if TYPE_CHECKING:
    from datetime import datetime

LINE = 1024
PROSE = 10_000
_LONGEST_URL = 4096
_LONGEST_ADDRESS = 400
_MOST_LINKS = 20
_LARGEST_WHOLE = 2**53
# Alertmanager's zero time and the epoch both mean "not set".
_FIRST_YEAR = 1971
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
_NOT_IN_URLS = re.compile(r"[\s<>\"\\`\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MACHINES = ("service", "integration", "bot", "rule", "workflow", "orchestration", "automation", "app", "account")


def mapping(value: object) -> Mapping[str, object]:
    """The object a field holds; an empty one when it holds none."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[object]:
    """The list a field holds; an empty one when it holds none."""
    return value if isinstance(value, list) else ()


def line(value: object, limit: int = LINE) -> str:
    """A text on one line, without addresses and phone numbers, cut with a mark; empty when the field holds none."""
    return _cut(scrub(" ".join(clean(value, 4 * limit).split())), limit)


def prose(value: object, limit: int = PROSE) -> str:
    """A text with its line breaks, without addresses and phone numbers, cut with a mark; empty when there is none."""
    return _cut(scrub(clean(value, 4 * limit).strip()), limit)


def clean(value: object, limit: int = 4 * PROSE) -> str:
    """A text without what no text should hold: control characters and halves of characters.

    Args:
        value: The field.
        limit: Characters looked at; the rest of a longer text is dropped, and a last word that might be half an
            address or number with it.

    Returns:
        The text; empty when the field holds none.
    """
    if not isinstance(value, str):
        return ""
    text = value if len(value) <= limit else _without_half_address(value[:limit]) + "…"
    whole_characters = text.encode("utf-8", "replace").decode("utf-8")
    return whole_characters.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def intact(value: object, limit: int = LINE) -> str | None:
    """A text that has to be had to the letter or not at all, such as a label's value.

    Args:
        value: The field.
        limit: Characters accepted.

    Returns:
        The text unchanged; None when it is none, is too long, or holds what must not leave.
    """
    if not isinstance(value, str) or len(value) > limit or clean(value) != value or is_private(value):
        return None
    return value


def identifier(value: object) -> str:
    """An id; empty when the field holds none."""
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else ""


def token(value: object) -> str:
    """A word of the API such as a status, in lower case; empty when the field holds none."""
    word = value.strip().lower() if isinstance(value, str) and len(value) <= LINE else ""
    return word if _TOKEN.fullmatch(word) else ""


def whole(value: object) -> int | None:
    """A whole number that is not negative; None when the field holds none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        return int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and isinstance(value, int) and 0 <= value < _LARGEST_WHOLE else None


def instant(value: object, zone: str = "UTC") -> datetime | None:
    """An instant in any of PagerDuty's notations, in UTC; None when the field holds none.

    Args:
        value: ISO 8601, with an offset or without.
        zone: IANA name of the zone in which one without an offset is meant; an unknown one counts as UTC.
    """
    if not isinstance(value, str) or len(value) > LINE:
        return None
    try:
        found = parse_instant(value, zone=zone)
    except (UsageError, ValueError, KeyError, OSError):  # zoneinfo looks for a zone that is none among files
        return instant(value) if zone != "UTC" else None
    return found if found.year >= _FIRST_YEAR else None


def web_address(value: object) -> str:
    """An http or https URL without credentials and addresses in it; empty when the field holds none."""
    address = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_URL else ""
    if not address or _NOT_IN_URLS.search(address) or is_private_url(address):
        return ""
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return address if is_usable else ""


def links(contexts: object, *, client: object = None, client_url: object = None) -> tuple[Link, ...]:
    """The links an alert or a change carries.

    Args:
        contexts: Objects with ``href`` and ``text``; images count by the page they lead to.
        client: Name of the monitoring system.
        client_url: Its page for this alert.

    Returns:
        Usable links, each address once.
    """
    found: dict[str, Link] = {}
    candidates = [mapping(context) for context in sequence(contexts)]
    candidates.append({"href": client_url, "text": client})
    for candidate in candidates:
        href = web_address(candidate.get("href"))
        if href and href not in found and len(found) < _MOST_LINKS:
            found[href] = Link(href=href, text=line(candidate.get("text"), 200))
    return tuple(found.values())


def shown(value: object) -> str:
    """What an object is called: its summary or name; or the text itself; empty when the field holds neither."""
    if isinstance(value, Mapping):
        return line(value.get("summary")) or line(value.get("name"))
    return line(value)


def agent(value: object) -> Agent:
    """Who did something, from a reference; unknown when the field holds none."""
    reference = mapping(value)
    kind = agent_kind(reference.get("type"))
    if kind is AgentKind.UNKNOWN and any(_is_user(reference.get(link)) for link in ("self", "html_url")):
        kind = AgentKind.PERSON
    raw = reference.get("summary") if isinstance(reference.get("summary"), str) else reference.get("name")
    return Agent(kind=kind, name=_cut(name_of(" ".join(clean(raw, LINE).split()), kind), 200))


def _is_user(address: object) -> bool:
    """Whether an address leads to a user's account; references of elder entries carry no type."""
    return isinstance(address, str) and "/users/" in address[:LINE]


def agent_kind(kind: object) -> AgentKind:
    """Whether a reference's type names a person or a machine."""
    word = token(kind).removesuffix("_reference")
    if word == "user":
        return AgentKind.PERSON
    return AgentKind.AUTOMATION if any(part in word.split("_") for part in _MACHINES) else AgentKind.UNKNOWN


def _without_half_address(text: str) -> str:
    """A text that was cut, without a last word that might be the first half of an address or a phone number."""
    words = text.split()
    last = words[-1] if words and text.endswith(words[-1]) else ""
    is_suspect = "@" in last or "%40" in last or any(character.isdigit() for character in last)
    return text[: -min(len(last), _LONGEST_ADDRESS)] if is_suspect else text


def _cut(text: str, limit: int) -> str:
    """A text no longer than the limit, the cut marked."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
