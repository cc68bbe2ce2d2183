"""What has to be in an answer because it is read, beside what the official descriptions demand.

One path per entry: ``[]`` stands for each element of a list, ``*`` for each value of an object, a final ``?`` says that
null is an answer too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INCIDENT_HEAD = ("id", "incident_number", "title", "status", "created_at", "html_url", "urgency", "resolved_at?")
_INCIDENT_REST = ("service.id", "service.summary", "alert_counts.all", "last_status_change_at", "teams", "priority?")
_INCIDENT = (*_INCIDENT_HEAD, *_INCIDENT_REST, "resolve_reason?")
_ENTRY = ("id", "type", "summary", "created_at", "agent.type", "agent.summary", "channel.type")
_CHANGE = ("id", "summary", "timestamp", "services", "links")
_PAGE = ("limit", "offset", "more")
FIELD_OF_FRAME = ("name", "type")

READ_IN_PAGERDUTY: Mapping[str, Sequence[str]] = {
    "/incidents/{id}": [f"incident.{name}" for name in _INCIDENT],
    "/incidents": [*_PAGE, *(f"incidents[].{name}" for name in _INCIDENT)],
    "/incidents/{id}/log_entries": [*_PAGE, *(f"log_entries[].{name}" for name in _ENTRY)],
    "/incidents/{id}/alerts": [
        *_PAGE,
        *(
            f"alerts[].{name}"
            for name in ("id", "summary", "created_at", "status", "alert_key", "severity?", "body.details?")
        ),
    ],
    "/incidents/{id}/notes": [
        f"notes[].{name}" for name in ("id", "content", "created_at", "user.type", "user.summary")
    ],
    "/incidents/{id}/related_change_events": [
        f"change_events[].{name}" for name in (*_CHANGE, "correlation_reason.reason")
    ],
    "/incidents/{id}/past_incidents": [
        f"past_incidents[].{name}" for name in ("score", "incident.id", "incident.created_at", "incident.title")
    ],
    "/incidents/{id}/related_incidents": [
        f"related_incidents[].incident.{name}" for name in ("id", "created_at", "title")
    ],
    "/services/{id}": ["service.id", "service.name", "service.html_url"],
    "/services": [*_PAGE, "services[].id", "services[].name"],
    "/services/{id}/change_events": [f"change_events[].{name}" for name in _CHANGE],
    "/change_events": [f"change_events[].{name}" for name in _CHANGE],
    "/priorities": ["priorities[].id", "priorities[].name"],
    "/abilities": ["abilities"],
}
READ_OF_ENTRY: Mapping[str, Sequence[str]] = {
    "notify_log_entry": ("user.summary",),
    "assign_log_entry": ("assignees[].summary",),
    "escalate_log_entry": ("assignees[].summary",),
    "status_update_log_entry": ("message",),
}
READ_IN_GRAFANA: Mapping[str, Sequence[str]] = {
    "/api/frontend/settings": ["buildInfo.version", "rendererAvailable", "appUrl"],
    "/api/health": ["database"],
    "/api/dashboards/uid/{uid}": [
        "meta.url",
        "meta.version",
        *(
            f"dashboard.{name}"
            for name in ("uid", "title", "schemaVersion", "panels[].id", "panels[].type", "time.from")
        ),
    ],
    "/api/search": ["[].uid", "[].title", "[].url", "[].type"],
    "/api/annotations": [
        f"[].{name}" for name in ("id", "time", "timeEnd", "text", "tags", "alertName", "newState", "prevState")
    ],
    "/api/datasources": ["[].uid", "[].name", "[].type", "[].isDefault", "[].jsonData"],
    "/api/datasources/uid/{uid}": ["uid", "name", "type", "jsonData"],
    "/api/ds/query": ["results.*.status", "results.*.frames"],
    "/api/org": ["id", "name"],
    "/api/user": ["login"],
}
