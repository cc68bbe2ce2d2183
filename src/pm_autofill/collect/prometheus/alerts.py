"""What Prometheus remembers of alerts: the stretches in which they were pending or firing, and their rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.raw import count_series, fewer_series, read_raw
from pm_autofill.collect.prometheus.refusals import gap_of, gaps_of_partial
from pm_autofill.collect.transport.background import gather
from pm_autofill.collect.transport.pending import Pending
from pm_autofill.errors import SourceError
from pm_autofill.evidence.alerts import AlertSeries
from pm_autofill.instants import from_epoch
from pm_autofill.promql import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pm_autofill.collect.prometheus.asking import Interviewer
    from pm_autofill.evidence.series import Floats, Matrix, Series
    from pm_autofill.instants import Window

_STATE, _SINCE = "ALERTS", "ALERTS_FOR_STATE"
_OWN_LABELS = frozenset({"__name__", "alertname", "alertstate"})
_STATES = ("pending", "firing")
_USUAL_INTERVAL = 60.0
_GAP_INTERVALS = 3
_WHAT = "the alerts' own times"


def read_alerts(ask: Interviewer, names: Iterable[str], window: Window) -> Observed[tuple[AlertSeries, ...]]:
    """Read when alerts were pending and firing.

    Args:
        ask: Asks.
        names: The alerts.
        window: Where to look; both ends included.

    Returns:
        Their stretches, by first evaluation.
    """
    wanted = tuple(names)
    if not wanted:
        return Observed(())
    tasks = {
        f"{SYSTEM}: samples of {metric}": partial(read_raw, ask, select(metric, alertname=wanted), window, _WHAT)
        for metric in (_STATE, _SINCE)
    }
    counting = Pending(
        partial(count_series, ask, select(_STATE, alertname=wanted), window, _WHAT), f"{SYSTEM}: alerts counted"
    )
    states, since = gather(tasks, ask.policy.deadline).values()
    counted = counting.result()
    if isinstance(states, SourceError):
        return Observed((), {}, (gap_of(states, _WHAT),))
    gaps = gaps_of_partial(states[0].reply, _WHAT) or fewer_series(len(states[1].series), counted, _WHAT)
    key = source_id("alerts")
    sources = {key: states[0].source(ask.base, over=window, shown=select(_STATE, alertname=wanted))}
    if not isinstance(since, SourceError):
        gaps = gaps or gaps_of_partial(since[0].reply, _WHAT)
    if isinstance(since, SourceError):
        return Observed(stretches(states[1], (), key), sources, (*gaps, gap_of(since, _WHAT)))
    return Observed(stretches(states[1], since[1].series, key), sources, gaps)


def stretches(states: Matrix, since: Iterable[Series], source: str) -> tuple[AlertSeries, ...]:
    """Samples of ``ALERTS`` as stretches of evaluations that follow one another.

    Evaluations further apart than three usual intervals are two stretches, unless the alert was active since the same
    instant: then Prometheus itself was away. A changed instant begins a new stretch.

    Args:
        states: Samples of ``ALERTS``.
        since: Samples of ``ALERTS_FOR_STATE``, whose values are when the alerts became active.
        source: Id of the question.

    Returns:
        The stretches by first evaluation, name, labels and state.
    """
    became_active = {_identity(one): one for one in since}
    usual = _interval(states.series, _USUAL_INTERVAL)
    found = [
        stretch
        for one in states.series
        if one.labels.get("alertstate") in _STATES
        for stretch in _cut(one, became_active.get(_identity(one)), _interval([one], usual), source)
    ]
    return tuple(sorted(found, key=lambda one: (one.first, one.name, sorted(one.labels.items()), one.state)))


def _identity(one: Series) -> tuple[tuple[str, str], ...]:
    """What tells alerts apart, whatever their state."""
    return tuple(sorted((key, value) for key, value in one.labels.items() if key not in {"__name__", "alertstate"}))


def _interval(series: Iterable[Series], otherwise: float) -> float:
    """The usual distance between evaluations in seconds."""
    distances = [np.diff(one.times) for one in series]
    every = np.concatenate(distances) if distances else np.zeros(0)
    return float(np.median(every)) if len(every) else otherwise


@dataclass(frozen=True, slots=True, eq=False)
class _Activity:
    """When an alert became active, at each evaluation; NaN where that is not known."""

    times: Floats
    since: Floats


def _cut(one: Series, since: Series | None, interval: float, source: str) -> Iterator[AlertSeries]:
    """The stretches of one series."""
    activity = _activity(one, since, interval)
    distance, before, after = np.diff(activity.times), activity.since[:-1], activity.since[1:]
    known = ~np.isnan(before) & ~np.isnan(after)
    apart = np.where(known, before != after, distance > _GAP_INTERVALS * interval)
    starts = np.concatenate(([0], np.flatnonzero(apart) + 1))
    ends = np.concatenate((starts[1:], [len(activity.times)])) - 1
    labels = {key: value for key, value in one.labels.items() if key not in _OWN_LABELS}
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        began, ended = float(activity.times[first]), float(activity.times[last])
        active = float(activity.since[first])
        yield AlertSeries(
            name=one.labels.get("alertname", ""),
            labels=labels,
            state=one.labels["alertstate"],
            first=from_epoch(began),
            last=from_epoch(ended),
            active_at=from_epoch(active) if 0 < active <= ended else None,
            source=source,
        )


def _activity(one: Series, since: Series | None, interval: float) -> _Activity:
    """The value of ``ALERTS_FOR_STATE`` that was written with each sample."""
    if since is None or not len(since.times):
        return _Activity(one.times, np.full(len(one.times), np.nan))
    which = np.searchsorted(since.times, one.times + interval / 2) - 1
    nearest = np.clip(which, 0, None)
    close = (which >= 0) & (np.abs(since.times[nearest] - one.times) <= interval / 2)
    return _Activity(one.times, np.where(close, since.values[nearest], np.nan))
