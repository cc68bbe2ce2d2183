"""What a collector hands back: values with the questions they came from, and the gaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pm_autofill.evidence.record import Gap, Source

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Observed(Generic[T_co]):
    """A value and where it came from.

    Attributes:
        value: What was observed.
        sources: The questions asked, by id.
        gaps: What could not be had on the way.
    """

    value: T_co
    sources: Mapping[str, Source] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing ``doctor`` looked at.

    Attributes:
        source: The system.
        name: What was tried, such as "incidents readable".
        ok: Whether it works; None when it does not apply.
        detail: What was seen.
        hint: What to do when it does not work.
    """

    source: str
    name: str
    ok: bool | None
    detail: str
    hint: str = ""
