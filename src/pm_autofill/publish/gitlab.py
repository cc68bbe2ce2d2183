"""Merge requests on GitLab, also self-managed and below a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pm_autofill.publish.change_request import ChangeRequest, State
from pm_autofill.publish.rest import number, text

if TYPE_CHECKING:
    from pm_autofill.publish.change_request import Project, Proposal

_LONGEST_BODY = 500_000
_STATES = {"merged": State.MERGED, "closed": State.CLOSED}


def api_url(url: str) -> str:
    """The REST API's base beside an address of GitLab."""
    return f"{url}/api/v4"


class GitLab:
    """One project on GitLab, its path with all groups."""

    longest_body = _LONGEST_BODY

    def __init__(self, project: Project) -> None:
        """Contact nothing yet."""
        self.remote = project.remote
        self._rest = project.rest
        self._page = f"{project.url}/{quote(project.name)}/-"
        self._path = f"/projects/{quote(project.name, safe='')}/merge_requests"

    def find(self, branch: str) -> ChangeRequest | None:
        """The newest merge request of a branch of this project, not of a fork's."""
        found = self._rest.ask(
            self._path, source_branch=branch, state="all", order_by="created_at", sort="desc", per_page="20"
        )
        mine = (
            one
            for one in found
            if one.get("source_branch") == branch and one.get("source_project_id") == one.get("target_project_id")
        )
        return next((_read(one) for one in mine), None)

    def open(self, proposal: Proposal) -> ChangeRequest:
        """Open a draft, which GitLab tells by its title."""
        body = {
            "source_branch": proposal.branch,
            "target_branch": proposal.base,
            "title": f"Draft: {proposal.title}",
            "description": proposal.body,
            "remove_source_branch": True,
        }
        return _read(self._rest.change("POST", self._path, body))

    def describe(self, request: ChangeRequest, body: str) -> None:
        """Replace the description."""
        self._rest.change("PUT", f"{self._path}/{request.number}", {"description": body})

    def file_url(self, commit: str, path: str) -> str:
        """The file as it is."""
        return f"{self._page}/raw/{commit}/{quote(path)}"

    def page_url(self, branch: str, path: str) -> str:
        """The file as a page."""
        return f"{self._page}/blob/{quote(branch)}/{quote(path)}"


def _read(raw: dict[str, Any]) -> ChangeRequest:
    return ChangeRequest(
        number=number(raw.get("iid")),
        url=text(raw.get("web_url")),
        state=_STATES.get(text(raw.get("state")), State.OPEN),
        head=text(raw.get("sha")),
        body=text(raw.get("description")),
    )
