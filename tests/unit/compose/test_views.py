"""What the fields say when the incident is not the plain one: still open, slow, an outage, stated, only half known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pm_autofill.compose.case import Case
from pm_autofill.compose.slot import Slot, beside, prompt
from pm_autofill.compose.view import variables
from pm_autofill.evidence.slos import BudgetMethod, SliKind
from pm_autofill.findings import (
    Basis,
    BudgetShare,
    Fact,
    Finding,
    Findings,
    Known,
    Reference,
    RelatedIncident,
    Severity,
    Unit,
    Unknown,
    WiderShare,
)

if TYPE_CHECKING:
    from pm_autofill.evidence import Evidence
    from pm_autofill.findings import SloFindings

MISSING = Unknown(reason="no reason", ask="somebody")


def _at(clock: str, day: int = 18) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}").replace(tzinfo=UTC)


def _with(findings: Findings, **changes: Any) -> Findings:  # noqa: ANN401 - facts by name with _ for .
    """The findings with other facts; the headline SLO's follow."""
    facts: dict[str, Fact] = {_name(key, findings): value for key, value in changes.items()}
    slos = tuple(
        replace(one, facts={**one.facts, **{key: value for key, value in facts.items() if key in one.facts}})
        for one in findings.slos
    )
    return replace(findings, facts={**findings.facts, **facts}, slos=slos)


def _name(key: str, findings: Findings) -> str:
    return next(name for name in findings.facts if name.replace(".", "_") == key)


def _known(findings: Findings, name: str, **changes: Any) -> Known:  # noqa: ANN401 - fields of Known
    fact = findings.facts[name]
    assert isinstance(fact, Known)
    return replace(fact, **changes)


def _headline(findings: Findings, **changes: Any) -> Findings:  # noqa: ANN401 - fields of SloFindings
    return replace(findings, slos=(replace(findings.slos[0], **changes), *findings.slos[1:]))


def _view(evidence: Evidence, findings: Findings) -> dict[str, Any]:
    return variables(Case(evidence, findings))


def _words(evidence: Evidence, findings: Findings, name: str) -> str:
    return str(_view(evidence, findings)[name])


def test_still_open(evidence: Evidence, findings: Findings) -> None:
    """While the SLI is bad, figures are so far, and nothing claims an end."""
    still = replace(
        _with(
            findings,
            impact_end=Unknown(reason="checkout-availability has not recovered yet", ask="again later"),
            impact_duration=MISSING,
            time_to_resolve=MISSING,
        ),
        open=True,
        as_of=_at("14:29:17"),
    )

    view = _view(evidence, still)

    assert [str(view[name]) for name in ("duration", "impact_window", "requests_affected", "summary")] == [
        "ongoing, 47 minutes so far",
        (
            "2026-11-18 13:42:17 UTC, ongoing at 14:29:17 (47 minutes so far), as seen in the error ratio; "
            "the alert fired 4 min 13 s after the start"
        ),
        "17,014 of 141,780 requests failed (12.0%) so far, 16,929 more than usual",
        (
            "Since 2026-11-18 13:42 UTC (47 minutes so far), checkout-api has failed 12.0% of the requests "
            "counted by checkout-availability, resulting in 17,014 failed requests and 10.9% of the 30-day error "
            "budget so far."
        ),
    ]
    assert str(view["error_budget_impact"]).endswith("(99.9%) consumed so far")
    earlier = replace(
        still, facts={**still.facts, "impact.start": _known(still, "impact.start", value=_at("13:22:17"))}
    )
    view = _view(evidence, earlier)
    assert str(view["duration"]) == "ongoing, 1 hour 7 minutes so far"
    assert str(view["summary"]).startswith("Since 2026-11-18 13:42 UTC (47 minutes so far), checkout-api has failed")
    assert str(view["time_to_resolve"]) == "unknown: no reason (ask somebody)"


