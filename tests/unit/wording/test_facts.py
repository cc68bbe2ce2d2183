"""Facts in words: values by unit, bounds, notes, and what is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pm_autofill.evidence.slos import SliKind
from pm_autofill.findings import FACT_NAMES, Basis, Known, Unit, Unknown
from pm_autofill.wording.facts import basis_words, bounds_words, fact_words, notes_words, value_words, wide_bounds
from pm_autofill.wording.labels import LABELS, label
from pm_autofill.wording.markdown import plain

TIME = datetime(2026, 11, 18, 13, 42, 17, tzinfo=UTC)


def _known(value: datetime | float | str, unit: Unit, low: object = None, high: object = None) -> Known:
    return Known(value=value, unit=unit, basis=Basis.MEASURED, method="m", sources=("s",), low=low, high=high)  # type: ignore[arg-type]


def test_values_read_by_their_unit() -> None:
    """Each unit has its notation."""
    assert [
        value_words(TIME, Unit.INSTANT),
        value_words(275.0, Unit.SECONDS),
        value_words(17013.6, Unit.EVENTS),
        value_words(0.12, Unit.RATIO),
        value_words("a|b", Unit.TEXT),
        value_words("a|b", Unit.TEXT, plain),
    ] == ["2026-11-18 13:42:17", "4 min 35 s", "17,014", "12.0%", r"a\|b", "a|b"]


def test_unknown_says_why_and_whom_to_ask() -> None:
    """An unknown is called so, with outside text escaped."""
    fact = Unknown(reason="no samples of *x*", ask="whoever owns it")

    assert fact_words(fact) == r"unknown: no samples of \*x\* (ask whoever owns it)"


def test_bounds_read_like_their_value() -> None:
    """Bounds have the value's unit; an instant's are dated only on another day."""
    dash = "\N{EN DASH}"
    next_day = TIME + timedelta(days=1)

    assert bounds_words(_known(17014.0, Unit.EVENTS, 16958.0, 17071.0)) == f"16,958 {dash} 17,071"
    assert bounds_words(_known(TIME, Unit.INSTANT, TIME, TIME)) == f"13:42:17 {dash} 13:42:17"
    assert bounds_words(_known(TIME, Unit.INSTANT, TIME, next_day)) == f"13:42:17 {dash} 2026-11-19 13:42:17"
    assert bounds_words(_known(1.0, Unit.EVENTS)) == ""


def test_only_wide_bounds_reach_a_line() -> None:
    """An interval wider than a tenth of the value is told; a narrow one, or none, is not."""
    assert wide_bounds(_known(100.0, Unit.EVENTS, 90.0, 110.0)) == "between 90 and 110"
    assert wide_bounds(_known(100.0, Unit.EVENTS, 95.0, 105.0)) == ""
    assert wide_bounds(_known(TIME, Unit.INSTANT, TIME, TIME)) == ""
    assert wide_bounds(_known(100.0, Unit.EVENTS)) == ""


def test_notes_tell_what_happened_only() -> None:
    """Zero counts and full coverage are no news; the rest has words, also names this program does not know."""
    notes: dict[str, datetime | float | str] = {
        "series": 6.0,
        "restarts": 1.0,
        "born": 0.0,
        "unknown_start": 2.0,
        "gap_over_edge_s": 90.0,
        "worst_minute_s": TIME.timestamp(),
        "events": 155.9e6,
        "bad": 3.0,
        "coverage_ratio": 1.0,
        "usual_ratio": 0.0006,
        "hold_s": 900.0,
        "pods_seen": 3.0,
        "text": "roll|back",
        "seen_at": TIME,
    }

    assert notes_words(notes) == (
        "6 series; 1 restart; 2 counters of unknown beginning; no samples for 1 min 30 s around an edge; "
        "the one from 13:42; 155.9 million events; 3 bad; usual 0.06%; hold 15 min; pods seen 3; "
        r"roll\|back; seen at 13:42:17"
    )
    assert notes_words({"coverage_ratio": 0.4}) == "history covers 40.0% of the window"


def test_only_weak_bases_are_told() -> None:
    """What is measured or recorded needs no mark."""
    assert [basis_words(basis) for basis in Basis] == ["", "", "inferred", "stated by a human"]


def test_every_fact_has_a_label() -> None:
    """No fact goes without a name in print; a latency SLO's requests are slow."""
    assert set(LABELS) == set(FACT_NAMES)
    assert label("requests.failed") == "Failed requests"
    assert label("requests.failed", kind=SliKind.LATENCY) == "Slow requests"
