"""Template variables in queries and texts stand for what Grafana would put there."""

from __future__ import annotations

import pytest

from pm_autofill.collect.grafana.interpolation import Value, fill_plain, fill_query, fill_text, names_in

VALUES = {
    "one": Value(("eu1",)),
    "quoted": Value(('a"b\\c',)),
    "multi": Value(("a.b", "c|d"), texts=("A", "C"), is_listed=True),
    "single": Value(("a.b",), is_listed=True),
    "all": Value(("x", "y"), is_listed=True, is_all=True),
    "pattern": Value((".+",), is_listed=True, is_all=True, verbatim=".+"),
    "path": Value(("a/b c'd",)),
    "markup": Value(("<a>", '"'), is_listed=True),
    "instant": Value(("1795009337000",)),
}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ('up{c="$one"}', 'up{c="eu1"}'),
        ('up{c="${one}"}', 'up{c="eu1"}'),
        ('up{c="[[one]]"}', 'up{c="eu1"}'),
        ("up_$one", "up_eu1"),
        ("up_${one}_total", "up_eu1_total"),
        ('up{c="$quoted"}', 'up{c="a\\"b\\\\c"}'),
        ('up{c=~"$multi"}', 'up{c=~"(a\\\\.b|c\\\\|d)"}'),
        ('up{c=~"$single"}', 'up{c=~"a\\\\.b"}'),
        ('up{c=~"$all"}', 'up{c=~"(x|y)"}'),
        ('up{c=~"$pattern"}', 'up{c=~".+"}'),
        ("rate(up[$__rate_interval])", "rate(up[$__rate_interval])"),
        ("rate(up[${__interval}])", "rate(up[${__interval}])"),
        ('label_replace(up, "a", "$1", "b", "(.*)")', 'label_replace(up, "a", "$1", "b", "(.*)")'),
        ('up{c=~"a$"}', 'up{c=~"a$"}'),
        ("$unknown ${unknown:csv} [[unknown]]", "$unknown ${unknown:csv} [[unknown]]"),
    ],
)
def test_a_query_is_filled_in_as_prometheus_reads_it(written: str, filled: str) -> None:
    """Quotes and backslashes are escaped, several values are alternatives, Grafana's own names are left."""
    assert fill_query(written, VALUES) == filled


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("${multi:raw}", "a.b,c|d"),
        ("${multi:csv}", "a.b,c|d"),
        ("${multi:pipe}", "a.b|c|d"),
        ("${multi:glob}", "{a.b,c|d}"),
        ("${multi:regex}", "(a\\.b|c\\|d)"),
        ("[[single:regex]]", "a\\.b"),
        ("${multi:json}", '["a.b", "c|d"]'),
        ("${one:json}", '"eu1"'),
        ("${path:singlequote}", "'a/b c\\'d'"),
        ("${multi:doublequote}", '"a.b","c|d"'),
        ("${path:sqlstring}", "'a/b c''d'"),
        ("${path:percentencode}", "a%2Fb%20c%27d"),
        ("${path:uriencode}", "a/b%20c'd"),
        ("${multi:lucene}", '("a.b" OR "c\\|d")'),
        ("${multi:text}", "A + C"),
        ("${all:text}", "All"),
        ("${multi.text}", "A + C"),
        ("${multi:join:; }", "a.b; c|d"),
        ("${multi:distributed}", "a.b,multi=c|d"),
        ("${markup:html}", "&lt;a&gt;, &quot;"),
        ("${multi:queryparam}", "var-multi=a.b&var-multi=c%7Cd"),
        ("${multi:customqueryparam:v:x-}", "v=x-a.b&v=x-c%7Cd"),
        ("${instant:date}", "2026-11-18T13:42:17.000Z"),
        ("${instant:date:seconds}", "1795009337"),
        ("${instant:date:YYYY}", "2026"),
        ("${instant:date:YYYY-MM-DD HH:mm:ss.SSS}", "2026-11-18 13:42:17.000"),
        ("${instant:date:dddd D MMMM YY, h:mm A [UTC]Z}", "Wednesday 18 November 26, 1:42 PM UTC+00:00"),
        ("${instant:date:ddd MMM M H m s hh a X x ZZ}", "Wed Nov 11 13 42 17 01 pm 1795009337 1795009337000 +0000"),
        ("${one:date}", "eu1"),
        ("${multi:unheard-of}", "{a.b,c|d}"),
        ("${pattern:csv}", ".+"),
    ],
)
def test_formats_are_applied(written: str, filled: str) -> None:
    """Each of Grafana's formats; one that nobody knows counts as glob."""
    assert fill_query(written, VALUES) == filled


def test_a_title_shows_what_people_read() -> None:
    """Labels instead of values, "All" instead of every option."""
    assert fill_text("Errors in $one, $multi, $all, $pattern", VALUES) == "Errors in eu1, A + C, All, All"


def test_a_legend_shows_values() -> None:
    """One as it is, several in braces; the double braces of labels stay."""
    assert fill_plain("{{job}} in $one and $multi", VALUES) == "{{job}} in eu1 and {a.b,c|d}"


def test_values_are_not_filled_in_again() -> None:
    """A value that looks like a reference is just text."""
    assert fill_text("$a", {"a": Value(("$b",)), "b": Value(("secret",))}) == "$b"


def test_names_are_listed_once_without_grafanas_own() -> None:
    """In the order of their first use."""
    assert names_in("$b ${a:csv} [[b]] $__interval ${__range_s}") == ("b", "a")


def test_filling_in_stops_before_a_text_explodes() -> None:
    """A thousand references to a long value do not become a text of gigabytes."""
    values = {"x": Value(tuple("y" * 100 for _ in range(100)), is_listed=True)}
    filled = fill_query("$x" * 1000, values)
    assert (filled.count("("), filled.count("$x")) == (9, 991)


def test_nothing_is_filled_into_endless_texts() -> None:
    """They are no queries that anybody wrote."""
    text = "$one" * 10_000
    assert (fill_query(text, VALUES), names_in(text)) == (text, ())
