"""Every body that the loopback PagerDuty and Grafana emit is one their official descriptions allow."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.world import stories
from tests.world.grafana import GrafanaServer
from tests.world.pagerduty import PagerDutyServer
from tests.world.schemas import (
    ABSENT,
    UndocumentedType,
    check_grafana,
    check_grafana_request,
    check_pagerduty,
    data_folder,
    warn_of_undocumented,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world.loopback import LoopbackServer
    from tests.world.story import PagerDutyStory

pytestmark = pytest.mark.skipif(data_folder() is None, reason=ABSENT)

OF_INCIDENT = ("log_entries", "alerts", "notes", "related_change_events", "past_incidents", "related_incidents")
OF_ACCOUNT = (
    "/incidents?statuses[]=resolved&statuses[]=acknowledged",
    "/services?query=checkout",
    "/services/PSVCCHK",
    "/services/PSVCCHK/change_events?since=2026-11-18T00:00:00Z&until=2026-11-19T00:00:00Z",
    "/change_events?since=2026-11-18T00:00:00Z&until=2026-11-19T00:00:00Z",
    "/priorities",
    "/abilities",
)
OF_GRAFANA = (
    "/api/frontend/settings",
    "/api/health",
    "/api/org",
    "/api/user",
    "/api/search?type=dash-db",
    "/api/dashboards/uid/checkout-slo",
    "/api/annotations?from=1795007400000&to=1795014600000",
    "/api/annotations?type=alert",
    "/api/datasources",
    "/api/datasources/uid/PBFA97CFB590B2093",
    "/api/datasources/uid/PBFA97CFB590B2093/health",
)
UNDOCUMENTED = [
    "incident_workflow_log_entry",
    "link_log_entry",
    "priority_change_log_entry",
    "responder_request_for_escalation_policy_log_entry",
    "status_update_log_entry",
]


def _get(server: LoopbackServer, path: str, authorization: str) -> tuple[int, Any]:
    """Status and decoded body of a GET."""
    request = urllib.request.Request(server.url + path, headers={"Authorization": authorization})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _pagerduty(server: PagerDutyServer, path: str) -> tuple[int, Any]:
    """Status and decoded body of a GET with the right token."""
    return _get(server, path, f"Token token={server.token}")


def _grafana(server: GrafanaServer, path: str) -> tuple[int, Any]:
    """Status and decoded body of a GET with the right token."""
    return _get(server, path, f"Bearer {server.token}")


def _without_query(path: str) -> str:
    """The path alone."""
    return path.split("?", maxsplit=1)[0]


@pytest.mark.parametrize("tell", stories.ALL, ids=lambda tell: tell.__name__)
def test_every_body_of_a_story_fits_pagerdutys_description(tell: Callable[[], PagerDutyStory]) -> None:
    """The incident and all that hangs on it, with channels and without."""
    story = tell()
    paths = [f"/incidents/{story.id}", f"/incidents/{story.number}", f"/incidents/{story.id}/log_entries"]
    paths += [f"/incidents/{story.id}/{name}?include[]=channels&limit=100" for name in OF_INCIDENT]
    with PagerDutyServer(story) as server:
        for path in paths:
            status, body = _pagerduty(server, path)
            assert status == 200
            assert check_pagerduty(_without_query(path), body) == []


def test_merged_incidents_fit_pagerdutys_description() -> None:
    """The source names its target, and both are whole."""
    source, target = stories.merged()
    with PagerDutyServer(source, target) as server:
        status, body = _pagerduty(server, f"/incidents/{source.id}")
        assert status == 200
        assert check_pagerduty("/incidents/{id}", body) == []
        assert body["incident"]["resolve_reason"]["type"] == "merge_resolve_reason"
        assert body["incident"]["resolve_reason"]["incident"]["id"] == target.id
        assert check_pagerduty("/incidents", _pagerduty(server, "/incidents")[1]) == []


@pytest.mark.parametrize("path", OF_ACCOUNT)
def test_every_body_of_the_account_fits_pagerdutys_description(path: str) -> None:
    """Incidents, services, change events, priorities and abilities."""
    with PagerDutyServer(stories.main()) as server:
        status, body = _pagerduty(server, path)
    assert status == 200
    assert check_pagerduty(_without_query(path), body) == []


@pytest.mark.parametrize(
    ("path", "token", "status", "code"),
    [
        ("/incidents/Q1CHKOUT7X4M2A", "Token token=wrong", 401, 2006),
        ("/incidents/QNOWHERE", "", 404, 2100),
        ("/incidents/48213/notes", "", 404, 2100),
        ("/incidents/Q1CHKOUT7X4M2A/past_incidents", "", 402, 2014),
        ("/incidents/Q1CHKOUT7X4M2A/related_incidents", "", 403, 2010),
        ("/incidents/Q1CHKOUT7X4M2A/log_entries?limit=100&offset=9950", "", 400, 2001),
    ],
)
def test_refusals_fit_pagerdutys_description(path: str, token: str, status: int, code: int) -> None:
    """Errors carry PagerDuty's codes in PagerDuty's shape."""
    gated = {"past_incidents": 402, "related_incidents": 403}
    with PagerDutyServer(stories.main(), gated=gated) as server:
        got, body = _get(server, path, token or f"Token token={server.token}")
    assert got == status
    assert body["error"]["code"] == code
    assert check_pagerduty(_without_query(path), body, status) == []


@pytest.mark.parametrize("path", OF_GRAFANA)
def test_every_body_fits_grafanas_description(path: str) -> None:
    """Settings, dashboards, annotations and data sources."""
    with GrafanaServer(prometheus_url="http://127.0.0.1:9") as server:
        status, body = _grafana(server, path)
    assert status == 200
    assert check_grafana(_without_query(path), body) == []


def test_refusals_fit_grafanas_description() -> None:
    """A wrong token, a missing permission and an unknown dashboard."""
    with GrafanaServer(prometheus_url="http://127.0.0.1:9", lacking={"annotations:read"}) as server:
        refused = _get(server, "/api/org", "Bearer wrong")
        denied = _grafana(server, "/api/annotations")
        absent = _grafana(server, "/api/dashboards/uid/nowhere")
    assert [refused[0], denied[0], absent[0]] == [401, 403, 404]
    assert check_grafana("/api/org", refused[1], 401) == []
    assert check_grafana("/api/dashboards/uid/{uid}", absent[1], 404) == []
    assert "annotations:read" in denied[1]["message"]


def test_log_entries_of_undocumented_types_are_warned_about_and_kept() -> None:
    """They fail no check, and each type is named once."""
    with PagerDutyServer(stories.main()) as server:
        body = _pagerduty(server, f"/incidents/{stories.MAIN_ID}/log_entries?include[]=channels&limit=100")[1]
    with pytest.warns(UndocumentedType) as warned:
        assert warn_of_undocumented(body) == UNDOCUMENTED
    assert len(warned) == 5
    assert check_pagerduty("/incidents/{id}/log_entries", body) == []
    assert len(body["log_entries"]) == 17


def _broken(body: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """The incident's body with one of its fields set to something else; dropped for ``...``."""
    incident = {name: one for name, one in body["incident"].items() if name != key}
    return {"incident": incident if value is ... else {**incident, key: value}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "snoozed"),
        ("created_at", "yesterday"),
        ("created_at", None),
        ("incident_number", "48213"),
        ("alert_counts", ...),
        ("service", {"id": "PSVCCHK"}),
    ],
)
def test_a_wrong_incident_is_found_out(key: str, value: object) -> None:
    """Wrong types, wrong words and missing fields that are read do not pass."""
    with PagerDutyServer(stories.main()) as server:
        body = _pagerduty(server, f"/incidents/{stories.MAIN_ID}")[1]
    assert check_pagerduty("/incidents/{id}", _broken(body, key, value)) != []


