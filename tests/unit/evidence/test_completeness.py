"""How far the questions of one draft were answered, as marked and as evidence from before tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pm_autofill.evidence import Evidence, Gap, Source
from pm_autofill.evidence import completeness as reach
from pm_autofill.evidence.alerts import AlertRule, AlertSeries, ChangeSeries
from pm_autofill.evidence.incident import ChangeEvent, OtherIncident
from pm_autofill.evidence.panels import Annotation, GrafanaRecord
from pm_autofill.evidence.readings import Answered, Complete, NotAsked, Partial, Reading, Refused, State, lacking
from pm_autofill.evidence.replay import RuleRun
from pm_autofill.evidence.series import matrix
from pm_autofill.instants import Window
from tests.unit.analyse.cases import alert, at, entry, evidence, incident, note, record, sli

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.evidence.slos import SloEvidence

WHOLE = Answered(state=State.COMPLETE)
CUT = Answered(state=State.PARTIAL, missing="the rest of it")
GONE = Answered(state=State.REFUSED, missing="all of it")


def gap(what: str) -> Gap:
    """A gap as evidence from before has it."""
    return Gap(source="PagerDuty", what=what, reason="HTTP 503", hint="")


def marked(**readings: Answered) -> Evidence:
    """Evidence with a log of one entry; names with ``__`` for dots."""
    named = {name.replace("__", "."): one for name, one in readings.items()}
    return evidence(sli(), pagerduty=record(entry("trigger", 5)), readings=named)


def test_marks_say_how_far() -> None:
    """What is not marked was not asked for; a log always is, so that it was not had."""
    assert isinstance(reach.incident_log(marked(incident__log=WHOLE)), Complete)
    assert reach.incident_log(marked(incident__log=CUT)) == Partial((entry("trigger", 5),), "the rest of it")
    assert reach.incident_log(marked(incident__log=GONE)) == Refused("all of it")
    assert reach.incident_log(marked(incident__alerts=WHOLE)) == Refused("the incident's log")
    assert reach.incident_alerts(marked(incident__log=WHOLE)) == NotAsked()
    assert reach.incident_log(evidence()) == reach.incident_alerts(evidence()) == NotAsked()


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("the incident's log", Partial),
        ("the rest of the incident's log", Partial),
        ("annotations; 2 of 9 entries of the incident's log", Partial),
        ("the incident's log; annotations", Partial),
        ("the incident's log and alerts", Partial),
        ("the log of another incident", Complete),
        ("the incident's notes", Complete),
    ],
)
def test_before_marks_a_gap_that_names_it_makes_it_a_part(what: str, found: type[object]) -> None:
    """Else it was read whole."""
    old = evidence(pagerduty=record(entry("trigger", 5)), gaps=(gap(what),))
    assert isinstance(reach.incident_log(old), found)


def test_before_marks_an_answer_that_is_not_there_was_not_had() -> None:
    """With a gap it was refused; without one nobody asked, but for logs."""
    bare = record(sources={"incident": "pd.incident"})
    assert isinstance(reach.incident_alerts(evidence(pagerduty=bare)), NotAsked)
    assert isinstance(reach.incident_alerts(evidence(pagerduty=bare, gaps=(gap("the incident's alerts"),))), Refused)
    assert isinstance(reach.incident_log(evidence(pagerduty=bare)), Refused)


def test_merged_incidents_are_known_where_every_list_that_tells_them_is() -> None:
    """Those beside it, on other services, and of its alerts."""
    whole = {"incident__window": WHOLE, "incident__window__foreign": WHOLE, "incident__same_alert__1": WHOLE}
    assert reach.merged_incidents(marked(**whole)) == Complete(())
    for key in whole:
        assert lacking(reach.merged_incidents(marked(**{**whole, key: GONE}))) == "all of it"
    assert reach.merged_incidents(marked(incident__log=WHOLE)) == Complete(())


def test_logs_are_whole_where_each_is_and_no_incident_may_be_missing() -> None:
    """One more log makes no difference where the list of them is cut."""
    every = {"incident__log": WHOLE, "incident__window": WHOLE, "incident__log__M": WHOLE}
    other = OtherIncident(id="M", title="t", url="", at=at(3), relation="merged")
    told = record(entry("trigger", 5), merged=(other,), merged_logs={"M": (entry("trigger", 3),)})

    def logs(**readings: Answered) -> object:
        return reach.incident_logs(replace(marked(**readings), pagerduty=told))

    assert logs(**every) == Complete(((entry("trigger", 5),), (entry("trigger", 3),)))
    for key in every:
        assert isinstance(logs(**{**every, key: CUT}), Partial)


def test_an_sli_that_was_not_read_whole_may_have_been_bad() -> None:
    """So may one without samples that has a history: the two answers contradict each other."""
    slo = sli()
    assert slo.total is not None
    empty = replace(slo, total=replace(slo.total, matrix=matrix([])), bad=None)

    def unread(one: object, samples: Answered) -> list[str]:
        told = replace(marked(slo__availability__samples=samples), slos=(one,))
        return [missing for _, missing in reach.unread_slos(told)]

    assert unread(slo, WHOLE) == []
    assert unread(slo, CUT) == ["the SLI of availability, which was not read whole"]
    assert unread(empty, GONE) == ["the SLI of availability, which was not read whole"]
    assert unread(empty, Answered(state=State.EMPTY)) == []
    assert unread(replace(empty, history_start=at(-60)), Answered(state=State.EMPTY)) == [
        "the SLI of availability, which has a history and yet no samples"
    ]


def test_the_windows_of_a_budget_and_its_history_stand_together() -> None:
    """One of them refused makes the budget a part."""
    slo = sli()
    whole = {"slo.availability.history": WHOLE, "slo.availability.totals.A/B": WHOLE, "slo.other.totals.A/B": GONE}
    told = replace(marked(), slos=(slo,), readings=whole)
    assert reach.budget_windows(told, slo) == Complete(slo)
    for key in ("slo.availability.history", "slo.availability.totals.A/B"):
        assert lacking(reach.budget_windows(replace(told, readings={**whole, key: GONE}), slo)) == "all of it"


RULE = AlertRule(name="Burn", expression="up == 0", hold=0, interval=15, labels={}, annotations={}, source="rules")
RUN = RuleRun(rule=RULE, stretches=(), start=at(-60), joint=at(0), end=at(60), coarse=60, fine=15, sources=("replay",))
STRETCH = AlertSeries(name="Burn", labels={}, state="firing", first=at(6), last=at(30), source="prometheus.alerts")
QUERY = ChangeSeries(service="checkout", query="q", matrix=matrix([]), source="changes", step=15)
MARK = Annotation(id=1, start=at(3), text="Deploy 42", source="gf")
EVENT = ChangeEvent(id="E", at=at(-3), summary="Deploy 42")
SLI = sli()


def another(id_: str, relation: str) -> OtherIncident:
    """Another incident."""
    return OtherIncident(id=id_, title="t", url="", at=at(3), relation=relation)


PARTS = dict.fromkeys(("incident", "log", "log.M", "alerts", "notes", "changes", "earlier", "window"), "pd")
TOLD = record(
    entry("trigger", 5),
    alerts=(alert(5),),
    notes=(note(9),),
    changes=(EVENT,),
    earlier=(another("O", "earlier"),),
    merged=(another("M", "merged"),),
    merged_logs={"M": (entry("trigger", 3),)},
    sources=PARTS,
)
ASKED = Source(system="Prometheus", query="q", url="", retrieved_at=at(80), sha256="")
EVERYTHING = evidence(
    SLI,
    pagerduty=TOLD,
    alert_rules=(RULE,),
    alert_series=(STRETCH,),
    changes=(QUERY,),
    grafana=GrafanaRecord(version="", url="", annotations=(MARK,)),
    sources={"prometheus.rules": ASKED, "prometheus.alerts": ASKED},
)
BARE = replace(
    EVERYTHING,
    pagerduty=record(sources={"incident": "pd"}),
    alert_rules=(),
    alert_series=(),
    grafana=None,
    sources={},
    slos=(replace(SLI, total=None, bad=None),),
)


@dataclass(frozen=True)
class Question:
    """A question, and how it is called.

    Attributes:
        read: What tells how far it was answered.
        key: Its key in evidence.
        words: What a gap of evidence from before marks calls it; empty where it had no name then.
        value: What came.
    """

    read: Callable[[Evidence], Reading[Any]]
    key: str
    words: str
    value: object


QUESTIONS = [
    Question(reach.incident_log, "incident.log", "the incident's log", TOLD.log),
    Question(
        lambda told: reach.incident_log(told, "M"),
        "incident.log.M",
        "the log of incident M, which was merged into it",
        TOLD.merged_logs["M"],
    ),
    Question(reach.incident_alerts, "incident.alerts", "the incident's alerts", TOLD.alerts),
    Question(reach.incident_notes, "incident.notes", "the incident's notes", TOLD.notes),
    Question(reach.change_events, "incident.changes", "the change events related to the incident", TOLD.changes),
    Question(reach.change_events, "incident.changes.service", "", TOLD.changes),
    Question(
        reach.earlier_incidents, "incident.earlier", "the incidents of its service in the week before", TOLD.earlier
    ),
    Question(reach.alert_rules, "alert_rules", "alerting rules", (RULE,)),
    Question(reach.alert_series, "alert_series", "the alerts' own times", (STRETCH,)),
    Question(reach.annotation_marks, "annotations", "annotations", (MARK,)),
    Question(reach.annotation_marks, "dashboards", "", (MARK,)),
    Question(reach.annotation_marks, "annotations.dashboards", "", (MARK,)),
    Question(reach.change_queries, "changes.checkout", "changes of checkout", (QUERY,)),
    Question(
        lambda told: reach.slo_samples(told, told.slos[0]),
        "slo.availability.samples",
        "the SLI of availability",
        SLI,
    ),
    *(
        Question(lambda told, part=part: reach.about_slo(told, SLI, part), f"slo.availability.{part}", words, SLI)  # type: ignore[misc]
        for part, words in (
            ("history", "the budget window of availability"),
            ("usual", "what is usual for availability"),
            ("past", "the past of availability"),
            ("process_starts", "process starts behind availability"),
        )
    ),
    Question(
        lambda told: reach.budget_windows(told, SLI),
        "slo.availability.history",
        "the budget window of availability",
        SLI,
    ),
    Question(lambda told: reach.budget_windows(told, SLI), "slo.availability.totals.A/B", "", SLI),
    Question(lambda told: reach.rule_run(told, RUN), "replay.Burn.up == 0", "a replay of Burn", RUN),
]
CALLED = [one for one in QUESTIONS if one.words]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.key)
def test_each_question_reaches_as_far_as_its_mark_says(question: Question) -> None:
    """An empty answer is a whole one; what was refused is not known, whatever the evidence holds."""

    def read(mark: Answered) -> Reading[Any]:
        return question.read(replace(EVERYTHING, readings={question.key: mark}))

    assert read(WHOLE) == read(Answered(state=State.EMPTY)) == Complete(question.value)
    assert read(CUT) == Partial(question.value, "the rest of it")
    assert read(GONE) == Refused("all of it")


@pytest.mark.parametrize("question", [one for one in QUESTIONS if ".log" not in one.key], ids=lambda one: one.key)
def test_what_is_not_marked_was_not_asked(question: Question) -> None:
    """Where anything is marked; a log is always asked for."""
    marks = {"incident.analytics": WHOLE, "incident.related": GONE, "slo.other.history": GONE, "exchanges.other": GONE}
    assert question.read(replace(EVERYTHING, readings=marks)) == NotAsked()


@pytest.mark.parametrize("question", CALLED, ids=lambda one: one.key)
def test_before_marks_a_gap_says_what_of_an_answer_is_missing(question: Question) -> None:
    """In its own words; the first of several stands, and another question's gap is none."""
    gaps = (gap("dashboard d"), gap(question.words), replace(gap(question.words), reason="HTTP 500"))
    assert question.read(replace(EVERYTHING, gaps=gaps)) == Partial(question.value, f"{question.words}: HTTP 503")
    assert question.read(replace(EVERYTHING, gaps=gaps[:1])) == Complete(question.value)
    assert question.read(EVERYTHING) == Complete(question.value)


