"""Expressions evaluated step by step: an SLO's ratio, and a service's change query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.grids import fixed_steps_of, steps_of, usual_step
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.refusals import gap_of, gaps_of_partial
from pm_autofill.collect.prometheus.updates import failed
from pm_autofill.errors import SourceError
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.record import Gap
from pm_autofill.evidence.slos import CounterRead

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.asking import Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import SloDefinition
    from pm_autofill.instants import Window

# Seconds between evaluations, of a short window and of a long one.
_STEPS = (15.0, 60.0)
# Steps without a value between two changes, as the analysis tells them apart; and more changes than one can look at.
_PAUSE_STEPS = 3
_MOST_STRETCHES = 1000
_CHECK_CHANGES = "Check changes in the configuration: its query should have a value only when something was changed."
_CHECK_RATIO = "Check ratio in the configuration; where its numerator may have no series, append `or vector(0)` to it."
_ONE_RATIO = "Aggregate both sides of ratio in the configuration, as in sum(rate(...)) / sum(rate(...))."


def read_ratio(ask: Interviewer, definition: SloDefinition, ratio: str, window: Window) -> Observed[SloUpdate]:
    """Read an SLO's error ratio.

    Args:
        ask: Asks.
        definition: The SLO.
        ratio: Its PromQL.
        window: What to read.

    Returns:
        An update that sets ``ratio``; one that has no value anywhere, or several series, is a gap too.
    """
    what = f"the SLI of {definition.name}"
    step = usual_step(window, *_STEPS)
    try:
        answer = ask.stepped(ratio, steps_of(window, step), step, what)
    except SourceError as error:
        return failed(error, what)
    gaps = list(gaps_of_partial(answer.reply, what))
    count = len(answer.matrix.series)
    if count != 1:
        odd = f"gives {count} series instead of one" if count else "has no value in this window"
        hint = _ONE_RATIO if count else _CHECK_RATIO
        gaps.append(Gap(source=SYSTEM, what=what, reason=f"the ratio of {definition.name} {odd}", hint=hint))
    key = source_id(definition.name, "ratio")
    read = CounterRead(
        matrix=answer.matrix, source=key, start=window.start, end=window.end, caveats=answer.reply.caveats
    )
    return Observed(lambda slo: msgspec.structs.replace(slo, ratio=read), {key: answer.source(ask.base)}, tuple(gaps))


def read_changes(ask: Interviewer, service: str, query: str, window: Window) -> Observed[tuple[ChangeSeries, ...]]:
    """When a service's change query had a value.

    Args:
        ask: Asks.
        service: The configured service.
        query: Its PromQL.
        window: Where to look.

    Returns:
        The samples of the instants at which it had one; none when the question failed. Those instants are the same
        whenever it is asked, so that a change is one, with one id.
    """
    what = f"changes of {service}"
    step = usual_step(window, *_STEPS)
    try:
        answer = ask.witnessed(query, fixed_steps_of(window, step), step, what)
    except SourceError as error:
        return Observed((), {}, (gap_of(error, what),))
    gaps = gaps_of_partial(answer.reply, what)
    stretches = sum(_stretches(one.times, step.total_seconds()) for one in answer.matrix.series)
    if stretches > _MOST_STRETCHES:
        reason = f"the query for {what} has values in {stretches} stretches, of which nobody could tell what changed"
        gaps = (*gaps, Gap(source=SYSTEM, what=what, reason=reason, hint=_CHECK_CHANGES))
        return Observed((), {}, gaps)
    key = source_id("changes", service)
    found = ChangeSeries(service=service, query=query, matrix=answer.matrix, source=key, step=step.total_seconds())
    return Observed((found,), {key: answer.source(ask.base)}, gaps)


def _stretches(times: Floats, step: float) -> int:
    """How often values begin again after a pause."""
    return int(np.count_nonzero(np.diff(times, prepend=-np.inf) > _PAUSE_STEPS * step))
