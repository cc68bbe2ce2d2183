"""What follows from the evidence: facts with their origin, the timeline, and remarks; codes and values, no prose."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.evidence.slos import SloDefinition
    from pm_autofill.instants import Window
    from pm_autofill.replayed import Replay

Value: TypeAlias = "datetime | float | str"


class Unit(StrEnum):
    """What a fact's value is measured in."""

    INSTANT = "instant"
    SECONDS = "s"
    EVENTS = "events"
    RATIO = "ratio"
    TEXT = "text"


class Basis(StrEnum):
    """How a fact came to be known.

    Measured from samples, with bounds; recorded by a system as it happened; inferred from others; stated by a human.
    """

    MEASURED = "measured"
    RECORDED = "recorded"
    INFERRED = "inferred"
    STATED = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A fact that is known.

    Attributes:
        value: An aware UTC datetime, a float (seconds, events, or a ratio in 0..1), or a text, by ``unit``.
        unit: What the value is.
        basis: How it is known.
        method: How it was found, in words without figures.
        formula: The formula, for durations, events and ratios; empty otherwise.
        sources: Ids of the questions whose answers it rests on.
        low: Lower bound (95 % interval), where measured.
        high: Upper bound, where measured.
        notes: Codes and figures a reader needs to judge it, such as resets seen or history covered.
    """

    value: Value
    unit: Unit
    basis: Basis
    method: str
    sources: tuple[str, ...]
    formula: str = ""
    low: Value | None = None
    high: Value | None = None
    notes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def number(self) -> float:
        """The value of a duration, a count or a ratio."""
        assert isinstance(self.value, float)  # noqa: S101 - narrows the union; units are fixed per fact name
        return self.value

    @property
    def instant(self) -> datetime:
        """The value of an instant."""
        assert not isinstance(self.value, float | str)  # noqa: S101 - as above
        return self.value

    @property
    def text(self) -> str:
        """The value of a text."""
        assert isinstance(self.value, str)  # noqa: S101 - as above
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A fact that is not known.

    Attributes:
        reason: Why, as a clause that can stand behind "unknown: ".
        ask: Who or what can answer, as a clause that can stand behind "ask ".
    """

    reason: str
    ask: str


Fact: TypeAlias = Known | Unknown

INSTANTS = (
    "impact.start",
    "impact.end",
    "incident.triggered",
    "incident.resolved",
    "incident.all_clear",
    "alert.pending",
    "alert.fired",
    "page.sent",
    "detection.time",
    "detection.replayed",
    "response.acknowledged",
    "response.first_action",
    "mitigation.applied",
)
DURATIONS = ("impact.duration", "time_to_detect", "time_to_respond", "time_to_mitigate", "time_to_resolve")
EVENT_COUNTS = ("requests.total", "requests.failed", "requests.excess_failed", "requests.lost")
RATIOS = (
    "requests.failed_ratio",
    "requests.failed_ratio_peak",
    "error_budget.consumed_ratio",
    "error_budget.remaining_before_ratio",
    "error_budget.remaining_after_ratio",
)
TEXTS = ("detection.method", "detection.could_be_sooner", "severity", "services_affected")
FACT_NAMES = INSTANTS + DURATIONS + EVENT_COUNTS + RATIOS + TEXTS
SLO_FACT_NAMES = ("impact.start", "impact.end", "impact.duration", *EVENT_COUNTS, *RATIOS)

