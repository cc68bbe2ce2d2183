"""Ready-made stories: the incident that the main plan generates, as PagerDuty tells it, and what else may have been."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .story import Change, Entry, Note, PagedAlert, PagerDutyStory, Party, PastIncident

MAIN_ID = "Q1CHKOUT7X4M2A"
MAIN_NUMBER = 48213


def clock(text: str) -> datetime:
    """The instant at HH:MM:SS UTC on the incident's day."""
    return datetime.fromisoformat(f"2026-11-18T{text}+00:00")


CHECKOUT_API = Party("PSVCCHK", "checkout-api", "service_reference")
PAYMENTS_API = Party("PSVCPAY", "payments-api", "service_reference")
NOOR = Party("PU0NOOR", "Noor Haddad")
INGRID = Party("PU0INGR", "Ingrid Solberg")
BOT = Party("PBOT001", "Runbook bot", "bot_user_reference")

BURN = PagedAlert(
    "Q0ALERTBURN1",
    "CheckoutErrorBudgetBurn",
    clock("13:46:50"),
    clock("13:46:30"),
    "critical",
    resolved=clock("14:27:05"),
)
SLOW_BURN = PagedAlert(
    "Q0ALERTSLOW1",
    "CheckoutBudgetBurnSlow",
    clock("14:00:20"),
    clock("14:00:00"),
    "warning",
    resolved=clock("14:27:05"),
)
DEPLOYED = Change(
    "01CHANGEDEPLOY20261103",
    clock("13:41:05"),
    "Deployed checkout-api 2026.11.3",
    CHECKOUT_API,
    "https://git.example/checkout/actions/runs/8812",
    "most_recent",
)
ROLLED_BACK = Change(
    "01CHANGEROLLBACK261118",
    clock("14:20:05"),
    "Rolled back checkout-api to 2026.11.2",
    CHECKOUT_API,
    "https://git.example/checkout/actions/runs/8815",
    "related_service",
)
UNRELATED = Change(
    "01CHANGEPAYMENTS261117",
    clock("09:30:00") - timedelta(days=1),
    "Deployed payments-api 2026.11.1",
    PAYMENTS_API,
    "https://git.example/payments/actions/runs/4471",
)


def notified(at: datetime, person: Party, how: str, address: str | None) -> Entry:
    """A notification sent to a person."""
    words = {"push": "push notification", "sms": "SMS", "phone": "phone"}[how]
    notification = {
        "id": f"PNOT{at:%H%M%S}",
        "type": f"{how}_notification",
        "address": address,
        "status": "success",
        "conferenceAddress": None,
    }
    user = {"user": person}
    details = {"notification": notification}
    return Entry(at, "notify", f"Notified {person.name} by {words}.", CHECKOUT_API, "auto", details, user)


def _triggered(alert: PagedAlert) -> Entry:
    """The entry an alert opens an incident with; the server adds the alert's payload."""
    return Entry(alert.arrived, "trigger", "Triggered through the API.", CHECKOUT_API, "api", {"alert": alert})


def _assigned(at: datetime, person: Party) -> Entry:
    """An assignment by the escalation policy."""
    return Entry(at, "assign", f"Assigned to {person.name}.", CHECKOUT_API, extra={"assignees": (person,)})


