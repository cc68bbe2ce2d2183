"""The alerts of an incident: which stretches of ``ALERTS`` are its own, when they were pending, when they fired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.evidence.completeness import alert_series, incident_alerts
from pm_autofill.evidence.readings import Reading, lacking, seen
from pm_autofill.findings import Basis, Fact, Known, Unit, Unknown
from pm_autofill.promql import literals, reads
from pm_autofill.wording.times import day_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import AlertRule, AlertSeries
    from pm_autofill.evidence.incident import Alert, FiringAlert, IncidentRecord
    from pm_autofill.evidence.slos import SloDefinition

_ASK = "whoever owns the alert rules"


def alert_names(record: IncidentRecord | None) -> tuple[str, ...]:
    """Names of the alerts in the incident, as Alertmanager told them."""
    alerts = record.alerts if record else ()
    names = {firing.labels.get("alertname", "") for alert in alerts for firing in alert.firing}
    return tuple(sorted(names - {""}))


def service_rules(evidence: Evidence, definitions: Sequence[SloDefinition]) -> tuple[AlertRule, ...]:
    """The loaded alert rules that watch the services of some SLOs.

    Args:
        evidence: Its loaded rules.
        definitions: The SLOs.

    Returns:
        The rules that carry a service's name in a label or in a string of their expression, name there all that an
        SLO's selector asks labels to equal, or read its events.
    """
    services = {one.service for one in definitions}
    selectors = [one.events.total for one in definitions if one.events is not None]

    def watches(rule: AlertRule) -> bool:
        said = set(literals(rule.expression))
        return bool(services & {*rule.labels.values(), *said}) or any(
            reads(rule.expression, selector) or (asked and asked <= said)
            for selector, asked in ((one, set(literals(one))) for one in selectors)
        )

    return tuple(rule for rule in evidence.alert_rules if watches(rule))


def watching_alerts(evidence: Evidence) -> tuple[str, ...]:
    """Names of the alerts that watch the incident's services."""
    named = [slo.definition for slo in evidence.slos if slo.named]
    return tuple(sorted({rule.name for rule in service_rules(evidence, named)}))


def own_alerts(evidence: Evidence, since: datetime | None = None) -> tuple[AlertSeries, ...]:
    """The alert stretches that belong to this incident: same name, and no label that contradicts PagerDuty's.

    Args:
        evidence: The evidence.
        since: Stretches that ended before this instant are of earlier times; None to keep them.
    """
    record = evidence.pagerduty
    firing = [one for alert in (record.alerts if record else ()) for one in alert.firing]
    if record is not None and not firing:
        return ()
    return tuple(
        series
        for series in evidence.alert_series
        if (since is None or series.last >= since) and (record is None or any(is_of(series, one) for one in firing))
    )


def is_of(series: AlertSeries, firing: FiringAlert) -> bool:
    """Whether a stretch is of an alert that PagerDuty was told of: same name, and no label that contradicts."""
    return firing.labels.get("alertname") == series.name and all(
        series.labels.get(key, value) == value for key, value in firing.labels.items()
    )


def alert_facts(evidence: Evidence, since: datetime | None) -> dict[str, Fact]:
    """The facts ``alert.pending`` and ``alert.fired``: this incident's earliest alert.

    Args:
        evidence: The evidence.
        since: What ended before this instant is of an earlier time; None when that is not known.

    Source: for each alert ``ALERTS`` at the rule's evaluations; else Alertmanager's ``startsAt``; else its arrival at
        PagerDuty.
    """
    alerts, times = incident_alerts(evidence), alert_series(evidence)
    own = own_alerts(evidence, since)
    missing = "; ".join(dict.fromkeys(filter(None, (lacking(alerts), lacking(times)))))
    waiting = min((one for one in own if one.state == "pending"), key=lambda one: one.first, default=None)
    pending: Fact
    if missing:
        pending = _in_part(missing, waiting.active_at or waiting.first if waiting else None)
    elif waiting is not None:
        pending = _instant(waiting.active_at or waiting.first, "first pending evaluation in ALERTS", waiting.source)
    elif own:
        pending = Unknown(reason="the alert was never pending: its rule has no `for`", ask=_ASK)
    else:
        pending = Unknown(reason="Prometheus has no ALERTS samples of this incident's alerts", ask=_ASK)
    return {"alert.pending": pending, "alert.fired": _fired(evidence, alerts, own)}


def _fired(evidence: Evidence, alerts: Reading[tuple[Alert, ...]], own: tuple[AlertSeries, ...]) -> Fact:
    """The first fire of all its alerts, each by the best that tells of it; never by a part of them."""
    times, record = alert_series(evidence), evidence.pagerduty
    source = record.sources.get("alerts", "") if record else ""
    fires = [
        *(_instant(one.first, "first firing evaluation in ALERTS", one.source) for one in own if one.state == "firing"),
        *_told_to_pagerduty(seen(alerts, ()), own, source),
    ]
    earliest = min(fires, key=lambda one: one.instant, default=None)
    if lacking(alerts) or lacking(times):
        missing = "; ".join(filter(None, (lacking(alerts), lacking(times))))
        return _in_part(missing, earliest.instant if earliest else None)
    return earliest or Unknown(reason="no alert belongs to this incident", ask=_ASK)


def _told_to_pagerduty(alerts: Sequence[Alert], own: Sequence[AlertSeries], source: str) -> Iterator[Known]:
    """When the alerts fired of which ALERTS holds no fire: as Alertmanager told, else when they arrived."""
    for alert in alerts:
        starts = [one for one in alert.firing if one.starts_at]
        for one in starts:
            seen_firing = any(series.state == "firing" and is_of(series, one) for series in own)
            if one.starts_at is not None and not seen_firing:
                yield _instant(one.starts_at, "startsAt of Alertmanager's payload", source)
        if not starts:
            yield _instant(alert.at, "arrival of the first alert at PagerDuty", source, Basis.INFERRED)


def _in_part(missing: str, earliest: datetime | None) -> Unknown:
    """Why the first of something is unknown, and when it was at the latest."""
    told = f"; so far as was read, the earliest is of {day_clock(earliest)} UTC" if earliest else ""
    return Unknown(reason=f"it is unknown without {missing}{told}", ask=_ASK)


def _instant(at: datetime, method: str, source: str, basis: Basis = Basis.RECORDED) -> Known:
    sources = (source,) if source else ()
    return Known(value=at, unit=Unit.INSTANT, basis=basis, method=method, sources=sources)
