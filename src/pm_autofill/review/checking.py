"""Every question about a draft, asked at once; and which answers stand in the way of which status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pm_autofill.redaction.shapes import Shapes
from pm_autofill.review import actions, blame, blanks, disagreements, drift, links, secrets, statements
from pm_autofill.review.page import Issue, Page, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pm_autofill.config.settings import CheckSettings
    from pm_autofill.evidence import Evidence
    from pm_autofill.review.page import Line

KINDS: Mapping[str, str] = {
    "blank": "to fill in",
    "hint": "hints of the template left",
    "action_item": "action items incomplete",
    "priority": "action items missing",
    "contradiction": "contradicting the evidence",
    "inconsistent": "contradicting one another in the evidence",
    "new_value": "newer in the evidence",
    "drift": "not refreshed",
    "blame": "blaming a person",
    "secret": "what looks like a secret",
    "broken_link": "broken links",
    "status": "status",
}
"""What an issue can be, and how it is counted."""

STATUSES = ("draft", "reviewed", "complete")
_WRONG = {"contradiction", "new_value", "drift", "blame", "secret", "broken_link"}
_MATTERS: Mapping[str, set[str]] = {
    "draft": _WRONG,
    "reviewed": _WRONG | {"blank", "hint", "priority", "status"},
    # What sources say of one another no document can mend.
    "complete": set(KINDS) - {"inconsistent"},
}
_GOING_ON = {"recovery_unconfirmed", "still_open"}
_STATUS = re.compile(r"\W*status\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A draft's folder, and what its evidence gives.

    Attributes:
        path: Where it is.
        document: The document as it lies there.
        facts: ``facts.json`` as it lies there; None where it is missing.
        evidence: The evidence to hold them against.
        fresh_document: The document composed from the evidence now.
        fresh_facts: The facts document computed from it now.
        fresh_facts_bytes: Its bytes.
    """

    path: Path
    document: str
    facts: bytes | None
    evidence: Evidence
    fresh_document: str
    fresh_facts: Mapping[str, Any]
    fresh_facts_bytes: bytes


def check(folder: Folder, words: CheckSettings, goal: str | None = None, shapes: Shapes | None = None) -> list[Issue]:
    """What humans still owe, and what contradicts itself.

    Args:
        folder: The draft.
        words: The word lists.
        goal: The status it is to have: a draft has to be true, a reviewed one filled in as well, a complete one has
            action items that can be followed up, too. None to be told everything.
        shapes: What looks like a secret; None for what is built in.

    Returns:
        Issues by line; none quotes a secret.
    """
    shapes = shapes or Shapes()
    page, fresh, findings = Page(folder.document), Page(folder.fresh_document), folder.fresh_facts["findings"]
    template = folder.evidence.template.text
    found = [
        *blanks.find_blanks(page, template),
        *actions.find_action_issues(page, blanks.prompts(template), findings, words.vague_words),
        *statements.find_slot_issues(page, fresh),
        *statements.find_row_issues(page, fresh),
        *statements.find_claims(page, folder.fresh_facts),
        *disagreements.find_disagreements(page, fresh, findings),
        *_find_early_end(page, findings),
        *drift.find_drift(page, fresh),
        *drift.find_stale_facts(page, folder.facts, folder.fresh_facts_bytes),
        *blame.find_blame(page, blame.people(folder.evidence.pagerduty), words.blame_words),
        *secrets.find_secrets(page, shapes),
        *links.find_broken_links(page, folder.path),
        *(_find_status(page, goal) if goal else ()),
    ]
    wanted = (one for one in found if goal is None or one.code in _MATTERS[goal])
    return sorted((secrets.without_secrets(one, shapes) for one in wanted), key=lambda one: one.line)


def status_of(page: Page) -> str:
    """The status the document claims, in lower case; empty without a field for it."""
    row = next((one for one in page.rows() if _STATUS.fullmatch(next(iter(one.cells.values()), ""))), None)
    return list(row.cells.values())[-1].strip("*_` ").lower() if row else ""


def _find_status(page: Page, goal: str) -> list[Issue]:
    """A status below the one that is asked for."""
    status = status_of(page)
    if status in STATUSES[STATUSES.index(goal) :]:
        return []
    return [_status_line(page).issue("status", f"the status is {quoted(status)}, not {goal.capitalize()}")]


def _find_early_end(page: Page, findings: Sequence[Mapping[str, str]]) -> list[Issue]:
    """A document that calls itself complete while the incident is not over."""
    if status_of(page) != "complete":
        return []
    going_on = (one["text"] for one in findings if one["code"] in _GOING_ON)
    return [_status_line(page).issue("contradiction", f"the status is Complete, yet: {text}") for text in going_on]


def _status_line(page: Page) -> Line:
    return next((one for one in page.lines if "**status**" in one.text.lower()), page.lines[0])
