"""How far the questions of one draft were answered, as marked and as evidence from before tells."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pm_autofill.evidence import Evidence, Gap
from pm_autofill.evidence import completeness as reach
from pm_autofill.evidence.incident import OtherIncident
from pm_autofill.evidence.readings import Answered, Complete, NotAsked, Partial, Refused, State, lacking
from pm_autofill.evidence.series import matrix
from tests.unit.analyse.cases import at, entry, evidence, record, sli

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
