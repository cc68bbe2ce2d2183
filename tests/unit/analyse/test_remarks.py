"""Remarks: what a reader of the numbers should know, as codes and figures."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse
from pm_autofill.config.settings import Settings, Targets
from pm_autofill.evidence import Evidence, Request
from pm_autofill.evidence.alerts import AlertRule, AlertSeries
from pm_autofill.evidence.incident import OtherIncident
from pm_autofill.evidence.series import Matrix
from pm_autofill.findings import Basis, Finding, Known, Severity
from pm_autofill.wording.remarks import remark_text
from tests.unit.analyse import worlds
from tests.unit.analyse.cases import (
    ANN,
    ROBOT,
    SETTINGS,
    SOURCES,
    alert,
    at,
    entry,
    evidence,
    incident,
    page,
    record,
    sli,
    totals,
)
from tests.world import plan

TOLD = record(
    page(6),
    entry("acknowledge", 8),
    incident=incident(created_at=at(5), resolved_at=at(60)),
    alerts=(alert(5, starts=4),),
)
USUAL = evidence(
    sli((0, 40, 0.12), totals=(totals(at(40), 1, 150_000_000), totals(at(0), 1, 150_000_000))), pagerduty=TOLD
)


def everything(whole: Evidence, settings: Settings = SETTINGS, **statements: str) -> tuple[Finding, ...]:
    """All remarks; each has words."""
    named = {name.replace("__", "."): value for name, value in statements.items()}
    found = analyse(replace(whole, stated=named), settings).remarks
    for remark in found:
        assert remark_text(remark)
    return found


def remarks(whole: Evidence = USUAL, settings: Settings = SETTINGS, **statements: str) -> dict[str, Finding]:
    """Remarks by code."""
    return {remark.code: remark for remark in everything(whole, settings, **statements)}


def test_the_usual_incident_needs_no_remark() -> None:
    """Nothing odd, nothing said but how sure the count is."""
    assert remarks().keys() == {"count_bounds"}


@pytest.mark.parametrize(
    ("whole", "code", "severity", "values"),
    [
        (
            replace(USUAL, request=Request(as_of=at(54))),
            "recovery_unconfirmed",
            Severity.WARNING,
            {"until": 55},
        ),
        (
            replace(USUAL, pagerduty=replace(TOLD, incident=incident(resolved_at=at(30)))),
            "resolved_before_recovery",
            Severity.WARNING,
            {"seconds": 600},
        ),
        (
            replace(USUAL, pagerduty=record(page(45), entry("acknowledge", 46))),
            "recovered_before_response",
            Severity.INFO,
            {},
        ),
        (
            replace(USUAL, pagerduty=record(page(-5), entry("acknowledge", 8), incident=incident(created_at=at(-6)))),
            "detected_before_impact",
            Severity.WARNING,
            {"seconds": 300},
        ),
        (replace(USUAL, pagerduty=record(page(6))), "never_acknowledged", Severity.INFO, {}),
        (
            replace(USUAL, pagerduty=record(page(6), entry("acknowledge", 7, ROBOT))),
            "acknowledged_by_machine_only",
            Severity.INFO,
            {},
        ),
        (
            replace(USUAL, pagerduty=record(page(6), incident=incident(alert_count=0, opened_by=ANN))),
            "opened_by_hand",
            Severity.INFO,
            {},
        ),
        (
            replace(USUAL, pagerduty=record(page(6), replace(entry("resolve", 60), channel="timeout"))),
            "auto_resolved",
            Severity.WARNING,
            {},
        ),
        (
            replace(
                USUAL, pagerduty=record(page(6), entry("resolve", 20), entry("acknowledge", 21), entry("resolve", 60))
            ),
            "reopened",
            Severity.INFO,
            {"count": 1},
        ),
        (
            evidence(sli((0, 10, 0.2), (20, 40, 0.2)), pagerduty=TOLD),
            "several_periods",
            Severity.INFO,
            {"slo": "availability", "count": 2, "bad_seconds": 1800},
        ),
        (
            evidence(sli((0, 40, 0.12), (-80, -70, 0.2)), pagerduty=TOLD),
            "other_periods",
            Severity.INFO,
            {"slo": "availability", "count": 1},
        ),
        (
            evidence(sli((0, 40, 0.12), totals=(totals(at(40), 1, 10_000_000),)), pagerduty=TOLD),
            "budget_exceeded",
            Severity.WARNING,
            {"slo": "availability", "ratio": 1.152},
        ),
        (
            evidence(sli((0, 40, 0.12), totals=(totals(at(40), 1, 40_000_000),)), pagerduty=TOLD),
            "budget_large_share",
            Severity.WARNING,
            {"slo": "availability", "ratio": 0.288},
        ),
        (
            evidence(sli((0, 40, 0.12), totals=(totals(at(40), 1, 500_000_000, days=3),)), pagerduty=TOLD),
            "history_short",
            Severity.WARNING,
            {"slo": "availability", "coverage_ratio": 0.1},
        ),
        (
            evidence(sli((0, 30, 0.2), traffic=[(0, 30, 0.25)]), pagerduty=TOLD),
            "traffic_fell",
            Severity.WARNING,
            {"slo": "availability", "lost": 54_000},
        ),
        (evidence(sli((0, 40, 0.5), rate=0.3), pagerduty=TOLD), "low_traffic", Severity.INFO, {"slo": "availability"}),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)
def test_what_is_odd_is_said(whole: Evidence, code: str, severity: Severity, values: dict[str, object]) -> None:
    """With its figures."""
    remark = remarks(whole)[code]
    assert remark.severity is severity
    for name, value in values.items():
        found = remark.values[name]
        if name == "until":
            assert not isinstance(found, float | str)
            assert round((found - at(0)).total_seconds() / 60, 1) == value
        elif isinstance(value, str):
            assert found == value
        else:
            assert found == pytest.approx(value, rel=0.02)


def test_an_acknowledgement_of_a_merged_incident_is_one() -> None:
    """Wherever the first was: who answered on the incident that was merged did answer."""
    other = OtherIncident(id="M", title="t", url="", at=at(3), relation="merged")
    logs = {"M": (entry("trigger", 3, ROBOT), page(4, "Bob"), entry("acknowledge", 5))}
    told = record(page(6), merged=(other,), merged_logs=logs, sources={**SOURCES, "log.M": "pd.log.M"})
    assert "never_acknowledged" not in remarks(replace(USUAL, pagerduty=told))
    machine = {"M": (entry("trigger", 3, ROBOT), entry("acknowledge", 5, ROBOT))}
    found = remarks(replace(USUAL, pagerduty=replace(told, merged_logs=machine)))
    assert "acknowledged_by_machine_only" in found


@pytest.mark.parametrize(
    ("window", "events", "code"),
    [
        ("28d", 40_000_000, "budget_large_share"),  # 29 % of it
        ("7d", 20_000_000, None),  # 58 % of a week's, 14 % of four weeks'
        ("7d", 13_000_000, "budget_large_share"),  # 89 %, and 22 %
        ("90d", 150_000_000, "budget_large_share"),  # 8 %, and 25 %
        ("90d", 300_000_000, None),
    ],
)
def test_a_large_share_is_one_of_a_four_week_budget(window: str, events: float, code: str | None) -> None:
    """The policy speaks of four weeks: of a shorter window more may be taken, of a longer one less."""
    days = float(window.removesuffix("d"))
    slo = sli((0, 40, 0.12), totals=(totals(at(40), 1, events, days=days),))
    found = remarks(evidence(replace(slo, definition=replace(slo.definition, window=window)), pagerduty=TOLD))
    assert ("budget_large_share" in found) is (code is not None)


def test_another_start_means_another_time_to_detect() -> None:
    """Of the nearest bad period before; one after the start is no candidate."""
    early = remarks(evidence(sli((0, 40, 0.12), (-80, -70, 0.2)), pagerduty=TOLD))["other_periods"]
    assert early.values["detect_s"] == pytest.approx(86 * 60, abs=60)
    late = remarks(evidence(sli((0, 40, 0.12), (60, 70, 0.2)), pagerduty=TOLD))["other_periods"]
    assert "detect_s" not in late.values


def test_what_is_still_bad_is_said_first() -> None:
    """And not that the recovery is unconfirmed."""
    found = remarks(evidence(sli((0, 90, 0.12)), pagerduty=TOLD))
    assert next(iter(found)) == "still_open"
    assert "recovery_unconfirmed" not in found


def test_an_alert_before_the_impact_watches_something_else() -> None:
    """With how long before."""
    series = AlertSeries(name="Burn", labels={}, state="firing", first=at(-4), last=at(30), source="a")
    found = remarks(replace(USUAL, alert_series=(series,)))["alert_before_impact"]
    assert found.values["seconds"] == pytest.approx(240, abs=2)


def test_where_bounds_overlap_nothing_is_before() -> None:
    """An alert a second before the start is within the start's bounds, and so is a detection."""
    series = AlertSeries(name="Burn", labels={}, state="firing", first=at(-1 / 60), last=at(30), source="a")
    assert "alert_before_impact" not in remarks(replace(USUAL, alert_series=(series,)))
    found = remarks(detection__time=at(-1 / 60).isoformat())
    assert found["order_within_bounds"].values["name"] == "time_to_detect"
    assert "detected_before_impact" not in found


