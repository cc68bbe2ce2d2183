"""What is asked next, decided by what is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pm_autofill.analyse.draft import find_impacts
from pm_autofill.analyse.questions import first_questions, next_questions, searched_window, wider_questions
from pm_autofill.config import parse
from pm_autofill.errors import UsageError
from pm_autofill.evidence import Evidence, Request
from pm_autofill.evidence.alerts import AlertRule
from pm_autofill.evidence.incident import FiringAlert
from pm_autofill.evidence.panels import Dashboard, GrafanaRecord
from pm_autofill.evidence.questions import (
    AskAlerts,
    AskAnnotations,
    AskChanges,
    AskCounters,
    AskDashboards,
    AskDetails,
    AskGrafana,
    AskHistory,
    AskPanels,
    AskPast,
    AskRules,
    AskServiceChanges,
    AskTotals,
    AskUsual,
    Question,
)
from pm_autofill.evidence.slos import BudgetMethod, SloEvidence
from pm_autofill.instants import Window
from tests.unit.analyse.cases import SETTINGS, alert, at, definition, evidence, incident, record, sli

if TYPE_CHECKING:
    from pm_autofill.config import Settings

ALL = parse(
    {
        "prometheus": {"url": "https://p"},
        "grafana": {"url": "https://g"},
        "services": [{"name": "checkout", "changes": "q"}, {"name": "other"}],
    },
    path=None,
).settings
CHARTED = parse(
    {
        "prometheus": {"url": "https://p"},
        "grafana": {"url": "https://g"},
        "services": [{"name": name, "dashboards": [{"uid": name}]} for name in ("checkout", "other", "third")],
    },
    path=None,
).settings
TOLD = record(alerts=(alert(5),))
SHOWN = GrafanaRecord(version="", url="", dashboards=(Dashboard(uid="d", title="", service="checkout", link=""),))
BURN = {"alertname": "Burn"}


def wider(whole: Evidence) -> tuple[Question, ...]:
    """What is read again."""
    return wider_questions(whole, find_impacts(whole, SETTINGS))


def test_the_searched_window_lies_around_the_incident() -> None:
    """From three hours before the trigger to one after the resolve, not beyond now."""
    assert searched_window(evidence(pagerduty=TOLD, as_of=600)) == Window(at(-175), at(120))
    assert searched_window(evidence(pagerduty=TOLD, as_of=70)) == Window(at(-175), at(70))
    still = record(incident=incident(resolved_at=None))
    assert searched_window(evidence(pagerduty=still, as_of=70)) == Window(at(-175), at(70))


def test_since_and_until_bound_the_searched_window() -> None:
    """And are it, without an incident."""
    asked = Request(as_of=at(600), since=at(-30), until=at(90))
    assert searched_window(evidence(pagerduty=TOLD, request=asked)) == Window(at(-30), at(90))
    assert searched_window(evidence(request=asked)) == Window(at(-30), at(90))
    assert searched_window(evidence(as_of=600)) == Window(at(420), at(600))


def test_bounds_that_leave_nothing_to_search_are_refused() -> None:
    """A day mistyped is no question to Prometheus about a window of negative length."""
    for asked in (Request(as_of=at(600), since=at(300)), Request(as_of=at(600), until=at(-300))):
        with pytest.raises(UsageError) as refused:
            first_questions(evidence(pagerduty=TOLD, request=asked), ALL)
        assert str(refused.value) == (
            "--since and --until leave nothing of the time around the incident. Without them 2026-11-18T09:05:00Z to "
            "2026-11-18T14:00:00Z would be searched: leave them out, or give a part of it."
        )


def test_first_everything_that_depends_on_nothing_is_asked() -> None:
    """Of every configured source at once."""
    window = Window(at(-175), at(120))
    whole = evidence(SloEvidence(definition=definition()), pagerduty=TOLD, as_of=600)
    assert first_questions(whole, ALL) == (
        AskDetails(window),
        AskCounters("availability", window),
        AskHistory("availability", Window(window.end - timedelta(days=30), window.end)),
        AskRules(),
        AskChanges("checkout", "q", window),
        AskGrafana(window, ("checkout",)),
    )
    assert first_questions(whole, SETTINGS) == (AskDetails(window),)
    assert AskDetails(window) not in first_questions(evidence(as_of=600), ALL)


def test_a_budget_that_cannot_be_counted_has_no_history_to_ask_for() -> None:
    """An objective of 100 percent has none, and occurrences are not counted by a ratio."""
    for changed in ({"objective": Decimal(100)}, {"events": None, "ratio": "r"}):
        whole = evidence(SloEvidence(definition=definition(**changed)), pagerduty=TOLD)
        assert not any(isinstance(question, AskHistory) for question in first_questions(whole, ALL))


def test_the_history_of_a_calendar_month_is_that_of_the_month_before_too() -> None:
    """The incident may have begun there; a ratio has a history where its slices are judged."""
    monthly = definition(
        window="month", time_zone="Europe/Berlin", events=None, ratio="r", method=BudgetMethod.TIMESLICES
    )
    whole = evidence(SloEvidence(definition=monthly), pagerduty=TOLD)
    (found,) = (question for question in first_questions(whole, ALL) if isinstance(question, AskHistory))
    assert found.window.start == datetime(2026, 9, 30, 22, tzinfo=UTC)


def test_an_impact_inside_the_window_needs_no_wider_one() -> None:
    """Nor does a steady SLI."""
    assert wider(evidence(sli((0, 40, 0.12)), pagerduty=TOLD)) == ()
    assert wider(evidence(sli(), pagerduty=TOLD)) == ()


def test_a_bad_time_at_the_start_doubles_the_window_before_the_trigger() -> None:
    """Up to a day; --since forbids it."""
    touching = sli((-100, 40, 0.12))
    assert wider(evidence(touching, pagerduty=TOLD)) == (AskCounters("availability", Window(at(-195), at(80))),)
    assert touching.total is not None
    long = replace(touching, total=replace(touching.total, start=at(-1000)))
    (asked,) = wider(evidence(long, pagerduty=TOLD))
    assert isinstance(asked, AskCounters)
    assert asked.window.start == at(5) - timedelta(hours=24)
    bounded = Request(as_of=at(80), since=at(-95))
    assert wider(evidence(touching, pagerduty=TOLD, request=bounded)) == ()


def test_a_bad_time_at_the_end_is_followed_up_to_now() -> None:
    """--until forbids it."""
    touching = sli((0, 100, 0.12))
    assert wider(evidence(touching, pagerduty=TOLD, as_of=100)) == (
        AskCounters("availability", Window(at(-95), at(100))),
    )
    assert wider(evidence(touching, pagerduty=TOLD, as_of=80)) == ()
    bounded = Request(as_of=at(100), until=at(80))
    assert wider(evidence(touching, pagerduty=TOLD, request=bounded)) == ()


def test_a_stated_window_is_read_with_room_around_it() -> None:
    """So that it can be counted; not beyond now, and not twice."""
    slo = sli((0, 40, 0.12))
    said = {"impact.start": at(-200).isoformat(), "impact.end": at(200).isoformat()}
    assert wider(evidence(slo, pagerduty=TOLD, as_of=600, stated=said)) == (
        AskCounters("availability", Window(at(-210), at(210))),
    )
    assert wider(evidence(slo, pagerduty=TOLD, as_of=205, stated=said)) == (
        AskCounters("availability", Window(at(-210), at(205))),
    )
    inside = {"impact.start": at(-50).isoformat(), "impact.end": at(50).isoformat()}
    assert wider(evidence(slo, pagerduty=TOLD, stated=inside)) == ()


def following(whole: Evidence, settings: Settings = ALL) -> tuple[Question, ...]:
    """What is asked last."""
    return next_questions(whole, settings, find_impacts(whole, settings))


def test_then_what_depends_on_start_and_recovery_is_asked() -> None:
    """What is usual, the two budget windows, the alerts' lives, the past for a replay, panels around the impact."""
    found = following(evidence(sli((0, 40, 0.12)), pagerduty=TOLD, grafana=SHOWN, as_of=600), CHARTED)
    (usual, end, start, alerts, past, panels) = found
    assert isinstance(usual, AskUsual)
    assert isinstance(past, AskPast)
    assert isinstance(end, AskTotals)
    assert usual.window.end == end.window.end
    assert isinstance(start, AskTotals)
    assert abs(end.window.end - at(40)) < timedelta(seconds=5)
    assert abs(start.window.end - at(0)) < timedelta(seconds=5)
    assert {one.window.end - one.window.start for one in (start, end)} == {timedelta(days=30)}
    assert alerts == AskAlerts(("Burn",), Window(at(-175), at(120)))
    assert isinstance(panels, AskPanels)
    assert abs(panels.window.start - at(-30)) < timedelta(seconds=5)
    assert abs(panels.window.end - at(70)) < timedelta(seconds=5)


