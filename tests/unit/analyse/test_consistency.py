"""Remarks on what the sources contradict one another in, and on what belongs under a human's heading."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.consistency import missing_seconds
from pm_autofill.analyse.draft import analyse
from pm_autofill.evidence import Evidence, Source
from pm_autofill.evidence.alerts import AlertRule, AlertSeries
from pm_autofill.evidence.incident import OtherIncident
from pm_autofill.evidence.series import matrix
from pm_autofill.evidence.slos import BudgetMethod
from pm_autofill.findings import Finding, Severity
from pm_autofill.instants import Window
from pm_autofill.wording.remarks import remark_text
from tests.unit.analyse.cases import ANN, ROBOT, SETTINGS, alert, at, entry, evidence, holed, page, record, sli, totals

TOLD = record(page(6), entry("acknowledge", 8), alerts=(alert(5, starts=4),))
USUAL = evidence(sli((0, 40, 0.12), totals=(totals(at(40), 1, 150_000_000),)), pagerduty=TOLD)


def collected(whole: Evidence) -> tuple[Finding, ...]:
    """All remarks; each has words."""
    found = analyse(whole, SETTINGS).remarks
    assert all(remark_text(remark) for remark in found)
    return found


def remarks(whole: Evidence) -> dict[str, Finding]:
    """Remarks by code."""
    return {remark.code: remark for remark in collected(whole)}


def test_incidents_that_began_during_the_impact_look_like_a_part_of_it() -> None:
    """Each by its name; without an impact only those of the same alert do."""
    again = OtherIncident(id="N", title="Burn", url="", at=at(30), relation="same alert", number=8)
    other = OtherIncident(id="O", title="Disk", url="", at=at(30), relation="same window", number=9)
    told = replace(TOLD, others=(again, other))
    found = [one for one in collected(replace(USUAL, pagerduty=told)) if one.code == "same_incident"]
    assert [one.values["number"] for one in found] == ["8", "9"]
    assert found[0].values == {"title": "Burn", "number": "8", "at": at(30), "how": "same alert"}

    bare = collected(evidence(pagerduty=told))
    assert [one.values["number"] for one in bare if one.code == "same_incident"] == ["8"]
    assert [one.values for one in bare if one.code == "sibling_incidents"] == [{"count": 1.0}]


def test_a_start_after_the_first_sign_is_pointed_out() -> None:
    """A human stated a start that others' traces contradict; an alert before it has a remark of its own."""
    stated = {"impact.start": "2026-11-18T12:05:30Z"}
    assert "start_after_first_row" not in remarks(replace(USUAL, stated=stated))
    late = replace(USUAL, pagerduty=record(entry("trigger", 5, ROBOT), page(6)), stated=stated)
    assert remarks(late)["start_after_first_row"].values == {"at": at(5), "seconds": 30.0}


def test_clocks_that_differ_are_pointed_out() -> None:
    """PagerDuty cannot have had an alert before it fired."""
    assert remarks(evidence(pagerduty=record(page(6), alerts=(alert(5, starts=5.5),))))["clocks_apart"].values == {
        "seconds": 30.0
    }
    assert "clocks_apart" not in remarks(evidence(pagerduty=record(page(6), alerts=(alert(5, starts=4.5),))))


@pytest.mark.parametrize(
    ("stretches", "seconds"),
    [
        ([(5.5, 30)], 30.0),  # fired only after PagerDuty had it
        ([(4.5, 30)], None),
        ([(5.01, 30)], None),  # PagerDuty cuts its seconds
        ([(-20, 2), (6, 30)], None),  # an earlier firing, that Alertmanager sent late
        ([(40, 60)], None),  # its own firing is not recorded
        ([], None),
    ],
)
def test_clocks_are_compared_by_samples_where_alertmanager_tells_no_time(
    stretches: list[tuple[float, float]], seconds: float | None
) -> None:
    """Before its version 0.30; of the same alert by its labels."""
    series = tuple(
        AlertSeries(name="Burn", labels={"team": "a"}, state="firing", first=at(first), last=at(last), source="al")
        for first, last in stretches
    )
    told = record(page(6), alerts=(alert(5, team="a"),))
    found = remarks(evidence(pagerduty=told, alert_series=series)).get("clocks_apart")
    assert (found.values["seconds"] if found else None) == seconds
    other = record(page(6), alerts=(alert(5, team="b"),))
    assert "clocks_apart" not in remarks(evidence(pagerduty=other, alert_series=series))


def test_missing_samples_are_not_good_ones() -> None:
    """How long there are none; a tenth of the impact and more is a warning, none at all leaves the SLI unjudged."""
    slo = USUAL.slos[0]
    assert slo.total is not None
    cut = replace(slo, total=holed(slo.total, 10, 16))
    found = remarks(evidence(cut, pagerduty=TOLD))["samples_missing"]
    assert found.severity is Severity.WARNING
    assert found.values["seconds"] == 345.0
    assert found.values["ratio"] == pytest.approx(0.1439, abs=0.0005)
    empty = replace(slo, total=replace(slo.total, matrix=matrix([])), bad=None)
    assert remarks(evidence(empty, pagerduty=TOLD))["sli_without_data"].values == {"slo": "availability"}
    assert "slo_not_moved" not in remarks(evidence(empty, pagerduty=TOLD))


