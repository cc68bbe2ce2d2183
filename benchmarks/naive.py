"""The same draft, made the way the three clients' own examples show: one question after the other, nothing in between.

    python benchmarks/naive.py CONFIG OUTPUT INCIDENT AS_OF

It is meant to be what a capable engineer writes in an afternoon: everything imported at the top, ``list_all`` for what
PagerDuty pages, ``get_metric_range_data``, ``custom_query_range`` and ``MetricRangeDataFrame`` for Prometheus,
``smartquery`` per panel for Grafana, ``pyplot`` with the constrained layout, a Jinja template. As in the real program,
counters are read raw over the incident and budgets are pushed down. It knows no bounds, no births of counters, no gaps.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import jinja2
import matplotlib as mpl
import pandas as pd
import yaml
from grafana_client.api import GrafanaApi
from grafana_client.client import TokenAuth
from pagerduty import RestApiV2Client
from prometheus_api_client import MetricRangeDataFrame, PrometheusConnect

mpl.use("Agg")

from matplotlib import pyplot as plt

BUDGET = "30d"
BAD = 1.5  # times the ratio that the objective allows, over five minutes

TEMPLATE = """\
# Post-Mortem Report: {{ incident.title }}

| Field | Value |
|-------|-------|
| **Date** | {{ incident.created_at[:10] }} |
| **Duration** | {{ ((impacts[0].end - impacts[0].start).total_seconds() / 60) | round | int }} minutes |
| **Severity** | {{ incident.priority.summary if incident.priority else "unknown" }} |
| **Services Affected** | {{ incident.service.summary }} |
| **Error Budget Impact** | {{ "%.1f" | format(impacts[0].consumed * 100) }} % |

## Impact
{% for one in impacts %}
- {{ one.name }}: {{ one.start }} to {{ one.end }},
  {{ one.failed | round | int }} of {{ one.total | round | int }} requests,
  {{ "%.1f" | format(one.consumed * 100) }} % of the budget, {{ "%.1f" | format(one.remaining * 100) }} % left of it
{% endfor %}

## Timeline

| Time | Event |
|------|-------|
{% for time, text in timeline %}
| {{ time }} | {{ text | e }} |
{% endfor %}

## Detection

Alert: {{ alerts[0].summary if alerts else "none" }}; rules firing in the window: {{ rules | join(", ") }}

## Appendix
{% for name in graphs %}
![{{ name }}](graphs/{{ name }})
{% endfor %}
{% for one in past %}
- {{ one.incident.title }} ({{ one.incident.created_at }})
{% endfor %}
{% for one in changes %}
- {{ one.timestamp }} {{ one.summary }}
{% endfor %}
"""


@dataclass(frozen=True)
class Impact:
    """What an SLO lost."""

    name: str
    start: pd.Timestamp
    end: pd.Timestamp
    total: float
    failed: float
    allowed: float
    consumed: float
    remaining: float
    minutes: pd.DataFrame
    history: pd.DataFrame


class Loopback(httpx2.HTTPTransport):
    """The client insists on https; the loopback server speaks http."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask over http."""
        request.url = request.url.copy_with(scheme="http")
        return super().handle_request(request)


