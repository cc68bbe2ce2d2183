"""What was found of one SLO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.evidence.slos import SloDefinition
    from pm_autofill.findings.facts import Fact
    from pm_autofill.instants import Window


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
class WiderShare:
    """The share of bad events that an SLO which counts more had at the same time.

    Attributes:
        definition: The wider SLO.
        ratio: Bad by all events, 0..1.
    """

    definition: SloDefinition
    ratio: float


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
        silent_s: The longest stretch of the impact in which nothing was served, in seconds.
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
    silent_s: float = 0.0
