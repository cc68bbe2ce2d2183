"""Stored panels become panels of the draft: variables in place, queries chosen, links absolute."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pm_autofill.collect.grafana.dashboard import choose, read_dashboard
from pm_autofill.collect.grafana.datasources import Datasource, Datasources, read_datasources
from pm_autofill.collect.grafana.interpolation import Value
from pm_autofill.collect.grafana.links import Address, public_url, with_times
from pm_autofill.collect.grafana.look import Look
from pm_autofill.collect.grafana.model import DatasourceRef, PanelModel, TargetModel
from pm_autofill.collect.grafana.panels import Scene, show_copies, show_dashboard
from pm_autofill.collect.grafana.questions import ask_panel
from pm_autofill.collect.grafana.variables import Resolution
from pm_autofill.evidence.incident import Link
from pm_autofill.evidence.panel_looks import FieldLook
from pm_autofill.evidence.panels import Panel, PanelQuery
from pm_autofill.instants import Window

START = datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
WINDOW = Window(START, datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
SOURCES = Datasources((Datasource("P1", "prometheus", "Prom EU"), Datasource("S1", "mysql", "Sql")), "Prom EU")
LOOK = FieldLook(unit="s", decimals=1)
P1 = DatasourceRef(uid="P1", type="prometheus")


def scene(values: dict[str, Value] | None = None, **more: Any) -> Scene:  # noqa: ANN401 - parts of a Resolution
    """Two hours of a dashboard."""
    known = values or {}
    return Scene(
        Address("https://g.example/graf", "chk", "checkout", known), WINDOW, Resolution(known, **more), SOURCES
    )


def first_copy(model: PanelModel, around: Scene) -> Panel:
    """A panel as the draft shows it, the first copy of a repeated one."""
    return show_copies(model, around)[0]


def shown(*targets: TargetModel, values: dict[str, Value] | None = None, **more: Any) -> Panel:  # noqa: ANN401 - fields
    """A time series panel with these queries, as the draft shows it."""
    fields = {"kind": "timeseries", "title": "T", "datasource": P1, **more}
    return first_copy(PanelModel(id=4, targets=targets, **fields), scene(values))


def test_a_panel_is_filled_in() -> None:
    """Title, description, query, legend, and the link with absolute times and the variables' values."""
    values = {"svc": Value(("cart", "pay"), is_listed=True, in_url=("cart", "pay")), "env": Value(("prod",))}
    target = TargetModel(ref_id="A", expression='up{s=~"$svc"}', legend="$env {{s}}", interval="30s")
    panel = shown(target, values=values, title="Up in $svc", description="of $env", look=Look(field=LOOK))
    assert panel == Panel(
        id=4,
        title="Up in cart + pay",
        kind="timeseries",
        description="of prod",
        link="https://g.example/graf/d/chk/checkout?from=1795006800000&to=1795014000000&timezone=utc&viewPanel=4"
        "&var-svc=cart&var-svc=pay",
        field=LOOK,
        queries=(
            PanelQuery(
                ref_id="A",
                datasource_uid="P1",
                datasource_type="prometheus",
                expression='up{s=~"(cart|pay)"}',
                legend="prod {{s}}",
                interval="30s",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("panels_own", "querys_own", "wanted"),
    [
        (DatasourceRef(), DatasourceRef(), "P1"),
        (DatasourceRef(name="Prom EU"), DatasourceRef(), "P1"),
        (DatasourceRef(name="default"), DatasourceRef(), "P1"),
        (DatasourceRef(uid="P7", type="prometheus"), DatasourceRef(), "P7"),
        (DatasourceRef(uid="-- Mixed --", type="datasource"), P1, "P1"),
        (DatasourceRef(uid="${ds}"), DatasourceRef(), "P1"),
        (DatasourceRef(name="$ds"), DatasourceRef(), "P1"),
        (DatasourceRef(uid="${gone}"), DatasourceRef(), "${gone}"),
    ],
)
def test_a_query_goes_where_grafana_would_send_it(
    panels_own: DatasourceRef, querys_own: DatasourceRef, wanted: str
) -> None:
    """Its own data source, else the panel's, else the default; by uid, by name or by variable."""
    target = TargetModel(ref_id="A", expression="up", datasource=querys_own)
    panel = shown(target, values={"ds": Value(("P1",))}, datasource=panels_own)
    assert [one.datasource_uid for one in panel.queries] == [wanted]


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ({"kind": "news", "targets": ("up",)}, "panels of type news are not drawn"),
        ({"kind": ""}, "it has no type"),
        ({"targets": ()}, "it has no queries"),
        ({"targets": ("hidden",)}, "all its queries are hidden"),
        ({"targets": ("",), "datasource": DatasourceRef(uid="S1")}, "query A: queries of mysql are not read"),
        (
            {"targets": ("up",), "datasource": DatasourceRef(uid="-- Dashboard --")},
            "query A: it shows the data of a panel that is not there",
        ),
        (
            {"targets": ("up",), "datasource": DatasourceRef(uid="-- Mixed --")},
            "query A: its queries name no data source",
        ),
        (
            {"targets": ("up{a='$lost'}",)},
            "query A: $lost has no value; name one under the dashboard's variables in the configuration",
        ),
        ({"targets": ("x" * 20_001,)}, "query A: its text is too long"),
    ],
)
def test_a_panel_that_cannot_be_asked_says_why(model: dict[str, Any], problem: str) -> None:
    """It asks nothing and stays a link."""
    targets = tuple(
        TargetModel(ref_id="A", expression=expression, hidden=expression == "hidden")
        for expression in model.pop("targets", ())
    )
    fields = {"kind": "timeseries", "title": "T", "datasource": P1, **model}
    panel = first_copy(PanelModel(id=4, targets=targets, **fields), scene(unknown=("lost",)))
    assert (panel.problem, panel.queries, panel.not_applied) == (problem, (), ())


