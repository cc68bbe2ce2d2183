"""``publish`` against git's own server and the hosts' APIs: opened, edited by humans, updated; nothing lost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.published import BRANCH, DOCUMENT, body, document, edit, publish, refused, rerun, told_by_ci
from tests.servers.git_hosts import NAME, GitHost, GitHubServer, GitLabServer, git, make_repository, write_file
from tests.window import AT, FOLDER
from tests.world.loopback import Fault, as_json

PROGRAM = Path(sys.executable).with_name("pm-autofill")


def test_the_demo_is_opened_edited_and_updated(host: GitHost, tmp_path: Path) -> None:
    """The installed command: key numbers, graphs and what humans owe; human commits stay below the second run's."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **told_by_ci(host)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert host.token not in done.stdout + done.stderr
        return done

    name = "2026-11-18-Q1CHKOUT7X4M2A"
    branch, path = f"post-mortem/{name}", f"postmortems/{name}"
    arguments = ("publish", f"{name}/postmortem.md", "--to", "gitlab" if isinstance(host, GitLabServer) else "github")
    run("demo", "--output", ".", "-q")
    shown = run(*arguments, "--dry-run")
    assert "| Error budget consumed | 10.9% of checkout-availability |" in shown.stdout
    assert "+# Post-Mortem Report:" in shown.stdout
    assert (host.writes, git(host.repository, "branch", "--list")) == ([], "* main")
    first = run(*arguments)
    (request,) = host.requests_made
    assert first.stdout == f"{request.get('html_url', request.get('web_url'))}\n"
    assert request["draft"] is True
    assert request["title"].removeprefix("Draft: ").startswith("Post-mortem: [FIRING:1] CheckoutErrorBudgetBurn")
    assert git(host.repository, "diff", "--name-only", "main", branch).splitlines() == sorted(
        f"{path}/{file.relative_to(tmp_path / name)}" for file in (tmp_path / name).rglob("*") if file.is_file()
    )
    rows = "| Duration | 39 min 32 s |", "| Bad requests | 16,948 |", "| Time to detect | 4 min 37 s |"
    assert [row for row in rows if row not in body(host)] == []
    addresses = re.findall(r"^!\[[^\]]*\]\((\S+)\)$", body(host), re.MULTILINE)
    drawn = sorted(file.name for file in (tmp_path / name / "graphs").glob("*.png"))
    assert [address.partition("?")[0].rpartition("/")[2] for address in addresses] == drawn
    assert all(f"/{host.tip(branch)}/{path}/graphs/" in address for address in addresses)
    assert "- line 9, Metadata: still to fill in: \\[Your Name\\]" in body(host)
    text = git(host.repository, "show", f"{branch}:{path}/postmortem.md") + "\n"
    text = text.replace("[Your Name]", "Ann").replace("| 40 minutes", "| three quarters of an hour")
    human = write_file(host.repository, branch, f"{path}/postmortem.md", text)
    run("--from-evidence", name, "--set", "severity=SEV-2", "-q")
    assert run(*arguments).stderr.startswith("updated ")
    text = git(host.repository, "show", f"{branch}:{path}/postmortem.md")
    for row in ("| **Author** | Ann |", "| **Duration** | three quarters", "| **Severity** | SEV-2 (stated)"):
        assert row in text
    assert git(host.repository, "log", "-1", "--format=%P %an", branch) == f"{human} pm-autofill"
    assert "SEV-2 (stated by a human)" in body(host)


def test_a_second_run_over_the_same_changes_nothing(host: GitHost, draft: Path) -> None:
    """No commit, no call that writes."""
    publish(host, draft)
    tip, writes = host.tip(BRANCH), list(host.writes)
    again = publish(host, draft)
    assert again.stderr.endswith(" is up to date\n")
    assert (host.tip(BRANCH), host.writes) == (tip, writes)


def test_the_same_observed_again_is_no_news(host: GitHost, draft: Path) -> None:
    """A later collection that found nothing else: no commit on the branch, and none after the merge."""
    publish(host, draft)
    tip, writes = host.tip(BRANCH), list(host.writes)
    rerun(draft, "SEV-1", AT.replace(hour=13))
    assert publish(host, draft).stderr.endswith(" is up to date\n")
    assert (host.tip(BRANCH), host.writes) == (tip, writes)
    git(host.repository, "update-ref", "refs/heads/main", BRANCH)
    (request,) = host.requests_made
    request |= {"state": "closed", "merged_at": "2026-11-19T09:00:00Z"} if "number" in request else {"state": "merged"}
    assert publish(host, draft).stderr.endswith("main holds this draft already\n")


