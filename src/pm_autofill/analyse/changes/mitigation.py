"""Which change may have mitigated: one of an affected service after whose begin the failures fell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pm_autofill.analyse.changes.falls import Fall, find_fall
from pm_autofill.evidence.incident import AgentKind
from pm_autofill.evidence.readings import Complete, Reading, lacking, seen
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from pm_autofill.instants import Window, from_epoch
from pm_autofill.wording import changes as wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pm_autofill.analyse.changes.change import Change
    from pm_autofill.analyse.changes.scopes import Services
    from pm_autofill.analyse.impact import Impact
    from pm_autofill.evidence import Evidence

_ASK = "the responders"
# What failed in the minutes before tells what to expect; what is longer ago tells less.
_BEFORE = timedelta(minutes=15)
# What begins to fall later than this after a change was done is not put down to it.
_LAG = timedelta(minutes=10)
# How long the SLI is looked at after its recovery, which may itself be the improvement.
_AFTER = timedelta(minutes=10)
_HALVED = 0.5
# Failures that fell by a fifth and more in the minutes before were falling by themselves.
_FALLING = 0.8
_BESIDE = timedelta(minutes=10)
# Changes less apart than this, or than so many scrapes, cannot be told apart by what followed.
_APART = timedelta(minutes=2)
_APART_SCRAPES = 4


@dataclass(frozen=True, slots=True)
class Circle:
    """What the incident touches.

    Attributes:
        services: Its service and those whose SLIs moved with it, as they are configured.
        known: All services, by their names.
    """

    services: frozenset[str]
    known: Services


def infer_mitigation(
    changes: Reading[tuple[Change, ...]], impact: Impact, circle: Circle
) -> tuple[Fact, Change | None]:
    """What mitigated, as far as changes and the SLI tell; unknown where a change that was not read could have.

    Args:
        changes: The changes.
        impact: The headline SLO's impact.
        circle: What the incident touches.

    Returns:
        The fact ``mitigation.applied`` and the change it rests on.

    Formula: of the changes of a touched service that began after S (those that undo another: also before) and before
        V, the only one after whose begin the failures fell to half or less, beginning at most ten minutes after it was
        done and before the next such change. M is when it was done; where that was after V, when the fall began.
    Source: ``docs/decisions/0026-mitigation.md``; SRE book app. D keeps mitigation and recovery apart.
    """
    window = impact.window
    if window is None or impact.buckets is None:
        reasons = [fact.reason for fact in (impact.start, impact.end) if isinstance(fact, Unknown)]
        return Unknown(reason=(reasons or ["the SLI could not be read"])[0], ask=_ASK), None
    inside = [one for one in seen(changes, ()) if one.earliest <= window.end and window.start <= one.done]
    if not isinstance(changes, Complete):
        return Unknown(reason=wording.read_in_part(lacking(changes), [one.text for one in inside]), ask=_ASK), None
    return _of_all(Complete(tuple(inside)), impact, window, circle)


def _of_all(
    inside: Complete[tuple[Change, ...]], impact: Impact, window: Window, circle: Circle
) -> tuple[Fact, Change | None]:
    """The one plausible change; of all there were."""
    elsewhere = [one for one in inside.value if _is_elsewhere(one, circle)]
    candidates = [one for one in inside.value if one not in elsewhere and _may_mitigate(one, impact)]
    found = list(_plausible(candidates, impact, window))
    meanwhile = [(one.text, sorted(one.services or ())) for one in elsewhere]
    if not found:
        reason = wording.NO_IMPROVEMENT if candidates else wording.NO_CANDIDATE
        return Unknown(reason=reason + wording.meanwhile(meanwhile), ask=_ASK), None
    (change, fall), *others = found
    if others:
        listed = [(one.text, one.start) for one, _ in found]
        return Unknown(reason=wording.several(listed) + wording.meanwhile(meanwhile), ask=_ASK), None
    if change.services is None:
        return Unknown(reason=wording.of_no_service(change.text, change.start), ask=_ASK), None
    return _mitigation(change, fall, impact, window), change


def _is_elsewhere(change: Change, circle: Circle) -> bool:
    """Whether a change is of services that the incident does not touch, or of another environment."""
    apart = change.services is not None and not change.services & circle.services
    return apart or circle.known.elsewhere(change.environment)


def _may_mitigate(change: Change, impact: Impact) -> bool:
    """Whether a change certainly began after the onset, or undoes something: what broke a service is not its cure."""
    return change.undoes or (isinstance(impact.start, Known) and change.earliest > impact.start.latest)


def _plausible(candidates: Sequence[Change], impact: Impact, window: Window) -> Iterable[tuple[Change, Fall]]:
    """The candidates after whose begin, and before the next one's, the failures fell."""
    groups = _told_apart(candidates, impact)
    spans = [(min(one.earliest for one in group), max(one.done for one in group)) for group in groups]
    for number, (group, (begun, done)) in enumerate(zip(groups, spans, strict=True)):
        # From its end on, which all who tell of it agree on; of a long rollout from its begin.
        since = max(window.start, min(begun, done - _BEFORE), *(over for _, over in spans[:number][-1:]))
        after = window.end if impact.open else window.end + _AFTER
        until = next((start for start, _ in spans[number + 1 :]), after)
        fall = _fall_after(Window(since, begun), Window(done, until), impact, window.end)
        if fall is not None:
            yield from ((one, fall) for one in group)