def test_no_order_is_claimed_where_the_bounds_overlap(evidence: Evidence, findings: Findings) -> None:
    """An alert that fired while the start may have been yet to come fired neither before nor after it."""
    start = _known(findings, "impact.start", low=_at("13:40:00"), high=_at("13:47:00"))
    words = str(_view(evidence, _with(findings, impact_start=start))["impact_window"])
    assert words.endswith("; the alert fired at 13:46:30, within the bounds of the start")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(9.0, "for 40 minutes (13:42 to 14:21 UTC)"), (3600.0, "for 39 minutes (13:42 to 14:21 UTC)")],
)
def test_one_duration_stands_on_the_page(evidence: Evidence, findings: Findings, seconds: float, words: str) -> None:
    """The incident's in the summary too, unless the headline SLO's, to which the figures belong, is another one."""
    own = findings.facts["impact.duration"]
    assert isinstance(own, Known)
    whole = _known(findings, "impact.duration", value=own.number + seconds)
    longer = replace(findings, facts={**findings.facts, "impact.duration": whole})
    assert words in str(_view(evidence, longer)["summary"])


def test_latency_slo(evidence: Evidence, findings: Findings) -> None:
    """Bad requests of a latency SLO are slow, not failed."""
    definition = msgspec.structs.replace(findings.slos[0].definition, kind=SliKind.LATENCY)
    view = _view(evidence, _headline(findings, definition=definition))

    assert str(view["requests_affected"]) == "17,014 of 141,780 requests were slow (12.0%), 16,929 more than usual"
    assert str(view["user_impact"]).startswith("12.0% of the requests counted by checkout-availability were slow")
    assert "answered 12.0% of the requests counted by checkout-availability too slowly for 39 minutes" in str(
        view["summary"]
    )
    assert "17,014 slow requests" in str(view["summary"])
    assert "as seen in the share of slow requests" in str(view["impact_window"])
    assert "| Slow requests | 17,014 |" in str(view["computed"])


def test_lost_requests_make_shares_lower_bounds(evidence: Evidence, findings: Findings) -> None:
    """Demand that never arrived takes no budget: the share is at least so much, and what it could have been is told."""
    lost = _known(findings, "requests.lost", value=3400.0, low=3000.0, high=3800.0)
    view = _view(evidence, _headline(_with(findings, requests_lost=lost), consumed_if_lost_failed_ratio=0.1309))

    assert str(view["error_budget_impact"]) == (
        "at least 10.9% of the 30-day budget of checkout-availability (99.9%) consumed; "
        "13.1% had the lost requests failed"
    )
    assert str(view["error_budget_consumed"]) == (
        "at least 10.9% of the 30-day budget (before: 81.3% left, after: 70.4% left); "
        "13.1% had the lost requests failed"
    )
    assert str(view["requests_affected"]).endswith("16,929 more than usual; about 3,400 more never arrived")
    assert "about 3,400 requests that never arrived and at least 10.9%" in str(view["summary"])


def test_outage(evidence: Evidence, findings: Findings) -> None:
    """Where only the traffic broke off, the summary and the window say so; a share of failures says nothing then."""
    periods = tuple(replace(period, kind="no traffic") for period in findings.slos[0].periods)
    lost = _known(findings, "requests.lost", value=78_339.0, low=70_000.0, high=80_000.0)
    gone = _headline(_with(findings, requests_lost=lost), periods=periods, silent_s=2300.0)
    view = _view(evidence, gone)

    assert str(view["summary"]) == (
        "On 2026-11-18, checkout-api served nothing for 39 minutes (13:42 to 14:21 UTC), resulting in about 78,339 "
        "fewer requests than usual."
    )
    assert str(view["user_impact"]) == "checkout-api served nothing for 38 minutes; nobody counted what arrived."
    assert str(view["requests_affected"]).endswith("about 78,339 fewer than usual were served")
    assert "as seen in the traffic;" in str(view["impact_window"])
    view = _view(evidence, replace(gone, slos=(replace(gone.slos[0], silent_s=0.0), *gone.slos[1:])))
    assert "checkout-api served 64.4% of its usual traffic for 39 minutes" in str(view["summary"])
    assert "never arrived" not in " ".join(str(view[name]) for name in ("summary", "user_impact", "requests_affected"))


def test_a_share_names_its_population(evidence: Evidence, findings: Findings) -> None:
    """What the SLO counts, under the name it has for that, and beside it the share of all its service counts."""
    headline = findings.slos[0]
    refunds = msgspec.structs.replace(headline.definition, name="shop-refund", noun="refunds")
    shop = msgspec.structs.replace(headline.definition, name="shop", noun="")
    told = replace(
        _headline(findings, definition=refunds),
        headline_slo="shop-refund",
        wider_share=WiderShare(definition=shop, ratio=0.012),
    )
    view = _view(evidence, told)
    assert str(view["user_impact"]).startswith("12.0% of the refunds counted by shop-refund failed on average")
    assert str(view["user_impact"]).endswith("; 1.20% of all requests counted by shop.")
    assert "failed 12.0% of the refunds counted by shop-refund for 39 minutes" in str(view["summary"])
    assert "resulting in 17,014 failed refunds" in str(view["summary"])
    assert str(view["requests_affected"]).startswith("17,014 of 141,780 refunds failed (12.0%)")


