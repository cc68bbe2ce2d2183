"""The reader of SLOs written in the configuration itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.config.settings import CalendarWindow
from pm_autofill.errors import UsageError
from pm_autofill.evidence.slos import BudgetMethod, Events, SliKind, SloDefinition
from pm_autofill.instants import parse_duration
from pm_autofill.promql import has_matcher

if TYPE_CHECKING:
    from pm_autofill.config.settings import SloSettings

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
    if not 0 < slo.objective <= 100:  # noqa: PLR2004 - percent
        message = f"{where}: objective {slo.objective} is not a percentage above 0 and up to 100"
        raise UsageError(message, "Write 99.9 for 99.9%.")
    if slo.objective < 1:
        message = f"{where}: objective {slo.objective} looks like a ratio"
        raise UsageError(message, f"Write it in percent: {slo.objective * 100:f}.")
    if slo.method not in set(BudgetMethod):
        message = f"{where}: method {slo.method!r} is not known"
        raise UsageError(message, f"Use one of {_METHODS}.")
    window, zone = _window(slo.window, where)
    return SloDefinition(
        name=slo.name,
        service=service,
        objective=slo.objective,
        window=window,
        time_zone=zone,
        method=BudgetMethod(slo.method),
        slice_length=parse_duration(slo.time_slice.length).total_seconds() if slo.time_slice else None,
        slice_objective=slo.time_slice.objective if slo.time_slice else None,
        events=_events(slo, where),
        ratio=slo.ratio,
        kind=_kind(slo),
    )


def _window(window: str | CalendarWindow, where: str) -> tuple[str, str]:
    if isinstance(window, CalendarWindow):
        if window.calendar != "month":
            message = f"{where}: window.calendar {window.calendar!r} is not known"
            raise UsageError(message, "Use month, or a rolling window such as 30d.")
        return "month", window.time_zone
    try:
        parse_duration(window)
    except UsageError as error:
        message = f"{where}: window: {error.message}"
        raise UsageError(message, error.hint) from None
    return window, "UTC"


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
