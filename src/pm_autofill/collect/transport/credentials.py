"""Tokens and passwords: refused when they cannot be sent, and never shown again."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from pm_autofill.errors import UsageError
from pm_autofill.redaction.marks import MARKS
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.shapes import Shapes, mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TOKEN = re.compile(r"[\x21-\x7e]+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
# What the clients themselves send that is no secret; every other header might be one.
_OPEN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-grafana-org-id",
        "x-scope-orgid",
    }
)
_SHORTEST_SECRET = 4


def validate_token(source: str, token: str | None) -> str:
    """A token fit for a header.

    Args:
        source: Whose token it is, for the message.
        token: As it came from a variable, file or command.

    Returns:
        The token without surrounding blanks.

    Raises:
        UsageError: There is none, or it holds what no header can carry; it is not echoed.
    """
    stripped = (token or "").strip()
    if not stripped:
        raise UsageError(
            f"{source} has no token", f"Give one as token, token_file or token_command under {source.lower()}."
        )
    if not _TOKEN.fullmatch(stripped):
        message = (
            f"{source}'s token holds a character that no token has: a blank, a line break or a letter outside ASCII"
        )
        raise UsageError(message, "Copy it again, the token alone, without quotes or a name before it.")
    return stripped


def validate_headers(source: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Configured headers fit to be sent.

    Raises:
        UsageError: A name or a value could break out of its line; the value is not echoed.
    """
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value.strip()):
            message = f"{source}'s header {name[:60]!r} holds a character that no header has"
            raise UsageError(message, f"Check headers under {source.lower()}, and the variables they name.")
        checked[name] = value.strip()
    return checked


def authorization(source: str, *, token: str | None = None, basic: tuple[str, str] | None = None) -> dict[str, str]:
    """The header that signs in: a bearer token, or user name and password, or none.

    Raises:
        UsageError: The token or the user name cannot be sent.
    """
    if token is not None:
        return {"Authorization": f"Bearer {validate_token(source, token)}"}
    if basic is None:
        return {}
    username, password = (part.strip("\r\n") for part in basic)
    if not username or ":" in username:
        raise UsageError(f"{source}'s username is empty or holds a colon", f"Check username under {source.lower()}.")
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def are_credentials_among(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether any of these headers could sign in."""
    return any(name.lower() not in _OPEN_HEADERS for name, _ in headers)


def redact(text: str, headers: Iterable[tuple[str, str]]) -> str:
    """A text without anything that was sent as a secret beside it, in any form, and without what looks like one.

    Args:
        text: What a server said, or what names what was asked.
        headers: The request's headers.
    """
    secrets = sorted(set(_secrets(headers)), key=len, reverse=True)
    text = Secrets.of(secrets).mask(text)
    for secret in secrets:  # short ones too: a server's sentence on a refusal has few words that could be meant
        text = text.replace(secret, MARKS["secret"])
    return mask(text, Shapes()).text


def _secrets(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Every word of a header that could be a secret, and what a Basic one hides."""
    for name, value in headers:
        if name.lower() in _OPEN_HEADERS:
            continue
        for word in value.split():
            for part in (word, word.removeprefix("token=").strip('"')):
                if len(part) >= _SHORTEST_SECRET and part.lower() not in {"bearer", "basic", "token"}:
                    yield part
            yield from _basic_password(word)


def _basic_password(word: str) -> Iterator[str]:
    """The password inside a Basic credential; nothing when it is none."""
    try:
        _, _, password = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return
    if len(password) >= _SHORTEST_SECRET:
        yield password
