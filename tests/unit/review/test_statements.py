"""What humans state against what was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pm_autofill.compose.stamps import enclose, stamp
from pm_autofill.findings import FACT_NAMES
from pm_autofill.review.drift import find_drift, find_stale_facts
from pm_autofill.review.page import Page
from pm_autofill.review.statements import find_claims, find_row_issues, find_slot_issues
from tests.unit.review.pages import ROWS, drafted, told

if TYPE_CHECKING:
    from collections.abc import Callable

KEEP = "(remove the marker to keep yours for good)"


def facts(**known: object) -> dict[str, Any]:
    """A facts document where nothing else is known."""
    named = {name.replace("__", "."): value for name, value in known.items()}
    every: dict[str, Any] = {name: {"status": "unknown"} for name in FACT_NAMES}
    every |= {name: {"status": "known", "value": value} for name, value in named.items()}
    return {"facts": every, "slos": [{"facts": {"impact.duration": {"status": "known", "value": 600.0}}}]}


@pytest.mark.parametrize(
    ("theirs", "now", "issues"),
    [
        ("39 minutes", "39 minutes", []),
        ("39 minutes, we think", "39 minutes", []),
        ("about 40 minutes", "39 minutes", []),
        ("not long", "39 minutes", []),
        ("52 minutes", "39 minutes", [("contradiction", 6, 'says "52 minutes"; the evidence gives "39 minutes"')]),
        ("not long", "41 minutes", [("new_value", 6, f'this is yours; the evidence now gives "41 minutes" {KEEP}')]),
        ("41 minutes, we think", "41 minutes", []),
        ("39 minutes, we think", "55 minutes", [
            ("contradiction", 6, 'says "39 minutes"; the evidence gives "55 minutes"'),
        ]),
    ],
)  # fmt: skip
def test_a_human_s_slot_is_held_against_the_evidence(theirs: str, now: str, issues: list[tuple[str, int, str]]) -> None:
    """Figures that cannot be true, and newer values that theirs do not tell; other words are theirs to choose."""
    text = drafted().replace("39 minutes", theirs)
    assert told(list(find_slot_issues(Page(text), Page(drafted(now))))) == issues


def test_a_slot_without_its_marker_is_not_looked_at() -> None:
    """That is how a human says that it is settled."""
    text = drafted().replace("39 minutes <!--", "52 minutes <!-- was").replace("was pm:duration", "was: duration")
    assert list(find_slot_issues(Page(text), Page(drafted("41 minutes")))) == []


@pytest.mark.parametrize(
    "broken", [lambda text: text.replace("pm:duration 9-", "pm:duration 9x-"), lambda text: (
        text + text.partition("| **Duration** ")[2].partition("\n")[0]
    )],
    ids=["broken", "twice"],
)  # fmt: skip
def test_a_slot_that_is_broken_or_there_twice_is_told_what_is_new(broken: Callable[[str], str]) -> None:
    """It is not refreshed any more, so what it says may be old."""
    text = broken(drafted())
    assert list(find_slot_issues(Page(text), Page(drafted()))) == []
    found = told(list(find_slot_issues(Page(text), Page(drafted("52 minutes")))))
    assert found[0] == ("contradiction", 6, 'says "39 minutes"; the evidence gives "52 minutes"')


def test_a_human_s_block_is_told_what_is_new() -> None:
    """Until it holds the new figures."""
    first, now = (stamp(f"# T\n\n{enclose('links', words)}\n") for words in ("- a 5%\n- b", "- a 5%\n- c 7%"))
    edited = first.replace("- b", "- mine")
    assert [one.line for one in find_slot_issues(Page(edited), Page(now))] == [5]
    assert list(find_slot_issues(Page(edited), Page(first))) == []
    assert list(find_slot_issues(Page(edited.replace("- mine", "- mine, 7%")), Page(now))) == []


def test_a_human_s_row_is_told_what_is_new() -> None:
    """Where the event's row has changed since; a row that says the new figures, or was removed, is left alone."""
    fresh = Page(drafted(rows=(("| 13:45 | Errors rise to 12% (13:45:02) |", ("start",)), ROWS[1])))
    edited = drafted().replace("Errors rise to 12%", "Errors of the shop rise to 12%")
    assert told(list(find_row_issues(Page(edited), fresh))) == [
        ("new_value", 13, 'this row is yours; the evidence now gives "| 13:45 | Errors rise to 12% (13:45:02) |"')
    ]
    assert list(find_row_issues(Page(edited), Page(drafted()))) == []
    assert list(find_row_issues(Page(edited.replace("13:42", "13:45").replace(":17", ":02")), fresh)) == []
    assert list(find_row_issues(Page(drafted().replace(ROWS[0][0] + "\n", "")), fresh)) == []


