"""What once went wrong when one answer was bad, each as it was measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.law.faults import FAULTS
from tests.law.kinds import kind_of
from tests.world.loopback import Reply, as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.law.conftest import Benches
    from tests.law.recorded import Question
    from tests.law.running import Draft
    from tests.law.serving import Spoil
    from tests.world.loopback import Request


def _questions(benches: Benches, chosen: Callable[[Question], bool], incident: str = "demo") -> list[Question]:
    """Some of an incident's questions; at least one."""
    bench, _ = benches.of(incident)
    found = [one for one in bench.incident.questions if chosen(one)]
    assert found
    return found


def _spoiled(questions: list[Question], fault: str) -> dict[str, Spoil]:
    """All of them with a fault."""
    spoils = {one.id: FAULTS[fault].spoil(one) for one in questions}
    return {id_: spoil for id_, spoil in spoils.items() if spoil is not None}


def _draft(benches: Benches, spoiled: Mapping[str, Spoil], deadline: float = 60.0) -> tuple[Draft, dict[str, Any]]:
    """The demo's draft with these answers, and its facts."""
    bench, _ = benches.of("demo")
    draft = bench.draft(spoiled, deadline=deadline)
    assert draft.facts is not None, draft.error
    return draft, draft.facts


def _is_kind(name: str) -> Callable[[Question], bool]:
    return lambda question: kind_of(question).name == name


@pytest.mark.parametrize("part", ["bad", "total", "history", "totals.bad", "totals.total"])
def test_a_harmless_slo_does_not_take_the_headline(benches: Benches, part: str) -> None:
    """One 503 about the SLO that burned 10.9 % of its budget leaves no other in its place as if it were all."""
    name = f"checkout-availability.{part}"
    question = _questions(benches, lambda one: one.id.endswith(name))[:1]
    _, facts = _draft(benches, _spoiled(question, "503"))
    assert facts["headline_slo"] in {"checkout-availability", None}
    consumed = facts["facts"]["error_budget.consumed_ratio"]
    assert consumed["status"] == "unknown" or consumed["value"] > 0.1


def test_nobody_is_not_said_of_a_log_whose_second_page_failed(benches: Benches) -> None:
    """The acknowledgement stands on the page that answers 500: neither is it denied, nor is the response timed."""
    (log,) = _questions(benches, _is_kind("log"))
    entries = json.loads(log.body)["log_entries"]
    newest = [one for one in entries if one["created_at"] >= "2026-11-18T13:55:40Z"]
    assert 0 < len(newest) < len(entries)
    first = {"log_entries": newest, "limit": len(newest), "offset": 0, "more": True, "total": None}

    def page(request: Request) -> Reply:
        return as_json(first) if request.first("offset", "0") == "0" else as_json({"error": {}}, 500)

    draft, facts = _draft(benches, {log.id: page})
    assert "nobody acknowledged" not in draft.pages["postmortem.md"].lower()
    for name, true in (("response.acknowledged", "2026-11-18T13:50:31Z"), ("time_to_respond", 219.0)):
        assert facts["facts"][name]["status"] == "unknown" or facts["facts"][name]["value"] == true
    assert [gap["source"] for gap in facts["gaps"]] == ["PagerDuty"]


def test_failed_replays_do_not_turn_yes_into_no(benches: Benches) -> None:
    """Rules that could not be replayed say nothing about whether one would have fired sooner."""
    replays = _questions(benches, _is_kind("replay"))
    draft, facts = _draft(benches, _spoiled(replays, "503"))
    assert facts["facts"]["detection.could_be_sooner"]["status"] == "unknown"
    assert facts["facts"]["detection.replayed"]["status"] == "unknown"
    assert "detected it sooner?** No" not in draft.pages["postmortem.md"]
    assert facts["gaps"]


def test_alerts_that_were_not_read_are_not_missing_from_the_incident(benches: Benches) -> None:
    """That an alert is not in an incident needs the incident's alerts."""
    draft, facts = _draft(benches, _spoiled(_questions(benches, _is_kind("alerts")), "503"))
    assert "is not in this PagerDuty incident" not in draft.pages["postmortem.md"]
    assert len(facts["gaps"]) == 1


def test_a_slow_optional_answer_costs_no_other(benches: Benches) -> None:
    """What hangs and is optional is left out; log and alerts that came in time stay, and nothing is missing."""
    _, facts = _draft(
        benches, _spoiled(_questions(benches, _is_kind("related incidents")), "hang"), FAULTS["hang"].deadline
    )
    assert facts["facts"]["response.acknowledged"].get("value") == "2026-11-18T13:50:31Z"
    assert facts["gaps"] == []


def test_changes_that_were_not_read_make_the_mitigation_unknown(benches: Benches) -> None:
    """A change that was not read may be the one that helped."""
    for question in _questions(benches, lambda one: kind_of(one).name in {"service changes", "annotations"}):
        _, facts = _draft(benches, _spoiled([question], "503"))
        assert facts["facts"]["mitigation.applied"]["status"] == "unknown", question.id
