"""Tokens are checked, and cut out of whatever is printed."""

from __future__ import annotations

import base64

import pytest

from pm_autofill.collect.transport.credentials import authorization, redact, validate_headers, validate_token
from pm_autofill.errors import UsageError


def test_blanks_around_a_token_are_stripped() -> None:
    """The line break at the end of a file is no part of the token."""
    assert validate_token("PagerDuty", "\tglsa_abc.def-1\r\n") == "glsa_abc.def-1"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (None, "no token"),
        ("", "no token"),
        ("a b", "a blank"),
        ("a\nb", "a line break"),
        ("ä", "outside ASCII"),
        ("a\x7f", "holds"),
    ],
)
def test_a_token_that_cannot_be_sent_is_refused(token: str | None, words: str) -> None:
    """What is missing or cannot stand in a header is refused with the key to look at."""
    with pytest.raises(UsageError, match=words) as caught:
        validate_token("Grafana", token)
    assert caught.value.hint


def test_credentials_become_one_header() -> None:
    """A token goes first, then user name and password, else nothing."""
    assert authorization("Prometheus", token="t0ken", basic=("a", "b")) == {"Authorization": "Bearer t0ken"}
    assert authorization("Prometheus", basic=("ann", "s3cret\n")) == {"Authorization": "Basic YW5uOnMzY3JldA=="}
    assert authorization("Prometheus") == {}


@pytest.mark.parametrize("username", ["", "a:b"])
def test_a_user_name_that_cannot_be_sent_is_refused(username: str) -> None:
    """A colon would move part of the name into the password."""
    with pytest.raises(UsageError, match="username is empty or holds a colon"):
        authorization("Prometheus", basic=(username, "password"))


@pytest.mark.parametrize("name", ["", "A B", "A:B", "A\n", "Ä"])
def test_a_header_name_that_is_none_is_refused(name: str) -> None:
    """Names that could break out of their line are refused."""
    with pytest.raises(UsageError, match="a character that no header has"):
        validate_headers("Prometheus", {name: "x"})


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (("Authorization", "Bearer tok-1234"), "got Bearer tok-1234 there"),
        (("Authorization", "Token token=tok-1234"), "key tok-1234 is unknown"),
        (("authorization", 'Token token="tok-1234"'), "key tok-1234 is unknown"),
        (("X-Api-Key", "tok-1234"), "(tok-1234)"),
        (("Authorization", "Basic " + base64.b64encode(b"ann:tok-1234").decode()), "password tok-1234"),
        (("Authorization", "Basic " + base64.b64encode(b"ann:tok-1234").decode()), "header YW5uOnRvay0xMjM0 tok-1234"),
    ],
)
def test_what_was_sent_as_a_secret_is_redacted(header: tuple[str, str], said: str) -> None:
    """The token, in whatever header and form it was sent, is cut out of what comes back."""
    clean = redact(said, [header, ("Accept", "application/json")])
    assert "tok-1234" not in clean
    assert "YW5u" not in clean
    assert "[secret]" in clean


def test_ordinary_words_are_left() -> None:
    """Headers that are no secret, and the name of the scheme, are not cut out."""
    headers = [("Authorization", "Bearer tok-1234"), ("X-Scope-OrgID", "team-a"), ("User-Agent", "python")]
    assert redact("Bearer token for team-a from python", headers) == "Bearer token for team-a from python"


def test_a_password_too_short_to_hide_is_left() -> None:
    """Cutting out every letter would leave nothing to read."""
    headers = [("Authorization", "Basic " + base64.b64encode(b"ann:a").decode())]
    assert redact("a bad password", headers) == "a bad password"