def test_budget_in_other_states(evidence: Evidence, findings: Findings) -> None:
    """Overspent, scaled from a short history, with a distinct excess, over a calendar month."""
    overspent = _with(
        findings,
        error_budget_consumed_ratio=_known(findings, "error_budget.consumed_ratio", value=2.714, low=2.7, high=2.72),
        error_budget_remaining_after_ratio=_known(
            findings, "error_budget.remaining_after_ratio", value=-1.9, low=-1.95, high=-1.85
        ),
    )
    assert _words(evidence, _headline(overspent, excess_consumed_ratio=1.5), "error_budget_consumed") == (
        "271% of the 30-day budget (150% beyond the usual, before: 81.3% left, after: overspent by 190%)"
    )
    scaled = _with(
        findings,
        error_budget_consumed_ratio=_known(
            findings, "error_budget.consumed_ratio", basis=Basis.INFERRED, low=0.08, high=0.13
        ),
        error_budget_remaining_before_ratio=MISSING,
        error_budget_remaining_after_ratio=MISSING,
    )
    assert _words(evidence, scaled, "error_budget_consumed") == (
        "about 10.9% of the 30-day budget (between 8.00% and 13.0%, before: unknown, after: unknown)"
    )
    monthly = msgspec.structs.replace(findings.slos[0].definition, window="month", objective=Decimal("99.95"))
    assert _words(evidence, _headline(findings, definition=monthly), "error_budget_impact") == (
        "10.9% of the monthly budget of checkout-availability (99.95%) consumed"
    )


def test_budgets_of_calendar_months_and_slices(evidence: Evidence, findings: Findings) -> None:
    """The month is named; what is projected is said; an incident across a month's end has both shares."""
    definition = msgspec.structs.replace(findings.slos[0].definition, window="month", method=BudgetMethod.TIMESLICES)
    one = _headline(findings, definition=definition, budget_shares=(BudgetShare("2026-11", 0.109, projected=True),))
    assert _words(evidence, one, "error_budget_consumed") == (
        "10.9% of the November 2026 time-slice budget (before: 81.3% left, after: 70.4% left, the month's requests "
        "projected to its end)"
    )
    assert "10.9% of the November 2026 time-slice error budget." in _words(evidence, one, "summary")
    shares = (BudgetShare("2026-10", 0.352), BudgetShare("2026-11", 0.031))
    by_ratio = msgspec.structs.replace(definition, method=BudgetMethod.RATIO_TIMESLICES)
    split = _headline(findings, definition=by_ratio, budget_shares=shares)
    assert _words(evidence, split, "error_budget_impact") == (
        "35.2% of the October 2026 slice-ratio budget and 3.10% of the November 2026 slice-ratio budget "
        "of checkout-availability (99.9%) consumed"
    )


def test_a_budget_that_ran_out_says_when(evidence: Evidence, findings: Findings) -> None:
    """To the minute; by then, where it is unknown what was left before."""
    gone = _headline(findings, budget_exhausted_at=_at("13:58:21"))
    assert _words(evidence, gone, "error_budget_consumed").endswith("after: 70.4% left, spent at 13:58)")
    blind = _with(gone, error_budget_remaining_before_ratio=MISSING)
    assert _words(evidence, blind, "error_budget_consumed").endswith("spent by 13:58)")


def test_wide_bounds_are_told_in_the_line(evidence: Evidence, findings: Findings) -> None:
    """An interval wider than a tenth stands beside the figure."""
    failed = _known(findings, "requests.failed", low=14000.0, high=19000.0)
    lasted = _known(findings, "impact.duration", low=2000.0, high=2700.0)
    view = _view(evidence, _with(findings, requests_failed=failed, impact_duration=lasted))

    assert "failed (12.0%), between 14,000 and 19,000, 16,929 more than usual" in str(view["requests_affected"])
    assert str(view["duration"]) == "39 minutes (between 33 min 20 s and 45 min)"
    assert "(total: 39 minutes, between 33 min 20 s and 45 min)" in str(view["impact_window"])