def test_what_changed_before_an_early_start_is_asked_for_again() -> None:
    """From an hour before it on, and alerts from the hold before it on; --since forbids it."""
    told = record(alerts=(replace(alert(5), firing=(FiringAlert(labels=BURN, annotations={}),)),))
    seen = GrafanaRecord(version="", url="https://g")
    early = evidence(sli((-200, 40, 0.12), window=(-400, 80)), pagerduty=told, grafana=seen)
    asked = next_questions(early, ALL, find_impacts(early, ALL))
    (changes,) = (one for one in asked if isinstance(one, AskServiceChanges))
    assert abs((changes.window.start - at(-260)).total_seconds()) < 60
    assert changes.window.end == at(80)
    assert [one for one in asked if isinstance(one, AskChanges)] == [AskChanges("checkout", "q", changes.window)]
    assert AskAnnotations(changes.window) in asked
    (alerts,) = (one for one in asked if isinstance(one, AskAlerts))
    assert abs((alerts.window.start - at(-215)).total_seconds()) < 60
    usual = evidence(sli((0, 40, 0.12)), pagerduty=told, grafana=seen)
    again = (AskServiceChanges, AskChanges, AskAnnotations)
    assert not [one for one in next_questions(usual, ALL, find_impacts(usual, ALL)) if isinstance(one, again)]
    bounded = replace(early, request=Request(as_of=at(80), since=at(-300)))
    assert not [one for one in next_questions(bounded, ALL, find_impacts(bounded, ALL)) if isinstance(one, again)]


