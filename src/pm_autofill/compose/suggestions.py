"""What the data suggests for headings that belong to humans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.wording.numbers import join_words
from pm_autofill.wording.remarks import remark_text
from pm_autofill.wording.timeline import row_text
from pm_autofill.wording.times import interval_words

if TYPE_CHECKING:
    from pm_autofill.compose.case import Case

_DONE = {
    "time_to_detect": ("detected", "the start"),
    "time_to_respond": ("responded", "the page"),
    "time_to_mitigate": ("mitigated", "the response"),
}
_HARD = {"unacknowledged": "an acknowledgement did not last", "escalated": "the page had to be escalated"}
_ACTIONS = ("budget_large_share", "budget_exceeded", "alert_without_rule")


def suggestions(case: Case) -> str:
    """List items, each naming the heading it is for; empty where the data suggests nothing."""
    items = [*_went_well(case), *_went_poorly(case), *_factors(case), *_actions(case)]
    return "\n".join(f"- For *{heading}*: {words}" for heading, words in items)


def _went_well(case: Case) -> list[tuple[str, str]]:
    met = _targets(case, "met_target")
    return [("What went well", f"{join_words(met)}.")] if met else []


def _went_poorly(case: Case) -> list[tuple[str, str]]:
    kinds = {row.kind for row in case.findings.timeline}
    poor = _targets(case, "missed_target") + [words for kind, words in _HARD.items() if kind in kinds]
    if poor:
        return [("What went poorly", f"{join_words(poor)}.")]
    return [("What went poorly", "none of the targets was missed.")] if _targets(case, "met_target") else []


def _factors(case: Case) -> list[tuple[str, str]]:
    rows = {row.id: row for row in case.findings.timeline}
    return [
        ("Contributing factors", f"{row_text(rows[one])}.") for one in case.findings.change_candidates if one in rows
    ]


def _actions(case: Case) -> list[tuple[str, str]]:
    return [("Action Items", remark_text(one)) for one in case.findings.remarks if one.code in _ACTIONS]


def _targets(case: Case, code: str) -> list[str]:
    """What was done how fast, for each target that was met or missed."""
    words = []
    for one in case.findings.remarks:
        if one.code == code and one.values["name"] in _DONE:
            done, since = _DONE[str(one.values["name"])]
            took, target = (interval_words(float(str(one.values[key]))) for key in ("seconds", "target_s"))
            words.append(f"{done} {took} after {since} (target {target})")
    return words
