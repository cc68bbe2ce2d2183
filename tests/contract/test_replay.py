"""The loopback servers that replay recorded answers."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pm_autofill.cli.recording import Recording
from pm_autofill.cli.replay import ReplayServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
NOTES = Recording(
    method="GET",
    path="/incidents/Q1/notes",
    parameters=(("limit", "25"),),
    content_type="application/json",
    body="pagerduty/01-notes.json",
)
REFUSED = Recording(
    method="GET", path="/incidents/Q1/past_incidents", status=402, content_type="text/plain", body="pagerduty/02-past"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReplayServer]:
    """A PagerDuty that knows two answers."""
    (tmp_path / "pagerduty").mkdir()
    (tmp_path / NOTES.body).write_bytes(b'{"notes": []}\n')
    (tmp_path / REFUSED.body).write_bytes(b"no")
    with ReplayServer("pagerduty", [NOTES, REFUSED], tmp_path, NOW) as running:
        yield running


@pytest.fixture
def connection(server: ReplayServer) -> Iterator[http.client.HTTPConnection]:
    """One connection to it, kept open."""
    parts = urlsplit(server.url)
    kept = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    yield kept
    kept.close()


def _get(connection: http.client.HTTPConnection, target: str) -> tuple[int, str, bytes]:
    """Status, content type and body."""
    connection.request("GET", target)
    response = connection.getresponse()
    return response.status, response.headers["Content-Type"], response.read()


def test_a_recorded_answer_comes_as_it_was(server: ReplayServer, connection: http.client.HTTPConnection) -> None:
    """Status, content type and bytes are the recorded ones, over one connection, and the server notes what it gave."""
    assert _get(connection, "/incidents/Q1/notes?limit=25") == (200, "application/json", b'{"notes": []}\n')
    before = connection.sock
    assert _get(connection, "/incidents/Q1/past_incidents") == (402, "text/plain", b"no")
    assert connection.sock is before
    assert server.used == {"pagerduty/01-notes.json", "pagerduty/02-past"}
    assert server.unmatched == []


def test_what_was_not_recorded_is_not_found(server: ReplayServer, connection: http.client.HTTPConnection) -> None:
    """The answer is the vendor's own 404, and the server notes what was asked."""
    status, _, body = _get(connection, "/incidents/Q1/notes?limit=100")
    assert (status, json.loads(body)) == (404, {"error": {"message": "Not Found", "code": 2100}})
    assert [(asked.path, asked.parameters) for asked in server.unmatched] == [
        ("/incidents/Q1/notes", (("limit", "100"),))
    ]


def test_the_clock_stands_at_the_recording(connection: http.client.HTTPConnection) -> None:
    """The server's date is the one it was given, so that nothing looks as if clocks disagreed."""
    connection.request("GET", "/incidents/Q1/notes?limit=25")
    response = connection.getresponse()
    response.read()
    assert response.headers["Date"] == "Wed, 18 Nov 2026 15:30:00 GMT"