def test_a_human_s_row_has_its_event_s_time() -> None:
    """To the minute; what else it tells, and rows of their own, are theirs."""
    edited = drafted().replace("| 13:50 | Ann acknowledged |", "| 13:44 | Ann acknowledged at 13:50:31 |")
    assert told(list(find_row_issues(Page(edited), Page(drafted())))) == [
        ("contradiction", 14, 'says "13:44"; the evidence gives "| 13:50 | Ann acknowledged |"')
    ]
    for theirs in ("| 13:50 | Ann acknowledged; Bo rang at 13:44 |", "| 13:44 | Coffee was served |"):
        edited = drafted().replace("| 13:50 | Ann acknowledged |", theirs)
        assert list(find_row_issues(Page(edited), Page(drafted()))) == []


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("The outage lasted 39 minutes.", None),
        ("The outage lasted about 45 minutes.", "45 minutes"),
        ("Search was down for 10 minutes.", None),
        ("We had an outage of 2 hours.", "2 hours"),
        ("We waited for 5 minutes and slept 8 hours.", None),
        ("It was detected after 9 minutes.", "9 minutes"),
        ("The impact began at 13:30.", "13:30"),
        ("The impact began at 13:42.", None),
        ("The rollback began at 14:18; it ended at 14:20.", None),
        ("The outage lasted over 30 minutes and was noticed within 10 minutes.", None),
        ("30% of requests failed.", "30%"),
        ("12% of all requests failed.", None),
        ("That is 50% of our 30-day error budget.", "50%"),
        ("We saw 99,000 failed requests.", "99,000"),
        ("We saw 17,000 failed requests.", None),
    ],
)
def test_sentences_are_held_against_facts(sentence: str, said: str | None) -> None:
    """Of the incident and of each SLO; figures about something else are nobody's business."""
    known = facts(
        impact__duration=2363.0,
        impact__start="2026-11-18T13:42:17Z",
        time_to_detect=275.0,
        requests__failed_ratio=0.12,
        requests__failed=17013.6,
        error_budget__consumed_ratio=0.109,
    )
    found = list(find_claims(Page(f"# T\n\n{sentence}\n"), known))
    assert [one.text.partition(";")[0] for one in found] == ([f'says "{said}"'] if said else [])


def test_what_is_unknown_contradicts_nothing() -> None:
    """A human may know more."""
    assert list(find_claims(Page("The impact began at 13:30.\n"), facts())) == []


def test_what_is_ours_and_old_is_drift() -> None:
    """A slot and rows that a run would refresh; nothing where they are as they should be."""
    page = Page(drafted())
    fresh = Page(drafted("41 minutes", (*ROWS, ("| 14:21 | Recovered |", ("end",)))))
    again = "run pm-autofill again, or with --from-evidence"
    assert told(list(find_drift(page, fresh))) == [
        ("drift", 6, f'says "39 minutes", the evidence gives "41 minutes": {again}'),
        ("drift", 15, f'the evidence gives other rows, such as "| 14:21 | Recovered |": {again}'),
    ]
    assert list(find_drift(page, page)) == []
    assert list(find_drift(Page(drafted().replace("39 minutes", "x")), page)) == []


def test_facts_of_other_evidence_are_drift() -> None:
    """Missing ones, too."""
    page = Page(drafted())
    assert [one.text.partition(":")[0] for one in find_stale_facts(page, b"{}", b"{1}")] == [
        "facts.json is not what evidence.json gives"
    ]
    assert [one.text.partition(":")[0] for one in find_stale_facts(page, None, b"{}")] == ["facts.json is missing"]
    assert list(find_stale_facts(page, b"{}", b"{}")) == []
