"""Which alerts are the incident's, and when the first was pending and fired."""

from __future__ import annotations

from pm_autofill.analyse.alerting import alert_facts, alert_names, own_alerts
from pm_autofill.evidence.alerts import AlertSeries
from pm_autofill.findings import Basis, Fact, Known, Unknown
from tests.unit.analyse.cases import alert, at, evidence, record


def series(
    state: str, first: float, last: float, name: str = "Burn", active: float | None = None, **labels: str
) -> AlertSeries:
    """A stretch of an alert's life."""
    return AlertSeries(
        name=name,
        labels={"alertname": name, **labels},
        state=state,
        first=at(first),
        last=at(last),
        source="prom.alerts",
        active_at=None if active is None else at(active),
    )


def when(fact: Fact) -> float:
    """A known instant as minutes after noon."""
    assert isinstance(fact, Known)
    return (fact.instant - at(0)).total_seconds() / 60


def test_the_earliest_of_the_incident_s_alerts_counts() -> None:
    """Pending since the expression was true, firing since its first evaluation."""
    told = record(alerts=(alert(5), alert(7, "Slow")))
    found = evidence(
        pagerduty=told,
        alert_series=(
            series("pending", 2, 4, active=1.9),
            series("firing", 4, 30),
            series("firing", 6, 40, "Slow"),
            series("firing", 1, 40, "Other"),
        ),
    )
    assert alert_names(told) == ("Burn", "Slow")
    facts = alert_facts(found, at(-15))
    assert when(facts["alert.pending"]) == 1.9
    assert when(facts["alert.fired"]) == 4
    assert isinstance(facts["alert.fired"], Known)
    assert (facts["alert.fired"].basis, facts["alert.fired"].sources) == (Basis.RECORDED, ("prom.alerts",))


def test_what_ended_before_is_of_an_earlier_time() -> None:
    """The same alert two hours ago is none of this incident's."""
    told = record(alerts=(alert(5),))
    found = evidence(pagerduty=told, alert_series=(series("firing", -120, -100), series("firing", 4, 30)))
    assert when(alert_facts(found, at(-15))["alert.fired"]) == 4
    assert when(alert_facts(found, None)["alert.fired"]) == -120


def test_labels_that_contradict_make_it_another_alert() -> None:
    """The same rule for another service; a label that one side lacks contradicts nothing."""
    told = record(alerts=(alert(5, service="checkout"),))
    found = evidence(
        pagerduty=told,
        alert_series=(series("firing", 1, 30, service="payments"), series("firing", 4, 30, severity="page")),
    )
    assert [one.first for one in own_alerts(found)] == [at(4)]


def test_without_samples_alertmanager_tells() -> None:
    """startsAt; without it the arrival at PagerDuty, inferred."""
    fired = alert_facts(evidence(pagerduty=record(alerts=(alert(5, starts=4.5), alert(6, starts=4)))), None)[
        "alert.fired"
    ]
    assert when(fired) == 4
    assert isinstance(fired, Known)
    assert (fired.method, fired.sources) == ("startsAt of Alertmanager's payload", ("pd.alerts",))
    arrived = alert_facts(evidence(pagerduty=record(alerts=(alert(6), alert(5)))), None)["alert.fired"]
    assert when(arrived) == 5
    assert isinstance(arrived, Known)
    assert arrived.basis is Basis.INFERRED


def test_a_rule_without_a_wait_was_never_pending() -> None:
    """Which is not the same as having no samples."""
    told = record(alerts=(alert(5),))
    never = alert_facts(evidence(pagerduty=told, alert_series=(series("firing", 4, 30),)), None)["alert.pending"]
    assert isinstance(never, Unknown)
    assert never.reason == "the alert was never pending: its rule has no `for`"
    nothing = alert_facts(evidence(pagerduty=told), None)["alert.pending"]
    assert isinstance(nothing, Unknown)
    assert nothing.reason == "Prometheus has no ALERTS samples of this incident's alerts"


def test_an_incident_without_alerts_has_none() -> None:
    """Opened by hand: an alert of the service is not its own."""
    found = evidence(pagerduty=record(), alert_series=(series("firing", 4, 30),))
    fired = alert_facts(found, None)["alert.fired"]
    assert isinstance(fired, Unknown)
    assert fired.reason == "no alert belongs to this incident"


def test_a_bare_window_takes_the_alerts_asked_for() -> None:
    """Without an incident they were chosen by the service."""
    assert when(alert_facts(evidence(alert_series=(series("firing", 4, 30),)), None)["alert.fired"]) == 4
