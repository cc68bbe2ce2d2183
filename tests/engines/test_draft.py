"""The main job, end to end: the installed command, a real engine with 30 days of known history, and the truth."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.publish.draft import content, has_news
from tests.world import stories
from tests.world.command import open_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world.command import Run, Site
    from tests.world.engine import Engine
    from tests.world.incident import Incident

CHECKER = Path(__file__).parents[2] / ".." / "shared" / "tools" / "check_folder.py"


@pytest.fixture(scope="module")
def site(checkout_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The services around each engine in turn."""
    with open_site(tmp_path_factory.mktemp("site"), checkout_engine, stories.main()) as found:
        yield found


@pytest.fixture(scope="module")
def draft(site: Site) -> Run:
    """The main incident, drafted."""
    return site.run("--incident", stories.main().id)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _value(draft: Run, name: str) -> dict[str, Any]:
    fact: dict[str, Any] = draft.facts["facts"][name]
    assert fact["status"] == "known", f"{name}: {fact}"
    return fact


def test_the_draft_is_complete(draft: Run) -> None:
    """The command exits 0, prints the document's path and nothing else, and names no gap."""
    assert (draft.code, draft.err) == (0, "")
    assert draft.out == f"postmortems/2026-11-18-{stories.main().id}/postmortem.md\n"
    assert draft.facts["gaps"] == []


@pytest.mark.parametrize("name", ["impact.start", "impact.end"])
def test_the_window_is_the_true_one(draft: Run, checkout_incident: Incident, name: str) -> None:
    """Start and recovery lie within one scrape of the truth, and no farther from it than five seconds beyond bounds."""
    truth = {"impact.start": checkout_incident.truth.start, "impact.end": checkout_incident.truth.end}[name]
    fact = _value(draft, name)

    assert abs(_seconds(fact["value"]) - truth.timestamp()) <= 15
    assert _seconds(fact["low"]) - 5 <= truth.timestamp() <= _seconds(fact["high"]) + 5


def test_the_counts_are_the_true_ones(draft: Run, checkout_incident: Incident) -> None:
    """Total and failed requests lie within 1 % of the truth, which lies within their bounds."""
    truth = checkout_incident.truth.in_impact()

    for name, true in (("requests.total", truth.total), ("requests.failed", truth.failed)):
        fact = _value(draft, name)
        assert fact["value"] == pytest.approx(true, rel=0.01)
        assert fact["low"] <= true <= fact["high"]


def test_the_budget_is_the_true_one(draft: Run, checkout_incident: Incident) -> None:
    """The share consumed lies within 1 % of the truth, what remained before and after within one percentage point."""
    truth = checkout_incident.truth
    remaining = {"before": truth.remaining_before_ratio(), "after": truth.remaining_after_ratio()}

    assert _value(draft, "error_budget.consumed_ratio")["value"] == pytest.approx(truth.consumed_ratio(), rel=0.01)
    for when, true in remaining.items():
        assert _value(draft, f"error_budget.remaining_{when}_ratio")["value"] == pytest.approx(true, abs=0.01)


def test_the_response_is_pagerdutys(draft: Run) -> None:
    """Page, acknowledgement and resolve are those of the story, and the four intervals add up to the duration."""
    story = {
        "page.sent": "2026-11-18T13:46:52Z",
        "response.acknowledged": "2026-11-18T13:50:31Z",
        "mitigation.applied": "2026-11-18T14:20:05Z",
        "incident.resolved": "2026-11-18T14:27:05Z",
    }
    intervals = ("time_to_detect", "time_to_respond", "time_to_mitigate", "time_to_resolve")

    assert {name: _value(draft, name)["value"] for name in story} == story
    assert sum(_value(draft, name)["value"] for name in intervals) == pytest.approx(
        _value(draft, "impact.duration")["value"], abs=0.01
    )


