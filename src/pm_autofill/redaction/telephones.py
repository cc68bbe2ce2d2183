"""Telephone numbers, and the strings people dial into conferences with."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from pm_autofill.redaction.marks import PHONE, Span, merge, replace
from pm_autofill.redaction.views import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

_NUMBER = "a telephone number"

# Anything that could be one; what it is decide the characters in it and the words before.
_GAP = r"[ .\u2010-\u2013-]{0,2}"
_AREA = r"\((?=\d{1,5}\))"
_CANDIDATE = re.compile(
    rf"(?<![\w+])(?:\(\+(?=\d{{1,3}}\))|\+ ?)?(?:{_AREA})?\d(?:(?:{_GAP}{_AREA}|\){_GAP}| ?/ ?|{_GAP})\d){{5,19}}"
)
_SEPARATOR = re.compile(r"(?<=\d)[ .()/\u2010-\u2013-]+(?=\d)")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d{2}[-./](?:0\d|1[0-2])[-./](?:[0-2]\d|3[01])(?!\d)|(?<!\d)(?:[0-2]\d|3[01])[./](?:0\d|1[0-2])[./](?:19|20)\d{2}(?!\d)"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:[^\d.].*)?")
_YEAR = r"(?:19|20)\d{2}(?:[-./](?:0?[1-9]|1[0-2]))?"
_MONTHS = re.compile(rf"\(?{_YEAR}[ .()/\u2010-\u2013-]{{0,3}}(?:{_YEAR})?")
# Numbers between dots, one of them of a digit or two; in some countries telephone numbers are in pairs.
_VERSION = re.compile(r"\d{4}\.\d{1,2}\.\d{1,4}|\d{1,4}(?:\.\d{1,2}){2}\.\d{1,4}|\d{1,2}(?:\.\d{1,4}){1,2}")
_NOT_NUMBERS = (_MONTHS, _ADDRESS, _VERSION)
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}")
_NORTH_AMERICAN_DIGITS = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
# Country codes of the ITU's list (E.164, annex of 2023): one to three digits, none of which begins another.
_COUNTRY = re.compile(
    r"1|7|2(?:0|7|1[1-368]|[2-35]\d|4\d|6\d|9[0178])|3(?:[0-469]|5\d|7\d|8[0-35-79])|4(?:[013-9]|2[013])"
    r"|5(?:[1-8]|0\d|9\d)|6(?:[0-6]|7\d|8\d|9[0-2])|8(?:[1246]|0[08]|5\d|7[0-4]|8[0-8])|9(?:[0-58]|6\d|7\d|9\d)"
)
_TRUNK = re.compile(
    r"0[1-9]\d{1,3}[ ](?:\d{3,4}[ ]\d{3,4}|\d{6,7})|0[1-9]\d{2,3}-\d{3,4}-\d{3,4}|\(0[1-9]\d{1,4}\) ?\d[\d ]{4,9}"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[ .]\d{3})+")
_EPOCH = re.compile(r"1[4-9]\d{8}(?:\d{3}|\d{6}|\d{9})?")
_UNITS = re.compile(
    r"\s?(?:bytes?|requests?|events?|errors?|rows?|users?|messages?|items?|samples?|series|ms|us|ns|s|sec\w*|min\w*|h|req\w*"
    r"|%|[KMGT]i?B|B|rps|qps|ops)\b",
    re.IGNORECASE,
)
_CUES = (
    r"(?P<sure>(?:tele)?phones?(?:\s?(?:no|nr|number)\b\.?)?|tel(?:\.|\b)|tél(?:\.|\b)|t[ée]l[ée]phone|telefon\w{0,10}|teléfono"
    r"|telefone|telefono|telefoon\w{0,8}|mobile|mobil\w{0,10}|mobiel|mob\.?|cell(?:ular|\s?phone|ulare)?|handy\w{0,8}|portable"
    r"|landline|hotline|helpline|fax|ph\.?|fon|tlf\.?|puhelin|durchwahl|rufnummer|whatsapp|signal|sms|pager|dial(?:-?in|ing)?"
    r"|wa\.me/?|(?:my|his|her|their|your|contact|emergency|on-?call|office|home|work|direct|duty)\s(?:number|line|no\.?)"
    r"|numéro|numero|number to call|call-?back|電話(?:番号)?|电话|手机)"
    r"|(?P<likely>call(?:s|ed|ing)?|ring(?:ing)?|rang|phoned|text(?:ed)?|reach(?:ed|able)?|contact(?:ed)?|anruf\w{0,4}"
    r"|ruf\w{0,3}|angerufen|appel\w{0,4}|joindre|llam\w{0,6}|ligar|ligue|chiam\w{0,6}|bel(?:len)?|ringa?|zadzwo\w{0,4}"
    r"|bridge|conference|conf\.?|desk|office|extension)"
)
_CUE = re.compile(
    rf"(?i:(?:^|[^\w])(?:{_CUES})(?!\w)[\s:\uff1a.=#>\"'(\[-]{{0,5}}"
    r"(?:(?:to|sent|me|us|him|her|them|on|at|is|was|the|no\.?|nr\.?|number|bridge|support|noc|desk|line|via|under|unter|au|al|am|le|la"
    r"|it|op|on-?call|person|manager|(?-i:[A-Z][a-z]{1,12}))[\s:.=-]{1,3}){0,2}\(?)\Z"
)
_ORDER = re.compile(
    r"(?i)(?:order|invoice|ticket|ref(?:erence)?|id|ids|account|acct|batch|serial|sku|part|case|bug|issue|build|job|run|trace"
    r"|span|request|req|transaction|txn|payment|customer|epoch|timestamp|ts|port|pid|version|offset|hash|key)\W{0,3}"
    r"(?:(?:no|nr|number|id|is)\W{0,3})?\Z"
)
_BETWEEN = re.compile(r"\s{0,2}(?:or|and|oder|und|ou|et|y|o|e|[,;/|&])\s{0,2}", re.IGNORECASE)
_BEFORE = 60
# Digits: of a number within a town, of one with its country's code, and at most (E.164).
_LEAST = 6
_SHORTEST = 8
_LONGEST = 15

# Behind a number: pauses and what is dialled after them, an extension, the parameters of a tel: address.
_TAIL = re.compile(
    r"(?:[ ]?,{2,20}[ ]?[*#]?\d{0,15}[*#]?"
    r"|[ ]?,[*#]?\d{1,15}(?![ .-]?\d)[*#]?"
    r"|;(?:ext|phone-context|postd|isub|tgrp)=[\w.,*\#+-]{1,60}"
    r"|;\d{1,15}\#?"
    r"|[ ]?[pPwW][*#]?\d{1,15}\#?"
    r"|[ ]?[*#]{1,2}(?:\d{1,15}[*#]?)?"
    r"|[ ]?(?i:x|ext\.?|extension|durchwahl|dw|poste|toestel|anexo|ramal|int\.)[ .:]{0,2}\d{1,8}\#?"
    r"){1,8}"
)
_MARKED = re.compile(r"(?<=\[phone\])")

_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


def find(view: View) -> Iterator[Span]:
    """Where telephone numbers and conferences' numbers are in a reading of a text."""
    text = view.text
    if not _DIGIT.search(text):
        return
    position, last = 0, -1
    while candidate := _CANDIDATE.search(text, position):
        follows = last >= 0 and _BETWEEN.fullmatch(text, last, candidate.start()) is not None
        end = _end_of_number(text, candidate, follows=follows)
        position = end or candidate.end()
        if end:
            last = end
            yield Span(candidate.start(), end, PHONE, _NUMBER)
    for mark in _MARKED.finditer(text):
        if tail := _TAIL.match(text, mark.end()):
            yield Span(mark.end() - len("[phone]"), tail.end(), PHONE, _NUMBER)


