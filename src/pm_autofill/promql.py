"""PromQL expressions, built in one place so that label values are always quoted.

Counting by the server follows ``docs/decisions/0010-counting.md``: a series born inside a window counts from zero,
unless its process is known to be older than the window and to have been scraped late.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.instants import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INSTANT = timedelta(milliseconds=1)
"""So much less of a window is asked for: ranges include their start up to Prometheus 2, and exclude it from 3 on."""

PROCESS_START = "process_start_time_seconds"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_REGEX_MARKS = re.compile(r"[\\.+*?()|\[\]{}^$]")
_STRING = re.compile(r'("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`)', re.DOTALL)
_MATCHER = re.compile(r"(?:[{,]|^)\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*$")
_WHOLE = re.compile(r"\d+(\.0)?")
# How long before a window a series must have been silent to count as born inside it.
_SILENCE = timedelta(hours=1)
# Beside its own labels each summed series carries one that says how it was counted; this is its name.
_PART = "pm_autofill_counted"
STEP_PART = "pm_autofill_scrapes"


def quote(value: str) -> str:
    """A label value as a PromQL string literal (Go escaping)."""
    return '"' + "".join(_ESCAPES.get(char, char) for char in value) + '"'


def plain_strings(expression: str) -> str:
    """An expression with its raw strings written as quoted ones, which every parser understands alike."""
    pieces = _STRING.split(expression)
    for index in range(1, len(pieces), 2):
        if pieces[index].startswith("`"):
            pieces[index] = quote(pieces[index][1:-1])
    return "".join(pieces)


def without_strings(expression: str) -> str:
    """An expression with every string in it empty, so that what stands outside of strings can be looked at."""
    return '""'.join(_STRING.split(expression)[::2])


def one_of(values: Iterable[str]) -> str:
    """A matcher's right side that accepts exactly these values: an anchored, escaped regular expression, quoted."""
    return quote("|".join(exactly(value) for value in sorted(set(values))))


def exactly(value: str) -> str:
    """A regular expression, unquoted, that matches this value alone."""
    return _REGEX_MARKS.sub(r"\\\g<0>", value)


def select(name: str, **allowed: Iterable[str]) -> str:
    """A selector of one metric.

    Args:
        name: The metric's name.
        allowed: By label, the values it may have; a label without any is not looked at.

    Returns:
        Such as ``ALERTS{alertname=~"A|B"}``.
    """
    matchers = [f"{label}=~{one_of(values)}" for label, each in sorted(allowed.items()) if (values := tuple(each))]
    return f"{name}{{{','.join(matchers)}}}" if matchers else name


def over(selector: str, window: timedelta) -> str:
    """The raw samples of a selector over a window ending at the time of evaluation."""
    return f"{selector}[{format_duration(window)}]"


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


def literals(expression: str) -> tuple[str, ...]:
    """The string literals of an expression, without their quotes, as they are written."""
    return tuple(piece[1:-1] for piece in _STRING.split(expression)[1::2])


def has_matcher(selector: str, label: str) -> bool:
    """Whether a selector constrains a label."""
    return any(name == label for _, name, _, _ in _matchers(selector))


def accept_bounds(selector: str) -> str:
    r"""A selector that finds a whole bucket boundary in both notations; ``le="1"`` is ``le="1.0"`` since Prometheus 3.

    Args:
        selector: As configured.

    Returns:
        The same, with ``le="1"`` or ``le="1.0"`` written as ``le=~"1(\.0)?"``; other boundaries are left alone.
    """
    pieces = _STRING.split(selector)
    for index, name, operator, value in _matchers(selector):
        if name == "le" and operator == "=" and _WHOLE.fullmatch(value):
            head = pieces[index - 1].rstrip()
            pieces[index - 1] = head.removesuffix("=") + "=~"
            pieces[index] = quote(value.removesuffix(".0") + r"(\.0)?")
    return "".join(pieces)


def bound_of(selector: str) -> float | None:
    """The bucket boundary that a selector asks for by ``le="..."``; None where it asks for none, or for several."""
    bounds = [value for _, name, operator, value in _matchers(selector) if (name, operator) == ("le", "=")]
    try:
        return float(bounds[0]) if len(bounds) == 1 else None
    except ValueError:
        return None


def at_bound(selector: str, bound: str) -> str:
    """A selector that asks for another bucket of the same histogram.

    Args:
        selector: With ``le="..."``.
        bound: The other bucket's boundary, as its label writes it.
    """
    pieces = _STRING.split(selector)
    for index, name, operator, _ in _matchers(selector):
        if (name, operator) == ("le", "="):
            pieces[index] = quote(bound)
    return "".join(pieces)


def bounds_in(selector: str, window: timedelta) -> str:
    """The bucket boundaries that a histogram had over a window: one series for each.

    Args:
        selector: One of its buckets, by ``le="..."``.
        window: Its length; it ends at the time of evaluation.
    """
    pieces = _STRING.split(selector)
    for index, name, operator, _ in _matchers(selector):
        if (name, operator) == ("le", "="):
            pieces[index - 1] = pieces[index - 1].rstrip().removesuffix("=") + "=~"
            pieces[index] = quote(".+")
    return f"count by (le) (count_over_time({over(''.join(pieces), window)}))"


def _unless_scraped_late(window: timedelta, jobs: Iterable[str]) -> str:
    """Leaves out series of targets whose process is older than the window but was not scraped when it began."""
    starts = select(PROCESS_START, job=jobs)
    older = f"{starts} < time() - {window.total_seconds():.15g}"
    return f"unless on (job, instance) ({older} unless on (job, instance) {starts} offset {format_duration(window)})"


def _marked(vector: str, mark: str, label: str = _PART) -> str:
    """A vector whose series say in a label what they are."""
    return f'label_replace({vector}, "{label}", "{mark}", "", "")'


def reads(expression: str, selector: str) -> bool:
    """Whether an expression reads what a selector selects, or a part of it, as far as its text tells.

    Args:
        expression: Any PromQL, such as an alert's.
        selector: A metric's name with its matchers.

    Returns:
        Whether the metric's name stands in it, and every equality of the selector.
    """
    metric = selector.partition("{")[0].strip()
    wanted = {f"{label}={value}" for _, label, operator, value in _matchers(selector) if operator == "="}
    found = {f"{label}={value}" for _, label, operator, value in _matchers(expression) if operator == "="}
    return (
        bool(metric)
        and re.search(rf"(?<![\w:]){re.escape(metric)}(?![\w:])", expression) is not None
        and wanted <= found
    )


def _matchers(selector: str) -> Iterator[tuple[int, str, str, str]]:
    """The matchers of a selector: which piece holds the value, the label, the operator, the value without quotes."""
    pieces = _STRING.split(selector)
    for index in range(1, len(pieces), 2):
        if found := _MATCHER.search(pieces[index - 1]):
            yield index, found[1], found[2], pieces[index][1:-1]


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
