"""What `explain` shows of an answer: of two questions about one rule each shows its own stretch of time."""

from __future__ import annotations

from msgspec.structs import replace

from pm_autofill.compose.samples import _run_lines
from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.record import Source
from pm_autofill.evidence.replay import RuleRun, Stretch
from tests.unit.analyse.cases import at, evidence

RULE = AlertRule(name="Burn", expression="x > 1", hold=0, interval=60, labels={}, annotations={}, source="rules")


def source(first: float, last: float) -> Source:
    """A question about so many minutes."""
    return Source(system="Prometheus", query="q", url="", retrieved_at=at(0), sha256="", start=at(first), end=at(last))


def test_a_rule_held_when_the_question_was_for() -> None:
    """The week before was asked coarsely, the incident finely: neither answer tells of the other's time."""
    run = RuleRun(
        rule=RULE,
        stretches=(Stretch(first=at(-3000), last=at(-2990)), Stretch(first=at(2), last=at(40))),
        start=at(-3100),
        joint=at(-90),
        end=at(60),
        coarse=60.0,
        fine=30.0,
        sources=("coarse", "fine"),
        refused="",
    )
    told = replace(evidence(), rule_runs=(run,), sources={"coarse": source(-3100, -90), "fine": source(-90, 60)})
    assert _run_lines(told, "coarse") == ["its expression held:", "  Burn  2026-11-16 10:00:00 to 2026-11-16 10:10:00"]
    assert _run_lines(told, "fine") == ["its expression held:", "  Burn  2026-11-18 12:02:00 to 2026-11-18 12:40:00"]
    assert _run_lines(replace(told, sources={}), "fine")[0] == "its expression held:"
