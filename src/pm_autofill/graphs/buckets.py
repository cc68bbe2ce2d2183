"""Counter samples as events per bucket of time, over the stretch a picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.evidence.increments import increments, scrape_interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import CounterRead, SloEvidence
    from pm_autofill.graphs.view import View

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

MOST_BUCKETS = 600
_LENGTHS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_MINUTE = 60.0
_BY_THE_MINUTE = 1800.0
_GAP_SCRAPES = 2.5
_NEARLY = 0.99  # scrape intervals jitter


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Events of one SLO, bucket by bucket.

    Attributes:
        edges: Where buckets begin and the last one ends, epoch seconds, shape (n + 1,).
        counted_total: All events in each, shape (n,), spread evenly over gaps between scrapes.
        counted_bad: Bad events in each, likewise.
        seen: Whether each was scraped, shape (n,).
    """

    edges: Floats
    counted_total: Floats
    counted_bad: Floats
    seen: Flags

    @property
    def total(self) -> Floats:
        """All events in each bucket; NaN where nothing was scraped."""
        return np.where(self.seen, self.counted_total, np.nan)

    @property
    def bad(self) -> Floats:
        """Bad events in each bucket; NaN likewise."""
        return np.where(self.seen, self.counted_bad, np.nan)

    @property
    def length(self) -> float:
        """Length of a bucket in seconds."""
        return float(self.edges[1] - self.edges[0])

    @property
    def starts(self) -> Floats:
        """Where each bucket begins."""
        return self.edges[:-1]

    @property
    def ratio(self) -> Floats:
        """Bad by total, 0..1; NaN where there were no events."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.total > 0, self.bad / self.total, np.nan)

    def mean_ratio(self, start: float, end: float) -> float | None:
        """Bad by total over the buckets that lie wholly in [start, end); None where there were no events.

        Formula: sum(bad) / sum(total)
        """
        inside = (self.starts >= start) & (self.edges[1:] <= end) & self.seen
        total = float(self.counted_total[inside].sum())
        return float(self.counted_bad[inside].sum()) / total if total > 0 else None


def bucket_length(seconds: float, scrape: float) -> float:
    """How long the buckets of a picture are.

    Whole minutes from half an hour on, as the worst minute is counted in them; else scrape by scrape.

    Args:
        seconds: Length of what is shown.
        scrape: The scrape interval in seconds.

    Returns:
        Seconds; a round length of at least one scrape, at most ``MOST_BUCKETS`` of which are shown.
    """
    least = max(scrape, seconds / MOST_BUCKETS, _MINUTE if seconds > _BY_THE_MINUTE else 0.0)
    return float(next((length for length in _LENGTHS if length >= least * _NEARLY), _LENGTHS[-1]))


def count(slo: SloEvidence, view: View, length: float | None = None) -> Buckets | None:
    """Count an SLO's events bucket by bucket.

    Args:
        slo: Its samples.
        view: The stretch to count in; cut to where there are samples.
        length: Of a bucket, in seconds; chosen by what is shown when None.

    Returns:
        The buckets, on multiples of their length; None where events cannot be counted.
    """
    other = slo.bad or slo.good
    if slo.total is None or other is None:
        return None
    spans = [(float(one.times[0]), float(one.times[-1])) for one in slo.total.matrix.series if len(one.times)]
    if not spans:
        return None
    step = scrape_interval(slo.total)
    start = max(view.start, min(first for first, _ in spans))
    end = min(view.end, max(last for _, last in spans))
    length = length or bucket_length(end - start, step)
    edges = np.arange(np.ceil(start / length - 1e-6), np.floor(end / length + 1e-6) + 1) * length
    if len(edges) < 2:  # noqa: PLR2004 - one bucket has two edges
        return None
    starts = slo.process_starts.matrix if slo.process_starts else None
    total = increments(slo.total, edges, starts, (other,))
    counted = np.zeros(len(edges) - 1)
    for share, read in slo.parts:
        counted += share * increments(read, edges, starts, (slo.total,))
    bad = np.clip(counted if slo.bad else total - counted, 0.0, total)
    return Buckets(edges, total, bad, _seen((slo.total, other), edges, step))


def _seen(reads: Iterable[CounterRead], edges: Floats, step: float) -> Flags:
    """Whether at least half of each bucket lies between scrapes that follow one another closely."""
    times = np.unique(np.concatenate([one.times for read in reads for one in read.matrix.series]))
    gaps = np.diff(times)
    watched = np.concatenate(([0.0], np.cumsum(np.where(gaps <= _GAP_SCRAPES * step, gaps, 0.0))))
    share = np.diff(np.interp(edges, times, watched)) / np.diff(edges)
    return np.asarray(share >= 0.5)  # noqa: PLR2004 - half
