"""What the Grafana collector makes of a Grafana that refuses, fails or lies: gaps and reasons, never an end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.collect.grafana.client import Grafana, record
from pm_autofill.collect.transport.niquests_adapter import connect_grafana
from pm_autofill.config.settings import DashboardSettings, GrafanaSettings
from pm_autofill.evidence.record import Gap
from pm_autofill.instants import Window
from tests.servers.stacks import make_policy
from tests.world.grafana import GrafanaServer
from tests.world.loopback import Fault, Reply, as_html, as_json
from tests.world.stories import clock

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Observed, Probe
    from pm_autofill.evidence.panels import Dashboard, GrafanaRecord

NOWHERE = "http://127.0.0.1:9"
CANARY = "glsa_canary-u7Qp2Zx9-not-to-be-seen"
WINDOW = Window(clock("13:00:00"), clock("15:00:00"))
CHECKOUT = ("checkout-api", DashboardSettings(uid="checkout-slo", panels=(1, 2)))
TIME = {"name": "Time", "type": "time", "config": {"interval": 15_000}}


def connect(server: GrafanaServer, token: str = "", *, seconds: float = 30.0) -> Grafana:
    """A collector of this server."""
    policy = make_policy("Grafana", server.url, seconds=seconds)
    return Grafana(connect_grafana(policy, token=token or server.token), policy, GrafanaSettings(url=server.url))


def collected(grafana: Grafana, *choices: tuple[str, DashboardSettings]) -> Observed[GrafanaRecord]:
    """Everything, in the order in which a draft asks."""
    dashboards = grafana.dashboards(choices or (CHECKOUT,), WINDOW)
    filled = grafana.panel_data(dashboards.value, WINDOW)
    observed = record(grafana.settings(), filled, grafana.annotations(WINDOW))
    return type(observed)(observed.value, observed.sources, (*dashboards.gaps, *observed.gaps))


def filled(grafana: Grafana, *panels: int) -> Observed[tuple[Dashboard, ...]]:
    """The main dashboard's panels with their data."""
    choice = ("checkout-api", DashboardSettings(uid="checkout-slo", panels=panels))
    return grafana.panel_data(grafana.dashboards([choice], WINDOW).value, WINDOW)


def result(value: float, name: str) -> dict[str, Any]:
    """What one query brings: a single sample."""
    column = {"name": "Value", "type": "number", "config": {"displayNameFromDS": name}}
    frame = {"schema": {"fields": [TIME, column]}, "data": {"values": [[1_795_008_000_000], [value]]}}
    return {"status": 200, "frames": [frame]}


def test_a_refused_token_leaves_a_record_and_gaps() -> None:
    """Each thing missing is named with what to do; the token is nowhere."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        observed = collected(connect(server, CANARY))
    assert [one.what for one in observed.gaps] == [
        "dashboard checkout-slo",
        "settings",
        "annotations",
        "alerts' changes of state",
    ]
    for gap in observed.gaps:
        assert gap.source == "Grafana"
        assert gap.reason == "Grafana refused the credentials (HTTP 401): Invalid API key"
        assert gap.hint == "Check the token under grafana; a service account's token may have expired."
    assert (observed.value.version, observed.value.url) == ("", server.url)
    assert CANARY not in repr(observed)


@pytest.mark.parametrize(
    ("permission", "what", "hint"),
    [
        (
            "dashboards:read",
            ["dashboard checkout-slo"],
            "Give the token's service account the permission dashboards:read on the dashboard's folder.",
        ),
        (
            "annotations:read",
            ["annotations", "alerts' changes of state"],
            "Give the token's service account the permission annotations:read.",
        ),
        (
            "datasources:query",
            [
                "panel 1 (Error ratio of checkout) of dashboard checkout-slo",
                "panel 2 (Requests by code) of dashboard checkout-slo",
            ],
            "Give the token's service account the permission datasources:query on the panel's data source.",
        ),
    ],
)
def test_a_missing_permission_is_named(permission: str, what: list[str], hint: str) -> None:
    """With the words of Grafana, which name it too."""
    faults = [Fault("/api/ds/query", as_json({"results": {}}))] if permission != "datasources:query" else []
    with GrafanaServer(prometheus_url=NOWHERE, lacking=[permission], faults=faults) as server:
        observed = collected(connect(server))
    gaps = [one for one in observed.gaps if "HTTP 403" in one.reason]
    assert [one.what for one in gaps] == what
    assert {one.hint for one in gaps} == {hint}
    assert all(f"Permissions needed: {permission}" in one.reason for one in gaps)


def test_a_dashboard_that_is_not_there_is_a_gap() -> None:
    """The others are read all the same."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        observed = connect(server).dashboards([("s", DashboardSettings(uid="chekout-slo")), CHECKOUT], WINDOW)
    assert [one.uid for one in observed.value] == ["checkout-slo"]
    assert observed.gaps == (
        Gap(
            source="Grafana",
            what="dashboard chekout-slo",
            reason="Grafana has nothing at GET /api/dashboards/uid/chekout-slo (HTTP 404): Dashboard not found",
            hint="Check its uid under dashboards in the configuration: it follows /d/ in the dashboard's address.",
        ),
    )


