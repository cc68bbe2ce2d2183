"""From the configuration to a git host: which repository, how to sign in, and where to push."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pm_autofill.collect.transport.credentials import authorization, validate_token
from pm_autofill.collect.transport.endpoint import Endpoint
from pm_autofill.collect.transport.limits import usual_limits
from pm_autofill.collect.transport.policy import Policy
from pm_autofill.config.secrets import expand, token_of
from pm_autofill.errors import UsageError
from pm_autofill.publish import github, gitlab
from pm_autofill.publish.change_request import Project
from pm_autofill.publish.github import GitHub
from pm_autofill.publish.gitlab import GitLab
from pm_autofill.publish.publishing import Place
from pm_autofill.publish.remote import Remote
from pm_autofill.publish.repository import check_branch
from pm_autofill.publish.rest import Rest

if TYPE_CHECKING:
    from pm_autofill.collect.transport.limits import Deadline
    from pm_autofill.config.secrets import Environment
    from pm_autofill.config.settings import GitHubSettings, GitLabSettings, Settings

_PATH = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+")
_CREDENTIALS = re.compile(r"//[^/@]*:[^/@]*@")


class _Kind(NamedTuple):
    """What differs between hosts.

    Attributes:
        source: The host's name.
        key: Its section in the configuration.
        name_key: The key of the repository in it.
        variables: Where CI says address and repository, and where the token is looked for.
        public: The address where none is told.
        user: The name beside the token, where git signs in.
    """

    source: str
    key: str
    name_key: str
    variables: tuple[str, str, str]
    public: str
    user: str


_GITHUB = _Kind(
    "GitHub",
    "github",
    "repository",
    ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"),
    "https://github.com",
    "x-access-token",
)
_GITLAB = _Kind(
    "GitLab",
    "gitlab",
    "project",
    ("CI_SERVER_URL", "CI_PROJECT_PATH", "GITLAB_TOKEN"),
    "https://gitlab.com",
    "oauth2",
)


def connect_github(
    settings: Settings, environment: Environment, deadline: Deadline, *, writes: bool
) -> tuple[GitHub, Place]:
    """The configured repository on GitHub; nothing is contacted yet.

    Args:
        settings: The configuration.
        environment: Where variables and files named in it are looked up.
        deadline: When everything must have ended.
        writes: Whether anything may be changed there.

    Raises:
        UsageError: Repository or token are not told, or cannot be used.
    """
    section = settings.github
    project = _find(_GITHUB, section, section.repository, settings, environment, deadline, writes=writes)
    return GitHub(project), _place(section)


def connect_gitlab(
    settings: Settings, environment: Environment, deadline: Deadline, *, writes: bool
) -> tuple[GitLab, Place]:
    """The configured project on GitLab; as ``connect_github``.

    Raises:
        UsageError: Project or token are not told, or cannot be used.
    """
    section = settings.gitlab
    project = _find(_GITLAB, section, section.project, settings, environment, deadline, writes=writes)
    return GitLab(project), _place(section)


def _find(
    kind: _Kind,
    section: GitHubSettings | GitLabSettings,
    name: str | None,
    settings: Settings,
    environment: Environment,
    deadline: Deadline,
    *,
    writes: bool,
) -> Project:
    """The repository as the configuration and the variables tell it, with what signs in."""
    insecure = settings.allow_insecure or section.allow_insecure
    url = Endpoint(kind.source, _told(kind, section, environment), allow_insecure=insecure).url
    named = expand(name or f"${{{kind.variables[1]}}}", environment, where=f"{kind.key}.{kind.name_key}")
    if not _PATH.fullmatch(named) or {".", ".."} & set(named.split("/")):
        message = f"{kind.key}.{kind.name_key} is not the name of a {kind.name_key}: {named[:100]!r}"
        raise UsageError(message, "Write it as owner/name, as it stands in its address.")
    token = token_of(section, environment, where=kind.key, remaining=deadline.remaining())
    if token is None:
        token = expand(f"${{{kind.variables[2]}}}", environment, where=f"{kind.key}.token")
    token = validate_token(kind.source, token)
    ca_file = section.ca_file and expand(section.ca_file, environment, where=f"{kind.key}.ca_file")
    authorities = environment.folder / Path(ca_file).expanduser() if ca_file else None
    api = (github if kind is _GITHUB else gitlab).api_url(url)
    endpoint = Endpoint(kind.source, api, ca_file=authorities, allow_insecure=insecure, allow_writes=writes)
    headers = authorization(kind.source, token=token) | (github.HEADERS if kind is _GITHUB else {})
    rest = Rest(Policy(endpoint, usual_limits(kind.source), deadline), headers)
    signs_in = authorization(kind.source, basic=(kind.user, token))
    remote = _remote(kind, section, environment, f"{url}/{named}.git")
    if remote.startswith("http"):
        Endpoint(kind.source, remote, allow_insecure=insecure)
    own = remote.startswith(f"{url}/")
    return Project(url, named, Remote(remote, signs_in if own else {}, authorities), rest)


def _told(kind: _Kind, section: GitHubSettings | GitLabSettings, environment: Environment) -> str:
    """The host's address: configured, or told by CI, or the public one."""
    if section.url:
        return expand(section.url, environment, where=f"{kind.key}.url")
    return environment.variables.get(kind.variables[0]) or kind.public


def _remote(kind: _Kind, section: GitHubSettings | GitLabSettings, environment: Environment, usual: str) -> str:
    """Where to push to.

    Raises:
        UsageError: It holds a password, or could be taken for an option.
    """
    if not section.remote:
        return usual
    remote = expand(section.remote, environment, where=f"{kind.key}.remote")
    if remote.startswith("-") or not remote.isprintable():
        raise UsageError(f"{kind.key}.remote is no address git could push to", "Write a URL or a path.")
    if _CREDENTIALS.search(remote):
        message = f"{kind.key}.remote holds a password"
        raise UsageError(message, f"Take it out; {kind.key}.token signs in at addresses below {kind.key}.url.")
    return remote


def _place(section: GitHubSettings | GitLabSettings) -> Place:
    """Where in the repository.

    Raises:
        UsageError: The folder lies outside, or the base is no branch.
    """
    folder = PurePosixPath(section.folder)
    if folder.is_absolute() or not folder.parts or {"..", ".git"} & set(folder.parts):
        raise UsageError(f"{section.folder!r} is no folder inside a repository", "Write it as postmortems, or docs/pm.")
    return Place(folder.as_posix(), check_branch(section.base) if section.base else None)
