"""What mitigated, by buckets placed by hand: what is compared, from where to where, and where halves end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse.baseline import Baseline
from pm_autofill.analyse.buckets import Buckets
from pm_autofill.analyse.changes import Change, infer_mitigation
from pm_autofill.analyse.impact import Impact
from pm_autofill.analyse.periods import Detection
from pm_autofill.analyse.survey import Survey
from pm_autofill.evidence.readings import Complete, Partial, Reading, Refused
from pm_autofill.evidence.series import matrix
from pm_autofill.evidence.slos import CounterRead, SloEvidence
from pm_autofill.findings import BadPeriod, Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import Window
from tests.unit.analyse.cases import at, definition

if TYPE_CHECKING:
    from collections.abc import Sequence

    Levels = Sequence[tuple[float, float, float, float]]

FIRST, LAST = -30, 70
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
    """A change by its minutes after noon."""
    made = Change(id_, at(start), None if end is None else at(end), "rollback", ("annotation",), (), "gf")
    return replace(made, **parts)  # type: ignore[arg-type]


def mitigated(found: Impact, *changes: Change) -> tuple[float, str] | str:
    """When, and by which change; else why it is unknown."""
    fact, chosen = infer_mitigation(Complete(changes), found)
    if isinstance(fact, Unknown):
        assert chosen is None
        return fact.reason
    assert chosen is not None
    return round((fact.instant - at(0)).total_seconds() / 60, 2), chosen.id


NO_HELP = "no change in the impact window was followed by an improvement"
NONE = "no change is recorded in the impact window"


@pytest.mark.parametrize(
    ("levels", "changes", "result"),
    [
        # Half is enough, and more is not.
        ([(0, 20, 40, 100), (20, 30, 20, 100)], [change(20)], (20, "c")),
        ([(0, 20, 40, 100), (20, 30, 21, 100)], [change(20)], NO_HELP),
        # Ten minutes before, and no earlier; nor before the impact.
        ([(0, 10, 80, 100), (10, 20, 20, 100), (20, 30, 11, 100)], [change(20)], NO_HELP),
        ([(0, 10, 0, 100), (10, 20, 40, 100), (20, 30, 20, 100)], [change(20)], (20, "c")),
        ([(0, 5, 40, 100), (5, 30, 20, 100)], [change(5)], (5, "c")),
        # Ten minutes after, and no later.
        ([(0, 10, 40, 100), (10, 20, 20, 100), (20, 30, 90, 100)], [change(10)], (10, "c")),
        ([(0, 10, 40, 100), (10, 19, 20, 100), (19, 30, 40, 100)], [change(10)], NO_HELP),
        # From its end on.
        ([(0, 15, 40, 100), (15, 30, 10, 100)], [change(5, 15)], (15, "c")),
        ([(0, 12, 40, 100), (12, 20, 0, 100), (20, 30, 40, 100)], [change(10, 20)], NO_HELP),
        ([(0, 25, 40, 100), (25, 30, 10, 100)], [change(20, 30)], (30, "c")),
        # Failures per event, not per minute; events that were made from a ratio may be few.
        ([(0, 20, 0.04, 0.05), (20, 30, 0.3, 1)], [change(20)], (20, "c")),
        ([(0, 20, 50, 100), (20, 25, 10, 10), (25, 30, 15, 90)], [change(20)], (20, "c")),
        # Nothing before it, no events before it, none after it.
        ([(0, 20, 0, 100), (20, 30, 0, 100)], [change(20)], NO_HELP),
        ([(0, 20, 0, 0), (20, 30, 0, 100)], [change(20)], NO_HELP),
        ([(0, 20, 40, 100), (20, 30, 0, 0)], [change(20)], NO_HELP),
        ([(0, 30, 40, 100)], [change(0)], NO_HELP),
        # At the recovery still, and not after it.
        ([(0, 30, 40, 100)], [change(30)], (30, "c")),
        ([(0, 30, 40, 100)], [change(30.1)], NONE),
        ([(0, 30, 40, 100)], [change(-0.1)], NONE),
        ([(0, 30, 40, 100)], [], NONE),
        # Of several that helped the last; of those that began together the last to end, else by name.
        ([(0, 20, 40, 100), (20, 30, 10, 100)], [change(15, 20, "a"), change(20, None, "b")], (20, "b")),
        ([(0, 20, 40, 100), (20, 30, 10, 100)], [change(20, None, "b"), change(15, 20, "a")], (20, "b")),
        ([(0, 20, 40, 100), (20, 30, 10, 100)], [change(20, 22, "a"), change(20, None, "b")], (22, "a")),
        ([(0, 20, 40, 100), (20, 30, 10, 100)], [change(20, None, "a"), change(20, None, "b")], (20, "b")),
        ([(0, 20, 40, 100), (20, 60, 20, 100)], [change(20, None, "a"), change(27, None, "b")], (20, "a")),
    ],
)
def test_the_last_change_after_which_failures_halved_mitigated(
    levels: Levels, changes: Sequence[Change], result: tuple[float, str] | str
) -> None:
    """Ten minutes before its begin against ten minutes after its end."""
    assert mitigated(impact(*levels), *changes) == result


@pytest.mark.parametrize(
    ("levels", "result"),
    [
        ([(0, 20, 0, 20), (20, 30, 0, 60)], (20, "c")),
        ([(0, 20, 0, 20), (20, 30, 0, 59)], NO_HELP),
        ([(0, 20, 0, 20), (20, 30, 10, 60)], NO_HELP),
        ([(0, 20, 0, 0), (20, 30, 0, 100)], (20, "c")),
        ([(0, 20, 0, 0), (20, 30, 0, 0)], NO_HELP),
        ([(0, 20, 10, 20), (20, 30, 45, 100)], (20, "c")),
        ([(0, 20, 0, 20), (20, 30, 80, 200)], (20, "c")),
        ([(0, 20, 0, 20), (20, 30, 82, 200)], NO_HELP),
    ],
)
def test_of_an_outage_the_missing_requests_are_failures(levels: Levels, result: tuple[float, str] | str) -> None:
    """Their share is of what was to be expected, or of what came where that was more."""
    assert mitigated(impact(*levels, kind="no traffic"), change(20)) == result


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
        ([(0, 25, 40, 100), (25, 30, 20, 100)], "failures", 30, 20, 25),
        ([(0, 25, 40, 100), (25, 30, 21, 100)], "failures", 30, 20, 30),
        ([(0, 22, 40, 100), (22, 24, 0, 100), (24, 26, 40, 100), (26, 30, 0, 100)], "failures", 30, 20, 26),
        ([(0, 25, 40, 100), (25, 30, 10, 100)], "failures", 30, 25, 25),
        ([(0, 25, 40, 100), (25, 30, 10, 100)], "failures", 30, 24.5, 25),
        ([(0, 30, 40, 100)], "failures", 29.5, 20, 29.5),
        ([(0, 25, 40, 100), (30, 33, 40, 100)], "failures", 30, 20, 25),
        ([(0, 25, 40, 100), (25, 30, 0, 0)], "failures", 30, 20, 25),
        ([(0, 25, 0, 20), (25, 30, 0, 70)], "no traffic", 30, 20, 25),
        ([(0, 25, 0, 20), (25, 30, 0, 60)], "no traffic", 30, 20, 25),
        ([(0, 25, 0, 20), (25, 30, 5, 60)], "no traffic", 30, 20, 30),
        ([(0, 25, 0, 20), (25, 30, 75, 200)], "no traffic", 30, 20, 25),
        ([(0, 25, 0, 20), (25, 30, 85, 200)], "no traffic", 30, 20, 30),
    ],
)
def test_a_change_that_went_on_mitigated_where_the_failures_last_left_half(
    levels: Levels, kind: str, end: float, began: float, result: float
) -> None:
    """Within the impact: what was before the change or after the recovery does not matter."""
    found = impact(*levels, kind=kind, end=end)
    assert mitigated(found, change(began, 50)) == (result, "c")


def test_what_mitigated_rests_on_the_change_and_the_sli() -> None:
    """Inferred, with the change's words and who told of it."""
    told = change(20, origins=("annotation", "change query"))
    found = impact((0, 20, 40, 100))
    fact, chosen = infer_mitigation(Complete((told,)), found)
    method = (
        "the last change in the impact window after which the failure ratio at least halved "
        "(annotation, seen by the change query)"
    )
    assert chosen == told
    expected = Known(
        value=at(20),
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method=method,
        sources=("gf", "total", "good"),
        notes={"text": "rollback"},
    )
    assert fact == expected
    slo = swap(found.slo, total=None, good=None, bad=read("bad"), ratio=read("ratio"))
    other, _ = infer_mitigation(
        Complete((replace(told, source=""),)), replace(found, survey=replace(found.survey, slo=slo))
    )
    assert other == replace(expected, sources=("bad", "ratio"))


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
    assert infer_mitigation(Complete((change(20),)), gone) == (Unknown(reason=reason, ask=RESPONDERS), None)
    if reason != "the SLI could not be read":
        seen = replace(bare, start=start, end=end)
        assert infer_mitigation(Complete((change(20),)), seen) == (Unknown(reason=reason, ask=RESPONDERS), None)


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
    assert infer_mitigation(changes, impact((0, 20, 40, 100))) == (Unknown(reason=reason, ask=RESPONDERS), None)


@pytest.mark.parametrize(("changes", "reason"), [((), NONE), ((change(31),), NONE), ((change(10),), NO_HELP)])
def test_that_none_helped_is_for_the_responders_to_say(changes: tuple[Change, ...], reason: str) -> None:
    """They may know of one that nobody recorded."""
    found = infer_mitigation(Complete(changes), impact((0, 30, 40, 100)))
    assert found == (Unknown(reason=reason, ask=RESPONDERS), None)
