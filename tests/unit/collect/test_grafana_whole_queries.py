"""SQL and expressions are put to Grafana as they stand, and a panel can show another's data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.collect.grafana.dashboard import read_dashboard
from pm_autofill.collect.grafana.datasources import Datasource, Datasources
from pm_autofill.collect.grafana.frames import read_frames
from pm_autofill.collect.grafana.interpolation import Value
from pm_autofill.collect.grafana.links import Address
from pm_autofill.collect.grafana.panels import Scene, show_copies
from pm_autofill.collect.grafana.questions import ask_panel
from pm_autofill.collect.grafana.variables import Resolution
from pm_autofill.collect.grafana.whole_queries import why_not_sql
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from pm_autofill.evidence.panels import Panel

START = datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
WINDOW = Window(START, datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
SOURCES = Datasources((Datasource("P1", "prometheus", "P"), Datasource("S1", "mysql", "S"), Datasource("X1", "x", "X")))
P1 = {"type": "prometheus", "uid": "P1"}
S1 = {"type": "mysql", "uid": "S1"}
EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
SERIES = '{"format": "time_series", "rawQuery": true}'


def shown(
    *panels: dict[str, Any], values: dict[str, Value] | None = None, unknown: tuple[str, ...] = ()
) -> list[Panel]:
    """Panels of a classic dashboard, ready to be asked."""
    body = {"title": "D", "panels": [{"id": n, "type": "timeseries", **one} for n, one in enumerate(panels, start=1)]}
    model = read_dashboard({"dashboard": body}, "d")
    known = values or {}
    scene = Scene(Address("https://g", "d", "d", known), WINDOW, Resolution(known, unknown=unknown), SOURCES)
    return [show_copies(one, scene)[0] for one in model.panels]


def query(letter: str, expr: str = "up", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A query of the Prometheus data source."""
    return {"refId": letter, "datasource": P1, "expr": expr, **more}


def math(letter: str, formula: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An expression over other queries."""
    return {"refId": letter, "datasource": EXPRESSION, "type": "math", "expression": formula, **more}


def asked(panel: Panel) -> list[dict[str, Any]]:
    """What is put to Grafana for it."""
    queries: list[dict[str, Any]] = ask_panel(panel, WINDOW).body["queries"]
    return queries


def test_an_expression_is_asked_with_all_it_reads() -> None:
    """Hidden queries too, and nothing else that is hidden; variables of the formula are in place."""
    (panel,) = shown(
        {
            "targets": [
                query("A", hide=True),
                query("B", hide=True),
                query("Z", hide=True),
                math("C", "$A / $B * $scale", hide=True),
                {**math("D", "C"), "type": "reduce", "reducer": "mean", "settings": {"mode": "dropNN"}},
            ]
        },
        values={"scale": Value(("100",))},
    )
    assert [(one.ref_id, one.hidden) for one in panel.queries] == [("A", True), ("B", True), ("C", True), ("D", False)]
    assert [one.expression for one in panel.queries[2:]] == ["math $A / $B * $scale", "reduce C"]
    put = asked(panel)
    assert put[2] == {
        "refId": "C",
        "datasource": EXPRESSION,
        "type": "math",
        "expression": "$A / $B * 100",
        "intervalMs": 7200,
        "maxDataPoints": 1000,
    }
    assert put[3]["settings"] == {"mode": "dropNN"}
    assert put[0]["expr"] == "up"


def test_an_expression_over_what_cannot_be_asked_is_left_out() -> None:
    """With the reason; the other queries are asked as they are, without what nobody needs any more."""
    (panel,) = shown(
        {
            "targets": [
                query("A"),
                {"refId": "B", "datasource": {"uid": "X1"}, "hide": True},
                query("H", hide=True),
                math("C", "$B + $H"),
                math("D", "$C * 2"),
            ]
        }
    )
    assert [one.ref_id for one in panel.queries] == ["A"]
    assert panel.not_applied == (
        "query C: it computes something of query B: queries of x are not read",
        "query D: it computes something of query C: it computes something of query B: queries of x are not read",
    )


def test_a_letter_that_stands_twice_takes_nothing_along() -> None:
    """One that can be asked is, whatever the other is."""
    (panel,) = shown({"targets": [{"refId": "A", "datasource": {"uid": "X1"}}, query("A")]})
    assert [one.expression for one in panel.queries] == ["up"]
    assert panel.not_applied == ("query A: queries of x are not read",)


def test_expressions_that_read_one_another_come_to_an_end() -> None:
    """Grafana's server refuses them; we ask."""
    (panel,) = shown({"targets": [math("A", "$B"), math("B", "$A")]})
    assert [one.ref_id for one in panel.queries] == ["A", "B"]


def test_sql_is_asked_as_it_stands() -> None:
    """Variables quoted as its data source quotes them; what only the browser knows is filled in."""
    sql = "SELECT $__timeGroup(t, $__interval) AS time, n FROM o WHERE r IN ($regions) AND e = '$env' AND t > ${__from}"
    (panel,) = shown(
        {"targets": [{"refId": "A", "datasource": S1, "format": "time_series", "rawQuery": True, "rawSql": sql}]},
        values={"regions": Value(("eu'1", "us"), is_listed=True), "env": Value(("o'prod",))},
    )
    (put,) = asked(panel)
    assert put == {
        "refId": "A",
        "datasource": S1,
        "format": "time_series",
        "rawQuery": True,
        "intervalMs": 7200,
        "maxDataPoints": 1000,
        "rawSql": "SELECT $__timeGroup(t, $__interval) AS time, n FROM o WHERE r IN ('eu''1','us') AND e = 'o''prod'"
        " AND t > 1795006800000",
    }


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copies FROM orders",
        "select pg_sleep(1) ; ; update o set n = 1",
        "EXEC xp_cmdshell 'x'",
        "SELECT 1 /* ; */; -- done\nDELETE FROM o",
        "",
    ],
)
def test_sql_that_could_change_something_is_not_asked(sql: str) -> None:
    """Though Grafana would send it to whoever opens the dashboard."""
    assert why_not_sql(sql, SERIES) == "its SQL is more than one plain reading statement"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT t AS time, n FROM o;",
        "  with x as (select 1) select * from x",
        "SELECT t, n FROM o WHERE note = 'please delete; drop' -- update later",
        'SELECT "update", `set` FROM o /* insert here */',
    ],
)
def test_sql_that_only_reads_is_asked(sql: str) -> None:
    """Words inside texts, names and comments do nothing."""
    assert why_not_sql(sql, SERIES) == ""