@pytest.mark.parametrize(
    "body",
    [
        {"results": {"A": {"status": "200", "frames": []}}},
        {
            "results": {
                "A": {"status": 200, "frames": [{"schema": {"fields": [{"name": "Time"}]}, "data": {"values": [[1]]}}]}
            }
        },
        {"results": {"A": {"status": 200, "frames": [{"schema": {"fields": []}, "data": {"values": [[1], [1, 2]]}}]}}},
        {"results": {"A": {"frames": []}}},
    ],
)
def test_wrong_frames_are_found_out(body: dict[str, Any]) -> None:
    """A status as text, a field without a type, uneven columns and a missing status do not pass."""
    assert check_grafana("/api/ds/query", body, method="post") != []


def test_wrong_requests_are_found_out() -> None:
    """Times as numbers, queries as a text, a snapshot of nothing and an unknown path do not pass."""
    assert check_grafana_request("/api/ds/query", {"from": "1", "to": "2", "queries": [{"refId": "A"}]}) == []
    assert check_grafana_request("/api/ds/query", {"from": 1, "to": "2", "queries": []}) != []
    assert check_grafana_request("/api/ds/query", {"from": "1", "to": "2", "queries": "x"}) != []
    assert check_grafana_request("/api/snapshots", {"name": "x"}) != []
    assert check_grafana_request("/api/nowhere", {}) != []


def test_paths_nobody_describes_are_said_to_be_so() -> None:
    """A body that cannot be checked does not pass for checked."""
    assert check_pagerduty("/nowhere", {}) == ["PagerDuty's description knows no /nowhere"]
    assert check_grafana("/api/nowhere", {}) == ["Grafana's description has no answer 200 to GET /api/nowhere"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("incident", "/incidents/{id}"),
        ("log_entries", "/incidents/{id}/log_entries"),
        ("alerts", "/incidents/{id}/alerts"),
        ("notes", "/incidents/{id}/notes"),
    ],
)
def test_the_check_takes_bodies_made_by_others(name: str, path: str) -> None:
    """The sample bodies beside the descriptions pass."""
    folder = data_folder()
    assert folder is not None
    body = json.loads((folder / "pagerduty/samples" / f"{name}.json").read_text(encoding="utf-8"))
    assert check_pagerduty(path, body) == []
