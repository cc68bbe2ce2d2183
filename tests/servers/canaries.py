"""The recorded incident, told by servers that leak: they echo what signed in, and people's secrets are in it."""

from __future__ import annotations

import base64
import html
import json
import re
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pm_autofill.cli.recording import question_of, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from pm_autofill.cli.recording import Index, Recording

SYSTEMS = ("pagerduty", "prometheus", "grafana")
# What people wrote: each holds a word that stands nowhere else, and must not come through.
WRITTEN = (
    "ghp_CANARYWORD1abcdefgh0123456789",
    "AKIACANARYWORD2ABCDE",
    "xoxb-123456789012-CANARYWORD3",
    "u+CANARYWORD4abcdefg",
    "https://hooks.slack.com/services/T0/B0/CANARYWORD5",
    "password=CANARYWORD6",
    "routing key 0123456789abcdef0123456789abcde7",
    "eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUllXT1JEOCI6MX0.CANARYWORD8",
    "https://meet.example/j/998877?pwd=CANARYWORD9",
    "https://ann:CANARYWORD10@db.example/x",
    "-----BEGIN PRIVATE KEY-----\\nMIIECANARYWORD11abcdefghijkl\\n-----END PRIVATE KEY-----",
    "gh\u200bp_CANARY\u00adWORD12abcdefgh0123456789",
    "Bridge: +1 415-555-1212,,,,4711121#",
    "call 07700 900123",
)
NEEDLES = (
    *(f"canaryword{number}" for number in (*range(1, 7), *range(8, 13))),
    "0123456789abcdef0123456789abcde7",
    "555-1212",
    "4711121#",
    "900123",
)


def forms_of(secret: str) -> tuple[str, ...]:
    """Ways in which a server may give a secret back."""
    raw = secret.encode()
    escaped = quote(secret, safe="")
    return (
        secret,
        secret.lower(),
        "".join(f"%{byte:02x}" for byte in raw),
        quote(escaped, safe=""),
        "".join(f"\\u{ord(one):04x}" for one in secret),
        "".join(f"&#{ord(one)};" for one in secret),
        "\u200b".join(secret),
        "\u00ad".join(secret),
        f"{secret[:7]}\n  {secret[7:]}",
        raw.hex(),
        *(base64.b64encode(b"u" * number + b":" + raw).decode() for number in range(3)),
        base64.urlsafe_b64encode(b"??>" + raw).decode(),
        f"{secret[:-2]}…",
    )


@dataclass(frozen=True)
class Asked:
    """A request.

    Attributes:
        path: Percent-decoded, without the query.
        secrets: What signed in with it: words of its headers.
    """

    path: str
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a server says in place of its recorded answer.

    Attributes:
        status: The status.
        body: The body.
        content_type: Of the body.
        headers: Further headers.
        reason: The words behind the status.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""


def _told(asked: Asked) -> str:
    return " and ".join(form for secret in asked.secrets for form in forms_of(secret))


def _refusal(status: int) -> Callable[[Asked], Answer]:
    """A status with an error of each source's form, which echoes what signed in."""

    def answer(asked: Asked) -> Answer:
        said = f"refused {_told(asked)}"
        error: Any = {"message": said, "code": 2006, "errors": [said]} if "/incidents" in asked.path else said
        body = {"error": error, "message": said, "errorType": "unauthorized", "status": "error"}
        return Answer(status, json.dumps(body).encode(), reason=f"No {asked.secrets[-1] if asked.secrets else ''}")

    return answer


FAULTS: Mapping[str, Callable[[Asked], Answer]] = {
    **{str(status): _refusal(status) for status in (400, 401, 403, 404, 422, 429, 500, 503)},
    "text": lambda asked: Answer(500, f"Authorization: {_told(asked)}".encode(), "text/plain"),
    "location": lambda asked: Answer(
        302,
        b"",
        "text/html",
        (("Location", f"https://login.example/{quote(_told(asked), safe='')}?t={asked.secrets[-1:]}"),),
    ),
    "broken JSON": lambda asked: Answer(200, f'{{"{_told(asked)}":'.encode()),
    "a list": lambda asked: Answer(200, json.dumps([_told(asked)]).encode()),
    "another shape": lambda asked: Answer(200, json.dumps({"data": _told(asked), "incident": _told(asked)}).encode()),
    "login page": lambda asked: Answer(200, f"<!doctype html><title>{_told(asked)}</title>".encode(), "text/html"),
    "headers": lambda asked: Answer(500, b"{}", headers=(("X-Echo", quote(_told(asked))), ("Retry-After", "0"))),
}