# What evidence from before marks does not show to have been answered.
SHOWN = [one for one in CALLED if not one.key.startswith(("changes.", "slo.availability.", "replay."))]


@pytest.mark.parametrize("question", SHOWN, ids=lambda one: one.key)
def test_before_marks_a_gap_without_an_answer_is_a_refusal(question: Question) -> None:
    """Without a gap either nobody asked, but for logs, of which it is only known that they are not there."""
    told = replace(BARE, gaps=(gap(question.words),))
    assert question.read(told) == Refused(f"{question.words}: HTTP 503")
    log = ".log" in question.key
    assert question.read(BARE) == (Refused(question.words) if log else NotAsked())


@pytest.mark.parametrize("question", CALLED, ids=lambda one: one.key)
def test_before_marks_the_incidents_details_went_missing_at_once(question: Question) -> None:
    """One gap for all that is asked about an incident; other sources were read all the same."""
    found = question.read(replace(EVERYTHING, gaps=(gap("the incident's log and alerts"),)))
    detail = question.key.startswith("incident.") and question.key != "incident.log.M"
    assert isinstance(found, Partial if detail else Complete)


def test_before_marks_an_answer_that_holds_nothing_is_known_by_its_question() -> None:
    """No rules, no alerts: they were looked for; rules that are there were, too."""
    asked = replace(BARE, sources={"prometheus.rules": ASKED, "prometheus.alerts": ASKED})
    assert reach.alert_rules(asked) == reach.alert_series(asked) == Complete(())
    assert reach.alert_rules(replace(BARE, alert_rules=(RULE,))) == Complete((RULE,))
    assert reach.change_events(replace(BARE, pagerduty=record(sources={"changes.service": "pd"}))) == Complete(())
    assert reach.change_queries(replace(BARE, changes=())) == NotAsked()
    logless = replace(EVERYTHING, pagerduty=replace(TOLD, merged_logs={}))
    assert reach.incident_log(logless, "M") == Complete(())


