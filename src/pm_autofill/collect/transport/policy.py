"""One policy per source, under whichever client asks: guard, retry, skip after repeated failures, remember."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pm_autofill.collect.transport.credentials import validate_headers
from pm_autofill.collect.transport.endpoint import Endpoint, RequestRefused
from pm_autofill.collect.transport.exchange import RETRIEVED_HEADER, SHA256_HEADER, Exchange, Reply, Request
from pm_autofill.collect.transport.failure import Cause, WireFailure
from pm_autofill.collect.transport.limits import Deadline, Limits, usual_limits
from pm_autofill.collect.transport.refusals import Asked, refusal, unreached, used_up
from pm_autofill.collect.transport.retries import Pause, Try, decide, is_query_failure
from pm_autofill.collect.transport.shares import Reading, Share
from pm_autofill.collect.transport.wire import Wire
from pm_autofill.errors import SourceError, SourceUnavailable
from pm_autofill.instants import format_instant
from pm_autofill.json_shape import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pm_autofill.collect.transport.shares import Sieve

_OWN_HEADERS = {SHA256_HEADER.lower(), RETRIEVED_HEADER.lower()}

__all__ = ["Deadline", "Endpoint", "Exchange", "Limits", "Policy", "Reply", "Request", "RequestRefused", "usual_limits"]


def _utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Policy:
    """How one source is asked: every request of its client goes through here. Safe to share between threads.

    Attributes:
        endpoint: Where the source lives.
        limits: What one request may cost.
        deadline: When the whole run must have ended.
        share: What the source may send in the whole run.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        deadline: Deadline,
        *,
        share: Share | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Prepare; nothing is contacted.

        Args:
            endpoint: Where the source lives, and on which terms.
            limits: What one request may cost.
            deadline: When everything must have ended; shared by all sources of a run.
            share: What it may send in the whole run; None for one of its own.
            sleep: Waits so many seconds.
            chance: A random number in [0, 1), for the jitter.
            now: The wall clock, aware UTC.
        """
        self.endpoint = endpoint
        self.limits = limits
        self.deadline = deadline
        self.share = share or Share()
        self._sleep = sleep
        self._chance = chance
        self._now = now
        self._wire = Wire(endpoint, limits, deadline)
        self._turns = threading.BoundedSemaphore(limits.concurrency)
        self._lock = threading.Lock()
        self._failures_in_a_row = 0
        self._last_failure = ("", "")
        self._observed = threading.local()

    def send(self, request: Request) -> Reply:
        """Put a request to the source, as often as worth it, and hand back its answer.

        Args:
            request: What the client prepared.

        Returns:
            A complete 2xx answer; its headers also hold the digest of the body and the time it came
            (``SHA256_HEADER``, ``RETRIEVED_HEADER``).

        Raises:
            RequestRefused: It would leave the configured base, or could change something; nothing was sent.
            UsageError: A header cannot be sent, or the configured ca_file cannot be read.
            SourceRejected: The source said no; ``CredentialsRefused`` and ``NotFound`` where that is what it said.
            SourceUnavailable: No usable answer came, or the source is no longer asked.
        """
        self.endpoint.check(request.method, request.url)
        headers = validate_headers(self.endpoint.source, dict(request.headers))
        request = replace(request, headers=tuple(headers.items()))
        self._refuse_after_repeated_failures()
        reading = Reading(self.share, self.deadline, getattr(self._observed, "make_sieve", None))
        try:
            answer = self._answer(request, reading)
        except BaseException:
            reading.undo()
            raise
        if isinstance(answer, SourceError):
            reading.undo()
            raise answer
        self._hand_over(reading)
        return answer

    def _answer(self, request: Request, reading: Reading) -> Reply | SourceError:
        """The answer, remembered and counted; or the error it amounts to.

        An error is handed back, not raised: raised, it would hold on to this frame, and so to a body that is of no use.
        """
        started = self.deadline.elapsed()
        asked = Asked(self.endpoint, request, self.limits)
        last, note = self._ask_until_settled(request, reading)
        if isinstance(last.outcome, WireFailure):
            failure = unreached(asked, last.outcome, note)
            # What was never sent tells nothing of the source: time that one question took is not its failure at others.
            if last.outcome.cause is not Cause.TOO_LATE:
                self._count(failure)
            return failure
        reply = self._remember(request, last.outcome, attempts=last.number, started=started)
        shape = measure(reply.body)
        reading.memory = shape.memory
        error = refusal(asked, reply, shape, note)
        self._count(None if is_query_failure(reply) else error)
        return error or reply

    @contextmanager
    def receiving(self, make_sieve: Callable[[], Sieve] | None = None) -> Iterator[list[Reading]]:
        """Around asking for something and reading what comes: until its end the answers' texts count as under way.

        Args:
            make_sieve: Makes what takes out of an answer's text, as it comes, what is better kept otherwise.

        Yields:
            The answers that this thread's requests brought, as far as their share is concerned.
        """
        readings: list[Reading] = []
        self._observed.readings, self._observed.make_sieve = readings, make_sieve
        try:
            yield readings
        finally:
            self._observed.readings = self._observed.make_sieve = None
            for reading in readings:
                reading.close()

    def keep(self, size: int) -> None:
        """Keep so many bytes of what was received.

        Raises:
            SourceUnavailable: So much is not left of the source's share.
        """
        try:
            self.share.keep(size)
        except WireFailure as failure:
            raise used_up(self.endpoint, failure) from None

    @contextmanager
    def observing(self) -> Iterator[list[Exchange]]:
        """Collect what this thread's requests brought while the block runs; for clients that hand back bodies only."""
        outer = getattr(self._observed, "exchanges", None)
        exchanges: list[Exchange] = []
        self._observed.exchanges = exchanges
        try:
            yield exchanges
        finally:
            self._observed.exchanges = outer
            if outer is not None:
                outer.extend(exchanges)

    def close(self) -> None:
        """Close the idle connections."""
        self._wire.close()

    def _hand_over(self, reading: Reading) -> None:
        """Let whoever receives the answer say when it is let go of; without one, that is now."""
        readings = getattr(self._observed, "readings", None)
        if readings is None:
            reading.close()
        else:
            readings.append(reading)

    def _ask_until_settled(self, request: Request, reading: Reading) -> tuple[Try, str]:
        """The last attempt, and why there was no further one."""
        repeatable = self.endpoint.is_read(request.method, request.url)
        number = 0
        while True:
            number += 1
            tried = Try(number, self._ask_once(request, reading, repeatable=repeatable), repeatable)
            remaining = self.deadline.remaining()
            next_step = decide(tried, self.limits, remaining=remaining, chance=self._chance(), now=self._now())
            if not isinstance(next_step, Pause):
                return tried, next_step.note
            reading.undo()
            self._sleep(next_step.seconds)
            if self._is_skipped():
                return tried, "other requests to it failed meanwhile"

    def _ask_once(self, request: Request, reading: Reading, *, repeatable: bool) -> Reply | WireFailure:
        """One attempt, when it is this request's turn."""
        remaining = self.deadline.remaining()
        if remaining <= 0 or not self._turns.acquire(timeout=remaining):
            return WireFailure(Cause.TOO_LATE)
        try:
            return self._wire.exchange(request, reading, repeatable=repeatable)
        except WireFailure as failure:
            return failure.with_traceback(None)  # its frames hold what had come of the body
        finally:
            self._turns.release()

    def _remember(self, request: Request, reply: Reply, *, attempts: int, started: float) -> Reply:
        """Record an answer, and write digest and time into its headers."""
        now = self._now()
        retrieved_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as precise as evidence prints it
        exchange = Exchange(
            method=request.method,
            url=request.url,
            status=reply.status,
            retrieved_at=retrieved_at,
            sha256=reply.sha256 or hashlib.sha256(reply.body).hexdigest(),
            size=len(reply.body) if reply.size is None else reply.size,
            seconds=self.deadline.elapsed() - started,
            attempts=attempts,
            date_header=reply.header("Date"),
        )
        observed = getattr(self._observed, "exchanges", None)
        if observed is not None:
            observed.append(exchange)
        own = ((SHA256_HEADER, exchange.sha256), (RETRIEVED_HEADER, format_instant(retrieved_at)))
        theirs = tuple((name, value) for name, value in reply.headers if name.lower() not in _OWN_HEADERS)
        return replace(reply, headers=theirs + own)

    def _is_skipped(self) -> bool:
        """Whether the source has failed so often in a row that it is left alone."""
        with self._lock:
            return self._failures_in_a_row >= self.limits.failures_before_skip

    def _refuse_after_repeated_failures(self) -> None:
        """Raise without asking once the source is left alone."""
        with self._lock:
            count, (last, hint) = self._failures_in_a_row, self._last_failure
        if count >= self.limits.failures_before_skip:
            message = f"{self.endpoint.source} was skipped after {count} failed requests in a row; the last: {last}"
            raise SourceUnavailable(self.endpoint.source, message, hint)

    def _count(self, error: SourceError | None) -> None:
        """Count failures in a row; a source that answers sensibly, be it with no, is alive."""
        with self._lock:
            if isinstance(error, SourceUnavailable):
                self._failures_in_a_row += 1
                self._last_failure = (error.message, error.hint)
            else:
                self._failures_in_a_row = 0
