"""Queries taken apart: what they count, as which selectors, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pm_autofill.evidence.slos import Events, Reading, SliKind
from pm_autofill.promql import quote
from pm_autofill.slo.indicators import of_parts, of_ratio, of_threshold
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import Counted, read_query


def counted(text: str, *, running: bool | None = None) -> Counted | None:
    """What a query counts."""
    return read_query(text, "query", running=running).counted


@pytest.mark.parametrize(
    ("text", "selector", "reading", "per_second"),
    [
        ("sum(rate(t[{{.window}}]))", "t", Reading.COUNTER, True),
        ("sum(rate(t[{{ .window }}]))", "t", Reading.COUNTER, True),
        ("rate(t[$__rate_interval])", "t", Reading.COUNTER, True),
        ("sum(irate(t[$__interval]))", "t", Reading.COUNTER, True),
        ("sum(increase(t[5m])) or vector(0)", "t", Reading.COUNTER, False),
        ("sum(increase(t[5m])) OR on() vector(0)", "t", Reading.COUNTER, False),
        ("sum by (route) (rate(t[5m]))", "t", Reading.COUNTER, True),
        ("((sum((rate(t[5m])))))", "t", Reading.COUNTER, True),
        ("sum(sum_over_time(t[5m]))", "t", Reading.SUM, False),
        ("sum(count_over_time(t[5m]))", "t", Reading.COUNT, False),
        ("sum(http_requests_total{})", "http_requests_total", Reading.COUNTER, False),
        ('{__name__="t",a="b"}', 't{a="b"}', Reading.COUNTER, False),
        ('{"t.x",a="b"}', '{__name__="t.x",a="b"}', Reading.COUNTER, False),
        ("rate(t{b='it\\'s',a=`x\"\\d`}[5m])", 't{a="x\\"\\\\d",b="it\'s"}', Reading.COUNTER, True),
        ('sum(rate(t{c="2"}[5m])) + sum(rate(t{c=~"4..|5.."}[5m]))', 't{c=~"2|4..|5.."}', Reading.COUNTER, True),
    ],
)
def test_what_queries_count(text: str, selector: str, reading: Reading, *, per_second: bool) -> None:
    """Sums of ranges over one selector, bare counters, and unions that no series is in twice."""
    assert counted(text, running=True) == Counted(selector, reading, per_second)


@pytest.mark.parametrize(
    "text",
    [
        "avg(rate(t[5m]))",
        "rate(t[5m] offset 1h)",
        "rate(t[5m] @ end())",
        "rate(t[5m]) * 60",
        "sum_over_time((count(t < 0.75))[5m:])",
        "max_over_time(t[5m])",
        "deriv(t[5m])",
        "count(t)",
        "t",
        "sum(connections_count)",
        'sum(rate(t{a="1" or a="2"}[5m]))',
        'sum(rate(t{c=~"4.."}[5m])) + sum(rate(t{c="400"}[5m]))',
        'sum(rate(t{c=~".+"}[5m])) + sum(rate(t{c="x"}[5m]))',
        "sum(rate(t[5m])) + sum(rate(u[5m]))",
        "sum(rate(t[5m])) + sum(increase(t{a='b'}[5m]))",
    ],
)
def test_what_cannot_be_counted(text: str) -> None:
    """Averages, shifts, scales, gauges, and unions in which a series could be twice."""
    assert counted(text) is None


@pytest.mark.parametrize("name", ["requests_total", "d_bucket", "d_seconds_count", "d_bytes_count"])
def test_names_tell_counters_where_nobody_does(name: str) -> None:
    """What is said of a selector wins over its name."""
    assert counted(name) == Counted(name, Reading.COUNTER)
    assert counted(name, running=False) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sum(rate(t[5m])", "is not PromQL: unclosed left parenthesis"),
        ("SELECT count(*) FROM t", "is not PromQL: "),
        ('t{project="${PROJECT}"}', "holds ${PROJECT}, which is not filled in"),
        ("rate(t[{{ .step }}])", "holds a range, offset or time that is none"),
        ("rate(t[9e999])", "holds a range, offset or time that is none"),
        ("rate(t[5m:99999999999w])", "holds a range, offset or time that is none"),
        ("t offset NaN", "holds a range, offset or time that is none"),
        ("t @ Inf", "holds a range, offset or time that is none"),
        ("-" * 151 + "a", "is longer than a query of an SLO can be"),
        ("a" + " + a" * 151, "is longer than a query of an SLO can be"),
        ("a" + " + a" * 50_000, "is longer than a query of an SLO can be"),
        ("(" * 50_000 + "a" + ")" * 50_000, "is longer than a query of an SLO can be"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    """With the field; what would overflow the parser's stack is not given to it."""
    with pytest.raises(Refusal) as caught:
        read_query(text, "spec.query")
    assert caught.value.field == "spec.query"
    assert caught.value.reason.startswith(reason)


@given(st.text(max_size=40).filter(lambda value: "${" not in value and "$__" not in value and "{{" not in value))
def test_label_values_survive(value: str) -> None:
    """Whatever a label's value holds but placeholders, the selector that is asked for means the same."""
    first = counted(f"rate(t{{a={quote(value)},b!=''}}[5m])")
    assert first is not None
    again = counted(f"rate({first.selector}[5m])")
    assert again == first
    assert f"a={quote(value)}" in first.selector


