"""The appendix: graphs, related incidents, and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import escape, image, link, relative_link
from pm_autofill.wording.numbers import count, percent
from pm_autofill.wording.times import clock, day, day_clock, duration_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pm_autofill.compose.case import Case
    from pm_autofill.findings import Picture, Reference, RelatedIncident

_RELATIONS = {
    "past": "similar, earlier",
    "related": "related",
    "merged": "merged into this one",
    "same window": "in the same window",
    "same alert": "of the same alert, in the same window",
}
_FIGURES: dict[str, Callable[[float], str]] = {
    "impact.duration": duration_words,
    "requests.failed": lambda number: f"{count(number)} bad requests",
    "error_budget.consumed_ratio": lambda ratio: f"{percent(ratio)} of the budget",
}
_KINDS = {
    "runbook": "Runbook of",
    "dashboard": "Dashboard",
    "panel": "Panel",
    "query": "Query",
    "incident": "Incident",
    "alert": "Rule of",
}


def graphs(case: Case) -> str:
    """Each graph with its caption, its data and the same window at its source."""
    return "\n\n".join(_graph(case, picture) for picture in case.pictures)


def related(case: Case) -> str:
    """The incidents a reader may want to see, one list item each."""
    return "\n".join(_related(one) for one in case.findings.related)


def references(case: Case) -> str:
    """The links worth having, one list item each."""
    return "\n".join(_reference(case, one) for one in case.findings.references)


def _graph(case: Case, picture: Picture) -> str:
    data = f"[Data](graphs/{picture.name}.csv)"
    systems = [case.evidence.sources[one].system for one in picture.sources if one in case.evidence.sources]
    where = link(f"same window in {systems[0]}" if systems else "same window at its source", picture.href)
    links = f"{data}, {where}" if where.startswith("[") else data
    return f"{image(picture.alt, f'graphs/{picture.name}.png')}\n{escape(picture.caption)} {links}"


def _related(one: RelatedIncident) -> str:
    number = f"#{one.number} " if one.number is not None else ""
    if one.folder:
        return _draft(number, one)
    return (
        f"- {link(number + one.title, one.url)}, {day(one.at)}, {_RELATIONS.get(one.relation) or escape(one.relation)}"
    )


def _draft(number: str, one: RelatedIncident) -> str:
    """An earlier draft, with what both have in common and its key numbers."""
    figures = [words(one.figures[name]) for name, words in _FIGURES.items() if name in one.figures]
    told = f": {', '.join(figures)}" if figures else ""
    where = relative_link(number + one.title, f"../{one.folder}/postmortem.md")
    return f"- {where}, {day(one.at)}, earlier draft with {escape(', '.join(one.shared))} in common{told}"


def _reference(case: Case, one: Reference) -> str:
    kind = _KINDS.get(one.kind, "")
    named = not kind or one.kind in one.text.casefold()
    words = link(one.text if named else f"{kind} {one.text}", one.href)
    return f"- {words}, {_when(case, one.at)}" if one.at else f"- {words}"


def _when(case: Case, at: datetime) -> str:
    start = case.known("impact.start") or case.known("incident.triggered")
    return clock(at) if start and day(start.instant) == day(at) else day_clock(at)
