"""How the alert that paged came to page: where the time between the breach and the responder went."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from pm_autofill.analyse.alerting import own_alerts
from pm_autofill.evidence.completeness import alert_series, incident_alerts
from pm_autofill.evidence.readings import lacking
from pm_autofill.findings import Known, Paging

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pm_autofill.evidence import Evidence
    from pm_autofill.evidence.alerts import AlertSeries
    from pm_autofill.findings import Fact

_STAGES = ("evaluation", "hold", "grouping", "delivery", "acknowledgement")
_CLOCKS = timedelta(seconds=2)


def trace_page(evidence: Evidence, facts: Mapping[str, Fact], since: datetime | None) -> Paging | None:
    """Follow the page back to the breach.

    Args:
        evidence: The evidence.
        facts: The top-level facts.
        since: What ended before this instant is of an earlier time; None when that is not known.

    Returns:
        The stages whose both ends are known and in order; None when it is not known which firing of which alert paged.

    Formula: evaluation: active - S, hold: firing - active, grouping: arrival - firing, delivery: page - arrival,
        acknowledgement: first acknowledgement - page. Active is the value of ALERTS_FOR_STATE, firing the first firing
        evaluation, arrival when PagerDuty had the alert.
    """
    record, page = evidence.pagerduty, facts["page.sent"]
    if record is None or not isinstance(page, Known):
        return None
    if lacking(incident_alerts(evidence)) or lacking(alert_series(evidence)):
        return None  # another alert may have been first
    arrivals = [(alert.at, one.labels.get("alertname", "")) for alert in record.alerts for one in alert.firing]
    arrived, name = min((one for one in arrivals if one[0] <= page.instant), default=(None, ""))
    own = [one for one in own_alerts(evidence, since) if one.name == name]
    firing = [one for one in own if one.state == "firing" and arrived and one.first <= arrived + _CLOCKS]
    if arrived is None or not firing:
        return None
    paged = max(firing, key=lambda one: one.first)
    active = paged.active_at or _pending(own, paged)
    start = facts["impact.start"]
    # A rule that had been true before is not what took the evaluation so long.
    fresh = isinstance(start, Known) and not any(one.first < paged.first for one in firing)
    acknowledged = facts["response.acknowledged"]
    instants = [
        start.instant if isinstance(start, Known) and fresh else None,
        active,
        paged.first,
        arrived,
        page.instant,
        acknowledged.instant if isinstance(acknowledged, Known) else None,
    ]
    stages = {
        stage: (after - before).total_seconds()
        for stage, (before, after) in zip(_STAGES, pairwise(instants), strict=True)
        if before is not None and after is not None and before <= after
    }
    return Paging(alert=name, stages=stages)


def _pending(own: Sequence[AlertSeries], fired: AlertSeries) -> datetime | None:
    """Since when an alert was pending before it fired."""
    waiting = [one for one in own if one.state == "pending" and one.labels == fired.labels and one.last <= fired.first]
    last = max(waiting, key=lambda one: one.first, default=None)
    return None if last is None else last.active_at or last.first
