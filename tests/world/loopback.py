"""What the loopback servers share: start and stop, a log of exchanges, a delay, and faults on demand."""

from __future__ import annotations

import json
import re
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    Attributes:
        method: Such as GET.
        path: Percent-decoded, without the query.
        query: Names and values in order.
        headers: By lower-case name.
        body: The bytes sent.
        raw_path: As it was sent.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    raw_path: str = ""

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter."""
        return [value for key, value in self.query if key == name]

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter, else the default."""
        return next(iter(self.all(name)), default)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: The HTTP status.
        body: Its bytes.
        content_type: Its Content-Type.
        headers: Further headers.
        missing: How many bytes more than its body has are promised; the connection breaks instead of their coming.
    """

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the answer it got."""

    request: Request
    reply: Reply


@dataclass(slots=True)
class Fault:
    """Something to go wrong instead of the usual answer.

    Attributes:
        path: Pattern that the whole path has to match.
        reply: What to answer instead; None closes the connection without an answer.
        times: For how many requests; None for ever.
        delay: Seconds to wait before, beside the server's own delay.
    """

    path: str
    reply: Reply | None
    times: int | None = None
    delay: float = 0.0

    def strikes(self, request: Request) -> bool:
        """Whether it meets this request; counts down if it does."""
        if self.times == 0 or not re.fullmatch(self.path, request.path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def as_json(body: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """An answer that carries a JSON body."""
    return Reply(status, json.dumps(body, separators=(",", ":")).encode(), JSON_TYPE, tuple(headers))


def as_html(text: str, status: int = 200) -> Reply:
    """An answer that carries a web page, as a login form or a proxy in between gives."""
    return Reply(status, text.encode(), "text/html; charset=utf-8")


@dataclass
class LoopbackServer(ABC):
    """A server on a free loopback port, up while the ``with`` block lasts.

    Attributes:
        token: What requests have to present; any other is refused.
        delay: Seconds to wait before each answer; may be changed while it runs.
        faults: What shall go wrong, first match first; may be changed while it runs.
        date: What its clock shows, as HTTP writes it; empty for the real time.
        exchanges: Every request so far with its answer.
    """

    token: str = "t-world-0123456789"
    delay: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    date: str = ""
    exchanges: list[Exchange] = field(default_factory=list, init=False)
    url: str = field(default="", init=False)

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """The usual answer to a request."""

    @property
    def requests(self) -> list[Request]:
        """Every request so far."""
        return [exchange.request for exchange in self.exchanges]

    def __enter__(self) -> Self:
        """Start serving; ``url`` is set from here on."""
        self._lock = threading.Lock()
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

    def reply_to(self, request: Request) -> Reply | None:
        """The answer a request gets, faults and delay included; None when the connection shall break."""
        time.sleep(self.delay)
        with self._lock:
            fault = next((fault for fault in self.faults if fault.strikes(request)), None)
        if fault is not None:
            time.sleep(fault.delay)
        reply = self.answer(request) if fault is None else fault.reply
        if reply is not None:
            with self._lock:
                self.exchanges.append(Exchange(request, reply))
        return reply


class _Server(ThreadingHTTPServer):
    """Takes many connections at once and leaves none behind."""

    daemon_threads = True
    request_queue_size = 128


def _handler_for(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    """The class through which the standard library's server asks ours."""

    class Handler(BaseHTTPRequestHandler):
        """Keeps connections open and sends head and body at once, so that no answer waits for an acknowledgement."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            """Answer a GET."""
            self._answer()

        def do_POST(self) -> None:
            """Answer a POST."""
            self._answer()

        def do_PATCH(self) -> None:
            """Answer a PATCH."""
            self._answer()

        def do_PUT(self) -> None:
            """Answer a PUT."""
            self._answer()

        def date_time_string(self, timestamp: float | None = None) -> str:
            """What the server's clock shows."""
            return server.date or super().date_time_string(timestamp)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Print nothing; the exchanges are kept."""

        def _answer(self) -> None:
            """Hand the request on and write the answer."""
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = tuple(parse_qsl(target.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, unquote(target.path), query, headers, body, target.path)
            reply = server.reply_to(request)
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in (("Content-Type", reply.content_type), *reply.headers):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.missing))
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()
            self.close_connection = self.close_connection or reply.missing > 0

    return Handler
