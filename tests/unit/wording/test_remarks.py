"""Remarks in words: every code reads well."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pm_autofill.findings import Finding, Severity
from pm_autofill.wording.markdown import plain
from pm_autofill.wording.remarks import PHRASES, remark_text

TIME = datetime(2026, 11, 18, 13, 42, 17, tzinfo=UTC)
SLO = {"slo": "availability"}
CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "recovery_unconfirmed",
        {"until": TIME},
        "The recovery is not confirmed yet: the SLI has to stay good until 2026-11-18 13:42:17 UTC.",
    ),
    (
        "still_open",
        {"since": TIME},
        "The impact that began at 2026-11-18 13:42:17 UTC is still going on; all figures are so far.",
    ),
    (
        "several_periods",
        {**SLO, "count": 3.0, "bad_seconds": 720.0},
        (
            "availability had 3 bad periods with less than the hold between them, bad for 12 minutes in all; they "
            "count as one."
        ),
    ),
    (
        "other_periods",
        {**SLO, "count": 1.0},
        "availability had 1 other bad period in the searched window: listed in the timeline, not counted.",
    ),
    (
        "other_periods",
        {**SLO, "count": 2.0, "at": TIME, "detect_s": 5160.0},
        (
            "availability had 2 other bad periods in the searched window: listed in the timeline, not counted. Were "
            "the one from 2026-11-18 13:42:17 UTC the start, the time to detect would be 1 h 26 min."
        ),
    ),
    (
        "no_change",
        {**SLO, "smallest_ratio": 0.0031},
        "availability shows no change in the searched window. A rise to 0.31% of requests would have been seen.",
    ),
    ("no_change", SLO, "availability shows no change in the searched window."),
    (
        "slo_discovered",
        {**SLO, "origin": "Prometheus: Pyrra's rules of *x*, chosen by its name"},
        r"availability is in no configuration: found in Prometheus: Pyrra's rules of \*x\*, chosen by its name.",
    ),
    (
        "slo_not_compared",
        SLO,
        (
            "Whether availability was affected is unknown: the incident does not name its service, and the start of "
            "the impact is unknown."
        ),
    ),
    (
        "no_bad_series",
        SLO,
        (
            "availability has no series of bad events in the searched window: either none was bad, or their selector "
            "is wrong."
        ),
    ),
    ("slo_not_moved", SLO, "Checked, not affected: availability."),
    (
        "service_not_named",
        {**SLO, "service": "pay"},
        "availability moved with this incident, although the incident does not name its service pay.",
    ),
    (
        "counters_gone",
        {**SLO, "since": TIME},
        (
            "All counters of availability are gone since 2026-11-18 13:42:17 UTC: the service, its scraping or its "
            "metrics' names. Taken as an outage: requests it served unseen would not be lost."
        ),
    ),
    (
        "gap_over_edge",
        {**SLO, "seconds": 240.0},
        "availability has no samples for 4 min around an edge of the impact, which may lie in there.",
    ),
    (
        "alert_before_impact",
        {"alert": "Burn", "seconds": 123.0},
        "Alert Burn fired 2 min 3 s before the impact began: it watches another signal.",
    ),
    (
        "alert_before_impact",
        {"seconds": 123.0},
        "The alert fired 2 min 3 s before the impact began: it watches another signal.",
    ),
    (
        "detected_before_impact",
        {"seconds": 180.0},
        "The incident was detected 3 min before the impact began, so the time to detect is negative.",
    ),
    (
        "resolved_before_recovery",
        {"seconds": 60.0},
        "PagerDuty's incident was resolved 1 min before the service recovered; the duration runs to the recovery.",
    ),
    ("recovered_before_response", {}, "The service recovered before a responder acted."),
    ("recovered_before_mitigation", {}, "The mitigation came after the recovery, so it did not end the impact."),
    (
        "order_within_bounds",
        {"name": "time_to_detect", "seconds": -12.0},
        (
            "Time to detect is negative (\N{MINUS SIGN}12 s) within the bounds of its instants: "
            "which of them came first is not known."
        ),
    ),
    (
        "mitigated_before_response",
        {"seconds": 75.0},
        "What mitigated came 1 min 15 s before anyone responded, so the time to mitigate is negative.",
    ),
    (
        "negative_interval",
        {"name": "time_to_mitigate", "seconds": -123.0},
        "Time to mitigate is negative (\N{MINUS SIGN}2 min 3 s): its events came in reverse order.",
    ),
    (
        "stated_overrides",
        {"name": "impact.start"},
        "Impact start was stated by a human; what was observed gave way.",
    ),
    (
        "met_target",
        {"name": "time_to_respond", "seconds": 219.0, "target_s": 300.0},
        "Time to respond: 3 min 39 s, within the target of 5 min.",
    ),
    (
        "missed_target",
        {"name": "time_to_detect", "seconds": 423.0, "target_s": 300.0},
        "Time to detect: 7 min 3 s, more than the target of 5 min.",
    ),
    (
        "count_bounds",
        {**SLO, "kind": "availability", "low": 16847.4, "high": 17064.2, "scrape_s": 15.0, "edge_s": 5.0},
        (
            "The failed requests of availability lie between 16,847 and 17,064, no closer because its counters are "
            "read every 15 s and the impact's start and end are known to within 5 s."
        ),
    ),
    (
        "count_bounds",
        {
            **SLO,
            "kind": "latency",
            "low": 3.0,
            "high": 90.0,
            "scrape_s": 60.0,
            "edge_s": 0.0,
            "restarts": 1.0,
            "unknown_start": 2.0,
        },
        (
            "The slow requests of availability lie between 3 and 90, no closer because its counters are read every "
            "1 min, 1 restart may have taken along what was counted last and 2 counters came with an unknown past."
        ),
    ),
    (
        "threshold_between",
        {**SLO, "threshold": 0.3, "below": 0.25, "above": 0.5},
        (
            "No bucket of availability ends at its threshold 0.3: slow requests are interpolated between 0.25 and 0.5, "
            "and bounded by both."
        ),
    ),
    (
        "threshold_between",
        {**SLO, "threshold": 12.0, "below": 10.0},
        (
            "No bucket of availability ends at its threshold 12, which is above the last one, 10: slower ones are "
            "counted as slow, which may be too many."
        ),
    ),
    (
        "sli_in_part",
        {"slo": "checkout"},
        "The SLI of checkout was not read whole, so it is unknown whether it was affected.",
    ),
    (
        "pushed_down",
        SLO,
        "availability was not read sample by sample: Prometheus summed its events per step; edges are coarser.",
    ),
    (
        "partial_answer",
        {"source": "Prometheus", "text": "store *x* is away"},
        r"Prometheus answered only in part: store \*x\* is away",
    ),
    (
        "query_remark",
        {**SLO, "text": "PromQL info: metric might not be a counter"},
        "Prometheus remarks on the query of availability: PromQL info: metric might not be a counter",
    ),
    ("ratio_only", SLO, "availability is defined by a ratio only, so its requests cannot be counted."),
    (
        "counter_unknown_start",
        {**SLO, "count": 2.0},
        (
            "2 counters of availability appear in the window without a sign of a beginning: what was counted "
            "before the first sample is left out."
        ),
    ),
    ("counters_born", {**SLO, "count": 1.0}, "1 counter of availability began inside the window; counted from zero."),
    (
        "counter_resets",
        {**SLO, "count": 2.0},
        "Counters of availability restarted 2 times in the window; what they counted before and after is in the sums.",
    ),
    ("low_traffic", SLO, "availability has little traffic: single requests decide its ratios."),
    (
        "no_baseline",
        SLO,
        "What is usual for availability is unknown, and so is what was more than usual, and what was lost.",
    ),
    (
        "traffic_fell",
        {**SLO, "lost": 3400.2},
        (
            "Traffic of availability fell below its usual range: about 3,400 requests never arrived. They take no "
            "budget, so its shares are lower bounds."
        ),
    ),
    (
        "budget_exceeded",
        {**SLO, "ratio": 2.71},
        (
            "This incident consumed 271% of the error budget of availability: all of it, and more. Google's example "
            "error budget policy asks for a post-mortem with a P0 action item when one incident consumes more than 20% "
            "of a four-week budget."
        ),
    ),
    (
        "budget_exhausted",
        {**SLO, "at": datetime(2026, 11, 18, 13, 58, 21, tzinfo=UTC), "seconds": 964.0, "at_the_latest": ""},
        "The error budget of availability ran out at 2026-11-18 13:58:21 UTC, 16 min 4 s after the impact began.",
    ),
    (
        "small_budget",
        {**SLO, "allowed": 7.2, "slices": ""},
        "The whole error budget of availability is 7.2 failures: one alone takes 13.9% of it.",
    ),
    (
        "budget_exceeded",
        {**SLO, "ratio": 1.5, "four_week_ratio": 0.0536},
        (
            "This incident consumed 150% of the error budget of availability: all of it, and more, which is 5.36% of "
            "what four weeks have."
        ),
    ),
    (
        "budget_large_share",
        {**SLO, "ratio": 0.08, "four_week_ratio": 0.257},
        (
            "This incident consumed 8.00% of the error budget of availability, which is 25.7% of what four weeks have. "
            "Google's example error budget policy asks for a post-mortem with a P0 action item when one incident "
            "consumes more than 20% of a four-week budget."
        ),
    ),
    (
        "budget_large_share",
        {**SLO, "ratio": 0.24},
        (
            "This incident consumed 24.0% of the error budget of availability. Google's example error budget policy "
            "asks for a post-mortem with a P0 action item when one incident consumes more than 20% of a four-week "
            "budget."
        ),
    ),
    (
        "history_short",
        {**SLO, "coverage_ratio": 0.4},
        (
            "The history of availability covers 40.0% of its budget window: the budget is scaled up to the whole "
            "window, and what was left of it is unknown."
        ),
    ),
    ("objective_100", SLO, "The objective of availability is 100%: its budget is zero, and any failure exceeds it."),
    (
        "merged_incident",
        {"title": "a|b", "number": "1183"},
        r'Incident 1183 "a\|b" was merged into this one.',
    ),
    ("sibling_incidents", {"count": 1.0}, "1 other incident of the service or its alerts lies in the same window."),
    ("sibling_incidents", {"count": 2.0}, "2 other incidents of the service or its alerts lie in the same window."),
    (
        "same_incident",
        {"title": "a|b", "number": "8", "at": TIME, "how": "same alert"},
        (
            r'Incident 8 "a\|b" of the same alert began at 2026-11-18 13:42:17 UTC, while the impact lasted: it looks '
            "like a part of this one. Its pages and answers are not counted here; merge both in PagerDuty and draft "
            "again to count them."
        ),
    ),
    (
        "same_incident",
        {"title": "a", "number": "8", "at": TIME, "how": "same window", "in_part": "yes"},
        (
            'Incident 8 "a" began at 2026-11-18 13:42:17 UTC, while the impact lasted: it looks like a part of this '
            "one. Whether it was merged into this one is unknown."
        ),
    ),
    (
        "start_after_first_row",
        {"at": TIME, "seconds": 30.0},
        (
            "The first sign in the timeline is of 2026-11-18 13:42:17 UTC, 30 s before the start of the impact: the "
            "start may be too late."
        ),
    ),
    (
        "clocks_apart",
        {"seconds": 30.0},
        "PagerDuty had an alert 30 s before Prometheus says that it fired: their clocks differ by that or more.",
    ),
    (
        "samples_missing",
        {"slo": "availability", "seconds": 240.0, "ratio": 0.1},
        "availability has no samples for 4 min of its impact (10.0%): its counts are lower bounds.",
    ),
    (
        "sli_without_data",
        {"slo": "availability"},
        "availability has no samples in the searched window, so it is unknown whether it was affected.",
    ),
    ("escalated_by_timeout", {"count": 2.0}, "The page was escalated 2 times because nobody answered."),
    ("acknowledgement_lapsed", {"count": 1.0}, "An acknowledgement timed out once."),
    (
        "alert_noise",
        {"pages": 12.0, "people": 2.0, "triggers": 7.0},
        "12 pages went to 2 people, and alerts triggered 7 times.",
    ),
    (
        "quiet_hours",
        {"slo": "availability", "ratio": 0.2},
        "Traffic of availability was at 20.0% of its mean over the budget window.",
    ),
    ("no_runbook", {"alert": "Burn"}, "Alert Burn names no runbook."),
    ("alert_never_fired", {"alert": "Burn"}, "Alert Burn of the service never fired during the impact."),
    (
        "alert_not_in_incident",
        {"alert": "Burn", "at": TIME},
        "Alert Burn of the service fired at 2026-11-18 13:42:17 UTC, but is not in this PagerDuty incident.",
    ),
    ("opened_by_hand", {}, "The incident was opened by hand."),
    ("never_acknowledged", {}, "Nobody acknowledged the incident."),
    (
        "acknowledged_by_machine_only",
        {},
        "Only automation acknowledged the incident, which is no response of a human.",
    ),
    (
        "auto_resolved",
        {},
        "PagerDuty's incident was resolved automatically, which is no sign that the service recovered.",
    ),
    ("reopened", {"count": 2.0}, "The incident was reopened 2 times."),
    (
        "masked",
        {"secret_count": 3, "phone_count": 1, "address_count": 2},
        (
            "3 secrets, 1 telephone number and 2 e-mail addresses in what people wrote in the sources were masked, "
            "here and in the evidence."
        ),
    ),
    (
        "masked",
        {"phone_count": 1},
        "1 telephone number in what people wrote in the sources was masked, here and in the evidence.",
    ),
    (
        "alert_without_rule",
        {"alert": "Burn"},
        "Prometheus has no rule for alert Burn, so what it waits for is unknown.",
    ),
]


@pytest.mark.parametrize(("code", "values", "text"), CASES)
def test_remark_text(code: str, values: dict[str, Any], text: str) -> None:
    """A remark reads as a sentence or two."""
    assert remark_text(Finding(code=code, severity=Severity.INFO, values=values)) == text


def test_every_code_is_tried() -> None:
    """No code goes without an example here."""
    assert {code for code, _, _ in CASES} == PHRASES.keys()


def test_plain_ink_leaves_markdown_alone() -> None:
    """For data the outside text is plain."""
    remark = Finding(code="ratio_only", severity=Severity.WARNING, values={"slo": "a_*b"})

    assert remark_text(remark, ink=plain).startswith("a_*b is defined")


def test_a_missing_instant_is_refused() -> None:
    """A remark whose value is of another type is a mistake of ours."""
    with pytest.raises(TypeError, match="until"):
        remark_text(Finding(code="recovery_unconfirmed", severity=Severity.INFO, values={"until": "soon"}))
