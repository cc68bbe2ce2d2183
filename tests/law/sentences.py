"""What a draft says, sentence by sentence, and which of it claims more than a part of the answers can bear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.law.running import Draft

_MARKER = re.compile(r"<!--.*?-->")
_TARGET = re.compile(r"(?<=\])\([^()\s]*(?:\([^()]*\)[^()\s]*)*\)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=\S)|\s+\|\s+|^\s*\|\s*|\s*\|\s*$")
_CLAUSE = re.compile(r"\s*[;:,().]\s*|\s+and\s+")
_QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`")

# Words of a sentence that need a complete reading behind them.
CLAIM = re.compile(
    r"\b(nobody|no one|none|no|not|never|nothing|neither|nor|without|only|all|every|each|first|last|latest|earliest"
    r"|sooner|automatically|by automation|automation|by itself|both|complete|whole|once|always|stayed|unaffected"
    r"|largest|most|worst|highest)\b|\bYes:|\bNo:|(?<![\d.,:])\b0\b(?![.,:%\d])",
    re.IGNORECASE,
)

_SYSTEM = "(PagerDuty|Prometheus|Grafana)"
# Sentences that admit something: what could not be read, or that a number is a bound. Each with its reason.
ADMISSIONS: tuple[tuple[str, str], ...] = (
    (r"\bunknown\b", "an unknown is said to be one"),
    (r"\bcould not be (read|asked|had|compared|replayed|counted|told)\b", "what was not read is named"),
    (r"\b(was|were) not (read|asked|told)\b", "what was not asked is named"),
    (r"\bso far as (was |is |were )?(read|known)\b", "the claim is bounded by what was read"),
    (r"\bas far as (was |is |were )?(read|known)\b", "the claim is bounded by what was read"),
    (r"\bat (least|latest|most|earliest)\b", "a bound, no value"),
    (r"\b(read|answered) (only )?in part\b", "a part is said to be one"),
    (r"\bthe rest of\b", "a gap's words for the part that is missing"),
    (r"^(PagerDuty|Prometheus|Grafana)( for (panel|dashboard|variable)\b.*)? answered\b", "a gap's reason"),
    (r"^Not available:$", "the heading of the gaps"),
    (r"^Not replayed:$", "the heading of the rules that were not replayed"),
    (r"\bnot drawn: ", "a panel without a picture, and why"),
    (rf"^[\w.-]+: {_SYSTEM} (rejected|failed on|refused)\b", "why a rule was not replayed"),
    (r"\bbroke off\b|\bno usable answer\b|\bis not JSON\b|\bno valid JSON\b", "a gap's reason"),
)
# Sentences about the document itself.
ABOUT_ITSELF: tuple[tuple[str, str], ...] = (
    (r"^Since [\d: -]+ also \d+ lesser events?: .*\(`--timeline full` tells each\)$", "the row of the folded rows"),
)
_ADMISSIONS = tuple(re.compile(pattern) for pattern, _ in (*ADMISSIONS, *ABOUT_ITSELF))


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


def claims(sentence: str) -> bool:
    """Whether a sentence says something that needs a complete reading; quoted words are others'."""
    return CLAIM.search(_QUOTED.sub("", sentence)) is not None


def admits(sentence: str) -> bool:
    """Whether a sentence is about what was not read, or a bound."""
    return any(pattern.search(sentence) for pattern in _ADMISSIONS)


def clauses(sentence: str) -> set[str]:
    """The parts of a sentence."""
    return {part.lower() for part in _CLAUSE.split(sentence) if part}


def is_weaker(sentence: str, known: Iterable[str]) -> bool:
    """Whether a sentence says nothing but what parts of known sentences say."""
    return clauses(sentence) <= set(known)
