"""What Prometheus would have recorded about alerting rules: their state at each evaluation, as ALERTS series.

The rule is evaluated on the generated samples with Prometheus' own extrapolation (``extrapolatedRate`` in its
``promql/functions.go``, range selectors closed on both ends as in version 2), so that the recorded alert is the one the
rule gives when it is replayed on the same samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .samples import Integers, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .plan import AlertRule, IncidentPlan

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AlertRun:
    """One time a rule was active.

    Attributes:
        rule: Which rule.
        pending: First evaluation at which it was true.
        fired: First evaluation at which it fired.
        resolved: First evaluation at which it was no longer true; the end of the data while it still is.
    """

    rule: AlertRule
    pending: datetime
    fired: datetime
    resolved: datetime


def evaluate(rule: AlertRule, series: Sequence[Series], plan: IncidentPlan) -> tuple[list[Series], list[AlertRun]]:
    """Run a rule over the detailed part of a history.

    Args:
        rule: The rule.
        series: All series of the history.
        plan: The history's plan.

    Returns:
        The ALERTS and ALERTS_FOR_STATE series, and every run that fired.
    """
    first = plan.detail_start.timestamp() + max(rule.windows)
    interval = plan.evaluation
    moments = np.arange(first // interval * interval, plan.data_end.timestamp(), interval).astype(np.int64) * 1000
    requests = [one for one in series if one.name == "http_requests_total" and one.label("service") == rule.service]
    is_true = np.ones(moments.size, dtype=bool)
    for window in rule.windows:
        is_true &= failed_ratio(requests, moments, window) > rule.threshold
    runs = [moments[part] for part in _runs(is_true)]
    recorded = _recorded(rule, runs)
    fired = [_alert_run(rule, run, interval * 1000) for run in runs if run[-1] - run[0] >= rule.hold * 1000]
    return recorded, fired


def failed_ratio(requests: Iterable[Series], moments: Integers, window: int) -> Floats:
    """The share of failed requests that ``sum(rate(failed[window])) / sum(rate(total[window]))`` gives.

    Args:
        requests: Counters with a ``code`` label.
        moments: When it is asked, in milliseconds since 1970.
        window: Length of the range, in seconds.

    Returns:
        The ratio at each moment; NaN where a side has no series.
    """
    total = np.full(moments.size, np.nan)
    failed = np.full(moments.size, np.nan)
    for one in requests:
        rate = increase(one, moments, window)
        total = np.where(np.isnan(rate), total, np.nan_to_num(total) + rate)
        if one.label("code").startswith("5"):
            failed = np.where(np.isnan(rate), failed, np.nan_to_num(failed) + rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(failed / total, dtype=np.float64)


def increase(series: Series, moments: Integers, window: int) -> Floats:
    """What ``increase(counter[window])`` gives at each moment; NaN where it gives nothing."""
    times, values = series.times, series.values
    drops = np.diff(values, prepend=values[0])
    grown = np.cumsum(np.where(drops < 0, values, drops))
    first = np.searchsorted(times, moments - window * 1000, side="left")
    last = np.searchsorted(times, moments, side="right") - 1
    result = np.full(moments.size, np.nan)
    enough = last > first
    moments, first, last = moments[enough], first[enough], last[enough]
    delta = grown[last] - grown[first]
    sampled = (times[last] - times[first]) / 1000
    to_start = (times[first] - moments) / 1000 + window
    to_end = (moments - times[last]) / 1000
    spacing = sampled / (last - first)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_zero = np.where(delta > 0, sampled * values[first] / delta, np.inf)
    to_start = np.minimum(to_start, to_zero)
    stretched = sampled + np.where(to_start < spacing * 1.1, to_start, spacing / 2)
    stretched += np.where(to_end < spacing * 1.1, to_end, spacing / 2)
    result[enough] = delta * stretched / sampled
    return result


def _runs(flags: NDArray[np.bool_]) -> list[slice]:
    """The stretches in which the flags are set."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _recorded(rule: AlertRule, runs: Sequence[Integers]) -> list[Series]:
    """The series Prometheus writes while a rule is active."""
    labels = (("alertname", rule.name), *rule.labels.items())
    pending: list[Integers] = []
    firing: list[Integers] = []
    since: list[Floats] = []
    for run in runs:
        holds = run - run[0] >= rule.hold * 1000
        pending.append(run[~holds])
        firing.append(run[holds])
        since.append(np.full(run.size, run[0] // 1000, dtype=np.float64))
    if not runs:
        return []
    states = (("pending", np.concatenate(pending)), ("firing", np.concatenate(firing)))
    recorded = [
        Series((("__name__", "ALERTS"), *labels, ("alertstate", state)), times, np.ones(times.size))
        for state, times in states
        if times.size
    ]
    return [
        *recorded,
        Series((("__name__", "ALERTS_FOR_STATE"), *labels), np.concatenate(runs), np.concatenate(since)),
    ]


def _alert_run(rule: AlertRule, run: Integers, interval: int) -> AlertRun:
    """The instants of one stretch of evaluations at which a rule was true."""
    fired = run[run - run[0] >= rule.hold * 1000][0]
    return AlertRun(rule, _instant(run[0]), _instant(fired), _instant(run[-1] + interval))


def _instant(milliseconds: int) -> datetime:
    """The instant so many milliseconds after 1970."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC)
