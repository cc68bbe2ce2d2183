"""What each client brings back from a server that is down, slow, broken or lying: always one error of ours, in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from pm_autofill.collect.transport import httpx2_transport, niquests_adapter, requests_adapter
from pm_autofill.collect.transport.policy import Limits, Policy, Request, RequestRefused
from pm_autofill.errors import CredentialsRefused, NotFound, SourceRejected, SourceUnavailable
from tests.servers import faulty
from tests.servers.faulty import FaultyServer
from tests.servers.stacks import CANARY, STACKS, FakeClock, Stack, make_policy

if TYPE_CHECKING:
    from tests.servers.faulty import Behaviour


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Stack:
    """Each of the three clients in turn."""
    return STACKS[request.param]


def refused(
    stack: Stack, *behaviours: Behaviour, limits: Limits | None = None, seconds: float = 30.0
) -> SourceUnavailable:
    """The error a client ends with on such a server."""
    with FaultyServer(*behaviours) as server, pytest.raises(SourceUnavailable) as caught:
        stack.ask(make_policy(stack.source, server.url, limits, seconds=seconds), CANARY)
    return caught.value


def test_a_good_answer_arrives(stack: Stack) -> None:
    """A plain answer comes through, asked for once, with the token and no compression on this machine."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        assert stack.ask(make_policy(stack.source, server.url), CANARY) == stack.wanted
    (request,) = server.received
    assert CANARY in request.headers["authorization"]
    assert request.headers["accept-encoding"] == "identity"


def test_a_compressed_answer_arrives(stack: Stack) -> None:
    """An answer that a server compressed anyway is undone."""
    with FaultyServer(faulty.gzipped(stack.good)) as server:
        assert stack.ask(make_policy(stack.source, server.url), CANARY) == stack.wanted


@pytest.mark.parametrize("behaviour", [faulty.drip(), faulty.drip_headers()], ids=["body", "headers"])
def test_a_drip_ends_by_the_deadline(stack: Stack, behaviour: Behaviour) -> None:
    """A server that always has one more byte is left when the run's time is up."""
    error = refused(stack, behaviour, seconds=0.4)
    assert "the run's deadline came first" in error.message
    assert "--deadline" in error.hint


def test_a_silent_server_is_asked_twice(stack: Stack) -> None:
    """Silence costs a whole timeout, so it is tried once more and no further."""
    with (
        FaultyServer(faulty.hang()) as server,
        pytest.raises(SourceUnavailable, match=r"stopped answering \(tried 2 times\)"),
    ):
        stack.ask(make_policy(stack.source, server.url, Limits(read_timeout=0.1)), CANARY)
    assert len(server.received) == 2


def test_nobody_listening_is_named(stack: Stack) -> None:
    """A refused connection is tried as often as allowed, then named with the place to look."""
    clock = FakeClock()
    with faulty.nobody_listening() as url, pytest.raises(SourceUnavailable) as caught:
        stack.ask(make_policy(stack.source, url, clock=clock), CANARY)
    assert "the connection was refused (tried 4 times)" in caught.value.message
    assert caught.value.hint == f"Check that it runs, and the port in {stack.source.lower()}.url."
    assert clock.pauses == [0.25, 0.5, 1.0]