def test_stated_values_are_marked(evidence: Evidence, findings: Findings) -> None:
    """What a human stated is marked as theirs."""
    stated = _with(
        findings,
        severity=_known(findings, "severity", basis=Basis.STATED),
        impact_start=_known(findings, "impact.start", basis=Basis.STATED, low=None, high=None),
        mitigation_applied=_known(findings, "mitigation.applied", basis=Basis.STATED),
        detection_method=_known(findings, "detection.method", basis=Basis.STATED, value="Customer report"),
    )
    timeline = tuple(
        replace(row, values={"text": "", "inferred": False}) if row.kind == "mitigation" else row
        for row in findings.timeline
    )

    view = _view(evidence, replace(stated, timeline=timeline))

    assert str(view["severity"]) == "SEV-1 (stated)"
    assert "(total: 39 minutes), the start as stated;" in str(view["impact_window"])
    assert str(view["time_to_mitigate"]) == "29 min 34 s (to 14:20:05, stated)"
    assert str(view["immediate_mitigation"]) == "- Mitigation applied, at 14:20:05 (stated)"
    assert str(view["detected_how"]) == "Customer report (stated)"
    assert "stated by a human |" in str(view["computed"])


def test_unknown_mitigation_prints_the_sum_that_is_known(evidence: Evidence, findings: Findings) -> None:
    """From the response, else from the page, to the recovery; the prompt stays."""
    gone = _with(findings, mitigation_applied=MISSING, time_to_mitigate=MISSING, time_to_resolve=MISSING)
    never = _with(gone, response_first_action=MISSING, time_to_respond=MISSING)
    nobody = _with(never, page_sent=MISSING)

    assert _view(evidence, gone)["time_to_resolve"] == Slot(
        "31 min 9 s from the response to recovery; this step alone is unknown: no reason (ask somebody)",
        known=False,
        name="time_to_resolve",
    )
    assert _words(evidence, gone, "immediate_mitigation") == ""
    assert _words(evidence, never, "time_to_resolve").startswith("34 min 48 s from the page to recovery;")
    assert _words(evidence, nobody, "time_to_resolve") == "unknown: no reason (ask somebody)"


def test_detection_before_the_impact(evidence: Evidence, findings: Findings) -> None:
    """A negative time to detect is shown with its sign and what it means."""
    early = _with(
        findings,
        detection_time=_known(findings, "detection.time", value=_at("13:40:14")),
        time_to_detect=_known(findings, "time_to_detect", value=-123.0),
    )

    assert _words(evidence, early, "time_to_detect") == (
        "\N{MINUS SIGN}2 min 3 s (its detection at 13:40:14, before the impact began at 13:42:17); the page followed "
        "6 min 38 s later"
    )


def test_detection_without_all_stages(evidence: Evidence, findings: Findings) -> None:
    """Without every stage, or where the page is not the detection, the time to detect is not divided."""
    assert findings.paging is not None
    part = replace(findings, paging=replace(findings.paging, stages={"hold": 120.0}))
    for short in (part, replace(findings, paging=None), _with(findings, page_sent=MISSING)):
        assert "of these" not in _words(evidence, short, "time_to_detect")
    assert _words(evidence, part, "time_to_detect") == "4 min 35 s (13:42:17 to the page at 13:46:52)"
    assert "- From the breach to the responder, by CheckoutErrorBudgetBurn: 2 min its `for`" in _words(
        evidence, part, "computed"
    )


def test_how_it_was_detected(evidence: Evidence, findings: Findings) -> None:
    """An alert is named by its rule, else by PagerDuty's alert; other ways stand for themselves."""
    bare = replace(findings, timeline=())
    by_hand = _with(findings, detection_method=_known(findings, "detection.method", value="Manual observation"))

    assert _words(evidence, bare, "detected_how") == "Alert"
    assert _words(evidence, by_hand, "detected_how") == "Manual observation"
    assert _words(evidence, _with(findings, detection_method=MISSING), "detected_how").startswith("unknown")


