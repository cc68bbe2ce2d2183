"""The appendix's table of replayed rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pm_autofill.compose.case import Case
from pm_autofill.compose.replay import replay_table
from pm_autofill.instants import Window
from pm_autofill.replayed import BurnRule, Firing, Replay, ReplayedRule, Shorter

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import Findings

PAGE = BurnRule(sets=("Google", "Sloth"), severity="page", long=3600.0, short=300.0, factor=14.4)
PYRRA = BurnRule(sets=("Pyrra",), severity="ticket", long=370260.0, short=23160.0, factor=1.0, hold=11580.0)


def at(clock: str, day: int = 18) -> datetime:
    """An instant of that day."""
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}").replace(tzinfo=UTC)


def rule(burn: BurnRule | None, **parts: object) -> ReplayedRule:
    """A rule."""
    usual: dict[str, object] = {
        "name": "" if burn else "Burn | *me*",
        "burn": burn,
        "slo": "checkout-availability" if burn else "",
        "severity": burn.severity if burn else "critical",
        "hold": burn.hold if burn else 120.0,
        "interval": 30.0,
        "sources": ("q",),
    }
    return ReplayedRule(**{**usual, **parts})  # type: ignore[arg-type]


def table(evidence: Evidence, findings: Findings, *rules: ReplayedRule, seen: float = 1.0, known: bool = False) -> str:
    """The table of these rules."""
    week = Window(at("13:42:17", 11), at("13:42:17"))
    replay = Replay(rules=rules, week=week, seen_ratio=seen, incidents_known=known, slo="checkout-availability")
    return replay_table(Case(evidence, replace(findings, replay=replay)))


def test_each_rule_has_a_row(evidence: Evidence, findings: Findings) -> None:
    """What it is, what it would have done; names from outside are text."""
    fired = Firing(at=at("13:46:30"), to_detect=253.0, spent_ratio=0.0115)
    sooner = Shorter(hold=0.0, firing=Firing(at=at("13:44:30"), to_detect=133.0, spent_ratio=None))
    text = table(
        evidence,
        findings,
        rule(None, firing=fired, shorter=sooner, earlier_fires=2),
        rule(PAGE, firing=replace(fired, at=at("00:01:00", 19), spent_ratio=None)),
        rule(PYRRA, never=True, shorter=Shorter(hold=120.0, firing=None)),
    )
    head = "| Rule | Would have fired | After the start | Budget consumed by then | Fires in the 7 days before "
    late = "2m: would not have fired |"
    assert text.splitlines()[:5] == [
        head + "| With a shorter `for` |",
        "| --- | --- | --- | --- | --- | --- |",
        "| Burn \\| \\*me\\*, critical, for 2m | 13:46:30 | 4 min 13 s | 1.15% | 2 | none: 13:44:30 |",
        "| Google and Sloth: 1h/5m page, burn rate 14.4 | 2026-11-19 00:01:00 | 4 min 13 s | unknown | 0 |  |",
        "| Pyrra: 4d6h51m/6h26m ticket, burn rate 1, for 3h13m | never: no ratio is high enough |  |  | 0 | " + late,
    ]
    assert "The alert fired at 13:46:30." in text
    assert "Evaluated every 30 s, in the 7 days before every minute" in text
    assert "have data for" not in text


def test_fires_in_other_incidents_are_told_apart(evidence: Evidence, findings: Findings) -> None:
    """Beside their number; where nobody knows of other incidents, that is said, and where no rule fired nothing."""
    known = rule(PAGE, earlier_fires=3, excused_fires=2)
    text = table(evidence, findings, known)
    assert "| no |  |  | 3, 2 of them in other incidents |  |" in text
    assert "Each fire in the 7 days before counts as false: other incidents of those days are not known." in text
    assert "is not false while another incident of the service lasted" in table(evidence, findings, known, known=True)
    assert "false:" not in table(evidence, findings, rule(PAGE))


def test_what_was_not_replayed_is_named(evidence: Evidence, findings: Findings) -> None:
    """With the reason; a week seen in part says so."""
    text = table(evidence, findings, rule(None, refused="parse <error>"), rule(PAGE), seen=0.5)
    assert "Not replayed:\n\n- Burn \\| \\*me\\*: parse \\<error>" in text
    assert "| Google and Sloth: 1h/5m page, burn rate 14.4 | no |  |  | 0 |  |" in text
    assert "The 7 days before have data for 50.0% of the time." in text


def test_of_several_slos_each_is_named(evidence: Evidence, findings: Findings) -> None:
    """Only then."""
    text = table(evidence, findings, rule(PAGE), rule(PAGE, slo="checkout_latency"))
    assert "burn rate 14.4, on checkout-availability | no" in text
    assert "burn rate 14.4, on checkout_latency | no" in text


def test_without_a_replay_there_is_nothing(evidence: Evidence, findings: Findings) -> None:
    """Not even a heading: the template asks."""
    assert replay_table(Case(evidence, findings)) == ""
