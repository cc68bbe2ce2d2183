"""A timeline that one can read: lesser rows are folded into one, and all are there when asked for."""

from __future__ import annotations

from pm_autofill.analyse.brevity import room, shorten
from pm_autofill.analyse.draft import analyse
from pm_autofill.evidence import Request
from pm_autofill.findings import Basis, Fact, Known, TimelineRow, Unit, Unknown
from pm_autofill.wording.timeline import row_text
from tests.unit.analyse.cases import ANN, BOB, ROBOT, SETTINGS, at, entry, evidence, page, record

KNOWN: Fact = Known(value=at(0), unit=Unit.INSTANT, basis=Basis.RECORDED, method="", sources=())


def row(number: int, kind: str, milestone: str = "") -> TimelineRow:
    """A row so many minutes after noon."""
    return TimelineRow(id=f"{kind}{number}", time=at(number), kind=kind, values={}, source="s", milestone=milestone)


def test_a_short_timeline_is_left_as_it_is() -> None:
    """To the row."""
    rows = tuple(row(number, "other") for number in range(23))
    assert shorten(rows, most=23) == rows


def test_the_least_telling_rows_become_one() -> None:
    """At the last one's time, with what they are; the middle of many goes before both ends."""
    rows = (*(row(number, "note") for number in range(5)), row(5, "change_end"), row(6, "triggered"))
    short = shorten(rows, most=5)
    assert [(one.kind, one.time) for one in short] == [
        ("note", at(0)),
        ("note", at(3)),
        ("note", at(4)),
        ("folded", at(5)),
        ("triggered", at(6)),
    ]
    assert short[3].values == {"since": at(1), "note": 2.0, "change_end": 1.0}


def test_of_the_story_the_middle_of_what_is_told_most_goes_first() -> None:
    """A second note says less than a single escalation."""
    kinds = ("note", "escalated", "note", "change", "note", "unacknowledged", "status_update")
    short = shorten(tuple(row(number, kind) for number, kind in enumerate(kinds)), most=6)
    kept = [one.id for one in short]
    assert kept == ["escalated1", "folded", "change3", "note4", "unacknowledged5", "status_update6"]


def test_milestones_and_what_has_no_level_stay() -> None:
    """However many there are."""
    rows = (*(row(number, "impact_start", "impact.start") for number in range(3)), row(4, "triggered"))
    assert shorten(rows, most=2) == rows


def test_one_row_is_not_folded_for_another() -> None:
    """That would say less in as many lines."""
    rows = (row(0, "triggered"), row(1, "triggered"), row(2, "other"))
    assert shorten(rows, most=2) == rows


def test_unanswered_prompts_take_lines_of_the_table() -> None:
    """Twenty-five lines: less two that rows rarely answer, and one for each fact and kind that is missing."""
    known = dict.fromkeys(("impact.start", "mitigation.applied", "impact.end", "incident.all_clear"), KNOWN)
    rows = (row(0, "paged"), row(1, "acknowledged"))
    assert room(rows, known) == 23
    assert room(rows[:1], {**known, "mitigation.applied": Unknown(reason="", ask="")}) == 21
    assert room((), dict.fromkeys(known, Unknown(reason="", ask=""))) == 17


def test_a_noisy_incident_fits_and_the_full_timeline_tells_all() -> None:
    """Sixty pages, twenty triggers, thirty workflow steps: the story stays, the noise is two rows with counts."""
    log = [entry("trigger", 5, ROBOT), entry("acknowledge", 8, ANN), entry("resolve", 60, BOB)]
    log += [page(6 + number / 4) for number in range(60)]
    log += [entry("trigger", 9 + number, ROBOT) for number in range(20)]
    log += [entry("incident_workflow", 10.5 + number, ROBOT) for number in range(30)]
    told = record(*sorted(log, key=lambda one: one.at))

    brief = analyse(evidence(pagerduty=told), SETTINGS).timeline
    full = analyse(evidence(pagerduty=told, request=Request(as_of=at(80), timeline="full")), SETTINGS).timeline

    assert len(brief) == 19
    assert [row_text(one) for one in brief if one.kind in {"paged_again", "retriggered", "folded"}] == [
        "Ann paged again by push (59 times)",
        "PagerDuty incident triggered again (20 times)",
        "Since 12:16 also 18 lesser events: 18 other entries (`--timeline full` tells each)",
    ]
    assert len(full) == 113
    assert len({one.id for one in full}) == 113
