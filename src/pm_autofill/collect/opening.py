"""The first round: the incident, or what PagerDuty knows of a service's window; and the SLOs to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pm_autofill.collect.intake import as_asked, gap_of, take_in, with_gaps
from pm_autofill.config.settings import ServiceSettings
from pm_autofill.errors import SourceError, UsageError
from pm_autofill.evidence.incident import IncidentRecord, OtherIncident
from pm_autofill.evidence.slos import SloEvidence
from pm_autofill.slo import configured

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pm_autofill.collect.sources import Sources
    from pm_autofill.config.settings import Settings
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


def choose_slos(evidence: Evidence, settings: Settings, folder: Path, sources: Sources) -> Evidence:
    """Put the SLOs to look at into the evidence, marked where the incident (or the request) names their service.

    The service is the configured one that stands for PagerDuty's, else one that a label of the alerts names. Where it
    has no SLO in the configuration, Prometheus is asked for those that Sloth's and Pyrra's rules tell of.

    Args:
        evidence: With the incident, where there is one.
        settings: The configuration.
        folder: Where the names of files in it start.
        sources: The collectors.

    Returns:
        The evidence with the definitions, and a gap when the named service has none.

    Raises:
        UsageError: A definition is wrong, or ``--service`` names none.
    """
    definitions, gaps = configured.load(settings, folder)
    sources.shares.allow_for(len(definitions))
    evidence = with_gaps(evidence, gaps)
    named, alerts = _named(evidence, settings, sources)
    without = tuple(name for name in named if not any(one.service == name for one in definitions))
    record = evidence.pagerduty
    if without or (not named and record is not None):
        from pm_autofill.collect.discovery import discover  # only where something is not configured

        evidence, found = discover(evidence, settings, without, alerts, sources)
        taken = {one.name for one in definitions}
        definitions += tuple(
            replace(one, name=f"{one.service}-{one.name}") if one.name in taken else one for one in found
        )
        named += tuple({one.service: None for one in found if one.service not in named})
        without = tuple(name for name in without if not any(one.service == name for one in found))
    if not named and record is not None:
        key = {"service_id": record.incident.service_id, "service": record.incident.service}
        evidence = with_gaps(evidence, (configured.no_service(settings, **key),))
    evidence = with_gaps(evidence, (configured.no_slo(name) for name in without))
    if settings.prometheus is None and definitions:
        evidence = with_gaps(evidence, (configured.no_prometheus(),))
    slos = tuple(SloEvidence(definition=one, named=one.service in named) for one in definitions)
    return replace(evidence, slos=slos)


def _named(
    evidence: Evidence, settings: Settings, sources: Sources
) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    """The configured services that are meant; and the labels of the alerts, where those had to be looked at."""
    if evidence.request.service:
        return (find_service(settings, evidence.request.service).name,), ()
    if evidence.pagerduty is None:
        return (), ()
    incident = evidence.pagerduty.incident
    named = configured.named_services(settings, service_id=incident.service_id, service=incident.service)
    if all(any(slo for slo in service.slos) for service in settings.services if service.name in named) and named:
        return named, ()
    alerts = _alert_labels(evidence.pagerduty, sources)
    return named or configured.labelled_services(settings, alerts), alerts


def _alert_labels(record: IncidentRecord, sources: Sources) -> tuple[dict[str, str], ...]:
    """Labels of the incident's alerts; none where they cannot be had, which the next round tells."""
    if not record.incident.alert_count:
        return ()
    found = sources.pagerduty().alerts(record).value
    return tuple(firing.labels for alert in found.alerts for firing in alert.firing)


def find_service(settings: Settings, name: str) -> ServiceSettings:
    """The configured service of that name.

    Raises:
        UsageError: There is none.
    """
    for service in settings.services:
        if service.name == name:
            return service
    if not settings.services and settings.prometheus is not None:
        return ServiceSettings(name=name)  # its SLOs may be found there
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
