"""What alert rules are replayed on: events from before the raw samples, and when loaded rules held."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.series import Matrix
from pm_autofill.evidence.slos import Events


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Events per step, summed over all series by the server.

    Attributes:
        matrix: One series; each sample is what was counted in the step that ends there. No series: nothing was counted.
        source: Id of the question.
        start: Where the first step begins.
        end: Where the last one ends.
        step: Seconds per step.
    """

    matrix: Matrix
    source: str
    start: datetime
    end: datetime
    step: float


class PastEvents(msgspec.Struct, frozen=True, kw_only=True):
    """An SLO's events from before its raw samples.

    Attributes:
        slo: Its name.
        events: The selectors that were counted.
        total: All events: stretches that follow one another.
        part: The bad ones, or the good ones where the SLO is defined by them; the same stretches.
    """

    slo: str
    events: Events
    total: tuple[Steps, ...]
    part: tuple[Steps, ...]


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Evaluations in a row at which one series of a rule's expression was there.

    Attributes:
        first: The first of them.
        last: The last.
    """

    first: datetime
    last: datetime


class RuleRun(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded rule's expression, evaluated over the past by the server.

    Attributes:
        rule: The rule.
        stretches: When it held: those of all its series, by their beginning.
        start: First evaluation.
        joint: Where the steps become fine.
        end: Last evaluation.
        coarse: Seconds between evaluations before ``joint``.
        fine: The same after it.
        sources: Ids of the questions.
        refused: Why it could not be evaluated; empty where it was.
    """

    rule: AlertRule
    stretches: tuple[Stretch, ...]
    start: datetime
    joint: datetime
    end: datetime
    coarse: float
    fine: float
    sources: tuple[str, ...]
    refused: str = ""
