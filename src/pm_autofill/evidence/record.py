"""The whole of the evidence: what each source said, where it was asked, and what could not be had."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from pm_autofill.evidence.alerts import AlertRule, AlertSeries, ChangeSeries
from pm_autofill.evidence.incident import IncidentRecord
from pm_autofill.evidence.panels import GrafanaRecord
from pm_autofill.evidence.readings import Answered
from pm_autofill.evidence.replay import PastEvents, RuleRun
from pm_autofill.evidence.slos import SloEvidence

SCHEMA = "pm-autofill.evidence/1"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One question put to a source, and the proof of its answer.

    Attributes:
        system: "PagerDuty", "Prometheus" or "Grafana"; "Human" for what was stated by hand.
        query: What was asked: a path, a PromQL expression, a panel.
        url: Where a human can ask the same again; without credentials.
        start: First instant asked for, where the question has a range.
        end: Last instant asked for, or the instant of evaluation.
        step: Seconds between evaluations, for stepped questions.
        retrieved_at: When the answer arrived.
        sha256: Digest of the answer's decoded body.
    """

    system: str
    query: str
    url: str
    retrieved_at: datetime
    sha256: str
    start: datetime | None = None
    end: datetime | None = None
    step: float | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something configured or required that could not be had.

    Attributes:
        source: The system it would have come from.
        what: What is missing.
        reason: Why.
        hint: What to do about it.
        questions: Keys of the questions whose answers it is missing from, as in the evidence's readings.
        kept: Whether what an earlier run read of all of it stands.
    """

    source: str
    what: str
    reason: str
    hint: str
    questions: tuple[str, ...] = ()
    kept: bool = False


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for.

    Attributes:
        incident: PagerDuty's id, number or URL as given; None for a bare window.
        service: Name of the service, where given.
        since: Start of the searched window, where given.
        until: End of the searched window, where given.
        as_of: The instant taken as now: observations after it are left out.
        rewound: Whether ``as_of`` was asked for: what the sources tell of later is undone then.
        timeline: "brief" for the rows that tell the story, "full" for every event.
    """

    as_of: datetime
    rewound: bool = False
    incident: str | None = None
    service: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    timeline: str = "brief"


class TemplateText(msgspec.Struct, frozen=True, kw_only=True):
    """The template the draft was made with.

    Attributes:
        name: Its file name, for messages.
        text: Its whole text.
    """

    name: str
    text: str


class EarlierDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier draft.

    Attributes:
        folder: Name of its folder, beside this draft's.
        title: Its incident's title; the folder's name without one.
        number: Its incident's number, where told.
        at: When its impact began, or else its incident was triggered.
        services: The services it names.
        slos: The SLOs that moved in it.
        alerts: The alerts that fired in it.
        figures: Its known key numbers by fact name: seconds, events, ratios.
    """

    folder: str
    title: str
    at: datetime
    number: int | None = None
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    figures: dict[str, float] = {}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that was observed for one draft.

    Attributes:
        collected_at: When collection ended; the draft's ``generated.at``.
        version: Version of the program that collected.
        request: What the user asked for.
        configuration: What it may hold of the configuration, as written there: names, SLOs, targets and words; from a
            stranger's file it may be anything, and ``config.believe`` reads it.
        template: The template in force.
        stated: Facts stated by a human (``--set``): name to value as typed.
        sources: Every question asked, by the id that facts and rows refer to.
        gaps: What could not be had.
        readings: How far each question was answered, by its key (see ``completeness``); empty in evidence from before
            this was kept.
        pagerduty: The incident; None when there is none or it could not be read.
        slos: The SLOs of the services looked at.
        alert_series: Samples of ``ALERTS`` for this incident's alerts.
        alert_rules: Definitions of those alerts.
        changes: Instants at which a configured change query was true.
        past_events: The SLOs' events from before their raw samples.
        rule_runs: Loaded rules of the service, evaluated over the past.
        grafana: Dashboards and annotations; None when Grafana is not configured or could not be read.
        drafts: Drafts of earlier incidents in the output folder, latest first.
        masked: How many marks stand in it in place of secrets, telephone numbers and addresses: "secret", "phone",
            "address".
    """

    collected_at: datetime
    version: str
    request: Request
    configuration: dict[str, Any]
    template: TemplateText
    stated: dict[str, str] = {}
    sources: dict[str, Source] = {}
    gaps: tuple[Gap, ...] = ()
    readings: dict[str, Answered] = {}
    pagerduty: IncidentRecord | None = None
    slos: tuple[SloEvidence, ...] = ()
    alert_series: tuple[AlertSeries, ...] = ()
    alert_rules: tuple[AlertRule, ...] = ()
    changes: tuple[ChangeSeries, ...] = ()
    past_events: tuple[PastEvents, ...] = ()
    rule_runs: tuple[RuleRun, ...] = ()
    grafana: GrafanaRecord | None = None
    drafts: tuple[EarlierDraft, ...] = ()
    masked: dict[str, int] = {}
    schema: str = SCHEMA