def test_without_settings_the_default_data_source_is_not_guessed() -> None:
    """A panel that names none then has a problem."""
    target = TargetModel(ref_id="A", expression="up")
    bare = Scene(Address("https://g.example", "chk", "c", {}), WINDOW, Resolution({}), Datasources())
    panel = first_copy(PanelModel(id=4, title="T", kind="graph", targets=(target,)), bare)
    assert panel.problem == "query A: the default data source is not known"


def test_what_the_drawing_leaves_out_is_named() -> None:
    """Queries of other languages, expressions, ad hoc filters, substitutes for variables, odd time ranges."""
    targets = (
        TargetModel(ref_id="A", expression='up{a=~"$svc"}'),
        TargetModel(ref_id="B", datasource=DatasourceRef(uid="__expr__", type="__expr__")),
        TargetModel(ref_id="C", datasource=DatasourceRef(uid="S1")),
    )
    model = PanelModel(
        id=4,
        title="T",
        kind="timeseries",
        targets=targets,
        datasource=P1,
        look=Look(not_applied=("transformation organize",)),
        time_from="now/d",
        time_shift="1d",
    )
    notes = {"svc": "a pattern stands for All", "other": "not used here"}
    panel = first_copy(model, scene({"svc": Value((".*",), verbatim=".*")}, notes=notes, filters=("job=api",)))
    assert panel.not_applied == (
        "transformation organize",
        "a pattern stands for All",
        "ad hoc filter job=api",
        "own time range now/d",
        "query B: its expression is not read",
        "query C: queries of mysql are not read",
    )
    assert [one.ref_id for one in panel.queries] == ["A"]


def test_a_repeated_panel_is_drawn_for_each_value() -> None:
    """As Grafana's copies of it, the value unescaped; links show the copy alone."""
    values = {"svc": Value(("a.b", "c"), texts=("AB", "C"), is_listed=True, in_url=("$__all",))}
    target = TargetModel(ref_id="A", expression='up{s="$svc"}')
    model = PanelModel(id=4, title="Up of $svc", kind="timeseries", datasource=P1, targets=(target,), repeats=("svc",))
    first, second = show_copies(model, scene(values))
    assert (first.title, first.queries[0].expression) == ("Up of AB", 'up{s="a.b"}')
    assert (second.title, second.queries[0].expression) == ("Up of C", 'up{s="c"}')
    assert second.link.endswith("&viewPanel=4&var-svc=c")
    assert first.not_applied == second.not_applied == ()
    (only,) = show_copies(model, scene(values), 1)
    assert only.not_applied == ("repeated by $svc, drawn for the first 1 of 2",)


