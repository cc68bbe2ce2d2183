"""What a draft says, sentence by sentence, and which of it claims more than a part of the answers can bear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests.law.running import Draft

_MARKER = re.compile(r"<!--.*?-->")
_TARGET = re.compile(r"(?<=\])\([^()\s]*(?:\([^()]*\)[^()\s]*)*\)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=\S)|\s+\|\s+|^\s*\|\s*|\s*\|\s*$")
_CLAUSE = re.compile(r"\s*[;()]\s*|\s*[:,.](?:\s+|$)|\s+and\s+")
_QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`")

# Words of a sentence that need a complete reading behind them.
CLAIM = re.compile(
    r"\b(nobody|no one|none|no|not|never|nothing|neither|nor|without|only|all(?!-clear)|every|each|first|last"
    r"|latest|earliest|sooner|automatically|by automation|automation|by itself|both|complete|whole|once|always|stayed"
    r"|unaffected|largest|most|worst|highest|yes)\b|(?<![\d.,:])\b0\b(?![.,:%\d])",
    re.IGNORECASE,
)

_SYSTEM = "(PagerDuty|Prometheus|Grafana)"
# Sentences that admit something: what could not be read, or that a number is a bound. Each with its reason.
ADMISSIONS: tuple[tuple[str, str], ...] = (
    (r"\bunknown\b", "an unknown is said to be one"),
    (r"\bcould not be (read|asked|had|compared|replayed|counted|told)\b", "what was not read is named"),
    (r"\b(was|were) not (read|asked|told)\b", "what was not asked is named"),
    (r"\bdoes not say (by whom|who|when)\b", "what an answer lacks is named"),
    (r"\bso far as [^.;]*\b(read|known|seen)\b", "the claim is bounded by what was read"),
    (r"\bat (least|latest|most|earliest)\b", "a bound, no value"),
    (r"\blies? between\b", "bounds, and the facts are held to theirs"),
    (r"\b(read|answered) (only )?in part\b", "a part is said to be one"),
    (r"\bthe rest of\b", "a gap's words for the part that is missing"),
    (r"^Not available:$", "the heading of the gaps"),
    (r"^Not replayed:$", "the heading of the rules that were not replayed"),
    (r"\bnot drawn: ", "a panel without a picture, and why"),
    (rf"^[\w.-]+: {_SYSTEM} (rejected|failed on|refused|does not allow|answered the question)\b", "why not replayed"),
    (rf"^[\w.-]+: {_SYSTEM} at \S+ could not be read: ", "why not replayed"),
    (rf"^[\w.-]+: {_SYSTEM} did not finish its answer before the deadline$", "why not replayed"),
)
# What rests on the incident itself, without which there is no draft.
_OF_THE_INCIDENT = r"^(although )?the incident does not name its service\b"
# Of these, what admits for its own part of a sentence alone: "there is no rule, so what it does is unknown" claims.
NARROW = (ADMISSIONS[0], ADMISSIONS[1], ADMISSIONS[2])
# Sentences about the document itself, or about a method, whatever was read.
ABOUT_ITSELF: tuple[tuple[str, str], ...] = (
    (r"^Since [\d: -]+ also \d+ lesser events?: .*\(`--timeline full` tells each\)$", "the row of the folded rows"),
    (r"^Evaluated every \d+ \w+, in the \d+ days before every \w+;$", "how rules are replayed"),
    (r"^A fire in the \d+ days before is not false while another incident", "how false fires are told"),
    (r"^of an own rule only where another alert opened that incident\.$", "how false fires are told"),
)
# Sentences that say what a complete and empty answer says; only where the answer was empty.
READ_EMPTY: tuple[tuple[str, str], ...] = (
    (r"\bhas no ALERTS samples of this incident's alerts\b", "no series of alerts came"),
    (r"^(the SLI of )?[\w.-]+ has no samples in the searched window\b", "no series of the SLI came"),
    (r"^[\w.-]+ has no series of bad events in the searched window: either none was bad, or", "no bad series came"),
    (r"^no clear change in [\w.-]+ in the searched window$", "without bad events nothing changes"),
    (r"\bwhich has a history and yet no samples\b", "no series of the SLI came, though there is a history"),
    (r"^none of the rules could be replayed$", "no rules are loaded"),
    (r"^How often rules are evaluated here is unknown: no loaded rule says so\.$", "no rules are loaded"),
    (
        r"^no change of an affected service is recorded after the impact began$",
        "each list of changes was read, and this one was empty",
    ),
)
_NARROW = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (*(one[0] for one in NARROW), _OF_THE_INCIDENT))
_WIDE = tuple(re.compile(one[0], re.IGNORECASE) for one in (*ADMISSIONS, *ABOUT_ITSELF) if one not in NARROW)
_EMPTY = tuple(re.compile(pattern) for pattern, _ in READ_EMPTY)
_NUMBER = re.compile(r"\d[\d:.,]*\d%?|\d%?")


def said(draft: Draft) -> set[str]:
    """Every sentence of a draft: of its pages, timeline, findings, reasons and methods."""
    return {one for text in _texts(draft) for one in sentences(text)}


def sentences(text: str) -> Iterator[str]:
    """The sentences of a line, table cells apart, without markers and the targets of links."""
    plain = _TARGET.sub("", _MARKER.sub("", text)).replace("\\", "")
    pieces = (re.sub(r"\s+", " ", piece).strip(" -*>#|") for piece in _SENTENCE.split(plain) if piece)
    yield from (piece for piece in pieces if re.search(r"\w", piece))


def _texts(draft: Draft) -> Iterator[str]:
    for page in draft.pages.values():
        yield from page.splitlines()
    facts = draft.facts or {}
    for name_facts in (facts.get("facts", {}), *(slo["facts"] for slo in facts.get("slos", ()))):
        for fact in name_facts.values():
            yield from (str(fact[key]) for key in ("reason", "method", "ask") if fact.get(key))
    yield from (row["text"] for row in facts.get("timeline", ()))
    yield from (finding["text"] for finding in facts.get("findings", ()))


def claims(sentence: str, known: Collection[str] = ()) -> bool:
    """Whether a sentence says something that needs a complete reading; quoted words are others'.

    Args:
        sentence: The sentence.
        known: Parts of sentences that are true, and need not be looked at.
    """
    new = clauses(_QUOTED.sub("", sentence)) - set(known)
    return any(CLAIM.search(part) and not any(pattern.search(part) for pattern in _NARROW) for part in new)


def admits(sentence: str, *, empty: bool = False) -> bool:
    """Whether a whole sentence is about what was not read, or a bound.

    Args:
        sentence: The sentence.
        empty: Whether the answer was complete and empty, so that this may be said.
    """
    return any(pattern.search(sentence) for pattern in (*_WIDE, *(_EMPTY if empty else ())))


def skeleton(sentence: str) -> str:
    """A sentence without its numbers; a zero stays, for it says that there is none."""
    return _NUMBER.sub(lambda found: found[0] if found[0] == "0" else "#", sentence)


def numbers(sentence: str) -> set[str]:
    """The numbers of a sentence, times and shares among them."""
    return set(_NUMBER.findall(sentence))


def clauses(sentence: str) -> set[str]:
    """The parts of a sentence."""
    return {part.lower() for part in _CLAUSE.split(sentence) if part}


def is_weaker(sentence: str, known: Collection[str]) -> bool:
    """Whether a sentence says nothing but what parts of known sentences say."""
    return clauses(sentence) <= set(known)
