"""When an error budget ran out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.findings import Known
from pm_autofill.instants import from_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pm_autofill.analyse.spending import Spending
    from pm_autofill.findings import Fact


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """That a budget ran out during an impact.

    Attributes:
        at: When.
        at_the_latest: Whether it may have been earlier, because it is unknown what was left before.
    """

    at: datetime
    at_the_latest: bool


def when_exhausted(spent: Spending, facts: Mapping[str, Fact]) -> Exhaustion | None:
    """When the budget ran out during the impact.

    Args:
        spent: What the impact spent from instant to instant.
        facts: The three budget facts.

    Returns:
        The instant; None where it did not run out then, or had before.

    Formula: the first t with before - consumed * B(t) / B(V) + m (t - S) / (V - S) <= 0, B(t) being what was spent
        until t; m is what a rolling window's moving on gave back, where what was left at V is known. Unknown before:
        taken to be all.
    """
    before, consumed, after = (
        fact.number if isinstance(fact := facts[f"error_budget.{name}_ratio"], Known) else None
        for name in ("remaining_before", "consumed", "remaining_after")
    )
    if consumed is None or spent.whole <= 0 or (before is not None and before <= 0):
        return None
    first = 1.0 if before is None else before
    moved = 0.0 if before is None or after is None else after - (before - consumed)
    elapsed = (spent.times - spent.times[0]) / (spent.times[-1] - spent.times[0])
    left = first - consumed * spent.spent / spent.whole + moved * elapsed
    gone = int(np.argmax(left <= 0))
    if left[gone] > 0:
        return None
    share = float(left[gone - 1] / (left[gone - 1] - left[gone]))
    at = float(spent.times[gone - 1] + share * (spent.times[gone] - spent.times[gone - 1]))
    return Exhaustion(from_epoch(at), at_the_latest=before is None)
