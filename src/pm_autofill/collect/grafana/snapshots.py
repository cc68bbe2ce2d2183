"""Grafana's own snapshots, their data embedded: of what the draft shows, and only where the user asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from pm_autofill.collect.grafana.classic import panels_by_id
from pm_autofill.collect.grafana.dashboard import read_classic, read_library
from pm_autofill.collect.grafana.dashboard_questions import fetch_dashboard
from pm_autofill.collect.grafana.gateway import SYSTEM, Gateway, is_id
from pm_autofill.collect.grafana.loose import mapping, text
from pm_autofill.collect.grafana.refusals import gap_of
from pm_autofill.collect.grafana.stored import fetch_stored, is_served
from pm_autofill.collect.observation import Observed
from pm_autofill.errors import SourceError, SourceUnavailable
from pm_autofill.instants import format_instant
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.shapes import Shapes
from pm_autofill.redaction.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pm_autofill.collect.grafana.about import About
    from pm_autofill.evidence.panels import Dashboard, Panel, PanelSeries
    from pm_autofill.evidence.record import Gap
    from pm_autofill.evidence.series import Series
    from pm_autofill.instants import Window

KEPT = timedelta(days=30)
WHO = "anyone who reaches this Grafana and has the link sees it, without signing in"
_OWN = {"type": "grafana", "uid": "grafana"}
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that was made.

    Attributes:
        url: Where it can be seen.
        delete_url: Opening this deletes it, without signing in: for the user's eyes only.
    """

    url: str
    delete_url: str


def take_snapshots(
    gateway: Gateway,
    about: About,
    dashboards: Sequence[Dashboard],
    name: str,
    window: Window,
    now: datetime,
    texts: Texts | None = None,
) -> tuple[Observed[tuple[Dashboard, ...]], tuple[str, ...]]:
    """Make a snapshot of each dashboard that has data.

    Args:
        gateway: Grafana, writing allowed.
        about: What it says of itself.
        dashboards: With their data.
        name: What the snapshots are called.
        window: The range shown.
        now: For when they expire.
        texts: What takes out secrets; None for what looks like one.

    Returns:
        The dashboards with the addresses, a gap for each that could not be made; and how to delete them, which is for
        the user's eyes only.
    """
    texts = texts or Texts(Shapes(), Secrets())
    made: list[Dashboard] = []
    gaps: list[Gap] = []
    told: list[str] = []
    for dashboard in dashboards:
        if not any(panel.matrix.sample_count for panel in dashboard.panels):
            made.append(dashboard)
            continue
        try:
            snapshot = take_snapshot(gateway, about, dashboard, f"{name}: {dashboard.title}", window, texts)
        except SourceError as error:
            gaps.append(gap_of(error, f"a snapshot of dashboard {dashboard.uid}", "snapshot"))
            made.append(dashboard)
            continue
        made.append(msgspec.structs.replace(dashboard, snapshot=snapshot.url, snapshot_until=now + KEPT))
        told.append(f"snapshot of {dashboard.title}: {snapshot.url} ({WHO}; to delete it open {snapshot.delete_url})")
    return Observed(tuple(made), gaps=tuple(gaps)), tuple(told)


def take_snapshot(
    gateway: Gateway, about: About, dashboard: Dashboard, name: str, window: Window, texts: Texts
) -> Snapshot:
    """Make a snapshot of a dashboard's shown panels with the data of the draft.

    Args:
        gateway: Grafana, writing allowed.
        about: What it says of itself.
        dashboard: With its data.
        name: What the snapshot is called.
        window: The range shown.
        texts: What takes secrets out of what is written: whoever has the link sees it.

    Returns:
        Where it is.

    Raises:
        SourceError: It could not be made, such as for want of the right to edit the dashboard.
    """
    model = texts.data(snapshot_model(*_originals(gateway, about, dashboard), dashboard, window))
    what = f"a snapshot of dashboard {dashboard.uid}"
    body = {
        "dashboard": model,
        "name": texts.text(name)[:200],
        "expires": round(KEPT.total_seconds()),
        "external": False,
    }
    answer = mapping(gateway.post("/snapshots", what, body).body)
    url, delete_url = text(answer.get("url")), text(answer.get("deleteUrl"))
    if not url.startswith(("http://", "https://")) or len(url) > _LONGEST_URL:
        message = f"Grafana answered the request for {what} without its address"
        raise SourceUnavailable(SYSTEM, message, "Look for it in Grafana under Dashboards, Snapshots.")
    return Snapshot(url, delete_url)


