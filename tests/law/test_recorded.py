"""The recorded incidents: what they hold, that they are replayed whole, and that their drafts are true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.instants import parse_instant
from tests.law.kinds import Need, kind_of
from tests.law.recorded import FOLDER, incidents
from tests.recorded.scenes import SCENES
from tests.world.incident import generate

if TYPE_CHECKING:
    from datetime import datetime

    from tests.law.conftest import Benches

LARGEST = 1_600_000  # bytes: a clone of the project is small
TOLD = {
    "open": {"page.sent": "2026-11-18T13:46:52Z", "response.acknowledged": "2026-11-18T13:50:31Z"},
    "merged": {"page.sent": "2026-11-18T13:45:43Z", "response.acknowledged": "2026-11-18T13:51:05Z"},
    "several": {"page.sent": "2026-11-18T13:46:52Z", "mitigation.applied": "2026-11-18T14:20:05Z"},
}


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_is_recorded_in_little_space(name: str) -> None:
    """Each scene has its recordings beside it, and they are small."""
    assert name in incidents()
    assert sum(path.stat().st_size for path in (FOLDER / name).rglob("*") if path.is_file()) < LARGEST


@pytest.mark.parametrize("name", incidents())
def test_a_clean_run_asks_what_was_recorded_and_nothing_else(name: str, benches: Benches) -> None:
    """No request goes unanswered, every recording is asked for, and nothing is missing."""
    bench, _ = benches.of(name)
    draft = bench.draft()
    assert (draft.exit_code, draft.unmatched, draft.error) == (0, 0, "")
    used = {id_ for server in bench.servers.values() for id_ in server.used}
    assert {question.id for question in bench.incident.questions} - used == set()


@pytest.mark.parametrize("name", incidents())
def test_every_question_has_its_kind(name: str) -> None:
    """For each question somebody decided whether a draft needs the answer, and how a gap names it."""
    needs = {kind_of(question).need for question in incidents()[name].questions}
    assert needs == set(Need)


@pytest.mark.parametrize("part", ["log_entries", "alerts", "change_events"])
def test_long_lists_come_in_pages(part: str) -> None:
    """One incident has more log entries, alerts and change events than fit on a page."""
    pages = [json.loads(one.body) for one in incidents()["merged"].questions if one.recording.path.endswith(part)]
    assert any(page["more"] for page in pages)
    assert any(page.get("offset") for page in pages)


@pytest.mark.parametrize("name", SCENES)
def test_drafts_of_recorded_incidents_are_true(name: str, benches: Benches) -> None:
    """The headline's bounds hold when it began and ended, its failures are counted, and people did what was told."""
    _, clean = benches.of(name)
    assert clean.draft.facts is not None
    (slo,) = (one["facts"] for one in clean.draft.facts["slos"] if one["name"] == clean.draft.facts["headline_slo"])
    truth = generate(SCENES[name].plan).truth
    assert _holds(slo["impact.start"], truth.start)
    assert truth.still_open == (slo["impact.end"]["status"] == "unknown")
    assert truth.still_open or _holds(slo["impact.end"], truth.end)
    assert slo["requests.failed"]["value"] == pytest.approx(truth.in_impact().failed, rel=0.01)
    facts = clean.draft.facts["facts"]
    assert {fact: facts[fact].get("value") for fact in TOLD[name]} == TOLD[name]


def _holds(fact: dict[str, Any], true: datetime) -> bool:
    """Whether a fact's bounds hold an instant."""
    return parse_instant(fact["low"]) <= true <= parse_instant(fact["high"])
