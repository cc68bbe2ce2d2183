"""Action items: each needs an owner, a date and an end that can be verified; some findings ask for an urgent one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pm_autofill.review.page import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pm_autofill.review.page import Issue, Page, Row

_SECTION = re.compile(r"action items?\b|\bactions\b|follow[- ]ups?\b", re.IGNORECASE)
_NOBODY = re.compile(
    r"[-\u2013\u2014?.\s]*|tb[ad]|n/?a|none|nobody|no ?one|everyone|everybody|all|unassigned|(?:the )?team|us|we",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"\d{{4}}-\d\d?-\d\d?|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\d{{1,2}}\.? {_MONTH}|{_MONTH}\.? \d{{1,2}}\b",
    re.IGNORECASE,
)
_DONE = re.compile(r"done|closed|complete[d]?|fixed|merged|resolved|won't do|cancel+ed", re.IGNORECASE)
# What makes an end one that can be verified: a figure, a name in code, a link, or a condition.
_END = re.compile(
    r"\d|`|https?://|\]\(|\b(?:so that|until|unless|whenever|fails?|alerts?|pages?|rejects?|every|each)\b",
    re.IGNORECASE,
)
_ASKING: Mapping[str, tuple[str, ...]] = {
    "P0": ("budget_exceeded", "budget_large_share"),
    "P1": ("alert_without_rule", "missed_target"),
}
"""Which findings ask for an action item of which priority, or a more urgent one."""


def find_action_issues(
    page: Page, prompts: frozenset[str], findings: Sequence[Mapping[str, str]], vague: Sequence[str]
) -> Iterator[Issue]:
    """What the table of action items lacks.

    Args:
        page: The document.
        prompts: The template's prompts; rows that still hold one for their action are told as blanks.
        findings: The facts document's findings, each with ``code`` and ``text``.
        vague: Words an action must not begin with unless it says by what its end is known.
    """
    items = [row for row in page.rows() if _SECTION.search(row.line.section) and row.cell("action", "item", "what")]
    written = [row for row in items if not any(one in row.cell("action", "item", "what") for one in prompts)]
    for row in written:
        for lack in _lacks(row, prompts, vague):
            yield row.line.issue("action_item", f"action item {quoted(row.cell('action', 'item', 'what'))} {lack}")
    priorities = {row.cell("priority", "prio").strip("*_` ").upper() for row in written}
    line = next((one for one in page.lines if _SECTION.search(one.section)), page.lines[0])
    for index, (priority, codes) in enumerate(_ASKING.items()):
        asking = [one["text"] for one in findings if one["code"] in codes]
        if asking and not priorities & set(list(_ASKING)[: index + 1]):
            yield line.issue("priority", f"no {priority} among the action items, yet: {asking[0]}")


def _lacks(row: Row, prompts: frozenset[str], vague: Sequence[str]) -> Iterator[str]:
    owner, due = row.cell("owner", "who", "assignee"), row.cell("due", "date", "when")
    if owner not in prompts and _NOBODY.fullmatch(owner):
        yield "has no owner: name one person"
    if due not in prompts and not _DATE.search(due) and not _DONE.match(row.cell("status")):
        yield "has no due date"
    action = row.cell("action", "item", "what")
    first = next((word for word in vague if re.match(rf"\W*{re.escape(word)}\b", action, re.IGNORECASE)), None)
    if first and not _END.search(action):
        yield f"has no end that can be verified: {quoted(first)} is never done; say what will be there then"
