"""Nobl9's ``n9/v1alpha`` SLOs whose data is in a Prometheus."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.slo.budgets import objective_of, read_budget
from pm_autofill.slo.indicators import of_parts, of_threshold
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import read_query
from pm_autofill.slo.specification import Candidate, Specified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.slo.nodes import Node
    from pm_autofill.slo.queries import Query
    from pm_autofill.slo.specification import Indicator
    from pm_autofill.slo.surroundings import Surroundings

_SOURCES = ("prometheus", "amazonPrometheus", "azurePrometheus")


def candidates(root: Node, around: Surroundings) -> Iterator[Candidate]:
    """The SLOs of an object: one for each of its objectives.

    Args:
        root: The object.
        around: What it is read together with.

    Raises:
        Refusal: It has no objective.
    """
    del around
    title = f"SLO {root.at('metadata', 'name').value}"
    objectives = list(root.at("spec", "objectives").items)
    if not objectives:
        raise Refusal("spec.objectives", "is missing or empty")
    for index, objective in enumerate(objectives):
        several = len(objectives) > 1
        name = f"{title} objective {index}" if several else title
        yield Candidate(name, partial(_read, root, objective, f"-{index}" if several else ""))


def _read(root: Node, objective: Node, suffix: str) -> Specified:
    spec = root.at("spec")
    return Specified(
        indicator=_indicator(spec, objective),
        name=root.at("metadata", "name").name + suffix,
        owner=spec.at("service").name,
        objective=objective_of(objective),
        budget=read_budget(spec, objective),
    )


def _indicator(spec: Node, objective: Node) -> Indicator:
    if objective.at("composite").given or spec.at("composite").given:
        raise Refusal(objective.path, "composite SLOs are not supported")
    counts, raw = objective.at("countMetrics"), objective.at("rawMetric", "query")
    if raw.given:
        return _threshold(raw, objective)
    if not counts.given:
        old = spec.at("indicator", "rawMetric")
        if old.given:
            return _threshold(old, objective)
        raise Refusal(objective.path, "has neither countMetrics nor rawMetric")
    running = counts.at("incremental").flag
    if counts.at("goodTotal").given:
        _query(counts.at("goodTotal"), running=running)
        raise Refusal(counts.at("goodTotal").path, "one query for two counts is not supported")
    total = _query(counts.at("total"), running=running)
    if counts.at("bad").given:
        return of_parts(total, bad=_query(counts.at("bad"), running=running))
    return of_parts(total, good=_query(counts.at("good"), running=running))


def _threshold(raw: Node, objective: Node) -> Indicator:
    operator = objective.at("op")
    return of_threshold(_query(raw, running=False), operator.text, objective.at("value").number, operator.path)


def _query(metric: Node, *, running: bool) -> Query:
    for source in _SOURCES:
        query = metric.at(source, "promql")
        if query.given:
            return read_query(query.text, query.path, running=running)
    if not isinstance(metric.value, dict) or not metric.value:
        raise metric.refusal("a data source with its query")
    told = next(iter(metric.value))
    raise Refusal(f"{metric.path}.{told}", f"the data is in {told}, not in Prometheus", foreign=True)
