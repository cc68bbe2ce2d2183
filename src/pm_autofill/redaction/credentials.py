"""Secrets that stand behind the word for them: ``password=...``, "the token is ...", ``key 3f2a...``.

The word has to stand directly before: "commit 3f2a9c1 of the key rotation" names no key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.redaction import values
from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

_HINTS = (
    "pass", "pw", "secret", "token", "key", "auth", "cred", "kennwort", "senha", "session", "sid", "otp", "contrase",
    "lösenord", "hasło", "парол", "密码", "パスワード", "connection", "wachtwoord",
)  # fmt: skip
# Every word for a secret holds a hint: before it and behind it so many characters at most are of the word and its sign.
_HINT = re.compile("|".join(_HINTS))
_LONGEST_WORD, _LONGEST_JOINT = 40, 400

_LOGIN_WORDS = (
    r"pass(?:word|wd|wort|phrase|code)|(?<![A-Za-z0-9])p(?:ass)?wd|(?<![A-Za-z0-9])pw|kennwort|mot\sde\spasse"
    r"|contraseña|senha|wachtwoord|lösenord|hasło|пароль|密码|パスワード"
)
_STRONG = (
    r"(?:api|access|account|shared|shared\saccess|secret|secret\saccess|signing|encryption|master|routing|integration"
    r"|service|rest|events?|license|licence|private|auth|app|application|webhook|client|admin|deploy|storage|stream"
    r"|consumer|subscription|dd|datadog|new\srelic|opsgenie|pagerduty|genie|write|ingest|user\sapi)[\s_.-]?keys?"
    r"|(?:access|auth|authentication|authorization|refresh|id|bearer|session|security|api|bot|app|deploy|personal\saccess"
    r"|private|job|csrf|xsrf|vault|registry|oauth|user)[\s_.-]?tokens?"
    r"|(?:client|app|application|webhook|signing|shared|consumer|oauth|jwt|api)[\s_.-]?secrets?"
    r"|(?-i:[a-z](?:Token|Secret)(?![a-z]))|apikey|genie_?key|connection[\s_-]?string"
)
_TOKEN = r"(?<![A-Za-z\[])(?:token|secret)"  # noqa: S105 - an expression
_KEY = r"(?<![A-Za-z])(?:keys?|tokens|secrets)"
_LOOSE = r"(?<![A-Za-z])(?:auth|pass|credentials?|creds|session(?:[\s_-]?id)?|sid|jsessionid|phpsessid|otp)"
_SIGN = (
    r"(?P<assign>\s{0,8}(?::=|=>|==?|\uff1d)\s{0,8})"
    r"|(?P<cell>\s{1,4}\|\s{1,4})"
    r"|(?P<colon>(?:\s{0,4}[:\uff1a\u2192]|\s{1,4}->(?=\s))[*_]{0,3}\s{0,8}(?:</?[a-z]{1,10}>\s{0,2}){0,3})"
    r"|(?P<verb>\s{1,4}(?:(?:(?:was|is|has\sbeen|got)\s)?(?:set|changed|reset|rotated|updated)\sto"
    r"|is|was|are|now|ist|lautet|war|est|es|è|heißt|will\sbe|to)\s{1,4}:?\s{0,2})"
    r"|(?P<blank>[\s#(]{1,4})"
)
_ABOUT = (
    r"\s?\([^()\n]{1,60}\)"
    r"|\s(?:for|of|to|on|at|für|von|pour|de)\s[\w@./-]{1,60}(?:\s[\w@./-]{1,40})?(?=\s{0,2}(?:[:=]|\bis\b|\bist\b))"
)
_CUE = re.compile(
    rf"(?i:(?P<password>{_LOGIN_WORDS})|(?P<strong>{_STRONG})|(?P<token>{_TOKEN})|(?P<key>{_KEY})|(?P<loose>{_LOOSE}))"
    rf"(?:{_ABOUT})?"
    r"(?P<close>\\{0,4}[\"'`\])*_]{0,4})"
    rf"(?i:{_SIGN})"
    r"(?P<open>\\{0,4}[\"'`]{0,3})"
)
_VALUE = re.compile(r"[^\s\"'`]{1,4000}")
_QUOTED_MOST = 500
_TAIL = ".,;:)]}>"
_NEXT = re.compile(r"&(?:amp;)?[\w.%-]{1,60}=|[;,|]\s?[\w. -]{1,40}[=:]|[,;|](?=[\"'])|<[/a-z]")
_NEXT_PART = re.compile(r"[&#]")
_AND = re.compile(r"\s{0,2}(?:,|/|;|\band\b|\bor\b|\bund\b|\bet\b)\s{0,2}")
_MATCHER = re.compile(r"[{,]\s{0,2}[\w.-]{0,60}\Z")
# Keys of another kind: what stands before the word says so.
_OTHER_KEY = re.compile(
    r"(?i)(?:dedup(?:e|lication)?|cache|partition|primary|foreign|sort|shard(?:ing)?|idempotency|object|row|map|redis|etag"
    r"|issue|ticket|lookup|hash|public|host|index|composite|unique|message|kafka|incident|alert|group(?:ing)?|lock|hot"
    r"|registry|config(?:uration)?|s3|bucket|feature|translation|metric|label|tag|record|document|memcached?|lru"
    r"|ssh|gpg|pgp)[\s_.-]?\Z"
)
# What Grafana puts before the names of a dashboard's variables in its addresses.
_VARIABLE = "var-"
_SHORTEST = 4
_LEAST = 6
_LONG = 16
_KEY_DIGITS = 16
_KEY_LENGTH = 20
_STRONG_LENGTH = 12
_COUNT_DIGITS = 7


def find(view: View) -> Iterator[Span]:
    """Where secrets stand behind the word for them in a reading of a text."""
    position = 0
    for start, end in _around_hints(view.lowered):
        position = max(position, start)
        while cue := _CUE.search(view.text, position, end):
            position = cue.end()
            span = _value(view.text, cue)
            if span is not None and _tells(view.text, cue, *span):
                yield Span(*span, SECRET, _what(cue))
                position = span[1]
                for more in _in_a_row(view.text, position):
                    yield Span(*more, SECRET, _what(cue))
                    position = more[1]


def _around_hints(lowered: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text in which a word for a secret, and what joins it to its value, can lie; none overlaps."""
    start = end = -1
    for hint in _HINT.finditer(lowered):
        if hint.start() - _LONGEST_WORD > end:
            if end >= 0:
                yield start, end
            start = max(0, hint.start() - _LONGEST_WORD)
        end = hint.end() + _LONGEST_JOINT
    if end >= 0:
        yield start, end


