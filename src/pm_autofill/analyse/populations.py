"""Whose share the headline's is: beside an SLO of one route, the share of all that its service counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.analyse.counting import count, count_bad, misfit_of
from pm_autofill.analyse.spans import span_of
from pm_autofill.analyse.twins import why_twice
from pm_autofill.findings import WiderShare
from pm_autofill.promql.selectors import selects_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.analyse.assessment import Assessment


def find_wider_share(headline: Assessment, others: Sequence[Assessment]) -> WiderShare | None:
    """The share of bad events that a wider SLO of the same service had during the headline's impact.

    Args:
        headline: The SLO whose share stands at the top.
        others: The SLOs whose SLIs were read whole: of a part of one nothing is told.

    Returns:
        The share of the widest of them; None where none is wider, or its events were not counted.

    Formula: bad in [S, V) / all in [S, V), both as the wider SLO counts them, over the headline's window.
    """
    own, span = headline.impact.slo.definition, span_of(headline.impact)
    if own.events is None or span is None:
        return None
    found = []
    for other in others:
        definition, curves = other.impact.slo.definition, other.impact.curves
        alike = (definition.service, definition.kind) == (own.service, own.kind)
        if alike and definition.events and curves and selects_more(definition.events.total, own.events.total):
            if misfit_of(other.impact, span, curves) is not None or why_twice(other.impact.slo) is not None:
                continue
            total = count(curves.total, span, curves.until).value
            if total > 0:
                bad = count_bad(curves, span).value
                found.append((total, WiderShare(definition=definition, ratio=min(1.0, bad / total))))
    return max(found, key=lambda one: one[0])[1] if found else None
