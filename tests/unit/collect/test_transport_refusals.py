"""The sentences a failed request ends in."""

from __future__ import annotations

import pytest

from pm_autofill.collect.transport.endpoint import Endpoint
from pm_autofill.collect.transport.excerpt import printable
from pm_autofill.collect.transport.exchange import Reply, Request
from pm_autofill.collect.transport.failure import Cause, WireFailure
from pm_autofill.collect.transport.limits import Limits
from pm_autofill.collect.transport.refusals import Asked, refusal, unreached
from pm_autofill.errors import CredentialsRefused, SourceError
from pm_autofill.json_shape import measure

TOKEN = ("Authorization", "Bearer tok-1234")


def asked(source: str, url: str = "https://source.example", *headers: tuple[str, str]) -> Asked:
    """A question to a source, with a token unless other headers are given."""
    return Asked(Endpoint(source, url), Request("GET", f"{url}/things/1?q=2", headers or (TOKEN,)), Limits())


def refused(
    question: Asked, status: int, body: bytes = b"", content_type: str = "application/json", **headers: str
) -> SourceError:
    """The error of an answer that is one."""
    answer = Reply(status, "", (("Content-Type", content_type), *headers.items()), body)
    error = refusal(question, answer, measure(body))
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("source", "body", "words"),
    [
        (
            "PagerDuty",
            b'{"error":{"message":"Access Denied","code":2010,"errors":["You may have lost access", 7]}}',
            "PagerDuty does not allow GET /things/1 (HTTP 403): Access Denied: You may have lost access",
        ),
        (
            "Prometheus",
            b'{"status":"error","errorType":"execution","error":"too many samples"}',
            "Prometheus does not allow GET /things/1 (HTTP 403): execution: too many samples",
        ),
        (
            "Grafana",
            b'{"accessErrorId":"ACE1","message":"You\'ll need additional permissions: datasources:query","title":"No"}',
            "Grafana does not allow GET /things/1 (HTTP 403): You'll need additional permissions: datasources:query",
        ),
        (
            "GitHub",
            b'{"message":"Validation Failed","errors":[{"resource":"PullRequest","message":"No commits"}, 7]}',
            "GitHub does not allow GET /things/1 (HTTP 403): Validation Failed: No commits",
        ),
        (
            "GitLab",
            b'{"message":["Another open merge request already exists: !12", 7]}',
            "GitLab does not allow GET /things/1 (HTTP 403): Another open merge request already exists: !12",
        ),
        ("Grafana", b"<html>Forbidden</html>", "Grafana does not allow GET /things/1 (HTTP 403)"),
        ("Grafana", b'["a"]', "Grafana does not allow GET /things/1 (HTTP 403)"),
        ("Grafana", b'{"message":', "Grafana does not allow GET /things/1 (HTTP 403)"),
        ("Grafana", b'{"message": {"a": 1}}', "Grafana does not allow GET /things/1 (HTTP 403)"),
        ("Grafana", b'{"error":{"errors":{}}}', "Grafana does not allow GET /things/1 (HTTP 403)"),
        ("Grafana", b"[" * 100_000, "Grafana does not allow GET /things/1 (HTTP 403)"),
        (
            "Grafana",
            b'{"message":"no, tok-1234 is bad"}',
            "Grafana does not allow GET /things/1 (HTTP 403): no, [secret] is bad",
        ),
        ("Grafana", b"\xff\xfe no", "Grafana does not allow GET /things/1 (HTTP 403): \ufffd\ufffd no"),
    ],
)
def test_a_server_s_own_words_are_kept(source: str, body: bytes, words: str) -> None:
    """Each source's way to explain itself is understood; anything else is left out."""
    assert refused(asked(source), 403, body).message == words