def test_before_marks_each_service_has_its_change_query() -> None:
    """A gap of one makes all that they saw a part."""
    both = (QUERY, ChangeSeries(service="payments", query="q", matrix=matrix([]), source="changes", step=15))
    for service in ("checkout", "payments"):
        told = replace(EVERYTHING, changes=both, gaps=(gap(f"changes of {service}"),))
        assert reach.change_queries(told) == Partial(both, f"changes of {service}: HTTP 503")


def test_before_marks_samples_of_either_kind_are_an_answer() -> None:
    """Of all events, or of a ratio; without them a gap is a refusal."""
    told = replace(BARE, gaps=(gap("the SLI of availability"),))
    none = replace(SLI, total=None, bad=None)
    for slo in (SLI, replace(none, ratio=SLI.total)):
        assert reach.slo_samples(BARE, slo) == Complete(slo)
        assert reach.slo_samples(told, slo) == Partial(slo, "the SLI of availability: HTTP 503")
    assert reach.slo_samples(told, none) == Refused("the SLI of availability: HTTP 503")
    assert reach.slo_samples(BARE, none) == NotAsked()


@pytest.mark.parametrize(
    ("what", "missing"),
    [
        ("the other incidents of its service", "the other incidents of its service: HTTP 503"),
        (
            "the incidents of the services whose alerts it holds",
            "the incidents of the services whose alerts it holds: HTTP 503",
        ),
        ("the incidents of its service in the week before", ""),
    ],
)
def test_before_marks_merged_incidents_are_those_of_two_lists(what: str, missing: str) -> None:
    """A gap of either leaves open whether there are more, whether the list came in part or not at all."""
    sources = dict.fromkeys(("window", "window.foreign"), "pd")
    came = replace(EVERYTHING, pagerduty=replace(TOLD, sources=sources), gaps=(gap(what),))
    found = reach.merged_incidents(came)
    assert found == (Partial(TOLD.merged, missing) if missing else Complete(TOLD.merged))
    bare = replace(came, pagerduty=replace(TOLD, sources={}))
    assert reach.merged_incidents(bare) == (Refused(missing) if missing else Complete(TOLD.merged))


