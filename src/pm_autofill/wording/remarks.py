"""One sentence per remark on the data, by its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from pm_autofill.wording.labels import LABELS
from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import count, few, join_words, percent, plural
from pm_autofill.wording.times import day_clock, duration_words, interval_words
from pm_autofill.wording.values import Ink, Values

if TYPE_CHECKING:
    from pm_autofill.findings import Finding

Phrase: TypeAlias = Callable[[Values], str]

_LARGE_SHARE = 0.2
# A month is nearly four weeks.
_NEARLY = 0.15
# SRE workbook, appendix B.
_POLICY = (
    "Google's example error budget policy asks for a post-mortem with a P0 action item when one incident consumes more "
    "than 20% of a four-week budget."
)


def remark_text(finding: Finding, ink: Ink = escape) -> str:
    """What a reader of the numbers should know, in one or two sentences.

    Args:
        finding: The remark; each code's values are listed in ``docs/facts.md``.
        ink: How outside text is written; as Markdown unless told otherwise.

    Raises:
        KeyError: There are no words for its code, or a value they need is missing.
    """
    phrase = PHRASES[finding.code]
    values = Values(finding.values, ink)
    return phrase.format_map(values) if isinstance(phrase, str) else phrase(values)


def _seconds(values: Values) -> str:
    return interval_words(abs(values.number("seconds")))


def _named(values: Values) -> str:
    return LABELS.get(values.raw("name")) or values["name"]


def _several_periods(values: Values) -> str:
    periods = plural(values.number("count"), "bad period")
    return (
        f"{values['slo']} had {periods} with less than the hold between them, "
        f"bad for {duration_words(values.number('bad_seconds'))} in all; they count as one."
    )


def _other_periods(values: Values) -> str:
    periods = plural(values.number("count"), "other bad period")
    listed = f"{values['slo']} had {periods} in the searched window: listed in the timeline, not counted."
    if not values.has("at"):
        return listed
    at, detect = day_clock(values.instant("at")), interval_words(values.number("detect_s"))
    return f"{listed} Were the one from {at} UTC the start, the time to detect would be {detect}."


def _no_change(values: Values) -> str:
    floor = ""
    if values.has("smallest_ratio"):
        floor = f" A rise to {percent(values.number('smallest_ratio'))} of requests would have been seen."
    return f"{values['slo']} shows no change in the searched window.{floor}"


def _counters(values: Values, one: str, many: str) -> str:
    number = values.number("count")
    return f"{plural(number, 'counter')} of {values['slo']} {one if number == 1 else many}"


def _count_bounds(values: Values) -> str:
    what = "slow" if values.raw("kind") == "latency" else "failed"
    reasons = [f"its counters are read every {interval_words(values.number('scrape_s'))}"]
    if values.number("edge_s"):
        reasons.append(f"the impact's start and end are known to within {interval_words(values.number('edge_s'))}")
    if values.has("restarts"):
        restarts = plural(values.number("restarts"), "restart")
        reasons.append(f"{restarts} may have taken along what was counted last")
    if values.has("unknown_start"):
        reasons.append(f"{plural(values.number('unknown_start'), 'counter')} came with an unknown past")
    return (
        f"The {what} requests of {values['slo']} lie between {count(values.number('low'))} and "
        f"{count(values.number('high'))}, no closer because {join_words(reasons)}."
    )


def _threshold_between(values: Values) -> str:
    threshold, below = (f"{values.number(name):.6g}" for name in ("threshold", "below"))
    missing = f"No bucket of {values['slo']} ends at its threshold {threshold}"
    if values.has("above"):
        above = f"{values.number('above'):.6g}"
        return f"{missing}: slow requests are interpolated between {below} and {above}, and bounded by both."
    return f"{missing}, which is above the last one, {below}: slower ones are counted as slow, which may be too many."


def _share(values: Values) -> str:
    return f"This incident consumed {percent(values.number('ratio'))} of the error budget of {values['slo']}"


def _budget_exceeded(values: Values) -> str:
    asked = f" {_POLICY}" if _of_four_weeks(values) > _LARGE_SHARE else ""
    return f"{_share(values)}: all of it, and more{_as_four_weeks(values)}.{asked}"


def _budget_large_share(values: Values) -> str:
    return f"{_share(values)}{_as_four_weeks(values)}. {_POLICY}"


def _of_four_weeks(values: Values) -> float:
    return values.number("four_week_ratio") if values.has("four_week_ratio") else values.number("ratio")


def _as_four_weeks(values: Values) -> str:
    """The share of a four-week budget, where the budget's own window is clearly another."""
    ratio = _of_four_weeks(values)
    near = abs(ratio / values.number("ratio") - 1) <= _NEARLY
    return "" if near else f", which is {percent(ratio)} of what four weeks have"