def test_a_passing_trouble_is_overcome(stack: Stack) -> None:
    """A reset, a hang-up and a 503 are followed by the answer on the fourth attempt."""
    troubles = [faulty.reset(), faulty.hang_up(), faulty.answer(b"busy", 503, "text/plain")]
    with FaultyServer(*troubles, faulty.answer(stack.good)) as server:
        assert stack.ask(make_policy(stack.source, server.url), CANARY) == stack.wanted
    assert len(server.received) == 4


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (faulty.reset(), "the connection broke before the answer was complete"),
        (faulty.hang_up(), "the connection broke before the answer was complete"),
        (
            faulty.truncated(b'{"a": "' + b"x" * 100 + b'"}'),
            "broke before the answer was complete: 54 of 109 bytes had come",
        ),
        (faulty.not_http(), "what came is not HTTP"),
        (faulty.login_page(), "with a web page instead of data"),
        (faulty.answer(b"<html>", content_type="application/json"), "with a web page instead of data"),
        (faulty.answer(b""), "with nothing"),
        (faulty.answer(b'{"status": "succ'), "it is not valid JSON"),
        (faulty.deep_json(5000), "with data nested deeper than 100 levels"),
        (faulty.answer(b"[" + b"1," * 4000 + b"1]"), "with data that takes more than 100000 bytes of memory"),
        (faulty.gzip_bomb(64), "the answer is longer than 1048576 bytes"),
        (faulty.boast(2**40), "the answer is longer than 1048576 bytes"),
        (faulty.huge(4), "the answer is longer than 1048576 bytes"),
        (faulty.answer(b"plain text", Content_Encoding="gzip"), "the answer claims to be gzip and is not"),
        (faulty.answer(b"x", Content_Encoding="br"), "the answer came in the encoding 'br', which was not asked for"),
        (faulty.answer(b"{}", 500), "HTTP 500"),
        (faulty.login_page(502), "HTTP 502"),
    ],
)
def test_an_unusable_answer_is_named(stack: Stack, behaviour: Behaviour, words: str) -> None:
    """Whatever else a server sends instead of data becomes one sentence and a hint."""
    error = refused(stack, behaviour, limits=Limits(attempts=1, max_bytes=2**20, max_memory=100_000))
    assert words in error.message
    assert error.message.startswith(stack.source)
    assert error.hint


@pytest.mark.parametrize("body", [b"[]", b"null", b"17", b'"text"', b'{"status":"error","error":"no"}'])
def test_an_answer_of_the_wrong_kind_does_no_harm(stack: Stack, body: bytes) -> None:
    """JSON of another shape is handed on or refused, but never a stray exception."""
    with FaultyServer(faulty.answer(body)) as server:
        try:
            stack.ask(make_policy(stack.source, server.url), CANARY)
        except SourceUnavailable as error:
            assert stack.source in error.message  # noqa: PT017 - not every client refuses it


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, b"{}", CredentialsRefused, "refused the credentials (HTTP 401)"),
        (403, b'{"message":"needs dashboards:read"}', SourceRejected, "(HTTP 403): needs dashboards:read"),
        (
            402,
            b'{"error":{"message":"Required abilities","code":2014}}',
            SourceRejected,
            "(HTTP 402): Required abilities",
        ),
        (404, b"404 page not found", NotFound, "(HTTP 404): 404 page not found"),
        (422, b'{"errorType":"execution","error":"too many samples"}', SourceRejected, "execution: too many samples"),
    ],
)
def test_a_no_is_taken_for_one(stack: Stack, status: int, body: bytes, kind: type[SourceRejected], words: str) -> None:
    """An error status is asked for once, and its explanation handed on."""
    with FaultyServer(faulty.answer(body, status)) as server, pytest.raises(SourceRejected) as caught:
        stack.ask(make_policy(stack.source, server.url), CANARY)
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert words in caught.value.message
    assert caught.value.hint
    assert len(server.received) == 1


def test_a_storm_of_429_is_bounded(stack: Stack) -> None:
    """A source that limits us is asked four times, as late as it asks for, and then left."""
    clock = FakeClock()
    behaviour = faulty.answer(b"{}", 429, Retry_After="7")
    with FaultyServer(behaviour) as server, pytest.raises(SourceUnavailable, match="limits how often"):
        stack.ask(make_policy(stack.source, server.url, seconds=60, clock=clock), CANARY)
    assert len(server.received) == 4
    assert clock.pauses == [7.0, 7.0, 7.0]


def test_a_wait_beyond_the_deadline_is_not_begun(stack: Stack) -> None:
    """An hour's wait asked of a run of a minute ends it at once."""
    clock = FakeClock()
    behaviour = faulty.answer(b"{}", 429, Retry_After="3600")
    with FaultyServer(behaviour) as server, pytest.raises(SourceUnavailable, match="it asks to wait 3600 s"):
        stack.ask(make_policy(stack.source, server.url, seconds=60, clock=clock), CANARY)
    assert len(server.received) == 1
    assert clock.pauses == []


