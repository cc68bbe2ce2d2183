"""The SLOs of a configuration, and which of its services an incident names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.evidence.record import Gap
from pm_autofill.slo import inline

if TYPE_CHECKING:
    from pm_autofill.config.settings import ServiceSettings, Settings
    from pm_autofill.evidence.slos import SloDefinition


def load(settings: Settings) -> tuple[tuple[SloDefinition, ...], tuple[Gap, ...]]:
    """The definitions of all configured SLOs.

    Args:
        settings: The configuration.

    Returns:
        The definitions in the configuration's order, and a gap for each that this version cannot read.

    Raises:
        UsageError: A definition is wrong.
    """
    found: list[SloDefinition] = []
    gaps: list[Gap] = []
    for s, service in enumerate(settings.services):
        for n, slo in enumerate(service.slos):
            if slo.file is None:
                found.append(inline.read(slo, service=service.name, where=f"services[{s}].slos[{n}]"))
            else:
                gaps.append(_not_read(slo.file, service))
    return tuple(found), tuple(gaps)


def named_services(settings: Settings, *, service_id: str, service: str) -> tuple[str, ...]:
    """The configured services that stand for one of PagerDuty's.

    Args:
        settings: The configuration.
        service_id: PagerDuty's id of its service.
        service: Its name.

    Returns:
        Names of the services whose ``pagerduty`` list holds the id or the name (default: their own name).
    """
    wanted = {service_id.casefold(), service.casefold()} - {""}
    return tuple(
        one.name for one in settings.services if wanted & {key.casefold() for key in (one.pagerduty or (one.name,))}
    )


def no_service(settings: Settings, *, service_id: str, service: str) -> Gap:
    """The gap of an incident whose service is not configured."""
    known = ", ".join(one.name for one in settings.services) or "none"
    label = f"{service} ({service_id})" if service_id else service
    return Gap(
        source="configuration",
        what=f"the SLOs of {service}",
        reason=f"no configured service names PagerDuty's service {label}; configured: {known}",
        hint=f"Add `pagerduty: [{service_id or service}]` and SLOs to a service of the configuration.",
    )


def no_slo(service: str) -> Gap:
    """The gap of a service without any SLO that can be read."""
    return Gap(
        source="configuration",
        what=f"the SLOs of {service}",
        reason="the service has no SLO that could be read",
        hint="Write one under its `slos:` with objective and events; see docs/configuration.md.",
    )


def _not_read(file: str, service: ServiceSettings) -> Gap:
    return Gap(
        source="configuration",
        what=f"the SLOs of {service.name} in {file}",
        reason="this version reads SLOs written in the configuration only",
        hint="Write the SLO there with objective and events.",
    )


def no_prometheus() -> Gap:
    """The gap of SLOs without a Prometheus to read them from."""
    return Gap(
        source="configuration",
        what="the SLIs of all services",
        reason="no Prometheus is configured",
        hint="Add `prometheus: {url: ...}` to the configuration.",
    )
