"""Raw samples of a selector, for whoever asks for some."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.asking import cut
from pm_autofill.collect.prometheus.refusals import RUN_AGAIN, gap_of
from pm_autofill.errors import SourceError
from pm_autofill.evidence.record import Gap
from pm_autofill.promql import or_none, over

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.evidence.series import Matrix
    from pm_autofill.instants import Window

# Range selectors are closed at their start up to version 2 and open from 3 on: ask for more, and cut here.
MORE = timedelta(seconds=1)


def read_raw(ask: Interviewer, selector: str, window: Window, what: str) -> tuple[Answer, Matrix]:
    """The samples of a selector in a window, both ends included.

    Args:
        ask: Asks.
        selector: A plain selector.
        window: What to read.
        what: What is asked for, for messages.

    Returns:
        The answer, and its series without samples before the window.

    Raises:
        SourceError: No usable answer came.
    """
    answer = ask.instant(over(selector, window.end - window.start + MORE), window.end, what)
    return answer, cut(answer.matrix, window)


def count_series(ask: Interviewer, selector: str, window: Window, what: str) -> float | SourceError | None:
    """How many series ``read_raw`` would bring, asked apart: none is an answer, too.

    Args:
        ask: Asks.
        selector: A plain selector.
        window: What would be read.
        what: What is asked for, for messages.

    Returns:
        The number; why there is none, or None where the answer holds none.
    """
    length = over(selector, window.end - window.start + MORE)
    try:
        return ask.instant(or_none(f"count(count_over_time({length}))"), window.end, what).number
    except SourceError as error:
        return error


def fewer_series(came: int, counted: float | SourceError | None, what: str) -> tuple[Gap, ...]:
    """The gap that series leave which the server counted and did not send, or would not count.

    Args:
        came: How many were sent.
        counted: What ``count_series`` gave.
        what: What is missing.
    """
    if isinstance(counted, SourceError):
        return (gap_of(counted, what),)
    if counted is not None and came >= counted:
        return ()
    told = "did not say how many series there are" if counted is None else f"sent {came} of {counted:.0f} series"
    return (Gap(source=SYSTEM, what=what, reason=f"{SYSTEM} {told}", hint=RUN_AGAIN),)
