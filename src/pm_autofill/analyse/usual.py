"""The usual share of bad events: that of the same time of the week where history tells it, else of the hour before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.readings import Reading, lacking
from pm_autofill.findings import Basis, Known, Unit, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.buckets import SloCurves
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.analyse.spans import Span
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import BudgetTotals, SloEvidence
    from pm_autofill.findings import Fact

NORMAL = 1.96
_HOUR = 3600.0
_LEAST = 600.0
_WEEK = timedelta(days=7)
# One week alone cannot be told from another incident.
_LEAST_WEEKS = 2
_SAME_TIME = 0.8
_ASK = "whoever owns the service's metrics"


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual share of bad events.

    Attributes:
        ratio: Bad by all events, 0..1.
        low: Lower end of its 95 % interval.
        high: Upper end.
        weeks: In how many weeks before it was seen; 0 where it is that of the hour before.
        sources: Ids of the questions it rests on.
    """

    ratio: float
    low: float
    high: float
    weeks: int
    sources: tuple[str, ...]


def find_usual(impact: Impact, span: Span, weeks: Reading[SloEvidence] | None = None) -> Usual | Unknown:
    """What would be usual in the impact window.

    Args:
        impact: The impact.
        span: Its window.
        weeks: How far the weeks before were read; None for all that the impact's SLO has.

    Returns:
        The usual ratio with a 95 % interval; unknown where neither the weeks nor the hour before tell one.

    Formula: sum of bad / sum of all events over the same window of the one to four weeks before that are no incidents
        themselves (at most three times the lower median's rate, and four standard deviations); with fewer than two such
        weeks, bad / all of the hour before S without other bad times. Low and high: Wilson's interval, widened to the
        lowest and highest of the weeks, or by the ratio's own wandering.
    Source: SRE workbook ch. 2 and 5; ``docs/counting.md``.
    """
    if weeks is not None and lacking(weeks):
        return Unknown(reason=f"what is usual at its time of the week is unknown without {lacking(weeks)}", ask=_ASK)
    alike = _ordinary([week for week in impact.slo.weeks if _same_time(week, span)])
    if len(alike) >= _LEAST_WEEKS:
        return _of_weeks(alike)
    return _of_the_hour(impact, span)


def excess_failed(failed: Fact, total: Fact, usual: Usual | Unknown) -> Fact:
    """The fact ``requests.excess_failed``: failures above the usual; signed.

    Args:
        failed: ``requests.failed``.
        total: ``requests.total``.
        usual: The usual ratio.

    Formula: requests.failed - usual ratio x requests.total; low: of the fewest failures and the highest usual ratio,
        high: of the most and the lowest.
    """
    for fact in (failed, total, usual):
        if isinstance(fact, Unknown):
            return fact
    assert isinstance(failed, Known)  # noqa: S101 - the loop returned otherwise
    assert isinstance(total, Known)  # noqa: S101 - as above
    assert isinstance(usual, Usual)  # noqa: S101 - as above
    low, high = (float(bound) if isinstance(bound, float) else failed.number for bound in (failed.low, failed.high))
    where = f"at the same time in the {usual.weeks} weeks before" if usual.weeks else "in the hour before"
    return Known(
        value=failed.number - usual.ratio * total.number,
        low=low - usual.high * total.number,
        high=high - usual.low * total.number,
        unit=Unit.EVENTS,
        basis=Basis.MEASURED if failed.basis is Basis.MEASURED else Basis.INFERRED,
        method=f"bad requests less those of the usual ratio, which is that {where}",
        formula="requests.failed - usual ratio * requests.total",
        sources=tuple(dict.fromkeys((*failed.sources, *usual.sources))),
        notes={"usual_ratio": usual.ratio},
    )


