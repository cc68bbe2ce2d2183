"""A refresh never replaces known by unknown, nor an answer by one that covers less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.evidence import Evidence, Gap, Request, Source, TemplateText
from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.continuity import carry_over
from pm_autofill.evidence.incident import (
    Agent,
    AgentKind,
    ChangeEvent,
    Incident,
    IncidentRecord,
    LogEntry,
    Note,
    OtherIncident,
)
from pm_autofill.evidence.panels import Annotation, Dashboard, GrafanaRecord, Panel
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.evidence.replay import PastEvents, RuleRun, Steps
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import BudgetTotals, CounterRead, Events, SloDefinition, SloEvidence

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
DEFINITION = SloDefinition(name="a", service="s", objective=Decimal("99.9"), events=Events(total="t", bad="b"))
GAP = Gap(source="Prometheus", what="x", reason="down", hint="wait")
ANN = Agent(kind=AgentKind.PERSON, name="Ann")
INCIDENT = Incident(
    id="P1",
    number=1,
    title="t",
    url="u",
    status="resolved",
    created_at=NOON,
    resolved_at=None,
    service_id="S",
    service="s",
)


def source(query: str) -> Source:
    """A question that was answered."""
    return Source(system="Prometheus", query=query, url="", retrieved_at=NOON, sha256=query)


def counter(minutes: int, *, start: datetime = NOON, every: int = 15, name: str = "total") -> CounterRead:
    """A read of so many minutes, all scraped."""
    times = start.timestamp() + np.arange(0, minutes * 60, every, dtype=float)
    found = matrix([Series({"job": "a"}, times, np.arange(len(times), dtype=float))])
    return CounterRead(matrix=found, source=name, start=start, end=start + timedelta(minutes=minutes))


def totals(end: datetime, *, days: int = 30, bad: float = 1.0) -> BudgetTotals:
    """A budget window's events."""
    return BudgetTotals(start=end - timedelta(days=days), end=end, bad=bad, total=100.0, sources=("totals",))


def evidence(*slos: SloEvidence, as_of: datetime = NOON + timedelta(hours=2), **parts: object) -> Evidence:
    """Evidence of a run."""
    return Evidence(
        collected_at=as_of,
        version="1",
        request=Request(as_of=as_of),
        configuration={"services": [{"name": "s", "dashboards": [{"uid": "d1"}]}]},
        template=TemplateText(name="t", text=""),
        slos=slos,
        **parts,  # type: ignore[arg-type]
    )


def slo(**parts: object) -> SloEvidence:
    """What was observed of the SLO."""
    return SloEvidence(definition=DEFINITION, **parts)  # type: ignore[arg-type]


def test_samples_that_cannot_be_read_again_stay() -> None:
    """Prometheus is down on the second run: its earlier answers and their sources stand, and the gap stays."""
    before = evidence(
        slo(total=counter(60), bad=counter(60, name="bad"), totals=(totals(NOON),), history_start=NOON),
        sources={"total": source("old")},
    )
    after = carry_over(evidence(slo(), gaps=(GAP,)), before)
    assert after.slos == before.slos
    assert after.sources == {"total": source("old")}
    assert after.gaps == (GAP,)


def test_new_samples_win_over_earlier_ones() -> None:
    """A refresh refreshes."""
    new = evidence(slo(total=counter(90)), sources={"total": source("new")})
    assert carry_over(new, evidence(slo(total=counter(60)), sources={"total": source("old")})) == new


def test_samples_that_expired_stay_with_their_own_source() -> None:
    """Weeks later the engine has dropped the incident: an empty answer is no news, and its proof is the old one's."""
    before = evidence(slo(total=counter(60), bad=counter(60, name="bad")), sources={"total": source("old")})
    empty = CounterRead(matrix=matrix([]), source="total", start=NOON, end=NOON + timedelta(hours=1))
    after = carry_over(evidence(slo(total=empty, bad=empty), sources={"total": source("new")}), before)
    assert after.slos[0].total == counter(60)
    assert after.slos[0].bad == counter(60, name="bad")
    assert after.sources["total"] == source("old")


