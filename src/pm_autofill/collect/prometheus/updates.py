"""Answers about an SLO, as what they change in its evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.refusals import gap_of
from pm_autofill.evidence.slos import SloEvidence

if TYPE_CHECKING:
    from pm_autofill.errors import SourceError

SloUpdate: TypeAlias = Callable[[SloEvidence], SloEvidence]


def unchanged(slo: SloEvidence) -> SloEvidence:
    """What is known stays as it was: a failed question never replaces known by unknown."""
    return slo


def failed(error: SourceError, what: str) -> Observed[SloUpdate]:
    """The outcome of a question that brought nothing but a gap.

    Args:
        error: How it ended.
        what: What is missing because of it.
    """
    return Observed(unchanged, {}, (gap_of(error, what),))
