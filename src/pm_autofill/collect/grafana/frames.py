"""The answer of ``/api/ds/query``: data frames, column by column, as named series."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pm_autofill.collect.grafana.loose import items, mapping, mappings, number, scalar, text
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.panels import PanelSeries
from pm_autofill.evidence.series import Matrix, Series, label_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.evidence.panels import PanelQuery
    from pm_autofill.evidence.series import Floats

MOST_SERIES = 50
MOST_SAMPLES = 20_000
MOST_POINTS = 5000  # of one series; no question asks for more than 1,500
_LONGEST_NAME = 200
_LONGEST_ERROR = 300
_NUMERIC = frozenset({"number", ""})
_LATEST = 4e9  # epoch seconds, in the year 2096: a time beyond is none
_SPECIAL = {"NaN": math.nan, "Inf": math.inf, "NegInf": -math.inf}


@dataclass(frozen=True, slots=True)
class PanelData:
    """What the queries of a panel brought.

    Attributes:
        series: Names, one per series of the matrix, in the same order: by query, then by labels.
        matrix: The samples; NaN where there was none, also once inside each gap longer than the step.
        problems: By query letter, why it brought nothing.
        step: Seconds between samples, where the answer tells.
        left_out: How many series were left out because there were too many.
        thinned: Of how many neighbouring samples one was kept, where a series held too many; 1 where none did.
    """

    series: tuple[PanelSeries, ...] = ()
    matrix: Matrix = field(default_factory=Matrix)
    problems: tuple[tuple[str, str], ...] = ()
    step: float | None = None
    left_out: int = 0
    thinned: int = 1


@dataclass(frozen=True, slots=True)
class _Line:
    """One series on its way."""

    ref_id: str
    name: str
    series: Series
    step: float | None
    thinned: int
    column: str = ""


def read_frames(body: object, queries: Sequence[PanelQuery], end: float | None = None) -> PanelData:
    """Read the answer for one panel.

    Args:
        body: The parsed answer.
        queries: What was asked, in the panel's order; answers to hidden ones are left out.
        end: Instant of numbers that come without a time, as those of expressions do; None to leave such out.

    Returns:
        Its series, ordered, named and bounded: at most 50 of them and 20,000 samples; where there are more, those with
        the highest peaks stay, and of series beyond 5,000 samples every n-th sample.

    Raises:
        SourceUnavailable: The answer holds no results.
    """
    results = mapping(body).get("results")
    if not isinstance(results, dict):
        message = "Grafana's answer to a panel's queries holds no results"
        raise SourceUnavailable("Grafana", message, "Check that grafana.url leads to Grafana itself, and its version.")
    lines: list[_Line] = []
    problems: list[tuple[str, str]] = []
    for query in (one for one in queries if not one.hidden):
        result = mapping(results.get(query.ref_id))
        error = _error_of(result)
        problems += [(query.ref_id, one) for one in ([error] if error else _notices(result))]
        found = [line for frame in mappings(result.get("frames")) for line in _lines(frame, query.ref_id, end)]
        lines += sorted(_named(found, query), key=lambda line: sorted(line.series.labels.items()))
    kept = _bounded(lines)
    steps = [line.step for line in kept if line.step]
    return PanelData(
        series=tuple(PanelSeries(name=line.name, ref_id=line.ref_id) for line in _distinct(kept)),
        matrix=Matrix(tuple(line.series for line in kept)),
        problems=tuple(problems),
        step=max(steps) if steps else None,
        left_out=len(lines) - len(kept),
        thinned=max((line.thinned for line in kept), default=1),
    )


def _error_of(result: Mapping[str, Any]) -> str:
    """Why one query failed; empty when it did not."""
    if not result:
        return "Grafana did not answer it"
    said = " ".join(text(result.get("error")).split())
    status = number(result.get("status"))
    if not said and (status is None or status < 400):  # noqa: PLR2004 - HTTP: from here on, failures
        return ""
    said = said or f"it failed with status {scalar(result.get('status'))}"
    return said if len(said) <= _LONGEST_ERROR else said[: _LONGEST_ERROR - 1] + "…"


def _notices(result: Mapping[str, Any]) -> list[str]:
    """What Grafana remarks on an answer that is not whole; remarks on how a query is written say nothing of that."""
    metas = (mapping(mapping(frame.get("schema")).get("meta")) for frame in mappings(result.get("frames")))
    said = [text(one.get("text")) for meta in metas for one in mappings(meta.get("notices")) if _warns(one)]
    return list(dict.fromkeys(" ".join(one.split())[:_LONGEST_ERROR] for one in said if one))[:1]


def _warns(notice: Mapping[str, Any]) -> bool:
    return notice.get("severity") in {"warning", "error"} and not text(notice.get("text")).startswith("PromQL ")


def _lines(frame: Mapping[str, Any], ref_id: str, end: float | None) -> Iterator[_Line]:
    """The numeric columns of a frame, each with the frame's first column of times."""
    schema = mapping(frame.get("schema"))
    fields = [mapping(one) for one in items(schema.get("fields"))]
    data = mapping(frame.get("data"))
    columns = list(zip(fields, items(data.get("values")), _padded(data, len(fields)), strict=False))
    clock = next(((one, values) for one, values, _ in columns if text(one.get("type")) == "time"), None)
    if clock is None:
        if end is None or not text(mapping(schema.get("meta")).get("type")).startswith("numeric"):
            return
        clock = ({}, [end * 1000])
    times = _times(clock[1])
    interval = number(mapping(clock[0].get("config")).get("interval"))
    step = interval / 1000 if interval and interval > 0 else None
    for one, values, entities in columns:
        if text(one.get("type")) not in _NUMERIC or not isinstance(values, list):
            continue
        clean = _mended(times, _values(values, mapping(entities)))
        stride = math.ceil(len(clean[0]) / MOST_POINTS)
        if stride:
            kept = _with_gaps(*clean, step) if stride == 1 else (clean[0][::stride], clean[1][::stride])
            labels = {text(key): scalar(value) for key, value in mapping(one.get("labels")).items()}
            yield _Line(ref_id, _given_name(one), Series(labels, *kept), step, stride, text(one.get("name")))


