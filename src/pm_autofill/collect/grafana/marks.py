"""A dashboard's own queries for annotations: read, made ready to be asked, and their answers as marks.

Those of Grafana's own annotations are left out: all of these are read anyway.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from pm_autofill.collect.grafana.annotations import number_of, plain_text
from pm_autofill.collect.grafana.classic import read_datasource
from pm_autofill.collect.grafana.frames import read_frames
from pm_autofill.collect.grafana.interpolation import fill_plain, fill_query, fill_text, names_in
from pm_autofill.collect.grafana.intervals import milliseconds
from pm_autofill.collect.grafana.loose import mapping, mappings, text
from pm_autofill.collect.grafana.model import DatasourceRef, MarkModel
from pm_autofill.evidence.panels import Annotation, MarkQuery, PanelQuery
from pm_autofill.instants import from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.collect.grafana.datasources import Datasources
    from pm_autofill.collect.grafana.variables import Resolution
    from pm_autofill.evidence.series import Series

_MOST = 10
_MOST_MARKS = 200
_LONGEST = 200
_USUAL_STEP = "60s"
_OWN = frozenset({"-- Grafana --", "grafana", "-- Dashboard --"})
_LABEL = re.compile(r"\{\{\s*(\w{1,100})\s*\}\}")


def read_marks(dashboard: Mapping[str, Any]) -> tuple[MarkModel, ...]:
    """The enabled queries for annotations of a classic dashboard that are not Grafana's own."""
    listed = mappings(mapping(dashboard.get("annotations")).get("list"))
    found = (_read(one) for one in listed if one.get("enable") is not False and not one.get("builtIn"))
    return tuple(one for one in found if not {one.datasource.uid, one.datasource.type, one.datasource.name} & _OWN)


def _read(one: Mapping[str, Any]) -> MarkModel:
    target = mapping(one.get("target"))
    return MarkModel(
        name=text(one.get("name"))[:_LONGEST] or "without a name",
        datasource=read_datasource(one.get("datasource")),
        expression=text(one.get("expr")) or text(target.get("expr")),
        step=text(one.get("step")) or text(target.get("interval")),
        title=text(one.get("titleFormat"))[:_LONGEST],
        text=text(one.get("textFormat"))[:_LONGEST],
        labels=tuple(filter(None, (name.strip() for name in text(one.get("tagKeys")).split(",")))),
        by_value=one.get("useValueForTime") is True or one.get("useValueForTime") == "on",
    )


def ready(
    models: Sequence[MarkModel], resolution: Resolution, datasources: Datasources
) -> tuple[tuple[MarkQuery, ...], tuple[str, ...]]:
    """The queries for annotations that can be asked.

    Args:
        models: As stored.
        resolution: What variables stand for.
        datasources: The data sources there are.

    Returns:
        They, at most ten; and a note for each other one.
    """
    found: list[MarkQuery] = []
    notes: list[str] = []
    values = resolution.values
    for one in models:
        ref = one.datasource
        source = datasources.find(DatasourceRef(fill_plain(ref.uid, values), ref.type, fill_plain(ref.name, values)))
        known = source is not None and source.type == "prometheus" and one.expression.strip()
        lost = set(names_in(one.expression)) & set(resolution.unknown)
        if source is None or not known or lost or len(found) >= _MOST:
            notes.append(f"annotations {fill_text(one.name, values)}")
            continue
        query = PanelQuery(
            ref_id="Anno",
            datasource_uid=source.uid,
            datasource_type=source.type,
            expression=fill_query(one.expression, values),
            interval=one.step if milliseconds(one.step) else _USUAL_STEP,
        )
        name = fill_text(one.name, values)[:_LONGEST]
        found.append(
            MarkQuery(name=name, query=query, title=one.title, text=one.text, labels=one.labels, by_value=one.by_value)
        )
    return tuple(found), tuple(notes)


def read_answer(body: object, asked: MarkQuery, uid: str, source: str) -> tuple[Annotation, ...]:
    """The marks an answer holds.

    Args:
        body: The parsed answer of ``/api/ds/query``.
        asked: What was asked.
        uid: The dashboard's uid.
        source: Id of the question.

    Returns:
        One per unbroken run of values above nought, at most 200.

    Raises:
        SourceUnavailable: The answer holds no results.
    """
    step = (milliseconds(asked.query.interval) or 60_000) / 1000
    series = read_frames(body, (asked.query,)).matrix.series
    return tuple(mark for one in series for mark in _marks(one, asked, uid, source, step))[:_MOST_MARKS]


def _marks(series: Series, asked: MarkQuery, uid: str, source: str, step: float) -> Iterator[Annotation]:
    values = np.nan_to_num(series.values)
    times = np.sort(values[values > 0] / 1000) if asked.by_value else series.times[values > 0]
    times = times[(times >= 0) & (times < 4e9)]  # noqa: PLR2004 - epoch seconds, in the year 2096
    if not len(times):
        return
    begins = np.flatnonzero(np.diff(times, prepend=-np.inf) > step * 1.5)
    ends = np.append(begins[1:], len(times)) - 1
    words = [
        _LABEL.sub(lambda match: series.labels.get(match[1], ""), one).strip() for one in (asked.title, asked.text)
    ]
    plain, links = plain_text("\n".join(filter(None, words)) or asked.name)
    tags = tuple(filter(None, (series.labels.get(name, "") for name in asked.labels)))
    for begin, end in zip(begins, ends, strict=True):
        first, last = float(times[begin]), float(times[end])
        identity = {"time": round(first * 1000), "dashboardUID": uid, "text": plain}
        yield Annotation(
            id=number_of(identity),
            start=from_epoch(first),
            end=from_epoch(last) if last > first else None,
            text=plain,
            tags=tags,
            dashboard_uid=uid,
            links=links,
            source=source,
        )
