"""Try the law on everything: ``python -m tests.law`` in the project's folder.

    python -m tests.law [--incident NAME]... [--fault NAME]... [--fields N] [--live] [--question TEXT]
                          [--processes N] [--violations FILE] [--table FILE]

Prints the table, and each violation on a line of its own: incident, question, fault, rule, what is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.law.faults import FAULTS
from tests.law.judging import RULES
from tests.law.kinds import kind_of
from tests.law.matrix import FIELDS, cases, table, try_out
from tests.law.recorded import incidents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.law.matrix import Case, Outcome

_BEGIN, _END = "<!-- law: begin -->", "<!-- law: end -->"


def main() -> int:
    """Try, print, and say whether the law holds.

    Returns:
        0 when it holds, 1 when it does not.
    """
    known = incidents()
    parser = argparse.ArgumentParser(prog="python -m tests.law", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--incident", action="append", choices=sorted(known))
    parser.add_argument("--fault", action="append", choices=[*FAULTS, "none"], help="none: missing fields alone")
    parser.add_argument("--question", default="", help="only questions whose id holds this")
    parser.add_argument("--fields", type=int, default=FIELDS, help="fields of each answer to leave out, one at a time")
    parser.add_argument("--live", action="store_true", help="let real systems answer what was never recorded")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--violations", type=Path, help="also write them there, grouped by rule and kind of question")
    parser.add_argument("--table", type=Path, help="also write the table there, between its marks")
    parser.add_argument("--unjudged", action="store_true", help="also print new sentences that claim nothing")
    chosen = parser.parse_args()
    faults = [fault for fault in chosen.fault or FAULTS if fault != "none"]
    every = cases(chosen.incident or known, faults, chosen.fields)
    order = {case: place for place, case in enumerate(case for case in every if chosen.question in case.question)}
    outcomes = sorted(try_out(list(order), chosen.processes, live=chosen.live), key=lambda one: order[one.case])
    lines = list(listed(outcomes))
    more = sorted({one for outcome in outcomes for one in outcome.unjudged}) if chosen.unjudged else []
    printed = (table(outcomes), *lines, *(f"unjudged: {one}" for one in more))
    sys.stdout.write("".join(f"{line}\n" for line in printed))
    if chosen.table:
        write_table(chosen.table, table(outcomes))
    if chosen.violations:
        chosen.violations.write_text(f"{table(outcomes)}\n{grouped(outcomes)}", encoding="utf-8")
    return 1 if lines else 0


def write_table(page: Path, text: str) -> None:
    """Put the table between a page's marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n{text}{_END}{after}", encoding="utf-8")


def listed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Each violation on one line."""
    for outcome in outcomes:
        case = outcome.case
        for one in outcome.violations:
            yield f"{case.incident} | {case.question} | {case.fault} | {one.rule} | {one.what}"


def grouped(outcomes: Sequence[Outcome]) -> str:
    """The violations by rule and kind of question; what is the same for several cases stands once."""
    known = {name: {question.id: question for question in one.questions} for name, one in incidents().items()}
    lines: list[str] = []
    for rule in RULES:
        groups: dict[str, dict[str, list[Case]]] = defaultdict(lambda: defaultdict(list))
        for outcome in outcomes:
            case = outcome.case
            kind = kind_of(known[case.incident][case.question]).name
            for one in outcome.violations:
                if one.rule == rule:
                    groups[kind][one.what].append(case)
        count = sum(len(where) for found in groups.values() for where in found.values())
        lines.append(f"\n================ {rule}: {count}")
        for kind, found in sorted(groups.items(), key=lambda one: -len(one[1])):
            lines.append(f"\n---- {kind}: {sum(map(len, found.values()))}")
            lines += [f"{what}\n      {_where(some)}" for what, some in found.items()]
    return "\n".join(lines) + "\n"


def _where(some: Sequence[Case]) -> str:
    """Cases, the faults of one question together."""
    faults: dict[str, list[str]] = defaultdict(list)
    for case in some:
        faults[f"{case.incident} {case.question}"].append(case.fault)
    return "; ".join(f"{question} [{', '.join(found)}]" for question, found in faults.items())


if __name__ == "__main__":
    sys.exit(main())