def mask_unmistakable(text: str) -> str:
    """A text without the telephone numbers that nothing else looks like, and without what is dialled after them.

    Those are numbers with a country's code, or in North America's notation.
    """
    if not _DIGIT.search(text):
        return text
    view, found = visible(text), []
    for candidate in _CANDIDATE.finditer(view.text):
        start, end = candidate.span()
        number = candidate[0]
        place = _place_of(view.text[max(0, start - _BEFORE) : start], follows=False)
        is_told = number.startswith("+") or _NORTH_AMERICAN.fullmatch(number) is not None
        if is_told and _is_number(view.text, start, end, place):
            tail = _TAIL.match(view.text, end)
            found.append(Span(*view.place(start, tail.end() if tail else end), PHONE, _NUMBER))
    return replace(text, merge(found))


def _end_of_number(text: str, candidate: re.Match[str], *, follows: bool) -> int:
    """Where a telephone number ends, with what is dialled after it; 0 where a candidate is none.

    Args:
        text: The text.
        candidate: What could be a number, or a number and figures behind it.
        follows: Whether it stands in a row behind another one.
    """
    start = candidate.start()
    place = _place_of(text[max(0, start - _BEFORE) : start], follows=follows)
    gaps = [found.start() for found in _SEPARATOR.finditer(text, start, candidate.end())]
    for end in (candidate.end(), *reversed(gaps)):
        if _is_number(text, start, end, place):
            tail = _TAIL.match(text, end)
            return tail.end() if tail else end
    return 0