def test_half_of_the_samples_are_less_than_all() -> None:
    """Retention ends inside the window; totals and failures are taken from one run, not mixed."""
    before = evidence(slo(total=counter(60), bad=counter(60, name="bad")))
    partly = counter(60)
    late = matrix([partly.matrix.series[0].cut(NOON.timestamp() + 1800, NOON.timestamp() + 3600)])
    half = replace(partly, matrix=late)
    after = carry_over(evidence(slo(total=half, bad=half)), before)
    assert after.slos == before.slos


def test_a_narrower_window_is_not_less() -> None:
    """Somebody asked for less on purpose: compared is the time that both asked for."""
    new = evidence(slo(total=counter(30)))
    assert carry_over(new, evidence(slo(total=counter(60)))) == new


def test_sums_by_the_server_replace_raw_samples() -> None:
    """They are fewer by nature."""
    summed = replace(counter(60, every=60), pushed_down=True)
    new = evidence(slo(total=summed))
    assert carry_over(new, evidence(slo(total=counter(60)))) == new


def test_samples_of_other_counters_are_not_taken() -> None:
    """The definition changed in between; a new objective alone changes no sample."""
    other = replace(DEFINITION, events=Events(total="t2", bad="b"))
    stricter = replace(DEFINITION, objective=Decimal("99.99"))
    before = evidence(slo(total=counter(60)))
    assert carry_over(evidence(SloEvidence(definition=other)), before).slos[0].total is None
    kept = carry_over(evidence(SloEvidence(definition=stricter)), before).slos[0]
    assert kept.total == counter(60)
    assert kept.definition == stricter


def test_budget_windows_are_kept_by_their_end() -> None:
    """One of two could be read; one reaches back less far than it did."""
    start, end = NOON, NOON + timedelta(hours=1)
    before = evidence(slo(total=counter(60), totals=(totals(start, bad=5), totals(end, bad=7))))
    now = evidence(slo(total=counter(60), totals=(totals(end, days=3, bad=2),)))
    after = carry_over(now, before)
    assert {one.end: one.bad for one in after.slos[0].totals} == {start: 5, end: 7}


COMPLETE, GONE = Answered(state=State.COMPLETE), Answered(state=State.REFUSED, missing="it is down")
IN_PART = Answered(state=State.PARTIAL, missing="it is down")


def answered(whole: Evidence, **readings: Answered) -> Evidence:
    """Evidence of an incident that is over, with how far its questions were answered."""
    named = {name.replace("__", "."): one for name, one in readings.items()}
    incident = Incident(
        id="P1",
        number=1,
        title="",
        url="",
        status="resolved",
        created_at=NOON,
        resolved_at=NOON,
        service_id="",
        service="",
    )
    return replace(whole, pagerduty=IncidentRecord(incident=incident), readings=named)


def test_a_budget_window_that_is_refused_when_it_is_asked_again_is_still_whole() -> None:
    """It is a question of its own: asking it again takes nothing from what it once had."""
    key = f"slo.{DEFINITION.name}.totals.a/b"
    before = replace(answered(evidence(slo(totals=(totals(NOON),)))), readings={key: COMPLETE})
    first = carry_over(replace(answered(evidence(slo())), readings={key: GONE}), before)
    assert first.readings[key] == COMPLETE
    again = carry_over(replace(first, readings={key: IN_PART}), before)
    assert again.readings[key] == COMPLETE
    other = replace(first, slos=(slo(),), readings={key: IN_PART})
    gone = replace(before, slos=(slo(),))
    assert carry_over(other, gone).readings[key] == IN_PART


@pytest.mark.parametrize(
    ("questions", "now", "kept"),
    [
        (("alert_rules",), GONE, True),
        (("alert_rules", "incident.log"), GONE, False),
        (("alert_rules",), IN_PART, True),
        ((), GONE, False),
        (("unheard.of",), GONE, False),
    ],
)
def test_a_gap_says_where_an_earlier_answer_stands(questions: tuple[str, ...], now: Answered, kept: bool) -> None:  # noqa: FBT001 - a table
    """Only where all stand that it is missing from."""
    gap = Gap(source="Prometheus", what="w", reason="r", hint="h", questions=questions)
    rule = AlertRule(name="Burn", expression="x", hold=0, interval=15, labels={}, annotations={}, source="rules")
    before = answered(evidence(alert_rules=(rule,)), alert_rules=COMPLETE, incident__log=GONE)
    new = answered(evidence(gaps=(gap,)), alert_rules=now, incident__log=GONE)
    assert [one.kept for one in carry_over(new, before).gaps] == [kept]


