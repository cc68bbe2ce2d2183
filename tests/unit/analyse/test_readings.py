"""SLIs that are only known as a ratio: start and recovery to the sample, whatever the unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from pm_autofill.analyse.impact import Circumstances, find_impact
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead, SloDefinition, SloEvidence
from pm_autofill.findings import Fact, Known, Unknown
from tests.unit.analyse.cases import at


def around(trigger: float, as_of: float = 120) -> Circumstances:
    """An incident triggered so many minutes after noon."""
    return Circumstances(at(trigger), timedelta(minutes=15), at(as_of))


def minutes(fact: Fact) -> float:
    """A known instant as minutes after noon."""
    assert isinstance(fact, Known), fact
    return (fact.instant - at(0)).total_seconds() / 60


def ratio_slo(*bad_times: tuple[float, float, float], scale: float = 1.0) -> SloEvidence:
    """A ratio of 0.1 percent, give or take a tenth of it, sampled every thirty seconds; (from, until, ratio) is bad."""
    times = at(-175).timestamp() + np.arange(0, 295 * 60, 30.0)
    values = np.full(len(times), 0.001)
    for first, last, level in bad_times:
        values[(times > at(first).timestamp()) & (times <= at(last).timestamp())] = level
    noise = np.random.default_rng(1).normal(1, 0.1, len(times))
    found = matrix([Series({}, times, values * noise * scale)])
    read = CounterRead(matrix=found, source="ratio", start=at(-175), end=at(120))
    definition = SloDefinition(name="r", service="s", objective=Decimal("99.9"), ratio="a / b")
    return SloEvidence(definition=definition, ratio=read)


def test_a_ratio_alone_gives_a_window_to_the_sample() -> None:
    """With a sample of width on both sides, and it says that nothing was counted."""
    impact = find_impact(ratio_slo((0, 40, 0.12)), around(5))
    assert minutes(impact.start) == pytest.approx(0, abs=0.5)
    assert minutes(impact.end) == pytest.approx(40, abs=0.5)
    assert isinstance(impact.start, Known)
    assert impact.start.method == "change point in the ratio of r, for which no counts are configured"
    assert isinstance(impact.start.low, datetime)
    assert isinstance(impact.start.high, datetime)
    assert impact.start.high - impact.start.low >= timedelta(seconds=60)
    assert [round(one.failed_ratio, 2) for one in impact.periods] == [0.12]
    assert impact.detection is not None
    assert impact.detection.baseline.ratio == pytest.approx(0.001, rel=0.05)


@pytest.mark.parametrize("scale", [1.0, 100.0, 1e6])
def test_a_ratio_s_window_does_not_depend_on_its_unit(scale: float) -> None:
    """Percent and parts of a million change at the same instants."""
    impact = find_impact(ratio_slo((0, 40, 0.12), scale=scale), around(5))
    assert minutes(impact.start) == pytest.approx(0, abs=0.5)
    assert minutes(impact.end) == pytest.approx(40, abs=0.5)


def test_a_ratio_that_rises_by_half_is_seen() -> None:
    """Five times what it wanders by; a tenth more is not."""
    assert find_impact(ratio_slo((0, 40, 0.0015)), around(5)).moved
    assert not find_impact(ratio_slo((0, 40, 0.0011)), around(5)).moved


def test_a_ratio_may_be_bad_most_of_the_time() -> None:
    """Three of five hours; what is usual is what the rest was."""
    impact = find_impact(ratio_slo((-100, 80, 0.12)), around(-90))
    assert minutes(impact.start) == pytest.approx(-100, abs=0.5)
    assert minutes(impact.end) == pytest.approx(80, abs=0.5)
    assert impact.detection is not None
    assert impact.detection.baseline.ratio == pytest.approx(0.001, rel=0.05)


def test_one_wild_sample_of_a_ratio_is_no_incident() -> None:
    """However high it is."""
    assert not find_impact(ratio_slo((0, 0.5, 0.9)), around(5)).moved


def test_a_ratio_that_is_still_bad_is_open() -> None:
    """And one that was bad at its first sample has no start."""
    still = find_impact(ratio_slo((0, 120, 0.12)), around(5, 121))
    assert still.open
    assert isinstance(still.end, Unknown)
    assert still.end.reason == "r has not recovered yet"
    assert find_impact(ratio_slo((-180, -100, 0.12)), around(-120)).touches == {"start"}
