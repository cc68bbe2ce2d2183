"""What the recorded incidents are: the history, the story, and when it is drafted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.recorder import Scene
from tests.world import plan, stories, tales
from tests.world.dashboards import ANNOTATIONS
from tests.world.plan import CHECKOUT, PAYMENTS, RECOVERY, START, Phase
from tests.world.stories import CHECKOUT_API, INGRID, NOOR, clock
from tests.world.story import Change, Entry, PagedAlert, PagerDutyStory

if TYPE_CHECKING:
    from tests.world.plan import IncidentPlan, ServicePlan

FOLDER = Path(__file__).parent
# Enough for a page of 100 and a second one.
_MANY = 110
# Rules are replayed over the seven days before, too.
_REPLAYED = timedelta(days=9)


def _small(history: IncidentPlan, *services: ServicePlan) -> IncidentPlan:
    """A history whose recordings stay small: few series, scraped every 30 s."""
    return replace(history, services=services, scrape=30)


def _sparse(service: ServicePlan) -> ServicePlan:
    """A service of few series."""
    return replace(service, pods=2, routes=("/cart",))


def still_open() -> Scene:
    """The main incident 25 minutes after its start: acknowledged, nothing mitigated, nothing resolved."""
    history = plan.still_open()
    services = (_sparse(history.services[0]), PAYMENTS)
    as_of = START + timedelta(minutes=25)
    return Scene(
        folder=FOLDER / "open",
        plan=_small(history, *services),
        stories=(stories.still_open(),),
        incident=stories.MAIN_ID,
        as_of=as_of,
        annotations=tuple(one for one in ANNOTATIONS if one.at < as_of),
    )


def merged() -> Scene:
    """A provider's outage told by three incidents: the one asked for and another were merged into the third.

    People were paged on all three. The target's log, its alerts and the changes of its service need two pages each.
    """
    target, source = tales.dependency_outage()
    history = tales.dependency_outage_plan()
    early = PagedAlert(
        "Q0ALERTPAY03", "PaymentsHandshakeErrors", clock("13:45:40"), clock("13:45:20"), "warning", "payments"
    )
    shards = tuple(
        PagedAlert(
            f"Q0ALERTSHARD{number:03d}",
            "CheckoutShardErrors",
            clock("13:55:00") + timedelta(seconds=7 * number),
            clock("13:54:40") + timedelta(seconds=7 * number),
            "warning",
            resolved=tales.OUTAGE_END,
        )
        for number in range(_MANY)
    )
    linked = tuple(
        Entry(one.arrived, "link", "Alert added to incident.", CHECKOUT_API, extra={"linked_alert": one})
        for one in shards
    )
    # All of them long before the impact: none is a candidate for what mitigated it.
    synced = tuple(
        Change(
            f"01CHANGESYNC{number:03d}",
            clock("11:05:00") + timedelta(minutes=number),
            f"Synced the price list, revision {900 + number}",
            CHECKOUT_API,
            f"https://git.example/prices/runs/{900 + number}",
        )
        for number in range(_MANY)
    )
    whole = replace(
        target,
        entries=tuple(sorted((*target.entries, *linked), key=lambda entry: entry.at)),
        alerts=(early, *target.alerts, *shards),
        changes=synced,
    )
    merging = Entry(clock("14:01:10"), "resolve", "Merged into incident #48300 by Ingrid Solberg.", INGRID, "website")
    first = PagerDutyStory(
        id="Q1PROVIDER0003",
        number=48299,
        title="[FIRING:1] PaymentsHandshakeErrors (payments warning)",
        service=CHECKOUT_API,
        created=early.arrived,
        entries=(
            Entry(early.arrived, "trigger", "Triggered through the API.", CHECKOUT_API, "api", {"alert": early}),
            stories.notified(clock("13:45:43"), NOOR, "push", None),
            replace(stories.ACKNOWLEDGED, at=clock("13:51:05"), by=NOOR, summary="Acknowledged by Noor Haddad."),
            merging,
        ),
        resolved=merging.at,
        resolved_by=INGRID,
        merged_into=whole,
    )
    return Scene(
        folder=FOLDER / "merged",
        plan=_small(history, _sparse(history.services[0]), PAYMENTS),
        stories=(whole, replace(source, merged_into=whole), first),
        incident=source.id,
        as_of=clock("15:30:00"),
        annotations=(),
    )


def several() -> Scene:
    """The main incident with five SLOs on two services: one burns much, one hardly, one is slow, one is but a ratio."""
    payments = replace(
        PAYMENTS,
        latency=True,
        phases=(
            Phase(START + timedelta(minutes=1), failed_ratio=0.012, slow_ratio=0.002),
            replace(PAYMENTS.baseline, at=RECOVERY),
        ),
    )
    return Scene(
        folder=FOLDER / "several",
        plan=_small(replace(plan.short_history(), history=_REPLAYED), _sparse(CHECKOUT), payments),
        stories=(stories.main(),),
        incident=stories.MAIN_ID,
        as_of=datetime.fromisoformat("2026-11-18T15:30:00+00:00"),
    )


SCENES = {scene.folder.name: scene for scene in (still_open(), merged(), several())}
