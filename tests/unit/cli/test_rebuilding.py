"""A draft rebuilt from evidence by the installed command, and a number of it explained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill import pipeline
from pm_autofill.evidence import Gap, TemplateText, dump
from pm_autofill.pipeline import Order
from pm_autofill.publish import directory
from tests import window

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("pm-autofill")
EVIDENCE = replace(
    window.EVIDENCE,
    template=TemplateText(name="t.md.j2", text="# A draft\n"),
    gaps=(Gap(source="Prometheus", what="the SLI", reason="it is down", hint="Start it."),),
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder."""
    return subprocess.run(
        [PROGRAM, *arguments], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with evidence and the draft rebuilt from it."""
    folder = tmp_path_factory.mktemp("draft")
    (folder / "evidence.json").write_bytes(dump(EVIDENCE))
    done = run(folder, "--from-evidence", "evidence.json", "--set", "severity=SEV-1")
    assert (done.returncode, done.stdout) == (3, "postmortem.md\n")
    assert done.stderr == (
        "not available: Prometheus: the SLI: it is down. Without it whether it was affected is unknown, and so is what "
        "all SLOs show together. Start it.\n"
    )
    return folder


def test_a_stated_fact_stands_in_the_draft(draft: Path) -> None:
    """Known, marked as a human's, and kept in the evidence."""
    fact = json.loads((draft / "facts.json").read_bytes())["facts"]["severity"]
    assert (fact["status"], fact["value"], fact["basis"]) == ("known", "SEV-1", "stated")
    assert json.loads((draft / "evidence.json").read_bytes())["stated"] == {"severity": "SEV-1"}


def test_json_and_strict(draft: Path) -> None:
    """One object on stdout whose exit is the process's own; the statement is still there."""
    done = run(draft, "--from-evidence", ".", "--json", "--strict", "--quiet")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, sorted(found)) == (1, "", ["exit", "facts", "path"])
    assert (found["path"], found["exit"], found["facts"]["schema"]) == ("postmortem.md", 1, "pm-autofill.facts/1")
    assert found["facts"]["facts"]["severity"]["value"] == "SEV-1"


def test_a_rebuild_can_tell_the_full_timeline(draft: Path, tmp_path: Path) -> None:
    """The evidence keeps the choice; without the option it stays as it was."""
    for arguments, kept in ((("--timeline", "full"), "full"), ((), "full"), (("--timeline", "brief"), "brief")):
        source = tmp_path if (tmp_path / "evidence.json").exists() else draft
        (tmp_path / "evidence.json").write_bytes((source / "evidence.json").read_bytes())
        done = run(tmp_path, "--from-evidence", ".", *arguments)
        assert done.returncode == 3
        request = json.loads((tmp_path / "evidence.json").read_bytes())["request"]
        assert request.get("timeline", "brief") == kept


def test_a_dry_run_writes_nothing(draft: Path) -> None:
    """Also with a statement that would change the evidence."""
    before = {path.name: path.read_bytes() for path in draft.rglob("*") if path.is_file()}
    done = run(draft, "--from-evidence", ".", "--dry-run", "--set", "severity=SEV-2", "--output", "other")
    assert done.returncode == 3
    assert done.stdout.startswith("--- /dev/null\n+++ other/2026-11-18-checkout-1000/postmortem.md\n")
    assert {path.name: path.read_bytes() for path in draft.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("nope=1", "pm-autofill: --set nope: it is no fact. One of: impact.start, "),
        ("impact.duration=1", "pm-autofill: --set impact.duration: "),
        ("impact.start=soon", "pm-autofill: --set impact.start: 'soon' is not an instant. Write it as 2026-"),
        ("severity", "pm-autofill: --set"),
    ],
)
def test_a_statement_that_says_nothing_is_refused(draft: Path, statement: str, message: str) -> None:
    """Exit 2 and one line, for unknown facts, derived ones and values of the wrong kind."""
    done = run(draft, "--from-evidence", "evidence.json", "--set", statement)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(message)


