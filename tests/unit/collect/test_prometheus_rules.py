"""The answer of the rules API becomes alerting rules; whatever else it holds is passed over."""

from __future__ import annotations

import pytest

from pm_autofill.collect.prometheus.rules import parse_rules

RULE = {
    "type": "alerting",
    "name": "CheckoutErrorBudgetBurn",
    "query": "sum(rate(x[5m])) > 0.045",
    "duration": 120,
    "keepFiringFor": 0,
    "labels": {"severity": "critical"},
    "annotations": {"runbook_url": "https://runbooks.example/burn"},
    "alerts": [],
    "health": "ok",
}


def test_a_rule_is_read_with_its_groups_interval() -> None:
    """Durations are seconds."""
    ((rule,), _) = parse_rules({"groups": [{"name": "slo", "interval": 30, "rules": [RULE]}]}, "prometheus.rules")
    assert (rule.name, rule.expression) == ("CheckoutErrorBudgetBurn", "sum(rate(x[5m])) > 0.045")
    assert (rule.hold, rule.interval) == (120.0, 30.0)
    assert rule.labels == {"severity": "critical"}
    assert rule.annotations == {"runbook_url": "https://runbooks.example/burn"}
    assert rule.source == "prometheus.rules"


def test_what_is_missing_is_empty() -> None:
    """A rule without labels adds none; one without ``for`` is told to have one of 0."""
    rules, unreadable = parse_rules({"groups": [{"rules": [{"name": "A", "query": "up == 0", "duration": 0}]}]}, "s")
    (rule,) = rules
    assert (rule.hold, rule.interval, rule.labels, rule.annotations) == (0.0, 0.0, {}, {})
    assert unreadable == 0


@pytest.mark.parametrize(
    ("data", "unreadable"),
    [
        (None, 0),
        ([], 0),
        ("groups", 0),
        ({"groups": None}, 0),
        ({"groups": [None, 3, {"rules": {}}, {"rules": [None, "x", {"name": 1, "query": "x"}, {"name": "x"}]}]}, 3),
        ({"groups": [{"name": "a"}, {"name": "b", "rules": None}, {"name": "c", "rules": []}]}, 1),
        ({"groups": [{"rules": [{**RULE, "type": "recording"}]}]}, 0),
        ({"groups": [{"rules": [{**RULE, "duration": "2m"}, {**RULE, "duration": float("nan")}]}]}, 2),
    ],
)
def test_what_is_no_alerting_rule_is_counted(data: object, unreadable: int) -> None:
    """One odd rule spoils none of the others; how long it has to hold is never made up."""
    assert parse_rules(data, "s") == ((), unreadable)


def test_odd_fields_do_not_spoil_a_rule() -> None:
    """Fields of another type count as missing."""
    odd = {**RULE, "labels": ["x"], "annotations": {"summary": 5, "runbook_url": "u"}}
    ((rule,), _) = parse_rules({"groups": [{"interval": float("inf"), "rules": [odd]}]}, "s")
    assert (rule.interval, rule.labels, rule.annotations) == (0.0, {}, {"runbook_url": "u"})
