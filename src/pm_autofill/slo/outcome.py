"""What a reader hands on: an SLO that was loaded with how it is counted, or one that was refused with the reason."""

from __future__ import annotations

import msgspec

from pm_autofill.evidence.slos import SloDefinition


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


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
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


class Refused(msgspec.Struct, frozen=True, kw_only=True):
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
