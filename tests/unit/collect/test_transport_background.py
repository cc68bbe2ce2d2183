"""Tasks at once: results by name, errors kept apart, nobody waits beyond the deadline."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.transport.background import gather
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.errors import NotFound, SourceUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: BaseException) -> Callable[[], int]:
    """A task that ends with an error."""

    def task() -> int:
        raise error

    return task


def test_results_come_by_name_in_the_order_given() -> None:
    """Values and source errors stand side by side."""
    missing = NotFound("Grafana", "no dashboard")
    results = gather({"b": lambda: 1, "Grafana: x": raising(missing), "a": lambda: 2}, Deadline(30))
    assert list(results.items()) == [("b", 1), ("Grafana: x", missing), ("a", 2)]


def test_nothing_to_do_takes_nothing() -> None:
    """No tasks, no results."""
    assert gather({}, Deadline(0)) == {}


def test_all_tasks_run_at_once() -> None:
    """Twenty tasks that wait for one another all finish."""
    barrier = threading.Barrier(20, timeout=30)
    results = gather({str(n): barrier.wait for n in range(20)}, Deadline(60))
    assert sorted(results.values(), key=str) == sorted(range(20), key=str)


def test_a_task_beyond_the_deadline_is_left_behind() -> None:
    """What is unfinished when time is up becomes an error that names it; the rest is kept."""
    never = threading.Event()
    try:
        results = gather({"Prometheus: budget": never.wait, "PagerDuty: log": lambda: True}, Deadline(0.2))
    finally:
        never.set()
    late = results["Prometheus: budget"]
    assert isinstance(late, SourceUnavailable)
    assert (late.source, late.message) == ("Prometheus", "Prometheus did not finish its answer before the deadline")
    assert results["PagerDuty: log"] is True


def test_a_result_raises_tasks_whatever_is_still_waited_for() -> None:
    """One that hangs costs no answer of those that another raised; errors raise tasks as results do."""
    never, missing = threading.Event(), NotFound("Grafana", "no dashboard")
    told: list[tuple[str, object]] = []

    def then(name: str, result: object) -> dict[str, Callable[[], int]]:
        told.append((name, result))
        return {"third": lambda: 3} if name == "second" else {"second": lambda: 2} if name == "first" else {}

    try:
        results = gather({"hangs": never.wait, "first": raising(missing)}, Deadline(0.5), then=then)
    finally:
        never.set()
    assert told == [("first", missing), ("second", 2), ("third", 3)]
    assert list(results) == ["hangs", "first", "second", "third"]
    assert isinstance(results.pop("hangs"), SourceUnavailable)
    assert list(results.values()) == [missing, 2, 3]


@pytest.mark.parametrize("error", [UsageError("a token is missing"), ZeroDivisionError("a bug"), KeyboardInterrupt()])
def test_what_is_no_property_of_a_source_is_raised_at_once(error: BaseException) -> None:
    """A mistake of the user's or of ours does not wait for slow tasks, and is not taken for a gap."""
    never = threading.Event()
    try:
        with pytest.raises(type(error)):
            gather({"slow": never.wait, "wrong": raising(error)}, Deadline(60))
    finally:
        never.set()


def test_a_task_left_behind_does_not_delay_the_end() -> None:
    """The interpreter exits while a task still waits for ever."""
    script = """
import threading
from pm_autofill.collect.transport.background import gather
from pm_autofill.collect.transport.limits import Deadline
print(gather({"Grafana: panel": threading.Event().wait}, Deadline(0.05)))
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "Grafana did not finish its answer before the deadline" in done.stdout
