"""The timeline: what was recorded, merged with the template's own rows; prompts that nothing answers stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.wording.timeline import row_text
from pm_autofill.wording.times import day, minute

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pm_autofill.findings import TimelineRow

JOINT = "; "
"""What stands between the events that share a row."""

# Events that one glance takes in together when they fall into the same minute, as "fired; paged".
_JOINED = frozenset({"alert_fired", "triggered", "escalated", "paged"})
# What prepares a mitigation: a prompt about what was understood before it goes above these, too.
_PREPARING = frozenset({"change", "change_end", "annotation"})


def merge_timeline(rows: Sequence[TimelineRow], template_rows: str) -> list[tuple[str, tuple[str, ...]]]:
    """The table's body: recorded rows by time, and the template's prompts that none of them answers.

    Args:
        rows: The recorded events, ascending.
        template_rows: The template's rows, such as ``| HH:MM | [Root cause identified] |``, one per line.

    Returns:
        Rows of the same table, each with the ids of what it tells. The first column is ``HH:MM``, cut; where the
        events span midnight UTC the first row and each row of a new day carry the date. A prompt stands before the row
        that answers the next prompt.
    """
    prompts = [line for line in template_rows.splitlines() if line.strip()]
    groups = _groups(rows)
    answers = [_answer(line, groups, rows) for line in prompts]
    before: dict[int, list[str]] = {}
    for index, line in enumerate(prompts):
        if answers[index] is None:
            before.setdefault(_place(index, answers, groups), []).append(line)
    lines: list[tuple[str, tuple[str, ...]]] = []
    for index, (group, time) in enumerate(zip(groups, _times(groups), strict=True)):
        lines += [_asked(line) for line in before.get(index, [])]
        words = JOINT.join(row_text(row) for row in group)
        lines.append((f"| {time} | {words} |", tuple(row.id for row in group)))
    return lines + [_asked(line) for line in before.get(len(groups), [])]


def cells(rows: Sequence[TimelineRow]) -> list[dict[str, str]]:
    """The recorded rows as ``time`` and ``text``, for templates that lay them out themselves."""
    groups = [[row] for row in rows]
    return [{"time": time, "text": row_text(group[0])} for group, time in zip(groups, _times(groups), strict=True)]


def _asked(prompt: str) -> tuple[str, tuple[str, ...]]:
    return prompt, (f"prompt {prompt}",)


def _groups(rows: Sequence[TimelineRow]) -> list[list[TimelineRow]]:
    groups: list[list[TimelineRow]] = []
    for row in rows:
        last = groups[-1][-1] if groups else None
        same = last is not None and (day(last.time), minute(last.time)) == (day(row.time), minute(row.time))
        if last is not None and same and {last.kind, row.kind} <= _JOINED:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _times(groups: Sequence[Sequence[TimelineRow]]) -> list[str]:
    days = [day(group[0].time) for group in groups]
    dated = len(set(days)) > 1
    return [
        f"{today} {minute(group[0].time)}" if dated and today != yesterday else minute(group[0].time)
        for group, today, yesterday in zip(groups, days, ["", *days], strict=False)
    ]


def _answer(line: str, groups: Sequence[Sequence[TimelineRow]], rows: Sequence[TimelineRow]) -> int | None:
    """Which group answers a prompt; None where none does."""
    responded = next((one.time for one in rows if one.kind == "acknowledged"), None)
    for pattern, answers in _ANSWERS:
        if re.search(pattern, line, re.IGNORECASE):
            found = (i for i, group in enumerate(groups) if any(answers(row, responded) for row in group))
            return next(found, None)
    return None


def _place(index: int, answers: Sequence[int | None], groups: Sequence[Sequence[TimelineRow]]) -> int:
    """Before which group an unanswered prompt goes; behind all of them where no later prompt is answered."""
    following = next((answer for answer in answers[index:] if answer is not None), None)
    if following is None:
        return len(groups)
    floor = max((answer + 1 for answer in answers[:index] if answer is not None), default=0)
    while following > floor and groups[following - 1][0].kind in _PREPARING:
        following -= 1
    return following


def _stands_for(*names: str) -> Callable[[TimelineRow, datetime | None], bool]:
    return lambda row, _: row.milestone in names


def _is(*kinds: str) -> Callable[[TimelineRow, datetime | None], bool]:
    return lambda row, _: row.kind in kinds


def _investigates(row: TimelineRow, responded: datetime | None) -> bool:
    """Whether a person wrote down, after responding, what they found."""
    return row.kind in {"note", "status_update"} and responded is not None and row.time >= responded


_ANSWERS = (
    (r"first sign", _stands_for("impact.start")),
    (r"alert fired|who was paged", _is("alert_fired", "paged")),
    (r"acknowledged", _is("acknowledged")),
    (r"initial investigation", _investigates),
    (r"mitigation applied", _stands_for("mitigation.applied")),
    (r"service recovered", _stands_for("impact.end")),
    (r"all.clear", _stands_for("incident.all_clear")),
)
"""A prompt's words to what answers it; other prompts are for humans and stay."""