def test_alert_rules_are_replayed(draft: Run, checkout_engine: Engine) -> None:
    """Google's rules are in the table and the picture; without the team's own, nothing says no."""
    answer, replayed = (draft.facts["facts"][f"detection.{name}"] for name in ("could_be_sooner", "replayed"))
    document = draft.document
    row = "| CheckoutErrorBudgetBurn, critical, for 2m | 13:46:30 | 4 min 15 s | 1.15% | 0 | none: 13:44:30 |"

    assert "| Google and Sloth: 1h/5m page, burn rate 14.4 | 13:49:30 | 7 min 15 s | 2.01% | 0 |  |" in document
    assert "-burn.png" in document
    if checkout_engine.name == "prometheus":
        assert row in document
        assert f"**Could we have detected it sooner?** {answer['value'].partition(':')[0]}" in document
        assert replayed["value"] == "2026-11-18T13:44:30Z" == _value(draft, "alert.pending")["value"]
        assert answer["value"].startswith('Yes: the rule CheckoutErrorBudgetBurn without its "for"')
    else:
        assert row not in document
        assert "Rules were read in part only (missing: the rule of alert" in document
        assert answer["status"] == replayed["status"] == "unknown"


def test_every_known_fact_names_its_sources(draft: Run) -> None:
    """Each known fact, at the top and under each SLO, names at least one question that was asked."""
    document = draft.facts
    every = [document["facts"], *(slo["facts"] for slo in document["slos"])]

    for facts in every:
        for name, fact in facts.items():
            if fact["status"] == "known":
                assert fact["sources"], name
                assert set(fact["sources"]) <= set(document["sources"]), name


def test_every_graph_has_its_data_its_source_and_how_it_was_made(draft: Run) -> None:
    """Each file in ``graphs/`` is listed, with the questions behind it and a link to the same window."""
    document = draft.facts
    listed = document["graphs"]

    files = {f"graphs/{path.name}" for path in (draft.folder / "graphs").iterdir()}
    assert {one["file"] for one in listed} | {one["data"] for one in listed} == files
    assert {one["kind"] for one in listed} == {"sli", "traffic", "budget", "burn", "panel"}
    for one in listed:
        assert one["url"].startswith(("https://prometheus.example/", "https://grafana.example/")), one["file"]
        assert one["sources"]
        assert set(one["sources"]) <= set(document["sources"]), one["file"]
        assert one["caption"], one["file"]
        words = "Deployed checkout-api" if one["kind"] in {"sli", "panel"} else "Changes: a 13:41"
        assert words in one["caption"], one["file"]


def test_the_folder_keeps_the_public_interface(draft: Run) -> None:
    """The folder passes the checker of the public interface."""
    if not CHECKER.is_file():
        pytest.skip("the checker of the public interface is not beside this project")
    done = subprocess.run(
        [sys.executable, CHECKER, draft.folder], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout) == (0, "all 10 kinds hold\n")


def test_no_token_is_left_anywhere(site: Site, draft: Run) -> None:
    """Neither the folder nor what was printed holds any token."""
    texts = [draft.out, draft.err, *(path.read_bytes().decode("latin-1") for path in draft.folder.rglob("*.*"))]

    for token in site.variables.values():
        assert not any(token in text for text in texts)


def test_nothing_was_written_to_any_source(site: Site, draft: Run) -> None:
    """Only reads were sent: GET, and POST to query paths."""
    assert draft.code == 0
    for server in (site.pagerduty, site.prometheus, site.grafana):
        for request in server.requests:
            assert request.method == "GET" or request.path.endswith(("/query", "/query_range", "/api/ds/query"))


def test_a_second_run_changes_nothing_but_its_time(site: Site, draft: Run) -> None:
    """Drafted again, document and graphs are the same to the byte, and the facts no news for a git host."""
    before = content(draft.folder)
    again = site.run("--incident", stories.main().id)
    after = content(again.folder)

    assert again.folder == draft.folder
    assert {name for name in before | after if after.get(name) != before.get(name)} <= {"evidence.json", "facts.json"}
    assert not has_news(before, after)
