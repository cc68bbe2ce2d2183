"""Small stand-ins for GitHub and GitLab: a repository over git's own HTTP server, and the calls that drafts need.

The bodies have the shapes of the hosts' documented answers, shortened to fields that somebody could read.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from tests.world.loopback import LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GITHUB_TOKEN = "ghs_canary0123456789abcdefghij"
GITLAB_TOKEN = "glpat-canary0123456789abc"
NAME = "acme/postmortems"
_GITHUB_LIMIT, _GITLAB_LIMIT = 65_536, 1_048_576


def git(repository: Path, *arguments: str, given: str = "") -> str:
    """Run git on a bare repository, as a human with a name."""
    who = {f"GIT_{role}_{part}": "ann@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *arguments],
        env={"PATH": os.environ["PATH"], "GIT_DIR": str(repository), "GIT_CONFIG_GLOBAL": os.devnull, **who},
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def make_repository(path: Path) -> Path:
    """A bare repository with one commit on main, which refuses what is forced."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--bare", "--initial-branch=main", str(path))
    for key, value in (("receive.denyNonFastForwards", "true"), ("http.receivepack", "true")):
        git(path, "config", key, value)
    git(path, "config", "uploadpack.allowFilter", "true")
    git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
    write_file(path, "main", "README.md", "# Post-mortems\n")
    return path


