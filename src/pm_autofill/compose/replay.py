"""The appendix's table of all replayed alert rules: what each would have done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import join_words, percent
from pm_autofill.wording.replay import burn_words, factor_words, window_words
from pm_autofill.wording.times import clock, day, day_clock, interval_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pm_autofill.compose.case import Case
    from pm_autofill.replayed import Firing, Replay, ReplayedRule

_COLUMNS = (
    "Rule",
    "Would have fired",
    "After the start",
    "Budget consumed by then",
    "Fires in the 7 days before",
    "With a shorter `for`",
)
_WHOLE = 0.995
_DAYS = 7


def replay_table(case: Case) -> str:
    """A row for every replayed rule, and how to read them; empty where nothing was replayed."""
    replay = case.findings.replay
    if replay is None:
        return ""
    several = len({rule.slo for rule in replay.rules if rule.slo}) > 1
    rows = [_row(case, rule, several=several) for rule in replay.rules if not rule.refused]
    parts = ["\n".join([_line(_COLUMNS), _line(["---"] * len(_COLUMNS)), *rows])] if rows else []
    refused = [f"- {escape(rule.name)}: {escape(rule.refused)}" for rule in replay.rules if rule.refused]
    if refused:
        parts.append("\n".join(["Not replayed:", "", *refused]))
    return "\n\n".join([*parts, " ".join(_notes(case, replay))])


def _row(case: Case, rule: ReplayedRule, *, several: bool) -> str:
    return _line([_name(rule, several=several), *_fired(case, rule), _earlier(rule), _shorter(case, rule)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(rule: ReplayedRule, *, several: bool) -> str:
    held = f", for {window_words(rule.hold)}" if rule.hold else ""
    if rule.burn is None:
        severity = f", {escape(rule.severity)}" if rule.severity else ""
        return f"{escape(rule.name)}{severity}{held}"
    on = f", on {escape(rule.slo)}" if several else ""
    return f"{join_words(rule.burn.sets)}: {burn_words(rule.burn)}, burn rate {factor_words(rule.burn)}{held}{on}"


def _fired(case: Case, rule: ReplayedRule) -> tuple[str, str, str]:
    if rule.firing is None:
        return ("never: no ratio is high enough" if rule.never else "no"), "", ""
    firing = rule.firing
    spent = "unknown" if firing.spent_ratio is None else percent(firing.spent_ratio)
    return _at(case, firing), interval_words(firing.to_detect), spent


def _earlier(rule: ReplayedRule) -> str:
    """How often it would have fired in the week before, and how often of these it was right."""
    if not rule.excused_fires:
        return str(rule.earlier_fires)
    return f"{rule.earlier_fires}, {rule.excused_fires} of them in other incidents"


def _shorter(case: Case, rule: ReplayedRule) -> str:
    if rule.shorter is None:
        return ""
    held = window_words(rule.shorter.hold) if rule.shorter.hold else "none"
    fired = "would not have fired" if rule.shorter.firing is None else _at(case, rule.shorter.firing)
    return f"{held}: {fired}"


def _at(case: Case, firing: Firing) -> str:
    start = case.known("impact.start")
    return clock(firing.at) if start and day(start.instant) == day(firing.at) else day_clock(firing.at)


def _notes(case: Case, replay: Replay) -> Iterator[str]:
    """What the figures rest on."""
    fired = case.known("alert.fired")
    if fired:
        yield f"The alert fired at {clock(fired.instant)}."
    if replay.missing:
        yield f"Rules were read in part only (missing: {escape(replay.missing)}): others may have fired sooner."
    if any(rule.burn is None and not rule.refused for rule in replay.rules):
        yield "Own rules are those loaded now; Prometheus evaluated them over the past."
    if replay.slo and replay.seen_ratio < _WHOLE:
        yield f"The {_DAYS} days before have data for {percent(replay.seen_ratio)} of the time."
    if any(rule.earlier_fires for rule in replay.rules):
        yield _about_fires(replay)
    interval = max(rule.interval for rule in replay.rules)
    if not replay.interval_known:
        yield "How often rules are evaluated here is unknown: no loaded rule says so."
    yield (
        f"Evaluated every {interval_words(interval)}, in the {_DAYS} days before every minute; a shorter `for` is the "
        "shortest without a false fire in those days. Delivery of a page comes on top."
    )


def _about_fires(replay: Replay) -> str:
    """What a fire in the week before says of a rule."""
    if replay.incidents_known:
        return (
            f"A fire in the {_DAYS} days before is not false while another incident of the service lasted; of an own "
            "rule only where another alert opened that incident."
        )
    return f"Each fire in the {_DAYS} days before counts as false: other incidents of those days are not known."
