"""Name lookup, TCP and TLS, each bounded and each named when it fails."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from pm_autofill.collect.transport.dialling import BoundedSocket
from pm_autofill.collect.transport.failure import WireFailure
from pm_autofill.collect.transport.policy import Deadline, Endpoint, Limits, Policy, Request
from pm_autofill.errors import SourceUnavailable
from tests.servers import faulty
from tests.servers.faulty import FaultyServer

ONCE = Limits(attempts=1, connect_timeout=0.3)


def ask(url: str, limits: Limits = ONCE, seconds: float = 30) -> int:
    """The status of the simplest question to a base URL."""
    policy = Policy(Endpoint("Grafana", url, allow_insecure=True), limits, Deadline(seconds))
    return policy.send(Request("GET", f"{policy.endpoint.url}/api/health")).status


def resolve_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let every name have these addresses, in this order."""

    def look_up(_host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

    monkeypatch.setattr("socket.getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "the host name is not known"),
        (UnicodeError("label too long"), "the host name is not known"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the name server did not answer"),
    ],
)
def test_a_name_that_cannot_be_found_is_named(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    """A name that does not exist is told from a name server in trouble."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(SourceUnavailable, match=words) as caught:
        ask("http://grafana.example:3000")
    assert "Grafana at grafana.example:3000" in caught.value.message


def test_a_name_server_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lookup that hangs costs the time for connecting, no more."""
    never = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: never.wait())
    try:
        with pytest.raises(SourceUnavailable, match="the name server did not answer"):
            ask("http://grafana.example")
    finally:
        never.set()


def test_the_second_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host of which one address is dead is reached at the other."""
    resolve_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    with FaultyServer(faulty.answer(b"{}")) as server:
        assert ask(f"http://grafana.example:{server.port}") == 200
    assert server.received[0].headers["host"] == f"grafana.example:{server.port}"


def test_a_host_without_addresses_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with no address at all is no crash."""
    resolve_to(monkeypatch)
    with pytest.raises(SourceUnavailable, match="the host could not be reached"):
        ask("http://grafana.example")


def test_a_network_that_is_not_there_is_named() -> None:
    """What the operating system says of an address without a route is passed on."""
    with pytest.raises(SourceUnavailable, match="the host could not be reached: "):
        ask("http://255.255.255.255")


def test_a_server_that_never_starts_tls_is_left() -> None:
    """A port that accepts and stays silent costs the time for connecting."""
    with FaultyServer(faulty.answer(b"{}")) as server, socket.create_server(("127.0.0.1", 0)) as silent:
        assert server.port
        with pytest.raises(SourceUnavailable, match="no connection came about in time: TLS did not get started"):
            ask(f"https://127.0.0.1:{silent.getsockname()[1]}")


def test_a_full_queue_costs_the_time_for_connecting() -> None:
    """A host that never accepts is left after the time for connecting."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.settimeout(0)
            one.connect_ex(full.getsockname())
        try:
            with pytest.raises(SourceUnavailable, match="no connection came about in time"):
                ask(f"http://127.0.0.1:{full.getsockname()[1]}")
        finally:
            for one in waiting:
                one.close()


def test_a_deadline_that_passes_while_sending_ends_it() -> None:
    """A body that nobody takes is left when the run's time is up."""
    with FaultyServer(faulty.hang()) as server:
        policy = Policy(Endpoint("Grafana", server.url), Limits(attempts=1), Deadline(0.4))
        request = Request("POST", f"{server.url}/api/ds/query", (("Content-Type", "application/json"),), b"x" * 2**26)
        with pytest.raises(SourceUnavailable, match="the run's deadline came first"):
            policy.send(request)


def test_a_connection_waits_for_nothing_after_the_deadline() -> None:
    """Neither sending nor reading begins once the run's time is up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        bounded = BoundedSocket(ours, Deadline(0), silence=20)
        with pytest.raises(WireFailure, match="the run's deadline came first"):
            bounded.sendall(b"x")
        with bounded.makefile() as reader, pytest.raises(WireFailure, match="the run's deadline came first"):
            reader.read(1)
