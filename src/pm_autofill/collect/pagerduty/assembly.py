"""Puts the answers about an incident together: a record, its sources and its gaps."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.collect.observation import Observed, reach
from pm_autofill.collect.pagerduty.incidents import other, read_incidents, read_others, sort_neighbours
from pm_autofill.collect.pagerduty.log import read_log, read_trigger_alerts
from pm_autofill.collect.pagerduty.questions import (
    ANALYTICS,
    EARLIER,
    FOREIGN_WINDOW,
    MERGED_LOG,
    OPTIONAL,
    SAME_ALERT,
    SERVICE_CHANGES,
)
from pm_autofill.collect.pagerduty.reading import SYSTEM, in_order
from pm_autofill.collect.pagerduty.shapes import complete_alerts, read_alerts, read_analytics, read_changes, read_notes
from pm_autofill.errors import SourceError, SourceRejected
from pm_autofill.evidence.completeness import of_incident
from pm_autofill.evidence.incident import BESIDE, AgentKind, IncidentRecord
from pm_autofill.evidence.readings import NOT_ASKED, Answered, State
from pm_autofill.evidence.record import Gap, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pm_autofill.collect.pagerduty.asking import Question
    from pm_autofill.collect.pagerduty.pages import Pages
    from pm_autofill.evidence.incident import Incident, LogEntry, OtherIncident

_RUN_AGAIN = "Run it again later; if it stays so, look at the incident in PagerDuty."


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one question.

    Attributes:
        question: What was asked.
        pages: What came back; None when nothing did.
        source: The proof of it; None when nothing came.
        error: Why nothing came; None when something did.
    """

    question: Question
    pages: Pages | None = None
    source: Source | None = None
    error: SourceError | None = None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be had."""
        if self.error is not None:
            return gaps_of(self.question, self.error)
        optional = self.pages is None or self.question.part in OPTIONAL
        return () if optional or self.pages is None else self.pages.gaps(self.question.what)


@dataclass(frozen=True, slots=True)
class _Filled:
    """A record with one more part, and why objects of that part were skipped."""

    record: IncidentRecord
    gaps: tuple[Gap, ...] = ()


def gaps_of(question: Question, error: SourceError) -> tuple[Gap, ...]:
    """The gap an error leaves; none for what a draft is whole without, or the plan does not include.

    Args:
        question: What was asked.
        error: Why there is no answer.
    """
    if question.part in OPTIONAL or _is_not_in_plan(error):
        return ()
    return (Gap(source=SYSTEM, what=question.what, reason=error.message, hint=error.hint),)


def _is_not_in_plan(error: SourceError) -> bool:
    return isinstance(error, SourceRejected) and error.status == HTTPStatus.PAYMENT_REQUIRED


def assemble(record: IncidentRecord, settled: Iterable[Settled]) -> Observed[IncidentRecord]:
    """Put what was answered about an incident into its record.

    Args:
        record: The incident with what was known of it before.
        settled: What became of the questions about it.

    Returns:
        The record, the sources of its parts, and the gaps: answers that did not come, and objects that could not be
        read.
    """
    sources: dict[str, Source] = {}
    gaps: list[Gap] = []
    readings: dict[str, Answered] = {}
    for one in settled:
        part, lacking = one.question.part, list(one.gaps)
        if one.pages is not None and one.source is not None:
            filled = _filler(part)(record, one.pages, one.question)
            lacking += () if part in OPTIONAL else filled.gaps
            sources[one.question.source_id] = one.source
            record = replace(filled.record, sources={**filled.record.sources, part: one.question.source_id})
        readings[of_incident(part)] = _reach(one, lacking)
        gaps += lacking
    return Observed(record, sources, tuple(gaps), readings)


def _reach(settled: Settled, gaps: Sequence[Gap]) -> Answered:
    """How far a question was answered; one that the plan does not include was as good as not asked."""
    error = settled.error
    if error is None and settled.pages is not None and not gaps and settled.pages.key and not settled.pages.count:
        return Answered(state=State.EMPTY)
    if error is not None and _is_not_in_plan(error):
        return NOT_ASKED
    if error is not None and not gaps:
        return Answered(state=State.REFUSED, missing=settled.question.what)
    return reach({} if settled.source is None else {settled.question.source_id: settled.source}, gaps)


def _filler(part: str) -> Callable[[IncidentRecord, Pages, Question], _Filled]:
    """What takes in the answer to a part."""
    if part.startswith(MERGED_LOG):
        return _fill_merged_log
    return _fill_same_alert if part.startswith(SAME_ALERT) else _FILL[part]


def _fill_same_alert(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The incidents of one of its alerts, on whichever service, and those among them that were merged into it."""
    found = read_incidents(pages.objects, pages.zone)
    own = record.incident.id
    merged = [other(one, "merged") for one in found.items if one.merged_into == own]
    same = [other(one, "same alert") for one in found.items if one.id != own and not one.merged_into]
    record = replace(record, merged=in_order((*record.merged, *merged)), others=_joined(same, record.others))
    return _Filled(record, found.gaps(question.what))


def _fill_analytics(record: IncidentRecord, pages: Pages, _: Question) -> _Filled:
    """PagerDuty's own figures."""
    return _Filled(replace(record, analytics=read_analytics(next(pages.objects))))


