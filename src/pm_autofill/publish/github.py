"""Pull requests on GitHub, GitHub Enterprise Cloud with its own domain, and GitHub Enterprise Server."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from pm_autofill.errors import SourceRejected
from pm_autofill.publish.change_request import ChangeRequest, State
from pm_autofill.publish.rest import number, text

if TYPE_CHECKING:
    from pm_autofill.publish.change_request import Project, Proposal

_API_VERSION = "2022-11-28"
_LONGEST_BODY = 60_000
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": _API_VERSION}


def api_url(url: str) -> str:
    """The REST API's base beside an address of GitHub.

    Source: GitHub's documentation: ``api.github.com``; ``api.NAME.ghe.com`` with data residency; ``/api/v3`` on
    Enterprise Server.
    """
    host = urlsplit(url).hostname or ""
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{url}/api/v3"


class GitHub:
    """One repository on GitHub, ``owner/name``."""

    longest_body = _LONGEST_BODY

    def __init__(self, project: Project) -> None:
        """Contact nothing yet."""
        self.remote = project.remote
        self._rest = project.rest
        self._owner = project.name.partition("/")[0]
        self._page = f"{project.url}/{quote(project.name)}"
        self._path = f"/repos/{quote(project.name)}/pulls"

    def find(self, branch: str) -> ChangeRequest | None:
        """The newest pull request of a branch of this repository."""
        found = self._rest.ask(
            self._path, head=f"{self._owner}:{branch}", state="all", sort="created", direction="desc", per_page="10"
        )
        # A server that does not know the filter answers with all there are.
        mine = (one for one in found if isinstance(one.get("head"), dict) and one["head"].get("ref") == branch)
        return next((_read(one) for one in mine), None)

    def open(self, proposal: Proposal) -> ChangeRequest:
        """Open a draft; an ordinary pull request where the plan of the repository has no drafts."""
        body = {"title": proposal.title, "head": proposal.branch, "base": proposal.base, "body": proposal.body}
        try:
            return _read(self._rest.change("POST", self._path, {**body, "draft": True}))
        except SourceRejected as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or "draft" not in error.message.lower():
                raise
        return _read(self._rest.change("POST", self._path, {**body, "title": f"Draft: {proposal.title}"}))

    def describe(self, request: ChangeRequest, body: str) -> None:
        """Replace the description."""
        self._rest.change("PATCH", f"{self._path}/{request.number}", {"body": body})

    def file_url(self, commit: str, path: str) -> str:
        """The file as it is; relative addresses do not work in descriptions."""
        return f"{self._page}/blob/{commit}/{quote(path)}?raw=true"

    def page_url(self, branch: str, path: str) -> str:
        """The file as a page."""
        return f"{self._page}/blob/{quote(branch)}/{quote(path)}"


def _read(raw: dict[str, Any]) -> ChangeRequest:
    head = raw.get("head")
    state = State.OPEN if raw.get("state") == "open" else State.MERGED if raw.get("merged_at") else State.CLOSED
    return ChangeRequest(
        number=number(raw.get("number")),
        url=text(raw.get("html_url")),
        state=state,
        head=text(head.get("sha")) if isinstance(head, dict) else "",
        body=text(raw.get("body")),
    )