def _padded(data: Mapping[str, Any], count: int) -> list[Any]:
    """The positions of special numbers, one entry per column."""
    entities = items(data.get("entities"))
    return entities + [None] * (count - len(entities))


def _given_name(column: Mapping[str, Any]) -> str:
    """The name the data source or the panel gave a column; empty for none."""
    config = mapping(column.get("config"))
    return text(config.get("displayName")) or text(config.get("displayNameFromDS"))


def _times(column: object) -> Floats:
    """A column of epoch milliseconds as seconds; NaN where it holds no usable time."""
    read = (number(one) for one in items(column))
    seconds = np.array([math.nan if one is None else one / 1000 for one in read], dtype=np.float64)
    seconds[~((seconds >= 0) & (seconds < _LATEST))] = math.nan
    return seconds


def _values(column: list[Any], entities: Mapping[str, Any]) -> Floats:
    """A column of numbers; the special ones stand beside it by position."""
    read = np.array([_value(one) for one in column], dtype=np.float64)
    for name, special in _SPECIAL.items():
        for position in items(entities.get(name)):
            if isinstance(position, int) and 0 <= position < len(read):
                read[position] = special
    return read


def _value(cell: object) -> float:
    """One number; NaN for anything else."""
    found = number(cell)
    return math.nan if found is None else found


def _mended(times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Both in ascending order of time; of samples at one time the last stays."""
    count = min(len(times), len(values))
    times, values = times[:count], values[:count]
    usable = np.isfinite(times)
    times, values = times[usable], values[usable]
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(np.diff(times) > 0, np.ones(min(1, len(times)), dtype=bool))
    return times[last], values[last]


def _with_gaps(times: Floats, values: Floats, step: float | None) -> tuple[Floats, Floats]:
    """The same with one NaN inside each gap longer than the step, where Grafana ends its line."""
    if step is None:
        return times, values
    before = np.flatnonzero(np.diff(times) > 1.5 * step)
    return np.insert(times, before + 1, times[before] + step), np.insert(values, before + 1, math.nan)


def _named(lines: list[_Line], query: PanelQuery) -> list[_Line]:
    """Every line with a name: the given one, else the labels that tell it from the query's others."""
    every = [line.series.labels for line in lines]
    keys = sorted({key for labels in every for key in labels})
    telling = [key for key in keys if len({labels.get(key) for labels in every}) > 1]
    return [replace(line, name=_name(line, telling, query)[:_LONGEST_NAME]) for line in lines]


def _name(line: _Line, telling: list[str], query: PanelQuery) -> str:
    """The name of one line."""
    labels = line.series.labels
    if line.name:
        return line.name
    if len(telling) == 1:
        return labels.get(telling[0], "") or _plain_name(line, query)
    if telling:
        return label_text({key: labels[key] for key in telling if key in labels and key != "__name__"})
    return label_text(labels) if labels else _plain_name(line, query)


def _plain_name(line: _Line, query: PanelQuery) -> str:
    """The name of a line without labels: the query; of SQL and expressions the column, else their letter."""
    if not query.model:
        return query.expression
    return line.column if line.column not in {"", "Value"} else query.ref_id


def _distinct(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines, those of one name numbered."""
    often = Counter(line.name for line in lines)
    seen: Counter[str] = Counter()
    for line in lines:
        seen[line.name] += 1
        yield line if often[line.name] == 1 else replace(line, name=f"{line.name} {seen[line.name]}")


def _bounded(lines: list[_Line]) -> list[_Line]:
    """At most so many series and samples, in the same order; those with the highest peaks stay."""
    by_peak = sorted(range(len(lines)), key=lambda index: (-_peak(lines[index].series.values), index))
    kept: set[int] = set()
    room = MOST_SAMPLES
    for index in by_peak[:MOST_SERIES]:
        count = len(lines[index].series.times)
        if count <= room:
            kept.add(index)
            room -= count
    return [line for index, line in enumerate(lines) if index in kept]


def _peak(values: Floats) -> float:
    """The largest finite magnitude; 0 where there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if len(finite) else 0.0
