"""The stretch of time a picture shows, and the instants marked in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.findings import Basis, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Fact, Findings

_LEAST_MARGIN = 600.0
_MOST_MARGIN = 10800.0
_MARGIN_SHARE = 0.3
_FARTHEST_MARK = 3.0
_WORDS = {"S": "start", "D": "detected", "R": "response", "M": "mitigated", "V": "recovered"}
_FACTS = {"S": "impact.start", "V": "impact.end"}


@dataclass(frozen=True, slots=True)
class View:
    """A stretch of time in epoch seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant marked in a picture.

    Attributes:
        letter: S, D, R, M or V.
        word: What it is.
        at: Epoch seconds.
        low: Lower bound, where measured.
        high: Upper bound, where measured.
    """

    letter: str
    word: str
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Phases:
    """The incident as a picture marks it.

    Attributes:
        marks: The known instants, ascending.
        start: When the impact began; None when unknown.
        end: When it ended; None while it lasts, and when unknown.
    """

    marks: tuple[Mark, ...]
    start: float | None
    end: float | None

    def inside(self, view: View) -> tuple[Mark, ...]:
        """The marks that lie in a view."""
        return tuple(mark for mark in self.marks if view.start <= mark.at <= view.end)

    def outside(self, view: View) -> tuple[Mark, ...]:
        """The marks that do not."""
        return tuple(mark for mark in self.marks if not view.start <= mark.at <= view.end)


def phases(findings: Findings, facts: Mapping[str, Fact]) -> Phases:
    """The instants to mark.

    Args:
        findings: D, R and M are the incident's.
        facts: S and V are taken from these: the incident's facts, or one SLO's.

    Returns:
        The phases.
    """
    marks: list[Mark] = []
    for letter, word in _WORDS.items():
        if letter in _FACTS:
            marks += _edge(letter, word, facts.get(_FACTS[letter]))
        elif letter in findings.phases:
            at = findings.phases[letter].timestamp()
            marks.append(Mark(letter, _mitigated(findings) if letter == "M" else word, at, at, at))
    by_letter = {mark.letter: mark.at for mark in marks}
    return Phases(tuple(sorted(marks, key=lambda mark: mark.at)), by_letter.get("S"), by_letter.get("V"))


def view(evidence: Evidence, findings: Findings, shown: Phases) -> View:
    """What to show: the impact with a margin on both sides, and the marks near it.

    Args:
        evidence: Names the searched window, for when no impact is known.
        findings: Tell when the incident was triggered and resolved.
        shown: The phases.

    Returns:
        The stretch; what lies beyond the samples is cut later.
    """
    now = findings.as_of.timestamp()
    if shown.start is not None:
        first, last = shown.start, shown.end if shown.end is not None else now
    else:
        known = [*_instants(findings), *(mark.at for mark in shown.marks)]
        asked = [instant.timestamp() for instant in (evidence.request.since, evidence.request.until) if instant]
        first, last = min(asked or known or [now - _MOST_MARGIN]), max(asked or known or [now])
    margin = min(max((last - first) * _MARGIN_SHARE, _LEAST_MARGIN), _MOST_MARGIN)
    reach = _FARTHEST_MARK * (last - first + 2 * margin)
    near = [mark.at for mark in shown.marks if last - reach <= mark.at <= first + reach]
    return View(min([first, *near]) - margin, min(max([last, *near]) + margin, now))


def _edge(letter: str, word: str, fact: Fact | None) -> Iterable[Mark]:
    if not isinstance(fact, Known):
        return []
    at = fact.instant.timestamp()
    low, high = (_seconds(bound, at) for bound in (fact.low, fact.high))
    return [Mark(letter, word, at, low, high)]


def _seconds(bound: datetime | float | str | None, otherwise: float) -> float:
    return otherwise if bound is None or isinstance(bound, float | str) else bound.timestamp()


def _mitigated(findings: Findings) -> str:
    fact = findings.facts.get("mitigation.applied")
    inferred = isinstance(fact, Known) and fact.basis is Basis.INFERRED
    return "mitigated (inferred)" if inferred else "mitigated"


def _instants(findings: Findings) -> Iterable[float]:
    facts = (findings.facts.get(name) for name in ("incident.triggered", "incident.resolved"))
    return [fact.instant.timestamp() for fact in facts if isinstance(fact, Known)]