def test_a_document_without_markers_is_a_human_s(host: GitHost, draft: Path) -> None:
    """An editor took all comments out: not a byte of it changes, and the facts beside it are refreshed."""
    publish(host, draft)
    theirs = re.sub(r" ?<!-- pm:.*? -->", "", document(host))
    write_file(host.repository, BRANCH, DOCUMENT, theirs)
    rerun(draft, "SEV-2")
    publish(host, draft)
    assert document(host) == theirs
    assert "SEV-2" in git(host.repository, "show", f"{BRANCH}:{DOCUMENT.replace('postmortem.md', 'facts.json')}")


def test_a_human_s_words_in_the_description_stay(host: GitHost, draft: Path) -> None:
    """Around our part they are kept and ours is refreshed; inside it the whole is theirs."""
    publish(host, draft)
    (request,) = host.requests_made
    key = "body" if "body" in request else "description"
    request[key] = "Please read by Friday.\r\n\r\n" + request[key].replace("\n", "\r\n") + "\r\nThanks"
    rerun(draft, "SEV-2")
    publish(host, draft)
    assert request[key].startswith("Please read by Friday.\r\n\r\n<!-- pm-autofill -->\n")
    assert request[key].endswith("-->\r\nThanks")
    assert "SEV-2" in request[key]
    request[key] = request[key].replace("A draft for you to finish", "Almost done")
    theirs = request[key]
    rerun(draft, "SEV-3")
    assert "description was changed by hand" in publish(host, draft).stderr
    assert request[key] == theirs


def test_a_push_in_between_is_taken_in(host: GitHost, draft: Path) -> None:
    """The server refuses our push, as somebody was faster; the next attempt stands on theirs."""
    publish(host, draft)
    rerun(draft, "SEV-2")
    host.before_push = [BRANCH, DOCUMENT, document(host).replace("[Your Name]", "Ann")]
    publish(host, draft)
    assert "| **Author** | Ann |" in document(host)
    assert "SEV-2 (stated)" in document(host)
    assert len(git(host.repository, "rev-list", f"main..{BRANCH}").splitlines()) == 3


def test_edits_here_and_there(host: GitHost, draft: Path) -> None:
    """What was written here is published; where both sides were edited apart, nothing is."""
    publish(host, draft)
    here = draft / "postmortem.md"
    here.write_text(here.read_text().replace("[Your Name]", "Ann"))
    publish(host, draft)
    assert "| **Author** | Ann |" in document(host)
    tip = edit(host, "| **Author** | Ann |", "| **Author** | Ann and Bo |")
    publish(host, draft)
    assert host.tip(BRANCH) == tip
    here.write_text(here.read_text().replace("| **Author** | Ann |", "| **Author** | Cy |"))
    assert "were both changed, each in its own way" in refused(host, draft)
    assert host.tip(BRANCH) == tip


def test_older_evidence_is_not_published_over_newer(host: GitHost, draft: Path) -> None:
    """What is there was collected later: nothing is changed."""
    rerun(draft, "SEV-1", AT.replace(hour=13))
    publish(host, draft)
    rerun(draft, "SEV-1")
    assert "collected at 2026-11-18T13:00:00Z, later than this draft" in refused(host, draft)


