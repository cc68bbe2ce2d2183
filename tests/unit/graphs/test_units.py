"""Values on axes read as Grafana writes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pm_autofill.graphs.units import format_ticks, format_value, is_known, to_fixed, value_ticks

GOLDEN = "grafana/units-golden-13.2.3.json"


@pytest.fixture(scope="module")
def golden() -> list[tuple[str, float, int | None, str]]:
    """What Grafana's own library wrote: unit, value, decimals, text."""
    root = Path(__file__).parents[3]
    path = Path(os.environ.get("PM_AUTOFILL_DATA", root.parent / "shared" / "data")) / GOLDEN
    if not path.is_file():
        pytest.skip(f"no {GOLDEN}: set PM_AUTOFILL_DATA to the folder that holds it")
    rows: list[tuple[str, float, int | None, str]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def test_every_unit_of_the_table_is_written_as_by_grafana(golden: list[tuple[str, float, int | None, str]]) -> None:
    """All rows of all supported units agree, to the letter."""
    rows = [row for row in golden if is_known(row[0])]

    wrong = [(row, written) for row in rows if (written := format_value(row[1], row[0], row[2])) != row[3]]

    assert wrong == []
    assert {row[0] for row in golden if not is_known(row[0])} == {"hex", "hex0x"}
    assert len({row[0] for row in rows}) == 263


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.99123, "percentunit", None, "99.1%"),
        (0.0325, "s", None, "32.5 ms"),
        (125.0, "s", None, "2.08 mins"),
        (0.0, "s", None, "0 s"),
        (1234.5, "reqps", None, "1.23K req/s"),
        (123456789.0, "bytes", None, "118 MiB"),
        (123456789.0, "decbytes", None, "123 MB"),
        (1234567.0, "short", None, "1.23 Mil"),
        (2_000_000_000.0, "bps", 0, "2 Gb/s"),
        (-1500.0, "currencyUSD", None, "-$1.50K"),
        (1.0, "bool", None, "True"),
        (0.0, "bool_on_off", None, "Off"),
        (12.3456, "", None, "12.3"),
    ],
)
def test_a_value_is_written_with_its_unit(value: float, unit: str, decimals: int | None, text: str) -> None:
    """Magnitude, digits and suffix are Grafana's."""
    assert format_value(value, unit, decimals) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("furlongs", "1500 furlongs"),
        ("suffix: carts", "1500 carts"),
        ("prefix:~", "~1500"),
        ("si:g", "1.50 kg"),
        ("si:mg", "1.50 g"),
        ("count:jobs", "1.50K jobs"),
        ("currency:Kč", "Kč1.50K"),
        ("currency:suffix:Kč", "1.50KKč"),
        ("time:YYYY", "1500 time:YYYY"),
    ],
)
def test_a_unit_that_is_not_in_the_table_is_spelled_out(unit: str, text: str) -> None:
    """Custom units are read; unknown ones stand behind the plain number."""
    assert format_value(1500.0, unit) == text


@pytest.mark.parametrize(("value", "text"), [(float("nan"), "NaN"), (float("inf"), "∞"), (float("-inf"), "-∞")])
def test_what_is_no_number_has_a_text_too(value: float, text: str) -> None:
    """Infinities and NaN do not raise."""
    assert format_value(value, "bytes") == text


def test_half_is_rounded_up_and_nought_has_no_sign() -> None:
    """As JavaScript rounds, on which Grafana rests."""
    assert [to_fixed(value, 0) for value in (0.5, 1.5, 2.5, -0.4)] == ["1", "2", "3", "0"]


@pytest.mark.parametrize(
    ("low", "high", "unit", "labels"),
    [
        (0, 0.14, "percentunit", ["0%", "2%", "4%", "6%", "8%", "10%", "12%", "14%"]),
        (0.0, 1.3, "s", ["0 s", "200 ms", "400 ms", "600 ms", "800 ms", "1.0 s", "1.2 s"]),
        (0, 4000, "s", ["0 s", "10 mins", "20 mins", "30 mins", "40 mins", "50 mins", "1 hours"]),
        (0, 3e9, "bytes", ["0 B", "512 MiB", "1.0 GiB", "1.5 GiB", "2.0 GiB", "2.5 GiB"]),
        (99.9, 100, "percent", ["99.90%", "99.92%", "99.94%", "99.96%", "99.98%", "100.00%"]),
        (-5, 17, "furlongs", ["-5 furlongs", "0 furlongs", "5 furlongs", "10 furlongs", "15 furlongs"]),
        (0, 1, "bool", ["False", "", "", "", "", "True"]),
    ],
)
def test_an_axis_has_round_ticks_without_needless_digits(low: float, high: float, unit: str, labels: list[str]) -> None:
    """Ticks are round in the unit, and no two labels are equal."""
    assert format_ticks(value_ticks(low, high, unit), unit) == labels


def test_decimals_asked_for_give_way_where_labels_would_be_equal() -> None:
    """Two ticks never read the same."""
    assert format_ticks([0.1, 0.12, 0.14], "", 1) == ["0.10", "0.12", "0.14"]
    assert format_ticks([0.1, 0.2], "", 1) == ["0.1", "0.2"]
