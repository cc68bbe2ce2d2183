"""slo-generator's ``sre.google.com/v2`` with the Prometheus backend.

Its budget windows stand in a second file, the error budget policies; the longest step of the policy is the window.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import promql_parser as parser

from pm_autofill.instants import format_duration
from pm_autofill.slo.indicators import of_parts, of_ratio
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import WINDOW, read_query, read_selector
from pm_autofill.slo.selectors import write_selector
from pm_autofill.slo.specification import Budget, Candidate, Specified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.slo.nodes import Node
    from pm_autofill.slo.queries import Query
    from pm_autofill.slo.specification import Indicator
    from pm_autofill.slo.surroundings import Surroundings

_OPERATORS = ("increase", "sum")


def candidates(root: Node, around: Surroundings) -> Iterator[Candidate]:
    """The one SLO of an object.

    Args:
        root: The object.
        around: What it is read together with.
    """
    yield Candidate(f"ServiceLevelObjective {root.at('metadata', 'name').value}", partial(_read, root, around))


def _read(root: Node, around: Surroundings) -> Specified:
    spec, name = root.at("spec"), root.at("metadata", "name").name
    backend = spec.at("backend").text
    if backend.partition("/")[0] != "prometheus":
        raise Refusal("spec.backend", f"the data is in {backend}, not in Prometheus", foreign=True)
    service = root.at("metadata", "labels", "service_name")
    return Specified(
        name=name,
        owner=service.name if service.given else name,
        objective=spec.at("goal").ratio,
        budget=Budget(window=_window(spec, around)),
        indicator=_indicator(spec),
    )


def _window(spec: Node, around: Surroundings) -> str:
    named = spec.at("error_budget_policy")
    policy = around.policy(named.text if named.given else "default", spec.at("backend").text)
    if policy is None:
        return around.window
    listed = policy if isinstance(policy.value, list) else policy.at("steps")
    steps = [step.at("window").number for step in listed.items]
    if not steps or not 0 < max(steps) < 10**9:
        raise Refusal(policy.path, "has no step with a window in seconds")
    return format_duration(timedelta(seconds=float(max(steps))))


def _indicator(spec: Node) -> Indicator:
    method, sli = spec.at("method").text, spec.at("service_level_indicator")
    if method == "query_sli":
        expression = sli.at("expression")
        return of_ratio(read_query(_filled(expression.text), expression.path), failure=False)
    if method == "distribution_cut":
        return _cut(sli)
    if method != "good_bad_ratio":
        raise Refusal("spec.method", f"{method!r} is not known; known are good_bad_ratio, distribution_cut, query_sli")
    good, bad, valid = sli.at("filter_good"), sli.at("filter_bad"), sli.at("filter_valid")
    if not good.given and bad.given and valid.given:
        return of_parts(_query(valid, sli), bad=_query(bad, sli))
    if valid.given:
        return of_parts(_query(valid, sli), good=_query(good, sli))
    above, below = _query(bad, sli), _query(good, sli)
    total = read_query(f"({below.text}) + ({above.text})", sli.path)
    return of_parts(total, bad=above)


def _query(node: Node, sli: Node) -> Query:
    """A filter with its range and the operators around it, as slo-generator would ask."""
    text = node.text
    given = sli.at("operators")
    operators = [one.text for one in given.items] if given.given else list(_OPERATORS)
    text = _filled(text) if "[window" in text else f"{text}[{WINDOW}]"
    for operator in operators:
        text = f"{operator}({text})"
    return read_query(text, node.path)


def _filled(text: str) -> str:
    return text.strip().replace("[window", f"[{WINDOW}")


def _cut(sli: Node) -> Indicator:
    """Good are the events of a histogram's bucket, all are those of its count."""
    expression, threshold = sli.at("expression"), sli.at("threshold_bucket")
    bucket = read_selector(expression.text, expression.path).expression
    if not isinstance(bucket, parser.VectorSelector) or not (bucket.name or "").endswith("_bucket"):
        raise Refusal(expression.path, "is no selector of a histogram's buckets")
    good = write_selector(bucket, le=f"{threshold.number:f}")
    total = write_selector(bucket, name=(bucket.name or "").removesuffix("_bucket") + "_count")
    if good is None or total is None:
        raise Refusal(expression.path, "is shifted in time")
    return of_parts(read_selector(total, expression.path), good=read_selector(good, expression.path))
