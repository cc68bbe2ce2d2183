"""The order of SLOs by what was taken of their budgets, and how clear the first must be where a budget is not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace as swap

from pm_autofill.analyse.buckets import Buckets
from pm_autofill.analyse.headline import by_badness, find_headline
from pm_autofill.evidence.readings import Answered, State
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from tests.unit.analyse.cases import at, evidence
from tests.unit.analyse.test_overall_facts import EARLY, LATE, assessed, known, slo

if TYPE_CHECKING:
    from pm_autofill.analyse.assessment import Assessment
    from pm_autofill.evidence import Evidence

GONE = Answered(state=State.REFUSED, missing="what was asked")
ASK = "whoever owns the service's metrics"


def number(value: float | None, unit: Unit) -> Fact:
    """A measured number; None for an unknown one."""
    if value is None:
        return Unknown(reason="unknown", ask="x")
    return Known(value=value, unit=unit, basis=Basis.MEASURED, method="m", sources=("s",))


def one(
    name: str,
    ratio: float | None = 0.2,
    length: float = 40,
    objective: str = "99.9",
    window: str = "30d",
    *,
    share: float | None = None,
    failed: int | None = None,
    moved: bool = True,
) -> Assessment:
    """An SLO that was bad from noon on.

    Args:
        name: Its name.
        ratio: Its failures per request.
        length: Minutes it was bad.
        objective: Its objective.
        window: Its budget window.
        share: What it took of its budget.
        failed: Failed requests.
        moved: Whether it was bad with the incident.
    """
    plain = slo(name)
    of = swap(plain, definition=swap(plain.definition, objective=Decimal(objective), window=window))
    return assessed(
        known(0),
        known(length),
        of=of,
        moved=moved,
        requests__failed_ratio=number(ratio, Unit.RATIO),
        requests__failed=number(None if failed is None else float(failed), Unit.EVENTS),
        error_budget__consumed_ratio=number(share, Unit.RATIO),
    )


def order(*assessments: Assessment) -> str:
    """The names from the worst on."""
    return "".join(each.impact.slo.definition.name for each in by_badness(assessments))


@pytest.mark.parametrize(
    ("assessments", "names"),
    [
        ([one("a", share=0.1), one("b", share=0.3), one("c", share=0.2)], "bca"),
        # A share is compared with shares, whatever the ratio.
        ([one("a", 0.9, share=0.1), one("b", 0.1, share=0.3)], "ba"),
        ([one("a", share=0.0, failed=9), one("b", share=-0.1, failed=10)], "ab"),
        # Of equal ones most failures.
        ([one("a", share=0.1, failed=5), one("b", share=0.1, failed=9), one("c", share=0.1)], "bac"),
        ([one("a", failed=5), one("b", failed=9)], "ba"),
        # Where one share is unknown all are compared by their burn rates.
        ([one("a", 0.1, share=0.9), one("b", 0.2), one("c", 0.3, share=0.1)], "cba"),
        # One that cannot be measured stands behind the others, and one that did not move behind all.
        ([one("a", None, failed=9), one("b", 0.001)], "ba"),
        ([one("a", 0.9, moved=False), one("b", 0.1), one("c", 0.2)], "cba"),
        ([one("a", share=0.2), one("b", moved=False), one("c", share=0.3)], "cab"),
        ([one("a", share=0.9, moved=False), one("b", share=0.1)], "ba"),
        # An objective of all requests has no budget: any failure is worse than all that can be measured.
        ([one("a", 0.9), one("b", 0.1, objective="100")], "ba"),
        ([one("a", 0.9), one("b", 0.0, objective="100"), one("c", None)], "abc"),
    ],
)
def test_the_worst_comes_first(assessments: list[Assessment], names: str) -> None:
    """By the share of its budget, else by its burn rate, its length and its budget window."""
    assert order(*assessments) == names


FIRST = one("a")


@pytest.mark.parametrize(
    ("other", "clear"),
    [
        (one("b", 0.1), True),
        (one("b", 0.101), False),
        (one("b", length=20), True),
        (one("b", length=20.2), False),
        (one("b", 0.199, objective="99.8"), True),
        (one("b", 0.201, objective="99.8"), False),
        (one("b", 0.199, window="60d"), True),
        (one("b", 0.201, window="60d"), False),
        (one("b", 0.1, window="month"), True),
        (one("b", 0.024, window="week"), False),
        (one("b", 0.0, objective="100"), True),
        (one("b", None), False),
    ],
)
def test_without_a_budget_the_first_must_be_twice_the_second(other: Assessment, *, clear: bool) -> None:
    """Burn rates tell no more; where every question was answered they have to do, if all of them are known."""
    ordered = by_badness([other, FIRST])
    gone = evidence(slo("a"), slo("b"), readings={"slo.a.history": GONE})
    because = Unknown(reason="which of a and b was hit worst cannot be told without their budgets", ask=ASK)
    assert find_headline(gone, ordered) == (FIRST if clear else because)
    assert find_headline(gone, [ordered[0]]) == FIRST
    whole = evidence(slo("a"), slo("b"), readings={"slo.a.history": Answered(state=State.COMPLETE)})
    unmeasured = other.facts["requests.failed_ratio"] == one("b", None).facts["requests.failed_ratio"]
    never = Unknown(reason="which of a and b was hit worst is unknown: b could not be measured", ask=ASK)
    assert find_headline(whole, ordered) == (never if unmeasured else FIRST)
    shares = [one("a", share=0.2), one("b", share=0.1)]
    assert find_headline(gone, shares) == shares[0]


def test_every_other_one_must_be_clearly_less() -> None:
    """Also the third, and also where only the last one's budget was not read."""
    three = [one("a"), one("b", 0.05), one("c", 0.15)]
    told = evidence(slo("a"), slo("b"), slo("c"), readings={"slo.c.history": GONE})
    assert find_headline(told, three) == Unknown(
        reason="which of a, b and c was hit worst cannot be told without their budgets", ask=ASK
    )
    mixed = [one("a"), one("b", 0.05), one("c", 0.15, moved=False)]
    assert find_headline(told, mixed) == mixed[0]
    unmeasured = [one("a", None), one("c", None)]
    assert isinstance(find_headline(told, unmeasured), Unknown)


