"""PromQL of time slices: what happened in one, and sums over many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.instants import format_duration
from pm_autofill.promql import INSTANT

if TYPE_CHECKING:
    from datetime import timedelta


def slice_events(selector: str, total: str, length: timedelta, scrape: timedelta) -> str:
    """Events of one time slice, over all series, for ratios of slices.

    It looks back to the last scrape before the slice, and not to the one before that. Largest less smallest value is
    the same on all engines, where ``increase`` is not; that takes over where a counter restarted. Sums are compared,
    never series: matching them costs three times as much over a month. A series' first value is not counted.

    Args:
        selector: Counters.
        total: Those of all events; a restart of one of them concerns both.
        length: Length of a slice; the slice ends at the time of evaluation.
        scrape: Their scrape interval.

    Formula: sum(max x) - sum(min x); sum(increase(x)) where a counter restarted.
    Source: measured against known truth; ``docs/decisions/0013-error-budget.md``.
    """
    reach = _slice_reach(length, scrape)
    grown = f"sum(max_over_time({selector}[{reach}])) - sum(min_over_time({selector}[{reach}]))"
    return f"({grown} unless sum(resets({total}[{reach}])) > 0 or sum(increase({selector}[{reach}])))"


def scraped_slice(total: str, length: timedelta, scrape: timedelta) -> str:
    """How often a slice was scraped, counting the scrape before it; nothing where that cannot tell what happened in it.

    Args:
        total: Counters.
        length: Length of a slice; the slice ends at the time of evaluation.
        scrape: Their scrape interval.
    """
    return f"max(count_over_time({total}[{_slice_reach(length, scrape)}])) > 1"


def _slice_reach(length: timedelta, scrape: timedelta) -> str:
    return format_duration(length + scrape - INSTANT)


def bad_ratio(bad: str | None, good: str | None, total: str) -> str:
    """The ratio of bad events where there are any; nothing without events.

    Args:
        bad: Expression of the bad events; None where the good ones are given.
        good: Expression of the good events.
        total: Expression of all events.
    """
    if bad is not None:
        return f"{bad} / ({total} > 0)"
    return f"1 - ({good} or 0 * {total}) / ({total} > 0)"


def over_slices(function: str, expression: str, window: timedelta, length: timedelta) -> str:
    """A function over an expression evaluated at the end of each slice of a window.

    Args:
        function: Such as ``sum_over_time``.
        expression: What is evaluated.
        window: Its length. A slice belongs to the window in which it ends.
        length: Length of a slice; slices end at multiples of it since 1970.
    """
    reach = format_duration(window - INSTANT)
    return f"{function}(({expression})[{reach}:{format_duration(length)}])"