def test_warnings_come_before_notes() -> None:
    """In the order found within each."""
    whole = replace(USUAL, pagerduty=record(page(6), incident=incident(resolved_at=at(30))))
    severities = [remark.severity for remark in analyse(whole, SETTINGS).remarks]
    assert severities == sorted(severities, key=lambda one: one is not Severity.WARNING)
    assert set(severities) == {Severity.WARNING, Severity.INFO}


def test_an_sli_that_did_not_move_says_what_could_have_been_seen() -> None:
    """Where nothing moved; beside one that did, only that it did not."""
    quiet = remarks(evidence(sli(), pagerduty=TOLD))["no_change"]
    floor = quiet.values["smallest_ratio"]
    assert isinstance(floor, float)
    assert 0.001 < floor < 0.01
    beside = remarks(evidence(*USUAL.slos, sli(name="quiet"), pagerduty=TOLD))
    assert beside["slo_not_moved"].values == {"slo": "quiet"}
    assert "no_change" not in beside


def test_what_nothing_can_be_compared_with_is_not_called_unaffected() -> None:
    """An SLO of another service that was bad all the while, with no impact of the incident's own to hold it against."""
    other = sli((1, 40, 0.2), name="payments-slo", service="payments", named=False)
    found = remarks(evidence(other, pagerduty=TOLD))
    assert found["slo_not_compared"].values == {"slo": "payments-slo"}
    assert "slo_not_moved" not in found
    stated = remarks(evidence(other, pagerduty=TOLD), impact__start=at(60).isoformat(), impact__end=at(70).isoformat())
    assert stated["slo_not_moved"].values == {"slo": "payments-slo"}


