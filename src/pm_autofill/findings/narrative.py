"""What a draft tells beside its facts: rows of the timeline, remarks, and the lists and pictures of its appendix."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.findings.facts import Fact, Value


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
