"""What the clients make of the configured address, and that they can be shared between threads."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pm_autofill import __version__
from pm_autofill.collect.transport.exchange import outgoing
from pm_autofill.collect.transport.httpx2_transport import connect_pagerduty
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.collect.transport.policy import Deadline, Endpoint, Limits, Policy, Request
from pm_autofill.collect.transport.requests_adapter import connect_prometheus
from pm_autofill.errors import SourceUnavailable
from tests.servers import faulty
from tests.servers.faulty import FaultyServer
from tests.servers.stacks import CANARY, STACKS, FakeClock, Stack, make_policy


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Stack:
    """Each of the three clients in turn."""
    return STACKS[request.param]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api"),
        ("127.0.0.1:3000/", "http://127.0.0.1:3000/api"),
        ("https://grafana.example", "https://grafana.example:443/api"),
        ("https://grafana.example/grafana", "https://grafana.example:443/grafana/api"),
        ("https://grafana.example/a/b/", "https://grafana.example:443/a/b/api"),
        ("http://[::1]:3000/grafana", "http://[::1]:3000/grafana/api"),
    ],
)
def test_grafana_s_client_asks_below_the_address_as_meant(written: str, asked: str) -> None:
    """Sub-paths, missing schemes and IPv6 brackets survive the client's own way of building URLs."""
    assert connect_grafana(make_policy("Grafana", written), token="t").client.url == asked


def test_a_sub_path_is_kept(stack: Stack) -> None:
    """Behind a prefix every client asks below it."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        assert stack.ask(make_policy(stack.source, f"{server.url}/some/prefix/"), CANARY) == stack.wanted
    assert server.received[0].target.startswith("/some/prefix/")
    assert server.received[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert server.received[0].headers["user-agent"] == f"pm-autofill/{__version__}"


@pytest.mark.parametrize(
    ("token", "header"),
    [
        ("u+abcDEF", "Token token=u+abcDEF"),
        ("pdus+_0XBPWQQ_0", "Bearer pdus+_0XBPWQQ_0"),
        ("pdeu+_0XBPWQQ_0", "Bearer pdeu+_0XBPWQQ_0"),
    ],
)
def test_pagerduty_s_two_kinds_of_token_are_told_apart(token: str, header: str) -> None:
    """An API key and an OAuth token go out each in its own form."""
    with FaultyServer(faulty.answer(b'{"incident":{}}')) as server:
        connect_pagerduty(make_policy("PagerDuty", server.url), token=token).get("/incidents/P1")
    assert server.received[0].headers["authorization"] == header


def test_grafana_s_organisation_is_sent() -> None:
    """The organisation goes out as Grafana's header."""
    with FaultyServer(faulty.answer(b"{}")) as server:
        connect_grafana(make_policy("Grafana", server.url), token="t", organization_id=7).client.GET("/user")
    assert server.received[0].headers["x-grafana-org-id"] == "7"


def test_a_picture_arrives_unchanged() -> None:
    """A request of our own on Grafana's session brings bytes that are no text."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    with FaultyServer(faulty.answer(picture, content_type="image/png")) as server:
        api = connect_grafana(make_policy("Grafana", server.url), token="t")
        response = api.client.s.get(
            f"{server.url}/render/d-solo/x", auth=api.client.auth, headers={"Accept": "image/png"}
        )
    assert response.content == picture
    assert server.received[0].headers["authorization"] == "Bearer t"


def test_a_query_goes_out_by_post_too() -> None:
    """A long query sent as a form on Prometheus's session is a read, and is tried again like one."""
    answer = faulty.answer(b'{"status":"success"}')
    with FaultyServer(faulty.answer(b"", 503, "text/plain"), answer) as server:
        client = connect_prometheus(make_policy("Prometheus", server.url), basic=("ann", "s3cret"))
        client._session.post(f"{client.url}/api/v1/query", data={"query": 'up{a="é"}'})  # noqa: SLF001
    assert [request.method for request in server.received] == ["POST", "POST"]
    assert parse_qs(server.received[1].body.decode()) == {"query": ['up{a="é"}']}
    assert server.received[1].headers["authorization"] == "Basic YW5uOnMzY3JldA=="


