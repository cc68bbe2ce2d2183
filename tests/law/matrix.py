"""All questions of all incidents with all faults: which cases there are, trying them, and the table of results."""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tests.law.faults import FAULTS
from tests.law.judging import Clean, Violation, judge
from tests.law.recorded import incidents
from tests.law.running import Bench

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.law.recorded import Question

RULES = ("fact", "sentence", "gap", "exit")


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


def cases(names: Iterable[str], faults: Iterable[str]) -> list[Case]:
    """Every question of some incidents with every one of some faults that it can have."""
    known = incidents()
    return [
        Case(name, question.id, fault)
        for name in names
        for question in known[name].questions
        for fault in faults
        if FAULTS[fault].spoil(question) is not None
    ]


def try_out(wanted: Sequence[Case], processes: int = 1) -> Iterator[Outcome]:
    """Draft and judge each case."""
    if processes <= 1:
        yield from _try_some(wanted)
        return
    parts = [wanted[start :: processes * 4] for start in range(processes * 4)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for part in pool.map(_try_part, parts):
            yield from part


def _try_part(wanted: Sequence[Case]) -> list[Outcome]:
    return list(_try_some(wanted))


def _try_some(wanted: Sequence[Case]) -> Iterator[Outcome]:
    by_incident: dict[str, list[Case]] = defaultdict(list)
    for case in wanted:
        by_incident[case.incident].append(case)
    known = incidents()
    for name, some in by_incident.items():
        with Bench(known[name]) as bench:
            clean = clean_draft(bench)
            questions = {question.id: question for question in known[name].questions}
            for case in some:
                yield try_case(bench, clean, case, questions[case.question])


def clean_draft(bench: Bench) -> Clean:
    """The draft without a fault."""
    return Clean(bench.draft(), bench.draft(timeline="full"), bench.template)


def try_case(bench: Bench, clean: Clean, case: Case, question: Question) -> Outcome:
    """Draft and judge one case."""
    fault = FAULTS[case.fault]
    draft = bench.draft(question, fault.spoil(question))
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
        groups[outcome.case.incident, outcome.case.fault].append(outcome)
    lines = [
        "| incident | fault | questions | drafts | wrong facts | wrong sentences | gaps missing | wrong exit codes |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for (incident, fault), some in groups.items():
        lines.append(f"| {incident} | {fault} | {_numbers(some)} |")
    lines.append(f"| all | | {_numbers(outcomes)} |")
    return "\n".join(lines) + "\n"


def _numbers(outcomes: Sequence[Outcome]) -> str:
    found = Counter(one.rule for outcome in outcomes for one in outcome.violations)
    drafts = sum(outcome.drafted for outcome in outcomes)
    return " | ".join(str(number) for number in (len(outcomes), drafts, *(found[rule] for rule in RULES)))