def test_sql_for_a_table_is_not_asked() -> None:
    """Rows of a table would be taken for samples of one series."""
    target = {"refId": "A", "datasource": S1, "format": "table", "rawSql": "SELECT 1"}
    (panel,) = shown({"targets": [target]})
    assert panel.problem == "query A: it asks for a table, not for series over time"


def test_a_panel_shows_the_data_of_another() -> None:
    """Its queries, data source and time range; and what that panel's transformations would have done."""
    lender = {
        "targets": [query("A", "errors"), query("B", hide=True)],
        "interval": "1m",
        "maxDataPoints": 300,
        "transformations": [{"id": "organize"}],
    }
    shared = {"type": "datasource", "uid": "-- Dashboard --"}
    borrower = {
        "type": "stat",
        "datasource": shared,
        "targets": [{"refId": "A", "datasource": shared, "panelId": 1, "withTransforms": True}],
    }
    plain = {**borrower, "targets": [{"refId": "A", "panelId": 1}]}
    first, second, third = shown(lender, borrower, plain)
    assert second.queries == third.queries == first.queries
    assert (second.interval, second.max_points) == ("1m", 300)
    assert second.not_applied == ("transformation organize (reorders, renames or hides fields)",)
    assert third.not_applied == ()


@pytest.mark.parametrize("number", [2, 9, None])
def test_a_panel_that_borrows_of_nobody_is_a_link(number: int | None) -> None:
    """Of itself, of a panel that is not there, of none."""
    shared = {"uid": "-- Dashboard --"}
    _, panel = shown({"targets": [query("A")]}, {"datasource": shared, "targets": [{"refId": "A", "panelId": number}]})
    assert panel.problem == "query A: it shows the data of a panel that is not there"


def numbers(kind: str) -> dict[str, Any]:
    """What Grafana's server answers to a reduction."""
    field = {"name": "C", "type": "number", "labels": {"s": "cart"}}
    frame = {"schema": {"meta": {"type": kind}, "fields": [field]}, "data": {"values": [[0.25]]}}
    return {"results": {"A": {"status": 200, "frames": [frame]}, "C": {"status": 200, "frames": [frame]}}}


def test_numbers_without_a_time_stand_at_the_end_of_the_range() -> None:
    """Where the panel has use for them; answers to hidden queries are no series of it."""
    (panel,) = shown({"targets": [query("A", hide=True), {**math("C", "A"), "type": "reduce"}]})
    found = read_frames(numbers("numeric-multi"), panel.queries, 1000.0)
    assert [(one.ref_id, one.name) for one in found.series] == [("C", '{s="cart"}')]
    assert [(one.times.tolist(), one.values.tolist()) for one in found.matrix.series] == [([1000.0], [0.25])]
    assert read_frames(numbers("numeric-multi"), panel.queries).series == ()
    assert read_frames(numbers("table"), panel.queries, 1000.0).series == ()


def test_sql_is_named_by_its_columns() -> None:
    """Not by its text; without a name, by its letter."""
    target = {"refId": "B", "datasource": S1, "format": "time_series", "rawSql": "SELECT 1"}
    (panel,) = shown({"targets": [target]})
    columns = [
        {"name": "time", "type": "time"},
        *({"name": name, "type": "number"} for name in ("p50", "p99", "Value")),
    ]
    frame = {"schema": {"fields": columns}, "data": {"values": [[1000], [1], [2], [3]]}}
    found = read_frames({"results": {"B": {"frames": [frame]}}}, panel.queries)
    assert [one.name for one in found.series] == ["p50", "p99", "B"]


def test_v2_expressions_are_read_alike() -> None:
    """The kind of their query names them."""
    spec = {
        "refId": "C",
        "hidden": False,
        "query": {"kind": "DataQuery", "group": "__expr__", "spec": {"type": "math", "expression": "1"}},
    }
    element = {
        "kind": "Panel",
        "spec": {
            "id": 1,
            "title": "P",
            "data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": spec}]}},
            "vizConfig": {"kind": "VizConfig", "group": "timeseries", "spec": {}},
        },
    }
    model = read_dashboard({"spec": {"title": "D", "elements": {"p": element}, "layout": {}}}, "d")
    scene = Scene(Address("https://g", "d", "d", {}), WINDOW, Resolution({}), SOURCES)
    (panel,) = show_copies(model.panels[0], scene)
    assert json.loads(panel.queries[0].model) == {"type": "math", "expression": "1"}
