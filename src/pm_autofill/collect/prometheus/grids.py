"""When stepped questions are evaluated: evenly; the last time at the window's end, or at the clock's own instants."""

from __future__ import annotations

import math
from datetime import timedelta

from pm_autofill.instants import Window, from_epoch

# Prometheus refuses more than 11,000 steps; evidence needs fewer.
_MOST_STEPS = 10_000


def usual_step(window: Window, finest: float, coarsest: float) -> timedelta:
    """A step that suits a window: a quarter of a minute's resolution for hours, coarser for days.

    Args:
        window: What is covered.
        finest: Seconds between evaluations of a short window.
        coarsest: Seconds between evaluations of a longer one, unless even that were too many.
    """
    wanted = window.seconds / _MOST_STEPS
    rounded = finest * math.ceil(max(wanted, finest) / finest)
    step = rounded if rounded <= coarsest else max(coarsest, math.ceil(wanted))
    return timedelta(seconds=max(1, min(step, math.floor(window.seconds))))


def steps_of(window: Window, step: timedelta) -> Window:
    """First and last evaluation: the last at the window's end, the first inside it."""
    count = math.floor(window.seconds / step.total_seconds())
    return Window(window.end - count * step, window.end)


def fixed_steps_of(window: Window, step: timedelta) -> Window:
    """First and last evaluation at whole multiples of the step since the epoch, the same whenever one asks.

    Args:
        window: What is covered.
        step: Between evaluations.

    Returns:
        The evaluations inside the window; of a window without any its end.
    """
    seconds = step.total_seconds()
    first = math.ceil(window.start.timestamp() / seconds) * seconds
    last = math.floor(window.end.timestamp() / seconds) * seconds
    return Window(from_epoch(first), from_epoch(last)) if first <= last else Window(window.end, window.end)
