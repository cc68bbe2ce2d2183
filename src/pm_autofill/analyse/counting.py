"""How many requests were affected: events counted from raw samples in [S, V), with bounds that hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.spans import span_of
from pm_autofill.analyse.splits import share_out
from pm_autofill.analyse.twins import why_twice
from pm_autofill.analyse.unseen import unseen_at_most
from pm_autofill.evidence.increments import curves as curves_of
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pm_autofill.analyse.buckets import SloCurves
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.analyse.spans import Span
    from pm_autofill.evidence.increments import Curve
    from pm_autofill.evidence.slos import Boundary, SloEvidence
    from pm_autofill.findings import Value

# Counters that come back one after the other come from one process, unless it crashes again and again.
_SAME_RESTART = 300.0
# Seconds by which one process' start differs between its samples.
_SAME_START = 2.0
_TOTAL_FORMULA = "total(V) - total(S)"
_REACH_SCRAPES = 2.5
ASK_METRICS = "whoever owns the service's metrics"


@dataclass(frozen=True, slots=True)
class Count:
    """Events in a window: the interpolated number and bounds."""

    value: float
    low: float
    high: float


def count(curves: Sequence[Curve], span: Span, until: float = 0.0) -> Count:
    """Events of these counters in a window.

    Args:
        curves: The counters.
        span: The window.
        until: Until when it is known whether they vanished, epoch seconds, if after their last sample.

    Returns:
        The count; its low bound uses only samples surely inside, its high bound the samples surely around.

    Formula: sum of E(end) - E(start), E interpolated between samples; low: between the first sample at or after the
        latest start and the last at or before the earliest end; high: between the samples around, plus the usual rate
        over one scrape for each restart inside and for each counter that vanished inside, and over the time before
        the first sample of one whose start is unknown.
    """
    latest = max((until, *(float(curve.times[-1]) for curve in curves)))
    at = np.array([span.start, span.end])
    value = low = high = 0.0
    for curve in curves:
        first, last = curve.at(at)
        value += last - first
        low += max(0.0, _floor(curve, span.end_bounds[0]) - _ceiling(curve, span.start_bounds[1]))
        outer = _ceiling(curve, span.end_bounds[1]) - _floor(curve, span.start_bounds[0])
        high += outer + unseen_at_most(curve, span, latest)
    return Count(float(value), float(min(low, value)), float(max(high, value)))


def count_bad(found: SloCurves, span: Span) -> Count:
    """Bad events in a window; where the threshold lies inside a bucket, bounded by all of it and by nothing of it.

    Args:
        found: The counters.
        span: The window.
    """
    counted = count(found.bad, span, found.until)
    if found.least is None or found.most is None:
        return counted
    least, most = (count(side, span, found.until) for side in (found.least, found.most))
    return Count(counted.value, min(least.low, counted.value), max(most.high, counted.value))


def count_requests(impact: Impact) -> dict[str, Fact]:
    """The facts ``requests.total``, ``.failed`` and ``.failed_ratio`` of one SLO.

    Args:
        impact: Its impact window and samples.

    Returns:
        Known with bounds, or unknown with the reason, by fact name.

    Formula: failed / total for the ratio; see ``count`` for the counts.
    Source: the template's "Requests affected"; reference method in ``docs/decisions/0010-counting.md``.
    """
    names = ("requests.total", "requests.failed", "requests.failed_ratio")
    span = span_of(impact)
    found = impact.curves
    if span is None or found is None:
        return dict.fromkeys(names, why_not(impact, counted=found is not None))
    misfit = misfit_of(impact, span, found) or why_twice(impact.slo)
    if misfit is not None:
        return dict.fromkeys(names, misfit)
    total, failed = count(found.total, span, found.until), count_bad(found, span)
    if failed.low > total.high or _good_events(impact.slo, span) > total.high:
        part = "bad" if failed.low > total.high else "good"
        reason = (
            f"{impact.slo.definition.name} counts more {part} events than events: its selectors do not fit together"
        )
        return dict.fromkeys(names, Unknown(reason=reason, ask=ASK_METRICS))
    total, failed = _shared_out(impact, total, failed, span)
    sources = sources_of(impact)
    notes = _notes(found, span)
    facts: dict[str, Fact] = {
        "requests.total": _events(total, _TOTAL_FORMULA, impact, sources, notes),
        "requests.failed": _events(failed, _failed_formula(impact), impact, sources, notes),
    }
    if total.value <= 0:
        facts[names[2]] = Unknown(reason="no requests were served in the impact window", ask=ASK_METRICS)
        return facts
    ratio = min(1.0, failed.value / total.value)
    facts[names[2]] = Known(
        value=ratio,
        low=min(ratio, _ratio(failed.low, total.high - failed.high)),
        high=max(ratio, _ratio(failed.high, total.low - failed.low)),
        unit=Unit.RATIO,
        basis=Basis.INFERRED if impact.slo.boundary else Basis.MEASURED,
        method="failed over all requests of the impact window",
        formula="requests.failed / requests.total",
        sources=sources,
    )
    return facts


def _shared_out(impact: Impact, total: Count, failed: Count, span: Span) -> tuple[Count, Count]:
    """Counts with the events of the intervals at the edges shared out by the rates beside them."""
    moved = share_out(impact.buckets.targets if impact.buckets is not None else (), span)
    bad = min(max(failed.value + moved.bad, failed.low), failed.high)
    every = min(max(total.value + moved.bad + moved.good, total.low, bad), max(total.high, bad))
    return Count(every, total.low, max(total.high, every)), Count(bad, failed.low, failed.high)


def _ratio(bad: float, good: float) -> float:
    """Bad by all events; 0 without any."""
    every = bad + max(0.0, good)
    return bad / every if every > 0 else 0.0


def _good_events(slo: SloEvidence, span: Span) -> float:
    """Good events in a window, surely; 0 where the bad ones are counted."""
    if slo.good is None:
        return 0.0
    starts = slo.process_starts.matrix if slo.process_starts else None
    return count(curves_of(slo.good, starts, (slo.total,) if slo.total else ()), span).low


def _floor(curve: Curve, instant: float) -> float:
    """Events until the last sample that is surely from before an instant, or from it."""
    surely = instant - curve.spread / 2
    return float(curve.events[max(int(np.searchsorted(curve.times, surely, "right")) - 1, 0)])


def _ceiling(curve: Curve, instant: float) -> float:
    """Events until the first sample that is surely from after an instant, or from it."""
    surely = instant + curve.spread / 2
    return float(curve.events[min(int(np.searchsorted(curve.times, surely, "left")), len(curve.times) - 1)])


def _failed_formula(impact: Impact) -> str:
    return "bad(V) - bad(S)" if impact.slo.bad is not None else "(total - good)(V) - (total - good)(S)"


def _notes(found: SloCurves, span: Span) -> Mapping[str, Value]:
    """What a reader needs to judge a count: counters, their restarts, births, unknown starts, and gaps at the edges."""
    alive = [c for c in found.total if c.times[0] < span.end and c.times[-1] > span.start]
    gaps = [
        float(c.times[i] - c.times[i - 1])
        for c in found.total
        for edge in (span.start, span.end)
        if 0 < (i := int(np.searchsorted(c.times, edge))) < len(c.times)
    ]
    notes: dict[str, Value] = {
        "series": float(len(alive)),
        "restarts": float(_restarts(found, span)),
        "born": float(sum(c.born and c.times[0] >= span.start for c in alive)),
        "unknown_start": float(sum(c.unknown_start and c.times[0] >= span.start for c in alive)),
    }
    widest = max(gaps, default=0.0)
    if widest > 3 * found.step:
        notes["gap_over_edge_s"] = widest
    return notes


def _restarts(found: SloCurves, span: Span) -> int:
    """How often processes restarted: a counter that a route's first request brings back later is no further restart.

    Formula: per target, the distinct process starts; where they are not known, counters' restarts, those that follow
        one another in less than five minutes being one.
    """
    known: dict[tuple[str, str], set[float]] = {}
    unknown: dict[tuple[str, str], set[float]] = {}
    for curve in found.total:
        for reset, begun in zip(curve.resets, curve.restarts, strict=True):
            if span.start <= reset <= span.end:
                (unknown if begun == reset else known).setdefault(curve.instance, set()).add(begun)
    starts = sum(_apart(sorted(each), _SAME_START) for each in known.values())
    for instance, resets in unknown.items():
        near = known.get(instance, set())
        alone = [one for one in sorted(resets) if not any(abs(one - start) <= _SAME_RESTART for start in near)]
        starts += _apart(alone, _SAME_RESTART)
    return starts


def _apart(instants: Sequence[float], distance: float) -> int:
    """How many groups instants form, those nearer than a distance being of one; ascending."""
    return len(instants) and 1 + sum(later - one > distance for one, later in pairwise(instants))


def _events(found: Count, formula: str, impact: Impact, sources: tuple[str, ...], notes: Mapping[str, Value]) -> Known:
    total = impact.slo.total
    method = "raw counter samples, those at the edges shared out by the rates beside them"
    if total is not None and total.recorded:
        method = "recorded events added up, those at the edges shared out by the rates beside them"
    if total is not None and total.pushed_down:
        method = "increments summed by the server"
    between = impact.slo.boundary if formula != _TOTAL_FORMULA else None
    return Known(
        value=found.value,
        low=found.low,
        high=found.high,
        unit=Unit.EVENTS,
        basis=Basis.INFERRED if between else Basis.MEASURED,
        method=f"{method}; {_between(between)}" if between else method,
        formula=formula,
        sources=sources,
        notes=notes,
    )


def _between(boundary: Boundary) -> str:
    if boundary.above is None:
        return f"the threshold {boundary.threshold:g} lies above the last bucket, {boundary.below:g}"
    buckets = f"{boundary.below:g} and {boundary.above:g}"
    return f"the threshold {boundary.threshold:g} interpolated between the buckets {buckets}"


def sources_of(impact: Impact) -> tuple[str, ...]:
    """Ids of the questions that a count rests on."""
    slo = impact.slo
    reads = (slo.total, slo.bad, slo.good, slo.good_above, slo.process_starts)
    return tuple(read.source for read in reads if read is not None)


def misfit_of(impact: Impact, span: Span, found: SloCurves) -> Unknown | None:
    """Why a window cannot be counted although there are counters; None when it can.

    Args:
        impact: The impact.
        span: Its window.
        found: The counters.

    Returns:
        The reason: the window is empty, or its samples do not reach as far as a human stated.
    """
    name = impact.slo.definition.name
    if span.end <= span.start:
        return Unknown(reason="the impact ends before it starts, as stated", ask="whoever stated start or end")
    first = min(float(curve.times[0]) for curve in found.total) - _REACH_SCRAPES * found.step
    last = found.until + _REACH_SCRAPES * found.step
    if span.start < first or span.end > last:
        return Unknown(reason=f"the samples of {name} do not cover the impact as stated", ask=ASK_METRICS)
    return None


def why_not(impact: Impact, *, counted: bool) -> Unknown:
    """Why requests cannot be counted.

    Args:
        impact: The impact.
        counted: Whether there are counters at all.
    """
    name = impact.slo.definition.name
    if not counted and impact.slo.ratio is not None:
        return Unknown(reason=f"{name} is configured as a ratio, which cannot be counted", ask=ASK_METRICS)
    if not counted:
        return Unknown(reason=f"the events of {name} could not be read", ask=ASK_METRICS)
    if isinstance(impact.start, Unknown):
        return Unknown(reason=impact.start.reason, ask=impact.start.ask)
    if isinstance(impact.end, Unknown):
        return Unknown(reason=impact.end.reason, ask=impact.end.ask)
    return Unknown(reason=f"the events of {name} could not be read", ask=ASK_METRICS)