class LeakingServer:
    """One system of the recorded incident, with people's secrets in it, and a fault."""

    def __init__(
        self,
        system: str,
        index: Index,
        folder: Traversable,
        fault: Callable[[Asked], Answer] | None,
        *,
        spared: str = "",
    ) -> None:
        """Open nothing yet.

        Args:
            system: One of ``SYSTEMS``.
            index: What was recorded.
            folder: Where the bodies are.
            fault: What it says in place of its answers; None for its answers.
            spared: A regular expression for the paths that are answered all the same.
        """
        self.url = ""
        self.seen: set[str] = set()
        self.received = 0
        self._recorded = getattr(index, system)
        self._folder = folder
        self._fault = fault
        self._spared = re.compile(spared or r"(?!)")
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, posted: bytes) -> Answer:
        """The answer to a request, after noting what signed in with it."""
        self.received += 1
        secrets = tuple(_words(handler.headers.items()))
        self.seen.update(secrets)
        target = urlsplit(handler.path)
        path = unquote(target.path)
        if self._fault is not None and not self._spared.fullmatch(path):
            return self._fault(Asked(path, secrets))
        query = parse_qsl(target.query, keep_blank_values=True)
        asked = read_request(handler.command, path, query, handler.headers.get("Content-Type", ""), posted)
        found = _find(asked, self._recorded)
        if found is None:
            return Answer(404, b'{"error": {"message": "Not Found"}, "message": "Not found"}')
        body = self._folder.joinpath(*found.body.split("/")).read_bytes()
        if found.content_type.startswith("application/json"):
            body = json.dumps(
                planted(json.loads(body), " ".join((*WRITTEN, *(f for s in secrets for f in forms_of(s)))))
            ).encode()
        return Answer(found.status, body, found.content_type)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                self._reply()

            def do_POST(self) -> None:
                self._reply()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
                """Print nothing."""

            def _reply(self) -> None:
                posted = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = server.answer(self, posted)
                self.send_response(answer.status, answer.reason or None)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
                self.wfile.flush()

        return Handler


def _find(asked: Recording, recorded: Sequence[Recording]) -> Recording | None:
    """The recording that answers a request, whatever the time it asks for: ``--as-of`` leaves out what came later."""
    question = question_of(asked)
    near = [
        (distance, number)
        for number, one in enumerate(recorded)
        if (distance := question.distance(question_of(one))) is not None
    ]
    return recorded[min(near)[1]] if near else None


# What people write, by the key it stands under in any source's JSON; options of a dashboard's variables are asked with.
_PROSE = frozenset({"title", "summary", "description", "content", "message", "text", "note"})
_ASKED_WITH = frozenset({"templating"})


def planted(value: Any, words: str, key: str = "") -> Any:  # noqa: ANN401 - JSON
    """A body with words added wherever people write; numbers, ids, queries and names are as they were."""
    if isinstance(value, dict):
        changed = {name: one if name in _ASKED_WITH else planted(one, words, name) for name, one in value.items()}
        if key in {"labels", "metric"} and "__name__" not in changed and "alertname" in changed:
            changed["owner"] = WRITTEN[0]
        return changed
    if isinstance(value, list):
        return [planted(one, words, key) for one in value]
    return f"{value} {words}" if isinstance(value, str) and key in _PROSE and value else value


def _words(headers: Any) -> Iterator[str]:  # noqa: ANN401 - pairs
    """The secrets that signed in, and what a Basic one holds."""
    for name, value in headers:
        if name.lower() in {"authorization", "x-canary"}:
            word = value.split()[-1].removeprefix("token=")
            yield word
            if value.startswith("Basic "):
                yield base64.b64decode(word).decode().partition(":")[2]


# ---------------------------------------------------------------- looking for them


def hits(data: bytes, needles: Iterator[str] | tuple[str, ...]) -> list[str]:
    """Needles that are in some bytes in any form; independent of how the program looks for them."""
    text = data.decode("utf-8", "replace")
    readings = [text]
    for _ in range(3):
        readings.append(_undone(readings[-1]))
    plain = ["".join(_shown(reading).split()).lower() for reading in readings]
    found = []
    for needle in needles:
        raw = needle.encode()
        cores = [base64.b64encode(b"\0" * offset + raw).decode()[(0, 2, 3)[offset] : -4] for offset in range(3)]
        packed = ["".join(reading.split()).replace("-", "+").replace("_", "/") for reading in readings]
        if any(needle.lower() in one or raw.hex() in one for one in plain) or any(
            core in one for core in cores for one in packed if len(core) > 6
        ):
            found.append(needle)
    return found


def files_of(place: Path) -> dict[str, bytes]:
    """Every file below a folder; of pictures what their chunks say, inflated."""
    found = {}
    for path in place.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            found[str(path.relative_to(place))] = _words_of_picture(data) if data.startswith(b"\x89PNG") else data
    return found


def _words_of_picture(data: bytes) -> bytes:
    """All of a PNG that is no pixels, what is compressed inflated."""
    said, position = [], 8
    while position + 12 <= len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        if kind != b"IDAT":
            said.append(kind + body)
            for start in range(min(len(body), 100)):
                try:
                    said.append(zlib.decompress(body[start:]))
                except zlib.error:
                    continue
        position += 12 + length
    return b"\n".join(said) + data[position:]


def _undone(text: str) -> str:
    """One layer of escapes less."""
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\+([^\w\s])", r"\1", text).replace("\\n", " ")
    return html.unescape(unquote(text))


def _shown(text: str) -> str:
    """What can be seen of a text."""
    return "".join(one for one in text if unicodedata.category(one) not in {"Cf", "Mn", "Me", "Cc"} or one in "\n\t ")
