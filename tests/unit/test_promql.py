"""PromQL as text: quoting, counting and matchers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pm_autofill import promql

HALF_MINUTE = timedelta(seconds=30)
MONTH = timedelta(days=30)


def test_a_quoted_value_cannot_end_its_string() -> None:
    """Quotes, backslashes and line breaks are escaped as Go reads them."""
    assert promql.quote('a"} or vector(1) or x{b="') == '"a\\"} or vector(1) or x{b=\\""'
    assert promql.quote("C:\\tmp\n\t\r") == '"C:\\\\tmp\\n\\t\\r"'
    assert promql.quote("it's `fine`") == '"it\'s `fine`"'


def test_one_of_accepts_exactly_its_values() -> None:
    """What a regular expression would read otherwise is escaped, and values stand in order, each once."""
    assert promql.one_of(["b.c", "a|b", "b.c"]) == '"a\\\\|b|b\\\\.c"'
    assert promql.one_of(["10.2.0.17:8080"]) == '"10\\\\.2\\\\.0\\\\.17:8080"'
    assert promql.one_of(["checkout-api"]) == '"checkout-api"'


def test_a_selector_names_the_values_its_labels_may_have() -> None:
    """Labels stand in order; one without values is not looked at."""
    assert promql.select("ALERTS", alertname=["B", "A"]) == 'ALERTS{alertname=~"A|B"}'
    assert promql.select("up", job=["a"], instance=["b"]) == 'up{instance=~"b",job=~"a"}'
    assert promql.select("up", job=[]) == "up"


def test_raw_samples_are_asked_for_by_a_range() -> None:
    """A window becomes the range of the selector."""
    assert promql.over('x{a="b"}', timedelta(hours=3, seconds=1)) == 'x{a="b"}[10801s]'
    assert promql.sample_count("x", HALF_MINUTE) == "sum by (job, instance) (count_over_time(x[30s]))"


def test_events_of_a_window_are_increase_and_births() -> None:
    """Births are series without a sample before, and not those of old processes that were scraped late."""
    assert promql.events_in("x", MONTH, ["api"]) == (
        "sum(max without (pm_autofill_counted) ("
        "label_replace(last_over_time(x[30d]) unless last_over_time(x[1h] offset 30d)"
        ' unless on (job, instance) (process_start_time_seconds{job=~"api"} < time() - 2592000'
        ' unless on (job, instance) process_start_time_seconds{job=~"api"} offset 30d),'
        ' "pm_autofill_counted", "born", "", "")'
        ' or label_replace(increase(x[30d]), "pm_autofill_counted", "grown", "", "")))'
    )


def test_events_of_a_step_are_differences() -> None:
    """Growth since the step before, else growth to a restart and from it, else a birth's whole value."""
    assert promql.events_per_step("x", HALF_MINUTE) == (
        "sum((x - last_over_time(x[1h] offset 30s)) >= 0"
        " or x + ((max_over_time(x[30s]) - last_over_time(x[1h] offset 30s)) >= 0)"
        " or (x unless on (job, instance) (process_start_time_seconds < time() - 30"
        " unless on (job, instance) process_start_time_seconds offset 30s)))"
    )


def test_events_at_ends_are_those_of_the_step_before() -> None:
    """Of series that have no sample since, or restarted since."""
    assert promql.events_at_ends("x", HALF_MINUTE) == (
        "sum(((last_over_time(x[1h] offset 30s) - last_over_time(x[1h] offset 1m)) >= 0)"
        " unless (count_over_time(x[30s]) unless (resets(x[1m]) > 0)))"
    )


def test_scrapes_per_step_leave_out_dead_series() -> None:
    """Three series that a label tells apart."""
    fresh = "timestamp(x) >= time() - 30"
    assert promql.scrapes_per_step("x", HALF_MINUTE).split(" or ") == [
        f'label_replace(min({fresh}), "pm_autofill_scrapes", "first", "", "")',
        f'label_replace(max({fresh}), "pm_autofill_scrapes", "last", "", "")',
        f'label_replace(avg(count_over_time(x[30s]) and ({fresh})), "pm_autofill_scrapes", "each", "", "")',
    ]


