"""Process starts, alerts, rules and changes over the wire, and what doctor sees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead, SloEvidence
from tests.servers.prometheus import (
    NOON,
    ScriptedPrometheus,
    after_noon,
    evaluated,
    give,
    minutes,
    nothing,
    number,
    read_starts,
    refuse,
    series,
    slo,
)
from tests.world.loopback import as_html, as_json

if TYPE_CHECKING:
    from pm_autofill.collect.observation import Probe

STARTS = {"__name__": "process_start_time_seconds", "job": "api", "instance": "10.2.0.17:8080"}
BURN = {"alertname": "Burn", "service": "checkout"}
RULES = {
    "status": "success",
    "data": {
        "groups": [{"interval": 30, "rules": [{"type": "alerting", "name": "Burn", "query": "x > 1", "duration": 60}]}]
    },
}


def _counted(*labels: dict[str, str]) -> SloEvidence:
    """An SLO whose counters come from these targets."""
    counters = matrix(Series(one, np.zeros(1), np.zeros(1)) for one in labels)
    return slo(total=CounterRead(matrix=counters, source="s", start=NOON, end=NOON))


API = _counted({"job": "api", "instance": "10.2.0.17:8080"}, {"job": "api", "instance": "10.2.1.17:8080"})


# ---------------------------------------------------------------- process starts


def test_process_starts_are_read_for_the_counters_own_targets() -> None:
    """And for no others; a start is kept where it appears, changes and ends."""
    samples = series(STARTS, (0, 5), (15, 5), (30, 5), (45, 9), (60, 9), (75, 9), (90, 9))
    with ScriptedPrometheus(script={"count_over_time": number(1), "": give("matrix", samples)}) as server:
        observed = read_starts(server, API, minutes(10))
        counted, query = server.queries
    assert counted == f"(count(count_over_time({query})) or vector(0))"
    assert query == (
        'process_start_time_seconds{instance=~"10\\\\.2\\\\.0\\\\.17:8080|10\\\\.2\\\\.1\\\\.17:8080",job=~"api"}[601s]'
    )
    read = observed.value(API).process_starts
    assert read is not None
    assert list(read.matrix.series[0].times) == after_noon(0, 30, 45, 90)
    assert read.matrix.series[0].values.tolist() == [5.0, 5.0, 9.0, 9.0]
    assert read.source == "prometheus.checkout-availability.process_starts"
    assert parse_qs(urlsplit(observed.sources[read.source].url).query)["g0.expr"] == [query.removesuffix("[601s]")]
    assert observed.gaps == ()


def test_a_single_sample_of_a_start_is_kept() -> None:
    """A process may be scraped once."""
    with ScriptedPrometheus(script={"": give("matrix", series(STARTS, (15, 5)))}) as server:
        read = read_starts(server, API, minutes(10)).value(API).process_starts
    assert read is not None
    assert read.matrix.sample_count == 1


def test_very_many_targets_are_named_by_their_job() -> None:
    """A query of a thousand addresses helps nobody."""
    many = _counted(*({"job": "api", "instance": f"10.2.{n // 250}.{n % 250}:80"} for n in range(1001)))
    with ScriptedPrometheus(script={"": nothing("matrix")}) as server:
        read_starts(server, many, minutes(10))
        assert server.queries[1:] == ['process_start_time_seconds{job=~"api"}[601s]']


@pytest.mark.parametrize("unasked", [slo(), _counted({"service": "checkout"}), _counted()])
def test_counters_without_targets_have_no_process_starts(unasked: SloEvidence) -> None:
    """Nothing is asked, and nothing is missing."""
    with ScriptedPrometheus() as server:
        observed = read_starts(server, unasked, minutes(10))
        assert server.requests == []
    assert (observed.value(unasked), observed.gaps) == (unasked, ())


def test_targets_that_tell_no_start_are_no_gap() -> None:
    """Not every exporter has the metric; a refusal is a gap, and so is one that does not come though it is there."""
    with ScriptedPrometheus(script={"count_over_time": number(0), "": nothing("matrix")}) as server:
        observed = read_starts(server, API, minutes(10))
    assert (observed.value(API), observed.gaps) == (API, ())
    with ScriptedPrometheus(script={"count_over_time": number(2), "": nothing("matrix")}) as server:
        observed = read_starts(server, API, minutes(10))
    assert [gap.reason for gap in observed.gaps] == ["Prometheus sent 0 of 2 series"]
    with ScriptedPrometheus(script={"": refuse(422, "execution", "too many samples")}) as server:
        observed = read_starts(server, API, minutes(10))
    assert observed.gaps[0].what == "process starts"
    assert observed.value(API) == API


# ---------------------------------------------------------------- alerts and rules


def test_alerts_are_read_with_the_instant_they_became_active() -> None:
    """Both metrics are asked for at once, by name."""
    script = {
        "count_over_time": number(1),
        r"ALERTS\{": give("matrix", series({**BURN, "alertstate": "firing"}, (30, 1), (60, 1), (90, 1))),
        r"ALERTS_FOR_STATE\{": give("matrix", series(BURN, *((t, NOON.timestamp() - 60) for t in (30, 60, 90)))),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().alerts(["Burn", "A.b"], minutes(10))
        assert server.queries == [
            '(count(count_over_time(ALERTS{alertname=~"A\\\\.b|Burn"}[601s])) or vector(0))',
            'ALERTS_FOR_STATE{alertname=~"A\\\\.b|Burn"}[601s]',
            'ALERTS{alertname=~"A\\\\.b|Burn"}[601s]',
        ]
    (one,) = observed.value
    assert (one.name, one.state, one.labels) == ("Burn", "firing", {"service": "checkout"})
    assert (one.first, one.last) == (NOON + timedelta(seconds=30), NOON + timedelta(seconds=90))
    assert one.active_at == NOON - timedelta(minutes=1)
    assert one.source in observed.sources
    assert observed.gaps == ()


def test_no_alerts_are_not_asked_for() -> None:
    """An empty list is not all alerts."""
    with ScriptedPrometheus() as server:
        assert server.collector().alerts([], minutes(10)).value == ()
        assert server.requests == []


def test_alerts_that_never_were_active_are_no_gap() -> None:
    """An empty answer is one, where the server counts none either."""
    with ScriptedPrometheus(script={"count_over_time": number(0), "": nothing("matrix")}) as server:
        observed = server.collector().alerts(["Burn"], minutes(10))
    assert (observed.value, observed.gaps) == ((), ())
    assert list(observed.sources) == ["prometheus.alerts"]


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (number(2), "Prometheus sent 0 of 2 series"),
        (nothing(), "Prometheus did not say how many series there are"),
    ],
)
def test_fewer_alerts_than_the_server_counts_are_a_gap(counted: dict[str, object], reason: str) -> None:
    """Their lives are known in part then, or not at all."""
    with ScriptedPrometheus(script={"count_over_time": counted, "": nothing("matrix")}) as server:
        (gap,) = server.collector().alerts(["Burn"], minutes(10)).gaps
    assert (gap.what, gap.reason) == ("the alerts' own times", reason)


def test_alerts_without_their_activation_are_still_read() -> None:
    """What is missing is a gap."""
    firing = give("matrix", series({**BURN, "alertstate": "firing"}, (30, 1)))
    with ScriptedPrometheus(script={r"ALERTS\{": firing}) as server:
        observed = server.collector().alerts(["Burn"], minutes(10))
    assert [one.active_at for one in observed.value] == [None]
    assert len(observed.gaps) == 1
    with ScriptedPrometheus(script={"FOR_STATE": nothing("matrix")}) as server:
        observed = server.collector().alerts(["Burn"], minutes(10))
    assert (observed.value, observed.gaps[0].what) == ((), "the alerts' own times")


def test_rules_are_read() -> None:
    """Alerting rules only, with a link to their page."""
    with ScriptedPrometheus(script={"/api/v1/rules": RULES}) as server:
        observed = server.collector(public_url="https://prometheus.example").rules()
        (request,) = server.requests
    assert (request.method, request.query) == ("GET", (("type", "alert"),))
    assert [one.name for one in observed.value] == ["Burn"]
    assert observed.sources["prometheus.rules"].url == "https://prometheus.example/rules"
    assert observed.sources["prometheus.rules"].query == "GET /api/v1/rules?type=alert"


@pytest.mark.parametrize("status", [400, 404, 405])
def test_a_store_without_rules_is_no_gap(status: int) -> None:
    """It has none to tell."""
    with ScriptedPrometheus(script={"": as_json({"message": "no"}, status)}) as server:
        observed = server.collector().rules()
    assert (observed.value, observed.gaps) == ((), ())


@pytest.mark.parametrize("status", [401, 403, 500])
def test_rules_that_cannot_be_had_are_a_gap(status: int) -> None:
    """Rights and failures are told."""
    with ScriptedPrometheus(script={"": as_json({"message": "no"}, status)}) as server:
        observed = server.collector().rules()
    assert (observed.value, observed.gaps[0].what) == ((), "alerting rules")


# ---------------------------------------------------------------- changes


def test_a_change_query_is_evaluated_step_by_step() -> None:
    """Its samples are the instants at which something changed."""
    query = 'changes(kube_deployment_status_observed_generation{deployment="checkout"}[1m]) > 0'
    deployed = series({"deployment": "checkout"}, (30, 1), (45, 1))
    script = {r"query_range \(changes": give("matrix", deployed, evaluated(0, 600, 15))}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().changes("checkout-api", query, minutes(10))
        assert server.forms[0]["step"] == "15"
    (one,) = observed.value
    assert (one.service, one.query, one.step) == ("checkout-api", query, 15.0)
    assert list(one.matrix.series[0].times) == after_noon(30, 45)
    assert list(observed.sources) == [one.source] == ["prometheus.changes.checkout-api"]


def test_the_last_sample_of_each_series_is_no_stretch() -> None:
    """A vector where a matrix was asked for would make an alert's last sample its first."""
    script = {r"query_range \(changes": give("vector", series({"deployment": "checkout"}, (30, 1)))}
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().changes("checkout-api", "changes(x[1m]) > 0", minutes(10))
    (gap,) = observed.gaps
    assert gap.reason.startswith("Prometheus answered the question for changes of checkout-api with a vector instead")