def main(config_file: str, output: str, incident_id: str, as_of: str) -> None:
    """Write the draft."""
    text = re.sub(r"\$\{(\w+)\}", lambda match: os.environ[match[1]], Path(config_file).read_text(encoding="utf-8"))
    config = yaml.safe_load(text)
    graphs = Path(output) / "graphs"
    graphs.mkdir(parents=True)

    incident, log, alerts, notes, changes, past = read_pagerduty(config["pagerduty"], incident_id)
    begun = datetime.fromisoformat(incident["created_at"])
    since = begun - timedelta(hours=3)
    until = min(datetime.fromisoformat(incident["resolved_at"]) + timedelta(hours=1), datetime.fromisoformat(as_of))

    prometheus = PrometheusConnect(
        url=config["prometheus"]["url"], headers={"Authorization": f"Bearer {config['prometheus']['token']}"}
    )
    slos = [slo for service in config["services"] for slo in service["slos"]]
    impacts = [found for slo in slos if (found := read_slo(prometheus, slo, since, until)) is not None]
    firing = prometheus.custom_query_range('ALERTS{alertstate="firing"}', since, until, "30")
    rules = sorted({series["metric"]["alertname"] for series in firing})

    grafana = GrafanaApi.from_url(config["grafana"]["url"], credential=TokenAuth(config["grafana"]["token"]))
    boards = [board for service in config["services"] for board in service.get("dashboards", [])]
    shown = (impacts[0].start - timedelta(minutes=30), impacts[0].end + timedelta(minutes=30))
    panels = [panel for board in boards for panel in read_panels(grafana, board, *shown)]
    marks = grafana.annotations.find_annotations(
        time_from=int(since.timestamp() * 1000), time_to=int(until.timestamp() * 1000), limit=100
    )

    names = [name for impact in impacts for name in draw_slo(impact, graphs)]
    names.append(draw(f"{impacts[0].name} burn rate", burn_rates(impacts[0]), impacts[0], graphs))
    names += [draw(title, data, impacts[0], graphs) for title, data in panels]

    timeline = [(entry["created_at"], entry["summary"]) for entry in log]
    timeline += [(note["created_at"], note["content"]) for note in notes]
    timeline += [(pd.Timestamp(mark["time"], unit="ms", tz="UTC").isoformat(), mark["text"]) for mark in marks]
    document = jinja2.Environment(trim_blocks=True, autoescape=False).from_string(TEMPLATE)  # noqa: S701 - Markdown
    filled = document.render(
        incident=incident,
        impacts=impacts,
        timeline=sorted(timeline),
        alerts=alerts,
        rules=rules,
        graphs=names,
        past=past,
        changes=changes,
    )
    (Path(output) / "postmortem.md").write_text(filled, encoding="utf-8")


def read_pagerduty(config: dict[str, str], incident_id: str) -> tuple[Any, ...]:
    """The incident, its log, alerts, notes, changes and neighbours, one after the other."""
    client = RestApiV2Client(
        config["token"], base_url=config["url"].replace("http://", "https://"), transport=Loopback()
    )
    incident = client.rget(f"/incidents/{incident_id}")
    log = client.list_all(f"/incidents/{incident_id}/log_entries", params={"include[]": "channels", "time_zone": "UTC"})
    alerts = client.list_all(f"/incidents/{incident_id}/alerts")
    notes = client.rget(f"/incidents/{incident_id}/notes")
    changes = client.jget(f"/incidents/{incident_id}/related_change_events")["change_events"]
    past = client.jget(f"/incidents/{incident_id}/past_incidents")["past_incidents"]
    return incident, log, alerts, notes, changes, past


def read_slo(prometheus: PrometheusConnect, slo: dict[str, Any], since: datetime, until: datetime) -> Impact | None:
    """An SLO's minutes and budget; None when it did not move."""
    events = slo["events"]
    part = events.get("bad") or events["good"]
    counted = {}
    for name, selector in (("total", events["total"]), ("part", part)):
        raw = prometheus.get_metric_range_data(selector, start_time=since, end_time=until)
        counted[name] = per_minute(MetricRangeDataFrame(raw))
    minutes = pd.DataFrame(counted).fillna(0.0)
    minutes["failed"] = minutes["part"] if "bad" in events else minutes["total"] - minutes["part"]
    minutes["ratio"] = minutes["failed"] / minutes["total"]
    allowed = 1 - slo["objective"] / 100
    five = minutes.rolling("5min").sum()
    bad = minutes.index[five["failed"] / five["total"] > BAD * allowed]
    if bad.empty:
        return None
    start, end = bad[0], bad[-1] + pd.Timedelta(minutes=1)
    hit = minutes.loc[start : end - pd.Timedelta(seconds=1)]
    failed, total = hit["failed"].sum(), hit["total"].sum()
    window = {}
    for name, selector in (("total", events["total"]), ("part", part)):
        answer = prometheus.custom_query(f"sum(increase({selector}[{BUDGET}]))", params={"time": end.timestamp()})
        window[name] = float(answer[0]["value"][1])
    lost = window["part"] if "bad" in events else window["total"] - window["part"]
    month = (end - pd.Timedelta(days=30)).to_pydatetime(), end.to_pydatetime()
    hours = {
        name: MetricRangeDataFrame(prometheus.custom_query_range(f"sum(increase({selector}[1h]))", *month, "3600"))[
            "value"
        ].astype(float)
        for name, selector in (("total", events["total"]), ("part", part))
    }
    history = pd.DataFrame(hours).fillna(0.0)
    history["failed"] = history["part"] if "bad" in events else history["total"] - history["part"]
    return Impact(
        name=slo["name"],
        allowed=allowed,
        start=start,
        end=end,
        total=total,
        failed=failed,
        consumed=failed / (allowed * window["total"]),
        remaining=1 - lost / (allowed * window["total"]),
        minutes=minutes,
        history=history,
    )