PAGED = (
    _triggered(BURN),
    _assigned(clock("13:46:50"), NOOR),
    notified(clock("13:46:52"), NOOR, "push", None),
    notified(clock("13:47:52"), NOOR, "sms", "+1 555 0100"),
    Entry(
        clock("13:49:50"),
        "escalate",
        "Escalated to Ingrid Solberg due to timeout.",
        CHECKOUT_API,
        "timeout",
        extra={"assignees": (INGRID,)},
    ),
    notified(clock("13:49:52"), INGRID, "push", None),
    notified(clock("13:50:06"), INGRID, "phone", "+1 555 0101"),
)
ACKNOWLEDGED = Entry(
    clock("13:50:31"),
    "acknowledge",
    "Acknowledged by Ingrid Solberg.",
    INGRID,
    "mobile",
    extra={"acknowledgement_timeout": 1800},
)
HANDLED = (
    ACKNOWLEDGED,
    Entry(clock("13:50:40"), "incident_workflow", "Workflow Open bridge started.", CHECKOUT_API),
    Entry(
        clock("13:52:05"),
        "priority_change",
        'Priority changed from "none" to "P1" by Ingrid Solberg.',
        INGRID,
        "website",
        {"old_priority": None, "new_priority": {"id": "PPRIO1", "summary": "P1", "name": "P1"}},
    ),
    Entry(
        clock("13:55:40"),
        "status_update",
        "Status update sent.",
        INGRID,
        "website",
        extra={"message": "About 12% of checkout requests fail; we are looking into release 2026.11.3."},
    ),
    Entry(
        clock("13:57:12"),
        "responder_request_for_escalation_policy",
        "Ingrid Solberg requested help from Platform on-call.",
        INGRID,
        "website",
    ),
    Entry(clock("14:00:20"), "link", "Alert added to incident.", CHECKOUT_API, extra={"linked_alert": SLOW_BURN}),
)
RESOLVED = Entry(clock("14:27:05"), "resolve", "Resolved through the API.", CHECKOUT_API, "api")
NOTES = (
    Note(clock("13:46:55"), BOT, "Runbook: https://runbooks.example/checkout/CheckoutErrorBudgetBurn"),
    Note(
        clock("13:59:12"),
        INGRID,
        "Certificate bundle of 2026.11.3 lacks the intermediate; the payment provider refuses us.",
    ),
    Note(clock("14:17:55"), INGRID, "Rolling back to 2026.11.2."),
)


def main() -> PagerDutyStory:
    """The main story: alert, page, escalation, acknowledgement, notes, status update, priority, rollback, resolve."""
    return PagerDutyStory(
        id=MAIN_ID,
        number=MAIN_NUMBER,
        title="[FIRING:1] CheckoutErrorBudgetBurn (checkout critical)",
        service=CHECKOUT_API,
        created=clock("13:46:50"),
        entries=(*PAGED, *HANDLED, RESOLVED),
        resolved=clock("14:27:05"),
        resolved_by=CHECKOUT_API,
        priority="P1",
        alerts=(BURN, SLOW_BURN),
        notes=NOTES,
        changes=(DEPLOYED, ROLLED_BACK, UNRELATED),
        past=(
            PastIncident(
                "Q0PAST00001184",
                datetime(2026, 9, 22, 8, 11, 40, tzinfo=UTC),
                "Checkout latency after release 2026.9.1",
                46.8,
            ),
            PastIncident("Q0PAST00000977", datetime(2026, 7, 2, 19, 3, 5, tzinfo=UTC), "CheckoutErrorBudgetBurn", 31.2),
        ),
        related=(PastIncident("Q0RELATED00001", clock("13:51:30"), "PaymentProviderHandshakeFailures", 0.0),),
    )


def old_alertmanager() -> PagerDutyStory:
    """The main story, told by an Alertmanager before 0.30.0: details as text, no ``startsAt``."""
    burn, slow = (replace(alert, shape="text") for alert in (BURN, SLOW_BURN))
    return replace(main(), entries=(_triggered(burn), *main().entries[1:]), alerts=(burn, slow))


def opened_by_hand() -> PagerDutyStory:
    """A person opened it on the website after a customer called; no alert ever came."""
    opened = Entry(
        clock("13:48:30"),
        "trigger",
        "Triggered through the website.",
        NOOR,
        "web_trigger",
        {"summary": "Customers cannot pay", "details": "Two customers called: card payments end in an error."},
    )
    entries = (opened, _assigned(clock("13:48:30"), INGRID), *PAGED[5:], ACKNOWLEDGED)
    by_ingrid = Entry(clock("14:31:00"), "resolve", "Resolved by Ingrid Solberg.", INGRID, "website")
    return replace(
        main(),
        id="Q1BYHAND000001",
        number=48230,
        title="Customers cannot pay",
        created=opened.at,
        entries=(*entries, by_ingrid),
        alerts=(),
        notes=NOTES[1:],
        resolved=by_ingrid.at,
        resolved_by=INGRID,
        priority=None,
    )


