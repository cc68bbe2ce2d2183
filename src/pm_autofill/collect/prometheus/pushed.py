"""Counters whose raw samples are too many or refused: increments per step, summed by the server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pm_autofill.collect.prometheus.grids import steps_of, usual_step
from pm_autofill.collect.prometheus.readings import sum_per_step, with_pauses
from pm_autofill.collect.prometheus.refusals import may_fit_when_smaller
from pm_autofill.collect.prometheus.subject import nothing, observed, read_of
from pm_autofill.collect.prometheus.updates import failed
from pm_autofill.errors import SourceError
from pm_autofill.evidence.series import Matrix, Series, to_milliseconds
from pm_autofill.evidence.slos import Reading
from pm_autofill.instants import Window
from pm_autofill.promql import STEP_PART, events_at_ends, scrapes_per_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.collect.observation import Observed
    from pm_autofill.collect.prometheus.asking import Answer
    from pm_autofill.collect.prometheus.subject import Subject
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.series import Floats

_STEP = 60.0
_STEP_IF_REFUSED = 300.0
_SCRAPES, _ENDS = "scrapes", ".ends"


@dataclass(frozen=True, slots=True, eq=False)
class _Scrapes:
    """What each step of pushed-down increments looked at.

    Attributes:
        steps: The steps that had scrapes, shape (n,).
        middles: The middle of the scrapes each looked at, shape (n,).
        spread: Seconds between the first and the last of a step's scrapes, usually.
        interval_ratio: A scrape interval by a step, at most.
    """

    steps: Floats
    middles: Floats
    spread: float
    interval_ratio: float

    def lost(self, in_steps: Matrix) -> Matrix:
        """What was lost in a scrape interval, where this was counted in a step."""
        return Matrix(tuple(Series(one.labels, one.times, one.values * self.interval_ratio) for one in in_steps.series))


def read_pushed(subject: Subject, because: SourceError | None = None) -> Observed[SloUpdate]:
    """Read increments per step, with a longer step where the server refuses the first.

    Args:
        subject: What to read.
        because: Why raw samples could not be had.

    Returns:
        An update that sets the counters; where that fails too, a gap that tells of the first refusal, whose query is
        the plainest.
    """
    try:
        return _cumulated(subject, _ask_steps(subject, _STEP))
    except SourceError as error:
        first = because or error
        if not may_fit_when_smaller(error):
            return failed(first, subject.what)
    try:
        return _cumulated(subject, _ask_steps(subject, _STEP_IF_REFUSED))
    except SourceError:
        return failed(first, subject.what)


def _ask_steps(subject: Subject, wanted: float) -> dict[str, Answer]:
    """Both counters' increments per step and what their processes' ends may have cost, and when they were scraped."""
    step = usual_step(subject.window, wanted, wanted)
    edges = steps_of(subject.window, step)
    steps = Window(edges.start + step, edges.end)

    def ask(query: str, window: Window) -> Callable[[], Answer]:
        return partial(subject.ask.stepped, query, window, step, subject.what)

    questions = {_SCRAPES: ask(scrapes_per_step(subject.total, step), edges)}
    for role, selector in subject.selectors().items():
        reading = subject.reading(role)
        questions[role] = ask(sum_per_step(selector, step, subject.jobs, reading), steps)
        if reading is Reading.COUNTER:
            questions[f"{role}{_ENDS}"] = ask(events_at_ends(selector, step), steps)
    return subject.ask.at_once(questions, subject.what)


def _cumulated(subject: Subject, answers: Mapping[str, Answer]) -> Observed[SloUpdate]:
    """Increments as one growing counter for each role, at the middle of the scrapes behind each step."""
    total = answers["total"]
    if not total.matrix.series:
        return nothing(subject, total)
    scrapes = _scraped(answers[_SCRAPES].matrix)
    if scrapes is None:
        return nothing(subject, total)
    grown = {key: _growing(answer.matrix, scrapes) for key, answer in answers.items() if key != _SCRAPES}
    found = {}
    for role in subject.selectors():
        ends = grown.get(f"{role}{_ENDS}")
        kept = grown[role] if ends is not None else _paused(grown[role])
        read = msgspec.structs.replace(
            read_of(subject, role, answers[role], kept),
            pushed_down=True,
            spread=scrapes.spread,
            at_ends=None if ends is None else scrapes.lost(ends),
        )
        found[role] = (answers[role], read)
    return observed(subject, found)


def _paused(grown: Matrix) -> Matrix:
    """Recorded events, of which those after a pause are no older than a step."""
    (one,) = grown.series
    step = float(np.median(np.diff(one.times))) if len(one.times) > 1 else 0.0
    return Matrix((Series(one.labels, *with_pauses(one.times, one.values, step)),))


def _scraped(found: Matrix) -> _Scrapes | None:
    """When the steps' scrapes were; None where there were none.

    The last scrape of a step is of a living target; the first may be of one that just died, so that only the usual
    distance between them tells their middle.
    """
    parts = {one.labels.get(STEP_PART): one for one in found.series}
    if parts.keys() != {"first", "last", "each"}:
        return None
    first, last, each = (parts[name] for name in ("first", "last", "each"))
    spread = float(np.median(last.values - first.values))
    interval_ratio = 1 / max(float(np.median(each.values)) - 1, 1.0)
    return _Scrapes(last.times, to_milliseconds(last.values - spread / 2), spread, interval_ratio)


def _growing(increments: Matrix, scrapes: _Scrapes) -> Matrix:
    """A counter that starts at 0 and grows by these increments; steps without any add nothing."""
    grid = scrapes.steps
    grown = np.zeros(len(grid))
    for one in increments.series:
        kept = np.isfinite(one.values) & (one.values > 0) & (one.times > grid[0]) & (one.times <= grid[-1])
        np.add.at(grown, np.searchsorted(grid, one.times[kept]), one.values[kept])
    return Matrix((Series({}, scrapes.middles, np.cumsum(grown)),))
