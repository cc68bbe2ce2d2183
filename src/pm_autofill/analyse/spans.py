"""The impact window as a span of uncertain ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.findings import Known

if TYPE_CHECKING:
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.findings import Fact


@dataclass(frozen=True, slots=True)
class Span:
    """A window in epoch seconds whose ends are uncertain.

    Attributes:
        start: Its start.
        end: Its end.
        start_bounds: 95 % interval of the start.
        end_bounds: 95 % interval of the end.
    """

    start: float
    end: float
    start_bounds: tuple[float, float]
    end_bounds: tuple[float, float]


def span_of(impact: Impact) -> Span | None:
    """The impact window with its uncertainty; None when it has no start or no end."""
    window = impact.window
    if window is None:
        return None
    return Span(
        window.start.timestamp(),
        window.end.timestamp(),
        _bounds(impact.start, window.start.timestamp()),
        _bounds(impact.end, window.end.timestamp()),
    )


def _bounds(fact: Fact, instant: float) -> tuple[float, float]:
    if not isinstance(fact, Known) or fact.low is None or fact.high is None:
        return instant, instant
    return fact.earliest.timestamp(), fact.latest.timestamp()
