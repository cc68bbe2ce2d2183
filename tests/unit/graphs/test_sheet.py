"""The sheet every picture is drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from matplotlib.lines import Line2D

from pm_autofill.graphs import style
from pm_autofill.graphs.labels import width
from pm_autofill.graphs.sheet import Note, Sheet, drawing, finish, lay_out, plan_legend, scale_values, write_legend
from pm_autofill.graphs.view import View, phases

from .scene import MARKS, at, findings, slo_findings

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture(autouse=True)
def style_in_force() -> Generator[None]:
    """Draw as ``draw`` does."""
    with drawing():
        yield


VIEW = View(at("13:30").timestamp(), at("14:30").timestamp())


def sheet(below: float = 0.0) -> Sheet:
    """A sheet with the made-up incident marked."""
    found = slo_findings()
    shown = phases(findings(found, marks=MARKS), found.facts)
    laid = lay_out("Title", "Subtitle", VIEW, shown, below=below)
    scale_values(laid, 0.0, 1.0, "percentunit")
    return laid


def test_a_sheet_says_what_it_shows_and_marks_the_phases() -> None:
    """Title, subtitle, and a flag of letter and words for each instant."""
    texts = [text.get_text() for text in sheet().figure.texts]

    assert texts[:2] == ["Title", "Subtitle"]
    assert [text for text in texts if len(text) == 1] == ["V", "M", "R", "D", "S"]
    assert "13:46 detected" in texts


def test_the_axes_stay_in_place_whatever_is_above_and_below() -> None:
    """So that pictures below one another can be compared."""
    for laid in (sheet(), sheet(below=0.6)):
        box = laid.axes.get_position()
        wide, high = laid.figure.get_size_inches()

        assert box.x0 * wide == pytest.approx(0.85)
        assert box.width * wide == pytest.approx(7.8)
        assert box.height * high == pytest.approx(2.5)


def test_what_is_too_long_is_cut_at_the_edge() -> None:
    """Title, subtitle and notes."""
    found = slo_findings(start=None, end=None)
    laid = lay_out("W" * 200, "x" * 400, VIEW, phases(findings(found), found.facts))
    scale_values(laid, 0.0, 1.0, "percentunit")
    laid.notes.append(Note(0.5, "threshold 5 furlongs a fortnight"))
    finish(laid)

    edges = [text.get_window_extent().x1 for text in laid.figure.texts]
    assert all(text.get_text().endswith("…") for text in laid.figure.texts)
    assert max(edges) <= 1200


def test_notes_do_not_cover_one_another() -> None:
    """The lower one at its value, the next above it."""
    laid = sheet()
    laid.notes += [Note(0.0006, "usual 0.06%"), Note(0.001, "allowed 0.10%"), Note(0.9, "far away")]
    finish(laid)
    high = laid.figure.get_figheight()
    places = {text.get_text(): text.get_position()[1] * high for text in laid.figure.texts}

    assert places["allowed 0.10%"] - places["usual 0.06%"] == pytest.approx(0.15)
    assert places["far away"] == pytest.approx(laid.bottom + 0.9 * 2.5)


def test_legend_names_are_all_written_in_reading_order() -> None:
    """Also those that begin with an underscore, and those that look like mathematics."""
    names = ["_cart", "$\\frac{a$", "c", "d", "e", "f", "g", "支付"]
    legend = plan_legend(names)
    laid = sheet(below=legend.height)
    handles = [Line2D([], [], color=look.color, linestyle=look.stroke) for look in style.LOOKS[: len(names)]]
    write_legend(laid, legend, handles)
    finish(laid)
    drawn = laid.figure.legends[0]

    assert legend.columns == 6
    written = {
        text.get_text(): handle.get_color() for text, handle in zip(drawn.get_texts(), drawn.get_lines(), strict=True)
    }
    assert written == dict(zip([*names[:7], "series 8"], [handle.get_color() for handle in handles], strict=True))
    tops = {text.get_text(): round(text.get_window_extent().y0) for text in drawn.get_texts()}
    assert len({tops[name] for name in names[:6]}) == 1
    assert tops["g"] < tops["f"]


def test_long_names_stand_alone_in_their_row() -> None:
    """And are cut where they would leave the picture."""
    legend = plan_legend(["W" * 300, "b"])

    assert legend.columns == 1
    assert legend.names[0].endswith("W…")
    assert 8.4 < width(legend.names[0], style.SMALL_SIZE) <= 8.61
    assert plan_legend([]).height == 0
