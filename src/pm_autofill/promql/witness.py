"""Questions whose answer always holds something: one that is empty or cut is known not to be the answer."""

from __future__ import annotations

WITNESS = "pm_autofill_evaluated"
"""The label of the series that stands beside the answer at every evaluation."""


def witnessed(expression: str) -> str:
    """An expression beside a series that is always there.

    Args:
        expression: PromQL of somebody else's making; a comment at its end is none of ours.

    Returns:
        A query that has a value at every evaluation, whatever the expression gives.
    """
    inside = f"\n{expression}\n" if "#" in expression else expression
    return f'({inside}) or label_replace(vector(1), "{WITNESS}", "yes", "", "")'
