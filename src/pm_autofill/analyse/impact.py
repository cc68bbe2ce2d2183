"""The impact window [S, V) of one SLO: start and recovery from its SLI, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.analyse import borders
from pm_autofill.analyse.survey import BadTime, Survey, as_period, look_over
from pm_autofill.findings import BadPeriod, Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import Window, from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pm_autofill.analyse.buckets import Buckets, SloCurves
    from pm_autofill.analyse.edges import Edge
    from pm_autofill.analyse.periods import Detection
    from pm_autofill.evidence.slos import SloEvidence

_FRESH_SCRAPES = 4
_FRESH_SECONDS = 300.0
_ASK = "someone who saw the impact"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides which bad period is the incident.

    Attributes:
        trigger: When PagerDuty's incident was triggered; None without one.
        hold: How long an SLI must stay good to count as recovered.
        as_of: The instant taken as now.
        start: S as a human stated it.
        end: V as a human stated it.
    """

    trigger: datetime | None
    hold: timedelta
    as_of: datetime
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact on one SLO.

    Attributes:
        survey: What its SLI did.
        moved: Whether the SLI was bad with this incident.
        start: S, or why it is unknown.
        end: V, or why it is unknown.
        open: Whether the SLI is still bad at its latest samples.
        touches: Which sides of the searched window the bad time reaches: "start", "end".
        periods: Bad stretches of this impact.
        elsewhere: Bad times that are not of this impact.
        ramp_probability: Probability that the onset was gradual, 0..1.
    """

    survey: Survey
    moved: bool
    start: Fact
    end: Fact
    open: bool = False
    touches: frozenset[str] = frozenset()
    periods: tuple[BadPeriod, ...] = ()
    elsewhere: tuple[BadPeriod, ...] = ()
    ramp_probability: float = 0.0

    @property
    def slo(self) -> SloEvidence:
        """What was observed of the SLO."""
        return self.survey.slo

    @property
    def curves(self) -> SloCurves | None:
        """Its events as they were sampled; None where they could not be read, or are known as a ratio only."""
        return self.survey.curves

    @property
    def buckets(self) -> Buckets | None:
        """Its events; None when there were none."""
        return self.survey.buckets

    @property
    def detection(self) -> Detection | None:
        """What was found in them; None without buckets."""
        return self.survey.detection

    @property
    def seen_until(self) -> datetime | None:
        """The instant up to which it is known; None without samples."""
        return self.survey.seen_until

    @property
    def window(self) -> Window | None:
        """[S, V), to the latest samples while open; None when S is unknown."""
        if not isinstance(self.start, Known):
            return None
        if isinstance(self.end, Known):
            return Window(self.start.instant, self.end.instant)
        return Window(self.start.instant, self.seen_until) if self.open and self.seen_until else None


def find_impact(slo: SloEvidence, circumstances: Circumstances) -> Impact:
    """Find S and V of one SLO.

    Args:
        slo: What was observed of it.
        circumstances: Trigger, hold and now.

    Returns:
        The impact; S and V known with 95 % intervals, or unknown with the reason.

    Formula: change points of bad / total (or of the traffic) at scrape resolution; the group of bad stretches less
        than ``hold`` apart that contains the trigger, else the nearest, else the one with most excess failures.
    Source: ``docs/decisions/0011-impact-window.md``.
    """
    return find_together((slo,), (), circumstances)[0]


def find_together(
    named: Sequence[SloEvidence], others: Sequence[SloEvidence], circumstances: Circumstances
) -> tuple[Impact, ...]:
    """Find S and V of the SLOs of one incident.

    Args:
        named: SLOs of the services that the incident names.
        others: SLOs of other services.
        circumstances: Trigger, hold and now.

    Returns:
        Impacts of the named ones, then of the others that moved. Of the named ones those decide whose bad time contains
        the trigger (else the one nearest to it; without a trigger the one with most excess failures); all others moved
        with the incident when a bad time of theirs begins in [S - hold, V) of those.
    """
    surveys = [look_over(slo, circumstances.hold) for slo in (*named, *others)]
    chosen: dict[int, BadTime] = _deciding(surveys[: len(named)], circumstances.trigger)
    impacts = {number: _settle(surveys[number], chosen[number], circumstances) for number in chosen}
    reach = _reach(impacts.values(), circumstances)
    for number, survey in enumerate(surveys):
        if number not in impacts:
            with_it = [one for one in survey.bad_times if reach and reach.contains(one.begins) and not one.echo]
            worst = max(with_it, key=lambda one: one.excess_failed, default=None)
            impacts[number] = _settle(survey, worst, circumstances)
    found = [impacts[number] for number in range(len(surveys))]
    return (*found[: len(named)], *(impact for impact in found[len(named) :] if impact.moved))


def _deciding(surveys: Sequence[Survey], trigger: datetime | None) -> dict[int, BadTime]:
    """The bad times that are the incident for sure, by the number of their SLO."""
    best: dict[int, BadTime] = {}
    for number, survey in enumerate(surveys):
        strong = [one for one in survey.bad_times if not one.echo]
        if strong and trigger is not None:
            best[number] = min(strong, key=lambda one: one.distance(trigger))
        elif strong:
            best[number] = max(strong, key=lambda one: one.excess_failed)
    if not best:
        return {}
    if trigger is None:
        first = max(best, key=lambda number: best[number].excess_failed)
        return {first: best[first]}
    nearest = min(best, key=lambda number: best[number].distance(trigger))
    holding = {number: one for number, one in best.items() if one.distance(trigger) == 0}
    return holding or {nearest: best[nearest]}


def _reach(impacts: Iterable[Impact], circumstances: Circumstances) -> Window | None:
    """[S - hold, V) of some impacts, stated ones before found ones; where S or V is unknown, as far as samples tell."""
    spans = [one.window or Window(one.periods[0].window.start, one.periods[-1].window.end) for one in impacts]
    start = circumstances.start or min((span.start for span in spans), default=None)
    end = circumstances.end or max((span.end for span in spans), default=None)
    return Window(start, end).widen(circumstances.hold, timedelta(0)) if start and end else None


def _settle(survey: Survey, chosen: BadTime | None, circumstances: Circumstances) -> Impact:
    """The impact that a survey's chosen bad time is; one that did not move when there is none."""
    buckets, detection, seen_until = survey.buckets, survey.detection, survey.seen_until
    if buckets is None or detection is None or seen_until is None:
        return _unmoved(survey, _no_samples(survey.slo))
    others = tuple(_whole(one, buckets, detection) for one in survey.bad_times if one is not chosen)
    if chosen is None:
        return replace(_unmoved(survey, _no_change(survey, circumstances)), elsewhere=others)
    at = survey.bad_times.index(chosen)
    before = survey.bad_times[at - 1].stretches[-1].last if at else 0
    after = survey.bad_times[at + 1].stretches[0].first if at + 1 < len(survey.bad_times) else len(buckets.bad)
    start, abrupt = _start(chosen, survey, float(buckets.edges[before]))
    is_open = "end" in chosen.touches and circumstances.as_of - seen_until < _patience(buckets)
    return Impact(
        survey,
        moved=True,
        start=start,
        end=_end(chosen, survey, float(buckets.edges[after]), still=is_open),
        open=is_open,
        touches=chosen.touches,
        periods=tuple(as_period((one,), buckets, detection) for one in chosen.stretches),
        elsewhere=others,
        ramp_probability=1 - abrupt,
    )