def unread(*names: str) -> Evidence:
    """Evidence in which the samples of some SLOs were not read."""
    marks = {f"slo.{name}.samples": GONE for name in names}
    return evidence(slo("a"), *(slo(name) for name in names), readings={"incident.log": GONE, **marks})


def test_one_that_was_not_read_may_be_the_worst() -> None:
    """Where any moved; nothing is the worst of none."""
    missing = "which SLO was hit worst is unknown without the SLI of b, which was not read whole"
    assert find_headline(unread("b"), [one("a", share=0.9)]) == Unknown(reason=missing, ask=ASK)
    both = find_headline(unread("b", "c"), [one("a", share=0.9)])
    assert both == Unknown(reason=f"{missing} and the SLI of c, which was not read whole", ask=ASK)
    assert find_headline(unread("b"), [one("a", moved=False)]) is None
    assert find_headline(evidence(), []) is None


def sampled(name: str, *levels: tuple[float, float], counted: bool = False, total: float = 10) -> Assessment:
    """An SLO known by samples of its ratio: bad ones of so many, minute by minute from one before noon on."""
    bare = one(name, None, length=2)
    edges = np.array([at(minute).timestamp() for minute in range(-1, len(levels))])
    bad, weight = (np.array([level[part] for level in levels]) for part in (0, 1))
    buckets = Buckets(edges, bad, weight * total, 60.0, (), counted=counted)
    return replace(bare, impact=replace(bare.impact, survey=replace(bare.impact.survey, buckets=buckets)))


def test_a_ratio_without_counts_is_known_by_its_samples_in_the_impact() -> None:
    """Each by its weight; those before and after do not count, nor do counts that could not be made."""
    low = sampled("l", (10, 1), (1, 1), (2, 1), (10, 1))  # 3 of 20
    high = sampled("h", (0, 1), (4, 1), (3, 1), (0, 1))  # 7 of 20
    between = one("b", 0.2, length=2)
    weighted = sampled("w", (0, 1), (9, 3), (0, 1), (0, 1))  # 9 of 40
    counted = sampled("c", (0, 1), (10, 1), (10, 1), (0, 1), counted=True)
    nothing = sampled("n", (1, 0), (1, 0), (1, 0), (1, 0))
    assert order(low, between, high) == "hbl"
    assert order(low, between, weighted) == "wbl"
    assert order(counted, low) == "lc"
    assert order(nothing, low) == "ln"
    late = replace(high, impact=replace(high.impact, start=EARLY, end=LATE))
    assert order(late, low) == "lh"
