"""What mitigated, by buckets placed by hand: which changes are plausible, and what they are judged by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse.baseline import Baseline
from pm_autofill.analyse.buckets import Buckets
from pm_autofill.analyse.changes.change import Change
from pm_autofill.analyse.changes.mitigation import Circle, infer_mitigation, told_beside
from pm_autofill.analyse.changes.scopes import find_services
from pm_autofill.analyse.impact import Impact
from pm_autofill.analyse.periods import Detection
from pm_autofill.analyse.survey import Survey
from pm_autofill.evidence.incident import Agent, AgentKind
from pm_autofill.evidence.readings import Complete, Partial, Reading, Refused
from pm_autofill.evidence.series import matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloEvidence
from pm_autofill.findings import BadPeriod, Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import Window
from tests.unit.analyse.cases import ROBOT, SETTINGS, at, definition, entry, evidence, note, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.incident import Note

    Levels = Sequence[tuple[float, float, float, float]]

FIRST, LAST = -30, 150
RESPONDERS = "the responders"


def known(minutes: float) -> Known:
    """A measured instant."""
    return Known(value=at(minutes), unit=Unit.INSTANT, basis=Basis.MEASURED, method="m", sources=("sli",))


def read(source: str) -> CounterRead:
    """A read, of which only the source matters."""
    return CounterRead(matrix=matrix([]), source=source, start=at(0), end=at(1))


def impact(*levels: tuple[float, float, float, float], kind: str = "failures", end: float = 30) -> Impact:
    """An impact from noon on in buckets of a minute, a hundred events usual in each.

    Args:
        levels: (from, until, bad events, all events), minutes after noon; before and after none are bad.
        kind: "failures" or "no traffic".
        end: When it recovered.
    """
    edges = np.array([at(minute).timestamp() for minute in range(FIRST, LAST + 1)])
    bad, total, usual = np.zeros(LAST - FIRST), np.full(LAST - FIRST, 100.0), np.full(LAST - FIRST, 100.0)
    for first, last, failed, every in levels:
        inside = slice(int(first) - FIRST, int(last) - FIRST)
        bad[inside], total[inside] = failed, every
    baseline = Baseline(0.0, 0.0, 1.0, usual, 0.0, np.ones(len(usual), dtype=bool))
    slo = SloEvidence(definition=definition(), total=read("total"), good=read("good"))
    return Impact(
        Survey(slo, None, Buckets(edges, bad, total, 15.0, ()), Detection(baseline, (), 0.0)),
        moved=True,
        start=known(0),
        end=known(end),
        periods=(BadPeriod(window=Window(at(0), at(end)), failed_ratio=0.2, excess_failed=1.0, kind=kind),),
    )


def change(start: float, end: float | None = None, id_: str = "c", **parts: object) -> Change:
    """A change of the incident's service by its minutes after noon."""
    made = Change(id_, at(start), None if end is None else at(end), id_, ("annotation",), (), "gf", services=CHECKOUT)
    return replace(made, **parts)  # type: ignore[arg-type]


CHECKOUT, PAYMENTS = frozenset({"checkout"}), frozenset({"payments"})
CIRCLE = Circle(CHECKOUT, find_services(evidence(), SETTINGS))


def mitigated(found: Impact, *changes: Change, circle: Circle = CIRCLE) -> tuple[float, str] | str:
    """When, and by which change; else why it is unknown."""
    fact, chosen = infer_mitigation(Complete(changes), found, circle)
    if isinstance(fact, Unknown):
        assert chosen is None
        return fact.reason
    assert chosen is not None
    return round((fact.instant - at(0)).total_seconds() / 60, 2), chosen.id


NO_HELP = "no change of an affected service in the impact window was followed by fewer failures"
NONE = "no change of an affected service is recorded after the impact began"
NOT_AFTER = "no change of an affected service is recorded after the impact began"
CLOSE = "several changes may have mitigated"
MEANWHILE = "; changed meanwhile, of other services or elsewhere"


def ramp(first: float, last: float, high: float, low: float) -> list[tuple[float, float, float, float]]:
    """Levels that go straight from one share of failures to another, minute by minute."""
    steps = int(last - first)
    return [(first + n, first + n + 1, high + (low - high) * (n + 0.5) / steps, 100) for n in range(steps)]


