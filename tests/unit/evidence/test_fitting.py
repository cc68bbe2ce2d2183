"""Evidence that is absurdly long loses its longest parts, and nothing is concluded from what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pm_autofill.evidence import completeness as reach
from pm_autofill.evidence.alerts import AlertRule, AlertSeries, ChangeSeries
from pm_autofill.evidence.file import dump, parse
from pm_autofill.evidence.fitting import MOST, fit
from pm_autofill.evidence.incident import ChangeEvent, OtherIncident
from pm_autofill.evidence.panels import Annotation, Dashboard, GrafanaRecord
from pm_autofill.evidence.readings import NOT_ASKED, Answered, Complete, Reading, State, lacking
from pm_autofill.evidence.replay import PastEvents, RuleRun
from pm_autofill.evidence.series import matrix
from pm_autofill.evidence.slos import Events
from pm_autofill.wording.gaps import gap_effect
from tests.unit.analyse.cases import alert, at, entry, evidence, note, record, sli

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.evidence import Evidence

WHOLE = Answered(state=State.COMPLETE)
NAME = "availability"
# What each part is called in a gap, and what may be concluded from it.
READ: dict[str, Callable[[Evidence], Reading[object]]] = {
    "the alerts' own times": reach.alert_series,
    "alerting rules": reach.alert_rules,
    "changes that Prometheus tells of": reach.change_queries,
    "the past of the SLOs": lambda found: reach.about_slo(found, found.slos[0], "past"),
    "a replay of each rule": lambda found: reach.rule_run(found, run("")),
    f"the SLI of {NAME}": lambda found: reach.slo_samples(found, found.slos[0]),
    "the incident's log": reach.incident_log,
    "the logs of incidents merged into it": lambda found: reach.incident_log(found, "M"),
    "the incident's alerts": reach.incident_alerts,
    "the incident's notes": reach.incident_notes,
    "change events": reach.change_events,
    "other incidents": reach.merged_incidents,
    "the incidents of its service in the week before": reach.earlier_incidents,
    "annotations": reach.annotation_marks,
}


def rule(text: str) -> AlertRule:
    """A loaded rule with a long annotation."""
    told = {"summary": text}
    return AlertRule(name="Burn", expression="x > 1", hold=0.0, interval=60.0, labels={}, annotations=told, source="r")


def run(text: str) -> RuleRun:
    """Its replay."""
    ends = {"start": at(-60), "joint": at(-30), "end": at(60), "coarse": 60.0, "fine": 15.0}
    return RuleRun(rule=rule(""), stretches=(), sources=("a",), refused=text, **ends)  # type: ignore[arg-type]


def other(text: str, relation: str) -> OtherIncident:
    """An incident beside it."""
    return OtherIncident(id="O", title=text, url="", at=at(0), relation=relation)


def long(**lengths: int) -> Evidence:
    """Evidence of one of everything, each answered whole, parts as long as wanted."""

    def text(part: str) -> str:
        return "x" * lengths.get(part, 0)

    parts = ("log", "log.M", "alerts", "notes", "changes", "changes.service", "window", "same_alert.1", "earlier")
    told = record(
        entry("trigger", 5, text=text("log")),
        merged_logs={"M": (entry("trigger", 3, text=text("merged_logs")),)},
        alerts=(alert(5, summary=text("alerts")),),
        notes=(note(9, text=text("notes")),),
        changes=(ChangeEvent(id="c", at=at(1), summary=text("changes")),),
        others=(other(text("others"), "same window"),),
        earlier=(other(text("earlier"), "same service"),),
        sources={part: f"pd.{part}" for part in ("incident", *parts)},
    )
    alerting = AlertSeries(name=text("alert_series"), labels={}, state="firing", first=at(1), last=at(2), source="s")
    changed = ChangeSeries(service="checkout", query=text("change_series"), matrix=matrix(()), source="s", step=15.0)
    return evidence(
        sli(),
        pagerduty=told,
        alert_series=(alerting,),
        alert_rules=(rule(text("alert_rules")),),
        changes=(changed,),
        past_events=(PastEvents(slo=NAME, events=Events(total=text("past_events"), bad="b"), total=(), part=()),),
        rule_runs=(run(text("rule_runs")),),
        grafana=GrafanaRecord(
            version="12",
            url="",
            dashboards=(Dashboard(uid="d1", title=text("dashboard"), service="", link=""),),
            annotations=(Annotation(id=1, start=at(1), text=text("annotations"), source="g"),),
        ),
        readings={
            **{reach.of_incident(part): WHOLE for part in parts},
            **{reach.of_slo(NAME, part): WHOLE for part in ("samples", "history", "past")},
            reach.RULES: WHOLE,
            reach.ALERT_SERIES: WHOLE,
            reach.of_service("checkout"): WHOLE,
            reach.of_rule(rule("")): WHOLE,
            reach.ANNOTATIONS: WHOLE,
            reach.DASHBOARDS: WHOLE,
            reach.DASHBOARD_ANNOTATIONS: NOT_ASKED,
        },
    )


LENGTHS = {
    "alert_series": "the alerts' own times",
    "alert_rules": "alerting rules",
    "change_series": "changes that Prometheus tells of",
    "past_events": "the past of the SLOs",
    "rule_runs": "a replay of each rule",
    "log": "the incident's log",
    "merged_logs": "the logs of incidents merged into it",
    "alerts": "the incident's alerts",
    "notes": "the incident's notes",
    "changes": "change events",
    "others": "other incidents",
    "earlier": "the incidents of its service in the week before",
    "annotations": "annotations",
    "dashboard": "dashboard d1",
}


def test_what_fits_is_left_alone() -> None:
    """As any ordinary evidence does."""
    ordinary = long()
    assert all(isinstance(read(ordinary), Complete) for read in READ.values())
    assert fit(ordinary) is ordinary
    assert len(dump(ordinary)) < MOST / 100


@pytest.mark.parametrize("part", LENGTHS)
def test_the_longest_part_goes_and_is_a_gap(part: str) -> None:
    """No other part goes with it, and the evidence says how long it was and what is unknown now."""
    fitted = fit(long(**{part: 2 * 2**20}), most=2**20)
    (gap,) = fitted.gaps
    assert (gap.what, gap.reason) == (LENGTHS[part], "it takes 2.0 MiB, of the 1 MiB that all evidence may take")
    assert "what it would have told" not in gap_effect(gap)
    assert len(dump(fitted)) < 2**20
    open_again = {what for what, read in READ.items() if lacking(read(fitted))}
    assert open_again == {LENGTHS[part]} & READ.keys()


def test_nothing_is_concluded_from_what_was_left_out() -> None:
    """Not of any part: the questions are open again, but for those nobody asked."""
    fitted = fit(long(), most=0)
    assert {what: lacking(read(fitted)) for what, read in READ.items()} == {what: what for what in READ}
    assert fitted.readings[reach.DASHBOARD_ANNOTATIONS] == NOT_ASKED
    assert reach.of_slo(NAME, "usual") not in fitted.readings
    assert fitted.pagerduty is not None
    assert fitted.pagerduty.sources == {"incident": "pd.incident"}
    assert fitted.pagerduty.incident == record().incident
    assert fitted.slos[0].definition == sli().definition


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(LENGTHS)), st.integers(0, 2**17)))
def test_what_is_left_fits_and_can_be_read(lengths: dict[str, int]) -> None:
    """Whatever was long; and fitting again changes nothing."""
    fitted = fit(long(**lengths), most=2**16)
    raw = dump(fitted)
    assert len(raw) < 2**16 + 500 * (len(fitted.gaps) + 1)
    assert dump(parse(raw, name="evidence.json")) == raw
    assert fit(fitted, most=len(raw)) is fitted
