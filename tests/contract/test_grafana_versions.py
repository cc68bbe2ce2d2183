"""One dashboard in the four versions of its model: the same panels, asked for alike, and the same pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from fixtures import contact_sheet
from pm_autofill.collect.grafana.client import Grafana
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
from pm_autofill.evidence.panels import GrafanaRecord
from pm_autofill.graphs import draw
from pm_autofill.instants import Window
from tests.servers.stacks import make_policy
from tests.unit.graphs import scene
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Reply, Request, as_json
from tests.world.stories import clock

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Observed
    from pm_autofill.evidence.panels import Dashboard

WINDOW = Window(clock("13:00:00"), clock("15:00:00"))
UID = "four"
SERVICES = ("cart", "pay")
STEPS = [{"color": "green", "value": None}, {"color": "red", "value": 0.1}]
DEFAULTS = {
    "unit": "percentunit",
    "min": 0,
    "color": {"mode": "palette-classic"},
    "thresholds": {"mode": "absolute", "steps": STEPS},
    "mappings": [{"type": "special", "options": {"match": "nan", "result": {"text": "no traffic"}}}],
    "custom": {"drawStyle": "line", "fillOpacity": 10, "thresholdsStyle": {"mode": "line+area"}},
}
OVERRIDES = [
    {
        "matcher": {"id": "byName", "options": "pay"},
        "properties": [{"id": "custom.lineStyle", "value": {"fill": "dash"}}, {"id": "displayName", "value": "Paying"}],
    }
]
LEGEND = {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["max"]}
PANELS: tuple[dict[str, Any], ...] = (
    {
        "id": 1,
        "title": "Errors of $env",
        "type": "timeseries",
        "fieldConfig": {"defaults": DEFAULTS, "overrides": OVERRIDES},
        "options": {"legend": LEGEND},
        "targets": [{"refId": "A", "expr": 'errors{env="$env",s=~"$svc"}', "legendFormat": "{{s}}", "range": True}],
        "transformations": [{"id": "renameByRegex", "options": {"regex": "a", "renamePattern": "b"}}],
        "interval": "30s",
        "maxDataPoints": 400,
    },
    {
        "id": 2,
        "title": "Now",
        "type": "stat",
        "fieldConfig": {"defaults": {"unit": "percentunit", "thresholds": {"steps": STEPS}}, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["max"]}, "colorMode": "background"},
        "targets": [{"refId": "A", "expr": "errors", "legendFormat": "{{s}}", "range": True}],
        "transformations": [],
        "timeFrom": "1h",
    },
)
MARKED = {"expr": 'changes(version{env="$env"}[1m]) > 0', "step": "30s", "titleFormat": "{{s}}", "tagKeys": "s"}
BUILT_IN = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "name": "Own"}
CHOSEN = {"text": ["cart", "pay"], "value": ["cart", "pay"]}


def classic() -> dict[str, Any]:
    """The dashboard as Grafana kept it until version 12: the second panel in a collapsed row."""
    source = {"type": "prometheus", "uid": "${ds}"}
    first, second = ({**panel, "datasource": source, "gridPos": {"y": panel["id"]}} for panel in PANELS)
    row = {"id": 9, "type": "row", "title": "More", "collapsed": True, "gridPos": {"y": 1}, "panels": [second]}
    return {
        "uid": UID,
        "title": "Four",
        "schemaVersion": 42,
        "panels": [first, row],
        "annotations": {"list": [BUILT_IN, {"name": "Deploys", "enable": True, "datasource": source, **MARKED}]},
        "templating": {
            "list": [
                {"name": "ds", "type": "datasource", "query": "prometheus", "current": {"text": "P", "value": "P1"}},
                {"name": "env", "type": "custom", "query": "prod,test", "current": {"text": "prod", "value": "prod"}},
                {
                    "name": "svc",
                    "type": "query",
                    "datasource": source,
                    "query": {"query": "label_values(up,s)", "refId": "v"},
                    "multi": True,
                    "includeAll": True,
                    "current": CHOSEN,
                },
            ]
        },
    }


def plugin(version: str, kind: str, generic: str, **more: object) -> dict[str, Any]:
    """How a version names a plugin: in ``kind`` itself until v2alpha1, in ``group`` since."""
    return {"kind": kind, **more} if version == "v2alpha1" else {"kind": generic, "group": kind, **more}


def query(version: str, target: dict[str, Any], source: str = "${ds}") -> dict[str, Any]:
    """One query of a panel."""
    inner = {key: value for key, value in target.items() if key != "refId"}
    asked = plugin(version, "prometheus", "DataQuery", spec=inner)
    spec = {"refId": target["refId"], "hidden": False, "query": asked}
    if version == "v2alpha1":
        spec["datasource"] = {"type": "prometheus", "uid": source}
    else:
        asked["datasource"] = {"name": source}
    return {"kind": "PanelQuery", "spec": spec}


def transformation(version: str, one: dict[str, Any]) -> dict[str, Any]:
    """One transformation: the three versions keep its id in three places."""
    if version == "v2":
        return {"kind": "Transformation", "group": one["id"], "spec": {"options": one["options"]}}
    return {"kind": one["id"], "spec": one}


def element(version: str, panel: dict[str, Any], source: str = "${ds}") -> dict[str, Any]:
    """One panel."""
    looks = {"fieldConfig": panel["fieldConfig"], "options": panel["options"]}
    given = {key: panel[key] for key in ("interval", "maxDataPoints", "timeFrom") if key in panel}
    data = {
        "queries": [query(version, one, source) for one in panel["targets"]],
        "transformations": [transformation(version, one) for one in panel.get("transformations", ())],
        "queryOptions": given,
    }
    spec = {
        "id": panel["id"],
        "title": panel["title"],
        "data": {"kind": "QueryGroup", "spec": data},
        "vizConfig": plugin(version, panel["type"], "VizConfig", spec=looks),
    }
    return {"kind": "Panel", "spec": spec}


def newer(version: str) -> dict[str, Any]:
    """The dashboard in one of the v2 models: the first panel in a grid of a tab, the second in an auto grid."""
    label_values = plugin(version, "prometheus", "DataQuery", spec={"query": "label_values(up,s)", "refId": "v"})
    svc = {"name": "svc", "multi": True, "includeAll": True, "current": CHOSEN, "query": label_values}
    if version == "v2alpha1":
        svc["datasource"] = {"type": "prometheus", "uid": "${ds}"}
    else:
        label_values["datasource"] = {"name": "${ds}"}
    reference = {"kind": "ElementReference", "name": "panel-1"}
    grid_item = {"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8, "element": reference}}
    auto_item = {"kind": "AutoGridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": "panel-2"}}}
    tabs = [
        {"spec": {"title": "One", "layout": {"kind": "GridLayout", "spec": {"items": [grid_item]}}}},
        {"spec": {"title": "Two", "layout": {"kind": "AutoGridLayout", "spec": {"items": [auto_item]}}}},
    ]
    chosen = {"text": "P", "value": "P1"}
    env = {"name": "env", "query": "prod,test", "current": {"text": "prod", "value": "prod"}}
    mark = {"name": "Deploys", "enable": True, "query": {**label_values, "spec": {"expr": MARKED["expr"]}}}
    mark |= {"legacyOptions": {key: value for key, value in MARKED.items() if key != "expr"}}
    if version == "v2alpha1":
        mark["datasource"] = {"type": "prometheus", "uid": "${ds}"}
    return {
        "title": "Four",
        "annotations": [{"kind": "AnnotationQuery", "spec": mark}],
        "elements": {f"panel-{panel['id']}": element(version, panel) for panel in PANELS},
        "layout": {"kind": "TabsLayout", "spec": {"tabs": tabs}},
        "variables": [
            {"kind": "DatasourceVariable", "spec": {"name": "ds", "pluginId": "prometheus", "current": chosen}},
            {"kind": "CustomVariable", "spec": env},
            {"kind": "QueryVariable", "spec": svc},
        ],
    }


def frame(service: str) -> dict[str, Any]:
    """Two hours of one service, a minute apart."""
    start = round(WINDOW.start.timestamp() * 1000)
    times = [start + 60_000 * step for step in range(121)]
    values = [0.3 if 40 < step < 60 else 0.01 for step in range(121)]
    column = {
        "name": "Value",
        "type": "number",
        "labels": {"s": service},
        "config": {"displayNameFromDS": service},
    }
    fields = [{"name": "Time", "type": "time", "config": {"interval": 60_000}}, column]
    return {"schema": {"fields": fields}, "data": {"values": [times, values]}}


class Versions(GrafanaServer):
    """A Grafana 13 that keeps the dashboard in one version, and rewrites it with losses for the older API."""

    stored = "classic"
    refused = False

    def answer(self, request: Request) -> Reply:
        """The dashboard in the version asked for, and data that does not depend on the question."""
        if request.path.startswith("/apis/"):
            asked = request.path.split("/")[3]
            if self.refused and asked.startswith("v2"):
                return as_json({"message": "not served"}, 404)
            conversion = {} if self.stored == "classic" else {"storedVersion": self.stored}
            spec = newer(asked) if asked.startswith("v2") else classic()
            body = {"apiVersion": f"dashboard.grafana.app/{asked}", "spec": spec, "status": {"conversion": conversion}}
            return as_json(body)
        if request.path == "/api/ds/query":
            return as_json({"results": {"A": {"status": 200, "frames": [frame(one) for one in SERVICES]}}})
        if request.path == f"/api/dashboards/uid/{UID}" and self.stored != "classic":
            lossy = {**classic(), "panels": classic()["panels"][:1]}
            return as_json({"meta": {"slug": UID}, "dashboard": lossy})
        return super().answer(request)


def collected(version: str, *, refused: bool = False) -> tuple[Observed[tuple[Dashboard, ...]], list[Any]]:
    """The dashboard with its data, and what was asked for it."""
    with Versions(prometheus_url="http://127.0.0.1:9", dashboards=[classic()], version="13.0.1") as server:
        server.stored, server.refused = version, refused
        policy = make_policy("Grafana", server.url, seconds=30.0)
        grafana = Grafana(connect_grafana(policy, token=server.token), policy, GrafanaSettings(url=server.url))
        found = grafana.dashboards([("s", DashboardSettings(uid=UID))], WINDOW)
        filled = grafana.panel_data(found.value, WINDOW)
        asked = sorted(one.body for one in server.requests if one.path == "/api/ds/query")
    assert not filled.gaps
    return type(filled)(filled.value, {**found.sources, **filled.sources}, found.gaps), asked


@pytest.mark.parametrize("version", ["v2alpha1", "v2beta1", "v2"])
def test_every_version_gives_the_same_panels_and_the_same_pictures(version: str) -> None:
    """Fetched as it is stored: models, questions and bytes are those of the classic one."""
    old, asked_old = collected("classic")
    new, asked_new = collected(version)
    assert new.value == old.value
    assert asked_new == asked_old
    first, second = old.value[0].panels
    assert [one.name for one in first.series] == ["cart", "Paying"]
    assert first.queries[0].expression == 'errors{env="prod",s=~"(cart|pay)"}'
    assert (first.title, second.kind, second.options.color_on) == ("Errors of prod", "stat", "background")
    assert first.not_applied == ("transformation renameByRegex (renames a to b)",)
    (mark,) = old.value[0].marks
    assert (mark.name, mark.query.expression) == ("Deploys", 'changes(version{env="prod"}[1m]) > 0')
    assert pictures(old) == pictures(new)
    assert len(pictures(old)) == 2


@pytest.mark.parametrize("version", ["v2alpha1", "v2beta1", "v2"])
def test_every_kind_of_panel_is_the_same_in_every_version(version: str) -> None:
    """Those of the contact sheet, but for the old graph, which newer models do not have; drawn once, to the byte."""
    classic_panels = [one for one in contact_sheet.panels() if one.kind != "graph"]
    stored = [one for one in contact_sheet.dashboard()["panels"] if one["type"] != "graph"]
    items = [
        {"spec": {**dict(zip("xy", (0, place), strict=True)), "element": {"name": f"p{one['id']}"}}}
        for place, one in enumerate(stored)
    ]
    spec = {
        "title": "Every kind of panel",
        "elements": {f"p{one['id']}": element(version, one, "P1") for one in stored},
        "layout": {"kind": "GridLayout", "spec": {"items": items}},
    }
    new = contact_sheet.panels({"spec": spec})
    assert [msgspec.structs.replace(one, link="") for one in new] == [
        msgspec.structs.replace(one, link="") for one in classic_panels
    ]
    if version == "v2":
        drawn = contact_sheet.pictures(new)
        assert [one.png for one in drawn] == [one.png for one in contact_sheet.pictures(classic_panels)]
        assert len(drawn) == 13


def pictures(observed: Observed[tuple[Dashboard, ...]]) -> list[tuple[str, str, bytes]]:
    """What is drawn of it."""
    evidence = msgspec.structs.replace(
        scene.evidence(),
        sources=dict(observed.sources),
        grafana=GrafanaRecord(version="13", url="https://g", dashboards=observed.value),
    )
    return [(one.name, one.caption, one.png) for one in draw(evidence, scene.findings(scene.slo_findings()))]


def test_a_stored_version_that_cannot_be_had_is_a_gap() -> None:
    """What the older API makes of it is shown, and that it loses some is said."""
    found, _ = collected("v2", refused=True)
    assert [one.id for one in found.value[0].panels] == [1]
    (gap,) = found.gaps
    assert gap.what == "dashboard four as it is stored (v2)"
    assert "which loses some of it" in gap.reason