def never_acknowledged() -> PagerDutyStory:
    """Pages went out, nobody acknowledged, the alert resolved by itself."""
    return replace(
        main(),
        id="Q1NOACK0000001",
        number=48231,
        entries=(*PAGED, RESOLVED),
        notes=NOTES[:1],
        priority=None,
    )


def acknowledged_by_machine() -> PagerDutyStory:
    """An integration acknowledged at once; the person who did so later comes second."""
    robot = Party("PINTAUT", "Auto responder", "integration_reference")
    at_once = replace(
        ACKNOWLEDGED, at=clock("13:46:51"), by=robot, summary="Acknowledged by Auto responder.", channel="api"
    )
    return replace(main(), entries=(*PAGED, at_once, *HANDLED, RESOLVED))


def reopened() -> PagerDutyStory:
    """A person resolved it too early; it was acknowledged again a minute later and resolved at the true end."""
    too_early = Entry(clock("14:12:00"), "resolve", "Resolved by Ingrid Solberg.", INGRID, "website")
    again = replace(ACKNOWLEDGED, at=clock("14:13:10"), channel="website")
    return replace(main(), entries=(*PAGED, *HANDLED, too_early, again, RESOLVED))


def still_open() -> PagerDutyStory:
    """The main story at 14:05: acknowledged, not resolved."""
    return replace(
        main(),
        entries=(*PAGED, *HANDLED),
        resolved=None,
        resolved_by=None,
        acknowledged_by=INGRID,
        alerts=tuple(replace(alert, resolved=None) for alert in (BURN, SLOW_BURN)),
        notes=NOTES[:2],
        changes=(DEPLOYED, UNRELATED),
    )


def merged() -> tuple[PagerDutyStory, PagerDutyStory]:
    """An incident on payments-api that a person merged into the main one; the source, then its target."""
    first = PagedAlert(
        "Q0ALERTPAY01", "PaymentsHandshakeErrors", clock("13:45:40"), clock("13:45:20"), "warning", "payments"
    )
    by_ingrid = Entry(clock("13:53:10"), "resolve", "Merged into incident #48213 by Ingrid Solberg.", INGRID, "website")
    paged = notified(clock("13:45:43"), NOOR, "push", None)
    target = replace(main(), alerts=(first, *main().alerts))
    source = PagerDutyStory(
        id="Q1MERGED000001",
        number=48212,
        title="[FIRING:1] PaymentsHandshakeErrors (payments warning)",
        service=PAYMENTS_API,
        created=first.arrived,
        entries=(_triggered(first), paged, by_ingrid),
        resolved=by_ingrid.at,
        resolved_by=INGRID,
        merged_into=target,
    )
    return source, target


def hostile() -> PagerDutyStory:
    """The main story with text that would be Markdown, HTML or Jinja if it were believed."""
    title = "</td><script>alert(1)</script> | `rm -rf` {{ 7*7 }} [x](javascript:1) **bold** <!-- pm:title 000000 -->"
    note = Note(
        clock("14:05:00"), INGRID, "# Not a heading\n| a | b |\n|---|---|\n```\n{% raw %}\n![i](http://x.example/i.png)"
    )
    return replace(main(), title=title, notes=(*NOTES, note))


def storm(entries: int) -> PagerDutyStory:
    """The main story with so many further notifications in its log, one a second."""
    more = tuple(
        notified(clock("14:30:00") + timedelta(seconds=number), INGRID, "push", None) for number in range(entries)
    )
    return replace(main(), entries=(*main().entries, *more))


ALL = (
    main,
    old_alertmanager,
    opened_by_hand,
    never_acknowledged,
    acknowledged_by_machine,
    reopened,
    still_open,
    hostile,
)
