"""What Prometheus remembers of alerts and changes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pm_autofill.evidence.series import Matrix


class AlertSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of an alert's life, from the samples of ``ALERTS``.

    Attributes:
        name: The alert's name.
        labels: Its labels.
        state: "pending" or "firing".
        first: First evaluation in that state.
        last: Last evaluation in that state.
        active_at: When the expression became true (the value of ``ALERTS_FOR_STATE``), where known.
        source: Id of the question.
    """

    name: str
    labels: dict[str, str]
    state: str
    first: datetime
    last: datetime
    source: str
    active_at: datetime | None = None


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """An alerting rule as Prometheus has it loaded.

    Attributes:
        name: The alert's name.
        expression: Its PromQL.
        hold: Its ``for``, in seconds.
        interval: Seconds between evaluations.
        labels: Labels it adds.
        annotations: Its annotations (runbook_url, __dashboardUid__, ...).
        source: Id of the question.
    """

    name: str
    expression: str
    hold: float
    interval: float
    labels: dict[str, str]
    annotations: dict[str, str]
    source: str


class ChangeSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Instants at which a service's configured change query was true.

    Attributes:
        service: The configured service.
        query: The PromQL.
        matrix: Its samples; a sample means "changed here".
        source: Id of the question.
        step: Seconds between evaluations.
    """

    service: str
    query: str
    matrix: Matrix
    source: str
    step: float
