"""One line per event of the timeline, by what kind of event it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from pm_autofill.wording.changes import change_words
from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import count, percent, plural
from pm_autofill.wording.times import clock, duration_words, interval_words, minute, offset_words, window_words
from pm_autofill.wording.values import Ink, Values

if TYPE_CHECKING:
    from pm_autofill.findings import TimelineRow

Phrase: TypeAlias = Callable[[Values, datetime], str]

_MEDIA = {"push": "push", "sms": "SMS", "phone": "phone", "email": "e-mail"}
_SUBJECTS = {"failures": "Errors", "slow": "Slow {}", "no traffic": "Traffic"}

_NOT_TOLD = "the log does not say by whom"

_FOLDED = {
    "change_end": "end of a change",
    "other": "other entry",
    "note_automatic": "automatic note",
    "alert_state": "alert state",
    "annotation": "annotation",
    "field_changed": "changed field",
    "assigned": "assignment",
    "snoozed": "snooze",
    "acknowledged_automatically": "automatic acknowledgement",
    "acknowledged_unclear": "acknowledgement by whom is not told",
    "note_unclear": "note by whom is not told",
    "paged_again": "repeated page",
    "retriggered": "repeated trigger",
    "alert_pending": "pending alert",
    "alert_ended": "ended alert",
    "responder_joined": "joined responder",
    "other_period": "other bad period",
    "sibling": "other incident",
    "unacknowledged": "lapsed acknowledgement",
    "priority_changed": "priority change",
    "responder_requested": "request for help",
    "impact_start": "further onset",
    "impact_end": "further recovery",
    "reopened": "reopening",
    "resolved": "resolution",
    "merged": "merge",
    "alert_fired": "further alert",
    "paged": "further page",
    "escalated": "escalation",
    "acknowledged": "further acknowledgement",
    "status_update": "status update",
    "note": "note",
    "change": "change",
}
"""What the kinds that a brief timeline folds are called."""
_PLURALS = {
    "change_end": "ends of changes",
    "other": "other entries",
    "impact_end": "further recoveries",
    "acknowledged_unclear": "acknowledgements by whom is not told",
    "note_unclear": "notes by whom is not told",
    "responder_requested": "requests for help",
}


def row_text(row: TimelineRow, ink: Ink = escape) -> str:
    """What happened, on one line.

    Args:
        row: The event; each kind's values are listed in ``docs/facts.md``.
        ink: How outside text is written; as Markdown unless told otherwise.

    Raises:
        KeyError: There are no words for its kind, or a value they need is missing.
    """
    phrase = PHRASES[row.kind]
    values = Values(row.values, ink)
    return phrase.format_map(values) if isinstance(phrase, str) else phrase(values, row.time)


def _subject(values: Values) -> str:
    named = _SUBJECTS.get(values.raw("kind"), "Bad {}").format(_noun(values))
    return f"{named} of {values['service']}"


def _noun(values: Values) -> str:
    return values.text("noun", "requests")


def _edge(values: Values, time: datetime) -> str:
    bound = values.number("within_s") if values.has("within_s") else 0
    width = f", within {interval_words(bound)}" if bound else ""
    return f"({clock(time)}{width})"


def _impact_start(values: Values, time: datetime) -> str:
    if values.flag("stated"):
        return f"Impact begins (stated, {clock(time)})"
    if values.raw("kind") == "no traffic":
        how = "breaks off" if values.flag("silent") else "falls"
        return f"{_subject(values)} {how}: impact begins {_edge(values, time)}"
    usual = f" from {percent(values.number('from_ratio'))}" if values.has("from_ratio") else ""
    whose = f" of the {_noun(values)} counted by {values['slo']}" if values.has("slo") else f" of {_noun(values)}"
    level = f"rise{usual} to {percent(values.number('to_ratio'))}{whose}" if values.has("to_ratio") else "rise"
    return f"{_subject(values)} {level}: impact begins {_edge(values, time)}"


def _impact_end(values: Values, time: datetime) -> str:
    if values.flag("stated"):
        return f"Service recovered (stated, {clock(time)})"
    if values.raw("kind") == "no traffic":
        return f"{_subject(values)} is back: service recovered {_edge(values, time)}"
    level = f"back to {percent(values.number('to_ratio'))}" if values.has("to_ratio") else "back to usual"
    periods = values.number("periods") if values.has("periods") else 1
    level += f" after {plural(periods, 'bad period')}" if periods > 1 else ""
    return f"{_subject(values)} {level}: service recovered {_edge(values, time)}"


def _other_period(values: Values, time: datetime) -> str:
    until = window_words(time, values.instant("until")).partition(" to ")[2]
    level = f" ({percent(values.number('to_ratio'))} of its {_noun(values)})" if values.has("to_ratio") else ""
    more = values.number("excess") if values.has("excess") else 0.0
    counts = f", about {count(more)} more than usual" if more >= 1 else ""
    return f"{values['slo']} bad{level}{counts} until {until}: another period, not counted"


def _paged(values: Values, _: datetime) -> str:
    return f"{values['people']} paged{_by_medium(values)}"


def _paged_again(values: Values, _: datetime) -> str:
    return f"{values['people']} paged again{_by_medium(values)}{_how_often(values)}"


def _how_often(values: Values) -> str:
    times = values.number("times") if values.has("times") else 1
    return _bracketed(plural(times, "time")) if times > 1 else ""


def _bracketed(words: str) -> str:
    return f" ({words})" if words else ""


def _by_medium(values: Values) -> str:
    medium = values.raw("medium")
    return f" by {_MEDIA.get(medium) or values['medium']}" if medium else ""


def _by(values: Values, name: str) -> str:
    return f" by {values[name]}" if values.has(name) else ""


def _quoted(values: Values) -> str:
    """What somebody wrote, in quotation marks; never words there that nobody wrote."""
    return f': "{values["text"]}"' if values.has("text") else " (its text was not read)"


def _triggered(values: Values, _: datetime) -> str:
    title = f": {values['text']}" if values.has("text") else ""
    return f"PagerDuty incident triggered{_by(values, 'by')}{title}"


def _retriggered(values: Values, _: datetime) -> str:
    return f"PagerDuty incident triggered again{_how_often(values)}"


def _number(values: Values) -> str:
    return f" {values['number']}" if values.has("number") else ""


def _folded(values: Values, _: datetime) -> str:
    kinds = {kind: values.number(kind) for kind in _FOLDED if values.has(kind)}
    listed = ", ".join(plural(number, _FOLDED[kind], _PLURALS.get(kind, "")) for kind, number in kinds.items())
    lesser = plural(sum(kinds.values()), "lesser event")
    return f"Since {minute(values.instant('since'))} also {lesser}: {listed} (`--timeline full` tells each)"


def _unacknowledged(values: Values, _: datetime) -> str:
    return "Acknowledgement timed out" if values.flag("automatic") else "Acknowledgement withdrawn"


def _escalated(values: Values, _: datetime) -> str:
    return f"Escalated{' automatically' if values.flag('automatic') else ''} to {values['people']}"


def _responder_requested(values: Values, _: datetime) -> str:
    if values.has("text"):
        return values["text"]
    if not values.has("people"):
        return f"Help requested{_by(values, 'by')}"
    if values.has("by"):
        return f"{values['by']} asked {values['people']} to join"
    return f"{values['people']} was asked to join"


def _priority_changed(values: Values, _: datetime) -> str:
    old = f" from {values['old']}" if values.has("old") else ""
    new = f" to {values['new']}" if values.has("new") else ""
    change = f"changed{old}{new}" if old or not new else f"set{new}"
    return f"Priority {change}{_by(values, 'person')}"


def _field_changed(values: Values, _: datetime) -> str:
    name = values["field"]
    old = f" from {values['old']}" if values.has("old") else ""
    new = f" to {values['new']}" if values.has("new") else ""
    change = f"changed{old}{new}" if old or not new else f"set{new}"
    return f"{name[:1].upper()}{name[1:]} {change}"


def _resolved(values: Values, _: datetime) -> str:
    how = " automatically" if values.flag("automatic") else ""
    return f"PagerDuty incident resolved{how}{_by(values, 'by')}"


def _changed(values: Values) -> str:
    return change_words(values.text("text"), str(values.raw("origin")))


def _change(values: Values, time: datetime) -> str:
    parts = [values["origin"]] if values.has("origin") else []
    if values.has("unseen_at"):
        parts.append(f"between {clock(values.instant('unseen_at'))} and {clock(time)}")
    if values.has("before_impact_s"):
        parts.append(offset_words(-values.number("before_impact_s"), "the impact began"))
    return _changed(values) + _bracketed("; ".join(parts))


def _change_end(values: Values, _: datetime) -> str:
    return f"{_changed(values)}: finished{_bracketed(values.text('origin'))}"


def _annotation(values: Values, _: datetime) -> str:
    return f"{values['text']} (annotation{_by(values, 'author')})"


def _mitigation(values: Values, _: datetime) -> str:
    how = "inferred: failures fell after it" if values.flag("inferred") else "stated"
    return f"{values['text']}: mitigation ({how})" if values.has("text") else f"Mitigation applied ({how})"


def _all_clear(values: Values, _: datetime) -> str:
    if not values.flag("inferred"):
        return "All-clear (stated)"
    hold = f": {duration_words(values.number('hold_s'))} without a relapse" if values.has("hold_s") else ""
    return f"All-clear (inferred{hold})"


PHRASES: dict[str, str | Phrase] = {
    "impact_start": _impact_start,
    "impact_end": _impact_end,
    "other_period": _other_period,
    "alert_pending": "Alert {alert} pending",
    "alert_fired": "Alert {alert} fired",
    "alert_ended": "Alert {alert} ended",
    "alert_state": "Grafana alert {alert}: {state}",
    "triggered": _triggered,
    "retriggered": _retriggered,
    "merged": lambda values, _: f"Incident{_number(values)} merged into this one: {values['text']}",
    "sibling": "PagerDuty incident {number} triggered beside this one: {text}",
    "folded": _folded,
    "paged": _paged,
    "paged_again": _paged_again,
    "acknowledged": "{person} acknowledged",
    "acknowledged_automatically": lambda values, _: f"Acknowledged automatically{_by(values, 'name')}",
    "acknowledged_unclear": lambda values, _: f"{values.text('text', 'Acknowledged')} ({_NOT_TOLD})",
    "unacknowledged": _unacknowledged,
    "escalated": _escalated,
    "assigned": "Assigned to {people}",
    "responder_requested": _responder_requested,
    "responder_joined": "{person} joined the response",
    "snoozed": lambda values, _: f"Snoozed{_by(values, 'person')}",
    "note": lambda values, _: f"Note{_by(values, 'person')}{_quoted(values)}",
    "note_automatic": lambda values, _: f"Automatic note{_by(values, 'name')}{_quoted(values)}",
    "note_unclear": lambda values, _: f"Note ({_NOT_TOLD}){_quoted(values)}",
    "status_update": lambda values, _: f"Status update{_by(values, 'person')}{_quoted(values)}",
    "priority_changed": _priority_changed,
    "field_changed": _field_changed,
    "resolved": _resolved,
    "reopened": lambda values, _: f"PagerDuty incident reopened{_by(values, 'by')}",
    "change": _change,
    "change_end": _change_end,
    "annotation": _annotation,
    "mitigation": _mitigation,
    "all_clear": _all_clear,
    "report": lambda values, _: f"{values.text('text', 'Incident detected')} (stated)",
    "other": "{text}",
}
"""Kind of event to its words: a sentence whose braces hold texts, or a function of values and time."""