def test_what_was_stated_while_this_run_waited_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evidence is read again once the folder is free: another run may have written what a human stated."""
    file = tmp_path / "evidence.json"
    file.write_bytes(dump(EVIDENCE))

    @contextmanager
    def wait(_folder: Path) -> Iterator[None]:
        file.write_bytes(dump(replace(EVIDENCE, stated={"severity": "SEV-1"})))
        yield

    monkeypatch.setattr(directory, "hold", wait)
    statements = ("mitigation.applied=2026-11-18T10:30:00Z",)
    order = Order(
        request=None, configuration=None, template=None, output=None, from_evidence=tmp_path, statements=statements,
        clock=lambda: window.AT,
    )  # fmt: skip
    stated = pipeline.run(order, lambda _: None).evidence.stated
    assert stated == {"severity": "SEV-1", "mitigation.applied": "2026-11-18T10:30:00Z"}


def test_a_document_without_markers_is_said(draft: Path, tmp_path: Path) -> None:
    """It stays, which is told; the exit code is the draft's."""
    for name in ("evidence.json", "facts.json"):
        (tmp_path / name).write_bytes((draft / name).read_bytes())
    (tmp_path / "postmortem.md").write_text("# Ours alone\n")
    for option in ("--dry-run", "--timeline=brief"):
        done = run(tmp_path, "--from-evidence", ".", option)
        assert done.returncode == 3
        assert done.stderr.startswith("postmortem.md has no markers left: it is yours, and stays as it is\n")
        assert (tmp_path / "postmortem.md").read_text() == "# Ours alone\n"


def test_somebody_s_document_ends_the_run(draft: Path, tmp_path: Path) -> None:
    """Without any slot of ours: exit 1, the document named and left as it is."""
    (tmp_path / "evidence.json").write_bytes((draft / "evidence.json").read_bytes())
    (tmp_path / "postmortem.md").write_text("# By hand\n")
    done = run(tmp_path, "--from-evidence", "evidence.json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(
        "pm-autofill: postmortem.md holds nothing that pm-autofill wrote: nothing is written."
    )
    assert (tmp_path / "postmortem.md").read_text() == "# By hand\n"


def test_a_number_is_explained(draft: Path) -> None:
    """By the folder or by its document, the same text on stdout."""
    done = run(draft, "explain", ".", "severity")
    assert (done.returncode, done.stderr) == (0, "")
    assert "SEV-1" in done.stdout
    assert run(draft, "explain", "postmortem.md", "severity").stdout == done.stdout


@pytest.mark.parametrize(
    ("path", "fact", "code", "message"),
    [
        ("nowhere", "severity", 1, "cannot read evidence from nowhere: No such file or directory. "),
        (".", "nope", 2, "no fact is called 'nope'. There are: impact.start, "),
        (".", "checkout/nope", 2, ""),
    ],
)
def test_what_cannot_be_explained_is_said(draft: Path, path: str, fact: str, code: int, message: str) -> None:
    """A mistyped folder (even beside a draft), fact or SLO: one line."""
    done = run(draft, "explain", path, fact)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert done.stderr.startswith(f"pm-autofill: {message}")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (None, "cannot read facts from facts.json: No such file or directory. "),
        ("{", "cannot read facts from facts.json: it is no JSON. "),
        ("[]", "facts.json is no facts document. "),
        ("{}", "facts.json is no facts document. "),
    ],
)
def test_damaged_facts_are_said(tmp_path: Path, facts: str | None, message: str) -> None:
    """Missing, torn, or something else: exit 1 and one line."""
    (tmp_path / "evidence.json").write_bytes(dump(EVIDENCE))
    if facts is not None:
        (tmp_path / "facts.json").write_text(facts)
    done = run(tmp_path, "explain", ".", "severity")
    hint = "Name the folder of a draft, or its postmortem.md."
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"pm-autofill: {message}{hint}\n")