def echo(highest: list[int]) -> faulty.Behaviour:
    """Answers with the label asked for, and keeps count of how many are asked at once."""
    lock = threading.Lock()
    under_way = [0]

    def behave(caller: faulty.Caller) -> None:
        with lock:
            under_way[0] += 1
            highest[0] = max(highest[0], under_way[0])
        caller.closing.wait(0.002)
        with lock:
            under_way[0] -= 1
        query = parse_qs(urlsplit(caller.target).query)
        faulty.answer(json.dumps({"data": {"result": query["query"]}}).encode())(caller)

    return behave


def test_a_client_can_be_shared_between_threads() -> None:
    """Many threads on one client each get their own answer, and no more than the limit ask at once."""
    highest = [0]
    with FaultyServer(echo(highest)) as server:
        client = connect_prometheus(make_policy("Prometheus", server.url, Limits(concurrency=3)))
        questions = [f"metric_{number}" for number in range(200)]
        with ThreadPoolExecutor(16) as pool:
            answers: list[Any] = list(pool.map(client.custom_query, questions))
    assert answers == [[question] for question in questions]
    assert 1 <= highest[0] <= 3


def test_a_request_that_could_write_is_sent_once() -> None:
    """Where writes are allowed they are never repeated, for nobody knows whether the first one worked."""
    with FaultyServer(faulty.hang_up()) as server:
        policy = Policy(Endpoint("Grafana", server.url, allow_writes=True), Limits(), Deadline(30))
        with pytest.raises(SourceUnavailable):
            policy.send(Request("POST", f"{server.url}/api/snapshots", (), b"{}"))
    assert len(server.received) == 1


def test_retries_stop_when_the_source_is_left_alone() -> None:
    """A request that waits for its next attempt gives up once another has failed meanwhile."""

    class Interrupted(FakeClock):
        """A clock during whose pauses something else happens."""

        def sleep(self, seconds: float) -> None:
            """Let another request fail for good during the pause."""
            super().sleep(seconds)
            with pytest.raises(SourceUnavailable, match="HTTP 501"):
                policy.send(request)

    behaviours = [faulty.answer(b"{}", 503), faulty.answer(b"{}", 501), faulty.answer(b"{}")]
    with FaultyServer(*behaviours) as server:
        policy = make_policy("Grafana", server.url, Limits(failures_before_skip=1), clock=Interrupted())
        request = Request("GET", f"{server.url}/api/health")
        with pytest.raises(SourceUnavailable, match="other requests to it failed meanwhile"):
            policy.send(request)
    assert len(server.received) == 2


def test_closing_lets_go_of_connections(stack: Stack) -> None:
    """A closed policy has no idle connection, and opens a new one when asked again."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        policy = make_policy(stack.source, server.url)
        stack.ask(policy, CANARY)
        policy.close()
        assert policy._wire._idle == []  # noqa: SLF001 - nothing else shows it
        assert stack.ask(policy, CANARY) == stack.wanted


def test_sessions_close_the_policy_s_connections() -> None:
    """Closing a client's session closes what the policy keeps."""
    with FaultyServer(faulty.answer(b'{"data":{"result":[]}}')) as server:
        prometheus, grafana = make_policy("Prometheus", server.url), make_policy("Grafana", server.url)
        with connect_prometheus(prometheus) as client:
            client.custom_query("up")
        api = connect_grafana(grafana, token="t")
        api.client.GET("/user")
        api.client.s.close()
        assert (prometheus._wire._idle, grafana._wire._idle) == ([], [])  # noqa: SLF001


def test_a_body_that_is_text_or_none_is_sent_and_a_stream_is_not() -> None:
    """Only what can be sent twice is taken from a client."""
    assert outgoing("post", "u", [(b"A", "b")], "é") == Request("POST", "u", (("A", "b"),), "é".encode())
    assert outgoing(None, None, [], None) == Request("GET", "")
    with pytest.raises(TypeError, match="cannot be sent twice"):
        outgoing("POST", "u", [], iter([b"x"]))