@pytest.mark.parametrize("uid", ["../../admin", "a/b", "", "a?b=c", "x" * 300, "ü", "..", "...", ".", "a b"])
def test_what_is_no_uid_is_never_sent(uid: str) -> None:
    """It could only be a mistake, or an attempt to read something else."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        observed = connect(server).dashboards([("s", DashboardSettings(uid=uid))], WINDOW)
        asked = [one.path for one in server.requests]
    assert asked == ["/api/frontend/settings"]
    (gap,) = observed.gaps
    assert "is no uid of a dashboard" in gap.reason
    assert "under dashboards in the configuration" in gap.hint


def test_a_configured_panel_that_is_not_there_is_a_gap() -> None:
    """It says which ones there are."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        choice = ("s", DashboardSettings(uid="checkout-slo", panels=(99, 2)))
        observed = connect(server).dashboards([choice], WINDOW)
    assert [one.id for one in observed.value[0].panels] == [2]
    (gap,) = observed.gaps
    assert gap.reason == "dashboard checkout-slo has no panel 99"
    assert gap.hint.endswith("it has: 1, 2, 3, 4, 5, 6, 8.")


def test_a_configured_variable_that_is_not_there_is_a_gap() -> None:
    """A misspelt name would else silently change nothing."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        choice = ("s", DashboardSettings(uid="checkout-slo", variables={"servcie": "checkout"}))
        observed = connect(server).dashboards([choice], WINDOW)
    assert [one.reason for one in observed.gaps] == ["dashboard checkout-slo has no variable servcie"]


def test_a_variable_nobody_knows_a_value_of_is_a_gap() -> None:
    """Its panel says so too; it is not asked with a hole in its query."""
    panel = {"id": 1, "type": "timeseries", "datasource": {"uid": "P"}, "targets": [{"expr": 'up{a="$lost"}'}]}
    lost = {"name": "lost", "type": "query", "query": "query_result(up)", "current": {}}
    dashboard = {"uid": "d", "title": "D", "panels": [panel], "templating": {"list": [lost]}}
    with GrafanaServer(prometheus_url=NOWHERE, dashboards=[dashboard]) as server:
        observed = collected(connect(server), ("s", DashboardSettings(uid="d")))
        assert not [one for one in server.requests if one.path == "/api/ds/query"]
    assert observed.value.dashboards[0].panels[0].problem.startswith("query A: $lost has no value")
    assert [one.what for one in observed.gaps] == ["variable lost of dashboard d"]


def test_label_values_that_cannot_be_had_become_a_pattern() -> None:
    """The panel says so; the query is still asked."""
    fault = Fault("/api/datasources/uid/.*/resources/.*", as_json({"message": "no"}, 403))
    with GrafanaServer(prometheus_url=NOWHERE, faults=[fault]) as server:
        choice = ("s", DashboardSettings(uid="checkout-slo", panels=(3,)))
        observed = connect(server).dashboards([choice], WINDOW)
    (panel,) = observed.value[0].panels
    assert 'route=~".*"' in panel.queries[0].expression
    assert panel.not_applied == ("the values of $route could not be listed; the pattern .* stands for All",)
    assert observed.gaps == ()


@pytest.mark.parametrize("path", ["/api/datasources/uid/.*/resources/.*", "/api/frontend/settings"])
def test_what_others_wait_for_ends_in_half_of_the_time(path: str) -> None:
    """A variable, or the settings, that hang until the run's end cost neither the dashboard nor its panels' data."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault(path, as_json({}), delay=6.0)]) as server:
        observed = collected(connect(server, seconds=3.0), ("s", DashboardSettings(uid="checkout-slo", panels=(3,))))
    (panel,) = observed.value.dashboards[0].panels
    assert len(panel.queries) > 0
    assert [one.what for one in observed.gaps if one.what == "dashboard checkout-slo"] == []


