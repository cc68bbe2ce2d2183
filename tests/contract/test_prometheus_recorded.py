"""Samples that hold events, where budgets are judged by slices, compared with the weeks before, and summed per step."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pm_autofill.collect.prometheus.slice_sums import slice_sums
from pm_autofill.evidence.slos import BudgetMethod, Events, Reading, SloDefinition, SloEvidence
from pm_autofill.instants import Window
from tests.servers.prometheus import (
    NOON,
    ScriptedPrometheus,
    count_events,
    give,
    minutes,
    nothing,
    number,
    read_slo,
    series,
)

LABELS = {"job": "api", "instance": "a"}
SUMS = Events(total="all", bad="failed", total_reading=Reading.SUM, part_reading=Reading.SUM)
MIXED = Events(total="all_total", bad="failed", part_reading=Reading.SUM)
PROBE = Events(total="all", good="failed", total_reading=Reading.COUNT, part_reading=Reading.SUM)


def recorded(events: Events = SUMS, method: BudgetMethod = BudgetMethod.OCCURRENCES) -> SloDefinition:
    """An SLO whose bad events at least are recorded; a slice is a minute."""
    return SloDefinition(name="shop", service="shop", objective=Decimal(99), events=events, method=method)


def answered(
    definition: SloDefinition, *, total: float = 60.0, bad: float = 60.0, starts: object = None
) -> SloEvidence:
    """Thirty minutes of it: samples so many seconds apart, twenty and two events each."""
    every, failed = (
        series(LABELS, *((step * n, each) for n in range(1, int(1800 / step) + 1)))
        for step, each in ((total, 20.0), (bad, 2.0))
    )
    samples = {
        r"count_over_time\(process_start": number(1 if starts else 0),
        "count_over_time": number(6, **LABELS),
        r"query all(_total)?\[": give("matrix", every),
        r"query failed\[": give("matrix", failed),
        "process_start": starts or nothing("matrix"),
    }
    with ScriptedPrometheus(script=samples) as server:
        return read_slo(server.collector(), definition, minutes(30))


def test_a_restart_of_the_process_is_none_of_recorded_events() -> None:
    """Their samples do not begin anew with it."""
    began = [(60.0 * n, NOON.timestamp() + (-3600 if n < 15 else 840)) for n in range(31)]
    slo = answered(recorded(), starts=give("matrix", series(LABELS, *began)))
    assert slo.process_starts is not None
    assert slo.total is not None
    assert slo.total.recorded
    assert count_events(slo, slo.total, minutes(30)) == 600
    assert count_events(slo, slo.bad, minutes(30)) == 60


def test_slices_are_judged_by_the_events_recorded_in_them() -> None:
    """Without the sample at the end of the slice before."""
    sums = slice_sums(answered(recorded(method=BudgetMethod.TIMESLICES)))
    assert sums is not None
    assert sums.scraped == "sum(count_over_time(all[59999ms]))"
    assert sums.ratio == "sum(sum_over_time(failed[59999ms])) / (sum(sum_over_time(all[59999ms])) > 0)"


def test_good_samples_are_judged_in_slices_too() -> None:
    """All of them are events, those that are 1 are good; where it is not known how far apart they are, nothing is."""
    definition = recorded(PROBE, BudgetMethod.RATIO_TIMESLICES)
    assert slice_sums(SloEvidence(definition=definition)) is None
    sums = slice_sums(answered(definition))
    assert sums is not None
    whole = "sum(count_over_time(all[59999ms]))"
    assert sums.ratio == f"1 - (sum(sum_over_time(failed[59999ms])) or 0 * {whole}) / ({whole} > 0)"


def test_a_counter_beside_recorded_events_is_counted_as_one() -> None:
    """Each by its own kind."""
    sums = slice_sums(answered(recorded(MIXED, BudgetMethod.TIMESLICES), total=15.0))
    assert sums is not None
    assert sums.scraped == "max(count_over_time(all_total[74999ms])) > 1"
    assert sums.ratio.startswith("sum(sum_over_time(failed[59999ms])) / ((sum(max_over_time(all_total[74999ms]))")


@pytest.mark.parametrize("events", [SUMS, MIXED])
def test_events_recorded_in_longer_pieces_than_slices_are_not_judged(events: Events) -> None:
    """Five minutes of them would stand in one."""
    slo = answered(recorded(events, BudgetMethod.TIMESLICES), bad=300.0)
    assert slice_sums(slo) is None
    with ScriptedPrometheus(script={}) as server:
        assert server.collector().totals(slo, Window(NOON - timedelta(days=30), NOON)).value(slo) == slo
        assert server.requests == []


def test_the_weeks_before_are_summed_as_the_samples_are() -> None:
    """Where there were samples before."""
    script = {
        "failed": give("matrix", series({}, (-7 * 86_400, 8))),
        "": give("matrix", series({}, (-7 * 86_400, 800))),
    }
    slo = SloEvidence(definition=recorded())
    with ScriptedPrometheus(script=script) as server:
        (found,) = server.collector().usual(slo, Window(NOON - timedelta(minutes=40), NOON)).value(slo).weeks
        assert server.queries == [
            f"{one} and on() count(last_over_time(all[1h] offset 40m))"
            for one in ("(sum(sum_over_time(failed[2399999ms])) or vector(0))", "sum(sum_over_time(all[2399999ms]))")
        ]
    assert (found.total, found.bad) == (800.0, 8.0)


def test_events_after_a_pause_are_of_the_last_step() -> None:
    """Summed per step, too: nothing is spread over the time without samples, and no process takes any with it."""
    at = [60.0 * n for n in (0, 1, 2, 3, 20, 21, 22, 23, 24, 25)]
    taken = [(one, NOON.timestamp() + one) for one in at]
    parts = {"first": taken, "last": taken, "each": [(one, 1.0) for one in at]}
    scrapes = (series({"pm_autofill_scrapes": name}, *one) for name, one in parts.items())
    script = {
        r"by \(job, instance\)": number(3_000_000, **LABELS),
        "query_range label_replace": give("matrix", *scrapes),
        "query_range sum.sum_over_time.all": give("matrix", series({}, *((one, 20) for one in at))),
        "query_range sum.sum_over_time.failed": give("matrix", series({}, (1200, 6))),
    }
    with ScriptedPrometheus(script=script) as server:
        slo = read_slo(server.collector(), recorded(), minutes(30))
        assert not any("unless" in query for query in server.queries)
    assert slo.total is not None
    assert (slo.total.pushed_down, slo.total.recorded, slo.total.at_ends) == (True, True, None)
    paused = Window(NOON + timedelta(minutes=3), NOON + timedelta(minutes=19))
    last = Window(paused.end, paused.end + timedelta(minutes=1))
    assert [count_events(slo, slo.total, one) for one in (paused, last)] == [0.0, 20.0]
    assert [count_events(slo, slo.bad, one) for one in (paused, last)] == [0.0, 6.0]
