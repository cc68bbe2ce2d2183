"""Whether a request is tried again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pm_autofill.collect.transport.exchange import Reply
from pm_autofill.collect.transport.failure import Cause, WireFailure
from pm_autofill.collect.transport.limits import Limits
from pm_autofill.collect.transport.retries import Pause, Settled, Try, decide

NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
QUERY_TIMED_OUT = b'{"status":"error","errorType":"timeout","error":"query timed out"}'


def reply(status: int, body: bytes = b"{}", **headers: str) -> Reply:
    """An answer; underscores in header names become dashes."""
    return Reply(status, "", tuple((name.replace("_", "-"), value) for name, value in headers.items()), body)


def after(
    outcome: Reply | WireFailure, number: int = 1, *, repeatable: bool = True, remaining: float = 60.0
) -> Pause | Settled:
    """The decision with the usual limits and the longest jitter."""
    return decide(Try(number, outcome, repeatable), Limits(), remaining=remaining, chance=1.0, now=NOON)


@pytest.mark.parametrize(
    ("outcome", "attempts"),
    [
        (reply(200), 1),
        (reply(400), 1),
        (reply(401), 1),
        (reply(403), 1),
        (reply(404), 1),
        (reply(408), 4),
        (reply(429), 4),
        (reply(500), 2),
        (reply(501), 1),
        (reply(502), 4),
        (reply(503), 4),
        (reply(503, QUERY_TIMED_OUT), 2),
        (reply(504), 4),
        (WireFailure(Cause.REFUSED), 4),
        (WireFailure(Cause.BROKEN), 4),
        (WireFailure(Cause.UNREACHABLE), 4),
        (WireFailure(Cause.RESOLVER), 4),
        (WireFailure(Cause.CONNECT_TIMEOUT), 2),
        (WireFailure(Cause.SILENT), 2),
        (WireFailure(Cause.UNKNOWN_HOST), 1),
        (WireFailure(Cause.CERTIFICATE), 1),
        (WireFailure(Cause.TLS), 1),
        (WireFailure(Cause.UNUSABLE), 1),
        (WireFailure(Cause.DEADLINE), 1),
        (WireFailure(Cause.TOO_LATE), 1),
    ],
)
def test_each_outcome_has_its_number_of_attempts(outcome: Reply | WireFailure, attempts: int) -> None:
    """Passing troubles are tried four times, doubtful ones twice, the rest once."""
    decisions = [after(outcome, number) for number in range(1, attempts + 1)]
    assert [isinstance(decision, Pause) for decision in decisions] == [True] * (attempts - 1) + [False]


@pytest.mark.parametrize("outcome", [reply(503), reply(429), WireFailure(Cause.REFUSED)])
def test_what_may_not_be_repeated_is_not(outcome: Reply | WireFailure) -> None:
    """A request that could have changed something is sent once, whatever came of it."""
    assert after(outcome, repeatable=False) == Settled()


def test_pauses_double_up_to_their_cap() -> None:
    """0.25 s, doubled each time, at most 5 s."""
    limits = Limits(attempts=9)
    decisions = [
        decide(Try(number, reply(503), repeatable=True), limits, remaining=60, chance=1.0, now=NOON)
        for number in range(1, 8)
    ]
    assert decisions == [Pause(0.25), Pause(0.5), Pause(1.0), Pause(2.0), Pause(4.0), Pause(5.0), Pause(5.0)]


def test_chance_spreads_the_pauses() -> None:
    """The jitter is full: half the chance, half the pause; none, none."""
    tried = Try(1, reply(503), repeatable=True)
    assert decide(tried, Limits(), remaining=60, chance=0.5, now=NOON) == Pause(0.125)
    assert decide(tried, Limits(), remaining=60, chance=0.0, now=NOON) == Pause(0.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"retry_after": " 7.5 "}, 7.5),
        ({"Retry_After": "Sat, 14 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"Retry_After": "Sat, 14 Mar 2026 13:00:30 GMT", "Date": "Sat, 14 Mar 2026 13:00:10 GMT"}, 20.0),
        ({"Retry_After": "Sat, 14 Mar 2026 11:00:00 GMT"}, 0.25),
        ({"Retry_After": "Sat, 14 Mar 2026 12:00:30"}, 0.25),
        ({"Retry_After": "soon"}, 0.25),
        ({"Retry_After": "-5"}, 0.25),
        ({"Retry_After": "0"}, 0.25),
        ({"Retry_After": "1e9"}, 0.25),
        ({"Retry_After": "inf"}, 0.25),
        ({"ratelimit_reset": "12"}, 12.0),
        ({"Retry_After": "3", "ratelimit_reset": "12"}, 3.0),
        ({}, 0.25),
    ],
)
def test_a_server_s_wish_to_wait_is_honoured(headers: dict[str, str], seconds: float) -> None:
    """Seconds, dates by the server's own clock, PagerDuty's header; nonsense counts as none."""
    assert after(reply(429, b"{}", **headers)) == Pause(seconds)


def test_the_minute_s_allowance_matters_to_429_alone() -> None:
    """PagerDuty states when the allowance is renewed on every answer; only a 429 is about it."""
    assert after(reply(502, ratelimit_reset="40")) == Pause(0.25)


def test_no_pause_outlasts_the_run() -> None:
    """A wait that would end after the deadline is not begun, and the reason given."""
    assert after(reply(429, Retry_After="3600")) == Settled("it asks to wait 3600 s, longer than this run may last")
    assert after(reply(503), remaining=0.2) == Settled("the run's deadline came first")
    assert after(reply(503), remaining=0.0) == Settled("the run's deadline came first")


def test_the_last_attempt_says_how_many_there_were() -> None:
    """A failure that was tried again says so; one that was not does not."""
    assert after(reply(503), 4) == Settled("tried 4 times")
    assert after(reply(404), 1) == Settled()
