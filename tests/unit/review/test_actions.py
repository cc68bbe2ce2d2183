"""Action items that nobody could follow up."""

from __future__ import annotations

import pytest

from pm_autofill.config.settings import CheckSettings
from pm_autofill.review.actions import find_action_issues
from pm_autofill.review.page import Page
from tests.unit.review.pages import told

HEAD = "# T\n## Action Items\n\n| Priority | Action | Owner | Due Date | Status |\n|---|---|---|---|---|\n"
PROMPTS = frozenset({"[Immediate fix]", "[Name]", "[Date]"})
VAGUE = CheckSettings().vague_words


def found(row: str, *findings: tuple[str, str]) -> list[str]:
    """What a table with one row lacks."""
    told_by = [{"code": code, "text": text} for code, text in findings]
    return [text for _, _, text in told(list(find_action_issues(Page(f"{HEAD}{row}\n"), PROMPTS, told_by, VAGUE)))]


@pytest.mark.parametrize(
    "row",
    [
        "| P0 | Reject bundles without an intermediate | Ann | 2026-12-01 | Open |",
        "| P1 | Investigate until the retry count is below 5 | @ann | 1 December | Open |",
        "| P2 | Improve the [runbook](x) | Bo | 1.12.2026 | Open |",
        "| P2 | Raise the limit | Bo | | Done |",
        "| P0 | [Immediate fix] | [Name] | [Date] | Open |",
    ],
)
def test_what_can_be_followed_up_is_fine(row: str) -> None:
    """An owner, a date unless it is done, an end; rows that are still prompts are told as blanks."""
    assert found(row) == []


@pytest.mark.parametrize(
    ("row", "lack"),
    [
        ("| P0 | Reject bundles | | 2026-12-01 | Open |", "has no owner: name one person"),
        ("| P0 | Reject bundles | the team | 2026-12-01 | Open |", "has no owner: name one person"),
        ("| P0 | Reject bundles | TBD | 2026-12-01 | Open |", "has no owner: name one person"),
        ("| P0 | Reject bundles | Ann | soon | Open |", "has no due date"),
        (
            "| P0 | Be more careful | Ann | 2026-12-01 | Open |",
            'has no end that can be verified: "be more" is never done; say what will be there then',
        ),
    ],
)
def test_what_an_item_lacks_is_said(row: str, lack: str) -> None:
    """With the item's own words."""
    action = row.split("|")[2].strip()
    assert found(row) == [f'action item "{action}" {lack}']


def test_findings_ask_for_urgent_items() -> None:
    """One that took much of the budget for a P0, an alert without a rule for a P1 or more; prompts do not count."""
    budget, alert = ("budget_exceeded", "All of it."), ("alert_without_rule", "No rule.")
    item = "| {} | Reject bundles | Ann | 2026-12-01 | Open |"
    assert found(item.format("P1"), budget) == ["no P0 among the action items, yet: All of it."]
    assert found(item.format("**P0**"), budget, alert) == []
    assert found(item.format("P2"), alert) == ["no P1 among the action items, yet: No rule."]
    assert found(item.format("P2"), ("met_target", "Fast.")) == []
    assert found("| P0 | [Immediate fix] | [Name] | [Date] | Open |", budget) == [
        "no P0 among the action items, yet: All of it."
    ]


def test_a_document_without_the_section_is_told_at_its_top() -> None:
    """There is no better place."""
    issues = list(find_action_issues(Page("# T\n"), PROMPTS, [{"code": "budget_exceeded", "text": "x"}], VAGUE))
    assert told(issues) == [("priority", 1, "no P0 among the action items, yet: x")]
