"""What a reader makes of an SLO object, before it belongs to a configured service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.evidence.slos import BudgetMethod

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from pm_autofill.evidence.slos import Events, SliKind


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
