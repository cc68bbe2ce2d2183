"""What to ask next, decided by what is known so far."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.analyse.alerting import alert_names, watching_alerts
from pm_autofill.analyse.budget_plan import history_window, plan
from pm_autofill.analyse.dashboards import concerned_services, named_dashboards
from pm_autofill.analyse.replay.horizon import questions as replay_questions
from pm_autofill.errors import UsageError
from pm_autofill.evidence.questions import (
    AskAlerts,
    AskAnnotations,
    AskChanges,
    AskCounters,
    AskDashboards,
    AskDetails,
    AskGrafana,
    AskHistory,
    AskPanels,
    AskRules,
    AskServiceChanges,
    AskTotals,
    AskUsual,
    Question,
)
from pm_autofill.findings import Basis, Known
from pm_autofill.instants import Window, format_instant, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pm_autofill.analyse.impact import Impact
    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence

_BEFORE = timedelta(hours=3)
_AFTER = timedelta(hours=1)
_MOST_BEFORE = timedelta(hours=24)
_PAD = timedelta(minutes=10)
# So long before a start a change may be its cause: see ``changes.candidates``.
_CHANGES_BEFORE = timedelta(hours=1)
_PANEL_PAD = timedelta(minutes=30)
# A longer impact has no time of the week.
_LONGEST_USUAL = timedelta(days=2)


def searched_window(evidence: Evidence) -> Window:
    """The window in which the impact is looked for at first.

    Formula: [trigger - 3 h, (resolve or now) + 1 h], within --since and --until and not after now; without an incident
        [--since, --until].
    """
    request, record = evidence.request, evidence.pagerduty
    if record is not None:
        window = Window(record.incident.created_at, record.incident.resolved_at or request.as_of).widen(_BEFORE, _AFTER)
    else:
        since = request.since or request.as_of - _BEFORE
        window = Window(since, request.until or request.as_of)
    start = max(window.start, request.since) if request.since else window.start
    end = min(window.end, request.until) if request.until else window.end
    return Window(start, min(end, request.as_of))


def first_questions(evidence: Evidence, settings: Settings) -> tuple[Question, ...]:
    """What is asked at once when the incident is known: everything that does not depend on start and recovery.

    Args:
        evidence: The incident, and the definitions of the SLOs.
        settings: The configuration.

    Returns:
        Questions that can all be asked at the same time.

    Raises:
        UsageError: ``--since`` and ``--until`` leave nothing of the time around the incident.
    """
    window = searched_window(evidence)
    if window.seconds <= 0:
        raise _nothing_left(evidence)
    found: list[Question] = [AskDetails(window)] if evidence.pagerduty is not None else []
    if settings.prometheus is not None:
        for slo in evidence.slos:
            found.append(AskCounters(slo.definition.name, window))
            if reach := history_window(slo.definition, window.end):
                found.append(AskHistory(slo.definition.name, reach))
        found.append(AskRules())
        found += [AskChanges(s.name, s.changes, window) for s in settings.services if s.changes]
    if settings.grafana is not None:
        found.append(AskGrafana(window, concerned_services(evidence, settings)))
    return tuple(found)


def _nothing_left(evidence: Evidence) -> UsageError:
    """That the bounds that were given leave no window to search."""
    unbound = replace(evidence.request, since=None, until=None)
    around = searched_window(replace(evidence, request=unbound))
    message = "--since and --until leave nothing of the time around the incident"
    told = " to ".join(format_instant(instant) for instant in (around.start, around.end))
    return UsageError(message, f"Without them {told} would be searched: leave them out, or give a part of it.")


def wider_questions(evidence: Evidence, impacts: Sequence[Impact]) -> tuple[Question, ...]:
    """SLIs to read again over a wider window, because their bad time touches the edge of the one searched.

    The window grows to twice its length before the trigger, up to 24 hours; ``--since`` and ``--until`` bound it. A
    start or end that a human stated is read with ten minutes around it, wherever it lies.

    Args:
        evidence: All that is known so far.
        impacts: The impacts found in it.

    Returns:
        Questions that can all be asked at the same time; none when every impact lies inside.
    """
    request = evidence.request
    found = []
    for impact in impacts:
        read = impact.slo.total or impact.slo.ratio
        if read is None:
            continue
        start, end = read.start, read.end
        if isinstance(impact.start, Known):
            start = min(start, _stated_instant(impact.start, start + _PAD) - _PAD)
        elif "start" in impact.touches and request.since is None:
            anchor = evidence.pagerduty.incident.created_at if evidence.pagerduty else read.end
            start = max(read.start - (anchor - read.start), anchor - _MOST_BEFORE)
        if isinstance(impact.end, Known):
            end = min(request.as_of, max(end, _stated_instant(impact.end, end - _PAD) + _PAD))
        elif "end" in impact.touches and request.until is None:
            end = min(request.as_of, read.end + max(_AFTER, (read.end - read.start) / 2))
        if (start, end) != (read.start, read.end) and end > start:
            found.append(AskCounters(impact.slo.definition.name, Window(start, end)))
    return tuple(found)


def _stated_instant(fact: Known, otherwise: datetime) -> datetime:
    """The instant of a fact that a human stated; another one for facts that were found, which lie inside anyway."""
    return fact.instant if fact.basis is Basis.STATED else otherwise


def next_questions(evidence: Evidence, settings: Settings, impacts: Sequence[Impact]) -> tuple[Question, ...]:
    """What depends on start and recovery: budget windows, the alerts' lives, what a replay needs, panels.

    Args:
        evidence: All that is known so far.
        settings: The configuration.
        impacts: The impacts found in it.

    Returns:
        Questions that can all be asked at the same time.
    """
    moved = [impact for impact in impacts if impact.moved]
    found: list[Question] = []
    if settings.prometheus is not None:
        for impact in moved:
            found += _about_slo(impact, evidence.request.as_of)
        names = _alerts_of_interest(evidence, settings)
        if names:
            found.append(AskAlerts(names, _reaching(evidence, moved, parse_duration(settings.hold))))
        found += replay_questions(evidence, moved, parse_duration(settings.hold))
    found += _changes_again(evidence, settings, moved)
    found += _about_panels(evidence, settings, moved)
    return tuple(found)


def _about_panels(evidence: Evidence, settings: Settings, moved: Sequence[Impact]) -> Iterator[Question]:
    """The panels of the services the incident names and of those that moved with it, not of every configured one."""
    if evidence.grafana is None:
        return
    window = _shown_window(evidence, moved)
    named = concerned_services(evidence, settings)
    having = {service.name for service in settings.services if service.dashboards}
    affected = tuple(dict.fromkeys((*named, *(impact.slo.definition.service for impact in moved))))
    also = tuple(name for name in affected if named and name not in named and name in having)
    if not having.intersection(named or having):
        yield AskDashboards(named_dashboards(evidence), named, window, also)
    elif evidence.grafana.dashboards or also:
        yield AskPanels(window, affected if having.intersection(affected) else (), also)


def _about_slo(impact: Impact, as_of: datetime) -> Iterator[Question]:
    definition, window = impact.slo.definition, impact.window
    counted = impact.slo.total is not None
    if counted and window is not None and timedelta(0) < window.end - window.start < _LONGEST_USUAL:
        yield AskUsual(definition.name, window)
    planned = plan(impact, as_of) if definition.budget_ratio > 0 and (impact.slo.total or impact.slo.ratio) else None
    yield from (AskTotals(definition.name, each) for each in (planned.asked if planned else ()))


def _alerts_of_interest(evidence: Evidence, settings: Settings) -> tuple[str, ...]:
    """The incident's alerts by name, and those that watch its services; without SLOs those of every configured one."""
    names = {*alert_names(evidence.pagerduty), *watching_alerts(evidence)}
    if not names and not any(slo.named for slo in evidence.slos):
        services = {service.name for service in settings.services}
        names = {rule.name for rule in evidence.alert_rules if rule.labels.get("service") in services}
    return tuple(sorted(names))


