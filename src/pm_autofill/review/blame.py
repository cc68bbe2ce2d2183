"""Blameless wording: a person beside a word of fault, in what humans wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.evidence.incident import AgentKind
from pm_autofill.review.page import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.review.page import Issue, Page

_SENTENCE = re.compile(r"[^.!?;|]+")
_HANDLE = r"(?<![\w@])@[A-Za-z][\w-]+"
_PRONOUN = r"\b(?:[Hh]e|[Ss]he)\b"
_SHORTEST = 3


def people(record: IncidentRecord | None) -> frozenset[str]:
    """The names of those who had to do with an incident, whole and in parts."""
    if record is None:
        return frozenset()
    agents = [record.incident.opened_by, *(one.agent for one in record.log), *(one.author for one in record.notes)]
    names = {agent.name for agent in agents if agent.kind is AgentKind.PERSON}
    names |= {one.name for one in record.incident.responders} | {name for one in record.log for name in one.people}
    return frozenset(part for name in names for part in (name, *name.split()) if len(part) >= _SHORTEST)


def find_blame(page: Page, names: frozenset[str], words: Sequence[str]) -> Iterator[Issue]:
    """Every sentence of a human that puts a person beside a word of fault.

    Args:
        page: The document.
        names: The people it may be about; handles such as ``@ann``, "he" and "she" count as well.
        words: The words of fault, in lower case.
    """
    someone = re.compile("|".join([_HANDLE, _PRONOUN, *(rf"\b{re.escape(name)}\b" for name in sorted(names))]))
    fault = re.compile(rf"\b(?:{'|'.join(map(re.escape, words)) or '(?!)'})\b", re.IGNORECASE)
    for line in page.lines:
        for sentence in _SENTENCE.findall(line.human):
            who, what = someone.search(sentence), fault.search(sentence)
            if who and what:
                yield line.issue(
                    "blame",
                    f"{quoted(what[0])} beside {quoted(who[0])}: say what the system let happen, not who did it",
                )
                break
