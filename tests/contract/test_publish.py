"""``publish`` against git's own server and the hosts' APIs: opened, edited by humans, updated; nothing lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from pm_autofill.cli.publish import command
from pm_autofill.errors import AutofillError
from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.incident import Incident, IncidentRecord
from pm_autofill.pipeline import make_draft
from pm_autofill.publish import directory
from tests.servers.git_hosts import (
    GITHUB_TOKEN,
    GITLAB_TOKEN,
    NAME,
    GitHost,
    GitHubServer,
    GitLabServer,
    git,
    make_repository,
    write_file,
)
from tests.world.loopback import Fault, LoopbackServer, Reply, as_json
from tests.world.loopback import Request as Received

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("pm-autofill")
AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
TEMPLATE = """\
# {{ title | prompt("[Incident Title]") }}

| Field | Value |
|-------|-------|
| **Severity** | {{ severity | prompt("SEV-1 / SEV-2 / SEV-3") }} |
| **Author** | [Your Name] |
| **Status** | {{ status }} |
"""
EVIDENCE = Evidence(
    collected_at=AT,
    version="1",
    request=Request(as_of=AT, service="checkout", since=AT.replace(hour=10), until=AT.replace(hour=11)),
    configuration={"services": [{"name": "checkout"}]},
    template=TemplateText(name="t.md.j2", text=TEMPLATE),
)
FOLDER = "2026-11-18-checkout-1000"
BRANCH = f"post-mortem/{FOLDER}"
DOCUMENT = f"postmortems/{FOLDER}/postmortem.md"


def rerun(folder: Path, severity: str, at: datetime = AT) -> None:
    """What a run writes, with something else stated."""
    files, _ = make_draft(replace(EVIDENCE, stated={"severity": severity}, collected_at=at))
    directory.write(folder, files)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A small draft."""
    folder = tmp_path / "out" / FOLDER
    rerun(folder, "SEV-1")
    return folder


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GitHost]:
    """One host after the other, with an empty repository."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    with (GitHubServer if request.param == "github" else GitLabServer)(tmp_path / "root") as server:
        yield server


def told_by_ci(host: GitHost) -> dict[str, str]:
    """The variables in which CI tells where it runs."""
    if isinstance(host, GitLabServer):
        return {"CI_SERVER_URL": host.url, "CI_PROJECT_PATH": NAME, "GITLAB_TOKEN": host.token}
    return {"GITHUB_SERVER_URL": host.url, "GITHUB_REPOSITORY": NAME, "GITHUB_TOKEN": host.token}


def invoke(draft: Path, variables: dict[str, str], *arguments: str) -> Result:
    """The command without a process of its own; no token is in what it says."""
    unset = dict.fromkeys(os.environ.keys() - {"PATH"})
    done = CliRunner().invoke(command, [str(draft), *arguments], env={**unset, "HOME": str(draft), **variables})
    said = f"{done.output}{done.exception}"
    assert not any(token in said for token in (GITHUB_TOKEN, GITLAB_TOKEN))
    return done


def publish(host: GitHost, draft: Path, *arguments: str) -> Result:
    """Publish with what CI tells, and no configuration."""
    to = "gitlab" if isinstance(host, GitLabServer) else "github"
    done = invoke(draft, told_by_ci(host), "--to", to, *arguments)
    assert done.exit_code == 0, done.exception
    return done


def refused(host: GitHost, draft: Path) -> str:
    """What it says when it publishes nothing."""
    done = invoke(draft, told_by_ci(host), "--to", "gitlab" if isinstance(host, GitLabServer) else "github")
    assert isinstance(done.exception, AutofillError)
    return str(done.exception)


def body(host: GitHost) -> str:
    """The description of the only change request."""
    (request,) = host.requests_made
    return str(request.get("body", request.get("description")))


def document(host: GitHost, branch: str = BRANCH) -> str:
    """The document on a branch."""
    return git(host.repository, "show", f"{branch}:{DOCUMENT}") + "\n"


def edit(host: GitHost, old: str, new: str) -> str:
    """A human's commit on the branch."""
    text = document(host)
    assert old in text
    return write_file(host.repository, BRANCH, DOCUMENT, text.replace(old, new, 1))


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
    rows = "| Duration | 39 min 32 s |", "| Bad requests | 16,928 |", "| Time to detect | 4 min 37 s |"
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
    assert "[redacted]" in refused(host, draft)
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


def test_json_says_what_became_of_it(host: GitHost, draft: Path) -> None:
    """One object on stdout."""
    told = json.loads(publish(host, draft, "--json", "-q").stdout)
    assert (told["action"], told["branch"], told["dry_run"], told["remark"]) == ("opened", BRANCH, False, "")
    assert told["url"] in (f"{host.url}/{NAME}/pull/1", f"{host.url}/{NAME}/-/merge_requests/1")


