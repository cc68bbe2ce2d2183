"""On which services and where a change took place, by the names under which each service is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pm_autofill.analyse.changes.kinds import values_of
from pm_autofill.promql.selectors import asked_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.incident import ChangeEvent
    from pm_autofill.evidence.panels import Annotation

_SERVICE_LABELS = ("service", "app", "application", "job", "deployment", "component", "app_kubernetes_io_name")
_ENVIRONMENT_KEYS = ("environment", "env", "stage")
_PRODUCTIVE = {"production": "production", "prod": "production", "prd": "production", "live": "production"}
_ELSEWHERE = frozenset(
    {"staging", "stage", "stg", "dev", "develop", "development", "test", "testing", "qa", "uat", "sandbox", "preview"}
)
_PLACES = _ELSEWHERE | frozenset(_PRODUCTIVE)


@dataclass(frozen=True, slots=True)
class Services:
    """The services of an incident and what they are called.

    Attributes:
        by_name: Names of services in lower case, ids too, and the services they are names of.
        by_dashboard: Uids of dashboards, and the services they show.
        incident: What the incident's own service is called; empty without one.
        environments: Where the services run, as their SLOs ask; empty where they do not say.
    """

    by_name: Mapping[str, frozenset[str]]
    by_dashboard: Mapping[str, frozenset[str]]
    incident: frozenset[str]
    environments: frozenset[str]

    def called(self, names: Iterable[str]) -> frozenset[str]:
        """The services that go by some names."""
        return frozenset().union(*(self.by_name.get(name.strip().casefold(), frozenset()) for name in names))

    def named(self, names: Sequence[str]) -> frozenset[str]:
        """The same; a name that nobody goes by is that of a service of its own."""
        known = [self.by_name.get(name.strip().casefold()) or frozenset({name.strip()}) for name in names]
        return frozenset().union(*known)

    def of_event(self, event: ChangeEvent) -> frozenset[str] | None:
        """The services a change event is of; None where it does not say."""
        if event.services:
            return frozenset().union(
                *(self.called((id_, name)) or frozenset({name or id_}) for id_, name in event.services.items())
            )
        # Those without a correlation were asked for as the incident's service's.
        own = self.incident if not event.correlation else frozenset()
        return self.of_tags(event.tags) or own or None

    def of_annotation(self, mark: Annotation) -> frozenset[str] | None:
        """The services an annotation is of; None where it does not say."""
        return self.of_tags(mark.tags) or self.by_dashboard.get(mark.dashboard_uid) or None

    def of_tags(self, tags: Sequence[str]) -> frozenset[str] | None:
        """The services that tags name; None where they name none."""
        told = values_of(tags, _SERVICE_LABELS)
        return (self.named(told) if told else self.called(tags)) or None

    def elsewhere(self, environment: str) -> bool:
        """Whether a change took place where the incident did not, as far as both are told."""
        where = _PRODUCTIVE.get(environment.casefold(), environment.casefold())
        if not where:
            return False
        return where not in self.environments if self.environments else where in _ELSEWHERE


def environment_of(tags: Sequence[str]) -> str:
    """Where a change took place; empty where its tags do not say."""
    told = (*values_of(tags, _ENVIRONMENT_KEYS), *(one for one in tags if one.strip().casefold() in _PLACES))
    return next(iter(told), "").strip()


def find_services(evidence: Evidence, settings: Settings) -> Services:
    """The services of the configuration, of the SLOs and of the incident, by all their names.

    Args:
        evidence: The evidence.
        settings: The configuration.

    Returns:
        The services. Names are what the configuration and PagerDuty call them, and the values that their SLOs and
        change queries ask of labels such as ``service`` or ``job``.
    """
    names: dict[str, set[str]] = {}
    dashboards: dict[str, set[str]] = {}
    queries: dict[str, list[str]] = {}

    def call(service: str, *others: str) -> None:
        for name in (service, *others):
            if name:
                names.setdefault(name.strip().casefold(), set()).add(service)

    for one in settings.services:
        call(one.name, *one.pagerduty)
        queries.setdefault(one.name, []).append(one.changes or "")
        for board in one.dashboards:
            dashboards.setdefault(board.uid, set()).add(one.name)
    for slo in evidence.slos:
        events, definition = slo.definition.events, slo.definition
        told = (events.total, events.bad, events.good) if events else ()
        queries.setdefault(definition.service, []).extend(text for text in (*told, definition.ratio) if text)
        call(definition.service)
    for service, texts in queries.items():
        call(service, *(value for text in texts for value in asked_values(text, _SERVICE_LABELS)))
    own = _incident_service(evidence, names)
    for service in own:
        record = evidence.pagerduty
        call(service, *((record.incident.service, record.incident.service_id) if record else ()))
    environments = {
        value for texts in queries.values() for text in texts for value in asked_values(text, _ENVIRONMENT_KEYS)
    }
    return Services(
        {name: frozenset(found) for name, found in names.items()},
        {uid: frozenset(found) for uid, found in dashboards.items()},
        own,
        frozenset(_PRODUCTIVE.get(one.casefold(), one.casefold()) for one in environments),
    )


def _incident_service(evidence: Evidence, names: Mapping[str, set[str]]) -> frozenset[str]:
    """What the incident's service is called in the configuration; else what PagerDuty calls it."""
    record = evidence.pagerduty
    told = (record.incident.service_id, record.incident.service) if record else (evidence.request.service or "",)
    known = [names[name.strip().casefold()] for name in told if name and name.strip().casefold() in names]
    return frozenset().union(*known) or frozenset({name for name in told[-1:] if name})
