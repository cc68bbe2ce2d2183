"""Earlier drafts beside the one being made: found by their facts, whatever else lies there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pm_autofill.evidence.record import EarlierDraft
from pm_autofill.publish.earlier import read_drafts

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 18, 13, tzinfo=UTC)
KNOWN: dict[str, Any] = {
    "impact.start": {"status": "known", "value": "2026-10-02T08:00:00Z"},
    "impact.duration": {"status": "known", "value": 600.0},
    "requests.failed": {"status": "unknown", "reason": "r", "ask": "a"},
    "error_budget.consumed_ratio": {"status": "known", "value": 0.05},
    "services_affected": {"status": "known", "value": "checkout-api, payments-api"},
}
FACTS: dict[str, Any] = {
    "schema": "pm-autofill.facts/1",
    "incident": {"id": "Q0", "number": 7, "title": "Burn", "url": ""},
    "facts": KNOWN,
    "slos": [
        {"name": "availability", "facts": {"impact.start": KNOWN["impact.start"]}},
        {"name": "latency", "facts": {"impact.start": {"status": "unknown", "reason": "r", "ask": "a"}}},
    ],
    "timeline": [{"id": "alert.firing:Burn:fast:1790000000"}, {"id": "impact.start:availability"}],
}


def leave(output: Path, name: str, facts: object = FACTS) -> None:
    """An earlier draft."""
    folder = output / name
    folder.mkdir()
    (folder / "facts.json").write_text(facts if isinstance(facts, str) else json.dumps(facts), encoding="utf-8")


def test_an_earlier_draft_tells_what_it_was_about(tmp_path: Path) -> None:
    """Title, services, the SLOs that moved, the alerts that fired, and its known key numbers."""
    leave(tmp_path, "2026-10-02-Q0")
    assert read_drafts(tmp_path, tmp_path / "2026-11-18-Q1", NOW) == (
        EarlierDraft(
            folder="2026-10-02-Q0",
            title="Burn",
            number=7,
            at=datetime(2026, 10, 2, 8, tzinfo=UTC),
            services=("checkout-api", "payments-api"),
            slos=("availability",),
            alerts=("Burn:fast",),
            figures={"impact.duration": 600.0, "error_budget.consumed_ratio": 0.05},
        ),
    )


def test_only_earlier_drafts_count_and_never_the_own_one(tmp_path: Path) -> None:
    """By when they began; one that began at an unknown time is no predecessor."""
    leave(tmp_path, "2026-11-18-Q1")
    leave(
        tmp_path,
        "2026-12-24-Q2",
        {**FACTS, "facts": {"impact.start": {"status": "known", "value": "2026-12-24T00:00:00Z"}}},
    )
    leave(tmp_path, "2026-10-01-Q3", {"facts": {}})
    assert read_drafts(tmp_path, tmp_path / "2026-11-18-Q1", NOW) == ()


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    """Broken facts, facts of another shape, a folder without any, a link, other folders, no folder at all."""
    leave(tmp_path, "2026-10-02-broken", "{")
    leave(tmp_path, "2026-10-02-other", [1])
    leave(tmp_path, "2026-10-02-time", {"facts": {"impact.start": {"status": "known", "value": "yesterday"}}})
    leave(tmp_path, "notes")
    (tmp_path / "2026-10-03-empty").mkdir()
    (tmp_path / "2026-10-04-link").mkdir()
    (tmp_path / "2026-10-04-link" / "facts.json").symlink_to(tmp_path / "notes" / "facts.json")
    assert read_drafts(tmp_path, tmp_path / "x", NOW) == ()
    assert read_drafts(tmp_path / "absent", tmp_path / "x", NOW) == ()


def test_of_many_drafts_the_latest_fifty_are_read(tmp_path: Path) -> None:
    """The latest first."""
    for day in range(1, 31):
        for name in "ab":
            start = {"impact.start": {"status": "known", "value": f"2026-09-{day:02}T08:00:00Z"}}
            leave(tmp_path, f"2026-09-{day:02}-{name}", {"facts": start})
    found = read_drafts(tmp_path, tmp_path / "x", NOW)
    assert (len(found), found[0].at, found[-1].at) == (
        50,
        datetime(2026, 9, 30, 8, tzinfo=UTC),
        datetime(2026, 9, 6, 8, tzinfo=UTC),
    )