class _Place(StrEnum):
    """What the words before a number say of it."""

    SURE = "a word said of telephone numbers only"
    LIKELY = "a word said of telephone numbers among other things"
    OTHER = "a word for another kind of number, or a sign within a longer word"
    NONE = "nothing"


def _place_of(before: str, *, follows: bool) -> _Place:
    """What stands before a number; among figures, where there is no word, there is nothing to search."""
    is_worded = _LETTER.search(before) is not None
    cue = _CUE.search(before) if is_worded else None
    if follows or (cue and cue["sure"]):
        return _Place.SURE
    if cue:
        return _Place.LIKELY
    if before[-1:] in {".", "-", "/", ":", "=", "@", "#", "_"} or (is_worded and _ORDER.search(before)):
        return _Place.OTHER
    return _Place.NONE


def _is_number(text: str, start: int, end: int, place: _Place) -> bool:
    """Whether a stretch of a text is a telephone number."""
    number = text[start:end]
    digits = re.sub(r"\D", "", number)
    within_a_word = end < len(text) and text[end].isalnum()
    if len(digits) < _LEAST or (within_a_word and not _TAIL.match(text, end)):
        return False
    if _DATE.search(number) or any(one.fullmatch(number) for one in _NOT_NUMBERS):
        return False
    if "+" in number:
        return _is_international(text, number, digits, end, is_told=place in {_Place.SURE, _Place.LIKELY})
    if place in {_Place.SURE, _Place.LIKELY}:
        return _has_country(number) or _is_national(number, digits, sure=place is _Place.SURE)
    if place is _Place.OTHER or (end < len(text) and text[end] in "-:_@/"):
        return False
    return _has_country(number) or _NORTH_AMERICAN.fullmatch(number) is not None or _is_trunk(number, digits)


def _is_international(text: str, number: str, digits: str, end: int, *, is_told: bool) -> bool:
    """Whether a number with a plus sign begins with a country's code; a difference that was measured has a unit."""
    if digits.startswith("0") or not _COUNTRY.match(digits) or not _SHORTEST <= len(digits) <= _LONGEST:
        return False
    if _UNITS.match(text, end):
        return False
    return is_told or len(digits) < len(number) - 1 or len(digits) > _SHORTEST + 1


def _has_country(number: str) -> bool:
    """Whether two zeros are followed by a country's code that stands by itself."""
    code = re.match(r"00(\d{1,3})[ ./()-]", number)
    digits = re.sub(r"\D", "", number)
    return bool(code and _COUNTRY.fullmatch(code[1])) and _SHORTEST + 2 <= len(digits) <= _LONGEST + 2


def _is_national(number: str, digits: str, *, sure: bool) -> bool:
    """Whether a number behind a word such as "call" can be dialled: by its groups, its zero, or its length.

    Args:
        number: As written.
        digits: Its digits.
        sure: Whether the word is said of telephone numbers only.
    """
    if len(digits) > _LONGEST or len(digits) < _LEAST or _EPOCH.fullmatch(number):
        return False
    if _THOUSANDS.fullmatch(number):
        return False
    if digits.startswith("0") or number.startswith("("):
        return len(digits) >= _LEAST
    grouped = len(number) > len(digits)
    if sure:
        return len(digits) >= _LEAST + (0 if grouped else 1)
    return (grouped and len(digits) >= _LEAST + 1) or _NORTH_AMERICAN_DIGITS.fullmatch(digits) is not None


def _is_trunk(number: str, digits: str) -> bool:
    """Whether a number is in groups behind the zero that is dialled within a country."""
    return _TRUNK.fullmatch(number) is not None and _SHORTEST + 2 <= len(digits) <= _SHORTEST + 3
