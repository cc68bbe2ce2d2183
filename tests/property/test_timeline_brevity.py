"""Laws of the brief timeline, on any rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pm_autofill.analyse.brevity import shorten
from pm_autofill.findings import TimelineRow
from pm_autofill.wording.timeline import PHRASES, row_text

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
KINDS = st.sampled_from(sorted(PHRASES.keys() - {"folded"}))
ROWS = st.lists(st.tuples(KINDS, st.booleans()), max_size=60)


@given(ROWS, st.integers(2, 30))
def test_nothing_is_lost_by_folding(drawn: list[tuple[str, bool]], most: int) -> None:
    """Kept rows and counted ones are all rows; they ascend; what stands for a fact stays; the fold has words."""
    rows = tuple(
        TimelineRow(
            id=str(number),
            time=NOON + timedelta(minutes=number),
            kind=kind,
            values={},
            source="s",
            milestone="impact.start" if marked else "",
        )
        for number, (kind, marked) in enumerate(drawn)
    )
    short = shorten(rows, most)
    folds = [row for row in short if row.kind == "folded"]
    counted = sum(number for row in folds for number in row.values.values() if isinstance(number, float))
    assert len(short) - len(folds) + counted == len(rows)
    assert [row.time for row in short] == sorted(row.time for row in short)
    assert {row.id for row in rows if row.milestone} <= {row.id for row in short}
    assert len(folds) <= 1
    assert all("lesser event" in row_text(row) for row in folds)
