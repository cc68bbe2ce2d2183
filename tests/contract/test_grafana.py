"""The Grafana collector, through grafana-client and the transport, on a loopback Grafana before a real Prometheus."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pm_autofill.collect.grafana.client import Grafana, record
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
from pm_autofill.evidence.record import Source
from pm_autofill.evidence.series import Matrix
from pm_autofill.evidence.series import Series as EvidenceSeries
from pm_autofill.instants import Window
from tests.servers.stacks import make_policy
from tests.world.dashboards import PROMETHEUS_UID, Annotation
from tests.world.engine import running_prometheus
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Fault, LoopbackServer, Reply, Request, as_json
from tests.world.samples import Series
from tests.world.stories import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pm_autofill.collect.grafana.elsewhere import Stepped
    from pm_autofill.collect.observation import Observed
    from pm_autofill.evidence.panels import Dashboard

NOWHERE = "http://127.0.0.1:9"
WINDOW = Window(clock("13:00:00"), clock("15:00:00"))
CHECKOUT = ("checkout-api", DashboardSettings(uid="checkout-slo", panels=(1, 3)))


def connect(server: LoopbackServer, url: str = "", *, seconds: float = 30.0, **settings: Any) -> Grafana:  # noqa: ANN401
    """A collector of this server, its clock standing still."""
    policy = make_policy("Grafana", url or server.url, seconds=seconds)
    return Grafana(connect_grafana(policy, token=server.token), policy, GrafanaSettings(url=server.url, **settings))


def counter(code: str, route: str, rate: float) -> Series:
    """A request counter from 12:00 to 15:00 that grows at a steady rate, in events per second."""
    start = round(clock("12:00:00").timestamp() * 1000)
    times = np.arange(start, start + 3 * 3600 * 1000 + 1, 15_000, dtype=np.int64)
    labels = (("__name__", "http_requests_total"), ("service", "checkout"), ("code", code), ("route", route))
    return Series(labels, times, (times - start) / 1000 * rate)


@pytest.fixture(scope="module")
def prometheus_url(tmp_path_factory: pytest.TempPathFactory, prometheus_binary: Path) -> Iterator[str]:
    """A real Prometheus in which 4 of 40 requests per second fail, a quarter of them on /pay."""
    assert prometheus_binary.name == "prometheus"
    series = [counter("200", "/cart", 36.0), counter("500", "/cart", 3.0), counter("503", "/pay", 1.0)]
    with running_prometheus(tmp_path_factory.mktemp("prometheus") / "p", series=series) as engine:
        yield engine.url


def with_data(grafana: Grafana, *choices: tuple[str, DashboardSettings]) -> Observed[tuple[Dashboard, ...]]:
    """Dashboards with the data of their panels."""
    return grafana.panel_data(grafana.dashboards(choices or (CHECKOUT,), WINDOW).value, WINDOW)


def test_a_panel_holds_what_prometheus_says(prometheus_url: str) -> None:
    """Variables, macros, step and legend worked all the way: a tenth fails, and the objective is a line of its own."""
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        observed = with_data(connect(server))
    (dashboard,) = observed.value
    ratio, routes = dashboard.panels
    assert (ratio.title, ratio.field.unit, [one.name for one in ratio.series]) == (
        "Error ratio of checkout",
        "percentunit",
        ["failed", "objective"],
    )
    failed, objective = ratio.matrix.series
    assert failed.times[0] == WINDOW.start.timestamp()
    assert failed.times[-1] == WINDOW.end.timestamp()
    assert set(np.diff(failed.times).tolist()) == {15.0}
    assert np.allclose(failed.values, 0.1)
    assert set(objective.values.tolist()) == {0.001}
    assert [one.name for one in routes.series] == ["/cart", "/pay"]
    assert [round(float(one.values[0]), 6) for one in routes.matrix.series] == [3.0, 1.0]
    assert (observed.gaps, ratio.problem, ratio.not_applied) == ((), "", ())


def test_the_source_of_a_panel_can_be_held_against_the_answer(prometheus_url: str) -> None:
    """What was asked, over which range, at which step, where a human can look, and the digest of the very bytes."""
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        observed = with_data(connect(server), ("checkout-api", DashboardSettings(uid="checkout-slo", panels=(3,))))
        (answer,) = [one.reply.body for one in server.exchanges if one.request.path == "/api/ds/query"]
    (panel,) = observed.value[0].panels
    source = observed.sources["grafana.panel.checkout-slo.3"]
    assert panel.source == "grafana.panel.checkout-slo.3"
    assert source.system == "Grafana"
    assert source.query == (
        'sum by (route) (rate(http_requests_total{service="checkout",code=~"5..",route=~"(/cart|/pay)"}'
        "[$__rate_interval]))"
    )
    assert (source.start, source.end, source.step) == (WINDOW.start, WINDOW.end, 15.0)
    assert source.sha256 == hashlib.sha256(answer).hexdigest()
    assert source.url == panel.link
    assert panel.link == (
        "https://grafana.example/d/checkout-slo/checkout-slo?from=1795006800000&to=1795014000000&timezone=utc"
        "&viewPanel=3&var-ds=PBFA97CFB590B2093&var-service=checkout&var-route=%24__all"
    )


def test_where_grafanas_query_fails_the_proxy_gives_the_same(prometheus_url: str) -> None:
    """Macros, step, alignment and legends are then filled in here as Grafana's server does."""
    choice = ("s", DashboardSettings(uid="checkout-slo", panels=(1, 3)))
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        usual = with_data(connect(server), choice).value[0].panels
    failing = Fault("/api/ds/query", as_json({"message": "plugin unavailable"}, 500))
    with GrafanaServer(prometheus_url=prometheus_url, faults=[failing]) as server:
        observed = with_data(connect(server), choice)
    assert observed.gaps == ()
    for panel, wanted in zip(observed.value[0].panels, usual, strict=True):
        assert (panel.series, panel.matrix) == (wanted.series, wanted.matrix)
        (note,) = panel.not_applied
        assert note.startswith(
            "data asked of the data source's proxy, as Grafana's own query failed: Grafana failed on"
        )
        assert "$__" not in observed.sources[panel.source].query


