"""What a finished run prints, and with which code it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pm_autofill.cli.choices import Choices
from pm_autofill.cli.drafting import conclude, printable
from pm_autofill.evidence import Evidence, Gap, Request, TemplateText
from pm_autofill.pipeline import Outcome

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
GAP = Gap(source="Grafana", what="dashboards", reason="it is\x1b[31m down", hint="Start it.")
WARNING = (
    "not available: Grafana: dashboards: it is [31m down. Without it graphs may be missing from the "
    "appendix. Start it.\n"
)
PATH = "drafts/2026-11-18-P1/postmortem.md"


def outcome(*gaps: Gap, difference: str = "") -> Outcome:
    """What a run gave, with these gaps."""
    evidence = Evidence(
        collected_at=NOON,
        version="1",
        request=Request(as_of=NOON),
        configuration={},
        template=TemplateText(name="t", text=""),
        gaps=gaps,
    )
    return Outcome(path=Path(PATH), evidence=evidence, facts={"facts": {"severity": "é"}}, difference=difference)


def test_a_complete_draft_is_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout and nothing else; exit 0, also under --strict."""
    assert conclude(outcome(), Choices()) == 0
    assert conclude(outcome(), Choices(strict=True)) == 0
    assert capsys.readouterr() == (f"{PATH}\n{PATH}\n", "")


def test_gaps_are_told_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 3, a line for each, safe for a terminal."""
    assert conclude(outcome(GAP, GAP), Choices()) == 3
    assert capsys.readouterr() == (f"{PATH}\n", WARNING * 2)


def test_a_remark_is_told_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """It changes no exit code; not with --quiet."""
    told = replace(outcome(), remarks=("it is\x1byours",))
    assert (conclude(told, Choices()), conclude(told, Choices(quiet=True))) == (0, 0)
    assert capsys.readouterr() == (f"{PATH}\n" * 2, "it is yours\n")


def test_strict_turns_gaps_into_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """The same draft and the same words, exit 1."""
    assert conclude(outcome(GAP), Choices(strict=True)) == 1
    assert capsys.readouterr() == (f"{PATH}\n", WARNING)


def test_quiet_says_nothing_of_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code still tells."""
    assert conclude(outcome(GAP), Choices(quiet=True)) == 3
    assert capsys.readouterr() == (f"{PATH}\n", "")


@pytest.mark.parametrize(("strict", "code"), [(False, 3), (True, 1)])
def test_json_holds_path_exit_and_facts(capsys: pytest.CaptureFixture[str], strict: bool, code: int) -> None:  # noqa: FBT001
    """One object on one line, with the code the process ends with."""
    assert conclude(outcome(GAP), Choices(as_json=True, strict=strict)) == code
    out, err = capsys.readouterr()
    assert json.loads(out) == {"path": PATH, "exit": code, "facts": {"facts": {"severity": "é"}}}
    assert (out.count("\n"), err) == (1, WARNING)


def test_a_dry_run_is_its_difference(capsys: pytest.CaptureFixture[str]) -> None:
    """The diff as it is, nothing where nothing changes, and gaps as usual."""
    assert conclude(outcome(difference="--- a\n+++ b\n"), Choices(dry_run=True)) == 0
    assert conclude(outcome(), Choices(dry_run=True)) == 0
    assert conclude(outcome(GAP), Choices(dry_run=True)) == 3
    assert capsys.readouterr() == ("--- a\n+++ b\n", WARNING)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a b-é", "a b-é"), ("a\nb\tc", "a b c"), ("\x1b]0;x\x07", " ]0;x "), ("\u202eabc\u200b", " abc ")],
)
def test_only_printable_characters_reach_a_terminal(text: str, shown: str) -> None:
    """Line ends, escapes, and marks of direction become spaces."""
    assert printable(text) == shown
