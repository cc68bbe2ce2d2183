"""Published sets of burn-rate rules for an SLO's own window: Google's, Sloth's and Pyrra's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pm_autofill.evidence.budget_windows import usual_length
from pm_autofill.replayed import BurnRule

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
# Severity, share of the budget spent in the long window when it fires, long window, short window.
_SHARES = (
    ("page", 0.02, _HOUR, 5 * _MINUTE),
    ("page", 0.05, 6 * _HOUR, 30 * _MINUTE),
    ("ticket", 0.10, _DAY, 2 * _HOUR),
    ("ticket", 0.10, 3 * _DAY, 6 * _HOUR),
)
_SLOTHS_PERIODS = (28 * _DAY, 30 * _DAY)
# Severity, burn rate, and into how many parts the SLO's window is cut for the long window, the short one and `for`.
_PARTS = (
    ("page", 14.0, 28 * 24, 28 * 24 * 12, 28 * 24 * 30),
    ("page", 7.0, 28 * 4, 28 * 24 * 2, 28 * 24 * 4),
    ("ticket", 2.0, 28, 28 * 12, 28 * 24),
    ("ticket", 1.0, 7, 28 * 4, 28 * 8),
)


def burn_rules(window: str) -> tuple[BurnRule, ...]:
    """The burn-rate rules of all sets.

    Args:
        window: The SLO's window as configured: a duration, or a calendar's, taken as 1, 7, 30, 90 or 365 days.

    Returns:
        Google's (Sloth has the same ones for 28 and for 30 days), then Pyrra's.

    Formula: Google: factor = share * W / long window. Pyrra: windows and ``for`` are parts of W, to the minute.
    Source: SRE workbook ch. 5 (the pair of 1 d and 2 h is in its rules, not in its table); Sloth's windows
        google-30d and google-28d; Pyrra's ``Windows``.
    """
    period = usual_length(window).total_seconds()
    return (*_googles(period), *_pyrras(period))


def longest_window(window: str) -> float:
    """Seconds that the longest of these rules looks back."""
    return max(rule.long for rule in burn_rules(window))


def _googles(period: float) -> Iterator[BurnRule]:
    sets = ("Google", "Sloth") if period in _SLOTHS_PERIODS else ("Google",)
    for severity, share, long, short in _SHARES:
        factor = round(share * period / long, 9)
        yield BurnRule(sets=sets, severity=severity, long=long, short=short, factor=factor)


def _pyrras(period: float) -> Iterator[BurnRule]:
    for severity, factor, *parts in _PARTS:
        long, short, hold = (_minutes(period / count) for count in parts)
        if short > 0:  # of a window of hours nothing is left
            yield BurnRule(sets=("Pyrra",), severity=severity, long=long, short=short, factor=factor, hold=hold)


def _minutes(seconds: float) -> float:
    """Rounded to the minute, halves up."""
    return _MINUTE * math.floor(seconds / _MINUTE + 0.5)
