"""Asks a dashboard's own queries for annotations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.collect.grafana.annotations import in_order
from pm_autofill.collect.grafana.marks import read_answer
from pm_autofill.collect.grafana.questions import ask_marks
from pm_autofill.collect.grafana.refusals import gap_of
from pm_autofill.collect.observation import Observed, reach
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import SourceError
from pm_autofill.evidence.completeness import DASHBOARD_ANNOTATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.collect.grafana.gateway import Gateway
    from pm_autofill.evidence.panels import Annotation, Dashboard, MarkQuery
    from pm_autofill.evidence.record import Gap, Source
    from pm_autofill.instants import Window


def fetch_marks(gateway: Gateway, dashboards: Sequence[Dashboard], window: Window) -> Observed[tuple[Annotation, ...]]:
    """The marks that dashboards' own queries give, all asked at once.

    Args:
        gateway: Grafana.
        dashboards: The dashboards.
        window: The range.

    Returns:
        They, by time; a gap for each query that failed.
    """
    asked = {
        f"grafana.marks.{one.uid}.{number}": (one, mark)
        for one in dashboards
        for number, mark in enumerate(one.marks, start=1)
    }
    tasks = {f"Grafana: {id_}": partial(_ask, gateway, id_, *pair, window) for id_, pair in asked.items()}
    results = gather(tasks, gateway.policy.deadline)
    found: list[Annotation] = []
    sources: dict[str, Source] = {}
    gaps: list[Gap] = []
    for id_, (dashboard, mark) in asked.items():
        result = results[f"Grafana: {id_}"]
        if isinstance(result, SourceError):
            gaps.append(gap_of(result, f"annotations {mark.name} of dashboard {dashboard.uid}", "panel"))
            continue
        marks, sources[id_] = result
        found += marks
    return Observed(in_order(found), sources, tuple(gaps), {DASHBOARD_ANNOTATIONS: reach(sources, gaps)})


def _ask(
    gateway: Gateway, id_: str, dashboard: Dashboard, mark: MarkQuery, window: Window
) -> tuple[tuple[Annotation, ...], Source]:
    """One of them.

    Raises:
        SourceError: It was not answered.
    """
    read = partial(read_answer, asked=mark, uid=dashboard.uid, source=id_)
    answer = gateway.query(f"annotations {mark.name}", ask_marks(mark.query, window).body, read)
    return answer.body, answer.source(mark.query.expression, dashboard.link, window=window)
