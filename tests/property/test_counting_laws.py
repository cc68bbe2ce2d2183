"""Laws of counting: what must not matter does not, and what is taken away makes nothing known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pm_autofill.analyse.buckets import slo_curves
from pm_autofill.analyse.counting import Count, count
from pm_autofill.analyse.draft import analyse
from pm_autofill.analyse.spans import Span
from pm_autofill.collect.prometheus.answers import read_reply
from pm_autofill.evidence.series import Matrix, Series, matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloDefinition, SloEvidence
from pm_autofill.findings import Fact, Unknown
from tests.unit.analyse.cases import SETTINGS, at, definition, evidence, sli, totals

if TYPE_CHECKING:
    from random import Random

START = 1_795_000_000
SECONDS = 600
STEP = 15
FIRST, LAST = START + 200.0, START + 430.0
WINDOW = Span(FIRST, LAST, (FIRST, FIRST), (LAST, LAST))
# The samples next to the window.
BEFORE, AFTER = START + 195, START + 435
BROKEN = ("NaN", "+Inf", "-Inf", "-3", "1e308")

Samples = list[tuple[float, str]]


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Samples]:
    """Counters of up to three targets, scraped together, that may begin late, restart, and miss scrapes."""
    found = {}
    for name in draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)):
        grown = draw(st.lists(st.integers(0, 9), min_size=SECONDS // STEP, max_size=SECONDS // STEP))
        restart = draw(st.integers(0, SECONDS // STEP)) if draw(st.booleans()) else 0
        begin = draw(st.integers(0, 5)) if draw(st.booleans()) else 0
        lost = draw(st.sets(st.integers(0, SECONDS // STEP), max_size=5))
        value, samples = draw(st.integers(0, 1000)), []
        for number, more in enumerate(grown):
            value = more if restart and number == restart else value + more
            if number >= begin and number not in lost:
                samples.append((float(START + number * STEP), str(value)))
        found[name] = samples or [(float(START), "1")]
    return found


def answer(rows: list[tuple[str, Samples]]) -> CounterRead:
    """What a run keeps of an answer with these rows."""
    result = [
        {"metric": {"__name__": "t", "job": "a", "instance": name}, "values": [list(sample) for sample in samples]}
        for name, samples in rows
    ]
    body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
    start, end = (datetime.fromtimestamp(START + second, UTC) for second in (0, SECONDS))
    return CounterRead(matrix=read_reply(body, "t").matrix, source="s", start=start, end=end)


def counted(read: CounterRead) -> Count:
    """Its events in the window."""
    slo = SloEvidence(
        definition=SloDefinition(name="a", service="a", objective=Decimal(99), events=Events(total="t", bad="t")),
        total=read,
        bad=read,
    )
    found = slo_curves(slo)
    return count(found.total, WINDOW) if found else Count(0, 0, 0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.randoms(use_true_random=False))
def test_order_changes_nothing(history: dict[str, Samples], chance: Random) -> None:
    """Neither that of the series nor that of their samples."""
    rows = [(name, list(samples)) for name, samples in history.items()]
    expected = counted(answer(rows))
    chance.shuffle(rows)
    for _, samples in rows:
        chance.shuffle(samples)
    assert counted(answer(rows)) == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.randoms(use_true_random=False))
def test_repetition_changes_nothing(history: dict[str, Samples], chance: Random) -> None:
    """Samples and whole series may come twice."""
    rows = list(history.items())
    repeated = [(name, [*samples, *chance.choices(samples, k=5)]) for name, samples in rows]
    assert counted(answer([*repeated, chance.choice(rows)])) == counted(answer(rows))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.integers(1, 20), st.booleans())
def test_pieces_are_the_whole(history: dict[str, Samples], size: int, share: bool) -> None:  # noqa: FBT001 - drawn
    """An answer in pieces, with or without a sample that two of them share, is the answer."""
    pieces = [
        (name, samples[first : first + size + share])
        for name, samples in history.items()
        for first in range(0, len(samples), size)
    ]
    assert counted(answer(pieces)) == counted(answer(list(history.items())))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.lists(st.tuples(st.integers(0, SECONDS), st.sampled_from(BROKEN)), max_size=10))
def test_what_no_counter_can_say_is_not_heard(history: dict[str, Samples], broken: list[tuple[int, str]]) -> None:
    """No numbers, infinite and negative ones, wherever they stand."""
    rows = list(history.items())
    taken = {time for _, samples in rows for time, _ in samples}
    more = [(START + second + 0.5, value) for second, value in broken if START + second + 0.5 not in taken]
    assert counted(answer([(name, [*samples, *more]) for name, samples in rows])) == counted(answer(rows))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.integers(0, 50), st.integers(0, 50))
def test_traffic_outside_the_window_changes_nothing(history: dict[str, Samples], before: int, after: int) -> None:
    """More events before the sample before the window, or after the one after it: the same number and bounds."""

    def busier(samples: Samples) -> Samples:
        return [
            (time, str(int(value) + (before if time >= START + 30 else 0) + (after if time > AFTER else 0)))
            for time, value in samples
        ]

    full = {
        name: samples
        for name, samples in history.items()
        if {BEFORE, AFTER} <= {time for time, _ in samples} and _grows(samples) and samples[0][0] <= START + 15
    }
    rows = list(full.items())
    expected, found = counted(answer(rows)), counted(answer([(name, busier(samples)) for name, samples in rows]))
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.integers(0, 9000))
def test_other_targets_that_did_nothing_change_nothing(history: dict[str, Samples], value: int) -> None:
    """A target that was scraped all the time and counted only after the window."""
    rows = list(history.items())
    quiet = [(float(START + second), str(value + (second > 450) * second)) for second in range(0, SECONDS, STEP)]
    found, expected = counted(answer([*rows, ("z", quiet)])), counted(answer(rows))
    assert (found.value, found.low) == pytest.approx((expected.value, expected.low))


def _grows(samples: Samples) -> bool:
    values = [int(value) for _, value in samples]
    return values == sorted(values)


# ---------------------------------------------------------------- evidence taken away

BAD = sli((0, 40, 0.12), totals=(totals(at(40), 9000, 1_000_000), totals(at(0), 1, 1_000_000)))
UNKNOWN_IN_PART = {
    "no change": evidence(sli()),
    "still bad": evidence(sli((0, 90, 0.12), window=(-95, 40)), as_of=40),
    "no budget": evidence(replace(BAD, totals=())),
    "few requests": evidence(sli((0, 40, 0.5), rate=0.2)),
    "nothing before": evidence(sli((0, 40, 0.12), window=(-5, 80)), stated={"impact.start": at(0).isoformat()}),
    "stated beyond the samples": evidence(
        BAD, stated={"impact.start": at(-300).isoformat(), "impact.end": at(20).isoformat()}
    ),
    "a ratio": evidence(
        replace(BAD, total=None, bad=None, ratio=BAD.bad, definition=definition(events=None, ratio="r")),
        stated={"impact.start": at(0).isoformat(), "impact.end": at(40).isoformat()},
    ),
    "usual": evidence(BAD),
}


def _cut(read: CounterRead | None, first: float, last: float) -> CounterRead | None:
    """A read without the samples of some minutes."""
    if read is None:
        return None
    low, high = at(first).timestamp(), at(last).timestamp()
    kept = []
    for one in read.matrix.series:
        outside = (one.times < low) | (one.times >= high)
        kept.append(Series(one.labels, one.times[outside], one.values[outside]))
    return replace(read, matrix=Matrix(tuple(kept)))


def _numbers(slo: SloEvidence, name: str) -> dict[str, Fact]:
    """Counts and shares of what is left of a case."""
    whole = UNKNOWN_IN_PART[name]
    facts = analyse(replace(whole, slos=(slo,)), SETTINGS).facts
    return {name: fact for name, fact in facts.items() if name.startswith(("requests.", "error_budget."))}


@pytest.mark.parametrize("name", UNKNOWN_IN_PART)
@pytest.mark.parametrize("lost", ["total", "bad", "ratio", "process_starts", "weeks", "totals", "all"])
def test_a_lost_answer_makes_nothing_known(name: str, lost: str) -> None:
    """Whatever could not be had: what was unknown with it is unknown without it."""
    (slo,) = UNKNOWN_IN_PART[name].slos
    nothing: dict[str, object] = {"weeks": (), "totals": ()}
    fields = ("total", "bad", "ratio", "process_starts", "weeks", "totals") if lost == "all" else (lost,)
    before = _numbers(slo, name)
    after = _numbers(replace(slo, **{field: nothing.get(field) for field in fields}), name)
    unknown = {fact for fact, value in before.items() if isinstance(value, Unknown)}
    assert unknown <= {fact for fact, value in after.items() if isinstance(value, Unknown)}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(UNKNOWN_IN_PART)), st.integers(-95, 74), st.integers(1, 30))
def test_lost_samples_make_nothing_known(name: str, first: int, minutes: int) -> None:
    """Some minutes without scrapes, and scrapes again after them: counters that never come back tell of an outage."""
    (slo,) = UNKNOWN_IN_PART[name].slos
    last = 35 if name == "still bad" else 75
    cut = (min(first, last), min(first + minutes, last))
    less = {field: _cut(getattr(slo, field), *cut) for field in ("total", "bad", "ratio")}
    before, after = _numbers(slo, name), _numbers(replace(slo, **less), name)
    unknown = {fact for fact, value in before.items() if isinstance(value, Unknown)}
    assert unknown <= {fact for fact, value in after.items() if isinstance(value, Unknown)}


# ---------------------------------------------------------------- extremes


def test_one_sample_counts_nothing() -> None:
    """Nothing is known to have happened around it."""
    assert counted(answer([("a", [(float(START), "7")])])) == Count(0, 0, 0)


def test_no_series_and_no_samples_are_nothing_to_count() -> None:
    """Neither fails."""
    assert counted(answer([])) == Count(0, 0, 0)
    assert counted(answer([("a", [])])) == Count(0, 0, 0)
    assert counted(answer([("a", [(float(START), "NaN"), (START + 15.0, "-1")])])) == Count(0, 0, 0)


def test_counters_that_stand_still_count_zero_for_sure() -> None:
    """All-zero traffic is known."""
    assert counted(answer([("a", [(float(START + second), "0") for second in range(0, 600, 15)])])) == Count(0, 0, 0)


def test_a_million_samples_are_counted() -> None:
    """A thousand counters of a thousand samples, one event a sample and series: a thousand events for each."""
    values = np.arange(1000, dtype=np.float64)
    times = np.arange(START, START + 15_000, 15, dtype=np.float64)
    found = matrix(Series({"job": "a", "instance": str(n)}, times, values) for n in range(1000))
    start = datetime.fromtimestamp(START, UTC)
    read = CounterRead(matrix=found, source="s", start=start, end=start + timedelta(seconds=15_000))
    slo = SloEvidence(definition=definition(), total=read, bad=read)
    curves = slo_curves(slo)
    assert curves is not None
    first, last = START + 3000.0, START + 9000.0
    result = count(curves.total, Span(first, last, (first, first), (last, last)))
    assert (result.value, result.low, result.high) == (400_000, 400_000, 400_000)
