"""Classic dashboards become panels and variables, however old or odd their JSON is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pm_autofill.collect.grafana.choosing import CROSSED, FIRST, OF_SLI, bounded, narrow
from pm_autofill.collect.grafana.classic import library_uids, read_panels, read_variables
from pm_autofill.collect.grafana.dashboard import choose, read_dashboard, why_not_drawn
from pm_autofill.collect.grafana.model import DatasourceRef, PanelModel, TargetModel
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence.panel_looks import FieldLook, ThresholdStep
from pm_autofill.evidence.panels import Dashboard, Panel, PanelQuery, PanelSeries
from pm_autofill.evidence.series import Matrix, Series


def panel(id_: int | None, y: int = 0, x: int = 0, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A time series panel at a place."""
    return {"id": id_, "type": "timeseries", "title": f"P{id_}", "gridPos": {"x": x, "y": y}, **more}


def ids(dashboard: dict[str, Any]) -> list[int]:
    """Ids of the panels read from a dashboard."""
    return [one.id for one in read_panels(dashboard, {})]


def test_panels_stand_in_reading_order() -> None:
    """From top to bottom, then from left to right; the order in the file does not count."""
    assert ids({"panels": [panel(3, y=8), panel(2, y=0, x=12), panel(1, y=0, x=0)]}) == [1, 2, 3]


def test_panels_without_a_place_come_last_in_file_order() -> None:
    """A panel without gridPos keeps its place among its like, behind the others."""
    loose = [{"id": 8, "type": "graph"}, {"id": 7, "type": "graph"}]
    assert ids({"panels": [*loose, panel(1, y=30)]}) == [1, 8, 7]


def test_collapsed_rows_are_opened_where_they_stand() -> None:
    """The panels of a collapsed row come between what stands above and below the row; the row itself is no panel."""
    row = {"id": 3, "type": "row", "gridPos": {"x": 0, "y": 8}, "panels": [panel(4, y=9), panel(5, y=9, x=12)]}
    assert ids({"panels": [panel(1), row, panel(9, y=17)]}) == [1, 4, 5, 9]


def test_rows_inside_rows_are_opened_too() -> None:
    """A file may nest rows, though Grafana itself does not."""
    inner = {"id": 4, "type": "row", "panels": [panel(5)]}
    assert ids({"panels": [{"id": 3, "type": "row", "panels": [inner]}]}) == [5]


def test_rows_of_old_dashboards_are_read() -> None:
    """Before schema version 16 panels stood in ``rows``, not in ``panels``."""
    rows = [{"title": "a", "panels": [{"id": 1, "type": "graph"}]}, {"panels": [{"id": 2, "type": "singlestat"}]}]
    assert [(one.id, one.kind) for one in read_panels({"rows": rows}, {})] == [(1, "graph"), (2, "stat")]


def test_missing_and_repeated_ids_are_replaced_as_grafana_does() -> None:
    """The first panel keeps its id; later ones of the same id, and those without, get the next free numbers."""
    assert ids({"panels": [panel(2), panel(2), panel(None), panel(7), panel(0), panel(-1)]}) == [2, 8, 9, 7, 10, 11]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, DatasourceRef()),
        ("Prometheus", DatasourceRef(name="Prometheus")),
        ("${ds}", DatasourceRef(name="${ds}")),
        ({"type": "prometheus", "uid": "P1"}, DatasourceRef(uid="P1", type="prometheus")),
        ({"type": "datasource", "uid": "-- Mixed --"}, DatasourceRef(uid="-- Mixed --", type="datasource")),
        ({"uid": None}, DatasourceRef()),
        (7, DatasourceRef()),
    ],
)
def test_every_form_of_a_data_source_is_understood(given: object, wanted: DatasourceRef) -> None:
    """A name, a variable, uid with type, a special one, or nothing."""
    (read,) = read_panels({"panels": [panel(1, datasource=given)]}, {})
    assert read.datasource == wanted


