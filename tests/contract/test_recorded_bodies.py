"""The recorded answers of the demo: in the official shapes, complete, small, and free of the machine they came from."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.cli.demo import recordings
from pm_autofill.cli.recording import Recording, load
from tests.world.schemas import (
    ABSENT,
    UndocumentedType,
    check_grafana,
    check_grafana_request,
    check_pagerduty,
    data_folder,
    warn_of_undocumented,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(str(recordings()))
INDEX = load(recordings())
needs_data = pytest.mark.skipif(data_folder() is None, reason=ABSENT)
MEGABYTE = 2**20
# Not found in what a loopback server on somebody's machine may leave behind.
TRACES = re.compile(r"127\.0\.0\.1|localhost|/(tmp|home|root|work|var|Users)/")


def _names(recorded: Sequence[Recording]) -> list[str]:
    """What each recording is called in a test's name."""
    return [recording.body for recording in recorded]


def _body(recording: Recording) -> Any:  # noqa: ANN401 - decoded JSON
    """The decoded answer."""
    return json.loads((FOLDER / recording.body).read_bytes())


@needs_data
@pytest.mark.parametrize("recording", INDEX.pagerduty, ids=_names(INDEX.pagerduty))
def test_pagerduty_bodies_have_the_official_shape(recording: Recording) -> None:
    """PagerDuty's description allows every recorded answer, and everything that is read stands in it."""
    assert check_pagerduty(recording.path, _body(recording), recording.status) == []


@needs_data
@pytest.mark.parametrize("recording", INDEX.grafana, ids=_names(INDEX.grafana))
def test_grafana_bodies_have_the_official_shape(recording: Recording) -> None:
    """Grafana's description allows every recorded answer, and everything that is read stands in it."""
    assert check_grafana(recording.path, _body(recording), recording.status, method=recording.method) == []


@needs_data
@pytest.mark.parametrize(
    "recording", [one for one in INDEX.grafana if one.method == "POST"], ids=lambda one: str(one.body)
)
def test_what_was_put_to_grafana_has_the_official_shape(recording: Recording) -> None:
    """Grafana's description allows every recorded question too."""
    assert check_grafana_request(recording.path, recording.posted) == []


@needs_data
def test_undocumented_log_entries_are_warned_about() -> None:
    """The log holds types that the description does not list; each gives a warning, and none is left out."""
    (log,) = [recording for recording in INDEX.pagerduty if recording.path.endswith("/log_entries")]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        types = warn_of_undocumented(_body(log))
    assert types == [
        "incident_workflow_log_entry",
        "link_log_entry",
        "priority_change_log_entry",
        "responder_request_for_escalation_policy_log_entry",
        "status_update_log_entry",
    ]
    assert [warning.category for warning in caught] == [UndocumentedType] * 5


@pytest.mark.parametrize("recording", INDEX.prometheus, ids=_names(INDEX.prometheus))
def test_prometheus_bodies_are_successes(recording: Recording) -> None:
    """Every recorded answer of Prometheus is a success that holds something; a rule need never have been true."""
    body = _body(recording)
    assert (recording.status, body["status"]) == (200, "success")
    found = body["data"].get("result", body["data"].get("groups"))
    assert found or (found == [] and ".coarse." in recording.body)


def test_every_file_is_an_answer_and_every_answer_a_file() -> None:
    """The index and the folders name the same files, each once."""
    recorded = _names((*INDEX.pagerduty, *INDEX.prometheus, *INDEX.grafana))
    files = [path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*")]
    assert sorted(recorded) == sorted(files)


def test_no_trace_of_the_recording_machine() -> None:
    """No loopback address and no path of the machine stands in any answer or in the index."""
    found = {
        path.name: sorted({match[0] for match in TRACES.finditer(path.read_text(encoding="utf-8"))})
        for path in FOLDER.rglob("*")
        if path.is_file()
    }
    assert {name: traces for name, traces in found.items() if traces} == {}


def test_the_recordings_are_small() -> None:
    """All of them together fit into a package."""
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 3 * MEGABYTE


def test_no_secret_was_recorded() -> None:
    """Neither headers nor tokens are kept."""
    text = (FOLDER / "index.json").read_text(encoding="utf-8").lower()
    assert not re.search(r"authorization|token|bearer|cookie", text)
