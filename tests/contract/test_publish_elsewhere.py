"""``publish`` beside git hosts: notes, folders, drafts brought back, what it says, and addresses of all kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pm_autofill.errors import AutofillError
from pm_autofill.evidence.incident import Incident, IncidentRecord
from pm_autofill.pipeline import make_draft
from pm_autofill.publish import directory
from tests.published import BRANCH, DOCUMENT, body, document, edit, invoke, publish, rerun, told_by_ci
from tests.servers.git_hosts import NAME, GitHost, GitLabServer, make_repository, write_file
from tests.window import AT, EVIDENCE, FOLDER
from tests.world.loopback import LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from pathlib import Path


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


def test_a_host_below_a_path(draft: Path, tmp_path: Path) -> None:
    """A self-managed GitLab on a port of its own, with a path before everything."""
    make_repository(tmp_path / "root" / f"{NAME}.git")
    with GitLabServer(tmp_path / "root", below="/tools/gitlab") as host:
        address = f"{host.url}/{NAME}/-/merge_requests/1\n"
        assert publish(host, draft).stdout == address
        assert f"]({host.url}/{NAME}/-/blob/{BRANCH}/{DOCUMENT})" in body(host)
        rerun(draft, "SEV-2")
        assert publish(host, draft).stdout == address
        assert "SEV-2 (stated)" in document(host)


# Every field that the stand-ins answer with, as the hosts document them: docs.github.com/en/rest/pulls/pulls and
# docs.gitlab.com/api/merge_requests.
_FIELDS: dict[str, dict[str, Any]] = {
    "github": {
        "number": int, "html_url": str, "state": str, "merged_at": str | None, "draft": bool, "title": str,
        "body": str | None, "head": dict, "base": dict,
    },
    "gitlab": {
        "id": int, "iid": int, "web_url": str, "state": str, "draft": bool, "source_project_id": int, "title": str,
        "target_project_id": int, "sha": str | None, "source_branch": str, "target_branch": str,
        "description": str | None, "force_remove_source_branch": bool,
    },
}  # fmt: skip
_STATES = {"github": {"open", "closed"}, "gitlab": {"opened", "closed", "locked", "merged"}}
_QUERY = {
    "github": {"state": "all", "sort": "created", "direction": "desc", "per_page": "10", "head": f"acme:{BRANCH}"},
    "gitlab": {"state": "all", "order_by": "created_at", "sort": "desc", "per_page": "20", "source_branch": BRANCH},
}
_SENT = {
    "github": [("POST", {"title", "head", "base", "body", "draft"}), ("PATCH", {"body"})],
    "gitlab": [
        ("POST", {"source_branch", "target_branch", "title", "description", "remove_source_branch"}),
        ("PUT", {"description"}),
    ],
}


def test_the_stand_ins_speak_as_the_hosts_document(host: GitHost, draft: Path) -> None:
    """Documented parameters are sent, and nothing is answered that the hosts do not document, nor as another type."""
    name = "gitlab" if isinstance(host, GitLabServer) else "github"
    publish(host, draft)
    rerun(draft, "SEV-2")
    publish(host, draft)
    asked = [one for one in host.exchanges if "/api/" in one.request.path]
    answers = [json.loads(one.reply.body) for one in asked]
    told = [one for answer in answers for one in (answer if isinstance(answer, list) else [answer])]
    assert len(told) == 3
    for one in told:
        assert one.keys() == _FIELDS[name].keys()
        assert [key for key, kind in _FIELDS[name].items() if not isinstance(one[key], kind)] == []
        assert one["state"] in _STATES[name]
        assert all({"ref", "sha"} >= one[key].keys() > set() for key in ("head", "base") if key in one)
    assert all(dict(one.request.query) == _QUERY[name] for one in asked if one.request.method == "GET")
    assert [(method, set(sent)) for method, _, sent in host.writes] == _SENT[name]


class NotesServer(LoopbackServer):
    """PagerDuty's notes of one incident."""

    def __init__(self) -> None:
        """No notes yet."""
        super().__init__(token="u+canary0123456789")
        self.notes: list[tuple[str, str]] = []

    def answer(self, request: Request) -> Reply:
        """List them, or add one for a user named in From."""
        assert request.headers["authorization"] == f"Token token={self.token}"
        assert request.path == "/incidents/Q1/notes"
        if request.method == "POST":
            self.notes.append((request.headers["from"], json.loads(request.body)["note"]["content"]))
            return as_json({"note": {"id": "N1", "content": self.notes[-1][1]}}, 201)
        return as_json({"notes": [{"id": "N1", "content": text} for _, text in self.notes]})


def _write_incident(draft: Path, incident_id: str) -> None:
    """Make the draft one of an incident."""
    incident = Incident(
        id=incident_id,
        number=1,
        title="t",
        url="",
        status="resolved",
        created_at=AT,
        resolved_at=AT,
        service_id="S",
        service="s",
    )
    evidence = replace(EVIDENCE, pagerduty=IncidentRecord(incident=incident))
    files, _ = make_draft(evidence, own_template=True)
    directory.write(draft, files)


def test_a_note_is_written_once_and_only_when_asked_for(draft: Path, tmp_path: Path) -> None:
    """The link to the draft, for the configured user."""
    _write_incident(draft, "Q1")
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


class NothingThere(LoopbackServer):
    """A PagerDuty that knows no path."""

    def answer(self, request: Request) -> Reply:
        """Nothing is here."""
        del request
        return as_json({"error": {"message": "Not Found", "code": 2100}}, 404)


@pytest.mark.parametrize(
    ("incident_id", "asked"), [("Q1/../../users", set()), ("Q1/x?y=1#", {"/incidents/Q1%2Fx%3Fy%3D1%23/notes"})]
)
def test_an_id_out_of_evidence_stays_one(draft: Path, tmp_path: Path, incident_id: str, asked: set[str]) -> None:
    """It cannot lead to another place of PagerDuty's API."""
    _write_incident(draft, incident_id)
    with NothingThere(token="u+canary0123456789") as pagerduty:
        (tmp_path / "pm.yaml").write_text(f"pagerduty: {{url: '{pagerduty.url}', token: '${{PD}}'}}\n")
        arguments = ["--to", "directory", "--into", str(tmp_path / "s"), "--config", str(tmp_path / "pm.yaml")]
        done = invoke(draft, {"PD": pagerduty.token}, *arguments, "--note")
        assert {one.request.raw_path for one in pagerduty.exchanges} == asked
    assert isinstance(done.exception, AutofillError)


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
