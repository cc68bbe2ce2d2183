"""The benchmark of start and recovery: what it reads, what it prints, and how it scores."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.cases import Half, labelled, synthetic
from benchmarks.rivals import RIVALS
from benchmarks.scoring import Answer, Instant, Result, figures, look_at, ours

ROOT = Path(__file__).parents[3]
DATA = ROOT / "../shared/data/impact-window"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
STEP = timedelta(minutes=1)


def write(folder: Path, name: str, header: str, rows: list[str]) -> None:
    """A CSV of a row a minute, from three hours before noon."""
    lines = [f"{(NOON + STEP * (n - 180)).isoformat().replace('+00:00', 'Z')},{row}" for n, row in enumerate(rows)]
    (folder / name).write_text("\n".join([f"timestamp_iso_utc,{header}", *lines, ""]), encoding="utf-8")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Two cases, both bad from noon to half past: one of events, one of a value that falls."""
    bad = range(180, 210)
    write(tmp_path, "a.csv", "good,total", [f"{400 if n in bad else 500 - (n % 4 == 0)},500" for n in range(300)])
    write(tmp_path, "b.csv", "value", [f"{0.5 if n in bad else 9 + n % 5 / 10}" for n in range(300)])
    common = {"set": "tiny", "step_seconds": 60, "start": "2026-11-18T12:00:00Z", "end": "2026-11-18T12:30:00Z"}
    common |= {"alert": "2026-11-18T12:03:00Z", "resolve": None, "visible": True}
    labels = [
        {**common, "id": "a", "group": "a", "file": "a.csv", "kind": "events", "direction": "up"},
        {**common, "id": "b", "group": "b", "file": "b.csv", "kind": "value", "direction": "down"},
    ]
    (tmp_path / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
    return tmp_path


def test_the_command_reads_a_folder_and_writes_what_was_found(tiny: Path, tmp_path: Path) -> None:
    """Tables on standard output; every case in the file, instants in RFC 3339, in the order low, found, high."""
    found = tmp_path / "found.json"
    command = [sys.executable, "benchmarks/accuracy.py", "--data", str(tiny), "--json", str(found), "--per-kind", "1"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert "synthetic            step" in done.stdout
    assert "Windows without an incident" in done.stdout
    cases = {case["id"]: case for case in json.loads(found.read_text(encoding="utf-8"))["cases"]}
    assert {"a", "b"} < set(cases)
    for name in ("a", "b"):
        assert set(cases[name]) == {"id", "start", "start_low", "start_high", "end", "end_low", "end_high"}
        for side, truth in (("start", NOON), ("end", NOON + timedelta(minutes=30))):
            low, at, high = (datetime.fromisoformat(cases[name][key]) for key in (f"{side}_low", side, f"{side}_high"))
            assert low <= truth <= high
            assert low <= at <= high
            assert abs(at - truth) <= STEP


def test_the_function_is_told_nothing_of_the_truth(tiny: Path) -> None:
    """What is observed names neither the set nor the case."""
    for case in labelled(tiny):
        assert "tiny" not in repr(case.slo)
        assert look_at(case).answer == ours(case)


def test_every_other_method_answers(tiny: Path) -> None:
    """The alert is three minutes late; the others find the events to the minute or two."""
    case = labelled(tiny)[0]
    starts = {name: Result(case, method(case), 0.0).error("start") for name, method in RIVALS.items()}
    assert starts["alert"] == 180.0
    assert {name for name, error in starts.items() if error is not None and abs(error) <= 120} == {
        "threshold",
        "z-score",
        "PELT",
    }


def test_a_miss_counts_as_wrong() -> None:
    """Three answers: right, one and a half intervals late, and none."""
    case = next(synthetic("step", 1, Half.TUNING))
    assert case.start is not None
    answers = (
        Answer(moved=True, start=Instant(case.start + 1, case.start - 5, case.start + 5)),
        Answer(moved=True, start=Instant(case.start + 1.5 * case.step, case.start + 1, case.start + 60)),
        Answer(moved=False),
    )
    found = figures([Result(case, answer, 0.0) for answer in answers], "start")
    assert found is not None
    assert found.one == pytest.approx(1 / 3)
    assert found.two == pytest.approx(2 / 3)
    assert found.covered == 0.5
    assert found.median == pytest.approx(1.5)
    assert found.high == float("inf")


def test_the_halves_are_different_incidents() -> None:
    """Seeds of their own."""
    names = [next(synthetic("step", 1, half)).id for half in Half]
    assert len(set(names)) == 2


def test_labelled_series_are_found() -> None:
    """Where they are there: of the half that is worked with, so many starts within one sample as were measured."""
    if not (DATA / "labels.json").is_file():
        pytest.skip("the labelled series are not beside this checkout (shared/data/impact-window)")
    results = [look_at(case) for case in labelled(DATA) if case.half == Half.TUNING and case.visible]
    shares = {name: figures([one for one in results if one.case.set == name], "start") for name in ("petshop", "nezha")}
    assert shares["petshop"] is not None
    assert shares["petshop"].one >= 0.9
    assert shares["nezha"] is not None
    assert shares["nezha"].one >= 0.85
