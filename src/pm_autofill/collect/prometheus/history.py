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
from pm_autofill.instants import Window, from_epoch
from pm_autofill.promql import accept_bounds, first_seen

if TYPE_CHECKING:
    from datetime import datetime

    from pm_autofill.collect.prometheus.asking import Answer, Interviewer
    from pm_autofill.collect.prometheus.updates import SloUpdate
    from pm_autofill.evidence.slos import SloEvidence

_BEFORE = timedelta(days=1)
_COARSE, _FINE = timedelta(hours=1), timedelta(minutes=1)


def read_history(ask: Interviewer, slo: SloEvidence, window: Window) -> Observed[SloUpdate]:
    """Find since when an SLO's events have data.

    One cheap question settles the usual case: data in the day before the window began. Only where there was none is the
    window itself looked through, hour by hour, and the hour before the first of them minute by minute.

    Args:
        ask: Asks.
        slo: What is known of the SLO.
        window: Where it matters: the budget window, or the months.

    Returns:
        An update that sets ``history_start``, and leaves it alone where there is no data at all.
    """
    definition = slo.definition
    counted = definition.events.total if definition.events is not None else definition.ratio
    if counted is None:
        return Observed(unchanged)
    what = f"the budget window of {definition.name}"
    selector = accept_bounds(counted)
    try:
        asked, reach = _find_first(ask, selector, window, what)
    except SourceError as error:
        return failed(error, what)
    answer = asked[-1]
    gaps = tuple(dict.fromkeys(gap for one in asked for gap in gaps_of_partial(one.reply, what)))
    start = _instant_in(answer, reach)
    if start is None:
        return Observed(unchanged, {}, gaps)
    source = answer.source(ask.base, over=reach)
    key = source_id(definition.name, "history")
    return Observed(lambda known: msgspec.structs.replace(known, history_start=start), {key: source}, gaps)


def _find_first(ask: Interviewer, selector: str, window: Window, what: str) -> tuple[tuple[Answer, ...], Window]:
    """The questions, the last of which found the first instant with data, and the stretch that one looked through."""
    before = Window(window.start - _BEFORE, window.start)
    earlier = ask.instant(first_seen(selector, _BEFORE, _COARSE, ago=window.end - window.start), window.end, what)
    if _instant_in(earlier, before) is not None:
        return (earlier,), before
    answer = ask.instant(first_seen(selector, window.end - window.start, _COARSE), window.end, what)
    first = _instant_in(answer, window)
    if first is None:
        return (earlier, answer), window
    hour = Window(first - _COARSE, first)
    finer = ask.instant(first_seen(selector, _COARSE, _FINE), hour.end, what)
    if _instant_in(finer, hour) is None:
        return (earlier, finer, answer), window
    return (earlier, answer, finer), hour


def _instant_in(answer: Answer, reach: Window) -> datetime | None:
    """The instant an answer names; None where it names none, or none of the stretch asked for."""
    number = answer.number
    earliest = (reach.start - _COARSE).timestamp()  # some engines begin a step before
    return from_epoch(number) if number is not None and earliest <= number <= reach.end.timestamp() else None
