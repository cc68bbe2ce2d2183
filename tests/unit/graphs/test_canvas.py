"""Lines are drawn where they are, however they are drawn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pm_autofill.graphs import canvas as canvases
from pm_autofill.graphs.canvas import Canvas
from pm_autofill.graphs.sheet import drawing

RED = (1.0, 0.0, 0.0, 1.0)
BOX = (20.0, 10.0, 380.0, 190.0)


def inked(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """Which pixels a line colours at least by half, shape (height, width), the topmost row first."""
    with drawing():
        sheet = Canvas(400, 200)
        sheet.clip(BOX)
        sheet.line(xs, ys, RED, 1.5)
        picture = Image.open(io.BytesIO(sheet.png())).convert("RGB")
    return np.asarray(picture)[..., 1] < 128


def jagged(breaks: bool) -> tuple[np.ndarray, np.ndarray]:  # noqa: FBT001 - a case of a test
    """A line up and down at every pixel, over the edges of the box; with a gap, or without."""
    xs = np.linspace(0.0, 400.0, 600)
    ys = np.where(np.arange(600) % 2 == 0, 30.0 + xs / 10, 150.0 - xs / 20)
    if breaks:
        ys[200:260] = np.nan
    return xs, ys


@pytest.mark.parametrize("breaks", [False, True])
def test_a_dense_line_covers_what_its_outline_would(breaks: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """Drawn column by column nearly every pixel is the same; nothing lies outside the box, nor in a gap."""
    quick = inked(*jagged(breaks))
    monkeypatch.setattr(canvases, "_DENSE", np.inf)
    usual = inked(*jagged(breaks))
    assert (quick != usual).mean() < 0.01
    assert not quick[:, :20].any()
    assert not quick[:, 380:].any()
    assert quick[:, 145:165].any() is np.bool_(not breaks)
    top, low = np.flatnonzero(quick[:, 30])[[0, -1]]
    assert (200 - top, 200 - low) == (pytest.approx(150, abs=2), pytest.approx(33, abs=2))


def test_a_line_that_is_not_dense_is_drawn_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a smooth one of many points nor a jagged one of few."""

    def refuse(*_: object) -> None:
        pytest.fail("drawn column by column")

    monkeypatch.setattr(Canvas, "_upright", refuse)
    xs = np.linspace(20.0, 380.0, 500)
    assert inked(xs, 100 + 50 * np.sin(xs / 40)).any()
    few = np.linspace(20.0, 380.0, 100)
    assert inked(few, np.where(np.arange(100) % 2 == 0, 30.0, 150.0)).any()


@pytest.mark.parametrize("values", [[], [1.0], [np.nan, np.nan]])
def test_hardly_any_points_are_no_trouble(values: list[float]) -> None:
    """Nothing, one point, only gaps."""
    assert not inked(np.arange(len(values), dtype=float) + 50, np.array(values)).any()