def per_minute(frame: pd.DataFrame) -> pd.Series:
    """Events per minute over all series of a frame of raw counters."""
    labels = [column for column in frame.columns if column != "value"]
    frame = frame.assign(value=frame["value"].astype(float))
    grown = frame.groupby(labels, dropna=False)["value"].diff().clip(lower=0)
    return grown.groupby(level=0).sum().resample("1min").sum().tz_localize("UTC")


def read_panels(
    grafana: GrafanaApi, board: dict[str, Any], start: pd.Timestamp, end: pd.Timestamp
) -> list[tuple[str, dict[str, pd.Series]]]:
    """The configured panels' titles and data, one panel after the other."""
    dashboard = grafana.dashboard.get_dashboard(board["uid"])["dashboard"]
    values = {one["name"]: str(one["current"]["value"]) for one in dashboard["templating"]["list"]}
    values["route"] = ".*"
    source = grafana.datasource.get_datasource_by_uid(values["ds"])
    found = []
    for panel in dashboard["panels"]:
        if panel["id"] not in board["panels"]:
            continue
        series: dict[str, pd.Series] = {}
        for target in panel["targets"]:
            expression = re.sub(r"\$(service|route)", lambda match: values[match[1]], target["expr"])
            query = {**target, "expr": expression, "datasource": {"type": source["type"], "uid": source["uid"]}}
            query |= {"intervalMs": 15000, "maxDataPoints": panel["maxDataPoints"], "interval": panel["interval"]}
            body = {"queries": [query], "from": str(millis(start)), "to": str(millis(end))}
            answer = grafana.datasource.smartquery(source, expression, request={"method": "POST", "data": body})
            for frame in answer["results"][target["refId"]]["frames"]:
                times, numbers = frame["data"]["values"][:2]
                name = frame["schema"]["fields"][1].get("config", {}).get("displayNameFromDS") or target["refId"]
                series[name] = pd.Series(numbers, index=pd.to_datetime(times, unit="ms", utc=True), dtype=float)
        found.append((panel["title"], series))
    return found


def millis(instant: pd.Timestamp) -> int:
    """Milliseconds since 1970."""
    return int(instant.timestamp() * 1000)


def draw_slo(impact: Impact, folder: Path) -> list[str]:
    """An SLO's failed ratio, its traffic, and its budget over 30 days."""
    minutes, history = impact.minutes, impact.history
    pictures = {
        "ratio": {"failed ratio": minutes["ratio"]},
        "traffic": {"requests": minutes["total"], "failed": minutes["failed"]},
        "budget": {"failed in 30 days": history["failed"].cumsum()},
    }
    return [draw(f"{impact.name} {kind}", lines, impact, folder) for kind, lines in pictures.items()]


def burn_rates(impact: Impact) -> dict[str, pd.Series]:
    """How many times as fast as allowed the budget burned, over four windows."""
    sums = {length: impact.minutes.rolling(length).sum() for length in ("5min", "30min", "1h", "6h")}
    return {length: found["failed"] / found["total"] / impact.allowed for length, found in sums.items()}


def draw(title: str, lines: dict[str, pd.Series], impact: Impact, folder: Path) -> str:
    """A picture with the impact shaded, and its data as CSV beside it."""
    figure, axes = plt.subplots(figsize=(10, 4), dpi=120, layout="constrained")
    for label, line in lines.items():
        axes.plot(line.index, line.to_numpy(), label=label)
    axes.axvspan(impact.start, impact.end, alpha=0.15)  # type: ignore[arg-type]
    axes.set_title(title)
    axes.grid(visible=True)
    axes.legend()
    name = re.sub(r"\W+", "-", title.lower())
    figure.savefig(folder / f"{name}.png")
    plt.close(figure)
    pd.DataFrame(lines).to_csv(folder / f"{name}.csv")
    return f"{name}.png"


if __name__ == "__main__":
    main(*sys.argv[1:])
