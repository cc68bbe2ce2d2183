"""Whether the incident could have been detected sooner: what is asked for it, and what follows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import analyse, find_impacts
from pm_autofill.analyse.replay.horizon import MOST_RULES, look_ahead, own_rules, questions
from pm_autofill.evidence import Gap
from pm_autofill.evidence.alerts import AlertRule, AlertSeries
from pm_autofill.evidence.incident import OtherIncident
from pm_autofill.evidence.questions import AskPast, AskRuleRun
from pm_autofill.evidence.record import EarlierDraft
from pm_autofill.evidence.replay import PastEvents, RuleRun, Steps, Stretch
from pm_autofill.evidence.series import Matrix, Series
from pm_autofill.evidence.slos import Events, SloEvidence
from pm_autofill.findings import Findings, Known, Unknown
from pm_autofill.instants import Window
from tests.unit.analyse.cases import (
    SETTINGS,
    SOURCES,
    alert,
    at,
    definition,
    entry,
    evidence,
    incident,
    page,
    record,
    sli,
    totals,
)

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import IncidentRecord
    from pm_autofill.replayed import ReplayedRule

HOLD = timedelta(minutes=15)
JOINT = at(-94)
DAY = 24 * 60
EVENTS = Events(total="t", bad="b")
BUDGET = (totals(at(0), 0, 100_000_000), totals(at(40), 96_000, 100_000_000))
BURN = AlertRule(
    name="Burn",
    expression='rate(x{service="checkout"}[5m]) > 1',
    hold=300,
    interval=60,
    labels={"severity": "critical"},
    annotations={},
    source="rules",
)


def told(fired: float = 3, **parts: object) -> IncidentRecord:
    """An incident whose alert fired so many minutes after noon."""
    opened = incident(created_at=at(fired + 1), resolved_at=at(50), **parts)
    log = (entry("trigger", fired + 1), page(fired + 2), entry("acknowledge", fired + 4))
    return record(*log, incident=opened, alerts=(alert(fired + 1, starts=fired),))


def past(*bad: tuple[float, float], days: float = 12) -> PastEvents:
    """Steps of five minutes up to the joint: 12,000 events in each, and bad ones as (minutes after noon, events)."""
    ends = np.arange(JOINT.timestamp(), JOINT.timestamp() - days * DAY * 60, -300.0)[::-1]
    failed = np.zeros(len(ends))
    for minute, events in bad:
        failed[int(np.searchsorted(ends, at(minute).timestamp()))] += events
    sides = [
        Steps(
            matrix=Matrix((Series({}, ends, values),)),
            source=name,
            start=at(-94 - days * DAY),
            end=JOINT,
            step=300.0,
        )
        for name, values in (("past.total", np.full(len(ends), 12_000.0)), ("past.bad", failed))
    ]
    return PastEvents(slo="availability", events=EVENTS, total=(sides[0],), part=(sides[1],))


def run(*stretches: tuple[float, float], rule: AlertRule = BURN, refused: str = "") -> RuleRun:
    """A rule that held from then to then, in minutes after noon."""
    return RuleRun(
        rule=rule,
        stretches=tuple(Stretch(first=at(first), last=at(last)) for first, last in stretches),
        start=at(-7 * DAY),
        joint=JOINT,
        end=at(55),
        coarse=60.0,
        fine=60.0,
        sources=() if refused else ("replay.coarse", "replay.fine"),
        refused=refused,
    )


def whole(ratio: float = 1.0, **parts: object) -> Evidence:
    """Evidence of forty minutes in which this share of requests failed."""
    usual: dict[str, object] = {"pagerduty": told(), "past_events": (past(),)}
    return evidence(sli((0, 40, ratio), usual=0.0, totals=BUDGET), **{**usual, **parts})  # type: ignore[arg-type]


def found(known: Evidence) -> Findings:
    """What follows."""
    return analyse(known, SETTINGS)


def answer(known: Evidence) -> str:
    """The answer; why there is none."""
    fact = found(known).facts["detection.could_be_sooner"]
    return fact.text if isinstance(fact, Known) else f"unknown: {fact.reason}"


def sooner(known: Evidence) -> float | None:
    """The replayed instant as minutes after noon; None where there is none."""
    fact = found(known).facts["detection.replayed"]
    return round((fact.instant - at(0)).total_seconds() / 60, 3) if isinstance(fact, Known) else None


def rules(known: Evidence) -> list[ReplayedRule]:
    """The replayed rules."""
    replay = found(known).replay
    return list(replay.rules) if replay else []


# ---------------------------------------------------------------- the answer


def test_a_quiet_rule_that_fires_sooner_makes_it_yes() -> None:
    """Of a total outage Google's first rule knows within a minute; the alert came after three."""
    assert answer(whole()) == (
        "Yes: the 1h/5m page of Google and Sloth at burn rate 14.4 would have fired at 12:01:00, 2 min before the "
        "alert; it would not have fired in the 7 "
        "days before."
    )
    assert sooner(whole()) == 1
    fact = found(whole()).facts["detection.replayed"]
    assert isinstance(fact, Known)
    assert fact.sources == ("total", "bad", "past.total", "past.bad")
    assert fact.basis == "inferred"


