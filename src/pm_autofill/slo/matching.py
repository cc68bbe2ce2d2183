"""Which service an incident is about, and which discovered SLOs are that service's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from pm_autofill.slo.configured import SERVICE_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pm_autofill.evidence.slos import SloDefinition
    from pm_autofill.slo.discovered import Discovered

_IDENTITIES = ("sloth_id", "slo")
_OWNERS = ("sloth_service", *SERVICE_LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is known of the service an incident is about.

    Attributes:
        service: What the draft calls it.
        configured: Names the configuration has for it; empty where it is not configured.
        alerts: Labels of the incident's alerts.
        names: What PagerDuty or the command line calls it.
    """

    service: str
    configured: tuple[str, ...] = ()
    alerts: tuple[Mapping[str, str], ...] = ()
    names: tuple[str, ...] = ()


def choose(found: Sequence[Discovered], wanted: Wanted) -> tuple[SloDefinition, ...]:
    """The discovered SLOs of a service: by the configuration's names for it, else by its alerts, else by its name.

    Args:
        found: All that was discovered.
        wanted: The service.

    Returns:
        Their definitions under the service's name, each with how it was chosen in ``origin``.
    """
    return (
        _by_name(found, wanted.service, wanted.configured, "the configured service")
        or _by_alerts(found, wanted)
        or _by_name(found, wanted.service, wanted.names, "the service's name")
    )


def _by_name(found: Sequence[Discovered], service: str, names: Iterable[str], how: str) -> tuple[SloDefinition, ...]:
    return tuple(_taken(one, service, how) for one in found if _is_called(one, names))


def _by_alerts(found: Sequence[Discovered], wanted: Wanted) -> tuple[SloDefinition, ...]:
    """Those that the alerts are of with their siblings, else those that share the most telling label."""
    for label in _IDENTITIES:
        owners = {one.loaded.owner for one in found if _shares(one, wanted.alerts, label)}
        if owners:
            how = f"the alert's label {label}"
            return tuple(_taken(one, wanted.service, how) for one in found if one.loaded.owner in owners)
    for label in _OWNERS:
        values = {labels[label].casefold() for labels in wanted.alerts if labels.get(label)}
        chosen = [one for one in found if _shares(one, wanted.alerts, label) or one.loaded.owner.casefold() in values]
        if chosen:
            return tuple(_taken(one, wanted.service, f"the alert's label {label}") for one in chosen)
    return ()


def _shares(one: Discovered, alerts: Iterable[Mapping[str, str]], label: str) -> bool:
    value = one.labels.get(label)
    return bool(value) and any(labels.get(label) == value for labels in alerts)


def _is_called(one: Discovered, names: Iterable[str]) -> bool:
    """Whether an SLO is of a service of one of these names."""
    mine = {one.loaded.owner, *(one.labels.get(label, "") for label in ("sloth_service", "service", "job"))}
    wanted = {name.casefold() for name in names} - {""}
    return bool(wanted & {name.casefold() for name in mine})


def _taken(one: Discovered, service: str, how: str) -> SloDefinition:
    definition = one.loaded.definition
    return structs.replace(definition, service=service, origin=f"{definition.origin}, chosen by {how}")
