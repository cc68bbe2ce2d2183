"""Secrets in headers and commands, as people paste them: ``Authorization: ...``, ``curl -u ...``, ``--token ...``."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from pm_autofill.redaction import values
from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.redaction.views import View

_HINTS = ("authori", "bearer", "basic", "geniekey", "ssws", "token", "apikey", "cookie", "-u", "-p", "-a", "-w", "--")
_TAIL = ".,;:!?)]}>"
_LEAST = 6
_LONG = 20
_LONGEST = 4000
_SCHEMES = (
    r"bearer|basic|token|apikey|api-key|geniekey|digest|ssws|splunk|negotiate|ntlm|hawk|aws4-hmac-sha256|signature|key"
    r"|oauth|bot|jwt|sharedaccesssignature|sharedkey"
)
_HEADER = re.compile(
    rf"(?i)\bauthori[sz]ation[\"'\\\]]{{0,6}}\s{{0,4}}[:=]\s{{0,4}}[\"'\\\[]{{0,6}}(?:(?P<scheme>{_SCHEMES})\s{{1,4}})?"
    r"(?P<it>[^\s\"'\\][^\r\n\"'\\]{0,4000})"
)
_SCHEME = re.compile(
    r"(?i)(?<![A-Za-z])(?P<scheme>bearer|basic|geniekey|ssws|apikey|token\stoken)[\s=]\s{0,4}[\"']?"
    r"(?P<it>[A-Za-z0-9._~+/=|:-]{4,4000})"
)
_ONE_WORD = frozenset(
    {"bearer", "basic", "token", "apikey", "api-key", "geniekey", "ssws", "splunk", "key", "bot", "jwt"}
)
_COOKIE = re.compile(
    r"(?i)\b(?:set-)?cookie2?[\"'\\]{0,4}\s{0,4}[:=]\s{0,4}[\"'\\]{0,4}(?P<it>[\w.%-]{1,80}=[^\r\n\"'\\]{1,4000})"
)
_FLAG = re.compile(
    r"(?i)(?<![\w-])--?(?:[a-z0-9]{1,20}-){0,4}(?:token|password|passwd|passphrase|secret|api-?key|access-?key|secret-?key"
    r"|pass|pin|auth|auth-?token)(?:=|\s{1,4})[\"']?(?P<it>[^\s\"']{1,4000})"
)
_LOGIN_FLAG = re.compile(
    r"(?<![\w-])(?:-u|-U|--user|--proxy-user)[= ]{0,3}[\"']?(?=[^\s:]{0,64}[A-Za-z])[\w.@+\\-]{1,128}:"
    r"(?P<it>[^\s\"']{4,400})"
)
_COMMAND_FLAG = re.compile(
    r"\b(?:mysql\w{0,10}|mariadb\w{0,10}|sshpass|docker\slogin|redis-cli|mongo\w{0,8}|smbclient|ldapsearch)\s[^\n|;]{0,200}?"
    r"(?<![\w-])(?:-p|-a|-w)[\s=]?[\"']?(?P<it>[^\s\"'-][^\s\"']{3,200})"
)


def find(view: View) -> Iterator[Span]:
    """Where secrets stand in headers and commands in a reading of a text."""
    lowered = view.lowered
    for hint in _HINTS:
        if hint in lowered:
            break
    else:
        return
    for expression, judge, what in _FORMS:
        for found in expression.finditer(view.text):
            end = judge(found)
            if end > found.start("it"):
                yield Span(found.start("it"), end, SECRET, what)


def _end_of_header(found: re.Match[str]) -> int:
    """Where the value of an Authorization header ends; its start where it is a word of a sentence."""
    scheme, value = (found["scheme"] or "").lower(), found["it"]
    first = value.split()[0].rstrip(_TAIL)
    end = found.start("it") + len(first)
    told = first.rpartition("=")[2] or first
    if values.is_placeholder(value) or values.is_placeholder(told) or (values.is_state(first) and not scheme):
        return found.start("it")
    if scheme in _ONE_WORD:
        return found.end("it") if "=" in first and scheme == "token" else end
    if scheme:  # of several parts, some of them quoted
        line = found.string.find("\n", end)
        return min(line if line >= 0 else len(found.string), end + _LONGEST)
    return end if values.is_random(first, _LEAST) or values.is_uuid(first) else found.start("it")


def _end_of_scheme(found: re.Match[str]) -> int:
    """Where a credential ends that its scheme stands before; its start where it is a word of a sentence."""
    scheme, value = found["scheme"].lower(), found["it"].rstrip(_TAIL)
    end = found.start("it") + len(value)
    if scheme == "basic":
        return end if _is_pair(value) else found.start("it")
    tells = values.is_random(value, _LEAST + 2) or values.is_uuid(value) or len(value) > _LONG
    return end if tells and not values.is_state(value) else found.start("it")


def _is_pair(value: str) -> bool:
    """Whether a value is base64 of a user's name and a password."""
    try:
        return ":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False


def _end_of_flag(found: re.Match[str]) -> int:
    """Where the value of an option ends; its start where it is a word of a sentence."""
    value = found["it"].rstrip(_TAIL)
    harmless = values.is_placeholder(value) or values.is_state(value) or value.startswith(("-", "/", "~", "./"))
    return found.start("it") if harmless else found.start("it") + len(value)


def _whole(found: re.Match[str]) -> int:
    return found.start("it") if values.is_placeholder(found["it"]) else found.end("it")


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], int], str], ...] = (
    (_HEADER, _end_of_header, "an Authorization header"),
    (_SCHEME, _end_of_scheme, "a bearer or basic credential"),
    (_COOKIE, _whole, "a cookie"),
    (_FLAG, _end_of_flag, "a secret on a command line"),
    (_LOGIN_FLAG, _whole, "a secret on a command line"),
    (_COMMAND_FLAG, _whole, "a secret on a command line"),
)
