"""An SLO's counters over a window: raw samples where they are few enough, else increments summed by the server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.grids import steps_of, usual_step
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.processes import Targets, read_process_starts
from pm_autofill.collect.prometheus.raw import MORE, read_raw
from pm_autofill.collect.prometheus.readings import as_counters, sum_per_step
from pm_autofill.collect.prometheus.refusals import (
    gap_of_nothing,
    gaps_of_partial,
    is_refused_for_its_size,
    may_fit_when_smaller,
)
from pm_autofill.collect.prometheus.stepped import read_ratio
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.collect.transport.pending import Pending
from pm_autofill.errors import SourceError
from pm_autofill.evidence.series import Matrix, Series, pack
from pm_autofill.evidence.slos import CounterRead, Reading
from pm_autofill.instants import Window
from pm_autofill.promql import accept_bounds, sample_count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import SloDefinition, SloEvidence

T = TypeVar("T")

_MOST_BYTES_PER_SAMPLE = 32
_PUSHED_STEP = 60.0
_PUSHED_STEP_IF_REFUSED = 300.0
_CHECK_TOTAL = "Check events.total in the configuration, and that the service was scraped at that time."
_CHECK_GOOD = "There are events but no good ones: check the labels of events.good, such as le and its notation."


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be read raw.

    Attributes:
        samples: Of all counters together.
        evidence_bytes: What they may take in the evidence file.
    """

    samples: int = 2_000_000
    evidence_bytes: int = 8 * 2**20

    def shared_by(self, count: int) -> Allowance:
        """The part of each of several SLOs."""
        return Allowance(self.samples // max(count, 1), self.evidence_bytes // max(count, 1))


@dataclass(frozen=True, slots=True)
class _Subject:
    """An SLO whose events are to be read over a window."""

    ask: Interviewer
    definition: SloDefinition
    window: Window
    total: str
    part: str
    part_name: str
    jobs: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What is missing when it cannot be read."""
        return f"the SLI of {self.definition.name}"

    def selectors(self) -> dict[str, str]:
        """Selectors by role."""
        return {"total": self.total, self.part_name: self.part}

    def reading(self, role: str) -> Reading:
        """What the samples of a role's selector hold."""
        events = self.definition.events
        if events is None:
            return Reading.COUNTER
        return events.total_reading if role == "total" else events.part_reading

    def ask_both(self, question: Callable[[str, Reading], T]) -> dict[str, T]:
        """The same question about both selectors, at once.

        Returns:
            The answers, by role.

        Raises:
            SourceError: One of them has none.
        """
        tasks = {role: partial(question, one, self.reading(role)) for role, one in self.selectors().items()}
        return self.ask.at_once(tasks, self.what)


def read_counters(ask: Interviewer, slo: SloEvidence, window: Window, allowance: Allowance) -> Observed[SloUpdate]:
    """Read an SLO's counters, or its ratio where it has only that.

    The samples are counted first; above the allowance, and where raw samples are refused, the server sums increments
    per step.

    Args:
        ask: Asks.
        slo: What is known of the SLO.
        window: What to read; both ends included.
        allowance: How much may be read raw.

    Returns:
        An update that sets ``total`` and ``bad`` or ``good`` with ``process_starts`` where the targets tell them, or
        ``ratio``; both counters or none.
    """
    definition = slo.definition
    if definition.ratio is not None:
        return read_ratio(ask, definition, definition.ratio, window)
    if definition.events is None:
        return Observed(unchanged)
    events = definition.events
    part_name = "bad" if events.bad is not None else "good"
    part = accept_bounds(events.bad or events.good or "")
    subject = _Subject(ask, definition, window, accept_bounds(events.total), part, part_name)
    length = window.end - window.start + MORE
    try:
        counts = subject.ask_both(lambda one, _: ask.instant(sample_count(one, length), window.end, subject.what))
    except SourceError as error:
        return _read_pushed(subject, error) if is_refused_for_its_size(error) else failed(error, subject.what)
    if not counts["total"].matrix.series:
        return _nothing(subject, counts["total"])
    jobs = {one.labels.get("job", "") for one in counts["total"].matrix.series}
    subject = replace(subject, jobs=tuple(sorted(jobs)) if "" not in jobs else ())
    samples = sum(float(one.values.sum()) for count in counts.values() for one in count.matrix.series)
    if samples > allowance.samples:
        return _read_pushed(subject)
    targets = Targets.of(counts["total"].matrix)
    starts = Pending(partial(read_process_starts, ask, definition.name, targets, window), "Prometheus: process starts")
    return _with_starts(_read_raw(subject, allowance), starts.result())


def _with_starts(counters: Observed[SloUpdate], starts: Observed[SloUpdate]) -> Observed[SloUpdate]:
    """Counters, and when the processes behind them started."""
    sources = {**counters.sources, **starts.sources}
    return Observed(lambda slo: starts.value(counters.value(slo)), sources, counters.gaps + starts.gaps)


def _read_raw(subject: _Subject, allowance: Allowance) -> Observed[SloUpdate]:
    """All raw samples; pushed down after all when they are refused, or too long for the evidence."""
    try:
        found = subject.ask_both(partial(_read_one, subject))
    except SourceError as error:
        return _read_pushed(subject, error) if may_fit_when_smaller(error) else failed(error, subject.what)
    if _evidence_bytes([kept for _, kept in found.values()], allowance) > allowance.evidence_bytes:
        return _read_pushed(subject)
    if not found["total"][1].series:
        return _nothing(subject, found["total"][0])
    if subject.part_name == "good" and not found["good"][1].series:
        return Observed(unchanged, {}, (gap_of_nothing(subject.part, subject.what, _CHECK_GOOD),))
    return _observed(subject, found, pushed_down=False)


def _read_one(subject: _Subject, selector: str, reading: Reading) -> tuple[Answer, Matrix]:
    """The raw samples of one selector, as counters."""
    answer, kept = read_raw(subject.ask, selector, subject.window, subject.what)
    return answer, as_counters(kept, reading)


def _read_pushed(subject: _Subject, because: SourceError | None = None) -> Observed[SloUpdate]:
    """Increments per step, summed by the server; with a longer step when it refuses the first.

    Where that fails too, the gap tells of the first refusal, whose query is the plainest.
    """
    try:
        return _cumulated(subject, _ask_steps(subject, _PUSHED_STEP))
    except SourceError as error:
        first = because or error
        if not may_fit_when_smaller(error):
            return failed(first, subject.what)
    try:
        return _cumulated(subject, _ask_steps(subject, _PUSHED_STEP_IF_REFUSED))
    except SourceError:
        return failed(first, subject.what)


def _ask_steps(subject: _Subject, wanted: float) -> dict[str, Answer]:
    """Both counters' increments per step, by role."""
    step = usual_step(subject.window, wanted, wanted)
    edges = steps_of(subject.window, step)
    steps = Window(edges.start + step, edges.end)
    return subject.ask_both(
        lambda one, reading: subject.ask.stepped(
            sum_per_step(one, step, subject.jobs, reading), steps, step, subject.what
        )
    )


def _cumulated(subject: _Subject, answers: Mapping[str, Answer]) -> Observed[SloUpdate]:
    """Increments as one growing counter for each role, on the steps at which there were events at all."""
    total = answers["total"]
    if not total.matrix.series:
        return _nothing(subject, total)
    times = total.matrix.series[0].times
    edge = total.window.start.timestamp() - (total.step or 0.0)
    found = {role: (answer, Matrix((_growing(answer.matrix, times, edge),))) for role, answer in answers.items()}
    return _observed(subject, found, pushed_down=True)


def _growing(increments: Matrix, times: Floats, edge: float) -> Series:
    """A counter that starts at 0 at an edge and grows by these increments; steps without any add nothing."""
    grown = np.zeros(len(times))
    for one in increments.series:
        at = np.searchsorted(times, one.times)
        known = np.isin(one.times, times)
        grown[at[known]] += one.values[known]
    return Series({}, np.concatenate(([edge], times)), np.concatenate(([0.0], np.cumsum(grown))))


def _observed(
    subject: _Subject, found: Mapping[str, tuple[Answer, Matrix]], *, pushed_down: bool
) -> Observed[SloUpdate]:
    """Both counters as evidence."""
    name, window, base = subject.definition.name, subject.window, subject.ask.base
    selectors = subject.selectors()
    reads, sources = {}, {}
    for role, (answer, kept) in found.items():
        key = source_id(name, role)
        reads[role] = CounterRead(
            matrix=kept,
            source=key,
            start=window.start,
            end=window.end,
            pushed_down=pushed_down,
            caveats=answer.reply.caveats,
        )
        shown = None if pushed_down else selectors[role]
        sources[key] = answer.source(base, over=None if pushed_down else window, shown=shown)
    gaps = [gap for answer, _ in found.values() for gap in gaps_of_partial(answer.reply, subject.what)]
    return Observed(lambda slo: msgspec.structs.replace(slo, **reads), sources, tuple(dict.fromkeys(gaps)))


def _nothing(subject: _Subject, answer: Answer) -> Observed[SloUpdate]:
    """No series of all events: that is known, and a gap."""
    window, key = subject.window, source_id(subject.definition.name, "total")
    read = CounterRead(matrix=Matrix(), source=key, start=window.start, end=window.end, caveats=answer.reply.caveats)
    source = answer.source(subject.ask.base, over=window)
    gaps = (gap_of_nothing(subject.total, subject.what, _CHECK_TOTAL), *gaps_of_partial(answer.reply, subject.what))
    return Observed(lambda slo: _unless_known(slo, read), {key: source}, gaps)


def _unless_known(slo: SloEvidence, read: CounterRead) -> SloEvidence:
    """The empty answer, unless an earlier one held something."""
    return slo if slo.total is not None and slo.total.matrix.series else msgspec.structs.replace(slo, total=read)


def _evidence_bytes(matrices: list[Matrix], allowance: Allowance) -> int:
    """What matrices take in the evidence file; 0 where they are certain to fit."""
    if sum(one.sample_count for one in matrices) * _MOST_BYTES_PER_SAMPLE <= allowance.evidence_bytes:
        return 0
    return sum(len(msgspec.json.encode(pack(one))) for one in matrices)
