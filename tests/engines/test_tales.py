"""Two incidents unlike the main one, drafted end to end: the timeline reads as the story, and nothing is invented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.world import tales
from tests.world.command import open_site
from tests.world.incident import generate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.conftest import StartEngine
    from tests.world.command import Run
    from tests.world.plan import IncidentPlan
    from tests.world.story import PagerDutyStory

MOST_LINES = 25


def draft(folder: Path, start_engine: StartEngine, plan: IncidentPlan, told: tuple[PagerDutyStory, ...]) -> Run:
    """The first story's draft; nothing is annotated in Grafana."""
    with open_site(folder, start_engine("prometheus", generate(plan)), *told) as site:
        site.grafana.annotations = []
        run = site.run("--incident", told[0].id)
    assert (run.code, run.err) == (0, "")
    assert len(table(run)) <= MOST_LINES
    return run


def table(run: Run) -> list[str]:
    """The lines of the timeline's table, without its head."""
    section = run.document.partition("## Timeline (All times in UTC)")[2].partition("\n---\n")[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def rows(run: Run) -> list[tuple[str, str]]:
    """Time and kind of every row; each names a question that was asked."""
    document = run.facts
    assert all(row["source"] in document["sources"] for row in document["timeline"])
    return [(row["time"][11:16], row["kind"]) for row in document["timeline"]]


def leave_earlier_draft(folder: Path) -> None:
    """What a draft of an earlier incident left, as far as it is read."""
    known: dict[str, object] = {
        "impact.start": "2026-10-02T08:00:00Z",
        "impact.duration": 720.0,
        "error_budget.consumed_ratio": 0.04,
    }
    facts = {name: {"status": "known", "value": value} for name, value in known.items()}
    slos = [{"name": "checkout-availability", "facts": facts}]
    incident = {"id": "Q1EARLIER00001", "number": 47001, "title": "Checkout fails", "url": ""}
    folder.mkdir(parents=True)
    (folder / "facts.json").write_text(
        json.dumps({"incident": incident, "facts": facts, "slos": slos}), encoding="utf-8"
    )


@pytest.mark.long
def test_a_dependency_s_outage_that_a_person_opened(tmp_path: Path, start_engine: StartEngine) -> None:
    """A person was first, the alert came later and was merged; nobody says what mitigated, so nobody claims to know."""
    leave_earlier_draft(tmp_path / "postmortems" / "2026-10-02-Q1EARLIER00001")
    run = draft(tmp_path, start_engine, tales.dependency_outage_plan(), tales.dependency_outage())
    facts = run.facts["facts"]
    assert rows(run) == [
        ("13:42", "impact_start"),
        ("13:43", "alert_pending"),
        ("13:52", "triggered"),
        ("13:52", "paged"),
        ("13:53", "paged_again"),
        ("13:54", "acknowledged"),
        ("13:58", "alert_fired"),
        ("13:59", "paged"),
        ("14:02", "merged"),
        ("14:04", "note"),
        ("14:07", "note"),
        ("14:08", "status_update"),
        ("14:11", "responder_requested"),
        ("14:31", "impact_end"),
        ("14:36", "alert_ended"),
        ("14:40", "resolved"),
        ("14:46", "all_clear"),
    ]
    assert (facts["detection.method"]["value"], facts["detection.time"]["value"]) == (
        "Manual observation",
        "2026-11-18T13:52:00Z",
    )
    assert facts["mitigation.applied"]["status"] == "unknown"
    assert "| HH:MM | [Mitigation applied" in run.document
    assert "Contributing factors*:" not in run.document
    assert (
        "- [#47001 Checkout fails](../2026-10-02-Q1EARLIER00001/postmortem.md), 2026-10-02, earlier draft with "
        "checkout-availability in common: 12 minutes, 4.00% of the budget\n"
    ) in run.document


@pytest.mark.long
def test_a_saturated_service_that_flaps(tmp_path: Path, start_engine: StartEngine) -> None:
    """Six bad periods are one impact, the other incidents of the same alert are offered, and the noise is folded."""
    run = draft(tmp_path, start_engine, tales.flapping_plan(), tales.flapping())
    assert rows(run) == [
        ("13:10", "change"),
        ("13:42", "impact_start"),
        ("13:44", "alert_pending"),
        ("13:46", "alert_fired"),
        ("13:49", "sibling"),
        ("14:06", "triggered"),
        ("14:06", "paged"),
        ("14:09", "acknowledged"),
        ("14:15", "unacknowledged"),
        ("14:15", "escalated"),
        ("14:15", "paged"),
        ("14:17", "acknowledged"),
        ("14:18", "note"),
        ("14:20", "note"),
        ("14:21", "status_update"),
        ("14:24", "change"),
        ("14:33", "resolved"),
        ("14:36", "sibling"),
        ("14:37", "impact_end"),
        ("14:38", "change"),
        ("14:41", "folded"),
        ("14:52", "all_clear"),
    ]
    found = {finding["code"] for finding in run.facts["findings"]}
    assert {"same_incident", "several_periods", "alert_noise", "acknowledgement_lapsed"} <= found
    assert "back to 0.06% after 6 bad periods: service recovered" in run.document
    assert run.facts["facts"]["mitigation.applied"]["status"] == "unknown"
