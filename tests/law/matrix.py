"""All questions of all incidents with all faults: which cases there are, trying them, and the table of results."""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tests.law.faults import FAULTS, WITHOUT, fault_named, fields_of
from tests.law.judging import RULES, Clean, Violation, judge
from tests.law.kinds import kind_of
from tests.law.recorded import incidents
from tests.law.running import Bench

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.law.recorded import Question
    from tests.world.loopback import LoopbackServer


FIELD_MISSING = "one field missing"
FIELDS = 6  # of each answer that are left out, one at a time
_HEADS = ("wrong facts", "wrong sentences", "gaps missing", "effects missing", "wrong exit codes")


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """One bad answer.

    Attributes:
        incident: Of which recorded incident.
        question: The question's id.
        fault: What is wrong with its answer.
    """

    incident: str
    question: str
    fault: str

    def __str__(self) -> str:
        """As a test's name."""
        return f"{self.incident}: {self.question} [{self.fault}]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case.

    Attributes:
        case: Which.
        drafted: Whether there was a draft.
        violations: What was wrong with it.
        unjudged: New sentences that claim nothing needing a complete reading.
        unmatched: How many requests nothing was recorded for.
    """

    case: Case
    drafted: bool
    violations: tuple[Violation, ...]
    unjudged: tuple[str, ...] = ()
    unmatched: int = 0


def cases(names: Iterable[str], faults: Iterable[str], fields: int = 0) -> list[Case]:
    """Every question of some incidents with every one of some faults that it can have.

    Args:
        names: Of which incidents.
        faults: Which faults.
        fields: How many fields of each answer to leave out, beside, one at a time.
    """
    known, faults = incidents(), tuple(faults)
    return [
        Case(name, question.id, fault)
        for name in names
        for question in known[name].questions
        for fault in (
            *(fault for fault in faults if FAULTS[fault].spoil(question) is not None),
            *(f"{WITHOUT}{path}" for path in fields_of(question, fields)),
        )
    ]


@cache
def selection(each: int = 2) -> tuple[Case, ...]:
    """A few cases of every kind of question, drawn at random but always the same; none that waits for a deadline.

    Args:
        each: How many of each kind.
    """
    by_kind: dict[str, list[Case]] = defaultdict(list)
    quick = [name for name in FAULTS if name != "hang"]
    questions = {(name, one.id): one for name, incident in incidents().items() for one in incident.questions}
    for case in cases(incidents(), quick, fields=1):
        by_kind[kind_of(questions[case.incident, case.question]).name].append(case)
    chosen = (random.Random(kind).sample(some, min(each, len(some))) for kind, some in by_kind.items())  # noqa: S311
    return tuple(case for some in chosen for case in sorted(some))


def try_out(wanted: Sequence[Case], processes: int = 1, *, live: bool = False) -> Iterator[Outcome]:
    """Draft and judge each case.

    Args:
        wanted: The cases.
        processes: How many at the same time.
        live: Whether real systems answer what was never recorded.
    """
    if processes <= 1:
        yield from _try_some(wanted, live=live)
        return
    # An incident's systems take seconds to start: a part of the work is of one incident.
    apart = [
        [case for case in wanted if case.incident == name] for name in dict.fromkeys(one.incident for one in wanted)
    ]
    parts = [some[start::processes] for some in apart for start in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for part in pool.map(partial(_try_part, live=live), parts):
            yield from part


def _try_part(wanted: Sequence[Case], *, live: bool) -> list[Outcome]:
    return list(_try_some(wanted, live=live))


def _try_some(wanted: Sequence[Case], *, live: bool) -> Iterator[Outcome]:
    by_incident: dict[str, list[Case]] = defaultdict(list)
    for case in wanted:
        by_incident[case.incident].append(case)
    known = incidents()
    for name, some in by_incident.items():
        with systems(name) if live else nullcontext() as behind, Bench(known[name], behind) as bench:
            clean = clean_draft(bench)
            questions = {question.id: question for question in known[name].questions}
            for case in some:
                yield try_case(bench, clean, case, questions[case.question])


@contextmanager
def systems(name: str) -> Iterator[Mapping[str, LoopbackServer]]:
    """The systems that hold a recorded incident, running; needs the Debian package ``prometheus``.

    Args:
        name: The incident's.

    Yields:
        The servers by system.
    """
    from fixtures.record_demo import DEMO
    from fixtures.recorder import staged
    from tests.recorded.scenes import SCENES

    with (
        tempfile.TemporaryDirectory() as scratch,
        staged({"demo": DEMO, **SCENES}[name], Path(scratch)) as (servers, _),
    ):
        yield servers


def clean_draft(bench: Bench) -> Clean:
    """The draft without a fault."""
    ids = frozenset(id_ for question in bench.incident.questions for id_ in _ids(question.body.decode()))
    return Clean(bench.draft(), bench.draft(timeline="full"), bench.template, ids)


def _ids(body: str) -> list[str]:
    """The ids of the objects in a body."""
    return re.findall(r'"id":\s*"?([^",}\s]+)', body)


def try_case(bench: Bench, clean: Clean, case: Case, question: Question) -> Outcome:
    """Draft and judge one case."""
    fault = fault_named(case.fault)
    spoil = fault.spoil(question)
    assert spoil is not None
    draft = bench.draft({question.id: spoil}, deadline=fault.deadline)
    verdict = judge(question, fault, clean, draft)
    unmet = [] if draft.met else [Violation("exit", "the question was not asked")]
    return Outcome(
        case,
        draft.facts is not None,
        (*verdict.violations, *unmet),
        tuple(verdict.unjudged),
        draft.unmatched,
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """The table of ``docs/reliability.md``."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        fault = FIELD_MISSING if outcome.case.fault.startswith(WITHOUT) else outcome.case.fault
        groups[outcome.case.incident, fault].append(outcome)
    heads = ("incident", "fault", "cases", "drafts", *_HEADS)
    lines = [f"| {' | '.join(heads)} |", f"|---|---|{'--:|' * (len(heads) - 2)}"]
    for (incident, fault), some in groups.items():
        lines.append(f"| {incident} | {fault} | {_numbers(some)} |")
    lines.append(f"| all | | {_numbers(outcomes)} |")
    return "\n".join(lines) + "\n"


def _numbers(outcomes: Sequence[Outcome]) -> str:
    found = Counter(one.rule for outcome in outcomes for one in outcome.violations)
    drafts = sum(outcome.drafted for outcome in outcomes)
    return " | ".join(str(number) for number in (len(outcomes), drafts, *(found[rule] for rule in RULES)))