def test_nothing_beyond_the_usual(evidence: Evidence, findings: Findings) -> None:
    """No excess, no peak, no usual ratio and no alert: the sentences end earlier."""
    quiet = _with(
        findings,
        requests_excess_failed=_known(findings, "requests.excess_failed", value=0.0),
        requests_failed_ratio_peak=MISSING,
        alert_fired=MISSING,
    )
    view = _view(evidence, _headline(quiet, baseline_ratio=None, excess_consumed_ratio=None))

    assert str(view["requests_affected"]) == "17,014 of 141,780 requests failed (12.0%)"
    assert str(view["user_impact"]) == "12.0% of the requests counted by checkout-availability failed on average."
    assert str(view["impact_window"]).endswith("as seen in the error ratio")
    assert "beyond the usual |" not in str(view["computed"])


def test_unknown_facts_without_a_field_are_listed(evidence: Evidence, findings: Findings) -> None:
    """The appendix tells only reasons that no field of the template tells, one line each."""
    silent = Unknown(reason="Prometheus has no ALERTS", ask="the rules' owner")
    missing = _with(findings, alert_pending=silent, alert_fired=silent, requests_lost=MISSING, severity=MISSING)

    assert _words(evidence, missing, "not_available") == (
        "Not available:\n\n- PagerDuty: past incidents: not in this plan. Without it such incidents may be missing "
        "from the appendix. Ask PagerDuty for Event Intelligence.\n\n"
        "Unknown:\n\n- Alert pending and alert fired: Prometheus has no ALERTS (ask the rules' owner)\n\n"
        "What you know can be stated: `pm-autofill ... --set FACT=VALUE` (`--help` lists the facts); what follows from "
        "it is counted anew."
    )


def test_references_say_when_and_what(evidence: Evidence, findings: Findings) -> None:
    """A change of another day is dated; a kind is named unless the text names it; no address, no link."""
    references = (
        Reference(kind="change", text="Deployed", href="https://x.example/1", at=_at("22:00:00", 17)),
        Reference(kind="incident", text="PagerDuty incident 7", href="https://x.example/2"),
        Reference(kind="query", text="checkout: bad events", href="https://x.example/3"),
        Reference(kind="dashboard", text="Checkout", href="javascript:x"),
    )

    assert _words(evidence, replace(findings, references=references), "references").splitlines() == [
        "- [Deployed](https://x.example/1), 2026-11-17 22:00:00",
        "- [PagerDuty incident 7](https://x.example/2)",
        "- [Query checkout: bad events](https://x.example/3)",
        "- Dashboard Checkout",
    ]


def test_end_unknown_though_not_open(evidence: Evidence, findings: Findings) -> None:
    """A recovery that nobody saw leaves the start standing, and the prompt."""
    unseen = _with(findings, impact_end=MISSING, impact_duration=MISSING, time_to_resolve=MISSING)

    assert _view(evidence, unseen)["impact_window"] == Slot(
        "from 2026-11-18 13:42:17 UTC; end unknown: no reason (ask somebody)", known=False, name="impact_window"
    )
    for name in ("summary", "duration"):
        assert _view(evidence, unseen)[name] == Slot("unknown: no reason (ask somebody)", known=False, name=name)


def test_ratio_only(evidence: Evidence, findings: Findings) -> None:
    """Where requests cannot be counted the sentence leaves them out instead of inventing them."""
    uncounted = _with(
        findings,
        **dict.fromkeys(
            ("requests_failed", "requests_total", "requests_excess_failed", "requests_lost", "requests_failed_ratio"),
            MISSING,
        ),
        error_budget_consumed_ratio=MISSING,
    )
    view = _view(evidence, uncounted)

    assert str(view["summary"]) == "On 2026-11-18, checkout-api failed requests for 39 minutes (13:42 to 14:21 UTC)."
    for name in ("requests_affected", "user_impact"):
        assert view[name] == Slot("unknown: no reason (ask somebody)", known=False, name=name)


def test_stated_failures_without_a_total(evidence: Evidence, findings: Findings) -> None:
    """A count alone is printed without a share."""
    alone = _with(
        findings, requests_total=MISSING, requests_excess_failed=_known(findings, "requests.lost", value=-5.0)
    )

    assert _words(evidence, alone, "requests_affected") == "17,014 requests failed, 5 fewer than usual"


