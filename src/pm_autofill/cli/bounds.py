"""A command that is over in time, whatever a stranger wrote into what it reads."""

from __future__ import annotations

import resource
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pm_autofill.errors import AutofillError

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRACE, _MORE = 2, 10


class _Expired(BaseException):
    """The time is over; no handler of ordinary errors may take it for one."""


@contextmanager
def in_time(seconds: float, what: str) -> Iterator[None]:
    """End what is done inside when it takes too long; only for a program's main thread.

    Args:
        seconds: How long it may take.
        what: What takes so long, for the message.

    Raises:
        AutofillError: It took longer.
    """

    def expire(_number: int, _frame: object) -> None:
        raise _Expired

    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = resource.getrlimit(resource.RLIMIT_CPU)
    # A single long step of C code hears of no signal's handler: the system ends the process then, without a message. It
    # counts by ticks, and so up to some tenths more than it tells.
    latest = int(_GRACE * (used.ru_utime + used.ru_stime + seconds)) + _MORE
    resource.setrlimit(resource.RLIMIT_CPU, (_lower(latest, processor[1]), processor[1]))
    before = signal.signal(signal.SIGALRM, expire)
    # Again and again: the first may fall where errors are ignored, such as the end of an object.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    except _Expired:
        message = f"{what} takes longer than {seconds:g} seconds"
        raise AutofillError(message, "Give it more time with --deadline, if you trust who wrote it.") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_CPU, processor)


def _lower(one: int, other: int) -> int:
    return one if other == resource.RLIM_INFINITY else min(one, other)
