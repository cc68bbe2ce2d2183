"""An SLO's counters as the subject of questions, and what their answers are to its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pm_autofill.collect.observation import Observed, reach
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.refusals import gap_of_nothing, gaps_of_partial
from pm_autofill.collect.prometheus.updates import unchanged
from pm_autofill.evidence.completeness import of_slo
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.evidence.series import Matrix
from pm_autofill.evidence.slos import CounterRead, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.slos import Boundary, SloDefinition, SloEvidence
    from pm_autofill.instants import Window

T = TypeVar("T")

_CHECK_TOTAL = "Check events.total in the configuration, and that the service was scraped at that time."
_CHECK_GOOD = "There are events but no good ones: check the labels of events.good, such as le and its notation."


@dataclass(frozen=True, slots=True)
class Subject:
    """An SLO whose events are to be read over a window.

    Attributes:
        ask: Asks.
        definition: The SLO.
        window: What to read; both ends included.
        total: Selector of all events.
        part: Selector of the bad events, or of the good ones.
        part_name: Which of these: "bad" or "good".
        jobs: Values of ``job`` they come from; empty for all.
        boundary: Where the threshold of the good events is no bucket's: those it lies between.
        above: Selector of the bucket above it; empty where there is none.
    """

    ask: Interviewer
    definition: SloDefinition
    window: Window
    total: str
    part: str
    part_name: str
    jobs: tuple[str, ...] = ()
    boundary: Boundary | None = None
    above: str = ""

    @property
    def what(self) -> str:
        """What is missing when it cannot be read."""
        return f"the SLI of {self.definition.name}"

    @property
    def key(self) -> str:
        """What its samples are called in the evidence's readings."""
        return of_slo(self.definition.name, "samples")

    def selectors(self) -> dict[str, str]:
        """Selectors by role."""
        found = {"total": self.total, self.part_name: self.part}
        return {**found, "good_above": self.above} if self.above else found

    def reading(self, role: str) -> Reading:
        """What the samples of a role's selector hold."""
        events = self.definition.events
        if events is None:
            return Reading.COUNTER
        return events.total_reading if role == "total" else events.part_reading

    def ask_both(self, question: Callable[[str], T]) -> dict[str, T]:
        """The same question about both selectors, at once.

        Returns:
            The answers, by role.

        Raises:
            SourceError: One of them has none.
        """
        tasks = {role: partial(question, selector) for role, selector in self.selectors().items()}
        return self.ask.at_once(tasks, self.what)


def observed(subject: Subject, found: Mapping[str, tuple[Answer, CounterRead]]) -> Observed[SloUpdate]:
    """Counters as evidence.

    Args:
        subject: What was asked for.
        found: By role, the answer and what was read from it.

    Returns:
        An update that sets them all; their sources, and a gap where an answer was partial.
    """
    answered, kept = found[subject.part_name]
    if subject.part_name == "good" and not (answered.matrix.series and kept.matrix.sample_count):
        return Observed(unchanged, {}, (gap_of_nothing(subject.part, subject.what, _CHECK_GOOD),))
    selectors = subject.selectors()
    sources = {}
    for role, (answer, read) in found.items():
        over, shown = (None, None) if read.pushed_down else (subject.window, selectors[role])
        sources[read.source] = answer.source(subject.ask.base, over=over, shown=shown)
    reads: dict[str, object] = {role: read for role, (_, read) in found.items()}
    gaps = [gap for answer, _ in found.values() for gap in gaps_of_partial(answer.reply, subject.what)]
    return Observed(
        lambda slo: msgspec.structs.replace(slo, **reads, boundary=subject.boundary),
        sources,
        tuple(dict.fromkeys(gaps)),
    )


def read_of(subject: Subject, role: str, answer: Answer, kept: Matrix) -> CounterRead:
    """What an answer says of one of the counters, read sample by sample.

    Args:
        subject: What was asked for.
        role: Which of its counters.
        answer: The answer.
        kept: Its samples.
    """
    window = subject.window
    key = source_id(subject.definition.name, role)
    return CounterRead(
        matrix=kept,
        source=key,
        start=window.start,
        end=window.end,
        recorded=subject.reading(role) is not Reading.COUNTER,
        caveats=answer.reply.caveats,
    )


def nothing(subject: Subject, answer: Answer) -> Observed[SloUpdate]:
    """No series of all events: that is known, and a gap.

    Args:
        subject: What was asked for.
        answer: The answer without them.
    """
    read = read_of(subject, "total", answer, Matrix())
    source = answer.source(subject.ask.base, over=subject.window)
    lacking = gaps_of_partial(answer.reply, subject.what)
    gaps = lacking or (gap_of_nothing(subject.total, subject.what, _CHECK_TOTAL),)
    state = reach({read.source: source}, lacking) if lacking else Answered(state=State.EMPTY)
    return Observed(lambda slo: _unless_known(slo, read), {read.source: source}, gaps, {subject.key: state})


def _unless_known(slo: SloEvidence, read: CounterRead) -> SloEvidence:
    """The empty answer, unless an earlier one held something."""
    return slo if slo.total is not None and slo.total.matrix.series else msgspec.structs.replace(slo, total=read)