def test_copies_of_repeated_panels_share_the_room_of_a_dashboard() -> None:
    """Twelve panels in all, where the chosen ones are fewer."""
    values = {"svc": Value(tuple(f"s{number}" for number in range(30)), is_listed=True)}
    target = TargetModel(ref_id="A", expression='up{s="$svc"}')
    models = [
        PanelModel(id=number, title="$svc", kind="timeseries", datasource=P1, targets=(target,), repeats=repeats)
        for number, repeats in ((1, ("svc",)), (2, ()))
    ]
    model = read_dashboard({"dashboard": {"title": "T"}}, "chk")
    found = show_dashboard(model, choose(models, ()), scene(values), service="s", source="s")
    assert [one.id for one in found.panels] == [1] * 11 + [2]
    assert found.panels[0].not_applied == ("repeated by $svc, drawn for the first 11 of 30",)


def test_a_panel_repeated_by_a_pattern_is_drawn_over_all() -> None:
    """Its values are not known one by one."""
    values = {"svc": Value((".*",), is_listed=True, is_all=True, verbatim=".*")}
    panel = shown(TargetModel(ref_id="A", expression='up{s=~"$svc"}'), values=values, repeats=("svc", "gone"))
    assert panel.queries[0].expression == 'up{s=~".*"}'
    assert panel.not_applied == (
        "repeated by $svc, drawn once over all its values",
        "repeated by $gone, drawn once over all its values",
    )


def test_letters_of_queries_are_unique() -> None:
    """Grafana refuses a question that uses one twice."""
    panel = shown(*(TargetModel(ref_id=one, expression="up") for one in ("A", "A2", "A", "A")))
    assert [one.ref_id for one in panel.queries] == ["A", "A2", "A1", "A3"]


def test_a_panel_without_title_is_called_by_its_number() -> None:
    """Grafana shows nothing there; a heading needs something."""
    assert shown(TargetModel(ref_id="A", expression="up"), title="  ").title == "Panel 4"


def test_a_dashboard_lists_what_it_leaves_out() -> None:
    """With a link and the reason."""
    body = {"dashboard": {"title": "Checkout of $env", "panels": [{"id": 7, "type": "news", "title": "Left in $env"}]}}
    model = read_dashboard(body, "chk")
    found = show_dashboard(
        model, choose(model.panels, ()), scene({"env": Value(("prod",))}), service="checkout-api", source="s"
    )
    assert (found.uid, found.title, found.service, found.source) == ("chk", "Checkout of prod", "checkout-api", "s")
    link = "https://g.example/graf/d/chk/checkout?from=1795006800000&to=1795014000000&timezone=utc"
    assert found.link == link
    assert found.left_out == (Link(href=f"{link}&viewPanel=7", text="Left in prod: panels of type news are not drawn"),)


def test_a_hundred_panels_left_out_are_enough() -> None:
    """The rest is counted."""
    panels = tuple(PanelModel(id=number, title="P", kind="news") for number in range(1, 251))
    model = read_dashboard({"dashboard": {"title": "T"}}, "chk")
    found = show_dashboard(model, choose(panels, ()), scene(), service="s", source="s")
    assert len(found.left_out) == 101
    assert found.left_out[-1].text == "150 more panels"


def test_links_escape_whatever_stands_in_them() -> None:
    """A value cannot break out of its place."""
    address = Address("https://g.example", "a/b", "c?d", {"x&y": Value(("1&to=0#",), in_url=("1&to=0#",))}, 3)
    assert address.link(WINDOW, 2) == (
        "https://g.example/d/a%2Fb/c%3Fd?orgId=3&from=1795006800000&to=1795014000000&timezone=utc&viewPanel=2"
        "&var-x%26y=1%26to%3D0%23"
    )


def test_a_link_moves_to_another_range() -> None:
    """Everything else stays, repeated and empty parameters too."""
    link = "https://g.example/d/chk/c?from=1&to=2&timezone=utc&var-a=x&var-a=y%26z&var-b="
    assert with_times(link, WINDOW) == link.replace("from=1&to=2", "from=1795006800000&to=1795014000000")


