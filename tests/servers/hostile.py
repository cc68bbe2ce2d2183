"""The recorded demo incident, with answers of one source or of all of them replaced by hostile ones."""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pm_autofill.cli import demo, recording
from pm_autofill.collect.transport.limits import usual_limits
from pm_autofill.json_shape import measure

if TYPE_CHECKING:
    from pm_autofill.cli.replay import ReplayServer

SYSTEMS = ("pagerduty", "prometheus", "grafana")
# Just under what one answer of each may be long.
NEAR = {"pagerduty": 15 * 2**19, "prometheus": 63 * 2**20, "grafana": 15 * 2**19}
_NUMBER = "@@@@@@"
_PIECE = b" " * 2**18


@dataclass(frozen=True, slots=True)
class Hostile:
    """An answer that no honest server gives.

    Attributes:
        pieces: The body, in pieces made as they are sent; endless where the server is to send for ever.
        encoding: Its Content-Encoding; empty for none.
    """

    pieces: Callable[[], Iterator[bytes]]
    encoding: str = ""


Kind = Callable[[str, bytes], Hostile]
"""Makes the answer of a system in place of its recorded body."""


def bomb(_system: str, _body: bytes) -> Hostile:
    """600 KiB of gzip that unpack to 600 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)  # stands on its own, so it can be repeated
    packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + block * 600
    return Hostile(lambda: iter((packed,)), "gzip")


def endless(_system: str, _body: bytes) -> Hostile:
    """2 GiB without a length."""
    return Hostile(lambda: (_PIECE for _ in range(8192)))


def long_text(system: str, body: bytes) -> Hostile:
    """The recorded answer with one member more: a text up to the cap, of which each character takes four bytes."""
    return _whole(_with_member(body, b'"' + b"x" * (NEAR[system] - len(body)) + '\U0001f525"'.encode()))


def many_values(system: str, body: bytes) -> Hostile:
    """The recorded answer with one member more: as many small objects as an answer may have."""
    count = 2_600_000 if system == "prometheus" else 160_000
    return _whole(_with_member(body, b"[" + b",".join([b'{"a":1}'] * count) + b"]"))


def deep(_system: str, _body: bytes) -> Hostile:
    """A million arrays within each other."""
    return _whole(b"[" * 1_000_000 + b"]" * 1_000_000)


def swollen(system: str, body: bytes) -> Hostile:
    """The recorded answer, its longest list with ever more members like those it has, up to the cap."""
    return _whole(_swollen(body, NEAR[system]))


def many_series(system: str, body: bytes) -> Hostile:
    """The recorded answer, with ever more members, each as short as can be."""
    return _whole(_swollen(body, NEAR[system] // 4, shortened=True))


def fitting(system: str, body: bytes) -> Hostile:
    """As ``swollen``, but no longer than what is parsed."""
    return _whole(_as_large_as_parsed(system, body))


def fitting_short(system: str, body: bytes) -> Hostile:
    """As ``many series``, but no longer than what is parsed."""
    return _whole(_as_large_as_parsed(system, body, shortened=True))


def many_samples(_system: str, body: bytes) -> Hostile:
    """Two and a half million samples of one series."""
    if b'"resultType"' not in body:
        return _whole(body)
    rows = ",".join(f'[{1795000000 + n / 100:.2f},"{n}"]' for n in range(2_500_000))
    text = f'{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{rows}]}}]}}}}'
    return _whole(text.encode())


def wordy(system: str, body: bytes) -> Hostile:
    """The recorded answer, every text in it that is no id and no time made as long as all together may be."""
    tree = json.loads(body)
    count = sum(1 for _ in _words(tree))
    length = NEAR[system] // 2 // max(1, count)
    return _whole(json.dumps(_with_words(tree, " word" * (length // 5)), separators=(",", ":")).encode())


KINDS: dict[str, Kind] = {
    "bomb": bomb,
    "endless": endless,
    "long text": long_text,
    "many values": many_values,
    "deep": deep,
    "swollen": swollen,
    "many series": many_series,
    "fitting": fitting,
    "fitting short": fitting_short,
    "many samples": many_samples,
    "wordy": wordy,
}


@contextmanager
def serving(kind: Kind | None, systems: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Serve the demo incident, all answers of some systems but the incident itself made hostile.

    Args:
        kind: Makes the answers; None to serve what was recorded.
        systems: Whose answers.

    Yields:
        The base URL of each system.
    """
    folder = demo.recordings()
    index = recording.load(folder)
    with ExitStack() as stack:
        replayed = demo.replay(index, folder)
        urls = {}
        for system, replay in replayed.items():
            server = _Server(replay, system, kind if system in systems else None, index.incident)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            urls[system] = f"http://127.0.0.1:{server.server_address[1]}"
        yield urls


