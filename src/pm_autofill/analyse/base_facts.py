"""The facts a human may state; all others follow from them. Imports nothing, because ``--help`` lists them."""

from __future__ import annotations

NAMES = (
    "impact.start",
    "impact.end",
    "incident.triggered",
    "incident.resolved",
    "incident.all_clear",
    "alert.pending",
    "alert.fired",
    "page.sent",
    "detection.time",
    "detection.method",
    "detection.could_be_sooner",
    "detection.replayed",
    "response.acknowledged",
    "response.first_action",
    "mitigation.applied",
    "requests.total",
    "requests.failed",
    "requests.failed_ratio_peak",
    "requests.lost",
    "error_budget.remaining_before_ratio",
    "error_budget.remaining_after_ratio",
    "severity",
    "services_affected",
)