def test_one_evaluation_sooner_is_the_least() -> None:
    """Evaluations are a minute apart here."""
    assert sooner(whole(pagerduty=told(2))) == 1
    assert sooner(whole(pagerduty=told(1))) is None
    assert answer(whole(pagerduty=told(1))).startswith(
        "No: of 8 replayed rules none that was quiet in the 7 days before would have fired sooner than the alert at "
        "12:01:00; the first would have been the 1h/5m page of Google and Sloth at burn rate 14.4, at 12:01:00."
    )


@pytest.mark.parametrize(("fires", "words"), [(6, "Yes: the rule Other would have fired at 12:05:00"), (8, "No: ")])
def test_alert_and_replay_are_compared_on_one_grid(fires: float, words: str) -> None:
    """An alert three seconds before an evaluation of the replay fires at that one there, if its own rule does."""
    own = replace(BURN, hold=0)
    other = replace(own, name="Other", expression='rate(y{service="checkout"}[5m]) > 1')
    runs = (run((fires, 30), rule=own), run((5, 30), rule=other))
    known = whole(0.001, pagerduty=told(5.95), alert_rules=(own, other), rule_runs=runs)
    assert answer(known).startswith(words)


def test_a_rule_that_fires_otherwise_too_does_not_count() -> None:
    """Two days before, all of five minutes failed: it would have fired then as well."""
    noisy = whole(past_events=(past((-2 * DAY, 12_000)),))
    assert answer(noisy).startswith("No: ")
    assert "would have fired at 12:01:00, 2 min before the alert, but also 1 time in those days." in answer(noisy)
    assert sooner(noisy) is None
    assert [rule.earlier_fires for rule in rules(noisy)][:2] == [1, 1]


def test_a_fire_in_another_incident_is_not_false() -> None:
    """Two days before there was one: the rule was right then. What an earlier draft measured is as good."""
    noisy = whole(past_events=(past((-2 * DAY, 12_000)),))
    other = OtherIncident(
        id="E", title="Customers cannot pay", url="", at=at(-2 * DAY), relation="earlier", resolved_at=at(-2 * DAY + 30)
    )
    known = replace(told(), earlier=(other,), sources={**SOURCES, "earlier": "pd.earlier"})
    told_so = (
        "Yes: the 1h/5m page of Google and Sloth at burn rate 14.4 would have fired at 12:01:00, 2 min before the "
        "alert; in the 7 days before it would have "
        "fired 1 time, only while other incidents lasted."
    )
    asked = replace(noisy, pagerduty=known)
    assert answer(asked) == told_so
    assert [(rule.earlier_fires, rule.excused_fires) for rule in rules(asked)][:2] == [(1, 1), (1, 1)]
    fact = found(asked).facts["detection.replayed"]
    assert isinstance(fact, Known)
    assert "pd.earlier" in fact.sources
    later = replace(asked, pagerduty=replace(known, earlier=(replace(other, at=at(-DAY), resolved_at=at(-DAY + 30)),)))
    assert answer(later).startswith("No: ")
    draft = EarlierDraft(
        folder="f", title="t", at=at(-2 * DAY), services=("checkout",), figures={"impact.duration": 300.0}
    )
    assert answer(replace(noisy, drafts=(draft,))) == told_so
    assert answer(replace(noisy, drafts=(replace(draft, services=("payments",)),))).startswith("No: ")


def test_no_alert_is_its_own_witness() -> None:
    """An incident that the alert opened itself does not make its fire right; one that another alert opened does."""
    other = OtherIncident(
        id="E", title="[FIRING:1] Burn", url="", at=at(-2999), relation="earlier", resolved_at=at(-2900)
    )
    slow = replace(BURN, name="Slow")

    def fires(title: str) -> tuple[int, int]:
        known = replace(told(), earlier=(replace(other, title=title),), sources={**SOURCES, "earlier": "pd.earlier"})
        ran = whole(0.001, alert_rules=(BURN, slow), rule_runs=(run((-3000, -2990), (1, 30)),), pagerduty=known)
        return rules(ran)[0].earlier_fires, rules(ran)[0].excused_fires

    assert fires("[FIRING:1] Burn (checkout)") == (1, 0)
    assert fires("[FIRING:1] Slow (checkout)") == (1, 1)
    assert fires("[FIRING:1] checkout") == (1, 0)


def test_a_stale_incident_excuses_a_day_at_most() -> None:
    """One that nobody resolved speaks for its beginning only, one resolved late for a day."""
    noisy = whole(past_events=(past((-2 * DAY, 12_000)),))
    open_ = OtherIncident(id="E", title="Disk", url="", at=at(-3.5 * DAY), relation="earlier")
    known = replace(told(), sources={**SOURCES, "earlier": "pd.earlier"})
    assert answer(replace(noisy, pagerduty=replace(known, earlier=(open_,)))).startswith("No: ")
    late = replace(open_, resolved_at=at(-60))
    assert answer(replace(noisy, pagerduty=replace(known, earlier=(late,)))).startswith("No: ")
    assert answer(replace(noisy, pagerduty=replace(known, earlier=(replace(late, at=at(-2.5 * DAY)),)))).startswith(
        "Yes"
    )


def test_a_week_without_data_tells_nothing() -> None:
    """Unknown, with what is known; where no rule is sooner the answer is no all the same."""
    short = whole(past_events=(past(days=2),))
    assert answer(short) == (
        "unknown: the 1h/5m page of Google and Sloth at burn rate 14.4 would have fired at 12:01:00, 2 min before the "
        "alert, but only 2.1 of the 7 days before have data to see whether it is quiet otherwise"
    )
    assert answer(whole(past_events=(past(days=2),), pagerduty=told(1))).startswith("No: ")


def test_long_windows_are_not_replayed_on_raw_samples_alone() -> None:
    """They would be short ones, and fire too soon."""
    unread = whole(past_events=())
    (rule,) = rules(unread)
    assert (rule.name, rule.firing) == ("the published rules, on availability", None)
    assert rule.refused == "the events from before its raw samples could not be read"
    assert answer(unread) == "unknown: none of the rules could be replayed"


def test_without_an_alert_detection_is_what_counts() -> None:
    """An incident opened by hand after ten minutes."""
    by_hand = replace(told(9), alerts=())
    assert "10 min before the detection" in answer(whole(pagerduty=by_hand))


def test_a_customer_who_was_first_does_not_answer_for_the_alert() -> None:
    """The replay tells what another rule would have done, beside the alert that fired later."""
    stated = {"detection.time": "2026-11-18T12:00:30Z", "detection.method": "Customer report"}
    assert answer(whole(stated=stated)) == answer(whole())


def test_without_a_start_there_is_no_answer() -> None:
    """The reason is that of the start."""
    steady = evidence(sli(), pagerduty=told())
    assert answer(steady) == "unknown: no clear change in availability in the searched window"
    assert found(steady).replay is None


def test_with_nothing_to_compare_with_there_is_no_answer() -> None:
    """The table stands nevertheless."""
    alone = evidence(sli((0, 40, 1.0), usual=0.0), past_events=(past(),))
    fact = found(alone).facts["detection.could_be_sooner"]
    assert fact == found(alone).facts["detection.time"]
    assert isinstance(fact, Unknown)
    assert len(rules(alone)) == 8


def test_a_stated_answer_stands() -> None:
    """A human's."""
    stated = replace(whole(), stated={"detection.could_be_sooner": "no: it fired at once"})
    assert answer(stated) == "no: it fired at once"


# ---------------------------------------------------------------- the rules


def test_each_rule_tells_what_it_would_have_done() -> None:
    """When, how long after the start, and with how much of the budget consumed: 2,400 requests a minute fail."""
    first = rules(whole())[0]
    assert first.firing is not None
    assert first.firing.at == at(1)
    assert first.firing.to_detect == pytest.approx(60, abs=2)
    assert first.firing.spent_ratio == pytest.approx(0.024, rel=0.03)
    assert first.interval == 60
    pyrra = next(rule for rule in rules(whole()) if rule.burn is not None and rule.burn.sets == ("Pyrra",))
    assert pyrra.firing is not None
    assert pyrra.firing.at == at(3)
    assert pyrra.shorter is not None
    assert (pyrra.shorter.hold, pyrra.shorter.firing and pyrra.shorter.firing.at) == (0.0, at(1))


