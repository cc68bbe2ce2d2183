"""Sloth's definitions: ``version: prometheus/v1``, and the Kubernetes kind ``PrometheusServiceLevel``.

Both are the same but for the case of their keys. The period is not in the file; Sloth's own default is 30 days.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.slo.indicators import of_parts, of_ratio
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import read_query
from pm_autofill.slo.specification import Budget, Candidate, Specified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.slo.nodes import Node
    from pm_autofill.slo.specification import Indicator
    from pm_autofill.slo.surroundings import Surroundings


def candidates(root: Node, around: Surroundings) -> Iterator[Candidate]:
    """The SLOs of an object.

    Args:
        root: The object.
        around: What it is read together with.

    Raises:
        Refusal: It has none that could be told apart.
    """
    spec = root.at("spec") if root.at("kind").given else root
    slos = list(spec.at("slos").items)
    if not slos:
        raise Refusal(spec.at("slos").path, "is missing or empty")
    for slo in slos:
        written = slo.at("name").value
        name = written if isinstance(written, str) and written else slo.path
        yield Candidate(f"{_title(root, spec)}: {name}", partial(_read, slo, spec, around))


def _title(root: Node, spec: Node) -> str:
    """What messages call the object."""
    service = spec.at("service").value
    return f"{root.at('metadata', 'name').value}" if root.at("kind").given else f"{service}"


def _read(slo: Node, spec: Node, around: Surroundings) -> Specified:
    service, name = spec.at("service").name, slo.at("name").name
    return Specified(
        name=f"{service}-{name}",  # what Sloth itself calls it: the label sloth_id
        owner=service,
        objective=slo.at("objective").percent,
        budget=Budget(window=around.window),
        indicator=_indicator(slo.at("sli")),
    )


def _indicator(sli: Node) -> Indicator:
    events, raw, plugin = sli.at("events"), sli.at("raw"), sli.at("plugin")
    if plugin.given:
        id_ = plugin.at("id").value
        raise Refusal(plugin.path, f"the query is made by the plugin {id_!r}, which only Sloth can run")
    if raw.given:
        ratio = raw.first("error_ratio_query", "errorRatioQuery")
        return of_ratio(read_query(ratio.text, ratio.path), failure=True)
    if not events.given:
        raise Refusal(sli.path, "has neither events nor raw")
    bad, total = events.first("error_query", "errorQuery"), events.first("total_query", "totalQuery")
    return of_parts(read_query(total.text, total.path), bad=read_query(bad.text, bad.path))
