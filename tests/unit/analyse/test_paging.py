"""Where the time between the breach and the responder went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.analyse.draft import analyse
from pm_autofill.evidence.alerts import AlertSeries
from tests.unit.analyse.cases import ROBOT, SETTINGS, alert, at, entry, evidence, page, record, sli

if TYPE_CHECKING:
    from pm_autofill.evidence.incident import Alert
    from pm_autofill.findings import Paging


def stretch(state: str, first: float, last: float, active: float | None = None) -> AlertSeries:
    """A stretch of the alert's life."""
    since = None if active is None else at(active)
    return AlertSeries(
        name="Burn", labels={}, state=state, first=at(first), last=at(last), source="al", active_at=since
    )


def paging(*series: AlertSeries, alerts: tuple[Alert, ...] = (alert(5),)) -> Paging | None:
    """What is told of an incident paged at six and acknowledged at eight; S stated, so that figures are exact."""
    log = (entry("trigger", 5, ROBOT), page(6), entry("acknowledge", 8))
    stated = {"impact.start": "2026-11-18T12:00:00Z"}
    whole = evidence(sli((0, 40, 0.12)), pagerduty=record(*log, alerts=alerts), alert_series=series, stated=stated)
    return analyse(whole, SETTINGS).paging


def test_each_stage_has_its_share() -> None:
    """Together they are the time from S to the acknowledgement."""
    found = paging(stretch("pending", 2, 4, 1.5), stretch("firing", 4, 41, 1.5))
    assert found is not None
    assert (found.alert, found.stages) == (
        "Burn",
        {"evaluation": 90, "hold": 150, "grouping": 60, "delivery": 60, "acknowledgement": 120},
    )


def test_the_firing_that_paged_is_not_charged_with_earlier_ones() -> None:
    """A flapping alert fired before, and paged nobody then: that time is no evaluation."""
    found = paging(stretch("firing", 1, 2), stretch("pending", 3, 4), stretch("firing", 4, 41))
    assert found is not None
    assert found.stages == {"hold": 60, "grouping": 60, "delivery": 60, "acknowledgement": 120}


def test_without_samples_of_the_alert_nothing_is_told() -> None:
    """Nor where only a later firing is recorded, or no alert opened the incident."""
    assert paging() is None
    assert paging(stretch("firing", 9, 41)) is None
    assert paging(stretch("firing", 4, 41), alerts=()) is None
