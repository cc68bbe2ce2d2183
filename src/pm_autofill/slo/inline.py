"""The reader of SLOs written in the configuration itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.config.settings import CalendarWindow
from pm_autofill.errors import UsageError
from pm_autofill.evidence.slos import CALENDARS, BudgetMethod, Events, SliKind, SloDefinition
from pm_autofill.instants import parse_duration
from pm_autofill.promql import has_matcher

if TYPE_CHECKING:
    from decimal import Decimal

    from pm_autofill.config.settings import SloSettings

_LONGEST = 3660 * 86_400.0
_METHODS = ", ".join(BudgetMethod)


def read(slo: SloSettings, *, service: str, where: str) -> SloDefinition:
    """One SLO of the configuration.

    Args:
        slo: As written.
        service: The service it stands under.
        where: Its key, such as "services[0].slos[1]", for messages.

    Returns:
        The definition.

    Raises:
        UsageError: Something is missing, contradicts itself, or is out of range.
    """
    if slo.name is None or slo.objective is None:
        missing = "name" if slo.name is None else "objective"
        message = f"{where}: {missing} is missing"
        raise UsageError(message, "An SLO needs a name, an objective in percent, and events or ratio.")
    _check_percentage(slo.objective, f"{where}: objective")
    if slo.time_slice and slo.time_slice.objective is not None:
        _check_percentage(slo.time_slice.objective, f"{where}: time_slice.objective")
    if slo.method not in set(BudgetMethod):
        message = f"{where}: method {slo.method!r} is not known"
        raise UsageError(message, f"Use one of {_METHODS}.")
    window, zone = _window(slo.window, where)
    _check_slices(slo, where)
    return SloDefinition(
        name=slo.name,
        service=service,
        objective=slo.objective,
        window=window,
        time_zone=zone,
        method=BudgetMethod(slo.method),
        slice_length=_length(slo.time_slice.length, f"{where}: time_slice.length") if slo.time_slice else None,
        slice_objective=slo.time_slice.objective if slo.time_slice else None,
        events=_events(slo, where),
        ratio=slo.ratio,
        kind=_kind(slo),
        noun=" ".join((slo.noun or "").split()),
    )


def _check_slices(slo: SloSettings, where: str) -> None:
    """A slice that is good or bad needs an objective, and must not be longer than the budget window."""
    if slo.method == BudgetMethod.TIMESLICES and (slo.time_slice is None or slo.time_slice.objective is None):
        message = f"{where}: time_slice.objective is missing"
        raise UsageError(message, "The method timeslices needs the percentage from which on a slice is good.")
    if slo.time_slice is None or not isinstance(slo.window, str):
        return
    if _length(slo.time_slice.length, f"{where}: time_slice.length") > _length(slo.window, f"{where}: window"):
        message = f"{where}: time_slice.length {slo.time_slice.length} is longer than the window of {slo.window}"
        raise UsageError(message, "Write a length such as 1m or 5m.")


def default_window(slo: SloSettings, where: str) -> str:
    """The budget window for the SLOs of a file whose format states none.

    Args:
        slo: The entry with ``file``.
        where: Its key, for messages.

    Raises:
        UsageError: The entry says something about the SLOs that their file says.
    """
    given = (slo.name, slo.objective, slo.events, slo.ratio, slo.time_slice)
    if any(one is not None for one in given) or slo.method != BudgetMethod.OCCURRENCES:
        message = f"{where}: file stands beside what an SLO has itself"
        raise UsageError(message, "Beside file only window is taken, for formats that do not state one.")
    window, _ = _window(slo.window, where)
    if isinstance(slo.window, CalendarWindow):
        message = f"{where}: a calendar window beside file"
        raise UsageError(message, "Write a rolling window such as 30d, or the calendar into the file.")
    return window


def _check_percentage(value: Decimal, where: str) -> None:
    if not value.is_finite() or not 0 < value <= 100:  # noqa: PLR2004 - percent
        message = f"{where} {value} is not a percentage above 0 and up to 100"
        raise UsageError(message, "Write 99.9 for 99.9%.")
    if value < 1:
        message = f"{where} {value} looks like a ratio"
        raise UsageError(message, f"Write it in percent: {value * 100:f}.")


def _window(window: str | CalendarWindow, where: str) -> tuple[str, str]:
    if isinstance(window, CalendarWindow):
        if window.calendar not in CALENDARS:
            message = f"{where}: window.calendar {window.calendar!r} is not known"
            raise UsageError(message, f"Use one of {', '.join(CALENDARS)}, or a rolling window such as 30d.")
        _check_zone(window.time_zone, f"{where}: window.time_zone")
        return window.calendar, window.time_zone
    if window in CALENDARS:
        message = f"{where}: window {window!r} is not a duration"
        raise UsageError(message, f"Write {{calendar: {window}}} for the calendar's, or a rolling window such as 30d.")
    _length(window, f"{where}: window")
    return window, "UTC"


def _length(text: str, where: str) -> float:
    """Seconds of a duration that must not be empty, nor longer than ten years."""
    try:
        seconds = parse_duration(text).total_seconds()
    except UsageError as error:
        message = f"{where}: {error.message}"
        raise UsageError(message, error.hint) from None
    if seconds > _LONGEST:
        message = f"{where}: {text!r} is longer than ten years"
        raise UsageError(message, "Write it as 1m, 15m or 30d.")
    if seconds <= 0:
        message = f"{where}: {text!r} has no length"
        raise UsageError(message, "Write it as 1m, 15m or 30d.")
    return seconds


def _check_zone(name: str, where: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        message = f"{where}: {name!r} is no time zone"
        raise UsageError(message, "Use an IANA name such as UTC or Europe/Berlin.") from None


def _events(slo: SloSettings, where: str) -> Events | None:
    if (slo.events is None) == (slo.ratio is None):
        message = f"{where}: give either events or ratio"
        raise UsageError(
            message, "events takes counters that can be counted exactly; ratio is for when only a ratio exists."
        )
    if slo.events is None:
        return None
    if (slo.events.bad is None) == (slo.events.good is None):
        message = f"{where}: events takes total with either bad or good"
        raise UsageError(message, "Name the counter of the bad events, or that of the good ones.")
    return Events(total=slo.events.total.strip(), bad=slo.events.bad, good=slo.events.good)


def _kind(slo: SloSettings) -> SliKind:
    """Latency when good or bad events are chosen by a histogram's bucket boundary."""
    selector = slo.events and (slo.events.good or slo.events.bad)
    return SliKind.LATENCY if selector and has_matcher(selector, "le") else SliKind.AVAILABILITY