def test_another_budget_window_takes_no_totals() -> None:
    """28 days are not 30."""
    shorter = SloEvidence(definition=replace(DEFINITION, window="28d"), total=counter(60))
    assert carry_over(evidence(shorter), evidence(slo(total=counter(60), totals=(totals(NOON),)))).slos[0].totals == ()


def test_nothing_is_taken_from_a_later_now() -> None:
    """``--as-of`` leaves later observations out, also those of an earlier run."""
    new = evidence(slo(), as_of=NOON)
    assert carry_over(new, evidence(slo(total=counter(60)), as_of=NOON + timedelta(hours=2))) == new


def entry(id_: str) -> LogEntry:
    """A log entry."""
    return LogEntry(id=id_, type="acknowledge", known=True, at=NOON, agent=ANN, channel="", summary="")


def test_parts_of_the_incident_that_cannot_be_read_again_stay() -> None:
    """The log and the neighbours fail, the notes come anew."""
    past = OtherIncident(id="P0", title="t", url="", at=NOON, relation="past")
    before = IncidentRecord(
        incident=INCIDENT,
        log=(entry("a"),),
        notes=(Note(id="n", at=NOON, author=ANN, text="old"),),
        others=(past,),
        merged_logs={"M": (entry("m"),)},
        sources={"incident": "i", "log": "l", "notes": "n", "past": "p", "log.M": "lm"},
    )
    now = IncidentRecord(
        incident=INCIDENT,
        notes=(Note(id="n", at=NOON, author=ANN, text="new"),),
        sources={"incident": "i", "notes": "n"},
    )
    after = carry_over(evidence(pagerduty=now), evidence(pagerduty=before)).pagerduty
    assert after is not None
    assert after.log == (entry("a"),)
    assert after.merged_logs == {"M": (entry("m"),)}
    assert [note.text for note in after.notes] == ["new"]
    assert after.others == (past,)
    assert after.sources == before.sources


def test_changes_come_from_two_questions() -> None:
    """Where one fails, its own stay beside what the other tells anew; so do the incidents of the week before."""
    related, own = (ChangeEvent(id=id_, at=NOON, summary=id_) for id_ in ("related", "own"))
    week = OtherIncident(id="P9", title="t", url="", at=NOON, relation="earlier")
    before = IncidentRecord(
        incident=INCIDENT,
        changes=(own, related),
        earlier=(week,),
        sources={"changes": "c", "changes.service": "s", "earlier": "e"},
    )
    now = IncidentRecord(incident=INCIDENT, changes=(replace(related, summary="anew"),), sources={"changes": "c"})
    after = carry_over(evidence(pagerduty=now), evidence(pagerduty=before)).pagerduty
    assert after is not None
    assert [one.summary for one in after.changes] == ["own", "anew"]
    assert after.earlier == (week,)
    assert after.sources == before.sources


def test_an_emptied_log_that_was_read_is_an_answer() -> None:
    """What was read and is gone, is gone."""
    before = IncidentRecord(incident=INCIDENT, log=(entry("a"),), sources={"log": "l"})
    now = IncidentRecord(incident=INCIDENT, sources={"log": "l"})
    assert carry_over(evidence(pagerduty=now), evidence(pagerduty=before)).pagerduty == now


def test_another_incident_is_not_mixed_in() -> None:
    """Its record is no part of this one."""
    other = IncidentRecord(incident=replace(INCIDENT, id="P2"), log=(entry("a"),), sources={"log": "l"})
    now = IncidentRecord(incident=INCIDENT)
    assert carry_over(evidence(pagerduty=now), evidence(pagerduty=other)).pagerduty == now
    assert carry_over(evidence(), evidence(pagerduty=other)).pagerduty == other


def panel(*values: float, problem: str = "", title: str = "p") -> Panel:
    """A panel with these values."""
    times = NOON.timestamp() + np.arange(len(values), dtype=float)
    found = matrix([Series({"a": "b"}, times, np.array(values))] if values else [])
    return Panel(id=1, title=title, kind="timeseries", link="", matrix=found, problem=problem)


def dashboard(uid: str, *panels: Panel) -> Dashboard:
    """A dashboard."""
    return Dashboard(uid=uid, title=uid, service="s", link="", panels=panels)


