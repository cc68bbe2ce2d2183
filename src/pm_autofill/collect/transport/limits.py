"""How long and how much: the limits of one request, and the deadline all requests of a run share."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost.

    Attributes:
        attempts: How often a request is sent at most, the first time included.
        connect_timeout: Seconds until the connection, TLS included, must stand.
        read_timeout: Seconds a server may stay silent.
        max_bytes: Decoded bytes accepted per answer, those of samples included.
        max_text: Decoded bytes accepted per answer beside its samples, which are taken out as they come.
        max_depth: Levels of JSON nesting accepted.
        max_memory: Bytes an answer may take once it is parsed, as estimated from its punctuation.
        backoff_initial: Seconds the first pause before a retry lasts at most; doubled for each further one.
        backoff_cap: Seconds any such pause lasts at most.
        failures_before_skip: Consecutive failed requests after which a source is no longer asked.
        concurrency: Requests under way to one source at the same time.
    """

    attempts: int = 4
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    max_bytes: int = 8 * 2**20
    max_text: int = 8 * 2**20
    max_depth: int = 100
    max_memory: int = 20 * 2**20
    backoff_initial: float = 0.25
    backoff_cap: float = 5.0
    failures_before_skip: int = 5
    concurrency: int = 8


def usual_limits(source: str) -> Limits:
    """What fits the answers of a source: a time series may be long, anything else is not."""
    if source == "Prometheus":
        # Two million samples of 27 bytes; the rules of a large estate; and a round asks some ten questions per SLO,
        # of which Prometheus itself runs 20 at once.
        return Limits(max_bytes=64 * 2**20, max_text=16 * 2**20, max_memory=32 * 2**20, concurrency=32)
    return Limits(concurrency=10) if source == "PagerDuty" else Limits()  # what is asked about an incident at once


class Deadline:
    """An instant on a monotonic clock by which everything must have ended."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start counting.

        Args:
            seconds: How long from now.
            clock: Seconds on a monotonic clock.
        """
        self._clock = clock
        self._start = clock()
        self._end = self._start + seconds
        self._limit = self._end

    def remaining(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, min(self._end, self._limit) - self._clock())

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Let it come so many seconds from now while the block runs: for everything that shares it."""
        self._limit = min(self._end, self._clock() + seconds)
        try:
            yield
        finally:
            self._limit = self._end

    def elapsed(self) -> float:
        """Seconds since it was set."""
        return self._clock() - self._start

    @property
    def expired(self) -> bool:
        """Whether nothing is left."""
        return self.remaining() <= 0

    def within(self, seconds: float) -> Deadline:
        """A deadline so many seconds from now, or this one if it comes first."""
        return Deadline(min(seconds, self.remaining()), self._clock)
