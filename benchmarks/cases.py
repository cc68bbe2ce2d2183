"""What start and recovery are looked for in: labelled series from real systems, and random incidents."""

from __future__ import annotations

import csv
import json
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.incidents import draw
from pm_autofill.evidence.series import Series, matrix
from pm_autofill.evidence.slos import CounterRead, Events, SloDefinition, SloEvidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.incidents import Incident
    from pm_autofill.evidence.series import Floats

SYNTHETIC = "synthetic"
# Less evidence (a log-likelihood ratio) than this need not be found.
ENOUGH = 12.0
# As the program does unless told otherwise; the labels mark faults a few minutes apart each by itself.
HOLD = 900.0
LABELLED_HOLD = 300.0
OBJECTIVE = Decimal("99.9")


class Half(StrEnum):
    """What is worked with, and what is told of."""

    TUNING = "tuning"
    REPORTING = "reporting"


# Where the seeds of each half begin; the tests have others.
SEEDS = {Half.TUNING: 0, Half.REPORTING: 1_000_000}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One question and its answer; instants in epoch seconds.

    Attributes:
        id: Its name.
        set: Where it is from.
        kind: What is measured, or what happens.
        half: Which half it belongs to.
        slo: What is observed.
        step: Seconds between samples.
        hold: Seconds of good samples that count as a recovery.
        trigger: When somebody was alerted; None if nobody was.
        resolve: When it was declared over.
        start: When it began; None if nothing happened.
        end: When it ended; None where nobody knows.
        visible: Whether anything of it is in the data.
        rate: Requests a second, where that was chosen.
    """

    id: str
    set: str
    kind: str
    half: Half
    slo: SloEvidence
    step: float
    hold: float
    trigger: float | None
    resolve: float | None
    start: float | None
    end: float | None
    visible: bool = True
    rate: float | None = None


def labelled(folder: Path, hold: float = LABELLED_HOLD) -> list[Case]:
    """The cases of a folder with ``labels.json`` and the CSV files it names.

    Args:
        folder: The folder.
        hold: Seconds of good samples that count as a recovery.

    Returns:
        The cases, in the order of the labels.
    """
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return [_labelled(folder, label, hold) for label in labels]


def synthetic(kind: str, count: int, half: Half, *, wander: float = 0.15) -> Iterator[Case]:
    """So many random incidents of a kind that hold enough evidence to be found."""
    seed, found = SEEDS[half], 0
    while found < count:
        incident = draw(kind, seed, wander=wander)
        if incident.quiet or incident.evidence >= ENOUGH:
            found += 1
            yield replace(from_incident(incident, f"{kind}-{seed}"), half=half)
        seed += 1


def from_incident(incident: Incident, name: str) -> Case:
    """A random incident as a case."""
    return Case(
        id=f"{SYNTHETIC}-{name}",
        set=SYNTHETIC,
        kind=incident.kind,
        half=Half.TUNING,
        slo=incident.slo,
        step=incident.setting.scrape,
        hold=HOLD,
        trigger=incident.trigger,
        resolve=incident.resolve,
        start=None if incident.quiet else incident.start,
        end=None if incident.quiet else incident.end,
        rate=incident.setting.rate,
    )


def _labelled(folder: Path, label: Mapping[str, str | float | bool | None], hold: float) -> Case:
    step = float(str(label["step_seconds"]))
    columns = _columns(folder / str(label["file"]))
    times = columns.pop("timestamp")
    if "total" in columns:
        slo = _counted(times, columns, step)
    else:
        slo = _measured(times, columns["value"], step, falls=label.get("direction") == "down")
    return Case(
        id=str(label["id"]),
        set=str(label["set"]),
        kind=str(label["kind"]),
        half=Half.TUNING if zlib.crc32(str(label["group"]).encode()) % 2 else Half.REPORTING,
        slo=slo,
        step=step,
        hold=hold,
        trigger=_epoch(label.get("alert")),
        resolve=_epoch(label.get("resolve")),
        start=_epoch(label.get("start")),
        end=_epoch(label.get("end")),
        visible=bool(label.get("visible", True)),
    )


def _epoch(instant: object) -> float | None:
    return datetime.fromisoformat(str(instant)).timestamp() if instant else None


def _columns(path: Path) -> dict[str, Floats]:
    """A CSV's columns; an empty cell is NaN."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row[name]) if row[name] else np.nan for row in rows])
        for name in rows[0]
        if name != "timestamp_iso_utc"
    }
    columns["timestamp"] = np.array([datetime.fromisoformat(row["timestamp_iso_utc"]).timestamp() for row in rows])
    return columns


def _counted(times: Floats, columns: Mapping[str, Floats], step: float) -> SloEvidence:
    """Good and all events per bucket, as the counters that a scrape at each bucket's end would have read."""
    reads = {}
    for name in ("good", "total"):
        events = np.nan_to_num(columns[name])
        scraped = np.concatenate((times[:1], times + step))
        reads[name] = _read({"__name__": name}, scraped, np.concatenate(([0.0], np.cumsum(events))), name)
    definition = SloDefinition(
        name="availability", service="labelled", objective=OBJECTIVE, events=Events(total="total", good="good")
    )
    return SloEvidence(definition=definition, total=reads["total"], good=reads["good"])


def _measured(times: Floats, values: Floats, step: float, *, falls: bool) -> SloEvidence:
    """A series of values as the answer to a ratio's query: what is bad lies high, a sample tells of the time before.

    A value that is bad when it falls is turned over at its largest.
    """
    bad = np.nanmax(values) - values if falls else values
    definition = SloDefinition(name="value", service="labelled", objective=OBJECTIVE, ratio="value")
    return SloEvidence(definition=definition, ratio=_read({}, times + step, bad, "value"))


def _read(labels: dict[str, str], times: Floats, values: Floats, source: str) -> CounterRead:
    first, last = (datetime.fromtimestamp(float(at), UTC) for at in (times[0], times[-1]))
    return CounterRead(matrix=matrix([Series(labels, times, values)]), source=source, start=first, end=last)
