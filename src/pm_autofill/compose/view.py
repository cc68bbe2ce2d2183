"""The variables a template may name; ``docs/template.md`` describes each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.compose import appendix, impact, response, summary
from pm_autofill.compose.computed import computed, not_available, remarks
from pm_autofill.compose.replay import replay_table
from pm_autofill.compose.slot import Block, Slot
from pm_autofill.compose.suggestions import suggestions
from pm_autofill.compose.timeline import cells
from pm_autofill.findings import FACT_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.compose.case import Case

VIEWS: dict[str, Callable[[Case], object]] = {
    "title": summary.title,
    "date": summary.date,
    "duration": summary.duration,
    "severity": lambda case: case.slot("severity"),
    "status": lambda _: Slot("Draft"),
    "services_affected": lambda case: case.slot("services_affected"),
    "error_budget_impact": summary.budget_impact,
    "summary": summary.summary,
    "user_impact": impact.user_impact,
    "impact_window": impact.impact_window,
    "requests_affected": impact.requests,
    "error_budget_consumed": impact.budget_consumed,
    "slo_table": impact.slo_table,
    "timeline": lambda case: cells(case.findings.timeline),
    "detected_how": response.detected_how,
    "time_to_detect": response.time_to_detect,
    "could_be_sooner": response.could_be_sooner,
    "time_to_respond": response.time_to_respond,
    "time_to_mitigate": response.time_to_mitigate,
    "time_to_resolve": response.time_to_resolve,
    "immediate_mitigation": response.immediate_mitigation,
    "graphs": appendix.graphs,
    "related_incidents": appendix.related,
    "references": appendix.references,
    "suggestions": suggestions,
    "replay": replay_table,
    "computed": computed,
    "not_available": not_available,
    "remarks": remarks,
    "facts": lambda case: {name: case.slot(name) for name in FACT_NAMES},
}
"""Each variable's name and what makes it: a slot, a Markdown block (empty where there is nothing), or a collection."""


def variables(case: Case) -> dict[str, object]:
    """Every variable of one draft, by name."""
    return {name: _named(name, view(case)) for name, view in VIEWS.items()}


def _named(name: str, value: object) -> object:
    """A variable under the name that its marker will carry."""
    if isinstance(value, Slot):
        return replace(value, name=name)
    if isinstance(value, str):
        return Block.of(name, value)
    if isinstance(value, dict):
        return {key: _named(key, one) for key, one in value.items()}
    return value
