"""Two more incidents, unlike the main one: a dependency that fails, and a service that is saturated and flaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from . import plan, stories
from .plan import CHECKOUT, CHECKOUT_RULES, PAYMENTS, START, IncidentPlan, Phase
from .stories import CHECKOUT_API, INGRID, NOOR, clock
from .story import Change, Entry, Note, PagedAlert, PagerDutyStory, Party

if TYPE_CHECKING:
    from datetime import datetime

OUTAGE_END = clock("14:31:30")
FLAPS_END = clock("14:41:00")
FLAP = timedelta(minutes=5)
BURNING, QUIET = 0.14, 0.0006


def dependency_outage_plan() -> IncidentPlan:
    """A third of all requests fail while the payment provider is away; only the slow alert watches; three days."""
    service = replace(
        CHECKOUT,
        phases=(Phase(START, failed_ratio=0.35, slow_ratio=0.05), replace(CHECKOUT.baseline, at=OUTAGE_END)),
        rollouts=(),
        restarts=(),
    )
    return replace(
        plan.short_history(),
        name="dependency-outage",
        services=(service, PAYMENTS),
        rules=CHECKOUT_RULES[1:],
        recovery=OUTAGE_END,
    )


def dependency_outage() -> tuple[PagerDutyStory, PagerDutyStory]:
    """What support opened by hand when customers called; an alert that came later was merged into it."""
    opened = Entry(
        clock("13:52:00"),
        "trigger",
        "Triggered through the website.",
        NOOR,
        "web_trigger",
        {
            "summary": "Customers cannot pay",
            "details": "Three customers called support: card payments end in an error.",
        },
    )
    late = PagedAlert(
        "Q0ALERTSLOW2", "CheckoutBudgetBurnSlow", clock("13:59:20"), clock("13:59:00"), "warning", resolved=OUTAGE_END
    )
    log = (
        opened,
        _assigned(clock("13:52:00")),
        _paged(clock("13:52:03"), "push"),
        _paged(clock("13:53:03"), "sms"),
        replace(stories.ACKNOWLEDGED, at=clock("13:54:20")),
        _said(clock("14:08:30"), "Card payments fail at our payment provider; we are in contact with them."),
        Entry(clock("14:11:00"), "responder_request", "Ingrid Solberg requested help.", INGRID, "website",
              {"message": "Who knows the provider?"}),
        Entry(clock("14:40:00"), "resolve", "Resolved by Ingrid Solberg.", INGRID, "website"),
    )  # fmt: skip
    target = PagerDutyStory(
        id="Q1PROVIDER0001",
        number=48300,
        title="Customers cannot pay",
        service=CHECKOUT_API,
        created=opened.at,
        entries=log,
        resolved=log[-1].at,
        resolved_by=INGRID,
        priority="P2",
        alerts=(late,),
        notes=(
            Note(clock("14:04:10"), INGRID, "Nothing was deployed today. The provider's status page is green."),
            Note(clock("14:07:40"), INGRID, "Handshakes with the provider time out from all three pods: it is them."),
        ),
    )
    merging = Entry(clock("14:02:05"), "resolve", "Merged into incident #48300 by Ingrid Solberg.", INGRID, "website")
    source = PagerDutyStory(
        id="Q1PROVIDER0002",
        number=48301,
        title="[FIRING:1] CheckoutBudgetBurnSlow (checkout warning)",
        service=CHECKOUT_API,
        created=late.arrived,
        entries=(_alerted(late), _paged(clock("13:59:22"), "push"), merging),
        resolved=merging.at,
        resolved_by=INGRID,
        merged_into=target,
    )
    return target, source


def flapping_plan() -> IncidentPlan:
    """Errors come and go every five minutes for an hour, until more pods are there; three days."""
    count = int((FLAPS_END - START) / FLAP) + 1
    phases = [
        Phase(START + number * FLAP, BURNING if number % 2 == 0 else QUIET, 0.004, traffic=1.3)
        for number in range(count)
    ]
    service = replace(
        CHECKOUT, phases=(*phases, replace(CHECKOUT.baseline, at=FLAPS_END)), rollouts=(), restarts=(), latency=False
    )
    return replace(plan.short_history(), name="flapping", services=(service, PAYMENTS), recovery=FLAPS_END)


def flapping() -> tuple[PagerDutyStory, PagerDutyStory, PagerDutyStory]:
    """Three incidents of one alert that resolves and fires again; the second, noisiest one is the one to draft."""
    second = _flapped(1, "14:06:20", "14:33:20")
    noise = [_alerted(second.alerts[0]), _assigned(clock("14:06:20"))]
    first, again = clock("14:06:25"), clock("14:08:20")
    noise += [_paged(first + timedelta(seconds=75 * number), "sms" if number % 2 else "push") for number in range(9)]
    noise += [_alerted(replace(second.alerts[0], arrived=again + number * timedelta(minutes=4))) for number in range(6)]
    handled = (
        replace(stories.ACKNOWLEDGED, at=clock("14:09:40")),
        Entry(clock("14:12:00"), "snooze", "Snoozed by Ingrid Solberg.", INGRID, "website"),
        Entry(clock("14:15:10"), "unacknowledge", "Acknowledgement timed out.", CHECKOUT_API, "timeout"),
        Entry(clock("14:15:10"), "escalate", "Escalated to Noor Haddad due to timeout.", CHECKOUT_API, "timeout",
              extra={"assignees": (NOOR,)}),
        _paged(clock("14:15:12"), "push", NOOR),
        _paged(clock("14:16:12"), "phone", NOOR),
        replace(stories.ACKNOWLEDGED, at=clock("14:17:00"), by=NOOR, summary="Acknowledged by Noor Haddad."),
        _said(clock("14:21:00"), "Checkout is slow and fails in bursts; we are adding capacity."),
        *(Entry(clock(f"14:{minute}:30"), "custom_field_value_change", "Field changed.", INGRID, "website")
          for minute in (22, 23, 24)),
        *(Entry(clock(f"14:{minute}:45"), "incident_workflow_step", f"Step {minute} of the runbook ran.", CHECKOUT_API)
          for minute in (24, 25, 26, 27)),
        Entry(clock("14:33:20"), "resolve", "Resolved through the API.", CHECKOUT_API, "api"),
    )  # fmt: skip
    scaled = tuple(
        Change(f"01CHANGESCALE{number}", clock(at), f"Scaled checkout-api from {before} to {before + 2} pods",
               CHECKOUT_API, f"https://git.example/scale/{number}", "most_recent")
        for number, (at, before) in enumerate((("13:10:00", 1), ("14:24:00", 3), ("14:38:20", 5)))
    )  # fmt: skip
    noisy = replace(
        second,
        entries=tuple(sorted((*noise, *handled), key=lambda entry: entry.at)),
        priority="P3",
        notes=tuple(
            Note(clock(f"14:{minute}:00"), NOOR, f"CPU of pod {minute % 3} at its limit.") for minute in (18, 19, 20)
        ),
        changes=scaled,
    )
    return noisy, _flapped(0, "13:49:20", "14:02:20"), _flapped(2, "14:36:20", "14:44:20")


def _flapped(number: int, created: str, resolved: str) -> PagerDutyStory:
    """One of the incidents the same alert opened; its alert has the same key in each."""
    arrived = clock(created)
    paged = PagedAlert(
        f"Q0ALERTFLAP{number}",
        "CheckoutErrorBudgetBurn",
        arrived,
        arrived - timedelta(seconds=20),
        "critical",
        resolved=clock(resolved),
    )
    log = (
        _alerted(paged),
        _paged(arrived + timedelta(seconds=5), "push"),
        Entry(clock(resolved), "resolve", "Resolved through the API.", CHECKOUT_API, "api"),
    )
    return PagerDutyStory(
        id=f"Q1FLAPPING000{number}",
        number=48310 + number,
        title="[FIRING:1] CheckoutErrorBudgetBurn (checkout critical)",
        service=CHECKOUT_API,
        created=arrived,
        entries=log,
        resolved=clock(resolved),
        resolved_by=CHECKOUT_API,
        alerts=(paged,),
    )


def _alerted(alert: PagedAlert) -> Entry:
    return Entry(alert.arrived, "trigger", "Triggered through the API.", CHECKOUT_API, "api", {"alert": alert})


def _assigned(at: datetime) -> Entry:
    return Entry(at, "assign", "Assigned to Ingrid Solberg.", CHECKOUT_API, extra={"assignees": (INGRID,)})


def _paged(at: datetime, how: str, person: Party = INGRID) -> Entry:
    return stories.notified(at, person, how, None)


def _said(at: datetime, text: str) -> Entry:
    return Entry(at, "status_update", "Status update sent.", INGRID, "website", extra={"message": text})
