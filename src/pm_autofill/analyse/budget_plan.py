"""Which windows an impact's error budget is counted over: asked for by ``questions``, used by ``budget``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.evidence.budget_windows import (
    period_name,
    period_of,
    periods_in,
    slice_length,
    slices_touched,
)
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.instants import Window, from_epoch, parse_duration

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.slos import SloDefinition

_MOMENT = timedelta(milliseconds=1)
# Whole weeks, so that every day of the week counts alike.
_RECENT = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class Portion:
    """A budget the impact took from, and the part of the impact that did.

    Attributes:
        budget: The window the budget is for.
        part: The part of the impact in it.
        seen: As much of that window as has passed.
        period: The name of that stretch of the calendar, such as ``2026-11``; empty for a rolling window.
    """

    budget: Window
    part: Window
    seen: Window
    period: str = ""

    @property
    def over(self) -> bool:
        """Whether all of the budget's window has passed."""
        return self.seen == self.budget


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """The windows of an impact's budget.

    Attributes:
        before: The budget window as it ends where the impact begins.
        after: The budget window as it ends where the impact does.
        portions: One; for a calendar one for each of its stretches that the impact has a part in, ascending.
        recent: The last weeks, from which a stretch that is not over is projected; None where nothing is.
        answered: Whether every window that was asked for was summed: what is missing otherwise was not to be had, and
            no other window stands for it.
    """

    before: Window
    after: Window
    portions: tuple[Portion, ...]
    recent: Window | None = None
    answered: bool = True

    @property
    def asked(self) -> tuple[Window, ...]:
        """What to sum; no window twice, no empty one."""
        seen = (one.seen for one in self.portions)
        wanted = (self.after, self.before, *seen, *((self.recent,) if self.recent else ()))
        return tuple(window for window in dict.fromkeys(wanted) if window.seconds > 0)


def plan(impact: Impact, as_of: datetime) -> BudgetPlan | None:
    """The windows of an impact's budget.

    Args:
        impact: The impact.
        as_of: The instant taken as now.

    Returns:
        The plan; None where the impact has no window, or its budget cannot be counted by the SLO's method and window.
    """
    definition = impact.slo.definition
    if impact.window is None or impact.window.seconds <= 0 or not _is_counted(definition):
        return None
    window = budgeted(impact, impact.window)
    return _rolling(definition, window) if definition.rolling else _by_calendar(definition, window, as_of)


def budgeted(impact: Impact, window: Window) -> Window:
    """The part of the budget's time that an impact takes: its window, or the slices that this touches.

    Args:
        impact: The impact.
        window: Its window, or a part of it.

    Returns:
        The window; for slices whole ones only, without the last one where that is not over yet.
    """
    definition = impact.slo.definition
    if definition.method is BudgetMethod.OCCURRENCES:
        return window
    length = slice_length(definition)
    touched = slices_touched(window, length)
    if impact.seen_until is None or touched.end <= impact.seen_until:
        return touched
    return Window(touched.start, max(touched.start, from_epoch(impact.seen_until.timestamp() // length * length)))


def history_window(definition: SloDefinition, end: datetime) -> Window | None:
    """Where an SLO's history matters for its budget, before it is known when the impact was.

    Args:
        definition: The SLO.
        end: The latest instant of interest.

    Returns:
        The rolling window, or this stretch of the calendar and the one before; None where its budget needs no history.
    """
    if definition.budget_ratio <= 0 or not _is_counted(definition):
        return None
    if definition.rolling:
        return Window(end - parse_duration(definition.window), end)
    this = period_of(end, definition)
    return Window(period_of(this.start - _MOMENT, definition).start, end)


def _is_counted(definition: SloDefinition) -> bool:
    """Whether its budget can be counted by its method from what it has."""
    return definition.events is not None or definition.method is not BudgetMethod.OCCURRENCES


def _rolling(definition: SloDefinition, window: Window) -> BudgetPlan:
    length = parse_duration(definition.window)
    before, after = (Window(end - length, end) for end in (window.start, window.end))
    return BudgetPlan(before, after, (Portion(after, window, after),))


def _by_calendar(definition: SloDefinition, window: Window, as_of: datetime) -> BudgetPlan:
    periods = periods_in(window, definition)
    portions = tuple(
        Portion(
            period,
            Window(max(window.start, period.start), min(window.end, period.end)),
            Window(period.start, min(period.end, max(as_of, window.end))),
            period_name(period, definition),
        )
        for period in periods
    )
    projected = definition.method is BudgetMethod.OCCURRENCES and not portions[-1].over
    end = portions[-1].seen.end
    return BudgetPlan(
        Window(periods[0].start, window.start),
        Window(periods[-1].start, window.end),
        portions,
        Window(end - _RECENT, end) if projected else None,
    )
