"""Counts against the truth, event by event: the bounds hold it, whatever happens to scrapes and processes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.analyse.counting import Count, count, count_bad
from pm_autofill.analyse.spans import Span
from pm_autofill.evidence.increments import curves, increments
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead
from tests.unit.analyse import worlds
from tests.world import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.evidence.slos import SloEvidence
    from tests.world.incident import Incident
    from tests.world.plan import IncidentPlan

PLANS = (plan.short_history, plan.low_traffic, plan.outage, plan.lost_traffic, plan.rough_scrapes, plan.both_services)
START = 1_800_000_000


@pytest.mark.parametrize("make", PLANS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("build", [worlds.availability, worlds.by_good], ids=["by bad", "by good"])
def test_counts_of_known_windows_lie_in_their_bounds(
    make: Callable[[], IncidentPlan], build: Callable[[Incident], SloEvidence]
) -> None:
    """Sixty windows around the incident, two to forty minutes long: the truth is inside, and the count near it."""
    incident = worlds.history(make)
    found = slo_curves(build(incident))
    assert found is not None
    rng = np.random.default_rng(7)
    start = round(incident.truth.start.timestamp())
    errors = []
    for _ in range(60):
        first = start + int(rng.integers(-1200, 2400))
        last = first + int(rng.choice([120, 600, 2400]))
        truth = incident.truth.count(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))
        span = Span(first, last, (first, first), (last, last))
        total, failed = count(found.total, span), count(found.bad, span)
        assert total.low <= truth.total <= total.high
        assert failed.low <= truth.failed <= failed.high
        errors.append(abs(total.value - truth.total) / truth.total)
    assert np.median(errors) < 0.01


@pytest.mark.parametrize(
    ("threshold", "least", "most"), [(0.3, "slow", "0.1"), (0.05, "0.1", "all"), (1.5, "2.5", "slow"), (9.0, "", "2.5")]
)
def test_a_threshold_inside_a_bucket_is_bounded_by_all_of_it_and_none(threshold: float, least: str, most: str) -> None:
    """Requests slower than the bucket's upper end are slow for sure, those slower than its lower end may be."""
    incident = worlds.history(plan.short_history)
    slo = worlds.between_buckets(incident, threshold)
    found, exact = slo_curves(slo), slo_curves(worlds.latency(incident))
    assert found is not None
    assert exact is not None
    first, last = incident.truth.start.timestamp(), incident.truth.end.timestamp()
    span = Span(first, last, (first, first), (last, last))
    counted = count_bad(found, span)
    total = count(exact.total, span)
    slower = {"slow": count(exact.bad, span), "all": total, "": Count(0, 0, 0)}
    for bound in ("0.1", "2.5"):
        other = slo_curves(replace(slo, good=worlds.bucket(incident, bound), good_above=None, boundary=None))
        assert other is not None
        slower[bound] = count(other.bad, span)
    assert counted.low == pytest.approx(slower[least].low)
    assert counted.high == pytest.approx(slower[most].high)
    assert slower[least].value <= counted.value <= slower[most].value + 1e-6
    if slo.good_above is not None:
        share = (threshold - {0.3: 0.1, 1.5: 0.5}[threshold]) / {0.3: 0.4, 1.5: 2.0}[threshold]
        mixed = slower[most].value * (1 - share) + slower[least].value * share
        assert counted.value == pytest.approx(mixed, rel=0.001)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[int], list[int], list[int]]:
    """Events per second of a target, when it was scraped, and when its process started anew."""
    events = draw(st.lists(st.integers(0, 5), min_size=60, max_size=200))
    step = draw(st.sampled_from([5, 10, 15]))
    lost = draw(st.sets(st.integers(0, 40), max_size=8))
    scrapes = [second for n, second in enumerate(range(0, len(events) + 1, step)) if n not in lost]
    restarts = draw(st.lists(st.integers(1, len(events) - 1), max_size=3, unique_by=lambda at: at // 20).map(sorted))
    restarts = [at for n, at in enumerate(restarts) if n == 0 or at - restarts[n - 1] > step]
    return events, scrapes or [0, len(events)], restarts


def scraped(events: list[int], scrapes: list[int], restarts: list[int]) -> tuple[Series, Series]:
    """The counter and its process start time, as sampled."""
    values, begun = [], []
    for second in scrapes:
        since = max([0, *(at for at in restarts if at < second)])
        values.append(sum(events[since:second]) + (100 if since == 0 else 0))
        begun.append(START + since if since else START - 9000)
    times = START + np.array(scrapes, dtype=float)
    labels = {"job": "a", "instance": "b"}
    return Series(labels, times, np.array(values, dtype=float)), Series(labels, times, np.array(begun, dtype=float))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(lives(), st.data())
def test_nothing_is_counted_twice_and_only_the_dying_s_last_events_are_lost(
    life: tuple[list[int], list[int], list[int]], data: st.DataObject
) -> None:
    """Between any two scrapes the count is exactly the truth less what each process counted after its last scrape."""
    events, scrapes, restarts = life
    counter, begun = scraped(events, scrapes, restarts)
    first, last = datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(START + len(events), UTC)
    read = CounterRead(matrix=matrix([counter]), source="s", start=first, end=last)
    (curve,) = curves(read, matrix([begun]))
    start, end = sorted(data.draw(st.lists(st.sampled_from(scrapes), min_size=2, max_size=2)))
    unseen = np.zeros(len(events), dtype=bool)
    for born, died in zip([0, *restarts], restarts, strict=False):
        seen = [second for second in scrapes if born < second <= died or second == born == 0]
        unseen[max([born, *seen]) : died] = True
    truth = sum(count for second, count in enumerate(events) if start <= second < end and not unseen[second])
    found = curve.at(START + np.array([start, end], dtype=float))
    assert float(found[1] - found[0]) == truth


@settings(max_examples=80, deadline=None, derandomize=True)
@given(lives(), st.lists(st.integers(0, 200), min_size=2, max_size=12, unique=True).map(sorted))
def test_increments_add_up(life: tuple[list[int], list[int], list[int]], cuts: list[int]) -> None:
    """However a window is cut: no event is lost or doubled at a cut, and none is negative."""
    counter, begun = scraped(*life)
    first, last = datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(START + 300, UTC)
    read = CounterRead(matrix=matrix([counter]), source="s", start=first, end=last)
    edges = START + np.array(cuts, dtype=float)
    parts = increments(read, edges, matrix([begun]))
    assert (parts >= 0).all()
    whole = increments(read, edges[[0, -1]], matrix([begun]))
    assert parts.sum() == pytest.approx(float(whole[0]))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(lives(), st.tuples(st.integers(0, 100), st.integers(1, 100)))
def test_bounds_enclose_the_count(life: tuple[list[int], list[int], list[int]], window: tuple[int, int]) -> None:
    """And widen when the window's ends are less sure."""
    counter, begun = scraped(*life)
    first, last = datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(START + 300, UTC)
    read = CounterRead(matrix=matrix([counter]), source="s", start=first, end=last)
    found = curves(read, matrix([begun]))
    start, end = START + window[0], START + window[0] + window[1]
    sure = count(found, Span(start, end, (start, start), (end, end)))
    unsure = count(found, Span(start, end, (start - 9, start + 9), (end - 9, end + 9)))
    assert 0 <= sure.low <= sure.value <= sure.high
    assert unsure.low <= sure.low
    assert unsure.high >= sure.high
