"""``--set``: base facts only, in their units, kept and taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pm_autofill.analyse.base_facts import NAMES
from pm_autofill.analyse.stated import instant, merge, prefer, read
from pm_autofill.errors import UsageError
from pm_autofill.findings import FACT_NAMES, UNITS, Basis, Unit, Unknown

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_base_facts_are_those_nothing_else_gives() -> None:
    """Durations, and what is computed from others, are not stated."""
    derived = set(FACT_NAMES) - set(NAMES)
    assert derived == {
        "impact.duration", "time_to_detect", "time_to_respond", "time_to_mitigate", "time_to_resolve",
        "requests.failed_ratio", "requests.excess_failed", "error_budget.consumed_ratio",
    }  # fmt: skip


def test_statements_are_kept_replaced_and_taken_back() -> None:
    """Over runs."""
    first = merge({}, ("impact.start=2026-11-18T12:00:00Z", "severity= SEV-1 "))
    assert first == {"impact.start": "2026-11-18T12:00:00Z", "severity": "SEV-1"}
    assert merge(first, ("severity=", "impact.start=2026-11-18T13:00:00Z")) == {"impact.start": "2026-11-18T13:00:00Z"}
    assert merge(first, ()) == first
    assert merge({}, ("severity=",)) == {}


@pytest.mark.parametrize(
    ("assignment", "message", "hint"),
    [
        (
            "impact.start",
            "--set 'impact.start' is not NAME=VALUE",
            "For example: --set impact.start=2026-11-18T13:42:17Z.",
        ),
        ("impact.stat=x", "--set impact.stat: it is no fact", "Did you mean impact.start?"),
        (
            "time_to_detect=5",
            "--set time_to_detect: it is derived from others and follows them",
            f"One of: {', '.join(NAMES)}.",
        ),
        ("impact.start=noon", "--set impact.start: 'noon' is not an instant", "Write it as 2026-11-18T13:42:17Z."),
        (
            "requests.failed=12%",
            "--set requests.failed: '12%' is not a count such as 17014",
            "Counts and ratios are plain numbers.",
        ),
        ("requests.failed=-1", "--set requests.failed: '-1' is less than nothing", "Write a number of 0 or more."),
        (
            "requests.failed=1,2,3",
            "--set requests.failed: '1,2,3' is not a count such as 17014",
            "Counts and ratios are plain numbers.",
        ),
        (
            "requests.failed=9999999999999999",
            "--set requests.failed: '9999999999999999' is more than can be counted",
            "Check the number of digits.",
        ),
        (
            "error_budget.remaining_before_ratio=12,5%",
            "--set error_budget.remaining_before_ratio: '12,5%' is not a ratio such as 0.12 or 12%",
            "Counts and ratios are plain numbers.",
        ),
        (
            "requests.failed_ratio_peak=15",
            "--set requests.failed_ratio_peak: '15' is more than all of it",
            "Write 0.12 or 12% for twelve in a hundred.",
        ),
        (
            "requests.failed_ratio_peak=-1%",
            "--set requests.failed_ratio_peak: '-1%' is less than nothing",
            "Write a number of 0 or more.",
        ),
        ("=x", "--set '=x' is not NAME=VALUE", "For example: --set impact.start=2026-11-18T13:42:17Z."),
        (
            "impact.start=2026-11-18",
            "--set impact.start: '2026-11-18' has no time of day",
            "Write it as 2026-11-18T13:42:17Z.",
        ),
        (
            "impact.start=9999-12-31T23:59:59Z",
            "--set impact.start: '9999-12-31T23:59:59Z' is not an instant",
            "Write it as 2026-11-18T13:42:17Z.",
        ),
        (
            "impact.end=0001-01-01T00:00:00Z",
            "--set impact.end: '0001-01-01T00:00:00Z' is not an instant",
            "Write it as 2026-11-18T13:42:17Z.",
        ),
        (
            "requests.failed_ratio_peak=much",
            "--set requests.failed_ratio_peak: 'much' is not a ratio such as 0.12 or 12%",
            "Counts and ratios are plain numbers.",
        ),
        (
            "requests.failed_ratio_peak=12",
            "--set requests.failed_ratio_peak: '12' is more than all of it",
            "Write 0.12 or 12% for twelve in a hundred.",
        ),
        (
            "requests.failed_ratio_peak=12,5%",
            "--set requests.failed_ratio_peak: '12,5%' is not a ratio such as 0.12 or 12%",
            "Counts and ratios are plain numbers.",
        ),
        (
            "requests.failed_ratio_peak=-12%",
            "--set requests.failed_ratio_peak: '-12%' is less than nothing",
            "Write a number of 0 or more.",
        ),
        (
            "requests.lost=1,5",
            "--set requests.lost: '1,5' is not a count such as 17014",
            "Counts and ratios are plain numbers.",
        ),
        (
            "detection.method=Luck",
            "--set detection.method: 'Luck' is not one of the template's answers",
            "Use one of: Alert, Customer report, Manual observation.",
        ),
    ],
)
def test_what_cannot_be_stated_is_refused(assignment: str, message: str, hint: str) -> None:
    """With what to write instead."""
    with pytest.raises(UsageError) as refused:
        merge({}, (assignment,))
    assert (refused.value.message, refused.value.hint) == (message, hint)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("requests.failed", "17,014", 17014.0),
        ("requests.failed", "17_014.5", 17014.5),
        ("requests.failed", "1,017,014.25", 1017014.25),
        ("requests.failed_ratio_peak", "12%", 0.12),
        ("requests.failed_ratio_peak", "100%", 1.0),
        ("error_budget.remaining_after_ratio", "-20%", -0.2),
        ("error_budget.remaining_after_ratio", "-1.5", -1.5),
        ("requests.failed_ratio_peak", "12.5 %", 0.125),
        ("requests.failed_ratio_peak", "0.12", 0.12),
        ("error_budget.remaining_before_ratio", "-0.2", -0.2),
        ("requests.total", "1,217,014", 1217014.0),
        ("impact.start", "2026-11-18T13:00:00+01:00", NOON),
        ("detection.method", "customer report", "Customer report"),
        ("services_affected", "checkout, payments", "checkout, payments"),
    ],
)
def test_values_are_read_in_their_units(name: str, text: str, value: object) -> None:
    """Marked as stated, with a source, and with a formula where facts of that unit have one."""
    fact = read(name, text)
    assert fact.value == value
    assert (fact.unit, fact.basis, fact.sources) == (UNITS[name], Basis.STATED, ("human.stated",))
    assert fact.formula == ("stated" if fact.unit in {Unit.EVENTS, Unit.RATIO} else "")


def test_a_stated_fact_is_preferred() -> None:
    """Over whatever was found."""
    unknown = Unknown(reason="r", ask="a")
    assert prefer("severity", unknown, {}) is unknown
    assert prefer("severity", unknown, {"severity": "SEV-1"}) == read("severity", "SEV-1")
    assert instant("impact.start", {"impact.start": "2026-11-18T12:00:00Z"}) == NOON
    assert instant("impact.start", {}) is None
