"""Values as panels show them: mapped, written and coloured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pm_autofill.evidence.panel_looks import FieldLook, ThresholdStep, ValueMapping
from pm_autofill.graphs.palette import CLASSIC, between, dark_enough, hexadecimal, legible_on, read_color
from pm_autofill.graphs.showing import Reach, series_color, show, thresholds, write

REACH = Reach(0.0, 10.0)
STEPS = (
    ThresholdStep(value=None, color="green"),
    ThresholdStep(value=50.0, color="orange"),
    ThresholdStep(value=80.0, color="red"),
)
MAPPINGS = (
    ValueMapping(kind="value", match="0", text="Down", color="red"),
    ValueMapping(kind="value", match="0.5", text="Half"),
    ValueMapping(kind="range", low=2.0, high=3.0, text="Some"),
    ValueMapping(kind="range", low=100.0, text="Much"),
    ValueMapping(kind="regex", match="4.", text="Forties"),
    ValueMapping(kind="special", match="null+nan", text="Nothing", color="purple"),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "Down"),
        (0.5, "Half"),
        (2.0, "Some"),
        (3.0, "Some"),
        (3.5, "3.50 s"),
        (1e9, "Much"),
        (42.0, "Forties"),
        (420.0, "Much"),
        (math.nan, "Nothing"),
    ],
)
def test_the_first_mapping_that_fits_counts(value: float, text: str) -> None:
    """Values, ranges with one end or two, patterns for the whole value, nothing at all."""
    assert write(value, FieldLook(unit="s", mappings=MAPPINGS)) == text


def test_no_value_has_words_of_its_own() -> None:
    """The field's, else Grafana's."""
    assert write(math.nan, FieldLook(no_value="quiet")) == "quiet"
    assert write(math.nan, FieldLook()) == "No data"


@pytest.mark.parametrize(
    ("value", "color"), [(-5.0, "green"), (49.9, "green"), (50.0, "orange"), (80.0, "red"), (math.nan, "green")]
)
def test_a_value_has_the_colour_of_the_threshold_it_reached(value: float, color: str) -> None:
    """The base where it reached none."""
    assert show(value, FieldLook(thresholds=STEPS), REACH).color == read_color(color)


def test_a_mapping_may_colour() -> None:
    """In place of the thresholds."""
    look = FieldLook(thresholds=STEPS, mappings=MAPPINGS)
    assert show(0.0, look, REACH).color == read_color("red")
    assert show(0.5, look, REACH).color == read_color("green")


def test_thresholds_in_percent_are_of_the_fields_range() -> None:
    """Its bounds, else those of the values."""
    percents = FieldLook(thresholds=STEPS, in_percent=True)
    assert [one.value for one in thresholds(percents, REACH)] == [None, 5.0, 8.0]
    bounded = FieldLook(thresholds=STEPS, in_percent=True, minimum=100.0, maximum=300.0)
    assert [one.value for one in thresholds(bounded, REACH)] == [None, 200.0, 260.0]


def test_series_have_the_colours_of_their_scheme() -> None:
    """By place, by name, fixed, by the last, smallest or largest value."""
    values = np.array([9.0, 1.0, 5.0, math.nan])
    assert series_color(FieldLook(), 1, "x") == read_color("semi-dark-yellow")
    assert series_color(FieldLook(), len(CLASSIC), "x") == read_color("green")
    assert series_color(FieldLook(color_mode="fixed", color="#123456"), 3, "x") == read_color("#123456")
    by_name = FieldLook(color_mode="palette-classic-by-name")
    assert series_color(by_name, 1, "cart") == series_color(by_name, 7, "cart")
    low = (ThresholdStep(value=None, color="green"), ThresholdStep(value=4.0, color="red"))
    for by, color in (("last", "red"), ("min", "green"), ("max", "red")):
        look = FieldLook(color_mode="thresholds", thresholds=low, color_by=by)
        assert series_color(look, 0, "x", values, REACH) == read_color(color)


@pytest.mark.parametrize(
    ("written", "color"),
    [
        ("green", "#56a64b"),
        ("super-light-blue", "#8ab8ff"),
        ("#abc", "#aabbcc"),
        ("#11223380", "#112233"),
        ("rgb(1, 2, 3)", "#010203"),
        ("rgba(255,0,0,0.5)", "#ff0000"),
        ("Chartreuse", "#7fff00"),
        ("no colour", "#808080"),
        ("#12", "#808080"),
        ("rgb(x)", "#808080"),
        ("", "#808080"),
    ],
)
def test_colours_are_read_as_dashboards_write_them(written: str, color: str) -> None:
    """By Grafana's names for its light theme, by CSS, in figures; grey where none is meant."""
    assert hexadecimal(read_color(written)) == color


def test_continuous_schemes_lie_between_their_colours() -> None:
    """Beyond their ends they stay; unknown ones are the usual."""
    assert between("GrYlRd", -1.0) == read_color("green")
    assert between("GrYlRd", 0.5) == read_color("yellow")
    assert between("GrYlRd", 2.0) == read_color("red")
    assert between("no scheme", 0.2) == between("Oranges", 0.2)


def test_words_can_be_read_on_and_in_every_colour() -> None:
    """White on dark grounds, black on light ones; light colours are darkened for letters."""
    assert legible_on(read_color("dark-blue")) == "#ffffff"
    assert legible_on(read_color("super-light-yellow")) == "#1a1a1a"
    assert dark_enough(read_color("dark-red")) == read_color("dark-red")
    assert sum(dark_enough(read_color("yellow"))[:3]) < sum(read_color("yellow")[:3])