def test_without_an_impact_panels_show_the_incident_s_time() -> None:
    """Half an hour around the trigger, or the searched window."""
    found = following(evidence(sli(), pagerduty=TOLD, grafana=SHOWN), CHARTED)
    shown = AskPanels(Window(at(-25), at(35)), ("checkout",))
    assert found == (AskAlerts(("Burn",), Window(at(-175), at(80))), shown)
    assert following(evidence(grafana=SHOWN), CHARTED) == (AskPanels(Window(at(-100), at(80))),)


def test_dashboards_are_those_of_the_services_concerned() -> None:
    """Of the one the incident names, and of one that moved with it, which is read late; of no third."""
    beside = sli((1, 39, 0.2), name="beside")
    beside = replace(beside, named=False, definition=replace(beside.definition, service="other"))
    calm = replace(sli(name="calm"), named=False, definition=definition(name="calm", service="third"))
    whole = evidence(sli((0, 40, 0.12)), beside, calm, pagerduty=TOLD, grafana=SHOWN, as_of=600)
    (first,) = (one for one in first_questions(whole, CHARTED) if isinstance(one, AskGrafana))
    assert first.services == ("checkout",)
    (panels,) = (one for one in following(whole, CHARTED) if isinstance(one, AskPanels))
    assert (panels.services, panels.also) == (("checkout", "other"), ("other",))
    bare = replace(whole, slos=(whole.slos[0],), grafana=replace(SHOWN, dashboards=()))
    assert not [one for one in following(bare, CHARTED) if isinstance(one, AskPanels | AskDashboards)]


