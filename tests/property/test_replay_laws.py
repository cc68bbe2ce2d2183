"""What holds of every replay, whatever a condition did."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pm_autofill.analyse.replay.fires import Evaluations, judge, shortest_hold, stretches
from pm_autofill.analyse.replay.recorded import recorded
from tests.unit.analyse.cases import NOON, sli

COUNT, BEGINS = 60, 1800.0
TIMES = np.arange(0.0, 60.0 * COUNT, 60.0)
WHEN = Evaluations(TIMES, begins=BEGINS, since=0.0, until=float(TIMES[-1]))
HELD = st.lists(st.booleans(), min_size=COUNT, max_size=COUNT)
HOLDS = st.integers(0, 40).map(lambda minutes: minutes * 60.0)


@given(HELD, HOLDS)
def test_a_fire_follows_a_for_in_which_the_condition_held(held: list[bool], hold: float) -> None:
    """At every evaluation of it; and there is no earlier one of which that is true and that begins to fire."""
    flags = np.array(held)
    fired = judge(stretches(flags, TIMES), hold, WHEN).fired
    span = round(hold / 60)

    def holds(at: int) -> bool:
        return at >= span and bool(flags[at - span : at + 1].all())

    begins = [at for at in range(COUNT) if holds(at) and not (at and holds(at - 1) and flags[at - 1])]
    inside = [at for at in begins if TIMES[at] >= BEGINS]
    assert fired == (TIMES[inside[0]] if inside else None)


@given(HELD, HOLDS)
def test_the_shortest_for_is_quiet_and_the_next_shorter_is_not(held: list[bool], hold: float) -> None:
    """Before the incident; it fires no later than the rule does."""
    spans = stretches(np.array(held), TIMES)
    shortest = shortest_hold(spans, hold, WHEN)
    if shortest is None:
        assert hold == 0 or judge(spans, hold - 60, WHEN).earlier > 0 or _runs_in(spans)
        return
    assert judge(spans, shortest, WHEN).earlier == 0
    if shortest > 0:
        assert judge(spans, shortest - 60, WHEN).earlier > 0 or _runs_in(spans)
    own, sooner = judge(spans, hold, WHEN).fired, judge(spans, shortest, WHEN).fired
    assert own is None or sooner is None or sooner <= own


def _runs_in(spans: list[tuple[float, float]]) -> bool:
    """Whether the condition held into the incident, where a fire would be the incident's."""
    return any(first < BEGINS <= last for first, last in spans)


@given(st.floats(0.001, 1.0), st.sampled_from([60.0, 300.0, 1800.0, 3600.0]), st.floats(0.2, 5.0))
def test_a_constant_ratio_burns_alike_over_every_window(ratio: float, length: float, rate: float) -> None:
    """Whatever the traffic: (bad / total) / (1 - objective)."""
    events = recorded(sli(usual=ratio, rate=40 * rate), None)
    assert events is not None
    burn = float(events.burn(length, np.array([NOON.timestamp()]))[0])
    counted = 40 * rate * (length - 15)
    assert abs(burn - ratio / 0.001) <= 2 / counted / 0.001 + 1e-6 * burn