def test_where_the_proxy_fails_too_the_configured_prometheus_is_asked(prometheus_url: str) -> None:
    """It is handed the query with everything in place; without one the panel is a link with the reason."""
    asked: list[Stepped] = []

    def ask(question: Stepped) -> tuple[Matrix, Source]:
        asked.append(question)
        found = EvidenceSeries({"route": "/pay"}, np.array([WINDOW.start.timestamp()]), np.array([4.0]))
        return Matrix((found,)), Source(
            system="Prometheus", query=question.expression, url="", retrieved_at=WINDOW.end, sha256="0"
        )

    choice = ("s", DashboardSettings(uid="checkout-slo", panels=(3,)))
    faults = [Fault("/api/ds/query", as_json({}, 403)), Fault("/api/datasources/proxy/.*", as_json({}, 403))]
    with GrafanaServer(prometheus_url=prometheus_url, faults=faults) as server:
        grafana = connect(server)
        bare = grafana.dashboards([choice], WINDOW).value
        (panel,) = grafana.panel_data(bare, WINDOW, ask).value[0].panels
        lost = grafana.panel_data(bare, WINDOW)
    assert [one.name for one in panel.series] == ['{route="/pay"}']
    assert "data asked of the configured Prometheus" in panel.not_applied[0]
    (question,) = asked
    assert "[1m]" in question.expression
    assert (question.step.total_seconds(), question.instant) == (15.0, False)
    assert lost.value[0].panels[0].problem.startswith("Grafana does not allow")
    assert len(lost.gaps) == 1


def test_the_same_answers_give_the_same_values(prometheus_url: str) -> None:
    """Asked twice, in whatever order the answers come."""
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        observed = []
        for _ in range(2):
            grafana = connect(server)
            dashboards = grafana.dashboards([CHECKOUT], WINDOW)
            filled = grafana.panel_data(dashboards.value, WINDOW)
            observed.append(record(grafana.settings(), filled, grafana.annotations(WINDOW)))
    assert observed[0] == observed[1]


