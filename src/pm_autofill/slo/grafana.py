"""Grafana SLO as its API gives it: one object, or ``{"slos": [...]}``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.slo.indicators import of_parts, of_ratio, of_threshold
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import read_query
from pm_autofill.slo.specification import Budget, Candidate, Specified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.slo.nodes import Node
    from pm_autofill.slo.queries import Query
    from pm_autofill.slo.specification import Indicator
    from pm_autofill.slo.surroundings import Surroundings

_SERVICE_LABELS = frozenset({"service", "service_name"})
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def candidates(root: Node, around: Surroundings) -> Iterator[Candidate]:
    """The SLOs of an object: one for each objective of each SLO in it.

    Args:
        root: The object.
        around: What it is read together with.

    Raises:
        Refusal: It has no objective.
    """
    del around
    for slo in root.at("slos").items if root.at("slos").given else (root,):
        title = f"SLO {slo.first('name', 'uuid').value}"
        objectives = list(slo.at("objectives").items)
        if not objectives:
            raise Refusal(slo.at("objectives").path, "is missing or empty")
        for index, objective in enumerate(objectives):
            several = len(objectives) > 1
            name = f"{title} objective {index}" if several else title
            yield Candidate(name, partial(_read, slo, objective, f"-{index}" if several else ""))


def _read(slo: Node, objective: Node, suffix: str) -> Specified:
    name = slo.at("name").name
    labels = {str(one.at("key").value): one.at("value") for one in slo.at("labels").items}
    owner = next((value.name for key, value in labels.items() if key in _SERVICE_LABELS), name)
    return Specified(
        name=name + suffix,
        owner=owner,
        objective=objective.at("value").ratio,
        budget=Budget(window=objective.at("window").duration),
        indicator=_indicator(slo.at("query")),
    )


def _indicator(query: Node) -> Indicator:
    given = [
        name for name in ("freeform", "ratio", "failureRatio", "threshold", "failureThreshold") if query.at(name).given
    ]
    if len(given) != 1:
        kind = query.at("type").value
        raise Refusal(query.path, f"is of the type {kind!r}, which is not supported or not filled in")
    inside = query.at(given[0])
    if given[0] == "freeform":
        text = inside.at("query")
        return of_ratio(read_query(text.text, text.path), failure=False)
    if given[0] == "ratio":
        return of_parts(_metric(inside.at("totalMetric")), good=_metric(inside.at("successMetric")))
    if given[0] == "failureRatio":
        return of_parts(_metric(inside.at("totalMetric")), bad=_metric(inside.at("failureMetric")))
    operator = inside.at("threshold", "operator")
    compared, text = operator.text, inside.first("thresholdExpression", "failureThresholdExpression")
    if given[0] == "failureThreshold":
        compared = _OPPOSITE.get(compared, compared)
    expression = read_query(text.text, text.path)
    return of_threshold(expression, compared, inside.at("threshold", "value").number, operator.path)


def _metric(node: Node) -> Query:
    metric = node.at("prometheusMetric")
    return read_query(metric.text, metric.path, running=True)
