"""What is sent, what comes back, and what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

SHA256_HEADER = "X-Pm-Autofill-Sha256"
RETRIEVED_HEADER = "X-Pm-Autofill-Retrieved"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a client prepared it.

    Attributes:
        method: In capitals.
        url: Absolute, percent-encoded.
        headers: Name and value pairs; never shown, for they carry the token.
        body: What is posted.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as it came, decoded.

    Attributes:
        status: HTTP status.
        reason: The words beside it.
        headers: Name and value pairs, in order, without those that describe the encoding now undone.
        body: All of it, decompressed; what a sieve left of it where one was used, the beginning where it is an error.
        sha256: Digest of the whole decoded body, hexadecimal; empty for that of ``body``.
        size: Length of the whole decoded body in bytes; None for that of ``body``.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    sha256: str = ""
    size: int | None = None

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is kept of one answered request, for evidence and diagnosis.

    Attributes:
        method: HTTP method.
        url: As sent; the transport lets no credentials into URLs.
        status: HTTP status of the last attempt.
        retrieved_at: When its body was complete; aware UTC.
        sha256: Digest of the decoded body, hexadecimal.
        size: Length of the decoded body in bytes.
        seconds: From the first attempt to the end of the last, pauses included.
        attempts: How often it was sent.
        date_header: The server's own clock as it wrote it; empty where it gave none.
    """

    method: str
    url: str
    status: int
    retrieved_at: datetime
    sha256: str
    size: int
    seconds: float
    attempts: int
    date_header: str


def outgoing(method: str | None, url: str | None, headers: Iterable[tuple[object, object]], body: object) -> Request:
    """A request as a client's session prepared it.

    Args:
        method: HTTP method.
        url: Absolute URL.
        headers: Name and value pairs, as text or bytes.
        body: Bytes, text or None.

    Returns:
        The request.

    Raises:
        TypeError: The body is a stream, which no client here sends.
    """
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes | None):
        raise TypeError(f"a request body of type {type(body).__name__} cannot be sent twice")
    pairs = tuple((_text(name), _text(value)) for name, value in headers)
    return Request((method or "GET").upper(), url or "", pairs, body or b"")


def _text(part: object) -> str:
    """A header's name or value as text."""
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)