def test_no_change_is_no_gap_and_a_refusal_is_one() -> None:
    """The wrong query is named by its service."""
    with ScriptedPrometheus(script={"": give("matrix", evaluated(0, 600, 15))}) as server:
        observed = server.collector().changes("checkout-api", "x", minutes(10))
    assert (observed.value[0].matrix.series, observed.gaps) == ((), ())
    with ScriptedPrometheus(script={"": nothing("matrix")}) as server:
        (gap,) = server.collector().changes("checkout-api", "x", minutes(10)).gaps
    assert gap.reason == "Prometheus answered in part only: 0 of 41 evaluations came back"
    with ScriptedPrometheus(script={"": refuse(400, "bad_data", "parse error")}) as server:
        observed = server.collector().changes("checkout-api", "x", minutes(10))
    assert (observed.value, observed.gaps[0].what) == ((), "changes of checkout-api")


# ---------------------------------------------------------------- doctor


def _shown(probes: tuple[Probe, ...]) -> dict[str, tuple[bool | None, str]]:
    """By name, whether it works and what was seen."""
    return {probe.name: (probe.ok, probe.detail) for probe in probes}


def test_doctor_sees_a_prometheus() -> None:
    """Version, rules and retention as it tells them; the loopback server's clock is not the test's."""
    script = {
        "buildinfo": {"status": "success", "data": {"version": "2.42.0"}},
        "runtimeinfo": {"status": "success", "data": {"storageRetention": "15d"}},
        "rules": RULES,
        "query": number(1),
    }
    with ScriptedPrometheus(script=script) as server:
        probes = server.collector().probe()
        url = server.url
    shown = _shown(probes)
    assert {probe.source for probe in probes} == {"Prometheus"}
    assert shown["reachable"] == (True, url)
    assert shown["version"] == (True, "Prometheus 2.42.0")
    assert shown["queries answered"] == (True, "readable")
    assert shown["rules readable"] == (True, "alerting rules: 1")
    assert shown["retention"] == (True, "15d")
    assert shown["clock"][0] is False


