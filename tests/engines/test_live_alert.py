"""An alert from its breach to its page, live: the draft tells when it was pending, firing and sent, as it happened."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.command import open_site
from tests.world.live import (
    HOLD,
    INTERVAL,
    NAME,
    EventServer,
    FailingService,
    running_alertmanager,
    running_watch,
    wait_until,
)
from tests.world.stories import CHECKOUT_API, INGRID, notified
from tests.world.story import Entry, PagedAlert, PagerDutyStory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world.command import Run
    from tests.world.engine import Engine
    from tests.world.live import Event

INTERVAL_SECONDS = timedelta(seconds=INTERVAL)


@dataclass
class Seen:
    """What Prometheus said of its alert while it lasted.

    Attributes:
        active: Since when the rule was true.
        firing: When it was first seen to fire.
    """

    active: datetime | None = None
    firing: datetime | None = None

    def look(self, engine: Engine) -> None:
        """Ask for the alert as it is now."""
        with urllib.request.urlopen(f"{engine.url}/api/v1/alerts", timeout=10) as answer:
            alerts: list[dict[str, Any]] = json.load(answer)["data"]["alerts"]
        for alert in alerts:
            self.active = datetime.fromisoformat(alert["activeAt"])
            if alert["state"] == "firing" and self.firing is None:
                self.firing = datetime.now(UTC)


def story_of(trigger: Event, resolve: Event) -> PagerDutyStory:
    """The incident PagerDuty makes of the events; it pages a person the moment the alert arrives."""
    arrived, ended = (event.at.replace(microsecond=0) for event in (trigger, resolve))
    alert = PagedAlert("Q0LIVE0000001", NAME, arrived, arrived, "critical", resolved=ended, sent=trigger.body)
    return PagerDutyStory(
        id="Q1LIVE00000001",
        number=49001,
        title=trigger.body["payload"]["summary"],
        service=CHECKOUT_API,
        created=arrived,
        entries=(
            Entry(arrived, "trigger", "Triggered through the API.", CHECKOUT_API, "api", {"alert": alert}),
            notified(arrived, INGRID, "push", None),
            Entry(ended, "resolve", "Resolved through the API.", CHECKOUT_API, "api"),
        ),
        resolved=ended,
        resolved_by=CHECKOUT_API,
        alerts=(alert,),
    )


@pytest.mark.long
def test_pending_firing_and_page_are_those_that_happened(
    tmp_path: Path, prometheus_binary: Path, alertmanager_binary: Path
) -> None:
    """Within one evaluation; the alert is found by the labels of Alertmanager's own event."""
    assert (prometheus_binary.name, alertmanager_binary.name) == ("prometheus", "prometheus-alertmanager")
    seen = Seen()
    with (
        FailingService() as service,
        EventServer() as events,
        running_alertmanager(tmp_path / "am", f"{events.url}/v2/enqueue") as alertmanager,
        running_watch(tmp_path / "prom", service.url, alertmanager.url) as engine,
    ):
        wait_until(lambda: len(service.requests) >= 10)
        service.broken = True

        def fired() -> bool:
            seen.look(engine)
            return seen.firing is not None and bool(events.of("trigger"))

        wait_until(fired)
        service.broken = False
        wait_until(lambda: bool(events.of("resolve")))
        trigger, resolve = events.of("trigger")[0], events.of("resolve")[0]
        wait_until(lambda: datetime.now(UTC) > resolve.at + 5 * INTERVAL_SECONDS)  # by then its absence is no delay
        story = story_of(trigger, resolve)
        with open_site(tmp_path, engine, story) as site:
            site.grafana.annotations = []
            run = site.run("--incident", story.id)
    check(run, seen, trigger)


def check(run: Run, seen: Seen, trigger: Event) -> None:
    """The draft's instants against what was seen."""
    assert run.code in {0, 3}, run.err
    assert seen.active is not None
    assert seen.firing is not None
    facts = {name: fact for name, fact in run.facts["facts"].items() if fact["status"] == "known"}
    pending, fired, page = (
        datetime.fromisoformat(facts[name]["value"]) for name in ("alert.pending", "alert.fired", "page.sent")
    )
    assert abs(pending - seen.active) <= INTERVAL_SECONDS
    assert abs(fired - (seen.active + timedelta(seconds=HOLD))) <= INTERVAL_SECONDS
    assert timedelta(0) <= seen.firing - fired <= 2 * INTERVAL_SECONDS
    assert page == trigger.at.replace(microsecond=0)
    assert [
        row["kind"] for row in run.facts["timeline"] if row["kind"].startswith(("alert", "triggered", "paged"))
    ] == [
        "alert_pending",
        "alert_fired",
        "triggered",
        "paged",
        "alert_ended",
    ]
    assert "From the breach to the responder, by CheckoutErrors: " in run.document
