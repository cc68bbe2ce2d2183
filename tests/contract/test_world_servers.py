"""The loopback servers do what the real ones do where the product depends on it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.world import stories
from tests.world.grafana import GrafanaServer
from tests.world.grafana_query import display_name, resolve
from tests.world.loopback import Fault, as_html, as_json
from tests.world.pagerduty import PagerDutyServer

if TYPE_CHECKING:
    from tests.world.loopback import LoopbackServer


def _get(server: LoopbackServer, path: str) -> Any:  # noqa: ANN401 - decoded JSON
    """The decoded body of a GET with the right token."""
    scheme = "Token token=" if isinstance(server, PagerDutyServer) else "Bearer "
    request = urllib.request.Request(server.url + path, headers={"Authorization": scheme + server.token})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_log_is_paged_newest_first_and_loses_nothing() -> None:
    """Pages of five hold each entry once, and the last page says that it is."""
    with PagerDutyServer(stories.main()) as server:
        pages = [
            _get(server, f"/incidents/{stories.MAIN_ID}/log_entries?limit=5&offset={offset}")
            for offset in (0, 5, 10, 15)
        ]
    assert [page["more"] for page in pages] == [True, True, True, False]
    entries = [entry for page in pages for entry in page["log_entries"]]
    assert len({entry["id"] for entry in entries}) == 17
    assert entries[0]["type"] == "resolve_log_entry"
    assert entries[-1]["type"] == "trigger_log_entry"


def test_times_stand_in_the_accounts_zone_unless_asked_otherwise() -> None:
    """Log entries follow ``time_zone``; notes have no such parameter."""
    with PagerDutyServer(stories.main()) as server:
        local = _get(server, f"/incidents/{stories.MAIN_ID}/log_entries")["log_entries"][-1]
        utc = _get(server, f"/incidents/{stories.MAIN_ID}/log_entries?time_zone=UTC")["log_entries"][-1]
        note = _get(server, f"/incidents/{stories.MAIN_ID}/notes")["notes"][1]
    assert (local["created_at"], utc["created_at"]) == ("2026-11-18T14:46:50+01:00", "2026-11-18T13:46:50Z")
    assert note["created_at"] == "2026-11-18T14:59:12+01:00"


def test_channels_carry_their_payload_only_when_asked_for() -> None:
    """Without ``include[]=channels`` a channel is just its type."""
    with PagerDutyServer(stories.main()) as server:
        bare = _get(server, f"/incidents/{stories.MAIN_ID}/log_entries")["log_entries"][-1]
        whole = _get(server, f"/incidents/{stories.MAIN_ID}/log_entries?include[]=channels")["log_entries"][-1]
    assert bare["channel"] == {"type": "api"}
    assert whole["channel"]["details"]["firing"][0]["startsAt"] == "2026-11-18T13:46:30.000Z"


def test_an_old_alertmanager_tells_text_without_a_start() -> None:
    """Before 0.30.0 the details are a block of text and counts are strings."""
    with PagerDutyServer(stories.old_alertmanager()) as server:
        details = _get(server, f"/incidents/{stories.MAIN_ID}/alerts")["alerts"][0]["body"]["details"]
    assert details["firing"].startswith("Labels:\n - alertname = CheckoutErrorBudgetBurn\n")
    assert details["num_firing"] == "1"
    assert "startsAt" not in json.dumps(details)


def test_a_resolved_incident_tells_no_acknowledgement() -> None:
    """PagerDuty empties acknowledgements and assignments on resolve."""
    with PagerDutyServer(stories.main()) as server:
        resolved = _get(server, f"/incidents/{stories.MAIN_NUMBER}")["incident"]
    with PagerDutyServer(stories.still_open()) as server:
        held = _get(server, f"/incidents/{stories.MAIN_NUMBER}")["incident"]
    assert (resolved["status"], resolved["acknowledgements"], resolved["assignments"]) == ("resolved", [], [])
    assert (held["status"], held["resolved_at"]) == ("acknowledged", None)
    assert held["acknowledgements"][0]["acknowledger"]["summary"] == "Ingrid Solberg"


def test_incidents_are_found_by_service_status_and_time() -> None:
    """The list narrows to what is asked for."""
    source, target = stories.merged()
    with PagerDutyServer(source, target) as server:
        by_service = _get(server, "/incidents?service_ids[]=PSVCPAY")["incidents"]
        by_time = _get(server, "/incidents?since=2026-11-18T13:46:00Z&until=2026-11-18T14:00:00Z")["incidents"]
        by_status = _get(server, "/incidents?statuses[]=triggered")["incidents"]
    assert [one["id"] for one in by_service] == [source.id]
    assert [one["id"] for one in by_time] == [target.id]
    assert by_status == []


def test_a_fault_strikes_as_often_as_told() -> None:
    """Two refusals with Retry-After, then the usual answer; all three are in the log of exchanges."""
    busy = as_json({"error": {"message": "Rate Limit Exceeded", "code": 2020}}, 429, [("Retry-After", "1")])
    with PagerDutyServer(stories.main(), faults=[Fault("/priorities", busy, times=2)]) as server:
        statuses = []
        for _ in range(3):
            try:
                _get(server, "/priorities")
                statuses.append(200)
            except urllib.error.HTTPError as error:
                with error:
                    statuses.append(error.code)
        assert statuses == [429, 429, 200]
        assert [exchange.reply.status for exchange in server.exchanges] == [429, 429, 200]


def test_a_fault_can_be_a_page_or_a_broken_connection() -> None:
    """A login page in place of JSON, and no answer at all."""
    faults = [Fault("/api/org", as_html("<form>login</form>")), Fault("/api/user", None)]
    with GrafanaServer(prometheus_url="http://127.0.0.1:9", faults=faults) as server:
        with pytest.raises(json.JSONDecodeError):
            _get(server, "/api/org")
        with pytest.raises(http.client.RemoteDisconnected):
            _get(server, "/api/user")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=1795007400000&to=1795014600000", [9021, 9012, 9001, 8990]),
        ("from=1795007400000&to=1795014600000&type=alert", [9021, 9001]),
        ("from=1795007400000&to=1795014600000&type=annotation&tags=deploy&tags=checkout", [9012, 8990]),
        ("tags=rollback&tags=payments&matchAny=true", [9012, 8712]),
        ("dashboardUID=checkout-slo&panelId=1&limit=1", [9021]),
        ("from=1795011600000&to=1795011610000", [9012]),
    ],
)
def test_annotations_are_filtered_as_grafana_does(query: str, found: list[int]) -> None:
    """By time, touching regions included, by kind, by tags and by place; newest first, cut at the limit."""
    with GrafanaServer(prometheus_url="http://127.0.0.1:9") as server:
        assert [one["id"] for one in _get(server, f"/api/annotations?{query}")] == found


@pytest.mark.parametrize(
    ("hours", "points", "minimum", "step", "rate"),
    [
        (2, 800, "15s", 15_000, "1m0s"),
        (6, 800, "15s", 30_000, "1m0s"),
        (720, 800, "15s", 3_600_000, "1m0s"),
        (2, 100, "", 60_000, "1m0s"),
        (1, 1500, "1m", 60_000, "4m0s"),
    ],
)
def test_steps_follow_grafanas_rule(hours: int, points: int, minimum: str, step: int, rate: str) -> None:
    """The range by the points, rounded as Grafana does, not below the minimum; start and end on multiples of it."""
    asked = {"refId": "A", "expr": "rate(x[$__rate_interval])", "interval": minimum, "maxDataPoints": points}
    query = resolve({**asked, "intervalMs": 15_000}, 1795007401234, 1795007401234 + hours * 3_600_000)
    assert query.step == step
    assert query.expression == f"rate(x[{rate}])"
    assert query.start % step == 0
    assert query.end % step == 0


@pytest.mark.parametrize(
    ("legend", "labels", "name"),
    [
        ("{{code}} of {{ route }}", {"code": "500", "route": "/pay"}, "500 of /pay"),
        ("{{missing}}!", {"code": "500"}, "!"),
        ("__auto", {"code": "500"}, ""),
        ("__auto", {}, "sum(x)"),
        ("", {"__name__": "x", "code": "500"}, 'x{code="500"}'),
        ("", {}, "sum(x)"),
    ],
)
def test_legends_follow_grafanas_rule(legend: str, labels: dict[str, str], name: str) -> None:
    """Labels are put in, missing ones leave nothing, and without any the expression is the name."""
    assert display_name(legend, labels, "sum(x)") == name