def test_panels_are_chosen_unless_configured(prometheus_url: str) -> None:
    """The five time series, also in the collapsed row; the stat of one instant is left out, the text silently."""
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        (dashboard,) = with_data(connect(server), ("s", DashboardSettings(uid="checkout-slo"))).value
    assert [one.id for one in dashboard.panels] == [1, 2, 3, 4, 8]
    (left,) = dashboard.left_out
    assert left.text == (
        "Error budget left: it shows one instant, which says little of an incident, unless it is configured"
    )
    empty = dashboard.panels[3]
    assert (empty.title, empty.problem) == ("Latency", "it has no data in this time range")


def test_a_configured_panel_of_another_type_is_a_link() -> None:
    """With the reason; nothing is asked for it, and nothing is missing."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        observed = with_data(connect(server), ("s", DashboardSettings(uid="checkout-slo", panels=(6,))))
        assert not [one for one in server.requests if one.path == "/api/ds/query"]
    (panel,) = observed.value[0].panels
    assert (panel.title, panel.problem) == ("Panel 6", "panels of type text are not drawn")
    assert panel.link.startswith("https://grafana.example/d/checkout-slo/checkout-slo?from=")
    assert observed.gaps == ()


def test_one_dashboard_may_stand_for_two_services(prometheus_url: str) -> None:
    """With other variables: asked for once, filled in twice, told apart in the sources."""
    choices = [
        (name, DashboardSettings(uid="checkout-slo", panels=(3,), variables={"service": name, "route": ("/pay", "/x")}))
        for name in ("checkout", "payments")
    ]
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        observed = with_data(connect(server), *choices)
        models = [one for one in server.requests if one.path.startswith("/api/dashboards")]
    assert len(models) == 1
    assert [one.service for one in observed.value] == ["checkout", "payments"]
    assert list(observed.sources) == ["grafana.panel.checkout-slo.3", "grafana.panel.checkout-slo.3.2"]
    first, second = (one.panels[0] for one in observed.value)
    assert 'service="payments"' in second.queries[0].expression
    assert 'route=~"(/pay|/x)"' in second.queries[0].expression
    assert "&var-service=payments&var-route=%2Fpay&var-route=%2Fx" in second.link
    assert (len(first.series), len(second.series)) == (1, 0)


def test_every_question_for_a_variable_is_kept() -> None:
    """Two services ask for the same label with different selectors."""
    choices = [
        (name, DashboardSettings(uid="checkout-slo", variables={"service": name})) for name in ("checkout", "payments")
    ]
    values = Fault("/api/datasources/uid/.*/resources/.*", as_json({"status": "success", "data": ["/cart"]}))
    with GrafanaServer(prometheus_url=NOWHERE, faults=[values]) as server:
        observed = connect(server).dashboards(choices, WINDOW)
    assert {id_: one.query for id_, one in observed.sources.items() if "variable" in id_} == {
        "grafana.variable.checkout-slo.route": 'label_values(http_requests_total{service="checkout"}, route)',
        "grafana.variable.checkout-slo.route.2": 'label_values(http_requests_total{service="payments"}, route)',
    }


def test_links_follow_the_window_of_the_data(prometheus_url: str) -> None:
    """Data is asked for later than the dashboard, when the incident's window is known."""
    with GrafanaServer(prometheus_url=prometheus_url) as server:
        grafana = connect(server)
        early = grafana.dashboards([("s", DashboardSettings(uid="checkout-slo"))], WINDOW).value
        wider = WINDOW.widen(timedelta(minutes=30), timedelta(0))
        (dashboard,) = grafana.panel_data(early, wider).value
    links = [dashboard.link, *(one.link for one in dashboard.panels), *(one.href for one in dashboard.left_out)]
    assert all("?from=1795005000000&to=1795014000000&" in link for link in links)


def test_settings_tell_version_and_public_address() -> None:
    """Asked once, however often; the configured public address counts more."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        grafana = connect(server)
        about, again = grafana.settings(), grafana.settings()
        configured = connect(server, public_url="https://people.example/grafana/").settings()
        asked = len(server.requests)
    assert (about.value.version, about.value.url, about.value.source) == (
        "11.4.0",
        "https://grafana.example",
        "grafana.settings",
    )
    assert about.sources["grafana.settings"].url == "https://grafana.example/api/frontend/settings"
    assert again is about
    assert configured.value.url == "https://people.example/grafana"
    assert asked == 2


def test_a_hidden_version_is_no_gap() -> None:
    """Grafana's hide_version makes it empty."""
    with GrafanaServer(prometheus_url=NOWHERE, version="") as server:
        about = connect(server).settings()
    assert (about.value.version, about.gaps) == ("", ())


