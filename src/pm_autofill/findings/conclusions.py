"""Everything that follows from the evidence, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.findings.facts import Fact
    from pm_autofill.findings.narrative import Definition, Finding, Paging, Reference, RelatedIncident, TimelineRow
    from pm_autofill.findings.slos import SloFindings, WiderShare
    from pm_autofill.replayed import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything the draft is made from, besides the graphs' data.

    Attributes:
        facts: All names of ``FACT_NAMES``.
        slos: Per SLO, worst first.
        headline_slo: Name of the SLO whose counts and budget stand at the top; None when none moved.
        phases: Instants to mark on graphs, by letter: S, D, R, M, V; only the known ones.
        timeline: Rows, ascending.
        remarks: Remarks, warnings first.
        references: Links for the appendix.
        related: Related incidents.
        change_candidates: Ids of timeline rows of changes shortly before S, nearest first.
        replay: What alert rules would have done; None where nothing could be replayed.
        as_of: The instant taken as now.
        open: Whether an SLI that moved is still bad.
        definitions: The same times by other definitions.
        wider_share: The share of all that the headline SLO's service counts; None where its SLO counts all, or no
            other does.
        paging: How the alert that paged came to page; None where that is not known.
    """

    facts: Mapping[str, Fact]
    slos: tuple[SloFindings, ...]
    headline_slo: str | None
    phases: Mapping[str, datetime]
    timeline: tuple[TimelineRow, ...]
    remarks: tuple[Finding, ...]
    references: tuple[Reference, ...]
    related: tuple[RelatedIncident, ...]
    as_of: datetime
    open: bool = False
    change_candidates: tuple[str, ...] = ()
    wider_share: WiderShare | None = None
    replay: Replay | None = None
    definitions: tuple[Definition, ...] = ()
    paging: Paging | None = None

    @property
    def headline(self) -> SloFindings | None:
        """The headline SLO's findings."""
        return next((one for one in self.slos if one.definition.name == self.headline_slo), None)