def wilson(ratio: float, events: float) -> tuple[float, float]:
    """The 95 % interval of a ratio (Wilson 1927), which stays inside 0..1 and holds the ratio.

    Args:
        ratio: Some of all, 0..1.
        events: All.
    """
    square = NORMAL**2 / events
    middle = (ratio + square / 2) / (1 + square)
    half = NORMAL * float(np.sqrt(ratio * (1 - ratio) / events + square / (4 * events))) / (1 + square)
    return max(0.0, min(middle - half, ratio)), min(1.0, max(middle + half, ratio))


def _same_time(week: BudgetTotals, span: Span) -> bool:
    """Whether a sum is of the window's own time of the week; a human may have stated another window since."""
    before = _WEEK.total_seconds() * round((span.end - week.end.timestamp()) / _WEEK.total_seconds())
    start, end = week.start.timestamp() + before, week.end.timestamp() + before
    common = min(end, span.end) - max(start, span.start)
    return common >= _SAME_TIME * (max(end, span.end) - min(start, span.start))


def _ordinary(weeks: Sequence[BudgetTotals]) -> list[BudgetTotals]:
    """The weeks that were no incidents themselves."""
    found = [week for week in weeks if week.total > 0]
    if not found:
        return []
    ratios = sorted(week.bad / week.total for week in found)
    middle = ratios[(len(ratios) - 1) // 2]
    return [week for week in found if week.bad <= 3 * middle * week.total + 4 * np.sqrt(3 * middle * week.total + 1)]


def _of_weeks(weeks: Sequence[BudgetTotals]) -> Usual:
    bad, total = sum(week.bad for week in weeks), sum(week.total for week in weeks)
    ratio = min(bad / total, 1.0)
    low, high = wilson(ratio, total)
    each = [week.bad / week.total for week in weeks]
    sources = tuple(dict.fromkeys(source for week in weeks for source in week.sources))
    return Usual(ratio, min(low, *each), max(high, *each), len(weeks), sources)


def _of_the_hour(impact: Impact, span: Span) -> Usual | Unknown:
    found = impact.curves
    if found is None:
        return Unknown(reason="the events before the impact could not be read", ask=_ASK)
    begin = max(span.start - _HOUR, min(float(curve.times[0]) for curve in found.total))
    calm = _without(begin, _last_scrape(found, span.start_bounds[0]), impact)
    total = sum(float(np.diff(curve.at(part))[0]) for curve in found.total for part in calm)
    bad = sum(float(np.diff(curve.at(part))[0]) for curve in found.bad for part in calm)
    if sum(float(np.diff(part)[0]) for part in calm) < _LEAST or total <= 0:
        reason = "too little of the hour before the impact is known to tell what is usual"
        return Unknown(reason=reason, ask=_ASK)
    ratio = float(np.clip(bad / total, 0, 1))
    low, high = wilson(ratio, total)
    wander = NORMAL * ratio * (impact.detection.baseline.ratio_wander if impact.detection else 0.0)
    reads = (impact.slo.total, impact.slo.bad, impact.slo.good)
    sources = tuple(read.source for read in reads if read is not None)
    return Usual(ratio, max(0.0, low - wander), min(1.0, high + wander), 0, sources)


def _last_scrape(found: SloCurves, start: float) -> float:
    """Until when every target was scraped before the impact could have begun: what a scrape shows lies before it."""
    before = (curve.times[: np.searchsorted(curve.times, start, side="right")] for curve in (*found.total, *found.bad))
    return min((float(times[-1]) for times in before if len(times)), default=start)


def _without(begin: float, end: float, impact: Impact) -> list[Floats]:
    """The parts of a stretch outside of other bad times; pairs of epoch seconds."""
    parts, at = [], begin
    for period in sorted(impact.elsewhere, key=lambda one: one.window.start):
        first, last = period.window.start.timestamp(), period.window.end.timestamp()
        if last > at and first < end:
            parts.append((at, first))
            at = max(at, last)
    parts.append((at, end))
    return [np.array(part) for part in parts if part[1] > part[0]]
