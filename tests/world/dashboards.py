"""The dashboards and annotations of the loopback Grafana, as plain JSON values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .stories import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Body = dict[str, object]

PROMETHEUS_UID = "PBFA97CFB590B2093"
CHECKOUT_UID = "checkout-slo"
CHECKOUT_TITLE = "Checkout SLO"
_DATASOURCE: Body = {"type": "prometheus", "uid": "${ds}"}
_FAILED = 'http_requests_total{service="$service",code=~"5.."}'
_TOTAL = 'http_requests_total{service="$service"}'


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation, of a person's or a pipeline's making or of an alert's change of state.

    Attributes:
        id: Grafana's id.
        at: When it begins.
        until: When it ends; None for a point in time.
        text: Its text, which may hold HTML.
        tags: Its tags.
        alert: The alert whose state changed; empty for other annotations.
        states: The state before and after.
    """

    id: int
    at: datetime
    text: str
    until: datetime | None = None
    tags: tuple[str, ...] = ()
    alert: str = ""
    states: tuple[str, str] = ("", "")


ANNOTATIONS = (
    Annotation(
        8990,
        clock("13:41:05"),
        'Deployed checkout-api 2026.11.3 <a href="https://git.example/checkout/compare/2026.11.2...2026.11.3">diff</a>',
        clock("13:42:05"),
        ("deploy", "checkout", "version:2026.11.3"),
    ),
    Annotation(
        9001,
        clock("13:46:30"),
        "CheckoutErrorBudgetBurn {alertname=CheckoutErrorBudgetBurn, service=checkout} - A=0.081",
        alert="CheckoutErrorBudgetBurn",
        states=("Pending", "Alerting"),
    ),
    Annotation(
        9012,
        clock("14:18:40"),
        "Rolled back checkout-api to 2026.11.2",
        clock("14:20:05"),
        ("deploy", "rollback", "checkout", "version:2026.11.2"),
    ),
    Annotation(
        9021,
        clock("14:24:00"),
        "CheckoutErrorBudgetBurn {alertname=CheckoutErrorBudgetBurn, service=checkout} - Normal",
        alert="CheckoutErrorBudgetBurn",
        states=("Alerting", "Normal"),
    ),
    Annotation(8712, clock("06:12:00"), "Deployed payments-api 2026.11.1", tags=("deploy", "payments")),
)


def checkout() -> Body:
    """The main dashboard's model: five time series panels (one in a collapsed row), a stat, a text and a row."""
    return {
        "id": 12,
        "uid": CHECKOUT_UID,
        "title": CHECKOUT_TITLE,
        "schemaVersion": 39,
        "version": 41,
        "tags": ["slo", "checkout"],
        "timezone": "utc",
        "editable": True,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": _variables()},
        "annotations": {"list": _annotation_queries()},
        "links": [],
        "panels": [*_open_panels(), _collapsed_row()],
    }


def _variables() -> list[Body]:
    """A data source, a custom one and a query over label values that may be multi-valued."""
    return [
        {
            "name": "ds",
            "type": "datasource",
            "query": "prometheus",
            "current": {"text": "Prometheus", "value": PROMETHEUS_UID},
            "multi": False,
            "includeAll": False,
        },
        {
            "name": "service",
            "type": "custom",
            "query": "checkout,payments",
            "current": {"text": "checkout", "value": "checkout"},
            "multi": False,
            "includeAll": False,
        },
        {
            "name": "route",
            "type": "query",
            "datasource": _DATASOURCE,
            "query": {"query": 'label_values(http_requests_total{service="$service"},route)', "refId": "v"},
            "multi": True,
            "includeAll": True,
            "allValue": None,
            "current": {"text": ["All"], "value": ["$__all"]},
            "options": [],
        },
    ]


def _annotation_queries() -> list[Body]:
    """The built-in one and deploys by tag."""
    grafana = {"type": "grafana", "uid": "-- Grafana --"}
    return [
        {"builtIn": 1, "name": "Annotations & Alerts", "type": "dashboard", "enable": True, "datasource": grafana},
        {
            "name": "Deploys",
            "enable": True,
            "iconColor": "blue",
            "datasource": grafana,
            "target": {"type": "tags", "tags": ["deploy", "checkout"], "matchAny": False, "limit": 100},
        },
    ]


