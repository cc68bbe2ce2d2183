"""PromQL from outside: any text is taken apart, quoted and read, or refused; nothing takes for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import strategies as st

from pm_autofill import promql
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.queries import read_query
from tests.fuzz.mutators import TEXTS
from tests.fuzz.strategies import ODD_TEXTS, SIZES, drive, told

QUERIES = st.sampled_from(
    [
        'sum(rate(http_requests_total{code=~"5..",le="1.0"}[5m])) / sum(rate(http_requests_total[5m]))',
        "1 - (sum by (a) (increase(x{b!='c'}[{{.window}}])) or vector(0))",
        "x offset 5m @ 1e9 unless on (a, b) group_left (c) y",
    ]
)
PIECES = st.sampled_from(
    ["(", ")", "{", "}", "[", "]", '"', "'", "`", "\\", ",", "=~", "rate", "x", "5m", "offset", " by ", "-", "@", "\n"]
)


@pytest.mark.parametrize("examples", SIZES)
def test_any_text_is_quoted_and_taken_apart(examples: int) -> None:
    """What is quoted is one string again, whatever it holds."""

    def read(text: str) -> None:
        quoted = promql.quote(text)
        assert promql.without_strings(f"x{{a={quoted}}}").count('"') == promql.without_strings('x{a=""}').count('"')
        promql.bounds_in(text, timedelta(minutes=5))
        promql.at_bound(text, "1")
        promql.bound_of(text)
        promql.accept_bounds(text)
        promql.has_matcher(text, "le")
        promql.reads(text, "x")

    drive(examples * 10, ODD_TEXTS | st.lists(PIECES, max_size=40).map("".join), read)


@pytest.mark.parametrize("examples", SIZES)
def test_any_query_is_read_or_refused(examples: int) -> None:
    """However deep it is nested, and whatever stands in the place of a window."""

    def read(text: str) -> None:
        try:
            read_query(text, "field")
        except Refusal as refusal:
            told(refusal)

    cut = st.builds(lambda text, at, piece: text[:at] + piece + text[at:], QUERIES, st.integers(0, 90), PIECES)
    deep = st.builds(lambda piece, often: piece * often + "x", PIECES, st.integers(0, 20_000))
    drive(examples * 5, cut | deep | st.sampled_from(TEXTS) | st.lists(PIECES, max_size=40).map("".join), read)