@pytest.mark.parametrize(
    ("levels", "changes", "result"),
    [
        # At once; the last to halve them is enough, and less is not.
        ([(0, 20, 40, 100), (20, 30, 20, 100)], [change(20)], (20, "c")),
        ([(0, 20, 40, 100), (20, 40, 24, 100)], [change(20)], NO_HELP),
        # In steps, until the recovery.
        ([(0, 10, 80, 100), (10, 13, 50, 100), (13, 18, 20, 100), (18, 30, 3, 100)], [change(9)], (9, "c")),
        # Gradually: within nine minutes, and within an hour.
        ([(0, 10, 85, 100), *ramp(10, 19, 85, 5), (19, 30, 5, 100)], [change(10)], (10, "c")),
        ([(0, 10, 63, 100), *ramp(10, 70, 63, 5.5), (70, 75, 5.5, 100)], [change(10)], (10, "c")),
        # From its begin on: a rollout may help before it is done.
        ([(0, 20, 40, 100), (20, 30, 10, 100)], [change(15, 22)], (22, "c")),
        # What was falling before is no consequence.
        ([(0, 5, 80, 100), *ramp(5, 25, 80, 4), (25, 30, 4, 100)], [change(15)], NO_HELP),
        ([(0, 10, 80, 100), (10, 30, 8, 100)], [change(15)], NO_HELP),
        # Nor what began to fall long after it.
        ([(0, 29, 40, 100)], [change(10)], NO_HELP),
        ([(0, 29, 40, 100)], [change(18, 20)], (20, "c")),
        # The recovery itself may be the improvement.
        ([(0, 30, 40, 100)], [change(29)], (29, "c")),
        ([(0, 30, 40, 100)], [change(30.5)], NONE),
        # At or before the onset: more likely what broke it.
        ([(0, 4, 85, 100)], [change(0)], NOT_AFTER),
        ([(0, 4, 85, 100)], [change(-1, 0.5)], NOT_AFTER),
        ([(0, 4, 85, 100)], [change(-1)], NONE),
        ([(0, 4, 85, 100)], [change(0, id_="release 42"), change(4, id_="release 41")], (4, "release 41")),
        # Unless it takes something back.
        ([(0, 10, 85, 100)], [change(0, 9, undoes=True)], (9, "c")),
        # Failures per event, not per minute.
        ([(0, 20, 40, 100), (20, 35, 20, 50)], [change(20)], NO_HELP),
        ([(0, 20, 40, 100), (20, 30, 60, 1000)], [change(20)], (20, "c")),
        # Nothing failed, nobody asked, or nobody asked afterwards.
        ([(0, 30, 0, 100)], [change(20)], NO_HELP),
        ([(0, 20, 0, 0), (20, 30, 0, 100)], [change(20)], NO_HELP),
        ([(0, 20, 40, 100), (20, 45, 0, 0)], [change(20)], NO_HELP),
        # Ups and downs go on as before.
        ([(n, n + 2, 80, 100) for n in range(0, 30, 4)], [change(13)], NO_HELP),
        # Few events tell nothing: one of two failed, then none of two.
        ([(0, 20, 0.1, 0.2), (20, 150, 0, 0.2)], [change(20)], NO_HELP),
        ([(0, 30, 40, 100)], [], NONE),
    ],
)
def test_the_only_change_after_which_failures_fell_mitigated(
    levels: Levels, changes: Sequence[Change], result: tuple[float, str] | str
) -> None:
    """At once, in steps or gradually, from its begin on; judged by what failed in the minutes before."""
    assert mitigated(impact(*levels, end=levels[-1][1]), *changes) == result


@pytest.mark.parametrize(
    ("levels", "changes", "result"),
    [
        # Each until the next: the first did nothing.
        ([(0, 20, 40, 100), (20, 30, 5, 100)], [change(10, id_="a"), change(20, id_="b")], (20, "b")),
        # The second came when it was over.
        ([(0, 20, 40, 100), (20, 60, 5, 100)], [change(20, id_="a"), change(40, id_="b")], (20, "a")),
        # Both helped.
        (
            [(0, 10, 80, 100), (10, 20, 30, 100), (20, 30, 2, 100)],
            [change(10, id_="a"), change(20, id_="b")],
            f"{CLOSE}: a (12:10:00) and b (12:20:00)",
        ),
        # Too close, or one within the other.
        (
            [(0, 20, 40, 100), (20, 30, 5, 100)],
            [change(19, id_="a"), change(20, id_="b")],
            f"{CLOSE}: a (12:19:00) and b (12:20:00)",
        ),
        (
            [(0, 20, 40, 100), (20, 30, 5, 100)],
            [change(10, 25, id_="a"), change(20, id_="b")],
            f"{CLOSE}: a (12:10:00) and b (12:20:00)",
        ),
        # One of another service does not count among them, nor does one elsewhere.
        (
            [(0, 20, 40, 100), (20, 30, 5, 100)],
            [change(19, id_="a", services=PAYMENTS), change(20, id_="b")],
            (20, "b"),
        ),
        (
            [(0, 20, 40, 100), (20, 30, 5, 100)],
            [change(19, id_="a", environment="staging"), change(20, id_="b", environment="prod")],
            (20, "b"),
        ),
        (
            [(0, 20, 40, 100)],
            [change(19.5, id_="deploy 7", services=PAYMENTS)],
            f"{NOT_AFTER}{MEANWHILE}: deploy 7 (payments)",
        ),
        (
            [(0, 20, 40, 100)],
            [change(19.5, id_="deploy 7", environment="QA")],
            f"{NOT_AFTER}{MEANWHILE}: deploy 7 (checkout)",
        ),
        # One that does not say of which service it is may be the one, and is not said to be.
        (
            [(0, 20, 40, 100)],
            [change(19.5, id_="deploy 7", services=None)],
            "failures fell after deploy 7 (12:19:30), but its source does not say of which service it is",
        ),
        (
            [(0, 20, 40, 100)],
            [change(19, id_="a", services=None), change(20, id_="b")],
            f"{CLOSE}: a (12:19:00) and b (12:20:00)",
        ),
        ([(0, 20, 40, 100)], [change(5, id_="a", services=None), change(20, id_="b")], (20, "b")),
    ],
)
def test_of_several_changes_one_is_taken_only_where_the_others_are_not_plausible(
    levels: Levels, changes: Sequence[Change], result: tuple[float, str] | str
) -> None:
    """Else they are listed; what changed on other services meanwhile is named as that."""
    assert mitigated(impact(*levels, end=levels[-1][1]), *changes) == result


