"""What Alertmanager sends to PagerDuty about an alert, and how PagerDuty keeps it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .story import PagedAlert

Body = dict[str, object]

ZERO_TIME = "0001-01-01T00:00:00Z"


def details(paged: PagedAlert) -> Body:
    """What Alertmanager sends about an alert: a list since 0.30.0, text before."""
    if paged.sent is not None:
        return dict(paged.sent["payload"]["custom_details"])
    labels = {"alertname": paged.name, "service": paged.service, "severity": paged.severity}
    annotations = {
        "__dashboardUid__": f"{paged.service}-slo",
        "__panelId__": "1",
        "runbook_url": f"https://runbooks.example/{paged.service}/{paged.name}",
        "summary": f"{paged.service} fails too many requests",
    }
    source = f"https://prometheus.example/graph?g0.expr=ALERTS%7Balertname%3D%22{paged.name}%22%7D&g0.tab=1"
    if paged.shape == "text":
        lines = [f" - {name} = {value}" for name, value in labels.items()]
        notes = [f" - {name} = {value}" for name, value in annotations.items()]
        text = "\n".join(["Labels:", *lines, "Annotations:", *notes, f"Source: {source}", ""])
        return {"firing": text, "resolved": "", "num_firing": "1", "num_resolved": "0"}
    firing = {
        "status": "firing",
        "labels": labels,
        "annotations": annotations,
        "startsAt": paged.fired.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "endsAt": ZERO_TIME,
        "generatorURL": source,
        "fingerprint": dedup_key(paged)[:16],
    }
    return {"firing": [firing], "resolved": [], "num_firing": 1, "num_resolved": 0}


def trigger_channel(paged: PagedAlert) -> Body:
    """The channel of a trigger entry with the alert's payload."""
    return {
        "service_key": None,
        "description": title(paged),
        "incident_key": dedup_key(paged),
        "summary": title(paged),
        "details": details(paged),
        "cef_details": cef(paged),
        "details_omitted": False,
    }


def cef(paged: PagedAlert) -> Body:
    """PagerDuty's normalised form of an event."""
    return {
        "client": "Alertmanager",
        "client_url": "https://alerts.example/#/alerts",
        "dedup_key": dedup_key(paged),
        "severity": paged.severity,
        "source_origin": "Alertmanager",
        "creation_time": None,
        "contexts": [],
        "details": details(paged),
    }


def title(paged: PagedAlert) -> str:
    """The summary Alertmanager writes."""
    return f"[FIRING:1] {paged.name} ({paged.service} {paged.severity})"


def dedup_key(paged: PagedAlert) -> str:
    """Alertmanager's dedup key, a digest of the group's key."""
    if paged.sent is not None:
        return str(paged.sent["dedup_key"])
    return hashlib.sha256(f"{{}}:{{alertname={paged.name!r}}}".encode()).hexdigest()
