"""What people type to get into a conference, or into an account: PINs, passcodes, conference ids, one-time codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.redaction import values
from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

_PIN = "a conference's number or PIN"
_FEWEST = 4
_HINTS = ("pin", "code", "id", "otp", "conf", "meeting", "webinar", "einwahl", "konferenz", "number", "password", "no")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}[-./](?:0\d|1[0-2])[-./](?:[0-2]\d|3[01])(?!\d)")
_TYPED = re.compile(
    r"(?i:(?<![A-Za-z])(?:"
    r"(?P<number>pins?(?:[ -]?(?:code|no\.?|number))?|(?:conference|conf\.?|meeting|webinar|bridge|participant|host"
    r"|moderator|guest|attendee|attendant|leader|chairperson|access|security|entry|join(?:ing)?|audio|event)[ -]?"
    r"(?:id|code|pin|number|no\.?|key|passcode|password)"
    r"|phone conference id|einwahl\w{0,10}|konferenz-?(?:id|nummer|code|pin)"
    r"|(?:verification|one[ -]time|2fa|mfa|otp|recovery|backup|authentication|login|sms|security)[ -]codes?|otp)"
    r"|(?P<word>passcodes?|pass[ -]code|meeting password|webinar password|zugangscode|kenncode|code d'accès)"
    r"|(?P<any>code|id))"
    r"(?P<sign>(?:\s?\([^()\n]{1,40}\))?\)?\s{0,3}(?:[:=\uff1a]|\bis\b|\bist\b|\#)?\s{0,3}[\"'`(]?))"
    r"(?P<it>\*?\d[\d -]{0,20}\d\#?|\d\#|[^\s\"'`,;<>)\]|&]{3,64})"
)
_DIGITS = re.compile(r"\*?\d{3,12}(?:[ -]\d{2,6}){0,5}\#?")


def find(view: View) -> Iterator[Span]:
    """Where conferences' numbers and the like are in a reading of a text."""
    if not any(hint in view.lowered for hint in _HINTS):
        return
    for found in _TYPED.finditer(view.text):
        if span := _typed(view.text, found):
            yield Span(*span, SECRET, _PIN)


def _typed(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    """Where the number is that is typed into a conference; None where it is another."""
    value, start = found["it"], found.start("it")
    number = _DIGITS.match(value)
    if found["any"]:
        is_link = text[max(0, found.start() - 1) : found.start()] in {"?", "&", "_", "="}
        return (start, start + len(number[0])) if number and number[0].endswith("#") and not is_link else None
    if found["word"]:
        value = number[0] if number else value.rstrip(".!?:")
        tells = not values.is_placeholder(value) and not values.is_state(value)
        is_said = bool(found["sign"].strip()) or number is not None or values.is_random(value, _FEWEST)
        return (start, start + len(value)) if tells and is_said else None
    if number is None or _DATE.search(value):
        return None
    end = start + len(number[0])
    return None if text[end : end + 1] in {".", ":", "/"} else (start, start + len(number[0].rstrip(" -")))