@pytest.mark.parametrize(
    ("levels", "result"),
    [
        ([(0, 20, 0, 20), (20, 30, 0, 65)], (20, "c")),
        ([(0, 20, 0, 20), (20, 50, 0, 50)], NO_HELP),
        ([(0, 20, 0, 0), (20, 30, 0, 100)], (20, "c")),
        ([(0, 20, 0, 20), (20, 50, 40, 60)], NO_HELP),
        ([(0, 20, 10, 20), (20, 30, 40, 100)], (20, "c")),
    ],
)
def test_of_an_outage_the_missing_requests_are_failures(levels: Levels, result: tuple[float, str] | str) -> None:
    """Their share is of what was to be expected, or of what came where that was more."""
    end = levels[-1][1]
    assert mitigated(impact(*levels, kind="no traffic", end=end), change(20)) == result


def test_where_no_traffic_is_usual_no_share_of_it_is_missing() -> None:
    """At night, say."""
    night = impact((0, 20, 0, 0), kind="no traffic")
    detection = night.survey.detection
    assert detection is not None
    quiet = replace(detection, baseline=replace(detection.baseline, traffic=np.zeros(LAST - FIRST)))
    assert mitigated(replace(night, survey=replace(night.survey, detection=quiet)), change(20)) == NO_HELP


@pytest.mark.parametrize(
    ("levels", "kind", "end", "began", "result"),
    [
        ([(0, 25, 40, 100), (25, 30, 10, 100)], "failures", 30, 20, 25),
        ([(0, 25, 40, 100), (25, 30, 10, 100)], "failures", 30, 24.5, 25),
        ([(0, 30, 40, 100)], "failures", 29.5, 20, 29.5),
        ([(0, 25, 0, 20), (25, 30, 0, 90)], "no traffic", 30, 20, 25),
    ],
)
def test_a_change_that_went_on_mitigated_where_the_failures_began_to_fall(
    levels: Levels, kind: str, end: float, began: float, result: float
) -> None:
    """Within the impact, however long it went on after the recovery."""
    found = impact(*levels, kind=kind, end=end)
    assert mitigated(found, change(began, 50)) == (result, "c")


@pytest.mark.parametrize(
    ("unseen", "first", "value", "bounds"),
    [(19.75, 20, 20, (19.75, 20)), (29.8, 30.05, 30, (29.8, 30))],
)
def test_a_change_that_only_a_query_saw_is_known_by_an_interval(
    unseen: float, first: float, value: float, bounds: tuple[float, float]
) -> None:
    """From the last evaluation without it to the first with it, and no later than the recovery."""
    seen_by = change(first, unseen_at=at(unseen), origins=("change query",), text="web")
    fact, _ = infer_mitigation(Complete((seen_by,)), impact((0, value, 40, 100)), CIRCLE)
    assert isinstance(fact, Known)
    assert (fact.value, fact.low, fact.high) == (at(value), at(bounds[0]), at(bounds[1]))
    assert fact.notes["text"] == "Change of web"