def _originals(
    gateway: Gateway, about: About, dashboard: Dashboard
) -> tuple[Mapping[str, Any], Mapping[int, Mapping[str, Any]]]:
    """The dashboard's classic JSON, and that of its shown panels by number, as stored: library panels as their model.

    Raises:
        SourceError: It could not be read again.
    """
    answer = fetch_dashboard(gateway, dashboard.uid)
    if is_served(about):
        answer = fetch_stored(gateway, about, dashboard.uid, answer).answer or answer
    stored = read_classic(answer.body, dashboard.uid)
    panels = panels_by_id(stored)
    shown = {one.id: panels.get(one.id, {}) for one in dashboard.panels}
    for id_, panel in shown.items():
        library = text(mapping(panel.get("libraryPanel")).get("uid"))
        if library and not text(panel.get("type")) and is_id(library):
            found = gateway.get(f"/library-elements/{library}", f"library panel {library}")
            shown[id_] = read_library(found.body)
    return stored, shown


def snapshot_model(
    stored: Mapping[str, Any], originals: Mapping[int, Mapping[str, Any]], dashboard: Dashboard, window: Window
) -> dict[str, Any]:
    """The dashboard as Grafana keeps snapshots: panels that ask nothing and carry their answers.

    Args:
        stored: Its classic JSON.
        originals: That of its panels by number.
        dashboard: The panels that are shown, with their data.
        window: The range shown.
    """
    return {
        "title": dashboard.title,
        "uid": "",
        "schemaVersion": stored.get("schemaVersion") or 39,
        "timezone": "utc",
        "time": {"from": format_instant(window.start), "to": format_instant(window.end)},
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": [
            _panel(originals.get(panel.id, {}), panel, number)
            for number, panel in enumerate(one for one in dashboard.panels if one.matrix.sample_count)
        ],
    }


def _panel(original: Mapping[str, Any], panel: Panel, number: int) -> dict[str, Any]:
    """One panel, two beside one another; what of it depended on variables and queries is gone."""
    kept = {
        key: original[key]
        for key in ("type", "fieldConfig", "options", "transformations", "yaxes", "seriesOverrides", "pluginVersion")
        if key in original
    }
    frames: dict[str, list[dict[str, Any]]] = {}
    for told, series in zip(panel.series, panel.matrix.series, strict=True):
        frames.setdefault(told.ref_id, []).append(_frame(told, series))
    return {
        "type": panel.kind,
        **kept,
        "id": number + 1,
        "title": panel.title,
        "description": panel.description,
        "gridPos": {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8},
        "datasource": _OWN,
        "targets": [
            {"refId": ref_id, "datasource": _OWN, "queryType": "snapshot", "snapshot": brought}
            for ref_id, brought in frames.items()
        ],
    }


def _frame(told: PanelSeries, series: Series) -> dict[str, Any]:
    """A series as Grafana's frames are written."""
    finite = np.isfinite(series.values)
    values = [value if there else None for value, there in zip(series.values.tolist(), finite, strict=True)]
    fields = [
        {"name": "Time", "type": "time", "config": {}},
        {"name": "Value", "type": "number", "labels": series.labels, "config": {"displayNameFromDS": told.name}},
    ]
    times = [round(1000 * time) for time in series.times.tolist()]
    schema = {"refId": told.ref_id, "name": told.name, "fields": fields}
    return {"schema": schema, "data": {"values": [times, values]}}
