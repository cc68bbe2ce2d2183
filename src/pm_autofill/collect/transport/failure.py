"""The ways in which a request can end without a usable answer."""

from __future__ import annotations

from enum import Enum


class Cause(Enum):
    """Why there is no usable answer."""

    UNKNOWN_HOST = "the host name is not known"
    RESOLVER = "the name server did not answer"
    REFUSED = "the connection was refused"
    UNREACHABLE = "the host could not be reached"
    CERTIFICATE = "its TLS certificate could not be verified"
    TLS = "it does not speak TLS as we do"
    CONNECT_TIMEOUT = "no connection came about in time"
    SILENT = "it stopped answering"
    BROKEN = "the connection broke before the answer was complete"
    UNUSABLE = "the answer cannot be used"
    USED_UP = "it has sent as much as a run takes in of it"
    DEADLINE = "the run's deadline came first"
    TOO_LATE = "the run's deadline came before it was asked"


class WireFailure(Exception):
    """No usable answer came back; never leaves the transport.

    Attributes:
        cause: Which of the known ways it was.
        detail: What the operating system or the library said; never holds headers.
    """

    def __init__(self, cause: Cause, detail: str = "") -> None:
        """Keep the cause apart from the words."""
        super().__init__(detail or cause.value)
        self.cause = cause
        self.detail = detail


def used_up(most: int) -> WireFailure:
    """The failure of an answer for which nothing is left of its source's share, in bytes of memory."""
    return WireFailure(Cause.USED_UP, f"{most // 2**20} MiB")


def too_large(max_bytes: int) -> WireFailure:
    """The failure of an answer beyond the cap, in decoded bytes."""
    return WireFailure(Cause.UNUSABLE, f"the answer is longer than {max_bytes} bytes")
