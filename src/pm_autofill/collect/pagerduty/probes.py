"""What ``doctor`` looks at in PagerDuty: reach, token, rights, clock and region."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from pm_autofill.collect.observation import Probe
from pm_autofill.collect.pagerduty.asking import Answer, Question
from pm_autofill.collect.pagerduty.fields import identifier, mapping, sequence
from pm_autofill.collect.pagerduty.reading import SYSTEM
from pm_autofill.collect.transport.background import gather
from pm_autofill.errors import CredentialsRefused, SourceError, SourceRejected

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.collect.pagerduty.asking import Interviewer

# A Date header has whole seconds, and an answer takes its time to arrive.
_CLOCK_TOLERANCE = 5.0
_NOT_OFFERED = frozenset({HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_REGIONS = {"api.pagerduty.com": "US", "api.eu.pagerduty.com": "EU"}
_INCIDENTS = Question(
    part="probe", what="the newest incident", path="/incidents", key="incidents", parameters={"limit": "1"}
)
# What a draft needs of an incident, and what it merely uses where the plan has it.
_NEEDED = {"log_entries": "logs readable", "alerts": "alerts readable", "notes": "notes readable"}
_USED = {
    "related_change_events": "change events",
    "past_incidents": "past incidents",
    "related_incidents": "related incidents",
}
_OF_SERVICE = "change events of the service"
_ACCOUNT = {"/abilities": "abilities", "/priorities": "priorities"}


def probe_pagerduty(interviewer: Interviewer) -> tuple[Probe, ...]:
    """Try what a run needs.

    Args:
        interviewer: Asks.

    Returns:
        One probe for each thing tried; those that could not be tried say so.
    """
    region = _probe_region(interviewer)
    try:
        answer = interviewer.ask(_INCIDENTS)
    except SourceError as error:
        return (region, *_probes_of_failure(error))
    passed = (
        Probe(source=SYSTEM, name="reachable", ok=True, detail=interviewer.policy.endpoint.url),
        Probe(source=SYSTEM, name="token accepted", ok=True, detail="accepted"),
        Probe(source=SYSTEM, name="incidents readable", ok=True, detail="readable"),
    )
    return (region, *passed, probe_clock(answer.date_header, answer.retrieved_at), *_probe_rights(interviewer, answer))


def probe_clock(date_header: str, retrieved_at: datetime) -> Probe:
    """Compare this machine's clock with PagerDuty's.

    Args:
        date_header: PagerDuty's clock as it wrote it, in whole seconds.
        retrieved_at: When the answer was complete, by this machine's clock.

    Returns:
        Whether both agree within 5 seconds; None when PagerDuty told no time.

    Formula: skew = time of arrival - Date header, in seconds
    Source: RFC 9110, 6.6.1 (Date)
    """
    name = "clock"
    try:
        told = parsedate_to_datetime(date_header)
    except ValueError:
        return Probe(source=SYSTEM, name=name, ok=None, detail=f"{SYSTEM} told no time")
    if told.tzinfo is None:
        return Probe(source=SYSTEM, name=name, ok=None, detail=f"{SYSTEM} told no time")
    skew = (retrieved_at - told).total_seconds()
    if abs(skew) <= _CLOCK_TOLERANCE:
        return Probe(source=SYSTEM, name=name, ok=True, detail=f"agrees within {_CLOCK_TOLERANCE:.0f} s")
    direction = "ahead of" if skew > 0 else "behind"
    detail = f"this machine is {abs(skew):.0f} s {direction} {SYSTEM}"
    return Probe(source=SYSTEM, name=name, ok=False, detail=detail, hint="Set this machine's clock by NTP.")


def _probe_region(interviewer: Interviewer) -> Probe:
    """Which of PagerDuty's regions is configured."""
    endpoint = interviewer.policy.endpoint
    region = _REGIONS.get(endpoint.host)
    if region is None:
        return Probe(source=SYSTEM, name="region", ok=None, detail=f"{endpoint.netloc} is neither region's API")
    return Probe(source=SYSTEM, name="region", ok=True, detail=region)


def _probes_of_failure(error: SourceError) -> tuple[Probe, ...]:
    """What the failure of the first question says about reach, token and rights."""
    answered = isinstance(error, SourceRejected)
    accepted = answered and not isinstance(error, CredentialsRefused)
    steps = {"reachable": answered, "token accepted": accepted, "incidents readable": False}
    probes: list[Probe] = []
    for name, ok in steps.items():
        if ok:
            probes.append(Probe(source=SYSTEM, name=name, ok=True, detail="yes"))
            continue
        if not any(probe.ok is False for probe in probes):
            probes.append(Probe(source=SYSTEM, name=name, ok=False, detail=error.message, hint=error.hint))
        else:
            probes.append(Probe(source=SYSTEM, name=name, ok=None, detail="could not be tried"))
    return tuple(probes)


def _probe_rights(interviewer: Interviewer, newest: Answer) -> tuple[Probe, ...]:
    """What the token may read: of the newest incident and its service, and of the account."""
    questions = [
        (Question(part="probe", what=name, path=path, key="", parameters={"limit": "1"}), name, False)
        for path, name in _ACCOUNT.items()
    ]
    with newest.opened() as body:
        incident = next((mapping(one) for one in sequence(body.get("incidents"))), {})
    service = identifier(mapping(incident.get("service")).get("id"))
    paths = {f"/services/{service}/change_events": _OF_SERVICE} if service else {}
    if found := identifier(incident.get("id")):
        paths |= {f"/incidents/{found}/{sub_path}": name for sub_path, name in {**_NEEDED, **_USED}.items()}
    for path, name in paths.items():
        question = Question(part="probe", what=name, path=path, key="", parameters={})
        questions.append((question, name, name in _NEEDED.values()))
    tasks = {f"{SYSTEM}: {name}": partial(interviewer.ask, question) for question, name, _ in questions}
    results = gather(tasks, interviewer.policy.deadline).values()
    return tuple(
        _probe_of(name, result, is_needed=is_needed)
        for (_, name, is_needed), result in zip(questions, results, strict=True)
    )


def _probe_of(name: str, result: Answer | SourceError, *, is_needed: bool) -> Probe:
    """What one question says about a right."""
    if not isinstance(result, SourceError):
        return Probe(source=SYSTEM, name=name, ok=True, detail="readable")
    is_optional = not is_needed and isinstance(result, SourceRejected) and result.status in _NOT_OFFERED
    if is_optional:
        return Probe(source=SYSTEM, name=name, ok=None, detail="not in the plan, or not for this token; not needed")
    return Probe(source=SYSTEM, name=name, ok=False, detail=result.message, hint=result.hint)
