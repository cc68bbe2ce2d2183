"""No token ever leaves for another host, a file, a variable or a message."""

from __future__ import annotations

import base64
import json
import traceback
from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.collect.transport.policy import Deadline, Limits, Policy, Request, RequestRefused
from pm_autofill.collect.transport.requests_adapter import connect_prometheus
from pm_autofill.errors import AutofillError, SourceError, SourceUnavailable, UsageError
from tests.servers import faulty
from tests.servers.faulty import FaultyServer
from tests.servers.stacks import CANARY, NOON, STACKS, Stack, make_policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.faulty import Behaviour

FAULTS = {
    "401": faulty.answer(b"{}", 401),
    "403": faulty.answer(b"{}", 403),
    "404": faulty.answer(b"{}", 404),
    "429": faulty.answer(b"{}", 429),
    "500": faulty.answer(b"{}", 500),
    "echo": faulty.answer(json.dumps({"message": f"bad token {CANARY}", "error": f"key-{CANARY}"}).encode(), 400),
    "echo in text": faulty.answer(f"Authorization: Bearer {CANARY}".encode(), 500, "text/plain"),
    "echo in PagerDuty's form": faulty.answer(f'{{"error":{{"message":"Token token={CANARY}"}}}}'.encode(), 403),
    "echo in broken JSON": faulty.answer(f'{{"{CANARY}":'.encode()),
    "echo as a list": faulty.answer(json.dumps([CANARY]).encode()),
    "echo in the location": faulty.redirect(f"https://login.example/?token={CANARY}"),
    "login page": faulty.login_page(),
    "reset": faulty.reset(),
    "hang": faulty.hang(),
    "not HTTP": faulty.not_http(),
}


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> Stack:
    """Each of the three clients in turn."""
    return STACKS[request.param]


def everything_said(error: BaseException) -> str:
    """All an exception and those it came from could put before a reader, suppressed ones included."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or link.__context__
    parts = [repr(part) for link in links for part in (link, str(link), link.args, vars(link))]
    return "\n".join([*parts, *traceback.format_exception(error)])


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_tells_the_token(
    stack: Stack, fault: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever fails, and even when the server echoes the token, no message, repr, traceback, log or output has it."""
    behaviour: Behaviour = FAULTS[fault]
    with caplog.at_level("DEBUG"), FaultyServer(behaviour) as server:
        policy = make_policy(stack.source, server.url, Limits(attempts=2, read_timeout=0.1))
        try:
            stack.ask(policy, CANARY)
        except SourceError as error:
            said = everything_said(error)
        else:
            said = ""  # one client hands a list on as it is
    assert said or (fault, stack.source) == ("echo as a list", "Grafana")
    assert CANARY not in said
    assert CANARY not in caplog.text
    assert CANARY not in "".join(capfd.readouterr())


