"""What the sources say against one another, and a document that calls itself complete too early."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.compose.stamps import enclose, stamp
from pm_autofill.config.settings import CheckSettings
from pm_autofill.review.checking import Folder, check
from pm_autofill.review.disagreements import find_disagreements
from pm_autofill.review.page import Page
from tests.unit.analyse.cases import evidence
from tests.unit.review.pages import told

if TYPE_CHECKING:
    from collections.abc import Mapping

EARLY = {"code": "resolved_before_recovery", "text": "PagerDuty's incident [1] was resolved early.", "severity": ""}
CLOCKS = {"code": "clocks_apart", "text": "Their clocks differ.", "severity": ""}
OTHER = {"code": "low_traffic", "text": "Little traffic.", "severity": ""}
REMARKS = "To know:\n\n- PagerDuty's incident \\[1\\] was resolved early.\n- Their clocks differ."


def document(remarks: str = REMARKS, status: str = "Draft") -> str:
    """A draft with remarks; without any the slot is not in the template."""
    block = f"## Remarks\n\n{enclose('remarks', remarks)}\n" if remarks else ""
    return stamp(f"# T\n\n| Field | Value |\n|---|---|\n| **Status** | {enclose('status', status)} |\n\n{block}")


def found(text: str, fresh: str, *findings: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """What a document is told of findings."""
    return told(list(find_disagreements(Page(text), Page(fresh), findings)))


def test_contradictions_are_told_where_their_remark_stands() -> None:
    """By line, with its words; other findings are no contradictions."""
    assert found(document(), document(), EARLY, OTHER, CLOCKS) == [
        ("inconsistent", 11, "PagerDuty's incident [1] was resolved early. (settled? edit the remark)"),
        ("inconsistent", 12, "Their clocks differ. (settled? edit the remark)"),
    ]


def test_a_human_who_has_the_remarks_in_hand_knows() -> None:
    """They changed one, or took the marker away: the matter is settled."""
    assert found(document().replace("differ.", "differ; NTP was off."), document(), CLOCKS) == []
    assert found(document().partition("<!-- pm:remarks")[0], document(), CLOCKS) == []


def test_a_template_without_remarks_has_them_at_the_top() -> None:
    """There is no better place."""
    assert found(document(""), document(""), CLOCKS) == [("inconsistent", 1, "Their clocks differ.")]


@pytest.mark.parametrize("goal", ["draft", "reviewed", "complete", None])
def test_what_goes_on_is_not_complete(goal: str | None) -> None:
    """Whatever is asked for; sources that contradict one another stand in the way of no status."""
    text = document(status="Complete")
    going_on = {"code": "still_open", "text": "It is still going on.", "severity": ""}
    folder = Folder(
        path=Path(),
        document=text,
        facts=b"{}",
        evidence=evidence(),
        fresh_document=text,
        fresh_facts={"findings": [going_on, CLOCKS], "facts": {}, "slos": []},
        fresh_facts_bytes=b"{}",
    )
    issues = [(one.code, one.text) for one in check(folder, CheckSettings(), goal)]
    assert ("contradiction", "the status is Complete, yet: It is still going on.") in issues
    assert ("inconsistent" in {code for code, _ in issues}) is (goal is None)
