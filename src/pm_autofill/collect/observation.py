"""What a collector hands back: values with the questions they came from, and the gaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pm_autofill.evidence.readings import Answered, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pm_autofill.evidence.record import Gap, Source

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Observed(Generic[T_co]):
    """A value and where it came from.

    Attributes:
        value: What was observed.
        sources: The questions asked, by id.
        gaps: What could not be had on the way.
        readings: How far each question was answered, by its key in the evidence; empty where one question is all that
            was asked: then sources and gaps tell.
    """

    value: T_co
    sources: Mapping[str, Source] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    readings: Mapping[str, Answered] = field(default_factory=dict)


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


def reach(sources: Mapping[str, Source], gaps: Iterable[Gap]) -> Answered:
    """How far one question was answered: what came of it is a source, what did not is a gap.

    Args:
        sources: What came.
        gaps: What did not.
    """
    missing = ", ".join(dict.fromkeys(gap.what for gap in gaps))
    if missing:
        return Answered(state=State.PARTIAL if sources else State.REFUSED, missing=missing)
    return Answered(state=State.COMPLETE if sources else State.EMPTY)