def test_a_selector_of_bad_events_that_meets_nothing_is_pointed_out() -> None:
    """Nothing failed, or it is mistyped; that nothing would have been missed must not be said."""
    quiet = sli()
    assert quiet.bad is not None
    nothing = replace(quiet, bad=replace(quiet.bad, matrix=Matrix(())))
    found = remarks(evidence(nothing, pagerduty=TOLD))
    assert found["no_bad_series"].severity is Severity.WARNING
    assert "no_change" not in found


def test_a_service_that_was_not_named_is_pointed_out() -> None:
    """It moved all the same."""
    other = sli((1, 40, 0.2), name="payments-slo", service="payments", named=False)
    found = remarks(evidence(*USUAL.slos, other, pagerduty=TOLD))["service_not_named"]
    assert found.values == {"slo": "payments-slo", "service": "payments"}


def test_negative_intervals_are_pointed_out() -> None:
    """Each by its name."""
    found = remarks(impact__end=at(9).isoformat(), mitigation__applied=at(20).isoformat())["negative_interval"]
    assert found.values["name"] == "time_to_resolve"
    assert found.values["seconds"] == pytest.approx(-660)
    early = remarks(mitigation__applied=at(3).isoformat())
    assert early["mitigated_before_response"].values["seconds"] == pytest.approx(300)
    late = remarks(mitigation__applied=at(50).isoformat())
    assert "recovered_before_mitigation" in late
    assert late["stated_overrides"].values == {"name": "mitigation.applied"}


def test_targets_are_held_against_the_intervals() -> None:
    """Met and missed."""
    strict = Settings(targets=Targets(detect="5m", acknowledge="5m", mitigate="30m"))
    found = analyse(replace(USUAL, stated={"mitigation.applied": at(30).isoformat()}), strict).remarks
    judged = {str(one.values["name"]): one.code for one in found if one.code in {"met_target", "missed_target"}}
    assert judged == {
        "time_to_detect": "missed_target",
        "time_to_respond": "met_target",
        "time_to_mitigate": "met_target",
    }


def test_what_mitigated_before_anyone_responded_is_held_to_no_target() -> None:
    """Neither met nor missed: it was nobody's doing."""
    strict = Settings(targets=Targets(mitigate="1s"))
    found = analyse(replace(USUAL, stated={"mitigation.applied": at(3).isoformat()}), strict).remarks
    assert {"met_target", "missed_target"} & {one.code for one in found} == set()


def test_the_objective_of_100_percent_is_pointed_out() -> None:
    """Its budget is zero."""
    slo = USUAL.slos[0]
    perfect = replace(slo, definition=replace(slo.definition, objective=100))
    assert "objective_100" in remarks(evidence(perfect, pagerduty=TOLD))


