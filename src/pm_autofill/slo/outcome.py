"""What a reader hands on: an SLO that was loaded with how it is counted, or one that was refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.evidence.slos import BudgetMethod

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from pm_autofill.evidence.slos import Events, SliKind, SloDefinition


class Refusal(Exception):
    """An SLO object cannot be used; it never leaves this package, but becomes a ``Refused``.

    Attributes:
        field: Where in the object, such as "spec.objectives[0].target".
        reason: Why, as half a sentence.
        foreign: Whether its data is simply not in a Prometheus.
    """

    def __init__(self, field: str, reason: str, *, foreign: bool = False) -> None:
        """Keep the place and the reason apart."""
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.foreign = foreign


@dataclass(frozen=True, slots=True)
class Indicator:
    """What an SLO looks at.

    Attributes:
        events: The series that count its events; None where only a ratio is known.
        ratio: PromQL of its error ratio; None where events are counted.
        kind: Whether bad means failed or slow.
        why: How its events are counted, or why only its percentage is known.
    """

    events: Events | None
    ratio: str | None
    kind: SliKind
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The budget of an SLO.

    Attributes:
        window: A duration such as ``30d``, or a stretch of the calendar such as ``month``.
        time_zone: IANA zone of the calendar.
        method: How it is spent.
        slice_length: Seconds of a time slice, for the two slice methods.
        slice_objective: Percent a slice must reach to be good, for the timeslices method.
    """

    window: str
    time_zone: str = "UTC"
    method: BudgetMethod = BudgetMethod.OCCURRENCES
    slice_length: float | None = None
    slice_objective: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Specified:
    """An SLO as its object specifies it, before it belongs to a configured service.

    Attributes:
        name: Its name.
        owner: The service, as the object names it.
        objective: In percent.
        budget: Its budget.
        indicator: What it looks at.
    """

    name: str
    owner: str
    objective: Decimal
    budget: Budget
    indicator: Indicator


@dataclass(frozen=True, slots=True)
class Candidate:
    """One SLO of an object, not yet read.

    Attributes:
        object: What messages call it.
        read: Reads it, or raises a ``Refusal``.
    """

    object: str
    read: Callable[[], Specified]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An SLO that was read.

    Attributes:
        definition: The SLO.
        file: Where it was read: a file, "configuration" or "Prometheus".
        object: Which object in it, such as "SLO web-availability".
        owner: The service as the object itself names it.
        why: How its events are counted, or why only its percentage is known.
    """

    definition: SloDefinition
    file: str
    object: str
    owner: str
    why: str

    @property
    def countable(self) -> bool:
        """Whether its events can be counted."""
        return self.definition.events is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An SLO object, or a file, that cannot be used.

    Attributes:
        file: Where.
        object: Which object in it; empty for the file as a whole.
        field: Where in the object; empty where it is not one field.
        reason: Why, as half a sentence.
        foreign: Whether its data is simply not in a Prometheus, which is nobody's mistake.
    """

    file: str
    object: str
    field: str
    reason: str
    foreign: bool = False
