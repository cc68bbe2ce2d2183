"""Budget windows and methods as OpenSLO and its kin write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pm_autofill.errors import UsageError
from pm_autofill.evidence.slos import CALENDARS, WEEKDAYS, BudgetMethod
from pm_autofill.instants import parse_duration, parse_instant
from pm_autofill.slo.nodes import bounded
from pm_autofill.slo.outcome import Refusal
from pm_autofill.slo.specification import Budget

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from pm_autofill.slo.nodes import Node

_METHODS = {
    "Occurrences": BudgetMethod.OCCURRENCES,
    "Timeslices": BudgetMethod.TIMESLICES,
    "RatioTimeslices": BudgetMethod.RATIO_TIMESLICES,
}
_ROLLING = {"minute": "m", "hour": "h", "day": "d", "week": "w"}
_UNITS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
_DURATION = re.compile(r"([1-9]\d{0,5})([mhdwMQY])", re.ASCII)
_FIRST_MONTHS = (1, 4, 7, 10)


def read_budget(spec: Node, objective: Node) -> Budget:
    """The budget of an object with ``budgetingMethod`` and one time window.

    Args:
        spec: The object's ``spec``.
        objective: The objective in force.

    Raises:
        Refusal: Something is missing or means nothing.
    """
    window, zone = _window(spec)
    named = spec.at("budgetingMethod")
    method = _METHODS.get(named.text)
    if method is None:
        raise Refusal(named.path, f"{named.text!r} is not known; known are {', '.join(_METHODS)}")
    if method is BudgetMethod.OCCURRENCES:
        return Budget(window=window, time_zone=zone)
    slices = objective.at("timeSliceTarget")
    target = slices.ratio if method is BudgetMethod.TIMESLICES else None
    length = _slice_length(objective)
    if window.partition(" ")[0] not in CALENDARS and length > parse_duration(window).total_seconds():
        raise Refusal(objective.at("timeSliceWindow").path, f"is longer than the budget window of {window}")
    return Budget(window=window, time_zone=zone, method=method, slice_length=length, slice_objective=target)


def objective_of(objective: Node) -> Decimal:
    """The objective, in percent; written as ``target``, a ratio, or as ``targetPercent``.

    Raises:
        Refusal: It is missing, or neither.
    """
    percent = objective.at("targetPercent")
    if percent.given and objective.at("target").given:
        raise Refusal(percent.path, "stands beside target: one of them is enough")
    return percent.percent if percent.given else objective.at("target").ratio


def _slice_length(objective: Node) -> float:
    """Seconds of a time slice; a minute where the format has no key for it."""
    window = objective.at("timeSliceWindow")
    return parse_duration(window.duration).total_seconds() if window.given else 60.0


def _window(spec: Node) -> tuple[str, str]:
    """The budget window, and its time zone."""
    windows = spec.first("timeWindow", "timeWindows")
    if not windows.given:
        raise Refusal(spec.at("timeWindow").path, "is missing")
    given = list(windows.items)
    if len(given) != 1:
        raise Refusal(windows.path, f"has {len(given)} windows instead of one")
    window = given[0]
    count, unit = _length(window)
    calendar = window.at("calendar")
    if window.at("isRolling").flag or not calendar.given:
        return _rolling(window, count, unit), "UTC"
    return _calendar(calendar, count, unit)


def _length(window: Node) -> tuple[int, str]:
    """How many of which unit."""
    duration = window.at("duration")
    if duration.given:
        text = duration.text
        if found := _DURATION.fullmatch(text):
            return int(found[1]), _UNITS[found[2]]
        raise Refusal(duration.path, f"{text!r} is no duration such as 30d or 1M")
    count, unit = window.at("count"), window.at("unit")
    number = count.number
    if number != int(number) or not 0 < number < 10_000:  # noqa: PLR2004 - more than any budget window
        raise Refusal(count.path, f"{number:f} is no number of units")
    name = unit.text.lower()
    if name not in _UNITS.values():
        raise Refusal(unit.path, f"{unit.text!r} is not known; known are {', '.join(_UNITS.values())}")
    return int(number), name


def _rolling(window: Node, count: int, unit: str) -> str:
    if unit not in _ROLLING:
        raise Refusal(window.path, f"a rolling window of {count} {unit} has no fixed length; write it in days")
    return bounded(f"{count}{_ROLLING[unit]}", window.path)


def _calendar(calendar: Node, count: int, unit: str) -> tuple[str, str]:
    """A stretch of the calendar that begins where calendars begin it."""
    field = calendar.path.removesuffix(".calendar")
    if unit == "minute" and count == 1:
        raise Refusal(field, "1m is a minute; a month is 1M")
    if count != 1 or unit in {"minute", "hour"}:
        raise Refusal(field, f"a calendar window of {count} {unit} is not supported; one day, week, month, ... is")
    zone, start = calendar.at("timeZone"), calendar.at("startTime")
    try:
        local = parse_instant(start.text, zone=_known_zone(zone)).astimezone(ZoneInfo(zone.text))
    except UsageError:
        raise Refusal(start.path, f"{start.text!r} is no instant") from None
    if not _begins(local, unit):
        raise Refusal(
            start.path, f"{start.text!r} does not begin a {unit} of the calendar; other {unit}s are not supported"
        )
    first = f" from {WEEKDAYS[local.weekday()]}" if unit == "week" and local.weekday() else ""
    return f"{unit}{first}", zone.text


def _known_zone(zone: Node) -> str:
    try:
        ZoneInfo(zone.text)
    except (OSError, ValueError, KeyError):
        raise Refusal(zone.path, f"{zone.text!r} is no time zone") from None
    return zone.text


def _begins(local: datetime, unit: str) -> bool:
    """Whether a local time is where a stretch of the calendar begins; its time of day is not looked at."""
    if unit in {"day", "week"}:
        return True
    months = {"month": range(1, 13), "quarter": _FIRST_MONTHS, "year": (1,)}[unit]
    return local.day == 1 and local.month in months
