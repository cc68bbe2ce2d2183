"""The rules in which SLOs are found, over the wire; and the kinds of samples that are no running counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pm_autofill.collect.discovery import discover
from pm_autofill.config import parse
from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.slos import Events, Reading, SloDefinition, SloEvidence
from pm_autofill.instants import Window
from pm_autofill.slo.discovered import Rule
from tests.servers.prometheus import (
    NOON,
    ScriptedPrometheus,
    count_events,
    give,
    minutes,
    nothing,
    number,
    read_slo,
    refuse,
    series,
)
from tests.world.loopback import as_html

if TYPE_CHECKING:
    from pm_autofill.collect.prometheus.client import Prometheus
    from tests.world.loopback import Reply

LABELS = {"sloth_id": "shop-availability", "sloth_service": "shop"}
INFO = {"__name__": "sloth_slo_info", "sloth_objective": "99.9"} | LABELS
DAYS = {"__name__": "slo:time_period:days"} | LABELS
RECORDED = give(
    "vector",
    {"metric": INFO, "value": [NOON.timestamp(), "1"]},
    {"metric": DAYS, "value": [NOON.timestamp(), "30"]},
)
UP = {"__name__": "up", "job": "api", "instance": "a"}


def rules(*some: dict[str, object]) -> dict[str, object]:
    """An answer with one group of rules."""
    return {"status": "success", "data": {"groups": [{"name": "g", "rules": list(some)}]}}


def test_every_rule_is_handed_on() -> None:
    """Recording and alerting, with their labels; what is no rule is passed over."""
    script = {
        "/api/v1/rules": rules(
            {"type": "recording", "name": "r", "query": "sum(up)", "labels": {"slo": "x", "n": 1}},
            {"type": "alerting", "name": "a", "query": "r > 1"},
            {"name": "no query"},
        )
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().slo_rules(NOON)
    assert observed.value == (Rule("r", "sum(up)", {"slo": "x"}), Rule("a", "r > 1", {}))
    assert observed.gaps == ()
    assert list(observed.sources) == ["prometheus.slo_rules"]


@pytest.mark.parametrize(
    "answer",
    [
        rules(),
        rules({"type": "alerting", "name": "a", "query": "up < 1"}),
        refuse(404, "not_found", "no rules here"),
        as_html("not here", 404),
    ],
)
def test_a_store_without_slo_rules_is_asked_for_what_sloth_recorded(answer: Reply | dict[str, object]) -> None:
    """Its metadata series stand for the rules that recorded them."""
    with ScriptedPrometheus(script={"/api/v1/rules": answer, "sloth_slo_info": RECORDED}) as server:
        observed = server.collector().slo_rules(NOON)
    assert observed.value == (
        Rule("slo:time_period:days", "vector(30.0)", LABELS),
        Rule("sloth_slo_info", "vector(1.0)", {"sloth_objective": "99.9", **LABELS}),
    )
    assert observed.gaps == ()


def test_neither_rules_nor_series_is_no_gap() -> None:
    """Nobody promised that there are any."""
    with ScriptedPrometheus(script={"/api/v1/rules": rules(), "sloth_slo_info": nothing()}) as server:
        observed = server.collector().slo_rules(NOON)
    assert (observed.value, observed.sources, observed.gaps) == ((), {}, ())


@pytest.mark.parametrize(
    "script",
    [
        {"/api/v1/rules": refuse(503, "unavailable", "overloaded")},
        {"/api/v1/rules": rules(), "sloth_slo_info": refuse(503, "unavailable", "overloaded")},
    ],
)
def test_a_failed_look_is_a_gap(script: dict[str, object]) -> None:
    """With what is missing."""
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().slo_rules(NOON)
    assert observed.value == ()
    assert [gap.what for gap in observed.gaps] == ["SLOs in Prometheus' rules"]


def gauge() -> SloDefinition:
    """An SLO whose events are the samples of a gauge that is 1 while all is well."""
    events = Events(total="up", good="up", total_reading=Reading.COUNT, part_reading=Reading.SUM)
    return SloDefinition(name="probe", service="shop", objective=Decimal(99), events=events)


def test_samples_that_are_events_are_counted() -> None:
    """Ten samples, of which three are bad: ten events, seven of them good."""
    samples = [(60.0 * n, 0.0 if n in {4, 5, 6} else 1.0) for n in range(11)]
    counted = r"^/api/v1/query sum by \(job, instance\)"
    script = {counted: number(11, job="api", instance="a"), r"query up\[": give("matrix", series(UP, *samples))}
    with ScriptedPrometheus(script=script) as server:
        slo = read_slo(server.collector(), gauge(), minutes(10))
    assert count_events(slo, slo.total, minutes(10)) == 10
    assert count_events(slo, slo.good, minutes(10)) == 7


def test_samples_that_are_events_are_summed_by_the_server() -> None:
    """A budget window takes the functions that Prometheus has for them."""
    script = {
        r"\[1d:1h\] offset 30d": number((NOON - timedelta(days=31)).timestamp()),
        r"^/api/v1/query sum\(count_over_time\(up\[2591999999ms\]\)\)$": number(1000),
        r"^/api/v1/query sum\(sum_over_time\(up\[2591999999ms\]\)\)$": number(990),
    }
    with ScriptedPrometheus(script=script) as server:
        slo = SloEvidence(definition=gauge())
        observed = server.collector().totals(slo, Window(NOON - timedelta(days=30), NOON))
    (totals,) = observed.value(slo).totals
    assert (totals.total, totals.bad) == (1000, 10)


def test_too_many_samples_are_summed_by_the_server_per_step() -> None:
    """As counters are, with the functions for samples that are events."""
    steps = series({}, *[(60.0 * n, 4) for n in range(1, 11)])
    taken = [(60.0 * n, NOON.timestamp() + 60.0 * n) for n in range(11)]
    each = [(60.0 * n, 1.0) for n in range(11)]
    scrapes = [
        series({"pm_autofill_scrapes": name}, *one) for name, one in (("first", taken), ("last", taken), ("each", each))
    ]
    script = {
        r"query_range label_replace": give("matrix", *scrapes),
        r"by \(job, instance\)": number(3_000_000, job="api", instance="a"),
        r"^/api/v1/query_range sum\(count_over_time\(up\[59999ms\]\)\)$": give("matrix", steps),
        r"^/api/v1/query_range sum\(sum_over_time\(up\[59999ms\]\)\)$": give("matrix", steps),
    }
    with ScriptedPrometheus(script=script) as server:
        slo = read_slo(server.collector(), gauge(), minutes(10))
    assert slo.total is not None
    assert slo.total.pushed_down
    assert count_events(slo, slo.total, minutes(10)) == 40


@dataclass(frozen=True)
class OnlyPrometheus:
    """The collectors of a run that asks Prometheus alone."""

    collector: Prometheus

    def prometheus(self) -> Prometheus:
        """The collector."""
        return self.collector


def sloth_rules(count: int) -> list[dict[str, object]]:
    """What Sloth records of so many SLOs of one service."""
    found: list[dict[str, object]] = []
    for n in range(count):
        labels = {"sloth_id": f"shop-{n}", "sloth_service": "shop", "sloth_objective": "99.9"}
        for name, query in (("slo:time_period:days", "vector(30)"), ("slo:sli_error:ratio_rate5m", "a / b")):
            found.append({"name": name, "query": query, "labels": labels})
    return found


@pytest.mark.parametrize(("count", "taken", "gaps"), [(0, 0, 0), (50, 50, 0), (51, 0, 1)])
def test_a_service_has_so_many_slos_and_no_more(count: int, taken: int, gaps: int) -> None:
    """A label that matches a whole platform is a gap that says what to do."""
    request = Request(as_of=NOON, service="shop")
    template = TemplateText(name="t", text="")
    empty = Evidence(collected_at=NOON, version="1", request=request, configuration={}, template=template)
    settings = parse({"prometheus": {"url": "http://127.0.0.1"}, "services": [{"name": "shop"}]}, path=None).settings
    script = {"/api/v1/rules": rules(*sloth_rules(count)), "sloth_slo_info": nothing()}
    with ScriptedPrometheus(script=script) as server:
        sources = OnlyPrometheus(server.collector())
        evidence, found = discover(empty, settings, ("shop",), (), sources)  # type: ignore[arg-type]

    assert (len(found), len(evidence.gaps)) == (taken, gaps)
    assert all(one.origin.endswith("chosen by the configured service") for one in found)
    assert all(gap.reason.startswith("51 of them match") for gap in evidence.gaps)