@pytest.mark.parametrize(
    "text",
    [
        "rate(t[1h30m] offset -5m)",
        "rate(t[1020s] @ 1700000000.5)",
        "rate(t[5m] @ end() offset 1w)",
        "avg_over_time(up[1d:5m])",
        "avg_over_time(up[1d:])",
        "sum by (offset, x) (offset{offset!='[9e999] @ NaN'})",
    ],
)
def test_times_that_are_read(text: str) -> None:
    """Shifted queries are no counts, but queries; and what stands in strings is nobody's time."""
    assert read_query(text, "query").text


def test_a_ratio_of_counts_is_counted() -> None:
    """In each of the forms people write."""
    bad = of_ratio(read_query('sum(rate(t{c="5"}[5m])) / sum(rate(t[5m]))', "q"), failure=True)
    rest = of_ratio(read_query('(sum(rate(t[5m])) - sum(rate(t{le="1"}[5m]))) / sum(rate(t[5m]))', "q"), failure=True)
    less = of_ratio(read_query('1 - (sum(rate(t{c="5"}[5m])) / sum(rate(t[5m])))', "q"), failure=False)
    good = of_ratio(read_query('sum(rate(t{c="2"}[5m])) / sum(rate(t[5m]))', "q"), failure=False)

    assert bad.events == less.events == Events(total="t", bad='t{c="5"}')
    assert rest.events == Events(total="t", good='t{le="1"}')
    assert (bad.kind, rest.kind) == (SliKind.AVAILABILITY, SliKind.LATENCY)
    assert good.events == Events(total="t", good='t{c="2"}')


def test_other_ratios_are_percentages_only() -> None:
    """As they stand, or one less them; and it is said."""
    query = read_query("avg(up{job='x'})", "spec.query")
    good, bad = of_ratio(query, failure=False), of_ratio(query, failure=True)

    assert (good.events, good.ratio) == (None, "1 - (avg(up{job='x'}))")
    assert bad.ratio == "avg(up{job='x'})"
    assert good.why == "percentage only: spec.query is no ratio of two counts"


def test_parts_that_cannot_be_counted_make_a_ratio() -> None:
    """Counters get a rate; bad events without any series count as none where nothing else can be meant."""
    total = read_query("sum(a_total) + sum(b_total)", "total", running=True)
    bad = read_query("sum(a_total)", "bad", running=True)
    good = read_query("sum(b_total)", "good", running=True)

    assert of_parts(total, bad=bad).ratio == (
        "((sum(rate(a_total[5m]))) or vector(0)) / (sum(rate(a_total[5m])) + sum(rate(b_total[5m])))"
    )
    assert of_parts(total, good=good).ratio == (
        "1 - (sum(rate(b_total[5m]))) / (sum(rate(a_total[5m])) + sum(rate(b_total[5m])))"
    )
    assert of_parts(total, bad=bad).why == "percentage only: total is no sum of counters or recorded counts"


def test_shifted_counters_get_no_rate() -> None:
    """A counter that is looked at as it was before cannot be put beside one of now."""
    total = read_query("sum(a_total)", "total")
    with pytest.raises(Refusal, match="good: is shifted in time, or has alternatives"):
        of_parts(total, good=read_query("sum(a_total offset 1h)", "good"))


def test_bad_as_the_rest_of_all_is_counted_by_the_good_ones() -> None:
    """``total - good`` as the bad events, and ``total - bad`` as the good ones."""
    total = read_query("sum(rate(t[5m]))", "total")
    rest = read_query('sum(rate(t[5m])) - sum(rate(t{c="2"}[5m]))', "rest")

    assert of_parts(total, bad=rest).events == Events(total="t", good='t{c="2"}')
    assert of_parts(total, good=rest).events == Events(total="t", bad='t{c="2"}')


def test_units_that_differ_are_refused() -> None:
    """Events per second over events is no ratio of events."""
    total, bad = read_query("sum(rate(t[5m]))", "total"), read_query("sum(increase(b[5m]))", "bad")
    with pytest.raises(Refusal, match="bad: counts in another unit than total: one is per second"):
        of_parts(total, bad=bad)


def test_thresholds_count_time() -> None:
    """The error ratio is 1 while the value is bad; an unknown comparison is refused."""
    query = read_query("max(lag)", "query")
    found = of_threshold(query, "lte", Decimal("1.50"), "op")

    assert found.ratio == "avg((max(lag)) > bool 1.50)"
    assert found.why.startswith("percentage only: query is compared with a threshold")
    with pytest.raises(Refusal, match="op: 'near' is no comparison"):
        of_threshold(query, "near", Decimal(1), "op")


def test_many_matchers_are_no_long_query() -> None:
    """Only what nests costs; a sum of a hundred and more selectors is read."""
    wide = " + ".join(f'rate(x{{a="{n}",b!="-",c=~"(a+)"}}[5m])' for n in range(74))
    assert read_query(wide, "f").text == wide
