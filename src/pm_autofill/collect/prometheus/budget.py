"""The events of a budget window, summed by the server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.history import read_history
from pm_autofill.collect.prometheus.naming import compact, source_id
from pm_autofill.collect.prometheus.readings import sum_in
from pm_autofill.collect.prometheus.refusals import gap_of_nothing, gaps_of_partial, may_fit_when_smaller
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.errors import SourceError
from pm_autofill.evidence.record import Gap
from pm_autofill.evidence.slos import BudgetTotals
from pm_autofill.instants import Window, parse_duration
from pm_autofill.promql import accept_bounds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.record import Source
    from pm_autofill.evidence.slos import Events, Reading, SloEvidence

_CHUNK = timedelta(days=1)
# Where history begins inside the window, a little of it is left out: what had samples in it is no birth.
_LEAST_MARGIN, _MOST_MARGIN = timedelta(minutes=2), timedelta(hours=1)
_MARGIN_PARTS = 20
_MOST_JOBS = 20
_CHECK_TOTAL = "Check events.total in the configuration, and how long Prometheus keeps its data."
_CHECK_GOOD = "There are events but no good ones: check the labels of events.good, such as le and its notation."


@dataclass(frozen=True, slots=True)
class _Subject:
    """The counters of an SLO, to be summed over a window."""

    ask: Interviewer
    name: str
    events: Events
    window: Window
    jobs: tuple[str, ...]

    @property
    def what(self) -> str:
        """What is missing when they cannot be summed."""
        return f"the budget window of {self.name}"

    @property
    def part_name(self) -> str:
        """Which part of all events is counted beside them."""
        return "bad" if self.events.bad is not None else "good"

    @property
    def part(self) -> str:
        """The selector of that part."""
        return self.events.bad or self.events.good or ""


def read_totals(ask: Interviewer, slo: SloEvidence, end: datetime) -> Observed[SloUpdate]:
    """Sum an SLO's events over its budget window, or over the history there is of it.

    Args:
        ask: Asks.
        slo: What is known of the SLO; where its history is not, it is looked for first.
        end: Where the window ends.

    Returns:
        An update that adds to ``totals``, in place of earlier ones with the same end.
    """
    definition = slo.definition
    if definition.events is None or not definition.rolling:
        return Observed(unchanged)
    history = read_history(ask, slo, end) if slo.history_start is None else Observed(unchanged)
    known_since = history.value(slo).history_start
    window = _summed(Window(end - parse_duration(definition.window), end), known_since)
    subject = _Subject(ask, definition.name, definition.events, window, _jobs(slo))
    if known_since is None or window.seconds <= 0:
        gaps = history.gaps or (_no_history(subject, known_since),)
        return Observed(history.value, history.sources, gaps)
    found = _sum_all(subject)
    return Observed(
        lambda known: found.value(history.value(known)),
        {**history.sources, **found.sources},
        (*history.gaps, *found.gaps),
    )


def _sum_all(subject: _Subject) -> Observed[SloUpdate]:
    """The sums of the window; day by day where the server refuses it as a whole."""
    try:
        answers = _ask_sums(subject)
    except SourceError as error:
        return failed(error, subject.what)
    total, part = (_sum(answers[role]) for role in ("total", subject.part_name))
    gaps = tuple(
        dict.fromkeys(gap for answer in answers.values() for gap in gaps_of_partial(answer.reply, subject.what))
    )
    if total is None:
        return Observed(unchanged, {}, (gap_of_nothing(subject.events.total, subject.what, _CHECK_TOTAL), *gaps))
    if part is None and subject.part_name == "good":
        return Observed(unchanged, {}, (gap_of_nothing(subject.part, subject.what, _CHECK_GOOD), *gaps))
    counted = part or 0.0  # no series of bad events means that there were none
    sources = _sources(subject, answers)
    totals = BudgetTotals(
        start=subject.window.start,
        end=subject.window.end,
        bad=counted if subject.part_name == "bad" else max(0.0, total - counted),
        total=total,
        sources=tuple(sources),
        caveats=tuple(dict.fromkeys(caveat for one in answers.values() for caveat in one.reply.caveats)),
    )
    return Observed(lambda slo: _add(slo, totals), sources, gaps)


def _ask_sums(subject: _Subject) -> dict[str, Answer]:
    """Both sums at once, by role."""
    events = subject.events
    selectors = {
        "total": (accept_bounds(events.total), events.total_reading),
        subject.part_name: (accept_bounds(subject.part), events.part_reading),
    }
    ask, what = subject.ask, subject.what
    try:
        return ask.at_once({role: partial(_whole, subject, *one) for role, one in selectors.items()}, what)
    except SourceError as error:
        if not may_fit_when_smaller(error):
            raise
        first = error
    try:
        return ask.at_once({role: partial(_chunks, subject, *one) for role, one in selectors.items()}, what)
    except SourceError:
        raise first from None


def _whole(subject: _Subject, selector: str, reading: Reading) -> Answer:
    """The sum over the window in one evaluation."""
    window = subject.window
    query = sum_in(selector, window.end - window.start, subject.jobs, reading)
    return subject.ask.instant(query, window.end, subject.what)


def _chunks(subject: _Subject, selector: str, reading: Reading) -> Answer:
    """The sums of equal parts of the window, a day long at most; each evaluation looks back to the one before."""
    window = subject.window
    count = math.ceil(window.seconds / _CHUNK.total_seconds())
    step = timedelta(milliseconds=math.floor(window.seconds * 1000 / count))
    first = Window(window.end - (count - 1) * step, window.end)
    return subject.ask.stepped(sum_in(selector, step, subject.jobs, reading), first, step, subject.what)


def _sum(answer: Answer) -> float | None:
    """The sum over all evaluations; None where none had a value that can be summed."""
    values = [float(value) for one in answer.matrix.series for value in one.values if math.isfinite(value)]
    return math.fsum(values) if values else None


def _sources(subject: _Subject, answers: Mapping[str, Answer]) -> dict[str, Source]:
    """The questions, by id."""
    at = compact(subject.window.end)
    return {
        source_id(subject.name, "totals", at, role): answer.source(subject.ask.base, over=subject.window)
        for role, answer in answers.items()
    }


def _add(slo: SloEvidence, totals: BudgetTotals) -> SloEvidence:
    """The evidence with these totals, in order of their ends."""
    kept = (one for one in slo.totals if one.end != totals.end)
    return msgspec.structs.replace(slo, totals=tuple(sorted((*kept, totals), key=lambda one: one.end)))


def _summed(window: Window, known_since: datetime | None) -> Window:
    """The part of a budget window that is summed: all of it, or what follows shortly after its history begins."""
    if known_since is None or known_since <= window.start:
        return window
    margin = min(_MOST_MARGIN, max(_LEAST_MARGIN, (window.end - known_since) / _MARGIN_PARTS))
    length = timedelta(seconds=math.floor((window.end - known_since - margin).total_seconds()))
    return Window(window.end - length, window.end)


def _no_history(subject: _Subject, known_since: datetime | None) -> Gap:
    """That there is nothing to sum."""
    reason = "its events have no data there" if known_since is None else "its events have data for a few minutes only"
    return Gap(source=SYSTEM, what=subject.what, reason=reason, hint=_CHECK_TOTAL)


def _jobs(slo: SloEvidence) -> tuple[str, ...]:
    """The jobs its counters come from, as far as they are known and few; they narrow the look at process starts."""
    series = slo.total.matrix.series if slo.total else ()
    jobs = {one.labels.get("job", "") for one in series}
    return tuple(sorted(jobs)) if "" not in jobs and len(jobs) <= _MOST_JOBS else ()
