"""A task that runs while the caller does something else."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from pm_autofill.collect.transport.pending import Pending
from pm_autofill.errors import NotFound


def test_the_task_runs_beside_its_caller() -> None:
    """It has begun before its result is asked for, on a daemon thread of the given name."""
    begun, go = threading.Event(), threading.Event()

    def task() -> tuple[str, bool]:
        begun.set()
        assert go.wait(30)
        return threading.current_thread().name, threading.current_thread().daemon

    pending = Pending(task, "Grafana: dashboards")
    assert begun.wait(30)
    go.set()
    assert pending.result() == ("Grafana: dashboards", True)


@pytest.mark.parametrize("value", [None, 0, (), NotFound("Grafana", "no dashboard")])
def test_any_value_is_handed_over(value: object) -> None:
    """Also one that is false, and an error that was returned rather than raised."""
    assert Pending(lambda: value, "task").result() is value


@pytest.mark.parametrize("error", [NotFound("Grafana", "no dashboard"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_task_raises_is_raised_for_who_waits(error: BaseException) -> None:
    """The very same error, whatever its kind."""

    def task() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        Pending(task, "task").result()
    assert caught.value is error


def test_an_unfinished_task_does_not_delay_the_end() -> None:
    """The interpreter exits while a task still waits for ever."""
    script = """
import threading
from pm_autofill.collect.transport.pending import Pending
Pending(threading.Event().wait, "task")
print("done")
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "done\n"
