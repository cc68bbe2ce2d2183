"""Secrets that stand behind the word for them: ``password=...``, ``Authorization: ...``, ``--token ...``, ``key 3f2a...``.

The word has to stand directly before: "commit 3f2a9c1 of the key rotation" names no key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.redaction import values
from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.redaction.views import View

_HINTS = (
    "pass", "pw", "secret", "token", "key", "auth", "cred", "cookie", "bearer", "basic", "kennwort", "senha", "session",
    "sid", "ssws", "otp", "contrase", "lösenord", "hasło", "парол", "密码", "パスワード", "connection", "-u ", "-p", "-a ",
    "--pin", "wachtwoord", "--user",
)  # fmt: skip

_PASSWORD = (
    r"pass(?:word|wd|wort|phrase|code)|(?<![A-Za-z])p(?:ass)?wd|(?<![A-Za-z])pw|kennwort|mot\sde\spasse"
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
    r"(?P<assign>\s{0,8}(?::=|=>|==?|＝)\s{0,8})"
    r"|(?P<cell>\s{1,4}\|\s{1,4})"
    r"|(?P<colon>\s{0,4}(?:[:：→]|->)[*_]{0,3}\s{0,8}(?:</?[a-z]{1,10}>\s{0,2}){0,3})"
    r"|(?P<verb>\s{1,4}(?:is|was|are|now|ist|lautet|war|est|es|è|heißt|will\sbe|set\sto|changed\sto|to)\s{1,4}:?\s{0,2})"
    r"|(?P<blank>[\s#(]{1,4})"
)
_ABOUT = (
    r"\s?\([^()\n]{1,60}\)"
    r"|\s(?:for|of|to|on|at|für|von|pour|de)\s[\w@./-]{1,60}(?:\s[\w@./-]{1,40})?(?=\s{0,2}(?:[:=]|\bis\b|\bist\b))"
)
_CUE = re.compile(
    rf"(?i:(?P<password>{_PASSWORD})|(?P<strong>{_STRONG})|(?P<token>{_TOKEN})|(?P<key>{_KEY})|(?P<loose>{_LOOSE}))"
    rf"(?:{_ABOUT})?"
    r"(?P<close>\\{0,4}[\"'`\])*_]{0,4})"
    rf"(?i:{_SIGN})"
    r"(?P<open>\\{0,4}[\"'`]{0,3})"
)
_VALUE = re.compile(r"[^\s\"'`&]{1,4000}")
_QUOTED_MOST = 500
_TAIL = ".,;:!?)]}>"
_NEXT = re.compile(r"[;,|]\s?[\w. -]{1,40}[=:]|[,;|](?=[\"'])|<[/a-z]")
_MATCHER = re.compile(r"[{,]\s{0,2}[\w.-]{0,60}\Z")
_LABEL_SIGNS = re.compile(r"=~?|!=|!~|=\Z")
# Keys of another kind: what stands before the word says so.
_OTHER_KEY = re.compile(
    r"(?i)(?:dedup(?:e|lication)?|cache|partition|primary|foreign|sort|shard(?:ing)?|idempotency|object|row|map|redis|etag"
    r"|issue|ticket|lookup|hash|public|host|index|composite|unique|message|kafka|incident|alert|group(?:ing)?|lock|hot"
    r"|registry|config(?:uration)?|s3|bucket|feature|translation|metric|label|tag|record|document|memcached?|lru"
    r"|ssh|gpg|pgp)[\s_.-]?\Z"
)
# What Grafana puts before the names of a dashboard's variables in its addresses.
_VARIABLE = "var-"
_LEAST = 6
_LONG = 16
_KEY_DIGITS = 16
_KEY_LENGTH = 20
_COUNT_DIGITS = 7

_SCHEMES = (
    r"bearer|basic|token|apikey|api-key|geniekey|digest|ssws|splunk|negotiate|ntlm|hawk|aws4-hmac-sha256|signature|key"
    r"|oauth|bot|jwt|sharedaccesssignature|sharedkey"
)
_HEADER = re.compile(
    rf"(?i)\bauthori[sz]ation[\"'\\\]]{{0,6}}\s{{0,4}}[:=]\s{{0,4}}[\"'\\\[]{{0,6}}(?:(?P<scheme>{_SCHEMES})\s{{1,4}})?"
    r"(?P<it>[^\s\"'\\][^\r\n\"'\\]{0,4000})"
)
_SCHEME = re.compile(
    r"(?i)(?<![A-Za-z])(?P<scheme>bearer|basic|geniekey|ssws|token\stoken=|apikey)\s{0,4}[\"']?(?P<it>[A-Za-z0-9._~+/=|:-]{4,4000})"
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
    r"(?<![\w-])(?:-u|-U|--user|--proxy-user)[= ]{0,3}[\"']?(?P<user>[\w.@+\\-]{0,64}[A-Za-z][\w.@+\\-]{0,64}):(?P<it>[^\s\"']{4,400})"
)
_COMMAND_FLAG = re.compile(
    r"\b(?:mysql\w{0,10}|mariadb\w{0,10}|sshpass|docker\slogin|redis-cli|mongo\w{0,8}|smbclient|ldapsearch)\s[^\n|;]{0,200}?"
    r"(?<![\w-])(?:-p|-a|-w)[\s=]?[\"']?(?P<it>[^\s\"'-][^\s\"']{3,200})"
)


def find(view: View) -> Iterator[Span]:
    """Where secrets stand behind the word for them in a reading of a text."""
    text, lowered = view.text, view.lowered
    for hint in _HINTS:
        if hint in lowered:
            break
    else:
        return
    yield from _behind_cues(text)
    for expression, judge, what in _FORMS:
        for found in expression.finditer(text):
            end = judge(found)
            if end > found.start("it"):
                yield Span(found.start("it"), end, SECRET, what)


def _behind_cues(text: str) -> Iterator[Span]:
    """Where secrets stand behind a word for them; what is in one is not looked at again."""
    position = 0
    while cue := _CUE.search(text, position):
        position = cue.end()
        span = _value(text, cue)
        if span is not None and _tells(text, cue, *span):
            yield Span(*span, SECRET, _what(cue))
            position = span[1]


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
    if cue["key"] or (cue["strong"] and _is_of_another_kind(text, cue)):
        return not _OTHER_KEY.search(text, max(0, cue.start() - 20), cue.start()) and _is_bare_key(value)
    if _is_matcher(text, cue) or text.endswith(_VARIABLE, 0, cue.start()):
        return values.is_random(value, _LONG)
    if cue["loose"]:
        return bool(cue["assign"] or cue["colon"]) and values.is_random(value, _LEAST + 2)
    return _is_token(text, cue, value, end)


def _is_of_another_kind(text: str, cue: re.Match[str]) -> bool:
    """Whether a key is called by a word that other keys have too, such as "service key"."""
    return _OTHER_KEY.search(text, max(0, cue.start() - 20), cue.start()) is not None


def _is_password(text: str, cue: re.Match[str], value: str, end: int) -> bool:
    """Whether what stands behind the word password is one."""
    if value.startswith(("/", "~", "./")):
        return False  # of PWD, and of files that hold one
    if cue["cell"]:
        return values.is_random(value, 4)
    if cue["blank"]:
        return values.is_random(value, _LEAST) or (value.isdigit() and len(value) >= _LEAST and _is_pin_like(text, end))
    if values.is_state(value) and not cue["open"]:
        return False
    if cue["assign"] or cue["colon"]:
        return True
    return values.is_random(value, 4) or (value.isdigit() and len(value) >= 4) or _ends(text, cue, end, ",;")


def _is_token(text: str, cue: re.Match[str], value: str, end: int) -> bool:
    """Whether what stands behind the word token, secret or a stronger one is one."""
    if value.isdigit() and len(value) <= _COUNT_DIGITS:
        return False
    if cue["blank"] or cue["cell"]:
        return _is_bare_key(value) or values.is_mixed(value, _KEY_LENGTH)
    if values.is_uuid(value):
        return True
    if values.is_state(value) or values.is_ordinary(value):
        return False
    if cue["assign"]:
        return True
    return values.is_random(value, _LEAST) or _ends(text, cue, end, "")


def _is_bare_key(value: str) -> bool:
    """Whether a value can only be a key: a long hexadecimal number, or letters and digits without a word among them."""
    return values.is_hexadecimal(value, _KEY_DIGITS) or values.is_opaque(value, _KEY_LENGTH)


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
    if scheme:
        return found.end("it")
    return end if values.is_random(first, _LEAST) or values.is_uuid(first) else found.start("it")


def _end_of_scheme(found: re.Match[str]) -> int:
    """Where a credential ends that its scheme stands before; its start where it is a word of a sentence."""
    scheme, value = found["scheme"].lower(), found["it"].rstrip(_TAIL)
    end = found.start("it") + len(value)
    if scheme == "basic":
        return end if _is_pair(value) else found.start("it")
    tells = values.is_random(value, _LEAST + 2) or values.is_uuid(value) or len(value) > _KEY_LENGTH
    return end if tells and not values.is_state(value) else found.start("it")


def _is_pair(value: str) -> bool:
    """Whether a value is base64 of a user's name and a password."""
    import base64
    import binascii

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
