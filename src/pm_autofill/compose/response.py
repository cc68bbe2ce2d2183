"""The sections "Detection", "Response" and "Immediate mitigation"."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pm_autofill.compose.case import stated_mark
from pm_autofill.compose.slot import Slot
from pm_autofill.evidence.completeness import alert_series, incident_alerts
from pm_autofill.evidence.readings import is_whole
from pm_autofill.findings import Basis, Known, Unknown
from pm_autofill.wording.facts import unknown_words, wide_bounds
from pm_autofill.wording.markdown import escape
from pm_autofill.wording.times import clock, day, day_clock, interval_words

if TYPE_CHECKING:
    from pm_autofill.compose.case import Case


def detected_how(case: Case) -> Slot:
    """By which way the incident was noticed; an alert by its name."""
    method = case.known("detection.method")
    if method is None:
        return case.unknown("detection.method")
    if method.text != "Alert":
        return case.slot("detection.method")
    row, record = case.row("alert_fired"), case.evidence.pagerduty
    if not is_whole(incident_alerts(case.evidence)) or not is_whole(alert_series(case.evidence)):
        return Slot("Alert")  # which was the first is not known
    name = str(row.values["alert"]) if row else record.alerts[0].title if record and record.alerts else ""
    return Slot(f"Alert: {escape(name)}" if name else "Alert")


def time_to_detect(case: Case) -> Slot:
    """From the start of the impact to its detection, and where that time went."""
    took, start, detected = case.known("time_to_detect"), case.known("impact.start"), case.known("detection.time")
    if not (took and start and detected):
        return case.unknown("time_to_detect")
    page = case.known("page.sent")
    what = "the page" if page and page.instant == detected.instant else "its detection"
    if took.number < 0:
        where = f"{what} at {_at(detected.instant, start.instant)}, before the impact began at {clock(start.instant)}"
    else:
        where = f"{clock(start.instant)} to {what} at {_at(detected.instant, start.instant)}{_stages(case)}"
    return Slot(f"{interval_words(took.number)} ({where}){_bounded(took)}{_besides(case, detected.instant)}")


def _besides(case: Case, detected: datetime) -> str:
    """How much later the page came where a person was first, and what had begun before this incident."""
    parts = []
    page = case.known("page.sent")
    if page and page.instant > detected:
        parts.append(f"the page followed {interval_words((page.instant - detected).total_seconds())} later")
    for one in case.findings.remarks:
        at = one.values.get("at")
        if one.code == "same_incident" and isinstance(at, datetime) and at < detected:
            number = escape(str(one.values["number"]))
            parts.append(f"incident {number} had begun at {_at(at, detected)} and looks like a part of this one")
    return "".join(f"; {part}" for part in parts)


def could_be_sooner(case: Case) -> Slot:
    """Whether another rule would have told sooner."""
    return case.slot("detection.could_be_sooner")


def time_to_respond(case: Case) -> Slot:
    """From the page to the first action of a responder."""
    took, page, action = case.known("time_to_respond"), case.known("page.sent"), case.known("response.first_action")
    if not (took and page and action):
        return case.unknown("time_to_respond")
    acknowledged = case.known("response.acknowledged")
    what = "acknowledgement" if acknowledged and acknowledged.instant == action.instant else "first action"
    where = f"page {clock(page.instant)} to {what} {_at(action.instant, page.instant)}"
    return Slot(f"{interval_words(took.number)} ({where})")


def time_to_mitigate(case: Case) -> Slot:
    """From the first action to the mitigation."""
    took, applied = case.known("time_to_mitigate"), case.known("mitigation.applied")
    if not (took and applied):
        return case.unknown("time_to_mitigate")
    how = "inferred" if applied.basis is Basis.INFERRED else "stated"
    what = f": {text}" if (text := _mitigation_text(case)) else ""
    return Slot(f"{interval_words(took.number)} (to {_at(applied.instant, _reference(case))}, {how}{what})")


def time_to_resolve(case: Case) -> Slot:
    """From the mitigation to the recovery; where that is unknown, the sum of steps that is known."""
    took, end = case.known("time_to_resolve"), case.known("impact.end")
    if took and end:
        return Slot(f"{interval_words(took.number)} (to recovery, {_at(end.instant, _reference(case))})")
    fact = case.fact("time_to_resolve")
    if end is None or not isinstance(fact, Unknown):
        return case.unknown("time_to_resolve")
    for name, since in (("response.first_action", "the response"), ("page.sent", "the page")):
        known = case.known(name)
        if known:
            together = interval_words((end.instant - known.instant).total_seconds())
            return Slot(f"{together} from {since} to recovery; this step alone is {unknown_words(fact)}", known=False)
    return case.unknown("time_to_resolve")


def immediate_mitigation(case: Case) -> str:
    """A list item with the mitigation that was stated or inferred; empty where there is none."""
    applied = case.known("mitigation.applied")
    if applied is None:
        return ""
    when = _at(applied.instant, _reference(case))
    words = _mitigation_text(case) or "Mitigation applied"
    if applied.basis is Basis.INFERRED:
        told = [escape(str(applied.notes[key])) for key in ("improvement", "said") if applied.notes.get(key)]
        return f"- {'; '.join([f'{words}, effective at {when}', f'inferred: {escape(applied.method)}', *told])}"
    return f"- {words}, at {when}{stated_mark(applied)}"


def _mitigation_text(case: Case) -> str:
    row = case.row("mitigation")
    return escape(str(row.values.get("text", ""))) if row else ""


def _stages(case: Case) -> str:
    """How a detection by alert divides: until the rule was true, its ``for``, and delivery."""
    stages = case.findings.paging.stages if case.findings.paging else {}
    page, detected = case.known("page.sent"), case.known("detection.time")
    whole = stages.keys() >= {"evaluation", "hold", "grouping", "delivery"}
    if not whole or not page or not detected or page.instant != detected.instant:
        return ""
    true, held = interval_words(stages["evaluation"]), interval_words(stages["hold"])
    sent = interval_words(stages["grouping"] + stages["delivery"])
    return f"; of these {true} until the rule was true, {held} its `for`, {sent} delivery"


def _at(instant: datetime, reference: datetime) -> str:
    """The time of day, dated where it is another day than the reference's."""
    return clock(instant) if day(instant) == day(reference) else day_clock(instant)


def _reference(case: Case) -> datetime:
    start = case.known("impact.start") or case.known("incident.triggered")
    return start.instant if start else case.findings.as_of


def _bounded(fact: Known) -> str:
    return f", {bounds}" if (bounds := wide_bounds(fact)) else ""
