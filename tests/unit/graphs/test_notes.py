"""Which annotations a panel marks, and how."""

from __future__ import annotations

from datetime import timedelta

from pm_autofill.evidence.panels import Annotation
from pm_autofill.graphs.notes import notes, notes_words
from pm_autofill.graphs.view import View

from .scene import END, START, at

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