def grafana(*dashboards: Dashboard, annotations: tuple[Annotation, ...] = ()) -> GrafanaRecord:
    """What Grafana told."""
    return GrafanaRecord(version="11", url="", dashboards=dashboards, annotations=annotations)


def test_panels_without_data_show_what_they_showed_before() -> None:
    """A new title comes, the data stays; a panel with data is new."""
    before = evidence(grafana=grafana(dashboard("d1", panel(1, 2))))
    failed = carry_over(evidence(grafana=grafana(dashboard("d1", panel(problem="timeout")))), before).grafana
    assert failed is not None
    assert failed.dashboards[0].panels[0] == panel(1, 2)
    anew = evidence(grafana=grafana(dashboard("d1", panel(3))))
    assert carry_over(anew, before) == anew


def test_dashboards_and_annotations_that_cannot_be_read_stay_while_configured() -> None:
    """d1 is named by the configuration, d2 no longer is."""
    mark = Annotation(id=1, start=NOON, text="deploy", source="a")
    before = evidence(grafana=grafana(dashboard("d1", panel(1)), dashboard("d2", panel(2)), annotations=(mark,)))
    after = carry_over(evidence(grafana=grafana()), before).grafana
    assert after is not None
    assert [one.uid for one in after.dashboards] == ["d1"]
    assert after.annotations == (mark,)
    assert carry_over(evidence(), before).grafana == before.grafana


def test_dashboards_found_before_stay_where_they_are_not_found_again() -> None:
    """Nobody configured them; those that were configured then and are not now go."""
    free = replace(evidence(grafana=grafana()), configuration={})
    before = evidence(grafana=grafana(dashboard("d1", panel(1)), dashboard("found", panel(2))))
    after = carry_over(free, before).grafana
    assert after is not None
    assert [one.uid for one in after.dashboards] == ["found"]


@pytest.mark.parametrize(("lasts", "kept"), [(timedelta(days=1), "https://g/s"), (timedelta(0), "")])
def test_the_address_of_a_snapshot_stays_until_it_expires(lasts: timedelta, kept: str) -> None:
    """A later run without --snapshot makes none, and the one that was made is still there."""
    made = replace(dashboard("d1", panel(1)), snapshot="https://g/s", snapshot_until=NOON + lasts)
    after = carry_over(evidence(grafana=grafana(dashboard("d1", panel(1)))), evidence(grafana=grafana(made))).grafana
    assert after is not None
    assert after.dashboards[0].snapshot == kept


def past(name: str, events: Events, value: float) -> PastEvents:
    """An SLO's events per step."""
    found = matrix([Series({}, np.array([NOON.timestamp()]), np.array([value]))])
    steps = Steps(matrix=found, source="past", start=NOON - timedelta(hours=1), end=NOON, step=3600.0)
    return PastEvents(slo=name, events=events, total=(steps,), part=(steps,))


def run(expression: str = "x > 1", refused: str = "") -> RuleRun:
    """A rule's run."""
    rule = AlertRule(name="R", expression=expression, hold=0, interval=60, labels={}, annotations={}, source="rules")
    return RuleRun(
        rule=rule, stretches=(), start=NOON, joint=NOON, end=NOON, coarse=60, fine=60, sources=(), refused=refused
    )


def test_the_past_stays_while_the_slo_counts_the_same() -> None:
    """A new answer wins; one of other events is none."""
    same, other = DEFINITION.events, Events(total="other", bad="b")
    assert same is not None
    name = DEFINITION.name
    before = evidence(slo(), past_events=(past(name, same, 1.0),))
    assert carry_over(evidence(slo()), before).past_events == before.past_events
    anew = evidence(slo(), past_events=(past(name, same, 2.0),))
    assert carry_over(anew, before).past_events == anew.past_events
    assert carry_over(evidence(slo()), evidence(slo(), past_events=(past(name, other, 1.0),))).past_events == ()


def test_a_rule_that_is_refused_now_keeps_its_run() -> None:
    """Of the same expression."""
    before = evidence(rule_runs=(run(), run("x > 2", refused="no")))
    assert carry_over(evidence(), before).rule_runs == before.rule_runs
    assert carry_over(evidence(rule_runs=(run(refused="down"),)), before).rule_runs == (run(),)
    assert carry_over(evidence(rule_runs=(run("x > 3", refused="down"),)), before).rule_runs == (
        run("x > 3", refused="down"),
    )
