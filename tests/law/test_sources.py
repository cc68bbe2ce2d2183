"""Whole sources that are down, slow or lying, one and two at a time: there is a draft, and it names what it lacks."""

from __future__ import annotations

import random
import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from tests.law.faults import FAULTS
from tests.law.judging import gaps_of, judge_claims
from tests.law.kinds import Need, kind_of
from tests.law.recorded import SYSTEMS
from tests.world.loopback import Reply, as_html

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.law.conftest import Benches
    from tests.law.running import Draft
    from tests.law.serving import Spoil

NAMES = {"pagerduty": "PagerDuty", "prometheus": "Prometheus", "grafana": "Grafana"}
JSON = "application/json"
# How a source can fail altogether; None hangs up.
FAILURES: dict[str, Reply | None] = {
    "hangs up": None,
    "breaks off": Reply(200, b'{"status":', JSON, missing=1000),
    "401": Reply(401, b"{}", JSON),
    "403": Reply(403, b"Access Denied", "text/plain"),
    "429": Reply(429, b"{}", JSON, (("Retry-After", "1"),)),
    "500": Reply(500, b"{}", JSON),
    "503": Reply(503, b"no healthy upstream", "text/plain"),
    "a login page": as_html("<!doctype html><html><body>Sign in</body></html>"),
    "nothing": Reply(200, b"", JSON),
    "half of it": Reply(200, b'{"status": "succ', JSON),
    "another type": Reply(200, b"17", JSON),
    "deep nesting": Reply(200, b"[" * 5000 + b"]" * 5000, JSON),
    "a gzip that is none": Reply(200, b"plain text", JSON, (("Content-Encoding", "gzip"),)),
}
# Each failure on one of the sources.
SOME = [(SYSTEMS[place % len(SYSTEMS)], failure) for place, failure in enumerate(FAILURES)]
OTHERS = [(system, failure) for system in SYSTEMS for failure in FAILURES if (system, failure) not in SOME]
PAIRS = list(combinations(SYSTEMS, 2))


def _draft(benches: Benches, systems: Sequence[str], failure: str) -> Draft:
    """The demo's draft while these sources answer so to everything but the question for the incident itself."""
    bench, _ = benches.of("demo")
    spoiled: dict[str, Spoil] = {
        one.id: lambda _request: FAILURES[failure]
        for one in bench.incident.questions
        if one.system in systems and kind_of(one).need is not Need.INCIDENT
    }
    return bench.draft(spoiled)


def _check(benches: Benches, systems: Sequence[str], failure: str) -> None:
    """There is a draft; every gap is named in it with reason and hint; nothing else is claimed."""
    draft = _draft(benches, systems, failure)
    assert draft.facts is not None, draft.error
    assert draft.exit_code == 3
    gaps = gaps_of(draft)
    assert {gap["source"] for gap in gaps} == {NAMES[system] for system in systems}
    assert all(gap["what"] and gap["reason"] and gap["hint"] for gap in gaps)
    document = draft.pages["postmortem.md"].replace("\\", "")
    assert [gap["what"] for gap in gaps if gap["what"] not in document] == []
    _, clean = benches.of("demo")
    assert [f"{one.rule}: {one.what}" for one in judge_claims(clean, draft).violations] == []


@pytest.mark.parametrize(
    ("system", "failure"), [*SOME, *(pytest.param(*one, marks=pytest.mark.long) for one in OTHERS)]
)
def test_a_source_that_fails_is_named_and_nothing_is_invented(system: str, failure: str, benches: Benches) -> None:
    """One source of three fails at everything: a draft of the others, exit 3, and no fact and no claim is new."""
    _check(benches, [system], failure)


@pytest.mark.long
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("systems", PAIRS, ids="+".join)
def test_two_sources_that_fail_are_named(systems: tuple[str, str], failure: str, benches: Benches) -> None:
    """The same with two of three."""
    _check(benches, systems, failure)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_whatever_several_answers_are_nothing_is_invented(seed: int, benches: Benches) -> None:
    """Any of the answers, bad in any way together: facts still hold, and no claim is new."""
    bench, clean = benches.of("demo")
    chance = random.Random(seed)  # noqa: S311 - a sample that repeats
    needed = [one for one in bench.incident.questions if kind_of(one).need is not Need.INCIDENT]
    spoiled: dict[str, Spoil] = {}
    for question in chance.sample(needed, chance.randint(2, 8)):
        spoil = FAULTS[chance.choice(["503", "403", "cut body", "broken off", "partial", "one page"])].spoil(question)
        if spoil is not None:
            spoiled[question.id] = spoil
    draft = bench.draft(spoiled)
    assert draft.facts is not None, draft.error
    assert [f"{one.rule}: {one.what}" for one in judge_claims(clean, draft).violations] == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("fault", ["empty", "partial", "one page"])
def test_what_an_earlier_run_read_whole_is_not_replaced_by_less(
    system: str, fault: str, benches: Benches, tmp_path: Path
) -> None:
    """Answers that are valid and hold nothing, or a part, as when samples are no longer kept: each known fact stays."""
    bench, _ = benches.of("demo")
    first = bench.draft(folder=tmp_path)
    needed = [
        one for one in bench.incident.questions if one.system == system and kind_of(one).need is not Need.INCIDENT
    ]
    spoiled = {one.id: spoil for one in needed if (spoil := FAULTS[fault].spoil(one)) is not None}
    again = bench.draft(spoiled, folder=tmp_path)
    assert first.facts is not None
    assert again.facts is not None, again.error
    known = {name: fact["value"] for name, fact in first.facts["facts"].items() if fact["status"] == "known"}
    assert {name: again.facts["facts"][name].get("value") for name in known} == known


def test_annotations_that_are_refused_stay_beside_alert_states_that_are_not(benches: Benches, tmp_path: Path) -> None:
    """Both stand in one list: that one of the questions was answered does not make it the answer to the other."""
    bench, _ = benches.of("demo")
    first = bench.draft(folder=tmp_path)
    refused = [one for one in bench.incident.questions if kind_of(one).name == "annotations"]
    again = bench.draft({one.id: lambda _request: FAILURES["503"] for one in refused}, folder=tmp_path)
    assert first.facts is not None
    assert again.facts is not None, again.error
    assert again.exit_code == 3
    assert [row["text"] for row in again.facts["timeline"]] == [row["text"] for row in first.facts["timeline"]]
    assert again.facts["facts"]["mitigation.applied"] == first.facts["facts"]["mitigation.applied"]


# What may have happened since is missing, whatever was read before.
LATER = "incident as it is now"


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_an_earlier_run_read_is_kept(system: str, benches: Benches, tmp_path: Path) -> None:
    """A source that fails at everything later, PagerDuty with the incident itself too, adds a gap and takes nothing."""
    bench, _ = benches.of("demo")
    first = bench.draft(folder=tmp_path)
    again = bench.draft(
        {one.id: lambda _request: FAILURES["503"] for one in bench.incident.questions if one.system == system},
        folder=tmp_path,
    )
    assert first.facts is not None
    assert again.facts is not None, again.error
    assert again.exit_code == 3
    assert {gap["source"] for gap in again.facts["gaps"]} == {NAMES[system]}
    kept = {gap["effect"] for gap in again.facts["gaps"] if not re.search(LATER, gap["what"])}
    assert kept == {"what an earlier run read of it stands"}
    assert {name: fact.get("value") for name, fact in again.facts["facts"].items()} == {
        name: fact.get("value") for name, fact in first.facts["facts"].items()
    }
