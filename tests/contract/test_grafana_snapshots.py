"""A snapshot carries the draft's own data, and the address that deletes it stays with the user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pm_autofill.collect.grafana.client import Grafana
from pm_autofill.collect.transport.endpoint import Endpoint, RequestRefused
from pm_autofill.collect.transport.limits import Deadline, usual_limits
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.collect.transport.policy import Policy
from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
from pm_autofill.evidence import dump
from pm_autofill.evidence.panels import Dashboard, GrafanaRecord
from pm_autofill.instants import Window
from pm_autofill.redaction.secrets import Secrets
from pm_autofill.redaction.shapes import Shapes
from pm_autofill.redaction.texts import Texts
from tests.unit.graphs import scene
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Reply, Request, as_json
from tests.world.stories import clock

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Observed

WINDOW = Window(clock("13:00:00"), clock("15:00:00"))
TIMES = [WINDOW.start.timestamp() * 1000 + 60_000 * step for step in range(4)]
MADE = {
    "id": 1,
    "key": "K",
    "deleteKey": "SECRET",
    "url": "https://grafana.example/dashboard/snapshot/K",
    "deleteUrl": "https://grafana.example/api/snapshots-delete/SECRET",
}


class Snapshots(GrafanaServer):
    """A Grafana with data that keeps snapshots."""

    allowed = True

    def answer(self, request: Request) -> Reply:
        """Data, and where the snapshot is."""
        if request.path == "/api/ds/query":
            column = {"type": "number", "labels": {"s": "a"}, "config": {"displayNameFromDS": "failed"}}
            data = {"values": [TIMES, [1, 2, None, 4]]}
            return as_json(
                {"results": {"A": {"frames": [{"schema": {"fields": [{"type": "time"}, column]}, "data": data}]}}}
            )
        if request.path == "/api/snapshots" and request.method == "POST":
            return as_json(MADE) if self.allowed else as_json({"message": "denied"}, 403)
        return super().answer(request)


def taken(
    *, writes: bool = True, allowed: bool = True
) -> tuple[Observed[tuple[Dashboard, ...]], tuple[str, ...], list[dict[str, Any]]]:
    """The dashboards with their snapshots, what the user is told, and what was posted."""
    with Snapshots(prometheus_url="http://127.0.0.1:9") as server:
        server.allowed = allowed
        policy = Policy(Endpoint("Grafana", server.url, allow_writes=writes), usual_limits("Grafana"), Deadline(30))
        grafana = Grafana(connect_grafana(policy, token=server.token), policy, GrafanaSettings(url=server.url))
        bare = grafana.dashboards([("s", DashboardSettings(uid="checkout-slo", panels=(3,)))], WINDOW)
        filled = grafana.panel_data(bare.value, WINDOW)
        texts = Texts(Shapes(), Secrets.of([server.token]))
        observed, told = grafana.snapshots(filled.value, "Post-mortem P1", WINDOW, WINDOW.end, texts)
        posted = [json.loads(one.body) for one in server.requests if one.path == "/api/snapshots"]
    return observed, told, posted


def test_a_snapshot_holds_the_panels_with_the_drafts_own_data() -> None:
    """Queries are gone, answers are in; it expires, and is not put outside."""
    observed, told, (body,) = taken()
    assert (body["name"], body["expires"], body["external"]) == ("Post-mortem P1: Checkout SLO", 2_592_000, False)
    assert body["dashboard"]["time"] == {"from": "2026-11-18T13:00:00Z", "to": "2026-11-18T15:00:00Z"}
    (panel,) = body["dashboard"]["panels"]
    assert panel["fieldConfig"]["defaults"]["unit"] == "reqps"
    (target,) = panel["targets"]
    assert (target["queryType"], panel["datasource"]["uid"]) == ("snapshot", "grafana")
    assert target["snapshot"][0]["data"]["values"] == [TIMES, [1.0, 2.0, None, 4.0]]
    assert target["snapshot"][0]["schema"]["fields"][1]["config"] == {"displayNameFromDS": "failed"}
    (dashboard,) = observed.value
    assert dashboard.snapshot == MADE["url"]
    assert dashboard.snapshot_until is not None
    assert (dashboard.snapshot_until - WINDOW.end).days == 30
    assert np.isnan(dashboard.panels[0].matrix.series[0].values[2])
    (line,) = told
    assert "anyone who reaches this Grafana and has the link sees it" in line
    assert str(MADE["deleteUrl"]) in line


def test_the_address_that_deletes_it_is_not_in_the_evidence() -> None:
    """It goes to the user alone."""
    import msgspec

    observed, _, _ = taken()
    record = GrafanaRecord(version="", url="", dashboards=observed.value)
    assert b"SECRET" not in dump(msgspec.structs.replace(scene.evidence(), grafana=record))


class Stored(Snapshots):
    """A Grafana 13 whose older API loses the panel, and whose library holds how it looks."""

    def answer(self, request: Request) -> Reply:
        """The dashboard as it is stored: one panel of the library, of two queries."""
        if request.path == "/api/ds/query":
            column = {"type": "number", "config": {"displayNameFromDS": "x"}}
            frame = {"schema": {"fields": [{"type": "time"}, column]}, "data": {"values": [TIMES, [1, 2, 3, 4]]}}
            return as_json({"results": {"A": {"frames": [frame]}, "B": {"frames": [frame]}}})
        if request.path.startswith("/apis/"):
            library = {"kind": "LibraryPanel", "spec": {"id": 3, "libraryPanel": {"uid": "lib", "name": "L"}}}
            spec = {"title": "D", "elements": {"p": library}, "layout": {}}
            return as_json({"spec": spec, "status": {"conversion": {"storedVersion": "v2"}}})
        if request.path == "/api/library-elements/lib":
            source = {"type": "prometheus", "uid": "P"}
            targets = [{"refId": letter, "expr": "up", "datasource": source} for letter in ("A", "B")]
            look = {"defaults": {"unit": "reqps"}}
            return as_json({"result": {"model": {"type": "timeseries", "fieldConfig": look, "targets": targets}}})
        if request.path == "/api/dashboards/uid/checkout-slo":
            return as_json({"meta": {}, "dashboard": {"title": "D", "panels": []}})
        return super().answer(request)


def test_a_snapshot_is_of_the_dashboard_as_it_is_stored() -> None:
    """With what only the library knows, each query's answer under its own letter."""
    with Stored(prometheus_url="http://127.0.0.1:9", version="13.0.0") as server:
        policy = Policy(Endpoint("Grafana", server.url, allow_writes=True), usual_limits("Grafana"), Deadline(30))
        grafana = Grafana(connect_grafana(policy, token=server.token), policy, GrafanaSettings(url=server.url))
        bare = grafana.dashboards([("s", DashboardSettings(uid="checkout-slo", panels=(3,)))], WINDOW)
        grafana.snapshots(grafana.panel_data(bare.value, WINDOW).value, "P", WINDOW, WINDOW.end)
        (body,) = [json.loads(one.body) for one in server.requests if one.path == "/api/snapshots"]
    (panel,) = body["dashboard"]["panels"]
    assert (panel["type"], panel["fieldConfig"]["defaults"]["unit"]) == ("timeseries", "reqps")
    assert [one["refId"] for one in panel["targets"]] == ["A", "B"]
    assert [one["snapshot"][0]["schema"]["refId"] for one in panel["targets"]] == ["A", "B"]