def test_lists_of_another_name_do_not_tell_of_merged_incidents() -> None:
    """Neither those of the week before nor one whose name only begins alike."""
    readings = {"incident.window": WHOLE, "incident.earlier": GONE, "incident.windows": GONE, "window": GONE}
    assert reach.merged_incidents(replace(EVERYTHING, readings=readings)) == Complete(TOLD.merged)


def test_of_an_incident_merged_into_an_unread_one_everything_is_a_part() -> None:
    """Its log, its alerts and what was merged into it are not those of the whole incident."""
    missing = "incident P2, into which it was merged"
    told = replace(EVERYTHING, pagerduty=replace(TOLD, incident=incident(merged_into="P2")))
    assert reach.the_incident(told) == Partial(incident(merged_into="P2"), missing)
    assert reach.incident_log(told) == Partial(TOLD.log, missing)
    assert reach.incident_alerts(told) == Partial(TOLD.alerts, missing)
    assert reach.merged_incidents(told) == Partial(TOLD.merged, missing)
    assert reach.the_incident(EVERYTHING) == Complete(TOLD.incident)


def test_without_an_incident_nobody_asked_about_it() -> None:
    """Whatever else was read."""
    told = replace(EVERYTHING, pagerduty=None)
    accessors = (
        reach.the_incident,
        reach.incident_log,
        reach.incident_logs,
        reach.merged_incidents,
        reach.incident_alerts,
        reach.incident_notes,
        reach.change_events,
        reach.earlier_incidents,
    )
    assert [read(told) for read in accessors] == [NotAsked()] * len(accessors)


