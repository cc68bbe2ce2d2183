"""Which annotations a panel marks, and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pm_autofill.evidence.panels import Annotation
from pm_autofill.findings import TimelineRow
from pm_autofill.graphs.notes import changes, changes_words, notes, notes_words
from pm_autofill.graphs.view import View

from .scene import END, START, at, findings, slo_findings

VIEW = View(START.timestamp(), END.timestamp())


def mark(number: int, minutes: float, text: str = "", **more: object) -> Annotation:
    """An annotation so many minutes after the start of the view."""
    made = Annotation(id=number, start=START + timedelta(minutes=minutes), text=text, source="a")
    import msgspec

    return msgspec.structs.replace(made, **more)


def test_people_are_numbered_and_alerts_are_not() -> None:
    """Those of the organisation and of this dashboard, inside the view; deploy-like ones in their own colour."""
    found = notes(
        (
            mark(1, -1, "before"),
            mark(2, 1, "Deployed 42", end=at("13:44")),
            mark(3, 2, "Scaled up"),
            mark(4, 3, "of another", dashboard_uid="other"),
            mark(5, 4, "", tags=("rollback",), dashboard_uid="d"),
            mark(6, 5, "x", alert="Burn", state="Alerting"),
            mark(7, 6, "x", alert="Burn", state="Normal (NoData)"),
        ),
        VIEW,
        "d",
    )
    assert [(one.number, one.text) for one in found] == [
        ("", "Burn"),
        ("", "Burn"),
        ("1", "Deployed 42"),
        ("2", "Scaled up"),
        ("3", "rollback"),
    ]
    alerting, normal, deploy, person, rollback = found
    assert alerting.color != normal.color
    assert deploy.color == rollback.color != person.color
    assert deploy.end == at("13:44").timestamp()
    assert notes_words(found) == (
        "; annotations: 1 13:43 Deployed 42; 2 13:44 Scaled up; 3 13:46 rollback; triangles: alerts changing state"
    )
    assert notes_words(()) == ""


def test_nine_are_numbered_at_most() -> None:
    """Further ones would cover the data."""
    found = notes(tuple(mark(number, number) for number in range(1, 20)), VIEW, "d")
    assert [one.number for one in found] == [str(number) for number in range(1, 10)]


def test_what_began_before_and_lasts_is_marked() -> None:
    """From the left edge on; what is over is not."""
    found = notes((mark(1, -9, "over", end=at("13:41")), mark(2, -9, "lasts", end=at("13:44"))), VIEW, "d")
    assert [one.text for one in found] == ["lasts"]


def test_changes_of_the_timeline_are_lettered() -> None:
    """Those that touch the view, with where they end."""
    rows = [
        TimelineRow(id=name, time=at(when), kind=kind, values={"text": text}, source="a")
        for name, when, kind, text in (
            ("c1", "13:30", "change", "long ago"),
            ("c2", "13:43", "change", "Deployed *42*"),
            ("c2:end", "13:45", "change_end", "Deployed *42*"),
            ("x", "13:46", "annotation", "no change"),
            ("c3", "13:50", "change", "rolled back"),
        )
    ]
    found = changes(replace(findings(slo_findings()), timeline=tuple(rows)), VIEW)
    assert [(one.number, one.at, one.end) for one in found] == [
        ("a", at("13:43").timestamp(), at("13:45").timestamp()),
        ("b", at("13:50").timestamp(), None),
    ]
    assert changes_words(found) == " Changes: a 13:43 Deployed *42*; b 13:50 rolled back."
    assert changes_words(found, brief=True) == " Changes: a 13:43; b 13:50."
    assert changes_words(()) == ""
