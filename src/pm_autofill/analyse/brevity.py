"""A timeline that one can read: the rows that tell the story, and the others folded into one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pm_autofill.findings import TimelineRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MOST_ROWS = 23
"""With the template's unanswered prompts between them a table stays within 25 lines."""

# What is folded first stands first; of one level the middle goes before both ends. Other kinds are never folded.
_LEVELS = (
    frozenset({"change_end", "other", "note_automatic", "alert_state"}),
    frozenset({"annotation", "field_changed", "assigned", "snoozed", "acknowledged_automatically"}),
    frozenset({"paged_again", "retriggered", "alert_pending", "alert_ended", "responder_joined"}),
    frozenset({"other_period", "sibling", "unacknowledged", "priority_changed", "responder_requested"}),
    frozenset({"impact_start", "impact_end", "reopened", "resolved", "merged"}),
    frozenset({"alert_fired", "paged", "escalated", "acknowledged", "status_update", "note", "change"}),
)


def shorten(rows: Sequence[TimelineRow], most: int = MOST_ROWS) -> tuple[TimelineRow, ...]:
    """Keep the rows that tell the story.

    Args:
        rows: All rows, ascending.
        most: How many shall be left.

    Returns:
        At most so many rows where the others can be folded: they become one row at the last one's time, with their
        number and what they are. What stands for a fact, and the first row of each kind, is never folded away before
        all lesser ones.
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
    """The ids of the least telling rows."""
    chosen: list[str] = []
    for level in _LEVELS:
        found = [row.id for row in rows if row.kind in level and not row.milestone]
        middle = (len(found) - 1) / 2
        chosen += [found[n] for n in sorted(range(len(found)), key=lambda n: (abs(n - middle), n))]
    return frozenset(chosen[:number])


def _fold(rows: Sequence[TimelineRow]) -> TimelineRow:
    counts = Counter(row.kind for row in rows)
    values: dict[str, datetime | float | str | bool] = {
        "since": rows[0].time,
        **{kind: float(count) for kind, count in counts.most_common()},
    }
    return TimelineRow(id="folded", time=rows[-1].time, kind="folded", values=values, source=rows[0].source)
