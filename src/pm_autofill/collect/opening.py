"""The first round: the incident, or what PagerDuty knows of a service's window; and the SLOs to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.collect.rounds import as_asked, gap_of, take_in, with_gaps
from pm_autofill.errors import SourceError, UsageError
from pm_autofill.evidence.incident import IncidentRecord, OtherIncident
from pm_autofill.evidence.slos import SloEvidence
from pm_autofill.slo import configured

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pm_autofill.collect.sources import Sources
    from pm_autofill.config.settings import ServiceSettings, Settings
    from pm_autofill.evidence.incident import Incident
    from pm_autofill.evidence.record import Evidence


def open_incident(evidence: Evidence, reference: str, sources: Sources) -> Evidence:
    """Read the incident itself.

    Args:
        evidence: What the run begins with.
        reference: Id, number or URL as typed.
        sources: The collectors.

    Returns:
        The evidence with the incident.

    Raises:
        AutofillError: It could not be read.
    """
    found = sources.pagerduty().incident(reference)
    if evidence.request.rewound and found.value.incident.created_at > evidence.request.as_of:
        message = (
            f"the incident was created after {evidence.request.as_of:%Y-%m-%d %H:%M:%S} UTC, which --as-of takes as now"
        )
        raise UsageError(message, "Give a later --as-of.")
    record = as_asked(found.value, evidence.request)
    return take_in(replace(evidence, pagerduty=record), found)


def open_window(
    evidence: Evidence, service: ServiceSettings, since: datetime, until: datetime, sources: Sources
) -> Evidence:
    """Ask PagerDuty for a service's incidents in a window; the first is taken, the others are listed.

    Args:
        evidence: What the run begins with.
        service: The configured service.
        since: Start of the window.
        until: End of the window.
        sources: The collectors.

    Returns:
        The evidence with the incident, or without one; with a gap when PagerDuty could not be asked.
    """
    try:
        found = sources.pagerduty().in_window(service.pagerduty or (service.name,), since, until)
    except (SourceError, UsageError) as error:
        return with_gaps(evidence, (gap_of(error, f"incidents of {service.name}", "PagerDuty"),))
    evidence = take_in(evidence, found)
    if not found.value:
        return evidence
    first, *others = found.value
    source = next(iter(found.sources), "")
    record = IncidentRecord(
        incident=first, others=tuple(_neighbour(one) for one in others), sources={"incident": source}
    )
    return replace(evidence, pagerduty=as_asked(record, evidence.request))


def choose_slos(evidence: Evidence, settings: Settings, folder: Path) -> Evidence:
    """Put the configured SLOs into the evidence, marked where the incident (or the request) names their service.

    Args:
        evidence: With the incident, where there is one.
        settings: The configuration.
        folder: Where the names of files in it start.

    Returns:
        The evidence with the definitions, and a gap when the named service has none.

    Raises:
        UsageError: A definition is wrong, or ``--service`` names none.
    """
    definitions, gaps = configured.load(settings, folder)
    evidence = with_gaps(evidence, gaps)
    record = evidence.pagerduty
    if evidence.request.service:
        named: tuple[str, ...] = (find_service(settings, evidence.request.service).name,)
    elif record is not None:
        key = {"service_id": record.incident.service_id, "service": record.incident.service}
        named = configured.named_services(settings, **key)
        if not named:
            evidence = with_gaps(evidence, (configured.no_service(settings, **key),))
    else:
        named = ()
    without = [name for name in named if not any(one.service == name for one in definitions)]
    evidence = with_gaps(evidence, (configured.no_slo(name) for name in without))
    if settings.prometheus is None and definitions:
        evidence = with_gaps(evidence, (configured.no_prometheus(),))
    slos = tuple(SloEvidence(definition=one, named=one.service in named) for one in definitions)
    return replace(evidence, slos=slos)


def find_service(settings: Settings, name: str) -> ServiceSettings:
    """The configured service of that name.

    Raises:
        UsageError: There is none.
    """
    for service in settings.services:
        if service.name == name:
            return service
    message = f"--service {name!r} is not configured"
    known = ", ".join(service.name for service in settings.services) or "none"
    raise UsageError(message, f"Configured services: {known}.")


def _neighbour(incident: Incident) -> OtherIncident:
    return OtherIncident(
        id=incident.id,
        title=incident.title,
        url=incident.url,
        at=incident.created_at,
        relation="same window",
        number=incident.number,
    )
