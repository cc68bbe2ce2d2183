"""How questions are named, linked and laid out in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from pm_autofill.collect.prometheus.grids import fixed_steps_of, steps_of, usual_step
from pm_autofill.collect.prometheus.naming import compact, source_id
from pm_autofill.collect.prometheus.probes import describe_build, probe_clock
from pm_autofill.collect.prometheus.refusals import gap_of, is_refused_for_its_size, may_fit_when_smaller
from pm_autofill.errors import CredentialsRefused, NotFound, SourceError, SourceRejected, SourceUnavailable
from pm_autofill.expression_browser import graph_link, page_link, table_link
from pm_autofill.instants import Window

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def _hours(count: float) -> Window:
    """A window from noon."""
    return Window(NOON, NOON + timedelta(hours=count))


def test_ids_are_made_of_plain_characters() -> None:
    """Plain names stay as they are."""
    assert source_id("checkout-availability", "total") == "prometheus.checkout-availability.total"
    assert source_id("rules") == "prometheus.rules"


def test_names_that_become_equal_are_kept_apart() -> None:
    """A digest of the whole name stands behind a reduced one."""
    first, second = source_id("a b"), source_id("a/b")
    assert first == "prometheus.a_b-c8687a"
    assert second == "prometheus.a_b-c14cdd"


def test_a_name_from_outside_cannot_break_out_of_an_id() -> None:
    """Line breaks, halves of characters and great length are reduced."""
    assert source_id("x\n<script>\ud800" + "y" * 500).isprintable()
    assert len(source_id("y" * 500)) < 130


def test_instants_in_ids_are_utc_to_the_millisecond() -> None:
    """The same instant has one name."""
    cet = datetime.fromisoformat("2026-11-18T15:21:40.250999+01:00")
    assert compact(cet) == "20261118T142140250Z"


def test_a_graph_link_has_absolute_times() -> None:
    """The end is not cut short, and the range covers the window."""
    window = Window(NOON, NOON + timedelta(hours=3, microseconds=250_000))
    link = urlsplit(graph_link("https://prometheus.example/prefix/", 'x{a="b&c"}', window))
    assert (link.netloc, link.path) == ("prometheus.example", "/prefix/graph")
    assert parse_qs(link.query) == {
        "g0.expr": ['x{a="b&c"}'],
        "g0.tab": ["0"],
        "g0.range_input": ["10801s"],
        "g0.end_input": ["2026-11-18 15:00:01"],
    }


def test_a_table_link_shows_one_moment() -> None:
    """Sums are no graphs."""
    query = parse_qs(urlsplit(table_link("http://127.0.0.1:9090", "sum(x)", NOON)).query)
    assert query["g0.tab"] == ["1"]
    assert query["g0.moment_input"] == ["2026-11-18 12:00:00"]


def test_a_link_to_a_page_keeps_the_prefix() -> None:
    """With or without a slash at the end."""
    assert page_link("https://a.example/p", "rules") == page_link("https://a.example/p/", "rules")


@pytest.mark.parametrize(
    ("hours", "seconds"), [(1, 15), (24, 15), (42, 30), (100, 45), (24 * 7, 61), (24 * 30, 260), (1 / 360, 10)]
)
def test_a_step_suits_its_window(hours: float, seconds: int) -> None:
    """A quarter of a minute for hours, coarser for days, never longer than the window."""
    assert usual_step(_hours(hours), 15, 60) == timedelta(seconds=seconds)


def test_the_last_evaluation_is_at_the_windows_end() -> None:
    """The newest data is never left out; the oldest seconds may be."""
    window = Window(NOON, NOON + timedelta(seconds=100))
    assert steps_of(window, timedelta(seconds=15)) == Window(NOON + timedelta(seconds=10), window.end)


@pytest.mark.parametrize(
    ("error", "smaller", "size"),
    [
        (SourceRejected("Prometheus", "m", status=422), True, True),
        (SourceRejected("Prometheus", "m", status=413), True, True),
        (SourceRejected("Prometheus", "m", status=400), False, False),
        (CredentialsRefused("Prometheus", "m", status=401), False, False),
        (NotFound("Prometheus", "m", status=404), False, False),
        (SourceUnavailable("Prometheus", "m"), True, False),
    ],
)
def test_only_some_refusals_are_for_the_size(error: SourceError, *, smaller: bool, size: bool) -> None:
    """A wrong query stays wrong however small."""
    assert (may_fit_when_smaller(error), is_refused_for_its_size(error)) == (smaller, size)


def test_a_gap_says_what_to_look_at() -> None:
    """A query that is wrong is somewhere in the configuration; what the transport knows better it keeps."""
    wrong = gap_of(SourceRejected("Prometheus", "parse error", "h", status=400), "the SLI of a")
    assert (wrong.source, wrong.what, wrong.reason) == ("Prometheus", "the SLI of a", "parse error")
    assert "plain selectors" in wrong.hint
    assert gap_of(CredentialsRefused("Prometheus", "m", "Check token.", status=401), "w").hint == "Check token."
    assert gap_of(SourceRejected("Prometheus", "m", "h", status=499), "w").hint == "h"
    assert gap_of(SourceUnavailable("Prometheus", "m", "h"), "w").hint == "h"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"version": "2.42.0", "goVersion": "go1.19"}, "Prometheus 2.42.0"),
        ({"application": "Grafana Mimir", "version": "2.14.0"}, "Grafana Mimir 2.14.0"),
        ({}, "it does not say its version, as VictoriaMetrics does not"),
        (None, "it does not say its version, as VictoriaMetrics does not"),
        ({"version": None}, "Prometheus"),
        ({"version": "2.24.0"}, "it says Prometheus 2.24.0 and no more, as VictoriaMetrics does"),
        ({"version": "2.24.0", "revision": "02e92236a8ba"}, "Prometheus 2.24.0"),
    ],
)
def test_what_answers_is_described(data: object, said: str) -> None:
    """As far as it says so itself."""
    assert describe_build(data) == said


@pytest.mark.parametrize(
    ("header", "ok", "detail"),
    [
        ("Wed, 18 Nov 2026 11:59:58 GMT", True, "agrees within 5 s"),
        ("Wed, 18 Nov 2026 11:59:00 GMT", False, "this machine is 60 s ahead of Prometheus"),
        ("Wed, 18 Nov 2026 12:02:00 GMT", False, "this machine is 120 s behind Prometheus"),
        ("", None, "Prometheus told no time"),
        ("yesterday", None, "Prometheus told no time"),
        ("Wed, 18 Nov 2026 12:02:00 -0000", None, "Prometheus told no time"),
    ],
)
def test_clocks_are_compared(header: str, *, ok: bool | None, detail: str) -> None:
    """A skewed clock moves every number's time."""
    probe = probe_clock(header, NOON)
    assert (probe.name, probe.ok, probe.detail) == ("clock", ok, detail)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [(0, 60, 0, 60), (1, 61, 15, 60), (4, 64, 15, 60), (14.9, 74.9, 15, 60), (-3, 57, 0, 45), (31, 44, 44, 44)],
)
def test_fixed_steps_do_not_depend_on_when_one_asks(start: float, end: float, first: float, last: float) -> None:
    """They lie on whole multiples of the step; of a window that holds none the end is left."""
    window = Window(NOON + timedelta(seconds=start), NOON + timedelta(seconds=end))
    expected = Window(NOON + timedelta(seconds=first), NOON + timedelta(seconds=last))
    assert fixed_steps_of(window, timedelta(seconds=15)) == expected