def test_text_from_outside_stays_on_one_line() -> None:
    """Control, escape and direction characters go, blanks run together, and what is long is cut."""
    said = refused(asked("Grafana"), 500, "a\r\n\x1b[31mb\u202e\u200b   c\x00".encode(), "text/plain").message
    assert said.endswith("(HTTP 500): a [31mb c")
    assert printable("x" * 300) == "x" * 199 + "…"
    assert printable("x" * 200) == "x" * 200


@pytest.mark.parametrize(
    ("source", "url", "hint"),
    [
        ("PagerDuty", "https://api.pagerduty.com", "pagerduty.url: https://api.eu.pagerduty.com"),
        ("PagerDuty", "https://api.eu.pagerduty.com", "pagerduty.url: https://api.pagerduty.com"),
        ("Prometheus", "https://prometheus.example", "username and password, under prometheus"),
        ("Grafana", "https://grafana.example", "token under grafana"),
        ("GitHub", "https://api.github.com", "token under github"),
    ],
)
def test_a_401_hints_at_the_token_and_the_region(source: str, url: str, hint: str) -> None:
    """Wrong credentials are told from missing ones, and PagerDuty's other region is named."""
    error = refused(asked(source, url), 401)
    assert isinstance(error, CredentialsRefused)
    assert error.message == f"{source} refused the credentials (HTTP 401)"
    assert hint in error.hint
    without = refused(asked(source, url, ("Accept", "*/*")), 401)
    assert without.message == f"{source} asks for credentials, and none were given (HTTP 401)"


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (403, "The token needs the right to write contents and pull requests"),
        (404, "Check name and url under gitlab, and that the token may see the repository."),
        (422, "Check repository, base and token under gitlab."),
    ],
)
def test_a_git_host_s_no_hints_at_the_token_s_rights(status: int, hint: str) -> None:
    """A repository that a token may not see is told as missing."""
    assert refused(asked("GitLab"), status).hint.startswith(hint)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://login.example/a?token=x", "login.example"),
        ("/login", "source.example"),
        ("", "source.example"),
        ("https://[::1", "an address that is none"),
        ("https://ann:secret@other.example/", "other.example"),
    ],
)
def test_a_redirect_names_the_host_alone(location: str, target: str) -> None:
    """Where it points is named without path, query or credentials."""
    message = refused(asked("Grafana"), 302, Location=location).message
    assert message == f"Grafana redirects GET /things/1 to {target} (HTTP 302)"


@pytest.mark.parametrize("cause", Cause)
def test_every_failure_has_a_hint(cause: Cause) -> None:
    """No way to fail leaves the reader without the next step."""
    error = unreached(asked("Grafana"), WireFailure(cause), "tried 2 times")
    assert error.message == f"Grafana at source.example could not be read: {cause.value} (tried 2 times)"
    assert error.hint.endswith(".")


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (200, b"{}", "application/json"),
        (207, b"{}", ""),
        (204, b"", ""),
        (200, b"\x89PNG", "image/png"),
        (200, b"OK", "text/plain"),
    ],
)
def test_a_usable_answer_is_none(status: int, body: bytes, content_type: str) -> None:
    """Data, images, plain words and a deliberate nothing are no error."""
    answer = Reply(status, "", (("Content-Type", content_type),), body)
    assert refusal(asked("Grafana"), answer, measure(body)) is None


def test_a_page_in_place_of_an_image_is_refused() -> None:
    """A login page is refused also where a picture was asked for."""
    question = asked("Grafana", "https://source.example", TOKEN, ("Accept", "image/png"))
    assert "a web page instead of data" in refused(question, 200, b"<html>", "text/html").message


def test_the_answer_to_head_may_be_empty() -> None:
    """A HEAD has no body to judge."""
    question = Asked(
        Endpoint("Grafana", "https://source.example"), Request("HEAD", "https://source.example/"), Limits()
    )
    assert refusal(question, Reply(200, "", (("Content-Type", "text/html"),), b""), measure(b"")) is None


def test_a_status_that_is_none_is_refused() -> None:
    """An informational status as the final answer is not data."""
    assert "redirects" in refused(asked("Grafana"), 103).message
