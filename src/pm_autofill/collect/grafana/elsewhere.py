"""A panel's data where Grafana's own query fails: from the data source's proxy, else from the configured Prometheus.

Step, alignment, macros and legends, which Grafana's server else does, are done here as it does them.
Source: grafana/grafana, the Prometheus data source's models/query.go.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

from pm_autofill.collect.grafana.frames import read_frames
from pm_autofill.collect.grafana.gateway import SYSTEM, Gateway, is_id
from pm_autofill.collect.grafana.intervals import milliseconds, round_step
from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, scalar, text
from pm_autofill.collect.grafana.panel_questions import Filled, Spot, retimed, with_data
from pm_autofill.collect.grafana.questions import panel_window
from pm_autofill.errors import SourceError, SourceRejected, SourceUnavailable
from pm_autofill.evidence.series import Matrix, Series, label_text, matrix
from pm_autofill.instants import Window, format_duration, from_epoch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.evidence.panels import Panel, PanelQuery
    from pm_autofill.evidence.record import Source

_USUAL_POINTS = 1000
_MOST_POINTS = 1500
_SAFE_POINTS = 11_000
_USUAL_SCRAPE = 15_000  # milliseconds
_LABEL = re.compile(r"\{\{\s*(.{1,200}?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Stepped:
    """One query with everything in place that Grafana's server fills in.

    Attributes:
        expression: PromQL.
        window: First and last evaluation, on multiples of the step.
        step: Between evaluations.
        instant: Whether only the end is asked for.
        what: What is asked for, for messages.
    """

    expression: str
    window: Window
    step: timedelta
    instant: bool
    what: str


AskPrometheus: TypeAlias = "Callable[[Stepped], tuple[Matrix, Source]]"


def fill_elsewhere(
    gateway: Gateway, spot: Spot, window: Window, error: SourceError, ask_prometheus: AskPrometheus | None
) -> Filled | None:
    """Ask for a panel's data past Grafana's own query.

    Args:
        gateway: Grafana.
        spot: The panel.
        window: The range to show.
        error: Why Grafana's own query failed.
        ask_prometheus: Asks the configured Prometheus; None where none is configured.

    Returns:
        The panel with its data, and in ``not_applied`` where they come from; None where they are not to be had, or
        where the query itself was refused.
    """
    queries = spot.panel.queries
    refused = isinstance(error, SourceRejected) and error.status == HTTPStatus.BAD_REQUEST
    if refused or not all(one.datasource_type in {"", "prometheus"} for one in queries):
        return None
    ways: list[tuple[str, Callable[[PanelQuery, Stepped], tuple[Matrix, Source]]]] = []
    if all(is_id(one.datasource_uid) for one in queries):
        ways.append(("the data source's proxy", lambda query, asked: _ask_proxy(gateway, query, asked)))
    if ask_prometheus is not None:
        ways.append(("the configured Prometheus", lambda _, asked: ask_prometheus(asked)))
    for name, ask in ways:
        try:
            return _filled(spot, window, ask, f"data asked of {name}, as Grafana's own query failed: {error.message}")
        except SourceError:
            continue
    return None


def resolve(query: PanelQuery, panel: Panel, window: Window, what: str) -> Stepped:
    """A query as Grafana's server would put it to Prometheus.

    Formula: step = max(round(range / points), smallest step, round(range / 11,000));
    $__rate_interval = max(interval + scrape, 4 * scrape).

    Args:
        query: The query, its variables in place.
        panel: Its panel, for the smallest step and the number of points.
        window: The range asked for.
        what: What is asked for, for messages.
    """
    length = round(window.seconds * 1000)
    points = min(panel.max_points or _USUAL_POINTS, _MOST_POINTS)
    own, shared = milliseconds(query.interval), milliseconds(panel.interval)
    scrape = own or shared or _USUAL_SCRAPE
    interval = max(shared or 0, round(length / points), 1)
    step = max(round_step(length / points), scrape, round_step(length / _SAFE_POINTS))
    start, end = (round(at.timestamp() * 1000) // step * step for at in (window.start, window.end))
    macros = {
        "__rate_interval_ms": str(max(interval + scrape, 4 * scrape)),
        "__rate_interval": _duration(max(interval + scrape, 4 * scrape)),
        "__interval_ms": str(step),
        "__interval": _duration(step),
        "__range_ms": str(length),
        "__range_s": str(round(length / 1000)),
        "__range": f"{round(length / 1000)}s",
        "__from": str(round(window.start.timestamp() * 1000)),
        "__to": str(round(window.end.timestamp() * 1000)),
    }
    expression = query.expression
    for name, value in macros.items():
        expression = expression.replace(f"${{{name}}}", value).replace(f"${name}", value)
    aligned = Window(from_epoch(start / 1000), from_epoch(end / 1000))
    return Stepped(expression, aligned, timedelta(milliseconds=step), query.instant, what)


def _filled(
    spot: Spot, window: Window, ask: Callable[[PanelQuery, Stepped], tuple[Matrix, Source]], note: str
) -> Filled:
    """The panel with the data of all its queries.

    Raises:
        SourceError: One of them could not be had.
    """
    shown = panel_window(spot.panel, window)
    results: dict[str, Any] = {}
    sources = []
    for query in spot.panel.queries:
        asked = resolve(query, spot.panel, shown, spot.name)
        found, source = ask(query, asked)
        sources.append(source)
        results[query.ref_id] = {"frames": [_frame(one, query, asked) for one in found.series]}
    data = read_frames({"results": results}, spot.panel.queries)
    panel = with_data(retimed(spot.panel, window), data)
    digest = hashlib.sha256("".join(one.sha256 for one in sources).encode()).hexdigest()
    source = msgspec.structs.replace(
        sources[0],
        query="\n".join(one.query for one in sources),
        url=panel.link,
        start=shown.start,
        end=shown.end,
        sha256=digest if len(sources) > 1 else sources[0].sha256,
    )
    panel = msgspec.structs.replace(panel, source=spot.source, not_applied=(*panel.not_applied, note[:300]))
    return Filled(panel, source)


def _ask_proxy(gateway: Gateway, query: PanelQuery, asked: Stepped) -> tuple[Matrix, Source]:
    """Ask a data source through Grafana's proxy.

    Raises:
        SourceError: There is no usable answer.
    """
    path = f"/datasources/proxy/uid/{query.datasource_uid}/api/v1/{'query' if asked.instant else 'query_range'}"
    start, end = (f"{at.timestamp():.3f}" for at in (asked.window.start, asked.window.end))
    times = {"time": end} if asked.instant else {"start": start, "end": end, "step": str(asked.step.total_seconds())}
    read = partial(_read_result, what=asked.what)
    answer = gateway.look_up(path, asked.what, {"query": asked.expression, **times}, read)
    source = answer.source(asked.expression, gateway.url, window=asked.window, step=asked.step.total_seconds())
    return answer.body, source


def _read_result(body: object, what: str) -> Matrix:
    """The series of Prometheus' own answer: a matrix, a vector or a scalar.

    Raises:
        SourceUnavailable: It holds none of them.
    """
    data = mapping(mapping(body).get("data"))
    if not isinstance(data.get("result"), list):
        message = f"Grafana's proxy answered the question for {what} without a result"
        raise SourceUnavailable(SYSTEM, message)
    if text(data.get("resultType")) == "scalar":
        return matrix([_series({}, [data.get("result")])])
    rows = mappings(data.get("result"))
    return matrix(_series(mapping(one.get("metric")), items(one.get("values")) or [one.get("value")]) for one in rows)


def _series(metric: Mapping[str, Any], points: list[Any]) -> Series:
    """One series; points that are no pair of time and number are left out."""
    pairs = [
        (time, _number(one[1]))
        for one in points
        if isinstance(one, list) and len(one) == 2 and (time := number(one[0])) is not None  # noqa: PLR2004 - a pair
    ]
    labels = {text(key): scalar(value) for key, value in metric.items()}
    return Series(labels, np.array([time for time, _ in pairs]), np.array([value for _, value in pairs]))


def _number(written: object) -> float:
    """A sample as Prometheus writes it, "NaN" and "+Inf" among them."""
    try:
        return float(text(written))
    except ValueError:
        return math.nan


def _frame(series: Series, query: PanelQuery, asked: Stepped) -> dict[str, Any]:
    """A series in the shape of Grafana's own answer."""
    name = _legend(query.legend, series.labels, asked.expression)
    column = {"type": "number", "labels": series.labels, "config": {"displayNameFromDS": name} if name else {}}
    clock = {"type": "time", "config": {} if asked.instant else {"interval": asked.step.total_seconds() * 1000}}
    values = [[round(1000 * one) for one in series.times.tolist()], series.values.tolist()]
    return {"schema": {"fields": [clock, column]}, "data": {"values": values}}


def _legend(legend: str, labels: dict[str, str], expression: str) -> str:
    """The name Grafana's server gives a series; empty where it leaves that to the panel."""
    if legend == "__auto":
        return "" if labels else expression
    if legend:
        return _LABEL.sub(lambda match: labels.get(match[1], ""), legend)
    return label_text(labels) if labels else expression


def _duration(length: int) -> str:
    return format_duration(timedelta(milliseconds=length))
