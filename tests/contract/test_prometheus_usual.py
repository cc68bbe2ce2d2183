"""The same window of the weeks before: what is asked, what its answers mean, and what happens without one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pm_autofill.instants import Window
from tests.servers.prometheus import NOON, ScriptedPrometheus, give, refuse, series, slo

WEEK = 7 * 86_400
IMPACT = Window(NOON - timedelta(minutes=40), NOON)
TOTAL = r'sum\(max without.*last_over_time\(requests_total\{service="checkout"\}\['
BAD = r'sum\(max without.*last_over_time\(requests_total\{service="checkout",code=~"5.."\}\['
GOOD = 'requests_total{service="checkout",code!~"5.."}'
GOOD_SUMS = r'sum\(max without.*last_over_time\(requests_total\{service="checkout",code!~"5.."\}\['


def weeks(*values: tuple[int, float | str]) -> dict[str, object]:
    """Sums so many weeks before noon."""
    return give("matrix", series({}, *((-ago * WEEK, value) for ago, value in values)))


def test_four_weeks_are_asked_for_in_two_questions() -> None:
    """Each evaluated once a week, over the impact's length, and only where something was scraped before."""
    script = {BAD: weeks((4, 3), (3, 0), (2, 9)), TOTAL: weeks((4, 1000), (3, 1500), (2, 2000))}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().usual(slo(), IMPACT)
        assert len(server.requests) == 2
        form = next(form for form in server.forms if "5.." not in form["query"])
        assert any(" or vector(0)) and on() count(" in query for query in server.queries)
    assert (form["step"], float(form["end"]) - float(form["start"])) == ("604800", 3 * WEEK)
    assert float(form["end"]) == NOON.timestamp() - WEEK
    assert form["query"].endswith(' and on() count(last_over_time(requests_total{service="checkout"}[1h] offset 40m))')
    found = observed.value(slo()).weeks
    assert [(NOON - one.end, one.bad, one.total) for one in found] == [
        (timedelta(weeks=4), 3.0, 1000.0),
        (timedelta(weeks=3), 0.0, 1500.0),
        (timedelta(weeks=2), 9.0, 2000.0),
    ]
    assert {one.end - one.start for one in found} == {timedelta(minutes=40)}
    assert set(found[0].sources) == set(observed.sources)


def test_weeks_without_good_events_tell_nothing() -> None:
    """Their counter may have had another name then; bad is the rest where both are known."""
    script = {GOOD_SUMS: weeks((2, 1990)), TOTAL: weeks((3, 1500), (2, 2000))}
    with ScriptedPrometheus(script=script) as server:
        found = server.collector().usual(slo(bad=None, good=GOOD), IMPACT).value(slo()).weeks
    assert [(one.bad, one.total) for one in found] == [(10.0, 2000.0)]


def test_a_week_without_events_tells_nothing() -> None:
    """Nor a ratio of them."""
    with ScriptedPrometheus(script={BAD: weeks((2, 0)), TOTAL: weeks((2, 0))}) as server:
        observed = server.collector().usual(slo(), IMPACT)
    assert (observed.value(slo()).weeks, observed.sources, observed.gaps) == ((), {}, ())


@pytest.mark.parametrize(
    ("bad", "total"),
    [
        (weeks((2, 1)), weeks((2, "NaN"))),
        (weeks((2, 1)), weeks((2, "+Inf"))),
        (weeks(), weeks((2, 1000))),
        (weeks((2, 1), (3, 1)), weeks((2, 1000))),
    ],
)
def test_all_events_and_bad_ones_in_different_weeks_are_a_part(bad: object, total: object) -> None:
    """No bad events are an answer too: where it is missing, or the other one, something was not told."""
    with ScriptedPrometheus(script={BAD: bad, TOTAL: total}) as server:
        (gap,) = server.collector().usual(slo(), IMPACT).gaps
    assert gap.reason == "Prometheus told of all events and of a part of them in different weeks"


def test_a_partial_answer_is_a_gap_and_a_caveat() -> None:
    """The weeks stand, with what was said of them."""
    partial = {**weeks((2, 1000), (3, 1000)), "isPartial": True}
    script = {BAD: weeks((2, 1), (3, 0)), TOTAL: partial}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().usual(slo(), IMPACT)
    assert observed.value(slo()).weeks[0].caveats == ("the answer is marked as partial",)
    (gap,) = observed.gaps
    assert (gap.what, gap.reason) == (
        "what is usual for checkout-availability",
        "Prometheus answered in part only: the answer is marked as partial",
    )


def test_a_refusal_is_a_gap() -> None:
    """What is known stays."""
    with ScriptedPrometheus(script={"query_range": refuse(422, "execution", "too many samples")}) as server:
        observed = server.collector().usual(slo(), IMPACT)
    assert observed.value(slo()) == slo()
    assert [gap.what for gap in observed.gaps] == ["what is usual for checkout-availability"]
