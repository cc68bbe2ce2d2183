"""A timeline that one can read: the rows that tell the story, and the others folded into one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pm_autofill.findings import TimelineRow, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pm_autofill.findings import Fact

_MOST_LINES = 25
# What the template asks for that rows can answer: facts, and kinds of which one is enough.
_ASKED_FACTS = ("impact.start", "mitigation.applied", "impact.end", "incident.all_clear")
_ASKED_KINDS = (frozenset({"alert_fired", "paged"}), frozenset({"acknowledged"}))
# The cause is never told by a row, and the investigation by some notes only.
_NEVER_SURE = 2

# Noise goes first, level by level; then, of the story, whatever is told most often. Other kinds are never folded.
_NOISE = (
    frozenset({"change_end", "other", "note_automatic", "alert_state"}),
    frozenset({"annotation", "field_changed", "assigned", "snoozed", "acknowledged_automatically"}),
    frozenset({"paged_again", "retriggered", "alert_pending", "alert_ended", "responder_joined"}),
)
_STORY = (
    *("other_period", "sibling", "priority_changed", "responder_requested", "impact_start", "impact_end", "merged"),
    *(
        "note",
        "note_unclear",
        "acknowledged_unclear",
        "status_update",
        "paged",
        "unacknowledged",
        "reopened",
        "resolved",
        "alert_fired",
        "acknowledged",
    ),
    *("escalated", "change"),
)


def room(rows: Sequence[TimelineRow], facts: Mapping[str, Fact]) -> int:
    """How many rows fit into a table of 25 lines beside the template's prompts that nothing answers."""
    told = {row.kind for row in rows}
    prompts = [name for name in _ASKED_FACTS if isinstance(facts[name], Unknown)]
    return _MOST_LINES - _NEVER_SURE - len(prompts) - sum(not kinds & told for kinds in _ASKED_KINDS)


def shorten(rows: Sequence[TimelineRow], most: int) -> tuple[TimelineRow, ...]:
    """Keep the rows that tell the story.

    Args:
        rows: All rows, ascending.
        most: How many shall be left.

    Returns:
        At most so many rows where the others can be folded: they become one row at the last one's time, with their
        number and what they are. What stands for a fact stays.
    """
    if len(rows) <= most:
        return tuple(rows)
    folded = _least(rows, len(rows) - most + 1)
    kept = [row for row in rows if row.id not in folded]
    gone = [row for row in rows if row.id in folded]
    if len(gone) < 2:  # noqa: PLR2004 - one row for another says less
        return tuple(rows)
    return tuple(sorted([*kept, _fold(gone)], key=lambda row: row.time))


def _least(rows: Sequence[TimelineRow], number: int) -> frozenset[str]:
    """The ids of the least telling rows: of each choice the middle goes before both ends."""
    foldable = [row for row in rows if not row.milestone]
    chosen: list[str] = []
    for level in _NOISE:
        found = [row.id for row in foldable if row.kind in level]
        while found and len(chosen) < number:
            chosen.append(found.pop((len(found) - 1) // 2))
    story = {kind: [row.id for row in foldable if row.kind == kind] for kind in _STORY}
    while len(chosen) < number and any(story.values()):
        most = max(story.values(), key=len)
        chosen.append(most.pop((len(most) - 1) // 2))
    return frozenset(chosen)


def _fold(rows: Sequence[TimelineRow]) -> TimelineRow:
    counts = Counter(row.kind for row in rows)
    values: dict[str, datetime | float | str | bool] = {
        "since": rows[0].time,
        **{kind: float(count) for kind, count in counts.most_common()},
    }
    return TimelineRow(id="folded", time=rows[-1].time, kind="folded", values=values, source=rows[0].source)