def test_the_first_instant_with_data_is_looked_for_in_a_stretch() -> None:
    """The stretch ends at the time of evaluation, or so long before."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert promql.first_seen("x", MONTH, hour) == "min_over_time((time() + 0 * count(x))[30d:1h])"
    assert promql.first_seen("x", day, hour, ago=MONTH) == "min_over_time((time() + 0 * count(x))[1d:1h] offset 30d)"


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ('x_bucket{le="0.5"}', True),
        ("x_bucket{service='a', le =~ '0.5'}", True),
        ('x{route="/a,le=b"}', False),
        ('x{route="{le="}', False),
        ('x{sale="yes"}', False),
        ("x", False),
    ],
)
def test_a_matcher_is_found_outside_of_strings_only(selector: str, *, expected: bool) -> None:
    """What stands inside a label's value is no matcher."""
    assert promql.has_matcher(selector, "le") is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ('x_bucket{le="1"}', 'x_bucket{le=~"1(\\\\.0)?"}'),
        ('x_bucket{service="a",le="2.0",route="b"}', 'x_bucket{service="a",le=~"2(\\\\.0)?",route="b"}'),
        ("x_bucket{ le = '10' }", 'x_bucket{ le =~"10(\\\\.0)?" }'),
        ('x_bucket{le="0.5"}', 'x_bucket{le="0.5"}'),
        ('x_bucket{le="+Inf"}', 'x_bucket{le="+Inf"}'),
        ('x_bucket{le!="1"}', 'x_bucket{le!="1"}'),
        ('x{route="a",note="le=1"}', 'x{route="a",note="le=1"}'),
        ("x", "x"),
    ],
)
def test_a_whole_boundary_is_found_in_both_notations(selector: str, expected: str) -> None:
    """Prometheus 3 writes le="1" as le="1.0"; other matchers are left as they are."""
    assert promql.accept_bounds(selector) == expected


@pytest.mark.parametrize(
    ("selector", "bound"),
    [
        ('d_bucket{le="0.3"}', 0.3),
        ("d_bucket{job='a', le = '1e-1' }", 0.1),
        ('d_bucket{le=~"0.3|0.5"}', None),
        ('d_bucket{le="fast"}', None),
        ('d{role="0.3"}', None),
        ('d{note="le=\\"3\\""}', None),
    ],
)
def test_the_boundary_that_is_asked_for(selector: str, bound: float | None) -> None:
    """One number, by a plain matcher."""
    assert promql.bound_of(selector) == bound


def test_other_buckets_of_a_histogram() -> None:
    """One of them, or the boundaries of all."""
    selector = "d_bucket{job='a', le = '0.3' }"
    assert promql.at_bound(selector, "0.25") == "d_bucket{job='a', le = \"0.25\" }"
    assert promql.bounds_in(selector, MONTH) == (
        "count by (le) (count_over_time(d_bucket{job='a', le =~\".+\" }[30d]))"
    )


def test_literals_are_the_strings_of_an_expression() -> None:
    """In any quotes, without them."""
    assert promql.literals("""x{a="b",c='d'} > 1 and label_replace(y, "e", `f`, "", "")""") == (
        "b", "d", "e", "f", "", ""
    )  # fmt: skip
    assert promql.literals("up == 0") == ()


def test_increases_are_summed_per_step() -> None:
    """Without births: a rule does not see them."""
    assert promql.increase_per_step('x{a="b"}', timedelta(minutes=5)) == 'sum(increase(x{a="b"}[5m]))'


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('rate(http_requests_total{code=~"5..", service = "checkout"}[5m]) > 1', True),
        ('rate(http_requests_total{service="payments"}[5m]) > 1', False),
        ("rate(http_requests_total[5m]) > 1", False),
        ('rate(old_http_requests_total{service="checkout"}[5m]) > 1', False),
        ('job:http_requests_total:rate5m{service="checkout"} > 1', False),
        ('up{service="checkout"} == 0 or http_requests_total', True),
        ("", False),
    ],
)
def test_an_expression_reads_a_selector(expression: str, *, found: bool) -> None:
    """By the metric's name and every equality; the text of the expression is all there is."""
    assert promql.reads(expression, 'http_requests_total{service="checkout"}') is found