def test_where_only_others_have_dashboards_those_of_the_alerts_are_looked_for() -> None:
    """What another service configured says nothing of this one."""
    others = parse(
        {
            "grafana": {"url": "https://g"},
            "services": [{"name": "checkout"}, {"name": "x", "dashboards": [{"uid": "x"}]}],
        },
        path=None,
    ).settings
    (*_, asked) = following(evidence(sli(), pagerduty=TOLD, grafana=GrafanaRecord(version="", url="")), others)
    assert asked == AskDashboards((), ("checkout",), Window(at(-25), at(35)))


def test_without_alerts_those_of_the_service_are_asked_for() -> None:
    """By the label of their rules."""
    rules = tuple(
        AlertRule(name=name, expression="", hold=0, interval=15, labels={"service": service}, annotations={}, source="")
        for name, service in (("B", "checkout"), ("A", "checkout"), ("C", "other"))
    )
    found = following(evidence(sli(), pagerduty=record(), alert_rules=rules))
    assert found == (AskAlerts(("A", "B"), Window(at(-175), at(80))),)


def test_a_budget_of_nothing_needs_no_totals() -> None:
    """Any failure exceeds it."""
    slo = sli((0, 40, 0.12))
    perfect = replace(slo, definition=replace(slo.definition, objective=Decimal(100)))
    assert [type(one) for one in following(evidence(perfect, pagerduty=TOLD))] == [AskUsual, AskAlerts]


def test_days_have_no_time_of_the_week() -> None:
    """The same window of the week before would touch a long impact itself."""
    slo = sli((0, 3000, 0.12), window=(-3100, 3100))
    told = replace(TOLD, incident=incident(resolved_at=at(3020)))
    assert AskUsual not in {type(one) for one in following(evidence(slo, pagerduty=told, as_of=3100))}


def test_without_configured_dashboards_those_of_the_alerts_are_looked_for() -> None:
    """By the annotations of Grafana's own alerts, then by links to this Grafana; else by the service's tag."""
    notes = {
        "__dashboardUid__": "from-alert",
        "runbook_url": "https://graf.example/d/from-link/checkout?from=1",
        "elsewhere": "https://other.example/d/not-ours/x",
    }
    firing = replace(alert(5), firing=(FiringAlert(labels={}, annotations=notes),))
    bare = GrafanaRecord(version="", url="https://graf.example")
    (*_, asked) = following(evidence(sli(), pagerduty=record(alerts=(firing,)), grafana=bare))
    assert asked == AskDashboards(("from-alert", "from-link"), ("checkout",), Window(at(-25), at(35)))
    (*_, by_tag) = following(evidence(sli(), pagerduty=TOLD, grafana=bare))
    assert by_tag == AskDashboards((), ("checkout",), Window(at(-25), at(35)))


def test_alerts_that_watch_the_service_are_asked_for_too() -> None:
    """By what they read, beside those of the incident; also where a person opened it."""
    rules = tuple(
        AlertRule(name=name, expression=expression, hold=0, interval=15, labels={}, annotations={}, source="r")
        for name, expression in (("Slow", "rate(t[5m]) > 1"), ("Disk", "disk > 1"))
    )
    for told, names in ((TOLD, ("Burn", "Slow")), (record(), ("Slow",))):
        found = following(evidence(sli((0, 40, 0.12)), pagerduty=told, alert_rules=rules, as_of=600))
        assert [one.names for one in found if isinstance(one, AskAlerts)] == [names]
