"""The judge: what it lets pass and what it does not, on drafts made up for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pm_autofill.cli.recording import Recording
from tests.law.faults import FAULTS, dropped, paths
from tests.law.judging import Clean, judge
from tests.law.recorded import Question
from tests.law.running import Draft
from tests.law.sentences import admits, claims, sentences

START = {
    "status": "known",
    "value": "2026-11-18T13:42:15Z",
    "unit": "instant",
    "low": "2026-11-18T13:42:10Z",
    "high": "2026-11-18T13:42:20Z",
    "basis": "measured",
}
FAILED = {"status": "known", "value": 16928.3, "unit": "events", "low": 16847.0, "high": 17063.6, "basis": "measured"}
SOONER = {"status": "known", "value": "Yes: the rule Burn would have fired, 2 min before.", "unit": "text", "basis": ""}
UNKNOWN = {"status": "unknown", "reason": "the log could not be read", "ask": "the responders"}
GAP = {"source": "PagerDuty", "what": "the incident's log", "reason": "HTTP 503; who responded is unknown", "hint": "x"}
ROW = {"id": "log:1", "time": "2026-11-18T13:50:31Z", "text": "Ingrid acknowledged", "kind": "x", "source": "y"}
LOG = Question("pagerduty", Recording(method="GET", path="/incidents/Q1/log_entries", content_type="", body="l"), b"{}")
PAST = replace(LOG, recording=Recording(method="GET", path="/incidents/Q1/past_incidents", content_type="", body="p"))
CHANGES = replace(LOG, recording=Recording(method="GET", path="/services/P1/change_events", content_type="", body="c"))


def _draft(page: str = "", code: int = 3, **changed: Any) -> Draft:  # noqa: ANN401 - any part of the facts document
    """A draft with one gap; facts and other parts of the document as given."""
    facts = {"impact.start": START, "requests.failed": FAILED, "detection.could_be_sooner": SOONER}
    facts |= {"mitigation.applied": UNKNOWN, **changed.pop("facts", {})}
    document = {"headline_slo": "a", "facts": facts, "slos": [], "timeline": [ROW], "gaps": [GAP], "findings": []}
    return Draft(code, {**document, **changed}, {"postmortem.md": page})


CLEAN = Clean(_draft("All is well; 5 s.", 0, gaps=[]), _draft(gaps=[]), "# Title\n{{ x | prompt('[All?]') }}")


def _wrong(draft: Draft, question: Question = LOG, fault: str = "503") -> list[str]:
    """The rules a draft breaks."""
    return [one.rule for one in judge(question, FAULTS[fault], CLEAN, draft).violations]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"impact.start": UNKNOWN},
        {"requests.failed": {**FAILED, "value": 12000.0, "low": 11000.0, "high": 20000.0}},
        {"requests.failed": {**FAILED, "value": 12000.0, "low": 12000.0, "high": None}},
        {"detection.could_be_sooner": {**SOONER, "value": "Yes: the rule Burn would have fired."}},
    ],
)
def test_equal_bounded_and_unknown_facts_pass(facts: dict[str, Any]) -> None:
    """A value that is the same, bounds that hold it, an unknown, and a part of a text are all right."""
    assert _wrong(_draft(facts=facts)) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"impact.start": {**START, "value": "2026-11-18T13:40:00Z", "high": "2026-11-18T13:42:00Z"}},
        {"impact.start": {**START, "value": "2026-11-18T13:40:00Z", "low": None, "high": None}},
        {"requests.failed": {**FAILED, "unit": "ratio"}},
        {"detection.could_be_sooner": {**SOONER, "value": "No: none would have fired."}},
        {"mitigation.applied": START},
    ],
)
def test_other_values_do_not_pass(facts: dict[str, Any]) -> None:
    """A value whose bounds do not hold the true one, another unit or text, and what was unknown before, are wrong."""
    assert "fact" in _wrong(_draft(facts=facts))


def test_another_headline_is_wrong_and_none_is_right() -> None:
    """Which SLO suffered most is not told from those that were read."""
    assert _wrong(_draft(headline_slo="b")) == ["fact"]
    assert _wrong(_draft(headline_slo=None)) == []


def test_a_mitigation_is_unknown_where_changes_were_not_read() -> None:
    """Even the right one is no fact then; where the changes were read and the log was not, it is."""
    known = {"mitigation.applied": START}
    clean = replace(CLEAN, draft=_draft("All is well; 5 s.", 0, gaps=[], facts=known))
    gap = {**GAP, "what": "changes of the service"}
    draft = _draft(facts=known, gaps=[gap])
    assert [one.rule for one in judge(CHANGES, FAULTS["503"], clean, draft).violations] == ["fact"]
    assert judge(LOG, FAULTS["503"], clean, _draft(facts=known)).violations == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Nobody acknowledged.", ["sentence"]),
        ("So far as the log was read, nobody acknowledged.", []),
        ("So far as was read, nobody acknowledged.", []),
        ("Acknowledged: unknown without the log.", []),
        ("Acknowledged: unknown (ask) [All?]", []),
        ("No rule is there, so what it waits for is unknown.", ["sentence"]),
        ("Noor was paged.", []),
        ("all is well", []),
        ("All is well; 7 s.", ["sentence"]),
        ('Note by Noor: "nobody knows"', []),
    ],
)
def test_new_claims_need_a_reading(text: str, wrong: list[str]) -> None:
    """A new sentence may claim absence only with the admission; quoted words are others', numbers must stay."""
    assert _wrong(_draft(text)) == wrong


