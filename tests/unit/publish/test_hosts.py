"""From configuration and variables to a host: which address, which repository, and where the token goes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pm_autofill import config
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.config import Environment
from pm_autofill.errors import UsageError
from pm_autofill.publish.hosts import connect_github, connect_gitlab
from pm_autofill.publish.publishing import Place
from pm_autofill.publish.remote import Remote
from pm_autofill.publish.repository import check_branch

TOKEN = "glpat-canary0123456789"


def environment(**variables: str) -> Environment:
    """Variables, and a folder for relative names."""
    return Environment({"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN, **variables}, Path("/settings"))


def settings(**sections: object) -> config.Settings:
    """A configuration."""
    return config.parse(sections, path=None).settings


def header(user: str) -> dict[str, str]:
    """How git signs in."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{TOKEN}".encode()).decode()}


def test_gitlab_below_a_path_with_groups() -> None:
    """Self-managed, with its own authority."""
    section = {"url": "https://host.example/gitlab/", "project": "a/b/c", "base": "trunk", "ca_file": "ca.pem"}
    host, place = connect_gitlab(settings(gitlab=section), environment(), Deadline(5), writes=True)
    assert host.remote == Remote("https://host.example/gitlab/a/b/c.git", header("oauth2"), Path("/settings/ca.pem"))
    assert host.page_url("post-mortem/x", "p/x y.md") == (
        "https://host.example/gitlab/a/b/c/-/blob/post-mortem/x/p/x%20y.md"
    )
    assert place == Place("postmortems", "trunk")


def test_the_configuration_goes_before_what_ci_tells() -> None:
    """A draft may go to another repository than the one the job runs in."""
    ci = environment(GITHUB_SERVER_URL="https://github.example", GITHUB_REPOSITORY="acme/app")
    host, _ = connect_github(settings(), ci, Deadline(5), writes=False)
    assert host.remote == Remote("https://github.example/acme/app.git", header("x-access-token"))
    section = {"repository": "acme/post-mortems", "folder": "docs/pm"}
    host, place = connect_github(settings(github=section), ci, Deadline(5), writes=False)
    assert host.remote.url == "https://github.example/acme/post-mortems.git"
    assert place == Place("docs/pm")


def test_the_token_stays_with_its_host() -> None:
    """Another remote signs in by itself; for its own one git gets a header that is bound to this repository."""
    for remote in ("git@host.example:a/b.git", "https://github.com.evil.example/a/b.git", "/srv/b.git"):
        section = {"repository": "a/b", "remote": remote}
        host, _ = connect_github(settings(github=section), environment(), Deadline(5), writes=True)
        assert host.remote == Remote(remote, {})
        assert TOKEN not in str(host.remote.settings())
    host, _ = connect_github(settings(github={"repository": "a/b"}), environment(), Deadline(5), writes=True)
    assert "Basic" not in repr(host.remote)
    keys = [key for key, value in host.remote.settings() if "Basic" in value]
    assert keys == ["http.https://github.com/a/b.git.extraHeader"]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"remote": "https://ann:secret@host.example/b.git"}, "holds a password"),
        ({"remote": "--upload-pack=evil"}, "is no address git could push to"),
        ({"remote": "http://host.example/b.git"}, "is http://"),
        ({"folder": "../elsewhere"}, "is no folder inside a repository"),
        ({"folder": "/etc"}, "is no folder inside a repository"),
        ({"base": "--force"}, "cannot be the name of a branch"),
        ({"repository": "a"}, "is not the name of a repository"),
        ({"repository": "a/b?x"}, "is not the name of a repository"),
    ],
)
def test_what_cannot_be_used_is_refused(section: dict[str, str], message: str) -> None:
    """Before anything is contacted; no secret in it."""
    with pytest.raises(UsageError, match=message) as caught:
        connect_github(settings(github={"repository": "a/b", **section}), environment(), Deadline(5), writes=True)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "-x", "a..b", "a/", "/a", "a//b", "a b", "a.lock", "a.", "a:b", "a~1", "@{x}"])
def test_no_branch_s_name_is_an_option_or_a_path(name: str) -> None:
    """Git would refuse most of them later, in other words."""
    with pytest.raises(UsageError):
        check_branch(name)