def test_several_slos_get_a_table(evidence: Evidence, findings: Findings) -> None:
    """One row per SLO that moved, worst first, and its facts in the appendix; what is unknown says so."""
    both = replace(findings, slos=(findings.slos[0], _second(findings.slos[0])))
    view = _view(evidence, both)

    assert str(view["slo_table"]).splitlines() == [
        "| SLO | Service | Impact (UTC) | Bad requests | Share | Budget consumed |",
        "|-----|-----|-----|-----|-----|-----|",
        (
            "| checkout-availability | checkout-api | 2026-11-18 13:42:17 to 14:21:40 | 17,014 failed | 12.0% "
            "| 10.9% of 30-day budget |"
        ),
        (
            r"| pay\|latency | pay | from 2026-11-18 13:42:17 | unknown: no reason (ask somebody) | 12.0% "
            "| 10.9% of 30-day budget |"
        ),
    ]
    assert str(view["requests_affected"]).endswith(", as counted by checkout-availability")
    assert "| checkout-availability: Impact start |" in str(view["computed"])
    assert "| checkout-availability: Failed requests |" not in str(view["computed"])
    assert r"| pay\|latency: Slow share of requests | 12.0% |" in str(view["computed"])
    assert _words(evidence, findings, "slo_table") == ""


def _second(one: SloFindings) -> SloFindings:
    definition = msgspec.structs.replace(one.definition, name="pay|latency", service="pay", kind=SliKind.LATENCY)
    return replace(one, definition=definition, facts={**one.facts, "impact.end": MISSING, "requests.failed": MISSING})


def test_what_came_before_the_detection_is_told(evidence: Evidence, findings: Findings) -> None:
    """A person was first and the page followed; another incident of the same alert had begun."""
    by_hand = _with(findings, detection_time=_known(findings, "detection.time", value=_at("13:45:52")))
    values: dict[str, datetime | float | str] = {
        "title": "Burn",
        "number": "48210",
        "at": _at("13:43:00"),
        "how": "same alert",
    }
    before = Finding(code="same_incident", severity=Severity.WARNING, values=values)
    later = replace(before, values={**values, "at": _at("14:00:00")})
    assert "13:45:52); the page followed 1 min later" in _words(evidence, by_hand, "time_to_detect")
    assert "; incident 48210 had begun at 13:43:00 and looks like a part of this one" in _words(
        evidence, replace(findings, remarks=(before,)), "time_to_detect"
    )
    assert "48210" not in _words(evidence, replace(findings, remarks=(later,)), "time_to_detect")


def test_earlier_drafts_are_linked_with_their_figures(evidence: Evidence, findings: Findings) -> None:
    """Beside this one's folder, with what both have in common; a hostile title stays text."""
    draft = RelatedIncident(
        title="Burn](x)",
        url="",
        at=_at("08:00:00"),
        relation="draft",
        number=7,
        folder="2026-10-02-Q0",
        shared=("Burn", "availability"),
        figures={"impact.duration": 600.0, "requests.failed": 1200.0, "error_budget.consumed_ratio": 0.05},
    )
    assert _words(evidence, replace(findings, related=(draft,)), "related_incidents") == (
        r"- [#7 Burn\](x)](../2026-10-02-Q0/postmortem.md), 2026-11-18, earlier draft with Burn, availability in "
        "common: 10 minutes, 1,200 bad requests, 5.00% of the budget"
    )
    bare = replace(draft, number=None, title="Burn", figures={})
    assert _words(evidence, replace(findings, related=(bare,)), "related_incidents") == (
        "- [Burn](../2026-10-02-Q0/postmortem.md), 2026-11-18, earlier draft with Burn, availability in common"
    )


def test_rules_that_share_a_name_are_told_each(evidence: Evidence, findings: Findings) -> None:
    """An SLO's page and its ticket may have one name; the same rule in two groups stands once."""
    (rule,) = evidence.alert_rules
    ticket = msgspec.structs.replace(rule, expression="ratio > 0.001", hold=0.0)
    twice = msgspec.structs.replace(evidence, alert_rules=(rule, ticket, rule))
    lines = _words(twice, findings, "computed").partition("The alerts:")[2].splitlines()
    assert [line.partition(" (")[0] for line in lines if line.startswith(f"- {rule.name}: ")] == [
        f"- {rule.name}: `ratio > 0.0144` for 2 min",
        f"- {rule.name}: `ratio > 0.001`",
    ]


