"""What is asked of PagerDuty: pure functions of what is known so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pm_autofill.collect.pagerduty.asking import Question
from pm_autofill.instants import Window, format_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pm_autofill.evidence.incident import Incident, IncidentRecord

# Before the id of a merged incident: the part that is its log.
MERGED_LOG = "log."
FOREIGN_WINDOW = "window.foreign"
# Before a number: the part that is the incidents of one of its alerts' deduplication keys.
SAME_ALERT = "same_alert."
ANALYTICS = "analytics"
EARLIER = "earlier"
SERVICE_CHANGES = "changes.service"
_MOST_KEYS = 5
# The week before an impact, which may have begun a day before its incident.
_WEEK, _MOMENT = timedelta(days=8), timedelta(seconds=1)
# Parts that a draft is whole without; they have a short limit of their own.
OPTIONAL = frozenset({"past", "related", ANALYTICS})
# Parts that come in pages, beside logs.
PAGED = frozenset({"alerts", "window", FOREIGN_WINDOW, "resolved", EARLIER, SERVICE_CHANGES})


def ask_incident(key: str) -> Question:
    """The incident itself.

    Args:
        key: Its id or number, as ``parse_reference`` gives it.
    """
    return Question(
        part="incident",
        what=f"incident {key}",
        path=f"/incidents/{key}",
        key="incident",
        parameters={"include[]": ["first_trigger_log_entries"]},
    )


def ask_log(incident: Incident, *, merged: str = "") -> Question:
    """The log of an incident.

    Args:
        incident: The incident.
        merged: Id of an incident merged into it, whose log is meant instead.
    """
    return Question(
        part=f"{MERGED_LOG}{merged}" if merged else "log",
        what=f"the log of incident {merged}, which was merged into it" if merged else "the incident's log",
        path=f"/incidents/{merged or incident.id}/log_entries",
        key="log_entries",
        parameters={"include[]": ["channels"], "time_zone": "UTC"},
        url="" if merged else incident.url,
    )


def ask_details(incident: Incident) -> tuple[Question, ...]:
    """All that belongs to an incident; the alerts first, for the log completes them."""
    path, url = f"/incidents/{incident.id}", incident.url
    return (
        Question(part="alerts", what="the incident's alerts", path=f"{path}/alerts", key="alerts", url=url),
        ask_log(incident),
        Question(part="notes", what="the incident's notes", path=f"{path}/notes", key="notes", url=url),
        Question(
            part="changes",
            what="the change events related to the incident",
            path=f"{path}/related_change_events",
            key="change_events",
            parameters={"limit": "100"},
            url=url,
        ),
        Question(
            part="past", what="past incidents like it", path=f"{path}/past_incidents", key="past_incidents", url=url
        ),
        Question(
            part="related",
            what="incidents related to it",
            path=f"{path}/related_incidents",
            key="related_incidents",
            url=url,
        ),
        Question(
            part=ANALYTICS,
            what="PagerDuty's own figures about it",
            path=f"/analytics/raw{path}",
            key="",
            url=url,
        ),
    )


def ask_beside(incident: Incident, window: Window) -> tuple[Question, ...]:
    """What happened on the incident's service beside it: other incidents and changes in a window, and a week's before.

    PagerDuty relates changes to an incident when it is triggered: a later one, such as a rollback, is its service's
    only.

    Args:
        incident: The incident; its service is known.
        window: Where to look.
    """
    service = [incident.service_id]
    # The incident itself is in it: a list without it is known not to be all of them.
    week = Window(incident.created_at - _WEEK, incident.created_at + _MOMENT)
    before = "the incidents of its service in the week before"
    return (
        ask_window(service, window, "the other incidents of its service", beside=incident.url),
        ask_window(service, week, before, part=EARLIER, beside=incident.url),
        ask_service_changes(incident, window),
    )


def ask_service_changes(incident: Incident, window: Window) -> Question:
    """The change events of an incident's service in a window."""
    return Question(
        part=SERVICE_CHANGES,
        what="the change events of its service",
        path=f"/services/{incident.service_id}/change_events",
        key="change_events",
        parameters={"since": format_instant(window.start), "until": format_instant(window.end)},
        url=incident.url,
        start=window.start,
        end=window.end,
    )


def ask_window(
    service_ids: Sequence[str], window: Window, what: str, *, part: str = "window", beside: str = ""
) -> Question:
    """The incidents of services that were created in a window.

    Args:
        service_ids: Of which services.
        window: When.
        what: What they are in messages.
        part: Short name of the question.
        beside: The page of an incident of the same account, where one is known: the list of all is beside it.
    """
    return Question(
        part=part,
        what=what,
        path="/incidents",
        key="incidents",
        parameters={
            "since": format_instant(window.start),
            "until": format_instant(window.end),
            "time_zone": "UTC",
            "service_ids[]": list(service_ids),
        },
        url=urljoin(beside, "/incidents") if beside else "",
        start=window.start,
        end=window.end,
    )


def ask_resolved(service_ids: Sequence[str], window: Window) -> Question:
    """The resolved incidents of services that were created in a window; PagerDuty cannot filter by the end."""
    question = ask_window(service_ids, window, "the resolved incidents", part="resolved")
    return replace(question, parameters={**question.parameters, "statuses[]": ["resolved"]})


def ask_further(record: IncidentRecord, beside: Window | None, asked: Collection[str]) -> list[Question]:
    """What the answers so far raise: logs of merged incidents, others of the same alerts, and where more may be.

    A merge moves alerts into the target and leaves them their service, so that the services of its alerts tell where
    the incidents merged into it were.

    Args:
        record: What is known.
        beside: Where to look for other incidents; None not to.
        asked: Parts that were asked for already.
    """
    questions = [ask_log(record.incident, merged=one.id) for one in record.merged if one.id not in record.merged_logs]
    services = {alert.service_id for alert in record.alerts} - {record.incident.service_id, ""}
    if beside is not None:
        page, keys = record.incident.url, list(dict.fromkeys(alert.key for alert in record.alerts if alert.key))
        questions += [_ask_same_alert(key, n, beside, page) for n, key in enumerate(keys[:_MOST_KEYS], start=1)]
        if services:
            what = "the incidents of the services whose alerts it holds"
            questions.append(ask_window(sorted(services), beside, what, part=FOREIGN_WINDOW, beside=page))
    return [question for question in questions if question.part not in asked]


def _ask_same_alert(key: str, number: int, window: Window, page: str) -> Question:
    """The incidents with an alert's deduplication key in a window: it fired again, or on another service, too."""
    what = f"the other incidents of its alert {number}"
    question = ask_window((), window, what, part=f"{SAME_ALERT}{number}", beside=page)
    parameters = {name: value for name, value in question.parameters.items() if name != "service_ids[]"}
    return replace(question, parameters={**parameters, "incident_key": key})


def ask_service(service_id: str) -> Question:
    """One service by its id."""
    return Question(part="services", what=f"the service {service_id}", path=f"/services/{service_id}", key="service")


def ask_services(name: str) -> Question:
    """The services whose name holds a text."""
    return Question(
        part="services", what=f"the service {name!r}", path="/services", key="services", parameters={"query": name}
    )