def _changes_again(evidence: Evidence, settings: Settings, impacts: Sequence[Impact]) -> Iterator[Question]:
    """What changed before an impact that began long before its incident, which was not looked for yet."""
    window = _reaching(evidence, impacts, _CHANGES_BEFORE)
    if window == searched_window(evidence):
        return
    if evidence.pagerduty is not None:
        yield AskServiceChanges(window)
    if settings.prometheus is not None:
        yield from (
            AskChanges(service.name, service.changes, window) for service in settings.services if service.changes
        )
    if evidence.grafana is not None:
        yield AskAnnotations(window)


def _reaching(evidence: Evidence, impacts: Sequence[Impact], before: timedelta) -> Window:
    """The searched window, from so long before the first start on; ``--since`` bounds it all the same."""
    searched = searched_window(evidence)
    starts = [impact.start.instant - before for impact in impacts if isinstance(impact.start, Known)]
    if evidence.request.since is not None:
        return searched
    return Window(min([searched.start, *starts]), searched.end)


def _shown_window(evidence: Evidence, impacts: Sequence[Impact]) -> Window:
    """The impact with half an hour around it, or the incident's own time when no SLI moved."""
    starts = [impact.start.instant for impact in impacts if isinstance(impact.start, Known)]
    ends = [window.end for impact in impacts if (window := impact.window)]
    searched = searched_window(evidence)
    record = evidence.pagerduty
    instants: list[datetime] = [*starts, *ends]
    if record is not None:
        instants.append(record.incident.created_at)
    if not instants:
        return searched
    shown = Window(min(instants), max(instants)).widen(_PANEL_PAD, _PANEL_PAD)
    return Window(shown.start, min(shown.end, evidence.request.as_of))