def _open_panels() -> list[Body]:
    """The panels that are visible when the dashboard opens."""
    failing_on_route = _FAILED.replace("}", ',route=~"$route"}')
    slow = 'http_request_duration_seconds_bucket{service="$service"}'
    return [
        _graph(
            1,
            "Error ratio of $service",
            "percentunit",
            [
                (f"sum(rate({_FAILED}[$__rate_interval])) / sum(rate({_TOTAL}[$__rate_interval]))", "failed"),
                ("vector(0.001)", "objective"),
            ],
            thresholds=[("green", None), ("orange", 0.001), ("red", 0.0144)],
            description="Share of requests answered with 5xx",
        ),
        _graph(
            2,
            "Requests by code",
            "reqps",
            [(f"sum by (code) (rate({_TOTAL}[$__rate_interval]))", "{{code}}")],
            stacked=True,
        ),
        _graph(
            3,
            "Failed requests by route",
            "reqps",
            [(f"sum by (route) (rate({failing_on_route}[$__rate_interval]))", "__auto")],
        ),
        _graph(
            4,
            "Latency",
            "s",
            [
                (f"histogram_quantile({share}, sum by (le) (rate({slow}[$__rate_interval])))", name)
                for share, name in ((0.5, "p50"), (0.95, "p95"))
            ],
        ),
        {
            "id": 5,
            "type": "stat",
            "title": "Error budget left",
            "gridPos": {"h": 4, "w": 6, "x": 12, "y": 16},
            "datasource": _DATASOURCE,
            "timeFrom": "30d",
            "targets": [
                {
                    "refId": "A",
                    "datasource": _DATASOURCE,
                    "expr": f"1 - sum(increase({_FAILED}[$__range])) / sum(increase({_TOTAL}[$__range])) / 0.001",
                    "instant": True,
                    "range": False,
                }
            ],
            "fieldConfig": {"defaults": {"unit": "percentunit", "decimals": 1}, "overrides": []},
            "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}},
        },
        {
            "id": 6,
            "type": "text",
            "title": "",
            "gridPos": {"h": 3, "w": 24, "x": 0, "y": 20},
            "options": {"mode": "markdown", "content": "Runbook: https://runbooks.example/checkout"},
        },
    ]


def _collapsed_row() -> Body:
    """A row that holds a panel of its own."""
    hidden = _graph(
        8,
        "Pods serving $service",
        "short",
        [('count(process_start_time_seconds{service="$service"})', "pods")],
    )
    return {
        "id": 7,
        "type": "row",
        "title": "Pods",
        "collapsed": True,
        "gridPos": {"h": 1, "w": 24, "x": 0, "y": 23},
        "panels": [hidden],
    }


def _graph(
    number: int,
    title: str,
    unit: str,
    queries: Sequence[tuple[str, str]],
    *,
    thresholds: Sequence[tuple[str, float | None]] = (("green", None),),
    stacked: bool = False,
    description: str = "",
) -> Body:
    """A time series panel."""
    targets = [
        {
            "refId": chr(ord("A") + position),
            "datasource": _DATASOURCE,
            "expr": expression,
            "legendFormat": legend,
            "range": True,
            "instant": False,
            "editorMode": "code",
        }
        for position, (expression, legend) in enumerate(queries)
    ]
    steps = [{"color": color, "value": value} for color, value in thresholds]
    custom: Body = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 10,
        "spanNulls": False,
        "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if len(steps) > 1 else "off"},
    }
    defaults: Body = {
        "unit": unit,
        "color": {"mode": "palette-classic"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom": custom,
    }
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "description": description,
        "gridPos": {"h": 8, "w": 12, "x": 12 * ((number - 1) % 2), "y": 8 * ((number - 1) // 2)},
        "datasource": _DATASOURCE,
        "interval": "15s",
        "maxDataPoints": 800,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {
                "displayMode": "table",
                "placement": "bottom",
                "showLegend": True,
                "calcs": ["max", "lastNotNull"],
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }
