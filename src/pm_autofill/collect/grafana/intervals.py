"""Grafana's notation of durations, and the round steps it likes."""

from __future__ import annotations

import re
from datetime import timedelta

from pm_autofill.errors import UsageError
from pm_autofill.instants import format_duration, parse_duration

_RELATIVE = re.compile(r"(?:now)?-?(\w{1,20})")
# A step below the first number of a pair is rounded to the second; both in milliseconds.
# Source: the intervals Grafana offers, grafana/grafana packages/grafana-data rangeutil.
_ROUND_STEPS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500),
    (1500, 1000), (3500, 2000), (7500, 5000), (12500, 10000), (17500, 15000), (25000, 20000), (45000, 30000),
    (90000, 60000), (210000, 120000), (450000, 300000), (750000, 600000), (1050000, 900000), (1500000, 1200000),
    (2700000, 1800000), (5400000, 3600000), (9000000, 7200000), (16200000, 10800000), (32400000, 21600000),
    (86400000, 43200000), (604800000, 86400000), (1814400000, 604800000), (3628800000, 2592000000),
)  # fmt: skip
_LONGEST_STEP = 31536000000
_LONGEST_RANGE = timedelta(days=3660)


def milliseconds(text: str) -> int | None:
    """A duration such as "15s", "1m" or ">10s" in milliseconds; None for anything else."""
    try:
        return round(parse_duration(text.strip().lstrip(">")).total_seconds() * 1000)
    except (UsageError, OverflowError):
        return None


def relative_range(text: str) -> timedelta | None:
    """How far back "30d", "now-30d" or "-1h" reaches; None for anything else, such as "now/d", and beyond ten years."""
    match = _RELATIVE.fullmatch(text.strip())
    length = milliseconds(match[1]) if match else None
    if not length or length > _LONGEST_RANGE // timedelta(milliseconds=1):
        return None
    return timedelta(milliseconds=length)


def round_step(raw: float) -> int:
    """The round step nearest to a number of milliseconds, as Grafana chooses it."""
    return next((step for limit, step in _ROUND_STEPS if raw < limit), _LONGEST_STEP)


def automatic(seconds: float, count: int, minimum: str) -> str:
    """The interval that the choice "auto" of an interval variable stands for.

    Formula: round_step(range / count), but at least the minimum.

    Args:
        seconds: Length of the range.
        count: Into how many steps it is divided.
        minimum: Smallest interval, such as "10s".

    Returns:
        A duration as PromQL takes it.
    """
    step = max(round_step(max(seconds, 0.0) * 1000 / max(count, 1)), milliseconds(minimum) or 0)
    return format_duration(timedelta(milliseconds=step))
