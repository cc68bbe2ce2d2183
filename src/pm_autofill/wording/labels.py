"""What facts, SLOs and their windows are called in print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.evidence.slos import BudgetMethod, SliKind
from pm_autofill.promql.strings import without_strings
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.times import length_adjective, period_words

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import SloDefinition

_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LONGEST_NOUN = 40
LABELS = {
    "impact.start": "Impact start",
    "impact.end": "Impact end",
    "impact.duration": "Duration of impact",
    "incident.triggered": "Incident triggered",
    "incident.resolved": "Incident resolved",
    "incident.all_clear": "All-clear",
    "alert.pending": "Alert pending",
    "alert.fired": "Alert fired",
    "page.sent": "Page sent",
    "detection.time": "Detected",
    "detection.method": "How detected",
    "detection.could_be_sooner": "Could be detected sooner",
    "detection.replayed": "Earliest replayed alert",
    "response.acknowledged": "Acknowledged",
    "response.first_action": "First action of a responder",
    "mitigation.applied": "Mitigation applied",
    "time_to_detect": "Time to detect",
    "time_to_respond": "Time to respond",
    "time_to_mitigate": "Time to mitigate",
    "time_to_resolve": "Time to resolve",
    "requests.total": "Requests",
    "requests.failed": "Failed requests",
    "requests.failed_ratio": "Failed share of requests",
    "requests.failed_ratio_peak": "Failed share in the worst minute",
    "requests.excess_failed": "Failed requests above the usual",
    "requests.lost": "Requests that never arrived",
    "error_budget.consumed_ratio": "Error budget consumed",
    "error_budget.remaining_before_ratio": "Error budget left before",
    "error_budget.remaining_after_ratio": "Error budget left after",
    "severity": "Severity",
    "services_affected": "Services affected",
}
"""Fact name to what it is called."""


def label(name: str, *, kind: SliKind = SliKind.AVAILABILITY) -> str:
    """What a fact is called; for a latency SLO the bad requests are slow, not failed.

    Args:
        name: A fact's name.
        kind: What a bad event of the SLO is.
    """
    words = LABELS[name]
    return words.replace("Failed", "Slow") if kind == SliKind.LATENCY else words


_NOUNS = {
    "probes": {"probe", "probes"},
    "messages": {"message", "messages", "msg", "msgs"},
    "jobs": {"job", "jobs"},
    "tasks": {"task", "tasks"},
    "queries": {"query", "queries"},
    "requests": {"request", "requests", "http", "grpc", "rpc"},
}


def noun(definition: SloDefinition) -> str:
    """What an SLO counts, in the plural: as configured, else by its metric's name where that is plain, else "events".

    Args:
        definition: The SLO.
    """
    if definition.noun:
        return plain(definition.noun, limit=_LONGEST_NOUN)
    counted = definition.events.total if definition.events is not None else without_strings(definition.ratio or "")
    # Of a recorded series the middle part is the metric: level:metric:operations.
    names = [name.partition(":")[2] or name for name in _METRIC.findall(counted.partition("{")[0] or counted)]
    words = {word for name in names for word in name.lower().split("_")}
    return next((found for found, told in _NOUNS.items() if words & told), "events")


def population(definition: SloDefinition) -> str:
    """Of what an SLO's shares are: ``requests counted by checkout-availability``."""
    return f"{noun(definition)} counted by {plain(definition.name)}"


def bad(definition: SloDefinition) -> str:
    """What a bad request of this SLO is: "failed" or "slow"."""
    return "slow" if definition.kind == SliKind.LATENCY else "failed"


_KINDS = {BudgetMethod.TIMESLICES: " time-slice", BudgetMethod.RATIO_TIMESLICES: " slice-ratio"}

_CALENDARS = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


def budget(definition: SloDefinition, period: str = "") -> str:
    """What its budget is called, such as ``30-day budget`` or ``November 2026 time-slice budget``.

    Args:
        definition: The SLO.
        period: The stretch of the calendar it is for, such as ``2026-11``; where none is known, it is not named.
    """
    if definition.rolling:
        when = length_adjective(definition.window)
    else:
        when = period_words(period) if period else _CALENDARS[definition.calendar]
    return f"{when}{_KINDS.get(definition.method, '')} budget"