LIBRARY_MODEL = {
    "type": "timeseries",
    "title": "Saturation",
    "datasource": None,
    "targets": [{"refId": "A", "expr": 'sum(rate(http_requests_total{code="500"}[$__rate_interval]))'}],
    "fieldConfig": {"defaults": {"unit": "reqps"}},
}


class Library(GrafanaServer):
    """A Grafana with a library panel that names no data source and relies on the default."""

    def answer(self, request: Request) -> Reply:
        """One route more than usual, and data sources among the settings, as Grafana has them."""
        if request.path == "/api/library-elements/lib-sat":
            element = {"uid": "lib-sat", "name": "Saturation", "kind": 1, "type": "timeseries", "model": LIBRARY_MODEL}
            return as_json({"result": element})
        reply = super().answer(request)
        if request.path != "/api/frontend/settings" or reply.status != 200:
            return reply
        source = {"uid": PROMETHEUS_UID, "type": "prometheus", "name": "Prometheus"}
        return as_json({**json.loads(reply.body), "datasources": {"Prometheus": source}})


LIBRARY_PANEL = {
    "id": 6,
    "title": "Ours",
    "gridPos": {"y": 0},
    "libraryPanel": {"uid": "lib-sat", "name": "Saturation"},
}


def test_a_library_panel_is_fetched_and_drawn(prometheus_url: str) -> None:
    """Its model comes from the library, its data from the default data source."""
    dashboards = [{"uid": "lib", "title": "Lib", "panels": [LIBRARY_PANEL]}]
    with Library(prometheus_url=prometheus_url, dashboards=dashboards) as server:
        grafana = connect(server)
        found = grafana.dashboards([("s", DashboardSettings(uid="lib"))], WINDOW)
        filled = grafana.panel_data(found.value, WINDOW)
    (panel,) = filled.value[0].panels
    assert (panel.id, panel.title, panel.field.unit, panel.problem) == (6, "Ours", "reqps", "")
    assert round(float(panel.matrix.series[0].values[0]), 6) == 3.0
    assert list(found.sources) == ["grafana.dashboard.lib", "grafana.library.lib-sat"]


def test_a_library_panel_that_is_gone_is_a_gap() -> None:
    """The panel stays a link."""
    dashboards = [{"uid": "lib", "title": "Lib", "panels": [LIBRARY_PANEL]}]
    with GrafanaServer(prometheus_url=NOWHERE, dashboards=dashboards) as server:
        observed = connect(server).dashboards([("s", DashboardSettings(uid="lib", panels=(6,)))], WINDOW)
    assert observed.value[0].panels[0].problem == "its library panel could not be read"
    assert [one.what for one in observed.gaps] == ["library panel lib-sat of dashboard lib"]


