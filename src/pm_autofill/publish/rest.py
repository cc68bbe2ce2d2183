"""JSON over the bounded transport, for git hosts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pm_autofill.collect.transport.exchange import Request
from pm_autofill.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.collect.transport.policy import Policy


class Rest:
    """A host's REST API."""

    def __init__(self, policy: Policy, headers: Mapping[str, str]) -> None:
        """Contact nothing yet.

        Args:
            policy: How the host is asked; its endpoint is the API's base.
            headers: Sent with every request; they sign in.
        """
        self._policy = policy
        self._headers = {"Accept": "application/json", "Content-Type": "application/json", **headers}

    def ask(self, path: str, **query: str) -> list[dict[str, Any]]:
        """A list of objects.

        Args:
            path: Below the API's base, percent-encoded.
            query: Parameters.

        Raises:
            SourceError: The host said no, did not answer, or not with a list of objects.
        """
        found = self._send("GET", f"{path}?{urlencode(query)}", b"")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self._unusable(path)
        return found

    def change(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create or change something; sent once, whatever becomes of it.

        Args:
            method: POST, PATCH or PUT.
            path: Below the API's base, percent-encoded.
            body: What to send.

        Returns:
            What it is now.

        Raises:
            SourceError: The host said no, did not answer, or not with an object.
        """
        found = self._send(method, path, json.dumps(body).encode())
        if not isinstance(found, dict):
            raise self._unusable(path)
        return found

    def _send(self, method: str, path: str, body: bytes) -> object:
        url = f"{self._policy.endpoint.url}{path}"
        reply = self._policy.send(Request(method, url, tuple(self._headers.items()), body))
        try:
            found: object = json.loads(reply.body)
        except ValueError:
            raise self._unusable(path) from None
        return found

    def _unusable(self, path: str) -> SourceUnavailable:
        source = self._policy.endpoint.source
        message = f"{source} answered {path.partition('?')[0]} with something else than was asked for"
        return SourceUnavailable(source, message, f"Check that {source.lower()}.url leads to {source}.")


def text(value: object) -> str:
    """A text from an answer; empty where it is none."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """A whole number from an answer; 0, which no request has, where it is none."""
    return value if isinstance(value, int) else 0
