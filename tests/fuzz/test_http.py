"""What comes over the wire: heads, chunks and compressed bodies of any server end in an answer or in one error."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from pm_autofill.collect.transport.body import is_markup, take_in
from pm_autofill.collect.transport.endpoint import Endpoint
from pm_autofill.collect.transport.exchange import Request
from pm_autofill.collect.transport.failure import WireFailure
from pm_autofill.collect.transport.limits import Deadline, Limits
from pm_autofill.collect.transport.shares import Reading, Share
from pm_autofill.collect.transport.wire import Wire
from pm_autofill.json_shape import measure
from tests.fuzz.strategies import SIZES, drive, spoiled

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 10_000
BODY = json.dumps({"data": [{"a": '\\"x', "b": [[], {}, [1, 2.5e3]]}] * 9}).encode()
_CHUNKED = b"".join(b"%x\r\n%s\r\n" % (len(BODY[i : i + 50]), BODY[i : i + 50]) for i in range(0, len(BODY), 50))
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s0\r\nTrailer: x\r\n\r\n" % _CHUNKED,
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(BODY),
    b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nConnection: close\r\n\r\n" + zlib.compress(b"0" * 10**6),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://[::1\r\nRetry-After: 9\r\n\r\n",
    b"HTTP/1.1 429 "
    + b"x" * 300
    + b"\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nX: "
    + b"y" * 9000
    + b"\r\n\r\n",
]
COMPRESSED = [gzip.compress(BODY), gzip.compress(BODY) * 3, zlib.compress(BODY), gzip.compress(b"0" * 10**6), b""]


@pytest.fixture
def port() -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers whatever it is asked with the bytes it was given, and hangs up."""
    answer = [b""]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer[0])
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], answer
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


@pytest.mark.parametrize("examples", SIZES)
def test_any_answer_is_read_or_one_failure(port: tuple[int, list[bytes]], examples: int) -> None:
    """Whatever a server writes, the exchange ends in a whole answer within the cap, or in a WireFailure."""
    number, answer = port
    url = f"http://127.0.0.1:{number}"

    def ask(written: bytes) -> None:
        answer[0] = written
        deadline = Deadline(20.0)
        wire = Wire(Endpoint("Prometheus", url), Limits(max_bytes=MOST), deadline)
        try:
            reply = wire.exchange(Request("GET", f"{url}/x"), Reading(Share(), deadline), repeatable=True)
        except WireFailure:
            return
        finally:
            wire.close()
        assert len(reply.body) <= MOST
        assert reply.header("Retry-After") is not None

    drive(examples, spoiled(ANSWERS), ask)


@pytest.mark.parametrize("examples", SIZES)
def test_any_encoding_is_undone_or_one_failure(examples: int) -> None:
    """Compressed bytes in any pieces come out whole and within the cap, or end in a WireFailure."""

    def undo(given: tuple[bytes, int, str]) -> None:
        raw, size, encoding = given
        pieces = [raw[i : i + size] for i in range(0, len(raw), size)]
        try:
            body = take_in(pieces, encoding, Limits(max_bytes=MOST), Reading(Share(), Deadline(20.0)))
        except WireFailure:
            return
        assert len(body.text) == body.size <= MOST

    encodings = st.sampled_from(["gzip", "deflate", "x-gzip", "", "identity", "br", "gzip, gzip"])
    drive(examples * 5, st.tuples(spoiled(COMPRESSED), st.integers(1, 5000), encodings), undo)


@pytest.mark.parametrize("examples", SIZES)
def test_any_body_is_measured(examples: int) -> None:
    """No body, JSON or not, makes measuring fail; what is JSON is no deeper than was measured."""

    def look(body: bytes) -> None:
        is_markup(body, "application/json")
        shape = measure(body)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return
        assert _depth(found) <= shape.depth

    drive(examples * 5, spoiled([BODY, b"[" * 300 + b"]" * 300, b'{"a":"\\\\","b":"]"}']), look)


def _depth(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)