def test_a_query_that_timed_out_is_tried_once_more() -> None:
    """A PromQL engine's own 503 says that the query is heavy: a second attempt, no third, and its words are kept."""
    body = b'{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}'
    stack = STACKS["prometheus"]
    with FaultyServer(faulty.answer(body, 503)) as server, pytest.raises(SourceUnavailable) as caught:
        stack.ask(make_policy(stack.source, server.url), CANARY)
    assert len(server.received) == 2
    assert caught.value.message.endswith("(HTTP 503, tried 2 times): timeout: query timed out in expression evaluation")


def test_a_dead_source_is_left_alone(stack: Stack) -> None:
    """After five failed requests in a row the source is not asked again, and the error says why."""
    with FaultyServer(faulty.answer(b"{}", 500)) as server:
        policy = make_policy(stack.source, server.url, Limits(attempts=1))
        messages = []
        for _ in range(8):
            with pytest.raises(SourceUnavailable) as caught:
                stack.ask(policy, CANARY)
            messages.append(caught.value.message)
    assert len(server.received) == 5
    assert all("failed on GET" in message for message in messages[:5])
    assert all("was skipped after 5 failed requests in a row" in message for message in messages[5:])


def test_a_no_keeps_a_source_alive(stack: Stack) -> None:
    """Answers that say no do not count as failures, and clear those before them."""
    no, failure = faulty.answer(b"{}", 404), faulty.answer(b"{}", 500)
    with FaultyServer(*[failure] * 4, no, *[failure] * 4, faulty.answer(stack.good)) as server:
        policy = make_policy(stack.source, server.url, Limits(attempts=1))
        for _ in range(9):
            with pytest.raises((NotFound, SourceUnavailable)):
                stack.ask(policy, CANARY)
        assert stack.ask(policy, CANARY) == stack.wanted


def test_a_connection_is_kept_and_replaced_when_closed(stack: Stack) -> None:
    """A kept connection that the server closed meanwhile costs neither an attempt nor an error."""
    good = faulty.answer(stack.good)

    def good_then_close(caller: faulty.Caller) -> None:
        good(caller)
        caller.keep_alive = False

    with FaultyServer(good_then_close) as server:
        policy = make_policy(stack.source, server.url, Limits(attempts=1))
        assert [stack.ask(policy, CANARY) for _ in range(3)] == [stack.wanted] * 3


def test_nothing_is_sent_after_the_deadline(stack: Stack) -> None:
    """A run whose time is up asks nothing more; what was never sent is no failure that the source is left alone for."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        policy = make_policy(stack.source, server.url, seconds=0)
        for _ in range(8):
            with pytest.raises(SourceUnavailable, match="the run's deadline came before it was asked"):
                stack.ask(policy, CANARY)
        assert server.received == []


def request_directly(stack: Stack, policy: Policy, method: str, path: str) -> None:
    """Send any request on a client's own session, as a stray line of code could."""
    url = f"{policy.endpoint.url}{path}"
    if stack.source == "Prometheus":
        requests_adapter.connect_prometheus(policy, token=CANARY)._session.request(method, url)  # noqa: SLF001
    elif stack.source == "Grafana":
        niquests_adapter.connect_grafana(policy, token=CANARY).client.s.request(method, url)
    else:
        httpx2.Client(transport=httpx2_transport.Httpx2Transport(policy)).request(method, url)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_that_could_write_leaves(stack: Stack, method: str) -> None:
    """A request that could change something is refused before it is sent, on each client's own session."""
    with FaultyServer(faulty.answer(b"{}")) as server:
        policy = make_policy(stack.source, server.url)
        with pytest.raises(RequestRefused, match="could change something"):
            request_directly(stack, policy, method, "/api/v1/admin/tsdb/delete_series")
        assert server.received == []


@pytest.mark.parametrize("path", ["/../admin", "/a/%2e%2e/admin", "/a/..%5cadmin"])
def test_nothing_climbs_out_of_the_base(path: str) -> None:
    """An id made of dots does not lead out of the configured path, however it is spelled."""
    with FaultyServer(faulty.answer(b"{}")) as server:
        policy = make_policy("Grafana", f"{server.url}/grafana")
        with pytest.raises(RequestRefused, match="it lies outside"):
            policy.send(Request("GET", f"{server.url}/grafana{path}"))
        assert server.received == []
