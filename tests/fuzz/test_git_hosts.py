"""Git hosts' answers and descriptions, and what git prints: read, or one error of ours."""

from __future__ import annotations

import json
from functools import partial
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
from pm_autofill.publish.rest import Rest
from tests.fuzz.mutators import JSON
from tests.fuzz.strategies import ODD_TEXTS, SIZES, arrives, drive, spoiled, told
from tests.servers.stacks import make_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.collect.transport.exchange import Request
    from pm_autofill.collect.transport.policy import Policy

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