def _in_a_row(text: str, position: int) -> Iterator[tuple[int, int]]:
    """Bare keys that stand in a row behind one."""
    while (joint := _AND.match(text, position)) and (found := _VALUE.match(text, joint.end())):
        value = found[0].rstrip(_TAIL)
        if not _is_bare_key(value):
            return
        position = joint.end() + len(value)
        yield joint.end(), position


def _what(cue: re.Match[str]) -> str:
    if cue["password"]:
        return "a password"
    return "a key" if cue["key"] or "key" in (cue["strong"] or "").lower() else "a token"


def _value(text: str, cue: re.Match[str]) -> tuple[int, int] | None:
    """Where the value behind a word begins and ends; None where there is none."""
    start, quote = cue.end(), cue["open"]
    if quote:
        end = text.find(quote, start, start + _QUOTED_MOST)
        line = text.find("\n", start, start + _QUOTED_MOST)
        if end > start and not start <= line < end:
            return start, end
    found = _VALUE.match(text, start)
    if found is None:
        return None
    end = found.end()
    if text[max(0, cue.start() - 1) : cue.start()] in {"?", "&"} and (part := _NEXT_PART.search(text, start + 1, end)):
        end = part.start()
    if following := _NEXT.search(text, start + 1, end):
        end = following.start()
    while end > start + 1 and text[end - 1] in _TAIL:
        end -= 1
    if text[end - 1] == "\\" and end < len(text) and text[end] in "\"'":
        end -= 1
    return (start, end) if end > start else None