def test_drafts_come_back_from_their_branches(host: GitHost, draft: Path, tmp_path: Path) -> None:
    """What humans committed is there for the next run; what lies here already is left alone, links are left out."""
    publish(host, draft)
    edit(host, "[Your Name]", "Ann")
    write_file(host.repository, BRANCH, f"postmortems/{FOLDER}/link", "/etc/passwd", mode="120000")
    (tmp_path / "pm.yaml").write_text("services: []\n")
    to = ("--to", "gitlab" if isinstance(host, GitLabServer) else "github", "--config", str(tmp_path / "pm.yaml"))
    done = invoke(tmp_path / "back", told_by_ci(host), *to, "--restore")
    back = tmp_path / "back" / FOLDER
    assert done.stdout == f"{back}\n", done.exception
    assert (back / "postmortem.md").read_text() == document(host)
    assert not (back / "link").exists()
    rerun(back, "SEV-2")
    publish(host, back)
    assert "| **Author** | Ann |" in document(host)
    assert "SEV-2 (stated)" in document(host)
    assert invoke(tmp_path / "back", told_by_ci(host), *to, "--restore").stdout == ""


class NotesServer(LoopbackServer):
    """PagerDuty's notes of one incident."""

    def __init__(self) -> None:
        """No notes yet."""
        super().__init__(token="u+canary0123456789")
        self.notes: list[tuple[str, str]] = []

    def answer(self, request: Received) -> Reply:
        """List them, or add one for a user named in From."""
        assert request.headers["authorization"] == f"Token token={self.token}"
        assert request.path == "/incidents/Q1/notes"
        if request.method == "POST":
            self.notes.append((request.headers["from"], json.loads(request.body)["note"]["content"]))
            return as_json({"note": {"id": "N1", "content": self.notes[-1][1]}}, 201)
        return as_json({"notes": [{"id": "N1", "content": text} for _, text in self.notes]})


def test_a_note_is_written_once_and_only_when_asked_for(draft: Path, tmp_path: Path) -> None:
    """The link to the draft, for the configured user."""
    incident = Incident(
        id="Q1",
        number=1,
        title="t",
        url="",
        status="resolved",
        created_at=AT,
        resolved_at=AT,
        service_id="S",
        service="s",
    )
    files, _ = make_draft(replace(EVIDENCE, pagerduty=IncidentRecord(incident=incident)))
    directory.write(draft, files)
    with NotesServer() as pagerduty:
        settings = f"pagerduty: {{url: '{pagerduty.url}', token: '${{PD}}', email: ann@example.com}}\n"
        (tmp_path / "pm.yaml").write_text(settings)
        arguments = ["--to", "directory", "--into", str(tmp_path / "s"), "--config", str(tmp_path / "pm.yaml")]
        assert invoke(draft, {"PD": pagerduty.token}, *arguments).exit_code == 0
        assert invoke(draft, {"PD": pagerduty.token}, *arguments, "--note", "--dry-run").exit_code == 0
        assert pagerduty.requests == []
        for said in ("wrote a note to the incident\n", "the incident has the note already\n"):
            done = invoke(draft, {"PD": pagerduty.token}, *arguments, "--note")
            assert done.stderr.endswith(said), done.exception
        link = tmp_path / "s" / FOLDER / "postmortem.md"
        assert pagerduty.notes == [("ann@example.com", f"Post-mortem draft: {link}")]


def test_to_a_directory(draft: Path, tmp_path: Path) -> None:
    """The same rules for a folder elsewhere."""
    arguments = ("--to", "directory", "--into", str(tmp_path / "shared"))
    there = tmp_path / "shared" / FOLDER / "postmortem.md"
    assert invoke(draft, {}, *arguments).stdout == f"{there}\n"
    assert there.read_bytes() == (draft / "postmortem.md").read_bytes()
    there.write_text(there.read_text().replace("[Your Name]", "Ann"))
    (draft / "chat.txt").write_text("what we said")
    rerun(draft, "SEV-2")
    assert "+| **Severity** | SEV-2 (stated)" in invoke(draft, {}, *arguments, "--dry-run").stdout
    assert "SEV-2" not in there.read_text()
    assert invoke(draft, {}, *arguments).stderr.startswith("updated ")
    assert "SEV-2" in there.read_text()
    assert "| **Author** | Ann |" in there.read_text()
    assert there.with_name("chat.txt").read_text() == "what we said"
    assert invoke(draft, {}, *arguments).stderr.endswith("is up to date\n")


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (("--to", "github"), {}, "github.repository needs the environment variable GITHUB_REPOSITORY"),
        (("--to", "github"), {"GITHUB_REPOSITORY": "a/../b"}, "is not the name of a repository: 'a/../b'"),
        (("--to", "gitlab"), {"CI_PROJECT_PATH": "a/b"}, "gitlab.token needs the environment variable GITLAB_TOKEN"),
        (("--to", "directory"), {}, "--to directory needs --into DIR"),
        (("--to", "github", "--into", "x"), {}, "--into goes with --to directory only"),
        (
            ("--to", "github"),
            {"GITHUB_SERVER_URL": "http://host.example", "GITHUB_REPOSITORY": "a/b"},
            "is http://, which sends the token readable",
        ),
    ],
)
def test_mistakes(draft: Path, arguments: tuple[str, ...], variables: dict[str, str], message: str) -> None:
    """What is missing, by name; nothing is contacted."""
    done = invoke(draft, variables, *arguments)
    assert isinstance(done.exception, AutofillError)
    assert done.exception.exit_code == 2
    assert message in str(done.exception)
