"""A loopback server that tells the lies real ones tell: one behaviour per answer, everything received kept."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LOGIN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form>password</form></body></html>"


@dataclass(frozen=True)
class Received:
    """One request as it arrived.

    Attributes:
        method: HTTP method.
        target: Path and query as sent.
        headers: By name in lower case.
        body: What was posted.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Caller:
    """The connection a behaviour answers on.

    Attributes:
        connection: The socket, TLS included.
        closing: Set when the server is closed; behaviours that wait, wait for it.
        keep_alive: Whether another request is read from the connection.
        target: Path and query of the request to answer.
    """

    connection: socket.socket
    closing: threading.Event
    keep_alive: bool = True
    target: str = ""


Behaviour = Callable[[Caller], None]


class FaultyServer:
    """Answers request n with behaviour n, and the last one from then on."""

    def __init__(self, *behaviours: Behaviour, certificate: Path | None = None, wants_one_too: bool = False) -> None:
        """Listen on a free port of the loopback address; with a certificate, over TLS, asking callers for it too."""
        self.received: list[Received] = []
        self._behaviours = chain(behaviours, repeat(behaviours[-1]))
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._connections: list[socket.socket] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls is not None and certificate is not None:
            self._tls.load_cert_chain(certificate)
            self._tls.load_verify_locations(certificate)
            if wants_one_too:
                self._tls.verify_mode = ssl.CERT_REQUIRED
                self._tls.maximum_version = ssl.TLSVersion.TLSv1_2  # refuses during the handshake, not some time after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        """Start answering."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and hang up on everyone."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        """Take callers in until the server is closed."""
        while not self._closing.is_set():
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        """Answer one caller, request by request."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(plain)
            stack.enter_context(contextlib.suppress(OSError))
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = stack.enter_context(self._tls.wrap_socket(plain, server_side=True)) if self._tls else plain
            with self._lock:
                self._connections.append(connection)
            reader = stack.enter_context(connection.makefile("rb"))
            caller = Caller(connection, self._closing)
            while caller.keep_alive and (request := _read_request(reader)) is not None:
                with self._lock:
                    self.received.append(request)
                    behaviour = next(self._behaviours)
                caller.target = request.target
                behaviour(caller)


def _read_request(reader: Iterator[bytes]) -> Received | None:
    """The next request on a connection; None when the caller hung up."""
    first = next(reader, b"").decode("latin-1").split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    for line in reader:
        name, _, value = line.decode("latin-1").partition(":")
        if not value:
            break
        headers[name.strip().lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))  # type: ignore[attr-defined]
    return Received(first[0], first[1], headers, body)


# ---------------------------------------------------------------- behaviours


def answer(body: bytes, status: int = 200, content_type: str = "application/json", **headers: str) -> Behaviour:
    """A well-formed answer; underscores in header names become dashes."""

    def behave(caller: Caller) -> None:
        caller.connection.sendall(_head(status, {"Content-Type": content_type, **headers}, len(body)) + body)

    return behave


def login_page(status: int = 200) -> Behaviour:
    """A page for people, where data was expected."""
    return answer(LOGIN_PAGE, status, "text/html; charset=utf-8")


def redirect(target: str, status: int = 302) -> Behaviour:
    """A pointer somewhere else."""
    return answer(b"", status, "text/html", Location=target)


def hang() -> Behaviour:
    """Nothing at all, for as long as the server lives."""

    def behave(caller: Caller) -> None:
        caller.closing.wait()
        caller.keep_alive = False

    return behave


def drip(body: bytes = b" ", seconds: float = 0.02) -> Behaviour:
    """A body that never ends, one byte at a time."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        caller.connection.sendall(_head(200, {"Content-Type": "application/json"}, 2**20))
        while not caller.closing.wait(seconds):
            caller.connection.sendall(body)

    return behave


def drip_headers(seconds: float = 0.02) -> Behaviour:
    """Headers that never end."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        caller.connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not caller.closing.wait(seconds):
            caller.connection.sendall(b"x")

    return behave


def reset() -> Behaviour:
    """The connection torn down in the middle of the body."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        caller.connection.sendall(_head(200, {"Content-Type": "application/json"}, 1000) + b'{"half":')
        # A linger time of zero makes close send a reset instead of a farewell.
        caller.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def hang_up() -> Behaviour:
    """The connection closed politely, without an answer."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False

    return behave


def boast(length: int) -> Behaviour:
    """A promise of more than anyone should take."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        caller.connection.sendall(_head(200, {"Content-Type": "application/json"}, length) + b"{")

    return behave


def garbled_tls() -> Behaviour:
    """Something that is not TLS, in the middle of it."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        with socket.socket(fileno=os.dup(caller.connection.fileno())) as underneath:
            underneath.sendall(b"this is not a TLS record, nor will it be one")
        caller.closing.wait()

    return behave


def truncated(body: bytes) -> Behaviour:
    """Half of the promised body, then the end."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        head = _head(200, {"Content-Type": "application/json"}, len(body))
        caller.connection.sendall(head + body[: len(body) // 2])

    return behave


def not_http() -> Behaviour:
    """Something that is not HTTP."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        caller.connection.sendall(b"220 mail.example ESMTP\r\n")

    return behave


def gzipped(body: bytes) -> Behaviour:
    """A compressed answer, as a server may send."""
    return answer(gzip.compress(body), Content_Encoding="gzip")


def gzip_bomb(mebibytes: int) -> Behaviour:
    """Blanks that take a thousandth of their size on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)  # stands on its own, so it can be repeated
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return answer(header + block * mebibytes, Content_Encoding="gzip")


def huge(mebibytes: int) -> Behaviour:
    """A long answer without its length, in chunks."""

    def behave(caller: Caller) -> None:
        caller.keep_alive = False
        caller.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(mebibytes):
            caller.connection.sendall(b"100000\r\n" + b" " * 2**20 + b"\r\n")
        caller.connection.sendall(b"0\r\n\r\n")

    return behave


def deep_json(levels: int) -> Behaviour:
    """Arrays within arrays."""
    return answer(b"[" * levels + b"]" * levels)


def _head(status: int, headers: dict[str, str], length: int) -> bytes:
    """Status line and headers."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


# ---------------------------------------------------------------- addresses and certificates


@contextlib.contextmanager
def nobody_listening() -> Iterator[str]:
    """An address whose port refuses every connection, and is nobody else's meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def make_certificate(path: Path, alternative_name: str = "IP:127.0.0.1") -> Path:
    """A throwaway self-signed certificate with its key in one PEM file; skips the test where openssl is missing."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate: apt-get install openssl")
    key = path.with_suffix(".key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=pm-autofill test", "-addext", f"subjectAltName={alternative_name}"]
    subprocess.run([*command, "-keyout", key, "-out", path], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path
