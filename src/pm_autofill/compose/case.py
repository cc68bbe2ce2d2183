"""What a draft is made from, and how its views look things up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.compose.slot import Slot, unknown
from pm_autofill.findings import Basis, Known, Unknown
from pm_autofill.wording.facts import fact_words
from pm_autofill.wording.markdown import escape

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Fact, Findings, Picture, SloFindings, TimelineRow


@dataclass(frozen=True, slots=True)
class Case:
    """One incident: what was observed, what follows, and the graphs.

    Attributes:
        evidence: What was observed.
        findings: What follows.
        pictures: The graphs, in the order of their names.
    """

    evidence: Evidence
    findings: Findings
    pictures: tuple[Picture, ...] = ()

    def fact(self, name: str) -> Fact:
        """A top-level fact."""
        return self.findings.facts[name]

    def known(self, name: str) -> Known | None:
        """A top-level fact, if it is known."""
        fact = self.fact(name)
        return fact if isinstance(fact, Known) else None

    def of_headline(self, name: str) -> Known | None:
        """A fact of the headline SLO's own, if it is known: what stands in one sentence is of one SLO."""
        headline = self.findings.headline
        fact = headline.facts[name] if headline else self.fact(name)
        return fact if isinstance(fact, Known) else None

    def slot(self, name: str) -> Slot:
        """A top-level fact's value as a slot, marked where a human stated it."""
        fact = self.fact(name)
        return unknown(fact) if isinstance(fact, Unknown) else Slot(fact_words(fact) + stated_mark(fact))

    def unknown(self, name: str) -> Slot:
        """The slot of a top-level fact that is not known, or whose companions are not."""
        fact = self.fact(name)
        return unknown(fact) if isinstance(fact, Unknown) else Slot("unknown", known=False)

    @property
    def moved(self) -> tuple[SloFindings, ...]:
        """The SLOs that moved with the incident, worst first."""
        return tuple(one for one in self.findings.slos if one.moved)

    @property
    def service(self) -> str:
        """The service the figures are about, as Markdown."""
        if self.findings.headline:
            return escape(self.findings.headline.definition.service)
        services = self.known("services_affected")
        if services:
            return escape(services.text)
        return escape(self.evidence.request.service or "the service")

    def row(self, kind: str) -> TimelineRow | None:
        """The first timeline row of a kind, one that stands for a fact before others."""
        rows = [row for row in self.findings.timeline if row.kind == kind]
        return next((row for row in rows if row.milestone), rows[0] if rows else None)


def stated_mark(fact: Known) -> str:
    """What stands behind a value that a human stated."""
    return " (stated)" if fact.basis is Basis.STATED else ""
