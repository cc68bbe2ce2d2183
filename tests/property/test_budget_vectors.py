"""Published figures: budgets by occurrences, and the intervals of incidents whose reports give all instants."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as swap

from pm_autofill.analyse.budget import account
from pm_autofill.analyse.draft import analyse
from pm_autofill.analyse.impact import Impact
from pm_autofill.analyse.stated import read
from pm_autofill.analyse.survey import Survey
from pm_autofill.config.settings import Settings
from pm_autofill.evidence.slos import BudgetTotals, SloEvidence
from pm_autofill.findings import Known, Unknown
from tests.unit.analyse.cases import alert, definition, entry, evidence, incident, page, record

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
NONE = Unknown(reason="x", ask="y")


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    """The published figures; they are data for tests and no part of the project."""
    data = Path(os.environ.get("PM_AUTOFILL_DATA", ROOT.parent / "shared" / "data"))
    file = data / "slo" / "vectors.yaml"
    if not file.is_file():
        pytest.skip(f"{file} is absent; PM_AUTOFILL_DATA names the folder that holds slo/vectors.yaml")
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def consumed(bad: float, total: float, target: str) -> float:
    """Share of the budget that an incident with all of a window's failures consumed."""
    objective = Decimal(target) * 100
    totals = BudgetTotals(start=NOON - timedelta(days=30), end=NOON, bad=bad, total=total, sources=("t",))
    slo = SloEvidence(definition=definition(objective=objective), totals=(totals,))
    start = read("impact.start", (NOON - timedelta(hours=1)).isoformat())
    impact = Impact(Survey(slo, None, None), moved=True, start=start, end=read("impact.end", NOON.isoformat()))
    budget = account(impact, read("requests.failed", f"{bad:.6f}"), NONE, NONE, NOON)
    after, share = budget.facts["error_budget.remaining_after_ratio"], budget.facts["error_budget.consumed_ratio"]
    assert isinstance(after, Known)
    assert isinstance(share, Known)
    assert after.number == pytest.approx(1 - share.number, abs=1e-9)
    return share.number


def test_allowed_failures_are_those_published(vectors: dict[str, Any]) -> None:
    """As many failures as allowed are the whole budget; published figures are whole failures, rounded down."""
    for vector in vectors["budget_allowed"]:
        whole = consumed(vector["allowed"], vector["total"], vector["target"])
        assert 1 - 1 / vector["allowed"] < whole <= 1.0 + 1e-9, vector["id"]
        if "bad" in vector:
            share = consumed(vector["bad"], vector["total"], vector["target"])
            assert share == pytest.approx(vector["consumed"], rel=1e-9)


def test_occurrences_are_those_published(vectors: dict[str, Any]) -> None:
    """14 bad of 118 at 95 percent: 118.644 percent of the budget."""
    for vector in vectors["methods"]:
        total, good = sum(vector["total"]), sum(vector["good"])
        share = consumed(total - good, total, vector["target"])
        assert share == pytest.approx(vector["occurrences"], rel=1e-9)
        assert 100 * share == pytest.approx(vector["published_occurrences_pct"], abs=0.005)


INTERVALS = {
    "duration": "impact.duration",
    "detect": "time_to_detect",
    "respond": "time_to_respond",
    "mitigate": "time_to_mitigate",
    "resolve": "time_to_resolve",
}
STATED = {
    "start": "impact.start",
    "recovered": "impact.end",
    "mitigated": "mitigation.applied",
    "all_clear": "incident.all_clear",
}


def intervals(timeline: dict[str, str]) -> dict[str, float | None]:
    """The intervals in minutes that follow from a report's instants: page and action recorded, the rest stated."""
    told = None
    statements = {fact: timeline[name] for name, fact in STATED.items() if name in timeline}
    if "alert" in timeline:
        paged = datetime.fromisoformat(timeline["alert"])
        log = [swap(page(0), at=paged)]
        if "action" in timeline:
            log.append(swap(entry("annotate", 0), at=datetime.fromisoformat(timeline["action"])))
        told = record(*log, incident=incident(created_at=paged, resolved_at=None), alerts=(alert(0),))
    facts = analyse(evidence(pagerduty=told, stated=statements), Settings()).facts
    found = {name: facts[fact] for name, fact in INTERVALS.items()}
    return {name: fact.number / 60 if isinstance(fact, Known) else None for name, fact in found.items()}


def test_published_timelines_give_their_published_intervals(vectors: dict[str, Any]) -> None:
    """To the minute; what a report does not tell stays unknown; a page before the impact is negative."""
    for vector in vectors["timelines"]:
        found = intervals({key: str(value) for key, value in vector.items() if key not in {"id", "expect_min"}})
        for name, expected in vector["expect_min"].items():
            if name in INTERVALS and not (name == "resolve" and found["mitigate"] is None):
                assert found[name] == expected, (vector["id"], name)


MINUTES = st.integers(-600, 600)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(start=MINUTES, paged=MINUTES, action=st.integers(0, 300), mitigated=MINUTES, recovered=MINUTES)
def test_the_four_intervals_add_up_to_the_duration(
    start: int, paged: int, action: int, mitigated: int, recovered: int
) -> None:
    """Whenever detection is the page: in any order of events, signed."""
    timeline = {
        "start": start,
        "alert": paged,
        "action": paged + action,
        "mitigated": mitigated,
        "recovered": recovered,
    }
    found = intervals({name: (NOON + timedelta(minutes=at)).isoformat() for name, at in timeline.items()})
    parts = [found[name] for name in ("detect", "respond", "mitigate", "resolve")]
    assert None not in parts
    assert sum(part for part in parts if part is not None) == found["duration"] == recovered - start


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    bad=st.integers(0, 10**7),
    good=st.integers(1, 10**9),
    objective=st.decimals("50", "99.999", places=3, allow_nan=False),
)
def test_remaining_is_one_less_spent(bad: int, good: int, objective: Decimal) -> None:
    """Also far below zero; and half of the failures spend half of it."""
    target = str(objective / 100)
    whole = consumed(bad, bad + good, target)
    assert whole == pytest.approx(bad / ((1 - float(objective) / 100) * (bad + good)), rel=1e-9)
    assert consumed(bad / 2, bad + good, target) == pytest.approx(whole / 2, rel=1e-6, abs=1e-9)
    assert isinstance(replace(NONE, ask="z"), Unknown)
