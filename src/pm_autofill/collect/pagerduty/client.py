"""PagerDuty as a collector: an incident first, then everything about it at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from pm_autofill.collect.observation import Observed, Probe
from pm_autofill.collect.pagerduty.asking import Interviewer, Question
from pm_autofill.collect.pagerduty.assembly import Settled, assemble
from pm_autofill.collect.pagerduty.incidents import other, read_incident, read_incidents
from pm_autofill.collect.pagerduty.pages import Pages, read_object, read_once, read_pages, read_stretches
from pm_autofill.collect.pagerduty.questions import (
    ANALYTICS,
    MERGED_LOG,
    OPTIONAL,
    PAGED,
    SAME_ALERT,
    ask_beside,
    ask_details,
    ask_further,
    ask_incident,
    ask_resolved,
    ask_service_changes,
    ask_window,
)
from pm_autofill.collect.pagerduty.reading import SYSTEM, Unreadable
from pm_autofill.collect.pagerduty.reference import ACCEPTED, parse_reference
from pm_autofill.collect.pagerduty.services import find_services
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import CredentialsRefused, NotFound, SourceError, SourceRejected, SourceUnavailable
from pm_autofill.evidence.incident import Incident, IncidentRecord
from pm_autofill.evidence.record import Gap, Source
from pm_autofill.instants import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pagerduty import RestApiV2Client

    from pm_autofill.collect.transport.policy import Policy

MOST_MERGES = 10
_LONGEST_OPEN = timedelta(days=30)
# Past incidents and PagerDuty's own figures are nice to have: a draft does not wait for them.
_OPTIONAL_SECONDS = 5.0


class PagerDuty:
    """Reads incidents; nothing is ever changed there."""

    def __init__(self, client: RestApiV2Client, policy: Policy) -> None:
        """Contact nothing yet.

        Args:
            client: Made by ``connect_pagerduty`` with the same policy.
            policy: How PagerDuty is asked; holds the run's deadline.
        """
        self._interviewer = Interviewer(client, policy)

    def incident(self, reference: str) -> Observed[IncidentRecord]:
        """Round 1: the incident itself; one that was merged away is followed to its target.

        Args:
            reference: An id, a number or the address of the incident's page, as typed.

        Returns:
            A record of which the incident and ``merged`` are filled. Where a merge leads nowhere, the last incident
            that could be read, and a gap.

        Raises:
            UsageError: The reference is none.
            NotFound: PagerDuty has no such incident.
            CredentialsRefused: The token is refused, or may not see this incident.
            SourceRejected: PagerDuty said no for another reason.
            SourceUnavailable: PagerDuty did not answer, or not with an incident.
        """
        key = parse_reference(reference)
        try:
            chain = [self._read_incident(key)]
        except SourceRejected as error:
            raise _explained(error, key) from None
        gaps: tuple[Gap, ...] = ()
        while chain[-1][0].merged_into and not gaps:
            step = self._follow([incident for incident, _ in chain])
            if isinstance(step, Gap):
                gaps = (step,)
            else:
                chain.append(step)
        *merged, (incident, source) = chain
        if not incident.merge_told:
            what = f"whether incident {incident.id} was merged into another"
            hint = "Look at its page in PagerDuty; where it was merged, name the incident that holds the alerts now."
            gaps = (Gap(source=SYSTEM, what=what, reason=f"{SYSTEM}'s answer does not say", hint=hint),)
        sources = {"pagerduty.incident": source}
        sources |= {f"pagerduty.incident.{one.id}": proof for one, proof in merged}
        record = IncidentRecord(
            incident=incident,
            merged=tuple(other(one, "merged") for one, _ in merged),
            sources={"incident": "pagerduty.incident"},
        )
        return Observed(record, sources, gaps)

    def details(self, record: IncidentRecord, beside: Window | None = None) -> Observed[IncidentRecord]:
        """Round 2: all that belongs to the incident, asked at once.

        Args:
            record: What ``incident`` gave.
            beside: Where to look for other incidents and changes of the same service; None not to.

        Returns:
            The record with log, alerts, notes, changes and other incidents, and the logs of incidents merged into it.
            What could not be had is a gap, except what a plan does not include.
        """
        incident = record.incident
        questions = [*ask_details(incident), *ask_further(record, None, ())]
        if beside is not None and incident.service_id:
            questions += ask_beside(incident, beside)
        so_far, asked = record, {question.part for question in questions}

        def further(settled: Settled) -> list[Question]:
            nonlocal so_far
            so_far = assemble(so_far, [settled]).value
            raised = ask_further(so_far, beside, asked)
            asked.update(question.part for question in raised)
            return raised

        settled = {one.question.part: one for one in self._settle(questions, incident.created_at, further)}
        # Put together in the order of the questions, whichever was answered first.
        observed, asked = Observed(record), set()
        while questions:
            asked |= {question.part for question in questions}
            more = assemble(observed.value, [settled[question.part] for question in questions])
            observed = Observed(
                more.value,
                {**observed.sources, **more.sources},
                observed.gaps + more.gaps,
                {**observed.readings, **more.readings},
            )
            questions = ask_further(observed.value, beside, asked)
        return observed

    def service_changes(self, record: IncidentRecord, window: Window) -> Observed[IncidentRecord]:
        """Round 3, where the impact began long before the incident: its service's changes from before it, too.

        Args:
            record: What ``details`` gave.
            window: Where to look.
        """
        incident = record.incident
        questions = [ask_service_changes(incident, window)] if incident.service_id else []
        return assemble(record, self._settle(questions, incident.created_at))

    def alerts(self, record: IncidentRecord) -> Observed[IncidentRecord]:
        """The alerts of the incident alone, for those who must know their labels before anything else.

        Args:
            record: What ``incident`` gave.
        """
        questions = [question for question in ask_details(record.incident) if question.part == "alerts"]
        return assemble(record, self._settle(questions, record.incident.created_at))

    def in_window(self, services: Sequence[str], since: datetime, until: datetime) -> Observed[tuple[Incident, ...]]:
        """The incidents of services that were created in a window.

        Args:
            services: Ids or names.
            since: Start of the window.
            until: End of the window.

        Returns:
            The incidents by time of creation. Services that do not exist and answers that could not be had are gaps.
        """
        found = find_services(self._interviewer, services)
        if not found.value:
            return Observed((), {}, found.gaps)
        question = ask_window(found.value, Window(since, until), "the incidents in the window")
        settled = self._settle([question], since)[0]
        if settled.pages is None or settled.source is None:
            return Observed((), {}, found.gaps + settled.gaps)
        reading = read_incidents(settled.pages.objects, settled.pages.zone)
        gaps = found.gaps + settled.gaps + reading.gaps(question.what)
        return Observed(reading.items, {question.source_id: settled.source}, gaps)

    def resolved(self, services: Sequence[str], since: datetime, until: datetime) -> Observed[tuple[Incident, ...]]:
        """The incidents of services that were resolved in a window, and created at most 30 days before it.

        Args:
            services: Ids or names.
            since: Start of the window.
            until: End of the window.

        Returns:
            The incidents by time of creation, without those merged into others. What could not be had is a gap.
        """
        found = find_services(self._interviewer, services)
        if not found.value:
            return Observed((), {}, found.gaps)
        question = ask_resolved(found.value, Window(since - _LONGEST_OPEN, until))
        settled = self._settle([question], since - _LONGEST_OPEN)[0]
        if settled.pages is None:
            return Observed((), {}, found.gaps + settled.gaps)
        reading = read_incidents(settled.pages.objects, settled.pages.zone)
        resolved = (one for one in reading.items if one.resolved_at and since <= one.resolved_at < until)
        gaps = found.gaps + settled.gaps + reading.gaps(question.what)
        return Observed(tuple(one for one in resolved if not one.merged_into), {}, gaps)

    def probe(self) -> tuple[Probe, ...]:
        """What ``doctor`` wants to know: reach, token, rights, clock and region."""
        from pm_autofill.collect.pagerduty.probes import probe_pagerduty

        return probe_pagerduty(self._interviewer)

    def _read_incident(self, key: str) -> tuple[Incident, Source]:
        """One incident and its source.

        Raises:
            SourceError: It could not be had.
        """
        question = ask_incident(key)
        answer = self._interviewer.ask(question)
        try:
            with answer.opened() as body:
                incident = read_incident(body.get(question.key), answer.zone)
        except Unreadable as error:
            message = f"{SYSTEM}'s answer to the question for {question.what} cannot be used: it has {error}"
            hint = "Check that pagerduty.url leads to PagerDuty's REST API."
            raise SourceUnavailable(SYSTEM, message, hint) from None
        return incident, self._interviewer.source(question, [answer], incident.url)

    def _follow(self, chain: Sequence[Incident]) -> tuple[Incident, Source] | Gap:
        """The incident the last one was merged into, or why it cannot be had."""
        last = chain[-1]
        target = last.merged_into
        what = f"incident {target}, into which {last.id} was merged"
        if len(chain) > MOST_MERGES or target in {incident.id for incident in chain}:
            hint = "Name the incident that holds the alerts now."
            return Gap(source=SYSTEM, what=what, reason="the merges lead in a circle or never end", hint=hint)
        try:
            return self._read_incident(target)
        except SourceError as error:
            return Gap(source=SYSTEM, what=what, reason=error.message, hint=error.hint)

    def _settle(
        self,
        questions: Sequence[Question],
        start: datetime,
        further: Callable[[Settled], Sequence[Question]] | None = None,
    ) -> list[Settled]:
        """Put questions at once, and those that an answer raises as soon as it has come.

        Args:
            questions: They.
            start: Where a log too long for paging is halved from.
            further: Given what became of a question, those it raises.
        """
        asked: dict[str, Question] = {}
        settled: dict[str, Settled] = {}

        def ask(some: Sequence[Question]) -> dict[str, Callable[[], Pages]]:
            named = {f"{SYSTEM}: {question.what}": question for question in some}
            asked.update(named)
            return {name: partial(self._read, question, start) for name, question in named.items()}

        def then(name: str, result: Pages | SourceError) -> dict[str, Callable[[], Pages]]:
            settled[name] = self._settled(asked[name], result)
            return ask(further(settled[name])) if further is not None else {}

        deadline = self._interviewer.policy.deadline
        optional = {f"{SYSTEM}: {question.what}" for question in questions if question.part in OPTIONAL}
        results = gather(ask(questions), deadline, optional, deadline.within(_OPTIONAL_SECONDS), then)
        return [settled.get(name) or self._settled(asked[name], result) for name, result in results.items()]

    def _read(self, question: Question, start: datetime) -> Pages:
        """Everything one question brings."""
        if question.part == "log" or question.part.startswith(MERGED_LOG):
            return read_stretches(self._interviewer, question, start)
        if question.part == ANALYTICS:
            return read_object(self._interviewer, question)
        is_paged = question.part in PAGED or question.part.startswith(SAME_ALERT)
        return (read_pages if is_paged else read_once)(self._interviewer, question)

    def _settled(self, question: Question, result: Pages | SourceError) -> Settled:
        """What became of a question."""
        if isinstance(result, SourceError):
            return Settled(question, error=result)
        return Settled(question, result, self._interviewer.source(question, result.answers))


def _explained(error: SourceRejected, key: str) -> SourceRejected:
    """Why an incident cannot be had, with what to do about it."""
    if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.GONE}:
        message = f"{SYSTEM} has no incident {key} (HTTP {error.status})"
        return NotFound(
            SYSTEM, message, f"{ACCEPTED} Accounts have their own, and each region too.", status=error.status
        )
    if error.status == HTTPStatus.FORBIDDEN:
        hint = (
            "Use a read-only account key, or an app token with incidents.read: "
            "a user's token can lose an incident once it is resolved."
        )
        return CredentialsRefused(SYSTEM, error.message, hint, status=error.status)
    return error
