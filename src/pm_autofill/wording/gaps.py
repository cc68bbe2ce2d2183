"""What a gap does to the draft, by what is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import escape

if TYPE_CHECKING:
    from pm_autofill.evidence import Gap
    from pm_autofill.wording.values import Ink

# The first that fits what is missing tells. Each says what becomes unknown, or what may be missing from the draft.
_EFFECTS = tuple(
    (re.compile(pattern), effect)
    for pattern, effect in (
        (
            r"incident .* into which|merged into",
            "what happened on it may be missing: first pages and answers are unknown",
        ),
        (r"the incident as it is now", "what happened since may be missing"),
        (r"the incident's log", "who was paged and who answered first is unknown"),
        (
            r"the incident's alerts|alerts$",
            "when its first alert fired is unknown, and nothing is said of alerts not in it",
        ),
        (r"the incident's notes", "the responders' notes may be missing, and the first action is unknown"),
        (r"change|annotations", "what mitigated is unknown, and changes may be missing from the timeline"),
        (r"past incidents|related to it", "such incidents may be missing from the appendix"),
        (r"in the week before", "which alerts would have been false is unknown"),
        (
            r"incidents? of|incidents$|the service ",
            "incidents merged into it or beside it may be missing: first pages are unknown",
        ),
        (r"the SLI\b", "whether it was affected is unknown, and so is what all SLOs show together"),
        (r"process starts", "counts are less close: their bounds say so"),
        (r"the budget window", "its share of the error budget is unknown"),
        (r"what is usual", "what was more than usual is unknown"),
        (r"the past of|a replay of|alerting rules", "whether it could have been detected sooner is unknown"),
        (r"the alerts' own times", "when alerts were pending and fired may be unknown"),
        (r"changes of state", "rows of the timeline may be missing"),
        (r"dashboards?|panels?|settings|render", "graphs may be missing from the appendix"),
        (r"snapshot", "links to snapshots are missing from the appendix"),
        (r"SLOs?|rules in which", "what they count is unknown"),
    )
)
KEPT = "what an earlier run read of it stands"
_OTHERWISE = "what it would have told is unknown"


def gap_effect(gap: Gap) -> str:
    """What is unknown, or may be missing, without what could not be had: a clause without a final period."""
    if gap.kept:
        return KEPT
    found: dict[str, None] = {}
    for piece in gap.what.split("; "):
        effect = next((effect for pattern, effect in _EFFECTS if pattern.search(piece)), _OTHERWISE)
        found[effect] = None
    return "; ".join(found)


def gap_words(gap: Gap, ink: Ink = escape) -> str:
    """A gap in one line: what is missing, why, what that does to the draft, and what to do about it."""
    hint = f" {ink(gap.hint)}" if gap.hint else ""
    reason = ink(gap.reason).rstrip(".")
    effect = KEPT[:1].upper() + KEPT[1:] if gap.kept else f"Without it {gap_effect(gap)}"
    return f"{ink(gap.source)}: {ink(gap.what)}: {reason}. {effect}.{hint}"