def test_a_closed_request_is_left_alone(host: GitHost, draft: Path) -> None:
    """A human said no: nothing is reopened, and that is no failure."""
    publish(host, draft)
    (request,) = host.requests_made
    request["state"] = "closed"
    rerun(draft, "SEV-2")
    writes = len(host.writes)
    assert "it was closed: reopen it" in publish(host, draft).stderr
    git(host.repository, "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert "it was closed: reopen it" in publish(host, draft).stderr
    assert len(host.writes) == writes


@pytest.mark.parametrize("way", ["squashed", "merged"])
def test_after_the_merge(host: GitHost, draft: Path, way: str) -> None:
    """What is merged needs no new request; a later change opens one that stands on the merged text."""
    publish(host, draft)
    (request,) = host.requests_made
    if way == "merged":
        git(host.repository, "update-ref", "refs/heads/main", BRANCH)
        text = document(host)
    else:
        tree = git(host.repository, "rev-parse", f"{BRANCH}^{{tree}}")
        squashed = git(host.repository, "commit-tree", tree, "-p", "main", "-m", "Squash")
        git(host.repository, "update-ref", "refs/heads/main", squashed)
        text = document(host)
    request |= {"state": "closed", "merged_at": "2026-11-19T09:00:00Z"} if "number" in request else {"state": "merged"}
    write_file(host.repository, "main", DOCUMENT, text.replace("[Your Name]", "Ann"))
    assert publish(host, draft).stderr.endswith("main holds this draft already\n")
    rerun(draft, "SEV-2")
    assert publish(host, draft).stderr.startswith("opened")
    assert len(host.requests_made) == 2
    assert git(host.repository, "diff", "--name-only", "main", BRANCH).splitlines() == [
        f"postmortems/{FOLDER}/{name}" for name in ("evidence.json", "facts.json", "postmortem.md")
    ]
    assert "| **Author** | Ann |" in document(host)


def test_the_token_goes_nowhere_else(
    host: GitHost, draft: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not into the repository, not into a process's arguments, not over a refusal of the API or of git."""
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "git"
    wrapper.write_text(f'#!/bin/sh\necho "$*" >>"{tmp_path}/seen"\nexec "{shutil.which("git")}" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    publish(host, draft)
    commits = git(host.repository, "log", "--all", "--patch")
    seen = (tmp_path / "seen").read_text()
    assert seen.count(" push --porcelain ") == 1
    assert host.token not in seen
    assert host.token not in commits + body(host)
    assert all(host.token not in request.path + str(request.query) for request in host.requests)
    host.faults.append(Fault(r"/api/.*", as_json({"message": f"no, {host.token}"}, 403)))
    assert "[secret]" in refused(host, draft)
    host.faults[:] = [Fault(r".*\.git/.*", as_json({}, 403))]
    assert "git ls-remote with" in refused(host, draft)


def test_somebody_else_s_document_is_not_touched(host: GitHost, draft: Path) -> None:
    """A document without any slot of ours, or a link in its place, on the base: nothing is published."""
    write_file(host.repository, "main", DOCUMENT, "# Ours\n")
    assert "holds nothing that pm-autofill wrote" in refused(host, draft)
    write_file(host.repository, "main", DOCUMENT, "/etc/passwd", mode="120000")
    assert "is no plain file" in refused(host, draft)
    assert host.writes == []


def test_a_plan_without_drafts(tmp_path: Path, draft: Path) -> None:
    """GitHub refuses drafts in some repositories: an ordinary pull request that says it is one."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    with GitHubServer(tmp_path / "root", drafts=False) as host:
        publish(host, draft)
        (request,) = host.requests_made
        assert request["draft"] is False
        assert request["title"].startswith("Draft: Post-mortem: 2026-11-18-checkout-1000")


def test_a_long_history_is_not_fetched_as_a_whole(tmp_path: Path, draft: Path) -> None:
    """A push from the newest commits is one for the whole: what is older is still there."""
    repository = make_repository(tmp_path / "root" / f"{NAME}.git")
    tree, commit = git(repository, "rev-parse", "main^{tree}"), git(repository, "rev-parse", "main")
    for number in range(60):
        commit = git(repository, "commit-tree", tree, "-p", commit, "-m", str(number))
    git(repository, "update-ref", "refs/heads/main", commit)
    with GitHubServer(tmp_path / "root") as host:
        publish(host, draft)
        edit(host, "[Your Name]", "Ann")
        rerun(draft, "SEV-2")
        publish(host, draft)
        assert "| **Author** | Ann |" in document(host)
        assert len(git(repository, "rev-list", BRANCH).splitlines()) == 64
        git(repository, "fsck", "--strict")


def test_an_interrupted_run_is_taken_up(host: GitHost, draft: Path) -> None:
    """The branch was pushed and the request could not be opened: the next run opens it, without another commit."""
    host.faults.append(Fault(r"/api/.*", as_json([], 200), times=1))
    host.faults.append(Fault(r"/api/.*", as_json({"message": "down"}, 503), times=1))
    refused(host, draft)
    tip = host.tip(BRANCH)
    assert publish(host, draft).stderr.startswith("opened")
    assert host.tip(BRANCH) == tip