def _budget_exhausted(values: Values) -> str:
    late = " at the latest" if values.has("at_the_latest") else ""
    at, after = day_clock(values.instant("at")), interval_words(values.number("seconds"))
    return f"The error budget of {values['slo']} ran out at {at} UTC{late}, {after} after the impact began."


def _small_budget(values: Values) -> str:
    slices = values.has("slices")
    unit = "bad time slice" if slices else "failure"
    allowed = values.number("allowed")
    much = f"{few(allowed)} {unit}{'' if allowed == 1 else 's'}"
    return f"The whole error budget of {values['slo']} is {much}: one alone takes {percent(1 / allowed)} of it."


def _history_short(values: Values) -> str:
    return (
        f"The history of {values['slo']} covers {percent(values.number('coverage_ratio'))} of its budget window: the "
        "budget is scaled up to the whole window, and what was left of it is unknown."
    )


def _traffic_fell(values: Values) -> str:
    return (
        f"Traffic of {values['slo']} fell below its usual range: about {count(values.number('lost'))} requests never "
        "arrived. They take no budget, so its shares are lower bounds."
    )


def _merged_incident(values: Values) -> str:
    number = f" {values['number']}" if values.has("number") else ""
    return f'Incident{number} "{values["title"]}" was merged into this one.'


def _alert_before_impact(values: Values) -> str:
    alert = f"Alert {values['alert']}" if values.has("alert") else "The alert"
    return f"{alert} fired {_seconds(values)} before the impact began: it watches another signal."


def _same_incident(values: Values) -> str:
    how = " of the same alert" if values.raw("how") == "same alert" else ""
    words = (
        f'Incident {values["number"]} "{values["title"]}"{how} began at {day_clock(values.instant("at"))} UTC, while '
        "the impact lasted: it looks like a part of this one. "
    )
    if values.has("in_part"):
        return f"{words}Whether it was merged into this one is unknown."
    return f"{words}Its pages and answers are not counted here; merge both in PagerDuty and draft again to count them."


def _times(values: Values) -> str:
    number = values.number("count")
    least = "at least " if values.has("in_part") else ""
    return least + ("once" if number == 1 else plural(number, "time"))


def _alert_noise(values: Values) -> str:
    pages, people = plural(values.number("pages"), "page"), plural(values.number("people"), "person", "people")
    words = f"{pages} went to {people}, and alerts triggered {plural(values.number('triggers'), 'time')}."
    return f"At least {words}" if values.has("in_part") else words


def _samples_missing(values: Values) -> str:
    share = percent(values.number("ratio"))
    return (
        f"{values['slo']} has no samples for {_seconds(values)} of its impact ({share}): its counts are lower bounds."
    )


def _target(values: Values, judgement: str) -> str:
    took, target = interval_words(values.number("seconds")), interval_words(values.number("target_s"))
    return f"{_named(values)}: {took}, {judgement} the target of {target}."


def _masked(values: Values) -> str:
    names = (("secret", "secret"), ("phone", "telephone number"), ("address", "e-mail address"))
    found = [(values.number(f"{kind}_count"), name) for kind, name in names if values.has(f"{kind}_count")]
    told = join_words([plural(number, name, f"{name}{'es' if name.endswith('s') else 's'}") for number, name in found])
    is_one = sum(number for number, _ in found) == 1
    return f"{told} in what people wrote in the sources {'was' if is_one else 'were'} masked, here and in the evidence."


def _siblings(values: Values) -> str:
    number = values.number("count")
    lie = "lies" if number == 1 else "lie"
    least = "at least " if values.has("in_part") else ""
    words = f"{least}{plural(number, 'other incident')} of the service or its alerts {lie} in the same window."
    return words[0].upper() + words[1:]


