"""The tables of docs/slo-formats.md say what the projects' own examples give."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from pm_autofill.slo import files

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / ".." / "shared" / "data" / "slo" / "examples"
TOOLS = {
    "sloth": "Sloth",
    "pyrra": "Pyrra",
    "openslo": "OpenSLO",
    "slo-generator": "slo-generator",
    "nobl9": "Nobl9",
}
KINDS = r"^(- |  )?kind: (SLO|ServiceLevelObjective|PrometheusServiceLevel)\s*$|^version: .?prometheus/v1"


def tables() -> tuple[list[str], list[str]]:
    """The rows of both tables, as the examples give them."""
    counts, refusals = [], []
    for tool, name in TOOLS.items():
        found = files.load([tool], EXAMPLES)
        exact = sum(one.countable for one in found.loaded)
        foreign = sum(one.foreign for one in found.refused)
        refused = Counter((one.field, one.reason) for one in found.refused if not one.foreign)
        loaded, every = len(found.loaded), len(found.loaded) + len(found.refused)
        cells = (name, every, loaded, exact, loaded - exact, refused.total(), foreign)
        counts.append(f"| {' | '.join(map(str, cells))} |")
        refusals += [f"| {name} | {n} | `{field}` | {reason} |" for (field, reason), n in sorted(refused.items())]
    return counts, refusals


@pytest.fixture(scope="module")
def rows() -> list[str]:
    """The rows of all tables in the document."""
    if not EXAMPLES.is_dir():
        pytest.skip("the projects' examples are not beside this project")
    text = (ROOT / "docs" / "slo-formats.md").read_text(encoding="utf-8")
    section = text[text.index("## What the projects' own examples give") :]
    return [line for line in section.splitlines() if line.startswith("| ") and "examples of" not in line]


def test_the_tables_are_true(rows: list[str]) -> None:
    """Loaded, refused by reason and not in a Prometheus, for each project's examples."""
    counts, refusals = tables()
    assert rows == [*counts, *refusals]


def test_every_object_is_loaded_or_refused(rows: list[str]) -> None:
    """No file with an SLO in it is passed over in silence."""
    assert rows
    for tool in TOOLS:
        found = files.load([tool], EXAMPLES)
        spoken_of = {one.file for one in found.loaded} | {one.file for one in found.refused}
        holding = {
            path.relative_to(EXAMPLES).as_posix()
            for path in (EXAMPLES / tool).iterdir()
            if re.search(KINDS, path.read_text(encoding="utf-8"), re.MULTILINE)
        }
        assert holding <= spoken_of
        assert all(one.object and one.field and one.reason for one in found.refused)
