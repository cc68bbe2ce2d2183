"""Budget windows over the wire: since when there is data, and the sums over what there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import BudgetMethod, BudgetTotals, CounterRead, Events
from pm_autofill.instants import Window
from pm_autofill.promql import events_in, or_none
from tests.servers.prometheus import (
    BAD,
    NOON,
    TOTAL,
    ScriptedPrometheus,
    give,
    nothing,
    number,
    ratio_slo,
    refuse,
    series,
    slo,
)

if TYPE_CHECKING:
    from pm_autofill.evidence.slos import SloEvidence

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
EARLIER = NOON - MONTH - DAY
SUM_TOTAL = r'increase\(requests_total\{service="checkout"\}\['
SUM_BAD = r'increase\(requests_total\{service="checkout",code=~'
GOOD = 'requests_total{service="checkout",code!~"5.."}'


def _until(end: datetime) -> Window:
    """The thirty days that end then."""
    return Window(end - MONTH, end)


def _seen(at: datetime) -> dict[str, object]:
    """The answer that names an instant."""
    return number(at.timestamp())


# ---------------------------------------------------------------- history


def test_data_before_the_window_settles_the_history_at_once() -> None:
    """One small question about the day before the window began."""
    with ScriptedPrometheus(script={r"\[1d:1h\] offset 30d": _seen(EARLIER)}) as server:
        observed = server.collector().history(slo(), _until(NOON))
        assert len(server.requests) == 1
    assert observed.value(slo()).history_start == EARLIER
    source = observed.sources["prometheus.checkout-availability.history"]
    assert source.query == f"min_over_time((time() + 0 * count({TOTAL}))[1d:1h] offset 30d)"
    assert (source.start, source.end) == (EARLIER, NOON - MONTH)
    assert parse_qs(urlsplit(source.url).query)["g0.moment_input"] == ["2026-10-19 12:00:00"]


def test_a_shorter_history_is_looked_for_hour_by_hour_and_then_closely() -> None:
    """Its beginning is found to the minute."""
    hour, minute = NOON - timedelta(days=3), NOON - timedelta(days=3, minutes=17)
    script = {
        r"\[1d:1h\] offset": nothing(),
        r"\[30d:1h\]": _seen(hour),
        r"\[1h:1m\]": _seen(minute),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().history(slo(), _until(NOON))
        assert [form["time"] for form in server.forms] == ["1795003200.000", "1795003200.000", "1794744000.000"]
    assert observed.value(slo()).history_start == minute
    source = observed.sources["prometheus.checkout-availability.history"]
    assert (source.start, source.end) == (hour - timedelta(hours=1), hour)


def test_no_data_at_all_leaves_the_history_unknown() -> None:
    """That is no gap of its own: the samples are one."""
    with ScriptedPrometheus(script={"": nothing()}) as server:
        observed = server.collector().history(slo(), _until(NOON))
    assert (observed.value(slo()), observed.sources, observed.gaps) == (slo(), {}, ())


@pytest.mark.parametrize("value", ["1e300", "-5", "+Inf", "0"])
def test_an_instant_that_was_not_asked_for_is_none(value: str) -> None:
    """No absurd answer becomes a date."""
    with ScriptedPrometheus(script={"": number(value)}) as server:
        assert server.collector().history(slo(), _until(NOON)).value(slo()).history_start is None


def test_a_failed_look_at_the_history_is_a_gap() -> None:
    """It is the budget window that is missing then."""
    with ScriptedPrometheus(script={"": refuse(400, "bad_data", "parse error")}) as server:
        (gap,) = server.collector().history(slo(), _until(NOON)).gaps
    assert gap.what == "the budget window of checkout-availability"


def test_occurrences_of_a_ratio_cannot_be_summed() -> None:
    """Nothing is asked."""
    with ScriptedPrometheus() as server:
        one = ratio_slo("a / b")
        assert server.collector().totals(one, _until(NOON)).value(one) == one
        assert server.requests == []


# ---------------------------------------------------------------- totals


def test_the_budget_window_costs_two_small_questions() -> None:
    """Both are evaluated at exactly its end, births and process starts included."""
    script = {SUM_TOTAL: number(155507390.5), SUM_BAD: number(110115)}
    end = NOON + timedelta(milliseconds=250)
    known = slo(history_start=EARLIER)
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().totals(known, _until(end))
        assert server.queries == sorted((events_in(TOTAL, MONTH), or_none(events_in(BAD, MONTH))))
        assert {form["time"] for form in server.forms} == {"1795003200.250"}
        assert sum(len(one.reply.body) + len(one.request.body) for one in server.exchanges) < 2048
    ids = tuple(f"prometheus.checkout-availability.totals.20261118T120000250Z.{role}" for role in ("total", "bad"))
    assert observed.value(known).totals == (
        BudgetTotals(start=end - MONTH, end=end, bad=110115.0, total=155507390.5, sources=ids),
    )
    assert tuple(observed.sources) == ids
    assert (observed.sources[ids[0]].start, observed.sources[ids[0]].end) == (end - MONTH, end)
    assert observed.gaps == ()


def test_jobs_that_are_known_narrow_the_look_at_process_starts() -> None:
    """Not every process in the house needs to be looked at."""
    counted = [Series({"job": job, "pod": "a"}, np.zeros(1), np.zeros(1)) for job in ("web", "api")]
    read = CounterRead(matrix=matrix(counted), source="s", start=NOON, end=NOON)
    known = slo(history_start=EARLIER, total=read)
    jobs = ["api", "web"]
    with ScriptedPrometheus(script={"": number(1)}) as server:
        server.collector().totals(known, _until(NOON))
        assert server.queries == sorted((events_in(TOTAL, MONTH, jobs), or_none(events_in(BAD, MONTH, jobs))))


def test_totals_are_kept_by_their_end() -> None:
    """A second look at the same window replaces the first; another window stands beside it."""
    known = slo(history_start=EARLIER)
    for script, end in (
        ({SUM_TOTAL: number(10), SUM_BAD: number(1)}, NOON),
        ({SUM_TOTAL: number(30), SUM_BAD: number(3)}, NOON - timedelta(hours=1)),
        ({SUM_TOTAL: number(20), SUM_BAD: number(2)}, NOON),
    ):
        with ScriptedPrometheus(script=script) as server:
            known = server.collector().totals(known, _until(end)).value(known)
    assert [(one.end, one.total, one.bad) for one in known.totals] == [
        (NOON - timedelta(hours=1), 30.0, 3.0),
        (NOON, 20.0, 2.0),
    ]


def test_no_bad_events_are_none() -> None:
    """They are asked for so that none is an answer; an empty sum is unknown, of failures and of events."""
    known = slo(history_start=EARLIER)
    with ScriptedPrometheus(script={SUM_TOTAL: number(10), SUM_BAD: number(0)}) as server:
        (totals,) = server.collector().totals(known, _until(NOON)).value(known).totals
    assert (totals.total, totals.bad) == (10.0, 0.0)
    with ScriptedPrometheus(script={SUM_TOTAL: number(10), SUM_BAD: nothing()}) as server:
        observed = server.collector().totals(known, _until(NOON))
    assert (observed.value(known), len(observed.gaps)) == (known, 1)
    with ScriptedPrometheus(script={"": nothing()}) as server:
        observed = server.collector().totals(known, _until(NOON))
    assert observed.value(known) == known
    assert observed.gaps[0].reason.startswith("no series match requests_total")


def test_good_events_are_taken_from_the_total() -> None:
    """What is not good is bad; no good events at all are a mistake in the selector."""
    known = slo(bad=None, good=GOOD, history_start=EARLIER)
    with ScriptedPrometheus(script={"code!~": number(97.5), SUM_TOTAL: number(100)}) as server:
        observed = server.collector().totals(known, _until(NOON))
    (totals,) = observed.value(known).totals
    assert totals.bad == 2.5
    assert totals.sources[1].endswith(".good")
    with ScriptedPrometheus(script={"code!~": nothing(), SUM_TOTAL: number(100)}) as server:
        observed = server.collector().totals(known, _until(NOON))
    assert observed.value(known) == known
    assert "events.good" in observed.gaps[0].hint


def test_sums_that_waver_are_never_negative() -> None:
    """The engine extrapolates both sums; fewer than no bad events there are not."""
    known = slo(bad=None, good=GOOD, history_start=EARLIER)
    with ScriptedPrometheus(script={"code!~": number(100.2), SUM_TOTAL: number(100)}) as server:
        (totals,) = server.collector().totals(known, _until(NOON)).value(known).totals
    assert totals.bad == 0.0


@pytest.mark.parametrize(("part", "name"), [(GOOD, "good"), (BAD, "bad")])
def test_a_part_that_is_more_than_the_whole_is_a_gap(part: str, name: str) -> None:
    """Its selector chooses other requests: a budget of which nothing was spent would be made of it."""
    events = Events(total=TOTAL, good=part if name == "good" else None, bad=part if name == "bad" else None)
    known = slo(history_start=EARLIER)
    known = replace(known, definition=replace(known.definition, events=events))
    script = {SUM_TOTAL: number(100_000), "": number(150_000)}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().totals(known, _until(NOON))
    assert observed.value(known).totals == ()
    assert [gap.reason for gap in observed.gaps] == [f"more {name} events than events were counted: 150000 of 100000"]


def test_what_is_no_number_is_no_sum() -> None:
    """Infinitely many events are a broken counter."""
    known = slo(history_start=EARLIER)
    with ScriptedPrometheus(script={"": number("+Inf")}) as server:
        observed = server.collector().totals(known, _until(NOON))
    assert observed.value(known) == known
    assert len(observed.gaps) == 1


@pytest.mark.parametrize("status", [422, 503])
def test_a_window_that_is_refused_is_summed_day_by_day(status: int) -> None:
    """Thirty evaluations that look back a day each."""
    days = give("matrix", series({}, (-29 * 86400, 5), (-86400, 7), (0, 8)))
    script = {
        "query .*5..": refuse(status, "execution", "too many samples"),
        "query sum": refuse(status, "execution", "too many samples"),
        f"query_range .*{SUM_BAD}": give("matrix", series({}, (-29 * 86400, 0), (-86400, 0), (0, 0))),
        f"query_range .*{SUM_TOTAL}": days,
    }
    known = slo(history_start=EARLIER)
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().totals(known, _until(NOON))
        chunked = [form for form in server.forms if "step" in form]
    (totals,) = observed.value(known).totals
    assert (totals.total, totals.bad, totals.start) == (20.0, 0.0, NOON - MONTH)
    assert sorted(form["query"] for form in chunked) == sorted((events_in(TOTAL, DAY), or_none(events_in(BAD, DAY))))
    assert {(form["start"], form["end"], form["step"]) for form in chunked} == {
        (f"{(NOON - 29 * DAY).timestamp():.3f}", "1795003200.000", "86400")
    }
    assert observed.gaps == ()


def test_a_wrong_query_is_not_asked_day_by_day() -> None:
    """It would stay wrong."""
    known = slo(history_start=EARLIER)
    with ScriptedPrometheus(script={"": refuse(400, "bad_data", "parse error")}) as server:
        observed = server.collector().totals(known, _until(NOON))
        assert len(server.requests) == 2
    assert "parse error" in observed.gaps[0].reason


def test_a_short_history_is_summed_from_shortly_after_its_beginning() -> None:
    """What had samples in its first hour was there before, and is no birth."""
    known = slo(history_start=NOON - timedelta(days=3))
    with ScriptedPrometheus(script={"": number(1)}) as server:
        (totals,) = server.collector().totals(known, _until(NOON)).value(known).totals
        assert ["[71h]" in query and "offset 71h" in query for query in server.queries] == [True, True]
    assert totals.start == NOON - timedelta(hours=71)


def test_a_history_of_minutes_is_none() -> None:
    """Nothing can be told apart there."""
    known = slo(history_start=NOON - timedelta(minutes=1))
    with ScriptedPrometheus() as server:
        observed = server.collector().totals(known, _until(NOON))
        assert server.requests == []
    assert observed.gaps[0].reason == "its events have data for a few minutes only"
    assert observed.value(known) == known


def test_an_unknown_history_is_looked_for_first() -> None:
    """A sum over a window that is not known to be covered would claim too much."""
    script = {r"\[1d:1h\] offset": _seen(EARLIER), SUM_BAD: number(1), SUM_TOTAL: number(10)}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().totals(slo(), _until(NOON))
    assert observed.value(slo()).history_start == EARLIER
    assert observed.value(slo()).totals[0].total == 10.0
    assert len(observed.sources) == 3
    with ScriptedPrometheus(script={"": nothing()}) as server:
        observed = server.collector().totals(slo(), _until(NOON))
    assert observed.gaps[0].reason == "its events have no data there"
    with ScriptedPrometheus(script={"": refuse(401, "unauthorized", "no")}) as server:
        observed = server.collector().totals(slo(), _until(NOON))
    assert "refused the credentials" in observed.gaps[0].reason
    assert len(observed.gaps) == 1


def test_partial_sums_are_told() -> None:
    """They are used, with the caveat."""
    known = slo(history_start=EARLIER)
    partial = {**number(10), "warnings": ["store eu1 is down"]}
    with ScriptedPrometheus(script={SUM_TOTAL: partial, SUM_BAD: {**number(1), "infos": ["PromQL info: x"]}}) as server:
        observed = server.collector().totals(known, _until(NOON))
    (totals,) = observed.value(known).totals
    assert totals.caveats == ("store eu1 is down", "PromQL info: x")
    assert [gap.reason for gap in observed.gaps] == ["Prometheus answered in part only: store eu1 is down"]


def test_instants_are_utc_whatever_the_zone_they_came_in() -> None:
    """The same instant is the same question."""
    known = slo(history_start=EARLIER)
    berlin = datetime.fromisoformat("2026-11-18T13:00:00+01:00")
    with ScriptedPrometheus(script={"": number(1)}) as server:
        observed = server.collector().totals(known, _until(berlin))
        assert {form["time"] for form in server.forms} == {"1795003200.000"}
    assert observed.value(known).totals[0].end == datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert [".totals.20261118T120000000Z." in key for key in observed.sources] == [True, True]


# ---------------------------------------------------------------- slices and months


def _sliced(
    method: BudgetMethod, length: float = 60.0, *, bad: str | None = BAD, good: str | None = None
) -> SloEvidence:
    """The SLO with its budget spent by slices; its history is long enough."""
    known = slo(bad=bad, good=good, history_start=EARLIER)
    return replace(
        known,
        definition=replace(known.definition, method=method, slice_length=length, slice_objective=Decimal("99.5")),
    )


def test_a_months_slices_are_judged_by_the_server() -> None:
    """In two parts, each cut where a slice ends: one sum of slices scraped, one of what they take."""
    known = _sliced(BudgetMethod.TIMESLICES)
    script = {"^/api/v1/query count_over": number(20_000), r"^/api/v1/query \(sum\(sum_over": number(7)}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().totals(known, _until(NOON))
        forms = server.forms
        received = sum(len(one.reply.body) for one in server.exchanges)
    (totals,) = observed.value(known).totals
    assert (totals.start, totals.end, totals.total, totals.bad) == (NOON - MONTH, NOON, 40_000.0, 14.0)
    assert len(totals.sources) == len(observed.sources) == 4
    assert received < 1000
    cut = NOON - MONTH + timedelta(minutes=25_000)
    assert {form["time"] for form in forms} == {f"{cut.timestamp():.3f}", f"{NOON.timestamp():.3f}"}
    assert {form["query"].rpartition("[")[2] for form in forms} == {"1499999999ms:1m])", "1091999999ms:1m])"} | {
        f"{length}ms:1m])) or vector(0))" for length in (1499999999, 1091999999)
    }
    judged = next(form["query"] for form in forms if "sum_over" in form["query"])
    assert "> bool 0.005000001)[" in judged
    assert f"max_over_time({BAD}[119999ms])" in judged


def test_ratios_of_slices_are_summed_as_they_are() -> None:
    """Without a verdict; good events are taken from one."""
    known = _sliced(BudgetMethod.RATIO_TIMESLICES, 300.0, bad=None, good=GOOD)
    script = {"^/api/v1/query count_over": number(8640), r"^/api/v1/query \(sum\(sum_over": number(12.5)}
    with ScriptedPrometheus(script=script) as server:
        (totals,) = server.collector().totals(known, _until(NOON)).value(known).totals
        (judged,) = (query for query in server.queries if "sum_over" in query)
    assert (totals.total, totals.bad) == (8640.0, 12.5)
    assert judged.startswith("(sum(sum_over_time((1 - (")
    assert "bool" not in judged


def test_slices_of_a_ratio_are_its_values() -> None:
    """Where it is a number."""
    known = ratio_slo("a / b")
    sliced = replace(
        known, definition=replace(known.definition, method=BudgetMethod.RATIO_TIMESLICES), history_start=EARLIER
    )
    with ScriptedPrometheus(script={"": number(3)}) as server:
        server.collector().totals(sliced, Window(NOON - DAY, NOON))
        assert server.queries == [
            "(sum(sum_over_time(((a / b) >= 0)[86399999ms:1m])) or vector(0))",
            "count_over_time(((a / b) >= 0)[86399999ms:1m])",
        ]


def test_slices_are_judged_day_by_day_where_a_month_is_too_much() -> None:
    """Every day once; another refusal is a gap."""
    known = _sliced(BudgetMethod.TIMESLICES)
    script = {
        r"\[1499999999ms|\[1091999999ms": refuse(422, "execution", "too many samples"),
        "count_over": number(1440),
        "sum_over": number(0),
    }
    with ScriptedPrometheus(script=script) as server:
        (totals,) = server.collector().totals(known, _until(NOON)).value(known).totals
    assert (totals.total, totals.bad) == (30 * 1440.0, 0.0)
    with ScriptedPrometheus(script={"": refuse(422, "execution", "too many samples")}) as server:
        observed = server.collector().totals(known, _until(NOON))
    assert observed.value(known) == known
    assert "too many samples" in observed.gaps[0].reason
    with ScriptedPrometheus(script={"": refuse(400, "bad_data", "parse error")}) as server:
        server.collector().totals(known, _until(NOON))
        assert len(server.requests) == 2


def test_windows_of_calendar_months_that_end_alike_stay_apart() -> None:
    """The month so far and the last four weeks are two sums with two ids each."""
    known = slo(history_start=EARLIER, window="month")
    first = NOON - timedelta(days=17, hours=12)
    for start, total in ((first, 10), (NOON - timedelta(days=28), 20)):
        with ScriptedPrometheus(script={SUM_TOTAL: number(total), SUM_BAD: number(1)}) as server:
            known = server.collector().totals(known, Window(start, NOON)).value(known)
    assert [(one.start, one.total) for one in known.totals] == [(NOON - timedelta(days=28), 20.0), (first, 10.0)]
    assert len({source for one in known.totals for source in one.sources}) == 4