PHRASES: dict[str, str | Phrase] = {
    # the impact window
    "recovery_unconfirmed": lambda values: (
        f"The recovery is not confirmed yet: the SLI has to stay good until {day_clock(values.instant('until'))} UTC."
    ),
    "still_open": lambda values: (
        f"The impact that began at {day_clock(values.instant('since'))} UTC is still going on; all figures are so far."
    ),
    "several_periods": _several_periods,
    "other_periods": _other_periods,
    "no_change": _no_change,
    "slo_discovered": "{slo} is in no configuration: found in {origin}.",
    "slo_not_moved": "Checked, not affected: {slo}.",
    "slo_not_compared": (
        "Whether {slo} was affected is unknown: the incident does not name its service, and the start of the impact is "
        "unknown."
    ),
    "no_bad_series": (
        "{slo} has no series of bad events in the searched window: either none was bad, or their selector is wrong."
    ),
    "service_not_named": "{slo} moved with this incident, although the incident does not name its service {service}.",
    "gap_over_edge": lambda values: (
        f"{values['slo']} has no samples for {_seconds(values)} around an edge of the impact, which may lie in there."
    ),
    "counters_gone": lambda values: (
        f"All counters of {values['slo']} are gone since {day_clock(values.instant('since'))} UTC: the service, its "
        "scraping or its metrics' names. Taken as an outage: requests it served unseen would not be lost."
    ),
    # the order of things
    "alert_before_impact": _alert_before_impact,
    "detected_before_impact": lambda values: (
        f"The incident was detected {_seconds(values)} before the impact began, so the time to detect is negative."
    ),
    "resolved_before_recovery": lambda values: (
        f"PagerDuty's incident was resolved {_seconds(values)} before the service recovered; the duration runs to the "
        "recovery."
    ),
    "recovered_before_response": "The service recovered before a responder acted.",
    "recovered_before_mitigation": "The mitigation came after the recovery, so it did not end the impact.",
    "mitigated_before_response": lambda values: (
        f"What mitigated came {_seconds(values)} before anyone responded, so the time to mitigate is negative."
    ),
    "negative_interval": lambda values: (
        f"{_named(values)} is negative ({interval_words(values.number('seconds'))}): its events came in reverse order."
    ),
    "order_within_bounds": lambda values: (
        f"{_named(values)} is negative ({interval_words(values.number('seconds'))}) within the bounds of its instants: "
        "which of them came first is not known."
    ),
    "stated_overrides": lambda values: f"{_named(values)} was stated by a human; what was observed gave way.",
    "met_target": lambda values: _target(values, "within"),
    "missed_target": lambda values: _target(values, "more than"),
    "start_after_first_row": lambda values: (
        f"The first sign in the timeline is of {day_clock(values.instant('at'))} UTC, {_seconds(values)} before the "
        "start of the impact: the start may be too late."
    ),
    "clocks_apart": lambda values: (
        f"PagerDuty had an alert {_seconds(values)} before Prometheus says that it fired: their clocks differ by that "
        "or more."
    ),
    # counting
    "samples_missing": _samples_missing,
    "sli_without_data": "{slo} has no samples in the searched window, so it is unknown whether it was affected.",
    "sli_in_part": "The SLI of {slo} was not read whole, so it is unknown whether it was affected.",
    "pushed_down": "{slo} was not read sample by sample: Prometheus summed its events per step; edges are coarser.",
    "partial_answer": "{source} answered only in part: {text}",
    "query_remark": "Prometheus remarks on the query of {slo}: {text}",
    "ratio_only": "{slo} is defined by a ratio only, so its requests cannot be counted.",
    "counter_unknown_start": lambda values: (
        f"{_counters(values, 'appears', 'appear')} in the window without a sign of a beginning: "
        "what was counted before the first sample is left out."
    ),
    "counters_born": lambda values: f"{_counters(values, 'began', 'began')} inside the window; counted from zero.",
    "counter_resets": lambda values: (
        f"Counters of {values['slo']} restarted {plural(values.number('count'), 'time')} in the window; "
        "what they counted before and after is in the sums."
    ),
    "count_bounds": _count_bounds,
    "threshold_between": _threshold_between,
    "low_traffic": "{slo} has little traffic: single requests decide its ratios.",
    "no_baseline": "What is usual for {slo} is unknown, and so is what was more than usual, and what was lost.",
    "traffic_fell": _traffic_fell,
    # the budget
    "budget_exceeded": _budget_exceeded,
    "budget_large_share": _budget_large_share,
    "budget_exhausted": _budget_exhausted,
    "small_budget": _small_budget,
    "history_short": _history_short,
    "objective_100": "The objective of {slo} is 100%: its budget is zero, and any failure exceeds it.",
    # the incident
    "merged_incident": _merged_incident,
    "sibling_incidents": _siblings,
    "same_incident": _same_incident,
    "opened_by_hand": "The incident was opened by hand.",
    "never_acknowledged": "Nobody acknowledged the incident.",
    "acknowledged_by_machine_only": "Only automation acknowledged the incident, which is no response of a human.",
    "auto_resolved": "PagerDuty's incident was resolved automatically, which is no sign that the service recovered.",
    "reopened": lambda values: f"The incident was reopened {plural(values.number('count'), 'time')}.",
    "escalated_by_timeout": lambda values: f"The page was escalated {_times(values)} because nobody answered.",
    "acknowledgement_lapsed": lambda values: f"An acknowledgement timed out {_times(values)}.",
    "alert_noise": _alert_noise,
    "quiet_hours": lambda values: (
        f"Traffic of {values['slo']} was at {percent(values.number('ratio'))} of its mean over the budget window."
    ),
    "no_runbook": "Alert {alert} names no runbook.",
    "alert_never_fired": "Alert {alert} of the service never fired during the impact.",
    "alert_not_in_incident": lambda values: (
        f"Alert {values['alert']} of the service fired at {day_clock(values.instant('at'))} UTC, but is not in this "
        "PagerDuty incident."
    ),
    "masked": _masked,
    "alert_without_rule": "Prometheus has no rule for alert {alert}, so what it waits for is unknown.",
}
"""Code to its words: a sentence whose braces hold texts, or a function of the values."""