@pytest.mark.parametrize(
    ("app_url", "configured", "contacted", "wanted"),
    [
        ("https://g.example/graf/", None, "http://grafana.svc:3000", "https://g.example/graf"),
        ("https://g.example/", "https://people.example/g/", "http://x", "https://people.example/g"),
        ("", None, "http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("http://localhost:3000/", None, "https://g.example", "https://g.example"),
        ("http://localhost:3000/", None, "http://127.0.0.1:3000", "http://localhost:3000"),
        ("javascript:alert(1)", None, "https://g.example", "https://g.example"),
        ("https://user:pw@g.example/", None, "https://x.example", "https://x.example"),
        ("http://[::1", None, "https://g.example", "https://g.example"),
    ],
)
def test_people_get_the_public_address(app_url: str, configured: str | None, contacted: str, wanted: str) -> None:
    """The configured one, else what Grafana says unless that is its unset default, else the one contacted."""
    assert public_url(app_url, configured, contacted) == wanted


def test_data_sources_are_read_from_the_settings() -> None:
    """By name, with uid and type; the default by its name."""
    body = {
        "defaultDatasource": "Prom EU",
        "datasources": {
            "Prom EU": {"uid": "P1", "type": "prometheus", "name": "Prom EU"},
            "broken": None,
            "without uid": {"type": "x"},
        },
    }
    found = read_datasources(body)
    assert found == Datasources((Datasource("P1", "prometheus", "Prom EU"),), "Prom EU")
    assert found.find(DatasourceRef()) == Datasource("P1", "prometheus", "Prom EU")


def asked_panel(**more: Any) -> Panel:  # noqa: ANN401 - fields of a panel
    """A panel that asks one query."""
    query = PanelQuery(
        ref_id="A", datasource_uid="P1", datasource_type="prometheus", expression="up > ${__from} < $__to", legend="l"
    )
    return Panel(id=4, title="T", kind="timeseries", link="", queries=(query,), **more)


def test_a_panels_question_is_what_grafana_itself_would_post() -> None:
    """Times in milliseconds as texts; the server chooses the step, only the browser's own macros are filled in."""
    question = ask_panel(asked_panel(), WINDOW)
    assert question.window == WINDOW
    assert question.body == {
        "from": "1795006800000",
        "to": "1795014000000",
        "queries": [
            {
                "refId": "A",
                "datasource": {"type": "prometheus", "uid": "P1"},
                "expr": "up > 1795006800000 < 1795014000000",
                "legendFormat": "l",
                "format": "time_series",
                "range": True,
                "instant": False,
                "intervalMs": 7200,
                "maxDataPoints": 1000,
                "utcOffsetSec": 0,
            }
        ],
    }


def test_loki_is_told_which_kind_of_query_it_is() -> None:
    """For one instant or over the range; its own smallest step goes along."""
    query = PanelQuery(
        ref_id="A", datasource_uid="L1", datasource_type="loki", expression="x", interval="30s", instant=True
    )
    panel = Panel(id=4, title="T", kind="timeseries", link="", queries=(query,))
    (asked,) = ask_panel(panel, WINDOW).body["queries"]
    wanted = {"queryType": "instant", "instant": True, "range": False, "interval": "30s"}
    assert {key: asked[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("fields", "step", "points"),
    [
        ({"max_points": 100}, 72_000, 100),
        ({"max_points": 100_000}, 4800, 1500),
        ({"interval": "1m"}, 60_000, 1000),
        ({"interval": ">30s"}, 30_000, 1000),
        ({"interval": "nonsense"}, 7200, 1000),
    ],
)
def test_points_and_steps_are_bounded(fields: dict[str, Any], step: int, points: int) -> None:
    """As many points as the panel wants, but never more than can be seen."""
    (query,) = ask_panel(asked_panel(**fields), WINDOW).body["queries"]
    assert (query["intervalMs"], query["maxDataPoints"]) == (step, points)


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({"time_from": "6h"}, "2026-11-18T09:00", "2026-11-18T15:00"),
        ({"time_from": "now-6h"}, "2026-11-18T09:00", "2026-11-18T15:00"),
        ({"time_shift": "1d"}, "2026-11-17T13:00", "2026-11-17T15:00"),
        ({"time_from": "1h", "time_shift": "1w"}, "2026-11-11T14:00", "2026-11-11T15:00"),
        ({"time_from": "now/d"}, "2026-11-18T13:00", "2026-11-18T15:00"),
        ({"time_shift": "9999999999y"}, "2026-11-18T13:00", "2026-11-18T15:00"),
        ({"time_from": "4000d"}, "2026-11-18T13:00", "2026-11-18T15:00"),
    ],
)
def test_a_panel_may_have_a_range_of_its_own(fields: dict[str, Any], start: str, end: str) -> None:
    """It ends where the incident's range ends; what is not understood is ignored."""
    window = ask_panel(asked_panel(**fields), WINDOW).window
    assert (f"{window.start:%Y-%m-%dT%H:%M}", f"{window.end:%Y-%m-%dT%H:%M}") == (start, end)
