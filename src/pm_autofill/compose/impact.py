"""The section "Impact": what users met, for how long, how many requests, how much of the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.compose.slot import Slot
from pm_autofill.compose.summary import consumed, had_lost_failed, is_outage, served_nothing, so_far
from pm_autofill.evidence.slos import SliKind
from pm_autofill.findings import Basis, Known
from pm_autofill.instants import from_epoch
from pm_autofill.wording.budgets import projected, taken
from pm_autofill.wording.facts import unknown_words, wide_bounds
from pm_autofill.wording.labels import bad, noun, population
from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import count, percent, ratio_pair
from pm_autofill.wording.times import clock, day_clock, duration_words, minute, offset_words, window_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pm_autofill.compose.case import Case
    from pm_autofill.findings import Fact, SloFindings


def user_impact(case: Case) -> Slot:
    """Average, worst minute and usual share of bad requests."""
    headline, ratio = case.findings.headline, case.known("requests.failed_ratio")
    if headline is not None and is_outage(headline):
        return Slot(f"{served_nothing(case, headline)}; nobody counted what arrived.")
    if ratio is None or headline is None:
        return case.unknown("requests.failed_ratio")
    words = f"{percent(ratio.number)} of the {escape(population(headline.definition))} {_did(headline)} on average"
    peak = case.known("requests.failed_ratio_peak")
    if peak:
        at = peak.notes.get("worst_minute_s")
        when = f" ({minute(from_epoch(at))})" if isinstance(at, float) else ""
        words += f", {percent(peak.number)} at the worst minute{when}"
    if headline.baseline_ratio is not None:
        words += f"; normally {percent(headline.baseline_ratio)}{_taken(headline)}"
    wider = case.findings.wider_share
    if wider is not None:
        words += f"; {percent(wider.ratio)} of all {escape(population(wider.definition))}"
    return Slot(f"{words}.")


def impact_window(case: Case) -> Slot:
    """From when to when, how that was seen, and where the alert lay."""
    start, end, lasted = case.known("impact.start"), case.known("impact.end"), case.known("impact.duration")
    if start is None:
        return case.unknown("impact.start")
    tail = _seen(case, start, end) + _alerted(case, start)
    if end and lasted:
        bounds = wide_bounds(lasted)
        total = f"total: {duration_words(lasted.number)}{f', {bounds}' if bounds else ''}"
        return Slot(f"{window_words(start.instant, end.instant)} ({total}){tail}")
    began = f"{day_clock(start.instant)} UTC"
    if case.findings.open:
        return Slot(f"{began}, ongoing at {clock(case.findings.as_of)} ({so_far(case, start)} so far){tail}")
    return Slot(f"from {began}; end {case.unknown('impact.end')}", known=False)


def requests(case: Case) -> Slot:
    """How many requests were bad, of how many, how many more than usual, and how many never arrived."""
    failed, total, headline = case.known("requests.failed"), case.known("requests.total"), case.findings.headline
    if failed is None:
        return case.unknown("requests.failed")
    did = _did(headline) if headline else "failed"
    what = escape(noun(headline.definition)) if headline else "requests"
    if total:
        pair, _, share = ratio_pair(failed.number, total.number).partition(" (")
        words = f"{pair} {what} {did}{f' ({share}' if share else ''}"
    else:
        words = f"{count(failed.number)} {what} {did}"
    words += " so far" if case.findings.open else ""
    words += f", {bounds}" if (bounds := wide_bounds(failed)) else ""
    words += _excess(case) + _lost(case)
    if len(case.moved) > 1 and headline:
        words += f", as counted by {escape(headline.definition.name)}"
    return Slot(words)


def budget_consumed(case: Case) -> Slot:
    """The share of the budget, what of it was beyond the usual, and what was left before and after."""
    headline, share = case.findings.headline, consumed(case)
    if headline is None or not share:
        return case.unknown("error_budget.consumed_ratio")
    fact = case.known("error_budget.consumed_ratio")
    details = [bounds] if fact and (bounds := wide_bounds(fact)) else []
    excess = headline.excess_consumed_ratio
    if fact and excess is not None and percent(excess) != percent(fact.number):
        details.append(f"{percent(excess)} beyond the usual")
    details += [_left(case, "before"), _left(case, "after"), _spent(case), projected(headline)]
    words = f"{share}{' so far' if case.findings.open else ''}"
    return Slot(f"{words} ({', '.join(one for one in details if one)}){had_lost_failed(case)}")


def slo_table(case: Case) -> str:
    """One row per SLO that moved, worst first; empty where the list tells of the only one."""
    if len(case.moved) < 2 and (case.findings.headline or not case.moved):  # noqa: PLR2004 - a single one
        return ""
    head = ["| SLO | Service | Impact (UTC) | Bad requests | Share | Budget consumed |", f"|{'-----|' * 6}"]
    return "\n".join([*head, *(_slo_row(one) for one in case.moved)])


def _slo_row(one: SloFindings) -> str:
    facts = one.facts
    start, end = facts["impact.start"], facts["impact.end"]
    if isinstance(start, Known) and isinstance(end, Known):
        span = window_words(start.instant, end.instant).removesuffix(" UTC")
    else:
        span = f"from {day_clock(start.instant)}" if isinstance(start, Known) else "unknown"
    cells = (
        escape(one.definition.name),
        escape(one.definition.service),
        span,
        _figure(facts["requests.failed"], count, f" {bad(one.definition)}"),
        _figure(facts["requests.failed_ratio"], percent),
        taken(one, facts).replace(" of the ", " of ") or _figure(facts["error_budget.consumed_ratio"], percent),
    )
    return f"| {' | '.join(cells)} |"


def _did(one: SloFindings) -> str:
    return "were slow" if one.definition.kind == SliKind.LATENCY else "failed"


def _taken(one: SloFindings) -> str:
    """Where the usual ratio was taken from."""
    if one.baseline_weeks is None:
        return ""
    when = f"at the same time in the {one.baseline_weeks} weeks before" if one.baseline_weeks else "in the hour before"
    return f" ({when})"


def _seen(case: Case, start: Known, end: Known | None) -> str:
    edges = {"start": start, "end": end}
    stated = [name for name, edge in edges.items() if edge is not None and edge.basis is Basis.STATED]
    if stated:
        return ", as stated" if len(stated) == len(edges) else f", the {stated[0]} as stated"
    if len(case.moved) > 1:
        number = "both" if len(case.moved) == 2 else f"all {len(case.moved)}"  # noqa: PLR2004 - a pair
        return f", over {number} SLOs that moved"
    headline = case.findings.headline
    if headline and all(period.kind == "no traffic" for period in headline.periods) and headline.periods:
        return ", as seen in the traffic"
    slow = headline is not None and headline.definition.kind == SliKind.LATENCY
    return f", as seen in the {'share of slow requests' if slow else 'error ratio'}"


def _alerted(case: Case, start: Known) -> str:
    fired = case.known("alert.fired")
    if fired is None:
        return ""
    if not fired.is_before(start) and not start.is_before(fired):
        return f"; the alert fired at {clock(fired.instant)}, within the bounds of the start"
    return f"; the alert fired {offset_words((fired.instant - start.instant).total_seconds(), 'the start')}"


def _excess(case: Case) -> str:
    excess = case.known("requests.excess_failed")
    if excess is None or not excess.number:
        return ""
    return f", {count(abs(excess.number))} {'more' if excess.number > 0 else 'fewer'} than usual"


def _lost(case: Case) -> str:
    lost = case.known("requests.lost")
    if not lost or lost.number <= 0:
        return ""
    if case.findings.headline is not None and is_outage(case.findings.headline):
        return f"; about {count(lost.number)} fewer than usual were served"
    return f"; about {count(lost.number)} more never arrived"


def _left(case: Case, when: str) -> str:
    fact = case.known(f"error_budget.remaining_{when}_ratio")
    if fact is None:
        return f"{when}: unknown"
    if fact.number < 0:
        return f"{when}: overspent by {percent(-fact.number)}"
    return f"{when}: {percent(fact.number)} left"


def _spent(case: Case) -> str:
    """When the budget ran out; empty where it did not during the impact."""
    headline = case.findings.headline
    if headline is None or headline.budget_exhausted_at is None:
        return ""
    sure = case.known("error_budget.remaining_before_ratio") is not None
    return f"spent {'at' if sure else 'by'} {minute(headline.budget_exhausted_at)}"


def _figure(fact: Fact, words: Callable[[float], str], after: str = "") -> str:
    return words(fact.number) + after if isinstance(fact, Known) else unknown_words(fact)
