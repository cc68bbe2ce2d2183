"""How well start and recovery are found in random incidents: ``python -m tests.unit.analyse.accuracy [PER_KIND]``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from pm_autofill.analyse.impact import Circumstances, Impact, find_impact
from pm_autofill.findings import Known
from tests.unit.analyse.generator import KINDS, Case, Setting, draw

HOLD = timedelta(minutes=15)
ENOUGH = 12.0


@dataclass(frozen=True, slots=True)
class Miss:
    """How far a found edge lies from the true one, in seconds, and whether its interval holds it."""

    error: float
    covered: bool
    width: float


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one incident.

    Attributes:
        case: The incident.
        impact: What was found.
        start: The start against the truth; None where it was not found.
        end: The recovery against the truth; None where it was not found.
        seconds: What it took.
    """

    case: Case
    impact: Impact
    start: Miss | None
    end: Miss | None
    seconds: float

    def within(self, edge: Miss | None, scrapes: float = 1.0) -> bool:
        """Whether an edge was found within so many scrape intervals."""
        return edge is not None and abs(edge.error) <= scrapes * self.case.setting.scrape


def look_at(case: Case) -> Result:
    """Look for an incident as a run would."""
    read = case.slo.total
    assert read is not None
    around = Circumstances(datetime.fromtimestamp(case.trigger, UTC), HOLD, read.end)
    begun = time.perf_counter()
    impact = find_impact(case.slo, around)
    took = time.perf_counter() - begun
    return Result(case, impact, _miss(impact.start, case.start), _miss(impact.end, case.end), took)


def look_at_many(
    kind: str, count: int, *, first: int = 0, setting: Setting | None = None, **noise: float
) -> list[Result]:
    """Look for so many incidents of a kind that hold enough evidence to be found."""
    found: list[Result] = []
    seed = first
    while len(found) < count:
        case = draw(kind, seed, setting, **noise)
        seed += 1
        if kind == "none" or case.evidence >= ENOUGH:
            found.append(look_at(case))
    return found


def _miss(fact: object, truth: float) -> Miss | None:
    if not isinstance(fact, Known):
        return None
    low, high = fact.low, fact.high
    assert isinstance(low, datetime)
    assert isinstance(high, datetime)
    covered = low.timestamp() <= truth <= high.timestamp()
    return Miss(fact.instant.timestamp() - truth, covered, (high - low).total_seconds())


def _line(name: str, results: list[Result]) -> str:
    cells = [f"{name:14}", f"{len(results):4}", f"{sum(one.start is None for one in results):4}"]
    for edges in ([(one, one.start) for one in results], [(one, one.end) for one in results]):
        errors = [abs(edge.error) if edge else np.inf for _, edge in edges]
        close = np.mean([one.within(edge) for one, edge in edges])
        covered = np.mean([edge.covered for _, edge in edges if edge])
        cells.append(f"{np.median(errors):7.1f} {np.quantile(errors, 0.9):7.1f} {close:6.1%} {covered:6.3f}")
    cells.append(f"{1000 * np.median([one.seconds for one in results]):6.0f}")
    return " ".join(cells)


def main(count: int, wander: float = 0.15, restless: float = 0.05) -> None:
    """Print a table: per kind how many and how many missed; per edge its errors, share within a scrape, coverage."""
    sys.stdout.write(
        f"{'kind':14}    n miss |  start med     p90  <=1int  cover |  end med     p90  <=1int  cover     ms\n"
    )
    every: list[Result] = []
    for kind in KINDS:
        results = look_at_many(kind, count, wander=wander, restless=restless)
        every += results
        sys.stdout.write(_line(kind, results) + "\n")
        sys.stdout.flush()
    sys.stdout.write(_line("all", every) + "\n")
    quiet = look_at_many("none", 3 * count, wander=wander)
    sys.stdout.write(f"false periods: {sum(one.impact.moved for one in quiet)} of {len(quiet)}\n")


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["20"])[0]), *(float(one) for one in sys.argv[2:]))