def test_a_threshold_above_all_requests_can_never_be_reached() -> None:
    """Of 90 % two per cent in an hour are more than a total outage spends."""
    lax = sli((0, 40, 1.0), usual=0.0, totals=BUDGET, definition=definition(objective=Decimal(90)))
    never = [rule.never for rule in rules(evidence(lax, pagerduty=told(), past_events=(past(),)))]
    assert never == [True, False, False, False, True, False, False, False]


def test_an_own_rule_is_told_by_its_run() -> None:
    """Fires, false fires, and what a shorter `for` would have given."""
    known = whole(0.001, alert_rules=(BURN,), rule_runs=(run((-3000, -2998), (1, 30)),))
    own = rules(known)[0]
    assert (own.name, own.severity, own.hold) == ("Burn", "critical", 300)
    assert own.firing is not None
    assert own.firing.at == at(6)
    assert own.earlier_fires == 0
    assert own.shorter is not None
    assert own.shorter.hold == 180
    assert own.shorter.firing is not None
    assert own.shorter.firing.at == at(4)


def test_an_own_rule_with_a_shorter_for_can_be_the_answer() -> None:
    """What the team already has, waiting less."""
    known = whole(0.12, pagerduty=told(6), alert_rules=(BURN,), rule_runs=(run((1, 30)),))
    assert answer(known).startswith('Yes: the rule Burn without its "for" would have fired at 12:01:00, 5 min before')
    assert sooner(known) == 1


def test_what_was_not_evaluated_is_named_with_the_reason() -> None:
    """Never guessed; of rules that are no longer loaded nothing is told."""
    other = replace(BURN, name="Other")
    known = whole(
        alert_rules=(BURN, other), rule_runs=(run(refused="it was refused"), run(rule=replace(BURN, name="Gone")))
    )
    named = {rule.name: rule.refused for rule in rules(known) if rule.burn is None}
    assert named == {"Burn": "it was refused", "Other": "it was not evaluated when the evidence was collected"}


def test_no_needs_every_rule_and_yes_only_one() -> None:
    """A rule that could not be replayed may be the one that would have been sooner."""
    refused: dict[str, Any] = {"alert_rules": (BURN,), "rule_runs": (run(refused="it was refused"),)}
    assert answer(whole(pagerduty=told(1))).startswith("No: of ")
    assert answer(whole(pagerduty=told(1), **refused)) == (
        "unknown: no rule that was replayed would have fired sooner than the alert, but the rule Burn could not be "
        "replayed"
    )
    known = whole(**refused)
    assert answer(known).startswith("Yes: the 1h/5m page")
    assert found(known).facts["detection.replayed"] == Unknown(
        reason="it is at 12:01:00 UTC at the latest: the rule Burn could not be replayed",
        ask="someone who knows the alert rules",
    )


def test_an_alert_whose_rule_is_not_listed_leaves_no_answer() -> None:
    """Another ruler may have loaded it; that is said only where the list was read whole."""
    other = replace(BURN, name="Other")
    known = whole(pagerduty=told(1), alert_rules=(other,), rule_runs=(run(rule=other),))
    missing = "the rule of alert Burn, which Prometheus did not list"
    assert answer(known) == f"unknown: what rules are replayed on was read in part only (missing: {missing})"
    replay = found(known).replay
    assert replay is not None
    assert replay.missing == missing


def test_a_replay_that_did_not_come_leaves_the_table_and_no_answer() -> None:
    """Neither yes nor no: the lost rule may have been the soonest."""
    lost = run(refused="HTTP 403")
    gap = Gap(source="Prometheus", what="a replay of Burn", reason="HTTP 403", hint="")
    known = whole(alert_rules=(BURN,), rule_runs=(lost,), gaps=(gap,))
    assert answer(known).startswith("unknown: what rules are replayed on was read in part only (missing: a replay of")
    replay = found(known).replay
    assert replay is not None
    assert replay.missing == "a replay of Burn: HTTP 403"


def test_an_slo_that_is_a_ratio_leaves_the_own_rules() -> None:
    """They are evaluated by Prometheus anyway."""
    counted = sli((0, 40, 1.0), usual=0.0)
    assert counted.total is not None
    assert counted.bad is not None
    total, bad = counted.total.matrix.series[0], counted.bad.matrix.series[0]
    step = np.diff(bad.values, prepend=bad.values[0]) / np.maximum(np.diff(total.values, prepend=0), 1)
    ratio = replace(counted.total, matrix=Matrix((Series({}, total.times, step),)), source="ratio")
    slo = SloEvidence(definition=definition(events=None, ratio="r"), ratio=ratio)
    known = evidence(slo, pagerduty=told(), alert_rules=(BURN,), rule_runs=(run((1, 30)),))
    assert [rule.name for rule in rules(known)] == ["Burn"]
    replay = found(known).replay
    assert replay is not None
    assert (replay.slo, replay.lines) == ("", ())


