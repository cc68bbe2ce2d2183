"""The SLOs of a configuration, and which of its services an incident names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import structs

from pm_autofill.evidence.record import Gap
from pm_autofill.slo import inline
from pm_autofill.slo.outcome import Loaded, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pm_autofill.config.settings import ServiceSettings, Settings
    from pm_autofill.evidence.slos import SloDefinition

SERVICE_LABELS = ("service", "job", "namespace")
"""Labels that name a service, the most telling first."""

CONFIGURATION = "configuration"
"""What the configuration is called where others name a file."""


def load(settings: Settings, folder: Path) -> tuple[tuple[SloDefinition, ...], tuple[Gap, ...]]:
    """The definitions of all configured SLOs.

    Args:
        settings: The configuration.
        folder: Where the names of files in it start.

    Returns:
        The definitions in the configuration's order, each with a name of its own, and a gap for each that cannot be
        used.

    Raises:
        UsageError: A definition in the configuration itself is wrong.
    """
    loaded, refused = read(settings, folder)
    return tuple(one.definition for one in loaded), tuple(_not_read(one) for one in refused if not one.foreign)


def read(settings: Settings, folder: Path) -> tuple[tuple[Loaded, ...], tuple[Refused, ...]]:
    """All configured SLOs, and what was refused of them.

    Args:
        settings: The configuration.
        folder: Where the names of files in it start.

    Raises:
        UsageError: A definition in the configuration itself is wrong.
    """
    found: list[Loaded] = []
    refused: list[Refused] = []
    for s, service in enumerate(settings.services):
        for n, slo in enumerate(service.slos):
            where = f"services[{s}].slos[{n}]"
            if slo.file is None:
                found.append(_written(inline.read(slo, service=service.name, where=where), where))
                continue
            from pm_autofill.slo import files  # rarely needed, and it brings the parser of PromQL

            in_files = files.load([slo.file], folder, window=inline.default_window(slo, where))
            refused += in_files.refused or (() if in_files.loaded else (_nothing_in(slo.file),))
            found += (_of_service(one, service, settings) for one in in_files.loaded)
    once = {(one.file, one.object, one.definition): one for one in found}
    return told_apart(once.values(), refused)


def told_apart(loaded: Iterable[Loaded], refused: Iterable[Refused]) -> tuple[tuple[Loaded, ...], tuple[Refused, ...]]:
    """SLOs with names of their own: a repeated one is preceded by its service; where that is not enough, it is refused.

    Args:
        loaded: SLOs, whose names may repeat.
        refused: What was refused before.
    """
    kept: dict[str, Loaded] = {}
    more = list(refused)
    loaded = list(loaded)
    names = Counter(one.definition.name for one in loaded)
    for one in loaded:
        definition = one.definition
        if names[definition.name] > 1 and one.file != CONFIGURATION:
            definition = structs.replace(definition, name=f"{definition.service}-{definition.name}")
        if definition.name in kept:
            first = kept[definition.name]
            reason = f"the name {definition.name!r} is taken by {first.object} in {first.file}"
            more.append(Refused(file=one.file, object=one.object, field="", reason=reason))
        else:
            kept[definition.name] = structs.replace(one, definition=definition)
    return tuple(kept.values()), tuple(more)


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


def labelled_services(settings: Settings, alerts: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The configured services that the labels of alerts name; by the most telling label that names any.

    Args:
        settings: The configuration.
        alerts: Labels of the incident's alerts.
    """
    listed = tuple(alerts)
    for label in SERVICE_LABELS:
        values = {labels.get(label, "").casefold() for labels in listed} - {""}
        if chosen := tuple(one.name for one in settings.services if one.name.casefold() in values):
            return chosen
    return ()


def no_service(settings: Settings, *, service_id: str, service: str) -> Gap:
    """The gap of an incident whose service is not configured."""
    known = ", ".join(one.name for one in settings.services) or "none"
    label = f"{service} ({service_id})" if service_id else service
    return Gap(
        source=CONFIGURATION,
        what=f"the SLOs of {service}",
        reason=f"no configured service names PagerDuty's service {label}; configured: {known}",
        hint=f"Which one is it? Say --service NAME, or add `pagerduty: [{service_id or service}]` to a service.",
    )


def no_slo(service: str) -> Gap:
    """The gap of a service without any SLO that can be read."""
    return Gap(
        source=CONFIGURATION,
        what=f"the SLOs of {service}",
        reason="the service has no SLO that could be read",
        hint="Write one under its `slos:` with objective and events; see docs/configuration.md.",
    )


def _written(definition: SloDefinition, where: str) -> Loaded:
    why = "counters, counted exactly" if definition.events else "percentage only: a ratio is configured"
    return Loaded(definition=definition, file=CONFIGURATION, object=where, owner=definition.service, why=why)


def _of_service(one: Loaded, service: ServiceSettings, settings: Settings) -> Loaded:
    """An SLO of a file under its configured service: the one its object names, else the one the file stands under."""
    names = {known.name.casefold(): known.name for known in settings.services}
    owner = names.get(one.owner.casefold(), service.name)
    return structs.replace(one, definition=structs.replace(one.definition, service=owner))


def _nothing_in(file: str) -> Refused:
    return Refused(file=file, object="", field="", reason="no SLO was found in it")


def _not_read(one: Refused) -> Gap:
    where = f"{one.object} in {one.file}" if one.object else one.file
    return Gap(
        source=CONFIGURATION,
        what=f"SLO: {where}" if one.object else f"the SLOs in {where}",
        reason=f"{one.field}: {one.reason}" if one.field else one.reason,
        hint="`pm-autofill slos` shows what is read of each file; docs/slo-formats.md tells what can be.",
    )


def no_prometheus() -> Gap:
    """The gap of SLOs without a Prometheus to read them from."""
    return Gap(
        source=CONFIGURATION,
        what="the SLIs of all services",
        reason="no Prometheus is configured",
        hint="Add `prometheus: {url: ...}` to the configuration.",
    )
