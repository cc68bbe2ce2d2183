"""A service whose targets are gone for good, end to end: the installed command over a real Prometheus."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.world import plan, stories
from tests.world.command import open_site
from tests.world.incident import Incident, generate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.conftest import StartEngine

NOW = plan.START + timedelta(minutes=40)


def _vanished() -> Incident:
    """A quiet service of three pods, of which no sample comes from the main incident's start on; payments lives on."""
    service = replace(plan.CHECKOUT, phases=(), rollouts=(), restarts=(), gaps=((plan.START, plan.DATA_END),))
    whole = replace(plan.short_history(), name="vanished", services=(service, plan.PAYMENTS), rules=())
    return generate(replace(whole, recovery=None, data_end=NOW, history=timedelta(hours=8)))


def test_a_service_that_vanished_is_an_open_outage(start_engine: StartEngine, tmp_path: Path) -> None:
    """S is where its samples end, to a scrape; no V; what was lost is told, and that it may be the scraping."""
    engine = start_engine("prometheus", _vanished())
    with open_site(tmp_path, engine, stories.main()) as site:
        run = site.run("--incident", stories.main().id, "--as-of", NOW.isoformat())

    facts = run.facts["facts"]
    assert run.code == 0, run.err
    assert facts["impact.start"]["status"] == "known", facts["impact.start"]
    found, low, high = (datetime.fromisoformat(facts["impact.start"][key]) for key in ("value", "low", "high"))
    assert low <= plan.START <= high
    assert abs(found - plan.START) <= timedelta(seconds=15)
    assert facts["impact.end"]["status"] == "unknown"
    assert facts["impact.end"]["reason"] == "checkout-availability has not recovered yet: its counters are gone"
    assert facts["requests.failed"]["value"] == pytest.approx(0, abs=5)
    assert facts["requests.lost"]["value"] == pytest.approx(60 * 40 * 60, rel=0.1)
    assert {"still_open", "counters_gone"} <= {one["code"] for one in run.facts["findings"]}
    assert "ongoing, 40 minutes so far" in run.document
