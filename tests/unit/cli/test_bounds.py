"""A command ends in time, and leaves the process as it was."""

from __future__ import annotations

import re
import resource
import signal

import pytest

from pm_autofill.cli.bounds import in_time
from pm_autofill.errors import AutofillError


def test_what_takes_too_long_is_ended() -> None:
    """Also where every ordinary error is passed over; the message says what took so long."""

    def search_for_ever() -> None:
        while True:
            try:
                re.search(r"(?:a|a)*b", "a" * 22)
            except Exception:  # noqa: BLE001, S112 - that is the point
                continue

    with pytest.raises(AutofillError) as caught, in_time(0.2, "this"):
        search_for_ever()

    assert str(caught.value) == (
        "this takes longer than 0.2 seconds. Give it more time with --deadline, if you trust who wrote it."
    )


def test_nothing_is_left_behind() -> None:
    """No timer, no handler, no limit, whether it was in time or not."""
    before = (signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_CPU))
    with in_time(60, "it"):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] != before[1][0]

    assert (signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_CPU)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_its_result_and_errors_are_passed_on() -> None:
    """An error inside is told as itself."""
    with pytest.raises(ValueError, match="mine"), in_time(60, "it"):
        raise ValueError("mine")