def test_what_mitigated_rests_on_the_change_and_the_sli() -> None:
    """Inferred, with the change's words, who told of it, and how far the failures fell."""
    told = change(20, text="rollback", origins=("annotation", "change query"))
    found = impact((0, 20, 40, 100))
    fact, chosen = infer_mitigation(Complete((told,)), found, CIRCLE)
    method = (
        "the only change of an affected service in the impact window after which failures fell to half or less "
        "(annotation, seen by the change query)"
    )
    assert chosen == told
    expected = Known(
        value=at(20),
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method=method,
        sources=("gf", "total", "good"),
        notes={
            "text": "rollback",
            "improvement": "failures of availability fell from 40.0% to 0% within 1 min after it",
        },
    )
    assert fact == expected
    slo = swap(found.slo, total=None, good=None, bad=read("bad"), ratio=read("ratio"))
    other, _ = infer_mitigation(
        Complete((replace(told, source=""),)), replace(found, survey=replace(found.survey, slo=slo)), CIRCLE
    )
    assert isinstance(other, Known)
    assert other.sources == ("bad", "ratio")


BEFORE = Unknown(reason="it was bad before", ask="x")
STILL = Unknown(reason="it is still bad", ask="y")


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (BEFORE, STILL, "it was bad before"),
        (known(0), STILL, "it is still bad"),
        (known(0), known(30), "the SLI could not be read"),
    ],
)
def test_without_an_impact_it_is_unknown_what_mitigated(start: Fact, end: Fact, reason: str) -> None:
    """For the reason that the impact is."""
    bare = impact()
    gone = replace(bare, start=start, end=end, survey=replace(bare.survey, buckets=None, detection=None))
    expected = (Unknown(reason=reason, ask=RESPONDERS), None)
    assert infer_mitigation(Complete((change(20),)), gone, CIRCLE) == expected
    if reason != "the SLI could not be read":
        seen = replace(bare, start=start, end=end)
        assert infer_mitigation(Complete((change(20),)), seen, CIRCLE) == expected


PART = "the changes of the impact window were read in part only (missing: some)"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (Partial((), "some"), PART),
        (Refused("some"), PART),
        (Partial((change(-1), change(31)), "some"), PART),
        (
            Partial((change(0, text="one\n"), change(30, text="two")), "some"),
            f"{PART}; so far as was read: one and two",
        ),
    ],
)
def test_of_changes_read_in_part_none_mitigated_for_sure(changes: Reading[tuple[Change, ...]], reason: str) -> None:
    """Those of the impact are listed, however clearly one of them helped."""
    expected = (Unknown(reason=reason, ask=RESPONDERS), None)
    assert infer_mitigation(changes, impact((0, 20, 40, 100)), CIRCLE) == expected


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ((note(14, text="Rolling back to 41."),), 'Ann wrote at 12:14:00: "Rolling back to 41."'),
        ((note(14, text="first"), note(20, text="last")), 'Ann wrote at 12:14:00: "first"'),
        ((note(14, author=ROBOT),), ""),
        ((note(14, author=Agent(kind=AgentKind.UNKNOWN, name="")),), ""),
        ((note(4),), ""),
        ((note(27),), ""),
        ((), ""),
    ],
)
def test_what_a_person_wrote_at_that_time_stands_beside(notes: tuple[Note, ...], words: str) -> None:
    """The nearest to its begin; what automation wrote is no responder's word."""
    told = evidence(pagerduty=record(notes=notes))
    assert told_beside(told, change(15, 16)) == words
    assert told_beside(evidence(), change(15, 16)) == ""


def test_a_status_update_stands_beside_too() -> None:
    """As a note does."""
    told = evidence(pagerduty=record(log=(entry("status_update", 15, text="Reverting"), entry("annotate", 15.5))))
    assert told_beside(told, change(16)) == 'Ann wrote at 12:15:00: "Reverting"'


@pytest.mark.parametrize(
    ("asked", "environment", "apart"),
    [
        ("", "", False),
        ("", "production", False),
        ("", "eu-west-1", False),
        ("", "staging", True),
        ("", "Test", True),
        ("staging", "staging", False),
        ("staging", "production", True),
        ("prod", "production", False),
        ("prod", "live", False),
        ("prod", "dev", True),
    ],
)
def test_where_a_change_took_place_matters_where_it_is_told(asked: str, environment: str, apart: bool) -> None:  # noqa: FBT001 - a table
    """By what the SLOs ask of it; without that, what is no production is elsewhere."""
    events = Events(total=f'requests{{env="{asked}"}}' if asked else "requests", bad="failures")
    slo = SloEvidence(definition=swap(definition(), events=events))
    circle = Circle(CHECKOUT, find_services(swap(evidence(), slos=(slo,)), SETTINGS))
    result = mitigated(impact((0, 20, 40, 100)), change(20, environment=environment), circle=circle)
    assert result == (f"{NOT_AFTER}{MEANWHILE}: c (checkout)" if apart else (20, "c"))
