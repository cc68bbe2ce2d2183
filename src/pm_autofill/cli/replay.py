"""Loopback servers that give recorded answers, in the place of PagerDuty, Prometheus and Grafana."""

from __future__ import annotations

import json
import threading
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pm_autofill.cli.recording import find_nearest, read_request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from importlib.resources.abc import Traversable
    from types import TracebackType

    from pm_autofill.cli.recording import Recording

_MOST_POSTED = 2**20
# What each says of something it does not hold.
_NOT_FOUND: dict[str, object] = {
    "pagerduty": {"error": {"message": "Not Found", "code": 2100}},
    "prometheus": {"status": "error", "errorType": "not_found", "error": "nothing is recorded for this request"},
    "grafana": {"message": "Not found"},
}


class ReplayServer:
    """One system, played back on a free loopback port while the ``with`` block lasts.

    Attributes:
        url: Its base URL, once it is up.
        used: The recordings it gave so far, by the file of their body.
        unmatched: The requests nothing was recorded for.
    """

    def __init__(self, system: str, recordings: Sequence[Recording], folder: Traversable, now: datetime) -> None:
        """Open nothing yet.

        Args:
            system: "pagerduty", "prometheus" or "grafana".
            recordings: What it can answer.
            folder: Where the bodies are.
            now: What its clock shows.
        """
        self.url = ""
        self.used: set[str] = set()
        self.unmatched: list[Recording] = []
        self.date = format_datetime(now, usegmt=True)
        self._system = system
        self._recordings = tuple(recordings)
        self._folder = folder
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start serving."""
        self._http = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, asked: Recording) -> tuple[int, str, bytes]:
        """Status, content type and body for a request."""
        found = find_nearest(asked, self._recordings)
        with self._lock:
            if found is None:
                self.unmatched.append(asked)
                return 404, "application/json", json.dumps(_NOT_FOUND[self._system]).encode()
            self.used.add(found.body)
        return found.status, found.content_type, self._folder.joinpath(*found.body.split("/")).read_bytes()


class _Server(ThreadingHTTPServer):
    """Takes many connections at once and leaves none behind."""

    daemon_threads = True
    request_queue_size = 64


def _handler_for(server: ReplayServer) -> type[BaseHTTPRequestHandler]:
    """The class through which the standard library's server asks ours."""

    class Handler(BaseHTTPRequestHandler):
        """Keeps connections open and sends head and body at once, so that no answer waits for an acknowledgement."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def date_time_string(self, timestamp: float | None = None) -> str:
            del timestamp
            return server.date

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Print nothing."""

        def _answer(self) -> None:
            content_type = self.headers.get("Content-Type", "")
            try:
                posted = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST_POSTED))
                target = urlsplit(self.path)
                query = parse_qsl(target.query, keep_blank_values=True)
                asked = read_request(self.command, unquote(target.path), query, content_type, posted)
            except (ValueError, RecursionError):  # some other program on this machine asks
                self.send_error(HTTPStatus.BAD_REQUEST)
                return
            status, content_type, body = server.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    return Handler