def test_doctor_sees_what_a_store_does_not_offer() -> None:
    """That is neither well nor wrong."""
    with ScriptedPrometheus(script={"query": number(1), "": as_json({}, 404)}) as server:
        shown = _shown(server.collector().probe())
    assert shown["version"] == (None, "it does not say")
    assert shown["rules readable"] == (None, "it evaluates no rules")
    assert shown["retention"] == (None, "it does not say")


def test_doctor_sees_refused_credentials() -> None:
    """It answers, but not to us."""
    with ScriptedPrometheus(script={"": refuse(401, "unauthorized", "no")}) as server:
        reachable, credentials = server.collector().probe()
    assert (reachable.name, reachable.ok) == ("reachable", True)
    assert (credentials.name, credentials.ok) == ("credentials accepted", False)
    assert credentials.hint == "Check token, or username and password, under prometheus."


def test_doctor_sees_rules_that_are_forbidden() -> None:
    """A token may be good for queries alone."""
    with ScriptedPrometheus(script={"query": number(1), "": as_json({}, 403)}) as server:
        shown = _shown(server.collector().probe())
    assert shown["rules readable"][0] is False


def test_doctor_sees_a_wrong_address() -> None:
    """A web page or a refusal of the query itself is no Prometheus."""
    with ScriptedPrometheus(script={"": as_html("<html>")}) as server:
        reachable, queries = server.collector().probe()
    assert (reachable.ok, queries.ok) == (False, None)
    with ScriptedPrometheus(script={"": as_json({}, 404)}) as server:
        reachable, queries = server.collector().probe()
    assert (reachable.ok, queries.name, queries.ok) == (True, "queries answered", False)
