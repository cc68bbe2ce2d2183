"""Issues as people, programs and git hosts read them."""

from __future__ import annotations

import json

from pm_autofill.review.page import Issue
from pm_autofill.review.report import as_github, as_gitlab, as_json, as_lines, as_summary

ISSUES = [
    Issue("blank", 3, "Metadata", "still to fill in: [Your Name]"),
    Issue("contradiction", 7, "", "says 50%, not 12%\n::error::x"),
    Issue("blank", 9, "Metadata", "still to fill in: [Your Name]"),
]


def test_lines_lead_editors_to_the_place() -> None:
    """Path, line, section and what, on one line each."""
    assert as_lines(ISSUES[:2], "a/postmortem.md") == (
        "a/postmortem.md:3: Metadata: still to fill in: [Your Name]\na/postmortem.md:7: says 50%, not 12% ::error::x\n"
    )
    assert as_summary(ISSUES) == "3 left: 2 to fill in, 1 contradicting the evidence"
    assert as_summary([]) == "nothing found"


def test_json_is_one_object() -> None:
    """With the exit code it goes with."""
    assert json.loads(as_json(ISSUES[:1], "p.md", "draft")) == {
        "path": "p.md",
        "status": "draft",
        "exit": 1,
        "issues": [{"code": "blank", "line": 3, "section": "Metadata", "text": "still to fill in: [Your Name]"}],
    }
    assert json.loads(as_json([], "p.md", ""))["exit"] == 0


def test_github_gets_commands_that_text_cannot_forge() -> None:
    """Percent signs and line breaks are escaped, in properties colons and commas as well."""
    assert as_github(ISSUES[:2], "a,b:c.md") == (
        "::notice file=a%2Cb%3Ac.md,line=3,title=to fill in::Metadata: still to fill in: [Your Name]\n"
        "::error file=a%2Cb%3Ac.md,line=7,title=contradicting the evidence::says 50%25, not 12%25 ::error::x\n"
    )


def test_gitlab_gets_a_code_quality_report() -> None:
    """Fingerprints stay when a line moves, and differ for the same issue at two places."""
    found = json.loads(as_gitlab(ISSUES, "p.md"))
    assert [(one["check_name"], one["severity"], one["location"]["lines"]["begin"]) for one in found] == [
        ("pm-autofill/blank", "info", 3),
        ("pm-autofill/contradiction", "major", 7),
        ("pm-autofill/blank", "info", 9),
    ]
    assert len({one["fingerprint"] for one in found}) == 3
    moved = [Issue("blank", 5, "Metadata", "still to fill in: [Your Name]")]
    assert json.loads(as_gitlab(moved, "p.md"))[0]["fingerprint"] == found[0]["fingerprint"]