def test_targets_keep_what_is_asked() -> None:
    """Expression, legend, step, hidden or not, for one instant or not; a missing letter follows from its position."""
    targets = [
        {"refId": "A", "expr": "up", "legendFormat": "{{job}}", "interval": "30s", "range": True, "instant": True},
        {"expr": "down", "hide": True},
        {"refId": "C", "expr": "now", "instant": True},
    ]
    (read,) = read_panels({"panels": [panel(1, targets=targets)]}, {})
    assert [(one.ref_id, one.expression, one.hidden, one.instant) for one in read.targets] == [
        ("A", "up", False, False),
        ("B", "down", True, False),
        ("C", "now", False, True),
    ]
    assert (read.targets[0].legend, read.targets[0].interval) == ("{{job}}", "30s")


def test_panels_know_by_which_variables_they_are_repeated() -> None:
    """Its own, and that of the row above it until the next row."""
    rows = [
        {"id": 1, "type": "row", "repeat": "cluster", "gridPos": {"y": 0}},
        panel(2, y=1, repeat="pod"),
        {"id": 3, "type": "row", "gridPos": {"y": 9}},
        panel(4, y=10),
    ]
    assert [one.repeats for one in read_panels({"panels": rows}, {})] == [("cluster", "pod"), ()]


LIBRARY = {"id": 6, "title": "Ours", "gridPos": {"y": 0}, "libraryPanel": {"uid": "lib-sat", "name": "Saturation"}}


def test_library_panels_are_named_unless_the_dashboard_carries_them() -> None:
    """Only those without a type of their own have to be fetched, each once, and only where they matter."""
    carried = {**LIBRARY, "id": 7, "type": "timeseries"}
    dashboard = {"panels": [LIBRARY, {**LIBRARY, "id": 8}, carried]}
    assert library_uids(dashboard) == ("lib-sat",)
    assert library_uids(dashboard, [7]) == ()


def test_a_library_panel_takes_its_model_from_the_library() -> None:
    """All but id, place and title."""
    model = {"id": 99, "type": "timeseries", "title": "Theirs", "targets": [{"refId": "A", "expr": "up"}]}
    (read,) = read_panels({"panels": [LIBRARY]}, {"lib-sat": model})
    assert (read.id, read.title, read.kind, read.targets[0].expression) == (6, "Ours", "timeseries", "up")


def test_a_library_panel_that_could_not_be_had_says_so() -> None:
    """Without its model nothing is known but its title."""
    (read,) = read_panels({"panels": [LIBRARY]}, {})
    assert (read.title, read.kind, why_not_drawn(read)) == ("Ours", "", "its library panel could not be read")


def test_variables_are_read_in_their_forms() -> None:
    """Values as a text, a list or a number; the query as a text or inside an object."""
    listed = [
        {"name": "a", "type": "query", "query": "label_values(up, job)", "current": {"value": "x", "text": "X"}},
        {"name": "b", "type": "query", "query": {"query": "label_values(job)", "refId": "v"}, "current": {}},
        {"name": "c", "type": "custom", "query": "1,2", "current": {"value": [1, 2], "text": ["1", "2"]}},
        {"name": "d", "type": "adhoc", "filters": [{"key": "job", "operator": "=~", "value": "api.*"}]},
        {"type": "custom"},
        "no variable",
    ]
    read = read_variables({"templating": {"list": listed}})
    assert [(one.name, one.values, one.query) for one in read] == [
        ("a", ("x",), "label_values(up, job)"),
        ("b", (), "label_values(job)"),
        ("c", ("1", "2"), "1,2"),
        ("d", ("job=~api.*",), ""),
    ]


def test_the_answer_of_either_api_is_a_dashboard() -> None:
    """The legacy API wraps it with ``meta``, the newer one is a resource with a ``spec``."""
    model = {"title": "Checkout SLO", "panels": [panel(1)]}
    legacy = read_dashboard({"meta": {"slug": "checkout"}, "dashboard": model}, "chk")
    resource = read_dashboard({"kind": "Dashboard", "metadata": {"name": "chk"}, "spec": model}, "chk")
    assert (legacy.slug, resource.slug) == ("checkout", "checkout-slo")
    assert legacy.panels == resource.panels


@pytest.mark.parametrize("body", [None, [], "<html>", {}, {"dashboard": None}, {"dashboard": []}, {"spec": 1}])
def test_an_answer_without_a_dashboard_is_refused(body: object) -> None:
    """It is named, not taken for an empty dashboard."""
    with pytest.raises(SourceUnavailable, match="about dashboard chk holds no dashboard"):
        read_dashboard(body, "chk")