def test_other_incidents_and_unknown_rules_are_pointed_out() -> None:
    """Merged ones by name, neighbours by number, alerts without a rule."""
    merged = OtherIncident(id="M", title="Same thing", url="", at=at(4), relation="merged", number=7)
    beside = OtherIncident(id="N", title="Other", url="", at=at(-90), relation="same window")
    rule = AlertRule(name="Else", expression="", hold=0, interval=15, labels={}, annotations={}, source="r")
    told = replace(TOLD, merged=(merged,), others=(beside,))
    found = remarks(replace(USUAL, pagerduty=told, alert_rules=(rule,)))
    assert found["merged_incident"].values == {"title": "Same thing", "number": "7"}
    assert found["sibling_incidents"].values == {"count": 1.0}
    assert found["alert_without_rule"].values == {"alert": "Burn"}


def test_what_the_counters_went_through_is_pointed_out() -> None:
    """Sums by the server, partial answers, and that a ratio cannot be counted."""
    slo = USUAL.slos[0]
    assert slo.total is not None
    partial = replace(slo, total=replace(slo.total, pushed_down=True, caveats=("only half of the stores answered",)))
    found = remarks(evidence(partial, pagerduty=TOLD))
    assert found["partial_answer"].values == {"source": "Prometheus", "text": "only half of the stores answered"}
    assert "pushed_down" in found


def test_every_answer_s_remarks_reach_the_reader() -> None:
    """Those on the counters, on the process starts, on the budget's sums and on the weeks before."""
    slo = USUAL.slos[0]
    assert slo.total is not None
    assert slo.bad is not None
    told = replace(
        slo,
        bad=replace(slo.bad, caveats=("PromQL info: metric might not be a counter",)),
        process_starts=replace(slo.total, matrix=Matrix(), caveats=("store 1 is away",)),
        totals=tuple(replace(one, caveats=("store 2 is away",)) for one in slo.totals),
        weeks=(replace(totals(at(40), 1, 1000), caveats=("store 3 is away",)),),
    )
    found = [
        one for one in everything(evidence(told, pagerduty=TOLD)) if one.code in {"partial_answer", "query_remark"}
    ]
    assert [one.values["text"] for one in found] == [
        "store 1 is away",
        "store 2 is away",
        "store 3 is away",
        "PromQL info: metric might not be a counter",
    ]


def test_how_sure_the_count_is_stands_in_one_sentence() -> None:
    """Its bounds, and what they come from; nothing of it where a human stated the count."""
    (bounds,) = [one for one in everything(USUAL) if one.code == "count_bounds"]
    assert bounds.values["kind"] == "availability"
    assert bounds.values["scrape_s"] == 15.0
    assert 0 < float(str(bounds.values["edge_s"])) < 30
    assert float(str(bounds.values["low"])) < 11_520 < float(str(bounds.values["high"]))
    assert "count_bounds" not in remarks(requests__failed="20000")


def test_without_anything_usual_that_is_said() -> None:
    """Five minutes of samples before a stated start tell nothing."""
    young = evidence(sli((0, 40, 0.12), window=(-5, 80)), pagerduty=TOLD)
    assert "no_baseline" in remarks(young, impact__start=at(0).isoformat())


def test_a_threshold_between_buckets_is_pointed_out() -> None:
    """Slow requests are then an estimate: inferred, with the bounds of both buckets, and said so."""
    incident = worlds.history(plan.short_history)
    slo = worlds.between_buckets(incident, 0.3)
    stated = {f"impact.{end}": getattr(incident.truth, end).isoformat() for end in ("start", "end")}
    found = analyse(evidence(slo, stated=stated, as_of=600), SETTINGS)
    (remark,) = [one for one in found.remarks if one.code == "threshold_between"]
    assert remark.severity is Severity.WARNING
    assert remark.values == {"slo": "checkout-latency", "threshold": 0.3, "below": 0.1, "above": 0.5}
    failed, peak = (found.facts[name] for name in ("requests.failed", "requests.failed_ratio_peak"))
    assert isinstance(failed, Known)
    assert failed.basis is Basis.INFERRED
    assert failed.method.endswith("the threshold 0.3 interpolated between the buckets 0.1 and 0.5")
    assert isinstance(failed.low, float)
    assert failed.low <= incident.truth.in_impact().slow < failed.number
    assert isinstance(peak, Known)
    assert isinstance(peak.low, float)
    assert peak.low < 0.03 < peak.number
    total = found.facts["requests.total"]
    assert isinstance(total, Known)
    assert total.basis is Basis.MEASURED


def test_what_was_masked_is_told_once() -> None:
    """By kind, as the evidence counts it; nothing where nothing was."""
    found = {one.code: one for one in everything(replace(USUAL, masked={"phone": 1, "secret": 3}))}
    assert found["masked"].severity is Severity.INFO
    assert found["masked"].values == {"phone_count": 1, "secret_count": 3}
    assert "masked" not in {one.code for one in everything(USUAL)}
