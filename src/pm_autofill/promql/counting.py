"""Expressions that have the server count events.

Counting by the server follows ``docs/decisions/0010-counting.md``: a series born inside a window counts from zero,
unless its process is known to be older than the window and to have been scraped late.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.instants import format_duration
from pm_autofill.promql.selectors import over, select

if TYPE_CHECKING:
    from collections.abc import Iterable

INSTANT = timedelta(milliseconds=1)
"""So much less of a window is asked for: ranges include their start up to Prometheus 2, and exclude it from 3 on."""

PROCESS_START = "process_start_time_seconds"
# How long before a window a series must have been silent to count as born inside it.
_SILENCE = timedelta(hours=1)
# Beside its own labels each summed series carries one that says how it was counted; this is its name.
_PART = "pm_autofill_counted"
STEP_PART = "pm_autofill_scrapes"


def sample_count(selector: str, window: timedelta) -> str:
    """How many samples ``over`` would return, by target; nothing when there are none."""
    return f"sum by (job, instance) (count_over_time({over(selector, window)}))"


def events_in(selector: str, window: timedelta, jobs: Iterable[str] = ()) -> str:
    """Events counted by all series of a selector over a long window ending at the time of evaluation.

    ``increase`` misses what a series born inside the window had counted at its first scrape, and everything where there
    was only one. For a series without a sample in the hour before the window its last value is taken too, and the
    larger of both counts: ``increase`` knows of restarts, the last value of the beginning. A series whose process began
    before the window and was not scraped then is no birth.

    Args:
        selector: Counters.
        window: Its length.
        jobs: Values of ``job`` among which process starts are looked up; empty for all.

    Formula: sum(max(increase(x[W]), last_over_time(x[W]) of those born in W)).
    Source: measured against known truth; ``docs/decisions/0010-counting.md``.
    """
    length = format_duration(window)
    seen_before = f"last_over_time({over(selector, _SILENCE)} offset {length})"
    born = f"last_over_time({selector}[{length}]) unless {seen_before} {_unless_scraped_late(window, jobs)}"
    grown = f"increase({selector}[{length}])"
    either = f"{_marked(born, 'born')} or {_marked(grown, 'grown')}"
    return f"sum(max without ({_PART}) ({either}))"


def or_none(events: str) -> str:
    """Events that are none where no series counts them: the answer then says so, and an empty one says nothing."""
    return f"({events} or vector(0))"


def where_known(events: str, window: timedelta, scraped: str) -> str:
    """Events of a window; nothing where the hour before it has no samples: there any counter would be a birth.

    Args:
        events: Expression of the events in the window.
        window: Its length.
        scraped: What must have had samples before.
    """
    before = f"last_over_time({over(scraped, _SILENCE)} offset {format_duration(window)})"
    return f"{events} and on() count({before})"


def events_per_step(selector: str, step: timedelta, jobs: Iterable[str] = ()) -> str:
    """Events counted by all series since the step before, without extrapolation; the steps add up to a long window's.

    Args:
        selector: Counters.
        step: Seconds between evaluations; the sum is right for this step only.
        jobs: As for ``events_in``.

    Formula: sum of x(t) - x(t - step); where the counter restarted, of max(x) - x(t - step) + x(t); where it was born,
        of x(t). The last value of the hour before is x(t - step), so that a gap in the scrapes is no birth.
    Source: measured against known truth; ``docs/decisions/0010-counting.md``.
    """
    length = format_duration(step)
    before = f"last_over_time({over(selector, _SILENCE)} offset {length})"
    grown = f"({selector} - {before}) >= 0"
    restarted = f"{selector} + ((max_over_time({selector}[{length}]) - {before}) >= 0)"
    return f"sum({grown} or {restarted} or ({selector} {_unless_scraped_late(step, jobs)}))"


def events_at_ends(selector: str, step: timedelta) -> str:
    """Events of the step before a process ended, per step: about so many at most were lost with it.

    What a process counts after its last scrape is in no series. A series ended where it has no sample in a step, or
    restarted in it.

    Args:
        selector: Counters.
        step: Seconds between evaluations.

    Formula: sum of x(t - step) - x(t - 2 step) over the series that were not sampled since, or restarted.
    """
    length, twice = format_duration(step), format_duration(2 * step)
    before, earlier = (f"last_over_time({over(selector, _SILENCE)} offset {ago})" for ago in (length, twice))
    running = f"count_over_time({selector}[{length}]) unless (resets({selector}[{twice}]) > 0)"
    return f"sum((({before} - {earlier}) >= 0) unless ({running}))"


def scrapes_per_step(selector: str, step: timedelta) -> str:
    """When the samples that each step looks at were taken, without those of dead series.

    Args:
        selector: What is scraped.
        step: Seconds between evaluations.

    Returns:
        A query for three series, told apart by ``STEP_PART``: the ``first`` and the ``last`` of a step's latest
        samples, and how many ``each`` series has in a step; none at a step without scrapes.
    """
    fresh = f"timestamp({selector}) >= time() - {step.total_seconds():.15g}"
    parts = {
        "first": f"min({fresh})",
        "last": f"max({fresh})",
        "each": f"avg(count_over_time({selector}[{format_duration(step)}]) and ({fresh}))",
    }
    return " or ".join(_marked(vector, name, STEP_PART) for name, vector in parts.items())


def increase_per_step(selector: str, step: timedelta) -> str:
    """Events counted by all series since the step before, as rules that look at ``rate`` see them: without births.

    A twelfth of the server's work that ``events_per_step`` is.

    Args:
        selector: Counters.
        step: Seconds between evaluations; several scrapes long.

    Formula: sum(increase(x[step])).
    """
    return f"sum(increase({over(selector, step)}))"


def recorded_in(selector: str, window: timedelta, *, each_one: bool) -> str:
    """Events of series whose samples hold the events since the sample before, over a window.

    Args:
        selector: The series.
        window: Its length.
        each_one: Whether every sample is one event instead, whatever its value.

    Formula: sum(sum_over_time(x[W])), or sum(count_over_time(x[W])).
    """
    function = "count_over_time" if each_one else "sum_over_time"
    return f"sum({function}({over(selector, window - INSTANT)}))"


def first_seen(selector: str, reach: timedelta, resolution: timedelta, ago: timedelta = timedelta(0)) -> str:
    """The first instant of a stretch, at this resolution, at which a selector had data; epoch seconds.

    Args:
        selector: What is looked for.
        reach: Length of the stretch.
        resolution: How finely to look.
        ago: How long before the time of evaluation the stretch ends.

    Formula: min_over_time((time() + 0 * count(x))[reach:resolution]).
    """
    length, step = format_duration(reach), format_duration(resolution)
    offset = f" offset {format_duration(ago)}" if ago else ""
    return f"min_over_time((time() + 0 * count({selector}))[{length}:{step}]{offset})"


def ratio_of(
    part: str, whole: str, *, complement: bool, window: timedelta, functions: tuple[str, str] = ("rate", "rate")
) -> str:
    """The ratio of two counts, as people graph it.

    Args:
        part: Selector of the bad events, or of the good ones.
        whole: Selector of all events.
        complement: Whether ``part`` holds the good ones, so that 1 - ratio is meant.
        window: The window they are counted over.
        functions: What counts each of them.

    Formula: sum(rate(part[w])) / sum(rate(whole[w])), or 1 less that.
    """
    length = format_duration(window)
    ratio = f"sum({functions[0]}({part}[{length}])) / sum({functions[1]}({whole}[{length}]))"
    return f"1 - {ratio}" if complement else ratio


def _unless_scraped_late(window: timedelta, jobs: Iterable[str]) -> str:
    """Leaves out series of targets whose process is older than the window but was not scraped when it began."""
    starts = select(PROCESS_START, job=jobs)
    older = f"{starts} < time() - {window.total_seconds():.15g}"
    return f"unless on (job, instance) ({older} unless on (job, instance) {starts} offset {format_duration(window)})"


def _marked(vector: str, mark: str, label: str = _PART) -> str:
    """A vector whose series say in a label what they are."""
    return f'label_replace({vector}, "{label}", "{mark}", "", "")'
