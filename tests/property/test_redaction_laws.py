"""No form of a secret comes through, masking twice is masking once, and no text takes for ever."""

from __future__ import annotations

import base64
import html
import json
import string
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pm_autofill.redaction.literals import Literal
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.shapes import Shapes, mask

if TYPE_CHECKING:
    from collections.abc import Callable

INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u00ad", "\ufeff", "\u2060", "\u202e", "\u034f", "\ufe0f", "\x1b[31m")


def percent(text: str, digits: str = "02X") -> str:
    """Every byte percent-encoded."""
    return "".join(f"%{byte:{digits}}" for byte in text.encode())


# What servers, editors and our own writers make of a text.
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "percent-encoded where needed": lambda text: quote(text, safe=""),
    "percent-encoded": percent,
    "percent-encoded in small letters": lambda text: percent(text, "02x"),
    "percent-encoded twice": lambda text: percent(percent(text)),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "as JSON's numbers": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "with slashes escaped": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in HTML": html.escape,
    "as HTML's numbers": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "as HTML's hexadecimal numbers": lambda text: "".join(f"&#x{ord(one):X};" for one in text),
    "in Markdown": lambda text: "".join(f"\\{one}" if one in string.punctuation else one for one in text),
    "in a link in JSON": lambda text: json.dumps(quote(text, safe=""))[1:-1],
    "in hexadecimal": lambda text: text.encode().hex(),
    "in hexadecimal capitals": lambda text: text.encode().hex().upper(),
    "as bytes of Python": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "wrapped": lambda text: f"{text[:4]}\r\n    {text[4:]}",
}
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40).filter(
    lambda text: Literal(text).is_telling
)


@given(SECRETS, st.sampled_from(sorted(FORMS)))
@settings(max_examples=600, deadline=None)
def test_no_form_comes_through(secret: str, form: str) -> None:
    """Whatever a secret was written as, nothing of it is left."""
    left = Secrets.of([secret]).mask(f"said {FORMS[form](secret)} there")
    assert left.replace("\\", "") == "said [secret] there"  # a backslash escaped by one is masked in part


@settings(deadline=None)
@given(SECRETS, st.sampled_from(INVISIBLE), st.integers(1, 5), st.sampled_from(["as it is", "percent-encoded"]))
def test_no_invisible_character_hides_one(secret: str, sign: str, every: int, form: str) -> None:
    """Neither blanks of no width nor marks of direction, wherever they stand in it."""
    written = FORMS[form](secret)
    split = sign.join(written[place : place + every] for place in range(0, len(written), every))
    assert Secrets.of([secret]).mask(f"said {split} there") == "said [secret] there"


@given(SECRETS, st.text(string.ascii_letters, max_size=7), st.text(string.ascii_letters, max_size=7), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_base64_holds_one(secret: str, before: str, after: str, safe: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever stands before and behind it inside, as in ``user:password``; what is left decodes to none of it."""
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    written = encode(f"{before}:{secret}{after}".encode()).decode()
    left = Secrets.of([secret]).mask(f"Basic {written}")
    assert "[secret]" in left
    rest = left.removeprefix("Basic ").partition("[secret]")
    for part in (rest[0], rest[2]):
        decoded = base64.b64decode(part.rstrip("=")[: len(part) // 4 * 4] + "====", altchars=b"-_")
        assert secret[:3].encode() not in decoded or secret[:3] in before + after


@settings(deadline=None)
@given(SECRETS, st.data())
def test_a_mixture_of_escapes_is_undone(secret: str, data: st.DataObject) -> None:
    """Some letters percent-encoded, the others not, in either case of the digits."""
    assume("%" not in secret)
    kinds = data.draw(st.lists(st.sampled_from(["{0}", "%{1:02x}", "%{1:02X}"]), min_size=40, max_size=40))
    written = "".join(kind.format(one, ord(one)) for kind, one in zip(kinds, secret, strict=False))
    assert Secrets.of([secret]).mask(written) == "[secret]"


@settings(deadline=None)
@given(SECRETS)
def test_a_secret_that_was_cut_is_known_by_its_beginning(secret: str) -> None:
    """Before an ellipsis, and where the text ends; unless what is left is a mere word or a few letters."""
    part = secret[: max(8, len(secret) - 3)]
    assume(part != secret and any(one.isdigit() for one in part) and any(one.isalpha() for one in part))
    assume(part[-1] not in "\"'`)]}>.,;…")
    assert Secrets.of([secret]).mask(f"said {part}… and more") == "said [secret]… and more"
    assert Secrets.of([secret]).mask(f"said {part}") == "said [secret]"


FRAGMENTS = (
    *("password", "pwd", "token", "key", "api key", "secret", "Authorization", "Bearer", "Cookie", "PIN", "Passcode"),
    *(
        "is",
        ":",
        "=",
        " ",
        "  ",
        ", ",
        "\n",
        "(",
        ")",
        '"',
        "\\",
        "%3D",
        "&",
        "?",
        "#",
        "--",
        "https://",
        "@",
        "/",
        "…",
    ),
    *("hunter2", "swordfish", "ghp_abcdefghij0123456789", "0123456789abcdef0123456789abcdef", "dXNlcjpwYXNz", "x"),
    *("call", "tel:", "phone", "+44 20 7946 0958", "07700 900123", "4155551212", ",,1234#", "x12", "1763473337", "3"),
    *(
        "[secret]",
        "[phone]",
        "[address]",
        "\u200b",
        "-----BEGIN PRIVATE KEY-----",
        "MIIEabcdefghijklmnopqrstuv",
        "eyJhbGci.eyJz",
    ),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
@settings(max_examples=1000, deadline=None)
def test_masking_twice_is_masking_once(text: str) -> None:
    """What is left of a text holds nothing more to mask, so evidence read again is the same."""
    once = mask(text, Shapes()).text
    assert mask(once, Shapes()).text == once


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_masked(text: str) -> None:
    """Halves of characters, controls, anything."""
    mask(text, Shapes(), Secrets.of(["canary-u7Qp2Zx9"]))


REPEATED = (
    *(
        "a",
        "1",
        "0",
        "+1 ",
        "1 ",
        "(1",
        "1.",
        "+1,,",
        "call 1 ",
        "pin 1",
        "[phone],",
        "\u200b",
        "é",
        "\x1b[",
        "<!-- -->",
    ),
    *(
        "password=",
        "password ",
        "password for ",
        "key ",
        "token ",
        "?token=",
        "&key=a",
        "--token ",
        "-u a:",
        "Cookie: a=",
    ),
    *(
        "eyJ",
        "eyJa.",
        "eyJaaaaaa-",
        "ghp_",
        "://",
        "://a:",
        "://a:b@",
        "a:b@tcp",
        "https://a/hooks/",
        "%25",
        "%41",
        "\\",
    ),
    *("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "AAAAAAAAAAAAAAAAAAAA ", "b3BlbnNzaC1rZXktdjAAAA"),
    *(
        '{a="',
        "Authorization: ",
        "basic ",
        "mysql -",
        "teams.microsoft.com/meet/a?",
        "123456789:AA",
        "&amp;",
        "\\u0041",
    ),
)


@pytest.mark.parametrize("part", REPEATED)
def test_no_text_takes_for_ever(part: str) -> None:
    """Much of what every expression begins to fit takes time in proportion; the timeout tells otherwise."""
    text = (part * (100_000 // len(part) + 1))[:100_000] + "!"
    found = Shapes.of(("a*1*b*c", "*xyz"), ()).find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
