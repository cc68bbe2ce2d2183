"""Dashboards of the v2 models read like classic ones."""

from __future__ import annotations

from typing import Any

from pm_autofill.collect.grafana.dashboard import read_dashboard
from pm_autofill.collect.grafana.model import DashboardModel, DatasourceRef


def element(id_: int, **data: object) -> dict[str, Any]:
    """A panel element with one query."""
    query = {
        "kind": "DataQuery",
        "group": "prometheus",
        "datasource": {"name": "${ds}"},
        "spec": {"expr": f"up == {id_}", "legendFormat": "up"},
    }
    panel_query = {"kind": "PanelQuery", "spec": {"refId": "A", "hidden": False, "query": query}}
    return {
        "kind": "Panel",
        "spec": {
            "id": id_,
            "title": f"P{id_}",
            "data": {"kind": "QueryGroup", "spec": {"queries": [panel_query], **data}},
            "vizConfig": {
                "kind": "VizConfig",
                "group": "timeseries",
                "spec": {"fieldConfig": {"defaults": {"unit": "reqps"}}},
            },
        },
    }


def item(name: str, y: int = 0, **more: object) -> dict[str, Any]:
    """A grid's item that shows an element."""
    return {
        "kind": "GridLayoutItem",
        "spec": {"x": 0, "y": y, "element": {"kind": "ElementReference", "name": name}, **more},
    }


def grid(*items: dict[str, Any]) -> dict[str, Any]:
    """A grid of items."""
    return {"kind": "GridLayout", "spec": {"items": list(items)}}


def read(spec: dict[str, Any]) -> DashboardModel:
    """The dashboard of a v2 resource."""
    return read_dashboard({"apiVersion": "dashboard.grafana.app/v2", "spec": {"title": "T", **spec}}, "chk")


def test_an_element_is_a_panel() -> None:
    """Type, unit, query with its data source, options of its queries, transformations by their ids."""
    spec = element(
        1,
        queryOptions={"interval": "15s", "maxDataPoints": 800, "timeFrom": "1h"},
        transformations=[{"kind": "Transformation", "group": "organize", "spec": {"options": {}}}],
    )
    (panel,) = read({"elements": {"panel-1": spec}, "layout": grid(item("panel-1"))}).panels
    assert (panel.id, panel.title, panel.kind, panel.look.field.unit) == (1, "P1", "timeseries", "reqps")
    assert (panel.interval, panel.max_points, panel.time_from) == ("15s", 800, "1h")
    assert panel.look.not_applied == ("transformation organize (reorders, renames or hides fields)",)
    (target,) = panel.targets
    assert (target.expression, target.legend) == ("up == 1", "up")
    assert target.datasource == DatasourceRef(uid="${ds}", type="prometheus")


def test_the_older_form_names_its_plugin_in_kind() -> None:
    """v2alpha1 writes plugins into ``kind`` and the data source beside the query."""
    spec = element(1)
    spec["spec"]["vizConfig"]["kind"] = "stat"
    query = {"kind": "prometheus", "spec": {"expr": "up"}}
    spec["spec"]["data"]["spec"]["queries"] = [
        {
            "kind": "PanelQuery",
            "spec": {"refId": "A", "datasource": {"type": "prometheus", "uid": "P1"}, "query": query},
        }
    ]
    (panel,) = read({"elements": {"panel-1": spec}}).panels
    assert panel.kind == "stat"
    assert panel.targets[0].datasource == DatasourceRef(uid="P1", type="prometheus")


def test_layouts_give_the_order_and_repeats() -> None:
    """Tabs, rows and grids nest; what has no place comes last."""
    rows = {
        "kind": "RowsLayout",
        "spec": {
            "rows": [
                {"spec": {"repeat": {"value": "cluster"}, "layout": grid(item("c", y=8), item("b", y=0))}},
                {"spec": {"layout": {"kind": "AutoGridLayout", "spec": {"items": [item("d")]}}}},
            ]
        },
    }
    tabs = {
        "kind": "TabsLayout",
        "spec": {"tabs": [{"spec": {"layout": rows}}, {"spec": {"layout": grid(item("a", repeat={"value": "pod"}))}}]},
    }
    elements = {name: element(number) for number, name in enumerate("zabcd", start=1)}
    panels = read({"elements": elements, "layout": tabs}).panels
    assert [one.title for one in panels] == ["P3", "P4", "P5", "P2", "P1"]
    assert [one.repeats for one in panels] == [("cluster",), ("cluster",), (), ("pod",), ()]


def test_variables_are_read_also_those_of_rows_and_tabs() -> None:
    """Their kinds become the classic types."""
    query = {
        "kind": "DataQuery",
        "group": "prometheus",
        "datasource": {"name": "P1"},
        "spec": {"query": "label_values(a)"},
    }
    local = {"kind": "CustomVariable", "spec": {"name": "local", "query": "x,y", "current": {"value": "x"}}}
    variables = [
        {"kind": "DatasourceVariable", "spec": {"name": "ds", "pluginId": "prometheus", "current": {"value": "P1"}}},
        {"kind": "QueryVariable", "spec": {"name": "svc", "query": query, "current": {"value": ["a"]}, "multi": True}},
        {"kind": "SwitchVariable", "spec": {"name": "on", "current": "true"}},
    ]
    layout = {"kind": "TabsLayout", "spec": {"tabs": [{"spec": {"variables": [local], "layout": grid()}}]}}
    found = read({"elements": {}, "variables": variables, "layout": layout}).variables
    assert [(one.name, one.kind, one.values, one.query) for one in found] == [
        ("ds", "datasource", ("P1",), "prometheus"),
        ("svc", "query", ("a",), "label_values(a)"),
        ("on", "switch", ("true",), ""),
        ("local", "custom", ("x",), "x,y"),
    ]
    assert found[1].datasource == DatasourceRef(uid="P1", type="prometheus")


def test_library_elements_are_library_panels() -> None:
    """They name the library panel and hold nothing else."""
    spec = {"kind": "LibraryPanel", "spec": {"id": 9, "title": "Sat", "libraryPanel": {"uid": "lib-sat"}}}
    (panel,) = read({"elements": {"panel-9": spec}}).panels
    assert (panel.id, panel.title, panel.library) == (9, "Sat", "lib-sat")