def _fill_log(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The log; it also tells who opened the incident, and of alerts that came without a body."""
    log = read_log(pages.objects, pages.zone)
    incident = record.incident
    opening = next((entry.agent for entry in log.items if entry.type == "trigger"), incident.opened_by)
    if incident.opened_by.kind is AgentKind.UNKNOWN:
        incident = replace(incident, opened_by=opening)
    alerts = complete_alerts(record.alerts, read_trigger_alerts(pages.objects, pages.zone))
    incident = replace(incident, alert_count=max(incident.alert_count, len(alerts)))
    gaps = log.gaps(question.what) or _headless(log.items, pages, question.what)
    return _Filled(replace(record, incident=incident, log=log.items, alerts=alerts), gaps)


def _fill_merged_log(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The log of an incident that was merged into this one."""
    log = read_log(pages.objects, pages.zone)
    logs = {**record.merged_logs, question.part.removeprefix(MERGED_LOG): log.items}
    gaps = log.gaps(question.what) or _headless(log.items, pages, question.what)
    return _Filled(replace(record, merged_logs=logs), gaps)


def _headless(entries: Sequence[LogEntry], pages: Pages, what: str) -> tuple[Gap, ...]:
    """The gap of a log without the entry every incident begins with: what is there is not the log."""
    if pages.failure is not None or any(entry.type == "trigger" for entry in entries):
        return ()
    reason = "it holds no entry of the trigger, with which every incident begins"
    return (Gap(source=SYSTEM, what=what, reason=reason, hint=_RUN_AGAIN),)


def _fill_alerts(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The alerts."""
    alerts = read_alerts(pages.objects, pages.zone)
    told, came = record.incident.alert_count, len(alerts.items)
    gaps = alerts.gaps(question.what)
    if came < told and not gaps and pages.failure is None:
        reason = f"PagerDuty counts {told} and lists {came}"
        gaps = (Gap(source=SYSTEM, what=question.what, reason=reason, hint=_RUN_AGAIN),)
    incident = replace(record.incident, alert_count=max(told, came))
    return _Filled(replace(record, incident=incident, alerts=alerts.items), gaps)


def _fill_notes(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The notes."""
    notes = read_notes(pages.objects, pages.zone)
    return _Filled(replace(record, notes=notes.items), notes.gaps(question.what))


def _fill_changes(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The change events; one that PagerDuty relates to the incident and that is its service's stands as the first."""
    changes = read_changes(pages.objects, pages.zone)
    return _Filled(replace(record, changes=in_order((*record.changes, *changes.items))), changes.gaps(question.what))


def _fill_others(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """Past or related incidents, which a draft is whole without: those that cannot be read leave no gap."""
    others = read_others(pages.objects, question.part, record.incident)
    return _Filled(replace(record, others=_joined(record.others, others.items)))


def _fill_window(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The incidents beside it, and those among them that were merged into it."""
    window = read_incidents(pages.objects, pages.zone)
    gaps = window.gaps(question.what) or _without_own(record.incident, window.items, pages, question)
    beside = sort_neighbours(window.items, record.incident)
    merged = in_order((*record.merged, *beside.merged))
    others = _joined(record.others, beside.others)
    return _Filled(replace(record, merged=merged, others=others), gaps)


def _without_own(own: Incident, found: Sequence[Incident], pages: Pages, question: Question) -> tuple[Gap, ...]:
    """The gap of a list of incidents that lacks the one it was asked for: whatever it is, it is not all of them."""
    start, end = question.start, question.end
    due = question.part != FOREIGN_WINDOW and start is not None and end is not None and start <= own.created_at < end
    if not due or pages.failure is not None or any(one.id == own.id for one in found):
        return ()
    reason = f"the list lacks incident {own.id} itself, so that others may be missing, too"
    return (Gap(source=SYSTEM, what=question.what, reason=reason, hint=_RUN_AGAIN),)


def _joined(first: Iterable[OtherIncident], second: Iterable[OtherIncident]) -> tuple[OtherIncident, ...]:
    """Other incidents, each once as one beside it and once as one like it; of two the first."""
    unique: dict[tuple[str, bool], OtherIncident] = {}
    for one in (*first, *second):
        unique.setdefault((one.id, one.relation in BESIDE), one)
    return tuple(sorted(unique.values(), key=lambda one: one.at))


def _fill_earlier(record: IncidentRecord, pages: Pages, question: Question) -> _Filled:
    """The incidents of the week before, without those that were merged into others."""
    week = read_incidents(pages.objects, pages.zone)
    own = [one for one in week.items if one.id != record.incident.id and not one.merged_into]
    gaps = week.gaps(question.what) or _without_own(record.incident, week.items, pages, question)
    return _Filled(replace(record, earlier=tuple(other(one, EARLIER) for one in own)), gaps)


_FILL: dict[str, Callable[[IncidentRecord, Pages, Question], _Filled]] = {
    "alerts": _fill_alerts,
    "log": _fill_log,
    "notes": _fill_notes,
    "changes": _fill_changes,
    SERVICE_CHANGES: _fill_changes,
    "past": _fill_others,
    "related": _fill_others,
    "window": _fill_window,
    FOREIGN_WINDOW: _fill_window,
    EARLIER: _fill_earlier,
    ANALYTICS: _fill_analytics,
}