UNITS: dict[str, Unit] = {
    **dict.fromkeys(INSTANTS, Unit.INSTANT),
    **dict.fromkeys(DURATIONS, Unit.SECONDS),
    **dict.fromkeys(EVENT_COUNTS, Unit.EVENTS),
    **dict.fromkeys(RATIOS, Unit.RATIO),
    **dict.fromkeys(TEXTS, Unit.TEXT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPeriod:
    """A stretch in which an SLI was bad.

    Attributes:
        window: From onset to recovery (to the last sample while still bad).
        failed_ratio: Failures per event in it; 1.0 for an outage without traffic.
        excess_failed: Failures above the usual ratio.
        kind: "failures" or "no traffic".
        ongoing: Whether it was still bad at the last sample.
    """

    window: Window
    failed_ratio: float
    excess_failed: float
    kind: str = "failures"
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class BudgetShare:
    """What an incident took of one error budget.

    Attributes:
        period: The stretch of the calendar the budget is for, such as ``2026-11``; empty for a rolling window.
        ratio: Share of that budget, 0..1 and beyond.
        projected: Whether it is not over, so that its events are projected.
    """

    period: str
    ratio: float
    projected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SloFindings:
    """What follows for one SLO.

    Attributes:
        definition: The SLO.
        moved: Whether its SLI was bad in a period that belongs to this incident.
        facts: All names of ``SLO_FACT_NAMES``.
        baseline_ratio: The usual ratio of bad events, 0..1; None when unknown.
        baseline_weeks: In how many weeks before, at the same time, it was seen; 0: in the hour before; None: neither.
        periods: Bad periods that belong to the incident, before they were joined.
        elsewhere: Bad periods in the searched window that do not.
        excess_consumed_ratio: Share of the budget consumed above the usual; None when unknown.
        consumed_if_lost_failed_ratio: Share of the budget had the lost requests failed; None when none were lost.
        budget_shares: What was taken of each budget: several where it touched several stretches of the
            calendar; empty when unknown.
        budget_exhausted_at: When the budget ran out during the impact; None when it did not, or that is unknown.
    """

    definition: SloDefinition
    moved: bool
    facts: Mapping[str, Fact]
    baseline_ratio: float | None = None
    baseline_weeks: int | None = None
    periods: tuple[BadPeriod, ...] = ()
    elsewhere: tuple[BadPeriod, ...] = ()
    excess_consumed_ratio: float | None = None
    consumed_if_lost_failed_ratio: float | None = None
    budget_shares: tuple[BudgetShare, ...] = ()
    budget_exhausted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One line of the timeline.

    Attributes:
        id: Stable over runs: it names the event, not its place.
        time: When.
        kind: What it is, for sorting and wording, such as "acknowledged"; see ``wording`` for all.
        values: What the wording needs: names, texts, figures.
        source: Id of the question it comes from.
        milestone: The fact it stands for, such as "impact.start"; empty for other rows.
    """

    id: str
    time: datetime
    kind: str
    values: Mapping[str, Value | bool]
    source: str
    milestone: str = ""


class Severity(StrEnum):
    """How much a remark matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A remark on the data: a contradiction, an oddity, a limit.

    Attributes:
        code: What it is; see ``wording`` for all.
        severity: How much it matters.
        values: What the wording needs.
        sources: Ids of the questions it rests on, where it suggests something to a human.
    """

    code: str
    severity: Severity
    values: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The same incident timed by somebody else's definition.

    Attributes:
        name: Such as "pagerduty.seconds_to_first_ack"; see ``wording`` for all.
        seconds: The duration, a known or unknown fact.
        told: The figure its owner publishes, in seconds; unknown where it cannot be read.
    """

    name: str
    seconds: Fact
    told: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How the alert that paged came to page.

    Attributes:
        alert: Its name.
        stages: Seconds of each stage that is known, in order: evaluation (from S until the rule was true), hold (its
            ``for``), grouping (until PagerDuty had it), delivery (until the first page), acknowledgement.
    """

    alert: str
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedIncident:
    """An incident a reader may want to see.

    Attributes:
        title: Its title.
        url: Its page; empty where it is not known.
        at: When it began.
        relation: "merged", "same alert", "same window", "related", "past", or "draft" for an earlier draft.
        number: Its number, where told.
        folder: An earlier draft's folder beside this one's; empty otherwise.
        shared: What an earlier draft has in common with this one: names of alerts, SLOs, services.
        figures: An earlier draft's key numbers by fact name.
    """

    title: str
    url: str
    at: datetime
    relation: str
    number: int | None
    folder: str = ""
    shared: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A link worth having in the appendix.

    Attributes:
        kind: "change", "runbook", "dashboard", "panel", "query", "incident" or "alert".
        text: What it is called.
        href: Where it points.
        at: When it happened, for changes.
    """

    kind: str
    text: str
    href: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawn graph with the data it shows.

    Attributes:
        name: File name without ending, such as "01-checkout-availability".
        kind: "sli", "traffic", "budget", "burn" or "panel".
        title: What it shows, as plain text.
        alt: What a reader who cannot see it needs to know, as plain text.
        caption: One or two sentences below it, as plain text.
        href: The same window at its source; empty when there is none.
        sources: Ids of the questions whose answers it shows.
        png: The image.
        csv: The data drawn.
    """

    name: str
    kind: str
    title: str
    alt: str
    caption: str
    href: str
    sources: tuple[str, ...]
    png: bytes
    csv: bytes


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
    replay: Replay | None = None
    definitions: tuple[Definition, ...] = ()
    paging: Paging | None = None

    @property
    def headline(self) -> SloFindings | None:
        """The headline SLO's findings."""
        return next((one for one in self.slos if one.definition.name == self.headline_slo), None)