@pytest.mark.parametrize("uid", ["..", "a/b", "x?y", 7])
def test_an_odd_library_uid_is_never_sent(uid: object) -> None:
    """A dashboard's JSON may hold anything; its uids do not steer where requests go."""
    panel = {"id": 1, "title": "P", "libraryPanel": {"uid": uid}}
    dashboard = {"uid": "d", "title": "D", "panels": [panel]}
    with GrafanaServer(prometheus_url=NOWHERE, dashboards=[dashboard]) as server:
        observed = connect(server).dashboards([("s", DashboardSettings(uid="d", panels=(1,)))], WINDOW)
        asked = sorted(one.path for one in server.requests)
    assert asked == ["/api/dashboards/uid/d", "/api/frontend/settings"]
    assert observed.value[0].panels[0].problem
    assert ["library panel" in one.what for one in observed.gaps] == ([True] if isinstance(uid, str) else [])


LOGIN = as_html("<!doctype html><title>Grafana</title><form action=/login>")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (LOGIN, "with a web page instead of data"),
        (Reply(302, b"", headers=(("Location", "https://sso.example/login"),)), "redirects"),
        (as_json([]), "holds no dashboard"),
        (as_json({"dashboard": "x"}), "holds no dashboard"),
        (Reply(200, b'{"dashboard": {"title": "x"'), "not valid JSON"),
        (Reply(200, b'"' + b"<" * 10 + b'"', "text/plain"), "holds no dashboard"),
        (Reply(200, b""), "with nothing"),
        (as_json({"message": "boom"}, 500), "HTTP 500"),
        (None, "the connection broke"),
        (Reply(200, b"[" * 5000 + b"]" * 5000), "nested deeper"),
    ],
    ids=["login page", "redirect", "list", "text inside", "cut off", "text", "empty", "500", "broken", "deep"],
)
def test_an_unusable_dashboard_is_a_gap(reply: Reply | None, reason: str) -> None:
    """Whatever came, the annotations are still read."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/dashboards/.*", reply)]) as server:
        grafana = connect(server)
        observed = collected(grafana)
    (gap,) = observed.gaps
    assert gap.what == "dashboard checkout-slo"
    assert reason in gap.reason
    assert len(observed.value.annotations) == 4


@pytest.mark.parametrize("reply", [LOGIN, as_json({}, 500), as_json([1]), None], ids=["login", "500", "list", "broken"])
def test_without_settings_the_rest_goes_on(reply: Reply | None) -> None:
    """Links then lead to the configured address."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/frontend/settings", reply)]) as server:
        observed = collected(connect(server), ("s", DashboardSettings(uid="checkout-slo", panels=(6,))))
    assert [one.what for one in observed.gaps] == ["settings"]
    assert observed.value.dashboards[0].link.startswith(f"{server.url}/d/checkout-slo/")
    assert (observed.value.version, observed.value.source) == ("", "")


def test_a_partial_answer_keeps_what_came() -> None:
    """HTTP 207: one query failed; the panel names it, and it is a gap."""
    body = {"results": {"A": result(0.1, "failed"), "B": {"status": 400, "error": "parse error", "frames": []}}}
    fault = Fault("/api/ds/query", as_json(body, 207))
    with GrafanaServer(prometheus_url=NOWHERE, faults=[fault]) as server:
        observed = filled(connect(server), 1)
    (panel,) = observed.value[0].panels
    assert [one.name for one in panel.series] == ["failed"]
    assert (panel.problem, panel.not_applied) == ("", ("query B: parse error",))
    (gap,) = observed.gaps
    assert gap.what == "query B of panel 1 (Error ratio of checkout) of dashboard checkout-slo"
    assert gap.reason == "parse error"


class OneWrong(GrafanaServer):
    """A Grafana that answers 400 to a whole question when query B is in it, as it does by default."""

    def answer(self, request: Any) -> Reply:  # noqa: ANN401 - a request
        """The other query alone is answered."""
        if request.path != "/api/ds/query":
            return super().answer(request)
        letters = [one["refId"] for one in json.loads(request.body)["queries"]]
        if "B" in letters:
            return as_json({"results": {"B": {"status": 400, "error": "bad_data: parse error"}}}, 400)
        return as_json({"results": {"A": result(0.1, "failed")}})


