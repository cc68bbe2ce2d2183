"""The head of the document: metadata and the executive summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.compose.case import stated_mark
from pm_autofill.compose.slot import Slot
from pm_autofill.evidence.slos import SliKind
from pm_autofill.wording.budgets import taken
from pm_autofill.wording.facts import wide_bounds
from pm_autofill.wording.labels import bad, noun, population
from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import count, join_words, objective, percent, plural
from pm_autofill.wording.times import day, duration_words, minute, minutes_words

if TYPE_CHECKING:
    from pm_autofill.compose.case import Case
    from pm_autofill.findings import Known, SloFindings


# The edges of an impact lie inside a scrape, in which something may have been served.
_NEARLY = 0.9
_WINDOW = ("impact.start", "impact.end", "impact.duration")
# The template's durations are whole minutes.
_ALIKE_SECONDS = 60.0


def title(case: Case) -> Slot:
    """The incident's title; without an incident the service and the searched window's day."""
    record = case.evidence.pagerduty
    words = escape(record.incident.title, limit=200) if record else ""
    return Slot(words or f"{case.service}, {date(case)}")


def date(case: Case) -> Slot:
    """The UTC date of the first thing known to have happened."""
    for name in ("impact.start", "incident.triggered"):
        fact = case.known(name)
        if fact:
            return Slot(day(fact.instant))
    return Slot(day(case.evidence.request.since or case.evidence.request.as_of))


def duration(case: Case) -> Slot:
    """How long the impact lasted, or has lasted so far."""
    lasted, start = case.known("impact.duration"), case.known("impact.start")
    if case.findings.open and start:
        return Slot(f"ongoing, {so_far(case, start)} so far")
    if lasted:
        bounds = wide_bounds(lasted)
        words = duration_words(lasted.number) + (f" ({bounds})" if bounds else "") + stated_mark(lasted)
        return Slot(words + _not_counted(case))
    return case.unknown("impact.duration")


def _not_counted(case: Case) -> str:
    """Other bad times of the headline SLO, which its duration does not hold; empty without any."""
    headline = case.findings.headline
    others = headline.elsewhere if headline else ()
    if not others:
        return ""
    longest = max(others, key=lambda one: one.window.seconds)
    which = "" if len(others) == 1 else "the longest "
    length = f"{which}{duration_words(longest.window.seconds)} from {minute(longest.window.start)}"
    return f"; not counted: {plural(len(others), 'other bad time')}, {length}"


def so_far(case: Case, start: Known) -> str:
    """How long an impact that is still going on has lasted since it began, in words."""
    return duration_words((case.findings.as_of - start.instant).total_seconds())


def budget_impact(case: Case) -> Slot:
    """The share of the headline SLO's budget, with its method's window and the objective."""
    headline, share = case.findings.headline, consumed(case)
    if headline is None or not share:
        return case.unknown("error_budget.consumed_ratio")
    definition = headline.definition
    whose = f"{escape(definition.name)} ({objective(definition.objective)})"
    words = f"{share} of {whose} consumed{' so far' if case.findings.open else ''}"
    return Slot(words + had_lost_failed(case))


def consumed(case: Case, kind: str = "") -> str:
    """The headline SLO's share, such as ``at least 10.9% of the 30-day budget``; empty where it is unknown."""
    headline = case.findings.headline
    return taken(headline, case.findings.facts, kind) if headline else ""


def had_lost_failed(case: Case) -> str:
    """What the budget would have lost had the requests that never arrived failed; empty where none were lost."""
    headline = case.findings.headline
    if headline is None or headline.consumed_if_lost_failed_ratio is None:
        return ""
    return f"; {percent(headline.consumed_if_lost_failed_ratio)} had the lost requests failed"


def summary(case: Case) -> Slot:
    """The executive summary's first sentence, from what is known of date, service, problem, duration and effect."""
    start, end, lasted = _window(case)
    if start is None:
        return case.unknown("impact.start")
    if not case.findings.open and not (lasted and end):
        return case.unknown("impact.end")
    result = f", resulting in {join_words(effects)}" if (effects := _effects(case)) else ""
    if lasted and end:
        span = f"{duration_words(lasted.number)} ({minutes_words(start.instant, end.instant)})"
        return Slot(f"On {day(start.instant)}, {case.service} {_problem(case)} for {span}{result}.")
    since = f"{day(start.instant)} {minute(start.instant)} UTC"
    so_far_too = " so far" if result else ""
    return Slot(
        f"Since {since} ({so_far(case, start)} so far), {case.service} has {_problem(case)}{result}{so_far_too}."
    )


def _window(case: Case) -> tuple[Known | None, Known | None, Known | None]:
    """Start, end and duration of what the summary tells: the headline SLO's, or the incident's where both are alike.

    One duration stands on the page, unless the headline SLO's is another one, which its figures belong to.
    """
    own, whole = (tuple(find(name) for name in _WINDOW) for find in (case.of_headline, case.known))
    alike = own[2] is not None and whole[2] is not None and abs(own[2].number - whole[2].number) <= _ALIKE_SECONDS
    start, end, lasted = whole if alike else own
    return start, end, lasted


def _problem(case: Case) -> str:
    headline, ratio = case.findings.headline, case.known("requests.failed_ratio")
    if headline and is_outage(headline):
        lasted = case.of_headline("impact.duration")
        whole = lasted is not None and headline.silent_s >= _NEARLY * lasted.number
        return "served nothing" if whole else _served(case)
    if headline and headline.definition.kind == SliKind.LATENCY:
        return f"answered {percent(ratio.number)} of {_whose(headline)} too slowly" if ratio else "answered too slowly"
    if ratio is None or headline is None:
        return f"failed {noun(headline.definition)}" if headline else "failed requests"
    return f"failed {percent(ratio.number)} of {_whose(headline)}"


def _whose(headline: SloFindings) -> str:
    """Of what the figures are."""
    return f"the {escape(population(headline.definition))}"


def is_outage(headline: SloFindings) -> bool:
    """Whether all of its bad periods are times without the usual traffic: then a share of failures says little."""
    return bool(headline.periods) and all(period.kind == "no traffic" for period in headline.periods)


def served_nothing(case: Case, headline: SloFindings) -> str:
    """How long nothing was served; where something always was, that it was less than usual."""
    if headline.silent_s:
        return f"{case.service} served nothing for {duration_words(headline.silent_s)}"
    return f"{case.service} {_served(case)}"


def _served(case: Case) -> str:
    """How much of the usual traffic was served."""
    served, lost = case.known("requests.total"), case.known("requests.lost")
    if not served or not lost or lost.number <= 0:
        return "served less than its usual traffic"
    return f"served {percent(served.number / (served.number + lost.number))} of its usual traffic"


def _effects(case: Case) -> list[str]:
    headline = case.findings.headline
    failed, lost = case.known("requests.failed"), case.known("requests.lost")
    effects = []
    if headline and is_outage(headline):
        if lost and lost.number > 0:
            effects.append(f"about {count(lost.number)} fewer {escape(noun(headline.definition))} than usual")
        return effects
    if failed and headline:
        effects.append(f"{count(failed.number)} {bad(headline.definition)} {escape(noun(headline.definition))}")
    if lost and lost.number > 0 and headline:
        effects.append(f"about {count(lost.number)} {escape(noun(headline.definition))} that never arrived")
    if share := consumed(case, "error"):
        effects.append(share)
    return effects
