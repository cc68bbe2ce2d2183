"""What alert rules are replayed on, beside raw samples: events per step, and when a rule's expression held."""

from __future__ import annotations

import hashlib
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.answers import SYSTEM
from pm_autofill.collect.prometheus.naming import compact, source_id
from pm_autofill.collect.prometheus.readings import grown_per_step
from pm_autofill.collect.prometheus.refusals import RUN_AGAIN, gap_of, gaps_of_partial
from pm_autofill.errors import SourceError, SourceRejected
from pm_autofill.evidence.record import Gap
from pm_autofill.evidence.replay import PastEvents, RuleRun, Steps, Stretch
from pm_autofill.evidence.series import label_text
from pm_autofill.instants import Window, from_epoch
from pm_autofill.promql import accept_bounds, or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.evidence.questions import AskPast, AskRuleRun
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import Reading, SloDefinition

_MOST_STRETCHES = 2000
# The engine read the expression and could not evaluate it; any other refusal is one of the question, not of the rule.
_NO_TO_THE_QUERY = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
# Series of good events may be born a little later than those of all.
_AS_MANY = 0.9


def read_past(ask: Interviewer, definition: SloDefinition, question: AskPast) -> Observed[tuple[PastEvents, ...]]:
    """Read an SLO's events per step, from before its raw samples.

    Args:
        ask: Asks.
        definition: The SLO.
        question: Which stretches, in which steps.

    Returns:
        The events; none where they could not be had, which is a gap, or where the SLO has no events.
    """
    events, what = definition.events, f"the past of {definition.name}"
    if events is None:
        return Observed(())
    selectors = {
        "total": (events.total, events.total_reading),
        "part": (events.bad or events.good or "", events.part_reading),
    }
    asked = [(role, number) for role in selectors for number in range(len(question.stretches))]
    keys = {one: _step_id(definition.name, question, *one) for one in asked}
    tasks = {
        keys[role, number]: partial(
            _steps,
            ask,
            *selectors[role],
            question.stretches[number],
            what,
            bad=role == "part" and events.bad is not None,
        )
        for role, number in asked
    }
    try:
        answers = ask.at_once(tasks, what)
    except SourceError as error:
        return Observed((), {}, (gap_of(error, what),))
    found = {
        role: tuple(
            Steps(matrix=answers[key].matrix, source=key, start=window.start, end=window.end, step=step.total_seconds())
            for number, (window, step) in enumerate(question.stretches)
            for key in (keys[role, number],)
        )
        for role in selectors
    }
    past = PastEvents(slo=definition.name, events=events, **found)
    gaps = [gap for one in answers.values() for gap in gaps_of_partial(one.reply, what)]
    if not gaps and (lost := _lost(found["part"], found["total"])):
        kind = f"{'bad' if events.bad else 'good'} events"
        fewer, more = (kind, "all events") if lost == "part" else ("all events", kind)
        gaps.append(
            Gap(source=SYSTEM, what=what, reason=f"{SYSTEM} gave fewer steps of {fewer} than of {more}", hint=RUN_AGAIN)
        )
    return Observed((past,), {key: one.source(ask.base) for key, one in answers.items()}, tuple(dict.fromkeys(gaps)))


def read_rule_run(ask: Interviewer, question: AskRuleRun) -> Observed[tuple[RuleRun, ...]]:
    """Evaluate a rule's expression over the past.

    Args:
        ask: Asks.
        question: The rule, and when to evaluate it.

    Returns:
        When it held. Where the server says no to it, why: rules are not this program's to mend, so that is no gap.
    """
    rule, what = question.rule, f"a replay of {question.rule.name}"
    parts = {"coarse": question.coarse, "fine": question.fine}
    run = partial(
        RuleRun,
        rule=rule,
        start=question.coarse[0].start,
        joint=question.fine[0].start,
        end=question.fine[0].end,
        coarse=question.coarse[1].total_seconds(),
        fine=question.fine[1].total_seconds(),
    )
    try:
        answers = ask.at_once(
            {part: partial(ask.witnessed, rule.expression, *when, what) for part, when in parts.items()}, what
        )
    except SourceError as error:
        said_no = isinstance(error, SourceRejected) and error.status in _NO_TO_THE_QUERY
        gaps = () if said_no else (gap_of(error, what),)
        return Observed((run(stretches=(), sources=(), refused=error.message),), {}, gaps)
    stretches = _together(answers, question)
    refused_for = "" if len(stretches) <= _MOST_STRETCHES else f"it held in more than {_MOST_STRETCHES} stretches"
    # Rules may share a name: Sloth's page and ticket do.
    which = hashlib.sha256(rule.expression.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    keys = {part: source_id("replay", rule.name, which, part) for part in parts}
    return Observed(
        (run(stretches=() if refused_for else stretches, sources=tuple(keys.values()), refused=refused_for),),
        {keys[part]: answer.source(ask.base) for part, answer in answers.items()},
        tuple(dict.fromkeys(gap for one in answers.values() for gap in gaps_of_partial(one.reply, what))),
    )


def _lost(part: Sequence[Steps], whole: Sequence[Steps]) -> str:
    """Of which side steps are missing in which the other one counted: "part", "total", or neither."""
    for one, other in zip(part, whole, strict=True):
        if one.matrix.sample_count < _AS_MANY * other.matrix.sample_count:
            return "part"
        # Where nothing bad was counted, the server was asked to say 0: that alone is no step.
        if other.matrix.sample_count < _AS_MANY * sum(int(np.count_nonzero(row.values)) for row in one.matrix.series):
            return "total"
    return ""


def _step_id(name: str, question: AskPast, role: str, number: int) -> str:
    return source_id(name, "past", compact(question.stretches[number][0].end), role)


def _steps(
    ask: Interviewer, selector: str, reading: Reading, stretch: tuple[Window, timedelta], what: str, *, bad: bool
) -> Answer:
    window, step = stretch
    query = grown_per_step(accept_bounds(selector), step, reading)
    return ask.stepped(or_none(query) if bad else query, Window(window.start + step, window.end), step, what)


def _together(answers: dict[str, Answer], question: AskRuleRun) -> tuple[Stretch, ...]:
    """The stretches of every series of both answers; one that reaches the instant they share goes on after it."""
    joint = question.fine[0].start.timestamp()
    by_series: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for part, (_, step) in (("coarse", question.coarse), ("fine", question.fine)):
        for one in answers[part].matrix.series:
            spans = list(_cut(one.times, step.total_seconds()))
            by_series.setdefault(label_text(one.labels), {})[part] = spans
    found = []
    for parts in by_series.values():
        before, after = parts.get("coarse", []), parts.get("fine", [])
        if before and after and before[-1][1] >= joint and after[0][0] <= joint:
            before, after = [*before[:-1], (before[-1][0], after[0][1])], after[1:]
        found += [Stretch(first=from_epoch(first), last=from_epoch(last)) for first, last in (*before, *after)]
    return tuple(sorted(found, key=lambda one: (one.first, one.last)))


def _cut(times: Floats, step: float) -> Iterator[tuple[float, float]]:
    """First and last of the evaluations that follow one another."""
    breaks = np.flatnonzero(np.diff(times) > 1.5 * step)
    starts, ends = np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [len(times) - 1]))
    yield from zip(times[starts].tolist(), times[ends].tolist(), strict=True)