def test_one_wrong_query_does_not_take_the_others_with_it() -> None:
    """They are asked again, each alone; the source's digest covers all that was used."""
    with OneWrong(prometheus_url=NOWHERE) as server:
        observed = filled(connect(server), 1)
        asked = [one for one in server.requests if one.path == "/api/ds/query"]
    (panel,) = observed.value[0].panels
    assert [one.name for one in panel.series] == ["failed"]
    assert len(asked) == 3
    assert len(observed.sources["grafana.panel.checkout-slo.1"].sha256) == 64
    (gap,) = observed.gaps
    assert gap.what.startswith("query B of panel 1")
    assert "(HTTP 400): bad_data: parse error" in gap.reason


class NoExpressions(GrafanaServer):
    """A Grafana that refuses a whole question because of the expression in it."""

    def answer(self, request: Any) -> Reply:  # noqa: ANN401 - a request
        """Plain queries are answered."""
        if request.path != "/api/ds/query":
            return super().answer(request)
        asked = json.loads(request.body)["queries"]
        if any(one["datasource"]["uid"] == "__expr__" for one in asked):
            return as_json({"message": "failed to parse expression [C]"}, 400)
        return as_json({"results": {one["refId"]: result(0.1, "failed") for one in asked}})


def test_a_refused_expression_does_not_take_the_queries_it_reads_with_it() -> None:
    """The visible ones are asked alone, hidden inputs no more; the expression is a gap."""
    source = {"type": "prometheus", "uid": "P"}
    targets = [
        {"refId": "A", "expr": "up", "datasource": source},
        {"refId": "B", "expr": "up", "datasource": source, "hide": True},
        {"refId": "C", "type": "math", "expression": "$A / $B", "datasource": {"type": "__expr__", "uid": "__expr__"}},
    ]
    dashboard = {
        "uid": "e",
        "title": "E",
        "panels": [{"id": 1, "type": "timeseries", "title": "E", "targets": targets}],
    }
    with NoExpressions(prometheus_url=NOWHERE, dashboards=[dashboard]) as server:
        grafana = connect(server)
        observed = grafana.panel_data(grafana.dashboards([("s", DashboardSettings(uid="e"))], WINDOW).value, WINDOW)
        asked = [
            [one["refId"] for one in json.loads(request.body)["queries"]] for request in server.requests if request.body
        ]
    assert asked == [["A", "B", "C"], ["A"]]
    (panel,) = observed.value[0].panels
    assert [(one.ref_id, one.name) for one in panel.series] == [("A", "failed")]
    (gap,) = observed.gaps
    assert gap.what == "query C of panel 1 (E) of dashboard e"
    assert "failed to parse expression [C]" in gap.reason


def test_a_panel_whose_every_query_is_wrong_says_so() -> None:
    """One gap, no data, a link."""
    body = {"results": {"A": {"status": 400, "error": "bad_data: parse error"}}}
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/ds/query", as_json(body, 400))]) as server:
        observed = filled(connect(server), 1)
    (panel,) = observed.value[0].panels
    assert panel.problem == "Grafana rejected POST /api/ds/query (HTTP 400): bad_data: parse error"
    assert (panel.series, panel.source, observed.sources) == ((), "", {})
    assert [one.what for one in observed.gaps] == ["panel 1 (Error ratio of checkout) of dashboard checkout-slo"]


def test_one_failed_panel_does_not_take_the_others_with_it() -> None:
    """Of four, one is refused; three have their data."""
    body = {"results": {"A": result(1.0, "a"), "B": result(2.0, "b")}}
    faults = [Fault("/api/ds/query", as_json({"message": "no"}, 403), times=1), Fault("/api/ds/query", as_json(body))]
    with GrafanaServer(prometheus_url=NOWHERE, faults=faults) as server:
        observed = filled(connect(server), 1, 2, 4, 8)
    panels = observed.value[0].panels
    assert sorted(bool(one.problem) for one in panels) == [False, False, False, True]
    assert [one.id for one in panels] == [1, 2, 4, 8]
    assert len(observed.gaps) == 1
    assert len(observed.sources) == 3


