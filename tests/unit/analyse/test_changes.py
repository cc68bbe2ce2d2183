"""Changes from every source: one list, candidates for the cause, and what mitigated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.analyse.changes import gathering, mitigation
from pm_autofill.analyse.changes.change import Change
from pm_autofill.analyse.changes.gathering import shortly_before
from pm_autofill.analyse.changes.mitigation import Circle
from pm_autofill.analyse.changes.scopes import find_services
from pm_autofill.evidence.alerts import ChangeSeries
from pm_autofill.evidence.incident import ChangeEvent, Link
from pm_autofill.evidence.panels import Annotation, GrafanaRecord
from pm_autofill.evidence.readings import Answered, Complete, Partial, State
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.findings import Basis, Fact, Known, Unknown
from tests.unit.analyse.cases import SETTINGS, at, evidence, record, sli
from tests.unit.analyse.test_counting import impact_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence import Evidence


CHECKOUT = frozenset({"checkout"})
CIRCLE = Circle(CHECKOUT, find_services(evidence(), SETTINGS))


def change(start: float, end: float | None = None, text: str = "rollback") -> Change:
    """A change by its minutes after noon."""
    last = None if end is None else at(end)
    return Change(f"c@{start}", at(start), last, text, ("annotation",), (), "source", services=CHECKOUT)


def gather(told: Evidence) -> tuple[Change, ...]:
    """The changes in evidence whose answers are whole."""
    found = gathering.gather(told, SETTINGS)
    assert isinstance(found, Complete)
    return found.value


def infer_mitigation(changes: Sequence[Change], impact: Impact) -> tuple[Fact, Change | None]:
    """What mitigated, these being all changes."""
    return mitigation.infer_mitigation(Complete(tuple(changes)), impact, CIRCLE)


def when(fact: Fact) -> float:
    """A known instant as minutes after noon."""
    assert isinstance(fact, Known), fact
    return round((fact.instant - at(0)).total_seconds() / 60, 2)


def annotation(minutes: float, text: str, end: float | None = None, **parts: object) -> Annotation:
    """A mark in Grafana."""
    last = None if end is None else at(end)
    return Annotation(id=int(minutes * 10), start=at(minutes), end=last, text=text, source="gf", **parts)  # type: ignore[arg-type]


def grafana(*marks: Annotation) -> GrafanaRecord:
    """What Grafana told."""
    return GrafanaRecord(version="", url="", annotations=marks)


def test_changes_come_from_every_source_in_order() -> None:
    """Change events, annotations that are tagged as changes, runs of a change query."""
    samples = np.array([at(20).timestamp() + seconds for seconds in (0, 15, 30, 600, 615)])
    asked = ChangeSeries(
        service="checkout",
        query="q",
        matrix=matrix([Series({"deployment": "web"}, samples, np.ones(5))]),
        source="prom",
        step=15.0,
    )
    event = ChangeEvent(id="E", at=at(-3), summary="Deploy 42", links=(Link(href="https://ci/42", text="build"),))
    marks = grafana(
        annotation(12, "Feature flag on", tags=("flag",)),
        annotation(13, "lunch"),
        annotation(14, "", tags=("deploy",)),
        annotation(15, "deploy alert", alert="Burn"),
    )
    found = gather(evidence(pagerduty=record(changes=(event,)), grafana=marks, changes=(asked,)))
    assert [(one.text, one.origin, one.source) for one in found] == [
        ("Deploy 42", "change event", "pd.changes"),
        ("Feature flag on", "annotation", "gf"),
        ("", "annotation", "gf"),
        ("web", "change query", "prom"),
        ("web", "change query", "prom"),
    ]
    assert (found[3].start, found[3].end) == (at(20), at(20.5))
    assert found[0].done == at(-3)
    assert found[0].links[0].href == "https://ci/42"


def test_a_change_told_twice_is_one() -> None:
    """The same words within a minute from two sources; from one source they are two."""
    event = ChangeEvent(id="E", at=at(10), summary="Deploy 42")
    twice = gather(
        evidence(
            pagerduty=record(changes=(event,)), grafana=grafana(annotation(10.5, "deploy 42", 12, tags=("deploy",)))
        )
    )
    assert len(twice) == 1
    assert (twice[0].start, twice[0].end) == (at(10.5), at(12))
    later = gather(
        evidence(pagerduty=record(changes=(event,)), grafana=grafana(annotation(20, "deploy 42", tags=("deploy",))))
    )
    assert len(later) == 2
    again = (event, ChangeEvent(id="F", at=at(10.2), summary="Deploy 42"))
    assert len(gather(evidence(pagerduty=record(changes=again)))) == 2


def test_candidates_began_in_the_hour_before() -> None:
    """Nearest first."""
    every = [change(-61), change(-60), change(-1), change(0), change(1)]
    assert [one.id for one in shortly_before(every, at(0))] == ["c@0", "c@-1", "c@-60"]


IMPACT = impact_of(sli((0, 30, 0.2), (30, 32, 0.05)))


def test_the_rollback_after_which_failures_fell_mitigated() -> None:
    """At its end; inferred, with the text and how far they fell, and with the SLI among its sources."""
    fact, chosen = infer_mitigation([change(-1, 1, "deploy"), change(10, 11, "scale up"), change(28, 30)], IMPACT)
    assert when(fact) == 30
    assert isinstance(fact, Known)
    assert fact.basis is Basis.INFERRED
    assert fact.notes["text"] == "rollback"
    assert str(fact.notes["improvement"]).startswith("failures of availability fell from 20.")
    assert fact.sources == ("source", "total", "bad")
    assert chosen is not None
    assert chosen.id == "c@28"


def test_of_two_that_overlap_neither_is_taken() -> None:
    """A migration that began before and ended after the rollback may have helped as well."""
    fact, chosen = infer_mitigation([change(5, 31, "migration"), change(28, 30)], IMPACT)
    assert chosen is None
    assert isinstance(fact, Unknown)
    assert fact.reason.endswith("several changes may have mitigated: migration (12:05:00) and rollback (12:28:00)")


def test_a_change_that_ended_after_the_recovery_mitigated_where_the_improvement_began() -> None:
    """Never V silently, and never after it."""
    fact, _ = infer_mitigation([change(28, 50)], IMPACT)
    assert when(fact) == pytest.approx(30, abs=0.3)


def test_a_change_that_ended_after_an_outage_mitigated_where_the_traffic_came_back() -> None:
    """An outage has no failures to halve: its missing requests do."""
    for traffic in (0.0, 0.1):
        outage = impact_of(sli(traffic=[(0, 30, traffic)]))
        assert when(infer_mitigation([change(20, 50, "restart")], outage)[0]) == pytest.approx(30, abs=0.3)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([], "no change of an affected service is recorded after the impact began"),
        ([change(-5, -4), change(33)], "no change of an affected service is recorded after the impact began"),
        ([change(10)], "no change of an affected service in the impact window was followed by fewer failures"),
        ([change(-1, 0.5)], "no change of an affected service is recorded after the impact began"),
    ],
)
def test_without_a_change_that_helped_the_mitigation_is_unknown(changes: list[Change], why: str) -> None:
    """V does not stand for it."""
    fact, chosen = infer_mitigation(changes, IMPACT)
    assert fact == Unknown(reason=why, ask="the responders")
    assert chosen is None


def test_a_restart_ends_an_outage() -> None:
    """Measured by the requests that are missing."""
    outage = impact_of(sli(traffic=[(0, 30, 0.0)]))
    assert when(infer_mitigation([change(29, text="restart")], outage)[0]) == 29


def test_silence_after_a_change_is_no_improvement() -> None:
    """Where failures were the trouble, no requests at all say nothing."""
    silent = impact_of(sli((0, 30, 0.2), traffic=[(30, 45, 0.0)]))
    quiet = replace(silent, periods=tuple(replace(one, kind="failures") for one in silent.periods))
    assert infer_mitigation([change(30.2)], quiet)[1] is None


def test_without_an_sli_the_mitigation_is_unknown() -> None:
    """With the reason of the start, or of the end."""
    nothing, _ = infer_mitigation([change(10)], impact_of(sli()))
    assert isinstance(nothing, Unknown)
    assert nothing.reason == "no clear change in availability in the searched window"
    endless = replace(IMPACT, end=Unknown(reason="still bad where its samples end", ask="x"))
    fact, _ = infer_mitigation([change(10)], endless)
    assert isinstance(fact, Unknown)
    assert fact.reason == "still bad where its samples end"


def test_a_change_that_was_not_read_may_have_mitigated() -> None:
    """The one that was read is listed, and no more is said."""
    fact, chosen = mitigation.infer_mitigation(Partial((change(28, 30),), "changes of checkout"), IMPACT, CIRCLE)
    assert isinstance(fact, Unknown)
    assert fact.reason == (
        "the changes of the impact window were read in part only (missing: changes of checkout); "
        "so far as was read: rollback"
    )
    assert chosen is None


@pytest.mark.parametrize(
    "key", ["incident.changes", "incident.changes.service", "changes.checkout", "annotations", "dashboards"]
)
def test_changes_are_whole_only_where_every_source_of_them_is(key: str) -> None:
    """One that nobody asked for lacks nothing."""
    event = ChangeEvent(id="E", at=at(-3), summary="Deploy 42")
    whole = {key: Answered(state=State.COMPLETE), "incident.log": Answered(state=State.COMPLETE)}
    assert isinstance(
        gathering.gather(evidence(pagerduty=record(changes=(event,)), readings=whole), SETTINGS), Complete
    )
    cut = {**whole, key: Answered(state=State.REFUSED, missing="what was asked")}
    found = gathering.gather(evidence(pagerduty=record(changes=(event,)), readings=cut), SETTINGS)
    assert isinstance(found, Partial)
    assert ([one.text for one in found.value], found.missing) == (["Deploy 42"], "what was asked")
