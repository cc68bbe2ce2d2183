"""All events of a window and the bad ones, as two questions to the server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.readings import sum_in
from pm_autofill.collect.prometheus.refusals import may_fit_when_smaller
from pm_autofill.errors import SourceError
from pm_autofill.instants import Window
from pm_autofill.promql import accept_bounds, or_none

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.evidence.slos import Events, Reading

_CHUNK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EventSums:
    """Sums of counters, or of recorded events.

    Attributes:
        events: Their selectors.
        jobs: Where they come from, as far as that is known.
    """

    events: Events
    jobs: tuple[str, ...]

    @property
    def part_name(self) -> str:
        """Which part of all events is counted beside them."""
        return "bad" if self.events.bad is not None else "good"

    @property
    def counted(self) -> str:
        """The selector of all events."""
        return self.events.total

    @property
    def part(self) -> str:
        """The selector of that part."""
        return self.events.bad or self.events.good or ""

    def ask(self, ask: Interviewer, window: Window, what: str) -> dict[str, tuple[Answer, ...]]:
        """Both sums at once; day by day where the server refuses the window as a whole.

        Args:
            ask: Asks.
            window: What to sum over.
            what: What is missing when there is no answer.

        Returns:
            The answers by role: ``total``, and ``bad`` or ``good``.

        Raises:
            SourceError: There is none.
        """
        selectors = {
            "total": (accept_bounds(self.counted), self.events.total_reading),
            self.part_name: (accept_bounds(self.part), self.events.part_reading),
        }
        try:
            whole = {role: partial(self._whole, ask, window, role, *one, what) for role, one in selectors.items()}
            return {role: (answer,) for role, answer in ask.at_once(whole, what).items()}
        except SourceError as error:
            if not may_fit_when_smaller(error):
                raise
            first = error
        try:
            chunks = {role: partial(self._chunks, ask, window, role, *one, what) for role, one in selectors.items()}
            return {role: (answer,) for role, answer in ask.at_once(chunks, what).items()}
        except SourceError:
            raise first from None

    def _whole(self, ask: Interviewer, window: Window, role: str, selector: str, reading: Reading, what: str) -> Answer:
        """The sum over the window in one evaluation."""
        events = self._events(role, selector, window.end - window.start, reading)
        return ask.instant(events, window.end, what)

    def _events(self, role: str, selector: str, length: timedelta, reading: Reading) -> str:
        """The events in a window; of bad ones there may be no series, and then there were none."""
        events = sum_in(selector, length, self.jobs, reading)
        return or_none(events) if role == "bad" else events

    def _chunks(
        self, ask: Interviewer, window: Window, role: str, selector: str, reading: Reading, what: str
    ) -> Answer:
        """The sums of equal parts of the window, a day long at most; each looks back to the evaluation before."""
        count = math.ceil(window.seconds / _CHUNK.total_seconds())
        step = timedelta(milliseconds=math.floor(window.seconds * 1000 / count))
        first = Window(window.end - (count - 1) * step, window.end)
        return ask.stepped(self._events(role, selector, step, reading), first, step, what)