class _Server(ThreadingHTTPServer):
    """One system."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, replay: ReplayServer, system: str, kind: Kind | None, incident: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replay = replay
        self.system = system
        self._kind = kind
        self._incident = incident
        self._made: dict[bytes, Hostile] = {}
        self._lock = threading.Lock()

    def hostile(self, path: str, body: bytes) -> Hostile | None:
        """What is answered in place of a recorded body; None where that itself is."""
        if self._kind is None or path.endswith(f"/incidents/{self._incident}"):
            return None
        with self._lock:
            if body not in self._made:
                self._made[body] = self._kind(self.system, body)
            return self._made[body]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the standard library's
        """Say nothing: who hangs up on a hostile answer does right."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def date_time_string(self, timestamp: float | None = None) -> str:
        del timestamp
        return self.server.replay.date

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Print nothing."""

    def _answer(self) -> None:
        posted = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        query = parse_qsl(target.query, keep_blank_values=True)
        kind = self.headers.get("Content-Type", "")
        path = unquote(target.path)
        asked = recording.read_request(self.command, path, query, kind, posted)
        status, content_type, body = self.server.replay.answer(asked)
        hostile = self.server.hostile(path, body)
        self.send_response(200 if hostile else status)
        self.send_header("Content-Type", content_type)
        if hostile is None:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            return
        if hostile.encoding:
            self.send_header("Content-Encoding", hostile.encoding)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in hostile.pieces():
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


def _whole(body: bytes) -> Hostile:
    return Hostile(lambda: (body[start : start + 2**18] for start in range(0, len(body), 2**18)))


def _with_member(body: bytes, value: bytes) -> bytes:
    """An object with one member more, or a list with one."""
    text = body.rstrip()
    if text.startswith(b"{"):
        return text[:-1] + (b"," if json.loads(text) else b"") + b'"more":' + value + b"}"
    return text[:-1] + (b"," if json.loads(text) else b"") + value + b"]"


def _as_large_as_parsed(system: str, body: bytes, *, shortened: bool = False) -> bytes:
    """A swollen body that takes just what a parsed answer may take."""
    names = {"pagerduty": "PagerDuty", "prometheus": "Prometheus", "grafana": "Grafana"}
    limits = usual_limits(names[system])
    sample = _swollen(body, 2**20, shortened=shortened)
    size = min(limits.max_text, int(0.97 * limits.max_memory / max(measure(sample).memory, 1) * len(sample)))
    return _swollen(body, size - 1000, shortened=shortened)


def _swollen(body: bytes, size: int, *, shortened: bool = False) -> bytes:
    """A JSON text whose longest list was given more members of its kind."""
    try:
        tree = json.loads(body)
    except ValueError:
        return body
    lists = list(_lists(tree))
    if not lists:
        return body
    longest = max(lists, key=lambda one: len(json.dumps(one)))
    pattern = longest[0] if longest else {"metric": {}, "value": [1795007400, "1"]}
    if shortened and isinstance(pattern, dict) and "metric" in pattern:
        pattern = {"metric": {}, "value": [1795007400, "1"]}
    here = "\x00 here \x00"
    longest.append(here)
    before, after = json.dumps(tree, separators=(",", ":")).split(json.dumps(here))
    member = json.dumps(_numbered(pattern), separators=(",", ":"))
    count = max(0, size - len(before) - len(after)) // (len(member) + 1)
    members = ",".join([member] * count)
    if _NUMBER in member:
        numbers = iter(range(count))
        members = re.sub(_NUMBER, lambda _: f"{next(numbers):06}", members)
    return (before + members + after).encode()


def _is_word(value: object) -> bool:
    """Whether a text is one for people."""
    return isinstance(value, str) and (" " in value or value.isalpha()) and not value.isupper()


def _words(tree: Any) -> Iterator[str]:  # noqa: ANN401 - plain JSON
    if _is_word(tree):
        yield tree
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _words(one)


def _with_words(tree: Any, more: str) -> Any:  # noqa: ANN401 - plain JSON
    if isinstance(tree, dict):
        kept = {"type", "status", "resultType", "datasource", "state", "kind", "__name__"}
        return {key: value if key in kept else _with_words(value, more) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_words(one, more) for one in tree]
    return tree + more if _is_word(tree) else tree


def _lists(tree: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - plain JSON
    if isinstance(tree, list):
        yield tree
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _lists(one)


def _numbered(pattern: Any) -> Any:  # noqa: ANN401 - plain JSON
    """A copy that is told from others by its id or labels, where it has some."""
    if isinstance(pattern, dict) and "metric" in pattern:
        return {**pattern, "metric": {**pattern["metric"], "n": _NUMBER}}
    if isinstance(pattern, dict) and isinstance(pattern.get("id"), str):
        return {**pattern, "id": f"{pattern['id'][:-6]}{_NUMBER}"}
    return pattern
