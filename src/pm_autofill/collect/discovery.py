"""SLOs that nobody configured: asked of Prometheus, and chosen for the incident's service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.collect.intake import gap_of, take_in, with_gaps
from pm_autofill.errors import SourceError, UsageError
from pm_autofill.evidence.record import Gap

if TYPE_CHECKING:
    from pm_autofill.collect.sources import Sources
    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence.record import Evidence
    from pm_autofill.evidence.slos import SloDefinition
    from pm_autofill.slo.matching import Wanted

# A label such as namespace can match a whole platform, whose samples nobody could read.
_MOST = 50


def discover(
    evidence: Evidence,
    settings: Settings,
    services: tuple[str, ...],
    alerts: tuple[dict[str, str], ...],
    sources: Sources,
) -> tuple[Evidence, tuple[SloDefinition, ...]]:
    """Ask Prometheus for SLOs of the incident's service.

    Args:
        evidence: With the incident, where there is one.
        settings: The configuration.
        services: Configured services without SLOs that are meant; none where no configured service is.
        alerts: Labels of the incident's alerts.
        sources: The collectors.

    Returns:
        The evidence with the question's source or a gap; and the definitions, each telling how it was chosen. None
        where more match than one service has.
    """
    if settings.prometheus is None:
        return evidence, ()
    from pm_autofill.slo import discovered, matching  # rarely needed, and they bring the parser of PromQL

    try:
        observed = sources.prometheus().slo_rules(evidence.request.as_of)
    except (SourceError, UsageError) as error:
        return with_gaps(evidence, (gap_of(error, "SLOs in Prometheus' rules", "Prometheus"),)), ()
    found, _ = discovered.read(observed.value)
    chosen = {
        one.name: one
        for wanted in _wanted(evidence, settings, services, alerts)
        for one in matching.choose(found, wanted)
    }
    if not chosen:
        return with_gaps(evidence, observed.gaps), ()
    if len(chosen) > _MOST:
        return with_gaps(evidence, (_too_many(len(chosen)),)), ()
    return take_in(evidence, observed), tuple(chosen.values())


def _too_many(count: int) -> Gap:
    return Gap(
        source="Prometheus",
        what="SLOs in Prometheus' rules",
        reason=f"{count} of them match the incident's service, which is more than one service has",
        hint="Say --service NAME with a name that fits fewer, or write the service's SLOs into the configuration.",
    )


def _wanted(
    evidence: Evidence, settings: Settings, services: tuple[str, ...], alerts: tuple[dict[str, str], ...]
) -> list[Wanted]:
    """What is known of each service that is meant."""
    from pm_autofill.slo.matching import Wanted

    incident = evidence.pagerduty.incident if evidence.pagerduty else None
    names = tuple(filter(None, (incident.service,))) if incident else ()
    if not services and incident:
        return [Wanted(service=incident.service, alerts=alerts, names=names)]
    known = {service.name: (service.name, *service.pagerduty) for service in settings.services}
    return [
        Wanted(service=name, configured=known.get(name, ()), alerts=alerts, names=(name, *names)) for name in services
    ]
