"""The contact sheet in the documentation shows every kind of panel that is drawn."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from fixtures.contact_sheet import FOLDER, SHEET, lay_out, panels, pictures
from pm_autofill.collect.grafana.dashboard import DRAWN_KINDS
from pm_autofill.graphs.panel import DRAWERS
from tests.world.schemas import ABSENT, check_grafana, data_folder


def test_every_kind_of_panel_is_on_the_sheet() -> None:
    """Drawn from the fixtures by the collector's own readers, with nothing left out."""
    shown = panels()
    assert {one.kind for one in shown} == DRAWN_KINDS == set(DRAWERS)
    assert [(one.title, one.problem, one.not_applied) for one in shown if one.problem or one.not_applied] == []
    drawn = pictures()
    assert [one.title for one in drawn] == [one.title for one in shown]
    assert {Image.open(io.BytesIO(one.png)).width for one in drawn} == {1200}


@pytest.mark.skipif(data_folder() is None, reason=ABSENT)
def test_the_answers_have_the_official_shape() -> None:
    """Grafana's description allows what the sheet is drawn from."""
    answers = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
    assert len(answers) == 14
    assert [check_grafana("/api/ds/query", one, method="post") for one in answers.values()] == [[]] * 14


def test_the_sheet_in_the_documentation_is_of_these_panels() -> None:
    """As large as one drawn now; the page names it."""
    with Image.open(SHEET) as sheet:
        assert sheet.size == lay_out(pictures()).size
    page = (Path(SHEET).parents[1] / "graphs.md").read_text(encoding="utf-8")
    assert "images/panels.png" in page
