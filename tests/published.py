"""A small draft on its way to a git host: run again, published, and edited there by humans."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result
from msgspec.structs import replace

from pm_autofill.cli.publish import command
from pm_autofill.errors import AutofillError
from pm_autofill.pipeline import make_draft
from pm_autofill.publish import directory
from tests.servers.git_hosts import GITHUB_TOKEN, GITLAB_TOKEN, NAME, GitHost, GitLabServer, git, write_file
from tests.window import AT, EVIDENCE, FOLDER

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

BRANCH = f"post-mortem/{FOLDER}"
DOCUMENT = f"postmortems/{FOLDER}/postmortem.md"


def rerun(folder: Path, severity: str, at: datetime = AT) -> None:
    """What a run writes, with something else stated."""
    files, _ = make_draft(replace(EVIDENCE, stated={"severity": severity}, collected_at=at), own_template=True)
    directory.write(folder, files)


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
