"""What happened minute by minute: the worst ratio of failures, and the requests that never arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse.counting import ASK_METRICS, misfit_of, sources_of, why_not
from pm_autofill.analyse.spans import span_of
from pm_autofill.analyse.twins import why_twice
from pm_autofill.analyse.usual import wilson
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence.increments import Curve
    from pm_autofill.evidence.series import Floats

_PEAK_EVENTS = 20
_MINUTE = 60.0
# Scrapes a minute apart come a moment early or late; that makes none of them longer than a minute.
_NEARLY = 1.01


def peak_ratio(impact: Impact) -> Fact:
    """The fact ``requests.failed_ratio_peak`` of one SLO.

    Formula: the largest bad / total over whole UTC minutes that touch [S, V) (over one scrape interval if that is
        longer) with at least 20 events.
    Source: ``docs/facts.md``; the template's "Requests affected"; the interval is Wilson's.
    """
    span = span_of(impact)
    found = impact.curves
    if span is None or found is None:
        return why_not(impact, counted=found is not None)
    misfit = misfit_of(impact, span, found)
    if misfit is not None:
        return misfit
    width = found.step if found.step > _NEARLY * _MINUTE else _MINUTE
    first, last = np.floor(span.start / width) * width, np.ceil(span.end / width) * width
    edges = np.arange(first, last + width / 2, width)
    until = max(curve.times[-1] for curve in found.total)
    edges = edges[edges <= until] if len(edges) and edges[-1] > until + found.step else edges
    total, failed = _per_bucket(found.total, edges), _per_bucket(found.bad, edges)
    enough = total >= _PEAK_EVENTS
    if not enough.any():
        return Unknown(reason=f"no minute of the impact window had {_PEAK_EVENTS} requests", ask=ASK_METRICS)
    ratio = np.where(enough, failed / np.maximum(total, 1e-9), -1.0)
    worst = int(np.argmax(ratio))
    value = float(np.clip(ratio[worst], 0, 1))
    low, high = wilson(value, float(total[worst]))
    if found.least is not None and found.most is not None:
        least, most = (_per_bucket(each, edges)[worst] / total[worst] for each in (found.least, found.most))
        low, high = min(low, float(np.clip(least, 0, 1))), max(high, float(np.clip(most, 0, 1)))
    return Known(
        value=value,
        low=low,
        high=high,
        unit=Unit.RATIO,
        basis=Basis.MEASURED,
        method="the worst minute",
        formula="max over minutes of failed / total",
        sources=sources_of(impact),
        notes={"worst_minute_s": float(edges[worst]), "events": float(total[worst])},
    )


def lost_requests(impact: Impact) -> Fact:
    """The fact ``requests.lost``: requests that never arrived because traffic fell below its expected range.

    Formula: sum over minutes of [S, V) with traffic below the range of expected - served; 0 when none was; the range
        is the fitted traffic, less three standard deviations of its own wandering and of counting, at least 20 %.
    """
    span = span_of(impact)
    if span is None or impact.buckets is None or impact.detection is None or not impact.buckets.counted:
        return why_not(impact, counted=impact.buckets is not None and impact.buckets.counted)
    twice = why_twice(impact.slo)
    if twice is not None:
        return twice
    usual, buckets = impact.detection.baseline, impact.buckets
    size = max(1, round(_MINUTE / buckets.width))
    inside = np.flatnonzero((buckets.edges[1:] > span.start) & (buckets.edges[:-1] < span.end))
    outside = int(usual.usual.sum())
    if outside < 8 or not len(inside):  # noqa: PLR2004 - fewer buckets say nothing of the usual traffic
        return Unknown(reason="the searched window holds too little usual traffic to compare with", ask=ASK_METRICS)
    lost = spread = 0.0
    for block in np.array_split(inside, max(1, len(inside) // size)):
        expected, served = float(usual.traffic[block].sum()), float(buckets.total[block].sum())
        margin = max(0.2 * expected, 3 * float(np.hypot(usual.traffic_wander * expected, np.sqrt(expected))))
        if served < expected - margin:
            lost += expected - served
            spread += margin
    return Known(
        value=lost,
        low=max(0.0, lost - spread),
        high=lost + spread,
        unit=Unit.EVENTS,
        basis=Basis.MEASURED,
        method="usual traffic of the hours around, less what was served, where it fell below its range"
        if lost
        else "the traffic stayed within its usual range",
        formula="sum of expected - served",
        sources=sources_of(impact),
    )


def _per_bucket(curves: Sequence[Curve], edges: Floats) -> Floats:
    """Events between edges, summed over counters."""
    total = np.zeros(len(edges))
    for curve in curves:
        total += curve.at(edges)
    return np.diff(total)
