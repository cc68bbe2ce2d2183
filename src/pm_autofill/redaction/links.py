"""Secrets in links: passwords before the host, and parameters that sign in or are a signature."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.redaction import values
from pm_autofill.redaction.marks import SECRET, Span, merge, replace
from pm_autofill.redaction.views import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

_LOGIN = "a password in a link"
_PARAMETER = "a secret parameter of a link"

# user:password@ or a key alone; what is before the at sign ends at the first slash, or has no port in it. A text that
# was cut may end within the password.
_USERINFO = re.compile(
    r"://(?:"
    r"[^\s/?#\"'<>@:\[]{0,200}:(?P<password>[^\s/?#\"'<>]{1,400})@(?=[\w\[.-])"
    r"|[^\s/?#\"'<>@:\[]{1,200}:(?!\d{1,5}(?:[/?#\s]|\Z))(?P<raw>[^\s@\"'<>]{1,200})@(?=[\w\[.-])"
    r"|[^\s/?#\"'<>@:\[]{1,200}:(?!\d{1,5}(?:\Z|…))(?P<cut>[^\s/?#@\"'<>…]{3,200})(?=\Z|…)"
    r"|(?P<key>[A-Za-z0-9_~.%+-]{16,300})@(?=[\w\[.-])"
    r")"
)
# What Go's drivers call a data source.
_SOURCE_NAME = re.compile(r"(?<![\w.:/-])[\w.-]{1,64}:(?P<password>[^\s:@/]{1,200})@(?:tcp|unix|udp)\(")
_NAMES = (
    "pwd|passwd|password|passcode|pass|passphrase|pin|tk|zak|token|auth|authkey|auth_?token|access_?token|id_?token"
    "|refresh_?token|jwt|api_?-?key|key|sig|signature|secret|hmac|sas|ticket|session|session_?id|sid|code|mtid"
    "|credential|otp|x-amz-(?:signature|security-token|credential)|x-goog-(?:signature|credential)"
    r"|(?!var-)[\w.-]{1,40}?[_.-](?:token|secret|password|passwd|passcode|signature|api_?key|apikey|access_?key)"
    r"|[a-z]{1,30}(?-i:Token|Secret|Password|Passcode|Signature|ApiKey|AccessKey)"
)
_QUERY = re.compile(rf"(?i:[?&;#]|(?<=[?&]amp;))(?P<name>(?i:{_NAMES}))=(?P<it>[^&#;\s\"'<>)\]}}`|]{{1,4000}})")
_PASSCODE = re.compile(
    r"(?i:teams\.(?:microsoft|live)\.com/meet/[^\s?]{1,80}\?(?:[^\s&]{1,200}&)*?p)=(?P<it>[^&#\s\"'<>)\]]{1,200})"
)
# Names that other things have too.
_WEAK = frozenset({"code", "key", "sid", "session", "sessionid", "session_id", "ticket", "auth", "pass"})
_TICKET = re.compile(r"[A-Z][A-Z0-9]{1,9}-\d{1,7}")
_LONGEST_NUMBER = 5


def find(view: View) -> Iterator[Span]:
    """Where secrets are in the links of a reading of a text."""
    text = view.text
    yield from find_logins(view)
    if "=" in text:
        for found in _QUERY.finditer(text):
            if not _is_harmless(found["name"].lower(), found["it"]):
                start, end = found.span("it")
                yield Span(start, _trimmed(text, start, end), SECRET, _PARAMETER)
        if "/meet/" in text:
            yield from (Span(*found.span("it"), SECRET, _PARAMETER) for found in _PASSCODE.finditer(text))


def find_logins(view: View) -> Iterator[Span]:
    """Where passwords and keys stand before the host of an address."""
    if "://" not in view.text and "@" not in view.text:
        return
    for found in _USERINFO.finditer(view.text):
        group = found.lastgroup or "password"
        if not values.is_placeholder(found[group]):
            yield Span(*found.span(group), SECRET, _LOGIN)
    for found in _SOURCE_NAME.finditer(view.text):
        if not values.is_placeholder(found["password"]):
            yield Span(*found.span("password"), SECRET, _LOGIN)


def mask_logins(text: str) -> str:
    """A text without passwords and keys before the host of an address."""
    view = visible(text)
    return replace(text, merge(Span(*view.place(*one[:2]), *one[2:]) for one in find_logins(view)))


def _is_harmless(name: str, value: str) -> bool:
    """Whether a parameter holds no secret whatever it is called."""
    if values.is_placeholder(value):
        return True
    if name not in _WEAK:
        return False
    is_short_number = value.isdigit() and len(value) <= _LONGEST_NUMBER
    return is_short_number or _TICKET.fullmatch(value) is not None


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a value without the punctuation of the sentence around it."""
    while end > start + 1 and text[end - 1] in ".,;:!":
        end -= 1
    return end
