"""What an SLI did in the searched window: its bad times, before it is decided which of them is the incident."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pm_autofill.analyse import periods
from pm_autofill.analyse.buckets import bucket, slo_curves
from pm_autofill.findings import BadPeriod
from pm_autofill.instants import Window, from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from pm_autofill.analyse.buckets import Buckets, SloCurves
    from pm_autofill.analyse.periods import Detection, Stretch
    from pm_autofill.evidence.slos import SloEvidence

# Samples beside a bad time show that it ended (or had not begun) where being still bad is so unlikely (exp(-3): 5 %).
_CONVINCING = 3.0
_LEAST_LEVEL = 1e-3
# Of excess failures and of their ratio: a bad time as much weaker than its neighbour does not stretch that. A burst of
# seconds is seen at its full ratio where it fills a scrape, so of hardly any failures the ratio may be somewhat higher.
_ECHOES = ((0.1, 0.1), (0.01, 0.25))
_FEWEST = 1e-12


@dataclass(frozen=True, slots=True)
class BadTime:
    """Bad stretches less than the hold apart: one candidate for the incident.

    Attributes:
        stretches: The stretches, ascending.
        begins: Where it was seen to begin, to the bucket.
        ends: Where it was seen to end, to the bucket.
        touches: Which sides of the searched window it may reach beyond: "start", "end".
        excess_failed: Failures above the usual ratio, and usual requests that never arrived.
        echo: Whether it is a weak one less than the hold away from a strong one, which it does not stretch.
    """

    stretches: tuple[Stretch, ...]
    begins: datetime
    ends: datetime
    touches: frozenset[str]
    excess_failed: float
    echo: bool = False

    def distance(self, instant: datetime) -> float:
        """Seconds between it and an instant; 0 when it contains it."""
        return max((self.begins - instant).total_seconds(), (instant - self.ends).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class Survey:
    """What an SLI did.

    Attributes:
        slo: What was observed of it.
        curves: Its events as they were sampled; None where they could not be read, or are known as a ratio only.
        buckets: Its events; None when there were none.
        detection: What was found in them; None without buckets.
        bad_times: Candidates for the incident, ascending.
    """

    slo: SloEvidence
    curves: SloCurves | None
    buckets: Buckets | None
    detection: Detection | None
    bad_times: tuple[BadTime, ...] = ()

    @property
    def seen_until(self) -> datetime | None:
        """The instant up to which it is known: its last sample, or later where all counters vanished; else None."""
        return from_epoch(float(self.buckets.edges[-1])) if self.buckets else None


def look_over(slo: SloEvidence, hold: timedelta) -> Survey:
    """Find all bad times of an SLI.

    Args:
        slo: What was observed of it.
        hold: How long it must stay good to count as recovered.

    Returns:
        The survey.

    Source: ``docs/decisions/0011-impact-window.md``.
    """
    curves = slo_curves(slo)
    buckets = bucket(slo, curves)
    if buckets is None:
        return Survey(slo, curves, None, None)
    detection = _detect(buckets, slo.definition.budget_ratio, hold.total_seconds())
    groups = [
        part
        for group in periods.join(detection, buckets, hold.total_seconds())
        for part in _without_echoes(group, buckets, detection)
    ]
    last = len(groups) - 1
    bad_times = tuple(
        replace(_bad_time(group, buckets, detection, alone=(number == 0, number == last)), echo=echo)
        for number, (group, echo) in enumerate(groups)
    )
    return Survey(slo, curves, buckets, detection, bad_times)


def _detect(buckets: Buckets, budget_ratio: float, hold: float) -> Detection:
    if buckets.counted:
        return periods.detect(buckets, budget_ratio, hold)
    from pm_autofill.analyse import readings

    return readings.detect(buckets, budget_ratio, hold)


def as_period(stretches: Sequence[Stretch], buckets: Buckets, detection: Detection) -> BadPeriod:
    """What lies from the first to the last of some stretches as a bad period."""
    first, last = stretches[0].first, stretches[-1].last
    inside = slice(first, last)
    bad, total = float(buckets.bad[inside].sum()), float(buckets.total[inside].sum())
    # Where only the traffic changed, failures are not what was bad.
    lost = total < float(detection.baseline.traffic[inside].sum()) / 2 or all(
        piece.outage for one in stretches for piece in one.pieces
    )
    return BadPeriod(
        window=Window(from_epoch(float(buckets.edges[first])), from_epoch(float(buckets.edges[last]))),
        failed_ratio=min(bad / total, 1.0) if total > 0 else 1.0,
        excess_failed=bad - detection.baseline.ratio * total,
        kind="no traffic" if lost and buckets.counted else "failures",
        ongoing=last >= len(buckets.bad),
    )


def _bad_time(
    group: tuple[Stretch, ...], buckets: Buckets, detection: Detection, *, alone: tuple[bool, bool]
) -> BadTime:
    """A group with its circumstances; ``alone`` tells whether it is the first and whether it is the last one."""
    first, last = group[0].first, group[-1].last
    sides = set()
    if alone[0] and not _good(group[0], slice(0, first), buckets, detection):
        sides.add("start")
    if alone[1] and not _good(group[-1], slice(last, len(buckets.bad)), buckets, detection):
        sides.add("end")
    return BadTime(
        group,
        from_epoch(float(buckets.edges[first])),
        from_epoch(float(buckets.edges[last])),
        frozenset(sides),
        sum(_excess(one, buckets, detection) for one in group),
    )


def _without_echoes(
    group: tuple[Stretch, ...], buckets: Buckets, detection: Detection
) -> list[tuple[tuple[Stretch, ...], bool]]:
    """A group, and before and after it the weak stretches at its ends, each on its own and marked as an echo.

    Formula: an echo has under a tenth of the strongest stretch's excess failures and of its failure ratio; or under a
        hundredth of these failures and a quarter of that ratio.
    """
    excess = [_excess(one, buckets, detection) for one in group]
    events = [_events(one, buckets, detection) for one in group]
    rates = [more / max(every, _FEWEST) for more, every in zip(excess, events, strict=True)]
    strongest = max(range(len(group)), key=lambda number: excess[number])
    weak = [
        any(excess[number] < few * excess[strongest] and rates[number] < low * rates[strongest] for few, low in _ECHOES)
        for number in range(len(group))
    ]
    first = weak.index(False)
    last = len(weak) - weak[::-1].index(False)
    before, after = [((one,), True) for one in group[:first]], [((one,), True) for one in group[last:]]
    return [*before, (group[first:last], False), *after]


def _events(stretch: Stretch, buckets: Buckets, detection: Detection) -> float:
    """The events of a stretch; in an outage those that were to be expected."""
    inside = slice(stretch.first, stretch.last)
    served = float(buckets.total[inside].sum())
    return max(served, float(detection.baseline.traffic[inside].sum())) if _is_outage(stretch) else served


def _is_outage(stretch: Stretch) -> bool:
    return any(piece.outage for piece in stretch.pieces)


def _excess(stretch: Stretch, buckets: Buckets, detection: Detection) -> float:
    inside = slice(stretch.first, stretch.last)
    failed = float((buckets.bad[inside] - detection.baseline.ratio * buckets.total[inside]).sum())
    if not _is_outage(stretch):
        return failed
    return failed + max(0.0, float((detection.baseline.traffic[inside] - buckets.total[inside]).sum()))


def _good(stretch: Stretch, beside: slice, buckets: Buckets, detection: Detection) -> bool:
    """Whether the buckets beside a stretch, up to the window's edge, show that it does not go on there.

    Formula: K ln(level / usual) - (level - usual) exposure <= -3, at the mildest level the stretch had. A stretch of a
        ratio ends where a sample is good.
    """
    if not buckets.counted:
        return bool(beside.start < beside.stop)
    usual = detection.baseline
    for outage in {piece.outage for piece in stretch.pieces}:
        pieces = [piece for piece in stretch.pieces if piece.outage == outage]
        long = [piece for piece in pieces if piece.last - piece.first > 1] or pieces
        if outage:
            level, seen = max(piece.level for piece in long), float(buckets.total[beside].sum())
            hoped = float(usual.traffic[beside].sum())
        else:
            level, seen = min(piece.level for piece in long) / usual.ratio, float(buckets.bad[beside].sum())
            hoped = usual.ratio * float(buckets.total[beside].sum())
        level = max(level, _LEAST_LEVEL)
        if seen * float(np.log(level)) - (level - 1) * hoped > -_CONVINCING:
            return False
    return True
