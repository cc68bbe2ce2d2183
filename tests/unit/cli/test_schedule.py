"""``--resolved-since``: which incidents are drafted, and what a failure among them does."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pm_autofill.cli import drafting, schedule
from pm_autofill.cli.choices import Choices
from pm_autofill.errors import CredentialsRefused, SourceUnavailable, UsageError
from tests.world.loopback import Fault, as_json
from tests.world.pagerduty import TOKEN, PagerDutyServer
from tests.world.stories import main

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def pagerduty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PagerDutyServer]:
    """Three incidents: resolved an hour ago, ten hours ago, and not at all."""
    ends = {"Q1": NOW - timedelta(hours=1), "Q10": NOW - timedelta(hours=10), "QOPEN": None}
    stories = (
        replace(main(), id=key, number=number, created=NOW - timedelta(days=2), resolved=end)
        for number, (key, end) in enumerate(ends.items(), start=1)
    )
    with PagerDutyServer(*stories) as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PAGERDUTY_TOKEN", TOKEN)
        settings = f"pagerduty: {{url: '{server.url}', token: '${{PAGERDUTY_TOKEN}}'}}\n"
        Path("pm.yaml").write_text(settings + "services: [{name: checkout-api, pagerduty: [PSVCCHK]}]\n")
        yield server


@pytest.fixture
def drafted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int | Exception]:
    """What drafting an incident gives; those that were drafted stay in ``order``."""
    results: dict[str, int | Exception] = {}

    def run(choices: Choices) -> int:
        assert choices.incident is not None
        assert choices.resolved_since is None
        result = results.setdefault(choices.incident, 0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(drafting, "run", run)
    return results


def choices(time: str) -> Choices:
    """The command line."""
    return Choices(resolved_since=time, config=os.path.realpath("pm.yaml"))


@pytest.mark.parametrize(("time", "expected"), [("30m", []), ("3h", ["Q1"]), ("12h", ["Q1", "Q10"])])
def test_those_resolved_within_the_time_are_drafted(
    pagerduty: PagerDutyServer, drafted: dict[str, int | Exception], time: str, expected: list[str]
) -> None:
    """By when they were resolved, not by when they were created; one that is open is not."""
    del pagerduty
    assert schedule.run(choices(time)) == 0
    assert sorted(drafted) == expected


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ({"Q1": 0, "Q10": 3}, 3),
        ({"Q1": SourceUnavailable("PagerDuty", "it is gone"), "Q10": 3}, 1),
    ],
)
def test_one_that_fails_does_not_keep_the_others(
    pagerduty: PagerDutyServer,
    drafted: dict[str, int | Exception],
    capsys: pytest.CaptureFixture[str],
    results: dict[str, int | Exception],
    code: int,
) -> None:
    """The worst of all is the exit code; a failure is told with its incident."""
    del pagerduty
    drafted.update(results)
    assert schedule.run(choices("12h")) == code
    assert capsys.readouterr().err == ("pm-autofill: Q1: it is gone\n" if code == 1 else "")


def test_refused_credentials_end_it(pagerduty: PagerDutyServer, drafted: dict[str, int | Exception]) -> None:
    """The other incidents would be refused too."""
    del pagerduty
    drafted["Q1"] = drafted["Q10"] = CredentialsRefused("PagerDuty", "no")
    with pytest.raises(CredentialsRefused):
        schedule.run(choices("12h"))


def test_a_list_that_is_not_whole_is_no_list(pagerduty: PagerDutyServer) -> None:
    """What is missed now would never be drafted."""
    pagerduty.faults.append(Fault("/incidents", as_json({"error": {"message": "no", "code": 2001}}, 400)))
    with pytest.raises(SourceUnavailable, match="the resolved incidents"):
        schedule.run(choices("12h"))


@pytest.mark.parametrize(
    ("time", "settings", "message"),
    [
        ("soon", "services: [{name: a}]", "--resolved-since: 'soon' is not a duration"),
        ("9000y", "services: [{name: a}]", "--resolved-since: 9000y is longer than a year"),
        ("1h", "services: []", "--resolved-since needs services"),
    ],
)
def test_mistakes(tmp_path: Path, time: str, settings: str, message: str) -> None:
    """What is wrong, before anything is contacted."""
    (tmp_path / "pm.yaml").write_text(settings)
    with pytest.raises(UsageError) as caught:
        schedule.run(Choices(resolved_since=time, config=str(tmp_path / "pm.yaml")))
    assert caught.value.message == message
