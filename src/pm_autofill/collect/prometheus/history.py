"""Since when an SLO's counters have data."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pm_autofill.collect.observation import Observed
from pm_autofill.collect.prometheus.naming import source_id
from pm_autofill.collect.prometheus.refusals import gaps_of_partial
from pm_autofill.collect.prometheus.updates import failed, unchanged
from pm_autofill.errors import SourceError
from pm_autofill.instants import Window, from_epoch, parse_duration
from pm_autofill.promql import accept_bounds, first_seen

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.slos import SloEvidence

_BEFORE = timedelta(days=1)
_COARSE, _FINE = timedelta(hours=1), timedelta(minutes=1)


def read_history(ask: Interviewer, slo: SloEvidence, end: datetime) -> Observed[SloUpdate]:
    """Find since when an SLO's events have data.

    One cheap question settles the usual case: data in the day before the budget window began. Only where there was none
    is the window itself looked through, hour by hour, and the hour before the first of them minute by minute.

    Args:
        ask: Asks.
        slo: What is known of the SLO.
        end: Where its budget window ends.

    Returns:
        An update that sets ``history_start``, and leaves it alone where there is no data at all.
    """
    definition = slo.definition
    if definition.events is None or not definition.rolling:
        return Observed(unchanged)
    what = f"the budget window of {definition.name}"
    selector = accept_bounds(definition.events.total)
    try:
        answer, reach = _find_first(ask, selector, Window(end - parse_duration(definition.window), end), what)
    except SourceError as error:
        return failed(error, what)
    gaps = gaps_of_partial(answer.reply, what)
    start = _instant_in(answer, reach)
    if start is None:
        return Observed(unchanged, {}, gaps)
    source = answer.source(ask.base, over=reach)
    key = source_id(definition.name, "history")
    return Observed(lambda known: msgspec.structs.replace(known, history_start=start), {key: source}, gaps)


def _find_first(ask: Interviewer, selector: str, window: Window, what: str) -> tuple[Answer, Window]:
    """The question that found the first instant with data, and the stretch it looked through."""
    before = Window(window.start - _BEFORE, window.start)
    answer = ask.instant(first_seen(selector, _BEFORE, _COARSE, ago=window.end - window.start), window.end, what)
    if _instant_in(answer, before) is not None:
        return answer, before
    answer = ask.instant(first_seen(selector, window.end - window.start, _COARSE), window.end, what)
    first = _instant_in(answer, window)
    if first is None:
        return answer, window
    hour = Window(first - _COARSE, first)
    finer = ask.instant(first_seen(selector, _COARSE, _FINE), hour.end, what)
    return (answer, window) if _instant_in(finer, hour) is None else (finer, hour)


def _instant_in(answer: Answer, reach: Window) -> datetime | None:
    """The instant an answer names; None where it names none, or none of the stretch asked for."""
    number = answer.number
    earliest = (reach.start - _COARSE).timestamp()  # some engines begin a step before
    return from_epoch(number) if number is not None and earliest <= number <= reach.end.timestamp() else None
