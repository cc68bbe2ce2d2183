"""What is usual: found beside an incident however long, with how much it wanders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.analyse.baseline import Baseline, estimate
from pm_autofill.analyse.buckets import Buckets, bucket, slo_curves
from tests.unit.analyse.cases import sli

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def usual_of(*bad_times: tuple[float, float, float], **parts: object) -> Baseline:
    """The baseline of an SLI."""
    return estimate(buckets_of(*bad_times, **parts))


def buckets_of(*bad_times: tuple[float, float, float], **parts: object) -> Buckets:
    """The buckets of an SLI."""
    slo = sli(*bad_times, **parts)  # type: ignore[arg-type]
    found = bucket(slo, slo_curves(slo))
    assert found is not None
    return found


def counts(bad: ArrayLike, total: ArrayLike) -> Buckets:
    """Buckets of fifteen seconds with these events."""
    events, whole = np.asarray(bad, dtype=np.float64), np.asarray(total, dtype=np.float64)
    return Buckets(np.arange(len(events) + 1, dtype=np.float64) * 15.0, events, whole, 15.0, ())


def test_a_steady_ratio_is_usual() -> None:
    """One in a thousand of forty a second, with even traffic."""
    usual = usual_of()
    assert usual.ratio == pytest.approx(0.001, rel=0.02)
    assert usual.usual.all()
    assert usual.traffic == pytest.approx(np.full(len(usual.traffic), 600.0), rel=0.01)
    assert (usual.ratio_wander, usual.burst) == (0.0, 1.0)


@pytest.mark.parametrize("until", [10, 40, 60])
def test_an_incident_is_not_usual(until: float) -> None:
    """Ten minutes, forty, or five sixths of the window."""
    usual = usual_of((-85 if until == 60 else 0, until, 0.12))
    assert usual.ratio == pytest.approx(0.001, rel=0.1)


def test_thrice_the_usual_for_half_of_the_window_is_not_usual() -> None:
    """A slow burn, also with few events."""
    assert usual_of((-10, 75, 0.003)).ratio == pytest.approx(0.001, rel=0.15)
    assert usual_of((-10, 75, 0.03), rate=2, usual=0.01).ratio == pytest.approx(0.01, rel=0.15)


def test_traffic_follows_its_day_and_forgets_its_gaps() -> None:
    """A slope is usual; an hour without requests is not."""
    seconds = np.arange(700) * 15
    wanted = 600 * np.exp(seconds / 20_000)
    total = np.where((seconds > 3000) & (seconds < 4500), 0, wanted)
    usual = estimate(counts(total * 0.001, total))
    assert usual.traffic == pytest.approx(wanted, rel=0.01)


def test_a_wandering_ratio_is_measured() -> None:
    """Twenty minutes at 1.15 of the usual, twenty at 0.85, by turns: 0.15; counting noise alone is none."""
    rng = np.random.default_rng(3)
    total = np.full(960, 6000)
    level = np.where((np.arange(960) // 80) % 2 == 0, 1.15, 0.85) * 0.01
    assert estimate(counts(rng.poisson(total * level), total)).ratio_wander == pytest.approx(0.15, abs=0.03)
    assert estimate(counts(rng.poisson(total * 0.01), total)).ratio_wander < 0.03


def test_failures_in_bursts_are_measured() -> None:
    """Five at a time: the counts differ five times as much as single ones would."""
    rng = np.random.default_rng(3)
    total = np.full(960, 6000)
    assert estimate(counts(5 * rng.poisson(2.0, 960), total)).burst == pytest.approx(5, rel=0.15)
    assert estimate(counts(rng.poisson(10.0, 960), total)).burst == pytest.approx(1, abs=0.1)


def test_hardly_any_events_make_hardly_a_baseline() -> None:
    """Not a zero that everything would be infinitely above."""
    usual = estimate(counts(np.zeros(700), np.full(700, 15)))
    assert 0 < usual.ratio < 0.001
    assert estimate(counts(np.zeros(700), np.zeros(700))).ratio > 0


def test_buckets_known_to_be_bad_are_left_out() -> None:
    """As the segmentation found them."""
    found = buckets_of((0, 40, 0.12))
    bad = found.bad > 10
    assert not (estimate(found, bad).usual & bad).any()