# ---------------------------------------------------------------- what is asked


def asked(known: Evidence) -> list[object]:
    """What is asked for a replay."""
    return list(questions(known, find_impacts(known, SETTINGS), HOLD))


def test_the_past_is_asked_for_in_small_steps() -> None:
    """Five minutes over the week before, an hour as far as the longest rule looks back from there."""
    (question,) = asked(whole())
    assert isinstance(question, AskPast)
    (far, hour), (near, five) = question.stretches
    assert (hour, five) == (timedelta(hours=1), timedelta(minutes=5))
    assert near.end == JOINT
    assert far.end == near.start
    assert near.seconds % 300 == 0
    assert 0 <= (at(0) - timedelta(days=7) - near.start).total_seconds() < 330
    assert far.seconds == 103 * 3600


def test_own_rules_are_evaluated_at_the_instants_of_the_alert() -> None:
    """Each minute before, then as often as the rule is."""
    known = whole(alert_rules=(replace(BURN, interval=30.0),))
    _, question = asked(known)
    assert isinstance(question, AskRuleRun)
    (coarse, minute), (fine, interval) = question.coarse, question.fine
    assert (minute, interval) == (timedelta(minutes=1), timedelta(seconds=30))
    assert coarse.end == fine.start == JOINT
    assert (at(3) - fine.start) % interval == timedelta(0)
    assert fine.end == at(55) - (at(55) - fine.end)
    assert at(54) < fine.end <= at(56)


def test_without_alertmanagers_word_the_alerts_own_series_tells_when_rules_are_evaluated() -> None:
    """Its first sample is an evaluation; older Alertmanagers do not say when an alert began."""
    series = AlertSeries(name="Burn", labels={}, state="firing", first=at(3.1), last=at(30), source="al")
    silent = replace(told(), alerts=(alert(4),))
    known = whole(pagerduty=silent, alert_rules=(replace(BURN, interval=30.0),), alert_series=(series,))
    _, question = asked(known)
    assert isinstance(question, AskRuleRun)
    assert (at(3.1) - question.fine[0].start) % timedelta(seconds=30) == timedelta(0)


def test_no_more_than_ten_own_rules_are_evaluated() -> None:
    """Those of the incident's alerts first."""
    many = tuple(replace(BURN, name=f"R{number}") for number in range(12))
    found_rules = [one.rule.name for one in asked(whole(alert_rules=(*many, BURN))) if isinstance(one, AskRuleRun)]
    assert len(found_rules) == MOST_RULES
    assert found_rules[0] == "Burn"


def test_an_own_rule_names_the_service_or_selects_the_same() -> None:
    """In a label, in the expression, or with all that the SLO's selector asks labels to equal."""

    def rule(name: str, expression: str, **labels: str) -> AlertRule:
        return replace(BURN, name=name, expression=expression, labels=labels)

    loaded = (
        rule("label", "x > 1", service="checkout"),
        rule("expression", "up{job='checkout'} == 0"),
        rule("selector", 'x{app="shop",tier="a"} > 1'),
        rule("half", 'x{app="shop"} > 1'),
        rule("prefix", 'x{app="checkout-db"} > 1'),
        rule("Burn", "y > 1"),
    )
    known = evidence(alert_rules=loaded, pagerduty=told())
    selecting = definition(events=Events(total='t{app="shop",tier="a"}', bad="b"))
    assert [one.name for one in own_rules(known, [selecting])] == ["Burn", "label", "expression", "selector"]


def test_nothing_is_asked_without_an_impact() -> None:
    """Nor where its start is not known."""
    assert asked(evidence(sli(), pagerduty=told())) == []
    assert asked(evidence(sli((-100, 40, 0.5)), pagerduty=told())) == []


def test_a_long_incident_is_evaluated_less_often() -> None:
    """No question asks for more than ten thousand evaluations."""
    known = whole(alert_rules=(replace(BURN, interval=1.0),))
    horizon = look_ahead(known, find_impacts(known, SETTINGS), HOLD)
    assert horizon is not None
    assert horizon.interval == timedelta(seconds=1)
    long = sli((0, 40, 1.0), usual=0.0, window=(-400, 80))
    known = evidence(long, pagerduty=told(), alert_rules=(replace(BURN, interval=1.0),))
    horizon = look_ahead(known, find_impacts(known, SETTINGS), HOLD)
    assert horizon is not None
    assert horizon.interval == timedelta(seconds=3)
    assert Window(horizon.week.start, horizon.week.end).seconds == 7 * DAY * 60