def _told_apart(candidates: Sequence[Change], impact: Impact) -> list[list[Change]]:
    """Candidates by time; those too close together to tell which of them was followed by what are one group."""
    scrape = impact.buckets.step if impact.buckets is not None else 0.0
    apart = max(_APART, timedelta(seconds=_APART_SCRAPES * scrape))
    groups: list[list[Change]] = []
    for change in sorted(candidates, key=lambda one: (one.earliest, one.done, one.id)):
        if groups and change.earliest - max(one.done for one in groups[-1]) < apart:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _fall_after(before: Window, after: Window, impact: Impact, recovered: datetime) -> Fall | None:
    """The fall of failures that a change could have brought; None without one.

    Args:
        before: What the failures are expected from: until the change began.
        after: From when it was done, until something else began or the SLI was good again for a while.
        impact: The impact.
        recovered: V, or the latest samples.
    """
    # What fell before is no consequence, nor is what began long after.
    already = find_fall(impact, before.start.timestamp(), before.end.timestamp())
    if already is not None and already.after <= _FALLING * already.before:
        return None
    ends = [min(after.end, recovered)]
    if recovered <= after.start + _LAG:
        ends.append(after.end)  # the recovery itself may be the improvement
    falls = (find_fall(impact, before.start.timestamp(), end.timestamp()) for end in ends)
    until = (after.start + _LAG).timestamp()
    return next((fall for fall in falls if fall and fall.after <= _HALVED * fall.before and fall.latest <= until), None)


def _mitigation(change: Change, fall: Fall, impact: Impact, window: Window) -> Known:
    reads = (impact.slo.total, impact.slo.bad, impact.slo.good, impact.slo.ratio)
    sources = (change.source, *(read.source for read in reads if read is not None))
    at = change.done
    if at > window.end:
        at = min(max(from_epoch(fall.start), change.earliest), window.end)
    # The fall was over by the end of its last cell, which is the farther bound.
    over = max(fall.end + fall.width - at.timestamp(), fall.width)
    improvement = wording.improvement(impact.slo.definition.name, fall.before, fall.after, over)
    return Known(
        value=at,
        unit=Unit.INSTANT,
        basis=Basis.INFERRED,
        method=wording.method(change.origin),
        sources=tuple(source for source in sources if source),
        low=None if change.unseen_at is None else change.earliest,
        high=None if change.unseen_at is None else max(at, min(change.done, window.end)),
        notes={"text": wording.change_words(change.text, change.origin), "improvement": improvement},
    )


def told_beside(evidence: Evidence, change: Change) -> str:
    """What a person wrote on the incident when a change took place; empty where nobody did, or it was not read.

    Args:
        evidence: The evidence.
        change: The change.

    Returns:
        The note or status update nearest to the change's begin, at most ten minutes before or after the change.
    """
    record = evidence.pagerduty
    if record is None:
        return ""
    written = [(one.at, one.author, one.text) for one in record.notes]
    written += [(one.at, one.agent, one.text) for one in record.log if one.type == "status_update" and one.text]
    near = [
        (abs(at - change.start), at, agent.name, text)
        for at, agent, text in written
        if agent.kind is AgentKind.PERSON and change.earliest - _BESIDE <= at <= change.done + _BESIDE
    ]
    if not near:
        return ""
    _, at, name, text = min(near)
    return wording.said(name, at, text)