def _tells(text: str, cue: re.Match[str], start: int, end: int) -> bool:
    """Whether the value behind a word is a secret."""
    value = text[start:end]
    if values.is_placeholder(text[start : start + _QUOTED_MOST]):
        return False
    if cue["password"]:
        return _is_password(text, cue, value, end)
    if cue["key"]:
        return not _OTHER_KEY.search(text, max(0, cue.start() - 20), cue.start()) and _is_bare_key(value)
    if _is_matcher(text, cue) or text.endswith(_VARIABLE, 0, cue.start()):
        return values.is_random(value, _LONG)
    if cue["loose"]:
        is_pair = cue["loose"].lower().startswith("cred")
        is_assigned = bool(cue["assign"] or cue["colon"])
        return is_assigned and values.is_random(value, _LEAST + 2) and (is_pair or not values.is_worded(value))
    return _is_token(text, cue, value, end)


def _is_password(text: str, cue: re.Match[str], value: str, end: int) -> bool:
    """Whether what stands behind the word password is one."""
    if value.startswith(("/", "~", "./", "http")) or (values.is_state(value) and not cue["open"]):
        return False  # a path is that of PWD, or of where it is kept
    if (cue["assign"] or cue["colon"]) and not _is_prose(cue):
        return not value.endswith("%")  # which share of failures was about passwords
    if cue["blank"] and value.isdigit():
        return len(value) >= _LEAST and _is_pin_like(text, end)
    if cue["verb"] and not _is_prose(cue):
        is_word = not values.is_worded(value) and _ends(text, cue, end, ",;")
        return is_word or values.is_random(value, _SHORTEST) or (value.isdigit() and len(value) >= _SHORTEST)
    return values.is_random(value, _SHORTEST if cue["cell"] else _LEAST)


def _is_token(text: str, cue: re.Match[str], value: str, end: int) -> bool:
    """Whether what stands behind the word token, secret or a stronger one is one."""
    if value.isdigit() and len(value) <= _COUNT_DIGITS:
        return False
    if cue["blank"] or cue["cell"]:
        return _is_bare_key(value) or values.is_mixed(value, _STRONG_LENGTH if cue["strong"] else _KEY_LENGTH)
    if values.is_uuid(value):
        return True
    if values.is_state(value) or values.is_ordinary(value):
        return False
    if cue["assign"]:
        return True
    is_change = (cue["verb"] or "").split()[-1:] == ["to"]
    return values.is_random(value, _LEAST) or (not (is_change or _is_prose(cue)) and _ends(text, cue, end, ""))


def _is_prose(cue: re.Match[str]) -> bool:
    """Whether a sentence begins behind a word rather than a value: "agent.c (get_passphrase): Renamed."."""
    return cue["colon"] is not None and ")" in cue["close"]


def _is_bare_key(value: str) -> bool:
    """Whether a value can only be a key: a long hexadecimal number, or letters and digits without a word among them."""
    return (
        values.is_hexadecimal(value, _KEY_DIGITS)
        or values.is_opaque(value, _KEY_LENGTH)
        or values.is_mixed(value, _KEY_LENGTH)
    )


def _is_pin_like(text: str, end: int) -> bool:
    """Whether a number stands for itself, not for how many of what follows."""
    return not re.match(r"\s{0,2}[A-Za-z%]", text[end : end + 3])


def _ends(text: str, cue: re.Match[str], end: int, commas: str) -> bool:
    """Whether a sentence, a line or a quotation ends behind a value: a word alone there is the secret itself."""
    if cue["open"]:
        return True
    rest = text[end : end + 4].removeprefix(".").removeprefix("!").lstrip(" ")
    return not rest or rest[0] in "\n\r)\"'<|" or rest[0] in commas


def _is_matcher(text: str, cue: re.Match[str]) -> bool:
    """Whether a word is a label's name in a selector, such as ``{token="eu1"}``."""
    is_label = bool(cue["open"]) and cue["assign"] is not None and not cue["close"]
    return is_label and _MATCHER.search(text, max(0, cue.start() - 64), cue.start()) is not None