@pytest.mark.parametrize("reply", [LOGIN, as_json([]), as_json({"results": []}), as_json({}, 502), None], ids=str)
def test_unusable_panel_data_is_a_problem_of_that_panel(reply: Reply | None) -> None:
    """With a reason, a link and a gap."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/ds/query", reply)]) as server:
        observed = filled(connect(server), 1)
    (panel,) = observed.value[0].panels
    assert panel.problem
    assert panel.link.startswith("https://grafana.example/d/checkout-slo/")
    assert [one.reason for one in observed.gaps] == [panel.problem]


def test_the_deadline_ends_the_waiting_for_panels() -> None:
    """A panel that does not answer in time is a gap that says so."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        grafana = connect(server, seconds=1.0)
        dashboards = grafana.dashboards([CHECKOUT], WINDOW)
        server.faults = [Fault("/api/ds/query", as_json({}), delay=3.0)]
        observed = grafana.panel_data(dashboards.value, WINDOW)
    assert [one.id for one in observed.value[0].panels] == [1, 2]
    assert all("deadline" in one.problem for one in observed.value[0].panels)
    assert ["--deadline" in one.hint for one in observed.gaps] == [True, True]


@pytest.mark.parametrize("reply", [LOGIN, as_json({"a": 1}), as_json({}, 500)], ids=["login", "object", "500"])
def test_unusable_annotations_are_gaps(reply: Reply) -> None:
    """One per kind."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/annotations", reply)]) as server:
        observed = connect(server).annotations(WINDOW)
    assert (observed.value, dict(observed.sources)) == ((), {})
    assert [one.what for one in observed.gaps] == ["annotations", "alerts' changes of state"]


def by_name(probes: tuple[Probe, ...]) -> dict[str, bool | None]:
    """Verdicts by name."""
    return {one.name: one.ok for one in probes}


GOOD = {
    "reachable": True,
    "token accepted": True,
    "version": True,
    "clock": False,  # the collector's stands still in March
    "dashboard checkout-slo readable": True,
    "data source PBFA97CFB590B2093 queryable": True,
    "annotations readable": True,
}


def test_doctor_finds_all_well() -> None:
    """Everything a draft needs was tried."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/ds/query", as_json({"results": {}}))]) as server:
        probes = connect(server).probe([CHECKOUT])
    assert by_name(probes) == GOOD
    assert {one.name: one.detail for one in probes}["version"] == "11.4.0"


@pytest.mark.parametrize(
    ("permission", "failing"),
    [
        ("annotations:read", "annotations readable"),
        ("dashboards:read", "dashboard checkout-slo readable"),
        ("datasources:query", "data source PBFA97CFB590B2093 queryable"),
    ],
)
def test_doctor_names_the_missing_permission(permission: str, failing: str) -> None:
    """In the hint, as one would look for it in Grafana."""
    with GrafanaServer(prometheus_url=NOWHERE, lacking=[permission]) as server:
        probes = {one.name: one for one in connect(server).probe([CHECKOUT])}
    assert probes[failing].ok is False
    assert permission in probes[failing].hint
    assert probes["token accepted"].ok


def test_doctor_stops_at_a_refused_token() -> None:
    """Reached, but nothing else could work."""
    with GrafanaServer(prometheus_url=NOWHERE) as server:
        probes = connect(server, CANARY).probe([CHECKOUT])
    assert by_name(probes) == {"reachable": True, "token accepted": False, "version": True, "clock": False}
    assert CANARY not in repr(probes)


def test_doctor_stops_at_an_unreachable_grafana() -> None:
    """With what to check."""
    with GrafanaServer(prometheus_url=NOWHERE, faults=[Fault("/api/health", None)]) as server:
        (probe,) = connect(server).probe([CHECKOUT])
    assert (probe.name, probe.ok) == ("reachable", False)
    assert probe.hint


def test_doctor_goes_on_where_health_is_not_shown() -> None:
    """Some proxies hide that path; the rest says enough."""
    faults = [Fault("/api/health", as_json({}, 404)), Fault("/api/ds/query", as_json({"results": {}}))]
    with GrafanaServer(prometheus_url=NOWHERE, faults=faults) as server:
        probes = connect(server).probe([CHECKOUT])
    assert by_name(probes) == {name: ok for name, ok in GOOD.items() if name != "clock"}


def test_doctor_tells_a_hidden_version_apart_from_a_failure() -> None:
    """Hiding it is allowed."""
    with GrafanaServer(prometheus_url=NOWHERE, version="") as server:
        probes = {one.name: one for one in connect(server).probe()}
    assert (probes["version"].ok, probes["version"].detail) == (None, "hidden")
