"""What a git host calls a pull request or a merge request, and what is asked of the host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pm_autofill.publish.remote import Remote
    from pm_autofill.publish.rest import Rest


@dataclass(frozen=True, slots=True)
class Project:
    """A repository on a git host, and how the host is asked; nothing is contacted by having one.

    Attributes:
        url: The host's address that people use, without a trailing slash.
        name: The repository's path there, with all groups.
        remote: Where to push to.
        rest: The host's API.
    """

    url: str
    name: str
    remote: Remote
    rest: Rest


class State(Enum):
    """What became of a change request."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A pull request or a merge request.

    Attributes:
        number: As people call it.
        url: Its page.
        state: What became of it.
        head: The commit its branch had, when it was last open.
        body: Its description.
    """

    number: int
    url: str
    state: State
    head: str
    body: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change request that is to be opened.

    Attributes:
        branch: What is to be merged.
        base: Into which branch.
        title: One line, without saying that it is a draft.
        body: Its description, Markdown.
    """

    branch: str
    base: str
    title: str
    body: str


class Host(Protocol):
    """A git host, as far as drafts are concerned."""

    @property
    def remote(self) -> Remote:
        """Where to push to."""

    @property
    def longest_body(self) -> int:
        """Characters that a description may have."""

    def find(self, branch: str) -> ChangeRequest | None:
        """The newest change request of a branch."""

    def open(self, proposal: Proposal) -> ChangeRequest:
        """Open one as a draft."""

    def describe(self, request: ChangeRequest, body: str) -> None:
        """Replace its description."""

    def file_url(self, commit: str, path: str) -> str:
        """Where a file of a commit can be seen as it is, by those who may read the repository."""

    def page_url(self, branch: str, path: str) -> str:
        """Where a branch's file is shown as a page."""