def test_annotations_of_both_kinds_come_by_time() -> None:
    """Deploys with links and tags, alerts with states, each with the question that brought it."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        observed = connect(server).annotations(WINDOW)
        asked = [one.query for one in server.requests if one.path == "/api/annotations"]
    assert [(one.id, one.source) for one in observed.value] == [
        (8990, "grafana.annotations"),
        (9001, "grafana.alert_states"),
        (9012, "grafana.annotations"),
        (9021, "grafana.alert_states"),
    ]
    assert observed.value[0].text == "Deployed checkout-api 2026.11.3 diff"
    assert observed.value[1].state == "Alerting"
    assert sorted(dict(query)["type"] for query in asked) == ["alert", "annotation"]
    assert {(dict(query)["from"], dict(query)["to"]) for query in asked} == {("1795006800000", "1795014000000")}
    assert sorted(observed.sources) == ["grafana.alert_states", "grafana.annotations"]
    assert observed.sources["grafana.annotations"].url.startswith("https://grafana.example/api/annotations?from=")


def test_annotations_beyond_the_limit_are_asked_for_in_parts() -> None:
    """All 2,400 marks come, each once, each page with its own source."""
    start = WINDOW.start
    marks = [Annotation(number, start + timedelta(seconds=3 * number), f"m{number}") for number in range(1, 2401)]
    with GrafanaServer(prometheus_url=NOWHERE, annotations=marks) as server:
        observed = connect(server).annotations(WINDOW)
    assert [one.id for one in observed.value] == list(range(1, 2401))
    assert observed.gaps == ()
    assert sorted(one for one in observed.sources if "annotations" in one) == [
        "grafana.annotations",
        "grafana.annotations.2",
        "grafana.annotations.3",
        "grafana.annotations.4",
    ]


def test_more_marks_at_once_than_grafana_lists_are_a_gap() -> None:
    """Asking ends after a few halvings, and says what is missing."""
    marks = [Annotation(number, clock("14:00:00"), f"m{number}") for number in range(1200)]
    with GrafanaServer(prometheus_url=NOWHERE, annotations=marks) as server:
        observed = connect(server).annotations(WINDOW)
        asked = len(server.requests)
    assert len(observed.value) == 1000
    (gap,) = observed.gaps
    assert gap.what == "some annotations"
    assert "more than 1000 within" in gap.reason
    assert asked < 30


class Below(GrafanaServer):
    """A Grafana served below a path."""

    def answer(self, request: Request) -> Reply:
        """Nothing outside the path."""
        inside = re.fullmatch(r"/grafana(/.*)", request.path)
        if inside is None:
            return Reply(302, b"", headers=(("Location", "/grafana/login"),))
        return super().answer(Request(request.method, inside[1], request.query, request.headers, request.body))


@pytest.mark.parametrize("form", ["{}/grafana", "{}/grafana/", "127.0.0.1:{port}/grafana"])
def test_every_form_of_the_address_works(form: str) -> None:
    """With and without scheme and trailing slash, below a path."""
    with Below(prometheus_url=NOWHERE) as server:
        url = form.format(server.url, port=server.url.rpartition(":")[2])
        observed = connect(server, url).dashboards([CHECKOUT], WINDOW)
    assert observed.gaps == ()
    assert observed.value[0].title == "Checkout SLO"


def test_a_path_left_out_is_told() -> None:
    """Grafana then redirects to its login page, where no token must go."""
    with Below(prometheus_url=NOWHERE) as server:
        observed = connect(server).dashboards([CHECKOUT], WINDOW)
    (gap,) = observed.gaps
    assert gap.what == "dashboard checkout-slo"
    assert "redirects" in gap.reason
    assert "a missing path" in gap.hint


def test_only_reading_requests_are_sent(prometheus_url: str) -> None:
    """GET, and POST to the query endpoint; every one with the token, none with it in its address."""
    with GrafanaServer(prometheus_url=prometheus_url, faults=[Fault("/api/annotations", as_json([]), 1)]) as server:
        grafana = connect(server)
        with_data(grafana)
        grafana.annotations(WINDOW)
        grafana.probe([CHECKOUT])
        requests = server.requests
    assert {(one.method, one.path) for one in requests if one.method != "GET"} == {("POST", "/api/ds/query")}
    assert all(one.headers["authorization"] == f"Bearer {server.token}" for one in requests)
    assert not [one for one in requests if server.token in one.path + repr(one.query)]


class Together(GrafanaServer):
    """A Grafana that answers no panel before all eight have asked."""

    meeting = threading.Barrier(8, timeout=20)

    def answer(self, request: Request) -> Reply:
        """Wait for the others; a failure once it is plain that they will not come."""
        if request.path != "/api/ds/query":
            return super().answer(request)
        try:
            self.meeting.wait()
        except threading.BrokenBarrierError:
            return as_json({"message": "asked one after the other"}, 403)
        return as_json({"results": {"A": {"status": 200, "frames": []}}})


def test_all_panels_are_asked_at_once() -> None:
    """None waits for another's answer."""
    panels = [
        {"id": number, "type": "timeseries", "datasource": {"uid": PROMETHEUS_UID}, "targets": [{"expr": "up"}]}
        for number in range(1, 9)
    ]
    dashboards = [{"uid": "d", "title": "D", "panels": panels}]
    with Together(prometheus_url=NOWHERE, dashboards=dashboards) as server:
        observed = with_data(connect(server), ("s", DashboardSettings(uid="d")))
    assert [one.problem for one in observed.value[0].panels] == ["it has no data in this time range"] * 8


