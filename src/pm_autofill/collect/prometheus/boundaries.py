"""Thresholds that are no bucket's boundary: the buckets they lie between."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pm_autofill.collect.prometheus.raw import MORE
from pm_autofill.errors import SourceError
from pm_autofill.evidence.slos import Boundary
from pm_autofill.promql import accept_bounds, at_bound, bound_of, bounds_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm_autofill.collect.prometheus.subject import Subject


def between_buckets(subject: Subject) -> Subject:
    """Look for the buckets around a threshold that has no series of its own.

    Args:
        subject: An SLO whose good events are a bucket's.

    Returns:
        The subject with the selectors of the bucket below and of the one above, or with that of the threshold in the
        notation its histogram has; as it was where the histogram has no buckets or cannot be asked.
    """
    selector = subject.definition.events.good if subject.definition.events else None
    threshold = bound_of(selector or "")
    if selector is None or threshold is None:
        return subject
    length = subject.window.end - subject.window.start + MORE
    try:
        answer = subject.ask.instant(bounds_in(selector, length), subject.window.end, subject.what)
    except SourceError:
        return subject
    written = _numbers(one.labels.get("le", "") for one in answer.matrix.series)
    if threshold in written:
        return replace(subject, part=accept_bounds(at_bound(selector, written[threshold])))
    below = max((bound for bound in written if bound < threshold), default=None)
    above = min((bound for bound in written if bound > threshold and math.isfinite(bound)), default=None)
    found = [accept_bounds(at_bound(selector, written[bound])) for bound in (below, above) if bound is not None]
    if not found:
        return subject
    boundary = Boundary(threshold=threshold, below=0.0 if below is None else below, above=above)
    return replace(subject, part=found[0], above="".join(found[1:]), boundary=boundary)


def _numbers(written: Iterable[str]) -> dict[float, str]:
    """Bucket boundaries by their value, as their label writes them."""
    found = {}
    for text in written:
        try:
            number = float(text)
        except ValueError:
            continue
        if not math.isnan(number):
            found[number] = text
    return found
