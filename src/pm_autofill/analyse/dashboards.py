"""Which dashboards belong to an incident: those of its services; else what its alerts name, or the service's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pm_autofill.analyse.alerting import alert_names
from pm_autofill.slo.configured import named_services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pm_autofill.config.settings import Settings
    from pm_autofill.evidence import Evidence

_UID_KEYS = ("__dashboardUid__", "dashboardUID", "dashboardUid", "dashboard_uid")
_PATH = re.compile(r"/d/([A-Za-z0-9_-]{1,128})(?:/|$)")
_MOST = 3


def concerned_services(evidence: Evidence, settings: Settings) -> tuple[str, ...]:
    """The services the incident, or the request, names: whose dashboards the responders looked at.

    Args:
        evidence: The incident, and the SLOs marked as its services'.
        settings: The configuration.

    Returns:
        Their names, sorted; none where the incident names no configured service.
    """
    names = {slo.definition.service for slo in evidence.slos if slo.named}
    if evidence.request.service:
        names.add(evidence.request.service)
    elif evidence.pagerduty is not None:
        incident = evidence.pagerduty.incident
        names.update(named_services(settings, service_id=incident.service_id, service=incident.service))
    return tuple(sorted(names))


def named_dashboards(evidence: Evidence) -> tuple[str, ...]:
    """Uids of the dashboards that the incident's alerts name.

    Args:
        evidence: Its alerts, the rules behind them, and where Grafana lives.

    Returns:
        At most three: from the annotations Grafana's own alerts have, then from links to this Grafana, runbooks among
        them.
    """
    if evidence.grafana is None:
        return ()
    host = urlsplit(evidence.grafana.url).hostname
    notes = list(_annotations(evidence))
    direct = [one[key] for one in notes for key in _UID_KEYS if one.get(key)]
    linked = [uid for one in notes for value in one.values() for uid in _uid_in(value, host)]
    return tuple(dict.fromkeys((*direct, *linked)))[:_MOST]


def _annotations(evidence: Evidence) -> Iterator[Mapping[str, str]]:
    for alert in evidence.pagerduty.alerts if evidence.pagerduty else ():
        for one in alert.firing:
            yield one.annotations
    names = alert_names(evidence.pagerduty)
    for rule in evidence.alert_rules:
        if rule.name in names:
            yield rule.annotations


def _uid_in(value: str, host: str | None) -> Iterator[str]:
    """The uid in a link to a dashboard of this Grafana."""
    if not value.startswith(("http://", "https://")):
        return
    try:
        parts = urlsplit(value)
        found = _PATH.search(parts.path) if parts.hostname == host else None
    except ValueError:
        return
    if found is not None:
        yield found[1]