@pytest.mark.parametrize("token", [f"{CANARY}\nX: y", f"{CANARY} {CANARY}", f"{CANARY}\x00", f"{CANARY}é", "", "  \n"])
def test_a_token_that_cannot_be_sent_is_refused_unseen(stack: Stack, token: str) -> None:
    """A token with a line break, a blank or a strange letter is refused before any request, without being echoed."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        with pytest.raises(UsageError) as caught:
            stack.ask(make_policy(stack.source, server.url), token)
        assert server.received == []
    assert CANARY not in everything_said(caught.value)
    assert caught.value.hint


def test_blanks_around_a_token_are_forgiven(stack: Stack) -> None:
    """The line break at the end of a token file does no harm."""
    with FaultyServer(faulty.answer(stack.good)) as server:
        assert stack.ask(make_policy(stack.source, server.url), f" {CANARY}\n") == stack.wanted
    assert server.received[0].headers["authorization"].endswith(CANARY)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(stack: Stack, status: int) -> None:
    """A redirect ends the request; its target is named by host alone, and never contacted."""
    with FaultyServer(faulty.answer(stack.good)) as elsewhere:
        target = elsewhere.url.replace("127.0.0.1", "localhost") + "/login?back=1"
        with FaultyServer(faulty.redirect(target, status)) as server, pytest.raises(SourceUnavailable) as caught:
            stack.ask(make_policy(stack.source, server.url), CANARY)
        assert elsewhere.received == []
    assert f"to localhost (HTTP {status})" in caught.value.message
    assert "login" in caught.value.hint
    assert len(server.received) == 1


def test_no_variable_and_no_file_has_a_say(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a netrc file nor proxy variables change where a request goes and who it says it is."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultyServer(faulty.answer(b"{}", 500)) as proxy, FaultyServer(faulty.answer(stack.good)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert stack.ask(make_policy(stack.source, server.url), CANARY) == stack.wanted
        assert proxy.received == []
    assert CANARY in server.received[0].headers["authorization"]


def test_no_cookie_is_kept(stack: Stack) -> None:
    """A cookie that a server sets is not sent back."""
    with FaultyServer(faulty.answer(stack.good, Set_Cookie="session=1; Path=/")) as server:
        policy = make_policy(stack.source, server.url)
        stack.ask(policy, CANARY)
        stack.ask(policy, CANARY)
    assert "cookie" not in server.received[1].headers


def test_a_request_to_another_host_is_refused() -> None:
    """Nothing is sent to any host but the configured one, whoever asks the session for it."""
    with FaultyServer(faulty.answer(b"{}")) as server, FaultyServer(faulty.answer(b"{}")) as other:
        client = connect_prometheus(make_policy("Prometheus", server.url), token=CANARY)
        with pytest.raises(RequestRefused) as caught:
            client._session.get(f"{other.url}/api/v1/query")  # noqa: SLF001 - what a stray request would do
        assert other.received == []
    assert CANARY not in everything_said(caught.value)


def test_a_password_goes_out_encoded_and_is_redacted() -> None:
    """User name and password become a Basic header, and the password is cut out of what the server says."""
    password = "pässword:with-colon"
    refusal = faulty.answer(json.dumps({"message": f"no: {password}"}).encode(), 403)
    with FaultyServer(refusal) as server, pytest.raises(AutofillError) as caught:
        connect_grafana(make_policy("Grafana", server.url), basic=("ann", password)).client.GET("/user")
    scheme, _, encoded = server.received[0].headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", f"ann:{password}")
    assert "no: [secret]" in caught.value.message


def test_a_header_with_a_line_break_is_refused_unseen() -> None:
    """A configured header that could smuggle another one is refused by name."""
    with pytest.raises(UsageError, match="'X-Scope-OrgID'") as caught:
        connect_prometheus(
            make_policy("Prometheus", "http://localhost:1"), headers={"X-Scope-OrgID": f"a\r\nb: {CANARY}"}
        )
    assert CANARY not in everything_said(caught.value)


def test_a_request_that_bypasses_the_checks_is_checked_again() -> None:
    """A header set on the session behind our back is refused too, unseen."""
    with FaultyServer(faulty.answer(b"{}")) as server:
        policy = make_policy("Grafana", server.url)
        with pytest.raises(UsageError) as caught:
            policy.send(Request("GET", f"{server.url}/api/health", (("Authorization", f"Bearer {CANARY}\r\nX: y"),)))
        assert server.received == []
    assert CANARY not in everything_said(caught.value)


def test_what_is_recorded_holds_no_token(stack: Stack) -> None:
    """The record of an answer has address, status, digest, time and attempts, and no credentials."""
    behaviours = [
        faulty.answer(b"busy", 503, "text/plain"),
        faulty.answer(stack.good, Date="Sat, 14 Mar 2026 11:59:58 GMT"),
    ]
    with FaultyServer(*behaviours) as server:
        policy = make_policy(stack.source, server.url)
        with policy.observing() as observed:
            stack.ask(policy, CANARY)
    (exchange,) = observed
    assert CANARY not in repr(exchange)
    assert (exchange.status, exchange.attempts, exchange.size) == (200, 2, len(stack.good))
    assert exchange.url.startswith(server.url)
    assert exchange.retrieved_at == NOON
    assert exchange.date_header == "Sat, 14 Mar 2026 11:59:58 GMT"


def test_the_digest_and_time_stand_in_the_headers() -> None:
    """Whoever asks the session directly finds digest and time of arrival in the answer's headers."""
    with FaultyServer(faulty.answer(b"{}")) as server:
        client = connect_prometheus(make_policy("Prometheus", server.url))
        response = client._session.get(f"{client.url}/api/v1/query", params={"query": "up"})  # noqa: SLF001
    assert (
        response.headers["X-Pm-Autofill-Sha256"] == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    assert response.headers["X-Pm-Autofill-Retrieved"] == "2026-03-14T12:00:00Z"
    assert response.json() == {}


def test_an_observation_inside_another_counts_for_both() -> None:
    """Nested observations add up, and end with their block."""
    with FaultyServer(faulty.answer(b"{}")) as server:
        policy = make_policy("Grafana", server.url)
        request = Request("GET", f"{server.url}/api/health")
        with policy.observing() as outer:
            policy.send(request)
            with policy.observing() as inner:
                policy.send(request)
        policy.send(request)
    assert (len(outer), len(inner)) == (2, 1)


def test_the_real_clocks_serve_by_default() -> None:
    """A policy made without clocks waits and dates by the real ones."""
    with FaultyServer(faulty.answer(b"busy", 503, "text/plain"), faulty.answer(b"{}")) as server:
        template = make_policy("Grafana", server.url)
        policy = Policy(template.endpoint, Limits(backoff_initial=0.001), Deadline(30))
        with policy.observing() as records:
            policy.send(Request("GET", f"{server.url}/api/health"))
    assert records[0].retrieved_at.utcoffset() is not None
    assert records[0].attempts == 2
