"""The scraped targets behind an SLO's counters, and what their silence says: a target that is gone has no samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pm_autofill.evidence.increments import Curve
    from pm_autofill.evidence.series import Floats
    from pm_autofill.evidence.slos import CounterRead

    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

SILENT_SCRAPES = 2.5
# Samples come late; so much later all of them are gone.
_GONE_SECONDS = 300.0
_GONE_SCRAPES = 4
_KNOWN_SECONDS = 600.0
_LATELY = 900.0
_CARRIED_ON = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The events of one scraped target, at its own scrape times.

    Attributes:
        edges: Its scrape times, epoch seconds, shape (n + 1,).
        bad: Bad events between them, shape (n,).
        total: All events between them, shape (n,).
        told: Which intervals say something, shape (n,): elsewhere a process ended, and what it counted last is lost.
    """

    edges: Floats
    bad: Floats
    total: Floats
    told: Flags


def known_until(total: Sequence[Curve], read: CounterRead, step: float) -> float:
    """The instant until which an SLI is known.

    Args:
        total: The curves of all its events.
        read: What they were read from.
        step: Scrape interval in seconds.

    Returns:
        Epoch seconds: its last sample; where no counter at all has one for five minutes (or four scrapes, if these are
        longer) after ten minutes with samples, the end of what was asked for. A partial answer says nothing of what it
        lacks.
    """
    first, last = min(float(curve.times[0]) for curve in total), max(float(curve.times[-1]) for curve in total)
    end = read.end.timestamp()
    gone = end - last > max(_GONE_SECONDS, _GONE_SCRAPES * step) and last - first >= _KNOWN_SECONDS
    return end if gone and not read.partial else last


def targets_of(total: Sequence[Curve], bad: Sequence[Curve], step: float, until: float) -> tuple[Target, ...]:
    """Per scraped target, exact counts at its own scrape times.

    Args:
        total: Curves of all events.
        bad: Curves of the bad ones.
        step: Scrape interval in seconds.
        until: Until when the SLI is known, epoch seconds; beyond the last sample, the targets of then are silent.

    Returns:
        The targets that were scraped twice.
    """
    by_target: dict[tuple[str, str], tuple[list[Curve], list[Curve]]] = {}
    for curve in total:
        by_target.setdefault(curve.instance, ([], []))[0].append(curve)
    for curve in bad:
        if curve.instance in by_target:
            by_target[curve.instance][1].append(curve)
    every = (_target(*both, step) for both in by_target.values())
    found = tuple(one for one in every if one is not None)
    last = max((one.edges[-1] for one in found), default=until)
    if until - last <= SILENT_SCRAPES * step:
        return found
    return tuple(_silenced(one, step, until) if one.edges[-1] >= last - SILENT_SCRAPES * step else one for one in found)


def _silenced(target: Target, step: float, until: float) -> Target:
    """A target that is gone: nothing is known of the scrape in which it went, and from then on it served nothing."""
    end = target.edges[-1]
    return Target(
        np.concatenate((target.edges, (end + step, until))),
        np.concatenate((target.bad, (0.0, 0.0))),
        np.concatenate((target.total, (0.0, 0.0))),
        np.concatenate((target.told, (False, True))),
    )


def only_unseen(targets: Sequence[Target], start: float, end: float, step: float) -> bool:
    """Whether traffic fell only because some targets are scraped no more, while the others carried on as before.

    Args:
        targets: The targets of an SLI.
        start: Where its traffic fell, epoch seconds.
        end: Until when, epoch seconds.
        step: Scrape interval in seconds.

    Returns:
        True where no new target came for those that are gone, and those that stayed served at least half of what they
        had served in the quarter of an hour before: what the gone ones serve is then unknown, and no outage.
    """
    reach = SILENT_SCRAPES * step
    before = [one for one in targets if one.edges[0] < start - reach and one.edges[-1] > start - reach]
    stayed = [one for one in before if one.edges[-1] >= end - reach]
    came = any(start - reach <= one.edges[0] < end for one in targets)
    if came or not stayed or len(stayed) == len(before):
        return False
    during = sum(_rate(one, start, end) for one in stayed)
    return during > _CARRIED_ON * sum(_rate(one, start - _LATELY, start - reach) for one in stayed)


def _rate(target: Target, start: float, end: float) -> float:
    """A target's events per second between two instants, as far as it was scraped."""
    first, last = max(start, float(target.edges[0])), min(end, float(target.edges[-1]))
    seen = np.interp([first, last], target.edges, np.concatenate(([0.0], np.cumsum(target.total))))
    return float(seen[1] - seen[0]) / max(last - first, 1.0)


def _target(total: Sequence[Curve], bad: Sequence[Curve], step: float) -> Target | None:
    """The events of one target; where its process changed, those of the new one, and nothing of the end of the old."""
    edges = np.unique(np.concatenate([curve.times for curve in total]))
    edges = edges[np.concatenate(([True], np.diff(edges) > step / 4))]
    if len(edges) < 2:  # noqa: PLR2004 - one interval at least
        return None
    told = _told(total, edges)
    begun = {end: start for curve in total for end, start in zip(curve.resets, curve.restarts, strict=True)}
    known = np.array([begun.get(end, end) for end in edges[1:].tolist()])
    long = ~told & (np.diff(edges) > SILENT_SCRAPES * step)
    # A target that died was not scraped a step later, and one that lives had not been scraped a step before.
    cuts = [edges, known[~told], edges[:-1][long] + step, edges[1:][long] - step]
    parts = np.unique(np.concatenate(cuts))
    origin = np.searchsorted(edges, parts[1:], "left") - 1
    events = np.diff(events_until(total, edges))[origin]
    failed = np.diff(events_until(bad, edges))[origin]
    counted = told[origin] | ((parts[1:] == edges[origin + 1]) & (long | (known < edges[1:]))[origin])
    quiet = long[origin] & (parts[:-1] > edges[origin]) & (parts[1:] < edges[origin + 1])
    return Target(parts, np.where(counted, failed, 0.0), np.where(counted, events, 0.0), counted | quiet)


def _told(total: Sequence[Curve], edges: Floats) -> Flags:
    """Between which scrapes at least one of a target's counters ran on: sampled at both, without a restart between."""
    running = np.zeros(len(edges) - 1, dtype=bool)
    for curve in total:
        places = np.searchsorted(edges, curve.times - 1e-6)
        on = (np.diff(places) == 1) & (places[:-1] < len(running))
        on &= ~np.isin(curve.times[1:], curve.resets)
        if curve.born:
            on[:1] = False
        running[places[:-1][on]] = True
    return running


def events_until(found: Sequence[Curve], instants: Floats) -> Floats:
    """Events of several curves until each instant."""
    total = np.zeros(len(instants))
    for curve in found:
        total += curve.at(instants)
    return total
