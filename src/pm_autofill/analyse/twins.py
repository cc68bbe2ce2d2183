"""Counters that are there twice: two servers watched the same targets, and the store kept both of their recordings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.findings import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.series import Series
    from pm_autofill.evidence.slos import CounterRead, SloEvidence

# Labels that servers add about themselves; the names are those of the usual operators, agents and stores.
_RECORDERS = re.compile(r"\w*replica\w*|prometheus|monitor|collector|scraper|agent(?:_hostname)?", re.IGNORECASE)
_FEWEST_EVENTS = 20.0
_SAME = 0.95


def why_twice(slo: SloEvidence) -> Unknown | None:
    """Why an SLO's events cannot be counted although they were read: each was recorded more than once.

    Args:
        slo: Its samples.

    Returns:
        The reason, which names the label that tells the recordings apart; None where each was recorded once.
    """
    reads = (slo.total, *(read for _, read in slo.parts))
    label = next((found for read in reads if read is not None and (found := recorder_of(read))), "")
    if not label:
        return None
    name = slo.definition.name
    reason = f"the counters of {name} are there more than once, by their label {label}, and would be counted so"
    return Unknown(reason=reason, ask=f"whoever owns the service's metrics, and name one {label} in the selectors")


def recorder_of(read: CounterRead) -> str:
    """The label by which several recordings of the same counters are told apart; empty where each is there once.

    They are the same where all other labels are, a named target among them, and where the samples of both together
    still grow: of two counters they would go up and down.
    """
    labels = {label for one in read.matrix.series for label in one.labels if _RECORDERS.fullmatch(label)}
    for label in sorted(labels):
        groups: dict[tuple[tuple[str, str], ...], list[Series]] = {}
        for one in read.matrix.series:
            rest = tuple(sorted((key, value) for key, value in one.labels.items() if key != label))
            if one.labels.get("instance") and len(one.times):
                groups.setdefault(rest, []).append(one)
        if any(_is_one(several) for several in groups.values() if len(several) > 1):
            return label
    return ""


def _is_one(several: Sequence[Series]) -> bool:
    """Whether several series hold one counter: from one's sample to the other's it hardly ever falls, and it grows."""
    times = np.concatenate([one.times for one in several])
    values = np.concatenate([one.values for one in several])
    whose = np.concatenate([np.full(len(one.times), number) for number, one in enumerate(several)])
    order = np.argsort(times, kind="stable")
    values, whose = values[order], whose[order]
    switches = np.diff(whose) != 0
    grew = any(float(np.ptp(one.values)) >= _FEWEST_EVENTS for one in several)
    return grew and float(np.mean(np.diff(values)[switches] >= 0)) >= _SAME
