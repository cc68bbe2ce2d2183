"""What is usual at an incident's time of the week: the same window in the weeks before, summed by the server."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.naming import compact, source_id
from pm_autofill.collect.prometheus.readings import sum_in
from pm_autofill.collect.prometheus.refusals import RUN_AGAIN, gaps_of_partial
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.errors import SourceError
from pm_autofill.evidence.record import Gap
from pm_autofill.evidence.slos import BudgetTotals
from pm_autofill.instants import Window, from_epoch
from pm_autofill.promql import accept_bounds, or_none, where_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.slos import Reading, SloEvidence

_WEEK = timedelta(days=7)
_WEEKS = 4
_MOST_JOBS = 20


def read_usual(ask: Interviewer, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
    """Sum an SLO's events over the same window of the four weeks before.

    Args:
        ask: Asks.
        slo: What is known of the SLO.
        window: The impact.

    Returns:
        An update that sets ``weeks``; a week without a sample in the hour before its window is left out.
    """
    definition = slo.definition
    if definition.events is None:
        return Observed(unchanged)
    what = f"what is usual for {definition.name}"
    events = definition.events
    total, part = (accept_bounds(one or "") for one in (events.total, events.bad or events.good))
    length = timedelta(seconds=max(1, math.ceil(window.seconds)))
    asked = Window(window.end - _WEEKS * _WEEK, window.end - _WEEK)

    def sums(selector: str, reading: Reading, *, bad: bool) -> Answer:
        events = sum_in(selector, length, _jobs(slo), reading)
        summed = where_known(or_none(events) if bad else events, length, total)
        return ask.stepped(summed, asked, _WEEK, what)

    whole = partial(sums, total, events.total_reading, bad=False)
    some = partial(sums, part, events.part_reading, bad=events.bad is not None)
    try:
        answers = ask.at_once({"total": whole, "part": some}, what)
    except SourceError as error:
        return failed(error, what)
    at = compact(window.end)
    sources = {
        source_id(definition.name, "weeks", at, role): answer.source(ask.base) for role, answer in answers.items()
    }
    found = tuple(_weeks(answers, length, tuple(sources), good=events.bad is None))
    gaps = [gap for answer in answers.values() for gap in gaps_of_partial(answer.reply, what)]
    totals, parts = _by_step(answers["total"]), _by_step(answers["part"])
    if (
        not gaps
        and (totals.keys() ^ parts.keys())
        and (events.bad is not None or not parts or parts.keys() - totals.keys())
    ):
        reason = f"{SYSTEM} told of all events and of a part of them in different weeks"
        gaps.append(Gap(source=SYSTEM, what=what, reason=reason, hint=RUN_AGAIN))
    return Observed(
        lambda known: msgspec.structs.replace(known, weeks=found),
        sources if found or gaps else {},
        tuple(dict.fromkeys(gaps)),
    )


def _weeks(
    answers: Mapping[str, Answer], length: timedelta, sources: tuple[str, ...], *, good: bool
) -> Iterator[BudgetTotals]:
    """Each week that has events, of which all and a part were told."""
    parts = _by_step(answers["part"])
    caveats = tuple(dict.fromkeys(caveat for one in answers.values() for caveat in one.reply.caveats))
    for step, total in sorted(_by_step(answers["total"]).items()):
        counted = parts.get(step)
        if total <= 0 or counted is None:
            continue
        bad = total - counted if good else counted
        end = from_epoch(step)
        yield BudgetTotals(
            start=end - length,
            end=end,
            bad=min(max(bad, 0.0), total),
            total=total,
            sources=sources,
            caveats=caveats,
        )


def _by_step(answer: Answer) -> dict[float, float]:
    """The numbers of an answer by their instants."""
    return {
        float(time): float(value)
        for one in answer.matrix.series
        for time, value in zip(one.times, one.values, strict=True)
        if math.isfinite(value)
    }


def _jobs(slo: SloEvidence) -> tuple[str, ...]:
    """The jobs its counters come from, as far as they are known and few; they narrow the look at process starts."""
    jobs = {one.labels.get("job", "") for one in (slo.total.matrix.series if slo.total else ())}
    return tuple(sorted(jobs)) if "" not in jobs and len(jobs) <= _MOST_JOBS else ()