def model(id_: int, kind: str = "timeseries") -> PanelModel:
    """A panel of a kind."""
    return PanelModel(id=id_, title=f"P{id_}", kind=kind)


def test_configured_panels_come_in_the_configured_order() -> None:
    """Whatever their type; ids the dashboard does not have are told."""
    choice = choose([model(1), model(2, "stat"), model(3)], [3, 2, 9, 3])
    assert [one.id for one in choice.shown] == [3, 2]
    assert (choice.missing, choice.left_out) == ((9,), ())


def test_without_configuration_a_bounded_number_is_asked_for() -> None:
    """Those of the SLI's metrics wherever they stand, and the first ones; rows and texts are not listed as left out."""
    panels = [model(90, "news"), model(91, "text"), *(model(number) for number in range(1, 101))]
    target = TargetModel(ref_id="A", expression='rate(requests_total{a="b"}[5m])')
    panels[60] = replace(panels[60], targets=(target,))
    choice = choose(panels, [], {"requests_total"})
    assert [one.id for one in choice.shown] == [*range(1, 24), 59]
    reasons = {reason for one, reason in choice.left_out if one.id != 90}
    assert (len(choice.left_out), reasons) == (77, {"12 are shown at most unless panels are configured"})
    assert choice.left_out[0] == (panels[0], "panels of type news are not drawn")


def filled(number: int, expression: str = "up", *, values: tuple[float, ...] = (1.0, 1.0), limit: float = 5.0) -> Panel:
    """A panel with data and a threshold."""
    look = FieldLook(thresholds=(ThresholdStep(value=None, color="green"), ThresholdStep(value=limit, color="red")))
    query = PanelQuery(ref_id="A", datasource_uid="P", datasource_type="prometheus", expression=expression)
    times = np.arange(len(values), dtype=np.float64)
    return Panel(
        id=number,
        title=f"P{number}",
        kind="timeseries",
        link=f"https://g/{number}",
        field=look,
        queries=(query,),
        series=(PanelSeries(name="x", ref_id="A"),),
        matrix=Matrix((Series({}, times, np.array(values)),)),
    )


def test_of_many_those_of_the_sli_and_those_that_crossed_a_threshold_stay() -> None:
    """Twelve in reading order, each with the reason; the others are left out with theirs."""
    panels = [filled(number) for number in range(1, 25)]
    panels[19] = filled(20, values=(1.0, 9.0))
    panels[21] = filled(22, "sum(rate(requests_total[1m]))")
    panels[22] = filled(23, values=(9.0, 9.0))  # above it all the time: nothing happened to it
    (found,) = narrow([Dashboard(uid="d", title="D", service="s", link="", panels=tuple(panels))], {"requests_total"})
    assert [one.id for one in found.panels] == [*range(1, 11), 20, 22]
    assert [one.reason for one in found.panels[-3:]] == [FIRST, CROSSED, OF_SLI]
    assert len(found.left_out) == 12
    assert found.left_out[0].text.rpartition(": ")[0] == "P11"  # the references tell title and reason apart by it
    assert found.left_out[0].text == (
        "P11: 12 are shown at most, first those that read the SLI's metrics, then those that crossed a threshold"
    )


def test_chosen_panels_are_all_shown() -> None:
    """Whatever they hold."""
    panels = tuple(filled(number) for number in range(1, 25))
    found = Dashboard(uid="d", title="D", service="s", link="", panels=panels, chosen=True)
    assert narrow([found], ()) == (found,)
    assert bounded([found, found], ()) == (found, found)


def test_several_dashboards_share_the_room_of_one_draft() -> None:
    """Twenty-four questions and twelve panels in all; what reads the SLI comes first, whichever dashboard it is on."""
    boards = [
        Dashboard(
            uid=uid,
            title=uid,
            service="s",
            link="",
            panels=tuple(filled(number, expression) for number in range(1, 16)),
        )
        for uid, expression in (("a", "up"), ("b", "sum(rate(requests_total[1m]))"))
    ]
    asked = bounded(boards, {"requests_total"})
    assert [len(one.panels) for one in asked] == [9, 15]
    shown = narrow(asked, {"requests_total"})
    assert [[one.id for one in board.panels] for board in shown] == [[], list(range(1, 13))]
    assert [len(one.left_out) for one in shown] == [15, 3]