def test_an_impact_without_a_single_sample_is_all_missing() -> None:
    """Between two samples that lie around it; one shorter than the scrapes are apart misses nothing."""
    read = USUAL.slos[0].total
    assert read is not None
    assert missing_seconds(holed(read, -5, 40), Window(at(0), at(30))) == 1785.0
    assert missing_seconds(read, Window(at(0) + timedelta(seconds=1), at(0) + timedelta(seconds=9))) == 0.0


def test_quiet_hours_are_those_with_half_the_requests() -> None:
    """Against the mean of the budget window, where that is counted in requests."""
    busy = replace(USUAL.slos[0], totals=(totals(at(40), 1, 220_000_000),))
    assert remarks(replace(USUAL, slos=(busy,)))["quiet_hours"].values["ratio"] == pytest.approx(0.4713, abs=0.001)
    assert "quiet_hours" not in remarks(USUAL)
    by_slices = replace(busy.definition, method=BudgetMethod.TIMESLICES, slice_length=1.0)
    slow = sli((0, 40, 0.12), rate=0.4, usual=0.01, definition=by_slices, totals=(totals(at(40), 1, 2_592_000),))
    assert "quiet_hours" not in remarks(replace(USUAL, slos=(slow,)))


def test_alerts_of_the_service_that_the_incident_does_not_hold() -> None:
    """By the service their rules name: one that fired beside it, one that never did; silent where none were read."""
    rules = tuple(
        AlertRule(
            name=name, expression="", hold=0, interval=15, labels={"service": "checkout"}, annotations={}, source="r"
        )
        for name in ("Burn", "Slow", "Never")
    )
    slow = AlertSeries(name="Slow", labels={}, state="firing", first=at(12), last=at(41), source="al")
    source = Source(system="Prometheus", query="", url="", retrieved_at=at(70), sha256="")
    whole = replace(USUAL, alert_rules=rules, alert_series=(slow,), sources={"prometheus.alerts": source})
    found = remarks(whole)
    assert "alert_never_fired" not in found
    assert found["alert_not_in_incident"].values == {"alert": "Slow", "at": at(12)}
    by_hand = replace(whole, pagerduty=record(page(6)))
    missed = [one.values for one in collected(by_hand) if one.code == "alert_never_fired"]
    assert missed == [{"alert": "Burn"}, {"alert": "Never"}]
    assert "alert_never_fired" not in remarks(replace(by_hand, sources={}))


def test_what_made_it_hard_is_counted() -> None:
    """Escalations and acknowledgements that timed out, pages, triggers; a person's own escalation is none."""
    log = [entry("trigger", 5 + number / 2, ROBOT) for number in range(7)]
    log += [page(6 + number / 2, "Ann" if number % 2 else "Bob") for number in range(10)]
    log += [entry("acknowledge", 12), replace(entry("unacknowledge", 42, ROBOT), channel="timeout")]
    log += [replace(entry("escalate", 43, ROBOT), channel="timeout"), entry("escalate", 44, ANN), entry("resolve", 60)]
    found = remarks(evidence(pagerduty=record(*sorted(log, key=lambda one: one.at))))
    assert found["escalated_by_timeout"] == Finding(
        code="escalated_by_timeout", severity=Severity.INFO, values={"count": 1.0}, sources=("pd.log",)
    )
    assert found["acknowledgement_lapsed"].values == {"count": 1.0}
    assert found["alert_noise"].values == {"pages": 10.0, "people": 2.0, "triggers": 7.0}


def test_quiet_hours_are_luck_unless_the_incident_made_them_quiet() -> None:
    """A fifth of the mean of thirty days; not where requests were lost."""
    busy = sli((0, 40, 0.12), totals=(totals(at(40), 1, 500_000_000),))
    assert remarks(evidence(busy, pagerduty=TOLD))["quiet_hours"].values["ratio"] == pytest.approx(0.207, abs=0.001)
    lost = sli((0, 30, 0.2), traffic=[(0, 30, 0.25)], totals=(totals(at(30), 1, 500_000_000),))
    assert "quiet_hours" not in remarks(evidence(lost, pagerduty=TOLD))


def test_an_alert_without_a_runbook_is_pointed_out() -> None:
    """Where its rule or its payload could have named one."""
    rule = AlertRule(name="Burn", expression="", hold=0, interval=15, labels={}, annotations={}, source="r")
    bare = remarks(replace(USUAL, alert_rules=(rule,)))["no_runbook"]
    assert (bare.values, bare.sources) == ({"alert": "Burn"}, ("r",))
    told = replace(rule, annotations={"runbook_url": "https://runbooks.example/burn"})
    assert "no_runbook" not in remarks(replace(USUAL, alert_rules=(told,)))
    assert "no_runbook" not in remarks(USUAL)


def test_a_mitigation_before_anybody_acted_is_nobodys_doing() -> None:
    """Stated, and before the first action; told once."""
    healed = remarks(replace(USUAL, stated={"mitigation.applied": "2026-11-18T12:05:30Z"}))
    assert float(str(healed["mitigated_before_response"].values["seconds"])) > 0
    assert "negative_interval" not in healed
