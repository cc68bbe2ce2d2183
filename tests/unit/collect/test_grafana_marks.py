"""A dashboard's own queries for annotations become marks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pm_autofill.collect.grafana.dashboard import choose, read_dashboard
from pm_autofill.collect.grafana.datasources import Datasource, Datasources
from pm_autofill.collect.grafana.interpolation import Value
from pm_autofill.collect.grafana.links import Address
from pm_autofill.collect.grafana.marks import read_answer, read_marks
from pm_autofill.collect.grafana.panels import Scene, show_dashboard
from pm_autofill.collect.grafana.questions import ask_marks
from pm_autofill.collect.grafana.variables import Resolution
from pm_autofill.evidence.panels import MarkQuery, PanelQuery
from pm_autofill.instants import Window

START = datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
WINDOW = Window(START, datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
SOURCES = Datasources((Datasource("P1", "prometheus", "P"), Datasource("S1", "mysql", "S")), "P")
PROMETHEUS = {"type": "prometheus", "uid": "P1"}


def test_disabled_ones_and_grafanas_own_are_left_out() -> None:
    """Grafana's annotations are all read anyway."""
    listed: list[Any] = [
        {"name": "built in", "builtIn": 1, "datasource": {"uid": "-- Grafana --"}},
        {"name": "by tag", "datasource": "-- Grafana --", "target": {"type": "tags", "tags": ["deploy"]}},
        {"name": "off", "enable": False, "datasource": PROMETHEUS, "expr": "up"},
        {"name": "old", "datasource": "P", "expr": "a", "tagKeys": "x, y", "useValueForTime": "on"},
        {"name": "new", "datasource": PROMETHEUS, "target": {"expr": "b", "interval": "15s"}, "useValueForTime": [1]},
        "broken",
    ]
    found = read_marks({"annotations": {"list": listed}})
    assert [(one.name, one.expression, one.step, one.labels, one.by_value) for one in found] == [
        ("old", "a", "", ("x", "y"), True),
        ("new", "b", "15s", (), False),
    ]
    assert read_marks({"annotations": "?"}) == ()


def test_what_cannot_be_asked_is_told_below_every_panel_over_time() -> None:
    """Queries of other data sources, and those with a variable nobody knows."""
    listed = [
        {"name": "Deploys of $env", "datasource": PROMETHEUS, "expr": 'changes(v{env="$env"}[1m]) > 0'},
        {"name": "Tickets", "datasource": {"type": "mysql", "uid": "S1"}, "rawQuery": "SELECT 1"},
        {"name": "Lost", "datasource": PROMETHEUS, "expr": "x{a='$lost'}"},
    ]
    target = {"refId": "A", "datasource": PROMETHEUS, "expr": "up"}
    panels = [{"id": 1, "type": "timeseries", "targets": [target]}, {"id": 2, "type": "stat", "targets": [target]}]
    model = read_dashboard({"dashboard": {"title": "D", "panels": panels, "annotations": {"list": listed}}}, "d")
    values = {"env": Value(("prod",))}
    scene = Scene(Address("https://g", "d", "d", values), WINDOW, Resolution(values, unknown=("lost",)), SOURCES)
    board = show_dashboard(model, choose(model.panels, ()), scene, service="s", source="q")
    (mark,) = board.marks
    assert (mark.name, mark.query.expression, mark.query.interval) == (
        "Deploys of prod",
        'changes(v{env="prod"}[1m]) > 0',
        "60s",
    )
    assert [one.not_applied for one in board.panels] == [("annotations Tickets", "annotations Lost"), ()]
    (asked,) = ask_marks(mark.query, WINDOW).body["queries"]
    assert (asked["intervalMs"], asked["interval"], asked["range"]) == (60_000, "60s", True)


def answer(times: list[float], values: list[float | None], labels: dict[str, str]) -> dict[str, Any]:
    """What Grafana answers."""
    clock = {"name": "Time", "type": "time", "config": {"interval": 60_000}}
    column = {"name": "Value", "type": "number", "labels": labels}
    stamps = [START.timestamp() * 1000 + 60_000 * minute for minute in times]
    return {
        "results": {"Anno": {"frames": [{"schema": {"fields": [clock, column]}, "data": {"values": [stamps, values]}}]}}
    }


def asked(**more: Any) -> MarkQuery:  # noqa: ANN401 - fields of a query
    """A query for deployments."""
    query = PanelQuery(ref_id="Anno", datasource_uid="P1", datasource_type="prometheus", expression="x", interval="60s")
    return MarkQuery(name="Deploys", query=query, **more)


def test_each_run_above_nought_is_a_mark() -> None:
    """One for an instant, one with an end for values that follow one another; labels fill title, text and tags."""
    body = answer([0, 1, 2, 3, 9, 10], [1, 0, 2, 1, None, 1], {"version": "42", "team": "pay"})
    found = read_answer(
        body, asked(title="Deploy {{version}}", text="<b>by</b> {{team}}", labels=("team", "x")), "d", "q"
    )
    assert [(one.start.minute, one.end and one.end.minute) for one in found] == [(0, None), (2, 3), (10, None)]
    assert {(one.text, one.tags, one.dashboard_uid, one.source) for one in found} == {
        ("Deploy 42\nby pay", ("pay",), "d", "q")
    }
    assert len({one.id for one in found}) == 3
    assert found == read_answer(body, asked(title="Deploy {{version}}", text="by {{team}}", labels=("team",)), "d", "q")


@pytest.mark.parametrize("value", [1_795_006_860_000.0, -5.0, 1e300, None])
def test_a_value_may_be_the_time(value: float | None) -> None:
    """In milliseconds; others are no times."""
    found = read_answer(answer([0], [value], {}), asked(by_value=True), "d", "q")
    assert [(one.start.minute, one.text) for one in found] == ([(1, "Deploys")] if value == 1_795_006_860_000.0 else [])
