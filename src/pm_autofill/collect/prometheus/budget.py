"""What counts for and against an error budget in a window, summed by the server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.event_sums import EventSums
from pm_autofill.collect.prometheus.history import read_history
from pm_autofill.collect.prometheus.naming import compact, source_id
from pm_autofill.collect.prometheus.refusals import RUN_AGAIN, gap_of_nothing, gaps_of_partial
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.errors import SourceError
from pm_autofill.evidence.record import Gap
from pm_autofill.evidence.slos import BudgetMethod, BudgetTotals
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.slice_sums import SliceSums
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.record import Source
    from pm_autofill.evidence.slos import SloEvidence

    Sums: TypeAlias = EventSums | SliceSums

# Where history begins inside the window, a little of it is left out: what had samples in it is no birth.
_LEAST_MARGIN, _MOST_MARGIN = timedelta(minutes=2), timedelta(hours=1)
_MARGIN_PARTS = 20
_MOST_JOBS = 20
# Sums of two selectors may differ so much, and by so many events, though all events are in both.
_SUM_ERROR, _FEW = 0.02, 20.0
_CHECK_BOTH = "Check that the selectors under events choose the same requests: total all of them, the other a part."
_CHECK_TOTAL = "Check events.total in the configuration, and how long Prometheus keeps its data."
_CHECK_GOOD = "There are events but no good ones: check the labels of events.good, such as le and its notation."


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is summed over a window of an SLO's budget."""

    ask: Interviewer
    slo: SloEvidence
    window: Window
    sums: Sums

    @property
    def what(self) -> str:
        """What is missing when it cannot be summed."""
        return _what(self.slo)


def read_totals(ask: Interviewer, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
    """Sum what an SLO's budget is made of over a window, or over the history there is of it.

    Args:
        ask: Asks.
        slo: What is known of the SLO; where its history is not, it is looked for first.
        window: Of its budget.

    Returns:
        An update that adds to ``totals``, in place of earlier ones of the same window.
    """
    sums = _sums(slo)
    if sums is None:
        return Observed(unchanged)
    history = read_history(ask, slo, window) if slo.history_start is None else Observed(unchanged)
    known_since = history.value(slo).history_start
    subject = _Subject(ask, slo, _summed(window, known_since), sums)
    if known_since is None or subject.window.seconds <= 0:
        gaps = history.gaps or (_no_history(slo, known_since),)
        return Observed(history.value, history.sources, gaps)
    found = _sum_all(subject)
    return Observed(
        lambda known: found.value(history.value(known)),
        {**history.sources, **found.sources},
        (*history.gaps, *found.gaps),
    )


def _sums(slo: SloEvidence) -> Sums | None:
    """How an SLO's budget is summed; None where it cannot be."""
    definition = slo.definition
    if definition.method is not BudgetMethod.OCCURRENCES:
        from pm_autofill.collect.prometheus.slice_sums import slice_sums  # rarely needed

        return slice_sums(slo)
    return EventSums(definition.events, _jobs(slo)) if definition.events is not None else None


def _what(slo: SloEvidence) -> str:
    return f"the budget window of {slo.definition.name}"


def _sum_all(subject: _Subject) -> Observed[SloUpdate]:
    """The sums of the window, from all their answers."""
    sums, what = subject.sums, subject.what
    try:
        answers = sums.ask(subject.ask, subject.window, what)
    except SourceError as error:
        return failed(error, what)
    total, part = (_sum(answers[role]) for role in ("total", sums.part_name))
    every = [answer for several in answers.values() for answer in several]
    gaps = tuple(dict.fromkeys(gap for answer in every for gap in gaps_of_partial(answer.reply, what)))
    if total is None:
        return Observed(unchanged, {}, gaps or (gap_of_nothing(sums.counted, what, _CHECK_TOTAL),))
    if part is None:
        # Bad events are asked for so that none of them is an answer, too.
        hint = _CHECK_GOOD if sums.part_name == "good" else RUN_AGAIN
        return Observed(unchanged, {}, gaps or (gap_of_nothing(sums.part, what, hint),))
    counted = part
    if counted > (1 + _SUM_ERROR) * total + _FEW:
        reason = f"more {sums.part_name} events than events were counted: {counted:.6g} of {total:.6g}"
        return Observed(unchanged, {}, gaps or (Gap(source=SYSTEM, what=what, reason=reason, hint=_CHECK_BOTH),))
    sources = _sources(subject, answers)
    totals = BudgetTotals(
        start=subject.window.start,
        end=subject.window.end,
        bad=counted if sums.part_name == "bad" else max(0.0, total - counted),
        total=total,
        sources=tuple(sources),
        caveats=tuple(dict.fromkeys(caveat for one in every for caveat in one.reply.caveats)),
    )
    return Observed(lambda slo: _add(slo, totals), sources, gaps)


def _sum(answers: Sequence[Answer]) -> float | None:
    """The sum over all evaluations; None where none had a value that can be summed."""
    series = (one for answer in answers for one in answer.matrix.series)
    values = [float(value) for one in series for value in one.values if math.isfinite(value)]
    return math.fsum(values) if values else None


def _sources(subject: _Subject, answers: Mapping[str, Sequence[Answer]]) -> dict[str, Source]:
    """The questions, by id; those of calendars may end alike, and those of one window may be several."""
    window, name = subject.window, subject.slo.definition.name
    since = () if subject.slo.definition.rolling else (compact(window.start),)
    at = (*since, compact(window.end))
    return {
        source_id(name, "totals", *at, role, *((str(number),) if number > 1 else ())): answer.source(
            subject.ask.base, over=window if len(several) == 1 else None
        )
        for role, several in answers.items()
        for number, answer in enumerate(several, start=1)
    }


def _add(slo: SloEvidence, totals: BudgetTotals) -> SloEvidence:
    """The evidence with these totals, in order of their ends."""
    kept = (one for one in slo.totals if (one.start, one.end) != (totals.start, totals.end))
    ordered = sorted((*kept, totals), key=lambda one: (one.end, one.start))
    return msgspec.structs.replace(slo, totals=tuple(ordered))


def _summed(window: Window, known_since: datetime | None) -> Window:
    """The part of a budget window that is summed: all of it, or what follows shortly after its history begins."""
    if known_since is None or known_since <= window.start:
        return window
    margin = min(_MOST_MARGIN, max(_LEAST_MARGIN, (window.end - known_since) / _MARGIN_PARTS))
    length = timedelta(seconds=math.floor((window.end - known_since - margin).total_seconds()))
    return Window(window.end - length, window.end)


def _no_history(slo: SloEvidence, known_since: datetime | None) -> Gap:
    """That there is nothing to sum."""
    reason = "its events have no data there" if known_since is None else "its events have data for a few minutes only"
    return Gap(source=SYSTEM, what=_what(slo), reason=reason, hint=_CHECK_TOTAL)


def _jobs(slo: SloEvidence) -> tuple[str, ...]:
    """The jobs its counters come from, as far as they are known and few; they narrow the look at process starts."""
    series = slo.total.matrix.series if slo.total else ()
    jobs = {one.labels.get("job", "") for one in series}
    return tuple(sorted(jobs)) if "" not in jobs and len(jobs) <= _MOST_JOBS else ()
