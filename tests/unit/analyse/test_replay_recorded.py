"""An SLO's events as alert rules see them: windows that end at an evaluation, and nothing later than it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.analyse.replay.recorded import recorded, seen_ratio
from pm_autofill.evidence.replay import PastEvents, Steps
from pm_autofill.evidence.series import Matrix, Series, matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloEvidence
from pm_autofill.instants import from_epoch
from tests.unit.analyse.cases import at, definition, sli

Numbers = list[tuple[float, float]]
BAD = Events(total="t", bad="b")


def read(*several: Numbers, start: float = 0.0) -> CounterRead:
    """Counters as (second, value)."""
    series = [Series({"instance": f"{number}"}, *np.array(one, dtype=float).T) for number, one in enumerate(several)]
    return CounterRead(matrix=matrix(series), source="raw", start=from_epoch(start), end=from_epoch(1000))


def slo(total: CounterRead, bad: CounterRead) -> SloEvidence:
    """An SLO of 99.9 % with these counters."""
    return SloEvidence(definition=definition(), total=total, bad=bad)


def steps(values: Numbers, step: float, first: float) -> Steps:
    """Events per step as (end, events)."""
    series = (Series({}, *np.array(values, dtype=float).T),) if values else ()
    end = max((end for end, _ in values), default=first)
    return Steps(matrix=Matrix(series), source="past", start=from_epoch(first), end=from_epoch(end), step=step)


def burns(found: SloEvidence, length: float, *seconds: float, past: PastEvents | None = None) -> list[float]:
    """The burn rates over a window at some evaluations."""
    events = recorded(found, past)
    assert events is not None
    return [round(float(burn), 6) for burn in events.burn(length, np.array(seconds))]


def test_the_burn_rate_is_that_of_the_samples_in_the_window() -> None:
    """From the first to the last in it, both ends included; nothing later is looked at."""
    every = [(float(second), float(second)) for second in range(0, 601, 15)]
    bad = [(second, 0.0 if second <= 300 else value - 300) for second, value in every]
    found = slo(read(every), read(bad))
    assert burns(found, 60, 300, 314, 315, 330, 360, 600) == [0, 0, 250, 500, 1000, 1000]


def test_without_events_there_is_no_burn_rate() -> None:
    """Not nought."""
    found = slo(read([(0, 5), (15, 5), (30, 5)]), read([(0, 0), (15, 0), (30, 0)]))
    assert np.isnan(burns(found, 30, 30)[0])


def test_a_restart_is_counted_and_a_birth_is_not() -> None:
    """As `rate` has it: the first sample of a counter that was not there before adds nothing."""
    total = read([(0, 100), (15, 200), (30, 300), (45, 400), (60, 500), (75, 600)])
    born = read([(45, 40), (60, 50), (75, 60)])
    again = read([(0, 10), (15, 30), (30, 5), (45, 5), (60, 5), (75, 5)])
    assert burns(slo(total, born), 75, 45, 60, 75) == [0, 25, 40]
    assert burns(slo(total, again), 75, 75) == [50]


def test_a_past_without_sums_is_none() -> None:
    """As an answer without series leaves it."""
    every = read([(float(second), float(second)) for second in range(0, 61, 15)])
    nothing = PastEvents(slo=definition().name, events=BAD, total=(), part=())
    assert burns(slo(every, every), 60, 60, past=nothing) == burns(slo(every, every), 60, 60) == [1000]


def test_good_events_are_taken_from_all() -> None:
    """Where the SLO is defined by them."""
    total, good = read([(0, 0), (15, 100), (30, 200)]), read([(0, 0), (15, 99), (30, 195)])
    found = SloEvidence(definition=definition(events=Events(total="t", good="g")), total=total, good=good)
    assert burns(found, 30, 30) == [25]


def test_before_the_raw_samples_there_are_steps() -> None:
    """A window that reaches back over the joint takes both; within a step events are spread evenly."""
    past = PastEvents(
        slo="availability",
        events=BAD,
        total=(steps([(-700, 5000)], 600, -1300), steps([(-300, 400), (100, 400)], 400, -700)),
        part=(steps([], 600, -1300), steps([(100, 40)], 400, -700)),
    )
    samples = [(float(second), float(second)) for second in range(70, 401, 15)]
    found = slo(read(samples), read([(second, 10.0) for second, _ in samples]))
    assert burns(found, 400, 100, -100, past=past) == [100, 50]
    assert burns(found, 500, 400, past=past) == [40]
    assert burns(found, 100_000, 100, past=past) == [pytest.approx(40_000 / 5800)]


def test_an_slo_without_events_cannot_be_replayed() -> None:
    """Nor one that was not read, or that leaves no budget."""
    counted = sli()
    assert recorded(counted, None) is not None
    assert recorded(SloEvidence(definition=definition()), None) is None
    assert recorded(replace(counted, bad=None), None) is None
    assert recorded(replace(counted, definition=definition(objective=Decimal(100))), None) is None


def test_what_was_seen_of_a_week_is_what_has_steps() -> None:
    """A step without a value is a time without data; behind the steps lie raw samples."""
    past = PastEvents(
        slo="a", events=BAD, total=(steps([(300, 1), (600, 1), (1200, 1)], 300, 0),), part=(steps([], 300, 0),)
    )
    assert seen_ratio(past, 0, 1200) == pytest.approx(0.75)
    assert seen_ratio(past, 150, 2400) == pytest.approx((750 + 1200) / 2250)
    assert seen_ratio(past, -1200, 1200) == pytest.approx(0.375)
    assert seen_ratio(None, 0, 1200) == 0.0


def test_sources_of_all_that_was_looked_at_are_named() -> None:
    """Raw samples and steps."""
    past = PastEvents(slo="a", events=BAD, total=(steps([(0, 1)], 300, -300),), part=(steps([], 300, -300),))
    events = recorded(sli(), past)
    assert events is not None
    assert events.sources == ("total", "bad", "past", "past")
    assert events.until == at(80).timestamp() - 60 + 45
