"""What a picture shows, and which instants it marks."""

from __future__ import annotations

from msgspec.structs import replace

from pm_autofill.findings import Basis, Unit
from pm_autofill.graphs.captions import marked_words, outside_words, unsure_words
from pm_autofill.graphs.view import Phases, View, phases, view

from .scene import MARKS, at, evidence, findings, known, slo_evidence, slo_findings


def shown(start: str | None, end: str | None, **marks: str) -> Phases:
    """Phases of an SLO whose impact was then."""
    found = slo_findings(start=at(start) if start else None, end=at(end) if end else None)
    return phases(findings(found, marks={letter: at(time) for letter, time in marks.items()}), found.facts)


def between(found: View) -> tuple[float, float]:
    """A view in minutes after 13:00."""
    zero = at("13:00").timestamp()
    return (found.start - zero) / 60, (found.end - zero) / 60


def test_marks_are_the_slos_own_start_and_end_and_the_incidents_rest() -> None:
    """Ascending, each with its bounds."""
    found = slo_findings(wide=90.0)
    marked = phases(findings(found, marks={**MARKS, "S": at("01:00")}), found.facts)

    assert [mark.letter for mark in marked.marks] == ["S", "D", "R", "M", "V"]
    assert marked.start == at("13:42").timestamp()
    assert marked.marks[0].low == at("13:40:30").timestamp()
    assert marked.marks[1].low == marked.marks[1].at


def test_an_inferred_mitigation_says_so() -> None:
    """A stated one does not."""
    words = []
    for basis in (Basis.INFERRED, Basis.STATED):
        fact = known(at("14:18"), Unit.INSTANT, basis=basis)
        found = findings(slo_findings(), marks={"M": at("14:18")}, facts={"mitigation.applied": fact})
        words += [mark.word for mark in phases(found, found.facts).marks if mark.letter == "M"]

    assert words == ["mitigated (inferred)", "mitigated"]


def test_the_impact_has_margins_of_a_third_but_ten_minutes_at_least() -> None:
    """And three hours at most."""
    data, found = evidence(slo_evidence()), findings(slo_findings())

    assert between(view(data, found, shown("13:00", "13:10"))) == (-10, 20)
    assert between(view(data, found, shown("13:00", "14:40"))) == (-30, 130)


def test_marks_near_the_impact_are_shown_and_far_ones_named() -> None:
    """A response hours later does not squeeze the picture."""
    data, found = evidence(slo_evidence()), findings(slo_findings())
    near, far = shown("13:00", "13:10", D="13:02", M="13:35"), shown("13:00", "13:10", D="13:02", R="15:59")

    assert between(view(data, found, near)) == (-10, 45)
    squeezed = view(data, found, far)
    assert between(squeezed) == (-10, 20)
    assert outside_words(far.outside(squeezed)) == " Outside the picture: first response (2026-11-18 15:59:00)."
    assert marked_words(far.inside(squeezed)) == "; start, detection and recovery marked"


def test_while_the_impact_lasts_the_picture_ends_now() -> None:
    """The future is not shown."""
    data = evidence(slo_evidence(), now=at("14:00"))
    found = findings(slo_findings(end=None), now=at("14:00"))

    assert between(view(data, found, shown("13:42", None))) == (32, 60)


def test_without_an_impact_the_incident_itself_is_shown() -> None:
    """Or the window asked for, or the last hours."""
    found = findings(
        slo_findings(start=None, end=None),
        facts={
            "incident.triggered": known(at("13:30"), Unit.INSTANT),
            "incident.resolved": known(at("13:50"), Unit.INSTANT),
        },
    )
    data = evidence(slo_evidence())
    asked = replace(data, request=replace(data.request, since=at("14:00"), until=at("15:00")))

    assert between(view(data, found, shown(None, None))) == (20, 60)
    assert between(view(asked, found, shown(None, None))) == (42, 138)
    assert between(view(data, findings(slo_findings(start=None, end=None)), shown(None, None))) == (-54, 180)


def test_wide_bounds_are_told() -> None:
    """From two minutes on, to the minute."""
    found = slo_findings(end=None, wide=150.0)

    assert unsure_words(phases(findings(found), found.facts)) == " The start lies within 13:39 to 13:44 UTC (hatched)."
    assert unsure_words(shown("13:42", "14:20")) == ""
