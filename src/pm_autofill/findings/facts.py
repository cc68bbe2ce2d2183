"""Facts: numbers, instants and texts of an incident, each known with bounds and basis or unknown with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


Value: TypeAlias = "datetime | float | str"


class Unit(StrEnum):
    """What a fact's value is measured in."""

    INSTANT = "instant"
    SECONDS = "s"
    EVENTS = "events"
    RATIO = "ratio"
    TEXT = "text"


class Basis(StrEnum):
    """How a fact came to be known.

    Measured from samples, with bounds; recorded by a system as it happened; inferred from others; stated by a human.
    """

    MEASURED = "measured"
    RECORDED = "recorded"
    INFERRED = "inferred"
    STATED = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A fact that is known.

    Attributes:
        value: An aware UTC datetime, a float (seconds, events, or a ratio in 0..1), or a text, by ``unit``.
        unit: What the value is.
        basis: How it is known.
        method: How it was found, in words without figures.
        formula: The formula, for durations, events and ratios; empty otherwise.
        sources: Ids of the questions whose answers it rests on.
        low: Lower bound (95 % interval), where measured.
        high: Upper bound, where measured.
        notes: Codes and figures a reader needs to judge it, such as resets seen or history covered.
    """

    value: Value
    unit: Unit
    basis: Basis
    method: str
    sources: tuple[str, ...]
    formula: str = ""
    low: Value | None = None
    high: Value | None = None
    notes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def number(self) -> float:
        """The value of a duration, a count or a ratio."""
        assert isinstance(self.value, float)  # noqa: S101 - narrows the union; units are fixed per fact name
        return self.value

    @property
    def instant(self) -> datetime:
        """The value of an instant."""
        assert not isinstance(self.value, float | str)  # noqa: S101 - as above
        return self.value

    @property
    def earliest(self) -> datetime:
        """Before this an instant does not lie; itself where it has no bounds."""
        return self.instant if self.low is None or isinstance(self.low, float | str) else self.low

    @property
    def latest(self) -> datetime:
        """After this an instant does not lie; itself where it has no bounds."""
        return self.instant if self.high is None or isinstance(self.high, float | str) else self.high

    def is_before(self, other: Known) -> bool:
        """Whether an instant lies before another one wherever in their bounds both are."""
        return self.latest < other.earliest

    @property
    def text(self) -> str:
        """The value of a text."""
        assert isinstance(self.value, str)  # noqa: S101 - as above
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A fact that is not known.

    Attributes:
        reason: Why, as a clause that can stand behind "unknown: ".
        ask: Who or what can answer, as a clause that can stand behind "ask ".
    """

    reason: str
    ask: str


Fact: TypeAlias = Known | Unknown

INSTANTS = (
    "impact.start",
    "impact.end",
    "incident.triggered",
    "incident.resolved",
    "incident.all_clear",
    "alert.pending",
    "alert.fired",
    "page.sent",
    "detection.time",
    "detection.replayed",
    "response.acknowledged",
    "response.first_action",
    "mitigation.applied",
)
DURATIONS = ("impact.duration", "time_to_detect", "time_to_respond", "time_to_mitigate", "time_to_resolve")
EVENT_COUNTS = ("requests.total", "requests.failed", "requests.excess_failed", "requests.lost")
RATIOS = (
    "requests.failed_ratio",
    "requests.failed_ratio_peak",
    "error_budget.consumed_ratio",
    "error_budget.remaining_before_ratio",
    "error_budget.remaining_after_ratio",
)
TEXTS = ("detection.method", "detection.could_be_sooner", "severity", "services_affected")
FACT_NAMES = INSTANTS + DURATIONS + EVENT_COUNTS + RATIOS + TEXTS
SLO_FACT_NAMES = ("impact.start", "impact.end", "impact.duration", *EVENT_COUNTS, *RATIOS)

UNITS: dict[str, Unit] = {
    **dict.fromkeys(INSTANTS, Unit.INSTANT),
    **dict.fromkeys(DURATIONS, Unit.SECONDS),
    **dict.fromkeys(EVENT_COUNTS, Unit.EVENTS),
    **dict.fromkeys(RATIOS, Unit.RATIO),
    **dict.fromkeys(TEXTS, Unit.TEXT),
}
