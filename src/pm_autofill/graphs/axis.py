"""Where the time axis has its ticks, and what they say; all in UTC."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pm_autofill.instants import from_epoch

if TYPE_CHECKING:
    from pm_autofill.graphs.view import View

_DAY = 86400
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, _DAY, 2 * _DAY, 7 * _DAY)
_MOST_TICKS = 9


def time_ticks(view: View) -> list[tuple[float, str]]:
    """Ticks on round instants.

    Args:
        view: What is shown.

    Returns:
        Epoch seconds and label: the time of day, with the date below it where the day changes, and at the first tick,
        where the zone is named, too.
    """
    step = next((one for one in _STEPS if view.seconds / one <= _MOST_TICKS), None)
    if step is None:
        step = _STEPS[-1] * math.ceil(view.seconds / _MOST_TICKS / _STEPS[-1])
    pattern = "%H:%M:%S" if step % 60 else "%H:%M"
    found: list[tuple[float, str]] = []
    last_day = ""
    for number in range(math.ceil(view.start / step), math.floor(view.end / step) + 1):
        instant = from_epoch(number * step)
        date = instant.strftime("%Y-%m-%d")
        found.append((float(number * step), instant.strftime(pattern) + _below(date, last_day)))
        last_day = date
    return found


def _below(date: str, last_day: str) -> str:
    if date == last_day:
        return ""
    return f"\n{date}" if last_day else f"\n{date} UTC"