def test_keys_are_as_evidence_has_them() -> None:
    """A file written today is read by the program of tomorrow."""
    assert reach.of_incident("same_alert.1") == "incident.same_alert.1"
    assert reach.of_slo("availability", "usual") == "slo.availability.usual"
    day = Window(at(0), at(24 * 60))
    assert reach.of_totals("availability", day) == ("slo.availability.totals.2026-11-18T12:00:00Z/2026-11-19T12:00:00Z")
    assert reach.of_service("checkout") == "changes.checkout"
    assert reach.of_rule(RULE) == "replay.Burn.up == 0"


def test_an_sli_that_has_only_a_ratio_was_read_by_it() -> None:
    """Its history contradicts an empty answer of it, and no answer that holds samples; nor what nobody asked for."""
    past = replace(SLI, total=None, bad=None, history_start=at(-60))
    told = marked(slo__availability__samples=WHOLE)
    assert SLI.total is not None

    def unread(slo: SloEvidence, whole: Evidence = told) -> list[tuple[SloEvidence, str]]:
        return list(reach.unread_slos(replace(whole, slos=(slo,))))

    empty = replace(past, ratio=replace(SLI.total, matrix=matrix([])))
    assert unread(replace(past, ratio=SLI.total)) == unread(replace(SLI, history_start=at(-60))) == []
    assert unread(empty) == [(empty, "the SLI of availability, which has a history and yet no samples")]
    assert unread(empty, marked(incident__log=WHOLE)) == []


def test_a_replay_that_left_no_run_behind_is_missed() -> None:
    """A round that ran out of time leaves a question without a run; the runs there are would read as all of them."""
    told, lost = Answered(state=State.COMPLETE), Answered(state=State.REFUSED, missing="a replay of Slow")
    both = {"replay.Burn.up == 0": told, "replay.Slow.up == 1": lost}
    found = reach.rule_runs(replace(evidence(rule_runs=(RUN,)), readings=both))
    assert found == Partial((RUN,), "a replay of Slow")
    whole = replace(evidence(rule_runs=(RUN,)), readings={"replay.Burn.up == 0": told})
    assert reach.rule_runs(whole) == Complete((RUN,))
    before = replace(evidence(rule_runs=(RUN,)), gaps=(gap("a replay of Burn"),))
    assert lacking(reach.rule_runs(before)).startswith("a replay of Burn")
    assert reach.rule_runs(evidence()) == Complete(())
