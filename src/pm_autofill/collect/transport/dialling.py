"""Opening a connection within its time: name lookup, TCP, TLS, and sockets that know the deadline."""

from __future__ import annotations

import io
import ipaddress
import queue
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

from pm_autofill.collect.transport.failure import Cause, WireFailure
from pm_autofill.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from pm_autofill.collect.transport.endpoint import Endpoint
    from pm_autofill.collect.transport.limits import Deadline, Limits

_Address = tuple[socket.AddressFamily, Any]


class BoundedSocket:
    """A connected socket whose every send and receive ends by the deadline; what http.client needs of one."""

    def __init__(self, connected: socket.socket, deadline: Deadline, silence: float) -> None:
        """Take over a connected socket.

        Args:
            connected: The socket, TLS included.
            deadline: When everything must have ended.
            silence: Seconds one wait may last.
        """
        self._socket = connected
        self._deadline = deadline
        self._silence = silence

    def arm(self) -> None:
        """Bound the next wait.

        Raises:
            WireFailure: Nothing is left of the run's time.
        """
        remaining = self._deadline.remaining()
        if remaining <= 0:
            raise WireFailure(Cause.DEADLINE)
        self._socket.settimeout(min(self._silence, remaining))

    def sendall(self, data: bytes) -> None:
        """Send everything, or fail in time."""
        self.arm()
        self._socket.sendall(data)

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """A reader over the same connection; it keeps the connection open until it is closed itself."""
        return io.BufferedReader(_BoundedReader(self._socket.makefile("rb", buffering=0), self.arm), 64 * 2**10)

    def close(self) -> None:
        """Close it, once its readers are closed."""
        self._socket.close()


class _BoundedReader(io.RawIOBase):
    """Reads a socket, asking for leave before each wait."""

    def __init__(self, raw: socket.SocketIO, arm: Callable[[], None]) -> None:
        """Keep both."""
        super().__init__()
        self._raw = raw
        self._arm = arm

    def readable(self) -> bool:
        """It is a reader."""
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        """Wait for some bytes, in bounded time."""
        self._arm()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


def dial(endpoint: Endpoint, limits: Limits, deadline: Deadline, context: ssl.SSLContext | None) -> BoundedSocket:
    """Connect to an endpoint.

    Args:
        endpoint: Whom to call.
        limits: How long connecting may take, and how long a server may stay silent afterwards.
        deadline: When the whole run must have ended.
        context: What TLS trusts; None for plain http.

    Returns:
        The connection, ready for a request.

    Raises:
        WireFailure: No connection came about.
    """
    patience = deadline.within(limits.connect_timeout)
    connected = _connect(_resolve(endpoint.host, endpoint.port, patience), patience)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context is not None:
        connected = _start_tls(connected, endpoint.host, context, patience)
    return BoundedSocket(connected, deadline, limits.read_timeout)


def trust(endpoint: Endpoint) -> ssl.SSLContext | None:
    """What a TLS connection to an endpoint must prove; None for plain http.

    Raises:
        UsageError: The configured ca_file cannot be read.
    """
    if endpoint.scheme != "https":
        return None
    if endpoint.ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=endpoint.ca_file)
    except OSError as error:  # ssl.SSLError is one
        reason = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        message = f"{endpoint.source}'s ca_file {endpoint.ca_file} cannot be used: {reason}"
    raise UsageError(message, "Name a readable PEM file with the authority's certificate.")


def _resolve(host: str, port: int, patience: Deadline) -> list[_Address]:
    """The addresses of a host; a name server that never answers costs no more than the patience."""

    def look_up() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    answers: queue.SimpleQueue[list[Any] | OSError | UnicodeError] = queue.SimpleQueue()
    if _is_address(host):
        look_up()
    else:
        threading.Thread(target=look_up, daemon=True, name=f"look up {host}").start()
    try:
        answer = answers.get(timeout=patience.remaining())
    except queue.Empty:
        raise WireFailure(Cause.RESOLVER) from None
    if isinstance(answer, list):
        return [(family, address) for family, _, _, _, address in answer]
    temporary = isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN
    raise WireFailure(Cause.RESOLVER if temporary else Cause.UNKNOWN_HOST)


def _is_address(host: str) -> bool:
    """Whether no name server is needed."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _connect(addresses: list[_Address], patience: Deadline) -> socket.socket:
    """Connect to the first address that answers; each gets its share of the time."""
    failure = WireFailure(Cause.UNREACHABLE)
    for index, (family, address) in enumerate(addresses):
        candidate = socket.socket(family, socket.SOCK_STREAM)
        candidate.settimeout(max(0.001, patience.remaining() / (len(addresses) - index)))
        try:
            candidate.connect(address)
        except OSError as error:
            candidate.close()
            failure = _why_not(error)
        else:
            return candidate
    raise failure


def _why_not(error: OSError) -> WireFailure:
    """Name what stopped a TCP connection."""
    if isinstance(error, TimeoutError):
        return WireFailure(Cause.CONNECT_TIMEOUT)
    if isinstance(error, ConnectionRefusedError):
        return WireFailure(Cause.REFUSED)
    return WireFailure(Cause.UNREACHABLE, error.strerror or "")


def _start_tls(plain: socket.socket, host: str, context: ssl.SSLContext, patience: Deadline) -> ssl.SSLSocket:
    """Speak TLS over a connection, certificate and host name verified."""
    plain.settimeout(max(0.001, patience.remaining()))
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        failure = WireFailure(Cause.CERTIFICATE, error.verify_message)
    except TimeoutError:
        failure = WireFailure(Cause.CONNECT_TIMEOUT, "TLS did not get started")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError; ValueError: a host name TLS cannot carry
        failure = WireFailure(Cause.TLS, getattr(error, "reason", None) or "")
    plain.close()
    raise failure