def test_the_clock_is_not_read_for_anything_but_retrieval() -> None:
    """Sources carry the policy's time, which here stands still."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        source = connect(server).settings().sources["grafana.settings"]
    assert source.retrieved_at == datetime(2026, 3, 14, 12, tzinfo=UTC)


def test_dashboards_are_found_by_tag() -> None:
    """At most three, by title; a search that fails finds none."""
    boards = [{"uid": f"u{number}", "title": f"T{number}", "tags": ["checkout"]} for number in (3, 1, 4, 2)]
    with GrafanaServer(prometheus_url=NOWHERE, dashboards=[*boards, {"uid": "x", "title": "A", "tags": []}]) as server:
        assert connect(server).tagged(["checkout", "checkout-api"]) == ("u1", "u2", "u3")
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/search", as_json({}, 403))]) as server:
        assert connect(server).tagged(["checkout"]) == ()


def test_a_hundred_panels_are_asked_for_in_bounds(prometheus_url: str) -> None:
    """Twenty-four questions at most, twelve panels, and the same ones every time."""
    target = {"refId": "A", "datasource": {"uid": PROMETHEUS_UID, "type": "prometheus"}}
    panels = [
        {"id": one, "type": "timeseries", "title": f"P{one}", "targets": [{**target, "expr": f"vector({one})"}]}
        for one in range(1, 101)
    ]
    panels[70]["targets"] = [{**target, "expr": "sum(rate(http_requests_total[1m]))"}]
    dashboards = [{"uid": "many", "title": "Many", "panels": panels}]
    found = []
    for _ in range(2):
        with GrafanaServer(prometheus_url=prometheus_url, dashboards=dashboards) as server:
            grafana = connect(server)
            metrics = frozenset({"http_requests_total"})
            bare = grafana.dashboards([("s", DashboardSettings(uid="many"))], WINDOW, metrics).value
            found.append(grafana.panel_data(bare, WINDOW, None, metrics).value[0])
            assert sum(one.path == "/api/ds/query" for one in server.requests) == 24
    assert [one.id for one in found[0].panels] == [*range(1, 12), 71]
    assert [one.id for one in found[0].panels] == [one.id for one in found[1].panels]
    assert len(found[0].left_out) == 88


def test_without_annotations_of_alerts_their_history_is_read() -> None:
    """Asked for in seconds: milliseconds would be answered with nothing."""
    at = [1_795_009_590_000, 1_795_011_840_000]
    lines = [
        {"previous": "Pending", "current": "Alerting", "ruleTitle": "Burn", "labels": {"s": "checkout"}},
        json.dumps({"previous": "Alerting", "current": "Normal", "ruleTitle": "Burn", "labels": {"s": "checkout"}}),
        "no object",
    ]
    body = {"schema": {"fields": []}, "data": {"values": [[*at, at[0]], lines]}}
    history = Fault("/api/v1/rules/history", as_json(body))
    with GrafanaServer(prometheus_url=NOWHERE, annotations=(), faults=[history]) as server:
        observed = connect(server).annotations(WINDOW)
        (asked,) = [one for one in server.requests if one.path == "/api/v1/rules/history"]
    assert [(one.start, one.alert, one.state, one.source) for one in observed.value] == [
        (clock("13:46:30"), "Burn", "Alerting", "grafana.state_history"),
        (clock("14:24:00"), "Burn", "Normal", "grafana.state_history"),
    ]
    assert (asked.first("from"), asked.first("to")) == ("1795006800", "1795014001")
    assert observed.gaps == ()
    assert "grafana.state_history" in observed.sources
    with GrafanaServer(prometheus_url=NOWHERE, annotations=()) as server:
        assert connect(server).annotations(WINDOW).value == ()
