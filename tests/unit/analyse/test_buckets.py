"""Counters as (bad, total) per bucket and per target."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.analyse.buckets import Buckets, bucket, slo_curves
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloDefinition, SloEvidence
from tests.unit.analyse.cases import sli

START = 1_800_000_000.0
EVENTS = Events(total="t", bad="b")


def series(pod: str, times: list[float], values: list[float], **labels: str) -> Series:
    """A pod's counter."""
    named = {"job": "api", "instance": pod, **labels}
    return Series(named, START + np.array(times, dtype=float), np.array(values, dtype=float))


def read(*found: Series) -> CounterRead:
    """A read of two minutes."""
    first, last = (datetime.fromtimestamp(START + seconds, UTC) for seconds in (0, 120))
    return CounterRead(matrix=matrix(found), source="s", start=first, end=last)


def slo(**reads: CounterRead) -> SloEvidence:
    """An SLO with these reads."""
    return SloEvidence(definition=SloDefinition(name="n", service="s", objective=Decimal(99), events=EVENTS), **reads)  # type: ignore[arg-type]


def bucketed(slo: SloEvidence) -> Buckets | None:
    """An SLO's buckets."""
    return bucket(slo, slo_curves(slo))


GRID = [0.0, 15, 30, 45, 60]


def test_events_of_all_targets_are_summed_per_scrape() -> None:
    """On one grid, ending where the first target's samples end."""
    total = read(series("a", GRID, [0, 10, 20, 30, 40]), series("b", GRID, [5, 10, 15, 20, 25]))
    bad = read(series("a", GRID, [0, 1, 1, 1, 3], code="500"))
    found = bucketed(slo(total=total, bad=bad))
    assert found is not None
    assert found.edges.tolist() == [START + at for at in GRID]
    assert found.total.tolist() == [15, 15, 15, 15]
    assert found.bad.tolist() == [1, 0, 0, 2]
    assert (found.step, found.width, found.counted) == (15, 15, True)
    assert [target.total.tolist() for target in found.targets] == [[10] * 4, [5] * 4]
    assert [target.bad.tolist() for target in found.targets] == [[1, 0, 0, 2], [0] * 4]
    assert all(target.told.all() for target in found.targets)


def test_bad_is_total_less_good_at_each_scrape() -> None:
    """Per target, so that targets scraped at other instants do not blur it."""
    late = [at + 7 for at in GRID]
    total = read(series("a", GRID, [0, 10, 20, 30, 40]), series("b", late, [0, 10, 20, 30, 40]))
    good = read(series("a", GRID, [0, 10, 15, 25, 35]), series("b", late, [0, 10, 20, 30, 40]))
    found = slo_curves(slo(total=total, good=good))
    assert found is not None
    assert [curve.events.tolist() for curve in found.bad] == [[0, 0, 5, 5, 5], [0, 0, 0, 0, 0]]
    assert [curve.instance for curve in found.bad] == [("api", "a"), ("api", "b")]


def test_good_events_counted_elsewhere_are_subtracted_from_the_sum() -> None:
    """The balancer counts all requests, the service the good ones; less than none is never bad."""
    total = read(series("balancer", GRID, [0, 10, 20, 30, 40]))
    good = read(series("a", GRID, [0, 5, 11, 14, 19]), series("b", GRID, [0, 5, 10, 15, 20]))
    found = slo_curves(slo(total=total, good=good))
    assert found is not None
    assert [curve.events.tolist() for curve in found.bad] == [[0, 0, 0, 1, 1]]


def test_a_restart_s_events_come_after_it() -> None:
    """Eight requests since the process began at 40: nothing is known between 30 and 40."""
    total = read(series("a", GRID, [100, 110, 120, 8, 18]))
    starts = read(
        Series({"job": "api", "instance": "a"}, START + np.array(GRID), START + np.array([-9, -9, -9, 40.0, 40]))
    )
    found = bucketed(slo(total=total, bad=read(), process_starts=starts))
    assert found is not None
    (target,) = found.targets
    assert (target.edges - START).tolist() == [0, 15, 30, 40, 45, 60]
    assert target.total.tolist() == [10, 10, 0, 8, 10]
    assert target.told.tolist() == [True, True, False, True, True]
    assert found.starts == (START + 40,)


def test_a_restart_of_unknown_time_says_nothing() -> None:
    """Neither how much nor when."""
    found = bucketed(slo(total=read(series("a", GRID, [100, 110, 120, 8, 18])), bad=read()))
    assert found is not None
    assert found.targets[0].told.tolist() == [True, True, False, True]
    assert found.targets[0].total.tolist() == [10, 10, 0, 10]


def test_a_dead_target_was_silent_until_a_scrape_before_it_came_back() -> None:
    """Not scraped from 15 to 105, then begun anew: unknown for a scrape, silent, and what came, came last."""
    times = [0.0, 15, 105, 120]
    found = bucketed(slo(total=read(series("a", times, [100, 110, 8, 18])), bad=read()))
    assert found is not None
    (target,) = found.targets
    assert (target.edges - START).tolist() == [0, 15, 30, 90, 105, 120]
    assert target.total.tolist() == [10, 0, 0, 8, 10]
    assert target.told.tolist() == [True, False, True, True, True]


def test_a_gap_in_the_scrapes_alone_says_that_the_service_ran_on() -> None:
    """The counter went on: the interval is wide, and told."""
    found = bucketed(slo(total=read(series("a", [0.0, 15, 105, 120], [100, 110, 170, 180])), bad=read()))
    assert found is not None
    assert found.targets[0].told.all()
    assert found.targets[0].total.tolist() == [10, 60, 10]


def test_long_windows_have_wider_buckets() -> None:
    """Whole multiples of the scrape interval, at most 1600."""
    long = sli(window=(-600, 600))
    found = bucketed(long)
    assert found is not None
    assert found.width == 45
    assert len(found.bad) == pytest.approx(1600, abs=1)
    assert found.total.sum() == pytest.approx(40 * 72_000, rel=0.001)


def test_there_may_be_nothing_to_count() -> None:
    """No reads, no samples, one sample."""
    assert bucketed(slo()) is None
    assert bucketed(slo(total=read(), bad=read())) is None
    assert bucketed(slo(total=read(series("a", [0.0], [1])), bad=read())) is None
    assert slo_curves(slo(total=read(series("a", GRID, GRID)))) is None


def test_a_ratio_becomes_as_many_events_as_its_noise_allows() -> None:
    """One percent with a noise of a tenth of that: about ten thousand; only proportions mean something."""
    rng = np.random.default_rng(5)
    times = list(np.arange(0.0, 6000, 30))
    noisy = series("", times, list(rng.normal(0.01, 0.001, 200)))
    definition = SloDefinition(name="n", service="s", objective=Decimal(99), ratio="a / b")
    found = bucketed(SloEvidence(definition=definition, ratio=read(noisy)))
    assert found is not None
    assert not found.counted
    assert found.step == 30
    assert found.total[0] == pytest.approx(10_000, rel=0.4)
    assert (found.bad / found.total).mean() == pytest.approx(0.01, rel=0.05)
    few = replace(SloEvidence(definition=definition), ratio=read(series("", [0.0, 30], [0.1, 0.2])))
    assert bucketed(few) is None
    assert bucketed(SloEvidence(definition=definition, ratio=read())) is None
