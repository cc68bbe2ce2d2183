"""Answer Grafana's POST /api/ds/query as its Prometheus data source does, from a real engine.

Step, alignment, macros and legends follow Grafana's ``promlib/models/query.go``; times are milliseconds since 1970.
"""

from __future__ import annotations

import json
import math
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Body = dict[str, object]

DEFAULT_SCRAPE = "15s"
DEFAULT_RESOLUTION = 1500
SAFE_RESOLUTION = 11_000
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"(\d+)(ms|[smhdw])")
_LEGEND_LABEL = re.compile(r"\{\{\s*(.+?)\s*\}\}")
# An interval below the limit is rounded to the value beside it, in milliseconds; above the last, to a year.
_ROUNDING = (
    *((10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500)),
    *((1500, 1000), (3500, 2000), (7500, 5000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000), (45_000, 30_000)),
    *((90_000, 60_000), (210_000, 120_000), (450_000, 300_000), (750_000, 600_000), (1_050_000, 900_000)),
    *((1_500_000, 1_200_000), (2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000)),
    *((16_200_000, 10_800_000), (32_400_000, 21_600_000), (86_400_000, 43_200_000), (604_800_000, 86_400_000)),
    *((1_814_400_000, 604_800_000), (3_628_800_000, 2_592_000_000)),
)
_YEAR = 31_536_000_000


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """The engine refused a query.

    Attributes:
        status: The HTTP status it gave.
        text: Its error type and message.
    """

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a request, with everything Grafana resolves in it.

    Attributes:
        ref_id: Its refId.
        expression: PromQL without macros.
        legend: The legend format.
        step: In milliseconds.
        start: Aligned to the step.
        end: Aligned to the step.
        instant: Whether only the end is asked for.
    """

    ref_id: str
    expression: str
    legend: str
    step: int
    start: int
    end: int
    instant: bool


def answer(request: Mapping[str, Any], engine: str) -> tuple[int, Body]:
    """Run all queries of a request.

    Args:
        request: The body of POST /api/ds/query.
        engine: Base URL of a Prometheus API.

    Returns:
        The HTTP status (200; 207 when some queries failed, 400 when all did) and the body.
    """
    results: dict[str, Body] = {}
    for asked in request["queries"]:
        query = resolve(asked, int(request["from"]), int(request["to"]))
        try:
            results[query.ref_id] = {"status": 200, "frames": _frames(query, _ask(query, engine))}
        except Refused as refused:
            failure = {"status": refused.status, "error": refused.text, "errorSource": "downstream", "frames": []}
            results[query.ref_id] = failure
    failed = sum("error" in result for result in results.values())
    status = 200 if not failed else 400 if failed == len(results) else 207
    return status, {"results": results}


def resolve(asked: Mapping[str, Any], start: int, end: int) -> Query:
    """Resolve step, alignment and macros of one query.

    Args:
        asked: One element of the request's ``queries``.
        start: The request's ``from``.
        end: The request's ``to``.

    Returns:
        The query as the engine is asked.
    """
    minimum = str(asked.get("interval") or "")
    interval = int(asked.get("intervalMs") or 0)
    floor = milliseconds(minimum) if minimum else interval or milliseconds(DEFAULT_SCRAPE)
    points = int(asked.get("maxDataPoints") or DEFAULT_RESOLUTION)
    step = max(floor, rounded((end - start) // points) if (end - start) // points >= floor else 0)
    step = max(step, rounded((end - start) // SAFE_RESOLUTION))
    scrape = milliseconds(minimum or DEFAULT_SCRAPE)
    rate = max(interval + scrape, 4 * scrape)
    seconds = round((end - start) / 1000)
    macros = {
        "__rate_interval_ms": str(rate),
        "__rate_interval": go_duration(rate),
        "__interval_ms": str(step),
        "__interval": grafana_interval(step),
        "__range_ms": str(end - start),
        "__range_s": str(seconds),
        "__range": f"{seconds}s",
    }
    expression = str(asked.get("expr", ""))
    for name, value in macros.items():
        expression = expression.replace("${" + name + "}", value).replace("$" + name, value)
    return Query(
        ref_id=str(asked.get("refId", "A")),
        expression=expression,
        legend=str(asked.get("legendFormat", "")),
        step=step,
        start=start // step * step,
        end=end // step * step,
        instant=bool(asked.get("instant")) and not asked.get("range"),
    )


def rounded(interval: int) -> int:
    """The interval Grafana rounds to, in milliseconds."""
    return next((value for limit, value in _ROUNDING if interval < limit), _YEAR)


def milliseconds(text: str) -> int:
    """A duration such as ``15s`` or ``1m30s`` in milliseconds."""
    return sum(int(count) * _UNITS[unit] for count, unit in _DURATION.findall(text))


def go_duration(duration: int) -> str:
    """A duration in milliseconds as Go prints it, such as ``1m0s``."""
    if duration < _UNITS["s"]:
        return f"{duration}ms"
    minutes, rest = divmod(duration, _UNITS["m"])
    seconds = f"{rest / 1000:g}s"
    if not minutes:
        return seconds
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{seconds}" if hours else f"{minutes}m{seconds}"


def grafana_interval(duration: int) -> str:
    """A duration in milliseconds in the largest unit of which it has at least one, as Grafana prints intervals."""
    for unit in ("d", "h", "m", "s"):
        if duration >= _UNITS[unit]:
            return f"{duration // _UNITS[unit]}{unit}"
    return f"{duration}ms"


def display_name(legend: str, labels: Mapping[str, str], expression: str) -> str:
    """The ``displayNameFromDS`` of a series; empty when Grafana leaves the naming to the panel."""
    if legend == "__auto":
        return "" if labels else expression
    if legend:
        name = _LEGEND_LABEL.sub(lambda match: labels.get(match[1], ""), legend)
    else:
        inner = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()) if key != "__name__")
        name = labels.get("__name__", "") + ("{" + inner + "}" if inner or "__name__" not in labels else "")
    return expression if name == "{}" else name


def _ask(query: Query, engine: str) -> list[dict[str, Any]]:
    """Run a query on the engine; its series."""
    if query.instant:
        path, form = "query", {"query": query.expression, "time": f"{query.end / 1000:.3f}"}
    else:
        times = {"start": f"{query.start / 1000:.3f}", "end": f"{query.end / 1000:.3f}", "step": str(query.step / 1000)}
        path, form = "query_range", {"query": query.expression, **times}
    request = urllib.request.Request(f"{engine}/api/v1/{path}", data=urlencode(form).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            data = json.load(reply)["data"]
    except urllib.error.HTTPError as error:
        with error:
            body = json.load(error)
        raise Refused(error.code, f"{body['errorType']}: {body['error']}") from error
    except OSError as error:
        raise Refused(502, f"Post {engine}/api/v1/{path}: {error}") from error
    if data["resultType"] == "scalar":
        return [{"metric": {}, "value": data["result"]}]
    return list(data["result"])


def _frames(query: Query, series: Sequence[Mapping[str, Any]]) -> list[Body]:
    """One frame per series."""
    return [_frame(query, one) for one in series]


def _frame(query: Query, series: Mapping[str, Any]) -> Body:
    """A series as a frame: columns of times and values, and where the values are no finite numbers."""
    samples = series.get("values") or [series["value"]]
    values = [float(value) for _, value in samples]
    entities: dict[str, list[int]] = {}
    for position, value in enumerate(values):
        if not math.isfinite(value):
            kind = "NaN" if math.isnan(value) else "Inf" if value > 0 else "NegInf"
            entities.setdefault(kind, []).append(position)
    name = display_name(query.legend, series["metric"], query.expression)
    value_field: Body = {
        "name": "Value",
        "type": "number",
        "typeInfo": {"frame": "float64"},
        "labels": dict(series["metric"]),
    }
    if name:
        value_field["config"] = {"displayNameFromDS": name}
    time_field: Body = {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}}
    if not query.instant:
        time_field["config"] = {"interval": query.step}
    kind = "numeric-multi" if query.instant else "timeseries-multi"
    meta: Body = {
        "type": kind,
        "typeVersion": [0, 1],
        "custom": {"resultType": "vector" if query.instant else "matrix"},
        "executedQueryString": f"Expr: {query.expression}\nStep: {go_duration(query.step)}",
    }
    schema: Body = {"refId": query.ref_id, "meta": meta, "fields": [time_field, value_field]}
    if name:
        schema["name"] = name
    data: Body = {
        "values": [
            [round(float(time) * 1000) for time, _ in samples],
            [value if math.isfinite(value) else None for value in values],
        ]
    }
    if entities:
        data["entities"] = [None, entities]
    return {"schema": schema, "data": data}