def write_file(repository: Path, branch: str, path: str, text: str, *, mode: str = "100644") -> str:
    """Commit one file to a branch, as a human does on a host's pages.

    Returns:
        The commit.
    """
    head = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", branch], cwd=repository, capture_output=True, text=True, check=False
    ).stdout.strip()
    (repository / "index").unlink(missing_ok=True)
    if head:
        git(repository, "read-tree", head)
    blob = git(repository, "hash-object", "-w", "--stdin", given=text)
    git(repository, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    tree = git(repository, "write-tree")
    commit = git(repository, "commit-tree", tree, *(("-p", head) if head else ()), "-m", f"Edit {path}")
    git(repository, "update-ref", f"refs/heads/{branch}", commit)
    return commit


class GitHost(LoopbackServer, ABC):
    """What both hosts share: git's HTTP server, and change requests by number."""

    def __init__(self, root: Path, token: str, user: str, below: str = "") -> None:
        """Serve the repository at ``root/acme/postmortems.git``.

        Args:
            root: The folder of all repositories.
            token: What opens both the API and git.
            user: The name git signs in with beside it.
            below: The path it is installed at, such as ``/gitlab``.
        """
        super().__init__(token=token)
        self.root = root
        self.below = below
        self.requests_made: list[dict[str, Any]] = []
        self.writes: list[tuple[str, str, dict[str, Any]]] = []
        self.before_push: list[str] = []
        self._basic = "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()

    def __enter__(self) -> Self:
        """Start serving; the address holds the path."""
        super().__enter__()
        self.url += self.below
        return self

    @property
    def repository(self) -> Path:
        """The bare repository."""
        return self.root / f"{NAME}.git"

    def tip(self, branch: str) -> str:
        """The commit of a branch."""
        return git(self.repository, "rev-parse", branch)

    def answer(self, request: Request) -> Reply:
        """Git, or the API."""
        if not request.path.startswith(self.below):
            return as_json({"message": "Not Found"}, 404)
        request = replace(request, path=request.path.removeprefix(self.below))
        if request.path.startswith(f"/{NAME}.git/"):
            return self._git(request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return as_json({"message": "Bad credentials"}, 401)
        body = json.loads(request.body) if request.body else {}
        if request.method != "GET":
            self.writes.append((request.method, request.path, dict(body)))
        return self.api(request, body)

    @abstractmethod
    def api(self, request: Request, body: dict[str, Any]) -> Reply:
        """The host's own calls."""

    def _git(self, request: Request) -> Reply:
        """What git's own CGI program says."""
        if request.headers.get("authorization") != self._basic:
            return Reply(401, b"", "text/plain", (("WWW-Authenticate", 'Basic realm="git"'),))
        if request.path.endswith("git-receive-pack") and self.before_push:
            write_file(self.repository, *self.before_push)
            self.before_push = []
        variables = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "x",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": "&".join(f"{key}={value}" for key, value in request.query),
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "HTTP_GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "CONTENT_LENGTH": str(len(request.body)),
        }
        done = subprocess.run(
            ["git", "http-backend"], env=variables, input=request.body, capture_output=True, check=True, timeout=60
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(re.findall(r"^([\w-]+): (.*?)\r?$", head.decode(), re.MULTILINE))
        status = int(headers.pop("Status", "200").split()[0])
        return Reply(status, body, headers.pop("Content-Type", "text/plain"), tuple(headers.items()))


class GitHubServer(GitHost):
    """GitHub Enterprise Server's API for pull requests."""

    def __init__(self, root: Path, *, drafts: bool = True) -> None:
        """A server whose plan has draft pull requests, or not."""
        super().__init__(root, GITHUB_TOKEN, "x-access-token")
        self.drafts = drafts

    def api(self, request: Request, body: dict[str, Any]) -> Reply:
        """List, create and change pull requests."""
        path = f"/api/v3/repos/{NAME}/pulls"
        if len(body.get("body", "")) > _GITHUB_LIMIT:
            return _invalid("body is too long (maximum is 65536 characters)")
        if request.path == path and request.method == "GET":
            found = [one for one in self.requests_made if request.first("head") == f"acme:{one['head']['ref']}"]
            return as_json([self._now(one) for one in reversed(found)])
        if request.path == path and request.method == "POST":
            return self._create(body)
        if request.method == "PATCH" and (one := _numbered(self.requests_made, "number", request.path, path)):
            one.update(body)
            return as_json(self._now(one))
        return as_json({"message": "Not Found"}, 404)

    def _create(self, body: dict[str, Any]) -> Reply:
        if body.get("draft") and not self.drafts:
            return _invalid("Draft pull requests are not supported in this repository.")
        if self.tip(body["head"]) == self.tip(body["base"]):
            return _invalid(f"No commits between {body['base']} and {body['head']}")
        number = len(self.requests_made) + 1
        made = {
            "number": number,
            "html_url": f"{self.url}/{NAME}/pull/{number}",
            "state": "open",
            "merged_at": None,
            "draft": body.get("draft", False),
            "title": body["title"],
            "body": body["body"],
            "head": {"ref": body["head"], "sha": ""},
            "base": {"ref": body["base"]},
        }
        self.requests_made.append(made)
        return as_json(self._now(made), 201)

    def _now(self, one: dict[str, Any]) -> dict[str, Any]:
        """A pull request with its branch's commit, which stays once it is closed."""
        if one["state"] == "open":
            one["head"] = {"ref": one["head"]["ref"], "sha": self.tip(one["head"]["ref"])}
        return one


class GitLabServer(GitHost):
    """GitLab's API for merge requests."""

    def __init__(self, root: Path, below: str = "") -> None:
        """A server with one project."""
        super().__init__(root, GITLAB_TOKEN, "oauth2", below)

    def api(self, request: Request, body: dict[str, Any]) -> Reply:
        """List, create and change merge requests."""
        path = f"/api/v4/projects/{NAME}/merge_requests"
        if f"/projects/{quote(NAME, safe='')}/" not in request.raw_path:  # a project's path is one part of the address
            return as_json({"message": "404 Project Not Found"}, 404)
        if len(body.get("description", "")) > _GITLAB_LIMIT:
            return as_json({"message": {"description": ["is too long (maximum is 1048576 characters)"]}}, 400)
        if request.path == path and request.method == "GET":
            found = [one for one in self.requests_made if request.first("source_branch") == one["source_branch"]]
            return as_json([self._now(one) for one in reversed(found)])
        if request.path == path and request.method == "POST":
            number = len(self.requests_made) + 1
            made = {
                "id": 1000 + number,
                "iid": number,
                "web_url": f"{self.url}/{NAME}/-/merge_requests/{number}",
                "state": "opened",
                "draft": body["title"].startswith("Draft: "),
                "source_project_id": 7,
                "target_project_id": 7,
                "sha": "",
                "force_remove_source_branch": body.pop("remove_source_branch"),
                **body,
            }
            self.requests_made.append(made)
            return as_json(self._now(made), 201)
        if request.method == "PUT" and (one := _numbered(self.requests_made, "iid", request.path, path)):
            one.update(body)
            return as_json(self._now(one))
        return as_json({"message": "404 Not Found"}, 404)

    def _now(self, one: dict[str, Any]) -> dict[str, Any]:
        """A merge request with its branch's commit."""
        if one["state"] == "opened":
            one["sha"] = self.tip(one["source_branch"])
        return one


def _numbered(made: Sequence[dict[str, Any]], key: str, path: str, below: str) -> dict[str, Any] | None:
    """The change request that a path names."""
    return next((one for one in made if path == f"{below}/{one[key]}"), None)


def _invalid(message: str) -> Reply:
    """GitHub's answer to what cannot be created."""
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return as_json({"message": "Validation Failed", "errors": [error]}, 422)
