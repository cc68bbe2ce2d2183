"""Pyrra's ``ServiceLevelObjective``: ratio, latency, latencyNative and bool_gauge."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.evidence.slos import Events, Reading, SliKind
from pm_autofill.instants import parse_duration
from pm_autofill.promql import has_matcher
from pm_autofill.slo.indicators import of_parts
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import WINDOW, read_selector
from pm_autofill.slo.specification import Budget, Candidate, Indicator, Specified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.slo.nodes import Node
    from pm_autofill.slo.surroundings import Surroundings

_SERVICE_LABELS = ("pyrra.dev/service", "service")


def candidates(root: Node, around: Surroundings) -> Iterator[Candidate]:
    """The one SLO of an object.

    Args:
        root: The object.
        around: What it is read together with.
    """
    del around
    yield Candidate(f"ServiceLevelObjective {root.at('metadata', 'name').value}", partial(_read, root))


def _read(root: Node) -> Specified:
    spec, name = root.at("spec"), root.at("metadata", "name").name
    labels = root.at("metadata", "labels")
    owner = next((labels.at(label).name for label in _SERVICE_LABELS if labels.at(label).given), name)
    return Specified(
        name=name,
        owner=owner,
        objective=spec.at("target").percent,
        budget=Budget(window=spec.at("window").duration),
        indicator=_indicator(spec.at("indicator")),
    )


def _indicator(indicator: Node) -> Indicator:
    readers: dict[str, Callable[[Node], Indicator]] = {
        "ratio": _ratio,
        "latency": _latency,
        "latencyNative": _native,
        "bool_gauge": _gauge,
    }
    given = [name for name in readers if indicator.at(name).given]
    if len(given) != 1:
        told = " and ".join(given) or "none"
        raise Refusal(indicator.path, f"must have exactly one of {', '.join(readers)}; it has {told}")
    inside = indicator.at(given[0])
    found = readers[given[0]](inside)
    groups = ", ".join(one.text for one in inside.at("grouping").items)
    if not groups:
        return found
    return Indicator(found.events, found.ratio, found.kind, f"{found.why}; all groups by {groups} together")


def _ratio(inside: Node) -> Indicator:
    errors, success = inside.at("errors", "metric"), inside.at("success", "metric")
    total = inside.at("total", "metric")
    whole = read_selector(total.text, total.path)
    if success.given and not errors.given:
        return of_parts(whole, good=read_selector(success.text, success.path))
    return of_parts(whole, bad=read_selector(errors.text, errors.path))


def _latency(inside: Node) -> Indicator:
    success, total = inside.at("success", "metric"), inside.at("total", "metric")
    good = read_selector(success.text, success.path)
    if not has_matcher(good.text, "le"):
        raise Refusal(success.path, "has no matcher on le, so that every request would be fast")
    return of_parts(read_selector(total.text, total.path), good=good)


def _native(inside: Node) -> Indicator:
    total, latency = inside.at("total", "metric"), inside.at("latency")
    query = read_selector(total.text, total.path)
    seconds = parse_duration(latency.duration).total_seconds()
    ratio = f"1 - histogram_fraction(0, {seconds:.15g}, sum(rate({query.text}[{WINDOW}])))"
    why = f"percentage only: {total.path} is a native histogram, whose fractions are estimates"
    return Indicator(None, ratio, SliKind.LATENCY, why)


def _gauge(inside: Node) -> Indicator:
    metric = inside.at("metric")
    counted = read_selector(metric.text, metric.path).counted
    if counted is None:
        raise Refusal(metric.path, "is shifted in time")
    events = Events(
        total=counted.selector,
        good=counted.selector,
        total_reading=Reading.COUNT,
        part_reading=Reading.SUM,
    )
    return Indicator(events, None, SliKind.AVAILABILITY, "samples, each an event: 1 is good, 0 is bad")
