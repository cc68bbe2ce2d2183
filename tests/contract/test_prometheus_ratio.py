"""An SLO's ratio over the wire, evaluated step by step."""

from __future__ import annotations

import pytest

from tests.servers.prometheus import ScriptedPrometheus, after_noon, give, minutes, ratio_slo, refuse, series


def test_a_ratio_is_evaluated_step_by_step() -> None:
    """Every quarter of a minute, up to the window's end."""
    answer = give("matrix", series({}, (15, 0.01), (30, "NaN"), (45, 0.02)))
    with ScriptedPrometheus(script={"query_range a / b": answer}) as server:
        observed = server.collector().counters(ratio_slo("a / b"), minutes(10))
        (form,) = server.forms
    assert (form["start"], form["end"], form["step"]) == ("1795003200.000", "1795003800.000", "15")
    found = observed.value(ratio_slo("a / b"))
    assert found.ratio is not None
    assert list(found.ratio.matrix.series[0].times) == after_noon(15, 45)
    assert observed.sources["prometheus.checkout-ratio.ratio"].step == 15.0
    assert observed.gaps == ()


@pytest.mark.parametrize(
    ("rows", "reason", "hint"),
    [
        ([], "the ratio of checkout-ratio has no value in this window", "or vector(0)"),
        ([series({"pod": "a"}, (15, 1)), series({"pod": "b"}, (15, 1))], "gives 2 series instead of one", "sum(rate"),
    ],
)
def test_a_ratio_that_is_none_is_a_gap(rows: list[object], reason: str, hint: str) -> None:
    """Its numerator may have no series, or it may not be aggregated."""
    with ScriptedPrometheus(script={"query_range": give("matrix", *rows)}) as server:
        observed = server.collector().counters(ratio_slo("a / b"), minutes(10))
    (gap,) = observed.gaps
    assert reason in gap.reason
    assert hint in gap.hint
    assert observed.value(ratio_slo("a / b")).ratio is not None


def test_a_ratio_that_fails_is_a_gap() -> None:
    """And what was known stays."""
    with ScriptedPrometheus(script={"": refuse(400, "bad_data", "parse error")}) as server:
        observed = server.collector().counters(ratio_slo("a /"), minutes(10))
    assert "parse error" in observed.gaps[0].reason
    assert observed.value(ratio_slo("a /")) == ratio_slo("a /")
