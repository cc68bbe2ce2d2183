"""From the queries of a definition to what is counted: events where that is exact, else the error ratio alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.evidence.slos import Events, Reading, SliKind
from pm_autofill.promql import has_matcher
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.specification import Indicator

if TYPE_CHECKING:
    from decimal import Decimal

    from pm_autofill.slo.queries import Counted, Query

_BAD_WHEN = {"lt": ">=", "lte": ">", "gt": "<=", "gte": "<", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=",
             "!=": "=="}  # fmt: skip
_WAYS = {
    Reading.COUNTER: "counters, counted exactly",
    Reading.SUM: "recorded counts, added up",
    Reading.COUNT: "samples, each an event",
}


def of_parts(total: Query, *, bad: Query | None = None, good: Query | None = None) -> Indicator:
    """An SLI given by all events and the bad or the good ones.

    Args:
        total: All events.
        bad: The bad ones; None where the good ones are given.
        good: The good ones; None where the bad ones are given.

    Raises:
        Refusal: The two count in different units.
    """
    part = bad or good
    if part is None:
        raise Refusal(total.field, "has neither bad nor good events beside it")
    whole, counted, is_bad = total.counted, part.counted, bad is not None
    if whole is not None and counted is None:
        counted, is_bad = part.less(whole), bad is None
    if whole is not None and counted is not None:
        if whole.per_second != counted.per_second:
            raise Refusal(part.field, f"counts in another unit than {total.field}: one is per second")
        return _counting(whole, counted, is_bad=is_bad)
    unclear = total.field if whole is None else part.field
    why = f"percentage only: {unclear} is no sum of counters or recorded counts"
    if bad is not None:
        above = f"(({bad.rated}) or vector(0))" if bad.single else f"({bad.rated})"
        return Indicator(None, f"{above} / ({total.rated})", _kind(bad.text), why)
    return Indicator(None, f"1 - ({part.rated}) / ({total.rated})", _kind(part.text), why)


def of_ratio(query: Query, *, failure: bool) -> Indicator:
    """An SLI given by one query.

    Args:
        query: Its ratio.
        failure: Whether that is the ratio of bad events, rather than of good ones.
    """
    found = query.fraction
    if found is not None:
        return _counting(found.whole, found.part, is_bad=failure is not found.complement)
    why = f"percentage only: {query.field} is no ratio of two counts"
    return Indicator(None, query.text if failure else f"1 - ({query.text})", _kind(query.text), why)


def of_threshold(query: Query, operator: str, value: Decimal, field: str) -> Indicator:
    """An SLI that is good while a query's value keeps to a threshold.

    Args:
        query: The value.
        operator: How it must stand to the threshold to be good: lt, lte, gt, gte, or as PromQL writes it.
        value: The threshold.
        field: Where the operator stands, for messages.

    Raises:
        Refusal: The operator is not known.
    """
    if operator not in _BAD_WHEN:
        raise Refusal(field, f"{operator!r} is no comparison; known are lt, lte, gt and gte")
    why = f"percentage only: {query.field} is compared with a threshold, which counts time, not events"
    ratio = f"avg(({query.text}) {_BAD_WHEN[operator]} bool {value:f})"
    return Indicator(None, ratio, SliKind.AVAILABILITY, why)


def _counting(whole: Counted, part: Counted, *, is_bad: bool) -> Indicator:
    events = Events(
        total=whole.selector,
        bad=part.selector if is_bad else None,
        good=None if is_bad else part.selector,
        total_reading=whole.reading,
        part_reading=part.reading,
    )
    return Indicator(events, None, _kind(part.selector), _WAYS[whole.reading])


def _kind(selector: str) -> SliKind:
    """Latency where events are told apart by a histogram's bucket boundary."""
    return SliKind.LATENCY if has_matcher(selector, "le") else SliKind.AVAILABILITY
