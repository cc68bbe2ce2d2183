"""Raw samples of a selector, for whoever asks for some."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.asking import cut
from pm_autofill.promql import over

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
