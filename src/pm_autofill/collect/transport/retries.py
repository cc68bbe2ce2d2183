"""Whether to ask again, and when: a pure decision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from pm_autofill.collect.transport.exchange import Reply
from pm_autofill.collect.transport.failure import Cause, WireFailure

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.collect.transport.limits import Limits

# Passing troubles, worth every attempt: overload, restarts and what stands between.
_PASSING_STATUSES = frozenset({408, 425, 429, 502, 503, 504})
_PASSING_CAUSES = frozenset({Cause.REFUSED, Cause.UNREACHABLE, Cause.BROKEN, Cause.RESOLVER})
# Each further attempt costs a whole timeout, or is likely to fail the same way: one more, no further.
_DOUBTFUL_CAUSES = frozenset({Cause.CONNECT_TIMEOUT, Cause.SILENT})
_ATTEMPTS_WHEN_DOUBTFUL = 2
_SECONDS = re.compile(r"\s*(\d{1,9})(\.\d{1,9})?\s*")


@dataclass(frozen=True, slots=True)
class Pause:
    """Ask again after a while.

    Attributes:
        seconds: How long to wait first.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Settled:
    """Take the outcome as it is.

    Attributes:
        note: Why a failure was not tried again, where that is not plain; may be empty.
    """

    note: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt and its outcome.

    Attributes:
        number: Which attempt it was, from 1.
        outcome: The answer, or why there is none.
        repeatable: Whether the request may be sent again.
    """

    number: int
    outcome: Reply | WireFailure
    repeatable: bool


def decide(tried: Try, limits: Limits, *, remaining: float, chance: float, now: datetime) -> Pause | Settled:
    """Decide what follows an attempt.

    Formula: pause = max(chance · min(backoff_cap, backoff_initial · 2^(number - 1)), what the server asked for).

    Args:
        tried: The attempt.
        limits: How often, and how long the pauses.
        remaining: Seconds left of the run.
        chance: A random number in [0, 1); spreads the retries of many (full jitter).
        now: Wall clock, for a Retry-After that is a date.

    Returns:
        A pause that ends before the run does, or the end of trying.
    """
    allowed = _attempts(tried.outcome, limits) if tried.repeatable else 1
    if allowed <= 1:
        return Settled()
    if tried.number >= allowed:
        return Settled(f"tried {tried.number} times")
    asked = _asked_wait(tried.outcome, now) if isinstance(tried.outcome, Reply) else 0.0
    if asked >= remaining > 0:
        return Settled(f"it asks to wait {asked:.0f} s, longer than this run may last")
    backoff = chance * min(limits.backoff_cap, limits.backoff_initial * 2 ** (tried.number - 1))
    pause = max(backoff, asked)
    if pause >= remaining:
        return Settled("the run's deadline came first")
    return Pause(pause)


def _attempts(outcome: Reply | WireFailure, limits: Limits) -> int:
    """How often a request with such an outcome is sent at most."""
    if isinstance(outcome, WireFailure):
        if outcome.cause in _PASSING_CAUSES:
            return limits.attempts
        return min(limits.attempts, _ATTEMPTS_WHEN_DOUBTFUL) if outcome.cause in _DOUBTFUL_CAUSES else 1
    if outcome.status == HTTPStatus.INTERNAL_SERVER_ERROR or is_query_failure(outcome):
        return min(limits.attempts, _ATTEMPTS_WHEN_DOUBTFUL)
    return limits.attempts if outcome.status in _PASSING_STATUSES else 1


def is_query_failure(reply: Reply) -> bool:
    """Whether a PromQL engine, alive and well, says that it could not finish this query."""
    failed = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return failed and reply.body.lstrip()[:1] == b"{" and b'"errorType"' in reply.body[:4096]


def _asked_wait(reply: Reply, now: datetime) -> float:
    """Seconds a server asks us to wait; 0 when it does not, or not understandably."""
    value = reply.header("Retry-After")
    if not value and reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        value = reply.header("ratelimit-reset")  # PagerDuty's: seconds until the next minute's allowance
    if seconds := _SECONDS.fullmatch(value):
        return float(seconds[0])
    return _until(value, reply.header("Date"), now) if value else 0.0


def _until(date: str, server_clock: str, now: datetime) -> float:
    """Seconds from the server's now, or ours, to an HTTP date; never negative."""
    try:
        end = parsedate_to_datetime(date)
    except ValueError:
        return 0.0
    try:
        start = parsedate_to_datetime(server_clock)
    except ValueError:
        start = now
    if end.tzinfo is None or start.tzinfo is None:
        return 0.0
    return max(0.0, (end - start).total_seconds())
