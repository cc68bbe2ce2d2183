"""The timeline: recorded rows and the template's prompts in one table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pm_autofill.compose.timeline import cells, merge_timeline
from pm_autofill.findings import TimelineRow

if TYPE_CHECKING:
    from collections.abc import Sequence

PROMPTS = """\
| HH:MM | [First sign of issue] |
| HH:MM | [Alert fired — which alert, who was paged] |
| HH:MM | [Responder acknowledged alert] |
| HH:MM | [Initial investigation — what was checked first] |
| HH:MM | [Root cause identified] |
| HH:MM | [Mitigation applied — what action was taken] |
| HH:MM | [Service recovered — metrics returned to normal] |
| HH:MM | [All-clear declared] |
"""


def _row(time: str, kind: str, milestone: str = "", /, **values: str | float | bool) -> TimelineRow:
    at = datetime.fromisoformat(f"2026-11-{time}").replace(tzinfo=UTC)
    return TimelineRow(id=time + kind, time=at, kind=kind, values=values, source="s", milestone=milestone)


FIRED = _row("18 13:46:30", "alert_fired", "alert.fired", alert="Burn")
ACKNOWLEDGED = _row("18 13:50:31", "acknowledged", person="Ann")
NOTE = _row("18 13:59:00", "note", person="Ann", text="looking")
CHANGE = _row("18 14:18:40", "change", text="Rollback")
MITIGATED = _row("18 14:20:05", "mitigation", "mitigation.applied", text="Rollback", inferred=False)


def _merged(*rows: TimelineRow) -> list[str]:
    """The merged rows, shortened to their second cell."""
    return [line.split(" | ")[1].removesuffix(" |") for line in _lines(rows, PROMPTS)]


def _lines(rows: Sequence[TimelineRow], prompts: str) -> list[str]:
    return [line for line, _ in merge_timeline(rows, prompts)]


def test_nothing_recorded_leaves_the_template() -> None:
    """Without rows the table is the template's own."""
    assert _lines((), PROMPTS) == PROMPTS.splitlines()


def test_prompts_stand_before_what_answers_the_next_one() -> None:
    """Unanswered prompts keep their place in the story, above what prepared the mitigation."""
    assert _merged(FIRED, ACKNOWLEDGED, CHANGE, MITIGATED) == [
        "[First sign of issue]",
        "Alert Burn fired",
        "Ann acknowledged",
        "[Initial investigation — what was checked first]",
        "[Root cause identified]",
        "Rollback",
        "Rollback: mitigation (stated)",
        "[Service recovered — metrics returned to normal]",
        "[All-clear declared]",
    ]


def test_a_responders_note_is_the_investigation() -> None:
    """A note after the acknowledgement answers the prompt; one before it does not."""
    early = _row("18 13:48:00", "note", person="Bo", text="saw it too")

    assert "[Initial investigation — what was checked first]" not in _merged(FIRED, ACKNOWLEDGED, NOTE)
    assert "[Initial investigation — what was checked first]" in _merged(FIRED, early, ACKNOWLEDGED)
    assert "[Initial investigation — what was checked first]" in _merged(FIRED, NOTE)


def test_recovery_of_one_of_several_slos_is_no_recovery() -> None:
    """Only the row that stands for the recovery of all answers its prompt."""
    one = _row("18 14:21:40", "impact_end", service="a", slo="b")
    last = _row("18 14:21:40", "impact_end", "impact.end", service="a", slo="b")

    assert "[Service recovered — metrics returned to normal]" in _merged(one)
    assert "[Service recovered — metrics returned to normal]" not in _merged(last)


def test_alert_and_page_of_one_minute_share_a_row() -> None:
    """What one glance takes in together stands together; a page of the next minute does not."""
    paged = _row("18 13:46:52", "paged", people="Ann", medium="push")
    escalated = _row("18 13:47:01", "escalated", people="Bo", automatic=True)
    later = _row("18 13:47:02", "paged", people="Bo", medium="push")

    assert merge_timeline((FIRED, paged, escalated, later), "") == [
        ("| 13:46 | Alert Burn fired; Ann paged by push |", (FIRED.id, paged.id)),
        ("| 13:47 | Escalated automatically to Bo; Bo paged by push |", (escalated.id, later.id)),
    ]


def test_midnight_dates_the_first_row_and_each_new_day() -> None:
    """Over midnight UTC the day stands where it changes; times are cut, not rounded."""
    rows = (
        _row("18 23:58:59", "acknowledged", person="Ann"),
        _row("18 23:59:59", "note", person="Ann", text="x"),
        _row("19 00:00:01", "note", person="Ann", text="y"),
        _row("19 00:05:00", "note", person="Ann", text="z"),
    )

    assert [line["time"] for line in cells(rows)] == ["2026-11-18 23:58", "23:59", "2026-11-19 00:00", "00:05"]
    assert _lines(rows, "")[0] == "| 2026-11-18 23:58 | Ann acknowledged |"
    assert _lines(rows, "")[1].startswith("| 23:59 |")


def test_one_day_is_not_dated() -> None:
    """Within a day the first column is the time alone."""
    assert cells((FIRED,)) == [{"time": "13:46", "text": "Alert Burn fired"}]


@pytest.mark.parametrize("prompt", ["| HH:MM | [Customers told] |", "| HH:MM | [Root cause identified] |"])
def test_prompts_of_humans_are_never_answered(prompt: str) -> None:
    """A prompt this program knows nothing about stays, whatever was recorded."""
    assert prompt in _lines((FIRED, ACKNOWLEDGED, NOTE, MITIGATED), prompt)
