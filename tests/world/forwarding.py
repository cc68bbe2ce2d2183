"""Hand requests on to a real engine, and a server that does only that: with a token, a delay, faults and a log."""

from __future__ import annotations

import urllib.error
import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .loopback import Fault, LoopbackServer, Reply, Request, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKEN = "prometheus-world-0123456789"
FORM = "application/x-www-form-urlencoded"


def forward(request: Request, engine: str, path: str) -> Reply:
    """Ask an engine what a request asks.

    Args:
        request: Its method, query and body are handed on.
        engine: Base URL of the engine.
        path: The path to ask for, beginning with a slash.

    Returns:
        The engine's answer; 502 where it gives none.
    """
    url = f"{engine}{path}" + (f"?{urlencode(request.query)}" if request.query else "")
    headers = {"Content-Type": request.headers.get("content-type", FORM)}
    onward = urllib.request.Request(url, data=request.body or None, headers=headers, method=request.method)
    try:
        with urllib.request.urlopen(onward, timeout=60) as answer:
            return Reply(answer.status, answer.read(), answer.headers["Content-Type"])
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.read(), error.headers["Content-Type"])
    except OSError as error:
        return as_json({"status": "error", "errorType": "bad_gateway", "error": str(error)}, 502)


class EngineServer(LoopbackServer):
    """A real engine behind a door: slow, guarded or broken as a test wants it, every exchange kept.

    Takes ``Bearer <token>``, or basic authentication with ``reader`` and the token; everything with an empty token.
    """

    def __init__(
        self, engine_url: str, *, token: str = TOKEN, delay: float = 0.0, faults: Sequence[Fault] = ()
    ) -> None:
        """Take the engine to ask.

        Args:
            engine_url: Its base URL.
            token: What opens the door; empty for none.
            delay: Seconds before each answer.
            faults: What shall go wrong.
        """
        super().__init__(token=token, delay=delay, faults=list(faults))
        self.engine_url = engine_url

    def answer(self, request: Request) -> Reply:
        """The engine's answer, or 401."""
        basic = b64encode(f"reader:{self.token}".encode()).decode()
        accepted = {f"Bearer {self.token}", f"Basic {basic}"}
        if self.token and request.headers.get("authorization") not in accepted:
            return Reply(401, b"Unauthorized\n", "text/plain; charset=utf-8", (("WWW-Authenticate", "Bearer"),))
        return forward(request, self.engine_url, request.path)
