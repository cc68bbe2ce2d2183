"""The generated incident, loaded into real engines, is the one that is known to have happened."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.world.dashboards import PROMETHEUS_UID
from tests.world.forwarding import EngineServer
from tests.world.grafana import GrafanaServer
from tests.world.schemas import ABSENT, check_grafana, data_folder

if TYPE_CHECKING:
    from tests.world.engine import Engine
    from tests.world.incident import Incident

FAILED = 'http_requests_total{service="checkout",code=~"5.."}'
TOTAL = 'http_requests_total{service="checkout"}'


def _ask(engine: Engine, path: str, **form: object) -> Any:  # noqa: ANN401 - decoded JSON
    """The data of an engine's answer."""
    with urllib.request.urlopen(f"{engine.url}/api/v1/{path}?{urlencode(form)}", timeout=30) as answer:
        return json.load(answer)["data"]


def _value(engine: Engine, query: str, at: datetime) -> float:
    """The value of a query that gives one series."""
    (series,) = _ask(engine, "query", query=query, time=at.timestamp())["result"]
    return float(series["value"][1])


def test_counts_in_the_impact_are_the_true_ones(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Increase over [S, V) gives the events served in it, within what a scrape interval leaves open."""
    truth = checkout_incident.truth
    counts = truth.in_impact()
    window = f"[{round((truth.end - truth.start).total_seconds())}s]"
    assert _value(checkout_engine, f"sum(increase({TOTAL}{window}))", truth.end) == pytest.approx(
        counts.total, rel=0.01
    )
    assert _value(checkout_engine, f"sum(increase({FAILED}{window}))", truth.end) == pytest.approx(
        counts.failed, rel=0.01
    )


def test_counts_of_thirty_days_are_the_true_ones(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Increase over the budget window gives the events served in it, for both services."""
    truth = checkout_incident.truth
    counts = truth.before_end()
    assert _value(checkout_engine, f"sum(increase({TOTAL}[30d]))", truth.end) == pytest.approx(counts.total, rel=0.0005)
    assert _value(checkout_engine, f"sum(increase({FAILED}[30d]))", truth.end) == pytest.approx(
        counts.failed, rel=0.002
    )
    payments = FAILED.replace("checkout", "payments")
    assert _value(checkout_engine, f"sum(increase({payments}[30d]))", truth.end) == pytest.approx(
        truth.before_end("payments").failed, rel=0.002
    )


def test_slow_requests_are_counted_by_the_histogram(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """All requests less those in the bucket of the threshold are the slow ones."""
    truth = checkout_incident.truth
    fast = 'sum(increase(http_request_duration_seconds_bucket{service="checkout",le="0.5"}[30d]))'
    everything = 'sum(increase(http_request_duration_seconds_count{service="checkout"}[30d]))'
    slow = _value(checkout_engine, f"{everything} - {fast}", truth.end)
    assert slow == pytest.approx(truth.before_end().slow, rel=0.002)


def test_rates_survive_the_change_of_the_scrape_interval(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """Where scrapes begin to come every 15 s instead of every 120 s, rates go on; only the extrapolation wavers."""
    change = checkout_incident.plan.detail_start
    around = {"start": change.timestamp() - 900, "end": change.timestamp() + 900, "step": 60}
    (series,) = _ask(checkout_engine, "query_range", query=f"sum(rate({TOTAL}[5m]))", **around)["result"]
    rates = [float(value) for _, value in series["values"]]
    assert len(rates) == 31
    assert 48 < min(rates) < max(rates) < 72


def test_recorded_alerts_are_those_the_engine_would_have_raised(
    checkout_prometheus: Engine, checkout_incident: Incident
) -> None:
    """Each rule, replayed on the recorded samples, is true exactly where ALERTS says so."""
    truth = checkout_incident.truth
    times = {"start": (truth.start - timedelta(minutes=10)).timestamp() // 30 * 30, "step": 30}
    times["end"] = (truth.end + timedelta(hours=1)).timestamp() // 30 * 30
    for rule in checkout_incident.plan.rules:
        (replayed,) = _ask(checkout_prometheus, "query_range", query=rule.expression, **times)["result"]
        recorded = _ask(
            checkout_prometheus,
            "query",
            query=f'ALERTS{{alertname="{rule.name}"}}[3h]',
            time=truth.data_end.timestamp(),
        )["result"]
        moments = sorted(time for series in recorded for time, _ in series["values"])
        assert [time for time, _ in replayed["values"]] == moments


def test_the_alert_fires_when_the_story_says(checkout_incident: Incident) -> None:
    """Pending, firing and resolved are the instants that PagerDuty's story builds on."""
    first, second = checkout_incident.truth.alerts
    assert (first.rule.name, second.rule.name) == ("CheckoutErrorBudgetBurn", "CheckoutBudgetBurnSlow")
    assert [f"{at:%H:%M:%S}" for at in (first.pending, first.fired, first.resolved)] == [
        "13:44:30",
        "13:46:30",
        "14:24:00",
    ]
    assert [f"{at:%H:%M:%S}" for at in (second.pending, second.fired)] == ["13:45:00", "14:00:00"]


def test_prometheus_knows_the_rules(checkout_prometheus: Engine) -> None:
    """The rules API gives expression, hold, labels and annotations."""
    (group,) = _ask(checkout_prometheus, "rules")["groups"]
    rule = group["rules"][0]
    assert (rule["name"], rule["duration"], rule["labels"]["severity"]) == ("CheckoutErrorBudgetBurn", 120, "critical")
    assert rule["annotations"]["runbook_url"] == "https://runbooks.example/checkout/CheckoutErrorBudgetBurn"
    assert rule["annotations"]["__dashboardUid__"] == "checkout-slo"


def test_the_deployment_changes_twice(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """The deploy and the rollback each raise the observed generation."""
    query = 'changes(kube_deployment_status_observed_generation{deployment="checkout"}[30d])'
    assert _value(checkout_engine, query, checkout_incident.truth.data_end) == 2


def _panel_request(queries: list[dict[str, object]]) -> bytes:
    """The body of a ds/query over the incident's two hours."""
    source = {"type": "prometheus", "uid": PROMETHEUS_UID}
    shared = {"datasource": source, "range": True, "instant": False, "intervalMs": 15_000, "maxDataPoints": 800}
    asked = [{**shared, **query} for query in queries]
    return json.dumps({"from": "1795007400000", "to": "1795014600000", "queries": asked}).encode()


def _post(grafana: GrafanaServer, body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of a ds/query."""
    headers = {"Authorization": f"Bearer {grafana.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{grafana.url}/api/ds/query", data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, json.load(answer)


def test_panel_queries_are_answered_in_grafanas_shape(checkout_engine: Engine) -> None:
    """Macros, step, alignment and legends are resolved as Grafana does, and the values are the engine's."""
    if data_folder() is None:
        pytest.skip(ABSENT)
    query: dict[str, object] = {
        "refId": "A",
        "expr": f"sum by (code) (rate({TOTAL}[$__rate_interval]))",
        "legendFormat": "code {{code}}",
        "interval": "15s",
    }
    with GrafanaServer(prometheus_url=checkout_engine.url) as grafana:
        status, body = _post(grafana, _panel_request([query]))
    assert status == 200
    assert check_grafana("/api/ds/query", body, 200, method="post") == []
    frames = body["results"]["A"]["frames"]
    assert sorted(frame["schema"]["name"] for frame in frames) == ["code 200", "code 404", "code 500", "code 503"]
    meta = frames[0]["schema"]["meta"]
    assert meta["executedQueryString"] == f"Expr: sum by (code) (rate({TOTAL}[1m0s]))\nStep: 15s"
    times, values = frames[0]["data"]["values"]
    assert times[0] == 1795007400000
    assert times[1] - times[0] == 15_000
    assert len(times) == len(values)
    served = next(frame["data"]["values"][1] for frame in frames if frame["schema"]["name"] == "code 200")
    assert 50 < median(served) < 65


def test_one_broken_panel_query_leaves_the_others(checkout_prometheus: Engine) -> None:
    """A parse error answers 207: the broken query carries the engine's message, the other its frames."""
    queries: list[dict[str, object]] = [{"refId": "A", "expr": "vector(0.001)"}, {"refId": "X", "expr": "sum((("}]
    with GrafanaServer(prometheus_url=checkout_prometheus.url) as grafana:
        status, body = _post(grafana, _panel_request(queries))
    assert status == 207
    assert body["results"]["A"]["frames"][0]["data"]["values"][1][0] == 0.001
    assert body["results"]["X"]["status"] == 400
    assert "parse error" in body["results"]["X"]["error"]
    if data_folder() is not None:
        assert check_grafana("/api/ds/query", body, 207, method="post") == []


def test_label_values_come_through_grafana(checkout_prometheus: Engine) -> None:
    """A dashboard's query variable can be resolved through the data source's resources."""
    query = urlencode({"match[]": TOTAL, "start": 1795007400, "end": 1795014600})
    with GrafanaServer(prometheus_url=checkout_prometheus.url) as grafana:
        path = f"/api/datasources/uid/{PROMETHEUS_UID}/resources/api/v1/label/route/values"
        headers = {"Authorization": f"Bearer {grafana.token}"}
        request = urllib.request.Request(f"{grafana.url}{path}?{query}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["data"] == ["/cart", "/pay"]


def test_an_engine_can_stand_behind_a_door(checkout_engine: Engine, checkout_incident: Incident) -> None:
    """With the token the engine answers, GET and POST; without it nobody does; all is kept."""
    before = checkout_incident.truth.start - timedelta(hours=1)
    query = {"query": f"count({TOTAL})", "time": str(before.timestamp())}
    with EngineServer(checkout_engine.url) as server:
        bearer = {"Authorization": f"Bearer {server.token}"}
        for body in (urlencode(query).encode(), None):
            url = f"{server.url}/api/v1/query" + ("" if body else f"?{urlencode(query)}")
            with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=bearer), timeout=30) as answer:
                assert json.load(answer)["data"]["result"][0]["value"][1] == "24"
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(f"{server.url}/api/v1/query", timeout=30)
        refused.value.close()
        assert [exchange.reply.status for exchange in server.exchanges] == [200, 200, 401]
