"""Overrides meet the series that came: by name, names, pattern, query, type and value."""

from __future__ import annotations

import numpy as np
import pytest

from pm_autofill.collect.grafana.overriding import dress, unreadable
from pm_autofill.evidence.panel_looks import FieldLook, Override
from pm_autofill.evidence.panels import Panel, PanelSeries
from pm_autofill.evidence.series import Series

NAMES = (PanelSeries(name="cart", ref_id="A"), PanelSeries(name="pay", ref_id="B"))
DATA = (
    Series({"s": "cart", "odd label": "x"}, np.array([0.0, 1.0]), np.array([1.0, 2.0])),
    Series({"s": "pay"}, np.array([0.0, 1.0]), np.array([10.0, np.nan])),
)


def override(matcher: str, *names: str, inverted: bool = False) -> Override:
    """One that makes seconds of what it meets."""
    return Override(matcher=matcher, names=names, inverted=inverted, changed=("unit",), look=FieldLook(unit="s"))


def dressed(*overrides: Override, field: FieldLook | None = None) -> tuple[PanelSeries, ...]:
    """Both series under these overrides."""
    look = field or FieldLook()
    return dress(Panel(id=1, title="", kind="", link="", field=look, overrides=overrides), NAMES, DATA)


@pytest.mark.parametrize(
    ("one", "met"),
    [
        (override("byName", "pay"), "pay"),
        (override("byNames", "pay", "else"), "pay"),
        (override("byNames", "cart", inverted=True), "pay"),
        (override("byRegexp", "/^p/"), "pay"),
        (override("byRegexp", "p.*"), "pay"),
        (override("byFrameRefID", "B"), "pay"),
        (override("byType", "number"), "cart pay"),
        (override("byType", "time"), ""),
        (override("byValue", "max", "gt", "5"), "pay"),
        (override("byValue", "lastNotNull", "lte", "2"), "cart"),
        (override("byValue", "min", "eq", "1"), "cart"),
        (override("byValue", "min", "odd", "1"), ""),
        (override("byValue", "min", "eq", "x"), ""),
        (override("byName", "nobody"), ""),
    ],
)
def test_an_override_meets_what_it_names(one: Override, met: str) -> None:
    """Others keep the panel's look."""
    found = dressed(one)
    assert " ".join(series.name for series in found if series.look is not None) == met
    assert all(series.look == FieldLook(unit="s") for series in found if series.look is not None)


def test_the_last_override_that_fits_counts() -> None:
    """Attribute by attribute."""
    later = Override(matcher="byName", names=("pay",), changed=("unit",), look=FieldLook(unit="bytes"))
    color = Override(matcher="byName", names=("pay",), changed=("color",), look=FieldLook(color="red"))
    _, pay = dressed(override("byType", "number"), later, color, field=FieldLook(decimals=2))
    assert pay.look == FieldLook(unit="bytes", color="red", decimals=2)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("Both", ["Both", "Both"]),
        ("of ${__field.labels.s}", ["of cart", "of pay"]),
        ('${__field.labels["odd label"]}!', ["x!", "!"]),
        ("${__series.name} now", ["cart now", "pay now"]),
        ("${__field.labels.gone}", ["cart", "pay"]),
    ],
)
def test_display_names_may_refer_to_labels(given: str, names: list[str]) -> None:
    """Where nothing is left of one, the series keeps its own."""
    assert [one.name for one in dressed(field=FieldLook(name=given))] == names


def test_patterns_that_are_not_run_are_told() -> None:
    """They could take for ever."""
    panel = Panel(
        id=1, title="", kind="", link="", overrides=(override("byRegexp", "(a+)+$"), override("byRegexp", "a"))
    )
    assert unreadable(panel) == ("override byRegexp (a+)+$",)
