"""Replayed burn-rate rules against ``promtool test rules`` running the same rules on the same samples."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pm_autofill.analyse.replay import fires
from pm_autofill.analyse.replay.recorded import recorded
from pm_autofill.analyse.replay.rule_sets import burn_rules
from pm_autofill.evidence.replay import PastEvents, Steps
from pm_autofill.evidence.series import Matrix, Series, matrix
from pm_autofill.evidence.slos import CounterRead, SloEvidence
from pm_autofill.instants import from_epoch
from tests.unit.analyse.cases import definition

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pm_autofill.replayed import BurnRule

    Floats = NDArray[np.float64]

HOUR = 3600
ONSET = 7 * HOUR
STEPS = 300
RULES = burn_rules("30d")
FOUND = re.compile(r"got:(.*)$", re.MULTILINE)
SAMPLE = re.compile(r'rule="(\d+)"[^}]*} ([\d.eE+]+)')


@dataclass(frozen=True)
class Scenario:
    """What a service does from the onset on; before it, it serves a hundred requests a second.

    Attributes:
        ratio: Share of requests that fail.
        minutes: How long.
        traffic: Factor on the request rate in that time.
        usual: Share that fails otherwise.
        ramp: Minutes in which the share grows from nothing.
        flapping: Minutes of failures and of rest in turn; 0 for failures throughout.
        lazy: Whether the failures' counter exists only from the first failure on.
    """

    ratio: float
    minutes: float
    traffic: float = 1.0
    usual: float = 0.0
    ramp: float = 0.0
    flapping: float = 0.0
    lazy: bool = False

    @property
    def end(self) -> int:
        """Epoch second at which its samples end."""
        return ONSET + round(self.minutes * 60) + HOUR

    def counters(self, step: int) -> tuple[Floats, Floats, Floats]:
        """Scrape times, and what the counters of all and of failed requests show at them."""
        seconds = np.arange(self.end)
        inside = (seconds >= ONSET) & (seconds < ONSET + self.minutes * 60)
        ratio = np.where(inside, self.ratio, self.usual)
        if self.ramp:
            ratio = np.where(inside, self.ratio * np.minimum(1, (seconds - ONSET) / (self.ramp * 60)), ratio)
        if self.flapping:
            ratio = np.where(inside & ((seconds - ONSET) // (self.flapping * 60) % 2 == 1), self.usual, ratio)
        rate = 100.0 * np.where(inside, self.traffic, 1.0)
        total = np.concatenate(([0.0], np.floor(np.cumsum(rate) + 1e-6)))
        bad = np.concatenate(([0.0], np.floor(np.cumsum(rate * ratio) + 1e-6)))
        scraped = np.arange(0, self.end + 1, step)
        return scraped.astype(float), total[scraped], bad[scraped]


SCENARIOS = {
    "total outage": Scenario(1.0, 60),
    "half": Scenario(0.5, 60),
    "15 percent": Scenario(0.15, 60),
    "10 percent": Scenario(0.1, 60),
    "5 percent": Scenario(0.05, 60),
    "2 percent": Scenario(0.02, 90),
    "1.5 percent": Scenario(0.015, 90),
    "1 percent for hours": Scenario(0.01, 330),
    "0.65 percent for hours": Scenario(0.0065, 330),
    "88 times the traffic": Scenario(1.0, 60, traffic=88),
    "a tenth of the traffic": Scenario(1.0, 60, traffic=0.1),
    "a baseline of errors": Scenario(0.15, 60, usual=0.0005),
    "a baseline above the objective": Scenario(0.15, 60, usual=0.0012),
    "a minute": Scenario(1.0, 1),
    "a blip of 30 seconds": Scenario(1.0, 0.5),
    "a ramp over an hour": Scenario(0.2, 90, ramp=60),
    "a slow ramp": Scenario(0.05, 240, ramp=180),
    "flapping": Scenario(0.5, 60, flapping=5),
    "a counter born in the incident": Scenario(0.3, 60, lazy=True),
}
FAST = {"15 percent": (60,), "a tenth of the traffic": (60,)}
CASES = [
    pytest.param(name, step, marks=() if step in FAST.get(name, ()) else pytest.mark.long, id=f"{name}, {step} s")
    for name in SCENARIOS
    for step in (15, 60)
]


@pytest.mark.parametrize(("name", "step"), CASES)
def test_rules_fire_when_promtool_says(name: str, step: int, tmp_path: Path, prometheus_binary: Path) -> None:
    """Every rule fires within one evaluation of promtool's, or in neither; with all samples raw, and from steps.

    Where the steps alone are looked at, before the raw samples, a fire is known to a step.
    """
    scenario = SCENARIOS[name]
    told = ask_promtool(scenario, step, tmp_path, prometheus_binary.with_name("promtool"))

    for joint in (0, ONSET - HOUR):
        for number, rule in enumerate(RULES):
            fired, true = replayed(scenario, step, rule, joint), told[number]
            assert (fired is None) == (true is None), (rule, fired, true)
            if fired is not None and true is not None:
                assert abs(fired - true) <= (step if true > joint else STEPS), (rule, fired, true)


def replayed(scenario: Scenario, step: int, rule: BurnRule, joint: int) -> float | None:
    """When our replay has a rule fire first; before ``joint`` it sees steps of five minutes."""
    times, total, bad = scenario.counters(step)
    first = int(np.argmax(bad > 0)) if scenario.lazy else 0
    slo = SloEvidence(
        definition=definition(),
        total=_read("total", times, total, joint),
        bad=_read("bad", times[first:], bad[first:], joint),
    )
    events = recorded(slo, _past(times, total, bad, joint) if joint else None)
    assert events is not None
    evaluated = np.arange(0.0, scenario.end + 1, step)
    held = (events.burn(rule.long, evaluated) > rule.factor) & (events.burn(rule.short, evaluated) > rule.factor)
    when = fires.Evaluations(evaluated, 0.0, 0.0, float(scenario.end))
    return fires.judge(fires.stretches(held, evaluated), rule.hold, when).fired


def _read(name: str, times: Floats, values: Floats, joint: int) -> CounterRead:
    kept = times >= joint - 60 if joint else times >= 0
    one = Series({"__name__": name}, times[kept], values[kept])
    return CounterRead(
        matrix=matrix([one]), source=name, start=from_epoch(max(0, joint - 60)), end=from_epoch(float(times[-1]))
    )


def _past(times: Floats, total: Floats, bad: Floats, joint: int) -> PastEvents:
    ends = np.arange(float(STEPS), joint + 1, STEPS)
    sides = (np.diff(np.interp(np.concatenate(([0.0], ends)), times, values)) for values in (total, bad))
    until = {"start": from_epoch(0), "end": from_epoch(joint), "step": float(STEPS)}
    steps = [Steps(matrix=Matrix((Series({}, ends, events),)), source="p", **until) for events in sides]  # type: ignore[arg-type]
    events = definition().events
    assert events is not None
    return PastEvents(slo="availability", events=events, total=(steps[0],), part=(steps[1],))


def ask_promtool(scenario: Scenario, step: int, folder: Path, promtool: Path) -> dict[int, float | None]:
    """When promtool has each rule fire first, by the rule's number."""
    _, total, bad = scenario.counters(step)
    shown = ["_" if scenario.lazy and not value else f"{value:.0f}" for value in bad]
    rules = [
        {"alert": "Burn", "expr": _expression(rule), "for": f"{rule.hold:.0f}s", "labels": {"rule": str(number)}}
        for number, rule in enumerate(RULES)
    ]
    (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "g", "interval": f"{step}s", "rules": rules}]}))
    span, end = f"{scenario.end}s:{step}s", f"{scenario.end}s"
    first = f'min_over_time(timestamp(ALERTS{{alertstate="firing"}})[{span}])'
    asked = {
        "interval": f"{step}s",
        "input_series": [
            {"series": "total", "values": " ".join(f"{value:.0f}" for value in total)},
            {"series": "bad", "values": " ".join(shown)},
        ],
        # Nothing is expected, so that promtool tells what it got.
        "promql_expr_test": [{"expr": first, "eval_time": end, "exp_samples": [{"labels": "nothing", "value": 0}]}],
    }
    test = {"rule_files": ["rules.json"], "evaluation_interval": f"{step}s", "tests": [asked]}
    (folder / "test.json").write_text(json.dumps(test))
    done = subprocess.run(
        [promtool, "test", "rules", "test.json"], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    got = FOUND.search(done.stdout + done.stderr)
    assert got is not None, done.stdout + done.stderr
    found = {int(number): float(at) for number, at in SAMPLE.findall(got[1])}
    return {number: found.get(number) for number in range(len(RULES))}


def _expression(rule: BurnRule) -> str:
    sides = (
        f"sum(rate(bad[{length:.0f}s])) / sum(rate(total[{length:.0f}s])) > {rule.factor * 0.001:.12g}"
        for length in (rule.long, rule.short)
    )
    return f"({') and ('.join(sides)})"


def test_a_week_of_steps_tells_as_raw_samples_do_whether_a_rule_fired() -> None:
    """Bursts of half a minute to twenty, at any place in a step: in 99 of 100 cases at least."""
    random, same = np.random.default_rng(1), []
    for _ in range(60):
        scenario = Scenario(
            ratio=float(random.choice([0.01, 0.03, 0.1, 0.3, 1.0])),
            minutes=float(random.uniform(0.5, 20)),
            traffic=float(random.choice([0.1, 1.0, 10.0])),
            usual=float(random.choice([0.0, 0.0002])),
        )
        times, total, bad = scenario.counters(15)
        joint = scenario.end // STEPS * STEPS
        shifted = times + float(random.integers(0, STEPS))
        late = SloEvidence(
            definition=definition(), total=_read("total", shifted, total, 0), bad=_read("bad", shifted, bad, 0)
        )
        evaluated = np.arange(2.0 * STEPS, joint - STEPS, 60.0)
        for rule in RULES:
            fired = []
            for events in (recorded(late, None), recorded(late, _past(shifted, total, bad, joint))):
                assert events is not None
                held = (events.burn(rule.long, evaluated) > rule.factor) & (
                    events.burn(rule.short, evaluated) > rule.factor
                )
                week = fires.Evaluations(evaluated, begins=float(joint), since=0.0, until=float(joint))
                fired.append(fires.judge(fires.stretches(held, evaluated), rule.hold, week).earlier > 0)
            same.append(fired[0] == fired[1])
    assert sum(same) >= 0.99 * len(same)