def test_rows_may_go_but_not_come() -> None:
    """A row that was not there is wrong; the same event from another source is not new."""
    moved = {**ROW, "id": "note:1", "text": "Ingrid acknowledged (note)"}
    assert _wrong(_draft(timeline=[])) == []
    assert _wrong(_draft(timeline=[moved])) == []
    assert _wrong(_draft(timeline=[ROW, {**ROW, "id": "log:2", "text": "Resolved"}])) == ["sentence"]


@pytest.mark.parametrize(
    ("gaps", "wrong"),
    [
        ([GAP], []),
        ([], ["gap"]),
        ([{**GAP, "what": "annotations"}], ["gap"]),
        ([GAP, {**GAP, "what": "annotations"}], ["gap"]),
        ([{**GAP, "reason": "HTTP 503"}], ["effect"]),
    ],
)
def test_a_required_answer_is_exactly_one_gap(gaps: list[dict[str, str]], wrong: list[str]) -> None:
    """It names what is missing and what that does; none, another and a second one are wrong."""
    assert _wrong(_draft(gaps=gaps, code=3 if gaps else 0)) == wrong


def test_an_optional_answer_is_no_gap() -> None:
    """What nobody needs is not missed."""
    assert _wrong(_draft(gaps=[], code=0), PAST) == []
    assert _wrong(_draft(), PAST) == ["gap"]


def test_the_exit_code_follows_the_gaps() -> None:
    """3 with gaps and 0 without; no draft at all only without the incident."""
    assert _wrong(_draft(code=0)) == ["exit"]
    assert _wrong(Draft(1, None, {}, "gone")) == ["exit"]
    incident = replace(LOG, recording=Recording(method="GET", path="/incidents/Q1", content_type="", body="i"))
    assert _wrong(Draft(1, None, {}, "gone"), incident) == []
    assert _wrong(Draft(4, None, {}, "refused"), incident, "403") == []
    assert _wrong(Draft(1, None, {}, "refused"), incident, "403") == ["exit"]


def test_sentences_come_without_marks() -> None:
    """Cells and sentences stand alone; markers and targets of links are not read."""
    line = "| 13:50 | Ingrid acknowledged. It was [late](https://x.example/a). <!-- pm:x 1-aaaaaaa --> |"
    assert list(sentences(line)) == ["13:50", "Ingrid acknowledged.", "It was [late]."]


def test_claims_are_told_from_figures() -> None:
    """A zero is a claim, a figure with one in it is not."""
    assert claims("0 requests failed")
    assert not claims("10.0% of 200 requests failed at 13:00")
    assert admits("so far as was read, nobody said so")
    assert not admits("time to respond is unknown: nobody said so")


def test_a_field_is_left_out_wherever_it_stands() -> None:
    """Paths name fields through lists and objects; nothing else is lost."""
    body = {"alerts": [{"id": 1, "body": {"type": "x"}}, {"id": 2}], "more": False}
    assert paths(body) == ["alerts", "alerts[].body", "alerts[].body.type", "alerts[].id", "more"]
    assert dropped(body, "alerts[].id") == {"alerts": [{"body": {"type": "x"}}, {}], "more": False}
    assert dropped(body, "alerts[].body.type") == {"alerts": [{"id": 1, "body": {}}, {"id": 2}], "more": False}
