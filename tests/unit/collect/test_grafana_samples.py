"""The realistic samples beside the official descriptions are read as a person would read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pm_autofill.collect.grafana.annotations import read_annotations
from pm_autofill.collect.grafana.dashboard import choose, needed_libraries, read_dashboard
from pm_autofill.collect.grafana.datasources import Datasource, Datasources
from pm_autofill.collect.grafana.frames import read_frames
from pm_autofill.collect.grafana.links import Address
from pm_autofill.collect.grafana.panels import Scene, show_copies
from pm_autofill.collect.grafana.variables import Surroundings, resolve
from pm_autofill.evidence.panels import Panel, PanelQuery, PanelSeries
from pm_autofill.instants import Window
from tests.world.schemas import ABSENT, data_folder

pytestmark = pytest.mark.skipif(data_folder() is None, reason=ABSENT)

WINDOW = Window(datetime(2023, 11, 14, 22, tzinfo=UTC), datetime(2023, 11, 15, 0, tzinfo=UTC))
SOURCES = Datasources((Datasource("PBFA97CFB590B2093", "prometheus", "Prom EU"),), "Prom EU")


def sample(name: str) -> Any:  # noqa: ANN401 - decoded JSON
    """A sample by its name."""
    folder = data_folder()
    assert folder is not None
    return json.loads((folder / "grafana" / "samples" / f"{name}.json").read_text(encoding="utf-8"))


def shown(name: str) -> dict[int, Panel]:
    """All panels of a sample dashboard by id, its one query variable having three values."""
    model = read_dashboard(sample(name), "chk-slo")
    around = Surroundings(WINDOW.seconds, SOURCES, lambda _query: ("cart", "pay", "search"))
    resolution = resolve(model.variables, around)
    scene = Scene(Address("https://g.example", "chk-slo", model.slug, resolution.values), WINDOW, resolution, SOURCES)
    return {one.id: show_copies(one, scene)[0] for one in model.panels}


def test_the_classic_dashboard_is_read() -> None:
    """Rows opened, variables in place, each panel with its look, its queries or the reason why it has none."""
    panels = shown("dashboard_v1")
    assert {id_: (one.title, one.kind, one.problem) for id_, one in panels.items()} == {
        1: ("Error ratio (prod)", "timeseries", ""),
        2: ("Budget left", "stat", ""),
        4: ("Latency", "heatmap", ""),
        5: ("RPS cart", "timeseries", ""),
        6: ("Saturation", "", "its library panel could not be read"),
        7: ("Panel 7", "text", "panels of type text are not drawn"),
    }
    first = panels[1]
    assert (first.field.unit, first.field.decimals, first.field.minimum, first.field.fill_ratio) == (
        "percentunit",
        2,
        0.0,
        0.1,
    )
    assert [one.value for one in first.field.thresholds] == [None, 0.001, 0.0144]
    assert [one.names for one in first.overrides] == [("objective",)]
    assert first.queries[1].expression == "vector(0.001)"
    assert 'env="prod",service=~"(cart|pay|search)",code=~"5.."}[$__rate_interval]' in first.queries[0].expression
    assert [(one.datasource_uid, one.legend) for one in first.queries] == [
        ("PBFA97CFB590B2093", "{{service}}"),
        ("PBFA97CFB590B2093", "objective"),
    ]
    assert "&viewPanel=1&var-ds=PBFA97CFB590B2093&var-env=prod&var-svc=%24__all" in first.link
    assert [one.expression for one in panels[5].queries] == [
        'sum(rate(http_requests_total{service="cart"}[5m]))',
        'sum(rate({app="cart"} |= "panic" [$__auto]))',
    ]
    assert panels[5].not_applied == ()


def test_what_a_draft_shows_of_it_unasked() -> None:
    """Its three panels over time; the stat shows one instant, the library panel has to be fetched first."""
    body = sample("dashboard_v1")
    choice = choose(read_dashboard(body, "chk-slo").panels, ())
    assert [one.id for one in choice.shown] == [1, 4, 5]
    assert [one.id for one, _ in choice.left_out] == [2, 6]
    assert needed_libraries(body, "chk-slo") == ("lib-sat",)


def test_the_v2_dashboard_is_read() -> None:
    """Through tabs and rows, with several values chosen."""
    panels = shown("dashboard_v2")
    assert [(one.id, one.title, one.field.unit) for one in panels.values()] == [
        (1, "Error ratio", "reqps"),
        (9, "Saturation", ""),
    ]
    assert panels[1].queries == (
        PanelQuery(
            ref_id="A",
            datasource_uid="PBFA97CFB590B2093",
            datasource_type="prometheus",
            expression='sum(rate(http_requests_total{service=~"(cart|pay)",code=~"5.."}[$__rate_interval]))',
            legend="5xx",
        ),
    )
    assert panels[1].not_applied == ("transformation reduce (reduces each series to max)",)
    assert needed_libraries(sample("dashboard_v2"), "chk-slo") == ("lib-sat",)


def test_the_answer_to_queries_is_read() -> None:
    """Two series, one gap between samples, one failed query."""
    queries = [PanelQuery(ref_id=one, datasource_uid="P", datasource_type="prometheus", expression="x") for one in "AX"]
    data = read_frames(sample("ds_query_response"), queries)
    assert data.series == (PanelSeries(name="cart", ref_id="A"), PanelSeries(name="pay", ref_id="A"))
    cart, pay = data.matrix.series
    assert cart.times.tolist() == [1700000000.0, 1700000015.0, 1700000030.0, 1700000045.0, 1700000060.0]
    assert [str(value) for value in cart.values] == ["0.0", "0.4", "nan", "nan", "3.1"]
    assert [str(value) for value in pay.values] == ["inf", "0.0"]
    assert data.problems == (("X", 'bad_data: invalid parameter "query": 1:7: parse error: unexpected end of input'),)


def test_the_annotations_are_read() -> None:
    """A deploy with its link, an alert going off and calming down."""
    found = read_annotations(sample("annotations"), "grafana.annotations")
    assert [(one.id, one.state or one.text, one.author) for one in found] == [
        (8990, "deploy checkout v1.42.0 diff", "sa-1-ci"),
        (9001, "Alerting", ""),
        (9021, "Normal", ""),
    ]
    assert [link.href for link in found[0].links] == ["https://git/x"]
