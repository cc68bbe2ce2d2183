"""TLS is verified always, and our own authority is one line of configuration away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.transport.policy import Deadline, Endpoint, Limits, Policy
from pm_autofill.errors import SourceUnavailable, UsageError
from tests.servers import faulty
from tests.servers.faulty import FaultyServer
from tests.servers.stacks import CANARY, STACKS, Stack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Stack:
    """Each of the three clients in turn."""
    return STACKS[request.param]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the loopback address that nobody vouches for."""
    return faulty.make_certificate(tmp_path_factory.mktemp("tls") / "loopback.pem")


def policy_for(stack: Stack, url: str, ca_file: Path | None = None) -> Policy:
    """A policy that tries once."""
    return Policy(Endpoint(stack.source, url, ca_file=ca_file), Limits(attempts=1, connect_timeout=1), Deadline(30))


def test_a_certificate_nobody_vouches_for_is_refused(stack: Stack, certificate: Path) -> None:
    """A self-signed certificate is refused before anything is sent, and ca_file is named as the way out."""
    with FaultyServer(faulty.answer(stack.good), certificate=certificate) as server:
        with pytest.raises(SourceUnavailable, match="its TLS certificate could not be verified: self-signed") as caught:
            stack.ask(policy_for(stack, server.url), CANARY)
        assert server.received == []
    assert f"{stack.source.lower()}.ca_file" in caught.value.hint


def test_the_authority_named_is_trusted(stack: Stack, certificate: Path) -> None:
    """With its authority in ca_file the same server answers."""
    with FaultyServer(faulty.answer(stack.good), certificate=certificate) as server:
        assert stack.ask(policy_for(stack, server.url, certificate), CANARY) == stack.wanted


def test_another_host_s_certificate_is_refused(stack: Stack, tmp_path: Path) -> None:
    """A trusted certificate of another host is no proof."""
    other = faulty.make_certificate(tmp_path / "other.pem", "DNS:other.example")
    with FaultyServer(faulty.answer(stack.good), certificate=other) as server:
        with pytest.raises(SourceUnavailable, match=r"certificate is not valid for '127\.0\.0\.1'"):
            stack.ask(policy_for(stack, server.url, other), CANARY)
        assert server.received == []


def test_https_to_a_plain_server_is_named(stack: Stack) -> None:
    """A server that does not speak TLS is told from one that is down."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        url = server.url.replace("http://", "https://")
        with pytest.raises(SourceUnavailable, match="it does not speak TLS as we do") as caught:
            stack.ask(policy_for(stack, url), CANARY)
    assert "https://" in caught.value.hint


def test_a_ca_file_that_cannot_be_used_is_named(stack: Stack, tmp_path: Path) -> None:
    """A missing or wrong ca_file is a mistake of the configuration."""
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for path, reason in ((tmp_path / "missing.pem", "No such file"), (wrong, "no certificate in PEM form")):
        with pytest.raises(UsageError, match=reason):
            stack.ask(policy_for(stack, "https://127.0.0.1:1", path), CANARY)


def test_a_server_that_wants_a_certificate_of_ours_is_named(stack: Stack, certificate: Path) -> None:
    """A server that admits only callers with a certificate is told from one that is broken."""
    with FaultyServer(faulty.answer(stack.good), certificate=certificate, wants_one_too=True) as server:
        with pytest.raises(SourceUnavailable, match="it does not speak TLS as we do"):
            stack.ask(policy_for(stack, server.url, certificate), CANARY)
        assert server.received == []


def test_tls_that_breaks_down_is_named(stack: Stack, certificate: Path) -> None:
    """Garbage on a connection that was secure is told from an answer."""
    with (
        FaultyServer(faulty.garbled_tls(), certificate=certificate) as server,
        pytest.raises(SourceUnavailable, match="it does not speak TLS as we do: WRONG_VERSION_NUMBER"),
    ):
        stack.ask(policy_for(stack, server.url, certificate), CANARY)
