"""What other definitions of the response times are called, and what they measure."""

from __future__ import annotations

DEFINITIONS = {
    "from_start.detect": ("Detected, from the start", "detection.time - impact.start"),
    "from_start.acknowledge": ("Acknowledged, from the start", "response.acknowledged - impact.start"),
    "from_start.mitigate": ("Mitigated, from the start", "mitigation.applied - impact.start"),
    "from_start.resolve": ("Recovered, from the start", "impact.end - impact.start"),
    "pagerduty.seconds_to_first_ack": (
        "PagerDuty's time to first acknowledgement",
        "first human acknowledgement - creation",
    ),
    "pagerduty.seconds_to_engage": ("PagerDuty's time to engage", "last person's first engagement - first engagement"),
    "pagerduty.seconds_to_mobilize": (
        "PagerDuty's time to mobilize",
        "last further person's acknowledgement - creation",
    ),
    "pagerduty.seconds_to_resolve": ("PagerDuty's time to resolve", "resolution - creation"),
}
"""A definition's name to what it is called and its formula."""

STAGES = {
    "evaluation": "until the rule was true",
    "hold": "its `for`",
    "grouping": "grouping until PagerDuty had it",
    "delivery": "delivery of the page",
    "acknowledgement": "until the acknowledgement",
}
"""A stage between breach and responder to its words."""
