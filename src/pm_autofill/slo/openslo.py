"""OpenSLO: ``openslo/v1``, ``openslo/v1alpha`` and ``openslo.com/v2alpha``.

Indicators and data sources may stand in other documents and files. The specification does not say under which key a
data source takes its query; ``query`` is what its examples and tools write.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.slo.budgets import objective_of, read_budget
from pm_autofill.slo.indicators import of_parts, of_ratio, of_threshold
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import read_query
from pm_autofill.slo.specification import Candidate, Specified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.slo.nodes import Node
    from pm_autofill.slo.queries import Query
    from pm_autofill.slo.specification import Indicator
    from pm_autofill.slo.surroundings import Surroundings

# Sloth reads OpenSLO as well, with itself as the data source.
_SOURCES = frozenset({"prometheus", "sloth"})


def candidates(root: Node, around: Surroundings) -> Iterator[Candidate]:
    """The SLOs of an object: one for each of its objectives.

    Args:
        root: The object.
        around: What it is read together with.

    Raises:
        Refusal: It has no objective.
    """
    title = f"SLO {root.at('metadata', 'name').value}"
    objectives = list(root.at("spec", "objectives").items)
    if not objectives:
        raise Refusal("spec.objectives", "is missing or empty")
    for index, objective in enumerate(objectives):
        several = len(objectives) > 1
        name = f"{title} objective {index}" if several else title
        yield Candidate(name, partial(_read, root, objective, f"-{index}" if several else "", around))


def _read(root: Node, objective: Node, suffix: str, around: Surroundings) -> Specified:
    spec = root.at("spec")
    if objective.first("indicator", "indicatorRef").given:
        raise Refusal(objective.path, "has an indicator of its own: composite SLOs are not supported")
    indicator = _indicator(spec, objective, around)
    return Specified(
        name=root.at("metadata", "name").name + suffix,
        owner=spec.first("service", "serviceRef").name,
        objective=objective_of(objective),
        budget=read_budget(spec, objective),
        indicator=indicator,
    )


def _indicator(spec: Node, objective: Node, around: Surroundings) -> Indicator:
    alpha = objective.at("ratioMetrics")
    if alpha.given:
        return _ratio(alpha, around)
    sli = _sli(spec, around)
    ratio, threshold = sli.at("ratioMetric"), sli.at("thresholdMetric")
    if ratio.given:
        return _ratio(ratio, around)
    if not threshold.given:
        raise Refusal(sli.path, "has neither ratioMetric nor thresholdMetric")
    operator, value = objective.at("op"), objective.at("value")
    query = _query(threshold, around, running=False)
    return of_threshold(query, operator.text, value.number, operator.path)


def _sli(spec: Node, around: Surroundings) -> Node:
    """The indicator's own ``spec``, inside the object or referred to."""
    reference = spec.first("indicatorRef", "sliRef")
    if reference.given:
        found = around.find("SLI", reference)
        if found is None:
            raise Refusal(reference.path, f"there is no SLI {reference.text!r} in these files")
        return found.at("spec")
    inside = spec.first("indicator", "sli")
    if not inside.given:
        raise Refusal(spec.at("indicator").path, "is missing")
    return inside.at("spec") if inside.at("spec").given else inside


def _ratio(ratio: Node, around: Surroundings) -> Indicator:
    told = ratio.first("counter", "incremental")
    running = told.flag if told.given else None
    raw = ratio.at("raw")
    if raw.given:
        kind = ratio.at("rawType")
        named = kind.text if kind.given else "success"
        if named not in {"success", "failure"}:
            raise Refusal(kind.path, f"{named!r} is not known; known are success and failure")
        return of_ratio(_query(raw, around, running=running), failure=named == "failure")
    total = _query(ratio.at("total"), around, running=running)
    good, bad = ratio.at("good"), ratio.at("bad")
    if good.given:
        return of_parts(total, good=_query(good, around, running=running))
    return of_parts(total, bad=_query(bad, around, running=running))


def _query(metric: Node, around: Surroundings, *, running: bool | None) -> Query:
    """The query of a metric, whose data must be in a Prometheus."""
    if not metric.given:
        raise metric.refusal("a mapping")
    source = metric.at("metricSource") if metric.at("metricSource").given else metric
    _check_source(source, around)
    text = source.at("spec", "query") if source.at("spec").given else source.at("query")
    return read_query(text.text, text.path, running=running)


def _check_source(source: Node, around: Surroundings) -> None:
    """Refuse what is told to be elsewhere; what nobody tells of is taken for PromQL, if it is some."""
    reference = source.first("metricSourceRef", "dataSourceRef")
    told = source.first("type", "source")
    if not told.given and source.at("dataSourceSpec").given:
        told = source.at("dataSourceSpec", "type")
    if not told.given and reference.given:
        found = around.find("DataSource", reference)
        told = found.at("spec", "type") if found else told
    if told.given and told.text.lower() not in _SOURCES:
        raise Refusal(told.path, f"the data is in {told.text}, not in Prometheus", foreign=True)
