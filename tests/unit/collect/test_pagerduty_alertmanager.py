"""Alertmanager's payload in its two shapes, and everybody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pm_autofill.collect.pagerduty.alertmanager import MOST_ALERTS, read_firing
from pm_autofill.evidence.incident import FiringAlert

LIST = {
    "num_firing": 1,
    "firing": [
        {
            "status": "firing",
            "labels": {"alertname": "CheckoutErrorBudgetBurn", "service": "checkout"},
            "annotations": {"runbook_url": "https://runbooks.example/checkout", "summary": "page lena@example.org"},
            "startsAt": "2026-03-14T09:12:30.000Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://prom.example/graph?g0.expr=burn",
            "fingerprint": "9f2c1d0e6b7a8c55",
        }
    ],
}
TEXT = """Labels:
 - alertname = CheckoutErrorBudgetBurn
 - service = checkout
 - expr = a = b
Annotations:
 - description = Requests fail.
They fail a lot.
 - summary = Burn
Source: https://prom.example/graph?g0.expr=burn
Labels:
 - alertname = Second
Annotations:
Source:
"""


def test_the_list_of_newer_versions_tells_when_it_began() -> None:
    """Labels to the letter, annotations without addresses, the instant in UTC."""
    assert read_firing(LIST) == (
        FiringAlert(
            labels={"alertname": "CheckoutErrorBudgetBurn", "service": "checkout"},
            annotations={"runbook_url": "https://runbooks.example/checkout", "summary": "page [address]"},
            starts_at=datetime(2026, 3, 14, 9, 12, 30, tzinfo=UTC),
            url="https://prom.example/graph?g0.expr=burn",
        ),
    )


def test_the_list_may_come_as_text() -> None:
    """A template may have written the same list as JSON text."""
    assert read_firing({"firing": json.dumps(LIST["firing"])}) == read_firing(LIST)


def test_the_text_of_grafanas_own_alerting_names_the_dashboard() -> None:
    """Each alert its own; the link stands among its annotations, where dashboards are looked for."""
    block = "\n".join(
        f"\nValue: A=1\nLabels:\n - alertname = {name}\nAnnotations:\n - summary = Dashboard: none\n"
        f"Source: https://graf.example/alerting/{name}\nSilence: https://graf.example/s\n"
        f"Dashboard: https://graf.example/d/{name}?orgId=1\nPanel: https://graf.example/d/{name}?viewPanel=2"
        for name in ("one", "two")
    )
    assert [(one.labels["alertname"], one.annotations) for one in read_firing({"firing": block})] == [
        (name, {"summary": "Dashboard: none", "dashboardURL": f"https://graf.example/d/{name}?orgId=1"})
        for name in ("one", "two")
    ]
    assert read_firing({"firing": "Dashboard: https://graf.example/d/x\nLabels:\n - a = b"}) == ()


def test_the_text_of_older_versions_is_read_without_times() -> None:
    """Values may hold an equals sign or several lines; an alert ends with its source."""
    assert read_firing({"firing": TEXT, "num_firing": "2"}) == (
        FiringAlert(
            labels={"alertname": "CheckoutErrorBudgetBurn", "service": "checkout", "expr": "a = b"},
            annotations={"description": "Requests fail.\nThey fail a lot.", "summary": "Burn"},
            url="https://prom.example/graph?g0.expr=burn",
        ),
        FiringAlert(labels={"alertname": "Second"}, annotations={}),
    )


def test_the_zero_time_is_no_time() -> None:
    """``0001-01-01`` is how Go writes "not set"."""
    (alert,) = read_firing({"firing": [{"labels": {"alertname": "A"}, "startsAt": "0001-01-01T00:00:00Z"}]})
    assert alert.starts_at is None


def test_a_label_that_cannot_be_kept_to_the_letter_is_left_out() -> None:
    """Half a label would match nothing; an address must not leave."""
    labels = {
        "alertname": "A",
        "owner": "lena@example.org",
        "long": "x" * 2000,
        "number": 7,
        "nul": "a\x00",
        "ok": " b  c ",
    }
    (alert,) = read_firing({"firing": [{"labels": labels}]})
    assert alert.labels == {"alertname": "A", "ok": " b  c "}


def test_resolved_alerts_in_the_list_do_not_fire() -> None:
    """Each object tells its own status."""
    assert read_firing({"firing": [{"status": "resolved", "labels": {"alertname": "A"}}]}) == ()


def test_the_first_place_that_tells_something_counts() -> None:
    """The details come twice, in two notations."""
    assert read_firing({"error": "too large"}, None, LIST, {"firing": TEXT}) == read_firing(LIST)


def test_a_great_many_alerts_are_cut_to_the_earliest() -> None:
    """What began first stays."""
    firing = [
        {"labels": {"alertname": f"A{minute}"}, "startsAt": f"2026-03-14T{minute // 60:02}:{minute % 60:02}:00Z"}
        for minute in range(300, 0, -1)
    ]
    alerts = read_firing({"firing": firing})
    assert len(alerts) == MOST_ALERTS
    assert (alerts[0].labels["alertname"], alerts[-1].labels["alertname"]) == ("A1", "A100")


@pytest.mark.parametrize(
    "details",
    [
        None,
        "free text",
        [LIST],
        {"error": "Custom details have been removed because the original event exceeds the maximum size of 512KB"},
        {"body": "<html><body>mail</body></html>"},
        {"monitor_state": "Triggered", "priority": "normal", "query": "avg(last_5m):..."},
        {"firing": {}},
        {"firing": "[" * 100_000},
        {"firing": "[1, null]"},
        {"firing": [{"labels": "alertname=A"}, {"labels": {}}, None]},
        {"firing": "Labels:\n - alertname = Unfinished\nAnnotations:\n"},
        {"firing": "Source: https://prom.example\nAnnotations:\n - a = b\nplain"},
    ],
)
def test_other_payloads_hold_no_alerts(details: object) -> None:
    """Other vendors, mails, cut and broken details: nothing is read into them."""
    assert read_firing(details) == ()
