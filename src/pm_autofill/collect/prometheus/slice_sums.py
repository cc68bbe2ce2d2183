"""The slices of a window that can be judged, and what they take of the budget, judged and summed by the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.refusals import may_fit_when_smaller
from pm_autofill.collect.prometheus.slice_queries import bad_ratio, over_slices, scraped_slice, slice_events
from pm_autofill.errors import SourceError
from pm_autofill.evidence.budget_windows import slice_length
from pm_autofill.evidence.increments import scrape_interval
from pm_autofill.evidence.slices import allowed_in_slice, is_too_coarse
from pm_autofill.evidence.slos import BudgetMethod, Reading
from pm_autofill.instants import Window, from_epoch
from pm_autofill.promql import accept_bounds, or_none, recorded_in

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.evidence.slos import SloEvidence

# VictoriaMetrics evaluates at most 30,000 times for one answer.
_MOST_SLICES = 25_000
_DAY = timedelta(days=1)
# The rounding of extrapolated counts must not make a slice at exactly its objective a bad one.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class SliceSums:
    """Sums over slices.

    Attributes:
        scraped: Expression that has a value for each slice whose events were scraped.
        ratio: Expression of a slice's ratio of bad events; none without events.
        allowed: The ratio a good slice may have; None where ratios themselves are summed.
        length: Length of a slice.
        counted: What the configuration counts by.
    """

    scraped: str
    ratio: str
    allowed: float | None
    length: timedelta
    counted: str
    part_name = "bad"

    @property
    def part(self) -> str:
        """Expression of what a slice takes: 1 or 0, or its ratio."""
        return self.ratio if self.allowed is None else f"({self.ratio}) > bool {self.allowed + _ROUNDING:.12g}"

    def ask(self, ask: Interviewer, window: Window, what: str) -> dict[str, tuple[Answer, ...]]:
        """Both sums, in as few parts of the window as the server allows; day by day where it refuses those.

        Args:
            ask: Asks.
            window: What to sum over.
            what: What is missing when there is no answer.

        Returns:
            The answers by role: ``total`` (slices scraped) and ``bad`` (what they take).

        Raises:
            SourceError: There is none.
        """
        try:
            return self._ask_in_parts(ask, window, self.length * _MOST_SLICES, what)
        except SourceError as error:
            if not may_fit_when_smaller(error) or window.seconds <= _DAY.total_seconds():
                raise
            first = error
        try:
            return self._ask_in_parts(ask, window, _DAY, what)
        except SourceError:
            raise first from None

    def _ask_in_parts(
        self, ask: Interviewer, window: Window, most: timedelta, what: str
    ) -> dict[str, tuple[Answer, ...]]:
        questions = {"total": ("count_over_time", self.scraped), "bad": ("sum_over_time", self.part)}
        parts = parts_of(window, most, self.length)
        tasks = {role: partial(self._each, ask, parts, asked, what) for role, asked in questions.items()}
        return ask.at_once(tasks, what)

    def _each(
        self, ask: Interviewer, parts: tuple[Window, ...], asked: tuple[str, str], what: str
    ) -> tuple[Answer, ...]:
        """One sum, part by part, one after the other."""
        function, expression = asked

        def over(one: Window) -> str:
            summed = over_slices(function, expression, one.end - one.start, self.length)
            return or_none(f"sum({summed})") if function == "sum_over_time" else summed

        return tuple(ask.instant(over(one), one.end, what) for one in parts)


def slice_sums(slo: SloEvidence) -> SliceSums | None:
    """How the server is to judge an SLO's slices.

    Args:
        slo: What is known of the SLO: its definition, and its samples for their scrape interval.

    Returns:
        The sums; None for an SLO that has neither events nor a ratio, whose events are recorded in longer pieces than
        slices, or whose threshold is no bucket's.
    """
    definition, length = slo.definition, timedelta(seconds=slice_length(slo.definition))
    summed = definition.method is BudgetMethod.RATIO_TIMESLICES
    allowed = None if summed else allowed_in_slice(definition)
    events = definition.events
    if events is None:
        if definition.ratio is None:
            return None
        valid = f"({accept_bounds(definition.ratio)}) >= 0"  # a ratio of nothing is no number
        return SliceSums(valid, valid, allowed, length, definition.ratio)
    counters = {events.total_reading, events.part_reading} == {Reading.COUNTER}
    if slo.boundary is not None or (not counters and is_too_coarse(slo)):
        return None
    scrape = timedelta(seconds=round(scrape_interval(slo.total), 3)) if slo.total else length
    whole, part = (accept_bounds(one or "") for one in (events.total, events.bad or events.good))
    total = _in_slice(whole, events.total_reading, whole, length, scrape)
    counted = _in_slice(part, events.part_reading, whole if counters else part, length, scrape)
    bad, good = (counted if one is not None else None for one in (events.bad, events.good))
    if events.total_reading is Reading.COUNTER:
        scraped = scraped_slice(whole, length, scrape)
    else:
        scraped = recorded_in(whole, length, each_one=True)
    return SliceSums(scraped, bad_ratio(bad, good, total), allowed, length, events.total)


def _in_slice(selector: str, reading: Reading, restarting: str, length: timedelta, scrape: timedelta) -> str:
    """The events of one slice."""
    if reading is Reading.COUNTER:
        return slice_events(selector, restarting, length, scrape)
    return recorded_in(selector, length, each_one=reading is Reading.COUNT)


def parts_of(window: Window, most: timedelta, length: timedelta) -> tuple[Window, ...]:
    """A window in parts, cut where a slice ends.

    Args:
        window: The window.
        most: How long a part may be; not shorter than a slice.
        length: Length of a slice.
    """
    seconds = length.total_seconds()
    parts = []
    start = window.start
    while window.end - start > most:
        cut = from_epoch((start + most).timestamp() // seconds * seconds)
        parts.append(Window(start, cut))
        start = cut
    return (*parts, Window(start, window.end))
