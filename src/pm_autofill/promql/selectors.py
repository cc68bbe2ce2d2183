"""Selectors of series: written, read, and told what they ask for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pm_autofill.errors import UsageError
from pm_autofill.instants import format_duration, parse_duration
from pm_autofill.promql.strings import STRING, one_of, quote, without_strings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import timedelta

_MATCHER = re.compile(r"(?:[{,]|^)\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*$")
_RANGE = re.compile(r"\[\s*([0-9][0-9a-z]{0,20})\s*[\]:]")
_WHOLE = re.compile(r"\d+(\.0)?")


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
    pieces = STRING.split(selector)
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
    pieces = STRING.split(selector)
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
    pieces = STRING.split(selector)
    for index, name, operator, _ in _matchers(selector):
        if (name, operator) == ("le", "="):
            pieces[index - 1] = pieces[index - 1].rstrip().removesuffix("=") + "=~"
            pieces[index] = quote(".+")
    return f"count by (le) (count_over_time({over(''.join(pieces), window)}))"


def reads(expression: str, selector: str) -> bool:
    """Whether an expression reads what a selector selects, or a part of it, as far as its text tells.

    Args:
        expression: Any PromQL, such as an alert's.
        selector: A metric's name with its matchers.

    Returns:
        Whether the metric's name stands in it, and every equality of the selector.
    """
    metric = selector.partition("{")[0].strip()
    return (
        bool(metric)
        and metric in expression
        and re.search(rf"(?<![\w:]){re.escape(metric)}(?![\w:])", expression) is not None
        and _equalities(selector) <= _equalities(expression)
    )


def asked_values(expression: str, labels: Collection[str]) -> frozenset[str]:
    """The values that an expression asks some labels to be equal to.

    Args:
        expression: Any PromQL.
        labels: Names of labels.

    Returns:
        The values, as they stand between the quotes; of patterns none.
    """
    return frozenset(
        value for _, label, operator, value in _matchers(expression) if operator == "=" and label in labels and value
    )


def selects_more(one: str, other: str) -> bool:
    """Whether a selector selects all that another one does, and more: the same metric with fewer matchers.

    Args:
        one: A metric's name with its matchers.
        other: Another.
    """
    ours, theirs = ({(label, sign, value) for _, label, sign, value in _matchers(each)} for each in (one, other))
    same = one.partition("{")[0].strip() == other.partition("{")[0].strip()
    return same and ours < theirs


def longest_range(expression: str) -> timedelta | None:
    """The longest range of samples that an expression looks back over: ``[1m]``, or ``[30m:1m]`` of a subquery.

    Args:
        expression: Any PromQL.

    Returns:
        The range; None without one that can be read.
    """
    found = []
    for text in _RANGE.findall(without_strings(expression)):
        try:
            found.append(parse_duration(text))
        except UsageError:
            continue
    return max(found, default=None)


@lru_cache(maxsize=2**14)  # thousands of rules are held against each selector
def _equalities(expression: str) -> frozenset[str]:
    """What an expression asks of labels to be equal to."""
    return frozenset(f"{label}={value}" for _, label, operator, value in _matchers(expression) if operator == "=")


def _matchers(selector: str) -> Iterator[tuple[int, str, str, str]]:
    """The matchers of a selector: which piece holds the value, the label, the operator, the value without quotes."""
    pieces = STRING.split(selector)
    for index in range(1, len(pieces), 2):
        if found := _MATCHER.search(pieces[index - 1]):
            yield index, found[1], found[2], pieces[index][1:-1]
