"""The published rules of an SLO's own window, and when a rule fires that holds from then to then."""

from __future__ import annotations

import numpy as np
import pytest

from pm_autofill.analyse.replay import fires
from pm_autofill.analyse.replay.fires import Evaluations, Outcome, judge, shortest_hold
from pm_autofill.analyse.replay.rule_sets import burn_rules, longest_window
from pm_autofill.replayed import BurnRule

MINUTES = np.arange(0.0, 6001.0, 60.0)
WHEN = Evaluations(MINUTES, begins=3000.0, since=0.0, until=6000.0)


def shown(window: str, owner: str) -> list[tuple[str, float, float, float, float]]:
    """A set's rules as plain values: severity, long and short window in minutes, burn rate, `for` in minutes."""
    return [
        (rule.severity, rule.long / 60, rule.short / 60, rule.factor, rule.hold / 60)
        for rule in burn_rules(window)
        if owner in rule.sets
    ]


def test_googles_rules_of_thirty_days_are_those_of_the_workbook() -> None:
    """2 % in an hour, 5 % in six, 10 % in a day and in three."""
    workbook = [
        ("page", 60, 5, 14.4, 0),
        ("page", 360, 30, 6.0, 0),
        ("ticket", 1440, 120, 3.0, 0),
        ("ticket", 4320, 360, 1.0, 0),
    ]
    assert shown("30d", "Google") == workbook
    assert shown("month", "Google") == workbook
    for calendar, length in (("day", "1d"), ("week", "7d"), ("quarter", "90d"), ("year", "365d")):
        assert shown(calendar, "Google") == shown(length, "Google")


def test_of_another_window_they_keep_the_share_of_the_budget() -> None:
    """The burn rate follows."""
    assert [round(rule[3], 3) for rule in shown("28d", "Google")] == [13.44, 5.6, 2.8, 0.933]
    assert [rule[3] for rule in shown("90d", "Google")] == [43.2, 18.0, 9.0, 3.0]


def test_sloth_has_the_same_for_the_windows_it_knows() -> None:
    """28 and 30 days."""
    assert shown("30d", "Sloth") == shown("30d", "Google")
    assert shown("28d", "Sloth") == shown("28d", "Google")
    assert shown("7d", "Sloth") == []


def test_pyrras_windows_are_parts_of_the_slos() -> None:
    """To the minute, with a `for`."""
    assert shown("28d", "Pyrra") == [
        ("page", 60, 5, 14.0, 2),
        ("page", 360, 30, 7.0, 15),
        ("ticket", 1440, 120, 2.0, 60),
        ("ticket", 5760, 360, 1.0, 180),
    ]
    assert shown("30d", "Pyrra") == [
        ("page", 64, 5, 14.0, 2),
        ("page", 386, 32, 7.0, 16),
        ("ticket", 1543, 129, 2.0, 64),
        ("ticket", 6171, 386, 1.0, 193),
    ]


def test_windows_of_hours_leave_pyrra_little() -> None:
    """A window of less than half a minute is none."""
    assert all(rule.short > 0 for rule in burn_rules("1d"))
    assert longest_window("30d") == 6171 * 60


def test_a_condition_holds_in_stretches() -> None:
    """First and last evaluation of each."""
    held = np.array([True, False, True, True, False, True])
    assert fires.stretches(held, MINUTES[:6]) == [(0.0, 0.0), (120.0, 180.0), (300.0, 300.0)]
    assert fires.stretches(np.zeros(6, dtype=bool), MINUTES[:6]) == []


@pytest.mark.parametrize(
    ("hold", "fired"), [(0.0, 3060.0), (60.0, 3120.0), (90.0, 3180.0), (600.0, 3660.0), (601.0, None)]
)
def test_a_rule_fires_at_the_first_evaluation_after_its_for(hold: float, fired: float | None) -> None:
    """And not at all where the condition does not hold for so long."""
    assert judge([(3060.0, 3660.0)], hold, WHEN) == Outcome(fired, 0)


def test_fires_before_the_incident_are_counted_not_taken() -> None:
    """Those of several series that overlap are one; a fire that began before the incident is none of its own."""
    held = [(600.0, 900.0), (660.0, 960.0), (1200.0, 1260.0), (2400.0, 4000.0), (4200.0, 4500.0)]
    assert judge(held, 0.0, WHEN) == Outcome(4200.0, 3)
    assert judge(held, 120.0, WHEN) == Outcome(4320.0, 2)
    assert judge([(2940.0, 4000.0)], 120.0, WHEN) == Outcome(3060.0, 0)


def test_fires_while_something_else_went_on_are_told_apart() -> None:
    """Those that touch its time; the shortest `for` leaves out what was over within it, and nothing longer."""
    held = [(600.0, 900.0), (1800.0, 1920.0), (4200.0, 4500.0)]
    assert judge(held, 0.0, WHEN, [(500.0, 650.0)]) == Outcome(4200.0, 2, 1)
    assert judge(held, 120.0, WHEN, [(500.0, 650.0)]) == Outcome(4320.0, 2, 0)
    assert shortest_hold(held, 900.0, WHEN) == 360.0
    assert shortest_hold(held, 900.0, WHEN, [(500.0, 900.0)]) == 180.0
    assert shortest_hold(held, 900.0, WHEN, [(500.0, 650.0)]) == 360.0


def test_only_a_week_is_looked_back() -> None:
    """And nothing after the end."""
    later = Evaluations(MINUTES, begins=3000.0, since=1000.0, until=4000.0)
    assert judge([(600.0, 900.0), (4200.0, 4500.0)], 0.0, later) == Outcome(None, 0)


def test_the_shortest_for_is_one_evaluation_more_than_ever_held() -> None:
    """Nothing where that is no shorter; none at all where it never held."""
    assert shortest_hold([(3060.0, 4000.0)], 600.0, WHEN) == 0.0
    assert shortest_hold([(600.0, 900.0), (3060.0, 4000.0)], 600.0, WHEN) == 360.0
    assert shortest_hold([(600.0, 1200.0)], 600.0, WHEN) is None
    assert shortest_hold([], 0.0, WHEN) is None


def test_a_condition_that_held_into_the_incident_counts_until_it_began() -> None:
    """What lies in the incident does not tell of a quiet week."""
    assert shortest_hold([(2880.0, 4000.0)], 600.0, WHEN) == 180.0


def test_a_rule_is_a_plain_value() -> None:
    """Two that ask for the same are equal."""
    assert burn_rules("30d")[0] == BurnRule(
        sets=("Google", "Sloth"), severity="page", long=3600.0, short=300.0, factor=14.4
    )