def test_what_may_not_be_written_is_a_gap() -> None:
    """With what to do; the dashboard stays."""
    observed, told, _ = taken(allowed=False)
    assert (observed.value[0].snapshot, told) == ("", ())
    (gap,) = observed.gaps
    assert gap.what == "a snapshot of dashboard checkout-slo"
    assert gap.hint == "Give the token's service account the Editor role and snapshots:create, or leave --snapshot out."


def test_without_being_told_nothing_is_written() -> None:
    """The transport itself refuses; nothing reaches Grafana."""
    with pytest.raises(RequestRefused, match="it could change something there"):
        taken(writes=False)


def test_a_snapshot_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what the dashboard stores beside its data, nor a token of this run: whoever has the link sees it."""
    answer = GrafanaServer.answer

    def with_secrets(server: GrafanaServer, request: Request) -> Reply:
        reply = answer(server, request)
        if request.path.startswith("/api/dashboards/uid/"):
            body = json.loads(reply.body)
            for panel in body["dashboard"]["panels"]:
                link = {"title": f"ask {server.token}", "url": "https://x.example/?token=abc"}
                panel.setdefault("fieldConfig", {}).setdefault("defaults", {})["links"] = [link]
                panel["options"] = {**panel.get("options", {}), "password": "hunter2"}
            return as_json(body)
        return reply

    monkeypatch.setattr(GrafanaServer, "answer", with_secrets)
    _, _, (body,) = taken()
    (panel,) = body["dashboard"]["panels"]
    (link,) = panel["fieldConfig"]["defaults"]["links"]
    assert link["url"] == "https://x.example/?token=[secret]"
    assert link["title"] == "ask [secret]"
    assert panel["options"]["password"] == "[secret]"
