"""What a replay needs, over the wire: events per step, and when a rule's expression held."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.questions import AskPast, AskRuleRun
from pm_autofill.evidence.replay import Stretch
from pm_autofill.evidence.slos import Events, Reading
from pm_autofill.instants import Window, from_epoch
from pm_autofill.promql import witnessed
from tests.servers.prometheus import (
    BAD,
    NOON,
    TOTAL,
    ScriptedPrometheus,
    after_noon,
    evaluated,
    form_of,
    give,
    nothing,
    ratio_slo,
    refuse,
    series,
    slo,
)
from tests.world.loopback import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.world.loopback import Reply, Request

STEP = timedelta(minutes=5)
HOUR = Window(NOON - timedelta(hours=1), NOON)
PAST = AskPast("checkout-availability", ((HOUR, STEP),))
RULE = AlertRule(name="Burn", expression="x > 1", hold=60, interval=30, labels={}, annotations={}, source="rules")
RUN = AskRuleRun(
    RULE, (HOUR, timedelta(minutes=1)), (Window(NOON, NOON + timedelta(minutes=10)), timedelta(seconds=30))
)


@dataclass
class SteppedPrometheus(ScriptedPrometheus):
    """Answers by the step asked for.

    Attributes:
        by_step: Step to the JSON body of a reply.
    """

    by_step: Mapping[str, object] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        """The reply for this step."""
        return as_json(self.by_step[form_of(request)["step"]])


def stretch(first: float, last: float) -> Stretch:
    """A stretch in seconds after noon."""
    begin, end = after_noon(first, last)
    return Stretch(first=from_epoch(begin), last=from_epoch(end))


# ---------------------------------------------------------------- events per step


def test_events_are_asked_for_per_step() -> None:
    """Two small questions; what is evaluated at the end of a step lies in it."""
    script = {
        r"code=~": give("matrix", series({}, (-3300, 0), (0, 0))),
        "": give("matrix", series({}, (-3300, 7), (0, 9))),
    }
    with ScriptedPrometheus(script=script) as server:
        observed = server.collector().past(slo().definition, PAST)
        assert server.queries == [f"(sum(increase({BAD}[5m])) or vector(0))", f"sum(increase({TOTAL}[5m]))"]
        forms = server.forms
    (past,) = observed.value
    start, end = after_noon(-3300, 0)
    assert {(float(form["start"]), float(form["end"]), form["step"]) for form in forms} == {(start, end, "300")}
    assert past.events == Events(total=TOTAL, bad=BAD)
    assert past.total[0].matrix.series[0].values.tolist() == [7, 9]
    assert past.part[0].matrix.series[0].values.tolist() == [0, 0]
    assert (past.total[0].start, past.total[0].end, past.total[0].step) == (HOUR.start, HOUR.end, 300)
    assert set(observed.sources) == {past.total[0].source, past.part[0].source}
    assert observed.gaps == ()


def test_recorded_events_are_summed_not_differenced() -> None:
    """Samples that hold events since the one before are no counters."""
    recorded = Events(total=TOTAL, bad=BAD, total_reading=Reading.SUM, part_reading=Reading.COUNT)
    definition = msgspec.structs.replace(slo().definition, events=recorded)
    with ScriptedPrometheus(script={"": nothing("matrix")}) as server:
        server.collector().past(definition, PAST)
        assert sorted(server.queries) == [
            f"(sum(count_over_time({BAD}[299999ms])) or vector(0))",
            f"sum(sum_over_time({TOTAL}[299999ms]))",
        ]


@pytest.mark.parametrize("part", [nothing("matrix"), give("matrix", series({}, (0, 0)))])
def test_fewer_steps_of_bad_events_than_of_all_are_a_part(part: dict[str, object]) -> None:
    """None is an answer too, step by step: one that is missing was not given."""
    script = {r"code=~": part, "": give("matrix", series({}, (-3300, 7), (0, 9)))}
    with ScriptedPrometheus(script=script) as server:
        (gap,) = server.collector().past(slo().definition, PAST).gaps
    assert (gap.what, gap.reason) == (
        "the past of checkout-availability",
        "Prometheus gave fewer steps of bad events than of all events",
    )


@pytest.mark.parametrize(("bad", "gaps"), [((3, 1), 1), ((0, 0), 0)])
def test_events_of_no_whole_are_a_part(bad: tuple[float, float], gaps: int) -> None:
    """Bad events are events: where all of them are none, an answer was lost; that nothing was bad is said anyway."""
    script = {r"code=~": give("matrix", series({}, (-3300, bad[0]), (0, bad[1]))), "": nothing("matrix")}
    with ScriptedPrometheus(script=script) as server:
        found = server.collector().past(slo().definition, PAST).gaps
    assert [gap.reason for gap in found] == ["Prometheus gave fewer steps of all events than of bad events"][:gaps]


def test_a_past_that_cannot_be_had_is_a_gap() -> None:
    """A ratio has none, which is no gap."""
    with ScriptedPrometheus(script={"": refuse(422, "execution", "too many samples")}) as server:
        observed = server.collector().past(slo().definition, PAST)
        assert server.collector().past(ratio_slo("r").definition, PAST).value == ()
    assert observed.value == ()
    assert [gap.what for gap in observed.gaps] == ["the past of checkout-availability"]


# ---------------------------------------------------------------- a rule's expression


def test_a_rule_is_evaluated_coarsely_then_finely() -> None:
    """A stretch that reaches the instant both share goes on; one that misses an evaluation is two."""
    labels = {"route": "/pay"}
    coarse = give("matrix", series(labels, (-600, 1), (-540, 1), (-60, 1), (0, 1)), evaluated(-3600, 0, 60))
    cart = series({"route": "/cart"}, (60, 1))
    fine = give("matrix", series(labels, (0, 1), (30, 1), (90, 1)), cart, evaluated(0, 600, 30))
    nowhere = {"60": give("matrix", evaluated(-3600, 0, 60)), "30": give("matrix", evaluated(0, 600, 30))}
    with SteppedPrometheus(script={}, by_step=nowhere) as server:
        never = server.collector().rule_run(RUN)
        assert (never.value[0].stretches, never.gaps) == ((), ())
        assert sorted(form["step"] for form in server.forms) == ["30", "60"]
        assert server.queries == [witnessed("x > 1")] * 2
    with SteppedPrometheus(script={}, by_step={"60": coarse, "30": fine}) as server:
        observed = server.collector().rule_run(RUN)
    (run,) = observed.value
    assert run.stretches == (stretch(-600, -540), stretch(-60, 30), stretch(60, 60), stretch(90, 90))
    assert (run.coarse, run.fine, run.refused) == (60, 30, "")
    assert (run.start, run.joint, run.end) == (HOUR.start, NOON, NOON + timedelta(minutes=10))
    assert set(run.sources) == set(observed.sources)
    assert len(run.sources) == 2


@pytest.mark.parametrize("lost", ["60", "30"])
def test_a_rule_that_was_not_evaluated_all_along_is_a_part(lost: str) -> None:
    """An empty answer is not that it never held: the series that is always there is missing from it."""
    whole = {"60": give("matrix", evaluated(-3600, 0, 60)), "30": give("matrix", evaluated(0, 600, 30))}
    for answer in (nothing("matrix"), give("matrix", evaluated(0, 300, float(lost)))):
        with SteppedPrometheus(script={}, by_step={**whole, lost: answer}) as server:
            (gap,) = server.collector().rule_run(RUN).gaps
        assert gap.what == "a replay of Burn"
        assert re.search(r"\d+ of (61|21) evaluations came back", gap.reason)


def test_rules_of_one_name_have_their_own_sources() -> None:
    """Sloth names its page and its ticket alike."""
    other = AlertRule(name="Burn", expression="x > 2", hold=0, interval=30, labels={}, annotations={}, source="rules")
    with ScriptedPrometheus(script={"": nothing("matrix")}) as server:
        both = [server.collector().rule_run(AskRuleRun(rule, RUN.coarse, RUN.fine)) for rule in (RULE, other)]
    assert not set(both[0].sources) & set(both[1].sources)


@pytest.mark.parametrize(
    ("reply", "said", "gaps"),
    [
        (refuse(400, "bad_data", "parse error"), "parse error", 0),
        (refuse(422, "execution", "too many samples"), "too many samples", 0),
        (refuse(401, "unauthorized", "who are you"), "", 1),
        (refuse(403, "forbidden", "not for you"), "", 1),
        (refuse(404, "not_found", "no such page"), "", 1),
        (refuse(500, "internal", "disk"), "", 1),
    ],
)
def test_a_rule_that_is_refused_says_so(reply: object, said: str, gaps: int) -> None:
    """Somebody's own expression is not this program's to mend; a server that fails is a gap."""
    with ScriptedPrometheus(script={"": reply}) as server:
        observed = server.collector().rule_run(RUN)
    (run,) = observed.value
    assert run.refused
    assert said in run.refused
    assert (run.stretches, run.sources, len(observed.gaps)) == ((), (), gaps)


def test_a_rule_that_changes_all_the_time_is_not_kept() -> None:
    """Evidence stays small."""
    many = [series({"n": str(number)}, (0, 1)) for number in range(2001)]
    with ScriptedPrometheus(script={"": give("matrix", *many)}) as server:
        (run,) = server.collector().rule_run(RUN).value
    assert (run.stretches, run.refused) == ((), "it held in more than 2000 stretches")
