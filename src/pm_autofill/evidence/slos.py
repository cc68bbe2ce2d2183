"""SLO definitions, and what Prometheus said about them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from pm_autofill.evidence.series import Matrix

# How a caveat on the query, rather than on the answer, begins.
QUERY_REMARK = "PromQL "


class BudgetMethod(StrEnum):
    """How an error budget is spent (reference: SRE workbook ch. 2; OpenSLO budgetingMethod)."""

    OCCURRENCES = "occurrences"
    TIMESLICES = "timeslices"
    RATIO_TIMESLICES = "ratio_timeslices"


class SliKind(StrEnum):
    """What a bad event is: a failed request, or a slow one."""

    AVAILABILITY = "availability"
    LATENCY = "latency"


class Reading(StrEnum):
    """What the samples of a selector hold."""

    COUNTER = "counter"
    """A count that grows from sample to sample."""
    SUM = "sum"
    """The events since the sample before: they are added up, as ``sum_over_time`` does."""
    COUNT = "count"
    """Each sample is an event, whatever its value: they are counted, as ``count_over_time`` does."""


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """Selectors of the series that count events.

    Attributes:
        total: All events.
        bad: The bad ones; None when the good ones are given.
        good: The good ones; None when the bad ones are given.
        total_reading: What the samples of ``total`` hold.
        part_reading: What those of ``bad`` or ``good`` hold.
    """

    total: str
    bad: str | None = None
    good: str | None = None
    total_reading: Reading = Reading.COUNTER
    part_reading: Reading = Reading.COUNTER


FOUND = "Prometheus"
"""How the origin of an SLO begins that was found there, configured nowhere."""

CALENDARS = ("day", "week", "month", "quarter", "year")
"""Budget windows that begin anew with the calendar."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""What a week may begin with."""


class SloDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """One service level objective, whatever format it was written in.

    Attributes:
        name: Its name; unique among the SLOs of a run.
        service: The configured service it belongs to.
        objective: In percent, exact, such as ``Decimal("99.9")``.
        window: The budget window as configured: a duration such as ``30d``, or one of ``CALENDARS``; a week that does
            not begin on Monday says so, as in ``week from Thursday``.
        time_zone: IANA zone of a calendar window.
        method: How the budget is spent.
        slice_length: Seconds of a time slice, for the two slice methods.
        slice_objective: Percent a slice must reach to be good, for the timeslices method.
        events: Counters, when events can be counted.
        ratio: PromQL of the error ratio, when only a ratio exists.
        kind: Whether bad means failed or slow.
        origin: Where it was defined: "configuration", a file with its object, or rules found in Prometheus.
        noun: What it counts, in the plural, such as "messages"; empty where nobody said.
    """

    name: str
    service: str
    objective: Decimal
    window: str = "30d"
    time_zone: str = "UTC"
    method: BudgetMethod = BudgetMethod.OCCURRENCES
    slice_length: float | None = None
    slice_objective: Decimal | None = None
    events: Events | None = None
    ratio: str | None = None
    kind: SliKind = SliKind.AVAILABILITY
    origin: str = "configuration"
    noun: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no time zone: its name, which a stranger may have written, is that of a file to open."""
        if self.time_zone == "UTC":
            return
        from zoneinfo import ZoneInfo  # rarely needed

        try:
            ZoneInfo(self.time_zone)
        except (OSError, ValueError, KeyError):
            message = f"{self.time_zone[:40]!r} is no time zone that is known here"
            raise ValueError(message) from None

    @property
    def rolling(self) -> bool:
        """Whether the budget window is a length of time, rather than a stretch of the calendar."""
        return not self.calendar

    @property
    def calendar(self) -> str:
        """Which of ``CALENDARS`` the budget begins anew with; empty for a rolling window."""
        unit = self.window.partition(" ")[0]
        return unit if unit in CALENDARS else ""

    @property
    def discovered(self) -> bool:
        """Whether it was found in Prometheus, configured nowhere."""
        return self.origin.startswith(FOUND)

    @property
    def budget_ratio(self) -> float:
        """The share of events that may be bad.

        Formula: 1 - objective / 100, in decimals.
        Source: SRE workbook ch. 2.
        """
        return float(1 - self.objective / 100)


def is_partial(caveats: tuple[str, ...]) -> bool:
    """Whether remarks on an answer say that it lacks something; those on how the query is written do not."""
    return not all(text.startswith(QUERY_REMARK) for text in caveats)


class CounterRead(msgspec.Struct, frozen=True, kw_only=True):
    """Counter samples over a window.

    Attributes:
        matrix: The samples.
        source: Id of the question.
        start: First instant asked for.
        end: Last instant asked for.
        pushed_down: True when the server summed increments per step, because the raw samples were too many or refused;
            the matrix then holds one cumulative series, at the middle of the scrapes that each step looked at.
        spread: Where pushed down: seconds between the first and the last of these scrapes.
        at_ends: Where pushed down: a cumulative series of what may at most have been lost as processes ended.
        recorded: True when the samples themselves were events, not counts that grow; the matrix then holds their
            running sums, which begin at 0 and never restart.
        caveats: Warnings that came with the answer.
    """

    matrix: Matrix
    source: str
    start: datetime
    end: datetime
    pushed_down: bool = False
    recorded: bool = False
    spread: float = 0.0
    at_ends: Matrix | None = None
    caveats: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether the answer may lack something."""
        return is_partial(self.caveats)


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """The buckets around a threshold that none of them ends at.

    Attributes:
        threshold: What the SLO asks for, in the histogram's unit.
        below: The next lower boundary; 0 where the threshold lies in the first bucket.
        above: The next higher one; None where the threshold lies in the last bucket, which has no end.
    """

    threshold: float
    below: float
    above: float | None

    @property
    def share(self) -> float:
        """The share of its bucket that lies below the threshold, events taken as spread evenly; 0 without an end.

        Formula: (threshold - below) / (above - below).
        """
        return 0.0 if self.above is None else (self.threshold - self.below) / (self.above - self.below)


class BudgetTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What one window of a budget is made of, summed by the server.

    Attributes:
        start: Start of what was summed: the window's, or where its history begins.
        end: End of the window.
        bad: Bad events in it (for a definition by good events: total - good); by time slices what these take of the
            budget: the bad ones, or the sum of their ratios.
        total: All events in it; by time slices those that were scraped.
        sources: Ids of the questions.
        caveats: Warnings that came with the answers.
    """

    start: datetime
    end: datetime
    bad: float
    total: float
    sources: tuple[str, ...]
    caveats: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether the answers may lack something."""
        return is_partial(self.caveats)


class SloEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One SLO and what was observed of it.

    Attributes:
        definition: The SLO.
        named: Whether the incident names its service.
        total: Samples of all events; None when they could not be had or only a ratio exists.
        bad: Samples of bad events (None where ``good`` is given).
        good: Samples of good events (None where ``bad`` is given); where no bucket ends at their threshold, those of
            the bucket below, or of the first one.
        good_above: Samples of the bucket above then.
        boundary: Where the threshold lies then.
        ratio: Samples of the error ratio, for definitions that have only a ratio.
        process_starts: Samples of ``process_start_time_seconds`` of the same instances.
        history_start: First instant in the budget window's reach that has data.
        totals: Events of the budget windows asked for.
        weeks: Events of the impact's time of the week in the weeks before, as far as these have data.
    """

    definition: SloDefinition
    named: bool = True
    total: CounterRead | None = None
    bad: CounterRead | None = None
    good: CounterRead | None = None
    good_above: CounterRead | None = None
    boundary: Boundary | None = None
    ratio: CounterRead | None = None
    process_starts: CounterRead | None = None
    history_start: datetime | None = None
    totals: tuple[BudgetTotals, ...] = ()
    weeks: tuple[BudgetTotals, ...] = ()

    @property
    def parts(self) -> tuple[tuple[float, CounterRead], ...]:
        """What the bad events (else the good ones) add up from: shares and reads; nothing where neither was read."""
        read = self.bad or self.good
        if read is None:
            return ()
        if self.boundary is None or self.boundary.above is None:
            return ((1.0, read),)
        if self.good_above is None:
            return ((self.boundary.share, read),)
        return ((1 - self.boundary.share, read), (self.boundary.share, self.good_above))
