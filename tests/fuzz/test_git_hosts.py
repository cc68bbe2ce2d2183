"""Git hosts' answers and descriptions, and what git prints: read, or one error of ours."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from pm_autofill.collect.transport.exchange import Reply
from pm_autofill.errors import AutofillError
from pm_autofill.publish import description
from pm_autofill.publish.change_request import ChangeRequest, Project, Proposal
from pm_autofill.publish.github import GitHub
from pm_autofill.publish.gitlab import GitLab
from pm_autofill.publish.remote import Remote
from pm_autofill.publish.repository import Repository
from pm_autofill.publish.rest import Rest
from tests.fuzz.mutators import JSON
from tests.fuzz.strategies import ODD_TEXTS, SIZES, arrives, drive, spoiled, told
from tests.servers.stacks import make_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.collect.transport.exchange import Request
    from pm_autofill.collect.transport.policy import Policy

MODES = st.sampled_from(["100644", "100755", "120000", "160000", "040000"])
DIGESTS = st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
# What stands in a repository of anybody's: a path is any bytes but NUL, a ref's name any but a line's end.
PATHS = st.binary(max_size=30).map(lambda raw: raw.replace(b"\0", b"/")) | st.sampled_from(
    [
        b"folder/a",
        b"folder/../b",
        b"folder/.git/hooks/x",
        b"folder//c",
        b"/etc/passwd",
        b"folder/a\tb\nc",
        b"folder/\xff",
    ]
)
REFS = st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b"")) | st.sampled_from(
    [b"refs/heads/main", b"refs/heads/-x", b"refs/heads/post-mortem/x", b"HEAD", b"refs/heads/a\x85b"]
)
_BLOCK = "<!-- pm-autofill -->\ntext\n<!-- /pm-autofill 982d9e3eb996 -->"
BODIES = [
    json.dumps(
        [
            {
                "number": 7,
                "html_url": "https://h.example/7",
                "state": "open",
                "body": _BLOCK,
                "merged_at": None,
                "head": {"ref": "post-mortem/x", "sha": "0" * 40},
            },
        ]
    ).encode(),
    json.dumps(
        [
            {
                "iid": 7,
                "web_url": "https://h.example/7",
                "state": "merged",
                "description": _BLOCK,
                "sha": "0" * 40,
                "source_branch": "post-mortem/x",
                "source_project_id": 1,
                "target_project_id": 1,
            },
        ]
    ).encode(),
    b'{"number": 7, "html_url": "https://h.example/7", "state": "open"}',
]


class Telling(Repository):
    """A repository whose git prints what it is told to."""

    def __init__(self, entries: bytes, refs: bytes) -> None:
        """Take what is listed of a tree, and of a remote."""
        self._remote = Remote("https://h.example/x/y.git", {})
        self._said = {"ls-tree": entries, "ls-remote": refs}

    def _try(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        del given
        return subprocess.CompletedProcess(arguments, 0, self._said.get(arguments[0], b"0" * 40 + b"\n"), b"")


class Answering:
    """A policy that brings the same body to every question."""

    def __init__(self, policy: Policy, body: bytes) -> None:
        """Take the address of a policy, and ask nobody."""
        self.endpoint = policy.endpoint
        self._body = body

    def send(self, request: Request) -> Reply:
        """The body."""
        assert "x" in request.url
        return Reply(200, "OK", (), self._body)


@pytest.mark.parametrize("kind", [GitHub, GitLab])
@pytest.mark.parametrize("examples", SIZES)
def test_any_answer_is_a_change_request_or_one_error(kind: type[GitHub | GitLab], examples: int) -> None:
    """Found, opened and described; whatever the host says."""
    policy = make_policy("GitHub", "http://127.0.0.1:9/x")

    def ask(body: bytes) -> None:
        if not arrives(body):
            return
        rest = Rest(Answering(policy, body), {})  # type: ignore[arg-type]
        host = kind(Project("x/y", "https://h.example", Remote("https://h.example/x/y.git", {}), rest))
        proposal = Proposal("post-mortem/x", "main", "x", "y")
        actions: list[Callable[[], ChangeRequest | None]] = [
            partial(host.find, "post-mortem/x"),
            partial(host.open, proposal),
        ]
        for act in actions:
            try:
                found = act()
            except AutofillError as error:
                told(error)
                continue
            if found is not None:
                description.is_ours(found.body)

    drive(examples * 2, spoiled(BODIES, *JSON), ask)


@pytest.mark.parametrize("examples", SIZES)
def test_any_description_is_kept_or_refreshed(examples: int) -> None:
    """What stands around our block stays, whatever it is."""
    fresh = "<!-- pm-autofill -->\nnew\n<!-- /pm-autofill 22af645d1859 -->"

    def merge(given: tuple[str, str]) -> None:
        before, after = given
        merged = description.merge_body(f"{before}{_BLOCK}{after}", fresh)
        assert merged.startswith(before) or "pm-autofill" in before
        assert merged.endswith(after) or "pm-autofill" in after
        description.merge_body(before, after)

    drive(examples * 5, st.tuples(ODD_TEXTS, ODD_TEXTS), merge)


@pytest.mark.parametrize("examples", SIZES)
def test_whatever_a_repository_holds_stays_in_its_folder(examples: int) -> None:
    """Paths and names of branches of any bytes: files inside the folder, or one error of ours."""

    def look(given: tuple[list[tuple[str, str, bytes]], list[tuple[str, bytes]]]) -> None:
        entries, refs = given
        repository = Telling(
            b"".join(f"{mode} blob {digest}\t".encode() + path + b"\0" for mode, digest, path in entries),
            b"".join(f"{digest}\t".encode() + name + b"\n" for digest, name in refs),
        )
        try:
            names = [PurePosixPath(name) for name in repository.files("0" * 40, "folder")]
        except AutofillError as error:
            told(error)
        else:
            assert not any(name.is_absolute() or ".." in name.parts for name in names)
        try:
            heads = repository.fetch(None, "post-mortem/x")
        except AutofillError as error:
            told(error)
        else:
            assert not heads.base.startswith("-")

    trees = st.lists(st.tuples(MODES, DIGESTS, PATHS), max_size=5)
    drive(examples * 10, st.tuples(trees, st.lists(st.tuples(DIGESTS, REFS), max_size=5)), look)