def test_suggestions_name_misses_and_hardships(evidence: Evidence, findings: Findings) -> None:
    """Missed targets and a hard way to a responder go to what went poorly, a large share to the action items."""
    remarks = (
        Finding(
            code="missed_target",
            severity=Severity.WARNING,
            values={"name": "time_to_detect", "seconds": 423.0, "target_s": 300.0},
            sources=("availability.total", "availability.bad", "process_starts", "pagerduty.log"),
        ),
        Finding(
            code="missed_target",
            severity=Severity.WARNING,
            values={"name": "time_to_respond", "seconds": 400.0, "target_s": 300.0},
            sources=("pagerduty.log",),
        ),
        Finding(
            code="budget_large_share", severity=Severity.WARNING, values={"slo": "checkout-availability", "ratio": 0.24}
        ),
        Finding(code="escalated_by_timeout", severity=Severity.INFO, values={"count": 1.0}, sources=("pagerduty.log",)),
        Finding(code="quiet_hours", severity=Severity.INFO, values={"slo": "checkout-availability", "ratio": 0.3}),
    )
    said = _words(evidence, replace(findings, remarks=remarks), "suggestions")

    assert said == (
        "- For *What went poorly*: detected 7 min 3 s after the start (target 5 min) and responded 6 min 40 s after "
        "the page (target 5 min). (`availability.total`, `availability.bad`, `process_starts` and 1 more)\n"
        "- For *What went poorly*: The page was escalated once because nobody answered. (`pagerduty.log`)\n"
        "- For *Where we got lucky*: Traffic of checkout-availability was at 30.0% of its mean over the budget "
        "window.\n"
        "- For *Contributing factors*: what changed shortly before, nearest first, cause or not: Deployed checkout-api "
        "2026.11.3 (change event; 1 min 12 s before the impact began). (`pagerduty.log`)\n"
        "- For *Action Items*: This incident consumed 24.0% of the error budget of checkout-availability. Google's "
        "example error budget policy asks for a post-mortem with a P0 action item when one incident consumes more than "
        "20% of a four-week budget.\n\n"
        "In brackets: what each rests on, by its name in `facts.json`."
    )
    assert _words(evidence, replace(findings, remarks=(), timeline=(), change_candidates=()), "suggestions") == ""


def test_titles_and_dates_without_an_incident(evidence: Evidence, findings: Findings) -> None:
    """A bare window is titled by its service and day."""
    request = msgspec.structs.replace(
        evidence.request, incident=None, service="checkout-api", since=_at("12:00:00", 17)
    )
    bare = msgspec.structs.replace(evidence, pagerduty=None, request=request)
    lost = replace(_with(findings, impact_start=MISSING, incident_triggered=MISSING), headline_slo=None)

    assert _words(bare, findings, "title") == "checkout-api, 2026-11-18"
    assert _words(bare, lost, "title") == "checkout-api, 2026-11-17"
    nameless = _with(lost, services_affected=MISSING)
    assert _words(bare, nameless, "title") == "checkout-api, 2026-11-17"


def test_times_of_another_day_are_dated(evidence: Evidence, findings: Findings) -> None:
    """An incident over midnight dates what lies on the next day."""
    late = _with(
        findings,
        impact_end=_known(findings, "impact.end", value=_at("00:21:40", 19)),
        mitigation_applied=_known(findings, "mitigation.applied", value=_at("00:20:05", 19)),
    )
    view = _view(evidence, late)

    assert "(13:42 to 2026-11-19 00:21 UTC)" in str(view["summary"])
    assert "(to recovery, 2026-11-19 00:21:40)" in str(view["time_to_resolve"])
    assert "effective at 2026-11-19 00:20:05" in str(view["immediate_mitigation"])


@pytest.mark.parametrize(
    ("value", "alone", "together"),
    [
        (Slot("39 minutes"), "39 minutes", "39 minutes [X]"),
        (Slot("unknown: why", known=False), "unknown: why [X]", "unknown: why [X]"),
        ("words", "words", "words [X]"),
        ("", "[X]", "[X]"),
    ],
)
def test_filters(value: Slot | str, alone: str, together: str) -> None:
    """What is known replaces a prompt, or stands beside it where the template says so."""
    assert str(prompt(value, "[X]")) == alone
    assert beside(value, "[X]") == together


def test_units_match() -> None:
    """The fixtures use the units the program fixes."""
    assert {unit.value for unit in Unit} == {"instant", "s", "events", "ratio", "text"}