def _unmoved(survey: Survey, why: Unknown) -> Impact:
    return Impact(survey, moved=False, start=why, end=why)


def _whole(bad_time: BadTime, buckets: Buckets, detection: Detection) -> BadPeriod:
    return as_period(bad_time.stretches, buckets, detection)


def _no_samples(slo: SloEvidence) -> Unknown:
    if slo.total is None and slo.ratio is None:
        return Unknown(reason=f"the SLI of {slo.definition.name} could not be read", ask=_ASK)
    return Unknown(reason=f"the SLI of {slo.definition.name} has no samples in the searched window", ask=_ASK)


def _no_change(survey: Survey, circumstances: Circumstances) -> Unknown:
    """Why nothing was chosen; samples that end early may have ended with the service."""
    name = survey.slo.definition.name
    read = survey.slo.total or survey.slo.ratio
    if survey.bad_times:
        return Unknown(reason=f"no bad time of {name} belongs to this incident", ask=_ASK)
    if survey.buckets is not None and read is not None:
        last = float(survey.buckets.edges[-1]) if survey.buckets.gone is None else survey.buckets.gone
        behind = min(read.end, circumstances.as_of) - from_epoch(last)
        if behind > _patience(survey.buckets):
            reason = f"the samples of {name} end before the searched window does, without a clear change until then"
            return Unknown(reason=reason, ask=_ASK)
    return Unknown(reason=f"no clear change in {name} in the searched window", ask=_ASK)


