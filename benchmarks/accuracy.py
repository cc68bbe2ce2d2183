"""How well start and recovery are found: against labelled series of real systems, and random incidents.

    python benchmarks/accuracy.py [--data DIR] [--json FILE] [--half tuning|reporting]
        [--hold MINUTES] [--per-kind N]

DIR holds a ``labels.json`` and the CSV files it names. What is asked is the product's own function, told what a run
would tell it; beside it stand the alert's times, the crossing of a threshold, a z-score and ruptures' PELT. What DIR
and FILE hold is told in README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the project is not on the path

from benchmarks.cases import LABELLED_HOLD, SYNTHETIC, Half, labelled, synthetic
from benchmarks.incidents import KINDS, QUIET
from benchmarks.rivals import RIVALS
from benchmarks.scoring import Answer, Figures, figures, look_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from benchmarks.cases import Case
    from benchmarks.scoring import Instant, Result

OURS = "ours"
RESTLESS = {"mild": 0.15, "strong": 0.4}
SIDES = ("start", "end")
HEAD = (
    f"{'set':20} {'kind':20} {'n':>4} {'miss':>4}"
    + " |   med    p90   med s   <=1   <=2 cover" * len(SIDES)
    + " |    ms"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Look at every case, print the tables, and write what was found."""
    options = _options(arguments)
    every = labelled(options.data, 60 * options.hold) if options.data else []
    every += [case for kind in KINDS for case in synthetic(kind, options.per_kind, options.half)]
    told: dict[str, list[Result]] = {OURS: [look_at(case) for case in every]}
    if options.json:
        _write(options.json, told[OURS])
    told[OURS] = [one for one in told[OURS] if one.case.half == options.half]
    for name, method in RIVALS.items():
        told[name] = [look_at(one.case, method) for one in told[OURS]]
    for line in _report(told, options.half):
        print(line)
    for line in _quiet_report(3 * options.per_kind, options.half):
        print(line)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How well start and recovery are found.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="labelled cases: labels.json and its CSV files")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write what was found of every case")
    parser.add_argument("--half", type=Half, default=Half.REPORTING, choices=list(Half), help="which half to tell of")
    parser.add_argument(
        "--hold",
        type=float,
        default=LABELLED_HOLD / 60,
        metavar="MINUTES",
        help="how long a labelled series must be good to count as recovered",
    )
    parser.add_argument("--per-kind", type=int, default=20, metavar="N", help="random incidents of each kind")
    return parser.parse_args(arguments)


def _write(path: Path, results: Iterable[Result]) -> None:
    """What was found of every case, both halves, for others to score."""
    found = []
    for one in results:
        row: dict[str, str | None] = {"id": one.case.id}
        for side in SIDES:
            row |= _instants(side, getattr(one.answer, side))
        found.append(row)
    path.write_text(json.dumps({"cases": found}, indent=1) + "\n", encoding="utf-8")


def _instants(side: str, instant: Instant | None) -> dict[str, str | None]:
    values = (instant.at, instant.low, instant.high) if instant else (None, None, None)
    return {name: _rfc3339(value) for name, value in zip((side, f"{side}_low", f"{side}_high"), values, strict=True)}


def _rfc3339(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _report(told: Mapping[str, Sequence[Result]], half: Half) -> Iterator[str]:
    """The tables: what was found in each set and kind, at each volume, and what others find."""
    results = told[OURS]
    yield f"The {half} half; errors in sampling intervals (med s: in seconds); a miss counts as wrong."
    yield from ("", HEAD)
    for (set_, kind), rows in _grouped(results, lambda case: (case.set, case.kind)):
        yield _line(set_, kind, rows)
    for (set_,), rows in _grouped(results, lambda case: (case.set,)):
        yield _line(set_, "all", rows)
    volumes = [one for one in results if one.case.rate is not None]
    for (rate,), rows in sorted(_grouped(volumes, lambda case: (case.rate,))):
        yield _line(SYNTHETIC, f"{rate:g} requests/s", rows)
    if busy := [one for one in volumes if (one.case.rate or 0) >= 100]:  # noqa: PLR2004 - as the goal says
        yield _line(SYNTHETIC, ">= 100 requests/s", busy)
    yield from ("", "Found where nothing is to be seen: " + _unseen(results))
    yield from ("", "Median error in sampling intervals, and share within one, of start and end:")
    yield f"{'set':20} {'kind':20} " + " ".join(f"{name:^25}" for name in told)
    keys: list[Callable[[Case], tuple[str, ...]]] = [lambda case: (case.set, case.kind), lambda case: (case.set, "all")]
    for key in keys:
        for group, _ in _grouped(results, key):
            cells = [_pair([one for one in several if key(one.case) == group]) for several in told.values()]
            yield f"{group[0]:20} {group[1]:20} " + " ".join(f"{cell:^25}" for cell in cells)


def _grouped(
    results: Sequence[Result], key: Callable[[Case], tuple[object, ...]]
) -> list[tuple[tuple[object, ...], list[Result]]]:
    """The results by a key, in the order in which the keys come up."""
    groups: dict[tuple[object, ...], list[Result]] = {}
    for one in results:
        groups.setdefault(key(one.case), []).append(one)
    return list(groups.items())


def _line(set_: object, kind: object, results: Sequence[Result]) -> str:
    seen = [one for one in results if one.case.visible and one.case.start is not None]
    cells = [f"{set_:20} {kind:20} {len(seen):4} {sum(one.answer.start is None for one in seen):4}"]
    cells += [_cells(figures(seen, side)) for side in SIDES]
    return " | ".join([*cells, f"{1000 * np.median([one.seconds for one in results]):5.0f}"])


def _cells(found: Figures | None) -> str:
    if found is None:
        return f"{'-':>5} {'-':>6} {'-':>7} {'-':>5} {'-':>5} {'-':>5}"
    return (
        f"{found.median:5.2f} {found.high:6.1f} {found.seconds:7.1f} {_share(found.one)} {_share(found.two)} "
        f"{_share(found.covered)}"
    )


def _share(share: float) -> str:
    return f"{'-':>5}" if np.isnan(share) else f"{100 * share:5.1f}"


def _pair(results: Sequence[Result]) -> str:
    cells = []
    for side in SIDES:
        found = figures(results, side)
        cells.append(f"{found.median:5.2f} {_share(found.one)}%" if found else "")
    return "  ".join(cells)


def _unseen(results: Sequence[Result]) -> str:
    """Labelled cases without an incident, or with one that left no trace in the data."""
    hidden = [one for one in results if one.case.start is None or not one.case.visible]
    return f"{sum(one.answer.moved for one in hidden)} of {len(hidden)}"


def _quiet_report(count: int, half: Half) -> Iterator[str]:
    """How often something is found in random windows in which nothing happens."""
    methods = {OURS: None, **{name: method for name, method in RIVALS.items() if name != "alert"}}
    yield from ("", f"Windows without an incident in which one is found, of {count}:")
    yield f"{'the usual ratio wanders':28} {'kind':8} " + " ".join(f"{name:>10}" for name in methods)
    for name, wander in RESTLESS.items():
        for kind in QUIET:
            cases = list(synthetic(kind, count, half, wander=wander))
            found = [sum(_moved(case, method) for case in cases) for method in methods.values()]
            yield f"{f'{name} ({wander:.0%})':28} {kind:8} " + " ".join(f"{100 * one / count:9.1f}%" for one in found)


def _moved(case: Case, method: Callable[[Case], Answer] | None) -> bool:
    return (look_at(case, method) if method else look_at(case)).answer.moved


if __name__ == "__main__":
    main()
