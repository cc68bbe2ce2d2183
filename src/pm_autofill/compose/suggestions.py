"""What the data suggests for headings that belong to humans."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import code, escape
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.remarks import remark_text
from pm_autofill.wording.timeline import row_text
from pm_autofill.wording.times import interval_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pm_autofill.compose.case import Case

_DONE = {
    "time_to_detect": ("detected", "the start"),
    "time_to_respond": ("responded", "the page"),
    "time_to_mitigate": ("mitigated", "the response"),
}
_POOR = ("escalated_by_timeout", "acknowledgement_lapsed", "alert_noise", "never_acknowledged")
_LUCKY = ("quiet_hours",)
_ACTIONS = ("budget_large_share", "budget_exceeded", "alert_without_rule", "no_runbook", "alert_never_fired")
_MOST_NAMED = 3
_SOURCES = "In brackets: what each rests on, by its name in `facts.json`."
TOLD = frozenset({*_POOR[:3], *_LUCKY, "no_runbook"})
"""Codes of remarks that are told here and nowhere else."""


def suggestions(case: Case) -> str:
    """List items, each naming the heading it is for and what it rests on; empty where the data suggests nothing."""
    items = [*_went_well(case), *_went_poorly(case), *_lucky(case), *_factors(case), *_actions(case)]
    lines = [f"- For *{one.heading}*: {one.words}{_named(one.sources)}" for one in items]
    return "\n".join([*lines, "", _SOURCES]) if lines else ""


@dataclass(frozen=True, slots=True)
class _Item:
    """One suggestion.

    Attributes:
        heading: Under which of the template's headings it could go.
        words: What the data suggests, as Markdown.
        sources: Ids of the questions it rests on.
    """

    heading: str
    words: str
    sources: tuple[str, ...]


def _named(sources: Iterable[str]) -> str:
    """The sources of a line, in brackets."""
    named = [code(source) for source in dict.fromkeys(sources) if source]
    more = [f"{len(named) - _MOST_NAMED} more"] if len(named) > _MOST_NAMED else []
    return f" ({join_words([*named[:_MOST_NAMED], *more])})" if named else ""


def _went_well(case: Case) -> list[_Item]:
    return _targets(case, "met_target", "What went well")


def _went_poorly(case: Case) -> list[_Item]:
    return [*_targets(case, "missed_target", "What went poorly"), *_remarks(case, _POOR, "What went poorly")]


def _lucky(case: Case) -> list[_Item]:
    return _remarks(case, _LUCKY, "Where we got lucky")


def _factors(case: Case) -> list[_Item]:
    rows = {row.id: row for row in case.findings.timeline}
    near = [rows[one] for one in case.findings.change_candidates if one in rows]
    if not near:
        return []
    told = "; ".join(row_text(row) for row in near)
    words = f"what changed shortly before, nearest first, cause or not: {told}."
    return [_Item("Contributing factors", words, tuple(row.source for row in near))]


def _actions(case: Case) -> list[_Item]:
    found = _remarks(case, _ACTIONS, "Action Items")
    sooner = case.known("detection.could_be_sooner")
    yes = re.match(r"yes\b\W*", sooner.text, re.IGNORECASE) if sooner else None
    if sooner and yes:
        how = sooner.text[yes.end() :]
        words = f"An alert could have been earlier{': ' if how else '.'}{escape(how)}"
        found.append(_Item("Action Items", words, sooner.sources))
    return found


def _remarks(case: Case, codes: Collection[str], heading: str) -> list[_Item]:
    return [_Item(heading, remark_text(one), one.sources) for one in case.findings.remarks if one.code in codes]


def _targets(case: Case, code_: str, heading: str) -> list[_Item]:
    """What was done how fast, in one item for all targets that were met, or for all that were missed."""
    words: list[str] = []
    sources: list[str] = []
    for one in case.findings.remarks:
        if one.code == code_ and one.values["name"] in _DONE:
            done, since = _DONE[str(one.values["name"])]
            took, target = (interval_words(float(str(one.values[key]))) for key in ("seconds", "target_s"))
            words.append(f"{done} {took} after {since} (target {target})")
            sources += one.sources
    return [_Item(heading, f"{join_words(words)}.", tuple(sources))] if words else []