def _patience(buckets: Buckets) -> timedelta:
    """How far behind now the latest samples may lie and still say how things are now."""
    return timedelta(seconds=max(_FRESH_SECONDS, _FRESH_SCRAPES * buckets.step, 2 * buckets.width))


def _method(survey: Survey, buckets: Buckets, *, outage: bool) -> str:
    name, total = survey.slo.definition.name, survey.slo.total
    if outage:
        return f"change point in the traffic of {name}"
    if not buckets.counted:
        return f"change point in the ratio of {name}, for which no counts are configured"
    form = "increments summed by the server" if total and total.pushed_down else "raw samples"
    return f"change point in bad / total of {name}, {form}"


def _start(chosen: BadTime, survey: Survey, before: float) -> tuple[Fact, float]:
    """S, and how probable it is that the change was abrupt."""
    buckets, detection = survey.buckets, survey.detection
    assert buckets is not None  # noqa: S101 - there is a bad time
    assert detection is not None  # noqa: S101 - as above
    if "start" in chosen.touches:
        reason = f"{survey.slo.definition.name} was already bad where the searched window begins"
        return Unknown(reason=reason, ask="someone who knows when it began"), 1.0
    first = chosen.stretches[0]
    if buckets.counted:
        edge = borders.onset(first, buckets, detection.baseline, before)
    else:
        from pm_autofill.analyse import readings

        edge = readings.onset(first, buckets, detection.baseline)
    edge = replace(edge, low=edge.low - _unseen_ramp(survey, buckets))
    return _known(edge, survey, buckets, outage=first.pieces[0].outage), edge.abrupt_probability


def _end(chosen: BadTime, survey: Survey, after: float, *, still: bool) -> Fact:
    buckets, detection = survey.buckets, survey.detection
    assert buckets is not None  # noqa: S101 - there is a bad time
    assert detection is not None  # noqa: S101 - as above
    name = survey.slo.definition.name
    gone = buckets.gone is not None
    if still:
        reason = f"{name} has not recovered yet{': its counters are gone' if gone else ''}"
        return Unknown(reason=reason, ask="again later: run the same command")
    if "end" in chosen.touches:
        where = "the searched window ends, its counters gone" if gone else "its samples end"
        ask = "someone who knows when it recovered"
        return Unknown(reason=f"{name} was still bad where {where}", ask=ask)
    stretch = chosen.stretches[-1]
    if buckets.counted:
        edge = borders.recovery(stretch, buckets, detection.baseline, after)
    else:
        from pm_autofill.analyse import readings

        edge = readings.recovery(stretch, buckets)
    edge = replace(edge, high=edge.high + _unseen_ramp(survey, buckets))
    return _known(edge, survey, buckets, outage=max(stretch.pieces, key=lambda piece: piece.last).outage)


def _unseen_ramp(survey: Survey, buckets: Buckets) -> float:
    """How far before an abrupt change a gradual one may begin that has the same sums: half of a server's step, in s."""
    total = survey.slo.total
    return buckets.step / 2 if total is not None and total.pushed_down else 0.0


def _known(edge: Edge, survey: Survey, buckets: Buckets, *, outage: bool) -> Known:
    """An edge as fact; one found in a ratio without counts is known to a sample at best.

    What a server summed over targets that are scraped one after another is of no instant but of all of their scrapes.
    """
    slo = survey.slo
    apart = max((read.spread for read in (slo.total, slo.bad, slo.good) if read is not None), default=0.0)
    half = apart / 2 if buckets.counted else buckets.step
    return Known(
        value=from_epoch(edge.at),
        unit=Unit.INSTANT,
        basis=Basis.MEASURED,
        method=_method(survey, buckets, outage=outage),
        sources=tuple(read.source for read in (slo.total, slo.bad, slo.good, slo.ratio) if read is not None),
        low=from_epoch(edge.low - half),
        high=from_epoch(edge.high + half),
    )
