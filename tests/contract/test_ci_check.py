"""The check of a change, as the hosts' jobs run it: what it says beside lines, and when it stands in a merge's way."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.ci_steps import BIN, bash, load
from tests.published import rerun
from tests.servers.git_hosts import git, make_repository
from tests.window import FOLDER

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with a commit that adds a draft, and one that adds a file beside it; and modules nobody may import."""
    folder = tmp_path_factory.mktemp("change")
    work = folder / "work"
    make_repository(folder / "bare.git")
    subprocess.run(["git", "clone", "--quiet", folder / "bare.git", work], check=True, timeout=60)
    rerun(work / "postmortems" / FOLDER, "SEV-1")
    for message in ("Draft", "Add the chat"):
        subprocess.run(["git", "add", "."], cwd=work, check=True, timeout=60)
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
        subprocess.run(["git", *who, "commit", "--quiet", "-m", message], cwd=work, check=True, timeout=60)
        (work / "postmortems" / FOLDER / "chat.txt").write_text("what we said\n")
    for name in ("json.py", "sitecustomize.py", "pm_autofill.py"):
        (work / name).write_text("raise SystemExit('a stranger ran this')\n")
    return work


@pytest.mark.parametrize(("is_draft", "code"), [("true", 0), ("false", 1)])
def test_on_github(work: Path, is_draft: str, code: int) -> None:
    """A draft passes although it is not filled in; once it is none, it does not."""
    step = load("docs/ci/github-check.yml")["jobs"]["check"]["steps"][-1]
    base = git(work / ".git", "rev-parse", "HEAD~2")
    variables = {"PROGRAM": str(BIN / "pm-autofill"), "BASE": base, "IS_DRAFT": is_draft}
    done = bash(step["run"], work, variables, code)
    assert done.stdout.startswith(f"::notice file=postmortems/{FOLDER}/postmortem.md,line=7,")


@pytest.mark.parametrize(("title", "code"), [("Draft: Q1", 0), ("[Draft] Q1", 0), ("draft: Q1", 0), ("Q1", 1)])
def test_on_gitlab(work: Path, title: str, code: int) -> None:
    """The same by the title of the merge request; one report of all documents."""
    job = load("docs/ci/gitlab.yml")["check-post-mortems"]
    variables = {
        "CI_MERGE_REQUEST_TITLE": title,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(work / ".git", "rev-parse", "HEAD~2"),
    }
    bash(job["script"][0], work, variables, code)
    report = json.loads((work / job["artifacts"]["reports"]["codequality"]).read_bytes())
    assert report[0]["location"] == {"path": f"postmortems/{FOLDER}/postmortem.md", "lines": {"begin": 7}}


def test_a_change_without_a_document_passes_on_gitlab(work: Path) -> None:
    """Such as of a file beside it: an empty report."""
    job = load("docs/ci/gitlab.yml")["check-post-mortems"]
    variables = {
        "CI_MERGE_REQUEST_TITLE": "Chat",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(work / ".git", "rev-parse", "HEAD~1"),
    }
    bash(job["script"][0], work, variables)
    assert json.loads((work / "codequality.json").read_bytes()) == []
