"""What the data suggests for headings that belong to humans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.remarks import remark_text
from pm_autofill.wording.timeline import row_text
from pm_autofill.wording.times import interval_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from pm_autofill.compose.case import Case

_DONE = {
    "time_to_detect": ("detected", "the start"),
    "time_to_respond": ("responded", "the page"),
    "time_to_mitigate": ("mitigated", "the response"),
}
_POOR = ("escalated_by_timeout", "acknowledgement_lapsed", "alert_noise", "never_acknowledged")
_LUCKY = ("quiet_hours",)
_ACTIONS = ("budget_large_share", "budget_exceeded", "alert_without_rule", "no_runbook", "alert_never_fired")
TOLD = frozenset({*_POOR[:3], *_LUCKY, "no_runbook"})
"""Codes of remarks that are told here and nowhere else."""


def suggestions(case: Case) -> str:
    """List items, each naming the heading it is for; empty where the data suggests nothing."""
    items = [*_went_well(case), *_went_poorly(case), *_lucky(case), *_factors(case), *_actions(case)]
    return "\n".join(f"- For *{heading}*: {words}" for heading, words in items)


def _went_well(case: Case) -> list[tuple[str, str]]:
    met = _targets(case, "met_target")
    return [("What went well", f"{join_words(met)}.")] if met else []


def _went_poorly(case: Case) -> list[tuple[str, str]]:
    missed, hard = _targets(case, "missed_target"), _remarks(case, _POOR)
    found = [f"{join_words(missed)}."] if missed else []
    if not found and not hard and _targets(case, "met_target"):
        found = ["none of the targets was missed."]
    return [("What went poorly", words) for words in (*found, *hard)]


def _lucky(case: Case) -> list[tuple[str, str]]:
    return [("Where we got lucky", words) for words in _remarks(case, _LUCKY)]


def _factors(case: Case) -> list[tuple[str, str]]:
    rows = {row.id: row for row in case.findings.timeline}
    near = [row_text(rows[one]) for one in case.findings.change_candidates if one in rows]
    if not near:
        return []
    return [("Contributing factors", f"what changed shortly before, nearest first, cause or not: {'; '.join(near)}.")]


def _actions(case: Case) -> list[tuple[str, str]]:
    sooner = case.known("detection.could_be_sooner")
    yes = re.match(r"yes\b\W*", sooner.text, re.IGNORECASE) if sooner else None
    how = sooner.text[yes.end() :] if sooner and yes else ""
    earlier = [f"An alert could have been earlier{': ' if how else '.'}{escape(how)}"] if yes else []
    return [("Action Items", words) for words in (*_remarks(case, _ACTIONS), *earlier)]


def _remarks(case: Case, codes: Collection[str]) -> list[str]:
    return [remark_text(one) for one in case.findings.remarks if one.code in codes]


def _targets(case: Case, code: str) -> list[str]:
    """What was done how fast, for each target that was met or missed."""
    words = []
    for one in case.findings.remarks:
        if one.code == code and one.values["name"] in _DONE:
            done, since = _DONE[str(one.values["name"])]
            took, target = (interval_words(float(str(one.values[key]))) for key in ("seconds", "target_s"))
            words.append(f"{done} {took} after {since} (target {target})")
    return words
