"""``check`` as it is typed: what is said, in which form, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pm_autofill.cli.check import command
from pm_autofill.errors import AutofillError
from pm_autofill.evidence import dump
from tests.window import EVIDENCE

PROGRAM = Path(sys.executable).with_name("pm-autofill")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder."""
    return subprocess.run(
        [PROGRAM, *arguments], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with evidence and the draft rebuilt from it."""
    folder = tmp_path_factory.mktemp("check") / "draft"
    folder.mkdir()
    (folder / "evidence.json").write_bytes(dump(EVIDENCE))
    assert run(folder, "--from-evidence", ".", "--set", "severity=SEV-1").returncode == 0
    return folder


def check(folder: Path, *arguments: str) -> Result:
    """What the command says in a folder, without starting a process."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(command, arguments)
    finally:
        os.chdir(before)


def test_a_draft_is_not_complete(draft: Path) -> None:
    """What is left, by line, on stdout; the sum on stderr; exit 1."""
    done = run(draft.parent, "check", "draft")
    assert done.stdout == "draft/postmortem.md:7: Metadata: still to fill in: [Your Name]\n"
    assert (done.returncode, done.stderr) == (1, "1 left: 1 to fill in\n")


def test_a_gate_tells_what_stands_in_its_way(draft: Path, tmp_path: Path) -> None:
    """A fresh draft is a draft; a complete one says so itself."""
    assert check(draft, ".", "--for", "draft", "-q").exit_code == 0
    assert check(draft, "postmortem.md", "--for", "complete").stdout.splitlines() == [
        "postmortem.md:7: Metadata: still to fill in: [Your Name]",
        'postmortem.md:8: Metadata: the status is "draft", not Complete',
    ]
    for name in ("evidence.json", "facts.json"):
        (tmp_path / name).write_bytes((draft / name).read_bytes())
    text = (draft / "postmortem.md").read_text().replace("[Your Name]", "Ann").replace("Draft", "Complete")
    (tmp_path / "postmortem.md").write_text(text)
    for status in ("draft", "reviewed", "complete"):
        done = check(tmp_path, ".", "--for", status)
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing found\n")


def test_programs_get_json_or_annotations(draft: Path) -> None:
    """Nothing else on stdout."""
    found = json.loads(check(draft, ".", "--json").stdout)
    assert (found["path"], found["status"], found["exit"], len(found["issues"])) == ("postmortem.md", "draft", 1, 1)
    github = check(draft, ".", "--annotations", "github").stdout
    assert github.startswith("::notice file=postmortem.md,line=7,title=to fill in::")
    gitlab = json.loads(check(draft, ".", "--annotations", "gitlab").stdout)
    assert gitlab[0]["location"] == {"path": "postmortem.md", "lines": {"begin": 7}}


def test_other_evidence_shows_what_has_moved(draft: Path, tmp_path: Path) -> None:
    """A value of ours that it gives differently, and facts that are not its own."""
    (tmp_path / "new.json").write_bytes(dump(EVIDENCE))
    done = check(draft, ".", "--for", "draft", "--from-evidence", str(tmp_path / "new.json"))
    assert done.exit_code == 1
    assert [line.partition(", ")[0] for line in done.stdout.splitlines()] == [
        "postmortem.md:1: facts.json is not what evidence.json gives: run pm-autofill again",
        'postmortem.md:6: Metadata: says "SEV-1 (stated)"',
    ]


def test_a_human_s_words_survive_the_next_run(draft: Path, tmp_path: Path) -> None:
    """A run refreshes what is ours; dry, it shows that and nothing else."""
    for name in ("evidence.json", "facts.json", "postmortem.md"):
        (tmp_path / name).write_bytes((draft / name).read_bytes())
    document = tmp_path / "postmortem.md"
    theirs = document.read_text().replace("[Your Name]", "Ann").replace("\n", "\r\n") + "Mine.\r\n"
    document.write_bytes(theirs.encode())
    shown = run(tmp_path, "--from-evidence", ".", "--set", "severity=SEV-2", "--dry-run").stdout.splitlines()
    assert [line.partition(" (stated)")[0] for line in shown if line.startswith(("-|", "+|"))] == [
        "-| **Severity** | SEV-1",
        "+| **Severity** | SEV-2",
    ]
    assert document.read_bytes() == theirs.encode()
    assert run(tmp_path, "--from-evidence", ".", "--set", "severity=SEV-2").returncode == 0
    merged = document.read_bytes().decode()
    assert "SEV-2 (stated) <!-- pm:severity" in merged
    assert "| **Author** | Ann |\r\n" in merged
    assert merged.endswith("Mine.\r\n")
    assert run(tmp_path, "--from-evidence", ".").returncode == 0
    assert document.read_bytes().decode() == merged


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("nowhere",), 1, "cannot read nowhere/postmortem.md: No such file or directory. Name the folder of a draft"),
        ((".", "--json", "--annotations", "github"), 2, "--json and --annotations exclude each other."),
        ((".", "--config", "nope.yaml"), 2, "cannot read the configuration nope.yaml"),
        ((".", "--from-evidence", "nope.json"), 1, "cannot read evidence from nope.json"),
    ],
)
def test_mistakes_say_what_to_do(draft: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    """What is wrong and what next; nothing on stdout."""
    done = check(draft, *arguments)
    assert isinstance(done.exception, AutofillError)
    assert (done.exception.exit_code, done.stdout) == (code, "")
    assert str(done.exception).startswith(message)
