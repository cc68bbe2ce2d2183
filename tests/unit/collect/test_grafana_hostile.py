"""Whatever JSON stands where a dashboard or an answer should: a value or one of our errors, never a crash."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pm_autofill.collect.grafana.about import read_about
from pm_autofill.collect.grafana.annotations import plain_text, read_annotations
from pm_autofill.collect.grafana.dashboard import choose, needed_libraries, read_dashboard
from pm_autofill.collect.grafana.datasources import Datasource, Datasources
from pm_autofill.collect.grafana.frames import MOST_SAMPLES, MOST_SERIES, read_frames
from pm_autofill.collect.grafana.interpolation import Value, fill_plain, fill_query, fill_sql, fill_text, names_in
from pm_autofill.collect.grafana.links import Address
from pm_autofill.collect.grafana.marks import read_answer
from pm_autofill.collect.grafana.panel_questions import with_data
from pm_autofill.collect.grafana.panels import Scene, show_dashboard
from pm_autofill.collect.grafana.questions import ask_marks, ask_panel
from pm_autofill.collect.grafana.variables import Surroundings, resolve
from pm_autofill.errors import SourceUnavailable
from pm_autofill.evidence import Evidence, Request, TemplateText, dump
from pm_autofill.evidence.file import parse
from pm_autofill.evidence.panels import Dashboard, GrafanaRecord, MarkQuery, PanelQuery
from pm_autofill.instants import Window

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WINDOW = Window(NOON, NOON.replace(hour=14))
SOURCES = (Datasource("P1", "prometheus", "P"), Datasource("S1", "mysql", "S"))

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["$x", "${x:csv}", "[[y]]", "timeseries", "graph", "row", "$__all", "\ud800"]
)
# No verdict by the clock: a busy machine may take long to make up a dashboard.
THOROUGH = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
DURATIONS = st.from_regex(r"(now-|>)?[0-9]{1,12}(ms|[smhdwy])", fullmatch=True)
HUGE = st.sampled_from([10**400, -(10**400), 2**63, 1e308])
SCALARS = HUGE | st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
KEYS = st.sampled_from(
    re.findall(
        r"\w+",
        """annotations auto auto_count auto_min collapsed config current custom dashboard data datasource decimals
        defaults description displayName displayNameFromDS drawStyle element elements entities error expr fieldConfig
        fields fillOpacity filters frames gridPos group hide id includeAll interval items kind labels layout
        legendFormat libraryPanel list matcher max maxDataPoints min mode model multi name newState options overrides
        panels properties queries query refId repeat results rows schema spec status steps tabs tags targets
        templating text thresholds time timeEnd timeFrom timeShift title transformations type uid unit value values
        variables vizConfig x y yaxes A""",
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | TEXTS, inner, max_size=6),
    max_leaves=40,
)
LETTERS = st.sampled_from("ABC")
# Expressions, SQL, and panels that show another's data.
WHOLE = st.fixed_dictionaries(
    {"refId": LETTERS, "datasource": st.sampled_from([{"type": "__expr__"}, "__expr__", "-- Dashboard --", "S1"])},
    optional={
        "type": st.sampled_from(["math", "reduce"]) | SCALARS,
        "expression": st.sampled_from(["$A + $B", "C", "$x\ud800"]) | JSON,
        "settings": JSON,
        "conditions": JSON,
        "rawSql": st.sampled_from(["select 1", "select '$x'", "drop table x"]) | SCALARS,
        "format": st.sampled_from(["time_series", "table"]) | SCALARS,
        "panelId": st.integers(0, 4) | SCALARS,
        "withTransforms": SCALARS,
        "hide": st.booleans() | SCALARS,
    },
)
MARKS = st.fixed_dictionaries(
    {"datasource": st.sampled_from([None, "P1", {"uid": "${x}"}]) | JSON},
    optional={
        "name": SCALARS,
        "expr": TEXTS | SCALARS,
        "target": JSON,
        "step": DURATIONS | SCALARS,
        "titleFormat": SCALARS,
        "tagKeys": SCALARS,
        "useValueForTime": JSON,
        "enable": SCALARS,
    },
)
PANELS = st.fixed_dictionaries(
    {"type": st.sampled_from(["timeseries", "graph"])},
    optional={
        "id": st.integers(0, 4) | SCALARS,
        "title": SCALARS,
        "targets": st.lists(
            st.fixed_dictionaries(
                {"expr": TEXTS}, optional={"refId": SCALARS, "datasource": JSON, "legendFormat": JSON}
            )
            | WHOLE,
            max_size=3,
        ),
        "transformations": st.lists(
            st.fixed_dictionaries({"id": st.sampled_from(["organize", "reduce", "calculateField"]), "options": JSON})
        ),
        "fieldConfig": st.fixed_dictionaries({"defaults": JSON, "overrides": JSON}),
        "datasource": JSON,
        "gridPos": JSON,
        "yaxes": JSON,
        "thresholds": JSON,
        "repeat": JSON,
        "interval": DURATIONS | SCALARS,
        "maxDataPoints": SCALARS,
        "timeFrom": DURATIONS | SCALARS,
        "timeShift": DURATIONS | SCALARS,
    },
)
VARIABLES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["x", "y"]),
        "type": st.sampled_from(["query", "custom", "interval", "datasource", "constant", "textbox", "adhoc", "odd"]),
    },
    optional={
        "query": JSON,
        "current": st.dictionaries(st.sampled_from(["value", "text"]), JSON),
        "options": JSON,
        "multi": SCALARS,
        "includeAll": SCALARS,
        "allValue": SCALARS,
        "regex": SCALARS | st.sampled_from(["/(.*)/", "a|b", "/(?<text>a)/"]),
        "auto_count": SCALARS,
        "auto_min": DURATIONS | SCALARS,
        "filters": JSON,
    },
)
DASHBOARDS = JSON | st.fixed_dictionaries(
    {
        "dashboard": st.fixed_dictionaries(
            {
                "panels": st.lists(PANELS | JSON, max_size=4),
                "templating": st.fixed_dictionaries({"list": st.lists(VARIABLES)}),
            },
            optional={
                "title": SCALARS,
                "rows": JSON,
                "elements": JSON,
                "layout": JSON,
                "annotations": st.fixed_dictionaries({"list": st.lists(MARKS | JSON)}) | JSON,
            },
        )
    },
    optional={"meta": JSON},
)
TIMES = st.lists(st.integers(1_795_000_000_000, 1_795_000_000_009) | SCALARS, max_size=6)
COLUMNS = st.tuples(TIMES, st.lists(st.floats() | SCALARS, max_size=6)) | st.lists(st.lists(SCALARS, max_size=6))
CLOCKED = st.just([{"type": "time", "config": {"interval": 2}}, {"type": "number"}])
FIELDS = CLOCKED | st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["time", "number", "string"])}, optional={"labels": JSON, "config": JSON}
    ),
    max_size=3,
)
FRAMES = st.fixed_dictionaries(
    {
        "schema": st.fixed_dictionaries({"fields": FIELDS}),
        "data": st.fixed_dictionaries({"values": COLUMNS.map(list)}, optional={"entities": JSON}),
    }
)
ANSWERS = JSON | st.fixed_dictionaries(
    {"results": st.dictionaries(st.just("A"), st.fixed_dictionaries({"frames": st.lists(FRAMES | JSON, max_size=4)}))}
)


def written(dashboard: Dashboard) -> bytes:
    """A dashboard inside an evidence file, which has to read back as the same value."""
    evidence = Evidence(
        collected_at=NOON,
        version="0",
        request=Request(as_of=NOON),
        configuration={},
        template=TemplateText(name="t", text=""),
        grafana=GrafanaRecord(version="", url="", dashboards=(dashboard,)),
    )
    raw = dump(evidence)
    assert parse(raw, name="it") == evidence
    return raw


def shown(body: object, labels: list[str] | None) -> Dashboard:
    """A dashboard as far as it goes without data."""
    model = read_dashboard(body, "chk", {"lib": {"type": "timeseries"}})
    about = read_about(body if isinstance(body, dict) else {}, configured=None, contacted="https://g", source="s")
    known = Datasources((*about.datasources.listed, *SOURCES), about.datasources.default)
    resolution = resolve(model.variables, Surroundings(7200.0, known, lambda _query: labels))
    address = Address(about.url, "chk", model.slug, resolution.values)
    scene = Scene(address, WINDOW, resolution, known)
    return show_dashboard(model, choose(model.panels, ()), scene, service="s", source="grafana.dashboard.chk")


@THOROUGH
@given(body=DASHBOARDS, labels=st.none() | st.lists(st.text(max_size=5), max_size=3))
def test_any_dashboard_is_shown_or_refused(body: object, labels: list[str] | None) -> None:
    """Its panels can be asked for and written down; ids are unique; reading twice gives the same."""
    try:
        needed_libraries(body, "chk")
        dashboard = shown(body, labels)
    except SourceUnavailable:
        return
    ids = [panel.id for panel in dashboard.panels]
    assert len(set(ids)) == len(ids)
    for panel in dashboard.panels:
        json.dumps(ask_panel(panel, WINDOW).body).encode()
        assert bool(panel.queries) != bool(panel.problem)
    for mark in dashboard.marks:
        json.dumps(ask_marks(mark.query, WINDOW).body).encode()
    assert written(dashboard) == written(shown(body, labels))


@THOROUGH
@given(body=ANSWERS)
def test_any_answer_to_queries_for_annotations_is_read_or_refused(body: object) -> None:
    """Marks have a time, and are written down."""
    query = PanelQuery(ref_id="A", datasource_uid="P", datasource_type="prometheus", expression="up", interval="1m")
    for by_value in (False, True):
        mark = MarkQuery(name="M", query=query, title="{{x}}", labels=("x", "y"), by_value=by_value)
        try:
            found = read_answer(body, mark, "d", "s")
        except SourceUnavailable:
            return
        assert all(one.end is None or one.start < one.end for one in found)
        msgspec.json.encode(found)


@THOROUGH
@given(body=ANSWERS)
def test_any_answer_to_queries_is_read_or_refused(body: object) -> None:
    """Series and names agree, times ascend, everything is bounded and can be written down."""
    query = PanelQuery(ref_id="A", datasource_uid="P", datasource_type="prometheus", expression="up")
    try:
        data = read_frames(body, [query])
    except SourceUnavailable:
        return
    read_frames(body, [query], 1.0)
    assert len(data.series) == len(data.matrix.series) <= MOST_SERIES
    assert data.matrix.sample_count <= MOST_SAMPLES
    for one in data.matrix.series:
        assert all(one.times[:-1] < one.times[1:])
    names = [one.name for one in data.series]
    assert len(names) == len(data.series)
    (panel,) = shown({"dashboard": {"panels": [{"type": "graph", "targets": [{"expr": "up"}]}]}}, None).panels
    with_data(panel, data)


@THOROUGH
@given(body=JSON | st.lists(st.dictionaries(KEYS, SCALARS), max_size=4))
def test_any_annotations_are_read_or_refused(body: object) -> None:
    """What has no time is left out."""
    try:
        found = read_annotations(body, "s")
    except SourceUnavailable:
        return
    assert list(found) == sorted(found, key=lambda one: one.start)


TAGS = st.sampled_from(
    ["<", ">", "<!", "<![", "[", "]]>", "<!--", "-->", "</", "<a href=", '"', "'", "&", "#x;", "a", " "]
)


@THOROUGH
@given(markup=st.text(max_size=60) | st.lists(TAGS, max_size=12).map("".join))
def test_any_markup_becomes_text(markup: str) -> None:
    """The parser's own stumbling does not show."""
    plain, _links = plain_text(markup)
    assert len(plain) <= len(markup) * 4


@THOROUGH
@given(
    text=st.text(alphabet="$x{}[]:._ay", max_size=40),
    values=st.lists(st.text(max_size=5), max_size=3),
    flags=st.tuples(st.booleans(), st.booleans(), st.text(max_size=3)),
)
def test_any_text_is_filled_in(text: str, values: list[str], flags: tuple[bool, bool, str]) -> None:
    """Texts without references come back unchanged."""
    value = Value(tuple(values), is_listed=flags[0], is_all=flags[1], verbatim=flags[2])
    known: dict[str, Any] = {"x": value, "a": value}
    for fill in (fill_query, fill_sql, fill_text, fill_plain):
        filled = fill(text, known)
        assert filled == text or set(names_in(text)) & set(known)
