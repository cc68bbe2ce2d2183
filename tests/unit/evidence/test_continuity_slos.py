"""What is kept of an SLO's process starts and budget totals; and the budget an objective leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from msgspec.structs import replace

from pm_autofill.evidence import Evidence, Request, TemplateText
from pm_autofill.evidence.continuity import carry_over
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import Boundary, BudgetTotals, CounterRead, Events, SloDefinition, SloEvidence

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
SLO = SloDefinition(name="a", service="s", objective=Decimal("99.9"), events=Events(total="t", bad="b"))


def read(samples: int) -> CounterRead:
    """An hour's read with so many samples, a minute apart."""
    times = NOON.timestamp() + np.arange(0, samples * 60, 60, dtype=float)
    found = matrix([Series({}, times, np.arange(samples, dtype=float))])
    end = NOON + timedelta(hours=1)
    return CounterRead(matrix=found, source="q", start=NOON, end=end)


def totals(days: int, bad: float) -> BudgetTotals:
    """A budget window that ends at noon."""
    return BudgetTotals(start=NOON - timedelta(days=days), end=NOON, bad=bad, total=100.0, sources=("q",))


def run(*slos: SloEvidence) -> Evidence:
    """Evidence of a run."""
    return Evidence(
        collected_at=NOON,
        version="1",
        request=Request(as_of=NOON),
        configuration={},
        template=TemplateText(name="t", text=""),
        slos=slos,
    )


def merged(new: SloEvidence, earlier: SloEvidence) -> SloEvidence:
    """What carrying over makes of an SLO."""
    return carry_over(run(new), run(earlier)).slos[0]


def test_slos_found_in_prometheus_stay_when_it_does_not_answer() -> None:
    """Unless the service has others now; those that were written and are no more do not come back."""
    found = SloEvidence(definition=replace(SLO, name="f", origin="Prometheus: Sloth's rules of f"), total=read(60))
    written, other = SloEvidence(definition=SLO), SloEvidence(definition=replace(SLO, name="o"), named=False)

    assert carry_over(run(other), run(found, written)).slos == (other, found)
    assert carry_over(run(written), run(found)).slos == (written,)
    assert carry_over(run(), run(written)).slos == ()


def test_process_starts_that_cannot_be_read_again_stay() -> None:
    """Without them births and hidden restarts would be judged anew."""
    earlier = SloEvidence(definition=SLO, total=read(60), process_starts=read(3))
    found = merged(SloEvidence(definition=SLO, total=read(60)), earlier)
    assert found.process_starts == read(3)


def test_of_two_totals_the_one_that_reaches_back_further_stays() -> None:
    """A server that has lost its history meanwhile does not shorten the window."""
    earlier = SloEvidence(definition=SLO, totals=(totals(30, 5),))
    assert merged(SloEvidence(definition=SLO, totals=(totals(10, 2),)), earlier).totals == (totals(30, 5),)


def test_of_two_totals_that_reach_back_equally_the_new_one_stands() -> None:
    """A refresh refreshes."""
    earlier = SloEvidence(definition=SLO, totals=(totals(30, 5),))
    assert merged(SloEvidence(definition=SLO, totals=(totals(30, 6),)), earlier).totals == (totals(30, 6),)


def test_weeks_that_cannot_be_read_again_stay() -> None:
    """Whatever the budget window is now; as many of them anew are taken anew."""
    weeks = (totals(7, 5), totals(14, 5))
    earlier = SloEvidence(definition=SLO, weeks=weeks)
    assert merged(SloEvidence(definition=SLO), earlier).weeks == weeks
    assert merged(SloEvidence(definition=replace(SLO, window="7d"), weeks=weeks[:1]), earlier).weeks == weeks
    newer = (totals(7, 6), totals(14, 5))
    assert merged(SloEvidence(definition=SLO, weeks=newer), earlier).weeks == newer


def test_the_bucket_above_stays_with_the_one_below() -> None:
    """Samples of a threshold between two buckets are carried over together."""
    boundary = Boundary(threshold=0.3, below=0.25, above=0.5)
    slow = replace(SLO, events=Events(total="t", good="g"))
    earlier = SloEvidence(definition=slow, total=read(60), good=read(60), good_above=read(60), boundary=boundary)
    found = merged(SloEvidence(definition=slow, total=read(3), good=read(3)), earlier)
    assert (found.total, found.good, found.good_above, found.boundary) == (read(60), read(60), read(60), boundary)


def test_the_budget_is_what_the_objective_leaves() -> None:
    """Exact in decimals: 99.9 % leaves 0.001, not 0.0010000000000000009."""
    assert SLO.budget_ratio == 0.001
