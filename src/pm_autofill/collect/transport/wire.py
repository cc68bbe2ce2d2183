"""HTTP/1.1 to one endpoint over the standard library, every wait on a socket bounded by the deadline."""

from __future__ import annotations

import http.client
import ssl
import threading
import weakref
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pm_autofill import __version__
from pm_autofill.collect.transport.body import take_beginning, take_in
from pm_autofill.collect.transport.dialling import dial, trust
from pm_autofill.collect.transport.exchange import Reply
from pm_autofill.collect.transport.failure import Cause, WireFailure, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.collect.transport.endpoint import Endpoint
    from pm_autofill.collect.transport.exchange import Request
    from pm_autofill.collect.transport.limits import Deadline, Limits
    from pm_autofill.collect.transport.shares import Reading

_CHUNK = 64 * 2**10
# More of a refusal than anybody reads.
_LONGEST_REFUSAL = 64 * 2**10
_USER_AGENT = f"pm-autofill/{__version__}"
# Ours to say: what concerns the connection and the encoding we undo; and no API here needs cookies.
_OURS = frozenset(
    {"accept-encoding", "connection", "content-length", "cookie", "host", "transfer-encoding", "user-agent"}
)
_UNDONE = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "set-cookie", "transfer-encoding"}
)


class Wire:
    """Connections to one endpoint, kept alive between requests and shared by threads."""

    def __init__(self, endpoint: Endpoint, limits: Limits, deadline: Deadline) -> None:
        """Open nothing yet."""
        self._endpoint = endpoint
        self._limits = limits
        self._deadline = deadline
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._trust: ssl.SSLContext | None = None
        weakref.finalize(self, _close_all, self._idle)

    def exchange(self, request: Request, reading: Reading, *, repeatable: bool) -> Reply:
        """Send a request and read the whole answer.

        A kept connection that the server closed meanwhile is replaced by a fresh one at once: that is no retry.

        Args:
            request: What is sent.
            reading: What the answer takes of its source's share.
            repeatable: Whether it may be sent again when a kept connection turns out to be closed.

        Returns:
            The answer with its decoded body, whatever its status.

        Raises:
            WireFailure: No complete answer came back within the limits.
            UsageError: The configured ca_file cannot be read.
        """
        try:
            kept = self._take_idle() if repeatable else None
            reply = self._ask_kept(kept, request, reading) if kept is not None else None
            return reply or self._ask(self._open(), request, reading)
        except (OSError, http.client.HTTPException) as error:
            failure = _explain(error, expired=self._deadline.expired)
        raise failure

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            _close_all(self._idle)

    def _take_idle(self) -> http.client.HTTPConnection | None:
        """The connection used last, if one is idle."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _open(self) -> http.client.HTTPConnection:
        """A fresh connection."""
        with self._lock:
            if self._trust is None:
                self._trust = trust(self._endpoint)
        connection = http.client.HTTPConnection(self._endpoint.host, self._endpoint.port)
        connection.auto_open = 0
        connection.sock = dial(self._endpoint, self._limits, self._deadline, self._trust)
        return connection

    def _ask_kept(self, connection: http.client.HTTPConnection, request: Request, reading: Reading) -> Reply | None:
        """Ask over a kept connection; None when the server had closed it."""
        try:
            return self._ask(connection, request, reading)
        except (ConnectionError, http.client.BadStatusLine, ssl.SSLEOFError):
            return None

    def _ask(self, connection: http.client.HTTPConnection, request: Request, reading: Reading) -> Reply:
        """Send, read, and keep the connection where it can serve again."""
        reusable = False
        reading.begin()
        try:
            self._send(connection, request)
            response = connection.getresponse()
            reply, complete = self._read(response, reading)
            reusable = complete and not response.will_close
        finally:
            with self._lock:
                reusable = reusable and len(self._idle) < self._limits.concurrency
                if reusable:
                    self._idle.append(connection)
            if not reusable:
                connection.close()
        return reply

    def _send(self, connection: http.client.HTTPConnection, request: Request) -> None:
        """Write the request; the client's headers but for those that are ours to say."""
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", self._endpoint.netloc)
        connection.putheader("User-Agent", _USER_AGENT)
        # Compressing costs the server more than sending does where there is no network between.
        connection.putheader("Accept-Encoding", "identity" if self._endpoint.is_loopback else "gzip")
        for name, value in request.headers:
            if name.lower() not in _OURS:
                connection.putheader(name, value)
        if request.body or request.method not in {"GET", "HEAD"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)

    def _read(self, response: http.client.HTTPResponse, reading: Reading) -> tuple[Reply, bool]:
        """The answer, decoded; and whether all of it was read."""
        encoding = response.getheader("Content-Encoding", "")
        with response:
            if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                body = take_beginning(self._pieces(response), encoding, _LONGEST_REFUSAL)
            else:
                self._refuse_boasts(response)
                body = take_in(self._pieces(response), encoding, self._limits, reading)
        headers = tuple((name, value) for name, value in response.getheaders() if name.lower() not in _UNDONE)
        return Reply(response.status, response.reason, headers, body.text, body.sha256, body.size), not body.cut

    def _refuse_boasts(self, response: http.client.HTTPResponse) -> None:
        """Refuse an answer that announces more than is taken; compressed, it is longer still."""
        if response.length is not None and response.length > self._limits.max_bytes:
            raise too_large(self._limits.max_bytes)

    def _pieces(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        """The body as it comes in, one receive at a time."""
        received = 0
        expected = response.length
        while piece := response.read1(_CHUNK):
            received += len(piece)
            if received > self._limits.max_bytes:
                raise too_large(self._limits.max_bytes)
            yield piece
        if expected is not None and received < expected:
            raise WireFailure(Cause.BROKEN, f"{received} of {expected} bytes had come")


def _close_all(connections: list[http.client.HTTPConnection]) -> None:
    """Close connections and forget them."""
    while connections:
        connections.pop().close()


def _explain(error: OSError | http.client.HTTPException, *, expired: bool) -> WireFailure:
    """Name what broke an exchange on a standing connection."""
    if isinstance(error, TimeoutError):
        return WireFailure(Cause.DEADLINE if expired else Cause.SILENT)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return WireFailure(Cause.TLS, error.reason or "")
    if isinstance(error, http.client.HTTPException) and not isinstance(error, OSError | http.client.IncompleteRead):
        return WireFailure(Cause.BROKEN, "what came is not HTTP")
    return WireFailure(Cause.BROKEN)
